"""An entry is found by its place on its tablet's chain, however long the chain has become. Nothing is taken away but
the index that this one holds within itself."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate, piccolo_conf

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "places on a chain"

STATEMENTS = (
    'CREATE INDEX ledger_entry_place ON "ledger_entry" USING btree ("device", "seq")',
    "DROP INDEX ledger_entry_device",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="suijian", description=DESCRIPTION)

    async def create() -> None:
        for statement in STATEMENTS:
            await piccolo_conf.DB.run_ddl(migrate.portable(statement, piccolo_conf.DB))

    manager.add_raw(create)
    return manager
