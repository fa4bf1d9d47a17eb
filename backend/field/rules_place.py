"""Where things were recorded, as the tablets' receivers said it: pure. Twin of `jumps` in `pwa/src/view/inside.ts`.

A leap (定位跳变) flags and accuses nobody: receivers err, and are told apart from people only by whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from sync.state import VisitState
from sync.words import EndingProposed, Place, ReturnPlanned

FASTEST = 45
"""Metres a second: faster than anybody drives to a check."""
LEAST_LEAP = 300
"""Metres: shorter leaps are a receiver's own noise."""
EARTH = 6_371_000


@dataclass(frozen=True)
class Fix:
    """A place that an entry names, with what was recorded there, in words."""

    entry: str
    at: str
    by: str
    what: str
    place: Place

    @property
    def when(self) -> float:
        """Seconds since 1970: a fix was made ``age`` seconds before its entry."""
        return datetime.fromisoformat(self.at).timestamp() - self.place.age


def metres(a: Place, b: Place) -> float:
    """Metres between two places, along the ground."""
    p, q = radians(a.latitude / 1e6), radians(b.latitude / 1e6)
    across = radians((b.longitude - a.longitude) / 1e6)
    half = sin((q - p) / 2) ** 2 + cos(p) * cos(q) * sin(across / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(half)))


def fixes_of(state: VisitState) -> list[Fix]:
    """Every fix of a visit."""
    found: list[Fix] = []

    def add(entry: str, at: str, by: str, what: str, place: Place | None) -> None:
        if place:
            found.append(Fix(entry, at, by, what, place))

    for opened in state.opened:
        add(opened.entry, opened.at, opened.by, "到达登记", opened.body.place)
    for photo in state.evidence:
        taken = photo.taken
        caption = f"照片：{taken.body.caption}" if taken.body.caption else "照片"
        add(taken.entry, taken.at, taken.by, caption, taken.body.place)
    for recording in state.recordings:
        add(
            recording.made.entry,
            recording.made.at,
            recording.made.by,
            "录音、录像",
            recording.made.body.place,
        )
    for again in state.said(ReturnPlanned):
        add(again.entry, again.at, again.by, "打算再次到场", again.body.place)
    for ending in state.said(EndingProposed):
        add(ending.entry, ending.at, ending.by, "未能实施检查", ending.body.place)
    return found


def jumps(fixes: Sequence[Fix]) -> list[tuple[Fix, int]]:
    """Fixes that nobody can have reached from the one before, each with how many metres away that was: further apart
    than both are inexact, and faster than a car."""
    ordered = sorted(fixes, key=lambda fix: fix.when)
    found = []
    for before, fix in pairwise(ordered):
        apart = metres(before.place, fix.place)
        far = apart - before.place.accuracy - fix.place.accuracy
        if far > LEAST_LEAP and far > FASTEST * (fix.when - before.when):
            found.append((fix, round(apart)))
    return found
