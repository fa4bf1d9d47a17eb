"""One measured number."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """``value`` in ``unit`` for ``n`` things; ``ratio`` is value / value of the row named ``compared_with``,
    measured in the same run, or None where nothing is compared."""

    name: str
    n: int
    value: float
    unit: str
    compared_with: str | None = None
    ratio: float | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)
