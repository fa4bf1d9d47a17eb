"""How often one address, tablet or account may ask (限速): buckets that refill. Generous for a tablet that sends 300
photographs and for an office behind one address; nobody who works comes near."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from sync.words import Refusal, refuse

KEPT = 20_000
"""Buckets that are remembered; the one that was longest not asked for goes first."""


@dataclass(frozen=True)
class Rate:
    """``most`` requests at once, ``back`` more each second."""

    most: int
    back: float


FIELD_ADDRESS, FIELD_DEVICE, FIELD_ACCOUNT = Rate(12_000, 200), Rate(3_000, 30), Rate(6_000, 60)
BY_ADDRESS: dict[tuple[str, str], Rate] = {
    ("POST", "/office/login"): Rate(60, 0.5),
    ("GET", "/results"): Rate(120, 4),
    ("POST", "/d"): Rate(30, 0.2),
}
"""What anybody may ask for: signing in, the portal's search, typed codes at the door."""

DOOR = Rate(30, 0.2)
"""What is written behind the codes at the door, whatever the code."""

WITHOUT_SESSION = frozenset({"/field/enrol", "/field/session/challenge", "/field/session", "/field/device"})
"""What a tablet asks before anybody knows who speaks; nothing long is said there."""

Asked = tuple[str, Rate]


@dataclass(frozen=True)
class Bounds:
    """The most ``bytes`` of a request, and the most ``fields`` of a form: every field costs time to read."""

    bytes: int
    fields: int


NOBODY = Bounds(20_000, 100)
FORM = Bounds(1_000_000, 10_000)
"""A form of the desk names each of a thousand teams, or each row that leaves a registry."""


def bounds_of(path: str, form: bool, signed_in: bool) -> Bounds | None:
    """What may be sent there; None where the route itself says so (files, a tablet's pushes)."""
    if path.startswith("/field/"):
        return NOBODY if path in WITHOUT_SESSION else None
    if not signed_in:
        return NOBODY
    return FORM if form else None


def of_address(method: str, path: str, address: str) -> list[Asked]:
    """The bucket from which a request takes by where it comes from; none without an address."""
    if not address:
        return []
    if path.startswith("/field/"):
        return [(f"field:{address}", FIELD_ADDRESS)]
    if method == "POST" and path.startswith("/d/"):
        return [(f"/d/:{address}", DOOR)]
    rate = BY_ADDRESS.get((method, path.rstrip("/")))
    return [(f"{path}:{address}", rate)] if rate else []


def of_speaker(path: str, device: str | None, account: str) -> list[Asked]:
    """The buckets from which a tablet's request takes by who speaks."""
    if not path.startswith("/field/") or not device:
        return []
    return [(f"device:{device}", FIELD_DEVICE), (f"account:{account}", FIELD_ACCOUNT)]


@dataclass
class Buckets:
    """What is left in each, since when. ``percent`` of every rate is given; 0: no limit."""

    percent: int = 100
    _left: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)

    def take(self, asked: Sequence[Asked], now: datetime) -> Refusal | None:
        """Take one of each bucket, or say when there is one again; then nothing is taken."""
        if not self.percent:
            return None
        left = [(key, rate, self._now(key, rate, now)) for key, rate in asked]
        for _, rate, tokens in left:
            if tokens < 1:
                return refuse("too_many", seconds=ceil((1 - tokens) / (rate.back * self.percent / 100)))
        for key, _, tokens in left:
            self._left[key] = (tokens - 1, now)
            self._left.move_to_end(key)
        while len(self._left) > KEPT:
            self._left.popitem(last=False)
        return None

    def _now(self, key: str, rate: Rate, now: datetime) -> float:
        most = max(1.0, rate.most * self.percent / 100)
        tokens, since = self._left.get(key, (most, now))
        passed = max(0.0, (now - since).total_seconds())  # a clock that was set back gives nothing
        return min(most, tokens + passed * rate.back * self.percent / 100)
