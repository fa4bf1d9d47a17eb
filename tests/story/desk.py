"""What the people at the desks do, up to the dispatched visit, by the words that they see."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from backend.house import CHINA
from tests.story.scene import ROOT, Office, Onlooker

DEMO = ROOT / "backend" / "demo"
DEPARTMENTS = ("scjg", "xfjy", "rsj")
"""The lead first: market supervision, fire and rescue, human resources."""
FROZEN = {"targets": 4, "inspectors": 3, "check_items": 3}
"""Rows of a registry's history after one more import: the head, the demonstration's own files, the newer one."""
NUMBERS = "03 07 11 15 19 22 26 28 33 37 41 44 48 52 57 61 66 70 74 79"


MENDED = {
    "targets": ("检查对象名录库.xlsx", r"路(\d+)号", r"路9\1号"),
    "inspectors": ("执法检查人员名录库.xlsx", r"<t>(1[3-9]\d{8})\d</t>", r"<t>\g<1>0</t>"),
    "check_items": ("抽查事项清单.xlsx", r"([^<>]{12,100})。</t>", r"\1；</t>"),
}
"""Registry → the office's file and what changed in it since: an address, a telephone, a sentence."""


def newer(registry: str, folder: Path) -> Path:
    """The office's spreadsheet a week later: the same rows with one text changed."""
    name, before, after = MENDED[registry]
    target = folder / name
    with zipfile.ZipFile(DEMO / name) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/sharedStrings.xml":
                text, changed = re.subn(before, after, content.decode(), count=1)
                assert changed == 1
                content = text.encode()
            new.writestr(part, content)
    return target


def import_file(office: Office, onlooker: Onlooker, registry: str, file: Path) -> Page:
    """One spreadsheet: chosen and compared."""
    page = office.go("qinan", f"/office/registry/{registry}/import")
    page.get_by_label("表格文件").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("heading", name=f"核对 {file.name}")).to_be_visible()
    onlooker.look(page, f"核对-{registry}")
    return page


def import_newer_files(office: Office, onlooker: Onlooker, folder: Path) -> None:
    """Targets, inspectors and check items: compared, applied, frozen."""
    for registry in MENDED:
        page = import_file(office, onlooker, registry, newer(registry, folder))
        page.get_by_role("button", name=re.compile(r"^应用 [1-9]\d* 条并锁定")).click()
        expect(page.get_by_role("heading", name=re.compile("^核对"))).to_have_count(0)
        page.goto(f"{office.origin}/office/registry/{registry}/history")
        expect(page.get_by_role("row")).to_have_count(FROZEN[registry])
        onlooker.look(page, f"锁定记录-{registry}")


def import_broken_rows(office: Office, onlooker: Onlooker) -> None:
    """Rows with faults are named one by one, and nothing of them is taken in."""
    page = import_file(office, onlooker, "targets", DEMO / "带问题的样表.xlsx")
    expect(page.get_by_text("请改正后重新上传，其余行不受影响").first).to_be_visible()


def import_wrong_file(office: Office, onlooker: Onlooker, folder: Path) -> None:
    """A file that is no table gets one sentence that says what to do next."""
    wrong = folder / "名单.xlsx"
    wrong.write_bytes(b"%PDF-1.7 this is no table")
    page = office.go("qinan", "/office/registry/targets/import")
    page.get_by_label("表格文件").set_input_files(wrong)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_text("请导出为 XLSX 或 CSV 后再上传")).to_be_visible()
    onlooker.look(page, "文件类型不对")


def plan_the_year(office: Office, onlooker: Onlooker, title: str) -> None:
    """A line of the plan: written, approved by the department's leader, published by the office."""
    today = datetime.now(CHINA).date()
    page = office.go("scjg-plan", "/office/planning/lines/new")
    page.get_by_label("计划事项名称").fill(title)
    page.get_by_label("检查对象范围").fill("区内餐饮、商超等食品经营单位（虚构）")
    page.get_by_label("抽查时间（起）").fill(today.isoformat())
    page.get_by_label("抽查时间（止）").fill((today + timedelta(days=40)).isoformat())
    page.get_by_label("抽查比例（%）").fill("1")
    for name in ("消防救援支队", "人力社保局"):
        page.get_by_role("checkbox", name=re.compile(name)).check()
    page.get_by_label(re.compile("^抽查事项")).fill("食品经营监督检查\n消防安全监督检查\n劳动用工检查")
    onlooker.look(page, "年度计划事项")
    page.get_by_role("button", name="提交本部门负责人批准").click()
    approve(office, onlooker, "scjg-leader", title)
    page = office.go("qinan", "/office/planning")
    onlooker.look(page, "待公布的年度计划")
    page.get_by_role("button", name="公布年度计划").click()
    expect(page.get_by_text("已公布").first).to_be_visible()


def approve(office: Office, onlooker: Onlooker, login: str, title: str) -> None:
    """A responsible leader ticks what waits and approves it."""
    page = office.go(login, "/office/planning/approvals")
    expect(page.get_by_text(title).first).to_be_visible()
    for box in page.get_by_role("checkbox").all():
        box.check()
    onlooker.look(page, f"批准-{login}")
    page.get_by_role("button", name="批准已勾选的事项").click()
    expect(page.get_by_role("button", name="批准已勾选的事项")).to_have_count(0)


