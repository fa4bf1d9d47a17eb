"""Whoever asks too often is told when to come again; others, and the same one later, are served."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.people import rules_rates
from backend.people.rules_rates import Rate
from tests.builders import Client, Clock
from tests.tablets import Tablet

FROM = {"x-forwarded-for": "203.0.113.7"}


@pytest.fixture
async def few(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> AsyncIterator[None]:
    """Rates that a test can use up. The clock moves on afterwards, so that nobody else finds a bucket empty."""
    for key in rules_rates.BY_ADDRESS:
        monkeypatch.setitem(rules_rates.BY_ADDRESS, key, Rate(3, 0.1))
    monkeypatch.setattr(rules_rates, "FIELD_ADDRESS", Rate(4, 0.1))
    monkeypatch.setattr(rules_rates, "FIELD_DEVICE", Rate(3, 0.1))
    yield
    clock.advance(hours=1)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/results?q=a"), ("POST", "/d"), ("POST", "/office/login")]
)
async def test_one_address_asks_so_often_and_another_is_not_touched(
    client: Client, clock: Clock, few: None, method: str, path: str
) -> None:
    async def asked(address: str) -> int:
        headers = {"x-forwarded-for": address}
        return (await client.request(method, path, headers=headers)).status_code

    assert 429 not in [await asked("203.0.113.7") for _ in range(3)]
    assert await asked("203.0.113.7") == 429
    assert await asked("203.0.113.8") != 429
    clock.advance(seconds=11)
    assert await asked("203.0.113.7") != 429


async def test_the_page_says_in_how_many_seconds_and_that_nothing_is_lost(client: Client, few: None) -> None:
    for _ in range(3):
        await client.get("/results", headers=FROM)
    answer = await client.get("/results", headers=FROM)
    assert answer.status_code == 429 and "10 秒后再试" in answer.text


async def test_a_tablet_that_asks_too_often_waits_and_loses_nothing(
    tablet: Tablet, clock: Clock, few: None
) -> None:
    answers = [await tablet.exchange() for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "too_many"
    clock.advance(seconds=11)
    assert (await tablet.exchange()).status_code == 200


async def test_without_a_session_the_tablets_paths_are_counted_by_address(client: Client, few: None) -> None:
    path = "/field/session/challenge"
    codes = [
        (await client.post(path, json={"device": "0" * 64}, headers=FROM)).json()["code"] for _ in range(5)
    ]
    assert codes == [*["device_unknown"] * 4, "too_many"]
