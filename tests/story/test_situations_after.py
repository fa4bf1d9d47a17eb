"""Situations in which what was said on site comes to the office late, twice, or from somebody else: a day without
signal and without a code, a long holiday in between, two tablets that filled the same item, a tablet that is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.house import CHINA
from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.deadlines import due
from backend.profiles.values import WorkingDays
from tests.story.day import Officer, Tablet
from tests.story.office_day import LEAD, OfficeDay, OfficeSite, office_sites
from tests.story.situation import shoot


@pytest.fixture(scope="module")
def day_of_sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[OfficeSite]]:
    with office_sites(browser, tmp_path_factory.mktemp("after"), visits=4) as made:
        yield made


def on(site: OfficeSite, tablet: Tablet) -> OfficeSite:
    """The same visit on another tablet."""
    return OfficeSite(site.day, tablet, site.desk, site.onlooker, site.packet)


def more(page: Page, words: str) -> None:
    page.get_by_role("button", name="更多", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{words}")).click()


# --- E11: no signal all day, no notice, no code -------------------------------------------------------------------


def test_e11_a_day_without_signal_goes_by_the_certificates_and_the_code_is_made_good_after_the_end(
    day_of_sites: list[OfficeSite],
) -> None:
    site = day_of_sites[0]
    page = site.page
    site.begin()
    expect(page.get_by_text("无信号")).to_be_visible()
    exempt(page)
    site.arrive()
    site.show()
    page.get_by_role("button", name=re.compile("^登记.*码$")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="暂时没有").check()
    expect(dialog.get_by_role("button", name="登记原因，以后补录")).to_be_disabled()
    dialog.get_by_label("没有的原因").fill("整天没有信号，未能申请到编码")
    expect(dialog.get_by_text(re.compile("届时在本次检查的“更多”里补录"))).to_be_visible()
    site.look("E11-没有执法码")
    dialog.get_by_role("button", name="登记原因，以后补录").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Our own code works when both are offline: it is drawn from what came with the packet.
    page.get_by_role("button", name="出示核验码").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="已亮证告知，开始检查").click()
    site.checked()
    site.officers_sign()
    site.party_signs()
    site.leave()
    reminder = page.locator(".door-notes").get_by_text(re.compile("检查结束后 3 个工作日内补录"))
    expect(reminder.first).to_be_visible()
    site.look("E11-离场后提醒补录")
    site.sync()
    office = site.office("E11-现场记录")
    expect(office.get_by_text(re.compile("暂时没有：整天没有信号"))).to_be_visible()
    row = re.compile(site.packet.number)
    due = site.desk.go("planner", LEAD, "/office/field/codes")
    expect(due.get_by_role("row", name=row)).to_contain_text("即将到期")
    site.onlooker.look(due, "E11-执法码补录")
    site.tablet.open(site.packet)
    page.locator(".door-notes").get_by_role("button", name="补录").click()
    page.get_by_role("dialog").get_by_role("radio", name="输入编号").check()
    page.get_by_role("dialog").get_by_role("textbox").fill("渝执码 2026-1120-0007")
    site.look("E11-补录")
    page.get_by_role("dialog").get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".door-notes").get_by_role("button", name="补录")).to_have_count(0)
    site.sync()
    office = site.office("E11-补录后")
    expect(office.get_by_text("渝执码 2026-1120-0007")).to_be_visible()
    expect(office.get_by_text("已结束")).to_be_visible()
    due = site.desk.go("planner", LEAD, "/office/field/codes")
    expect(due.get_by_role("row", name=row)).to_have_count(0)
    site.onlooker.finish()


def exempt(page: Page) -> None:
    """No notice beforehand, by an article."""
    page.get_by_role("button", name="送达或免于告知").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile("^免于事先告知")).check()
    dialog.locator("input[type=radio]:not([name=way])").first.check()
    dialog.get_by_role("button", name=re.compile("登记|保存")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


# --- E12: a long holiday in between -------------------------------------------------------------------------------


def last_day_before_a_long_holiday(today: date) -> date:
    """The last working day before the latest holiday of a week or so that is over, with working days known after it."""
    calendar = seeded_calendar()
    day = today
    while True:
        day -= timedelta(days=1)
        if calendar.is_workday(day) and not any(
            calendar.is_workday(day + timedelta(days=n)) for n in range(1, 6)
        ):
            return day


@pytest.fixture
def before_a_holiday(browser: Browser, tmp_path: Path) -> Iterator[tuple[OfficeSite, date]]:
    """A visit that was ordered for the last day before a long holiday, and that day."""
    today = datetime.now(CHINA).date()
    day = last_day_before_a_long_holiday(today)
    with office_sites(browser, tmp_path, visits=1, ago=today - day) as [site]:
        yield site, day


def test_e12_a_check_that_ends_before_a_long_holiday_has_its_date_with_holidays_counted_and_comes_late(
    before_a_holiday: tuple[OfficeSite, date],
) -> None:
    site, ended = before_a_holiday
    assert isinstance(site.day, OfficeDay)
    today = datetime.now(CHINA).date()
    calendar = seeded_calendar()
    rule = WorkingDays(unit="working_days", n=20, start="information_formed")
    plain = ended + timedelta(days=28)
    until = due(ended, rule, calendar).date
    assert until > plain, "the holiday moves the date"
    first = site.team[0]
    other = next(one for one in site.team if one.organisation != first.organisation)
    with site.day.tablet(first, other) as tablet:
        there = on(site, tablet)
        page = tablet.page
        # The check is on that day, and the tablet is out of signal ever since.
        page.clock.set_fixed_time(datetime(ended.year, ended.month, ended.day, 16, 30, tzinfo=CHINA))
        there.inside()
        there.checked()
        there.officers_sign()
        there.party_signs()
        there.leave()
        planned = date.fromisoformat(site.packet.planned_on)
        card = page.locator("section.card").filter(has=page.get_by_role("heading", name="后续时限"))
        expect(card).to_contain_text(f"截至 {due(planned, rule, calendar).text}")
        card.scroll_into_view_if_needed()
        there.look("E12-离场时限")
        page.clock.set_fixed_time(datetime.now(CHINA))
        there.sync()
    office = site.office("E12-现场记录")
    days = (today - ended).days
    expect(
        office.get_by_text(re.compile(f"终端离线 {days} 天（其中 \\d+ 个工作日），联网后才收到"))
    ).to_be_visible()
    block = site.desk.block(site.packet, "planner", 0)
    expect(block.get_by_text(ended.isoformat()).first).to_be_visible()
    expect(block.get_by_text(until.isoformat()).first).to_be_visible()
    if today > until:
        expect(block.get_by_text(re.compile(r"^已逾期"))).to_be_visible()
    site.onlooker.look(block, "E12-公示期限")
    site.onlooker.finish()


# --- E14: several officers write the same form ---------------------------------------------------------------------


def test_e14_two_tablets_fill_the_form_offline_and_what_they_answered_twice_is_seen_by_both_and_settled(
    day_of_sites: list[OfficeSite],
) -> None:
    site = day_of_sites[1]
    leader = site.team[0]
    second = next(one for one in site.team[1:] if one.organisation == leader.organisation)
    fire = next(one for one in site.team if one.organisation != leader.organisation)
    twice, alone = site.packet.blocks[0].items
    site.inside()
    site.sync()
    with site.day.tablet(second, fire) as tablet:
        there = on(site, tablet)
        other = tablet.page
        tablet.open(site.packet)
        expect(other.locator("[data-item]").first).to_be_visible()
        tablet.offline()
        tablet.count()
        card = there.card(twice.number)
        card.get_by_text("不符合", exact=True).click()
        card.get_by_role("group", name="问题类别").locator("label").first.click()
        expect(card.get_by_text("已存本机")).to_be_visible()
        there.hand_to(fire)
        there.step(site.packet.blocks[1].organisation_name.removeprefix(site.packet.region))
        for item in site.packet.blocks[1].items:
            there.answer(item.number)
        # The header came from the leader's tablet: nobody typed it again.
        assert tablet.taps()[1] == 0
        there.look("E14-第二台终端")
        site.tablet.open(site.packet)
        site.tablet.offline()
        site.answer(twice.number)
        site.answer(alone.number)
        back(there, second)
        site.sync()
        back(there, second)
        tablet.open(site.packet)
        site.tablet.open(site.packet)
        for one in (site, there):
            expect(one.card(twice.number).get_by_text("有不同记录，请确认一项")).to_be_visible()
        expect(site.card(twice.number).locator(".note")).to_contain_text(leader.name)
        expect(site.card(twice.number).locator(".note")).to_contain_text(second.name)
        site.look("E14-两份不同的记录")
        expect(
            site.office("E14-不一致").get_by_text(re.compile("出现不同记录，双方内容都已保留"))
        ).to_be_visible()
        # It was the last thing that was open; the screen stays, since a note may still be written.
        site.card(twice.number).get_by_text("符合", exact=True).click()
        expect(site.card(twice.number).get_by_text("有不同记录，请确认一项")).to_have_count(0)
        site.step("结果与处理")
        expect(site.page.get_by_role("button", name="确认本部门结果")).to_be_visible()
        site.sync()
        back(there, second)
        tablet.open(site.packet)
        there.step("检查")
        there.step(site.packet.blocks[0].organisation_name.removeprefix(site.packet.region))
        expect(there.card(twice.number).get_by_role("radio", name=re.compile("^(✓ ?)?符合$"))).to_be_checked()
        expect(there.card(twice.number).locator(".note.warn")).to_have_count(0)
        there.look("E14-已确认一项")
        result_recorded_twice(site, there, second)
    office = site.office("E14-已确认")
    expect(office.get_by_text(re.compile("双方内容都已保留"))).to_have_count(0)
    for item in (*site.packet.blocks[0].items, *site.packet.blocks[1].items):
        expect(office.get_by_role("row", name=re.compile(item.number))).to_contain_text("符合")
    site.onlooker.finish()


def result_recorded_twice(site: OfficeSite, there: OfficeSite, second: Officer) -> None:
    """Two officers of a department give it two results without signal; both see both, and one is confirmed. What the
    other one was typing meanwhile is neither lost nor put over it unseen."""
    department = site.packet.blocks[0].organisation_name.removeprefix(site.packet.region)

    def at_result(one: OfficeSite) -> Page:
        one.step("结果与处理")
        one.step(department)
        expect(one.page.get_by_role("heading", name=f"{department} · 检查结果")).to_be_visible()
        return one.page

    site.tablet.open(site.packet)
    for one, kind in ((site, "未发现问题"), (there, "行政指导")):
        page = at_result(one)
        one.tablet.offline()
        page.get_by_role("checkbox", name=re.compile(kind)).check()
        page.get_by_role("button", name="确认本部门结果").click()
        expect(page.get_by_role("button", name="确认本部门结果")).to_have_count(0)
    site.sync()
    back(there, second)
    site.sync()
    for one in (site, there):
        one.tablet.open(site.packet)
        note = at_result(one).get_by_role("alert").filter(has_text="两台终端记录的结果不同")
        expect(note).to_contain_text(f"{site.team[0].name} ")
        expect(note).to_contain_text(f"{second.name} ")
    site.look("E14-两份不同的结果")
    there.page.get_by_role("textbox", name="备注").fill("已当场指导")
    site.page.get_by_role("button", name=re.compile(f"^采用：{second.name}")).click()
    expect(site.page.get_by_role("checkbox", name=re.compile("行政指导"))).to_be_checked()
    site.page.get_by_role("button", name="确认本部门结果").click()
    expect(site.page.get_by_role("heading", name=f"{department} · 检查结果")).to_have_count(0)
    site.sync()
    back(there, second)
    there.tablet.open(site.packet)
    page = at_result(there)
    note = page.get_by_role("alert").filter(has_text="您填写期间，本部门结果有了新的记录")
    expect(note).to_contain_text(site.team[0].name)
    expect(page.get_by_role("button", name="请先在上面确认一项")).to_be_disabled()
    there.look("E14-填写期间有新的结果")
    expect(page.get_by_role("textbox", name="备注")).to_have_value("已当场指导")
    page.get_by_role("button", name=re.compile(f"^采用：{site.team[0].name}")).click()
    expect(note).to_have_count(0)
    expect(page.get_by_role("checkbox", name=re.compile("行政指导"))).to_be_checked()
    expect(page.get_by_role("textbox", name="备注")).to_have_value("")
    expect(page.get_by_role("button", name="确认本部门结果")).to_have_count(0)


def back(site: OfficeSite, who: Officer) -> None:
    """This tablet has signal again, in this officer's hands, and everything came and went."""
    tablet = site.tablet
    tablet.online()
    site.page.goto(f"{site.day.server.origin}/tablet/today")
    keys = site.page.get_by_role("group", name="输入 PIN")
    expect(keys.or_(site.page.locator("a.visit-card").first).first).to_be_visible(timeout=30_000)
    officer = next(one for one in tablet.people if one == who)
    if keys.count():
        tablet.open_as(officer)
    elif tablet.holder != officer:
        tablet.unlock_as(officer)
    site.page.get_by_role("button", name="同步", exact=True).click()
    expect(
        site.page.get_by_role("status").filter(has_text=re.compile("^有信号( · 全部有回执)?$"))
    ).to_be_visible(timeout=60_000)
    expect(site.page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)


