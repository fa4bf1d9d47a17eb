"""Official codes that checks went without: nothing is due where nobody asks, holidays move the day, and a day that has
passed is late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backend.field.rules_codes import code_due, listed
from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.rules import Profile
from tests.rules.profiled import DEMO, S0, now

CN = seeded_calendar()
ENDED = date(2025, 9, 30)
DUE = date(2025, 10, 11)
"""Three working days after the check: the holiday lasts until 8 October, and the 11th is a make-up day."""


def row(ended: date = ENDED, method: str | None = "on_site", number: str = "2025-001-0001") -> dict[str, Any]:
    return {"ended": ended, "method": method, "number": number}


def demo(_: date) -> Profile:
    return now(DEMO)


def test_where_the_place_asks_for_no_code_nothing_is_due() -> None:
    assert code_due(now(S0), CN, ENDED, DUE) is None
    assert listed([row()], lambda _: now(S0), CN, DUE) == []


@pytest.mark.parametrize("method", ["documentary", "NETWORK"])
def test_a_check_that_enters_nobodys_premises_asks_for_no_code(method: str) -> None:
    assert listed([row(method=method)], demo, CN, DUE) == []


@pytest.mark.parametrize(
    ("today", "state"),
    [(ENDED, "soon"), (DUE, "soon"), (DUE + timedelta(days=1), "late"), (DUE + timedelta(days=90), "late")],
)
def test_the_last_day_is_in_time_and_the_day_after_it_is_late(today: date, state: str) -> None:
    found = code_due(now(DEMO), CN, ENDED, today)
    assert found and (found.date, found.state, found.late) == (DUE, state, state == "late")


def test_what_is_due_first_stands_first_and_a_scheme_that_is_unknown_counts_as_on_site() -> None:
    rows = [
        row(date(2025, 11, 20), number="b"),
        row(date(2025, 11, 20), method=None, number="a"),
        row(number="c"),
    ]
    found = listed(rows, demo, CN, date(2025, 11, 21))
    assert [one["number"] for one in found] == ["c", "a", "b"]
    assert [one["due"].state for one in found] == ["late", "soon", "soon"]
