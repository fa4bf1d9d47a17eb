"""What lies behind a gap that nobody will fill is not lost: an office person admits it, and it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.field import receive
from backend.field.tables import Held, VisitState
from backend.house import House
from backend.people.rules import PUBLIC
from backend.publication.visits import _missing
from tests.builders import Person
from tests.doors.conftest import SignedIn
from tests.tablets import OPENED, ORG, Tablet, order_visit

TOLD = {"recusal": "not_requested", "statement": ""}


@pytest.fixture
async def admin(signed_in: SignedIn) -> Person:
    return await signed_in("dept_admin", ORG)


async def behind_a_lost_one(tablet: Tablet, visit: str, count: int) -> list[str]:
    """Ids of entries that came while the one before them never will."""
    tablet.record("visit.scheduled", visit, {"place": "lost"})
    made = [tablet.record("visit.opened", visit, OPENED)]
    made += [tablet.record("rights.told", visit, TOLD) for _ in range(count - 1)]
    ids = [one["entry"]["id"] for one in made]
    assert await tablet.receipts(*made) == dict.fromkeys(ids, ("held", "chain_gap"))
    return ids


async def counted(visit: str) -> tuple[int, int]:
    """(entries that count, entries held) of a visit."""
    row = (
        await VisitState.select(VisitState.entries, VisitState.held).where(VisitState.visit == visit).first()
    )
    assert row is not None
    return row["entries"], row["held"]


async def test_an_entry_behind_a_gap_is_admitted_with_a_reason_and_has_its_effect(
    tablet: Tablet, sent: str, admin: Person
) -> None:
    ids = await behind_a_lost_one(tablet, sent, 2)
    assert "连同其后的一并采纳" in (await admin.get("/office/field/held")).text
    asked = {"decision": "admit", "reason": "前一条已确认丢失"}
    assert (await admin.post(f"/office/field/held/{ids[0]}", asked)).status_code == 303
    row = await VisitState.select(VisitState.status).where(VisitState.visit == sent).first()
    assert row == {"status": "under_way"}
    assert await counted(sent) == (3, 1)


async def test_what_follows_an_admitted_entry_counts_by_itself(
    tablet: Tablet, sent: str, admin: Person
) -> None:
    ids = await behind_a_lost_one(tablet, sent, 2)
    asked = {"decision": "admit", "reason": "前一条已确认丢失"}
    await admin.post(f"/office/field/held/{ids[0]}", asked)
    later = tablet.record("rights.told", sent, TOLD)
    found = await tablet.receipts(later)
    assert found == {ids[1]: ("accepted", None), later["entry"]["id"]: ("accepted", None)}
    assert (await counted(sent))[1] == 0


async def test_all_behind_one_gap_are_admitted_at_once_and_not_what_the_next_gap_holds(
    house: House, tablet: Tablet, sent: str, admin: Person
) -> None:
    first = await behind_a_lost_one(tablet, sent, 3)
    second = await behind_a_lost_one(tablet, sent, 2)
    assert await _missing(sent) == 5
    asked = {"decision": "admit_behind", "reason": "丢失的一条无法补齐"}
    assert (await admin.post(f"/office/field/held/{first[0]}", asked)).status_code == 303
    rows = await Held.select(Held.entry, Held.decision).where(Held.visit == sent)
    assert {row["entry"]: row["decision"] for row in rows} == {
        **dict.fromkeys(first, "admitted"),
        **dict.fromkeys(second, ""),
    }
    assert await _missing(sent) == 2
    assert (await admin.post(f"/office/field/held/{first[0]}", asked)).status_code == 409


async def test_what_has_no_effect_to_give_is_left_out_and_refused_by_itself(
    house: House, tablet: Tablet, sent: str, admin: Person
) -> None:
    ids = await behind_a_lost_one(tablet, sent, 1)
    unknown = tablet.record("visit.abducted", sent, {})
    assert set((await tablet.receipts(unknown)).values()) == {("held", "chain_gap")}
    asked = {"decision": "admit", "reason": "前一条已确认丢失"}
    answer = await admin.post(f"/office/field/held/{unknown['entry']['id']}", asked)
    assert answer.status_code == 422 and "不能采纳" in answer.text
    asked["decision"] = "admit_behind"
    assert (await admin.post(f"/office/field/held/{ids[0]}", asked)).status_code == 303
    rows = await Held.select(Held.entry, Held.decision).where(Held.visit == sent)
    assert {row["entry"]: row["decision"] for row in rows} == {ids[0]: "admitted", unknown["entry"]["id"]: ""}


async def test_what_was_set_aside_is_told_as_held_to_who_can_open_nothing_of_it(
    house: House, tablet: Tablet, sent: str, admin: Person
) -> None:
    [key] = await behind_a_lost_one(tablet, sent, 1)
    asked = {"decision": "set_aside", "reason": "前一条已重新记录"}
    assert (await admin.post(f"/office/field/held/{key}", asked)).status_code == 303
    actor = replace(PUBLIC, account=tablet.account, device=tablet.id)
    [said] = await receive.had(house, actor, [key])
    assert said["body"]["receipts"] == [{"entry": key, "status": "held", "code": "chain_gap"}], (
        "told to exist, the tablet would give it the effect that the department did not"
    )


async def test_another_department_decides_nothing_behind_a_gap(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    ids = await behind_a_lost_one(tablet, visit, 1)
    stranger = await signed_in("dept_admin", "丙局（虚构）")
    asked = {"decision": "admit_behind", "reason": "前一条已确认丢失"}
    assert (await stranger.post(f"/office/field/held/{ids[0]}", asked)).status_code == 403
