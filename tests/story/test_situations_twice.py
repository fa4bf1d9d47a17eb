"""A firm that two departments would check in one year: where the place's rules keep to one draw a year nobody draws it
again; elsewhere the department is told before it sends a second team, and whom to ask for one common entry.

Over the office's own pages, on a real server.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.story.day_office import desk_of
from tests.story.office_day import SECOND, office_day
from tests.story.scene import SHOTS, Onlooker


def test_e16_who_was_drawn_this_year_is_not_drawn_again_where_the_rules_say_so(
    browser: Browser, tmp_path: Path
) -> None:
    onlooker = Onlooker(SHOTS / "situations")
    rules = {"SUIJIAN_PROFILE": "jx-changjiang-2023"}
    with (
        office_day(tmp_path, browser, visits=2, environment=rules, again="approved") as day,
        desk_of(day) as desk,
    ):
        page = desk.go("planner", SECOND, f"/office/draw/new/{day.again}")
        page.get_by_role("button", name="锁定名录库并公告").click()
        expect(page.get_by_role("alert")).to_contain_text("没有可抽取的检查对象")
        expect(page.get_by_text(re.compile("本年度已抽取过的也不纳入"))).to_be_visible()
        onlooker.look(page, "E16-同一年度不再抽取")
    onlooker.finish()


def test_e16_a_second_entry_in_one_year_is_counted_and_shown_before_the_team_is_sent(
    browser: Browser, tmp_path: Path
) -> None:
    onlooker = Onlooker(SHOTS / "situations")
    with office_day(tmp_path, browser, visits=2, again="drawn") as day, desk_of(day) as desk:
        page = desk.go("planner", SECOND, f"/office/dispatch/{day.again}")
        expect(
            page.get_by_text(re.compile("其中 2 户本年已派发过其他方案的检查，再派发即增加入企 2 户次"))
        ).to_be_visible()
        for packet in day.visits:
            row = page.get_by_role("row", name=re.compile(packet.target.name))
            expect(row).to_contain_text("本年第 2 次入企")
            expect(row).to_contain_text(packet.number)
            expect(row).to_contain_text(f"渝岭区市场监管局 {packet.planned_on}")
        onlooker.look(page, "E16-派发前提示")
        # Whom the first scheme left alone needs no word: nothing was sent to it.
        first = desk.go("planner", SECOND, f"/office/dispatch/{day.scheme}")
        expect(first.get_by_text(re.compile("本年第"))).to_have_count(0)
        # An exception of the rules may be sent all the same: nothing is blocked.
        page.goto(f"{day.server.origin}/office/dispatch/{day.again}")
        page.get_by_role("button", name=re.compile("^派发 2 户")).click()
        expect(page.get_by_role("link", name="通知书").first).to_be_visible()
    onlooker.finish()
