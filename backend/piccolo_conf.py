"""Piccolo's configuration. ``DB`` is set by ``backend.migrate`` to the engine in use."""

from __future__ import annotations

from pathlib import Path

from piccolo.conf.apps import AppConfig, AppRegistry

from backend.db import Engine, OneWriterSQLite

APP_NAME = "suijian"
DB: Engine = OneWriterSQLite(path=":memory:")
APP_REGISTRY = AppRegistry(apps=[])
MIGRATIONS = Path(__file__).parent / "migrations"


def app_config() -> AppConfig:
    """The one Piccolo app of the project."""
    from backend.migrate import TABLES

    return AppConfig(
        app_name=APP_NAME,
        migrations_folder_path=str(MIGRATIONS),
        table_classes=list(TABLES),
        migration_dependencies=[],
    )
