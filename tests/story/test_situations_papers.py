"""Checks that nobody goes out for: on the network alone, and of documents. From the list of the day to the public page,
with no arrival, no certificate at a door, nobody met, and nobody asked for a signature but the officers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.story.situation import BOTH, Site, public_page, publish, sites
from tests.story.visit import photo


@pytest.fixture(scope="module")
def day_of_sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    folder = tmp_path_factory.mktemp("papers")
    with sites(browser, folder, visits=2, method=("network", "documentary")) as made:
        yield made


def verify(site: Site, title: str, note: str, *, pictured: bool = False) -> None:
    """In the sheet 网络核查: this item agrees with what the register says."""
    page = site.page
    dialog = page.get_by_role("dialog", name="网络核查")
    dialog.get_by_role("button", name=f"核实：{title}").click()
    dialog.get_by_label("核查情况").fill(note)
    if pictured:
        dialog.locator("input[type=file]").set_input_files(photo("page"))
        expect(dialog.locator("figure img")).to_be_visible(timeout=20_000)
        site.look("网络检查-截图")
    dialog.get_by_role("button", name="一致，记为已网络核实").click()
    expect(dialog.get_by_role("button", name=f"核实：{title}")).to_have_count(0)


def closed_by_the_officers_alone(site: Site, name: str) -> None:
    """Signed by the officers and closed; nobody is asked for the party's hand, for a copy or for a door."""
    page = site.page
    site.to_signing()
    first = page.locator(".who-signs button.btn-act")
    expect(first).to_be_visible()
    expect(page.get_by_text("未亮证")).to_have_count(0)
    site.look(f"{name}-核对", sizes=BOTH)
    site.officers_sign()
    expect(page.get_by_role("button", name="下一步：办结").first).to_be_visible()
    site.leave()
    expect(page.get_by_role("definition").filter(has_text="没有当事人参加")).to_be_visible()
    expect(page.get_by_text(re.compile("^在场 "))).to_have_count(0)
    site.look(f"{name}-结束", sizes=BOTH)
    site.sync()


def nobody_went(page: Page) -> None:
    """Between the beginning and the items stands nothing of a door."""
    expect(page.locator("[data-item]").first).to_be_visible()
    steps = page.get_by_role("navigation", name="检查步骤")
    expect(steps.get_by_role("button", name=re.compile("^当事人.*已完成"))).to_be_visible()


def test_a_check_on_the_network_alone_goes_from_the_list_to_the_public_page_and_nobody_goes_out(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[0]
    page = site.page
    (agrees, differs), (second, third) = (block.items for block in site.packet.blocks)
    site.today()
    site.tablet.open(site.packet)
    expect(page.get_by_role("definition").filter(has_text="网络检查")).to_be_visible()
    site.look("网络检查-准备", sizes=BOTH)
    page.get_by_role("button", name="逐项核查").click()
    verify(site, agrees.title, "许可证在有效期内，与公示一致。", pictured=True)
    page.get_by_role("button", name="关闭").click()
    page.get_by_role("button", name="开始网络检查").click()
    nobody_went(page)
    # What does not agree is answered like any item, with what was seen.
    card = site.card(differs.number)
    card.get_by_text("不符合", exact=True).click()
    card.get_by_role("group", name="问题类别").locator("label").first.click()
    card.locator("input[type=file]").first.set_input_files(photo("listing"))
    expect(card.locator("figure img")).to_have_count(1, timeout=20_000)
    expect(card.get_by_text("已存本机")).to_be_visible()
    site.look("网络检查-不一致")
    site.to_block(1)
    site.answer(third.number)
    site.step("检查准备")
    page.get_by_role("button", name="逐项核查").click()
    verify(site, second.title, "备案情况与公示一致。")
    page.get_by_role("button", name="关闭").click()
    site.step("结果与处理")
    site.to_block(0)
    page.get_by_role("checkbox", name=re.compile("行政指导")).check()
    page.get_by_role("button", name="确认本部门结果").click()
    expect(page.get_by_role("heading", name=re.compile("消防救援支队 · 检查结果$"))).to_be_visible()
    site.no_problem(1)
    closed_by_the_officers_alone(site, "网络检查")

    text = site.office("网络检查").locator("main").inner_text()
    assert "许可证在有效期内，与公示一致。" in text and text.count("已网络核实") >= 2
    # The page that was looked at, and the one that did not agree.
    assert len([row for row in site.desk.evidence(site.packet) if row["stored"]]) == 2
    for place in (0, 1):
        publish(site, place)
    public = public_page(site, "网络检查-公示")
    for item in (agrees, differs, second, third):
        assert item.title in public, public
    site.onlooker.finish()


def test_a_check_of_documents_goes_from_the_list_to_the_public_page_without_signal_and_without_a_door(
    day_of_sites: list[Site],
) -> None:
    site = day_of_sites[1]
    page = site.page
    site.today()
    site.tablet.open(site.packet)
    site.tablet.offline()
    expect(page.get_by_role("definition").filter(has_text="书面检查")).to_be_visible()
    page.get_by_role("button", name="开始书面检查").click()
    nobody_went(page)
    for place in (0, 1):
        site.answer_block(place)
    site.no_problem(0, 1)
    closed_by_the_officers_alone(site, "书面检查")

    text = site.office("书面检查").locator("main").inner_text()
    assert "已结束" in text and "当事人不在场" not in text
    for place in (0, 1):
        publish(site, place)
    public = public_page(site, "书面检查-公示")
    for block in site.packet.blocks:
        assert all(item.title in public for item in block.items), public
    assert public.count("未发现问题") == 4
    site.onlooker.finish()
