"""A day on site, made ready: departments, officers, visits with packets as the office makes them, a real server, and
the tablets that the officers hold. The situations of a day begin where the dispatch ended."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from backend.app import open_house
from backend.dispatch import rules_packet, rules_site, site
from backend.house import House, china_day
from backend.profiles import keys
from backend.profiles.rules import Profile
from backend.settings import settings_from
from sync.canon import digest
from sync.words import Choice, ItemText, Packet, TeamMember
from tests import builders
from tests.harness.browser import kill, launched_with_profile
from tests.harness.server import Server, serving
from tests.story.visit import pad as press
from tests.story.visit import photo
from tests.tablets import invite, order_visit

DEPARTMENTS = ("市场监管局（虚构）", "消防救援支队（虚构）", "人力社保局（虚构）")
NAMES = (("王建国", "李敏"), ("赵强", "孙悦"), ("周海", "吴倩"))
STAND_INS = ("郑洁", "冯磊", "褚燕")
TITLES = (
    ("食品经营许可证在有效期内", "食品贮存温度符合标签要求", "从业人员健康证明齐全", "进货查验记录完整"),
    ("安全出口畅通", "灭火器在有效期内", "消防控制室持证值班", "电气线路敷设规范"),
    ("与劳动者签订劳动合同", "按月足额支付工资", "依法参加社会保险", "遵守工作时间规定"),
)
PIN = "271828"


@dataclass(frozen=True)
class Officer:
    """One person; ``code`` enrols a tablet for it once more each time it is asked for."""

    account: str
    name: str
    organisation: str
    department: str


@dataclass
class Day:
    """What stands before the day begins. ``teams``: by visit, the leader first."""

    server: Server
    folder: Path
    environment: dict[str, str]
    officers: list[Officer]
    stand_ins: list[Officer]
    visits: list[Packet]
    browser: Browser
    tablets: list[Tablet] = field(default_factory=list)

    @property
    def departments(self) -> list[str]:
        """The departments of the team, the lead first."""
        return list(dict.fromkeys(officer.department for officer in self.officers))

    def inside(self, work: Any) -> Any:
        """Run ``await work(house)`` on the installation's own database, beside the server (SQLite takes turns)."""
        return apart(_inside(self.environment, work))

    def code(self, officer: Officer) -> str:
        """A fresh code that enrols this person."""
        code: str = self.inside(lambda house: invite(house, officer.account))
        return code

    @contextmanager
    def tablet(self, *officers: Officer, size: tuple[int, int] = (1280, 800), **how: Any) -> Iterator[Tablet]:
        """A tablet of its own storage on which these people are enrolled; the first holds it."""
        profile = self.folder / f"tablet-{len(self.tablets)}"
        kind = self.browser.browser_type
        with launched_with_profile(kind, profile, *size, **how) as context:
            made = Tablet(self, profile, context)
            self.tablets.append(made)
            made.begin(officers)
            yield made


@dataclass
class Tablet:
    """A tablet in somebody's hands."""

    day: Day
    profile: Path
    context: BrowserContext
    holder: Officer | None = None
    people: list[Officer] = field(default_factory=list)
    """Who uses this tablet with a PIN."""

    @property
    def page(self) -> Page:
        return self.context.pages[0]

    def begin(self, officers: Sequence[Officer]) -> None:
        self.context.set_default_timeout(20_000)
        self.context.add_init_script(COUNTER)
        self.context.grant_permissions(["geolocation", "camera"], origin=self.day.server.origin)
        self.context.set_geolocation({"latitude": 29.71812, "longitude": 106.63123, "accuracy": 12})
        self.page.goto(f"{self.day.server.origin}/tablet/")
        for place, officer in enumerate(officers):
            if place:
                self.page.get_by_role("button", name="添加人员").click()
            self.enrol(officer)
        if len(officers) > 1:
            self.unlock_as(officers[0])
        self.settled()

    def enrol(self, officer: Officer) -> None:
        self.page.get_by_role("textbox", name=re.compile("^登记码")).fill(self.day.code(officer))
        self.page.get_by_role("button", name="登记", exact=True).click()
        expect(self.page.get_by_role("group", name="设置 6 位 PIN")).to_be_visible(timeout=30_000)
        press(self.page, "设置 6 位 PIN", PIN)
        press(self.page, "再输入一次 PIN", PIN)
        expect(self.page.get_by_role("heading", level=1, name=re.compile("今日检查"))).to_be_visible()
        self.holder = officer
        self.people.append(officer)

    def unlock_as(self, officer: Officer) -> None:
        """Lock and open again with this person's PIN."""
        self.page.get_by_role("button", name="锁定").click()
        self.open_as(officer)

    def open_as(self, officer: Officer) -> None:
        """On the screen where a person is chosen: this one, with the PIN."""
        who = self.page.get_by_role("radio", name=re.compile(rf"^\s*{officer.name}"))
        if who.count():
            who.check()
        press(self.page, "输入 PIN", PIN)
        expect(self.page.get_by_role("heading", level=1, name=re.compile("今日检查"))).to_be_visible()
        self.holder = officer

    def settled(self) -> None:
        """Everything came and everything went: nothing waits on this tablet."""
        expect(self.page.locator("a.visit-card").first).to_be_visible(timeout=30_000)
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        expect(self.page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)

    def open(self, packet: Packet) -> None:
        self.page.locator(f'a.visit-card[href="/tablet/visit/{packet.visit}"]').click()
        expect(self.page.locator("a.visit-card")).to_have_count(0)

    def offline(self) -> None:
        self.context.set_offline(True)

    def online(self) -> None:
        self.context.set_offline(False)

    def die(self) -> None:
        """The battery: every process of the browser is killed."""
        assert kill(self.profile) > 0

    def taps(self) -> tuple[int, int]:
        """(taps, typed fields) since ``count``, as the page itself counted them: strokes of a signature and
        digits of a PIN are none."""
        found: list[int] = self.page.evaluate("JSON.parse(localStorage.getItem('counted') ?? '[0, 0]')")
        return found[0], found[1]

    def tapped(self) -> list[str]:
        """What was tapped since ``count``, by the words on it."""
        found: list[str] = self.page.evaluate("JSON.parse(localStorage.getItem('tapped') ?? '[]')")
        return found

    def count(self) -> None:
        """Count from now."""
        self.page.evaluate("localStorage.setItem('counted', '[0, 0]'), localStorage.setItem('tapped', '[]')")

    def camera(self, place: Locator, words: str) -> None:
        """A photograph through the file picker of the device's camera."""
        place.locator("input[type=file]").first.set_input_files(photo(words))


