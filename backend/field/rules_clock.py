"""What a tablet's clock is worth: measured by the server at each contact, written down where it matters, and said
beside the times that came from it. It refuses nothing and orders nothing. Pure. Source: domain E.12."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Measured:
    """One measurement as the ledger has it. ``number``: its place there; ``at``: the server's moment; ``skew``: the
    tablet's clock less the server's, ms; ``allowed``: what the rules let pass then, ms."""

    number: int
    device: str
    at: str
    skew: int
    allowed: int

    @property
    def amiss(self) -> bool:
        return abs(self.skew) > self.allowed


def skew_of(at: str, now: datetime) -> int | None:
    """The tablet's clock less the server's in milliseconds; None for a clock that shows no real moment."""
    try:
        return (datetime.fromisoformat(at) - now) // timedelta(milliseconds=1)
    except ValueError:
        return None  # 31 February: entries keep their testimony, there is nothing to measure


def matters(skew: int | None, last: int | None, allowed: int) -> bool:
    """Whether a measurement is written down: the first one beyond what is ``allowed``, and every one that differs by
    more than that from the last one written. A clock that was put right again is written down too."""
    if skew is None:
        return False
    return abs(skew - (last or 0)) > allowed


def shown(entries: Iterable[tuple[int, str]], measured: Sequence[Measured]) -> list[Measured]:
    """The measurements that speak of these entries (ledger number, device), in order: of each entry the last one of
    its tablet before it, since a batch is measured before it is stored; those within what is allowed say nothing."""
    found: dict[int, Measured] = {}
    for number, device in entries:
        before = [one for one in measured if one.device == device and one.number < number]
        last = max(before, key=lambda one: one.number, default=None)
        if last is not None and last.amiss:
            found[last.number] = last
    return [found[number] for number in sorted(found)]


def words(skew: int) -> str:
    """快 or 慢 and the difference in its two largest units: 慢 3 小时 12 分, 快 10957 天."""
    size = abs(skew)
    days, hours, minutes = size // DAY, size % DAY // HOUR, size % HOUR // MINUTE
    units = ((days, "天"), (hours, "小时"), (minutes, "分")) if days < 1 else ((days, "天"), (hours, "小时"))
    said = " ".join(f"{n} {unit}" for n, unit in units if n) or "不到 1 分"
    return f"{'快' if skew > 0 else '慢'} {said}"
