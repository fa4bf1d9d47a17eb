"""Whoever holds the database file and all its rights: what the triggers refuse, done past them."""

from __future__ import annotations

from typing import Any

from backend import db
from backend.house import House


async def past_the_triggers(
    house: House, table: str, column: str, value: Any, key: str, identity: str
) -> None:
    """Set ``column`` where ``key`` is ``identity`` in an append-only table, and leave its triggers as they were."""
    statement = f'UPDATE {table} SET "{column}" = {{}} WHERE {key} = {{}}'
    if db.is_sqlite(house.engine):
        rows = await db.execute(
            house.engine, "SELECT sql FROM sqlite_master WHERE name = {}", f"{table}_no_update"
        )
        await db.execute(house.engine, f"DROP TRIGGER {table}_no_update")
        await db.execute(house.engine, statement, value, identity)
        await db.execute(house.engine, rows[0]["sql"])
    else:
        await db.execute(house.engine, f"ALTER TABLE {table} DISABLE TRIGGER {table}_refuse")
        await db.execute(house.engine, statement, value, identity)
        await db.execute(house.engine, f"ALTER TABLE {table} ENABLE TRIGGER {table}_refuse")


async def erase_body(house: House, entry: str) -> None:
    """Take the body of an entry away, and leave the triggers as they were."""
    statement = "DELETE FROM ledger_body WHERE entry = {}"
    if db.is_sqlite(house.engine):
        rows = await db.execute(
            house.engine, "SELECT sql FROM sqlite_master WHERE name = {}", "ledger_body_no_delete"
        )
        await db.execute(house.engine, "DROP TRIGGER ledger_body_no_delete")
        await db.execute(house.engine, statement, entry)
        await db.execute(house.engine, rows[0]["sql"])
    else:
        await db.execute(house.engine, "ALTER TABLE ledger_body DISABLE TRIGGER ledger_body_refuse")
        await db.execute(house.engine, statement, entry)
        await db.execute(house.engine, "ALTER TABLE ledger_body ENABLE TRIGGER ledger_body_refuse")
