"""Who may do what: one table of role × verb, one pure function over it.

三员分立: the system administrator keeps organisations and accounts, the security administrator grants roles and
unlocks, the audit administrator reads the trace; none can do another's work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from sync.words import DeviceRevoked, Refusal, Role, Verb, refuse

Reach = Literal["own", "all"]
"""``own``: only what belongs to the actor's own organisation; ``all``: the whole jurisdiction."""

EVERYBODY: tuple[Verb, ...] = ("portal.read", "session.open", "field.enrol")
SIGNED_IN: tuple[Verb, ...] = ("session.close", "home.read")

TABLE: Mapping[Role, Mapping[Verb, Reach]] = {
    "public": {},
    "system_admin": {
        "people.read": "all",
        "people.write": "all",
        "device.revoke": "all",
        "jobs.manage": "all",
    },
    "security_admin": {"people.read": "all", "people.secure": "all", "device.revoke": "all"},
    "audit_admin": {"audit.read": "all"},
    "office_clerk": {
        "people.read": "all",
        "registry.read": "all",
        "registry.import": "all",
        "plan.read": "all",
        "plan.write": "all",
        "plan.publish": "all",
        "draw.read": "all",
        "draw.enter_input": "all",
        "dispatch.read": "all",
        "visit.read": "all",
        "form.issue": "all",
        "publication.read": "all",
    },
    "dept_admin": {
        "people.read": "own",
        "registry.read": "all",
        "registry.import": "own",
        "device.invite": "own",
        "device.revoke": "own",
        "held.decide": "own",
        "visit.read": "own",
    },
    "planner": {
        "registry.read": "all",
        "plan.read": "all",
        "plan.write": "own",
        "scheme.write": "own",
        "draw.read": "all",
        "draw.announce": "own",
        "draw.enter_input": "all",
        "draw.hold": "own",
        "dispatch.read": "all",
        "dispatch.write": "own",
        "replacement.request": "own",
        "visit.read": "own",
        "visit.verify_item": "own",
        "form.issue": "own",
        "publication.read": "own",
        "publication.review": "own",
    },
    "responsible_leader": {
        "registry.read": "all",
        "plan.read": "all",
        "plan.approve": "own",
        "scheme.approve": "own",
        "draw.read": "all",
        "draw.countersign": "own",
        "dispatch.read": "all",
        "noncooperation.decide": "own",
        "ending.decide": "own",
        "replacement.decide": "own",
        "held.decide": "own",
        "visit.read": "own",
        "publication.read": "own",
        "publication.review": "own",
        "publication.publish": "own",
    },
    "inspector": {
        "visit.read": "own",
        "field.exchange": "own",
        "visit.verify_item": "own",
        "replacement.request": "own",
    },
    "oversight": {
        "rating.read": "all",
        "registry.read": "all",
        "plan.read": "all",
        "draw.read": "all",
        "draw.countersign": "all",
        "draw.open": "all",
        "dispatch.read": "all",
        "visit.read": "all",
        "publication.read": "all",
        "audit.read": "all",
    },
}
"""The table. What does not stand here is refused."""

ROLE_NAMES: Mapping[Role, str] = {
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
    "office_clerk": "联席会议办公室经办人",
    "dept_admin": "部门管理员",
    "planner": "计划与方案经办人",
    "responsible_leader": "分管负责人",
    "inspector": "执法检查人员",
    "oversight": "监督机关",
    "public": "社会公众",
}

VERB_NAMES: Mapping[Verb, str] = {
    "portal.read": "查看公示",
    "session.open": "登录",
    "session.close": "退出",
    "home.read": "个人事项",
    "people.read": "查看机构与人员",
    "people.write": "维护机构与账号",
    "people.secure": "授权与解锁",
    "device.invite": "登记检查终端",
    "device.revoke": "停用检查终端",
    "audit.read": "查看操作留痕",
    "jobs.manage": "后台任务",
    "registry.read": "查看一单两库",
    "registry.import": "导入一单两库",
    "plan.read": "查看计划与方案",
    "plan.write": "编制计划",
    "plan.approve": "批准计划",
    "plan.publish": "公布计划",
    "scheme.write": "编制方案",
    "scheme.approve": "批准方案",
    "draw.read": "查看抽取",
    "draw.announce": "公告抽取",
    "draw.countersign": "会签",
    "draw.enter_input": "录入种子数",
    "draw.hold": "实施抽取",
    "draw.open": "开启名单",
    "dispatch.read": "查看派发",
    "dispatch.write": "派发",
    "replacement.request": "申请更换执法人员",
    "replacement.decide": "批准更换与回避",
    "visit.read": "查看现场",
    "visit.verify_item": "网络核查",
    "field.enrol": "终端登记",
    "field.exchange": "终端同步",
    "held.decide": "核定暂存记录",
    "form.issue": "印发编号文书",
    "publication.read": "查看公示办理",
    "publication.review": "公示审查",
    "publication.publish": "公示",
}

