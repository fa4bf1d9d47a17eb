"""What is counted is counted where nobody adds to it meanwhile; what nobody can read is the sender's mistake."""

from __future__ import annotations

import asyncio

import pytest

from backend.dispatch import tables
from backend.door.rules import MOST_PER_VISIT
from backend.door.tables import Rating
from backend.house import House
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import dispatched, record
from tests.tablets import Tablet


async def test_twelve_who_rate_at_once_leave_no_more_ratings_than_may_be(
    house: House, clock: Clock, signed_in: SignedIn, client: Client
) -> None:
    whole = await dispatched(house, clock, signed_in)
    packet = await record(house, whole.visit)
    row = await tables.visit(whole.visit)
    assert row and packet.site and packet.site.copy_code
    path = f"/d/{packet.site.copy_code.url.rsplit('/', 1)[-1]}/rating"
    answers = await asyncio.gather(*(client.post(path, data={"score": "1"}) for _ in range(12)))
    assert await Rating.count().where(Rating.visit == whole.visit) == MOST_PER_VISIT
    assert sorted(one.status_code for one in answers) == [303] * MOST_PER_VISIT + [409] * 9


@pytest.mark.parametrize("path", ["/field/push", "/field/notices/seen", "/field/exchange", "/field/packets"])
@pytest.mark.parametrize("content", [b"[" * 50_000, b'{"seen":' + b"1" * 5_000 + b"}", b'{"a":' * 10_000])
async def test_json_without_end_is_the_senders_mistake(tablet: Tablet, path: str, content: bytes) -> None:
    headers = {"authorization": f"Bearer {tablet.token}"}
    answer = await tablet.client.post(path, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
