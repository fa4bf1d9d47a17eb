"""An entry is found by its place on its tablet's chain, however long the chain has become. Nothing is taken away but
the index that this one holds within itself."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "places on a chain"


async def forwards() -> MigrationManager:
    return migrate.beside(__file__, ID, DESCRIPTION)
