"""Whether a result was entered in time (录入期限): by the moment of the server or of the tablet, as the profile says.
Pure. Sources: S2-16(三), S1-四(九); domain E.12.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.profiles import keys
from backend.profiles.deadlines import Due, result_entry_due
from backend.profiles.rules import Profile
from backend.profiles.values import StartEvent
from backend.profiles.working_days import Calendar, YearNotCovered, working_days_between


@dataclass(frozen=True)
class Entered:
    """When a check ended and when its record came. ``due``: the last day of entry, None where the rules fix none;
    ``late``: it counts as late; ``why``: the offline time in words, empty where the record came on the same day."""

    finished_on: date
    received_on: date
    due: Due | None
    late: bool
    why: str


def entered(
    profile: Profile,
    calendar: Calendar,
    finished_on: date,
    received_on: date,
    task_deadline: date | None,
) -> Entered:
    """Judge the entry of a result. Counted is the server's day unless the profile counts the tablet's: a clock that
    the team holds in its hands cannot be what it is measured by, so the strict reading is the default."""
    events: dict[StartEvent, date] = {"inspection_end": finished_on, "task_end": finished_on}
    if task_deadline is not None:
        events["task_deadline"] = task_deadline
    due = result_entry_due(profile, events, calendar)
    counted = finished_on if profile.get(keys.ENTRY_COUNTED_BY) == "device" else received_on
    late = due is not None and counted > due.date
    return Entered(finished_on, received_on, due, late, _why(finished_on, received_on, calendar))


def _why(finished_on: date, received_on: date, calendar: Calendar) -> str:
    days = (received_on - finished_on).days
    if days <= 0:
        return ""
    try:
        # The day of the check itself is not one on which somebody waited.
        working = working_days_between(finished_on, received_on, calendar)
    except YearNotCovered:
        return f"终端离线 {days} 天，联网后才收到"
    return f"终端离线 {days} 天（其中 {working} 个工作日），联网后才收到"
