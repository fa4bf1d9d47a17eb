"""Who confirmed what the party asked of officers. Additive: the statements stand in ``0006_seconds.sql`` in
PostgreSQL's words; SQLite gets the same in its own."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "second officers of recusals"


async def forwards() -> MigrationManager:
    return migrate.beside(__file__, ID, DESCRIPTION)
