"""The house's SQLite engine without threads, so that one seed gives one run; and the places where it can be hurt.

Same file, same pragmas, same statements, same transactions as `backend.db`: only the thread behind every call is
gone. Between two statements another request may run, the process may die, or the disk may be full, as a schedule
says. A commit under synchronous=FULL survives a power cut; the schedules keep the files where fsync costs nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextvars import ContextVar
from typing import Any

from backend.db import BUSY_MS, OneWriterSQLite

LIFE: ContextVar[int] = ContextVar("life", default=0)
"""Which life of the server the running request belongs to; a dead one touches nothing any more."""


class Killed(BaseException):
    """The server's process ended here. Nothing in the program may catch it."""


class Hooks:
    """What a schedule does between two statements. ``kill_in``: statements until the process dies, None for never;
    ``full_in``: writing statements until the disk is full."""

    def __init__(self) -> None:
        self.life = 1
        self.kill_in: int | None = None
        self.full_in: int | None = None
        self.switch: Callable[[], bool] = lambda: False

    async def before(self, sql: str) -> None:
        """Called before every statement of a request."""
        if LIFE.get() not in (0, self.life):
            raise Killed
        if self.kill_in is not None and LIFE.get():
            self.kill_in -= 1
            if self.kill_in <= 0:
                self.kill_in = None
                raise Killed
        if self.full_in is not None and sql.lstrip()[:6].upper() in ("INSERT", "UPDATE"):
            self.full_in -= 1
            if self.full_in <= 0:
                self.full_in = None
                raise sqlite3.OperationalError("database or disk is full")
        if LIFE.get() and self.switch():
            await asyncio.sleep(0)
            if LIFE.get() != self.life:
                raise Killed


class _Cursor:
    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def fetchall(self) -> list[Any]:
        rows = self._cursor.fetchall()
        if not rows:
            return rows
        names = [column[0] for column in self._cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid


class _Statement:
    """Awaitable and asynchronous context manager, as aiosqlite's is."""

    def __init__(self, connection: Connection, sql: str, run: Callable[[], sqlite3.Cursor]) -> None:
        self._connection, self._sql, self._run = connection, sql, run

    async def _done(self) -> _Cursor:
        await self._connection.hooks.before(self._sql)
        return _Cursor(self._run())

    def __await__(self) -> Generator[Any, None, _Cursor]:
        return self._done().__await__()

    async def __aenter__(self) -> _Cursor:
        return await self._done()

    async def __aexit__(self, *_: object) -> None:
        return None


class Connection:
    """As much of aiosqlite's connection as the house uses."""

    def __init__(self, connection: sqlite3.Connection, hooks: Hooks) -> None:
        self.raw, self.hooks = connection, hooks

    @property
    def in_transaction(self) -> bool:
        # A dead process has no transaction: the file was closed, and SQLite undid it.
        return LIFE.get() in (0, self.hooks.life) and self.raw.in_transaction

    def execute(self, sql: str, arguments: Iterable[Any] = ()) -> _Statement:
        return _Statement(self, sql, lambda: self.raw.execute(sql, tuple(arguments)))

    def executemany(self, sql: str, rows: Iterable[Iterable[Any]]) -> _Statement:
        return _Statement(self, sql, lambda: self.raw.executemany(sql, [tuple(row) for row in rows]))

    async def close(self) -> None:
        self.raw.close()


class InlineSQLite(OneWriterSQLite):
    """`OneWriterSQLite` on connections of this thread."""

    __slots__ = ("hooks", "opened")

    def __init__(self, path: str, hooks: Hooks) -> None:
        super().__init__(path=path)
        self.hooks = hooks
        self.opened: list[sqlite3.Connection] = []

    async def _connect(self) -> Any:
        connection = sqlite3.connect(**self.connection_kwargs, cached_statements=1_000)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_MS}",
            "cache_size = -4096",
        ):
            connection.execute(f"PRAGMA {pragma}")
        self.opened.append(connection)
        return Connection(connection, self.hooks)

    def cut(self) -> None:
        """Close every file at once, in whatever state it is: the process is gone."""
        for connection in self.opened:
            connection.close()
        self.opened.clear()

    async def close(self) -> None:
        self.cut()
