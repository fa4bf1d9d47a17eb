"""A body may be erased: the chain holds without it, replay goes on, and the doctor calls it by its name."""

from __future__ import annotations

from pathlib import Path

from backend import ledger
from backend.doctor import examine
from backend.field.tables import VisitState
from backend.house import House
from backend.people.tables import public_keys
from backend.replay import replay
from tests.doors.tampered import erase_body
from tests.tablets import OPENED, Tablet, photo, photo_body


async def test_with_erased_bodies_ledger_chains_and_rows_are_whole_but_for_what_they_said(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    opened = tablet.record("visit.opened", sent, OPENED)
    taken = tablet.record("evidence.taken", sent, photo_body(photo(4711)))
    told = tablet.record("rights.told", sent, {"recusal": "not_requested", "statement": ""})
    assert set((await tablet.receipts(opened, taken, told)).values()) == {("accepted", None)}
    before = await replay(house, tmp_path / "before.sqlite")
    assert (before.differences, before.erased) == ((), 0)
    for one in (taken, told):
        await erase_body(house, one["entry"]["id"])
    after = await replay(house, tmp_path / "after.sqlite")
    assert (after.entries, after.differences, after.erased) == (before.entries, (), 2)
    keys = await public_keys(house.vault.device, house.vault.public_key)
    assert (await ledger.verify(house, keys))[1] == []
    findings = await examine(house)
    assert [one.line for one in findings if one.damage] == []
    assert "已清除内容的记录 bodies erased: 2" in [one.line for one in findings]


async def test_a_row_that_has_nothing_to_do_with_an_erased_body_is_still_compared(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    await tablet.receipts(tablet.record("visit.opened", sent, OPENED))
    await VisitState.update({VisitState.photos: 9}).where(VisitState.visit == sent)
    (found,) = (await replay(house, tmp_path / "shadow.sqlite")).differences
    assert (found.table, found.key, found.columns) == ("visit_state", sent, ("photos",))


async def test_a_tablet_goes_on_with_a_visit_whose_entries_were_erased(
    house: House, tablet: Tablet, sent: str
) -> None:
    opened = tablet.record("visit.opened", sent, OPENED)
    await tablet.receipts(opened)
    await erase_body(house, opened["entry"]["id"])
    later = tablet.record("rights.told", sent, {"recusal": "not_requested", "statement": ""})
    assert await tablet.receipts(later) == {later["entry"]["id"]: ("accepted", None)}
