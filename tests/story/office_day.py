"""A day that the office itself made: a scheme of two departments went the whole way over the office's own pages
(approved, drawn, dispatched). For situations that begin on site and end at the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

import httpx
from playwright.sync_api import Browser

from backend.app import create_app, open_house
from backend.dispatch import tables as dispatch
from backend.draw import tables as draws
from backend.house import House, china_day
from backend.people.tables import Account
from backend.registry.tables import Inspector
from backend.settings import settings_from
from sync.words import Packet
from tests import builders
from tests.builders import Clock, Person
from tests.doors.drawn import NUMBERS
from tests.doors.drawn import inspectors as certified
from tests.doors.planned import check_item, target
from tests.harness.server import serving
from tests.story.day import Day, Officer, apart
from tests.story.day_office import desk_of
from tests.story.scene import SHOTS, Onlooker
from tests.story.situation import Site

LEAD, SECOND = "渝岭区市场监管局（虚构）", "渝岭区消防救援支队（虚构）"
DEPARTMENTS = {"lead": LEAD, "second": SECOND}
INSPECTORS = {
    LEAD: ("王建国（虚构）", "李敏（虚构）"),
    SECOND: ("赵强（虚构）", "孙悦（虚构）", "冯磊（虚构）"),
}
"""The second department has one more than a team needs: somebody can stand in."""
ITEMS = {
    "lead": ("食品经营许可证在有效期内", "食品贮存温度符合标签要求"),
    "second": ("安全出口畅通", "灭火器在有效期内"),
}
SHOPS = (
    "临川路小馆",
    "望江楼饭店",
    "云岭鲜果超市",
    "青石巷面馆",
    "北岭食品店",
    "南溪茶餐厅",
    "银杏路便利店",
    "东桥烘焙坊",
    "西渡水产行",
    "和平粮油店",
)
NAME = "食品经营单位综合联查"
Again = Literal["", "approved", "drawn"]


@dataclass
class OfficeDay(Day):
    """``scheme``: the scheme whose visits these are; teams differ from visit to visit, as the lot fell."""

    scheme: str = ""
    again: str = ""
    """Another scheme of the other department over the same targets, where one was asked for."""

    def team(self, packet: Packet) -> list[Officer]:
        """The officers of a visit, the leader first."""
        by_account = {one.account: one for one in [*self.officers, *self.stand_ins]}
        return [by_account[m.account] for m in sorted(packet.team, key=lambda m: m.role != "leader")]


@dataclass
class OfficeSite(Site):
    """A situation whose visit the office ordered: its own team, of whom those who use the tablet come first."""

    @property
    def team(self) -> list[Officer]:
        assert isinstance(self.day, OfficeDay)
        everybody = self.day.team(self.packet)
        here = [one for one in everybody[1:] if one in self.tablet.people]
        return [everybody[0], *here, *(one for one in everybody[1:] if one not in here)]


@contextmanager
def office_day(
    folder: Path,
    browser: Browser,
    *,
    visits: int,
    environment: Mapping[str, str] | None = None,
    again: Again = "",
    ago: timedelta = timedelta(0),
) -> Iterator[OfficeDay]:
    """A running server on which ``visits`` visits are dispatched for today, or for the day that was so long ``ago``.
    ``again``: how far the other department came with a scheme of its own over the same targets."""
    settings = {"SUIJIAN_DATA": str(folder / "data"), "SUIJIAN_DEMO": "0", **(environment or {})}
    made = apart(_prepared(settings, visits, again, ago))
    with serving(folder / "data", settings) as server:
        yield OfficeDay(
            server=server,
            folder=folder,
            environment=settings,
            officers=made["officers"],
            stand_ins=[],
            visits=made["packets"],
            browser=browser,
            scheme=made["scheme"],
            again=made["again"],
        )


@contextmanager
def office_sites(
    browser: Browser, folder: Path, visits: int, ago: timedelta = timedelta(0)
) -> Iterator[list[OfficeSite]]:
    """So many situations on one tablet that is used by both officers of the lead and two of the other department."""
    with office_day(folder, browser, visits=visits, ago=ago) as made:
        lead = [one for one in made.officers if one.department == LEAD]
        other = [one for one in made.officers if one.department == SECOND]
        with made.tablet(*lead, *other[:2]) as tablet, desk_of(made) as desk:
            onlooker = Onlooker(SHOTS / "situations")
            yield [OfficeSite(made, tablet, desk, onlooker, packet) for packet in made.visits]


@asynccontextmanager
async def _at_the_desks(
    environment: Mapping[str, str], clock: Clock
) -> AsyncIterator[tuple[House, httpx.AsyncClient]]:
    opened = await open_house(settings_from(environment))
    house = replace(opened, clock=clock)
    try:
        app = create_app(house=house)
        async with app.lifespan():
            transport = httpx.ASGITransport(app=cast("Any", app))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                yield house, client
    finally:
        await opened.engine.close()


async def _prepared(
    environment: Mapping[str, str], visits: int, again: Again, ago: timedelta
) -> dict[str, Any]:
    # Days before it was announced; the last step is taken on the day, so that the server goes on where this ends.
    day = datetime.now(UTC) - ago
    clock = Clock(day - timedelta(days=6))
    async with _at_the_desks(environment, clock) as (house, client):
        desk = Pages(house, client, clock)
        await desk.people()
        items = await desk.registries(visits)
        scheme = await desk.scheme("lead", NAME, items)
        await desk.draw(scheme)
        other = await desk.scheme("second", f"{NAME}（消防牵头）", items) if again else ""
        if again == "drawn":
            await desk.draw(other, "second")
        clock.now = day
        await desk.again()
        await desk.dispatch(scheme)
        rows = await dispatch.visits(scheme)
        packets = [await dispatch.packet(house, row["packet_digest"]) for row in rows]
        return {"packets": packets, "scheme": scheme, "again": other, "officers": await officers()}


async def officers() -> list[Officer]:
    """The inspectors of both departments as they take a tablet."""
    names = {await builders.organisation(name): name for name in INSPECTORS}
    rows = await Account.select().where(Account.certificate != "").order_by(Account.certificate)
    rows = sorted(rows, key=lambda row: names.get(row["organisation"]) != LEAD)
    return [
        Officer(row["id"], row["name"], row["organisation"], names[row["organisation"]])
        for row in rows
        if row["organisation"] in names
    ]


@dataclass
class Pages:
    """The office's people, each with what they do over their own pages."""

    house: House
    client: httpx.AsyncClient
    clock: Clock

    def __post_init__(self) -> None:
        self.persons: dict[str, Person] = {}
        self.organisations: dict[str, str] = {}

    async def person(self, login: str, roles: Any, organisation: str, name: str) -> None:
        row = await builders.account(self.house, roles, organisation, name)
        token = await builders.open_session(self.house, row["id"])
        self.persons[login] = Person(self.client, row["id"], name, row["organisation"], token)

    async def people(self) -> None:
        """Planner, responsible leader and administrator of each department; the joint office; oversight."""
        await builders.organisation("联席会议办公室（虚构）", "office")
        await builders.organisation("司法局（虚构）", "oversight")
        for key, (name, surname) in {"lead": (LEAD, "钱"), "second": (SECOND, "孔")}.items():
            self.organisations[key] = await builders.organisation(name)
            await self.person(f"{key}-plan", "planner", name, f"{surname}经办（虚构）")
            await self.person(f"{key}-leader", "responsible_leader", name, f"{surname}局长（虚构）")
            await self.person(f"{key}-admin", "dept_admin", name, f"{surname}管理（虚构）")
        await self.person("clerk", "office_clerk", "联席会议办公室（虚构）", "祁南（虚构）")
        await self.person("overseer", "oversight", "司法局（虚构）", "司法监督（虚构）")

    async def again(self) -> None:
        """Time passed: everybody signs in again."""
        for person in self.persons.values():
            person.token = await builders.open_session(self.house, person.account)

    async def registries(self, visits: int) -> dict[str, list[str]]:
        """Targets, inspectors and items of both departments."""
        for name, people in INSPECTORS.items():
            await certified(self.house, name, len(people))
            organisation = await builders.organisation(name)
            rows = (
                await Inspector.select().where(Inspector.organisation == organisation).order_by(Inspector.id)
            )
            for row, person in zip(rows, people, strict=True):
                number = f"5001{(int(row['id'][:8], 16) % 10_000_000):07d}"
                known: dict[Any, Any] = dict.fromkeys(
                    (Inspector.certificate, Inspector.number, Inspector.key), number
                )
                await Inspector.update({**known, Inspector.name: person}).where(Inspector.id == row["id"])
                await Account.update({Account.name: person, Account.certificate: number}).where(
                    Account.certificate == row["certificate"]
                )
        for place, shop in enumerate(SHOPS[:visits]):
            await target(
                self.house,
                self.organisations["lead"],
                f"{shop}（虚构）",
                "食品经营",
                risk="D",
                key=f"9150990100000{place:04d}X",
                address=f"云栖街道银杏路 {place + 1} 号（虚构）",
            )
        return {
            key: [
                await check_item(
                    self.house, self.organisations[key], title, photo_required=False, ratio_num=10_000
                )
                for title in titles
            ]
            for key, titles in ITEMS.items()
        }

    async def post(self, login: str, path: str, form: Mapping[str, Any]) -> str:
        """A form as its page sends it; where it leads to."""
        answer = await self.persons[login].post(path, form)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def scheme(self, lead: str, name: str, items: Mapping[str, list[str]]) -> str:
        """A published plan line and an approved scheme of both departments."""
        today = china_day(self.clock())
        ends = china_day(self.clock() + timedelta(days=60))
        other = "second" if lead == "lead" else "lead"
        line, scheme = self.house.new_id(), self.house.new_id()
        await self.post(
            f"{lead}-plan",
            f"/office/planning/lines/{line}",
            {
                "act": "submit",
                "year": today[:4],
                "title": f"{today[:4]} 年{name}",
                "target_scope": "区内食品经营单位（虚构）",
                "starts_on": today,
                "ends_on": ends,
                "ratio": "5",
                "participants": [self.organisations[other]],
                "items": "食品经营监督检查\n消防安全监督检查",
            },
        )
        await self.post(f"{lead}-leader", "/office/planning/approvals", {"what": f"line:{line}"})
        await self.post("clerk", f"/office/planning/{today[:4]}/publish", {})
        await self.post(
            f"{lead}-plan",
            f"/office/planning/schemes/{scheme}",
            {
                "act": "submit",
                "plan_line": line,
                "name": name,
                "behaviour": "食品经营",
                "mode": "lead_and_participants",
                "scope": "undirected",
                **{f"items.{self.organisations[key]}": found for key, found in items.items()},
                "duties": ["食品经营"],
                **{f"ratio.{risk}": "100" for risk in "ABCD"},
                "starts_on": today,
                "ends_on": ends,
                "minimum_officers": "2",
                "method": "on_site",
                "section.content": "许可、贮存、消防安全",
            },
        )
        for key in ("lead", "second"):
            await self.post(f"{key}-leader", "/office/planning/approvals", {"what": f"scheme:{scheme}"})
        return scheme

    async def draw(self, scheme: str, lead: str = "lead") -> None:
        """Announced, countersigned, the numbers of the evening entered twice, drawn, teams formed."""
        tomorrow, later = (china_day(self.clock() + timedelta(days=n)) for n in (1, 8))
        path = await self.post(
            f"{lead}-plan", f"/office/draw/new/{scheme}", {"day": tomorrow, "fallback": later}
        )
        draw = path.rsplit("/", 1)[1]
        row = await draws.draw_row(draw)
        assert row
        for key in ("lead", "second"):
            await self.post(
                f"{key}-leader", f"/office/draw/{draw}/countersign", {"plan_hash": row["plan_hash"]}
            )
        self.clock.advance(days=2)
        await self.again()
        for login in ("clerk", f"{lead}-plan"):
            await self.post(login, f"/office/draw/{draw}/numbers", {"numbers": NUMBERS})
        for step in ("hold", "assign"):
            await self.post(f"{lead}-plan", f"/office/draw/{draw}/{step}", {})

    async def dispatch(self, scheme: str, lead: str = "lead") -> None:
        """Every team gets its visit, today."""
        today = china_day(self.clock())
        days = {f"day.{team.id}": today for team in await dispatch.waiting_teams(scheme)}
        await self.post(f"{lead}-plan", f"/office/dispatch/{scheme}", days)
