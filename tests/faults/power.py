"""A disk that loses power: what SQLite wrote and did not sync is kept apart, and of it a power cut keeps whatever it
likes, sector by sector, in whatever order, and forgets the rest, files that were created or removed meanwhile too.

SQLite runs over the machine's own file system; every write, truncation, sync and removal is recorded on its way. A
file is as durable as its last sync left it. As on real disks, a sector of 512 bytes arrives whole or not at all, and
the sync of a file that was created also makes its name durable (SQLite syncs the folder then).
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from backend.db import BUSY_MS
from tests.storm.engine import Hooks, InlineSQLite, Killed

SECTOR = 512
SYNC_COUNTS = 5
"""As many writes as a sync counts for where the cut is chosen: syncs are few, and what matters is around them."""
FULL = "FULL"


class PowerCut(Exception):
    """There is no power any more; every call to the disk ends so."""


@dataclass
class OnDisk:
    """One file. ``durable``: its bytes at the last sync, None where not even its name is; ``since``: what was done to
    it after, as (place, bytes), bytes None for a truncation to that place."""

    durable: bytearray | None
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    removed: bool = False

    def synced(self) -> None:
        self.durable = bytearray() if self.durable is None else self.durable
        for place, data in self.since:
            _apply(self.durable, place, data)
        self.since.clear()

    def after_cut(self, chance: random.Random) -> bytes | None:
        """The bytes that are found when power comes back; None where there is no such file."""
        if self.durable is None and (not self.since or chance.random() < 0.5):
            return None
        if self.removed and chance.random() < 0.5:
            return None
        found = bytearray(self.durable or b"")
        share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        last = chance.randrange(len(self.since) + 1) if chance.random() < 0.5 else len(self.since)
        for place, data in self.since[:last]:
            if data is None:
                if chance.random() < share:
                    _apply(found, place, None)
                continue
            for begin, end in _sectors(place, len(data)):
                if chance.random() < share:
                    _apply(found, begin, data[begin - place : end - place])
        return bytes(found)


def _sectors(place: int, length: int) -> Iterable[tuple[int, int]]:
    begin = place
    while begin < place + length:
        end = min((begin // SECTOR + 1) * SECTOR, place + length)
        yield begin, end
        begin = end


def _apply(content: bytearray, place: int, data: bytes | None) -> None:
    if data is None:
        del content[place:]
        return
    if len(content) < place:
        content.extend(bytes(place - len(content)))
    content[place : place + len(data)] = data


class Disk:
    """All files of one machine. ``left``: how many more writes, truncations, syncs and removals until the power is
    cut, None for never. ``lies``: syncs that do nothing."""

    def __init__(self, chance: random.Random, lies: bool = False) -> None:
        self.chance, self.lies = chance, lies
        self.left: int | None = None
        self.off = False
        self.files: dict[str, OnDisk] = {}
        self.syncs = {"database": 0, "wal": 0}
        self.cut_in = ""

    def opened(self, name: str) -> None:
        """A file that lies there was durable before this machine's start; a new one is not."""
        if name not in self.files:
            path = Path(name)
            self.files[name] = OnDisk(bytearray(path.read_bytes()) if path.exists() else None)

    def powered(self) -> None:
        if self.off:
            raise PowerCut

    def tick(self, what: str, name: str) -> None:
        """Something is done to the disk; here power may end, before it or (for a write) right after."""
        self.powered()
        if self.left is None:
            return
        self.left -= SYNC_COUNTS if what == "sync" else 1
        if self.left <= 0:
            self.off = True
            self.cut_in = f"{what} of the {_kind(name)}"
            raise PowerCut

    def wrote(self, name: str, place: int, data: bytes | None) -> None:
        self.files[name].since.append((place, data))
        self.tick("truncation" if data is None else "write", name)

    def sync(self, name: str) -> None:
        if (
            self.chance.random() < 0.5
        ):  # cut before what was asked for, or after it and before anybody was told
            self.tick("sync", name)
            self._sync(name)
            return
        self._sync(name)
        self.tick("sync", name)

    def _sync(self, name: str) -> None:
        self.powered()
        if not self.lies:
            self.files[name].synced()
        self.syncs[_kind(name)] = self.syncs.get(_kind(name), 0) + 1

    def remove(self, name: str, at_once: bool) -> None:
        self.tick("removal", name)
        if name in self.files:
            if at_once and not self.lies:
                del self.files[name]
            else:
                self.files[name].removed = True

    def left_over(self, folder: Path) -> None:
        """Write what is found after the cut into ``folder``."""
        for name, file in sorted(self.files.items()):
            content = file.after_cut(self.chance)
            if content is not None:
                (folder / Path(name).name).write_bytes(content)


