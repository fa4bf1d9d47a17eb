"""Backup, restore and doctor on both engines: what a backup holds comes back, and what is damaged is said."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from backend import backup, db
from backend.backup import MANIFEST, Unusable, back_up
from backend.doctor import Finding, examine
from backend.field.blobs import Store
from backend.field.tables import Epoch
from backend.house import House
from backend.restore import restore
from backend.settings import settings_from
from tests.conftest import EngineUnderTest
from tests.harness.postgres import Cluster
from tests.tablets import OPENED, Tablet, photo, photo_body

SUIJIAN = Path(sys.executable).with_name("suijian")


@dataclass(frozen=True)
class Place:
    """Where something may be restored: an empty folder, an empty database."""

    data: Path
    database: str

    async def refusal(self, folder: Path) -> str:
        """What `restore` says instead of restoring."""
        with pytest.raises(Unusable) as refused:
            await restore(
                settings_from({"SUIJIAN_DATA": str(self.data), "SUIJIAN_DATABASE": self.database}), folder
            )
        return str(refused.value)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")}
        return subprocess.run(
            [str(SUIJIAN), *arguments],
            env={**kept, "SUIJIAN_DATA": str(self.data), "SUIJIAN_DATABASE": self.database},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def place(engine: EngineUnderTest, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """An empty place of the same engine."""
    data = tmp_path / "restored"
    if engine.name == "sqlite":
        return Place(data, f"sqlite:///{data / 'suijian.sqlite'}")
    cluster: Cluster = request.getfixturevalue("pg_cluster")
    name = cluster.create_database()
    request.addfinalizer(lambda: cluster.drop_database(name))
    return Place(data, cluster.dsn(name))


@pytest.fixture
async def pictured(tablet: Tablet, sent: str) -> str:
    """A photograph that the server holds whole; its digest."""
    content = photo(int(time.time_ns() % 60_000))
    name = hashlib.sha256(content).hexdigest()
    announced = tablet.record("evidence.taken", sent, photo_body(content))
    assert (await tablet.receipts(announced))[announced["entry"]["id"]] == ("accepted", None)
    assert (await tablet.put(name, content, 0)).json()["stored"] > 0
    return name


def damages(findings: list[Finding]) -> list[str]:
    return [one.line for one in findings if one.damage]


def spoil(path: Path) -> None:
    """Turn one byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    return found


# --- backup ---------------------------------------------------------------------------------------------------


async def test_a_backup_moves_the_horizon_for_which_tablets_wait(
    house: House, tablet: Tablet, pictured: str, tmp_path: Path
) -> None:
    before = (await tablet.exchange()).json()
    saved = await back_up(house, tmp_path / "b")
    after = (await tablet.exchange()).json()
    assert before["backed_up"] < saved.number == after["backed_up"]
    assert after["epoch"] == before["epoch"] and "reset" not in after
    row = (await db.execute(house.engine, "SELECT number, head FROM server_chain WHERE id = 1"))[0]
    assert (saved.number, saved.head) == (row["number"], row["head"])


async def test_the_second_backup_copies_only_new_photographs_and_leaves_one_database(
    house: House, tablet: Tablet, sent: str, pictured: str, tmp_path: Path
) -> None:
    first = await back_up(house, tmp_path / "b")
    again = await back_up(house, tmp_path / "b")
    assert first.copied == first.blobs > 0 and (again.copied, again.blobs) == (0, first.blobs)
    assert pictured in manifest_of(tmp_path / "b")["blobs"]
    assert len(list((tmp_path / "b").glob("database-*"))) == 1


