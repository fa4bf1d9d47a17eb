"""A photograph that is lost for good is declared lost by name, so that the others are safe again; one that was
destroyed on site leaves the backup too."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from backend.backup import back_up, read_manifest, verify
from backend.doctor import examine
from backend.field.blobs import Store
from backend.field.given_up import give_up, given_up
from backend.field.jobs import destroy
from backend.house import House
from tests.tablets import Tablet, photo, photo_body


async def pictured(tablet: Tablet, visit: str) -> tuple[str, str]:
    """(entry, digest) of a photograph that the server holds whole."""
    content = photo(time.time_ns() % 60_000)
    name = hashlib.sha256(content).hexdigest()
    entry = tablet.record("evidence.taken", visit, photo_body(content))
    await tablet.receipts(entry)
    assert (await tablet.put(name, content, 0)).json()["stored"] > 0
    return entry["entry"]["id"], name


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
    body = {"evidence": entry, "basis": "state_secret", "reason": "拍到涉密设施"}
    assert set((await tablet.receipts(tablet.record("evidence.deleted", sent, body))).values()) == {
        ("accepted", None)
    }
    early = await back_up(house, tmp_path / "b")  # before the job that unlinks it has run
    assert not list((tmp_path / "b").rglob(digest)) and digest not in early.missing
    await destroy(house, {"visit": sent})
    await back_up(house, tmp_path / "b")
    manifest = read_manifest(tmp_path / "b")
    assert digest not in manifest["blobs"] and kept in manifest["blobs"]
    verify(tmp_path / "b", manifest)
