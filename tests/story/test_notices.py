"""A tablet hears of a new and of a recalled visit: a badge after the sync, and a push that says nothing private.

The browser's service worker gets the push as its own push service would hand it over; no such service is asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from backend import ledger
from backend.app import open_house
from backend.dispatch import tables
from backend.house import House
from backend.ledger import Draft
from backend.settings import settings_from
from sync.words import VisitRecalled
from tests.harness.browser import launched_with_profile
from tests.harness.server import serving
from tests.story.scene import SHOTS, SIZES, Onlooker
from tests.story.visit import pad
from tests.tablets import inspector, invite, order_visit

PIN = "271828"
T = TypeVar("T")


def in_house(data: Path, act: Callable[[House], Awaitable[T]]) -> T:
    """What the office does beside the running server, in a loop of its own: the browser's driver has one here."""

    async def run() -> T:
        house = await open_house(settings_from({"SUIJIAN_DATA": str(data)}))
        try:
            return await act(house)
        finally:
            await house.engine.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result()


async def ordered(house: House) -> tuple[str, str, str]:
    """A visit, its leader, and the code for the leader's tablet."""
    leader = await inspector(house)
    visit, _ = await order_visit(house, [(leader, "leader")])
    return visit, leader, await invite(house, leader)


def recall(visit: str, leader: str) -> Callable[[House], Awaitable[str]]:
    async def act(house: House) -> str:
        row = await tables.visit(visit)
        assert row
        body = VisitRecalled(
            nonce=house.new_id(), organisation=row["lead_organisation"], reason="名录有误", again=False
        )
        async with ledger.turn(house) as turn:
            await turn.append(Draft(visit, body), leader, house.clock())
        return str(row["number"])

    return act


def deliver(cdp: CDPSession, page: Page, origin: str, data: str) -> None:
    """Hand a push to the tablet's service worker."""
    found: list[dict[str, Any]] = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    cdp.send("ServiceWorker.enable")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(500)
    assert found
    message = {"origin": origin, "registrationId": found[0]["registrationId"], "data": data}
    cdp.send("ServiceWorker.deliverPushMessage", message)


def notified(tablet: BrowserContext) -> Any:
    """The notifications that the tablet's service worker shows. Asked once and late: Chromium forgets one that is
    not on the screen yet when it is asked for them."""
    return tablet.service_workers[0].evaluate(
        """async () => {
          await new Promise((later) => setTimeout(later, 1500));
          const shown = await self.registration.getNotifications();
          return shown.map(({title, body, tag}) => ({title, body, tag}));
        }"""
    )


def test_new_and_recalled_visits_are_told_with_a_badge_and_by_push(browser: Browser, tmp_path: Path) -> None:
    data, onlooker = tmp_path / "data", Onlooker(folder=SHOTS / "notices")
    visit, leader, code = in_house(data, ordered)
    with (
        serving(data) as server,
        launched_with_profile(browser.browser_type, tmp_path / "profile", 1280, 800) as tablet,
    ):
        tablet.grant_permissions(["notifications"], origin=server.origin)
        page = tablet.pages[0]
        page.goto(f"{server.origin}/tablet/")
        page.get_by_role("textbox", name=re.compile("^登记码")).fill(code)
        page.get_by_role("button", name="登记", exact=True).click()
        pad(page, "设置 6 位 PIN", PIN)
        pad(page, "再输入一次 PIN", PIN)
        bell = page.get_by_role("button", name="提醒，1 条未看")
        expect(bell).to_be_visible(timeout=30_000)
        onlooker.look(page, "提醒角标", sizes=SIZES)
        bell.click()
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_text("有新的检查任务")).to_be_visible()
        onlooker.look(page, "新任务提醒", sizes=SIZES)
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="提醒", exact=True)).to_be_visible()

        number = in_house(data, recall(visit, leader))
        cdp = tablet.new_cdp_session(page)
        deliver(cdp, page, server.origin, f'{{"title": "检查任务已撤回", "number": "{number}"}}')
        # The push alone made the tablet sync: nobody touched it.
        bell = page.get_by_role("button", name="提醒，1 条未看")
        expect(bell).to_be_visible(timeout=15_000)
        assert notified(tablet) == [{"title": "检查任务已撤回", "body": f"任务编号 {number}", "tag": number}]
        bell.click()
        expect(page.get_by_role("dialog").get_by_text("检查任务已撤回")).to_be_visible()
        onlooker.look(page, "撤回提醒")
        page.keyboard.press("Escape")

        # Nobody drives there: it stands apart, and inside it says who took it back, when and why.
        expect(page.get_by_role("heading", name="撤回与改派")).to_be_visible()
        expect(page.get_by_role("link", name=re.compile("^(下一户|继续)"))).to_have_count(0)
        onlooker.look(page, "撤回后的今日检查", sizes=SIZES)
        page.get_by_role("link", name=re.compile("已撤回")).click()
        expect(page.get_by_role("status").filter(has_text="撤回派发：名录有误")).to_be_visible()
        # Nothing was recorded here, so nothing is to be handed in; nobody is asked to arrive there.
        primary = page.locator(".btn-act").filter(visible=True)
        expect(primary).to_have_text("返回今日检查")
        onlooker.look(page, "撤回的检查", sizes=SIZES)
        primary.click()
        expect(page.get_by_role("heading", name="撤回与改派")).to_be_visible()
    onlooker.finish()
