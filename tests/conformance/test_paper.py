"""The tablet and the server print the same: this end of the vector."""

from __future__ import annotations

from tests.conformance.paper import FILE, text


def test_the_vector_says_what_the_server_prints_today() -> None:
    assert FILE.read_text("utf-8") == text(), "run python -m tests.conformance.paper"
