"""Leaps of the place, on the vectors that the tablet's twin runs too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.leaps import leaps
from sync.words import Place
from tests.conformance.generate import SYNC

VECTORS: dict[str, Any] = json.loads((SYNC / "vectors/leaps.json").read_text("utf-8"))


@dataclass(frozen=True)
class Fix:
    entry: str
    at: str
    place: Place


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["reason"])
def test_what_nobody_can_have_travelled_is_flagged_and_what_a_receiver_may_err_is_not(
    case: dict[str, Any],
) -> None:
    fixes = [Fix(one["entry"], one["at"], Place(**one["place"])) for one in case["fixes"]]
    assert [[fix.entry, far] for fix, far in leaps(fixes)] == case["leaps"]


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 3_000)), max_size=40))
def test_whoever_stands_still_never_leaps_however_the_fixes_are_ordered(
    all_of_them: list[tuple[int, int]],
) -> None:
    here = [
        Fix("", f"2026-11-20T02:{minute:02}:00.000Z", Place(latitude=1, longitude=1, accuracy=5, age=age))
        for minute, age in all_of_them
    ]
    assert leaps(here) == []
