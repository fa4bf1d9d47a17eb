"""Nothing lost, nothing twice, nobody else's: schedules of misfortune from seeds, and bugs that they must notice."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.conftest import Counted
from tests.storm.__main__ import report
from tests.storm.mutations import MUTATIONS
from tests.storm.run import side_by_side, storm, told
from tests.storm.schedule import STEPS

KINDS = 24
DISK = {
    "a picture deleted on the server",
    "a picture damaged on the server",
    "tablets asked again for lost pictures",
}
ENOUGH = 30
"""Schedules within which a planted bug must be noticed."""
FOUND = {
    "a restored server numbers its receipts anew": 4,
    "a lost receipt of a filled gap": 16,
    "the clock of a tablet went back by decades": 10,
    "a photo was offered before the tablet knew of the restore": 32,
    "a revoked tablet waited for packets": 33,
    "entries of a filled gap came after their signature": 43,
    "a held entry was decided while its receipt was lost": 88,
    "a gap behind an entry of an unknown kind was filled and the answer lost": 531,
    "a packet went aside while its visit was not the tablet's": 439,
    "a late request freed what stood behind a decision and nobody heard the answer": 12_961,
}
"""Seeds that broke once, by what they met."""


@pytest.mark.parametrize("schedules", [100, pytest.param(1_000, marks=pytest.mark.slow)])
def test_nothing_is_lost_nothing_twice_and_everybody_sees_the_same(schedules: int, counted: Counted) -> None:
    started = time.perf_counter()
    found = side_by_side(1, schedules)
    assert found.broken is None, f"{found.broken}; again: make storm SEED={found.seed}"
    assert STEPS == 200
    assert len(found.faults) >= KINDS and set(found.faults) >= DISK
    if schedules > 100:
        counted(report(found.faults, schedules, time.perf_counter() - started))


def test_the_schedules_that_once_broke_hold() -> None:
    for what, seed in FOUND.items():
        found = told([seed])
        assert found.broken is None, f"{what}: {found.broken}"


def test_one_seed_gives_one_run() -> None:
    runs: list[list[str]] = [[], []]
    faults = [storm([7], trace=run.append) for run in runs]
    assert runs[0] == runs[1] and len(runs[0]) > STEPS
    assert faults[0] == faults[1]


def _noticed(name: str) -> int:
    """After how many schedules a planted bug is noticed; 0 where it is not."""
    first = MUTATIONS[name][1]
    found = told(range(first, first + ENOUGH), name)
    return found.seed - first + 1 if found.broken else 0


def test_every_planted_bug_is_noticed() -> None:
    assert len(MUTATIONS) >= 20
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        after = dict(zip(MUTATIONS, pool.map(_noticed, MUTATIONS), strict=True))
    assert [name for name, schedules in after.items() if not schedules] == []
