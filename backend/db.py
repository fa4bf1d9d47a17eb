"""The two engines behind one set of tables: SQLite (one process) and PostgreSQL (several).

Piccolo's own SQLite engine opens a connection per query and answers "database is locked" under load, so this
one keeps a single writer behind a lock and a few readers, in WAL with synchronous=FULL: what is evidence must
survive a power cut once it was acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from functools import cache, lru_cache
from string import Formatter
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import aiosqlite
from asyncpg.exceptions import InterfaceError
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType, dict_factory
from piccolo.table import Table

from backend.commits import Line

# Piccolo announces its version check at every start; what it warns of still shows.
logging.getLogger("piccolo.engine").setLevel(logging.WARNING)
# Piccolo reads whole numbers by way of Decimal, in case a column holds others; ours hold none.
sqlite3.register_converter("INTEGER", int)

T = TypeVar("T")
READERS = 3
BUSY_MS = 10_000
BIND_LIMIT = 30_000
FEW = 2_000
"""Rows up to which PostgreSQL takes them faster as one statement's parameters than as a COPY."""
STATEMENTS = 500
"""How many statements a connection to PostgreSQL remembers as prepared."""

_in_loop: ContextVar[bool] = ContextVar("statements run in the loop's own thread", default=False)


@contextmanager
def short_statements() -> Iterator[None]:
    """Whoever is inside promises that its statements take microseconds each: SQLite then runs them where they are,
    since handing one over to a thread and back takes longer. Committing still does not hold the loop."""
    token = _in_loop.set(True)
    try:
        yield
    finally:
        _in_loop.reset(token)


def _raw(connection: Any) -> sqlite3.Connection | None:
    """The connection under the thread's, where statements may run at once."""
    if _in_loop.get() and isinstance(connection, aiosqlite.Connection):
        return connection._conn
    return None


async def _begin(connection: Any) -> None:
    """BEGIN IMMEDIATE, where it is: that takes microseconds unless another process writes, for which it is waited
    elsewhere. A thread would have to wait for this one first, and everybody in the line with it."""
    if not isinstance(connection, aiosqlite.Connection):
        await connection.execute("BEGIN IMMEDIATE")
        return
    try:
        connection._conn.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        await connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        try:
            await connection.execute("BEGIN IMMEDIATE")
        finally:
            await connection.execute("PRAGMA busy_timeout = 0")


class _WriterTransaction(SQLiteTransaction):
    """A transaction on the one writer connection: waits its turn, begins IMMEDIATE, keeps the connection."""

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            return self._parent
        engine = cast("OneWriterSQLite", self.engine)
        await engine.writing.acquire()
        try:
            self.connection = engine.writer
            await _begin(self.connection)
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

    __slots__ = ("line", "readers", "writer", "writing")

    line: Line
    writer: aiosqlite.Connection
    readers: asyncio.LifoQueue[aiosqlite.Connection]
    writing: asyncio.Lock

    async def open(self) -> None:
        """Open the connections; must run in the event loop that will use them."""
        self.writing = asyncio.Lock()
        self.readers = asyncio.LifoQueue()
        self.line = _line(self)
        self.writer = await self._connect()
        await self.writer.execute("PRAGMA busy_timeout = 0")
        for _ in range(READERS):
            self.readers.put_nowait(await self._connect())

    async def close(self) -> None:
        await self.writer.close()
        while not self.readers.empty():
            await self.readers.get_nowait().close()

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(**self.connection_kwargs, check_same_thread=False)
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
            if _in_loop.get() and not self.writing.locked():
                # Nobody is in the middle of anything: the writer has the newest pages in memory, and a reader, for
                # which every commit empties its own, would read them again.
                return await self._run_in_existing_connection(self.writer, query, args)
            reader = await self.readers.get()
            try:
                return await self._run_in_existing_connection(reader, query, args)
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
        raw = _raw(connection)
        if raw is not None:
            return raw.execute(query, args or []).fetchall()
        async with connection.execute(query, args or []) as cursor:
            return await cursor.fetchall()

    async def fetch(self, query: str, args: Sequence[Any]) -> Any:
        """Rows of a statement, in the open transaction where there is one."""
        current = self.current_transaction.get()
        if current is None:
            return await self._run_in_new_connection(query, list(args))
        return await self._run_in_existing_connection(current.connection, query, list(args))

    def transaction(
        self,
        transaction_type: TransactionType = TransactionType.immediate,
        allow_nested: bool = True,
    ) -> SQLiteTransaction:
        return _WriterTransaction(self, TransactionType.immediate, allow_nested)


async def _as_it_is(_: object) -> None:
    """A connection goes back as it is: an open transaction was undone before, and no session keeps anything else
    (no SET, no LISTEN, no lock beyond a transaction). Asking the server to make sure costs a round trip a query."""


async def _on_the_disk(connection: Any) -> None:
    """A receipt is given once the commit is on the disk, whatever the server was set to; stricter settings stay."""
    await connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')"
    )


async def unsafe_settings(engine: Engine) -> list[str]:
    """Settings of the database server under which a power cut may lose or tear what was committed."""
    if is_sqlite(engine):
        return []
    names = ("fsync", "full_page_writes")
    rows = await execute(
        engine,
        f"SELECT name, setting FROM pg_settings WHERE name IN ({marks(names)})",  # noqa: S608 - marks
        *names,
    )
    return [f"{row['name']}={row['setting']}" for row in rows if row["setting"] != "on"]


