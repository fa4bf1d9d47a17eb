"""Backup while everybody works, and restore into an empty place.

A backup is a folder: the database as of one ledger number, every photograph, and ``manifest.json`` with all their
digests, written last. The next backup into the same folder copies only what is new; until its manifest lies there the
one before is whole. Photographs are copied after the database and are never changed, so that a backup holds every one
that its database speaks of; one that the server has lost since stays in the folder that still holds it. Those that were
destroyed on site go from the folder too, after its manifest.

The keys stay out unless they are asked for: whoever has folder and keys reads everything, and a folder without the
keys opens nothing. Keep them apart, and keep them: without them a backup cannot be restored.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from backend import db, migrate
from backend.field.blobs import Store
from backend.field.given_up import given_up
from backend.field.tables import epoch_of
from backend.house import House, instant
from backend.migrate import TABLES
from sync.canon import canonical, digest

FORMAT = "suijian-backup/1"
MANIFEST = "manifest.json"
KEY_CHECK = "backup.key_check"
KEYS = ("data.key", "server.pem")
SQLITE = "suijian.sqlite"
STORED = "SELECT DISTINCT digest FROM evidence WHERE stored > 0 AND use <> 'destroyed'"
DESTROYED = (
    "SELECT DISTINCT digest FROM evidence WHERE use = 'destroyed' "
    "AND digest NOT IN (SELECT digest FROM evidence WHERE use <> 'destroyed')"
)
_BLOB = re.compile(r"[0-9a-f]{64}")
_DATABASE = re.compile(r"database-\d+-[0-9a-f]{8}")


class Unusable(Exception):
    """A backup cannot be made or restored; the text is one sentence for the operator."""


@dataclass(frozen=True)
class Saved:
    """A backup that lies on the disk. ``number``, ``head``: where the ledger stood; ``copied`` of ``blobs``
    photographs are new in the folder; ``missing``: stored photographs whose file is gone or broken on the server;
    ``held``: those of them that the folder still holds; ``accepted``: those of them that somebody declared lost for
    good. The horizon moved only where there are no others."""

    number: int
    head: str
    blobs: int
    copied: int
    missing: tuple[str, ...]
    held: tuple[str, ...]
    accepted: tuple[str, ...]


# --- backup ---------------------------------------------------------------------------------------------------


async def back_up(house: House, folder: Path, *, with_keys: bool = False) -> Saved:
    """Write or renew the backup in ``folder`` and tell the tablets up to which number they are safe.

    Raises Unusable where the folder belongs to another installation, lies inside the data or is in use.
    """
    name = f"database-{house.clock():%Y%m%d%H%M%S}-{house.chance(4).hex()}"
    with _alone(house, folder):
        earlier = _earlier(house, folder)
        await epoch_of(house)  # so that the copy holds it
        known = await _copy_database(house, folder / name)
        known["accepted"] = await given_up(house)
        known["copies"], known["copied"] = await asyncio.to_thread(
            _copy_blobs, house, folder, earlier.get("blobs", {}), known["destroyed"]
        )
        known["destroyed"] |= {row["digest"] for row in await db.execute(house.engine, DESTROYED)}
        saved = await asyncio.to_thread(_finish, house, folder, name, known, with_keys)
    if set(saved.missing) == set(saved.accepted):
        await _move_horizon(house, known)
    return saved


async def _copy_database(house: House, target: Path) -> dict[str, Any]:
    """The database as of one moment into a new folder; what its ledger says."""
    migration = await migrate.head(house.engine)
    if isinstance(house.engine, db.OneWriterSQLite):
        source = Path(house.settings.database.removeprefix("sqlite:///"))
        known = await asyncio.to_thread(_copy_sqlite, source, target)
    else:
        await asyncio.to_thread(target.mkdir, mode=0o700)
        known = await _copy_postgres(house.settings.database, target)
    return {"migration": migration, **known}


def _finish(
    house: House,
    folder: Path,
    name: str,
    known: Mapping[str, Any],
    with_keys: bool,
) -> Saved:
    """What belongs to the copied database, and the manifest last."""
    copies = {name: one for name, one in known["copies"].items() if name not in known["destroyed"]}
    missing = tuple(sorted(known["stored"] - known["destroyed"] - set(copies)))
    held = _still_held(house, folder, missing)
    blobs = {**copies, **held}
    inside = sorted((folder / name).iterdir())
    if with_keys:
        (folder / "keys").mkdir(exist_ok=True, mode=0o700)
        for key in KEYS:
            write(folder / "keys" / key, (house.settings.data / "keys" / key).read_bytes())
            inside.append(folder / "keys" / key)
    manifest = {
        "format": FORMAT,
        "made_at": instant(house.clock()),
        **{key: known[key] for key in ("engine", "migration", "epoch", "number", "head")},
        "device": house.vault.device,
        "key_check": house.vault.seal(KEY_CHECK.encode(), KEY_CHECK).hex(),
        "keys": with_keys,
        "database": name,
        "files": {str(path.relative_to(folder)): _digest_of(path) for path in inside},
        "blobs": blobs,
        "missing": [name for name in missing if name not in held],
    }
    for place in (folder / name, folder / "blobs", folder):
        sync_to_disk(place)
    write(folder / MANIFEST, canonical({**manifest, "digest": digest("backup/1", manifest)}))
    _clear(folder, name)
    for gone in known["destroyed"]:
        (folder / "blobs" / gone[:2] / gone).unlink(missing_ok=True)
    accepted = tuple(name for name in missing if name in known["accepted"])
    return Saved(known["number"], known["head"], len(blobs), known["copied"], missing, tuple(held), accepted)


async def _move_horizon(house: House, known: Mapping[str, Any]) -> None:
    """Let the tablets know. Another epoch means that the server was restored meanwhile: then it is no news."""
    await db.execute(
        house.engine,
        "UPDATE field_epoch SET backed_up = {} WHERE id = 1 AND epoch = {} AND backed_up < {}",
        *(known["number"], known["epoch"], known["number"]),
    )


@contextmanager
def _alone(house: House, folder: Path) -> Iterator[None]:
    if folder.resolve().is_relative_to(house.settings.data):
        raise Unusable("备份目录不能放在数据目录之内，请另选一个目录（最好是另一块磁盘）。")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unusable("另一个备份正在写这个目录，请等它结束后再试。") from error
        yield


def _earlier(house: House, folder: Path) -> dict[str, Any]:
    if not (folder / MANIFEST).exists():
        return {}
    manifest = read_manifest(folder)
    if manifest["device"] != house.vault.device:
        raise Unusable("这个目录里是另一套系统的备份，请另选一个目录。")
    return manifest


def _copy_sqlite(source: Path, folder: Path) -> dict[str, Any]:
    """Copy the database as one reading transaction sees it; what its ledger says."""
    folder.mkdir(mode=0o700)
    target = folder / SQLITE
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(source, timeout=db.BUSY_MS / 1000)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)  # all pages in one step: under WAL nobody waits for it
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        if copy.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise Unusable("数据库文件已损坏，备份没有完成，请联系技术支持。")
        known = _known(
            copy.execute("SELECT number, head FROM server_chain WHERE id = 1").fetchone(),
            copy.execute("SELECT epoch FROM field_epoch WHERE id = 1").fetchone(),
            copy.execute(STORED).fetchall(),
            copy.execute(DESTROYED).fetchall(),
        )
    sync_to_disk(target)
    return {"engine": "sqlite", **known}


async def _copy_postgres(dsn: str, folder: Path) -> dict[str, Any]:
    """Copy every table as one snapshot sees it, a file of PostgreSQL's COPY text each; what its ledger says."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for name, names in columns().items():
                path = folder / f"{name}.copy"
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    await connection.copy_from_table(name, columns=names, output=file)
                    file.flush()
                    os.fsync(file.fileno())
            known = _known(
                await connection.fetchrow("SELECT number, head FROM server_chain WHERE id = 1"),
                await connection.fetchrow("SELECT epoch FROM field_epoch WHERE id = 1"),
                await connection.fetch(STORED),
                await connection.fetch(DESTROYED),
            )
    finally:
        await connection.close()
    return {"engine": "postgres", **known}


