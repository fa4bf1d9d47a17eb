"""The tablet in an official's hands: a real Chromium, its processor slowed to a quarter, without signal, with 20
visits on board. From the PIN accepted to the list painted, an answer, and a visit of 60 items; beside the first a
page that does nothing but show as many rows from a constant.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, expect, sync_playwright

from backend.app import open_house
from backend.settings import settings_from
from tests import builders
from tests.bench.row import Row
from tests.harness.browser import launched_with_profile
from tests.harness.server import serving
from tests.tablets import invite, order_visit

ROOT = Path(__file__).parents[2]
VISITS, ITEMS, RUNS, SLOWED = 20, 60, 5, 4
FIRST = 5
"""Cards that fill the first screen."""
DEPARTMENTS = ("甲局（虚构）", "乙局（虚构）", "丙局（虚构）")
PIN = "271828"
NAME = "检查员（虚构）"
LIST = "a.visit-card"
SINCE_PIN = """() => new Promise((done) => {
  const look = () => {
    const from = performance.getEntriesByName('pin-accepted').at(-1);
    const to = performance.getEntriesByName('list-shown').at(-1);
    if (from && to && to.startTime > from.startTime) done(to.startTime - from.startTime);
    else setTimeout(look, 20);
  };
  look();
})"""
BARE = """(rows) => new Promise((done) => {
  const from = performance.now();
  const list = document.createElement('main');
  for (const row of JSON.parse(rows)) {
    const line = list.appendChild(document.createElement('a'));
    line.href = '#' + row.visit;
    for (const text of row.lines) line.appendChild(document.createElement('p')).textContent = text;
  }
  document.body.replaceChildren(list);
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - from)));
})"""
"""Rows from a constant into a page, until they are painted: milliseconds."""
TAP = """([tapped, shown, count]) => new Promise((done) => {
  const from = performance.now();
  const look = () => {
    if (document.querySelectorAll(shown).length < count) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - from)));
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true, attributes: true });
  document.querySelector(tapped).click();
  look();
})"""
"""From a tap on one element until ``count`` elements of the other kind are painted: milliseconds."""


@dataclass(frozen=True)
class Prepared:
    """The leader's code for the tablet, and the visit with many items in one department."""

    code: str
    large: str


async def prepare(environment: dict[str, str]) -> Prepared:
    """20 visits for one team, one of them with 60 items of a single department: written where the office writes."""
    house = await open_house(settings_from(environment))
    try:
        team = [
            (await builders.account(house, "inspector", department, NAME))["id"]
            for department in DEPARTMENTS
            for _ in range(2)
        ]
        roles = [(account, "leader" if account == team[0] else "member") for account in team]
        for _ in range(VISITS - 1):
            await order_visit(house, roles, items=10)
        large, _ = await order_visit(house, roles[:2], items=ITEMS)
        return Prepared(await invite(house, team[0]), large)
    finally:
        await house.engine.close()


