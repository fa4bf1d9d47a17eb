"""The one numbered line of migrations, run by Piccolo on either engine."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Sequence
from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import table_finder

from backend import db, piccolo_conf

os.environ.setdefault("PICCOLO_CONF", "backend.piccolo_conf")  # Piccolo looks its engine up by this name only

MODULES = (
    "backend.ledger",
    "backend.people.tables",
    "backend.registry.tables",
    "backend.planning.tables",
    "backend.draw.tables",
    "backend.jobs",
    "backend.dispatch.tables",
    "backend.dispatch.push",
    "backend.field.tables",
    "backend.field.tables_decisions",
    "backend.field.tables_forms",
    "backend.field.tables_lost",
    "backend.door.tables",
    "backend.publication.tables",
)
"""Every module that holds tables."""

TABLES = tuple(dict.fromkeys(table_finder(list(MODULES))))


class MigrationFailed(Exception):
    """A migration did not run; the text is Piccolo's own."""


async def forwards(engine: db.Engine) -> None:
    """Bring the database to the newest migration. Several processes may try at once: one does it."""
    piccolo_conf.DB = engine
    db.bind(engine, (Migration,))
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        manager = ForwardsMigrationManager(app_name=piccolo_conf.APP_NAME)
        await manager.create_migration_table()
        result = await manager.run_migrations(piccolo_conf.app_config())
    if not result.success:
        raise MigrationFailed(output.getvalue())


def portable(statement: str, engine: db.Engine) -> str:
    """A statement of PostgreSQL's, in the words of this engine."""
    if not db.is_sqlite(engine):
        return statement
    for ours, theirs in (("BYTEA", "BLOB"), ("BIGINT", "INTEGER"), (" USING btree", "")):
        statement = statement.replace(ours, theirs)
    return statement


def beside(file: str, number: str, description: str) -> MigrationManager:
    """A migration that runs the statements of the .sql file beside ``file``, in this engine's words."""
    manager = MigrationManager(migration_id=number, app_name=piccolo_conf.APP_NAME, description=description)

    async def run() -> None:
        await run_beside(file)

    manager.add_raw(run)
    return manager


async def run_beside(file: str) -> None:
    """Those statements, one after another, on the engine that is being brought forwards."""
    engine = piccolo_conf.DB
    for statement in Path(file).with_suffix(".sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            await engine.run_ddl(portable(statement, engine))


async def forbid_change(engine: db.Engine, tables: Sequence[str]) -> None:
    """Let the database itself refuse UPDATE, DELETE and TRUNCATE of these tables."""
    for table in tables:
        if db.is_sqlite(engine):
            for act in ("UPDATE", "DELETE"):
                await engine.run_ddl(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            await engine.run_ddl(
                "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
            )
            for name, acts, each in (
                ("refuse", "UPDATE OR DELETE", "ROW"),
                ("no_truncate", "TRUNCATE", "STATEMENT"),
            ):
                await engine.run_ddl(
                    f"CREATE TRIGGER {table}_{name} BEFORE {acts} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION ledger_refuse()"
                )


async def head(engine: db.Engine) -> str:
    """The name of the newest migration that ran."""
    rows = await db.execute(engine, "SELECT name FROM migration ORDER BY name DESC LIMIT 1")
    return str(rows[0]["name"]) if rows else ""
