"""Situations of a day inside: what the network check settled, what may not be photographed, and what may not be public.
Without signal on site; afterwards the office, and the public, see what they may."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.story.situation import BOTH, Site, sites
from tests.story.visit import photo


@pytest.fixture(scope="module")
def day_of_sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    with sites(browser, tmp_path_factory.mktemp("inside"), visits=3) as made:
        yield made


def test_e7_what_the_network_check_verified_is_read_only_on_site_and_reopened_only_with_a_reason(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[0]
    page = site.page
    office = site.desk.visit(site.packet, "planner")
    form = office.locator("form", has=office.get_by_label("核查来源"))
    form.get_by_label("事项").select_option(index=1)
    form.get_by_label("核查来源").fill("国家企业信用信息公示系统")
    form.get_by_label(re.compile("^核查情况")).fill("许可证在有效期内，名称、住所一致。")
    form.locator("input[type=file]").set_input_files(photo("snapshot"))
    form.get_by_role("button", name="记为已网络核实").click()
    expect(office.get_by_text("已网络核实").first).to_be_visible()
    site.sync()
    site.begin()
    page.get_by_role("button", name="逐项核查").click()
    page.get_by_role("button", name=re.compile("^核实：")).first.click()
    page.get_by_label("核查情况").fill("温度记录与备案一致。")
    site.look("E7-网络核查")
    page.get_by_role("button", name="一致，记为已网络核实").click()
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    site.serve_notice()
    site.arrive()
    site.tell()
    quiet = page.locator("section.card.quiet")
    expect(quiet).to_have_count(2)
    expect(quiet.first).to_contain_text("国家企业信用信息公示系统：许可证在有效期内")
    expect(quiet.get_by_role("radio")).to_have_count(0)
    site.look("E7-已网络核实", sizes=BOTH)
    quiet.first.get_by_role("button", name="现场不一致？写明后重查").click()
    dialog = page.get_by_role("dialog")
    again = dialog.get_by_role("button", name="登记不一致并重查")
    expect(again).to_be_disabled()
    expect(dialog.get_by_label("核查记载")).to_have_value("许可证在有效期内，名称、住所一致。")
    dialog.get_by_label("实际情况").fill("许可证在有效期内，名称、住所一致。")
    again.click()
    expect(dialog.get_by_role("alert")).to_contain_text("一致")
    dialog.get_by_label("实际情况").fill("墙上许可证的经营场所为银杏路 9 号（虚构）")
    site.look("E7-写明不一致", sizes=BOTH)
    again.click()
    differs = "记载“许可证在有效期内，名称、住所一致。”，实际为“墙上许可证的经营场所为银杏路 9 号（虚构）”"
    expect(page.get_by_text(f"网络核查不一致：国家企业信用信息公示系统{differs}")).to_be_visible()
    site.look("E7-重查")
    site.answer("1-1")
    site.answer_block(1)
    site.no_problem(0, 1)
    site.to_signing()
    site.officers_sign()
    site.party_signs()
    site.leave()
    expect(page.get_by_role("definition").filter(has_text="网络核查减少现场 1 项")).to_be_visible()
    site.sync()
    text = site.office("E7-网络核实").locator("main").inner_text()
    assert "温度记录与备案一致" in text and text.count("已网络核实") == 1
    assert "网络核查不一致：国家企业信用信息公示系统记载“许可证在有效期内" in text
    # The page that was looked at is kept with its digest: whoever doubts the entry compares.
    assert [(row["use"], len(row["digest"])) for row in site.desk.evidence(site.packet) if row["stored"]] == [
        ("snapshot", 64)
    ]
    site.onlooker.finish()


def test_e8_where_nothing_may_be_photographed_words_and_a_sketch_stand_and_a_photo_is_destroyed_at_once(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[1]
    page = site.page
    site.inside()
    card = site.card("1-1")
    card.get_by_text("不符合", exact=True).click()
    card.get_by_role("group", name="问题类别").locator("label").first.click()
    card.locator("input[type=file]").first.set_input_files(photo("secret"))
    expect(card.locator("figure img")).to_have_count(1, timeout=20_000)
    expect(card.get_by_text("已存本机")).to_be_visible()
    card.get_by_role("button", name="1-1 照片 1，查看").click()
    page.get_by_role("dialog").get_by_role("button", name="当场删除").click()
    gone = page.get_by_role("dialog", name="当场删除")
    gone.get_by_role("radio", name=re.compile("商业秘密")).check()
    gone.get_by_label("理由").fill("拍到了配方，经营者当场指出")
    site.look("E8-当场删除")
    gone.get_by_role("button", name="删除照片，保留记录").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(card.locator("figure")).to_have_count(0)
    card.get_by_role("button", name=re.compile("其他取证")).click()
    page.get_by_role("button", name=re.compile("^不得拍摄")).click()
    instead = page.get_by_role("dialog", name="不得拍摄")
    save = instead.get_by_role("button", name="记录不得拍摄")
    expect(save).to_be_disabled()
    instead.get_by_role("radio", name=re.compile("商业秘密")).check()
    instead.get_by_label("文字说明").fill("配料间，三台灌装机沿北墙摆放，2 号机温度显示 9℃。")
    instead.get_by_label(re.compile("图纸编号")).fill("A-03")
    instead.locator("canvas").scroll_into_view_if_needed()
    draw_on(page, instead)
    site.look("E8-不得拍摄", sizes=BOTH)
    save.click()
    expect(instead).to_have_count(0)
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    expect(card.get_by_text("本项不得拍摄，以文字说明和草图记录。")).to_be_visible()
    expect(card.locator("input[type=file]")).to_have_count(0)
    site.look("E8-本项不得拍摄")
    site.answer("1-2")
    site.answer_block(1)
    site.step("结果与处理")
    site.to_block(0)
    page.get_by_role("checkbox", name=re.compile("行政指导")).check()
    page.get_by_role("button", name="确认本部门结果").click()
    expect(page.get_by_role("heading", name=re.compile("消防救援支队 · 检查结果$"))).to_be_visible()
    site.no_problem(1)
    site.to_signing()
    site.look("E8-核对")
    site.officers_sign()
    site.party_signs()
    site.leave()
    site.sync()

    shown = site.office("E8-不得拍摄")
    text = shown.locator("main").inner_text()
    assert "配料间，三台灌装机沿北墙摆放" in text and "当场删除照片 1 张" in text
    assert shown.locator("img").count() == 0
    # Nothing of the picture ever reached the server: only that it was taken and destroyed.
    assert [(row["use"], row["stored"]) for row in site.desk.evidence(site.packet)] == [("destroyed", 0)]
    expect(site.desk.block(site.packet, "planner").get_by_text("待审查")).to_be_visible()
    site.onlooker.finish()


def draw_on(page: Page, sheet: Locator) -> None:
    """A few lines on the pad of this sheet: a wall and three machines."""
    box = sheet.locator("canvas").bounding_box()
    assert box
    for left in (0.1, 0.4, 0.7):
        page.mouse.move(box["x"] + box["width"] * left, box["y"] + box["height"] * 0.2)
        page.mouse.down()
        for across, down in ((0.2, 0.2), (0.2, 0.7), (0.0, 0.7), (0.0, 0.2)):
            page.mouse.move(
                box["x"] + box["width"] * (left + across), box["y"] + box["height"] * down, steps=4
            )
        page.mouse.up()


def test_e9_what_touches_secrets_is_withheld_by_the_leader_and_the_public_sees_not_even_a_gap(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[2]
    site.inside()
    site.checked()
    site.officers_sign()
    site.party_signs()
    site.leave()
    site.sync()
    name = site.packet.target.name

    def review(role: str, place: int, decision: str) -> None:
        page = site.desk.block(site.packet, role, place)  # type: ignore[arg-type]
        secret, private, trade = page.locator("fieldset", has=page.get_by_text("涉及", exact=True)).all()[:3]
        for group, found in (
            (secret, decision == "不予公示"),
            (private, False),
            (trade, decision == "部分公示"),
        ):
            group.get_by_role("radio", name="涉及" if found else "不涉及", exact=True).check()
        page.get_by_role("radio", name=re.compile(f"^{decision}")).check()
        page.get_by_text("部分公示、不予公示的依据和栏目").click()
        basis = "涉及国家秘密" if decision == "不予公示" else "涉及商业秘密"
        page.get_by_role("checkbox", name=re.compile(basis)).check()
        if decision == "部分公示":
            page.get_by_role("checkbox", name=re.compile("抽查事项")).check()
        site.onlooker.look(page, f"机关-E9-{decision}-{role}")
        page.get_by_role("button", name="提交审查结论").click()

    review("planner", 0, "不予公示")
    refused = site.desk.person("planner", site.day.departments[0])
    expect(refused.get_by_role("alert")).to_contain_text("负责人")
    review("responsible_leader", 0, "不予公示")
    leader = site.desk.person("responsible_leader", site.day.departments[0])
    expect(leader.get_by_text("已决定不予公示，公开页面不显示这项结果。")).to_be_visible()
    site.onlooker.look(leader, "机关-E9-不予公示")
    status, text = site.desk.public(f"/results/{site.packet.visit}")
    assert status == 404 and name not in text
    _, listed = site.desk.public("/results")
    assert name not in listed and "不予公示" not in listed

    review("planner", 1, "部分公示")
    second = site.desk.block(site.packet, "responsible_leader", 1)
    second.get_by_role("button", name="确认公示").click()
    expect(second.get_by_text("已公示").first).to_be_visible()
    status, text = site.desk.public(f"/results/{site.packet.visit}")
    assert status == 200 and "云**" in text and name not in text
    assert site.packet.blocks[1].items[0].title not in text
    first = site.packet.blocks[0]
    assert first.organisation_name not in text and first.items[0].title not in text
    site.onlooker.finish()
