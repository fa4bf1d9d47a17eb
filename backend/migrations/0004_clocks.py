"""What is measured of tablets' clocks. Additive: the statements stand in ``0004_clocks.sql`` in PostgreSQL's words;
SQLite gets the same in its own."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "clocks of tablets"


async def forwards() -> MigrationManager:
    return migrate.beside(__file__, ID, DESCRIPTION)
