"""The whole way once: from a spreadsheet to a published result, with a tablet that has no signal.

One story in the words that people see: the office in one browser, the tablet in another with storage of its own,
a real server in between. Every step is pictured (`.shots/`) and read by axe.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.harness.browser import kill, launched_with_profile
from tests.harness.server import serving
from tests.story import desk, public, visit
from tests.story.scene import SIZES, TABLET, Office, Onlooker, office_of
from tests.story.visit import Member

TITLE = "2026 年食品经营单位综合联查"
NAME = "食品经营单位综合联查"
LATER = "36"
"""Hours by which the second day's clock runs ahead: after the evening on which the lottery is drawn."""
PROBLEM = "scjg"
"""The department that finds something to be mended."""


def suijian(*words: str, data: Path | None = None) -> int:
    """One command of the command line, as an administrator types it; its exit code."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SUIJIAN_")}
    if data:
        environment["SUIJIAN_DATA"] = str(data)
    command = Path(sys.executable).with_name("suijian")
    return subprocess.run([command, *words], env=environment, timeout=120, check=False).returncode


def team_of(office: Office, onlooker: Onlooker) -> tuple[str, str, dict[str, Member]]:
    """The first dispatched visit: its id, its target's name, and one officer of each department."""
    page = office.go("scjg-plan", "/office/dispatch")
    page.get_by_role("link", name=NAME).first.click()
    page.locator("a[href^='/office/dispatch/visits/']").first.click()
    target = page.get_by_role("heading", level=1).inner_text()
    onlooker.look(page, "检查任务")
    identity = page.url.rsplit("/", 1)[1]
    text = page.get_by_role("main").inner_text()
    members: dict[str, Member] = {}
    for name, organisation, login in re.findall(r"(\S+)[^\n]*\n+(\S+) · 执法证 (\d{11})", text):
        for department, full in visit.DEPARTMENT.items():
            if organisation.endswith(full):
                members.setdefault(department, Member(name, login, department))
    assert set(members) == set(visit.DEPARTMENT), text
    return identity, target, members


def verify_online(office: Office, onlooker: Onlooker, identity: str) -> None:
    """Before leaving: one item is settled by a network check, so that nobody checks it again on site."""
    page = office.go("scjg-plan", f"/office/field/visits/{identity}")
    page.get_by_label("事项", exact=True).select_option(index=1)
    page.get_by_label("核查来源").fill("国家企业信用信息公示系统（虚构）")
    page.get_by_label(re.compile("核查情况")).fill("名称、住所、法定代表人一致。")
    page.get_by_role("button", name="记为已网络核实").click()
    expect(page.get_by_text("已网络核实").first).to_be_visible()
    onlooker.look(page, "网络核查")


def on_site(
    page: Page, context: BrowserContext, onlooker: Onlooker, target: str, team: dict[str, Member]
) -> None:
    """The visit without signal: three departments' blocks, photographs, signatures, a refusal, the end."""
    context.set_offline(True)
    page.locator("a.visit-card", has_text=target).click()
    expect(page.locator(".team b")).to_have_count(6)
    names = page.locator(".team b").all_inner_texts()
    visit.arrive(page, onlooker, names)
    for department, member in team.items():
        visit.check_block(page, onlooker, member, problem=department == PROBLEM)
    visit.second_photo(page, team["rsj"])
    visit.step(page, "结果与处理")
    visit.results(page, onlooker, team, PROBLEM)
    visit.sign_all(page, onlooker, team)
    visit.refuse(page, onlooker)
    visit.leave(page, onlooker, team["scjg"])


def test_the_whole_way_once(browser: Browser, tmp_path: Path) -> None:
    onlooker = Onlooker()
    data, profile = tmp_path / "data", tmp_path / "tablet"
    with serving(data, {"SUIJIAN_DEMO": "1"}) as first, office_of(browser, first.origin) as office:
        port = int(first.origin.rsplit(":", 1)[1])
        desk.import_wrong_file(office, onlooker, tmp_path)
        desk.import_broken_rows(office, onlooker)
        desk.import_newer_files(office, onlooker, tmp_path)
        desk.plan_the_year(office, onlooker, TITLE)
        desk.scheme(office, onlooker, NAME)
        number = desk.announce(office, onlooker)
    later = {"SUIJIAN_DEMO": "1", "SUIJIAN_CLOCK_OFFSET_HOURS": LATER}
    with serving(data, later, port=port) as server, office_of(browser, server.origin) as office:
        desk.enter_numbers(office, onlooker, number)
        desk.draw(office, onlooker, number)
        desk.dispatch(office, onlooker)
        identity, target, team = team_of(office, onlooker)
        verify_online(office, onlooker, identity)
        leader = team["scjg"]
        film, _ = visit.invite(office, onlooker, leader, tmp_path)
        with launched_with_profile(browser.browser_type, profile, *TABLET, camera=film) as context:
            page = context.pages[0]
            page.goto(f"{server.origin}/tablet/")
            visit.enrol(page, onlooker, leader)
            for member in (team["xfjy"], team["rsj"]):
                _, code = visit.invite(office, onlooker, member, tmp_path)
                page.get_by_role("button", name="添加人员").click()
                visit.enrol(page, onlooker, member, typed=code)
            visit.lock_out(page, onlooker, leader)
            expect(page.locator("a.visit-card", has_text=target)).to_be_visible(timeout=20_000)
            onlooker.look(page, "今日检查", sizes=SIZES)
            on_site(page, context, onlooker, target, team)
            assert kill(profile) > 0
        with launched_with_profile(browser.browser_type, profile, *TABLET) as context:
            context.set_offline(True)
            page = context.pages[0]
            page.goto(f"{server.origin}/tablet/")
            visit.unlock(page, leader)
            card = page.locator("a.visit-card", has_text=target)
            expect(card).to_contain_text("检查结束")
            expect(card).to_contain_text(re.compile(r"已存本机 \d+ 条，有回执 0 条"))
            expect(card).to_contain_text("照片 0/2 已收妥")
            onlooker.look(page, "浏览器被杀后重新打开", sizes=SIZES)
            context.set_offline(False)
            page.get_by_role("button", name="同步", exact=True).click()
            expect(card).to_contain_text(re.compile(r"\d+ 条有回执"), timeout=60_000)
            expect(card).to_contain_text("照片 2/2 已收妥", timeout=60_000)
            expect(page.get_by_text("有信号 · 全部有回执")).to_be_visible(timeout=60_000)
            onlooker.look(page, "已同步", sizes=SIZES)
        onlooker.look(office.go("scjg-plan", f"/office/field/visits/{identity}"), "现场记录")
        for department in team:
            public.publish(office, onlooker, department, target)
        citizen = browser.new_context(locale="zh-CN")
        public.look_up(citizen.new_page(), onlooker, server.origin, target)
        citizen.close()
        address = f"{server.origin}/draws/{number}.json"
        assert suijian("verify-draw", address) == 0
    assert suijian("verify-ledger", data=data) == 0
    assert suijian("replay", data=data) == 0
    onlooker.finish()
