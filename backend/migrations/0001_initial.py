"""The first tables."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import db
from backend.ledger import FIRST_HEAD, TRIGGERS_POSTGRES, TRIGGERS_SQLITE, ServerChain
from backend.migrate import TABLES
from sync.words import NO_PREV

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "the first tables"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="suijian", description=DESCRIPTION)

    async def create() -> None:
        from backend import piccolo_conf

        engine = piccolo_conf.DB
        for table in TABLES:
            await table.create_table(if_not_exists=True)
            indexed = [column for column in table._meta.columns if column._meta.index]
            for column in indexed:
                await table.create_index([column], if_not_exists=True)
        triggers = TRIGGERS_SQLITE if db.is_sqlite(engine) else TRIGGERS_POSTGRES
        for statement in triggers:
            await engine.run_ddl(statement)
        await ServerChain.insert(ServerChain(id=1, number=0, head=FIRST_HEAD, seq=0, prev=NO_PREV))

    manager.add_raw(create)
    return manager
