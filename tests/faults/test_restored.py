"""The server is lost and comes back from an older backup: the tablets notice and bring everything again."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.conftest import Counted
from tests.faults.scene import Crew, crew, everything_is_there_once, in_ledger, kill, running, suijian
from tests.harness.server import Server


async def work_until_lost(server: Server, tablets: Crew, folder: Path, chance: random.Random) -> int:
    """Work, back up at some moment meanwhile, work on, die; how many entries came after the backup."""
    async with tablets.at_work(pause=0.3):
        await asyncio.sleep(chance.uniform(0.1, 0.5))
        await asyncio.to_thread(suijian, server.data, "backup", str(folder), "--with-keys")
        held = len(in_ledger(server.data)[0])
        await asyncio.sleep(chance.uniform(0.1, 0.8))
        kill(server)
    return len(in_ledger(server.data)[0]) - held


@pytest.mark.parametrize("times", [1, pytest.param(50, marks=pytest.mark.slow)])
async def test_what_an_older_backup_lacks_is_offered_again_by_the_tablets(
    times: int, tmp_path: Path, free_port: int, counted: Counted
) -> None:
    chance, lost, folders = random.Random(times), 0, [tmp_path / f"backup-{n}" for n in range(times)]
    data = tmp_path / "data"
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running(data, free_port))
        hired = crew(server.origin, {"SUIJIAN_DATA": str(data)}, tablets=3, visits=20)
        tablets = await stack.enter_async_context(hired)
        for number, folder in enumerate(folders):
            lost += await work_until_lost(server, tablets, folder, chance)
            old = chance.choice([folder, folders[max(0, number - 1)]])
            data = tmp_path / f"data-{number}"
            await asyncio.to_thread(suijian, data, "restore", str(old))
            server = await stack.enter_async_context(running(data, free_port))
            await tablets.settle()
            assert set(tablets.recorded()) <= set(in_ledger(data)[0])
        everything_is_there_once(data, tablets)
    assert lost > 0, "nothing was lost with the server"
    counted(
        f"restored from an older backup {times} times: {len(tablets.recorded())} entries, "
        f"{tablets.photos()} photos, {lost} ledger entries lost with the server; 0 lost, 0 twice"
    )
