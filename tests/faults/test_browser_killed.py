"""The browser is killed in the middle of saving, again and again, in a real Chromium: what was shown as 已存本机 is
there afterwards, and nothing is there twice. And a Chromium whose room is used up says so and loses nothing."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from backend.app import open_house
from backend.settings import settings_from
from tests import builders
from tests.conftest import Counted
from tests.harness.browser import kill, launched_with_profile
from tests.harness.server import Server, serving
from tests.tablets import invite, order_visit

ITEMS = 100
PIN = "271828"
ROOM = 300_000
"""Bytes that are left to a tablet with hardly any room: some answers, and what Chromium's own database moves about."""
SAVED = "[data-item] .state .chip.good"
LYING = """async () => {
  const asked = indexedDB.open('suijian');
  const db = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const all = (table) => new Promise((done) => {
    const got = db.transaction(table).objectStore(table).getAll();
    got.onsuccess = () => done(got.result);
  });
  const { id } = await new Promise((done) => {
    const got = db.transaction('one').objectStore('one').get('device');
    got.onsuccess = () => done(got.result);
  });
  const own = (await all('entries')).filter((row) => row.device === id);
  const bodies = new Set((await all('bodies')).map((row) => row.entry));
  db.close();
  return own.map(({ seq, id, prev, kind }) => ({ seq, id, prev, kind, whole: bodies.has(id) }));
}"""
"""The tablet's own chain as it lies in IndexedDB."""
BEGUN, DONE, CHANCE = "begun", "done", "chance"
"""When the battery ends: the transaction has its first entry and is not committed · it is committed and the app was not
told yet · anywhere on the way."""
WATCH = """(() => {
  const halt = (moment) => {
    if (window.battery !== moment) return;
    console.log(`battery ${moment}`);
    for (;;);
  };
  const { add } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.add = function (...row) {
    const asked = add.apply(this, row);
    if (this.name === 'entries') {
      halt('begun');
      this.transaction.addEventListener('complete', () => halt('done'));
    }
    return asked;
  };
})()"""
"""The page stands still at the moment that is asked for, and says so: the app's own write goes to the real IndexedDB,
and what comes after that moment certainly never reached the screen."""


@dataclass(frozen=True)
class Bench:
    """A server, a browser's profile, and the visit that the tablet was sent to."""

    server: Server
    profile: Path
    visit: str
    playwright: Playwright

    @contextmanager
    def browser(self) -> Iterator[BrowserContext]:
        kind = self.playwright.chromium
        with launched_with_profile(kind, self.profile, 1280, 800) as context:
            context.set_default_timeout(30_000)
            yield context


async def prepare(environment: dict[str, str]) -> tuple[str, str]:
    """One inspector, one visit of many items: the code for the tablet, and the visit."""
    house = await open_house(settings_from(environment))
    try:
        team = [
            (await builders.account(house, "inspector", "甲局（虚构）", "检查员（虚构）"))["id"]
            for _ in range(2)
        ]
        roles = [(account, "leader" if account == team[0] else "member") for account in team]
        visit, _ = await order_visit(house, roles, items=ITEMS)
        return await invite(house, team[0]), visit
    finally:
        await house.engine.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    environment = {"SUIJIAN_DATA": str(tmp_path / "data")}
    code, visit = asyncio.run(prepare(environment))
    with serving(tmp_path / "data", environment) as server, sync_playwright() as playwright:
        made = Bench(server, tmp_path / "profile", visit, playwright)
        with made.browser() as context:
            enrol(context.pages[0], made, code)
        yield made


def press(page: Page, label: str, pin: str = PIN) -> None:
    keys = page.get_by_role("group", name=label)
    expect(keys).to_be_visible(timeout=30_000)
    for digit in pin:
        keys.get_by_role("button", name=digit, exact=True).click()


