"""A standard joint visit: three departments with eight items each, six officers, five photographs, one refusal to sign.
How many taps and typed fields it takes is counted by the page itself; and the same visit on three tablets at once."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import Counted
from tests.story.day import PIN, Tablet, day
from tests.story.day_office import desk_of
from tests.story.scene import SHOTS, Onlooker
from tests.story.situation import PARTY, Site
from tests.story.visit import draw_name, pad, photo

MOST_TAPS = 75
MOST_FIELDS = 15


def write(field: Locator, words: str) -> None:
    """A finger on the field, then the keyboard."""
    field.click()
    field.fill(words)


def shoot(page: Page, button: Locator, words: str) -> None:
    """A finger on the camera's button; the device's camera gives a picture."""
    with page.expect_file_chooser() as chosen:
        button.click()
    chosen.value.set_files(photo(words))


def photographed(site: Site, number: str, count: int) -> None:
    card = site.card(number)
    before = card.locator("figure").count()
    for n in range(before, before + count):
        shoot(site.page, card.get_by_label(f"{number} 拍照", exact=True).first, f"{number}-{n}")
        expect(card.locator("figure")).to_have_count(n + 1, timeout=20_000)


def answered(site: Site, place: int, problem: bool) -> None:
    """One department's eight items in the order in which they stand."""
    for n, item in enumerate(site.packet.blocks[place].items):
        card = site.card(item.number)
        if problem and n == 0:
            card.get_by_text("不符合", exact=True).click()
            card.get_by_role("group", name="问题类别").locator("label").first.click()
            photographed(site, item.number, 3)
            write(card.get_by_role("textbox"), "2 号冷柜显示 9℃，标签要求 0–4℃，内有酸奶 14 盒。")
            card.get_by_role("textbox").blur()
        else:
            card.get_by_text("符合", exact=True).click()
        expect(card.get_by_text("已存本机")).to_be_visible()
    if not problem:
        photographed(site, site.packet.blocks[place].items[0].number, 1)


def decided(site: Site, problem: bool) -> None:
    """The department's own result, by whoever answered."""
    page = site.page
    page.get_by_role("button", name="下一步：本部门结果").click()
    if problem:
        page.get_by_role("checkbox", name=re.compile("责令改正等行政命令")).check()
        write(page.get_by_label("改正要求"), "冷藏食品按标签温度贮存，不合格食品下架。")
    else:
        page.get_by_role("checkbox", name=re.compile("未发现问题")).check()
    page.get_by_role("button", name="确认本部门结果").click()


def refused(page: Page) -> None:
    """The owner does not sign: the reason, and the own words."""
    page.get_by_role("button", name="拒绝签字").click()
    page.get_by_role("radio", name=re.compile("异议")).first.check()
    write(page.get_by_label("当事人陈述"), "温度计是昨天坏的，不能算我的。")
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page.get_by_text("拒绝签字，已注明")).to_be_visible()


def test_a_standard_joint_visit_takes_at_most_75_taps_and_15_typed_fields(
    browser: Browser, tmp_path: Path, counted: Counted
) -> None:
    onlooker = Onlooker(SHOTS / "standard")
    with (
        day(tmp_path, browser, departments=3, items=8) as made,
        made.tablet(*made.officers) as tablet,
        desk_of(made) as desk,
    ):
        desk.schemes(made.visits)
        site = Site(made, tablet, desk, onlooker, made.visits[0])
        page = site.page
        tablet.offline()
        tablet.count()
        tablet.open(site.packet)
        site.serve_notice()
        site.arrive()
        site.all_shown()
        write(page.get_by_label("姓名"), PARTY)
        page.get_by_role("radio", name="经营者").check()
        page.get_by_role("radio", name="不申请回避").check()
        page.get_by_role("button", name="已亮证告知，开始检查").click()
        steps = [("at the first item", tablet.taps())]
        for place in range(3):
            if place:
                site.hand_to(site.officer(place))
            answered(site, place, problem=place == 0)
            decided(site, problem=place == 0)
            steps.append((f"department {place + 1}", tablet.taps()))
        expect(page.get_by_role("heading", level=1, name="核对与签字")).to_be_visible()
        site.officers_sign()
        steps.append(("six signatures", tablet.taps()))
        site.read()
        refused(page)
        site.leave()
        steps.append(("left", tablet.taps()))
        onlooker.look(page, "离场")
        taps, fields = tablet.taps()
        told = ", ".join(f"{name} {count[0]}" for name, count in steps)
        counted(f"standard visit: {taps} taps, {fields} typed fields ({told})")
        assert 60 < taps <= MOST_TAPS and 0 < fields <= MOST_FIELDS, tablet.tapped()
        site.sync()
        assert len([row for row in desk.evidence(site.packet) if row["stored"]]) == 5
        text = desk.visit(site.packet).locator("main").inner_text()
        assert text.count("符合") >= 24 and "拒绝签字：" in text and "已结束" in text
        onlooker.finish()


