"""Jobs, and tables of visits that change after they were ordered. Additive: the statements stand in
``0002_changes.sql`` in PostgreSQL's words, grouped by stage; SQLite gets the same in its own."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "jobs, changes of visits"


async def forwards() -> MigrationManager:
    return migrate.beside(__file__, ID, DESCRIPTION)