def scheme(office: Office, onlooker: Onlooker, name: str) -> None:
    """A scheme on the published line: lead and two participants, items of each, ratio by class, dates."""
    today = datetime.now(CHINA).date()
    page = office.go("scjg-plan", "/office/planning/schemes/new")
    page.get_by_label("年度计划事项（已公布）").select_option(index=1)
    page.get_by_label("方案名称").fill(name)
    page.get_by_role("radio", name="不定向").check()
    for department in ("市场监管局", "消防救援支队", "人力社保局"):
        block = page.locator("details", has=page.locator("summary", has_text=department)).first
        if block.get_attribute("open") is None:
            block.locator("summary").click()
        for box in block.get_by_role("checkbox").all()[:4]:
            box.check()
    for risk, percent in {"A": "1", "B": "1", "C": "2", "D": "4"}.items():
        page.get_by_label(re.compile(f"^{risk} 类")).fill(percent)
    page.get_by_label("检查时间（起）").fill((today + timedelta(days=1)).isoformat())
    page.get_by_label("检查时间（止）").fill((today + timedelta(days=30)).isoformat())
    page.get_by_label("每部门持证执法人员（名）").fill("2")
    onlooker.look(page, "抽查方案")
    page.get_by_role("button", name="提交各部门批准").click()
    expect(page.get_by_role("heading", name=re.compile(name))).to_be_visible()
    for department in DEPARTMENTS:
        approve(office, onlooker, f"{department}-leader", name)


def announce(office: Office, onlooker: Onlooker) -> str:
    """Freeze and announce; the draw's number."""
    page = office.go("scjg-plan", "/office/draw")
    page.get_by_role("link", name="锁定名录库并公告").first.click()
    expect(page.get_by_role("button", name="锁定名录库并公告")).to_be_visible()
    onlooker.look(page, "锁定前")
    page.get_by_role("button", name="锁定名录库并公告").click()
    heading = page.get_by_role("heading", level=1, name=re.compile("抽取"))
    expect(heading).to_contain_text(re.compile(r"\d{4}-\d{3}-1"))
    number = re.search(r"\d{4}-\d{3}-\d", heading.inner_text())
    assert number
    onlooker.look(page, "已公告待会签")
    for department in DEPARTMENTS:
        open_draw(office, f"{department}-leader", number[0])
        leader = office.person(f"{department}-leader")
        leader.get_by_role("button", name="会签").click()
        expect(leader.get_by_role("button", name="会签")).to_have_count(0)
    return number[0]


def open_draw(office: Office, login: str, number: str) -> Page:
    page = office.go(login, "/office/draw")
    page.get_by_role("link", name=number).first.click()
    return page


def enter_numbers(office: Office, onlooker: Onlooker, number: str) -> None:
    """The published numbers, typed by one person and again by another; a slip of the second stops it."""
    page = open_draw(office, "scjg-plan", number)
    box = page.get_by_label(re.compile("开奖号码"))
    box.fill(NUMBERS)
    onlooker.look(page, "录入号码")
    page.get_by_role("button", name="录入").click()
    other = open_draw(office, "qinan", number)
    other.get_by_label(re.compile("开奖号码")).fill(NUMBERS.replace("79", "80"))
    other.get_by_role("button", name="录入").click()
    expect(other.get_by_text("两次录入不一致").first).to_be_visible()
    onlooker.look(other, "两次录入不一致")
    page = open_draw(office, "scjg-plan", number)
    page.get_by_label(re.compile("开奖号码")).fill(NUMBERS)
    page.get_by_role("button", name="录入").click()
    other = open_draw(office, "qinan", number)
    other.get_by_label(re.compile("开奖号码")).fill(NUMBERS)
    other.get_by_role("button", name="录入").click()
    expect(other.get_by_text("两次录入不一致")).to_have_count(0)


def draw(office: Office, onlooker: Onlooker, number: str) -> None:
    """Targets, then inspectors; the auditor opens and countersigns."""
    page = open_draw(office, "scjg-plan", number)
    page.get_by_role("button", name=re.compile("^抽取 .*户检查对象")).click()
    assign = page.get_by_role("button", name="抽取执法人员，组成检查组")
    expect(assign).to_be_visible()
    onlooker.look(page, "检查对象已抽取")
    assign.click()
    expect(page.get_by_role("heading", name="检查组已组成")).to_be_visible()
    onlooker.look(page, "检查组已组成")
    page.get_by_role("link", name="随机抽取现场").click()
    expect(page.get_by_role("heading", name="随机抽取现场")).to_be_visible()
    onlooker.look(page, "随机抽取现场")
    auditor = open_draw(office, "sfj", number)
    auditor.get_by_role("link", name="核验名单").click()
    expect(auditor.get_by_role("button", name="名单无误，会签")).to_be_visible()
    onlooker.look(auditor, "监督机关核验")
    auditor.get_by_role("button", name="名单无误，会签").click()
    expect(auditor.get_by_role("button", name="名单无误，会签")).to_have_count(0)


def dispatch(office: Office, onlooker: Onlooker) -> None:
    """Every team gets its visit and its packet."""
    page = office.go("scjg-plan", "/office/dispatch")
    page.get_by_role("link", name="安排日期并派发").first.click()
    expect(page.get_by_role("button", name=re.compile(r"^派发 \d+ 户"))).to_be_visible()
    onlooker.look(page, "安排日期")
    page.get_by_role("button", name=re.compile(r"^派发 \d+ 户")).click()
    expect(page.get_by_role("link", name="通知书").first).to_be_visible()
    onlooker.look(page, "已派发")
