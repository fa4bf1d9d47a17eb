"""Deadlines: three clocks that must never be mixed up, each with a start event of its own. Pure.

`result_entry_due` is a duty of the team, `publication_due` a duty of the department, `supervision_snapshot_at`
an act of the level above. A deadline that leaves the calendar is 暂定: its date is then the earliest possible.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from backend.profiles import keys
from backend.profiles.rules import Profile
from backend.profiles.values import Annual, AtEvent, CalendarDays, Promptly, StartEvent, WorkingDays
from backend.profiles.working_days import (
    Calendar,
    YearNotCovered,
    add_working_days,
    earliest_working_day,
    working_day_before,
)

Events = Mapping[StartEvent, date]
"""What has happened and when, as days in China."""


@dataclass(frozen=True)
class Due:
    """The last day on which something is in time.

    `provisional` (暂定): the holidays of that time are not announced yet; `date` is then the earliest day that
    the deadline can fall on, so whoever keeps it is in time.
    """

    date: date
    provisional: bool
    key: str = ""
    """Name of the profile key behind it, for the article."""

    @property
    def text(self) -> str:
        """As shown to people: `2025-10-15`, or `2027-01-04（暂定）`."""
        return f"{self.date.isoformat()}（暂定）" if self.provisional else self.date.isoformat()


def due(
    start: date, rule: WorkingDays | CalendarDays | AtEvent | Annual, calendar: Calendar, key: str = ""
) -> Due:
    """The deadline of `rule` whose start event was on the day `start` (an annual rule: any day of its year)."""
    if isinstance(rule, CalendarDays):
        return Due(start + timedelta(days=rule.n), False, key)
    if isinstance(rule, AtEvent):
        return Due(start, False, key)
    if isinstance(rule, Annual):
        return Due(annual_day(start.year, rule), False, key)
    try:
        exact = add_working_days(start, rule.n, calendar)
    except YearNotCovered:
        exact = None
    if exact is not None and calendar.is_settled(exact):
        return Due(exact, False, key)
    return Due(earliest_working_day(start, rule.n, calendar), True, key)


def annual_day(year: int, rule: Annual) -> date:
    """The day of that year; a day that the month does not have becomes its last one."""
    last = monthrange(year, rule.month)[1]
    return date(year, rule.month, last if rule.day == "last" else min(rule.day, last))


def plan_due(profile: Profile, year: int) -> Due | None:
    """Until when the plan of `year` is handed in; None where silent. Late is flagged, never blocked."""
    rule = profile.get(keys.PLAN_DUE)
    return None if rule is None else Due(annual_day(year, rule), False, keys.PLAN_DUE.name)


def result_entry_due(profile: Profile, events: Events, calendar: Calendar) -> Due | None:
    """Until when the team enters the result (S2-16(三)); None before the clock starts or without a number."""
    return _clock(profile.get(keys.RESULT_ENTRY_DUE), events, calendar, keys.RESULT_ENTRY_DUE.name)


def publication_due(profile: Profile, events: Events, calendar: Calendar) -> Due | None:
    """Until when the department publishes: the earlier of the local rule and the national backstop.

    The backstop (信息公开条例§26) runs from the day on which the information was formed; where the events do not
    say, from the end of the inspection. None while neither clock has started.
    """
    local = _clock(profile.get(keys.PUBLICATION_DUE), events, calendar, keys.PUBLICATION_DUE.name)
    backstop_rule = profile.need(keys.PUBLICATION_BACKSTOP)
    formed = events.get(backstop_rule.start, events.get("inspection_end"))
    backstop = (
        None if formed is None else due(formed, backstop_rule, calendar, keys.PUBLICATION_BACKSTOP.name)
    )
    known = [one for one in (local, backstop) if one is not None]
    # On the same day the local text is named, and a settled date before one that may still move.
    return min(known, key=lambda one: (one.date, one.provisional)) if known else None


def publication_amber_from(profile: Profile, deadline: Due, calendar: Calendar) -> date:
    """From which day on a running publication deadline is shown in amber."""
    n = profile.need(keys.PUBLICATION_AMBER)
    try:
        return working_day_before(deadline.date, n, calendar)
    except YearNotCovered:
        # A hint and no deadline: without holidays, seven calendar days hold five working days.
        return deadline.date - timedelta(days=2 * n + 1)


def supervision_snapshot_at(profile: Profile, events: Events, calendar: Calendar) -> Due | None:
    """When the level above looks at what was published (S3-二(四)): their event, never an entry deadline."""
    return _clock(profile.get(keys.SUPERVISION_SNAPSHOT), events, calendar, keys.SUPERVISION_SNAPSHOT.name)


def check_code_backfill_due(profile: Profile, events: Events, calendar: Calendar) -> Due | None:
    """Until when a check without a code is made up for (扫码补录); None where no overlay asks for codes."""
    return _clock(profile.get(keys.CHECK_CODE_BACKFILL), events, calendar, keys.CHECK_CODE_BACKFILL.name)


def criminal_decision_due(profile: Profile, events: Events, calendar: Calendar) -> Due | None:
    """Until when it is decided whether a suspected crime is transferred (移送); None where silent."""
    return _clock(profile.get(keys.CRIMINAL_DECISION_DUE), events, calendar, keys.CRIMINAL_DECISION_DUE.name)


def _clock(
    rule: WorkingDays | CalendarDays | AtEvent | Promptly | None, events: Events, calendar: Calendar, key: str
) -> Due | None:
    if rule is None or isinstance(rule, Promptly) or rule.start not in events:
        return None
    return due(events[rule.start], rule, calendar, key)