def enrol(page: Page, bench: Bench, code: str) -> None:
    """Code, PIN, arrival and certificates, so that the items can be answered; and the app lies here whole."""
    page.goto(f"{bench.server.origin}/tablet/enrol")
    start = page.get_by_role("button", name=re.compile("开始使用|跳过|知道了"))
    expect(page.locator("input.num").or_(start).first).to_be_visible()
    while start.count():
        start.first.click()
    page.locator("input.num").fill(code)
    page.get_by_role("button", name="登记", exact=True).click()
    press(page, "设置 6 位 PIN")
    press(page, "再输入一次 PIN")
    expect(page.locator(f'a[href="/tablet/visit/{bench.visit}"]').first).to_be_visible(timeout=60_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    expect(page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)
    page.locator(f'a[href="/tablet/visit/{bench.visit}"]').first.click()
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


def items(page: Page, bench: Bench) -> None:
    """The app started anew without signal, unlocked, at the items of the visit."""
    page.goto(f"{bench.server.origin}/tablet/visit/{bench.visit}/check")
    press(page, "输入 PIN")
    expect(page.locator("[data-item]")).to_have_count(ITEMS, timeout=30_000)


def answer(page: Page) -> None:
    """符合 on the first item that nobody touched. One that was tapped when the battery ended stands there as 尚未记录,
    and is left so."""
    first = page.locator("[data-item]:not(:has(input[type=radio]:checked))").first
    first.locator(".yes input").evaluate("(input) => { setTimeout(() => input.click()); }")


def survived(page: Page, least: int, most: int) -> int:
    """How many answers lie here after the battery ended: no fewer than were shown or written, no more than were tapped,
    the chain whole; and the started app shows each of them as saved."""
    chain = page.evaluate(LYING)
    whole(chain)
    there: int = sum(row["kind"] == "answer.given" for row in chain)
    assert least <= there <= most, f"{least} to {most} were saved, {there} are there"
    expect(page.locator(SAVED)).to_have_count(there)
    return there


def whole(chain: list[dict[str, Any]]) -> None:
    """No gap, no place twice, every body there."""
    chain.sort(key=lambda row: int(row["seq"]))
    assert [row["seq"] for row in chain] == list(range(1, len(chain) + 1))
    assert all(row["whole"] for row in chain)
    assert all(later["prev"] == before["id"] for before, later in pairwise(chain))


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_what_was_shown_as_saved_is_there_after_the_browser_was_killed(
    kills: int, bench: Bench, counted: Counted
) -> None:
    chance, least, most = random.Random(kills), 0, 0
    unshown: Counter[str] = Counter()
    for moment in islice(cycle((BEGUN, DONE, CHANCE)), kills):
        with bench.browser() as context:
            context.add_init_script(WATCH)
            context.set_offline(True)
            page = context.pages[0]
            items(page, bench)
            there = survived(page, least, most)
            for shown in (there + 1, there + 2):
                answer(page)
                expect(page.locator(SAVED)).to_have_count(shown)
            # One more, and the battery ends somewhere on its way to the disk.
            if moment == CHANCE:
                answer(page)
                time.sleep(chance.uniform(0, 0.03))
                # What is shown from here on until the end may well be there too.
                least, most = page.locator(SAVED).count(), there + 3
            else:
                page.evaluate("(moment) => { window.battery = moment; }", moment)
                with page.expect_console_message(lambda said: said.text.startswith("battery ")):
                    answer(page)
                least = most = there + (2 if moment == BEGUN else 3)
            assert kill(bench.profile) > 0
            unshown[moment] += moment != CHANCE or least == there + 2
    with bench.browser() as context:
        page = context.pages[0]
        items(page, bench)
        survived(page, least, most)
        page.get_by_role("button", name="返回").click()
        page.get_by_role("button", name="数据与同步").click()
        page.get_by_role("button", name="同步", exact=True).click()
        expect(page.get_by_text("条有回执：全部有回执")).to_be_visible(timeout=60_000)
        chain = page.evaluate(LYING)
    whole(chain)
    with closing(sqlite3.connect(bench.server.data / "suijian.sqlite")) as database:
        stored = [
            row[0] for row in database.execute("SELECT id FROM ledger_entry WHERE kind = 'answer.given'")
        ]
    answers = [row["id"] for row in chain if row["kind"] == "answer.given"]
    assert sorted(stored) == sorted(answers) and len(set(stored)) == len(stored)
    counted(
        f"Chromium killed {kills} times in mid-save: {len(answers)} answers; not yet shown as saved when it "
        f"died: {unshown[BEGUN]} not committed, {unshown[DONE]} committed, {unshown[CHANCE]} by chance; 0 lost, "
        "0 twice"
    )


def room(context: BrowserContext, bench: Bench, left: int) -> None:
    """So many bytes are left to the tablet from now on. Before its first write: Chromium remembers for a while how much
    room there was."""
    page = context.pages[0]
    page.goto(f"{bench.server.origin}/tablet/unlock")
    expect(page.get_by_role("group", name="输入 PIN")).to_be_visible(timeout=30_000)
    usage = page.evaluate("navigator.storage.estimate().then(({ usage }) => usage)")
    session = context.new_cdp_session(page)
    session.send(
        "Storage.overrideQuotaForOrigin",
        {"origin": bench.server.origin, "quotaSize": max(1, usage + left)},
    )


@pytest.mark.slow
def test_a_tablet_without_room_says_so_and_goes_on_when_there_is_room_again(bench: Bench) -> None:
    with bench.browser() as context:
        context.set_offline(True)
        page = context.pages[0]
        room(context, bench, ROOM)
        items(page, bench)
        full = page.locator("[data-item]").get_by_text("本机存储空间不足")
        saved = 0
        while saved < ITEMS:
            answer(page)
            expect(page.locator(SAVED).nth(saved).or_(full.first).first).to_be_visible()
            if full.count():
                break
            saved += 1
            expect(page.locator(SAVED)).to_have_count(saved)
        assert 0 < saved < ITEMS
        survived(page, saved, saved)
    with bench.browser() as context:
        context.set_offline(True)
        page = context.pages[0]
        items(page, bench)
        survived(page, saved, saved)
        answer(page)
        expect(page.locator(SAVED)).to_have_count(saved + 1)
        whole(page.evaluate(LYING))


def wrong(page: Page, left: int) -> None:
    """A wrong PIN, told with how many tries are left."""
    press(page, "输入 PIN", "000112")
    expect(page.get_by_text(f"还可再试 {left} 次")).to_be_visible(timeout=30_000)


def test_a_tablet_without_any_room_opens_to_its_officer_and_counts_every_wrong_pin(bench: Bench) -> None:
    with bench.browser() as context:
        context.set_offline(True)
        items(context.pages[0], bench)
        answer(context.pages[0])
        expect(context.pages[0].locator(SAVED)).to_have_count(1)
    with bench.browser() as context:
        context.set_offline(True)
        room(context, bench, -1_000_000)
        wrong(context.pages[0], 4)
        wrong(context.pages[0], 3)
    with bench.browser() as context:
        context.set_offline(True)
        page = context.pages[0]
        room(context, bench, -1_000_000)
        # Who closes the app in between has no more tries than before.
        wrong(page, 2)
        items(page, bench)
        expect(page.locator(SAVED)).to_have_count(1)
        answer(page)
        expect(page.locator("[data-item]").get_by_text("本机存储空间不足").first).to_be_visible()
        assert page.locator(SAVED).count() == 1
    with bench.browser() as context:
        context.set_offline(True)
        page = context.pages[0]
        items(page, bench)
        expect(page.locator(SAVED)).to_have_count(1)
        answer(page)
        expect(page.locator(SAVED)).to_have_count(2)
        page.get_by_role("button", name="返回").click()
        page.get_by_role("button", name="锁定").click()
        wrong(page, 4)
