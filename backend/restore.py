"""Restore a backup into an empty place.

A restored server is an older one of itself: it gets a new epoch, by which tablets notice and offer again everything
that they hold. Everybody signs in again, since a session that was closed after the backup would be open in it.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg

from backend import db, migrate
from backend.backup import (
    KEY_CHECK,
    KEYS,
    SQLITE,
    Unusable,
    columns,
    read_manifest,
    sync_to_disk,
    verify,
    write,
)
from backend.migrate import TABLES
from backend.settings import Settings
from backend.vault import KeyBroken, SealBroken, open_vault

NOT_EMPTY = "{place} 不是空的，没有恢复任何内容。请先把原有内容移走，只可留下 keys 目录。"
OLD_LOG = "{place} 是原数据库留下的日志，会混入恢复的数据，没有恢复任何内容：请先把它移走再恢复。"
LOGS = ("-wal", "-shm", "-journal", ".restoring-wal", ".restoring-shm", ".restoring-journal")
"""What SQLite, or a restore that was killed, leaves beside a database and writes into any other of that name."""


async def restore(settings: Settings, folder: Path) -> dict[str, Any]:
    """Bring back what lies in ``folder``; its manifest. The server must not run. Raises Unusable before anything is
    written where the backup is damaged, the place is not empty or the keys are not the right ones."""
    manifest = read_manifest(folder)
    engine = db.engine_for(settings.database)
    if manifest["engine"] != ("sqlite" if db.is_sqlite(engine) else "postgres"):
        raise Unusable(f"这份备份来自 {manifest['engine']}，请用 SUIJIAN_DATABASE 指定同一种数据库。")
    _check_version(manifest)
    _check_empty(settings)
    if not db.is_sqlite(engine):
        await _check_empty_database(settings.database)
    _check_keys(settings, folder, manifest)
    verify(folder, manifest)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _bring_files(settings, folder, manifest)
    if isinstance(engine, db.OneWriterSQLite):
        _bring_sqlite(Path(settings.database.removeprefix("sqlite:///")), folder, manifest)
    else:
        await _bring_postgres(engine, settings.database, folder, manifest)
    return manifest


def _check_version(manifest: Mapping[str, Any]) -> None:
    """SQLite's file is brought forward when it is opened; PostgreSQL's rows need the tables that they came from."""
    newest = max(path.stem[:4] for path in (Path(migrate.__file__).parent / "migrations").glob("[0-9]*.py"))
    older = manifest["migration"] < newest and manifest["engine"] == "sqlite"
    if manifest["migration"] != newest and not older:
        raise Unusable("这份备份来自另一个版本的程序：请用备份时的版本恢复，恢复后再升级。")


def _check_empty(settings: Settings) -> None:
    if settings.data.exists() and [path for path in settings.data.iterdir() if path.name != "keys"]:
        raise Unusable(NOT_EMPTY.format(place=settings.data))
    if settings.database.startswith("sqlite:///"):
        path = Path(settings.database.removeprefix("sqlite:///"))
        if path.exists():
            raise Unusable(NOT_EMPTY.format(place=path))
        for log in (Path(f"{path}{suffix}") for suffix in LOGS):
            if log.exists():
                raise Unusable(OLD_LOG.format(place=log))


async def _check_empty_database(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        )
    finally:
        await connection.close()
    if tables:
        raise Unusable("目标数据库不是空的，没有恢复任何内容。请新建一个空数据库再恢复。")


def _check_keys(settings: Settings, folder: Path, manifest: Mapping[str, Any]) -> None:
    """The keys that will be used open what lies in the backup."""
    mine = settings.data / "keys"
    place = mine if any((mine / key).exists() for key in KEYS) else folder / "keys"
    if not all((place / key).is_file() for key in KEYS):
        raise Unusable(f"备份里没有密钥：请先把 {'、'.join(KEYS)} 放进 {mine}，再恢复。")
    try:
        vault = open_vault(place)
        vault.open(bytes.fromhex(manifest["key_check"]), KEY_CHECK)
    except KeyBroken as error:
        raise Unusable(str(error)) from error
    except (SealBroken, ValueError) as error:
        raise Unusable(f"{place} 里的密钥打不开这份备份，没有恢复任何内容。") from error
    if vault.device != manifest["device"]:
        raise Unusable(f"{place} 里的签名密钥不是这套系统的，没有恢复任何内容。")


def _bring_files(settings: Settings, folder: Path, manifest: Mapping[str, Any]) -> None:
    keys = settings.data / "keys"
    keys.mkdir(exist_ok=True, mode=0o700)
    for key in KEYS:
        if not (keys / key).exists():
            write(keys / key, (folder / "keys" / key).read_bytes())
    settings.blobs.mkdir(exist_ok=True)
    for name in manifest["blobs"]:
        target = settings.blobs / name[:2] / name
        target.parent.mkdir(exist_ok=True)
        write(target, (folder / "blobs" / name[:2] / name).read_bytes())
    sync_to_disk(settings.blobs)
    sync_to_disk(settings.data)


def _new_life(manifest: Mapping[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
    """Another epoch, nobody signed in. A backup that lacks photographs leaves the horizon where it was when it was
    made: a tablet that sends one of them again keeps it until a backup holds it."""
    horizon = ("UPDATE field_epoch SET backed_up = {0} WHERE id = 1", (manifest["number"],))
    return [
        ("UPDATE field_epoch SET epoch = {0} WHERE id = 1", (secrets.token_hex(16),)),
        *([] if manifest["missing"] else [horizon]),
        ("DELETE FROM session", ()),
        ("DELETE FROM challenge", ()),
    ]


def _bring_sqlite(target: Path, folder: Path, manifest: Mapping[str, Any]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(folder / manifest["database"] / SQLITE, fresh)
    fresh.chmod(0o600)
    with closing(sqlite3.connect(fresh)) as copy, copy:
        for statement, values in _new_life(manifest):
            copy.execute(statement.format("?1", "?2"), values)
    sync_to_disk(fresh)
    fresh.rename(target)  # last: until then there is no database, and the server would start empty
    sync_to_disk(target.parent)


async def _bring_postgres(engine: db.Postgres, dsn: str, folder: Path, manifest: Mapping[str, Any]) -> None:
    await engine.open()
    try:
        db.bind(engine, TABLES)
        await migrate.forwards(engine)
    finally:
        await engine.close()
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("DELETE FROM server_chain")  # the first migration's row
            for name, names in columns().items():
                source = folder / manifest["database"] / f"{name}.copy"
                await connection.copy_to_table(name, columns=names, source=source)
            for statement, values in _new_life(manifest):
                await connection.execute(statement.format("$1", "$2"), *values)
    finally:
        await connection.close()
