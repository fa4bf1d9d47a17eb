"""The day of what a tablet testifies: a wrong clock moves no deadline and closes no page of the office."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from backend import home
from backend.dispatch import tables
from backend.field import office, office_site
from backend.field.entries import folded
from backend.field.marks import ended_on
from backend.house import House
from backend.people.rules import Actor
from backend.publication import visits as publication
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import dispatched, later
from tests.tablets import OPENED, ORG, Tablet

FINISHED = {"record_digest": "0" * 64, "template": "record-1"}
PLACE = {"latitude": 29_500_000, "longitude": 106_500_000, "accuracy": 10, "age": 0}
FAR = {**PLACE, "latitude": 39_900_000}


@pytest.mark.parametrize(
    ("opened", "at"),
    [
        ("2026-11-24T01:00:00.000Z", "1970-01-01T00:10:00.000Z"),
        ("2026-11-24T01:00:00.000Z", "2020-01-01T00:10:00.000Z"),
        ("2026-11-31T01:00:00.000Z", "2026-02-31T10:00:00.000Z"),
        ("9999-12-31T23:00:00.000Z", "9999-12-31T23:59:59.999Z"),
    ],
)
async def test_a_tablet_whose_clock_lost_its_battery_closes_no_page_of_the_office(
    house: House, clock: Clock, signed_in: SignedIn, client: Client, opened: str, at: str
) -> None:
    whole = await dispatched(house, clock, signed_in)
    visit = whole.visits[0]
    row = await tables.visit(visit)
    assert row
    packet = await office.packet_of(house, row)
    assert packet
    leader = next(one for one in packet.team if one.role == "leader")
    tablet = Tablet(client, house)
    assert (await tablet.enrol(leader.account)).status_code == 200
    sent = [
        tablet.record("visit.opened", visit, {"place": PLACE}, at="2026-11-24T00:30:00.000Z"),
        tablet.record("visit.opened", visit, {"place": FAR}, at=opened),
        tablet.record("visit.finished", visit, FINISHED, at=at),
    ]
    assert {status for status, _ in (await tablet.receipts(*sent)).values()} == {"accepted"}
    own = f"/office/publication/{visit}/{packet.blocks[0].organisation}"
    paths = [
        "/office/",
        "/office/planning",
        "/office/dispatch",
        "/office/field",
        f"/office/field/visits/{visit}",
    ]
    paths += [f"/office/field/visits/{visit}/record.pdf", "/office/field/codes", "/office/publication", own]
    clerk, oversight = await signed_in("office_clerk"), await signed_in("oversight", "司法局（虚构）")
    closed = [
        (person.name, path)
        for person in (*whole.people[0], clerk, oversight)
        for path in paths
        if (await person.get(path)).status_code >= 500
    ]
    closed += [
        ("", path) for path in ("/", "/results", "/plans") if (await client.get(path)).status_code >= 500
    ]
    assert not closed
    # The server's day stands for one that the tablet cannot have meant, and it does not move as time passes.
    received = clock.now.date()
    await later(clock, days=3)
    assert await ended_on(house, {visit: at}) == {visit: received}
    arrival = await office_site.arrival(house, row, await folded(house, visit))
    assert arrival and (arrival.finished_on, arrival.received_on) == (received, received)
    loaded = await publication.load(house, visit, packet.blocks[0].organisation)
    assert loaded and loaded.finished_on == received
    assert loaded.facts.task.completed_on == received.isoformat()


async def test_a_moment_between_the_order_and_its_coming_is_believed(
    house: House, clock: Clock, tablet: Tablet, sent: str
) -> None:
    ordered = house.clock().date()
    moment = f"{ordered.isoformat()}T15:59:00.000Z"  # 23:59 in China
    clock.advance(days=5)
    tablet.token = ""
    assert (await tablet.sign_in(tablet.account)).status_code == 200
    said = [
        tablet.record("visit.opened", sent, OPENED, at=moment),
        tablet.record("visit.finished", sent, FINISHED, at=moment),
    ]
    await tablet.receipts(*said)
    assert await ended_on(house, {sent: moment}) == {sent: ordered}


async def test_a_counter_that_fails_shows_no_number_and_leaves_the_page_standing(
    monkeypatch: pytest.MonkeyPatch, house: House, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(house: House, actor: Actor) -> int:
        raise ValueError("one row that nobody can read")

    async def two(house: House, actor: Actor) -> int:
        return 2

    planner = await signed_in("planner", ORG)
    counters: Mapping[str, Any] = {"/office/planning": ("待办", broken), "/office/dispatch": ("待办", two)}
    monkeypatch.setattr(home, "WAITING", MappingProxyType(counters))
    actor = Actor(planner.account, planner.name, planner.organisation, roles=frozenset({"planner"}))
    assert await home.numbers(house, actor) == {
        "/office/dispatch": 2
    }  # a sum without one part would be wrong
    assert "one row that nobody can read" in caplog.text
    assert (await planner.get("/office/")).status_code == 200
