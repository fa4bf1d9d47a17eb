"""What keeps things on the disk, and what is said where that fails."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from backend import db, doctor
from backend.db_errors import has_no_room
from backend.doctor import clean, examine
from backend.field.blobs import Store
from backend.house import House, Refused
from tests.harness.postgres import Cluster
from tests.tablets import Tablet, photo, photo_body


async def test_a_commit_waits_for_the_disk_though_the_database_was_set_otherwise(pg_cluster: Cluster) -> None:
    name = pg_cluster.create_database()
    engine = db.engine_for(pg_cluster.dsn(name))
    assert isinstance(engine, db.Postgres)
    await engine.open()
    await db.execute(engine, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    await engine.close()
    await engine.open()
    try:
        rows = await db.execute(engine, "SELECT current_setting('synchronous_commit') AS now")
        assert [row["now"] for row in rows] == ["on"]
        fsync = (await db.execute(engine, "SELECT current_setting('fsync') AS now"))[0]["now"]
        assert ("fsync=off" in await db.unsafe_settings(engine)) == (fsync == "off")
    finally:
        await engine.close()
        pg_cluster.drop_database(name)


async def test_connections_that_the_database_ended_are_given_back_whatever_they_were_at(
    pg_cluster: Cluster,
) -> None:
    end = "SELECT pg_terminate_backend(pg_backend_pid())"
    name = pg_cluster.create_database()
    engine = db.engine_for(pg_cluster.dsn(name))
    assert isinstance(engine, db.Postgres)
    await engine.open()
    assert engine.pool
    try:
        for _ in range(20):  # twice as many as the pool has
            with pytest.raises(Exception, match="terminating connection"):
                async with engine.pool.acquire() as connection:
                    await connection.execute(end)
            # Whoever begins now may get the connection that has just been told to end.
            with suppress(Exception):
                async with db.transaction(engine):
                    await db.execute(engine, end)
        async with asyncio.timeout(20):
            await asyncio.gather(*(db.execute(engine, "SELECT pg_sleep(0.1)") for _ in range(20)))
            async with db.transaction(engine):
                assert await db.execute(engine, "SELECT 1 AS one") == [{"one": 1}]
    finally:
        async with asyncio.timeout(20):
            await engine.close()
        pg_cluster.drop_database(name)


async def test_only_a_full_disk_is_called_full(house: House, caplog: pytest.LogCaptureFixture) -> None:
    store, content = Store(house), photo(4712)
    in_the_way = house.settings.blobs / "ff"
    in_the_way.write_bytes(b"a file where a folder should be")
    with pytest.raises(Refused) as refused:
        store.keep("f" * 64, content)
    assert refused.value.refusal.code == "server_busy"
    assert "could not be kept" in caplog.text
    in_the_way.unlink()
    parts = house.settings.blobs / "parts"
    parts.write_bytes(b"")
    with pytest.raises(Refused) as refused:
        store.append("f" * 64, 0, content)
    assert refused.value.refusal.code == "server_busy"
    parts.unlink()


async def test_a_disk_that_fails_while_a_picture_is_synced_leaves_no_picture_behind(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store, content = Store(house), photo(4713)
    name = hashlib.sha256(content).hexdigest()

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "the disk failed")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(Refused) as refused:
            store.keep(name, content)
    assert refused.value.refusal.code == "server_busy"
    assert "could not be kept" in caplog.text
    assert list(store.place(name).parent.iterdir()) == []
    store.keep(name, content)
    assert store.whole(name) == len(content)


async def test_what_lies_in_its_place_is_replaced_only_by_what_is_on_the_disk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, content = Store(house), photo(4714)
    name = hashlib.sha256(content).hexdigest()
    store.keep(name, content)
    done: list[str] = []
    fsync, rename = os.fsync, os.rename

    def synced(handle: int) -> None:
        done.append("synced")
        fsync(handle)

    def named(old: str, new: Path) -> None:
        done.append("named")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", named)
    store.keep(name, content)
    assert done == ["synced", "named", "synced"]
    assert [path.name for path in store.place(name).parent.iterdir()] == [name]


async def test_whoever_begins_to_write_waits_for_another_process_and_holds_up_nobody_meanwhile(
    tmp_path: Path,
) -> None:
    engine = db.engine_for(f"sqlite:///{tmp_path / 'own.sqlite'}")
    assert isinstance(engine, db.OneWriterSQLite)
    await engine.open()
    other = sqlite3.connect(tmp_path / "own.sqlite", isolation_level=None)
    try:
        await db.execute(engine, "CREATE TABLE seen (number INTEGER)")
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(db.execute(engine, "INSERT INTO seen VALUES ({})", 1))
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert not write.done()
        other.execute("COMMIT")
        await asyncio.wait_for(write, 5)
        assert await db.execute(engine, "SELECT number FROM seen") == [{"number": 1}]
    finally:
        other.close()
        await engine.close()


async def test_the_doctor_removes_what_broken_uploads_left_only_where_it_is_told_to(
    house: House, tablet: Tablet
) -> None:
    store, name = Store(house), "e" * 64
    part, fresh, young = store.part(name), store.place(f"{name}.{house.new_id()}"), store.part("d" * 64)
    for path in (part, fresh, young):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left")
    for path in (part, fresh):
        os.utime(path, (0, 0))
    await examine(house)
    assert part.exists() and fresh.exists()
    assert await clean(house) == (2, 8)
    assert not part.exists() and not fresh.exists() and young.exists()
    young.unlink()


async def test_the_doctor_removes_a_torn_picture_only_where_no_entry_ever_called_it_whole(
    house: House, tablet: Tablet, sent: str
) -> None:
    store, contents = Store(house), [photo(n) for n in (90_301, 90_302, 90_303)]
    vouched, awaited, unknown = (hashlib.sha256(one).hexdigest() for one in contents)
    for content in contents[:2]:
        await tablet.receipts(tablet.record("evidence.taken", sent, photo_body(content)))
    assert (await tablet.put(vouched, contents[0], 0)).json()["stored"]
    for content in contents[1:]:
        store.add(content)
    whole, young = store.add(photo(90_304)), store.add(photo(90_305))
    for name in (vouched, awaited, unknown, young):
        path = store.place(name)
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-100])  # its last sectors never came to the disk
    for name in (vouched, awaited, unknown, whole):
        os.utime(store.place(name), (0, 0))
    said = [one.line for one in await examine(house)]
    torn = [line for line in said if "nobody vouches" in line]
    assert [any(name in line for line in torn) for name in (vouched, awaited, unknown, whole, young)] == [
        *(False, True, True, False, False)
    ]
    assert all(store.place(name).exists() for name in (awaited, unknown)), "looking removes nothing"
    assert (await clean(house))[0] == 2
    left = [store.place(name).exists() for name in (vouched, awaited, unknown, whole, young)]
    assert left == [True, False, False, True, True]
    # The tablet still has the one that is awaited: it comes again as if it had never been here.
    numbers = (await tablet.put(awaited, contents[1], 0)).json()
    assert numbers["stored"] and store.whole(awaited) == len(contents[1])
    for name in (vouched, young):
        store.place(name).unlink()


async def test_the_doctor_removes_nothing_that_came_again_while_it_looked(
    house: House, tablet: Tablet, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, content = Store(house), photo(90_306)
    name = hashlib.sha256(content).hexdigest()
    store.add(content)
    os.utime(store.place(name), (0, 0))
    spoilt, look = store.place(name).read_bytes()[:-100], doctor._torn

    def then_sent(*asked: Any) -> list[Path]:
        store.place(name).write_bytes(spoilt)
        os.utime(store.place(name), (0, 0))
        found = look(*asked)
        store.place(name).unlink()
        store.keep(name, content)
        return found

    monkeypatch.setattr(doctor, "_torn", then_sent)
    await clean(house)
    assert store.whole(name) == len(content)


async def test_a_long_file_from_a_tablet_is_not_read_before_its_challenge_is_known(tablet: Tablet) -> None:
    asked: list[int] = []

    async def content() -> AsyncIterator[bytes]:
        for place in range(3):
            asked.append(place)
            yield b"x" * 1000

    for device, nonce, code in (
        (tablet.id, "0" * 32, "not_signed_in"),
        ("0" * 64, "0" * 32, "device_unknown"),
    ):
        headers = {"device-proof": f"{device} {nonce} {'0' * 128}"}
        answer = await tablet.client.post("/field/device/unsent", content=content(), headers=headers)
        assert answer.json()["code"] == code
    assert asked == []


async def test_a_picture_in_its_place_that_no_entry_vouches_for_is_found_and_healed_by_the_next_upload(
    house: House, tablet: Tablet, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = photo(90_210)
    name = hashlib.sha256(content).hexdigest()
    taken = tablet.record("evidence.taken", sent, photo_body(content))
    await tablet.receipts(taken)

    async def cut(*_: object) -> int:
        raise OSError(errno.EIO, "the power went after the rename and before the commit")

    with monkeypatch.context() as patch:
        patch.setattr("backend.field.routes.say_stored", cut)
        assert (await tablet.put(name, content, 0)).json()["code"] == "server_busy"
    assert Store(house).whole(name) == len(content), "the file is in its place"
    assert (await tablet.head(name)).headers["upload-stored"] == "0"
    said = [one.line for one in await examine(house)]
    assert f"已存待登记，终端再传即登记 kept, not yet recorded: {name}" in said
    await clean(house)
    assert Store(house).whole(name) == len(content), "what is awaited is never cleaned"
    # The tablet goes on as it was told: nothing of the bytes need travel again, and twice is once.
    numbers = {(await tablet.put(name, content, 0)).json()["stored"] for _ in range(2)}
    assert len(numbers) == 1 and 0 not in numbers
    assert not any(name in one.line for one in await examine(house))


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR])
async def test_an_io_error_is_called_full_only_where_there_is_no_room(tmp_path: Path, code: int) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    (tmp_path / "suijian.sqlite-wal").write_bytes(b"x" * 50_000)
    assert not has_no_room(error, tmp_path), "a disk that fails is not full"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        outer = sqlite3.OperationalError("cannot rollback - no transaction is active")
        outer.sqlite_errorcode = sqlite3.SQLITE_ERROR
        outer.__cause__ = error
        assert has_no_room(error, tmp_path) and has_no_room(outer, tmp_path)
        other = sqlite3.OperationalError("no such table")
        other.sqlite_errorcode = sqlite3.SQLITE_ERROR
        assert not has_no_room(other, tmp_path) and not has_no_room(ValueError(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
