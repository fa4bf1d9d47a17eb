"""What becomes public: each department reviews and publishes its own result; anybody looks it up and recomputes."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.story.scene import Office, Onlooker

PUBLIC_SIZES = {"desk": (1280, 800), "phone": (390, 844)}
PRIVATE = ("13800001111", "尹立", "孟南", "温度计是昨天坏的", "拒绝签字", "信用风险")
"""What was recorded on site and must stand on no public page."""


def of_own_visit(page: Page, target: str, word: str) -> None:
    """Open the row of ``target`` where this person has something to do."""
    row = page.get_by_role("row", name=re.compile(re.escape(target)))
    row.get_by_role("link", name=re.compile(f"^{word}")).first.click()


def publish(office: Office, onlooker: Onlooker, department: str, target: str) -> None:
    """One department reviews (经办人) and publishes (负责人)."""
    page = office.go(f"{department}-plan", "/office/publication")
    onlooker.look(page, f"待审查-{department}")
    of_own_visit(page, target, "审查")
    for legend in ("保密审查", "个人隐私", "商业秘密"):
        group = page.get_by_role("group", name=re.compile(legend))
        group.get_by_role("radio", name="不涉及").check()
    page.get_by_role("radio", name=re.compile("全部公示")).check()
    onlooker.look(page, f"审查-{department}")
    page.get_by_role("button", name="提交审查结论").click()
    leader = office.go(f"{department}-leader", "/office/publication")
    of_own_visit(leader, target, "公示")
    onlooker.look(leader, f"公示-{department}")
    leader.get_by_role("button", name="确认公示").click()
    expect(leader.get_by_role("link", name="查看公示")).to_be_visible()


def look_up(page: Page, onlooker: Onlooker, origin: str, target: str) -> None:
    """A citizen finds the result and recomputes the draw in the own browser."""
    page.goto(origin + "/")
    onlooker.look(page, "公示首页", sizes=PUBLIC_SIZES)
    page.get_by_role("searchbox").fill(target[:6])
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name=re.compile(re.escape(target))).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(target)
    text = page.get_by_role("main").inner_text()
    assert not [word for word in PRIVATE if word in text], text
    page.get_by_role("button", name="核验抽取结果").click()
    expect(page.get_by_text(re.compile(r"核验一致：\d+ 户"))).to_be_visible(timeout=20_000)
    onlooker.look(page, "公示结果", sizes=PUBLIC_SIZES)
    for path, name in (("/draws", "抽取公示"), ("/items", "抽查事项清单"), ("/plans", "年度计划")):
        page.goto(origin + path)
        onlooker.look(page, name, sizes=PUBLIC_SIZES)
