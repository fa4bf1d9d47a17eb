"""Buckets that refill: generous at once, bounded over time and in number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.people import rules_rates
from backend.people.rules_rates import BY_ADDRESS, FIELD_DEVICE, Buckets, Rate, of_address, of_speaker

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ONE = [("a", Rate(3, 0.5))]


def test_a_bucket_gives_what_it_holds_then_says_when_there_is_more() -> None:
    buckets = Buckets()
    assert [buckets.take(ONE, NOW) for _ in range(3)] == [None] * 3
    refusal = buckets.take(ONE, NOW)
    assert refusal and (refusal.code, refusal.details["seconds"]) == ("too_many", "2")
    assert buckets.take(ONE, NOW + timedelta(seconds=1)) is not None
    assert buckets.take(ONE, NOW + timedelta(seconds=2)) is None


def test_it_never_holds_more_than_it_does_at_first_and_a_clock_set_back_gives_nothing() -> None:
    buckets = Buckets()
    later = NOW + timedelta(days=1)
    assert [buckets.take(ONE, later) is None for _ in range(4)] == [True, True, True, False]
    assert buckets.take(ONE, NOW) is not None


def test_where_one_bucket_is_empty_nothing_is_taken_from_the_others() -> None:
    buckets = Buckets()
    both = [("b", Rate(9, 1)), *ONE]
    assert sum(buckets.take(both, NOW) is None for _ in range(9)) == 3
    assert sum(buckets.take(both[:1], NOW) is None for _ in range(9)) == 6


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_rates, "KEPT", 10)
    buckets = Buckets()
    for place in range(50):
        buckets.take([(f"{place}", Rate(3, 1))], NOW)
    assert len(buckets._left) == 10


def test_a_tablet_sends_300_photographs_at_once_and_an_office_of_100_signs_in() -> None:
    buckets = Buckets()
    speaker = of_speaker("/field/blobs/x", "d" * 64, "a" * 32)
    assert FIELD_DEVICE.most >= 2 * 300
    assert all(buckets.take(speaker, NOW) is None for _ in range(2 * 300 + 50))
    login = [of_address("POST", "/office/login", "203.0.113.9")]
    moments = [NOW + timedelta(seconds=place) for place in range(100)]
    assert all(buckets.take(login[0], moment) is None for moment in moments)


def test_only_what_anybody_may_ask_for_and_the_tablets_paths_are_counted() -> None:
    assert of_address("GET", "/office/", "203.0.113.9") == []
    assert of_address("GET", "/d", "203.0.113.9") == []
    assert of_address("POST", "/d", "") == []
    assert {path for _, path in BY_ADDRESS} == {"/office/login", "/results", "/d"}
    assert of_speaker("/office/", None, "a" * 32) == []


def test_percent_scales_and_0_is_no_limit() -> None:
    assert sum(Buckets(200).take(ONE, NOW) is None for _ in range(1)) == 1
    double, none = Buckets(200), Buckets(0)
    assert sum(double.take(ONE, NOW) is None for _ in range(20)) == 6
    assert sum(none.take(ONE, NOW) is None for _ in range(20)) == 20
