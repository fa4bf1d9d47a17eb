"""The rarer ways before and at the door, on one tablet: no notice beforehand, the official code scanned or
photographed, closed, moved, revoked, a check that is done on the network alone, and another tablet's file carried.

A real server, the demonstration's own rules, a real Chromium; every step is pictured and read by axe.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import qrcode
from playwright.sync_api import Browser, Page, expect

from tests.harness.browser import launched_with_profile
from tests.harness.server import serving
from tests.story import door_stage as stage
from tests.story.door_stage import Door
from tests.story.scene import SHOTS, SIZES, Onlooker, film_of
from tests.story.visit import pad, photo

CODE = "https://example.invalid/zfm?no=YL-2026-000123"
VISITS: list[tuple[str, stage.Method, int]] = [
    ("东湾药房（虚构）", "on_site", 0),
    ("西桥修理铺（虚构）", "on_site", 0),
    ("closed（虚构）", "on_site", 0),
    ("moved（虚构）", "on_site", 0),
    ("revoked（虚构）", "on_site", 0),
    ("北岭网店（虚构）", "network", 0),
]
PEOPLE = 3
"""Both officers of the first department and one of the second use this tablet."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ways")


@pytest.fixture(scope="module")
def door(browser: Browser, folder: Path) -> Iterator[Door]:
    onlooker = Onlooker(folder=SHOTS / "door-ways")
    environment = {"SUIJIAN_DATA": str(folder / "data")}
    prepared = stage.in_a_thread(environment, VISITS)
    seen = io.BytesIO()
    qrcode.make(CODE, border=4).save(seen, "PNG")
    film = film_of(seen.getvalue(), folder / "code.y4m")
    with (
        serving(folder / "data", environment) as server,
        stage.tablet_of(browser, folder, server.origin, prepared, PEOPLE, film) as (context, page),
    ):
        yield Door(page, context, server, prepared, onlooker)


@pytest.fixture(autouse=True)
def looked_at(door: Door) -> Iterator[None]:
    yield
    door.context.set_offline(False)
    wrong, door.onlooker.wrong = door.onlooker.wrong, []
    assert not wrong, "\n".join(wrong)


def open_visit(door: Door, place: int, *, begun: bool = False) -> Page:
    """A visit from the list; one that was ``begun`` opens where it stands."""
    page = door.page
    door.today()
    if begun:
        page.locator(f'a.visit-card[href="/tablet/visit/{door.prepared.visits[place].visit}"]').click()
    else:
        door.open(place)
    return page


def open_code(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^登记.*码$")).click()
    expect(page.get_by_role("dialog", name=re.compile("^登记.*码$"))).to_be_visible()


# --- before ---------------------------------------------------------------------------------------------------------


def test_an_exemption_from_notice_needs_its_legal_reason(door: Door) -> None:
    page = open_visit(door, 0)
    page.get_by_role("button", name="送达或免于告知").click()
    page.get_by_text("通知书内容").click()
    expect(page.get_by_text("与检查事项有关的台账、记录和票据")).to_be_visible()
    door.onlooker.look(page, "通知书内容", sizes=SIZES)
    page.get_by_role("radio", name="免于事先告知").check()
    page.get_by_role("button", name="登记免于告知").click()
    expect(page.get_by_role("alert").filter(has_text="没有填写")).to_be_visible()
    page.get_by_role("radio", name=re.compile("法律法规规定检查前不宜告知")).check()
    page.get_by_label("说明").fill("双随机抽查食品安全事项，事先告知影响检查")
    door.onlooker.look(page, "免于告知", sizes=SIZES)
    page.get_by_role("button", name="登记免于告知").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(re.compile("^免于事先告知：法律法规规定检查前不宜告知")).first).to_be_visible()
    door.onlooker.look(page, "已免于告知")


# --- at the door ----------------------------------------------------------------------------------------------------


def test_the_official_code_is_scanned_inside_the_app_without_signal(door: Door) -> None:
    page = open_visit(door, 0)
    door.context.set_offline(True)
    page.get_by_role("button", name="登记到达").click()
    open_code(page)
    page.get_by_role("radio", name="扫码").check()
    expect(page.get_by_text(f"已扫到：{CODE}")).to_be_visible(timeout=30_000)
    door.onlooker.look(page, "扫到执法码", sizes=SIZES)
    page.get_by_role("dialog").get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("已扫码登记", exact=True)).to_be_visible()


def test_the_official_code_may_be_a_picture_and_not_nothing(door: Door) -> None:
    page = open_visit(door, 1)
    page.get_by_role("button", name="登记到达").click()
    open_code(page)
    page.get_by_role("radio", name="拍照").check()
    save = page.get_by_role("dialog").get_by_role("button", name="登记", exact=True)
    expect(save).to_be_disabled()
    stage.shoot(page, 1)
    door.onlooker.look(page, "拍下执法码", sizes=SIZES)
    save.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(re.compile("^已拍照登记"))).to_be_visible()


