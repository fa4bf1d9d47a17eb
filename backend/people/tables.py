"""Rows of organisations, accounts, sessions and devices, and the queries over them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from piccolo.columns import Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.columns.combination import And
from piccolo.custom_types import Combinable
from piccolo.query.functions.aggregate import Count
from piccolo.table import Table

from backend import db
from backend.house import House
from backend.ledger import Fact
from backend.people.rules import Actor, LoginState, SessionState, judge_login, session_alive
from sync.words import Refusal, Role


class Organisation(Table, tablename="organisation"):
    """A department, the joint-conference office or an oversight body. ``kind``: department | office | oversight."""

    id = Varchar(length=32, primary_key=True)
    code = Varchar(length=64, unique=True)
    name = Varchar(length=120)
    short_name = Varchar(length=60)
    kind = Varchar(length=20)
    region = Varchar(length=12)
    position = Integer(default=0)


class Account(Table, tablename="account"):
    """A person's account. ``roles`` is a JSON list; ``certificate`` links an inspector's registry row."""

    id = Varchar(length=32, primary_key=True)
    login = Varchar(length=64, unique=True)
    name = Varchar(length=120)
    organisation = Varchar(length=32, index=True)
    password_hash = Varchar(length=200)
    roles = Text(default="[]")
    active = Boolean(default=True)
    failures = Integer(default=0)
    locked_until = Timestamptz(null=True, default=None)
    certificate = Varchar(length=64, default="", index=True)


class Deputy(Table, tablename="deputy"):
    """AB岗: ``deputy`` decides for ``leader`` from one day to another, both included."""

    id = Varchar(length=32, primary_key=True)
    leader = Varchar(length=32, index=True)
    deputy = Varchar(length=32, index=True)
    starts_on = Date()
    ends_on = Date()


class Session(Table, tablename="session"):
    """A server-side session; only the token's digest is stored. ``device`` is set for a tablet's session."""

    token_digest = Varchar(length=64, primary_key=True)
    account = Varchar(length=32, index=True)
    device = Varchar(length=64, default="")
    created_at = Timestamptz()
    seen_at = Timestamptz()
    expires_at = Timestamptz()


class Device(Table, tablename="device"):
    """A tablet, derived from the ledger. ``status``: enrolled | revoked | forked."""

    id = Varchar(length=64, primary_key=True)
    public_key = Varchar(length=130)
    organisation = Varchar(length=32, index=True)
    label = Varchar(length=120)
    status = Varchar(length=20)
    number = Integer(default=0)


class DevicePerson(Table, tablename="device_person"):
    """Who may use a tablet, derived from the ledger. Its id is device + ":" + account."""

    id = Varchar(length=97, primary_key=True)
    device = Varchar(length=64, index=True)
    account = Varchar(length=32, index=True)


class Invite(Table, tablename="invite"):
    """A code on the office's screen that a tablet scans (登记码); only its digest is stored, used once."""

    code_digest = Varchar(length=64, primary_key=True)
    account = Varchar(length=32)
    organisation = Varchar(length=32)
    made_by = Varchar(length=32)
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class AuditEvent(Table, tablename="audit_event"):
    """The trace of acts at the desk and of refusals (全程留痕): who, what, where, outcome."""

    id = Varchar(length=32, primary_key=True)
    at = Timestamptz(index=True)
    account = Varchar(length=32, default="")
    verb = Varchar(length=40)
    path = Varchar(length=300)
    outcome = Varchar(length=64)


def token_digest(token: str) -> str:
    """What is stored of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def device_enrolled(fact: Fact) -> None:
    """device.enrolled → a tablet's row."""
    body = fact.body
    await Device.insert(
        Device(
            id=body["device"],
            public_key=body["public_key"],
            organisation=body["organisation"],
            label=body["label"],
            status="enrolled",
            number=fact.number,
        )
    )


async def device_person_joined(fact: Fact) -> None:
    """device.person_joined → the person may use the tablet."""
    device, account = fact.body["device"], fact.body["account"]
    await DevicePerson.insert(
        DevicePerson(id=f"{device}:{account}", device=device, account=account)
    ).on_conflict(action="DO NOTHING")


