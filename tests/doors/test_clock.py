"""A tablet's clock over the wire, on both engines: it refuses nothing, orders nothing, and is said on the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend import ledger
from backend.field.tables import ClockMeasured
from backend.house import House, instant
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.papers import squeezed, text_of
from tests.tablets import OPENED, ORG, Tablet, order_visit

YEARS = timedelta(days=11_000)


async def measured(tablet: Tablet) -> list[int]:
    rows = (
        await ClockMeasured.select().where(ClockMeasured.device == tablet.id).order_by(ClockMeasured.number)
    )
    return [row["skew"] // 1000 for row in rows]


async def opened(tablet: Tablet, **off: float) -> tuple[str, dict[str, Any]]:
    """A visit opened on a tablet whose clock is wrong by that much: the visit, and the entry that was pushed."""
    form = {"template": "field_record.s1.1"}
    visit, _ = await order_visit(tablet.house, [(tablet.account, "leader")], changes=form)
    tablet.skew = timedelta(**off)
    entry = tablet.record("visit.opened", visit, OPENED, at=instant(tablet.house.clock() + tablet.skew))
    assert await tablet.receipts(entry) == {entry["entry"]["id"]: ("accepted", None)}
    return visit, entry


async def test_a_clock_within_five_minutes_is_not_written_down(tablet: Tablet) -> None:
    await opened(tablet, minutes=-4)
    assert await measured(tablet) == []


async def test_who_pushes_nothing_writes_nothing_into_the_ledger(tablet: Tablet) -> None:
    tablet.skew = -YEARS
    assert (await tablet.exchange()).status_code == 200
    assert await measured(tablet) == []


async def test_what_came_already_is_not_measured_again(tablet: Tablet) -> None:
    _, entry = await opened(tablet, hours=2)
    tablet.skew = timedelta(hours=9)
    assert (await tablet.receipts(entry))[entry["entry"]["id"]][0] == "exists"
    assert await measured(tablet) == [7200]


@pytest.mark.parametrize("years", [YEARS, -YEARS], ids=["ahead", "behind"])
async def test_a_clock_wrong_by_years_refuses_nothing_and_is_said_beside_the_times(
    client: Client, house: House, clock: Clock, tablet: Tablet, signed_in: SignedIn, years: timedelta
) -> None:
    visit, entry = await opened(tablet, days=years.days)
    tablet.skew = timedelta(0)
    clock.advance(hours=1)
    later = tablet.record("rights.told", visit, {"recusal": "not_requested", "statement": ""})
    assert (await tablet.receipts(later))[later["entry"]["id"]] == ("accepted", None)
    assert await measured(tablet) == [years.days * 86_400, 0]
    story = await ledger.of_subject(house, visit)
    assert [one.id for _, one, _ in story][-2:] == [entry["entry"]["id"], later["entry"]["id"]]
    reader = await signed_in("responsible_leader", ORG)
    said = f"设备时钟{'快' if years.days > 0 else '慢'} 11000 天（服务器于"
    page = (await reader.get(f"/office/field/visits/{visit}")).text
    assert f"测试平板：{said}" in page
    paper = await reader.get(f"/office/field/visits/{visit}/record.pdf")
    assert squeezed(said) in squeezed(text_of(paper.content))


async def test_a_visit_whose_clocks_were_right_says_nothing_of_clocks(
    tablet: Tablet, signed_in: SignedIn
) -> None:
    await opened(tablet, hours=-3, minutes=-12)
    visit, _ = await opened(tablet)
    reader = await signed_in("responsible_leader", ORG)
    assert "设备时钟" not in (await reader.get(f"/office/field/visits/{visit}")).text
    paper = await reader.get(f"/office/field/visits/{visit}/record.pdf")
    assert "设备时钟" not in squeezed(text_of(paper.content))
