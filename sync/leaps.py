"""Leaps of the place (定位跳变): what nobody can have travelled between two fixes of a visit. Twin of `leaps.ts`.

A leap flags and accuses nobody: receivers err, and are told apart from people only by whoever asks.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import asin, cos, floor, radians, sin, sqrt
from typing import Protocol, TypeVar

from sync.words import Place

FASTEST = 45
"""Metres a second: faster than anybody drives to a check."""
LEAST = 300
"""Metres: shorter leaps are a receiver's own noise."""
EARTH = 6_371_000
"""Metres: the radius of a sphere that is near enough."""


class Placed(Protocol):
    """What was recorded ``at`` a moment (RFC 3339) and a place; the place was found ``age`` seconds before."""

    @property
    def at(self) -> str: ...

    @property
    def place(self) -> Place: ...


F = TypeVar("F", bound=Placed)


def metres(a: Place, b: Place) -> float:
    """Metres between two places, along the ground."""
    p, q = radians(a.latitude / 1e6), radians(b.latitude / 1e6)
    across = radians((b.longitude - a.longitude) / 1e6)
    half = sin((q - p) / 2) ** 2 + cos(p) * cos(q) * sin(across / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(half)))


def leaps(fixes: Sequence[F]) -> list[tuple[F, int]]:
    """Fixes that nobody can have reached from the one before, in the order in which they were made, each with how many
    metres away that one was: further apart than both are inexact, and faster than a car."""
    found = []
    for before, fix in pairwise(sorted(fixes, key=_made)):
        apart = metres(before.place, fix.place)
        far = apart - before.place.accuracy - fix.place.accuracy
        if far > LEAST and far * 1000 > FASTEST * (_made(fix) - _made(before)):
            found.append((fix, floor(apart + 0.5)))
    return found


def _made(fix: Placed) -> int:
    """Milliseconds since 1970 at which the place was found."""
    return round(datetime.fromisoformat(fix.at).timestamp() * 1000) - fix.place.age * 1000
