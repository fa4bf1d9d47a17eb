"""Official codes (执法码, 检查码) that a check went without (domain E.11, E.12): until when each is made good. Pure.

The day counts from the end of the check, holidays and make-up days counted; a check of documents or by network enters
nobody's premises and asks for none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.profiles.deadlines import check_code_backfill_due, publication_amber_from
from backend.profiles.rules import Profile
from backend.profiles.working_days import Calendar

STATES: Mapping[str, tuple[str, str]] = {
    "late": ("已逾期", "bad"),
    "soon": ("即将到期", "warn"),
    "open": ("未到期", ""),
}
OFF_SITE = frozenset({"documentary", "network"})


@dataclass(frozen=True)
class CodeDue:
    """Until when. ``text``: the date as people read it, 暂定 where holidays are not announced yet; ``state``: a key of
    ``STATES``."""

    date: date
    text: str
    state: str

    @property
    def late(self) -> bool:
        """Whether the last day is over."""
        return self.state == "late"


def code_due(profile: Profile, calendar: Calendar, ended: date, today: date) -> CodeDue | None:
    """Of a check that ended on that day; None where the place asks for no code afterwards. ``profile``: the rules in
    force then. It is soon from the day on from which the place shows a running deadline in amber."""
    due = check_code_backfill_due(profile, {"inspection_end": ended}, calendar)
    if due is None:
        return None
    soon = today >= publication_amber_from(profile, due, calendar)
    return CodeDue(due.date, due.text, "late" if today > due.date else "soon" if soon else "open")


def listed(
    rows: Iterable[Mapping[str, Any]],
    profile_on: Callable[[date], Profile],
    calendar: Calendar,
    today: date,
) -> list[dict[str, Any]]:
    """Finished checks without a code, each with its ``due``, what is due first standing first. ``rows``: ``ended``,
    the day on which the check ended, ``method`` of its scheme (None: on site) and ``number``."""
    found = []
    for row in rows:
        if (row["method"] or "").lower() in OFF_SITE:
            continue
        due = code_due(profile_on(row["ended"]), calendar, row["ended"], today)
        if due:
            found.append({**row, "due": due})
    return sorted(found, key=lambda one: (one["due"].date, one["number"]))
