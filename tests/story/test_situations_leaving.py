"""Situations of a day at its end: the owner refuses to sign, or leaves half-way. Without signal on site; afterwards
the office sees the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.story.day import PIN
from tests.story.situation import BOTH, PARTY, Site, sites
from tests.story.visit import draw_name, pad, photo


@pytest.fixture(scope="module")
def day_of_sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    with sites(browser, tmp_path_factory.mktemp("leaving"), visits=3) as made:
        yield made


def test_e4_a_refusal_to_sign_has_its_reason_and_own_words_and_the_record_stands_without_the_party(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[0]
    page = site.page
    site.inside()
    site.checked()
    site.officers_sign()
    page.get_by_role("button", name="拒绝签字").click()
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page.get_by_text("请选择拒绝签字的原因")).to_be_visible()
    page.get_by_role("radio", name="对检查结果有异议").or_(page.get_by_role("radio")).first.check()
    page.get_by_label("当事人陈述").fill("温度计是昨天坏的，不能算我的。")
    page.get_by_role("button", name="见证人签字").click()
    page.get_by_label("见证人姓名").fill("孟南（虚构）")
    page.get_by_label("见证人身份").fill("物业人员")
    draw_name(page)
    page.get_by_role("button", name="确认签字").click()
    expect(page.get_by_text("物业人员 孟南（虚构） 已签字")).to_be_visible()
    expect(page.get_by_role("button", name="录音录像")).to_be_visible()
    site.look("E4-拒绝签字", sizes=BOTH)
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page.get_by_text("拒绝签字，已注明")).to_be_visible()
    site.look("E4-拒签之后")
    # What is signed is closed: the answers can be read and not changed.
    page.get_by_role("button", name="返回").click()
    site.step("^检查")
    site.hand_to(site.officer(0))
    expect(page.get_by_text("已有人签字，内容不能再改；如需更正，请在离场时另作补充记录。")).to_be_visible()
    for radio in site.card("1-1").get_by_role("radio").all():
        expect(radio).to_be_disabled()
    expect(site.card("1-1").locator("input[value=conform]")).to_be_checked()
    site.look("E4-签后不能改")
    site.to_signing()
    site.leave(copy="不接收，留置")
    add = page.get_by_role("button", name="补充记录")
    expect(add).to_be_visible()
    add.click()
    page.get_by_label("补充内容").fill("温度计型号为 TP-2。")
    page.get_by_label("为什么补充").fill("离场前漏记")
    page.get_by_role("button", name="记为第 1 号补充记录").click()
    page.get_by_role("button", name=f"{site.team[0].name}签字").click()
    pad(page, "输入本人 PIN", PIN)
    draw_name(page)
    page.get_by_role("button", name="确认签字").click()
    expect(page.get_by_role("button", name=f"{site.team[1].name}签字")).to_be_visible()
    site.look("E4-补充记录")
    site.sync()

    office = site.office("E4-拒绝签字")
    # One officer signed the supplement, not two, and the party said nothing of it: it is shown as unsigned.
    expect(
        office.get_by_text("补充记录第 1 号还没有签齐，缺 1 名执法人员签字、当事人签字、拒签或不在场的记录")
    ).to_be_visible()
    text = office.locator("main").inner_text()
    for said in (
        "拒绝签字：",
        "温度计是昨天坏的，不能算我的。",
        "孟南（虚构）",
        "温度计型号为 TP-2",
        "留置副本",
    ):
        assert said in text, said
    assert "已结束" in text and "暂存的记录" not in text
    expect(site.desk.block(site.packet, "planner").get_by_text("待审查")).to_be_visible()
    site.onlooker.finish()


def test_e5_who_leaves_half_way_has_signed_what_was_there_and_somebody_authorised_goes_on(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[1]
    page = site.page
    site.inside()
    site.answer_block(0)
    site.hand_to(site.team[0])
    site.to_signing()
    page.get_by_role("button", name="先离开：中途签字").click()
    expect(page.get_by_text("对已记录的 2 项签字")).to_be_visible()
    draw_name(page)
    site.look("E5-中途签字")
    page.get_by_role("button", name="确认中途签字").click()
    expect(page.get_by_text(f"{PARTY} 离开前已签 2 项，签字保留。")).to_be_visible()
    page.get_by_role("button", name="受委托人到场").click()
    page.get_by_label("受委托人姓名").fill("孟南（虚构）")
    expect(page.get_by_role("button", name="登记为在场当事人")).to_be_disabled()
    page.locator("dialog input[type=file]").first.set_input_files(photo("authority"))
    expect(page.locator("dialog figure img")).to_have_count(1)
    site.look("E5-受委托人", sizes=BOTH)
    page.get_by_role("button", name="登记为在场当事人").click()
    expect(page.get_by_text("受委托人 孟南（虚构）")).to_be_visible()
    page.get_by_role("button", name="回到检查，补齐记录").click()
    site.answer_block(1)
    site.no_problem(0, 1)
    site.to_signing()
    site.officers_sign()
    site.party_signs()
    site.look("E5-都已签字")
    site.leave()
    site.sync()

    text = site.office("E5-中途离开").locator("main").inner_text()
    assert "离开前对已记录的 2 项签字" in text and "授权委托" in text
    assert "孟南（虚构）（受托人）" in text
    stored = [row for row in site.desk.evidence(site.packet) if row["stored"]]
    assert len(stored) == 1
    site.onlooker.finish()


def test_e5_nobody_comes_instead_and_the_rest_is_recorded_without_the_party(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[2]
    page = site.page
    site.inside()
    site.answer_block(0)
    site.hand_to(site.team[0])
    site.to_signing()
    page.get_by_role("button", name="先离开：中途签字").click()
    draw_name(page)
    page.get_by_role("button", name="确认中途签字").click()
    page.get_by_role("button", name="回到检查，补齐记录").click()
    site.answer_block(1)
    site.no_problem(0, 1)
    site.to_signing()
    site.officers_sign()
    page.get_by_role("button", name="不在场 / 中途离开").click()
    page.get_by_label("情况说明").fill("经营者接电话后离开，联系不上其他负责人。")
    page.get_by_role("button", name="注明并继续").click()
    expect(page.get_by_text("不在场或中途离开，已注明")).to_be_visible()
    expect(page.get_by_text(f"{PARTY} 离开前已签 2 项，签字保留。")).to_be_visible()
    site.look("E5-不在场")
    site.leave()
    site.sync()
    text = site.office("E5-不在场").locator("main").inner_text()
    assert "不在场：经营者接电话后离开" in text and "离开前对已记录的 2 项签字" in text
    site.onlooker.finish()
