"""Heads that say the same dispute nothing any more (`sync.fold`): states that call something disputed are folded
anew when the server starts (`field.entries.mark`)."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate

ID = "0008"
VERSION = "1.38.0"
DESCRIPTION = "answers alike"


async def forwards() -> MigrationManager:
    return migrate.beside(__file__, ID, DESCRIPTION)
