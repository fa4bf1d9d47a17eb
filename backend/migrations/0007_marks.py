"""Marks that the office's lists read stand beside each visit's state. Additive; states that were kept before are folded
anew when the server starts (`field.entries.mark`)."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend import migrate

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "marks of visits"


async def forwards() -> MigrationManager:
    return migrate.beside(__file__, ID, DESCRIPTION)
