"""The stage of the stories at the door: a real server with visits whose packets carry the demonstration's own rules
of the site, and a tablet in a real Chromium on which the team's officers are enrolled."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from backend import ledger
from backend.app import open_house
from backend.dispatch.rules_site import site_rules
from backend.dispatch.site import code, expiry
from backend.dispatch.tables import ItemText as ItemTextRow
from backend.dispatch.tables import Packet as PacketRow
from backend.house import CHINA, House
from backend.ledger import Draft
from backend.profiles import profiles
from backend.profiles.rules import resolve
from backend.settings import settings_from
from sync.canon import canonical, digest
from sync.words import ItemText, Packet, TeamMember, VisitOrdered
from tests import builders
from tests.harness.browser import launched_with_profile
from tests.harness.server import Server
from tests.story.scene import Onlooker
from tests.story.visit import draw_name, pad, photo
from tests.tablets import _packet as packet_of
from tests.tablets import invite

PIN = "271828"
DEPARTMENTS = ("渝岭区市场监督管理局（虚构）", "渝岭区消防救援支队（虚构）")
OFFICERS = (("周岚", 0), ("何川", 0), ("沈禾", 1), ("陆遥", 1))
"""Name and department, the leader first; all are fictional."""
STAND_IN = ("方宁", 1)
SHOP = "云岭鲜果超市（虚构）"
LAPSED, LAPSED_ON = "南溪小馆（虚构）", "2026-01-31"
"""At this shop the third officer comes with a certificate that has run out."""
Method = Literal["on_site", "documentary", "network"]


@dataclass(frozen=True)
class Ordered:
    """A visit as it was dispatched."""

    visit: str
    packet: Packet


@dataclass(frozen=True)
class Prepared:
    """Visits in the order in which they were asked for, and a code for each officer of ``OFFICERS``."""

    visits: tuple[Ordered, ...]
    codes: tuple[str, ...]
    accounts: tuple[str, ...]


async def _order(
    house: House, team: list[TeamMember], stand_in: TeamMember, name: str, method: Method, day: date
) -> Ordered:
    visit = house.new_id()
    departments = {member.organisation: DEPARTMENTS[OFFICERS[i][1]] for i, member in enumerate(team)}
    text = ItemText(legal_basis=("某办法第一条",), contents=("现场是否公示",), guidance=("看公示栏",))
    text_digest = digest("text/1", text.model_dump(mode="json"))
    made: dict[str, Any] = packet_of(house, visit, team, departments, 2, text_digest)
    made["target"] |= {"name": name, "address": f"临川路 {88 + len(name)} 号（虚构）"}
    made["planned_on"] = day.isoformat()
    made["region"] = "渝岭区"
    profile = resolve(profiles(), "demo-yuling", day)
    rules = site_rules(
        profile,
        method,
        "渝岭抽检字〔2026〕第 7 号",
        [stand_in],
        code(house, visit, "check", expiry(day, 3)),
        code(house, visit, "copy", expiry(day, 90)),
    )
    assert rules
    made["site"] = rules.model_dump(mode="json")
    made["certificates"] = [
        {"account": member.account, "until": "2099-12-31" if name != LAPSED or i != 2 else LAPSED_ON}
        for i, member in enumerate(team)
    ]
    packet = Packet.model_validate_json(canonical(made), strict=False)
    content = packet.model_dump(mode="json")
    packet_digest = digest("packet/1", content)
    said = canonical(text.model_dump(mode="json")).decode()
    await ItemTextRow.insert(ItemTextRow(digest=text_digest, content=said)).on_conflict(action="DO NOTHING")
    await PacketRow.insert(
        PacketRow(
            digest=packet_digest,
            visit=visit,
            content=house.vault.seal(canonical(content), "packet.content"),
            data_key=house.vault.seal(house.chance(32), "packet.data_key"),
        )
    )
    body = VisitOrdered(
        nonce=house.new_id(),
        scheme=packet.scheme,
        target=packet.target.target,
        team=tuple(team),
        planned_on=packet.planned_on,
        packet_digest=packet_digest,
    )
    async with ledger.turn(house) as turn:
        await turn.append(Draft(visit, body), team[0].account, house.clock())
    return Ordered(visit, packet)


async def _member(house: House, name: str, department: int, role: Literal["leader", "member"]) -> TeamMember:
    row = await builders.account(house, "inspector", DEPARTMENTS[department], f"{name}（虚构）")
    return TeamMember(
        account=row["id"],
        name=f"{name}（虚构）",
        organisation=row["organisation"],
        role=role,
        certificate=row["certificate"] or f"50{department}{ord(name[0]) % 100000:08d}",
        certified=True,
    )


async def prepare(environment: dict[str, str], asked: list[tuple[str, Method, int]]) -> Prepared:
    """Visits (name of the shop, method, days from today) for one team of two departments."""
    house = await open_house(settings_from(environment))
    try:
        team = [
            await _member(house, name, department, "leader" if place == 0 else "member")
            for place, (name, department) in enumerate(OFFICERS)
        ]
        stand_in = await _member(house, *STAND_IN, "member")
        today = datetime.now(CHINA).date()
        visits = [
            await _order(house, team, stand_in, name, method, today + timedelta(days=days))
            for name, method, days in asked
        ]
        codes = [await invite(house, member.account, lasts=timedelta(hours=1)) for member in team]
        accounts = tuple(member.account for member in team)
        return Prepared(tuple(visits), tuple(codes), accounts)
    finally:
        await house.engine.close()


@dataclass
class Door:
    """A tablet before the team leaves: ``page`` shows 今日检查, the first ``people`` officers are enrolled."""

    page: Page
    context: BrowserContext
    server: Server
    prepared: Prepared
    onlooker: Onlooker

    def today(self) -> None:
        """Today's list in a fresh page, in the leader's hands: a page that was just loaded shows neither the keys nor
        the list yet."""
        self.page.goto(f"{self.server.origin}/tablet/today")
        keys = self.page.get_by_role("group", name="输入 PIN")
        expect(keys.or_(self.page.locator("a.visit-card").first).first).to_be_visible(timeout=30_000)
        if keys.count():
            unlock(self.page)

    def open(self, place: int = 0) -> None:
        """Open a visit from the list."""
        visit = self.prepared.visits[place].visit
        self.page.locator(f'a.visit-card[href="/tablet/visit/{visit}"]').click()
        expect(self.page.get_by_role("heading", level=2, name="检查组", exact=True)).to_be_attached()

    def more(self, words: str) -> None:
        """One of the ways in the sheet 更多."""
        self.page.get_by_role("button", name="更多", exact=True).click()
        self.page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{words}")).click()

    def sync(self) -> None:
        self.today()
        self.page.get_by_role("button", name="同步", exact=True).click()
        expect(self.page.get_by_text("有信号 · 全部有回执")).to_be_visible(timeout=60_000)


def enrol(page: Page, origin: str, code: str, *, first: bool) -> None:
    if first:
        page.goto(f"{origin}/tablet/")
    else:
        page.get_by_role("button", name="添加人员").click()
    page.get_by_role("textbox", name=re.compile("^登记码")).fill(code)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("group", name="设置 6 位 PIN")).to_be_visible(timeout=30_000)
    pad(page, "设置 6 位 PIN", PIN)
    pad(page, "再输入一次 PIN", PIN)
    expect(page.get_by_role("heading", level=1, name=re.compile("今日检查"))).to_be_visible(timeout=30_000)


def unlock(page: Page, name: str = OFFICERS[0][0]) -> None:
    page.get_by_role("radio", name=re.compile(f"^{name}")).check()
    pad(page, "输入 PIN", PIN)
    expect(page.get_by_role("heading", level=1, name=re.compile("今日检查"))).to_be_visible(timeout=15_000)


def in_a_thread(environment: dict[str, str], asked: list[tuple[str, Method, int]]) -> Prepared:
    """`prepare`, beside the browser's driver, which keeps an event loop of its own running in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(prepare(environment, asked))).result()


