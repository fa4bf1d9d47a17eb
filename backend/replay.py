"""Rebuild every derived table from the ledger into a shadow database and compare it with what stands.

The shadow is an SQLite file beside the data, whatever engine the installation uses. Run it while nobody works:
it says so itself where the ledger grew meanwhile. It binds the tables of this process to the shadow, so it
belongs to the command line and to tests, never into the server.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from piccolo.apps.migrations.tables import Migration
from piccolo.table import Table

from backend import db, migrate, piccolo_conf
from backend.house import House
from backend.ledger import Fact, LedgerEntry, ServerChain, bodies_of, entry_of
from backend.migrate import TABLES
from backend.reactions import DERIVED, react
from backend.vault import SealBroken, Vault
from sync.words import Entry

CHUNK = 500


@dataclass(frozen=True)
class Difference:
    """A row that replay makes otherwise: ``columns`` that differ, or ("missing",) / ("extra",) in what stands."""

    table: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """``entries``: how many were replayed; ``erased``: of how many the body is gone, so that rows which say what it
    said cannot be made again and are left out; ``grew``: entries came in meanwhile, so differences say nothing."""

    entries: int
    rows: int
    differences: tuple[Difference, ...]
    grew: bool
    erased: int


async def replay(house: House, shadow: Path) -> Outcome:
    """Rebuild into ``shadow``, a file that does not exist yet, and compare."""
    before = await _number(house)
    engine = db.engine_for(f"sqlite:///{shadow}")
    await engine.open()
    try:
        with _bound_to(engine, house.engine):
            await migrate.forwards(engine)
            await _copy(house, engine)
            entries, erased = await _react(replace(house, engine=engine))
            compared = [await _compare(house, engine, table) for table in DERIVED]
    finally:
        await engine.close()
    named = {part for entry in erased for part in (entry.id, entry.subject)}
    differences = tuple(d for _, found in compared for d in found if named.isdisjoint(d.key.split(":")))
    rows = sum(count for count, _ in compared)
    return Outcome(entries, rows, differences, await _number(house) != before, len(erased))


@contextmanager
def _bound_to(engine: db.Engine, original: db.Engine) -> Iterator[None]:
    db.bind(engine, TABLES)
    try:
        yield
    finally:
        db.bind(original, TABLES)
        db.bind(original, (Migration,))
        piccolo_conf.DB = original


async def _number(house: House) -> int:
    rows = await db.execute(house.engine, "SELECT number FROM server_chain WHERE id = 1")
    return int(rows[0]["number"])


async def _pages(engine: db.Engine, table: type[Table]) -> AsyncIterator[list[dict[str, Any]]]:
    """All rows of a table by pages, in the order of its key on that engine."""
    name, key = table._meta.tablename, table._meta.primary_key._meta.name
    last: Any = None
    while True:
        start = "" if last is None else f'WHERE "{key}" > {{}} '
        sql = f'SELECT * FROM "{name}" {start}ORDER BY "{key}" LIMIT {CHUNK}'  # noqa: S608 - our own names
        rows = await db.execute(engine, sql, *([] if last is None else [last]))
        if not rows:
            return
        yield rows
        last = rows[-1][key]


async def _copy(house: House, shadow: db.Engine) -> None:
    """Everything that is not derived, as it stands: the ledger, and the rows that no entry makes."""
    await ServerChain.delete(force=True)
    async with db.transaction(shadow):
        for table in TABLES:
            if table not in DERIVED:
                async for rows in _pages(house.engine, table):
                    await db.insert_many(table, [_plain_row(row) for row in rows])


def _plain_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()}


async def _react(house: House) -> tuple[int, list[Entry]]:
    """Run the reactions of every entry of the shadow in ledger order; how many there were, and those whose body was
    erased: from them nothing follows any more."""
    number = 0
    erased: list[Entry] = []
    async with db.transaction(house.engine):
        while True:
            rows = (
                await LedgerEntry.select()
                .where(LedgerEntry.number > number)
                .order_by(LedgerEntry.number)
                .limit(CHUNK)
            )
            if not rows:
                return number, erased
            bodies = await bodies_of(house, [row["id"] for row in rows])
            for row in rows:
                number = row["number"]
                entry, body = entry_of(row), bodies.get(row["id"])
                if body is None:
                    erased.append(entry)
                else:
                    await react(Fact(house, number, entry, body))


async def _compare(house: House, shadow: db.Engine, table: type[Table]) -> tuple[int, list[Difference]]:
    name, key = table._meta.tablename, table._meta.primary_key._meta.name
    found: list[Difference] = []
    count = 0
    async for rows in _pages(house.engine, table):
        made = await _by_keys(shadow, name, key, [row[key] for row in rows])
        for row in rows:
            count += 1
            other = made.get(row[key])
            if other is None:
                found.append(Difference(name, str(row[key]), ("extra",)))
                continue
            differing = tuple(
                column
                for column in row
                if _comparable(house.vault, name, column, row[column])
                != _comparable(house.vault, name, column, other[column])
            )
            if differing:
                found.append(Difference(name, str(row[key]), differing))
    async for rows in _pages(shadow, table):
        standing = await _by_keys(house.engine, name, key, [row[key] for row in rows])
        found += [Difference(name, str(r[key]), ("missing",)) for r in rows if r[key] not in standing]
    return count, found


async def _by_keys(engine: db.Engine, name: str, key: str, keys: Sequence[Any]) -> dict[Any, dict[str, Any]]:
    marks = ", ".join("{}" for _ in keys)
    sql = f'SELECT * FROM "{name}" WHERE "{key}" IN ({marks})'  # noqa: S608 - our own names
    return {row[key]: row for row in await db.execute(engine, sql, *keys)}


def _comparable(vault: Vault, table: str, column: str, value: Any) -> Any:
    """The same on both engines: moments in UTC, truth as 0 and 1, sealed bytes by what they hide."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        try:
            return vault.open(bytes(value), f"{table}.{column}")
        except SealBroken:
            return bytes(value)
    return value
