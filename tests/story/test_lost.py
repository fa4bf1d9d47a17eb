"""A lost tablet, in a real browser: with nobody at work it clears itself on the first contact, hands in what is
sealed and unsent, and opens for nobody; and whose PIN is guessed is told to the office.

A real server, a real Chromium with its storage, read by axe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.app import open_house
from backend.backup import back_up
from backend.field.tables import Evidence, Held
from backend.field.tables_lost import LostDevice, PinTry
from backend.people.tables import Device
from backend.settings import settings_from
from tests import builders
from tests.builders import Person
from tests.harness.apart import run_apart
from tests.harness.browser import launched_with_profile
from tests.harness.server import serving
from tests.story import inside_scene as scene
from tests.story.scene import SHOTS, SIZES, TABLET, Onlooker
from tests.story.test_inside import photographed, tablet

WRONG = "111222"


@dataclass
class Street:
    """A tablet and the office behind it; ``environment`` opens the office's database."""

    page: Page
    context: BrowserContext
    origin: str
    environment: Mapping[str, str]
    token: str
    visit: str

    def post(self, path: str, form: Mapping[str, str]) -> int:
        """What an administrator of the department does at the desk."""

        async def go() -> int:
            async with httpx.AsyncClient(base_url=self.origin, trust_env=False) as client:
                person = Person(client, "", "", "", self.token)
                return (await person.post(path, form)).status_code

        return run_apart(go())

    def back_up(self, folder: Path) -> None:
        """What whoever runs the server does every night."""

        async def go() -> None:
            house = await open_house(settings_from(dict(self.environment)))
            try:
                await back_up(house, folder)
            finally:
                await house.engine.close()

        run_apart(go())

    def rows(self, table: Any) -> list[dict[str, Any]]:
        async def go() -> list[dict[str, Any]]:
            house = await open_house(settings_from(dict(self.environment)))
            try:
                return [dict(row) for row in await table.select()]
            finally:
                await house.engine.close()

        return run_apart(go())


async def _admin(environment: Mapping[str, str]) -> str:
    house = await open_house(settings_from(dict(environment)))
    try:
        row = await builders.account(house, "dept_admin", scene.DEPARTMENTS[0])
        return await builders.open_session(house, row["id"])
    finally:
        await house.engine.close()


@contextmanager
def street(browser: Browser, folder: Path) -> Iterator[Street]:
    """A tablet at the firm without signal, with records and a photograph that nobody else has; locked."""
    environment = {"SUIJIAN_DATA": str(folder / "data")}
    ready = run_apart(scene.ordered(environment))
    token = run_apart(_admin(environment))
    with (
        serving(folder / "data", environment) as server,
        launched_with_profile(browser.browser_type, folder / "tablet", *TABLET) as context,
    ):
        page = tablet(context)
        scene.enrol(page, server.origin, ready, 1)
        context.set_offline(True)
        scene.arrive(page, ready.visits[0])
        photographed(page, 1, 5)
        page.reload()
        expect(page.get_by_role("group", name="输入 PIN")).to_be_visible()
        yield Street(page, context, server.origin, environment, token, ready.visits[0])


def lying(page: Page) -> dict[str, int]:
    """Table → how many rows of it lie in the tablet's own storage."""
    found: dict[str, int] = page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open('suijian').onsuccess = ({target}) => {
            const db = target.result, names = [...db.objectStoreNames], tx = db.transaction(names), out = {};
            for (const name of names)
              tx.objectStore(name).count().onsuccess = (e) => { out[name] = e.target.result; };
            tx.oncomplete = () => { db.close(); done(out); };
          };
        })"""
    )
    return found


def test_a_lost_tablet_that_nobody_opens_hands_in_what_is_sealed_and_keeps_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    onlooker = Onlooker(folder=SHOTS / "lost")
    onlooker.folder.mkdir(parents=True, exist_ok=True)
    with street(browser, tmp_path) as site:
        before = lying(site.page)
        assert before["entries"] > 5 and before["photos"] == 1 and before["wraps"] > 1
        [device] = site.rows(Device)
        assert site.post(f"/office/people/tablets/{device['id']}/revoke", {"reason": "遗失在出租车上"}) == 303
        # The line breaks after the tablet learned of it: nothing opens any more, what is unsent lies sealed.
        site.context.route("**/field/device/unsent", lambda route: route.abort())
        site.context.set_offline(False)
        expect(site.page.get_by_role("heading", name="本终端已停用")).to_be_visible()
        expect(site.page.get_by_role("status")).to_contain_text(
            re.compile(r"还有 ?\d+ 条记录、1 张照片没有上传")
        )
        onlooker.look(site.page, "停用后还有未上传", sizes=SIZES)
        kept = lying(site.page)
        assert (kept["people"], kept["packets"], kept["sessions"], kept["drafts"]) == (0, 0, 0, 0)
        assert kept["photos"] == 1 and kept["wraps"] == 1 and 0 < kept["entries"] < before["entries"]
        # Whoever starts it anew finds no one to unlock; with signal it finishes by itself.
        site.context.unroute("**/field/device/unsent")
        site.page.reload()
        expect(site.page.get_by_role("status")).to_contain_text(
            "未上传的记录已全部交给服务器", timeout=30_000
        )
        # What the server has is in no backup yet: a server that is lost now would need it again.
        expect(site.page.get_by_role("status")).to_contain_text(re.compile(r"本机共 ?\d+ 项服务器还没有备份"))
        onlooker.look(site.page, "已交出待备份", sizes=SIZES)
        sealed = lying(site.page)
        assert sealed["photos"] == 1 and sealed["entries"] >= kept["entries"] and sealed["people"] == 0
        site.back_up(tmp_path / "backup")
        site.page.reload()
        expect(site.page.get_by_role("status")).to_contain_text("本机没有留下任何检查内容", timeout=30_000)
        onlooker.look(site.page, "已交出并清除", sizes=SIZES)
        assert set(lying(site.page).values()) == {0}
        held = site.rows(Held)
        assert len(held) == kept["entries"] and {row["code"] for row in held} == {"device_revoked"}
        assert [row["stored"] > 0 for row in site.rows(Evidence)] == [True]
        [cleared] = site.rows(LostDevice)
        assert cleared["cleared_at"] is not None and (cleared["entries"], cleared["photos"]) == (0, 0)
        site.page.get_by_role("button", name="重新登记").click()
        expect(site.page.get_by_role("heading", level=1)).to_be_visible()
        expect(site.page.get_by_role("group", name="输入 PIN")).to_have_count(0)
    onlooker.finish()


def test_wrong_pins_are_told_to_the_office_as_soon_as_there_is_signal(
    browser: Browser, tmp_path: Path
) -> None:
    with street(browser, tmp_path) as site:
        for left in (4, 3):
            scene.press(site.page, "输入 PIN", WRONG)
            expect(site.page.get_by_role("alert")).to_contain_text(f"还可再试 {left} 次", timeout=10_000)
        assert site.rows(PinTry) == []
        with site.page.expect_response("**/field/device"):
            site.context.set_offline(False)
        [row] = site.rows(PinTry)
        assert (row["wrong"], row["withheld"]) == (2, False)