COUNTER = """(() => {
  if (!location.protocol.startsWith('http')) return;
  const add = (place) => {
    const counted = JSON.parse(localStorage.getItem('counted') ?? '[0, 0]');
    counted[place] += 1;
    localStorage.setItem('counted', JSON.stringify(counted));
  };
  let last = 0;
  let drawing = false; // a stroke may end beside the paper: it is no tap either
  addEventListener('pointerdown', (event) => { drawing = event.target.closest?.('canvas') != null; }, true);
  addEventListener('click', (event) => {
    if (!event.isTrusted || drawing || event.target.closest('canvas, .keypad, [data-keypad]')) return;
    if (event.timeStamp - last < 5) return; // a label's click goes on to its control
    last = event.timeStamp;
    add(0);
    const where = event.target.closest('button, a, label') ?? event.target;
    const named = where.getAttribute('aria-label') ?? (where.textContent.trim() || where.tagName);
    const tapped = JSON.parse(localStorage.getItem('tapped') ?? '[]');
    localStorage.setItem('tapped', JSON.stringify([...tapped, named.slice(0, 20)]));
  }, true);
  const typed = new WeakSet();
  addEventListener('input', (event) => {
    const field = event.target;
    const text = field.matches('textarea, input:not([type=radio], [type=checkbox], [type=file])');
    if (!text || typed.has(field)) return;
    typed.add(field);
    add(1);
  }, true);
})()"""


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to its end in a thread of its own: the browser's driver keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _inside(environment: Mapping[str, str], work: Any) -> Any:
    house = await open_house(settings_from(environment))
    try:
        return await work(house)
    finally:
        await house.engine.close()


def changes(
    house: House,
    profile: Profile,
    visit: str,
    team: Sequence[TeamMember],
    stand_ins: Sequence[TeamMember],
    items: int,
    method: str,
    number: str,
    target: Mapping[str, Any],
) -> dict[str, Any]:
    """What the office puts into a packet, by the profile in force."""
    today = china_day(house.clock())
    day = date.fromisoformat(today)
    departments = list(dict.fromkeys(member.organisation for member in team))
    rules = rules_site.site_rules(
        profile,
        method,
        number,
        rules_site.substitutes_of(team, stand_ins),
        site.code(house, visit, "check", site.expiry(day, profile.get(keys.CHECK_CODE_DAYS) or 1)),
        site.code(house, visit, "copy", site.expiry(day, profile.get(keys.COPY_CODE_DAYS) or 30)),
    )
    assert rules
    return {
        "number": number,
        "scheme_name": "食品经营单位综合联查",
        "planned_on": today,
        "minimum_officers": 2,
        "record_title": rules_packet.cut(profile.need(keys.RECORD_TEMPLATE).title, 120),
        "supervised_behaviour": "食品经营",
        "legal_basis": [rules_packet.cited(one) for one in profile.need(keys.LEGAL_BASIS)],
        "rights_text": [f"{one.label}。" for one in profile.need(keys.RIGHTS_TOLD)],
        "findings": [one.model_dump(mode="json") for one in rules_packet.findings(profile)],
        "dispositions": [one.model_dump(mode="json") for one in rules_packet.dispositions(profile)],
        "refusal_reasons": [
            Choice(code=one.code, label=one.label, group="refusal").model_dump(mode="json")
            for one in profile.need(keys.REFUSAL_REASONS)
        ],
        "dues": [one.model_dump(mode="json") for one in rules_packet.dues(profile, today)],
        "blocks": [_block(place, organisation, items) for place, organisation in enumerate(departments)],
        "site": rules.model_dump(mode="json"),
        "target": dict(target),
    }


