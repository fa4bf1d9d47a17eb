"""Bytes of a picture that arrive while it is destroyed, or afterwards from a file, do not stay in the office."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from backend import ledger
from backend.field.blobs import Store
from backend.field.tables import Evidence
from backend.field.whole import say_stored
from backend.house import House
from backend.ledger import Draft
from backend.worker import run_due
from sync.words import ItemVerified
from tests.builders import Client
from tests.doors.test_destroyed_pictures import deletion
from tests.doors.test_import import at_work, file_of, sealed
from tests.doors.test_lost import hand_in
from tests.tablets import Tablet, order_visit, photo, photo_body


def new_photo(size: tuple[int, int] = (320, 240)) -> bytes:
    return photo(int.from_bytes(os.urandom(2), "big"), size)


async def announced(tablet: Tablet, visit: str, content: bytes) -> tuple[str, str]:
    """(entry, digest) of a picture that is still to come."""
    taken = tablet.record("evidence.taken", visit, photo_body(content))
    assert set((await tablet.receipts(taken)).values()) == {("accepted", None)}
    return taken["entry"]["id"], taken["body"]["digest"]


async def destroyed_meanwhile(
    house: House,
    tablet: Tablet,
    visit: str,
    content: bytes,
    entry: str,
    until: int = 0,
    between: Callable[[], Awaitable[None]] | None = None,
) -> httpx.Response:
    """Send up to ``until``, and between two pieces of it say that it must not exist, and do what is ``between``."""
    started, go = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield content[:50]
        started.set()
        await go.wait()
        yield content[50 : until or len(content)]

    headers = {"authorization": f"Bearer {tablet.token}", "upload-offset": "0"}
    path = f"/field/blobs/{photo_body(content)['digest']}"
    put = asyncio.create_task(tablet.client.put(path, content=slowly(), headers=headers))
    await started.wait()
    await tablet.receipts(tablet.record("evidence.deleted", visit, deletion(entry)))
    await run_due(house)
    if between:
        await between()
    go.set()
    return await put


def nothing_of(house: House, name: str) -> bool:
    return not Store(house).has(name) and not Store(house).begun(name)


@pytest.mark.parametrize("whole", [True, False], ids=["all of it", "a part"])
async def test_what_is_on_its_way_while_it_is_destroyed_does_not_stay(
    house: House, tablet: Tablet, sent: str, whole: bool
) -> None:
    content = new_photo()
    entry, name = await announced(tablet, sent, content)
    until = len(content) if whole else len(content) - 1
    answer = await destroyed_meanwhile(house, tablet, sent, content, entry, until)
    assert answer.status_code == 404
    assert nothing_of(house, name)


async def test_it_stays_where_another_entry_still_wants_it(house: House, tablet: Tablet, sent: str) -> None:
    content = new_photo()
    entry, name = await announced(tablet, sent, content)
    other, _ = await order_visit(house, [(tablet.account, "leader")])
    await announced(tablet, other, content)
    answer = await destroyed_meanwhile(house, tablet, sent, content, entry)
    assert answer.json()["stored"] > 0
    assert Store(house).has(name)


async def test_it_stays_where_the_office_keeps_the_same_bytes(
    house: House, tablet: Tablet, sent: str
) -> None:
    content = new_photo()
    entry, name = await announced(tablet, sent, content)
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    block = packet.blocks[0]

    async def looked_up() -> None:
        body = ItemVerified(
            nonce=house.new_id(),
            organisation=block.organisation,
            item=block.items[0].item,
            source="公示系统",
            note="",
            snapshot=Store(house).add(content),
        )
        async with ledger.turn(house) as turn:
            await turn.append(Draft(visit, body), tablet.account, house.clock())

    await destroyed_meanwhile(house, tablet, sent, content, entry, between=looked_up)
    assert Store(house).has(name)


async def with_a_destroyed_one(client: Client, house: House) -> tuple[Tablet, dict[str, Any], str, str]:
    """A file that was written before one of its two pictures was destroyed; (tablet, file, destroyed, kept)."""
    tablet, visit, key, _ = await at_work(client, house)
    first, second = new_photo((64, 48)), new_photo((64, 48))
    taken = [tablet.record("evidence.taken", visit, photo_body(content)) for content in (first, second)]
    file = file_of(tablet, visit, key, second, {})
    gone, kept = (one["body"]["digest"] for one in taken)
    file["photos"] = [
        {"digest": name, "visit": visit, "picture": sealed(key, content, f"photo:{name}")}
        for name, content in ((gone, first), (kept, second))
    ]
    await tablet.receipts(*tablet.entries)
    await tablet.receipts(tablet.record("evidence.deleted", visit, deletion(taken[0]["entry"]["id"])))
    await run_due(house)
    return tablet, file, gone, kept


async def test_a_file_brings_no_destroyed_picture_back_and_the_rest_of_it_is_taken_in(
    client: Client, house: House
) -> None:
    tablet, file, gone, kept = await with_a_destroyed_one(client, house)
    answer = await hand_in(tablet, file)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["photos"], answer.json()["photos_refused"]) == (1, 1)
    assert (Store(house).has(gone), Store(house).has(kept)) == (False, True)


async def test_a_picture_that_is_destroyed_while_its_file_is_read_is_counted_and_does_not_stay(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    picture = new_photo((64, 48))
    taken = tablet.record("evidence.taken", visit, photo_body(picture))
    name = taken["body"]["digest"]
    file = file_of(tablet, visit, key, picture, {})

    async def after_the_deletion(*arguments: Any) -> int:
        await tablet.receipts(tablet.record("evidence.deleted", visit, deletion(taken["entry"]["id"])))
        await run_due(house)
        Store(house).add(picture)
        return await say_stored(*arguments)

    monkeypatch.setattr("backend.field.routes_import.say_stored", after_the_deletion)
    answer = await hand_in(tablet, file)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["photos"], answer.json()["photos_refused"]) == (0, 1)
    assert nothing_of(house, name)
    row = await Evidence.select(Evidence.use, Evidence.stored).where(Evidence.digest == name).first()
    assert row == {"use": "destroyed", "stored": 0}
