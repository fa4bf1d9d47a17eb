"""What the storm computes once is what would have been computed again."""

from __future__ import annotations

from typing import Any

import pytest

from backend import migrate
from backend.field.tables import Held
from tests.storm.quick import Texts
from tests.storm.remembered import AGAIN, Unlike, remembered


def test_a_text_that_is_not_what_piccolo_builds_ends_the_run() -> None:
    texts = Texts(migrate.TABLES)
    query = Held.select(Held.entry).where((Held.visit == "a") & Held.code.is_in(["b", "c"])).limit(3)
    arguments: list[Any] = []
    shape = texts._shape(query, arguments)
    assert arguments == ["a", "b", "c"]
    texts.kept[shape], texts.uses = "SELECT another text", -1
    with pytest.raises(Unlike):
        texts.text(query)


def test_who_changes_what_was_remembered_ends_the_run() -> None:
    asked: list[str] = []

    def read(name: str) -> list[str]:
        asked.append(name)
        return [name]

    ask = remembered(read, lambda name: name)
    given = [ask("a"), ask("a"), ask("b")]
    assert given == [["a"], ["a"], ["b"]] and asked == ["a", "b"]
    given[0].append("changed")
    with pytest.raises(Unlike):
        for _ in range(AGAIN):
            ask("a")
