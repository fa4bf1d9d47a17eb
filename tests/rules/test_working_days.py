"""Working days by the Chinese calendar: laws, and refusals where the calendar ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.deadlines import due
from backend.profiles.values import CalendarDays, WorkingDays
from backend.profiles.working_days import (
    Calendar,
    SpecialDay,
    YearNotCovered,
    add_working_days,
    earliest_working_day,
    working_day_before,
    working_days_between,
)

CN = seeded_calendar()
# Far enough from the calendar's end that sixty working days stay inside it, whatever holidays come.
days = st.dates(date(2005, 1, 1), date(2026, 8, 1))
counts = st.integers(0, 60)


def test_a_year_without_data_is_refused_and_never_guessed() -> None:
    with pytest.raises(YearNotCovered, match="2027 年放假安排尚未录入") as caught:
        add_working_days(date(2026, 12, 30), 5, CN)
    assert caught.value.year == 2027
    with pytest.raises(YearNotCovered):
        working_days_between(date(2026, 12, 30), date(2027, 1, 8), CN)
    with pytest.raises(YearNotCovered):
        working_day_before(date(2004, 1, 5), 10, CN)


def test_half_a_year_entered_without_saying_that_it_is_complete_is_refused() -> None:
    with pytest.raises(YearNotCovered):
        CN.with_overrides({date(2027, 1, 1): SpecialDay(False, "元旦")})


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2025, 1, 2), -1, CN)
    with pytest.raises(ValueError, match="negative"):
        working_day_before(date(2025, 1, 2), -1, CN)


def test_national_day_2025_is_skipped_and_its_make_up_days_are_worked() -> None:
    assert not CN.is_workday(date(2025, 10, 8))
    assert CN.is_workday(date(2025, 9, 28)), "a Sunday that is worked instead"
    assert CN.is_workday(date(2025, 10, 11)), "a Saturday that is worked instead"
    assert CN.name(date(2025, 10, 1)) == "国庆节"
    assert CN.name(date(2025, 10, 11)) == "国庆节调休上班"
    assert CN.name(date(2025, 10, 13)) == ""
    # Friday 26 September: 28, 29, 30 September, then 9, 10, 11, 13 October.
    assert add_working_days(date(2025, 9, 26), 7, CN) == date(2025, 10, 13)


def test_an_administrator_can_close_a_day_and_open_a_year() -> None:
    closed = CN.with_overrides({date(2025, 3, 4): SpecialDay(False, "停电停工")})
    assert add_working_days(date(2025, 3, 3), 1, closed) == date(2025, 3, 5)
    opened = CN.with_overrides({date(2027, 1, 1): SpecialDay(False, "元旦")}, covers={2027})
    assert add_working_days(date(2026, 12, 31), 1, opened) == date(2027, 1, 4)
    assert CN.years.isdisjoint({2027}), "the seed itself is unchanged"


def test_a_deadline_beyond_the_calendar_is_provisional_and_not_later_than_the_true_one() -> None:
    rule = WorkingDays(unit="working_days", n=10, start="inspection_end")
    start = date(2026, 12, 28)
    soft = due(start, rule, CN)
    assert soft.provisional
    assert soft.text.endswith("（暂定）")
    opened = CN.with_overrides({date(2027, 1, 1): SpecialDay(False, "元旦")}, covers={2027})
    hard = due(start, rule, opened)
    assert not hard.provisional
    assert hard.date == date(2027, 1, 12)
    assert soft.date <= hard.date


def test_the_last_days_of_december_stay_provisional_until_the_next_notice() -> None:
    """In 2018 the notice for 2019 made Saturday 29 December a working day and Monday 31 a holiday."""
    until_2018 = Calendar(
        frozenset({2018}), {d: s for d, s in CN.special.items() if d.year == 2018 and d < date(2018, 12, 1)}
    )
    rule = WorkingDays(unit="working_days", n=1, start="inspection_end")
    soft = due(date(2018, 12, 28), rule, until_2018)
    hard = due(date(2018, 12, 28), rule, CN)
    assert (soft.provisional, hard.provisional) == (True, False)
    assert soft.date == hard.date == date(2018, 12, 29)
    assert not due(date(2018, 12, 20), rule, until_2018).provisional


def test_calendar_days_need_no_calendar() -> None:
    rule = CalendarDays(unit="calendar_days", n=10, start="inspection_end")
    assert due(date(2026, 12, 28), rule, Calendar(frozenset(), {})).text == "2027-01-07"


@settings(deadline=None)
@given(days, st.integers(1, 60))
def test_the_result_of_adding_is_a_working_day_after_the_start(start: date, n: int) -> None:
    end = add_working_days(start, n, CN)
    assert end > start
    assert CN.is_workday(end)


@settings(deadline=None)
@given(days, counts)
def test_between_undoes_adding(start: date, n: int) -> None:
    assert working_days_between(start, add_working_days(start, n, CN), CN) == n


@settings(deadline=None)
@given(days, counts, counts)
def test_adding_in_two_steps_is_adding_at_once(start: date, a: int, b: int) -> None:
    a, b = a // 2, b // 2
    assert add_working_days(add_working_days(start, a, CN), b, CN) == add_working_days(start, a + b, CN)


@settings(deadline=None)
@given(days, days, counts)
def test_a_later_start_never_ends_earlier(one: date, other: date, n: int) -> None:
    first, second = sorted((one, other))
    assert add_working_days(first, n, CN) <= add_working_days(second, n, CN)


@settings(deadline=None)
@given(days, st.integers(1, 60))
def test_going_back_from_a_working_day_undoes_going_forward(start: date, n: int) -> None:
    day = start if CN.is_workday(start) else add_working_days(start, 1, CN)
    assert working_day_before(add_working_days(day, n, CN), n, CN) == day


@settings(deadline=None)
@given(st.dates(date(2015, 1, 1), date(2015, 12, 31)), st.integers(0, 400))
def test_between_is_antisymmetric_and_counts_what_a_plain_walk_counts(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    walked = sum(CN.is_workday(first + timedelta(days=i)) for i in range(1, length + 1))
    assert working_days_between(first, last, CN) == walked
    assert working_days_between(last, first, CN) == -walked


@settings(deadline=None)
@given(st.sampled_from(sorted(CN.special)), st.integers(1, 20))
def test_holidays_are_skipped_and_make_up_days_are_counted(day: date, n: int) -> None:
    before = day - timedelta(days=1)
    if day.year > 2004 and day < date(2026, 8, 1):
        counted = working_days_between(before, day, CN)
        assert counted == (1 if CN.special[day].workday else 0)


@settings(deadline=None)
@given(st.dates(date(2024, 10, 1), date(2024, 12, 31)), st.integers(1, 40))
def test_the_provisional_day_is_never_later_than_what_is_announced_afterwards(start: date, n: int) -> None:
    before_notice = Calendar(frozenset({2024}), {d: s for d, s in CN.special.items() if d.year == 2024})
    assert earliest_working_day(start, n, before_notice) <= add_working_days(start, n, CN)