class _PoolTransaction(PostgresTransaction):
    """A transaction that gives its connection back however it ends. Where the database went away, beginning,
    committing and undoing fail as well: such a connection is closed; never given back, it would be missing for good."""

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        self.connection = await cast("Any", self.engine.pool).acquire()
        try:
            self.transaction = self.connection.transaction()
            await self.transaction.start()
        except BaseException:
            await self._give_back(broken=True)
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if self._parent is not None:
            return exception is None
        broken = True
        try:
            if not self._committed and not self._rolled_back:
                await (self.transaction.commit() if exception is None else self.transaction.rollback())
            broken = False
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back(broken)
        return exception is None

    async def _give_back(self, broken: bool) -> None:
        if broken:
            with suppress(InterfaceError):  # it was lost, and is back in the pool already
                self.connection.terminate()
        await cast("Any", self.engine.pool).release(self.connection)


class Postgres(PostgresEngine):
    """PostgreSQL with a connection pool. ``open`` before use, ``close`` at the end."""

    line: Line

    async def open(self) -> None:
        self.line = _line(self)
        await self.start_connection_pool(
            min_size=2, max_size=10, reset=_as_it_is, init=_on_the_disk, statement_cache_size=STATEMENTS
        )

    async def close(self) -> None:
        await self.close_connection_pool()

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:
        return _PoolTransaction(self, allow_nested)

    async def fetch(self, query: str, args: Sequence[Any]) -> Any:
        """Rows of a statement, in the open transaction where there is one."""
        current = self.current_transaction.get()
        if current is None:
            return await self._run_in_pool(query, args)
        return await current.connection.fetch(query, *args)


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


def _line(engine: Engine) -> Line:
    @asynccontextmanager
    async def begin() -> AsyncIterator[Any]:
        with short_statements():
            async with transaction(engine) as opened:
                yield opened

    return Line(begin, lambda sql: execute(engine, sql), engine.current_transaction)


async def execute(engine: Engine, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Run one statement with ``{}`` as the place of each argument; rows come as dictionaries."""
    rows = await engine.fetch(_marked(sql, is_sqlite(engine)), args)
    return rows if is_sqlite(engine) else [dict(row) for row in rows]


async def execute_many(engine: Engine, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement with the arguments of each row, in the open transaction."""
    current = engine.current_transaction.get()
    if current is None:
        raise RuntimeError("execute_many outside a transaction")
    statement = _marked(sql, is_sqlite(engine))
    raw = _raw(current.connection)
    if raw is not None:
        raw.executemany(statement, rows)
    else:
        await current.connection.executemany(statement, rows)


@lru_cache(maxsize=1_000)
def _marked(sql: str, sqlite: bool) -> str:
    """The statement with the engine's own marks for its arguments."""
    places = sum(name is not None for _, name, _, _ in Formatter().parse(sql))
    return sql.format(*("?" if sqlite else f"${place + 1}" for place in range(places)))


def marks(values: Collection[Any]) -> str:
    """A ``{}`` per value, for a list of values in a statement."""
    return ", ".join(["{}"] * len(values))


def for_update(engine: Engine) -> str:
    """What ends a SELECT so that whoever reads the row so too waits until this transaction has ended; SQLite has one
    writer anyway."""
    return "" if is_sqlite(engine) else " FOR UPDATE"


def skip_locked(engine: Engine) -> str:
    """What ends a SELECT so that several processes each get rows of their own; SQLite has one process."""
    return "" if is_sqlite(engine) else " FOR UPDATE SKIP LOCKED"


def parts(values: Sequence[T]) -> Iterator[list[T]]:
    """The values in pieces that an engine takes as one statement's parameters."""
    return _pieces(values, BIND_LIMIT)


def _pieces(values: Sequence[T], most: int) -> Iterator[list[T]]:
    for start in range(0, len(values), most):
        yield list(values[start : start + most])


async def insert_many(
    table: type[Table], rows: Sequence[Mapping[str, Any]], *, unless_there: bool = False
) -> None:
    """Insert many rows past the ORM: executemany on SQLite, arrays or COPY on PostgreSQL. Joins the open transaction.

    Every row has the same keys, which are column names of ``table``. ``unless_there``: a row whose unique key is
    taken is left out.
    """
    if not rows:
        return
    engine = cast("Engine", table._meta.db)
    columns = list(rows[0])
    values = [tuple(map(row.__getitem__, columns)) for row in rows]
    name = table._meta.tablename
    names = ", ".join(f'"{c}"' for c in columns)
    into = f'INSERT INTO "{name}" ({names})'
    unless = " ON CONFLICT DO NOTHING" if unless_there else ""
    async with transaction(engine):
        current = engine.current_transaction.get()
        assert current is not None  # noqa: S101 - the transaction above is open
        if isinstance(engine, OneWriterSQLite):
            places = ", ".join("?" for _ in columns)
            statement = f"{into} VALUES ({places}){unless}"
            raw = _raw(current.connection)
            if raw is not None:
                raw.executemany(statement, values)
            else:
                await current.connection.executemany(statement, values)
        elif len(values) <= FEW or unless_there:
            # A column each, as an array: one statement for any number of rows, which the server knows already.
            arrays = ", ".join(f"{{}}::{_array(table, column)}" for column in columns)
            statement = f"{into} SELECT * FROM unnest({arrays}){unless}"  # noqa: S608 - names of our own columns
            for part in _pieces(values, FEW):
                await execute(engine, statement, *map(list, zip(*part, strict=True)))
        else:
            await current.connection.copy_records_to_table(name, records=values, columns=columns)


@cache
def _array(table: type[Table], column: str) -> str:
    """The type of an array of a column's values, without their greatest length: the column itself looks at that, and
    a cast would cut them off."""
    return f"{table._meta.get_column_by_name(column).column_type.partition('(')[0]}[]"