def _block(place: int, organisation: str, items: int) -> dict[str, Any]:
    titles = TITLES[place % len(TITLES)]
    return {
        "organisation": organisation,
        "organisation_name": DEPARTMENTS[place % len(DEPARTMENTS)].replace("（虚构）", ""),
        "heading": ("食品经营", "消防安全", "劳动用工")[place % 3],
        "routine_items": [titles[0]],
        "special_items": "",
        "applicable_law": "《食品安全法》第三十三条",
        "items": [
            {
                "item": hashlib.sha256(f"{organisation}{n}".encode()).hexdigest()[:32],
                "number": f"{place + 1}-{n + 1}",
                "title": titles[n % len(titles)] + ("" if n < len(titles) else f"（{n + 1}）"),
                "method": "实地核查",
                "photo_required": n == 0,
                "text": TEXT,
            }
            for n in range(items)
        ],
    }


TEXT = digest(
    "text/1",
    ItemText(legal_basis=("某办法第一条",), contents=("现场是否公示",), guidance=("看公示栏",)).model_dump(
        mode="json"
    ),
)
"""The one text behind every item, as ``order_visit`` keeps it."""


@contextmanager
def day(
    folder: Path,
    browser: Browser,
    *,
    departments: int = 3,
    items: int = 3,
    visits: int = 1,
    method: str | Sequence[str] = "on_site",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Day]:
    """A day with ``visits`` for one team of two officers of each department; a running server. ``method``: of all
    visits, or of each."""
    settings = {"SUIJIAN_DATA": str(folder / "data"), "SUIJIAN_DEMO": "0", **(environment or {})}
    methods = [method] * visits if isinstance(method, str) else list(method)
    officers, stand_ins, packets = apart(_prepared(settings, departments, items, methods))
    with serving(folder / "data", settings) as server:
        yield Day(server, folder, settings, officers, stand_ins, packets, browser)


async def _prepared(
    settings: Mapping[str, str], departments: int, items: int, methods: Sequence[str]
) -> tuple[list[Officer], list[Officer], list[Packet]]:
    house = await open_house(settings_from(settings))
    try:
        officers = [
            await _officer(house, f"{name}（虚构）", DEPARTMENTS[place])
            for place in range(departments)
            for name in NAMES[place]
        ]
        stand_ins = [
            await _officer(house, f"{STAND_INS[place]}（虚构）", DEPARTMENTS[place])
            for place in range(departments)
        ]
        packets = [
            await _visit(house, officers, stand_ins, items, method, n) for n, method in enumerate(methods)
        ]
        return officers, stand_ins, packets
    finally:
        await house.engine.close()


async def _officer(house: House, name: str, department: str) -> Officer:
    row = await builders.account(house, "inspector", department, name)
    return Officer(row["id"], row["name"], row["organisation"], department)


async def _visit(
    house: House,
    officers: Sequence[Officer],
    stand_ins: Sequence[Officer],
    items: int,
    method: str,
    place: int,
) -> Packet:
    visit = house.new_id()
    profile = house.profile_on(date.fromisoformat(china_day(house.clock())))
    team = [(one.account, "member" if n else "leader") for n, one in enumerate(officers)]
    members = [
        TeamMember(
            account=one.account,
            name=one.name,
            organisation=one.organisation,
            role="member" if n else "leader",
            certificate="50010012345",
            certified=True,
        )
        for n, one in enumerate([*officers, *stand_ins])
    ]
    target = {
        "target": house.new_id(),
        "name": ("临川路小馆（虚构）", "望江楼饭店（虚构）", "云岭超市（虚构）")[place % 3],
        "code": "92500199MA5U00001X",
        "kind": "个体工商户",
        "district": "渝岭区",
        "address": f"临川路 {12 + place} 号（虚构）",
        "legal_representative": "尹立（虚构）",
        "representative_label": "经营者",
        "licence": "JY25001990000001",
        "phone": "13800000000",
    }
    _, packet = await order_visit(
        house,
        team,
        visit=visit,
        changes=changes(
            house,
            profile,
            visit,
            members[: len(officers)],
            members[len(officers) :],
            items,
            method,
            f"2026-007-{place + 1:03}",
            target,
        ),
    )
    return packet
