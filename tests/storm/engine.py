"""The house's SQLite engine without threads, so that one seed gives one run; and the places where it can be hurt.

Same file, same statements, same transactions as `backend.db`: the thread behind every call is gone. Between two
statements another request may run, the process may die, or the disk may be full, as a schedule says. What a commit
under synchronous=FULL promises is taken for granted here: a process that dies in a schedule keeps what it committed
and nothing else, so nothing is synced, and the files' locks and the index of the WAL lie in this process
(`unix-excl`), since nobody else opens them.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from contextvars import ContextVar
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

from piccolo.table import Table

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
    def __init__(self, rows: list[Any], lastrowid: int | None) -> None:
        self._rows, self.lastrowid = rows, lastrowid

    async def fetchall(self) -> list[Any]:
        return self._rows


class _Statement:
    """Awaitable and asynchronous context manager, as aiosqlite's is."""

    def __init__(self, connection: Connection, sql: str, run: Callable[[], _Cursor]) -> None:
        self._connection, self._sql, self._run = connection, sql, run

    async def _done(self) -> _Cursor:
        await self._connection.hooks.before(self._sql)
        return self._run()

    def __await__(self) -> Generator[Any, None, _Cursor]:
        return self._done().__await__()

    async def __aenter__(self) -> _Cursor:
        return await self._done()

    async def __aexit__(self, *_: object) -> None:
        return None


class Connection:
    """As much of aiosqlite's connection as the house uses. The file is opened when it is first needed: most lives
    of the server are short, and need no reader."""

    def __init__(self, hooks: Hooks, opening: Callable[[], sqlite3.Connection]) -> None:
        self.hooks, self._opening = hooks, opening

    @cached_property
    def raw(self) -> sqlite3.Connection:
        return self._opening()

    @property
    def in_transaction(self) -> bool:
        # A dead process has no transaction: the file was closed, and SQLite undid it.
        return LIFE.get() in (0, self.hooks.life) and self.raw.in_transaction

    def execute(self, sql: str, arguments: Iterable[Any] = ()) -> _Statement:
        return _Statement(self, sql, lambda: self._run(sql, tuple(arguments)))

    def executemany(self, sql: str, rows: Iterable[Iterable[Any]]) -> _Statement:
        return _Statement(self, sql, lambda: self._run_many(sql, [tuple(row) for row in rows]))

    def rows(self, sql: str, arguments: Sequence[Any]) -> list[Any]:
        """Every row of a statement as a dictionary; no fault happens before it."""
        return _dictionaries(self.raw.execute(sql, arguments))

    def _run(self, sql: str, arguments: Sequence[Any]) -> _Cursor:
        cursor = self.raw.execute(sql, arguments)
        return _Cursor(_dictionaries(cursor), cursor.lastrowid)

    def _run_many(self, sql: str, rows: list[tuple[Any, ...]]) -> _Cursor:
        return _Cursor([], self.raw.executemany(sql, rows).lastrowid)

    async def close(self) -> None:
        self.raw.close()


def _dictionaries(cursor: sqlite3.Cursor) -> list[Any]:
    rows = cursor.fetchall()
    if not rows:
        return rows
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in rows]


class InlineSQLite(OneWriterSQLite):
    """`OneWriterSQLite` on connections of this thread."""

    __slots__ = ("hooks", "opened")

    def __init__(self, path: str, hooks: Hooks) -> None:
        super().__init__(path=path)
        self.hooks = hooks
        self.opened: list[sqlite3.Connection] = []

    async def _connect(self) -> Any:
        return Connection(self.hooks, self._open_file)

    def _open_file(self) -> sqlite3.Connection:
        address = f"file:{quote(self.path)}?vfs=unix-excl"
        connection: sqlite3.Connection = sqlite3.connect(
            **{**self.connection_kwargs, "database": address}, uri=True, cached_statements=1_000
        )
        for pragma in (
            "journal_mode = WAL",
            "synchronous = OFF",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_MS}",
            "cache_size = -4096",
        ):
            connection.execute(f"PRAGMA {pragma}")
        self.opened.append(connection)
        return connection

    async def _run_in_new_connection(
        self,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",
        table: type[Table] | None = None,
    ) -> Any:
        if query.lstrip()[:6].upper() != "SELECT":
            return await super()._run_in_new_connection(query, args, query_type, table)
        await self.hooks.before(query)
        return self.committed(query, args or ())

    async def fetch(self, query: str, args: Sequence[Any]) -> Any:
        current = self.current_transaction.get()
        if current is None:
            return await self._run_in_new_connection(query, list(args))
        await self.hooks.before(query)
        return cast("Any", current.connection).rows(query, args)

    async def _run_in_existing_connection(
        self,
        connection: Any,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",
        table: type[Table] | None = None,
    ) -> Any:
        await self.hooks.before(query)
        return connection.rows(query, args or ())

    def committed(self, sql: str, arguments: Sequence[Any]) -> list[Any]:
        """What the statement finds of what is committed: read by the writer, which has the pages in memory, unless
        it is in the middle of a transaction, which only its own task may see."""
        connection = cast("Connection", self.writer)
        if connection.raw.in_transaction:
            reader = self.readers.get_nowait()
            self.readers.put_nowait(reader)
            connection = cast("Connection", reader)
        return connection.rows(sql, arguments)

    def back_up(self, target: sqlite3.Connection) -> None:
        """Copy what is committed while others work."""
        cast("Connection", self.writer).raw.backup(target)

    def cut(self) -> None:
        """Close every file at once, in whatever state it is: the process is gone."""
        for connection in self.opened:
            connection.close()
        self.opened.clear()

    async def close(self) -> None:
        self.cut()
