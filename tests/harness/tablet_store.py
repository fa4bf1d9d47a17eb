"""The store of the Python tablet: IndexedDB's transactions with a stated crash model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sync import words as w

JsonBody = dict[str, Any]


class NotSaved(Exception):
    """The tablet's storage is full: nothing was recorded, and the person was told so."""


@dataclass
class Store:
    """IndexedDB as far as it matters here: whole transactions in order, and a crash that loses the newest of those
    that were not yet flushed. A strict transaction flushes itself and everything before it. ``quota``: how many
    more bytes fit; None where nobody counts."""

    entries: dict[str, tuple[w.Entry, JsonBody]] = field(default_factory=dict)
    heard: dict[str, tuple[int, w.Entry, JsonBody | None]] = field(default_factory=dict)
    packets: dict[str, w.Packet] = field(default_factory=dict)
    photos: dict[str, bytes] = field(default_factory=dict)
    one: dict[str, Any] = field(default_factory=dict)
    quota: int | None = None
    unflushed: list[list[tuple[dict[str, Any], str, Any]]] = field(default_factory=list)

    @contextmanager
    def transaction(self, *, strict: bool = False, size: int = 0) -> Iterator[Write]:
        """Write through the block's argument: all of it or, where the block raises or the quota ends, nothing."""
        if self.quota is not None and size > self.quota:
            raise NotSaved(size)
        write = Write()
        try:
            yield write
        except BaseException:
            _undo(write.before)
            raise
        if self.quota is not None:
            self.quota -= size
        self.unflushed.append(write.before)
        if strict:
            self.flush()

    def flush(self) -> None:
        """Everything that was written survives from now on."""
        self.unflushed.clear()

    def crash(self, lose: int) -> int:
        """Power off: the newest ``lose`` transactions that were not flushed are gone; how many that were."""
        lost = min(lose, len(self.unflushed))
        for _ in range(lost):
            _undo(self.unflushed.pop())
        self.flush()
        return lost

    def copy(self) -> Store:
        """What a backup of the tablet, restored on another one, would hold."""
        return Store(
            dict(self.entries),
            dict(self.heard),
            dict(self.packets),
            dict(self.photos),
            dict(self.one),
            self.quota,
        )


MISSING = object()


class Write:
    """One open transaction: writes at once, and remembers what was there before."""

    def __init__(self) -> None:
        self.before: list[tuple[dict[str, Any], str, Any]] = []

    def put(self, table: dict[str, Any], key: str, value: Any) -> None:
        self.before.append((table, key, table.get(key, MISSING)))
        table[key] = value

    def delete(self, table: dict[str, Any], key: str) -> None:
        self.before.append((table, key, table.pop(key, MISSING)))


def _undo(before: Sequence[tuple[dict[str, Any], str, Any]]) -> None:
    for table, key, value in reversed(before):
        if value is MISSING:
            table.pop(key, None)
        else:
            table[key] = value
