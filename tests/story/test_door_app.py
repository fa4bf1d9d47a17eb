"""The tablet's app itself: the first start, practice, an update that waits, outdoors and large type, and a check of
papers that nobody goes out for. A real server, real builds, a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.harness.browser import launched_with_profile
from tests.harness.machine import free_port
from tests.harness.server import serving
from tests.story import door_stage as stage
from tests.story.scene import ROOT, SHOTS, SIZES, TABLET, Onlooker
from tests.story.visit import pad

ALL_SIZES = {**SIZES, "ipad": (768, 1024)}
PAPERS = "北岭仓储（虚构）"
PRACTICE_PIN = "246810"


@pytest.fixture
def onlooker(request: pytest.FixtureRequest) -> Iterator[Onlooker]:
    SHOTS.mkdir(exist_ok=True)
    looking = Onlooker(folder=SHOTS / f"app-{request.node.name[5:30]}")
    yield looking
    looking.finish()


def entries_of(data: Path) -> int:
    """Entries in the server's ledger."""
    import sqlite3

    with sqlite3.connect(f"file:{data / 'suijian.sqlite'}?mode=ro", uri=True) as db:
        return int(db.execute("select count(*) from ledger_entry").fetchone()[0])


def test_the_first_start_explains_itself_in_four_screens_and_stands_under_help_again(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    with (
        serving(tmp_path / "data", {}) as server,
        launched_with_profile(
            browser.browser_type, tmp_path / "tablet", *TABLET, first_start=True
        ) as context,
    ):
        page = context.pages[0]
        page.goto(f"{server.origin}/tablet/")
        for place in range(1, 5):
            expect(page.get_by_text(f"第 {place} 屏，共 4 屏")).to_be_visible()
            onlooker.look(page, f"第{place}屏", sizes=ALL_SIZES)
            if place < 4:
                page.get_by_role("button", name="下一屏").click()
        page.get_by_role("button", name="开始登记本机").click()
        expect(page.get_by_role("textbox", name=re.compile("^登记码"))).to_be_visible()
        page.reload()
        expect(page.get_by_role("textbox", name=re.compile("^登记码"))).to_be_visible()
        page.goto(f"{server.origin}/tablet/help")
        page.get_by_label("查找提示").fill("签字")
        expect(page.get_by_text("还没有写字，请在框内签名。")).to_be_visible()
        onlooker.look(page, "帮助", sizes=ALL_SIZES)
        page.get_by_role("button", name="四屏说明").click()
        page.get_by_role("button", name="跳过").click()
        expect(page.get_by_role("textbox", name=re.compile("^登记码"))).to_be_visible()


def test_practice_asks_the_server_for_nothing_and_leaves_no_trace(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    asked: list[str] = []

    def heard(request: Request) -> None:
        if "/tablet/" not in request.url and not request.url.startswith(("data:", "blob:")):
            asked.append(request.url)

    with (
        serving(tmp_path / "data", {}) as server,
        launched_with_profile(browser.browser_type, tmp_path / "tablet", *TABLET) as context,
    ):
        before = entries_of(tmp_path / "data")
        page = context.pages[0]
        page.goto(f"{server.origin}/tablet/help")
        context.on("request", heard)
        page.get_by_role("button", name="练习一次").click()
        band = page.get_by_role("complementary", name="练习")
        expect(band).to_contain_text("内容不会上传", timeout=20_000)
        onlooker.look(page, "练习的今日检查", sizes=ALL_SIZES)
        page.locator("a.visit-card").click()
        page.get_by_role("button", name="送达或免于告知").click()
        page.get_by_role("radio", name="电话").check()
        page.get_by_label("由谁、以什么方式确认").fill("电话告知经营者，答复知悉")
        page.get_by_role("button", name="登记送达").click()
        page.get_by_role("button", name="登记到达").click()
        onlooker.look(page, "练习的亮证告知", sizes=ALL_SIZES)
        page.get_by_role("button", name="未能实施检查").click()
        page.get_by_role("radio", name="其他原因终止").check()
        page.get_by_label("情况说明").fill("练习到此为止")
        page.get_by_role("button", name=re.compile("^提出")).click()
        page.get_by_role("radio", name=re.compile("^练习乙")).check()
        pad(page, "输入本人 PIN 复核", PRACTICE_PIN)
        expect(page.get_by_text(re.compile("按“其他原因终止”办结"))).to_be_visible(timeout=15_000)
        page.wait_for_timeout(3_000)  # longer than the tablet waits before it syncs
        expect(page.get_by_text(re.compile(r"无信号 · \d+ 条已存本机"))).to_be_visible()
        page.reload()
        expect(page.get_by_role("complementary", name="练习")).to_be_visible()
        assert asked == []
        page.get_by_role("button", name="结束练习").click()
        expect(page.get_by_role("textbox", name=re.compile("^登记码"))).to_be_visible(timeout=20_000)
        expect(page.get_by_role("complementary", name="练习")).to_have_count(0)
        names = page.evaluate("indexedDB.databases().then((all) => all.map(({name}) => name))")
        assert "suijian-practice" not in names
        assert entries_of(tmp_path / "data") == before


def test_outdoors_and_in_large_type_everything_can_still_be_read_and_tapped(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    environment = {"SUIJIAN_DATA": str(tmp_path / "data")}
    prepared = stage.in_a_thread(environment, [(stage.SHOP, "on_site", 0)])
    with (
        serving(tmp_path / "data", environment) as server,
        stage.at_the_door(browser, tmp_path, server, prepared, onlooker, people=1) as door,
    ):
        page = door.page
        page.get_by_role("button", name="显示与帮助").click()
        page.get_by_role("checkbox", name=re.compile("^户外模式")).check()
        page.get_by_role("checkbox", name=re.compile("^大字")).check()
        onlooker.look(page, "显示与帮助", sizes=ALL_SIZES)
        page.keyboard.press("Escape")
        onlooker.look(page, "户外大字的今日检查", sizes=ALL_SIZES)
        door.open()
        onlooker.look(page, "户外大字的出发准备", sizes=ALL_SIZES)
        assert small_targets(page) == []
        page.get_by_role("button", name="登记到达").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="告知权利")).to_be_visible()
        onlooker.look(page, "户外大字的亮证告知", sizes=ALL_SIZES)
        assert small_targets(page) == []


def test_by_night_everything_is_light_on_dark_what_is_paper_stays_white_and_the_sun_goes_before(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    environment = {"SUIJIAN_DATA": str(tmp_path / "data")}
    prepared = stage.in_a_thread(environment, [(stage.SHOP, "on_site", 0)])
    with (
        serving(tmp_path / "data", environment) as server,
        stage.at_the_door(browser, tmp_path, server, prepared, onlooker, people=1) as door,
    ):
        page = door.page
        page.get_by_role("button", name="显示与帮助").click()
        outdoors = page.get_by_role("checkbox", name=re.compile("^户外模式"))
        night = page.get_by_role("checkbox", name=re.compile("^夜间模式"))
        outdoors.check()
        night.check()
        expect(outdoors).not_to_be_checked()
        onlooker.look(page, "夜间的显示与帮助", sizes=ALL_SIZES)
        page.keyboard.press("Escape")
        onlooker.look(page, "夜间的今日检查", sizes=ALL_SIZES)
        page.get_by_role("link", name="路线单").click()
        expect(page.get_by_role("region", name="路线单")).to_be_visible()
        assert ground(page, ".sheet-of-paper") == "rgb(255, 255, 255)"
        onlooker.look(page, "夜间的路线单", sizes=ALL_SIZES)
        page.get_by_role("button", name="返回").click()
        door.open()
        assert ground(page, "main.work") == "rgb(14, 21, 28)"
        onlooker.look(page, "夜间的出发准备", sizes=ALL_SIZES)
        page.get_by_role("button", name="送达或免于告知").click()
        onlooker.look(page, "夜间的送达通知书", sizes=ALL_SIZES)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="登记到达").click()
        expect(page.get_by_role("heading", name="告知权利")).to_be_visible()
        onlooker.look(page, "夜间的亮证告知", sizes=ALL_SIZES)
        for step in ("检查", "结果与处理", "离场", "核对与签字"):
            page.get_by_role("navigation", name="检查步骤").get_by_role(
                "button", name=re.compile(rf"{step}(（已完成）)?$")
            ).first.click()
            onlooker.look(page, f"夜间的{step}", sizes=ALL_SIZES)
        assert ground(page, "article.page") == "rgb(255, 255, 255)"
        # Kept over a start, and printed as on paper.
        page.reload()
        expect(page.get_by_role("group", name="输入 PIN")).to_be_visible()
        assert ground(page, "html") == "rgb(14, 21, 28)"
        onlooker.look(page, "夜间的解锁", sizes=ALL_SIZES)
        page.emulate_media(media="print")
        assert ground(page, "html") != "rgb(14, 21, 28)"


def ground(page: Page, selector: str) -> str:
    """The colour under the first of these."""
    colour: str = page.locator(selector).first.evaluate("(one) => getComputedStyle(one).backgroundColor")
    return colour


def small_targets(page: Page) -> list[str]:
    """Buttons, links and fields that are less than 48 px high or wide."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], select, textarea, input, summary')]
          .map((one) => [one, (one.closest('label') ?? one).getBoundingClientRect()])
          .filter(([, box]) => box.width > 0 && (box.height < 48 || box.width < 48))
          .map(([one, box]) => `${one.textContent.trim().slice(0, 20)} ${box.width}×${box.height}`)"""
    )
    return found


