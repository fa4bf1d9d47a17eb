"""Whether a result was entered in time, over a long holiday with make-up days; refusals to guess first."""

from __future__ import annotations

from datetime import date

from backend.dispatch.rules_packet import dues
from backend.field.rules_late import entered
from backend.profiles import profiles
from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.rules import resolve

ENDED = date(2025, 9, 30)
"""The last working day before the National Day holiday of 2025 (1 to 8 October, with 11 October made up)."""
CHANGJIANG = resolve(profiles(), "jx-changjiang-2023", ENDED)


def test_a_year_without_announced_holidays_names_calendar_days_alone() -> None:
    found = entered(CHANGJIANG, seeded_calendar(), date(2035, 1, 4), date(2035, 1, 9), None)
    assert found.why == "终端离线 5 天，联网后才收到"


def test_twenty_working_days_from_the_eve_of_the_holiday_end_on_the_4th_of_november() -> None:
    # 9, 10, 11 (made up), 13 to 17, 20 to 24 and 27 to 31 October, 3 and 4 November are the first twenty.
    found = entered(CHANGJIANG, seeded_calendar(), ENDED, date(2025, 11, 4), None)
    assert found.due is not None and found.due.text == "2025-11-04" and not found.late
    assert entered(CHANGJIANG, seeded_calendar(), ENDED, date(2025, 11, 5), None).late


def test_what_came_on_the_day_itself_was_never_offline() -> None:
    assert entered(CHANGJIANG, seeded_calendar(), ENDED, ENDED, None).why == ""


def test_the_packet_names_the_date_with_the_holiday_counted() -> None:
    labels = [one.label for one in dues(CHANGJIANG, "2025-12-31", ENDED.isoformat(), seeded_calendar())]
    assert any("截至 2025-11-04" in label for label in labels), labels
    assert not any("截至" in one.label for one in dues(CHANGJIANG, "2025-12-31"))
