"""Working days (工作日) over a calendar given as data: pure, and never a guess for a year without data.

The State Council announces holidays and make-up days (放假调休) one year at a time. `Calendar` therefore knows
which years it covers; a count that would leave them is refused with `YearNotCovered`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

ONE_DAY = timedelta(days=1)

UNSETTLED_TAIL_DAYS = 6
"""Notices for New Year have moved days of the December before it (29 to 31 December in 2006, 2007, 2011, 2018,
2022, 2023). So December's last days are settled only by the next year's notice; 26 December leaves some slack."""


class YearNotCovered(ValueError):
    """The calendar has no data for `year`: answer 暂定, or enter the announced holidays first."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} 年放假安排尚未录入，期限暂定；请系统管理员录入国务院公布的放假调休安排。")
        self.year = year


@dataclass(frozen=True)
class SpecialDay:
    """A day with a rule of its own: `workday` False is a holiday, True a make-up day (调休上班)."""

    workday: bool
    name: str


@dataclass(frozen=True)
class Calendar:
    """Covered years and their special days; the other days of those years follow the weekday."""

    years: frozenset[int]
    special: Mapping[date, SpecialDay]

    def __post_init__(self) -> None:
        # A day of a year that is not covered would be half a calendar, which reads like a whole one.
        for day in self.special:
            if day.year not in self.years:
                raise YearNotCovered(day.year)
        object.__setattr__(self, "special", MappingProxyType(dict(self.special)))

    def is_workday(self, day: date) -> bool:
        """Whether work is done that day. Raises `YearNotCovered`."""
        if day.year not in self.years:
            raise YearNotCovered(day.year)
        special = self.special.get(day)
        return day.weekday() < 5 if special is None else special.workday

    def is_settled(self, day: date) -> bool:
        """Whether no later notice can move this day: covered, and not in a tail that the next year decides."""
        if day.year not in self.years:
            return False
        in_tail = day.month == 12 and day.day > 31 - UNSETTLED_TAIL_DAYS
        return not in_tail or day.year + 1 in self.years

    def name(self, day: date) -> str:
        """Name of the holiday or make-up day, or an empty text."""
        special = self.special.get(day)
        return "" if special is None else special.name

    def with_overrides(self, overrides: Mapping[date, SpecialDay], covers: Iterable[int] = ()) -> Calendar:
        """This calendar with an administrator's days laid over it.

        `covers` names years that the overrides complete; a day of another uncovered year raises
        `YearNotCovered`.
        """
        return Calendar(self.years | frozenset(covers), {**self.special, **overrides})


def add_working_days(start: date, n: int, calendar: Calendar) -> date:
    """The n-th working day after `start` (which is not counted); `start` itself for n = 0.

    Raises `YearNotCovered`, and ValueError for n < 0.
    """
    if n < 0:
        raise ValueError("n must not be negative; use working_day_before")
    day = start
    while n:
        day += ONE_DAY
        n -= calendar.is_workday(day)
    return day


def working_day_before(end: date, n: int, calendar: Calendar) -> date:
    """The n-th working day before `end`; `end` itself for n = 0. Raises as `add_working_days`."""
    if n < 0:
        raise ValueError("n must not be negative; use add_working_days")
    day = end
    while n:
        day -= ONE_DAY
        n -= calendar.is_workday(day)
    return day


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
    """How many working days lie after `first` up to and with `last`; negative if `last` is earlier.

    Raises `YearNotCovered`.
    """
    if last < first:
        return -working_days_between(last, first, calendar)
    days = (last - first).days
    return sum(calendar.is_workday(first + timedelta(days=i)) for i in range(1, days + 1))


def earliest_working_day(start: date, n: int, calendar: Calendar) -> date:
    """A day before which the n-th working day after `start` cannot lie, whatever is announced later.

    Days of uncovered years and unsettled tails all count as working days: a bound, not a guess.
    """
    day = start
    while n > 0:
        day += ONE_DAY
        n -= calendar.is_workday(day) if calendar.is_settled(day) else True
    return day
