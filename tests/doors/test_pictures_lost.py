"""A picture that is gone or changed on the server comes again from a tablet that still has it; nothing vouches for
bytes that nobody has read."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend import db
from backend.doctor import lost_pictures
from backend.field.again import ask_again
from backend.field.blobs import Store
from backend.field.tables import Evidence
from backend.house import House
from backend.people.tables import AuditEvent
from tests.conftest import EngineUnderTest
from tests.tablets import Tablet, order_visit, photo, photo_body

SUIJIAN = Path(sys.executable).with_name("suijian")


@pytest.fixture
def content() -> bytes:
    """A picture that no other test has."""
    return photo(time.time_ns() % 60_000)


async def announced(tablet: Tablet, visit: str, content: bytes, **changes: object) -> str:
    """Its digest, after an entry named it."""
    entry = tablet.record("evidence.taken", visit, {**photo_body(content), **changes})
    assert set((await tablet.receipts(entry)).values()) == {("accepted", None)}
    return str(entry["body"]["digest"])


@pytest.fixture
async def digest(tablet: Tablet, sent: str, content: bytes) -> str:
    """The digest of a picture that the server holds whole."""
    name = await announced(tablet, sent, content)
    assert (await tablet.put(name, content, 0)).json()["stored"] > 0
    return name


def rot(house: House, digest: str) -> None:
    """Change one byte of its file; length and name stay."""
    path = Store(house).place(digest)
    kept = bytearray(path.read_bytes())
    kept[len(kept) // 2] ^= 1
    path.write_bytes(kept)


async def last_number(house: House) -> int:
    return int((await db.execute(house.engine, "SELECT number FROM server_chain WHERE id = 1"))[0]["number"])


async def test_a_picture_whose_file_is_gone_is_asked_for_and_written_again_without_a_new_entry(
    house: House, tablet: Tablet, digest: str, content: bytes
) -> None:
    said = int((await tablet.head(digest)).headers["upload-stored"])
    before = await last_number(house)
    Store(house).place(digest).unlink()
    asked = (await tablet.head(digest)).headers
    assert (asked["upload-stored"], asked["upload-offset"]) == ("0", "0")
    half = len(content) // 2
    assert (await tablet.put(digest, content[:half], 0)).json()["stored"] == 0
    assert (await tablet.put(digest, content[half:], half)).json()["stored"] == said
    assert Store(house).read(digest) == content
    assert await last_number(house) == before


async def test_a_file_that_was_cut_short_is_not_called_stored(
    house: House, tablet: Tablet, digest: str, content: bytes
) -> None:
    path = Store(house).place(digest)
    path.write_bytes(path.read_bytes()[:-100])
    assert (await tablet.head(digest)).headers["upload-stored"] == "0"
    assert (await tablet.put(digest, content, 0)).json()["stored"] > 0
    assert Store(house).read(digest) == content


async def test_a_file_that_changed_is_not_vouched_for_when_another_visit_announces_it(
    house: House, tablet: Tablet, digest: str, content: bytes
) -> None:
    rot(house, digest)
    other, _ = await order_visit(house, [(tablet.account, "leader")])
    await announced(tablet, other, content)
    row = await Evidence.select().where((Evidence.digest == digest) & (Evidence.visit == other)).first()
    assert row is not None and row["stored"] == 0
    assert (await tablet.put(digest, b"", 0)).json()["stored"] == 0
    assert (await tablet.put(digest, content, 0)).json()["stored"] > 0
    assert Store(house).read(digest) == content


@pytest.mark.parametrize("wrong", [-7, 7])
async def test_two_announcements_of_other_lengths_do_not_keep_a_picture_away(
    house: House, tablet: Tablet, sent: str, content: bytes, wrong: int
) -> None:
    colleague = Tablet(tablet.client, house)
    await colleague.enrol(tablet.account)
    await announced(colleague, sent, content, size=len(content) + wrong)
    digest = await announced(tablet, sent, content)
    assert (await tablet.head(digest)).headers["upload-length"] == str(len(content))
    assert (await tablet.put(digest, content, 0)).json()["stored"] > 0
    assert int((await tablet.head(digest)).headers["upload-stored"]) > 0
    assert Store(house).read(digest) == content


async def test_one_tablet_that_announced_two_lengths_is_believed_in_the_one_that_agrees(
    house: House, tablet: Tablet, sent: str, content: bytes
) -> None:
    await announced(tablet, sent, content, size=len(content) + 9)
    digest = await announced(tablet, sent, content)
    half = len(content) // 2
    await tablet.put(digest, content[:half], 0)
    assert (await tablet.put(digest, content[half:], half)).json()["stored"] > 0


async def test_after_damage_tablets_are_asked_again_and_no_news_call_whole_what_is_lost(
    house: House, tablet: Tablet, digest: str, content: bytes
) -> None:
    colleague = Tablet(tablet.client, house)
    await colleague.enrol(tablet.account)

    async def told() -> dict[str, bool]:
        """Of each picture that is said to be whole, whether the server has lost it since."""
        news = (await colleague.exchange()).json()["entries"]
        stored = [one for one in news if one["entry"]["kind"] == "evidence.stored"]
        return {one["body"]["digest"]: one.get("lost", False) for one in stored}

    assert (await told())[digest] is False
    epoch = colleague.epoch
    rot(house, digest)
    assert await lost_pictures(house) == [digest]
    await ask_again(house, [digest])
    # The entry itself stands: whoever reads it now reads it once.
    assert (await told())[digest] is True and colleague.epoch != epoch
    assert (await tablet.put(digest, content, 0)).json()["stored"] > 0
    assert await lost_pictures(house) == []
    # Who read it as lost before it came again moves nothing away.
    await ask_again(house, [digest])
    assert Store(house).whole(digest) == len(content) and (await told())[digest] is False
    traced = await AuditEvent.exists().where(AuditEvent.path == "suijian doctor --ask-again (1)")
    assert traced


async def test_the_doctor_asks_the_tablets_only_where_it_is_told_to(
    engine: EngineUnderTest, house: House, tablet: Tablet, digest: str
) -> None:
    def doctor(*flags: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")}
        found = subprocess.run(
            [str(SUIJIAN), "doctor", *flags],
            env={**kept, **engine.environment()},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert found.returncode == 1 and digest in found.stdout
        return found.stdout

    Store(house).place(digest).unlink()
    await tablet.exchange()
    epoch = tablet.epoch
    assert "重新上传" not in await asyncio.to_thread(doctor)
    await tablet.exchange()
    assert tablet.epoch == epoch
    assert "已请各检查终端重新上传 1 张照片" in await asyncio.to_thread(doctor, "--ask-again")
    await tablet.exchange()
    assert tablet.epoch != epoch
