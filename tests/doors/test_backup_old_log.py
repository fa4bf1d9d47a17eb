"""A database is not restored beside what an older one of that name left: SQLite would write the old log into it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend import db
from backend.backup import Unusable, back_up
from backend.house import House
from backend.people.tables import trace
from backend.restore import restore
from backend.settings import settings_from

LOGS = ("s.sqlite-wal", "s.sqlite-shm", "s.sqlite-journal", "s.sqlite.restoring-journal")


@pytest.mark.parametrize("name", LOGS)
async def test_beside_the_log_of_an_older_database_nothing_is_restored_and_without_it_all_is(
    name: str, house: House, tmp_path: Path
) -> None:
    if not db.is_sqlite(house.engine):
        pytest.skip("a log beside the database is SQLite's")
    await back_up(house, tmp_path / "b", with_keys=True)
    for _ in range(30):
        await trace(house, "", "jobs.manage", f"after the backup: {name}", "done")
    log = tmp_path / "db" / name
    log.parent.mkdir()
    shutil.copy(f"{house.settings.database.removeprefix('sqlite:///')}-wal", log)
    target = tmp_path / "db" / "s.sqlite"
    settings = settings_from(
        {"SUIJIAN_DATA": str(tmp_path / "data"), "SUIJIAN_DATABASE": f"sqlite:///{target}"}
    )
    with pytest.raises(Unusable) as refused:
        await restore(settings, tmp_path / "b")
    assert str(log) in str(refused.value) and "移走" in str(refused.value)
    assert log.exists() and not target.exists() and not (tmp_path / "data").exists()
    log.rename(tmp_path / "moved away")
    manifest = await restore(settings, tmp_path / "b")
    with closing(sqlite3.connect(target)) as restored:
        later = f"SELECT count(*) FROM audit_event WHERE path = 'after the backup: {name}'"
        number = restored.execute("SELECT backed_up FROM field_epoch").fetchone()
        assert restored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert (restored.execute(later).fetchone(), number) == ((0,), (manifest["number"],))
