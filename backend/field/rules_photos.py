"""What the entries that announce a photo say of it together. Only the digest is binding: lengths and types are what
somebody wrote down, and two entries may differ in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Awaited:
    """``size``: the most bytes that this tablet is to send; ``sizes``, ``types``: everything that was announced.
    ``stored``: the number of evidence.stored, 0 while one of the visits lacks it."""

    size: int
    sizes: frozenset[int]
    types: tuple[str, ...]
    stored: int


def awaited(rows: Sequence[Mapping[str, Any]], device: str) -> Awaited:
    """The announcements of one photo (at least one), as the tablet ``device`` may fulfil them: by its own where it
    made one, for that is what it holds."""
    own = [row for row in rows if row["device"] == device] or rows
    return Awaited(
        size=max(row["size"] for row in own),
        sizes=frozenset(row["size"] for row in rows),
        types=tuple(sorted({row["media_type"] for row in rows})),
        stored=min(row["stored"] for row in rows),
    )
