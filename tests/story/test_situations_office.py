"""Situations of a day that the office has to settle with the team: a wrong result that is public already, an officer
who must withdraw, a suspected crime, a result of another department that is taken over.

A scheme that went the whole way over the office's pages, a real server, a tablet that has no signal on site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.house import House
from tests.doors.finished import record
from tests.story.office_day import LEAD, SECOND, OfficeSite, office_sites
from tests.story.situation import public_page, publish, review, shoot


@pytest.fixture(scope="module")
def day_of_sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[OfficeSite]]:
    with office_sites(browser, tmp_path_factory.mktemp("office"), visits=5) as made:
        yield made


def more(page: Page, words: str) -> None:
    """One of the ways in the sheet 更多."""
    page.get_by_role("button", name="更多", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{words}")).click()


def test_e10_a_wrong_result_that_is_public_is_corrected_with_a_reason_and_both_versions_stay(
    day_of_sites: list[OfficeSite],
) -> None:
    site = day_of_sites[0]

    async def recorded(house: House) -> None:
        await record(house, site.packet.visit)

    site.day.inside(recorded)
    publish(site, 0)
    before = public_page(site, "E10-更正前")
    assert "更正" not in before.split("对结果有异议")[0]
    # Whoever prepares publications does not correct them: the department's leader approves the new version.
    planner = site.desk.block(site.packet, "planner", 0)
    expect(planner.get_by_text("更正公示内容")).to_have_count(0)
    page = site.desk.block(site.packet, "responsible_leader", 0)
    page.get_by_text("更正公示内容").click()
    wrong = page.get_by_label(re.compile("：抽查结果")).first
    wrong.select_option(label="发现问题待后续处理")
    page.get_by_label(re.compile("^更正理由")).fill("错")
    page.get_by_role("button", name="批准更正并公示").click()
    expect(page.get_by_role("alert")).to_contain_text("更正")
    site.onlooker.look(page, "E10-更正须写明理由")
    page.get_by_label(re.compile("：抽查结果")).first.select_option(label="发现问题待后续处理")
    page.get_by_label(re.compile("^更正理由")).fill("录入时选错一项，现场记录为发现问题。")
    page.get_by_role("button", name="批准更正并公示").click()
    expect(page.get_by_role("heading", name="更正前的公示")).to_be_visible()
    site.onlooker.look(page, "E10-机关更正后")
    after = public_page(site, "E10-更正后")
    assert "录入时选错一项，现场记录为发现问题。" in after
    now, _, old = after.rpartition("更正前的公示\n")
    assert "发现问题待后续处理" in now and "已更正" in old, after
    site.onlooker.finish()


def test_e13_an_officer_who_withdraws_at_the_door_is_replaced_and_the_new_order_reaches_the_tablet(
    day_of_sites: list[OfficeSite],
) -> None:
    site = day_of_sites[1]
    page = site.page
    lead, other = site.packet.blocks
    mine = [one for one in site.team if one.organisation == other.organisation]
    own, stays = mine[0], mine[1]
    asked = next(one for one in site.team[1:] if one.organisation == lead.organisation)
    site.begin()
    site.serve_notice()
    site.arrive()
    withdraw(page, own.name, "当事人申请", "当事人称其与经营者是近亲属")
    expect(page.get_by_role("checkbox", name=re.compile(rf"^\s*{own.name}"))).to_be_disabled()
    site.look("E13-亮证时回避")
    site.tell(*(one for one in site.team if one != own))
    # The others go on: the first department has its two, the second waits for somebody.
    site.answer_block(0)
    withdraw(page, asked.name, "当事人申请", "当事人称其与同行有来往")
    expect(page.get_by_text("已申请回避，决定前不记录、不签字")).to_contain_text(own.name)
    site.step(other.organisation_name.removeprefix(site.packet.region))
    expect(
        page.get_by_text(re.compile("缺 1 名出示证件的执法人员，暂不能开始；其他部门可继续"))
    ).to_be_visible()
    site.look("E13-一个部门等人")
    site.sync()
    decide(site, SECOND, "同意回避", "与经营者是近亲属，应当回避。")
    site.onlooker.look(decide(site, LEAD, "驳回申请", "没有事实依据。"), "E13-机关决定")
    site.sync()
    site.tablet.open(site.packet)
    expect(page.get_by_role("navigation", name="检查步骤")).to_be_visible()
    expect(page.get_by_text("已申请回避")).to_have_count(0)
    site.step("出发准备")
    team = page.locator(".team").inner_text()
    newcomer = next(one for one in site.day.officers if one.name in team and one not in site.team)
    assert own.name not in team and stays.name in team and newcomer.organisation == other.organisation
    site.look("E13-新的检查组")
    site.step("亮证告知")
    page.get_by_role("checkbox", name=re.compile(rf"^\s*{newcomer.name}")).check()
    page.get_by_role("button", name="保存并继续").click()
    site.step(other.organisation_name.removeprefix(site.packet.region))
    expect(page.get_by_text(re.compile("暂不能开始"))).to_have_count(0)
    history = site.desk.go(
        "responsible_leader", SECOND, f"/office/dispatch/visits/{site.packet.visit}/changes"
    )
    expect(history.get_by_text(re.compile("同意回避"))).to_be_visible()
    expect(history.get_by_text(re.compile(f"同意更换：{newcomer.name}"))).to_be_visible()
    site.onlooker.finish()


def withdraw(page: Page, name: str, applicant: str, statement: str) -> None:
    more(page, "回避")
    dialog = page.get_by_role("dialog").last
    dialog.get_by_role("radio", name=applicant).check()
    dialog.get_by_role("radio", name=re.compile(rf"^\s*{name}")).check()
    dialog.get_by_role("group", name="理由").get_by_role("radio").first.check()
    dialog.get_by_label("说明").fill(statement)
    dialog.get_by_role("button", name="登记回避").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def decide(site: OfficeSite, department: str, what: str, why: str) -> Page:
    """The department's leader decides on its officer's application; the page on which the others still stand."""
    page = site.desk.go("responsible_leader", department, "/office/dispatch/decisions")
    expect(page.get_by_role("row", name=re.compile(site.packet.target.name))).not_to_have_count(0)
    page.goto(f"{site.day.server.origin}/office/dispatch/visits/{site.packet.visit}/changes")
    names = [one.name for one in site.day.officers if one.department == department]
    card = (
        page.locator("section.card").filter(has_text="回避申请").filter(has_text=re.compile("|".join(names)))
    )
    card.get_by_role("link", name="作出决定").first.click()
    page.get_by_role("radio", name=re.compile(what)).check()
    page.get_by_label(re.compile("决定理由")).fill(why)
    page.get_by_role("button", name="作出决定").click()
    expect(page).to_have_url(re.compile("/changes$"))
    return page


def test_e15_a_suspected_crime_is_told_to_the_lead_department_alone_and_nothing_is_published_before_the_transfer(
    day_of_sites: list[OfficeSite],
) -> None:
    site = day_of_sites[2]
    page = site.page
    told = "后厨查获无标签白色粉末约二百克，当事人称为添加剂。"
    site.inside()
    site.to_block(1)
    more(page, "涉嫌犯罪线索")
    dialog = page.get_by_role("dialog").last
    dialog.get_by_label("情况").fill(told)
    shoot(page, dialog, 1)
    site.look("E15-涉嫌犯罪线索")
    dialog.get_by_role("button", name="报牵头部门").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Quiet: nothing of it stands on the screen that the party may look at, nor in what it signs.
    expect(page.get_by_text(told)).to_have_count(0)
    site.checked()
    expect(page.locator(".doc")).not_to_contain_text("白色粉末")
    expect(page.locator(".doc")).not_to_contain_text("涉嫌犯罪")
    site.officers_sign()
    site.party_signs()
    site.leave()
    site.sync()
    waiting = site.desk.go("responsible_leader", LEAD, "/office/field/decisions")
    expect(waiting.get_by_text(told)).to_be_visible()
    site.onlooker.look(waiting, "E15-牵头部门负责人")
    site.office("E15-现场记录", place=1)
    expect(site.desk.visit(site.packet, place=1).get_by_text(told)).to_be_visible()
    clerk = site.desk.go(
        "office_clerk", "联席会议办公室（虚构）", f"/office/field/visits/{site.packet.visit}"
    )
    expect(clerk.get_by_text("白色粉末")).to_have_count(0)
    for place in (0, 1):
        block = site.desk.block(site.packet, "planner", place)
        expect(block.get_by_text("办理完毕前各部门都不公示结果")).to_be_visible()
        review(block)
        expect(block.get_by_role("alert")).to_contain_text("办理完毕前各部门都不公示结果")
        expect(block.get_by_text("涉嫌犯罪")).to_have_count(0)
    site.onlooker.look(site.desk.block(site.packet, "planner", 0), "E15-暂缓公示")
    assert site.desk.public(f"/results/{site.packet.visit}")[0] == 404
    site.onlooker.finish()


def test_e17_another_departments_recent_result_is_taken_over_and_counts_as_spared(
    day_of_sites: list[OfficeSite],
) -> None:
    site = day_of_sites[3]
    page = site.page
    site.inside()
    site.to_block(1)
    first, second = site.packet.blocks[1].items
    card = site.card(first.number)
    card.get_by_role("button", name=re.compile("其他取证")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^结果互认")).click()
    dialog = page.get_by_role("dialog").last
    dialog.get_by_label("作出结果的部门").fill("渝岭区应急局（虚构）")
    dialog.get_by_label("检查日期").fill("2026-10-12")
    dialog.get_by_label(re.compile("^文书编号")).fill("应急检〔2026〕88 号")
    dialog.get_by_label("结果内容").fill("安全出口畅通，未发现问题。")
    shoot(page, dialog, 1)
    site.look("E17-结果互认")
    dialog.get_by_role("button", name="采用该结果，本项不再检查").click()
    settled = page.get_by_role("region", name=re.compile(first.title))
    expect(settled).to_contain_text("结果互认")
    expect(settled.get_by_role("radio")).to_have_count(0)
    site.look("E17-本项不再检查")
    site.answer(second.number)
    site.answer_block(0)
    site.no_problem(0, 1)
    site.to_signing()
    expect(page.locator(".doc")).to_contain_text("渝岭区应急局（虚构）")
    site.officers_sign()
    site.party_signs()
    site.leave()
    expect(page.get_by_text("减少入企 1 次，结果互认减少现场 1 项", exact=True)).to_be_visible()
    site.look("E17-离场")
    site.sync()
    office = site.office("E17-现场记录", place=1)
    row = office.get_by_role("row", name=re.compile(first.title))
    expect(row).to_contain_text("结果互认")
    expect(row).to_contain_text("渝岭区应急局")
    publish(site, 1)
    text = public_page(site, "E17-公示")
    assert "采用其他部门检查结果" in text and "应急局" not in text, text
    site.onlooker.finish()
