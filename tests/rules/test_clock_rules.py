"""When a tablet's clock is written down, and what is said of it; silence first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.field.rules_clock import DAY, HOUR, MINUTE, Measured, matters, shown, skew_of, words

ALLOWED = 5 * MINUTE
CENTURY = 36_500 * DAY
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
A, B = "a" * 64, "b" * 64


def test_a_clock_that_shows_no_real_day_is_not_measured() -> None:
    assert skew_of("2026-02-31T00:00:00.000Z", NOW) is None
    assert not matters(None, CENTURY, ALLOWED)


def test_a_clock_within_what_is_allowed_is_not_written_down() -> None:
    assert not matters(ALLOWED, None, ALLOWED)
    assert matters(ALLOWED + 1, None, ALLOWED) and matters(-ALLOWED - 1, None, ALLOWED)


def test_a_clock_that_was_put_right_is_written_down_once() -> None:
    assert matters(0, 3 * HOUR, ALLOWED) and not matters(0, 0, ALLOWED)


@given(st.lists(st.integers(-CENTURY, CENTURY), max_size=30), st.integers(0, HOUR))
def test_what_is_written_never_differs_from_the_clock_by_more_than_is_allowed(
    skews: list[int], allowed: int
) -> None:
    last: int | None = None
    for skew in skews:
        if matters(skew, last, allowed):
            assert last is None or abs(skew - last) > allowed, "the same is never written twice"
            last = skew
        assert abs(skew - (last or 0)) <= allowed


def test_each_entry_is_told_of_the_measurement_before_it_on_its_own_tablet() -> None:
    slow = Measured(10, A, "", -3 * HOUR, ALLOWED)
    right = Measured(20, A, "", 0, ALLOWED)
    other = Measured(5, B, "", 4 * HOUR, ALLOWED)
    assert shown([(9, A)], [slow, right, other]) == []
    assert shown([(11, A), (12, A)], [slow, right, other]) == [slow]
    assert shown([(21, A)], [slow, right, other]) == []
    assert shown([(11, A), (21, A), (22, B)], [right, slow, other]) == [other, slow]


@pytest.mark.parametrize(
    ("skew", "said"),
    [
        (-(3 * HOUR + 12 * MINUTE), "慢 3 小时 12 分"),
        (6 * MINUTE + 59_000, "快 6 分"),
        (2 * DAY + HOUR + MINUTE, "快 2 天 1 小时"),
        (-30 * 365 * DAY, "慢 10950 天"),
        (30_000, "快 不到 1 分"),
    ],
)
def test_a_difference_is_said_in_its_two_largest_units(skew: int, said: str) -> None:
    assert words(skew) == said