def _kind(name: str) -> str:
    return "wal" if name.endswith("-wal") else "journal" if name.endswith("-journal") else "database"


class Files(apsw.VFS):
    """The machine's own files, seen by ``disk``."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.disk, self.called = disk, name
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        self.disk.powered()
        return OneFile(self.disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.disk.remove(filename, syncdir)
        super().xDelete(filename, syncdir)

    def excepthook(self, *_: object) -> bool:
        """What cannot be raised through SQLite was raised before: there is no power."""
        return self.disk.off


class OneFile(apsw.VFSFile):
    """A file of the machine, whose changes are recorded."""

    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self.disk = disk
        if name is None:
            raise PowerCut("a file without a name: keep temporary tables in memory")
        self.name = name.filename() if isinstance(name, apsw.URIFilename) else name
        disk.opened(self.name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.powered()
        super().xWrite(data, offset)
        self.disk.wrote(self.name, offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:
        self.disk.powered()
        super().xTruncate(newsize)
        self.disk.wrote(self.name, newsize, None)

    def xSync(self, flags: int) -> None:
        self.disk.sync(self.name)

    def excepthook(self, *_: object) -> bool:
        """As above."""
        return self.disk.off


# --- the house's engine on it ---------------------------------------------------------------------------------


class _Rows:
    """The rows of a statement that has been run to its end."""

    lastrowid = None

    def __init__(self, names: Sequence[tuple[str]], rows: list[tuple[Any, ...]]) -> None:
        self.description, self._rows = names, rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows


class _Raw:
    """An apsw connection with as much of ``sqlite3.Connection`` as the storm's engine uses, its adapters and
    converters included."""

    def __init__(self, connection: apsw.Connection, disk: Disk) -> None:
        self._connection, self._disk = connection, disk

    @property
    def in_transaction(self) -> bool:
        return not self._disk.off and self._connection.in_transaction

    def execute(self, sql: str, arguments: Iterable[Any] = ()) -> _Rows:
        try:
            cursor = self._connection.cursor()
            cursor.execute(sql, tuple(map(_adapted, arguments)))
            try:
                described = cursor.get_description()
            except apsw.ExecutionCompleteError:
                described = ()
            kinds = [str(kind or "").split("(")[0].split(" ")[0].upper() for _, kind in described]
            rows = [tuple(map(_converted, kinds, row)) for row in cursor]
        except (apsw.Error, PowerCut) as error:
            if self._disk.off:
                raise Killed from error
            raise
        return _Rows([(name,) for name, _ in described], rows)

    def executemany(self, sql: str, rows: Iterable[Iterable[Any]]) -> _Rows:
        for row in rows:
            self.execute(sql, row)
        return _Rows([], [])

    def close(self) -> None:
        try:
            self._connection.close(True)
        except (apsw.Error, PowerCut):
            if not self._disk.off:
                raise


def _adapted(value: Any) -> Any:
    adapter = sqlite3.adapters.get((type(value), sqlite3.PrepareProtocol))
    return adapter(value) if adapter else value


def _converted(kind: str, value: Any) -> Any:
    converter = sqlite3.converters.get(kind)
    if converter is None or value is None:
        return value
    return converter(value if isinstance(value, bytes) else str(value).encode())


class PoweredSQLite(InlineSQLite):
    """`OneWriterSQLite` on a disk that can lose power. ``synchronous``: FULL is what the house uses;
    ``checkpoint``: pages after which the log is written back, few, so that cuts meet that too."""

    __slots__ = ("checkpoint", "disk", "synchronous", "vfs")

    def __init__(self, path: str, hooks: Hooks, disk: Disk, synchronous: str, checkpoint: int) -> None:
        super().__init__(path=path, hooks=hooks)
        self.disk, self.synchronous, self.checkpoint = disk, synchronous, checkpoint
        self.vfs = Files(f"power {id(disk)}", disk)

    def cut(self) -> None:
        super().cut()
        self.vfs.unregister()

    def _open_file(self) -> Any:
        connection = apsw.Connection(str(self.path), vfs=self.vfs.called)
        raw = _Raw(connection, self.disk)
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {self.synchronous}",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_MS}",
            "cache_size = -4096",
            "temp_store = MEMORY",
            f"wal_autocheckpoint = {self.checkpoint}",
        ):
            raw.execute(f"PRAGMA {pragma}")
        self.opened.append(raw)  # type: ignore[arg-type]
        return raw
