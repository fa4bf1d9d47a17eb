"""The two engines behind one set of tables: SQLite (one process) and PostgreSQL (several).

Piccolo's own SQLite engine opens a connection per query and answers "database is locked" under load, so this
one keeps a single writer behind a lock and a few readers, in WAL with synchronous=FULL: what is evidence must
survive a power cut once it was acknowledged.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import aiosqlite
from piccolo.engine.postgres import PostgresEngine
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType, dict_factory
from piccolo.table import Table

# Piccolo announces its version check at every start; what it warns of still shows.
logging.getLogger("piccolo.engine").setLevel(logging.WARNING)

T = TypeVar("T")
READERS = 3
BUSY_MS = 10_000
LEDGER_LOCK = 0x5355494A49414E  # "SUIJIAN": the advisory lock under which the ledger is appended
BIND_LIMIT = 30_000


class _WriterTransaction(SQLiteTransaction):
    """A transaction on the one writer connection: waits its turn, begins IMMEDIATE, keeps the connection."""

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            return self._parent
        engine = cast("OneWriterSQLite", self.engine)
        await engine.writing.acquire()
        try:
            self.connection = engine.writer
            await self.connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            engine.writing.release()
            raise
        self.context = engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if self._parent:
            return exception is None
        engine = cast("OneWriterSQLite", self.engine)
        try:
            if exception is not None:
                await self._undo()
            elif not self._committed and not self._rolled_back:
                try:
                    await self.connection.execute("COMMIT")
                except BaseException:
                    await self._undo()
                    raise
        finally:
            engine.current_transaction.reset(self.context)
            engine.writing.release()
        return exception is None

    async def _undo(self) -> None:
        if self.connection.in_transaction:  # SQLite ends it itself where a full disk or an I/O error did
            await self.connection.execute("ROLLBACK")


class OneWriterSQLite(SQLiteEngine):
    """SQLite with one writer and a few readers. ``open`` before use, ``close`` at the end."""

    __slots__ = ("readers", "writer", "writing")

    writer: aiosqlite.Connection
    readers: asyncio.Queue[aiosqlite.Connection]
    writing: asyncio.Lock

    async def open(self) -> None:
        """Open the connections; must run in the event loop that will use them."""
        self.writing = asyncio.Lock()
        self.readers = asyncio.Queue()
        self.writer = await self._connect()
        for _ in range(READERS):
            self.readers.put_nowait(await self._connect())

    async def close(self) -> None:
        await self.writer.close()
        while not self.readers.empty():
            await self.readers.get_nowait().close()

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(**self.connection_kwargs)
        connection.row_factory = dict_factory  # type: ignore[assignment]
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_MS}",
            "cache_size = -65536",
        ):
            await connection.execute(f"PRAGMA {pragma}")
        return connection

    async def _run_in_new_connection(
        self,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",
        table: type[Table] | None = None,
    ) -> Any:
        if query.lstrip()[:6].upper() == "SELECT":
            reader = await self.readers.get()
            try:
                async with reader.execute(query, args or []) as cursor:
                    return await cursor.fetchall()
            finally:
                self.readers.put_nowait(reader)
        async with self.transaction():
            return await self._run_in_existing_connection(self.writer, query, args)

    async def _run_in_existing_connection(
        self,
        connection: aiosqlite.Connection,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",
        table: type[Table] | None = None,
    ) -> Any:
        async with connection.execute(query, args or []) as cursor:
            return await cursor.fetchall()

    def transaction(
        self,
        transaction_type: TransactionType = TransactionType.immediate,
        allow_nested: bool = True,
    ) -> SQLiteTransaction:
        return _WriterTransaction(self, TransactionType.immediate, allow_nested)


class Postgres(PostgresEngine):
    """PostgreSQL with a connection pool. ``open`` before use, ``close`` at the end."""

    async def open(self) -> None:
        await self.start_connection_pool(min_size=2, max_size=10)

    async def close(self) -> None:
        await self.close_connection_pool()


Engine = OneWriterSQLite | Postgres


def engine_for(url: str) -> Engine:
    """The engine for ``sqlite:///PATH`` or ``postgresql://…``; raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return OneWriterSQLite(path=url.removeprefix("sqlite:///"))
    if parts.scheme in ("postgres", "postgresql"):
        return Postgres(config={"dsn": url}, extensions=())
    raise ValueError(f"unknown database address: {parts.scheme}")


def bind(engine: Engine, tables: Iterable[type[Table]]) -> None:
    """Let these tables use this engine from now on."""
    for table in tables:
        table._meta._db = engine


def is_sqlite(engine: Engine) -> bool:
    return isinstance(engine, OneWriterSQLite)


def transaction(engine: Engine) -> AbstractAsyncContextManager[Any]:
    """A transaction on either engine; nested ones join the outer one."""
    return cast("AbstractAsyncContextManager[Any]", engine.transaction())


async def lock_ledger(engine: Engine) -> None:
    """Make this transaction the only one that appends, until it commits. SQLite has one writer anyway."""
    if not is_sqlite(engine):
        await execute(engine, f"SELECT pg_advisory_xact_lock({LEDGER_LOCK})")


async def execute(engine: Engine, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Run one statement with ``{}`` as the place of each argument; rows come as dictionaries."""
    from piccolo.querystring import QueryString

    rows = await engine.run_querystring(QueryString(sql, *args))
    return [dict(row) for row in rows or []]


def skip_locked(engine: Engine) -> str:
    """What ends a SELECT so that several processes each get rows of their own; SQLite has one process."""
    return "" if is_sqlite(engine) else " FOR UPDATE SKIP LOCKED"


def parts(values: Sequence[T]) -> Iterator[list[T]]:
    """The values in pieces that an engine takes as one statement's parameters."""
    for start in range(0, len(values), BIND_LIMIT):
        yield list(values[start : start + BIND_LIMIT])


async def insert_many(table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows past the ORM: executemany on SQLite, COPY on PostgreSQL. Joins the open transaction.

    Every row has the same keys, which are column names of ``table``.
    """
    if not rows:
        return
    engine = cast("Engine", table._meta.db)
    columns = list(rows[0])
    values = [tuple(row[c] for c in columns) for row in rows]
    name = table._meta.tablename
    async with transaction(engine):
        current = engine.current_transaction.get()
        assert current is not None  # noqa: S101 - the transaction above is open
        if isinstance(engine, OneWriterSQLite):
            names = ", ".join(f'"{c}"' for c in columns)
            marks = ", ".join("?" for _ in columns)
            await current.connection.executemany(
                f'INSERT INTO "{name}" ({names}) VALUES ({marks})',  # noqa: S608 - names of our own columns
                values,
            )
        else:
            await current.connection.copy_records_to_table(name, records=values, columns=columns)


def is_full(error: BaseException) -> bool:
    """Whether there was no room left on the disk, of a database or of a file."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return type(error).__name__ == "DiskFullError"


def is_unique_violation(error: BaseException) -> bool:
    """Whether a unique key refused a row, on either engine."""
    if isinstance(error, sqlite3.IntegrityError):
        return "UNIQUE" in str(error)
    return type(error).__name__ == "UniqueViolationError"