ORGANISATION_KINDS: Mapping[str, str] = {
    "department": "部门",
    "office": "联席会议办公室",
    "oversight": "监督机关",
}
LOGIN = re.compile(r"[A-Za-z0-9_.-]{2,64}")

ADMINISTRATORS: frozenset[Role] = frozenset({"system_admin", "security_admin", "audit_admin"})


@dataclass(frozen=True)
class Actor:
    """Who acts. ``account`` is empty for the public; ``device`` is set where a tablet speaks for a person.

    ``deputy_for``: accounts of responsible leaders for whom this person stands in today (AB岗).
    """

    account: str = ""
    name: str = ""
    organisation: str = ""
    organisation_name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    device: str = ""
    deputy_for: tuple[str, ...] = ()

    @property
    def signed_in(self) -> bool:
        return bool(self.account)


PUBLIC = Actor()


def reach(actor: Actor, verb: Verb) -> Reach | None:
    """How far the actor's right to ``verb`` goes, or None where there is none."""
    if verb in EVERYBODY or (actor.signed_in and verb in SIGNED_IN):
        return "all"
    found = {TABLE[role].get(verb) for role in actor.roles}
    return "all" if "all" in found else "own" if "own" in found else None


def may(actor: Actor, verb: Verb, organisation: str | None = None) -> bool:
    """Whether the actor may do ``verb``; where the thing belongs to an organisation, there."""
    distance = reach(actor, verb)
    if distance is None:
        return False
    return distance == "all" or organisation is None or organisation == actor.organisation


def require(actor: Actor, verb: Verb, organisation: str | None = None) -> Refusal | None:
    """The refusal for what the actor may not do, or None."""
    if may(actor, verb, organisation):
        return None
    return refuse("not_allowed") if actor.signed_in else refuse("not_signed_in")


def roles_together(roles: frozenset[Role]) -> Refusal | None:
    """三员分立: an administrator's role stands alone."""
    if roles & ADMINISTRATORS and len(roles) > 1:
        return refuse("separation_of_duties")
    return None


def roles_known(roles: Sequence[str]) -> Refusal | None:
    """Whether these are roles that a person can have."""
    unknown = [role for role in roles if role not in ROLE_NAMES or role == "public"]
    return refuse("bad_request", what="角色") if unknown else None


def not_oneself(actor: Actor, account: str) -> Refusal | None:
    """Nobody changes his own rights or disables himself."""
    return refuse("own_account") if actor.account == account else None


def may_reset(actor: Actor, account: str, roles: frozenset[Role]) -> Refusal | None:
    """三员分立: whoever could set another administrator's password could sign in as him."""
    if actor.account == account:
        return refuse("own_account")
    return refuse("administrator_account") if roles & ADMINISTRATORS else None


def organisation_fits(values: Mapping[str, str]) -> Refusal | None:
    """Whether an organisation's form is complete."""
    named = {"code": "机构代码", "name": "机构名称", "short_name": "简称", "kind": "类别"}
    limits = {"code": 64, "name": 120, "short_name": 60, "kind": 20}
    wrong = [label for key, label in named.items() if not 0 < len(values.get(key, "")) <= limits[key]]
    if not wrong and values["kind"] not in ORGANISATION_KINDS:
        wrong = [named["kind"]]
    return refuse("bad_request", what="、".join(wrong)) if wrong else None


def account_fits(values: Mapping[str, str]) -> Refusal | None:
    """Whether an account's form is complete. A login name is what can be typed on any keyboard, or a certificate
    number."""
    wrong = []
    if not LOGIN.fullmatch(values.get("login", "")):
        wrong.append("账号")
    if not 0 < len(values.get("name", "")) <= 120:
        wrong.append("姓名")
    return refuse("bad_request", what="、".join(wrong)) if wrong else None


@dataclass(frozen=True)
class Stand:
    """What an appointment looks at of a person."""

    account: str
    organisation: str
    roles: frozenset[Role]
    active: bool


