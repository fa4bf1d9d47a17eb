"""The short way of `canonical` for what is plain lets through what the long way does, and nothing else."""

from __future__ import annotations

import math
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


@given(VALUES)
def test_what_is_called_plain_has_a_canonical_form(value: Any) -> None:
    if canon._plain(value, 0):
        canon._check(value, "$", 0)


@given(VALUES)
def test_what_has_a_canonical_form_is_called_plain(value: Any) -> None:
    try:
        canon._check(value, "$", 0)
    except canon.NotCanonical:
        assert not canon._plain(value, 0)
    else:
        assert canon._plain(value, 0)


def test_the_bounds_are_the_same() -> None:
    for value in (2**53 - 1, -(2**53 - 1), deep(canon.MAX_DEPTH - 1), {"a": deep(canon.MAX_DEPTH - 2)}):
        canon._check(value, "$", 0)
        assert canon._plain(value, 0)
    for value in (2**53, -(2**53), deep(canon.MAX_DEPTH), math.inf, {"é": 1}, {1: 1}):
        with pytest.raises(canon.NotCanonical):
            canon._check(value, "$", 0)
        assert not canon._plain(value, 0)
