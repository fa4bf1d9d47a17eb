"""The shell that turns the chinesecalendar package into a `Calendar`; administrators lay days over it."""

from __future__ import annotations

from functools import cache

import chinese_calendar

from backend.profiles.working_days import Calendar, SpecialDay

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


@cache
def seeded_calendar() -> Calendar:
    """Every year that the installed package knows, with make-up days. KeyError on a holiday without a name."""
    special = {day: SpecialDay(False, _NAMES[name]) for day, name in chinese_calendar.holidays.items()}
    special |= {
        day: SpecialDay(True, f"{_NAMES[name]}调休上班") for day, name in chinese_calendar.workdays.items()
    }
    return Calendar(frozenset(day.year for day in special), special)