# --- E18: a tablet is lost ----------------------------------------------------------------------------------------


def test_e18_a_lost_tablet_is_revoked_at_once_and_the_leader_goes_on_with_paper(
    day_of_sites: list[OfficeSite],
) -> None:
    site = day_of_sites[2]
    leader = site.team[0]
    second = next(one for one in site.team[1:] if one.organisation == leader.organisation)
    with site.day.tablet(second) as lost:
        there = on(site, lost)
        site.inside()
        site.sync()
        back(there, second)
        lost.open(site.packet)
        lost.offline()
        there.answer(site.packet.blocks[0].items[0].number, "符合")
        number = device_of(site, second.name)
        revoke(site, number)
        devices = site.desk.go("dept_admin", LEAD, "/office/field/devices")
        row = devices.get_by_role("row", name=re.compile(number[:12]))
        expect(row).to_contain_text("已停用")
        expect(row).to_contain_text(site.packet.number)
        site.onlooker.look(devices, "E18-终端已停用")
        # Whoever finds it and gives it signal: it hands over what it holds, and opens nothing any more.
        lost.online()
        lost.page.goto(f"{site.day.server.origin}/tablet/today")
        expect(lost.page.get_by_role("heading", name="本终端已停用")).to_be_visible(timeout=60_000)
        expect(lost.page.get_by_text("未上传的记录已全部交给服务器")).to_be_visible(timeout=60_000)
        expect(lost.page.get_by_text(site.packet.target.name)).to_have_count(0)
        site.onlooker.look(lost.page, "E18-丢失的终端")
        devices.reload()
        expect(devices.get_by_role("row", name=re.compile(number[:12]))).to_contain_text("资料已清除")
    form = blank_form(site)
    site.today()
    site.tablet.open(site.packet)
    site.tablet.offline()
    page = site.page
    site.checked()
    site.hand_to(leader)
    page.get_by_role("button", name=re.compile("^纸质签署")).click()
    page.get_by_role("radio", name="预印编号文书").check()
    page.get_by_label(re.compile("^文书编号")).fill(form)
    for officer in site.team:
        page.get_by_role("checkbox", name=officer.name).check()
    shoot(page, page.get_by_role("dialog"), 2)
    site.look("E18-纸质签署")
    page.get_by_role("button", name="记下纸质签署").click()
    expect(page.get_by_text(f"纸质签署已拍照 2 页，编号 {form}。")).to_be_visible()
    site.leave()
    site.sync()
    office = site.office("E18-现场记录")
    expect(office.get_by_text(re.compile(form))).to_be_visible()
    known = site.desk.go("planner", LEAD, "/office/field/forms?state=used")
    expect(known.get_by_role("row", name=re.compile(form)).first).to_contain_text("已使用")
    site.onlooker.look(known, "E18-编号文书")
    held = site.desk.go("responsible_leader", LEAD, "/office/field/held")
    expect(held.get_by_text(re.compile("终端已停用")).first).to_be_visible()
    site.onlooker.look(held, "E18-暂存核定")
    site.onlooker.finish()


