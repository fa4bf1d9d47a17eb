"""The short way of `canonical` for what is plain lets through what the long way does, and nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import canon

TEXT = st.text() | st.sampled_from(["e\u0301", "\ud800", "核", "a"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | TEXT | st.integers(-(2**54), 2**54) | st.binary(max_size=2),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(TEXT | st.integers(), inner),
)


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else []


def refusal(work: Callable[[Any], Any], value: Any) -> str | None:
    """How the work refuses the value, or None."""
    try:
        work(value)
    except canon.NotCanonical as error:
        return str(error)
    return None


def long_way(value: Any) -> None:
    canon._check(value, "$", 0)


@given(VALUES)
def test_canonical_refuses_what_the_long_way_does_in_the_same_words(value: Any) -> None:
    assert refusal(canon.canonical, value) == refusal(long_way, value)


@given(VALUES)
def test_what_has_a_canonical_form_goes_the_short_way(value: Any) -> None:
    said = refusal(long_way, value)
    assert canon._plain((value,), 0) == (said is None) or (said and said.startswith("lone-surrogate"))


@given(st.recursive(TEXT | st.integers(-9, 9), lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_what_an_escape_brought_in_is_looked_at_too(value: Any) -> None:
    escaped = json.dumps(value).encode()
    assert refusal(canon.parse, escaped) == refusal(long_way, value)


def test_the_bounds_are_the_same() -> None:
    for value in (2**53 - 1, -(2**53 - 1), deep(canon.MAX_DEPTH - 1), {"a": deep(canon.MAX_DEPTH - 2)}):
        long_way(value)
        assert canon._plain((value,), 0)
    for value in (2**53, -(2**53), deep(canon.MAX_DEPTH), math.inf, {"é": 1}, {1: 1}):
        with pytest.raises(canon.NotCanonical):
            long_way(value)
        assert not canon._plain((value,), 0)
