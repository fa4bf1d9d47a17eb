"""The server is killed in the middle of uploads, again and again: no promise breaks, nothing is there twice."""

from __future__ import annotations

import asyncio
import random
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.conftest import Counted
from tests.faults.scene import crew, everything_is_there_once, kill, nothing_acknowledged_is_lost, running


@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.slow)])
async def test_a_server_that_is_killed_loses_nothing_that_it_acknowledged(
    kills: int, tmp_path: Path, free_port: int, counted: Counted
) -> None:
    data, chance, killed, met, in_flight = tmp_path / "data", random.Random(kills), 0, 0, 0
    async with (
        running(data, free_port) as server,
        crew(server.origin, {"SUIJIAN_DATA": str(data)}, tablets=5, visits=10) as tablets,
    ):
        # An answer may have been on its way already: such a kill met nothing, and does not count.
        while met < kills:
            assert killed < 3 * kills + 10, "too few kills met an upload"
            first = nullcontext(server)
            async with running(data, free_port) if killed else first as alive, tablets.at_work():
                await asyncio.sleep(chance.uniform(0.3, 1.5))
                await tablets.sending()
                kill(alive)
            killed += 1
            nothing_acknowledged_is_lost(data, tablets)
            met += tablets.unacknowledged() > 0
            in_flight += tablets.unacknowledged()
        async with running(data, free_port):
            await tablets.settle()
        everything_is_there_once(data, tablets)
    counted(
        f"server killed {killed} times under 5 tablets, {met} times in an upload: {len(tablets.recorded())} entries, "
        f"{tablets.photos()} photos, {in_flight} not yet acknowledged when it died; 0 lost, 0 twice"
    )
