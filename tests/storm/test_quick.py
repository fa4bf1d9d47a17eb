"""What the storm computes once is what would have been computed again."""

from __future__ import annotations

from typing import Any

import pytest

from backend import migrate
from backend.field.tables import Held
from tests.storm.quick import Texts, Unlike


def test_a_text_that_is_not_what_piccolo_builds_ends_the_run() -> None:
    texts = Texts(migrate.TABLES)
    query = Held.select(Held.entry).where((Held.visit == "a") & Held.code.is_in(["b", "c"])).limit(3)
    arguments: list[Any] = []
    shape = texts._shape(query, arguments)
    assert arguments == ["a", "b", "c"]
    texts.kept[shape], texts.uses = "SELECT another text", -1
    with pytest.raises(Unlike):
        texts.text(query)