async def device_revoked(fact: Fact) -> None:
    """device.revoked → the tablet's row says so."""
    await Device.update({Device.status: "revoked"}).where(Device.id == fact.body["device"])


async def actor_of(account: str, today: date, device: str = "") -> Actor | None:
    """The actor behind an account that is active, with those for whom this person is deputy today."""
    row = await Account.select().where(Account.id == account).first()
    if row is None or not row["active"]:
        return None
    organisation = await Organisation.select().where(Organisation.id == row["organisation"]).first()
    standing_in = await Deputy.select(Deputy.leader).where(
        (Deputy.deputy == account) & (Deputy.starts_on <= today) & (Deputy.ends_on >= today)
    )
    return Actor(
        account=account,
        name=row["name"],
        organisation=row["organisation"],
        organisation_name=organisation["name"] if organisation else "",
        roles=frozenset(cast("list[Role]", json.loads(row["roles"]))),
        device=device,
        deputy_for=tuple(d["leader"] for d in standing_in),
    )


async def session_of(token: str, now: datetime) -> dict[str, Any] | None:
    """The live session of a token, or None."""
    row = await Session.select().where(Session.token_digest == token_digest(token)).first()
    if row is None:
        return None
    if not session_alive(SessionState(row["device"], row["seen_at"], row["expires_at"]), now):
        return None
    return row


async def session_seen(session: dict[str, Any], now: datetime) -> None:
    """Note that a session was used; once a minute is enough."""
    if now - session["seen_at"] >= timedelta(minutes=1):
        digest = session["token_digest"]
        await Session.update({Session.seen_at: now}).where(Session.token_digest == digest)


async def open_session(
    token: str, account: str, now: datetime, *, device: str = "", lasts: timedelta
) -> None:
    """A new session; those that ended are swept away."""
    await Session.delete().where(Session.expires_at <= now)
    await Session.insert(
        Session(
            token_digest=token_digest(token),
            account=account,
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + lasts,
        )
    )


async def close_session(token: str) -> None:
    """End the session of a token, if there is one."""
    await Session.delete().where(Session.token_digest == token_digest(token))


async def close_sessions_of(account: str) -> None:
    """End every session of a person: after a new password, other roles, or when the account is disabled."""
    await Session.delete().where(Session.account == account)


async def account_by_login(login: str) -> dict[str, Any] | None:
    """The account with this login name, or None."""
    row = await Account.select().where(Account.login == login).first()
    return row


async def judge_and_keep(account: str, password_right: bool, now: datetime) -> Refusal | None:
    """Judge one login try and store what follows. Tries at the same time are judged one after the other: the
    first UPDATE holds the row until commit, on both engines."""
    engine = cast("db.Engine", Account._meta.db)
    async with db.transaction(engine):
        await Account.update({Account.failures: Account.failures + 0}).where(Account.id == account)
        row = (await Account.select().where(Account.id == account))[0]
        state = LoginState(row["active"], row["failures"], row["locked_until"], password_right)
        refusal, failures, locked_until = judge_login(state, now)
        await Account.update({Account.failures: failures, Account.locked_until: locked_until}).where(
            Account.id == account
        )
    return refusal


async def trace(house: House, account: str, verb: str, path: str, outcome: str) -> None:
    """Write one line of the trace."""
    await AuditEvent.insert(
        AuditEvent(
            id=house.new_id(),
            at=house.clock(),
            account=account,
            verb=verb,
            path=path[:300],
            outcome=outcome[:64],
        )
    )


async def account_names(accounts: Sequence[str]) -> dict[str, str]:
    """Names of people by account."""
    if not accounts:
        return {}
    rows = await Account.select(Account.id, Account.name).where(Account.id.is_in(list(accounts)))
    return {row["id"]: row["name"] for row in rows}


async def organisations() -> dict[str, dict[str, Any]]:
    """Every organisation by id, in the office's order."""
    rows = await Organisation.select().order_by(Organisation.position)
    return {row["id"]: row for row in rows}


