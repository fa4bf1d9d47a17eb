"""Leaps of the place (定位跳变): what nobody can have travelled is flagged, and what a receiver may err is not."""

from __future__ import annotations

from backend.field.rules_place import Fix, jumps
from sync.words import Place


def fix(name: str, minute: int, latitude: float, accuracy: int = 5, age: int = 0) -> Fix:
    place = Place(latitude=round(latitude * 1e6), longitude=106_551_000, accuracy=accuracy, age=age)
    return Fix(name, f"2026-11-20T02:{minute:02}:00.000Z", "", "照片", place)


def leaps(*fixes: Fix) -> list[str]:
    return [one.entry for one, _ in jumps(fixes)]


def test_a_drive_an_inexact_receiver_and_a_few_steps_are_no_leap() -> None:
    assert leaps() == leaps(fix("a", 1, 29.563)) == []
    assert leaps(fix("a", 1, 29.5), fix("b", 30, 29.6)) == [], "eleven kilometres in half an hour"
    assert leaps(fix("a", 1, 29.563), fix("b", 1, 29.583, accuracy=5_000)) == []
    assert leaps(fix("a", 1, 29.563), fix("b", 1, 29.5648)) == [], "two hundred metres"


def test_a_hundred_kilometres_in_a_minute_are_one_in_whatever_order_they_came() -> None:
    far = fix("b", 2, 30.5)
    assert leaps(fix("a", 1, 29.5), far) == leaps(far, fix("a", 1, 29.5)) == ["b"]
    ((_, metres),) = jumps([fix("a", 1, 29.5), far])
    assert 110_000 < metres < 112_500


def test_an_old_fix_counts_from_when_it_was_made() -> None:
    assert leaps(fix("a", 1, 29.563), fix("b", 30, 29.583, age=29 * 60 - 1)) == ["b"]