def blank_form(site: OfficeSite) -> str:
    """The first number of a batch of blank forms that the department prints."""
    page = site.desk.go("planner", LEAD, "/office/field/forms")
    page.get_by_label("份数").fill("3")
    page.get_by_role("button", name="生成编号").click()
    page.get_by_role("row", name=re.compile("未使用")).first.get_by_text("作废", exact=True).click()
    site.onlooker.look(page, "E18-印发编号文书")
    return page.get_by_role("row", name=re.compile("未使用")).first.get_by_role("rowheader").inner_text()


def device_of(site: OfficeSite, name: str) -> str:
    """The lost tablet's number, in the department's list of tablets: the one that this officer alone uses."""
    page = site.desk.go("dept_admin", LEAD, "/office/people/tablets")
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=name, exact=True))
    return str(row.get_by_role("link").get_attribute("href")).rsplit("/", 1)[1]


def revoke(site: OfficeSite, device: str) -> None:
    page = site.desk.go("dept_admin", LEAD, f"/office/people/tablets/{device}")
    page.get_by_label(re.compile("^停用原因")).fill("检查途中遗失")
    site.onlooker.look(page, "E18-停用终端")
    page.get_by_role("checkbox", name=re.compile("^我已核对")).check()
    page.get_by_role("button", name="停用终端").click()
    expect(page.get_by_text("已停用")).to_be_visible()