@contextmanager
def tablet_of(
    browser: Browser,
    folder: Path,
    origin: str,
    prepared: Prepared,
    people: int,
    camera: Path | None = None,
) -> Iterator[tuple[BrowserContext, Page]]:
    """A tablet with the packets on board and the app itself stored; the leader is at work on 今日检查. ``camera``: a
    film that its camera sees."""
    with launched_with_profile(browser.browser_type, folder / "tablet", 1280, 800, camera=camera) as context:
        context.set_default_timeout(15_000)
        context.grant_permissions(["geolocation"])
        context.set_geolocation({"latitude": 29.718, "longitude": 106.631, "accuracy": 12})
        page = context.pages[0]
        for place in range(people - 1, -1, -1):
            enrol(page, origin, prepared.codes[place], first=place == people - 1)
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        expect(page.locator("a.visit-card")).to_have_count(len(prepared.visits), timeout=60_000)
        yield context, page


@contextmanager
def at_the_door(
    browser: Browser, folder: Path, server: Server, prepared: Prepared, onlooker: Onlooker, people: int = 2
) -> Iterator[Door]:
    """`tablet_of` with what the stories at the door do on it."""
    with tablet_of(browser, folder, server.origin, prepared, people) as (context, page):
        yield Door(page, context, server, prepared, onlooker)


def pictures(words: str, count: int) -> list[FilePayload]:
    return [photo(f"{words}-{n}") for n in range(count)]


def shoot(page: Page, count: int) -> None:
    """Photographs through the sheet's camera button, one after another."""
    for n, file in enumerate(pictures("door", count)):
        page.get_by_role("dialog").locator(".shoot input[type=file]").set_input_files(file)
        taken = page.get_by_role("dialog").locator("figure")
        expect(taken).to_have_count(n + 1, timeout=20_000)
        taken.last.scroll_into_view_if_needed()
        expect(taken.last.locator("img")).to_be_visible(timeout=20_000)


def sign(page: Page) -> None:
    draw_name(page)
