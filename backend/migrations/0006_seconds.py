"""Who confirmed what the party asked of officers. Additive: the statements stand in ``0006_seconds.sql`` in
PostgreSQL's words; SQLite gets the same in its own."""

from __future__ import annotations

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate, piccolo_conf

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "second officers of recusals"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="suijian", description=DESCRIPTION)

    async def create() -> None:
        engine = piccolo_conf.DB
        for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n"):
            if statement.strip():
                await engine.run_ddl(migrate.portable(statement, engine))

    manager.add_raw(create)
    return manager
