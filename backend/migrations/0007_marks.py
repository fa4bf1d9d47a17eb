"""Marks that the office's lists read stand beside each visit's state. Additive; states that were kept before are folded
anew when the server starts (`field.entries.mark`)."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate, piccolo_conf

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "marks of visits"

STATEMENTS = (
    'ALTER TABLE "visit_state" ADD COLUMN "code" VARCHAR(8) NOT NULL DEFAULT \'\'',
    'ALTER TABLE "visit_state" ADD COLUMN "return_on" VARCHAR(10) NOT NULL DEFAULT \'\'',
    'ALTER TABLE "visit_state" ADD COLUMN "handed" VARCHAR(12) NOT NULL DEFAULT \'\'',
    'ALTER TABLE "visit_state" ADD COLUMN "lead" BYTEA NOT NULL DEFAULT \'\'',
    'CREATE INDEX visit_state_handed ON "visit_state" USING btree ("handed")',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="suijian", description=DESCRIPTION)

    async def create() -> None:
        for statement in STATEMENTS:
            await piccolo_conf.DB.run_ddl(migrate.portable(statement, piccolo_conf.DB))

    manager.add_raw(create)
    return manager
