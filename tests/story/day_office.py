"""The office of a day on site: its people at their desks, and the schemes behind its visits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from playwright.sync_api import BrowserContext, Page

from backend.field.tables import Evidence
from backend.house import House
from backend.planning.tables import Scheme, SchemeBlockRow
from backend.web import SESSION_COOKIE
from sync.words import Packet, Role
from tests import builders
from tests.story.day import Day
from tests.story.scene import DESK


@dataclass
class Desk:
    """The office's side of a day. Each person is made when first asked for and has a browser of his own."""

    day: Day
    contexts: dict[tuple[str, str], BrowserContext] = field(default_factory=dict)

    def person(self, role: Role, department: str) -> Page:
        """A page of somebody with this role in this department, signed in."""
        if (role, department) in self.contexts:
            return self.contexts[role, department].pages[0]
        token: str = self.day.inside(lambda house: signed_in(house, role, department))
        context = self.day.browser.new_context(
            viewport={"width": DESK[0], "height": DESK[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": self.day.server.origin}])
        self.contexts[role, department] = context
        return context.new_page()

    def go(self, role: Role, department: str, path: str) -> Page:
        page = self.person(role, department)
        answer = page.goto(self.day.server.origin + path)
        assert answer is not None and answer.status == 200, self.day.server.printed()[-4000:]
        return page

    def visit(self, packet: Packet, role: Role = "responsible_leader", place: int = 0) -> Page:
        """The visit as the office sees it."""
        return self.go(role, self.day.departments[place], f"/office/field/visits/{packet.visit}")

    def block(self, packet: Packet, role: Role, place: int = 0) -> Page:
        """One department's publication page of the visit."""
        return self.go(
            role,
            self.day.departments[place],
            f"/office/publication/{packet.visit}/{packet.blocks[place].organisation}",
        )

    def public(self, path: str) -> tuple[int, str]:
        """Status and text of a page that anybody may open."""
        context = self.day.browser.new_context(locale="zh-CN")
        try:
            page = context.new_page()
            answer = page.goto(self.day.server.origin + path)
            assert answer is not None
            return answer.status, page.locator("body").inner_text()
        finally:
            context.close()

    def schemes(self, packets: Sequence[Packet]) -> None:
        """The approved schemes that these visits were drawn for; without them nothing is published."""
        self.day.inside(lambda house: _schemes(house, packets))

    def evidence(self, packet: Packet) -> list[dict[str, Any]]:
        """What the server holds of the visit's pictures."""
        found: list[dict[str, Any]] = self.day.inside(lambda _: _evidence(packet))
        return found


@contextmanager
def desk_of(day: Day) -> Iterator[Desk]:
    desk = Desk(day)
    try:
        yield desk
    finally:
        for context in desk.contexts.values():
            context.close()


async def signed_in(house: House, role: Role, department: str) -> str:
    person = await builders.account(house, role, department)
    return await builders.open_session(house, person["id"])


async def _evidence(packet: Packet) -> list[dict[str, Any]]:
    return list(await Evidence.select().where(Evidence.visit == packet.visit))


async def _schemes(house: House, packets: Sequence[Packet]) -> None:
    for place, packet in enumerate(packets):
        lead = packet.blocks[0].organisation
        everything: dict[str, tuple[str, ...]] = dict.fromkeys(
            ("classes", "subtypes", "industries", "regions", "duties"), ()
        )
        await Scheme.insert(
            Scheme(
                id=packet.scheme,
                number=f"2026-{700 + place}",
                year=2026,
                plan_line=house.new_id(),
                name=packet.scheme_name,
                behaviour=packet.supervised_behaviour,
                organisation=lead,
                mode=packet.mode,
                scope="undirected",
                range=json.dumps(everything),
                ratios="[]",
                exclusions="[]",
                starts_on=packet.planned_on,
                ends_on=packet.planned_on,
                minimum_officers=packet.minimum_officers,
                method=packet.site.method.lower() if packet.site else "on_site",
                sections="[]",
                profile=house.profile_on(date.fromisoformat(packet.planned_on)).id,
                profile_digest="0" * 64,
                status="dispatched",
                round=1,
            )
        )
        for position, block in enumerate(packet.blocks):
            await SchemeBlockRow.insert(
                SchemeBlockRow(
                    id=f"{packet.scheme}:{block.organisation}",
                    scheme=packet.scheme,
                    organisation=block.organisation,
                    position=position,
                    items=json.dumps([item.item for item in block.items]),
                )
            )
