"""The tablet's real store and exchange under every fault, on a simulated IndexedDB: the full count of schedules."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Counted

PWA = Path(__file__).parents[2] / "pwa"


@pytest.mark.slow
@pytest.mark.parametrize("schedules", [200])
def test_the_tablets_store_loses_nothing_under_any_fault(schedules: int, counted: Counted) -> None:
    ran = subprocess.run(
        ["node_modules/.bin/vitest", "run", "../tests/tablet/storm.test.ts"],
        cwd=PWA,
        env={**os.environ, "N": str(schedules), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-8_000:] + ran.stderr[-8_000:]
    told = re.search(rf"{schedules} schedules of \d+ steps\n.*?(?=\n\n|\n [✓❯])", ran.stdout, re.DOTALL)
    assert told, ran.stdout[-8_000:]
    counted(f"the tablet's store: {told[0]}")
