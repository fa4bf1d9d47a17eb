"""Leaving: the last half hour of a visit as a leader would recognise it, on a tablet without signal. What is refused
first; then the record read and signed, left half-way, signed on paper, supplemented, and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.documents.printed import ANNEX_1, ANNEX_2, CHECK, LETTER, OWNER, RESULTS, SELF_CHECK, SUMMARY
from tests.doors.test_documents import ANNEX_1 as COPIED_1
from tests.harness.apart import run_apart
from tests.harness.browser import launched_with_profile
from tests.harness.server import serving
from tests.papers import pages, squeezed, text_of
from tests.site_told import RULES
from tests.story import leaving_scene as scene
from tests.story.leaving_scene import LEADER, PARTY, SECOND, Stage
from tests.story.scene import SHOTS, SIZES, TABLET, Onlooker
from tests.story.visit import draw_name, pad, photo

WANTED: dict[str, dict[str, Any]] = {
    "签字": {},
    "副本": {},
    "中途": {},
    "打印": {},
    "长表": {"items": 60},
    "纸质": {},
    "拒签": {"site": {"refusal_witness": True}},
    "濮阳": {"record_title": "联合随机抽查结果记录表"},
    "昌江": {"record_title": "检查记录表"},
}


@dataclass
class Beholder(Onlooker):
    """Looks at the targets too."""

    def look(self, page: Page, name: str, *, sizes: dict[str, tuple[int, int]] | None = None) -> None:
        super().look(page, name, sizes=sizes)
        self.wrong += [f"{name}: too low: {what}" for what in small_targets(page)]


@dataclass
class Tablet:
    """The tablet in the leader's hands, without signal."""

    page: Page
    stage: Stage
    onlooker: Onlooker = field(default_factory=lambda: Beholder(SHOTS / "leaving"))

    def open(self, name: str) -> Page:
        scene.open_visit(self.page, self.stage, name)
        return self.page


@pytest.fixture(scope="module")
def tablet(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablet]:
    folder = tmp_path_factory.mktemp("leaving")
    environment = {"SUIJIAN_DATA": str(folder / "data")}
    stage = run(scene.prepare(environment, WANTED))
    with (
        serving(folder / "data", environment) as server,
        launched_with_profile(browser.browser_type, folder / "profile", *TABLET) as context,
    ):
        context.set_default_timeout(20_000)
        page = context.pages[0]
        scene.enrol(page, server.origin, stage)
        context.set_offline(True)
        yield Tablet(page, stage)


def run(work: Any) -> Any:
    """A coroutine beside the browser's driver, which keeps a loop of its own running in this thread."""
    return run_apart(work)


def printed_text(page: Page, what: str) -> str:
    """What the tablet prints of this paper, as a PDF reader reads it."""
    page.get_by_role("dialog", name="打印").get_by_role("radio", name=what).check()
    expect(page.locator("dialog.paper .page")).to_be_visible()
    made = page.pdf(prefer_css_page_size=True)
    (SHOTS / "leaving" / f"{what}.pdf").write_bytes(made)
    return text_of(made)


