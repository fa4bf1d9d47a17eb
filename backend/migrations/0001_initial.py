"""The first tables, as PostgreSQL's statements in ``0001_initial.sql``; SQLite gets the same in its own words."""

from __future__ import annotations

from pathlib import Path

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
        for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n"):
            if statement.strip():
                await engine.run_ddl(migrate.portable(statement, engine))
        await migrate.forbid_change(engine, APPEND_ONLY)
        await db.execute(
            engine,
            "INSERT INTO server_chain (id, number, head, seq, prev) VALUES (1, 0, {}, 0, {})",
            ZERO,
            ZERO,
        )

    manager.add_raw(create)
    return manager