async def test_a_backup_that_broke_off_leaves_the_one_before_whole(
    house: House, tablet: Tablet, pictured: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "b"
    await back_up(house, folder)
    before, horizon = (folder / MANIFEST).read_bytes(), await Epoch.select().first()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(backup, "_copy_blobs", full)
        with pytest.raises(OSError, match="No space"):
            await back_up(house, folder)
    assert (folder / MANIFEST).read_bytes() == before
    backup.verify(folder, backup.read_manifest(folder))
    assert await Epoch.select().first() == horizon
    await back_up(house, folder)
    assert len(list(folder.glob("database-*"))) == 1


async def test_a_backup_that_lacks_a_photograph_says_so_and_moves_no_horizon(
    house: House, tablet: Tablet, pictured: str, tmp_path: Path
) -> None:
    path = Store(house).place(pictured)
    path.rename(tmp_path / "away")
    try:
        saved = await back_up(house, tmp_path / "b")
        assert saved.missing == (pictured,)
        assert (await tablet.exchange()).json()["backed_up"] < saved.number
        assert any("缺失" in line and pictured in line for line in damages(await examine(house)))
    finally:
        (tmp_path / "away").rename(path)
    whole = await back_up(house, tmp_path / "b")
    assert whole.missing == () and (await tablet.exchange()).json()["backed_up"] == whole.number


async def test_the_folder_of_another_installation_and_one_within_the_data_are_refused(
    house: House, tmp_path: Path
) -> None:
    await back_up(house, tmp_path / "b")
    stranger = replace(house, vault=replace(house.vault, device="f" * 64))
    with pytest.raises(Unusable, match="另一套系统"):
        await back_up(stranger, tmp_path / "b")
    with pytest.raises(Unusable, match="数据目录之内"):
        await back_up(house, house.settings.data / "b")


async def test_the_keys_are_in_a_backup_only_where_they_were_asked_for(house: House, tmp_path: Path) -> None:
    await back_up(house, tmp_path / "without")
    await back_up(house, tmp_path / "with", with_keys=True)
    key = house.vault.data_key
    found = {path.parent.name for path in files(tmp_path) if key in path.read_bytes()}
    assert found == {"keys"} and not (tmp_path / "without" / "keys").exists()


# --- restore --------------------------------------------------------------------------------------------------


async def test_what_was_backed_up_comes_back_whole_under_another_epoch(
    house: House, tablet: Tablet, sent: str, pictured: str, tmp_path: Path, place: Place
) -> None:
    saved = await back_up(house, tmp_path / "b", with_keys=True)
    later = tablet.record("visit.opened", sent, OPENED)
    assert (await tablet.receipts(later))[later["entry"]["id"]][0] == "accepted"
    restored = place.run("restore", str(tmp_path / "b"))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert f"账本 {saved.number} 条" in restored.stdout
    looked = place.run("doctor")
    assert looked.returncode == 0 and f"ledger: {saved.number} 完好" in looked.stdout, looked.stdout
    assert f"backed up: {saved.number} / {saved.number}" in looked.stdout
    replayed = place.run("replay")
    assert "完全一致" in replayed.stdout, replayed.stdout + replayed.stderr
    again = place.run("backup", str(tmp_path / "second"))
    assert again.returncode == 0, again.stdout + again.stderr
    mine, theirs = manifest_of(tmp_path / "b"), manifest_of(tmp_path / "second")
    assert mine["head"] == theirs["head"] and mine["epoch"] != theirs["epoch"]
    assert set(mine["blobs"]) == set(theirs["blobs"])


async def test_a_backup_that_lacks_a_photograph_does_not_say_after_a_restore_that_it_holds_it(
    house: House, tablet: Tablet, sent: str, pictured: str, tmp_path: Path, place: Place
) -> None:
    whole = await back_up(house, tmp_path / "whole")
    content = photo(int(time.time_ns() % 60_000))
    name = hashlib.sha256(content).hexdigest()
    await tablet.receipts(tablet.record("evidence.taken", sent, photo_body(content)))
    stored = (await tablet.put(name, content, 0)).json()["stored"]
    lost = Store(house).place(name)
    lost.rename(tmp_path / "away")
    lacking = await back_up(house, tmp_path / "b", with_keys=True)
    (tmp_path / "away").rename(lost)
    assert lacking.missing == (name,) and whole.number < stored <= lacking.number
    assert place.run("restore", str(tmp_path / "b")).returncode == 0
    looked = place.run("doctor")
    assert f"backed up: {whole.number} / {lacking.number}" in looked.stdout, looked.stdout


async def test_nothing_is_restored_over_what_is_there(
    house: House, tablet: Tablet, pictured: str, tmp_path: Path, place: Place
) -> None:
    await back_up(house, tmp_path / "b", with_keys=True)
    assert place.run("restore", str(tmp_path / "b")).returncode == 0
    assert "不是空的" in await place.refusal(tmp_path / "b")
    elsewhere = replace(place, data=tmp_path / "new")
    if place.database.startswith("postgres"):
        assert "目标数据库不是空的" in await elsewhere.refusal(tmp_path / "b")


async def test_without_the_right_keys_nothing_is_restored_and_with_them_it_is(
    house: House, tablet: Tablet, pictured: str, tmp_path: Path, place: Place
) -> None:
    await back_up(house, tmp_path / "b")
    assert "没有密钥" in await place.refusal(tmp_path / "b")
    (place.data / "keys").mkdir(parents=True)
    for name in backup.KEYS:
        shutil.copy(house.settings.data / "keys" / name, place.data / "keys" / name)
    (place.data / "keys" / "data.key").write_bytes(bytes(32))
    assert "打不开这份备份" in await place.refusal(tmp_path / "b")
    assert [path.name for path in place.data.iterdir()] == ["keys"]
    shutil.copy(house.settings.data / "keys" / "data.key", place.data / "keys" / "data.key")
    assert place.run("restore", str(tmp_path / "b")).returncode == 0
    assert place.run("doctor").returncode == 0


@pytest.mark.parametrize("what", ["database", "photograph", "manifest", "no manifest", "missing photograph"])
async def test_a_damaged_backup_is_refused_before_anything_is_written(
    what: str, house: House, tablet: Tablet, pictured: str, tmp_path: Path, place: Place
) -> None:
    folder = tmp_path / "b"
    await back_up(house, folder, with_keys=True)
    blob = folder / "blobs" / pictured[:2] / pictured
    damage: dict[str, Callable[[], object]] = {
        "database": lambda: spoil(max(folder.glob("database-*/*"), key=lambda path: path.stat().st_size)),
        "photograph": lambda: spoil(blob),
        "manifest": lambda: spoil(folder / MANIFEST),
        "no manifest": (folder / MANIFEST).unlink,
        "missing photograph": blob.unlink,
    }
    damage[what]()
    answer = place.run("restore", str(folder))
    assert answer.returncode == 1 and ("损坏" in answer.stdout or "没有备份清单" in answer.stdout), (
        answer.stdout
    )
    assert not place.data.exists()


# --- doctor ---------------------------------------------------------------------------------------------------


async def test_the_doctor_finds_nothing_where_all_is_well(
    house: House, tablet: Tablet, pictured: str
) -> None:
    assert damages(await examine(house)) == []


async def test_a_tablets_gap_and_fork_that_are_held_are_no_damage(
    house: House, tablet: Tablet, sent: str
) -> None:
    tablet.record("visit.opened", sent, OPENED)
    after_gap = tablet.record("visit.opened", sent, OPENED)
    assert (await tablet.receipts(after_gap))[after_gap["entry"]["id"]] == ("held", "chain_gap")
    assert damages(await examine(house)) == []
    await tablet.receipts(tablet.entries[0])
    body = {"nonce": house.new_id(), **OPENED}
    fork = tablet.entry("visit.opened", sent, body, seq=1, prev="0" * 64)
    assert (await tablet.receipts(fork))[fork["entry"]["id"]] == ("held", "chain_forked")
    assert damages(await examine(house)) == []


async def test_the_doctor_finds_a_photograph_that_changed_and_a_part_that_nobody_awaits(
    house: House, tablet: Tablet, pictured: str
) -> None:
    store = Store(house)
    path, part = store.place(pictured), store.part("e" * 64)
    content = path.read_bytes()
    spoil(path)
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(b"left")
    os.utime(part, (0, 0))
    try:
        findings = await examine(house)
    finally:
        path.write_bytes(content)
        part.unlink()
    assert [line for line in damages(findings) if pictured in line and "打不开" in line]
    assert "残留的分段 orphaned parts: 1 (4 B)" in [one.line for one in findings]


async def test_the_doctor_finds_an_entry_that_neither_counts_nor_is_held(
    house: House, tablet: Tablet, sent: str
) -> None:
    one = tablet.record("visit.opened", sent, OPENED)
    await tablet.receipts(one)
    rows = await db.execute(house.engine, "SELECT number FROM ledger_entry WHERE id = {}", one["entry"]["id"])
    row = (await db.execute(house.engine, "SELECT * FROM visit_entry WHERE number = {}", rows[0]["number"]))[
        0
    ]
    await db.execute(house.engine, "DELETE FROM visit_entry WHERE number = {}", row["number"])
    assert damages(await examine(house)) == ["计数 counts: receipts 1 ≠ 0"]
    statement = "INSERT INTO visit_entry (number, place, visit, device) VALUES ({}, {}, {}, {})"
    await db.execute(house.engine, statement, *(row[key] for key in ("number", "place", "visit", "device")))
    assert damages(await examine(house)) == []


async def test_the_doctor_finds_a_ledger_that_lost_its_end(house: House, tablet: Tablet) -> None:
    state = (await db.execute(house.engine, "SELECT number FROM server_chain WHERE id = 1"))[0]["number"]
    await db.execute(house.engine, "UPDATE server_chain SET number = {} WHERE id = 1", state + 1)
    try:
        assert [line for line in damages(await examine(house)) if "number" in line]
    finally:
        await db.execute(house.engine, "UPDATE server_chain SET number = {} WHERE id = 1", state)
    assert damages(await examine(house)) == []