async def public_keys(server_device: str, server_key: str) -> dict[str, str]:
    """Device → public key for every device that ever was enrolled, and the server itself."""
    rows = await Device.select(Device.id, Device.public_key)
    return {server_device: server_key, **{row["id"]: row["public_key"] for row in rows}}


async def accounts_per_organisation() -> dict[str, int]:
    """Organisation → number of active accounts."""
    rows = (
        await Account.select(Account.organisation, Count())
        .where(Account.active == True)  # noqa: E712
        .group_by(Account.organisation)
    )
    return {row["organisation"]: row["count"] for row in rows}


async def devices_per_organisation() -> dict[str, int]:
    """Organisation → number of tablets in use."""
    rows = (
        await Device.select(Device.organisation, Count())
        .where(Device.status == "enrolled")
        .group_by(Device.organisation)
    )
    return {row["organisation"]: row["count"] for row in rows}


async def devices(organisation: str) -> list[dict[str, Any]]:
    """Tablets with the names of their people, newest first; ``organisation`` "" = of all."""
    query = Device.select().order_by(Device.number, ascending=False)
    rows = await (query.where(Device.organisation == organisation) if organisation else query)
    joined = await DevicePerson.select(DevicePerson.device, DevicePerson.account)
    names = await account_names(sorted({row["account"] for row in joined}))
    people: dict[str, list[str]] = {}
    for row in joined:
        people.setdefault(row["device"], []).append(names.get(row["account"], row["account"]))
    return [{**row, "people": people.get(row["id"], [])} for row in rows]


async def people_of(device: str) -> list[dict[str, Any]]:
    """Login and name of everybody who may use a tablet."""
    rows = await DevicePerson.select(DevicePerson.account).where(DevicePerson.device == device)
    if not rows:
        return []
    return (
        await Account.select(Account.id, Account.login, Account.name)
        .where(Account.id.is_in([row["account"] for row in rows]))
        .order_by(Account.login)
    )


async def inspectors(organisation: str) -> list[dict[str, Any]]:
    """Active inspectors of an organisation, with ``tablets``: how many they may use."""
    rows = (
        await Account.select(Account.id, Account.login, Account.name)
        .where(
            (Account.organisation == organisation)
            & (Account.active == True)  # noqa: E712
            & Account.roles.like('%"inspector"%')
        )
        .order_by(Account.login)
    )
    used = await DevicePerson.select(DevicePerson.account, DevicePerson.device)
    living = {row["id"] for row in await Device.select(Device.id).where(Device.status == "enrolled")}
    tablets: dict[str, int] = {}
    for row in used:
        if row["device"] in living:
            tablets[row["account"]] = tablets.get(row["account"], 0) + 1
    return [{**row, "tablets": tablets.get(row["id"], 0)} for row in rows]


async def close_sessions_on(device: str) -> None:
    """End every session on a tablet."""
    await Session.delete().where(Session.device == device)


TRACE_PAGE = 100


async def audit_events(
    start: datetime, end: datetime, login: str, outcome: str, page: int
) -> tuple[list[dict[str, Any]], int]:
    """(events of a page, newest first; number of pages). ``outcome``: "" | done | refused | a code."""
    where: Combinable = And(AuditEvent.at >= start, AuditEvent.at < end)
    if login:
        row = await account_by_login(login)
        where = And(where, AuditEvent.account == (row["id"] if row else "-"))
    if outcome == "refused":
        where = And(where, AuditEvent.outcome != "done")
    elif outcome:
        where = And(where, AuditEvent.outcome == outcome)
    total = await AuditEvent.count().where(where)
    rows = (
        await AuditEvent.select()
        .where(where)
        .order_by(AuditEvent.at, ascending=False)
        .limit(TRACE_PAGE)
        .offset((page - 1) * TRACE_PAGE)
    )
    return rows, max(1, -(-total // TRACE_PAGE))


async def people_named(accounts: set[str]) -> dict[str, dict[str, Any]]:
    """Login and name of accounts by id."""
    if not accounts:
        return {}
    rows = await Account.select(Account.id, Account.login, Account.name).where(
        Account.id.is_in(sorted(accounts))
    )
    return {row["id"]: row for row in rows}
