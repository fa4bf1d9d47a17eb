"""The first tables, as PostgreSQL's statements in ``0001_initial.sql``; SQLite gets the same in its own words."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import db, migrate, piccolo_conf

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "the first tables"
APPEND_ONLY = (
    *("ledger_entry", "ledger_body", "registry_change"),
    *("draw_secret", "draw_row", "draw_roster"),
)
ZERO = "0" * 64


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="suijian", description=DESCRIPTION)

    async def create() -> None:
        engine = piccolo_conf.DB
        await migrate.run_beside(__file__)
        await migrate.forbid_change(engine, APPEND_ONLY)
        await db.execute(
            engine,
            "INSERT INTO server_chain (id, number, head, seq, prev) VALUES (1, 0, {}, 0, {})",
            ZERO,
            ZERO,
        )

    manager.add_raw(create)
    return manager