def small_targets(page: Page) -> list[str]:
    """What is to be tapped and is lower than 48 px."""
    found: list[str] = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll(
            'button, a.btn, summary, label.option, label.take, input[type=text], input[type=tel], textarea')];
          const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector('#app');
          return all.filter((one) => top.contains(one) && one.getClientRects().length > 0)
            .filter((one) => one.getBoundingClientRect().height < 47.5)
            .map((one) => `${one.textContent.trim().slice(0, 20)} ${one.getBoundingClientRect().height}`);
        }"""
    )
    return found


def open_print(page: Page) -> None:
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="打印", exact=True).click()
    expect(page.get_by_role("dialog", name="打印")).to_be_visible()


def close_print(page: Page) -> None:
    page.get_by_role("dialog", name="打印").get_by_role("button", name="关闭").click()
    page.get_by_role("dialog").get_by_role("button", name="关闭").first.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def to_signing(page: Page) -> None:
    scene.arrive(page)
    scene.answer(page)
    scene.result(page)


def labels(of: Any) -> list[str]:
    """Every printed sign of a form between its blanks."""
    return [part for label in of.values() for part in label.split("{}") if part]


# --- what is refused ------------------------------------------------------------------------------------------


def test_a_refusal_to_sign_needs_its_reason_and_the_witness_that_the_place_asks_for(tablet: Tablet) -> None:
    page = tablet.open("拒签")
    to_signing(page)
    scene.officers_sign(page)
    page.get_by_role("button", name="拒绝签字").click()
    tablet.onlooker.look(page, "拒绝签字", sizes=SIZES)
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page.get_by_text("请选择拒绝签字的原因")).to_be_visible()
    page.get_by_role("radio", name="对事实有异议").check()
    page.get_by_label("当事人陈述").fill("温度计是昨天坏的，不能算我的。")
    page.get_by_role("button", name="见证人签字").click()
    page.get_by_label("见证人姓名").fill("孟南（虚构）")
    page.get_by_label("见证人身份").fill("物业人员")
    scene.sign(page)
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page.get_by_text("拒绝签字，已注明")).to_be_visible()
    tablet.onlooker.look(page, "拒签之后", sizes=SIZES)
    scene.next_is(page, "下一步：离场")
    expect(page.locator(".page")).to_contain_text("拒绝签字，原因：对事实有异议，陈述：温度计是昨天坏的")
    tablet.onlooker.finish()


def test_nobody_signs_for_the_party_before_the_record_was_read(tablet: Tablet) -> None:
    page = tablet.open("签字")
    scene.arrive(page)
    scene.step(page, "核对与签字")
    scene.next_is(page, "回到检查，补齐记录")
    page.get_by_role("button", name="回到检查，补齐记录").click()
    scene.answer(page)
    scene.result(page)
    party = page.locator("section.card", has=page.get_by_role("heading", name="被检查单位负责人"))
    expect(party.get_by_role("button", name="签字", exact=True)).to_have_count(0)
    scene.next_is(page, LEADER)
    tablet.onlooker.look(page, "核对与签字", sizes=SIZES)
    scene.officers_sign(page)
    scene.next_is(page, "已由本人核对")
    page.get_by_role("button", name="已由本人核对").click()
    scene.next_is(page, "签字")
    party.get_by_role("button", name="签字", exact=True).click()
    page.get_by_role("radio", name="有异议").check()
    page.get_by_label("异议内容").fill("第二项已经整改。")
    tablet.onlooker.look(page, "当事人签字", sizes={**SIZES, "landscape-phone": (844, 390)})
    scene.sign(page)
    expect(page.locator(".page")).to_contain_text("当事人意见：有异议：第二项已经整改。")
    expect(page.locator(".page")).to_contain_text("（仅手写）")
    scene.next_is(page, "下一步：离场")
    tablet.onlooker.look(page, "都已签字", sizes=SIZES)
    tablet.onlooker.finish()


# --- the owner gets a copy; seals; the end; supplements -------------------------------------------------------


def test_the_owner_gets_a_code_and_a_sheet_and_a_supplement_follows_after_the_end(tablet: Tablet) -> None:
    page = tablet.open("副本")
    to_signing(page)
    scene.officers_sign(page)
    page.get_by_role("button", name="已向其宣读").click()
    page.get_by_role("button", name="签字", exact=True).click()
    scene.sign(page)
    page.get_by_role("button", name="下一步：离场").click()
    scene.next_is(page, "交付副本")
    tablet.onlooker.look(page, "离场", sizes=SIZES)
    page.get_by_role("button", name="交付副本").click()
    assert RULES.copy_code
    expect(page.get_by_text(RULES.copy_code.short)).to_be_visible()
    tablet.onlooker.look(page, "扫码领取", sizes=SIZES)
    page.get_by_role("button", name="已交付").click()
    expect(page.get_by_text("告知领取全文的编码")).to_be_visible()
    page.get_by_role("button", name="记盖章情况").click()
    page.get_by_role("radio", name="未盖章").check()
    page.get_by_label("未盖章的原因").fill("公章不在现场")
    tablet.onlooker.look(page, "盖章", sizes=SIZES)
    page.get_by_role("button", name="记下盖章情况").click()
    expect(page.get_by_text("被核查单位：公章不在现场")).to_be_visible()
    scene.next_is(page, "检查结束，离场")
    page.get_by_role("button", name="检查结束，离场").click()
    expect(page.get_by_role("heading", name="检查结束")).to_be_visible()
    code = page.locator("dd.fp").inner_text()
    supplement(tablet, page)
    assert page.locator("dd.fp").inner_text() == code, "the record is what it was"
    page.get_by_role("button", name="查看、打印告知单").click()
    tablet.onlooker.look(page, "告知单", sizes=SIZES)
    read = printed_text(page, "告知单")
    wanted = [OWNER["form"], OWNER["mend"], *RULES.objection, *RULES.published, RULES.copy_code.short]
    wanted += ["三日内补齐进货查验记录", "1．食品留样另有一份。", "公示抽查结果：20个工作日内"]
    assert [one for one in wanted if squeezed(one) not in read] == []
    record = printed_text(page, "检查记录")
    assert "补充记录第1号" in record and "拒绝签字：没有看到" in record and "未盖章（公章不在现场）" in record
    page.get_by_role("dialog", name="打印").get_by_role("button", name="关闭").click()
    tablet.onlooker.look(page, "离场之后", sizes=SIZES)
    tablet.onlooker.finish()


def supplement(tablet: Tablet, page: Page) -> None:
    page.get_by_role("button", name="补充记录").click()
    page.get_by_label("补充内容").fill("食品留样另有一份。")
    page.get_by_label("为什么补充").fill("离场后发现漏记")
    tablet.onlooker.look(page, "补充记录", sizes=SIZES)
    page.get_by_role("button", name="记为第 1 号补充记录").click()
    page.get_by_role("button", name=f"{LEADER}签字").click()
    pad(page, "输入本人 PIN", scene.PIN)
    scene.sign(page)
    page.get_by_role("button", name=f"{SECOND}签字").click()
    scene.sign(page)
    page.get_by_role("button", name="当事人签字或注明").click()
    page.get_by_role("radio", name="拒绝签字").check()
    page.get_by_label("原因").fill("没有看到")
    page.get_by_role("button", name="注明并继续").click()
    expect(page.get_by_text(f"{PARTY} 拒绝签字")).to_be_visible()
    tablet.onlooker.look(page, "补充记录已签", sizes=SIZES)
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()


def test_who_leaves_half_way_has_signed_what_was_there_and_somebody_with_authority_goes_on(
    tablet: Tablet,
) -> None:
    page = tablet.open("中途")
    scene.arrive(page)
    scene.answer(page, 1)
    scene.step(page, "核对与签字")
    page.get_by_role("button", name="先离开：中途签字").click()
    expect(page.get_by_text("对已记录的 1 项签字")).to_be_visible()
    tablet.onlooker.look(page, "中途签字", sizes=SIZES)
    with_pad(page, "确认中途签字")
    expect(page.get_by_text(f"{PARTY} 离开前已签 1 项，签字保留。")).to_be_visible()
    page.get_by_role("button", name="受委托人到场").click()
    page.get_by_label("受委托人姓名").fill("孟南（虚构）")
    expect(page.get_by_role("button", name="登记为在场当事人")).to_be_disabled()
    page.locator("dialog input[type=file]").set_input_files(photo("authority"))
    expect(page.locator("dialog figure img")).to_have_count(1)
    tablet.onlooker.look(page, "受委托人", sizes=SIZES)
    page.get_by_role("button", name="登记为在场当事人").click()
    expect(page.get_by_text("受委托人 孟南（虚构）")).to_be_visible()
    page.get_by_role("button", name="回到检查，补齐记录").click()
    scene.answer(page)
    scene.result(page)
    expect(page.locator(".page")).to_contain_text("离开前对已记录的 1 项签字")
    scene.officers_sign(page)
    page.get_by_role("button", name="不在场 / 中途离开").click()
    page.get_by_label("情况说明").fill("受委托人接到电话后离开。")
    page.get_by_role("button", name="注明并继续").click()
    expect(page.get_by_text("不在场或中途离开，已注明")).to_be_visible()
    expect(page.locator(".page")).to_contain_text("授权委托")
    scene.next_is(page, "下一步：离场")
    tablet.onlooker.finish()


def with_pad(page: Page, button: str) -> None:
    draw_name(page)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


# --- paper, without signal ------------------------------------------------------------------------------------


def test_both_annex_forms_are_printed_without_signal_with_the_labels_of_the_source(tablet: Tablet) -> None:
    page = tablet.open("打印")
    to_signing(page)
    open_print(page)
    tablet.onlooker.look(page, "打印记录", sizes=SIZES)
    record = printed_text(page, "检查记录")
    wanted = [*COPIED_1, *labels(ANNEX_1), *RESULTS.values()]
    assert [one for one in wanted if squeezed(one) not in record] == []
    assert "适用法律" not in record and "未盖章" not in record and "三日内补齐进货查验记录" in record
    notice = printed_text(page, "通知书")
    assert [one for one in labels(ANNEX_2) if squeezed(one) not in notice] == []
    tablet.onlooker.look(page, "打印通知书", sizes=SIZES)
    own = printed_text(page, "自查表")
    told = [*labels(SELF_CHECK), "内容：现场是否公示", "依据：某办法第一条"]
    assert [one for one in told if squeezed(one) not in own] == [SELF_CHECK["no_text"]]
    tablet.onlooker.look(page, "打印自查表", sizes=SIZES)
    close_print(page)
    tablet.onlooker.finish()


def test_a_long_record_is_printed_on_as_many_pages_as_it_needs(tablet: Tablet) -> None:
    page = tablet.open("长表")
    open_print(page)
    record = printed_text(page, "检查记录")
    assert all(squeezed(f"食品销售第{n}项的检查") in record for n in range(1, 61))
    assert pages((SHOTS / "leaving" / "检查记录.pdf").read_bytes()) >= 3
    assert "被核查单位盖章：核查人盖章：" in record, "an empty form has room for seals and pens"
    close_print(page)


@pytest.mark.parametrize(("name", "record", "notice"), [("濮阳", SUMMARY, LETTER), ("昌江", CHECK, ANNEX_2)])
def test_the_forms_of_other_places_are_printed_without_signal(
    tablet: Tablet, name: str, record: Any, notice: Any
) -> None:
    page = tablet.open(name)
    to_signing(page)
    open_print(page)
    read = printed_text(page, "检查记录")
    assert [one for one in labels(record) if squeezed(one) not in read] == []
    read = printed_text(page, "通知书")
    assert [one for one in labels(notice) if squeezed(one) not in read] == []
    tablet.onlooker.look(page, f"打印-{name}")
    close_print(page)
    tablet.onlooker.finish()


def test_a_record_signed_by_hand_on_a_numbered_form_is_photographed_and_closes_the_visit(
    tablet: Tablet,
) -> None:
    page = tablet.open("纸质")
    to_signing(page)
    page.get_by_role("button", name=re.compile("^纸质签署")).click()
    page.get_by_role("radio", name="预印编号文书").check()
    page.get_by_label(re.compile("^文书编号")).fill("2026-1-00024-11")
    for name in (LEADER, SECOND):
        page.get_by_role("checkbox", name=name).check()
    save = page.get_by_role("button", name="记下纸质签署")
    expect(save).to_be_disabled()
    page.locator("dialog input[type=file]").set_input_files([photo("page1"), photo("page2")])
    expect(page.locator("dialog figure img")).to_have_count(2)
    save.click()
    expect(page.get_by_text("文书编号“2026-1-00024-11”不对，可能抄错了")).to_be_visible()
    tablet.onlooker.look(page, "纸质签署", sizes=SIZES)
    page.get_by_label(re.compile("^文书编号")).fill("202610004211")
    save.click()
    expect(page.get_by_text("纸质签署已拍照 2 页，编号 2026-1-00042-11。")).to_be_visible()
    tablet.onlooker.look(page, "纸质签署之后", sizes=SIZES)
    page.get_by_role("button", name="下一步：离场").click()
    page.get_by_role("button", name="交付副本").click()
    page.get_by_role("radio", name="打印交付").check()
    page.get_by_role("button", name="已交付").click()
    page.get_by_role("button", name="检查结束，离场").click()
    expect(page.get_by_role("heading", name="检查结束")).to_be_visible()
    tablet.onlooker.finish()
