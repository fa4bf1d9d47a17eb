"""The stage itself: a day whose visits a tablet sees with all that the law asks on site."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.story.day import day


def test_the_day_begins_with_the_visit_on_the_tablet(browser: Browser, tmp_path: Path) -> None:
    with (
        day(tmp_path, browser, departments=2, items=2) as made,
        made.tablet(made.officers[0], made.officers[1]) as tablet,
    ):
        expect(tablet.page.locator("a.visit-card")).to_have_count(1)
        tablet.count()
        tablet.open(made.visits[0])
        assert tablet.taps() == (1, 0)
