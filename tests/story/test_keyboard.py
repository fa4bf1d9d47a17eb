"""A whole visit without a finger on the screen: Tab, Enter, Space, arrows and letters. At every stop the focus is seen
and is in sight, nothing holds it fast, and what a screen reader hears has a name.

A signature by hand is the one thing that no key can give: for it alone the pen is moved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.story.day import PIN, Tablet, day
from tests.story.scene import SHOTS, Onlooker
from tests.story.situation import PARTY
from tests.story.visit import draw_name, photo

FAR = 120
"""So many stops at the most to whatever is next: more would be a trap or a maze."""
SPOKEN = ("button", "link", "checkbox", "radio", "textbox", "combobox")
STOP = """() => {
  const one = document.activeElement;
  // The heading of a sheet is where the reading begins; it is no stop of the Tab key.
  if (!one || one === document.body || one.tagName === 'H2') return null;
  const drawn = (e) => {
    const style = getComputedStyle(e);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  // A hidden box or file is drawn by its label.
  const ring = drawn(one) || (one.closest('label') !== null && drawn(one.closest('label')));
  const box = (one.closest('label') ?? one).getBoundingClientRect();
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const name = one.getAttribute('aria-label') ?? one.closest('label')?.innerText ?? one.innerText ?? '';
  return { ring, seen, what: `${one.tagName} ${one.type ?? ''} ${name.trim().slice(0, 40)}` };
}"""
"""Where the focus is: whether it is drawn, whether it is within what is seen, and how to tell of it."""


class Keys:
    """One pair of hands on a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []

    def reach(self, target: Locator) -> None:
        """Tab until the focus is on ``target``; every stop on the way is looked at."""
        expect(target).to_be_attached()
        stops = []
        for _ in range(FAR):
            stop = self.page.evaluate(STOP)
            if stop:
                stops.append(stop["what"])
                if not stop["ring"]:
                    self.wrong.append(f"no focus to be seen on {stop['what']}")
                if not stop["seen"]:
                    self.wrong.append(f"the focus is out of sight on {stop['what']}")
            if target.evaluate("(one) => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached within {FAR} stops, the last: {stops[-12:]}")

    def press(self, target: Locator) -> None:
        self.reach(target)
        expect(target).to_be_enabled()
        self.page.keyboard.press("Enter")

    def tick(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def choose(self, group: Locator, target: Locator) -> None:
        """Tab leads to a group of radios, the arrows to one of them."""
        expect(group.first).to_be_attached()
        chosen = group.and_(self.page.locator(":checked"))
        self.reach(chosen if chosen.count() else group.first)
        for _ in range(group.count()):
            if target.evaluate("(one) => one === document.activeElement"):
                break
            self.page.keyboard.press("ArrowDown")
        if not target.is_checked():
            self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def write(self, target: Locator, words: str) -> None:
        self.reach(target)
        self.page.keyboard.type(words)
        expect(target).to_have_value(words)

    def pin(self) -> None:
        keys = self.page.get_by_role("group", name="输入本人 PIN")
        self.reach(keys.get_by_role("button").first)
        self.page.keyboard.type(PIN)


def heard(tablet: Tablet) -> list[tuple[str, str]]:
    """What a screen reader hears of the controls: role and name of each in the accessibility tree."""
    session = tablet.context.new_cdp_session(tablet.page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in nodes
        if not node["ignored"] and node.get("role", {}).get("value") in SPOKEN
    ]


def named(tablet: Tablet, *wanted: tuple[str, str]) -> None:
    """Every control has a name, and those that this step is about have theirs."""
    controls = heard(tablet)
    assert controls and all(name for _, name in controls), [role for role, name in controls if not name]
    for role, name in wanted:
        assert any(r == role and re.search(name, n) for r, n in controls), (role, name, controls)


def test_a_whole_visit_is_walked_with_the_keyboard_alone_and_every_control_says_its_name(
    browser: Browser, tmp_path: Path
) -> None:
    onlooker = Onlooker(SHOTS / "keyboard")
    with (
        day(tmp_path, browser, departments=1, items=2) as made,
        made.tablet(*made.officers) as tablet,
    ):
        page, packet = tablet.page, made.visits[0]
        keys = Keys(page)
        main = page.get_by_role("main")
        tablet.offline()

        expect(page.get_by_role("button", name="同步", exact=True)).to_be_enabled()
        named(tablet, ("link", packet.target.name), ("button", "^同步$"), ("button", "^锁定$"))
        keys.press(page.locator("a.visit-card"))
        expect(page.get_by_role("heading", level=2, name="检查通知书")).to_be_visible()
        named(tablet, ("button", "^返回$"), ("button", "^登记到达$"), ("button", "· 换人$"))
        keys.press(page.get_by_role("button", name="送达或免于告知"))
        draw_name(page)
        keys.press(page.get_by_role("dialog").get_by_role("button", name="登记送达"))
        expect(page.get_by_text("已签收", exact=True)).to_be_visible()
        keys.press(page.get_by_role("button", name="登记到达"))

        expect(page.get_by_role("heading", name="告知权利")).to_be_visible()
        keys.press(page.get_by_role("button", name=re.compile("均已出示$")))
        keys.write(page.get_by_label("姓名"), PARTY)
        role = page.get_by_role("radio", name="经营者")
        keys.choose(_group(role), role)
        rights = page.get_by_role("radio", name="不申请回避")
        keys.choose(_group(rights), rights)
        named(tablet, ("textbox", "姓名"), ("radio", "经营者"), ("radio", "不申请回避"))
        onlooker.look(page, "亮证告知")
        keys.press(page.get_by_role("button", name="已亮证告知，开始检查"))

        cards = page.locator("section.card").filter(has=page.get_by_role("radio"))
        expect(cards).to_have_count(2)
        first, second = packet.blocks[0].items
        card = cards.first
        no = card.get_by_role("radio", name="不符合", exact=True)
        keys.choose(_group(no), no)
        keys.tick(card.get_by_role("group", name="问题类别").get_by_role("checkbox").first)
        file = card.get_by_label(f"{first.number} 拍照", exact=True).first
        keys.reach(file)
        with page.expect_file_chooser() as chosen:
            page.wait_for_timeout(300)  # a key is faster than the harness that waits for the chooser
            page.keyboard.press("Space")
        chosen.value.set_files(photo("keyboard"))
        expect(card.locator("figure img")).to_have_count(1, timeout=20_000)
        note = card.get_by_role("textbox", name=f"{first.number} 情况说明")
        keys.write(note, "2 号冷柜显示 9℃，标签要求 0–4℃。")
        other = cards.nth(1).get_by_role("radio", name="符合", exact=True)
        keys.choose(_group(other), other)
        expect(main.get_by_text("已存本机")).to_have_count(2)
        named(
            tablet,
            ("textbox", f"^{first.number} 情况说明$"),
            ("button", f"^{first.number} 照片 1，查看$"),
            ("button", f"^{second.number} 其他取证$"),
            ("radio", "^不符合$"),
        )
        onlooker.look(page, "检查")
        keys.press(page.get_by_role("button", name="下一步：本部门结果"))

        keys.tick(page.get_by_role("checkbox", name=re.compile("责令改正等行政命令")))
        keys.write(page.get_by_label("改正要求"), "冷藏食品按标签温度贮存。")
        onlooker.look(page, "结果")
        keys.press(page.get_by_role("button", name="确认本部门结果"))

        expect(page.get_by_role("heading", level=1, name="核对与签字")).to_be_visible()
        for place, officer in enumerate(made.officers):
            sheet = page.get_by_role("dialog", name=f"{officer.name} 签字")
            if place == 0:
                keys.press(page.locator(".who-signs button").first)
            expect(sheet).to_be_visible()
            keys.pin()
            expect(sheet.locator("canvas")).to_be_visible()
            draw_name(page)
            named(tablet, ("button", "^关闭$"), ("button", "^确认签字$"))
            keys.press(sheet.get_by_role("button", name="确认签字"))
            expect(sheet).to_have_count(0)

        keys.press(page.get_by_role("button", name="已由本人核对"))
        keys.press(page.get_by_role("button", name="拒绝签字"))
        reason = page.get_by_role("radio", name=re.compile("异议")).first
        keys.choose(_group(reason), reason)
        keys.write(page.get_by_label("当事人陈述"), "温度计是昨天坏的。")
        named(tablet, ("radio", "异议"), ("textbox", "当事人陈述"), ("button", "^注明拒签并继续$"))
        onlooker.look(page, "拒绝签字")
        keys.press(page.get_by_role("button", name="注明拒签并继续"))
        expect(page.get_by_text("拒绝签字，已注明")).to_be_visible()

        leaving = page.get_by_role("heading", name="副本和告知单")
        onward = page.get_by_role("button", name="下一步：离场").first
        expect(onward.or_(leaving).first).to_be_visible()
        if not leaving.count():
            keys.press(onward)
        give = page.locator("footer").get_by_role("button", name="交付副本")
        expect(give.or_(page.get_by_role("button", name=re.compile("^检查结束"))).first).to_be_visible()
        if give.count():
            keys.press(give)
            keys.press(page.get_by_role("dialog").get_by_role("button", name="已交付"))
        onlooker.look(page, "离场")
        keys.press(page.get_by_role("button", name=re.compile("^检查结束")))
        expect(page.get_by_role("heading", name="检查结束")).to_be_visible()
        assert keys.wrong == [], "\n".join(dict.fromkeys(keys.wrong))
    onlooker.finish()


def test_a_sheet_keeps_the_focus_closes_with_escape_and_gives_it_back(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        day(tmp_path, browser, departments=1, items=1) as made,
        made.tablet(made.officers[0]) as tablet,
    ):
        page = tablet.page
        keys = Keys(page)
        opens = page.get_by_role("button", name="显示与帮助")
        keys.press(opens)
        sheet = page.get_by_role("dialog", name="显示与帮助")
        expect(sheet).to_be_visible()
        for _ in range(12):
            page.keyboard.press("Tab")
            outside = page.evaluate(
                "document.activeElement !== document.body && !document.activeElement.closest('dialog')"
            )
            assert not outside, page.evaluate(STOP)
        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        expect(opens).to_be_focused()


def _group(radio: Locator) -> Locator:
    """All radios of the group to which this one belongs."""
    name = radio.get_attribute("name")
    return radio.page.locator(f"input[type=radio][name={name!r}]")
