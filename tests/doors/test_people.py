"""Login, accounts, tablets and the trace, through the doors."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from litestar.exceptions import LitestarException

from backend import ledger, web
from backend.house import House
from backend.ledger import Draft
from backend.people import desk, tables
from backend.people.rules import POLICY
from backend.people.tables import Account, AuditEvent, Deputy, Device, Invite
from backend.replay import replay
from backend.web import CSRF_COOKIE, SESSION_COOKIE
from sync import chain
from sync.words import DeviceEnrolled, Role
from tests import builders
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn

PASSWORD = "a long enough secret"
LOCKED = "account_locked"


async def person(house: House, login: str, roles: tuple[Role, ...] = ("planner",)) -> str:
    office = await builders.organisation("测试登录局(虚构)")
    values = {"login": login, "name": "测试人", "organisation": office, "password": PASSWORD}
    return await desk.account(house, values, roles=roles)


async def try_login(client: Client, login: str, password: str, **more: str) -> tuple[int, str, str]:
    """(status, session token or "", text) of one try in a fresh browser."""
    client.cookies.clear()
    await client.get("/office/login")
    token = client.cookies[CSRF_COOKIE]
    answer = await client.post(
        "/office/login", data={"login": login, "password": password, "_csrf_token": token, **more}
    )
    client.cookies.clear()
    return (
        answer.status_code,
        answer.cookies.get(SESSION_COOKIE) or "",
        str(answer.headers.get("location", answer.text)),
    )


async def outcomes(account: str) -> list[str]:
    rows = await AuditEvent.select(AuditEvent.outcome).where(AuditEvent.account == account)
    return sorted(row["outcome"] for row in rows)


# --- login ----------------------------------------------------------------------------------------------------


async def test_a_form_without_its_token_is_refused_with_a_sentence(client: Client, house: House) -> None:
    client.cookies.clear()
    answer = await client.post("/office/login", data={"login": "a", "password": "b"})
    assert answer.status_code == 403
    assert "这次没有提交" in answer.text


async def test_a_file_form_brings_its_token_in_a_field(client: Client) -> None:
    client.cookies.clear()
    await client.get("/office/login")
    token = client.cookies[CSRF_COOKIE]
    files = {"file": ("a.csv", b"x", "text/csv")}
    with_token = await client.post("/office/login", data={"_csrf_token": token}, files=files)
    without = await client.post("/office/login", data={"a": "b"}, files=files)
    client.cookies.clear()
    assert (with_token.status_code, without.status_code) == (422, 403)


async def test_the_right_password_opens_and_the_token_is_not_kept(client: Client, house: House) -> None:
    account = await person(house, "right-one")
    status, token, where = await try_login(client, "right-one", PASSWORD, next="/office/people")
    assert (status, where) == (303, "/office/people") and token
    stored = await tables.Session.select().where(tables.Session.account == account)
    assert [row["token_digest"] for row in stored] == [tables.token_digest(token)]
    assert await outcomes(account) == ["done"]


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/office\\evil", "/tablet/"]
)
async def test_a_login_never_leads_to_another_place(client: Client, house: House, elsewhere: str) -> None:
    login = f"next-{builders.id_of(elsewhere + house.engine.engine_type)[:8]}"
    await person(house, login)
    _, _, where = await try_login(client, login, PASSWORD, next=elsewhere)
    assert where == "/office/"


async def test_an_unknown_account_and_a_wrong_password_read_the_same(client: Client, house: House) -> None:
    await person(house, "known")
    known = await try_login(client, "known", "wrong")
    unknown = await try_login(client, "nobody-at-all", "wrong")
    assert known[0] == unknown[0] == 422
    alert = re.compile(r'role="alert">([^<]+)<')
    assert alert.findall(known[2]) == alert.findall(unknown[2]) != []


async def test_five_wrong_passwords_lock_the_right_one_out_until_the_lock_ends(
    client: Client, house: House, clock: Clock
) -> None:
    account = await person(house, "lock-me")
    for _ in range(POLICY.tries):
        status, token, _ = await try_login(client, "lock-me", "wrong")
        assert not token
    assert status == 429
    assert (await try_login(client, "lock-me", PASSWORD))[1] == ""
    clock.advance(minutes=16)
    assert (await try_login(client, "lock-me", PASSWORD))[1]
    found = await outcomes(account)
    assert found.count("wrong_password") == POLICY.tries - 1
    assert found.count(LOCKED) == 2 and found.count("done") == 1


async def test_the_security_administrator_unlocks_and_the_system_administrator_does_not(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    account = await person(house, "unlock-me")
    for _ in range(POLICY.tries):
        await try_login(client, "unlock-me", "wrong")
    system, security = await signed_in("system_admin"), await signed_in("security_admin")
    assert (await system.post(f"/office/people/accounts/{account}/unlock", {})).status_code == 403
    assert (await try_login(client, "unlock-me", PASSWORD))[0] == 429
    assert (await security.post(f"/office/people/accounts/{account}/unlock", {})).status_code == 303
    assert (await try_login(client, "unlock-me", PASSWORD))[1]


async def test_a_session_ends_after_a_pause_at_the_desk(signed_in: SignedIn, clock: Clock) -> None:
    someone = await signed_in("planner")
    assert (await someone.get("/office/")).status_code == 200
    clock.advance(minutes=110)
    assert (await someone.get("/office/")).status_code == 200
    clock.advance(minutes=110)
    assert (await someone.get("/office/")).status_code == 200, "work at the desk keeps the session open"
    clock.advance(minutes=121)
    answer = await someone.get("/office/")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/office/login")


async def test_logging_out_ends_the_session_on_the_server_too(signed_in: SignedIn, house: House) -> None:
    someone = await signed_in("planner")
    await someone.post("/office/logout", {})
    assert await tables.session_of(someone.token, house.clock()) is None


async def test_every_page_carries_the_headers_that_forbid_foreign_scripts(signed_in: SignedIn) -> None:
    someone = await signed_in("planner")
    for path in ("/office/", "/office/login", "/nowhere", "/static/office.css"):
        headers = (await someone.get(path)).headers
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "camera=()" in headers["permissions-policy"]
    tablet = await someone.get("/tablet/")
    assert "camera=(self)" in tablet.headers["permissions-policy"]


# --- accounts -------------------------------------------------------------------------------------------------


async def test_an_account_begins_without_a_role_and_gets_it_from_the_security_administrator(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    system, security = await signed_in("system_admin"), await signed_in("security_admin")
    form = {"login": "new-one", "name": "新人", "organisation": system.organisation, "password": PASSWORD}
    made = await system.post("/office/people/accounts/new", form)
    assert made.status_code == 303
    path = made.headers["location"]
    again = await system.post("/office/people/accounts/new", form)
    assert again.status_code == 422 and "已被使用" in again.text and "新人" in again.text
    assert PASSWORD not in again.text
    assert (await system.post(f"{path}/roles", {"roles": "planner"})).status_code == 403
    both = await security.post(f"{path}/roles", {"roles": ["system_admin", "planner"]})
    assert both.status_code == 422 and "不得由同一人兼任" in both.text
    assert (await security.post(f"{path}/roles", {"roles": ["planner"]})).status_code == 303
    row = await desk.one(path.rsplit("/", 1)[1])
    assert row["roles"] == ["planner"]


async def test_disabling_an_account_ends_its_sessions_at_once(house: House, signed_in: SignedIn) -> None:
    system, someone = await signed_in("system_admin"), await signed_in("planner")
    answer = await system.post(f"/office/people/accounts/{someone.account}/active", {"active": "no"})
    assert answer.status_code == 303
    assert (await someone.get("/office/")).status_code == 303
    own = await system.post(f"/office/people/accounts/{system.account}/active", {"active": "no"})
    assert own.status_code == 422 and (await system.get("/office/")).status_code == 200


async def test_the_system_administrator_cannot_become_another_administrator_by_a_password(
    signed_in: SignedIn,
) -> None:
    system, security = await signed_in("system_admin"), await signed_in("security_admin")
    before = (await desk.one(security.account))["password_hash"]
    answer = await system.post(f"/office/people/accounts/{security.account}/password", {"password": PASSWORD})
    assert answer.status_code == 422
    assert (await desk.one(security.account))["password_hash"] == before


async def test_ones_own_password_needs_the_old_one(client: Client, house: House) -> None:
    await person(house, "own-password")
    _, token, _ = await try_login(client, "own-password", PASSWORD)
    row = await tables.account_by_login("own-password")
    assert row
    someone = builders.Person(client, row["id"], row["name"], row["organisation"], token)
    new = {"password": "another long secret", "password_again": "another long secret"}
    wrong = await someone.post("/office/account", {"old_password": "nope", **new})
    assert wrong.status_code == 422
    assert (await someone.post("/office/account", {"old_password": PASSWORD, **new})).status_code == 303
    assert (await try_login(client, "own-password", PASSWORD))[1] == ""
    assert (await try_login(client, "own-password", "another long secret"))[1]


async def test_a_department_sees_its_own_people_only(signed_in: SignedIn) -> None:
    stranger = await signed_in("planner", "别局(虚构)", name="别局某人")
    admin = await signed_in("dept_admin", "本局(虚构)", name="本局管理员")
    listed = await admin.get(f"/office/people/accounts?organisation={stranger.organisation}")
    assert "本局管理员" in listed.text and "别局某人" not in listed.text
    assert (await admin.get(f"/office/people/accounts/{stranger.account}")).status_code == 403


async def test_a_deputy_stands_in_from_day_to_day_and_only_for_the_own_organisation(
    signed_in: SignedIn, house: House, clock: Clock
) -> None:
    security = await signed_in("security_admin")
    leader = await signed_in("responsible_leader", "岗局(虚构)")
    deputy = await signed_in("responsible_leader", "岗局(虚构)")
    other = await signed_in("responsible_leader", "他局(虚构)")
    today = house.clock().date()
    days = {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=2)).isoformat()}
    wrong = await security.post(
        "/office/people/deputies", {"leader": leader.account, "deputy": other.account, **days}
    )
    assert wrong.status_code == 422 and not await Deputy.exists().where(Deputy.deputy == other.account)
    right = {"leader": leader.account, "deputy": deputy.account, **days}
    assert (await security.post("/office/people/deputies", right)).status_code == 303
    for offset, standing in ((-1, False), (0, True), (2, True), (3, False)):
        actor = await tables.actor_of(deputy.account, today + timedelta(days=offset))
        assert actor and (leader.account in actor.deputy_for) is standing


# --- tablets --------------------------------------------------------------------------------------------------


async def enrolled(house: House, account: str, organisation: str) -> str:
    """A tablet of that person, entered in the ledger as the field does."""
    point = "04" + house.chance(64).hex()
    device = chain.thumbprint(point)
    body = DeviceEnrolled(
        nonce=house.new_id(),
        device=device,
        public_key=point,
        organisation=organisation,
        label="测试终端 1 号",
    )
    async with ledger.turn(house) as turn:
        await turn.append(Draft(device[:32], body), by=account, now=house.clock())
    return device


async def test_an_invitation_shows_its_code_once_and_keeps_only_the_digest(
    house: House, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", "登记局(虚构)")
    inspector = await signed_in("inspector", "登记局(虚构)")
    answer = await admin.post("/office/people/tablets/invite", {"account": inspector.account})
    assert answer.status_code == 200
    spoken = re.search(r'id="code">([^<]+)<', answer.text)
    assert spoken
    code = spoken.group(1).replace(" ", "")
    rows = await Invite.select().where(Invite.account == inspector.account)
    assert [row["code_digest"] for row in rows] == [tables.token_digest(code)]
    assert rows[0]["expires_at"] == house.clock() + POLICY.invite and rows[0]["used_at"] is None
    assert code not in json.dumps([str(row) for row in rows])
    assert "data:image/svg+xml;base64," in answer.text


async def test_a_department_invites_its_own_inspectors_only(signed_in: SignedIn) -> None:
    admin = await signed_in("dept_admin", "登记局(虚构)")
    foreign = await signed_in("inspector", "外局(虚构)")
    planner = await signed_in("planner", "登记局(虚构)")
    assert (
        await admin.post("/office/people/tablets/invite", {"account": foreign.account})
    ).status_code == 403
    assert (
        await admin.post("/office/people/tablets/invite", {"account": planner.account})
    ).status_code == 422
    assert not await Invite.exists().where(Invite.account.is_in([foreign.account, planner.account]))


async def test_a_tablet_is_taken_out_of_use_by_an_entry_with_its_reason(
    house: House, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", "停用局(虚构)")
    foreign = await signed_in("dept_admin", "外局(虚构)")
    inspector = await signed_in("inspector", "停用局(虚构)")
    device = await enrolled(house, inspector.account, inspector.organisation)
    token = await builders.open_session(house, inspector.account, device)
    path = f"/office/people/tablets/{device}/revoke"
    assert (await foreign.post(path, {"reason": "终端遗失"})).status_code == 403
    assert (await admin.post(path, {"reason": ""})).status_code == 422
    assert (await admin.post(path, {"reason": "终端遗失"})).status_code == 303
    row = await Device.select().where(Device.id == device).first()
    assert row and row["status"] == "revoked"
    story = await ledger.of_subject(house, device[:32])
    assert [(entry.kind, entry.by) for _, entry, _ in story][-1] == ("device.revoked", admin.account)
    assert story[-1][2] and story[-1][2]["reason"] == "终端遗失"
    assert await tables.session_of(token, house.clock()) is None
    assert (await admin.post(path, {"reason": "再停一次"})).status_code == 409


# --- the trace and the replay ---------------------------------------------------------------------------------


async def test_every_unsafe_act_and_every_refusal_is_in_the_trace(signed_in: SignedIn) -> None:
    someone, auditor = await signed_in("planner"), await signed_in("audit_admin")
    await someone.get("/office/audit")
    await someone.post("/office/people/accounts/new", {})
    await someone.post("/office/logout", {})
    rows = await AuditEvent.select().where(AuditEvent.account == someone.account)
    found = {(row["path"], row["verb"], row["outcome"]) for row in rows}
    assert found == {
        ("GET /office/audit", "audit.read", "not_allowed"),
        ("POST /office/people/accounts/new", "people.write", "not_allowed"),
        ("POST /office/logout", "session.close", "done"),
    }
    login = (await Account.select(Account.login).where(Account.id == someone.account))[0]["login"]
    listed = await auditor.get(f"/office/audit?account={login}&outcome=refused")
    assert listed.text.count("POST /office/people/accounts/new") == 1
    assert "POST /office/logout" not in listed.text


async def test_whoever_nobody_knows_fills_the_trace_only_by_acts_that_exist(client: Client) -> None:
    before = await AuditEvent.count()
    for path in ("/nowhere", "/office/nowhere", "/field/nowhere"):
        assert (await client.post(path, json={})).status_code == 404
    assert (await client.put("/health", json={})).status_code == 404
    assert await AuditEvent.count() == before
    assert (await client.post("/office/people/accounts/new", data={})).status_code in (401, 403)
    assert await AuditEvent.count() == before + 1


async def test_an_act_that_cannot_be_traced_is_not_confirmed_and_is_in_the_log(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = await signed_in("planner")
    await someone.get("/health")

    async def broken(*_: object, **__: object) -> None:
        raise OSError("no space left")

    logged: list[str] = []
    monkeypatch.setattr("backend.people.trace.trace", broken)
    monkeypatch.setattr(web.log, "exception", lambda text, *values: logged.append(text % values))
    with pytest.raises(LitestarException):
        await someone.post("/office/logout", {})
    assert logged == [f"not traced: POST /office/logout by {someone.account}: done"]


async def test_replay_makes_the_same_rows_and_finds_one_that_was_changed(
    house: House, signed_in: SignedIn, tmp_path: Path
) -> None:
    inspector = await signed_in("inspector", "重放局(虚构)")
    device = await enrolled(house, inspector.account, inspector.organisation)
    outcome = await replay(house, tmp_path / "one.sqlite")
    assert outcome.entries > 0 and outcome.rows > 0 and not outcome.grew
    assert outcome.differences == ()
    await Device.update({Device.label: "改过的名字"}).where(Device.id == device)
    changed = await replay(house, tmp_path / "two.sqlite")
    assert [(d.table, d.key, d.columns) for d in changed.differences] == [("device", device, ("label",))]
    await Device.delete().where(Device.id == device)
    gone = await replay(house, tmp_path / "three.sqlite")
    assert [(d.table, d.key, d.columns) for d in gone.differences] == [("device", device, ("missing",))]
