"""Lists over all visits: official codes that are still missing with the day until which they are made good, the day of
a return, and leads; each of the own department only, and none of them opens a visit."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend import db, piccolo_conf
from backend.dispatch import tables as dispatch
from backend.field import marks
from backend.field.entries import mark
from backend.field.tables import VisitState
from backend.house import House
from backend.people.rules import Actor
from sync import words as w
from tests.builders import FIRST_MOMENT, Client, Clock, Person
from tests.doors.conftest import SignedIn
from tests.doors.finished import Finished, finished, later, send
from tests.doors.test_decisions import PATH, struck_off
from tests.doors.test_visit_flags import met_nobody
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit
from tests.visited import NONCE

CODES, LEADS, LIST = "/office/field/codes", "/office/field/leads", "/office/field"


def rows_of(text: str, visit: str) -> list[str]:
    """The rows of this visit."""
    return [row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if f"visits/{visit}" in row]


def coded(how: Any, number: str = "", reason: str = "") -> w.CodeRecorded:
    return w.CodeRecorded(nonce=NONCE, how=how, number=number, evidence=(), reason=reason)


@pytest.mark.parametrize("path", [CODES, LEADS])
async def test_the_lists_are_refused_to_the_public_and_to_administrators(
    path: str, client: Client, signed_in: SignedIn
) -> None:
    assert (await client.get(path, headers={"accept": "application/json"})).status_code == 401
    assert (await (await signed_in("system_admin", ORG)).get(path)).status_code == 403


async def test_a_missing_code_is_listed_with_its_day_to_its_own_departments_until_it_is_made_good(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole: Finished = await finished(house, clock, signed_in)
    stranger = await signed_in("planner", "与此无关的局（虚构）")
    members = (await dispatch.members([whole.visit]))[whole.visit]
    officer = next(one["account"] for one in members if one["role"] == "leader")
    lead, second, clerk = whole.w.lead, whole.w.second, whole.w.clerk
    assert rows_of((await stranger.get(CODES)).text, whole.visit) == []
    for person in (lead, second, clerk):
        (row,) = rows_of((await person.get(CODES)).text, whole.visit)
        assert "即将到期" in row
    (day,) = re.findall(
        r"补录截至 (\d{4}-\d{2}-\d{2})", (await lead.get(f"/office/field/visits/{whole.visit}")).text
    )
    assert day in row and rows_of((await lead.get(f"{CODES}?state=late")).text, whole.visit) == []
    await send(house, whole.visit, [(officer, coded("missing", reason="整天没有信号"))])
    assert rows_of((await lead.get(CODES)).text, whole.visit)
    await later(clock, days=30)
    (row,) = rows_of((await lead.get(f"{CODES}?state=late")).text, whole.visit)
    assert "已逾期" in row
    await send(house, whole.visit, [(officer, coded("typed", "渝执码 2026-1120-0007"))])
    assert rows_of((await lead.get(CODES)).text, whole.visit) == []


async def test_a_code_that_is_due_stands_among_the_work_of_its_departments_and_of_nobody_else(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    await later(clock, days=30)
    line = f'<a href="{CODES}">查看</a>'
    stranger = await signed_in("planner", "又一个无关的局（虚构）")
    assert line not in (await stranger.get("/office/")).text
    assert line not in (await whole.w.clerk.get("/office/")).text
    for person in (whole.w.lead, whole.w.second_leader):
        shown = (await person.get("/office/")).text
        assert line in shown and "执法码补录 <b" in shown


async def test_a_check_that_goes_on_owes_no_code_yet(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, _ = await order_visit(house, [(tablet.account, "leader"), (await inspector(house, ORG), "member")])
    await tablet.receipts(tablet.record("visit.opened", visit, OPENED))
    leader = await signed_in("responsible_leader", ORG)
    assert rows_of((await leader.get(CODES)).text, visit) == []


async def test_the_list_of_visits_says_when_the_team_comes_again_until_the_check_is_ended(
    house: House, clock: Clock, tablet: Tablet, signed_in: SignedIn
) -> None:
    officer = await inspector(house, ORG)
    visit, _ = await order_visit(house, [(tablet.account, "leader"), (officer, "member")])
    leader, there = await signed_in("responsible_leader", ORG), "/office/field"
    today = clock.now.date().isoformat()
    await tablet.receipts(tablet.record("visit.opened", visit, OPENED))
    assert "再次到场" not in rows_of((await leader.get(there)).text, visit)[0]
    first = tablet.record("return.planned", visit, met_nobody(29_500_000) | {"on": "2020-01-02"})
    await tablet.receipts(first)
    assert "约定 2020-01-02 再次到场，日期已过" in rows_of((await leader.get(there)).text, visit)[0]
    clock.advance(minutes=1)
    again = tablet.record("return.planned", visit, met_nobody(29_500_000) | {"on": today})
    await tablet.receipts(again)
    row = rows_of((await leader.get(there)).text, visit)[0]
    assert f"约定 {today} 再次到场" in row and "日期已过" not in row
    gone = tablet.record("ending.proposed", visit, _not_found())
    await tablet.receipts(gone)
    assert "再次到场" in rows_of((await leader.get(there)).text, visit)[0], "nobody confirmed the ending"
    other = Tablet(tablet.client, house)
    await other.enrol(officer)
    confirmed = other.record("ending.confirmed", visit, {"proposal": gone["entry"]["id"]})
    await other.receipts(confirmed)
    assert "再次到场" not in rows_of((await leader.get(there)).text, visit)[0]


def _not_found() -> dict[str, Any]:
    return {
        **{
            "ending": "not_found",
            "statement": "两次到场均无人",
            "place": None,
            "evidence": [],
            "attempts": [],
        },
        **{"witness": "", "moved_to": "", "noncooperation": [], "supersedes": []},
    }


async def test_the_leads_are_read_at_once_however_many_there_are(
    house: House, tablet: Tablet, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = await signed_in("responsible_leader", ORG)
    said = {"step": "lead", "to": "渝岭区市场监管局登记科（虚构）", "reason": "名录库仍为存续"}
    visits = []
    for _ in range(3):
        visit, entry = await struck_off(house, tablet, "active", "not_found")
        assert (await leader.post(f"{PATH}/{visit}/{entry}", said)).status_code == 303
        visits.append(visit)
    asked: list[str] = []
    plain = db.execute

    async def counted(engine: db.Engine, sql: str, *values: Any) -> Any:
        asked.append(sql)
        return await plain(engine, sql, *values)

    monkeypatch.setattr(db, "execute", counted)
    actor = Actor(
        account=leader.account, organisation=leader.organisation, roles=frozenset({"responsible_leader"})
    )
    found = await marks.leads(house, actor)
    assert set(visits) <= {one["visit"] for one in found} and len(asked) == 1
    monkeypatch.undo()
    stranger = await signed_in("responsible_leader", OTHER)
    theirs = (await stranger.get(LEADS)).text
    assert not any(rows_of(theirs, visit) for visit in visits)


async def test_states_that_were_kept_before_there_were_marks_are_folded_anew(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    await VisitState.update({VisitState.code: ""}).where(VisitState.visit == whole.visit)
    assert rows_of((await whole.w.lead.get(CODES)).text, whole.visit) == []
    await mark(house)
    assert rows_of((await whole.w.lead.get(CODES)).text, whole.visit)


async def test_a_state_that_called_equal_answers_disputed_is_folded_anew(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    kept = VisitState.select(VisitState.state, VisitState.disputed).where(VisitState.visit == whole.visit)
    await VisitState.update({VisitState.disputed: 1, VisitState.state: b"of the version before"}).where(
        VisitState.visit == whole.visit
    )
    for statement in (piccolo_conf.MIGRATIONS / "0008_alike.sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            await db.execute(house.engine, statement)
    await mark(house)
    [row] = await kept
    assert row["disputed"] == 0 and row["state"] != b"of the version before"


# --- the list of visits ---------------------------------------------------------------------------------------


async def listed(person: Person, asked: str = "") -> list[str]:
    """The visits in the order in which the page shows them."""
    return re.findall(
        r'code"><a href="/office/field/visits/(\w+)"', (await person.get(f"{LIST}{asked}")).text
    )


async def test_the_list_begins_with_today_and_what_is_open_then_what_is_overdue_comes_and_is_past(
    house: House, clock: Clock, tablet: Tablet, signed_in: SignedIn
) -> None:
    clock.now = FIRST_MOMENT
    org = f"顺序局{house.new_id()[:4]}（虚构）"
    await tablet.enrol(await inspector(house, org))
    made = {}
    for day in ("2026-12-09", "2026-11-23", "2026-11-20", "2026-11-18", "2026-11-17"):
        made[day], _ = await order_visit(house, [(tablet.account, "leader")], changes={"planned_on": day})
    await tablet.exchange()
    await tablet.receipts(tablet.record("visit.opened", made["2026-11-17"], OPENED))
    order = ["2026-11-20", "2026-11-17", "2026-11-18", "2026-11-23", "2026-12-09"]
    assert await listed(await signed_in("dept_admin", org)) == [made[day] for day in order]


async def test_a_visit_is_found_by_its_firm_or_number_and_a_wildcard_finds_nothing_more(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    first, packet = await order_visit(house, [(tablet.account, "leader")])
    second, _ = await order_visit(house, [(tablet.account, "leader")])
    admin = await signed_in("dept_admin", ORG)
    assert await listed(admin, f"?q={packet.number}") == [first]
    assert {first, second} <= set(await listed(admin, "?q=测试饭店"))
    assert await listed(admin, "?q=%25没有这家") == []
    stranger = await signed_in("dept_admin", "与此无关的局（虚构）")
    assert await listed(stranger, "?q=测试饭店") == []
    assert "没有符合条件的检查" in (await stranger.get(f"{LIST}?q={'长' * 900}")).text