def enrol(page: Page, origin: str, code: str) -> None:
    """Type the code, set the PIN twice, and wait until every packet and the app itself lie here."""
    page.goto(f"{origin}/tablet/")
    page.locator("input.num").fill(code)
    page.get_by_role("button", name="登记", exact=True).click()
    for label in ("设置 6 位 PIN", "再输入一次 PIN"):
        press(page, label)
    expect(page.locator(LIST)).to_have_count(VISITS, timeout=60_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    expect(page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)


def press(page: Page, label: str) -> None:
    keys = page.get_by_role("group", name=label)
    expect(keys).to_be_visible(timeout=30_000)
    for digit in PIN:
        keys.get_by_role("button", name=digit, exact=True).click()


def slowed(context: BrowserContext, page: Page) -> CDPSession:
    """The page's processor at a quarter of its speed, for as long as the session lives."""
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    return session


def offline_start(page: Page) -> tuple[float, float]:
    """Start without signal and open with the PIN: milliseconds to the first words, and from PIN to list."""
    page.reload()
    press(page, "输入 PIN")
    to_list = float(page.evaluate(SINCE_PIN))
    first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    if page.locator(LIST).count() != VISITS:
        raise AssertionError("the list is shown, but not all visits stand in it")
    return float(first), to_list


def rows_of(page: Page) -> str:
    """What the list says, as a constant in JSON."""
    lines: list[dict[str, Any]] = page.eval_on_selector_all(
        LIST,
        "all => all.map((one) => ({visit: one.getAttribute('href'), lines: one.innerText.split('\\n')}))",
    )
    return json.dumps(lines, ensure_ascii=False)


def arrive(page: Page, visit: str) -> None:
    """Arrival, certificates and rights of the large visit, so that its items can be answered."""
    page.locator(f'a.visit-card[href="/tablet/visit/{visit}"]').click()
    page.get_by_role("button", name="登记到达").click()
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.check()
    page.get_by_label("姓名").fill("尹立（虚构）")
    page.get_by_role("radio", name="现场工作人员").check()
    page.get_by_role("radio", name="不申请回避").check()
    page.get_by_role("button", name="已亮证告知，开始检查").click()
    expect(page.locator("[data-item]")).to_have_count(ITEMS)


def answers(page: Page) -> tuple[list[float], list[float]]:
    """Taps on 符合, one item after another: ms until the answer is seen, ms until 已存本机 is true and seen."""
    seen, saved = [], []
    for place in range(1, RUNS + 1):
        tap = f".anchor:nth-of-type({place}) .yes input"
        seen.append(timed(page, tap, ".yes:has(:checked)", place))
        expect(page.locator(".state .chip.good")).to_have_count(place)
    for place in range(RUNS + 1, 2 * RUNS + 1):
        tap = f".anchor:nth-of-type({place}) .yes input"
        saved.append(timed(page, tap, ".state .chip.good", place))
    return seen, saved


def openings(page: Page, visit: str) -> list[float]:
    """From a tap on the visit in the list until the cards of the first screen are painted; the others follow."""
    found = []
    for _ in range(RUNS):
        page.get_by_role("button", name="返回").click()
        expect(page.locator(LIST)).to_have_count(VISITS)
        found.append(timed(page, f'a.visit-card[href="/tablet/visit/{visit}"]', ".anchor .card", FIRST))
        expect(page.locator(".anchor .card")).to_have_count(ITEMS)
    return found


def timed(page: Page, tapped: str, shown: str, count: int) -> float:
    return float(page.evaluate(TAP, [tapped, shown, count]))


def shell() -> dict[str, int]:
    """Bytes (gzip -9) of what the first screen needs: js and css."""
    done = subprocess.run(["node", "pwa/scripts/size.mjs"], cwd=ROOT, capture_output=True, check=True)
    sizes = json.loads(done.stdout)
    return {"js": sizes["js"], "css": sizes["css"]}


def measured(context: BrowserContext, origin: str, prepared: Prepared) -> list[Row]:
    """Every row of the browser, in one run."""
    page = context.pages[0]
    enrol(page, origin, prepared.code)
    context.set_offline(True)
    session = slowed(context, page)
    starts = [offline_start(page) for _ in range(RUNS)]
    lines = rows_of(page)
    bare = context.new_page()
    slowed(context, bare)
    least = [float(bare.evaluate(BARE, lines)) for _ in range(RUNS)]
    bare.close()
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    page.bring_to_front()
    arrive(page, prepared.large)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    seen, saved = answers(page)
    opened = openings(page, prepared.large)
    to_list, floor = statistics.median(ms for _, ms in starts), statistics.median(least)
    under = f"a bare page with {VISITS} rows, 4x slowed"
    return [
        Row(under, VISITS, floor, "ms"),
        Row(
            "tablet: PIN accepted to list, offline, 4x slowed", VISITS, to_list, "ms", under, to_list / floor
        ),
        _row("tablet: offline start to first words, 4x slowed", VISITS, [ms for ms, _ in starts]),
        _row("tablet: answer tapped to seen, 4x slowed", ITEMS, seen),
        _row("tablet: answer tapped to 已存本机, 4x slowed", ITEMS, saved),
        _row(f"tablet: first screen of a visit of {ITEMS} items, 4x slowed", ITEMS, opened),
    ]


def _row(name: str, n: int, found: Sequence[float]) -> Row:
    return Row(name, n, statistics.median(found), "ms")


def on_a_tablet() -> list[Row]:
    """The browser's rows: its storage is its own, and the server has the visits ready."""
    with tempfile.TemporaryDirectory(prefix="suijian-bench-") as name:
        folder = Path(name)
        environment = {"SUIJIAN_DATA": str(folder / "data")}
        # Before the browser's driver, which keeps an event loop of its own running in this thread.
        prepared = asyncio.run(prepare(environment))
        with (
            serving(folder / "data", environment) as server,
            sync_playwright() as playwright,
            launched_with_profile(playwright.chromium, folder / "profile", 1280, 800) as context,
        ):
            context.set_default_timeout(60_000)
            return measured(context, server.origin, prepared)


def run() -> list[Row]:
    """Rows for the shell's size and for what a person waits for; the list after the PIN within a second."""
    sizes = shell()
    return [
        Row("tablet: shell, JavaScript (gzip)", 1, sizes["js"] / 1024, "KB"),
        Row("tablet: shell, CSS (gzip)", 1, sizes["css"] / 1024, "KB"),
        *on_a_tablet(),
    ]
