"""A scheme ready to be drawn, with oversight and inspectors, for tests of the draw and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.draw import tables
from backend.house import House
from backend.registry.tables import Inspector
from tests import builders
from tests.builders import Clock, Person
from tests.doors.planned import World

NUMBERS = "3 7 11 12 18 22 25 31 33 40 44 47 52 55 58 61 66 70 74 79"
OTHERS = "1 7 11 12 18 22 25 31 33 40 44 47 52 55 58 61 66 70 74 79"


@dataclass
class Ceremony:
    """A scheme that can be drawn, the oversight body, and inspectors for all three departments."""

    w: World
    clock: Clock
    overseer: Person
    scheme: str

    @property
    def house(self) -> House:
        return self.w.house

    @property
    def leaders(self) -> tuple[Person, ...]:
        return self.w.lead_leader, self.w.second_leader, self.w.third_leader

    async def later(self, **units: float) -> None:
        """Time passes, and whoever works on signs in again."""
        self.clock.advance(**units)
        w = self.w
        for person in (w.lead, w.second, w.third, w.clerk, *self.leaders, self.overseer):
            person.token = await builders.open_session(self.house, person.account)

    async def announce(self, **changes: str) -> Any:
        form = {"day": "2026-11-21", "fallback": "2026-11-28", **changes}
        return await self.w.lead.post(f"/office/draw/new/{self.scheme}", form)

    async def announced(self, **changes: str) -> str:
        """The id of a draw that is announced."""
        answer = await self.announce(**changes)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"]).rsplit("/", 1)[1]

    async def sign(self, draw: str, *people: Person) -> None:
        row = await tables.draw_row(draw)
        assert row
        for person in people:
            answer = await person.post(f"/office/draw/{draw}/countersign", {"plan_hash": row["plan_hash"]})
            assert answer.status_code == 303, answer.text

    async def numbers(self, draw: str, person: Person, typed: str = NUMBERS, **more: str) -> Any:
        return await person.post(f"/office/draw/{draw}/numbers", {"numbers": typed, **more})

    async def ready(self) -> str:
        """Announced, signed, and the numbers entered by two people on the next day."""
        draw = await self.announced()
        await self.sign(draw, *self.leaders)
        await self.later(days=1)
        for person in (self.w.clerk, self.w.lead):
            assert (await self.numbers(draw, person)).status_code == 303
        return draw

    async def held(self) -> str:
        draw = await self.ready()
        assert (await self.w.lead.post(f"/office/draw/{draw}/hold", {})).status_code == 303
        return draw


async def inspectors(house: House, organisation_name: str, count: int, **changes: Any) -> None:
    """Certified inspectors of a department with accounts."""
    for _ in range(count):
        account = await builders.account(house, "inspector", organisation_name)
        values: dict[str, Any] = {
            "id": house.new_id(),
            "organisation": account["organisation"],
            "name": account["name"],
            "number": account["certificate"],
            "certificate": account["certificate"],
            "certificate_valid_from": date(2024, 1, 1),
            "certificate_valid_until": date(2028, 12, 31),
            "certified": True,
            "level": "county",
            "areas": "[]",
            "specialties": "[]",
            "person_category": "civil_servant",
            "active": True,
            "row": "{}",
            "private": b"",
            "key": account["certificate"],
            "row_digest": "0" * 64,
            "removed": False,
            "generation": 0,
            **changes,
        }
        await Inspector.insert(Inspector(**values))


async def staffed(w: World, count: int = 3, **changes: Any) -> None:
    for name in ("市监局", "卫健委", "消防队"):
        await inspectors(w.house, f"{name}{w.tag}（虚构）", count, **changes)