def deputy_fits(leader: Stand, deputy: Stand) -> Refusal | None:
    """AB岗: both are responsible leaders of the same organisation, both active, and two people."""
    both = (leader, deputy)
    right = all(person.active and "responsible_leader" in person.roles for person in both)
    if not right or leader.organisation != deputy.organisation or leader.account == deputy.account:
        return refuse("deputy_unfit")
    return None


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20


def invite_code(chance: bytes) -> str:
    """登记码: 20 characters that are not taken for each other (Crockford base32), from 20 random bytes."""
    return "".join(CROCKFORD[byte & 31] for byte in chance[:CODE_LENGTH])


def grouped(code: str) -> str:
    """A code as people read it out: four groups of five."""
    return " ".join(code[start : start + 5] for start in range(0, len(code), 5))


def may_invite(organisation: str, account: Stand) -> Refusal | None:
    """Only an active inspector of the own organisation gets a tablet."""
    if account.organisation != organisation:
        return refuse("not_allowed")
    if not account.active:
        return refuse("account_disabled")
    return None if "inspector" in account.roles else refuse("bad_request", what="执法检查人员")


def revoke(device: str, status: str, reason: str, nonce: str) -> DeviceRevoked | Refusal:
    """停用终端, with a reason; once. What it still sends is kept and held."""
    if status == "revoked":
        return refuse("already_decided")
    if not 2 <= len(reason) <= 300:
        return refuse("bad_request", what="停用原因（2–300 字）")
    return DeviceRevoked(nonce=nonce, device=device, reason=reason)


@dataclass(frozen=True)
class LoginPolicy:
    """Numbers of the login: tries before the lock, length of the lock, of a session, of a password, of an
    invitation, and how many failures one network address may have in its window."""

    tries: int = 5
    lock: timedelta = timedelta(minutes=15)
    session: timedelta = timedelta(hours=10)
    idle: timedelta = timedelta(hours=2)
    password_length: int = 10
    invite: timedelta = timedelta(minutes=10)
    address_tries: int = 30
    address_window: timedelta = timedelta(minutes=10)


POLICY = LoginPolicy()


@dataclass(frozen=True)
class LoginState:
    """What a login is judged by."""

    active: bool
    failures: int
    locked_until: datetime | None
    password_right: bool


def judge_login(
    state: LoginState, now: datetime, policy: LoginPolicy = POLICY
) -> tuple[Refusal | None, int, datetime | None]:
    """(refusal or None, failures to store, locked-until to store) for one try."""
    minutes = int(policy.lock.total_seconds() // 60)
    if state.locked_until and now < state.locked_until:
        left = max(1, -(-int((state.locked_until - now).total_seconds()) // 60))
        return refuse("account_locked", minutes=left), state.failures, state.locked_until
    if not state.password_right:
        failures = state.failures + 1
        if failures >= policy.tries:
            return refuse("account_locked", minutes=minutes), 0, now + policy.lock
        return refuse("wrong_password", limit=policy.tries, minutes=minutes), failures, None
    if not state.active:
        return refuse("account_disabled"), 0, None
    return None, 0, None


@dataclass(frozen=True)
class SessionState:
    """What a session is judged by. ``device`` is set for a tablet's session."""

    device: str
    seen_at: datetime
    expires_at: datetime


def session_alive(state: SessionState, now: datetime, policy: LoginPolicy = POLICY) -> bool:
    """Whether a session still stands: never past its end, and at the desk not after a long pause."""
    if now >= state.expires_at:
        return False
    return bool(state.device) or now - state.seen_at < policy.idle


def judge_address(
    failed_at: Sequence[datetime], now: datetime, policy: LoginPolicy = POLICY
) -> Refusal | None:
    """Whether one address has failed too often lately; ``failed_at`` in order of time."""
    recent = [at for at in failed_at if now - at < policy.address_window]
    if len(recent) < policy.address_tries:
        return None
    left = recent[-policy.address_tries] + policy.address_window - now
    return refuse("too_many", seconds=max(1, int(left.total_seconds())))


def password_fits(password: str, account_name: str, policy: LoginPolicy = POLICY) -> Refusal | None:
    """Whether a new password is long enough and not the account's name."""
    if len(password) < policy.password_length or password.casefold() == account_name.casefold():
        return refuse("password_weak", minimum=policy.password_length)
    return None


ALL_VERBS: tuple[Verb, ...] = get_args(Verb)
ALL_ROLES: tuple[Role, ...] = get_args(Role)
