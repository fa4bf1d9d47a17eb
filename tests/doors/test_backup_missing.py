"""What a backup does about a photograph that the server has lost or cannot read: it keeps what it holds itself and says
what is missing; what is lost for good is declared lost by name, and what was destroyed on site leaves the backup."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from backend import backup
from backend.backup import back_up, read_manifest, verify
from backend.doctor import examine
from backend.field.blobs import Store
from backend.field.given_up import give_up, given_up
from backend.field.jobs import destroy
from backend.house import House
from tests.conftest import EngineUnderTest
from tests.doors.test_backup import spoil
from tests.tablets import Tablet, photo, photo_body


async def pictured(tablet: Tablet, visit: str) -> tuple[str, str]:
    """(entry, digest) of a photograph that the server holds whole."""
    content = photo(time.time_ns() % 60_000)
    name = hashlib.sha256(content).hexdigest()
    entry = tablet.record("evidence.taken", visit, photo_body(content))
    await tablet.receipts(entry)
    assert (await tablet.put(name, content, 0)).json()["stored"] > 0
    return entry["entry"]["id"], name


async def deleted(tablet: Tablet, visit: str, entry: str) -> None:
    """The inspector destroys it on site."""
    body = {"evidence": entry, "basis": "state_secret", "reason": "拍到涉密设施"}
    answer = await tablet.receipts(tablet.record("evidence.deleted", visit, body))
    assert set(answer.values()) == {("accepted", None)}


async def test_what_the_server_lost_stays_in_the_backup_that_holds_it_and_is_not_called_safe(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    _, digest = await pictured(tablet, sent)
    folder, place = tmp_path / "b", Store(house).place(digest)
    first = await back_up(house, folder)
    place.unlink()
    await pictured(tablet, sent)
    for _ in range(2):
        saved = await back_up(house, folder)
        assert (saved.missing, saved.held, saved.blobs) == ((digest,), (digest,), first.blobs + 1)
        manifest = read_manifest(folder)
        assert digest in manifest["blobs"] and digest not in manifest["missing"]
        verify(folder, manifest)
    assert (await tablet.exchange()).json()["backed_up"] == first.number < saved.number
    shutil.copy(folder / "blobs" / digest[:2] / digest, place)
    assert not any(one.damage for one in await examine(house))
    whole = await back_up(house, folder)
    assert (whole.missing, whole.held) == ((), ())


async def test_a_copy_of_which_no_manifest_speaks_is_found_in_the_folder_and_a_rotten_one_is_not_taken(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    _, digest = await pictured(tablet, sent)
    await back_up(house, tmp_path / "b")
    (tmp_path / "b" / backup.MANIFEST).unlink()  # one that broke off before it came to its manifest
    place, copy = Store(house).place(digest), tmp_path / "b" / "blobs" / digest[:2] / digest
    place.rename(tmp_path / "away")
    assert (await back_up(house, tmp_path / "b")).held == (digest,)
    spoil(copy)
    saved = await back_up(house, tmp_path / "b")
    assert (saved.missing, saved.held) == ((digest,), ())
    manifest = read_manifest(tmp_path / "b")
    assert manifest["missing"] == [digest] and digest not in manifest["blobs"]
    verify(tmp_path / "b", manifest)
    (tmp_path / "away").rename(place)
    assert (await back_up(house, tmp_path / "b")).missing == ()
    verify(tmp_path / "b", read_manifest(tmp_path / "b"))


async def test_a_picture_that_the_server_lost_and_that_was_then_destroyed_is_not_held_on_to(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    entry, digest = await pictured(tablet, sent)
    await back_up(house, tmp_path / "b")
    Store(house).place(digest).unlink()
    assert (await back_up(house, tmp_path / "b")).held == (digest,)
    await deleted(tablet, sent, entry)
    saved = await back_up(house, tmp_path / "b")
    assert (saved.missing, saved.held) == ((), ()) and digest not in read_manifest(tmp_path / "b")["blobs"]
    assert not list((tmp_path / "b").rglob(digest))


async def test_the_operator_is_told_which_file_to_copy_back_and_not_to_give_it_up(
    engine: EngineUnderTest, house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")}
        return subprocess.run(
            [str(Path(sys.executable).with_name("suijian")), "backup", str(tmp_path / "b")],
            env={**kept, **engine.environment()},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    _, digest = await pictured(tablet, sent)
    assert (await asyncio.to_thread(run)).returncode == 0
    place = Store(house).place(digest)
    place.rename(tmp_path / "away")
    answer = await asyncio.to_thread(run)
    (tmp_path / "away").rename(place)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert f"服务器上缺失或损坏，备份中仍有：{digest}" in answer.stdout
    assert f"{tmp_path / 'b' / 'blobs'}" in answer.stdout and "拷回" in answer.stdout
    assert "--accept-missing" not in answer.stdout


# --- what cannot be read, or goes meanwhile --------------------------------------------------------------------


async def test_a_photograph_that_cannot_be_read_is_missing_and_stops_no_backup(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    _, digest = await pictured(tablet, sent)
    _, other = await pictured(tablet, sent)
    place = Store(house).place(digest)
    place.rename(tmp_path / "away")
    place.symlink_to(place)  # ELOOP stands for EIO: a bad sector
    try:
        saved = await back_up(house, tmp_path / "b")
    finally:
        place.unlink()
        (tmp_path / "away").rename(place)
    assert saved.missing == (digest,) and other in read_manifest(tmp_path / "b")["blobs"]
    assert (await tablet.exchange()).json()["backed_up"] < saved.number


async def test_a_file_that_no_entry_vouches_for_and_that_cannot_be_read_is_not_called_missing(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    place = Store(house).place("e" * 64)
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(place)
    try:
        saved = await back_up(house, tmp_path / "b")
    finally:
        place.unlink()
    assert saved.missing == ()


async def test_a_photograph_that_is_destroyed_while_the_backup_runs_is_simply_not_in_it(
    house: House, tablet: Tablet, sent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry, digest), (second, copied) = await pictured(tablet, sent), await pictured(tablet, sent)
    database, read = backup._copy_database, Store.read

    async def then_deleted(house: House, target: Path) -> Mapping[str, Any]:
        known = await database(house, target)
        await deleted(tablet, sent, entry)
        await deleted(tablet, sent, second)
        return known

    def gone(store: Store, name: str) -> bytes:
        if name == digest:
            store.destroy(name)
        return read(store, name)

    monkeypatch.setattr(backup, "_copy_database", then_deleted)
    monkeypatch.setattr(Store, "read", gone)
    saved = await back_up(house, tmp_path / "b")
    assert (saved.missing, saved.held) == ((), ())
    assert (await tablet.exchange()).json()["backed_up"] == saved.number
    for name in (digest, copied):
        assert not list((tmp_path / "b").rglob(name)) and name not in read_manifest(tmp_path / "b")["blobs"]


# --- lost for good, destroyed on site --------------------------------------------------------------------------


async def test_a_photograph_that_was_declared_lost_holds_the_horizon_up_no_more(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    _, digest = await pictured(tablet, sent)
    _, other = await pictured(tablet, sent)
    Store(house).place(digest).unlink()
    held_up = await back_up(house, tmp_path / "b")
    assert (held_up.missing, held_up.accepted) == ((digest,), ())
    assert (await tablet.exchange()).json()["backed_up"] < held_up.number
    assert await give_up(house, [other, "0" * 64, digest], "root") == [other, "0" * 64]
    assert await given_up(house) == {digest}
    saved = await back_up(house, tmp_path / "b")
    assert (saved.missing, saved.accepted) == ((digest,), (digest,))
    assert (await tablet.exchange()).json()["backed_up"] == saved.number
    assert read_manifest(tmp_path / "b")["missing"] == [digest]
    findings = await examine(house)
    assert f"已确认遗失 accepted as lost: {digest}" in [one.line for one in findings]
    assert not any(one.damage and digest in one.line for one in findings)


async def test_a_second_photograph_that_is_lost_holds_it_up_again(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    _, digest = await pictured(tablet, sent)
    Store(house).place(digest).unlink()
    saved = await back_up(house, tmp_path / "b")
    assert digest in saved.missing and digest not in saved.accepted
    assert (await tablet.exchange()).json()["backed_up"] < saved.number
    await give_up(house, [digest], "root")


async def test_a_picture_that_was_destroyed_on_site_is_in_the_next_backup_no_more(
    house: House, tablet: Tablet, sent: str, tmp_path: Path
) -> None:
    entry, digest = await pictured(tablet, sent)
    _, kept = await pictured(tablet, sent)
    await back_up(house, tmp_path / "b")
    assert list((tmp_path / "b").rglob(digest))
    await deleted(tablet, sent, entry)
    early = await back_up(house, tmp_path / "b")  # before the job that unlinks it has run
    assert not list((tmp_path / "b").rglob(digest)) and digest not in early.missing
    await destroy(house, {"visit": sent})
    await back_up(house, tmp_path / "b")
    manifest = read_manifest(tmp_path / "b")
    assert digest not in manifest["blobs"] and kept in manifest["blobs"]
    verify(tmp_path / "b", manifest)
