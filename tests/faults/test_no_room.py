"""SQLite says itself that the disk is full: the tablet reads it, and afterwards everything goes on."""

from __future__ import annotations

import pytest

from backend import db
from backend.house import House
from tests.conftest import EngineUnderTest
from tests.doors.conftest import client, clock, house, sent, tablet
from tests.tablets import OPENED, Tablet

__all__ = ["client", "clock", "house", "sent", "tablet"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_push_into_a_full_database_is_refused_as_storage_full_and_taken_when_there_is_room(
    engine: EngineUnderTest, house: House, tablet: Tablet, sent: str
) -> None:
    assert isinstance(house.engine, db.OneWriterSQLite)
    entries = [tablet.record("visit.opened", sent, OPENED) for _ in range(100)]

    async def pages(most: str) -> None:
        async with house.engine.writing, house.engine.writer.execute(f"PRAGMA max_page_count = {most}"):  # type: ignore[union-attr]
            pass

    await pages("1")  # SQLite takes what is used already for the least
    answer = await tablet.exchange(*entries)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    await pages("1000000")
    received = await tablet.receipts(*entries)
    assert {received[one["entry"]["id"]] for one in entries} == {("accepted", None)}
