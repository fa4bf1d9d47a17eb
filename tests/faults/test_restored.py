"""The server is lost and comes back from an older backup: the tablets notice and bring everything again."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.scene import Crew, crew, everything_is_there_once, in_ledger, kill, running, suijian


async def serve_until_lost(data: Path, port: int, tablets: Crew, folder: Path, chance: random.Random) -> int:
    """Serve, back up at some moment while everybody works, go on, die; how many entries came after the backup."""
    async with running(data, port) as server:
        async with tablets.at_work(pause=0.3):
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            await asyncio.to_thread(suijian, data, "backup", str(folder), "--with-keys")
            held = len(in_ledger(data)[0])
            await asyncio.sleep(chance.uniform(0.1, 0.8))
            kill(server)
        return len(in_ledger(data)[0]) - held


@pytest.mark.parametrize("times", [1, pytest.param(50, marks=pytest.mark.slow)])
async def test_what_an_older_backup_lacks_is_offered_again_by_the_tablets(
    times: int, tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, lost = random.Random(times), 0
    data = tmp_path / "data-0"
    async with running(data, free_port) as server:
        origin = server.origin
        manager = crew(origin, {"SUIJIAN_DATA": str(data)}, tablets=3, visits=20)
        tablets = await manager.__aenter__()
    try:
        for number in range(times):
            folder = tmp_path / f"backup-{number}"
            lost += await serve_until_lost(data, free_port, tablets, folder, chance)
            old = chance.choice([folder, tmp_path / f"backup-{max(0, number - 1)}"])
            data = tmp_path / f"data-{number + 1}"
            await asyncio.to_thread(suijian, data, "restore", str(old))
            async with running(data, free_port):
                await tablets.settle()
                assert set(tablets.recorded()) <= set(in_ledger(data)[0])
        everything_is_there_once(data, tablets)
    finally:
        await manager.__aexit__(None, None, None)
    assert lost > 0, "nothing was lost with the server"
    with capsys.disabled():
        print(
            f"\nrestored from an older backup {times} times: {len(tablets.recorded())} entries, "
            f"{tablets.photos()} photos, {lost} ledger entries lost with the server; 0 lost, 0 twice"
        )