@pytest.mark.parametrize(
    ("place", "label", "lacking", "photos", "calls", "moved_to"),
    [
        (2, "关闭停业", "还缺", 2, 1, ""),
        (3, "迁出", "还缺", 1, 1, "渝岭区北岭路 9 号（虚构）"),
        (4, "吊销", "还缺", 0, 0, ""),
    ],
)
def test_an_ending_takes_its_own_evidence_and_two_officers_and_goes_to_its_end(
    door: Door, place: int, label: str, lacking: str, photos: int, calls: int, moved_to: str
) -> None:
    page = open_visit(door, place)
    door.context.set_offline(True)
    page.get_by_role("button", name="登记到达").click()
    page.get_by_role("button", name="未能实施检查").click()
    page.get_by_role("radio", name=label, exact=True).check()
    page.get_by_role("button", name=re.compile("^提出")).click()
    expect(page.get_by_role("alert").filter(has_text=lacking)).to_be_visible()
    page.get_by_label("情况说明").fill(f"现场核实：{label}。")
    if photos:
        stage.shoot(page, photos)
    for _ in range(calls):
        page.get_by_label("结果").fill("无人接听")
        page.get_by_role("button", name="记下这次联系").click()
    if moved_to:
        page.get_by_label("迁往何处").fill(moved_to)
    if photos:
        expect(page.get_by_text(re.compile("已定位"))).to_be_visible(timeout=10_000)
    door.onlooker.look(page, label, sizes=SIZES)
    page.get_by_role("button", name=re.compile("^提出")).click()
    page.get_by_role("radio", name=re.compile(f"^{stage.OFFICERS[1][0]}")).check()
    pad(page, "输入本人 PIN 复核", stage.PIN)
    expect(page.get_by_text(re.compile(f"按“{label}”办结"))).to_be_visible(timeout=15_000)
    sign_and_leave(door, page, label)


def sign_and_leave(door: Door, page: Page, label: str) -> None:
    """Two officers sign, each with the PIN; the second one's sheet opens by itself. Nobody of the firm signs."""
    page.locator(".who-signs button").first.click()
    for name, _ in stage.OFFICERS[:2]:
        sheet = page.get_by_role("dialog", name=re.compile(f"^{name}"))
        expect(sheet).to_be_visible()
        pad(page, "输入本人 PIN", stage.PIN)
        expect(sheet.locator("canvas")).to_be_visible(timeout=15_000)
        stage.sign(page)
        page.get_by_role("button", name="确认签字").click()
        expect(sheet).to_have_count(0)
    page.get_by_role("button", name="下一步：离场").first.click()
    page.get_by_role("button", name="检查结束，离场").click()
    expect(page.get_by_role("heading", name="检查结束")).to_be_visible(timeout=15_000)
    door.onlooker.look(page, f"{label}后离场", sizes=SIZES)


# --- on the network alone -------------------------------------------------------------------------------------------


def verify(page: Page, pictured: bool) -> None:
    """The next open item agrees with what the register says."""
    page.get_by_role("button", name=re.compile("^核实：")).first.click()
    page.get_by_label("核查情况").fill("名称、住所、法定代表人一致。")
    if pictured:
        page.get_by_role("dialog").locator(".shoot input[type=file]").set_input_files(photo("page"))
        expect(page.get_by_role("dialog").locator("figure img")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="一致，记为已网络核实").click()


def test_a_check_on_the_network_needs_nobody_at_the_place_and_keeps_what_was_seen(door: Door) -> None:
    page = open_visit(door, 5)
    door.onlooker.look(page, "网络监测", sizes=SIZES)
    page.get_by_role("button", name=re.compile("^开始网络")).click()
    steps = page.get_by_role("navigation", name="检查步骤")
    expect(steps.get_by_role("button", name=re.compile("^当事人.*已完成")).first).to_be_attached()
    steps.get_by_role("button", name=re.compile("检查准备")).click()
    page.get_by_role("button", name="逐项核查").click()
    dialog = page.get_by_role("dialog", name="网络核查")
    items = page.get_by_role("button", name=re.compile("^核实：")).count()
    for place in range(items):
        verify(page, pictured=place == 0)
        if place == 0:
            expect(dialog.get_by_text("已网络核实", exact=True)).to_have_count(1)
            door.onlooker.look(page, "网络核查截图", sizes=SIZES)
    expect(dialog.get_by_text("已网络核实", exact=True)).to_have_count(items)
    page.get_by_role("button", name="关闭").click()
    door.sync()


# --- another tablet's file ------------------------------------------------------------------------------------------


def test_a_file_of_unsent_records_is_carried_by_another_tablet(
    browser: Browser, door: Door, folder: Path
) -> None:
    page = open_visit(door, 1, begun=True)
    door.context.set_offline(True)
    door.more("中止检查")
    page.get_by_label("理由").fill("当事人半小时后返回")
    page.get_by_role("button", name="中止检查", exact=True).click()
    expect(page.get_by_text(re.compile("检查已于 .* 中止"))).to_be_visible()
    page.goto(f"{door.server.origin}/tablet/sync")
    with page.expect_download() as carried:
        page.get_by_role("button", name="导出未上传记录").click()
    file = folder / "carried.sjx"
    carried.value.save_as(file)
    with launched_with_profile(browser.browser_type, folder / "other", 1280, 800) as context:
        other = context.pages[0]
        stage.enrol(other, door.server.origin, door.prepared.codes[3], first=True)
        other.get_by_role("button", name="数据与同步").click()
        choose = other.locator("input[accept='.sjx,application/json']")
        choose.set_input_files({"name": "x.sjx", "mimeType": "application/json", "buffer": b"PK"})
        expect(other.get_by_role("alert")).to_contain_text("这不是终端导出的未上传记录文件")
        context.set_offline(True)
        choose.set_input_files(file)
        expect(other.get_by_role("alert")).to_contain_text("代交需要信号")
        door.onlooker.look(other, "代交没有信号", sizes=SIZES)
        context.set_offline(False)
        choose.set_input_files(file)
        expect(other.get_by_text(re.compile("^已代交"))).to_be_visible(timeout=30_000)
        expect(other.get_by_text(re.compile(r"记录（条）：新收录 \d+"))).to_be_visible()
        door.onlooker.look(other, "已代交", sizes=SIZES)
        choose.set_input_files(file)
        expect(other.get_by_text(re.compile(r"记录（条）：此前已收到 \d+"))).to_be_visible(timeout=30_000)
    door.context.set_offline(False)
    door.sync()
