"""The disk is full in the middle of uploads: the answer is a clear refusal, and no promise breaks."""

from __future__ import annotations

import asyncio
import random
import resource
from pathlib import Path

import pytest

from tests.conftest import Counted
from tests.faults.scene import (
    WAITING,
    crew,
    everything_is_there_once,
    family,
    nothing_acknowledged_is_lost,
    running,
    until,
)


def let_files_grow_to(pid: int, size: int) -> None:
    """No process of the server may write beyond this place of any file: a full disk, as far as it can tell."""
    for one in family(pid):
        _, hard = resource.prlimit(one, resource.RLIMIT_FSIZE)
        resource.prlimit(one, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
async def test_a_full_disk_is_refused_in_words_and_nothing_acknowledged_is_lost(
    times: int, tmp_path: Path, free_port: int, counted: Counted
) -> None:
    data, chance = tmp_path / "data", random.Random(times)
    async with (
        running(data, free_port) as server,
        crew(server.origin, {"SUIJIAN_DATA": str(data)}, tablets=3, visits=12) as tablets,
    ):
        for _ in range(times):
            async with tablets.at_work():
                await asyncio.sleep(0.2)
                before = tablets.refused.total()
                let_files_grow_to(server.pid, chance.choice([0, 20_000, 100_000, 500_000]))
                await until(
                    lambda before=before: tablets.refused.total() > before + 3,  # type: ignore[misc]
                    "the disk was never full",
                )
                nothing_acknowledged_is_lost(data, tablets)
                let_files_grow_to(server.pid, resource.RLIM_INFINITY)
            assert set(tablets.refused) - {"HTTP 503", "HTTP 507"} <= WAITING, tablets.refused
            assert tablets.refused["storage_full"] >= tablets.refused["server_busy"], tablets.refused
        await tablets.settle()
        everything_is_there_once(data, tablets)
    counted(
        f"disk full {times} times under 3 tablets: {len(tablets.recorded())} entries, {tablets.photos()} "
        f"photos, refused {dict(sorted(tablets.refused.items()))}; 0 lost, 0 twice"
    )