def synced(tablet: Tablet) -> None:
    page = tablet.page
    page.goto(f"{tablet.day.server.origin}/tablet/today")
    keys = page.get_by_role("group", name="输入 PIN")
    expect(keys.or_(page.locator("a.visit-card").first).first).to_be_visible(timeout=30_000)
    if keys.count():
        assert tablet.holder
        tablet.open_as(tablet.holder)
    page.get_by_role("button", name="同步", exact=True).click()
    expect(page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)
    expect(page.get_by_text(re.compile("^有信号( · 全部有回执)?$"))).to_be_visible(timeout=60_000)


def test_the_same_visit_on_three_tablets_at_once_each_department_on_its_own_and_the_leader_closes(
    browser: Browser, tmp_path: Path
) -> None:
    onlooker = Onlooker(SHOTS / "standard")
    with ExitStack() as stack:
        made = stack.enter_context(day(tmp_path, browser, departments=3, items=8))
        desk = stack.enter_context(desk_of(made))
        desk.schemes(made.visits)
        packet = made.visits[0]
        pairs = [made.officers[2 * place : 2 * place + 2] for place in range(3)]
        tablets = [stack.enter_context(made.tablet(*pair)) for pair in pairs]
        sites = [Site(made, tablet, desk, onlooker, packet) for tablet in tablets]
        leader = sites[0]
        tablets[0].open(packet)
        leader.serve_notice()
        leader.arrive()
        leader.tell()
        synced(tablets[0])
        for tablet in tablets:
            synced(tablet)
            tablet.open(packet)
        expect(tablets[1].page.get_by_role("button", name=re.compile("^亮证告知.*已完成"))).to_be_visible()
        # With signal, the three work at the same time: item by item, tablet by tablet.
        for site in sites:
            site.step("^检查")
        for n in range(8):
            for place, site in enumerate(sites):
                card = site.card(packet.blocks[place].items[n].number)
                card.get_by_text("符合", exact=True).click()
                expect(card.get_by_text(re.compile("已存本机|有回执"))).to_be_visible()
        for site in sites:
            decided(site, problem=False)
        for tablet in tablets:
            synced(tablet)
        # Each sees what the others did.
        for tablet in reversed(tablets):
            synced(tablet)
            tablet.open(packet)
            tablet.page.get_by_role("button", name="更多", exact=True).click()
            tablet.page.get_by_role("button", name="检查组进度").click()
            rows = tablet.page.get_by_role("dialog", name="检查组进度").locator(".board")
            expect(rows).to_have_count(3)
            for place in range(3):
                expect(rows.nth(place)).to_contain_text("8/8")
            onlooker.look(tablet.page, f"检查组进度-{tablets.index(tablet) + 1}")
            while tablet.page.locator("dialog[open]").count():
                tablet.page.get_by_role("dialog").last.get_by_role("button", name="关闭").last.click()
        # Each pair signs for the own department on the own tablet; nobody is asked to sign for another.
        for place, site in enumerate(sites):
            site.to_signing()
            for officer in pairs[place]:
                sheet = site.page.get_by_role("dialog", name=f"{officer.name} 签字")
                if officer is pairs[place][0]:
                    site.page.locator(".who-signs button", has_text=officer.name).click()
                expect(sheet).to_be_visible()
                pad(site.page, "输入本人 PIN", PIN)
                expect(sheet.locator("canvas")).to_be_visible()
                draw_name(site.page)
                site.page.get_by_role("button", name="确认签字").click()
                expect(sheet).to_have_count(0)
            expect(site.page.get_by_role("dialog")).to_have_count(0)
            synced(tablets[place])
        synced(tablets[0])
        tablets[0].open(packet)
        leader.to_signing()
        expect(leader.page.locator(".who-signs button.signed")).to_have_count(6)
        onlooker.look(leader.page, "六人都已签")
        leader.party_signs()
        leader.leave()
        synced(tablets[0])
        synced(tablets[1])
        tablets[1].open(packet)
        expect(tablets[1].page.get_by_role("heading", name="检查结束")).to_be_visible()
        text = desk.visit(packet).locator("main").inner_text()
        assert "已结束" in text and "不同记录" not in text and "暂存的记录" not in text
        onlooker.finish()
