"""The power is cut in the middle of writes: every acknowledged entry is there, the ledger verifies, no page is torn."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import cast

import apsw
import pytest

from backend.db import OneWriterSQLite
from tests.conftest import Counted
from tests.faults.power import FULL, Disk, PoweredSQLite
from tests.faults.power_scene import cuts
from tests.storm.engine import Connection, Hooks

PORTION = 25
PRAGMAS = ("journal_mode", "synchronous", "foreign_keys", "page_size")


@pytest.mark.parametrize("schedules", [100, pytest.param(2_000, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_when_the_power_is_cut(schedules: int, counted: Counted) -> None:
    parts = [range(begin, min(begin + PORTION, schedules)) for begin in range(0, schedules, PORTION)]
    with ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn")) as pool:
        found = list(pool.map(cuts, parts))
    assert [lost for _, lost in found if lost] == []
    met = sum((part for part, _ in found), Counter[str]())
    for what in ("write of the wal", "sync of the wal", "write of the database", "sync of the database"):
        assert met[f"cut at a {what}"] > 0, met
    assert met["something acknowledged before the cut"] > schedules / 2
    counted(
        f"power cut {schedules:,} times, SQLite {apsw.sqlite_lib_version()}: {dict(sorted(met.items()))}; "
        "0 lost, 0 torn"
    )


@pytest.mark.parametrize(("synchronous", "lies"), [("OFF", False), ("NORMAL", False), (FULL, True)])
def test_the_disk_does_lose_what_was_acknowledged_without_being_synced(synchronous: str, lies: bool) -> None:
    _, lost = cuts(range(60), synchronous, lies)
    assert lost, "a cut that loses nothing without syncs proves nothing"


async def test_the_simulated_disk_is_used_as_the_house_uses_its_own(tmp_path: Path) -> None:
    own = OneWriterSQLite(path=str(tmp_path / "own.sqlite"))
    await own.open()
    simulated = PoweredSQLite(str(tmp_path / "simulated.sqlite"), Hooks(), Disk(Random(0)), FULL, 1_000)
    await simulated.open()
    try:
        for pragma in PRAGMAS:
            async with own.writer.execute(f"PRAGMA {pragma}") as asked:
                (wanted,) = [next(iter(row.values())) for row in await asked.fetchall()]  # type: ignore[attr-defined]
            (row,) = cast("Connection", simulated.writer).raw.execute(f"PRAGMA {pragma}").fetchall()
            assert row == (wanted,), pragma
    finally:
        simulated.cut()
        await own.close()


def test_an_unsynced_sector_may_be_torn_from_its_neighbours_and_a_synced_one_never(tmp_path: Path) -> None:
    """What the simulation does to a file that is written without a word to SQLite."""
    seen = set()
    for seed in range(200):
        disk, name = Disk(Random(seed)), str(tmp_path / "file")
        disk.opened(name)
        disk.wrote(name, 0, b"a" * 1024)
        disk.sync(name)
        disk.wrote(name, 0, b"b" * 1024)
        after = disk.files[name].after_cut(disk.chance) or b""
        assert len(after) == 1024 and after[:512] in (b"a" * 512, b"b" * 512)
        seen.add((after[:1], after[512:513]))
    assert seen == {(b"a", b"a"), (b"a", b"b"), (b"b", b"a"), (b"b", b"b")}


def test_a_file_that_was_never_synced_may_be_gone_and_a_removed_one_back(tmp_path: Path) -> None:
    found = set()
    for seed in range(100):
        disk = Disk(Random(seed))
        new, old = str(tmp_path / "new"), str(tmp_path / "old")
        for name in (new, old):
            disk.opened(name)
            disk.wrote(name, 0, b"x")
        disk.sync(old)
        disk.remove(old, at_once=False)
        found.add(tuple(disk.files[name].after_cut(disk.chance) is None for name in (new, old)))
    assert found == {(True, True), (True, False), (False, True), (False, False)}


def test_without_a_cut_the_simulated_disk_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    disk = Disk(Random(1))
    path = tmp_path / "one.sqlite"
    engine = PoweredSQLite(str(path), Hooks(), disk, FULL, 1_000)
    with closing(apsw.Connection(str(path), vfs=engine.vfs.called)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(2_000)])
    (tmp_path / "after").mkdir()
    disk.sync(str(path))
    disk.left_over(tmp_path / "after")
    assert (tmp_path / "after" / "one.sqlite").read_bytes() == path.read_bytes()
