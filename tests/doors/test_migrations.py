"""The line of migrations builds what the tables' classes ask for, on both engines, and says so when they part."""

from __future__ import annotations

import importlib
import re

from backend import db, migrate, piccolo_conf
from backend.house import House
from backend.ledger import APPEND_ONLY


def asked_for() -> list[str]:
    """The statements that would build every table as its class stands now, in the engine's own words."""
    found: list[str] = []
    for table in sorted(migrate.TABLES, key=lambda one: one._meta.tablename):
        found += table.create_table(if_not_exists=False).ddl
    return list(dict.fromkeys(found))


async def built(house: House) -> dict[str, set[str]]:
    """Table → its columns, as the database has them."""
    if db.is_sqlite(house.engine):
        rows = await db.execute(
            house.engine,
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p "
            "WHERE m.type = 'table'",
        )
    else:
        rows = await db.execute(
            house.engine,
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns "
            "WHERE table_schema = 'public'",
        )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["t"], set()).add(row["c"])
    return found


def test_every_migration_has_a_number_of_its_own_which_is_its_files() -> None:
    files = sorted(piccolo_conf.MIGRATIONS.glob("0*.py"))
    told = [importlib.import_module(f"backend.migrations.{file.stem}").ID for file in files]
    assert told == [file.stem[:4] for file in files] == [f"{n:04}" for n in range(1, len(files) + 1)]


async def test_a_new_installation_has_every_column_that_the_classes_name(house: House) -> None:
    found = await built(house)
    for table in migrate.TABLES:
        assert found.get(table._meta.tablename) == {c._meta.db_column_name for c in table._meta.columns}, (
            table
        )


async def test_every_index_that_a_class_asks_for_is_there(house: House) -> None:
    source = "sqlite_master WHERE type = 'index'" if db.is_sqlite(house.engine) else "pg_indexes"
    name = "name" if db.is_sqlite(house.engine) else "indexname AS name"
    rows = await db.execute(house.engine, f"SELECT {name} FROM {source}")
    found = {row["name"] for row in rows}
    wanted = {
        match[1] for statement in asked_for() if (match := re.match(r"CREATE INDEX (\S+) ON", statement))
    }
    assert wanted <= found


async def test_migrating_again_changes_nothing(house: House) -> None:
    before = await migrate.head(house.engine)
    await migrate.forwards(house.engine)
    assert await migrate.head(house.engine) == before


async def test_what_is_append_only_is_guarded_by_the_database(house: House) -> None:
    source = (
        "SELECT tbl_name AS t FROM sqlite_master WHERE type = 'trigger'"
        if db.is_sqlite(house.engine)
        else "SELECT event_object_table AS t FROM information_schema.triggers"
    )
    guarded = {row["t"] for row in await db.execute(house.engine, source)}
    assert guarded == set(APPEND_ONLY)


async def test_a_place_on_a_chain_is_found_without_reading_the_chain(house: House) -> None:
    if db.is_sqlite(house.engine):
        plan = await db.execute(
            house.engine,
            "EXPLAIN QUERY PLAN SELECT id FROM ledger_entry WHERE device = {} AND seq = {}",
            "",
            1,
        )
        assert "(device=? AND seq=?)" in str(plan)
    else:
        indexes = await db.execute(
            house.engine, "SELECT indexdef FROM pg_indexes WHERE indexname = 'ledger_entry_place'"
        )
        assert "(device, seq)" in indexes[0]["indexdef"]
