"""The clock of a suspected crime: it runs from the day on which the report was received, on calendar days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.field.rules_crime import referral_clock
from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.rules import load_profiles, resolve
from tests.rules.profiled import DEMO, FILES, NOW, now

CN = seeded_calendar()
REPORTED = date(2025, 9, 30)
"""The day before a holiday of eight days, which this clock does not know."""


def test_where_no_text_gives_a_number_there_is_no_clock() -> None:
    base = FILES["cn-base.toml"].decode()
    start = base.index("[transfer.criminal_decision_due]")
    without = base[:start] + base[base.index("[transfer.criminal_send_due]") :]
    silent = resolve(load_profiles({**FILES, "cn-base.toml": without.encode()}), DEMO, NOW)
    assert referral_clock(silent, REPORTED, CN, REPORTED) is None


@pytest.mark.parametrize(
    ("after", "days", "words"),
    [
        (0, 3, "还有 3 日"),
        (2, 1, "还有 1 日"),
        (3, 0, "今天到期"),
        (4, -1, "已逾期 1 日"),
        (30, -27, "已逾期 27 日"),
    ],
)
def test_three_calendar_days_holidays_or_not_and_the_day_after_them_is_late(
    after: int, days: int, words: str
) -> None:
    clock = referral_clock(now(DEMO), REPORTED, CN, REPORTED + timedelta(days=after))
    assert clock and (clock.until, clock.days, clock.words) == (date(2025, 10, 3), days, words)
    assert clock.hours == 24 and "移送涉嫌犯罪案件" in clock.article