def test_a_check_of_papers_needs_no_arrival_and_no_certificates(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    environment = {"SUIJIAN_DATA": str(tmp_path / "data")}
    prepared = stage.in_a_thread(environment, [(PAPERS, "documentary", 0)])
    with (
        serving(tmp_path / "data", environment) as server,
        stage.at_the_door(browser, tmp_path, server, prepared, onlooker, people=1) as door,
    ):
        page = door.page
        page.get_by_role("link", name=re.compile(f"^下一户：{PAPERS}")).click()
        onlooker.look(page, "书面检查", sizes=ALL_SIZES)
        steps = page.get_by_role("navigation", name="检查步骤")
        expect(steps.get_by_role("button", name=re.compile("办结"))).to_be_visible()
        expect(steps.get_by_text(re.compile("离场|亮证|出发"))).to_have_count(0)
        page.get_by_role("button", name="开始书面检查").click()
        page.get_by_text("符合", exact=True).first.click()
        expect(page.get_by_text(re.compile("已存本机")).first).to_be_visible(timeout=10_000)
        door.sync()


# --- an update ----------------------------------------------------------------------------------------------------


def build(version: str, out: Path) -> None:
    """The tablet app as a build of its own that calls itself ``version``."""
    subprocess.run(
        [
            "node_modules/.bin/vite",
            "build",
            "--outDir",
            str(out),
            "--emptyOutDir",
        ],
        cwd=ROOT / "pwa",
        env={**os.environ, "VITE_BUILD": version},
        check=True,
        capture_output=True,
        timeout=300,
    )


@contextmanager
def serving_builds(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The real server over the same sources with a ``pwa/dist`` of its own; its address."""
    for name in ("backend", "sync"):
        (folder / name).symlink_to(ROOT / name)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from backend.cli import main; sys.exit(main(['serve']))"],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")},
            **environment,
            "SUIJIAN_PORT": str(port),
            "PYTHONPATH": str(folder),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        origin = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                if httpx.get(f"{origin}/health", timeout=5, trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                assert process.poll() is None, "the server ended"
        yield origin
    finally:
        process.terminate()
        process.wait(20)


def test_an_update_waits_until_nothing_is_open_and_keeps_what_was_typed(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    root = tmp_path / "root"
    (root / "pwa").mkdir(parents=True)
    build("1", tmp_path / "one")
    build("2", tmp_path / "two")
    live = root / "pwa" / "dist"
    shutil.copytree(tmp_path / "one", live)
    environment = {"SUIJIAN_DATA": str(tmp_path / "data")}
    prepared = stage.in_a_thread(environment, [(stage.SHOP, "on_site", 0)])
    with (
        serving_builds(root, environment) as origin,
        stage.tablet_of(browser, tmp_path, origin, prepared, people=1) as (context, page),
    ):
        offer = page.get_by_role("complementary", name="应用更新")
        assert version_of(page) == "版本 1"
        page.locator("a.visit-card").click()
        page.get_by_role("button", name="登记到达").click()
        page.get_by_label("当事人陈述").fill("我有话要说，还没有说完")
        shutil.rmtree(live)
        shutil.copytree(tmp_path / "two", live)
        page.evaluate(
            "navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => null)"
        )
        page.wait_for_function(
            "navigator.serviceWorker.getRegistration().then((one) => one.waiting !== null)", timeout=60_000
        )
        page.wait_for_timeout(500)
        expect(offer).to_have_count(0)
        expect(page.get_by_label("当事人陈述")).to_have_value("我有话要说，还没有说完")

        other = context.new_page()
        other.goto(f"{origin}/tablet/today")
        stage.unlock(other)
        other.get_by_role("complementary", name="应用更新").get_by_role("button").click()
        expect(other.get_by_text("另一个窗口还开着检查，暂不更新")).to_be_visible()
        onlooker.look(other, "另一个窗口开着检查", sizes=ALL_SIZES)
        other.close()

        page.get_by_role("button", name="返回").click()
        expect(offer).to_be_visible()
        onlooker.look(page, "新版本", sizes=ALL_SIZES)
        assert covered(page, offer) == []
        offer.get_by_role("button", name="现在更新").click()
        expect(page.get_by_role("group", name="输入 PIN")).to_be_visible(timeout=60_000)
        stage.unlock(page)
        assert version_of(page) == "版本 2"
        page.locator("a.visit-card").click()
        expect(page.get_by_label("当事人陈述")).to_have_value("我有话要说，还没有说完")


def covered(page: Page, notice: Locator) -> list[str]:
    """Buttons of the screen's foot that the notice lies on, in any size."""
    before = page.viewport_size
    assert before
    found: list[str] = []
    for size, (width, height) in ALL_SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        lies = notice.bounding_box()
        assert lies
        for button in page.locator(".foot button, .foot a").all():
            box = button.bounding_box()
            if box and box["y"] < lies["y"] + lies["height"]:
                found.append(f"{size}: {button.inner_text()}")
    page.set_viewport_size(before)
    return found


def version_of(page: Page) -> str:
    page.get_by_role("button", name="显示与帮助").click()
    said = page.get_by_text(re.compile("^版本 ")).inner_text()
    page.keyboard.press("Escape")
    return said
