"""Which stories run with `make test`: the whole way and the visit that is like most. The situations of a day, each with
browsers of its own, take longer than everything else together and run as a second step, `make days`."""

from __future__ import annotations

from pathlib import Path

import pytest

WITH_EVERY_TEST = frozenset({"test_whole_way.py", "test_standard_visit.py", "test_notices.py"})
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and item.path.name not in WITH_EVERY_TEST:
            item.add_marker(pytest.mark.day)
