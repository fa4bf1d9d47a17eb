"""Situations of a day that end or begin at the door: the firm is not there, has closed, lets nobody in, or a department
comes with one officer only. Without signal on site; afterwards the office sees the same.

A real server, a real Chromium with its storage; every picture is read by axe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.house import CHINA
from tests.story.day import PIN
from tests.story.situation import BOTH, Site, shoot, sites
from tests.story.visit import pad


@pytest.fixture(scope="module")
def day_of_sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    with sites(browser, tmp_path_factory.mktemp("door"), visits=7) as made:
        yield made


def cannot_be_checked(site: Site, ending: str) -> None:
    """未能实施检查, with this situation chosen."""
    site.page.get_by_role("button", name="未能实施检查").click()
    site.page.get_by_role("radio", name=ending).check()


def propose(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^提出，交另一名")).click()


def confirm(site: Site, which: int = 1) -> None:
    """A second officer reads it and confirms with the own PIN."""
    second = site.team[which]
    site.page.get_by_role("radio", name=re.compile(f"^{second.name}")).check()
    pad(site.page, "输入本人 PIN 复核", PIN)
    expect(site.page.get_by_role("heading", level=1, name="核对与签字")).to_be_visible()


def test_e1_a_target_that_is_not_found_is_recorded_with_its_evidence_and_confirmed_by_a_second_officer(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[0]
    page = site.page
    site.begin()
    site.arrive()
    cannot_be_checked(site, "查无下落")
    dialog = page.get_by_role("dialog")
    propose(page)
    lacking = page.get_by_role("alert").filter(has_text="还缺")
    expect(lacking).to_contain_text("照片")
    expect(lacking).to_contain_text("电话")
    shoot(page, dialog, 2)
    for outcome in ("无人接听", "号码为空号"):
        page.get_by_label("结果").fill(outcome)
        page.get_by_role("button", name="记下这次联系").click()
    page.get_by_label("见证人").fill("物业人员 孟南（虚构）")
    page.get_by_label("情况说明").fill("登记地址为空置门面，卷帘门落锁，无招牌。")
    expect(page.get_by_text(re.compile("已定位，精度 12 米"))).to_be_visible()
    site.look("E1-查无下落", sizes=BOTH)
    propose(page)
    # Whoever proposed it does not confirm it, and nobody confirms with somebody else's PIN.
    expect(page.get_by_role("radio", name=re.compile(f"^{site.team[0].name}"))).to_have_count(0)
    page.get_by_role("radio", name=re.compile(f"^{site.team[1].name}")).check()
    pad(page, "输入本人 PIN 复核", "000112")
    expect(page.get_by_text("还可再试 4 次")).to_be_visible()
    site.look("E1-复核")
    confirm(site)
    # The record is whole without the party: nobody is asked to sign for it.
    expect(page.get_by_text("按“查无下落”办结")).to_be_visible()
    site.look("E1-核对")
    site.officers_sign()
    site.leave()
    site.look("E1-离场")
    site.sync()

    office = site.office("E1-查无下落")
    text = office.locator("main").inner_text()
    for said in (
        "查无下落：登记地址为空置门面",
        f"认定人 {site.team[0].name}，复核人 {site.team[1].name}",
        "定位 29.71812，106.63123，精度 12 米",
        "见证人：物业人员 孟南",
        "13800000000：无人接听",
        "13800000000：号码为空号",
        "未检查",
    ):
        assert said in text, said
    # When each call was made stands there too, as the record prints it.
    for outcome in ("无人接听", "号码为空号"):
        assert re.search(rf"电话联系 \d{{4}}-\d\d-\d\d \d\d:\d\d：{outcome}", text), outcome
    assert "不符合" not in text
    assert len([row for row in site.desk.evidence(site.packet) if row["stored"]]) == 2
    block = site.desk.block(site.packet, "planner")
    expect(block.get_by_text("待审查")).to_be_visible()
    expect(block.get_by_text("通过登记的住所（经营场所）无法联系").first).to_be_visible()
    site.onlooker.look(block, "机关-E1-公示")
    site.onlooker.finish()


def test_e1_a_firm_that_was_not_met_is_gone_to_again_on_the_day_that_was_set_with_all_that_was_done_before(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[5]
    page = site.page
    site.begin()
    site.arrive()
    cannot_be_checked(site, "查无下落")
    page.get_by_label("结果").fill("无人接听")
    page.get_by_role("button", name="记下这次联系").click()
    page.get_by_label("见证人").fill("物业人员 孟南（虚构）")
    page.get_by_label("情况说明").fill("卷帘门落锁，邻居称后天回来。")
    shoot(page, page.get_by_role("dialog"), 1)
    page.get_by_text("先不认定，打算再次到场").click()
    day = datetime.now(CHINA).date()
    when = page.get_by_label("打算再次到场的日期")
    when.fill(day.isoformat())
    page.get_by_role("button", name="记下，再次到场").click()
    expect(page.get_by_role("alert").filter(has_text="再次到场的日期应晚于")).to_be_visible()
    again = (day + timedelta(days=2)).isoformat()
    when.fill(again)
    site.look("E1-再次到场", sizes=BOTH)
    page.get_by_role("button", name="记下，再次到场").click()
    expect(page.get_by_text(f"约定 {again} 再次到场").first).to_be_visible()
    site.look("E1-再次到场-已记")
    # Nothing is over: the list has it on that day, with the call and who saw it.
    page.get_by_role("button", name="返回").click()
    card = page.locator(f"a.visit-card[href$='{site.packet.visit}']")
    expect(card).to_contain_text(again)
    for said in ("无人接听", "见证人 物业人员 孟南（虚构）", "卷帘门落锁"):
        expect(card).to_contain_text(said)
    card.scroll_into_view_if_needed()
    site.look("E1-再次到场-列表", sizes={**BOTH, "phone": (390, 844)})
    site.sync()
    listed = site.desk.go("responsible_leader", site.desk.day.departments[0], "/office/field")
    row = listed.get_by_role("row", name=re.compile(site.packet.number))
    expect(row).to_contain_text(f"约定 {again} 再次到场")
    site.onlooker.look(listed, "机关-E1-现场列表")
    site.tablet.offline()
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=2))
    site.today()
    now = page.locator("section").filter(has=page.get_by_role("heading", name=re.compile("^今日检查")))
    expect(now.locator(f"a.visit-card[href$='{site.packet.visit}']")).to_be_visible()
    # The second time counts on from the first: one call and one picture more are enough.
    site.tablet.open(site.packet)
    site.step("亮证告知")
    page.get_by_role("button", name="未能实施检查").click()
    expect(page.get_by_text("已记 1 次")).to_be_visible()
    expect(page.get_by_text("已有 1 张")).to_be_visible()
    expect(page.get_by_label("见证人")).to_have_value("物业人员 孟南（虚构）")
    page.get_by_label("结果").fill("号码为空号")
    page.get_by_role("button", name="记下这次联系").click()
    page.get_by_label("情况说明").fill("第二次到场仍落锁，物业称已搬空。")
    shoot(page, page.get_by_role("dialog"), 2)
    propose(page)
    confirm(site)
    site.officers_sign()
    site.leave()
    page.clock.set_fixed_time(datetime.now(UTC))
    site.sync()
    text = site.office("E1-再次到场").locator("main").inner_text()
    for said in ("打算再次到场", f"打算 {again} 再次到场", "查无下落：第二次到场仍落锁", "号码为空号"):
        assert said in text, said
    site.onlooker.finish()


def test_e2_a_firm_that_moved_away_is_recorded_with_where_to_and_found_closed_is_another_finding(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[1]
    page = site.page
    site.begin()
    site.arrive()
    page.get_by_role("button", name="未能实施检查").click()
    for ending in ("查无下落", "关闭停业", "迁出", "注销", "吊销", "撤销"):
        expect(page.get_by_role("radio", name=ending, exact=True)).to_be_visible()
    page.get_by_role("radio", name="迁出").check()
    page.get_by_label("情况说明").fill("隔壁商户称三个月前搬走，门上贴有迁址告示。")
    shoot(page, page.get_by_role("dialog"), 1)
    page.get_by_label("结果").fill("经营者称已迁往云湖区")
    page.get_by_role("button", name="记下这次联系").click()
    propose(page)
    expect(page.get_by_role("alert").filter(has_text="迁往何处")).to_be_visible()
    page.get_by_label("迁往何处").fill("云湖区春晓路 5 号（虚构）")
    site.look("E2-迁出")
    propose(page)
    confirm(site, 2)
    expect(page.get_by_text("按“迁出”办结")).to_be_visible()
    site.officers_sign()
    site.leave()
    site.look("E2-离场")
    site.sync()

    # The office sees the registry beside the finding (this day's firms have no row there), and hands it over.
    lead = site.desk.go("responsible_leader", site.day.departments[0], "/office/field/decisions")
    card = lead.locator("section.card").filter(has_text="云湖区春晓路 5 号")
    expect(card.get_by_text("名录库中没有登记状态")).to_be_visible()
    card.get_by_label("办理方式").select_option(label="移交迁入地")
    card.get_by_label("理由").fill("门上有迁址告示，经营者电话确认。")
    card.get_by_role("button", name="记下决定").click()
    expect(lead.get_by_text("请写明“移交迁入地”的接收单位")).to_be_visible()
    site.onlooker.look(lead, "机关-E2-决定")
    card.get_by_label("接收单位").fill("云湖区市场监管局（虚构）")
    card.get_by_role("button", name="记下决定").click()
    expect(card).to_have_count(0)

    leads = site.desk.go("responsible_leader", site.day.departments[0], "/office/field/leads")
    row = leads.get_by_role("row").filter(has_text=site.packet.number)
    for said in ("移交迁入地", "云湖区市场监管局（虚构）", "迁出：隔壁商户称三个月前搬走"):
        expect(row).to_contain_text(said)
    expect(row.get_by_role("link", name="检查记录（PDF）")).to_be_visible()
    site.onlooker.look(leads, "机关-E2-移交线索")

    text = site.office("E2-迁出").locator("main").inner_text()
    for said in ("登记与现场", "移交迁入地", "云湖区市场监管局（虚构）"):
        assert said in text, said
    assert "迁往：云湖区春晓路 5 号" in text and f"复核人 {site.team[2].name}" in text
    block = site.desk.block(site.packet, "planner")
    expect(block.get_by_role("definition").filter(has_text=re.compile("^迁出$")).first).to_be_visible()
    site.onlooker.finish()


def test_e3_entry_refused_is_no_accusation_until_the_leader_and_the_department_agreed(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[2]
    page = site.page
    site.begin()
    site.arrive()
    cannot_be_checked(site, "拒绝进入")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("先出示证件并告知配合义务")).to_be_visible()
    shoot(page, dialog, 1)
    page.get_by_label("情况说明").fill("出示证件并告知配合义务后，店员拉下卷帘门，仍拒绝开门。")
    propose(page)
    expect(page.get_by_role("alert").filter(has_text="情形")).to_be_visible()
    dialog.get_by_role("checkbox").first.check()
    site.look("E3-拒绝进入")
    propose(page)
    confirm(site)
    expect(page.get_by_text("按“拒绝进入”办结")).to_be_visible()
    site.look("E3-核对")
    # What the circumstances are called is for the leader and the department, not for whoever stood at the door.
    page.get_by_role("button", name="返回").click()
    site.hand_to(site.team[1])
    page.get_by_role("button", name="提出不予配合的情形").click()
    proposing = page.get_by_role("dialog", name="提出不予配合的情形")
    proposing.get_by_role("checkbox").first.check()
    proposing.get_by_label("事实经过").fill("十点二十分起堵门十分钟，已两次告知配合义务。")
    proposing.get_by_role("button", name="提出，由组长确认").click()
    site.hand_to(site.team[0])
    page.get_by_role("button", name="核对并确认").click()
    agree = page.get_by_role("dialog", name="组长确认").get_by_role("button", name="确认，报部门核定")
    expect(agree).to_be_disabled()
    expect(page.get_by_role("dialog", name="组长确认")).to_contain_text("所附照片 1 张")
    page.get_by_role("checkbox", name="已核对事实和证据").check()
    site.look("E3-组长确认")
    agree.click()
    expect(page.get_by_text("组长已确认，待部门负责人核定")).to_be_visible()
    site.to_signing()
    site.officers_sign()
    site.leave()
    site.sync()

    text = site.office("E3-拒绝进入").locator("main").inner_text()
    assert "拒绝进入：出示证件并告知配合义务后" in text and "组长已确认，待部门核定" in text
    before = site.desk.block(site.packet, "planner")
    expect(before.locator("main")).not_to_contain_text("不配合检查情节严重")
    expect(before.get_by_role("button", name="提交审查结论")).to_have_count(0)
    decide = site.desk.go("responsible_leader", site.day.departments[0], "/office/field/decisions")
    site.onlooker.look(decide, "机关-E3-待确认")
    expect(decide.get_by_text("不予配合情节严重（情形认定）")).to_be_visible()
    decide.get_by_role("button", name="确认", exact=True).first.click()
    expect(decide.get_by_text("不予配合情节严重（情形认定）")).to_have_count(0)
    after = site.desk.block(site.packet, "planner")
    expect(after.get_by_text("不配合检查情节严重").first).to_be_visible()
    site.onlooker.look(after, "机关-E3-公示")
    # The other department did not find so: nothing is public of it.
    other = site.desk.block(site.packet, "planner", 1)
    expect(other.locator("main")).not_to_contain_text("不配合检查情节严重")
    site.onlooker.finish()


def test_e6_a_department_with_one_officer_cannot_start_while_the_others_go_on_and_a_stand_in_is_agreed_by_phone(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[3]
    page = site.page
    site.begin()
    site.serve_notice()
    site.arrive()
    site.tell(site.team[0], site.team[1], site.team[2])
    site.answer_block(0)
    site.to_block(1)
    expect(
        page.get_by_text(re.compile("缺 1 名出示证件的执法人员，暂不能开始；其他部门可继续"))
    ).to_be_visible()
    for radio in page.locator("[data-item]").get_by_role("radio").all():
        expect(radio).to_be_disabled()
    site.look("E6-缺一名")
    site.hand_to(site.team[0])
    page.get_by_role("button", name="更多", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^更换人员")).click()
    stand_in = site.day.stand_ins[1]
    page.get_by_role("radio", name=re.compile(f"^{site.team[3].name}")).check()
    page.get_by_role("radio", name=re.compile(f"^{stand_in.name}")).check()
    page.get_by_label("同意的负责人").fill("支队长 季平（虚构）")
    page.get_by_label("更换理由").fill("孙悦临时住院")
    site.look("E6-电话同意")
    page.get_by_role("button", name="登记电话同意").click()
    expect(
        page.get_by_text(re.compile(f"{stand_in.name}接替{site.team[3].name}.*电话同意，待确认"))
    ).to_be_visible()
    site.step("亮证告知")
    page.get_by_role("checkbox", name=re.compile(rf"^\s*{stand_in.name}")).check()
    page.get_by_role("button", name="保存并继续").click()
    site.answer_block(1)
    site.look("E6-接替后可以开始", sizes=BOTH)
    site.no_problem(0, 1)
    site.to_signing()
    site.officers_sign()
    site.party_signs()
    site.leave()
    site.sync()

    text = site.office("E6-电话同意", 1).locator("main").inner_text()
    assert "更换执法人员" in text and stand_in.name in text
    decide = site.desk.go("responsible_leader", site.day.departments[1], "/office/field/decisions")
    site.onlooker.look(decide, "机关-E6-待确认")
    expect(decide.get_by_text("支队长 季平")).to_be_visible()
    decide.get_by_role("button", name="确认", exact=True).first.click()
    expect(decide.get_by_text("没有待确认的事项")).to_be_visible()
    site.onlooker.finish()


def test_e6_without_anybody_to_stand_in_the_block_is_left_out_with_its_reason_and_the_visit_goes_on(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[4]
    page = site.page
    site.begin()
    site.serve_notice()
    site.arrive()
    site.tell(site.team[0], site.team[1], site.team[2])
    site.answer_block(0)
    site.step(site.packet.blocks[1].organisation_name)
    page.get_by_role("button", name="本部门事项未实施，说明理由").click()
    leave_out = page.get_by_role("button", name="注明未实施")
    expect(leave_out).to_be_disabled()
    expect(page.get_by_role("dialog").get_by_text("另行检查的，计为再次入企")).to_be_visible()
    page.get_by_label("理由").fill("孙悦临时住院，改日由本部门办理")
    site.look("E6-未实施")
    leave_out.click()
    expect(page.get_by_text("本部门事项未实施：孙悦临时住院，改日由本部门办理")).to_be_visible()
    site.no_problem(0)
    site.to_signing()
    site.officers_sign()
    site.party_signs()
    site.leave()
    site.look("E6-离场")
    site.sync()
    text = site.office("E6-未实施", 1).locator("main").inner_text()
    assert "未实施：孙悦临时住院" in text
    block = site.desk.block(site.packet, "planner", 1)
    expect(block.get_by_text("本部门事项在这次检查中未实施，不公示。")).to_be_visible()
    site.onlooker.finish()


def test_what_is_otherwise_than_registered_is_said_once_for_all_departments_and_proposed_to_the_office(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[6]
    page = site.page
    site.inside()
    page.get_by_role("button", name="更多", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^与登记不一致")).click()
    sheet = page.get_by_role("dialog", name="与登记不一致")
    sheet.get_by_role("radio", name="地址").check()
    expect(sheet.get_by_text(site.packet.target.address)).to_be_visible()
    sheet.get_by_label("现场为").fill(site.packet.target.address)
    sheet.get_by_role("button", name="登记不一致").click()
    expect(sheet.get_by_role("alert")).to_contain_text("与登记的一致，没有记录")
    sheet.get_by_label("现场为").fill("临川路 88 号（虚构）")
    sheet.get_by_label("依据").fill("现场悬挂的营业执照")
    shoot(page, sheet, 1)
    site.look("与登记不一致", sizes={**BOTH, "phone": (390, 844)})
    sheet.get_by_role("button", name="登记不一致").click()
    note = page.get_by_text(re.compile("现场为 临川路 88 号.*各部门通用，不用重复填写"))
    expect(note).to_be_visible()
    # The other department has it before its own block, and fills in nothing again.
    site.to_block(1)
    expect(note).to_be_visible()
    site.look("与登记不一致-另一部门")
    site.checked()
    site.officers_sign()
    site.party_signs()
    site.leave()
    site.sync()
    office = site.office("与登记不一致")
    row = office.get_by_role("row").filter(has_text="临川路 88 号（虚构）")
    expect(row).to_contain_text(site.packet.target.address)
    expect(row).to_contain_text("现场悬挂的营业执照")
    expect(row.get_by_text("建议更新")).to_be_visible()
    assert "地址：登记为" in office.locator("main").inner_text()
    site.onlooker.finish()
