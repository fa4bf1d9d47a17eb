"""Bytes beside photographs: sound and film come the same way, pictures after the signatures too, and what was destroyed
on site is nowhere in the office."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from backend.field.blobs import Store
from backend.field.entries import folded
from backend.field.kept import kept, kept_bytes
from backend.field.tables import VisitState
from backend.house import House
from backend.ledger import LedgerEntry
from backend.worker import run_due
from sync.canon import canonical
from tests.tablets import OPENED, Tablet, order_visit, photo, photo_body

WEBM = b"\x1a\x45\xdf\xa3" + b"film" * 100_000


def recording(content: bytes, media_type: str = "video/webm") -> dict[str, Any]:
    return {
        "digest": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "media_type": media_type,
        "seconds": 12,
        "announced": True,
        "items": [],
        "place": None,
        "caption": "拒绝签字",
    }


async def opened(house: House, tablet: Tablet) -> str:
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    await tablet.receipts(tablet.record("visit.opened", visit, OPENED))
    return visit


async def test_a_film_comes_in_pieces_and_is_whole_in_the_visit(house: House, tablet: Tablet) -> None:
    visit, body = await opened(house, tablet), recording(WEBM)
    await tablet.receipts(tablet.record("recording.made", visit, body))
    first = await tablet.put(body["digest"], WEBM[:150_000], 0)
    assert first.json()["offset"] == 150_000
    done = await tablet.put(body["digest"], WEBM[150_000:], 150_000)
    assert done.json()["stored"] > 0
    (one,) = (await folded(house, visit)).recordings
    assert one.stored
    assert Store(house).read(body["digest"]) == WEBM


@pytest.mark.parametrize("media_type", ["audio/mp4", "video/mp4"])
async def test_what_is_no_film_of_its_type_is_not_kept(house: House, tablet: Tablet, media_type: str) -> None:
    visit, content = await opened(house, tablet), WEBM + media_type.encode()
    body = recording(content, media_type)
    await tablet.receipts(tablet.record("recording.made", visit, body))
    answer = await tablet.put(body["digest"], content, 0)
    assert answer.json()["code"] == "digest_mismatch"
    assert not Store(house).has(body["digest"])


async def test_a_picture_after_the_signatures_is_received_like_any_other(
    house: House, tablet: Tablet
) -> None:
    visit, content = await opened(house, tablet), photo(7001)
    body = photo_body(content)
    await tablet.receipts(tablet.record("evidence.added", visit, body))
    assert (await tablet.put(body["digest"], content, 0)).json()["stored"] > 0
    (one,) = (await folded(house, visit)).added
    assert one.stored


async def test_a_destroyed_picture_is_nowhere_in_the_office_and_wanted_by_nobody(
    house: House, tablet: Tablet
) -> None:
    visit, content = await opened(house, tablet), photo(7002)
    body = photo_body(content)
    taken = tablet.record("evidence.taken", visit, body)
    await tablet.receipts(taken)
    assert (await tablet.put(body["digest"], content, 0)).json()["stored"] > 0
    said = {"evidence": taken["entry"]["id"], "basis": "state_secret", "reason": "拍到涉密设施"}
    await tablet.receipts(tablet.record("evidence.deleted", visit, said))
    await run_due(house)
    assert not Store(house).has(body["digest"])
    assert (await tablet.put(body["digest"], content, 0)).status_code == 404
    (one,) = (await folded(house, visit)).evidence
    assert one.deleted and one.taken.body.digest == body["digest"], "its digest stays"


async def test_a_picture_that_another_entry_relies_on_is_not_destroyed_with_it(
    house: House, tablet: Tablet
) -> None:
    visit, other, content = await opened(house, tablet), await opened(house, tablet), photo(7003)
    body = photo_body(content)
    taken = tablet.record("evidence.taken", visit, body)
    await tablet.receipts(taken, tablet.record("evidence.taken", other, body))
    await tablet.put(body["digest"], content, 0)
    said = {"evidence": taken["entry"]["id"], "basis": "state_secret", "reason": "拍到涉密设施"}
    await tablet.receipts(tablet.record("evidence.deleted", visit, said))
    await run_due(house)
    assert Store(house).has(body["digest"])


async def test_photos_that_arrive_together_are_each_said_once_and_one_signature_covers_them(
    house: House, tablet: Tablet
) -> None:
    visits = [await opened(house, tablet) for _ in range(2)]
    pictures = [photo(seed) for seed in range(40, 46)]
    bodies = [photo_body(content) for content in pictures]
    for number, body in enumerate(bodies):
        await tablet.receipts(tablet.record("evidence.taken", visits[number % 2], body))
    answers = await asyncio.gather(
        *(tablet.put(body["digest"], content, 0) for body, content in zip(bodies, pictures, strict=True)),
        tablet.put(bodies[0]["digest"], pictures[0], 0),
    )
    told = [answer.json()["stored"] for answer in answers]
    assert told[-1] == told[0]
    rows = (
        await LedgerEntry.select()
        .where((LedgerEntry.kind == "evidence.stored") & LedgerEntry.subject.is_in(visits))
        .order_by(LedgerEntry.number)
    )
    assert sorted(set(told)) == [row["number"] for row in rows]
    assert rows[-1]["signature"]
    for visit in visits:
        row = await VisitState.select().where(VisitState.visit == visit).first()
        state = await folded(house, visit)
        assert row and (row["photos"], row["photos_stored"]) == (3, 3)
        assert all(one.stored for one in state.evidence)
        said = {row["number"] for row in rows if row["subject"] == visit}
        assert row["number"] == max(said)


async def test_what_is_kept_of_a_state_is_the_canonical_form_of_all_but_what_the_pictures_rows_say(
    house: House, tablet: Tablet
) -> None:
    visit = await opened(house, tablet)
    await tablet.receipts(
        tablet.record("evidence.taken", visit, photo_body(photo(50)) | {"caption": "门头“一”"})
    )
    await tablet.receipts(tablet.record("recording.made", visit, recording(WEBM)))
    state = await folded(house, visit)
    assert kept_bytes(state) == canonical(kept(state))