def columns() -> dict[str, list[str]]:
    """Every table's columns, in the order in which they are copied."""
    return {
        table._meta.tablename: [column._meta.db_column_name for column in table._meta.columns]
        for table in TABLES
    }


def _known(chain: Any, epoch: Any, stored: Any, destroyed: Any) -> dict[str, Any]:
    names = {"stored": {row[0] for row in stored}, "destroyed": {row[0] for row in destroyed}}
    return {"number": chain[0], "head": chain[1], "epoch": epoch[0], **names}


def _copy_blobs(
    house: House, folder: Path, earlier: Mapping[str, Any], destroyed: Collection[str]
) -> tuple[dict[str, dict[str, Any]], int]:
    """Copy the photographs that the folder lacks: (digest → the file's digest and size, copied). One that is broken,
    cannot be read or goes meanwhile is left out."""
    store, found, copied = Store(house), {}, 0
    for source in sorted(house.settings.blobs.glob("??/*")):
        if not _BLOB.fullmatch(source.name) or source.name in destroyed:
            continue  # not yet in its place, or about to go
        target = folder / "blobs" / source.parent.name / source.name
        known = earlier.get(source.name)
        if known and target.exists() and target.stat().st_size == known["size"]:
            found[source.name] = known
            continue
        try:
            content = source.read_bytes() if store.whole(source.name) is not None else None
        except OSError:
            content = None
        if content is None:
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write(target, content)
        found[source.name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        copied += 1
    return found, copied


def _still_held(house: House, folder: Path, digests: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Those of ``digests`` whose copy in the folder opens and is what it is called, whatever manifest spoke of it: the
    file's digest and size. Its photographs lie as those of a house do."""
    there = Store(replace(house, settings=replace(house.settings, data=folder)))
    return {name: _digest_of(there.place(name)) for name in digests if there.whole(name) is not None}


def _clear(folder: Path, keep: str) -> None:
    """Remove databases that no manifest names any more."""
    for path in folder.iterdir():
        if _DATABASE.fullmatch(path.name) and path.name != keep:
            shutil.rmtree(path)


# --- what was written -----------------------------------------------------------------------------------------


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a backup; raises Unusable where there is none or its own digest does not agree."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        said = manifest.pop("digest")
        whole = manifest["format"] == FORMAT and digest("backup/1", manifest) == said
    except FileNotFoundError as error:
        raise Unusable(f"{folder} 里没有备份清单 {MANIFEST}。") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable("备份清单已损坏，不能用于恢复。") from error
    if not whole:
        raise Unusable("备份清单已损坏或被改动，不能用于恢复。")
    return manifest


def verify(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Read every file that the manifest names; raises Unusable with the first that is not as it was."""
    named = {
        **manifest["files"],
        **{f"blobs/{name[:2]}/{name}": one for name, one in manifest["blobs"].items()},
    }
    for name, known in named.items():
        path = folder / name
        if not path.is_file() or _digest_of(path) != known:
            raise Unusable(f"备份中的文件缺失或损坏：{name}。没有恢复任何内容，请换一份备份。")


def _digest_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": path.stat().st_size}


def write(path: Path, content: bytes) -> None:
    """Write and sync beside, then move into place: either the old file or the whole new one."""
    fresh = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_to_disk(path.parent)


def sync_to_disk(path: Path) -> None:
    """Make sure that a file, or the names in a folder, survive a power cut."""
    if not path.exists():
        return  # a folder that nothing needed yet
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
