"""PostgreSQL goes away in the middle of uploads and comes back: a clear refusal meanwhile, and no promise breaks."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.conftest import EngineUnderTest
from tests.faults.scene import WAITING, crew, in_database, running, suijian
from tests.harness.postgres import Cluster


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
async def test_a_database_that_goes_away_is_refused_in_words_and_nothing_acknowledged_is_lost(
    times: int,
    engine: EngineUnderTest,
    pg_cluster: Cluster,
    free_port: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance, name = random.Random(times), engine.database.rsplit("/", 1)[1]
    async with (
        running(engine.data, free_port, engine.environment()) as server,
        crew(server.origin, engine.environment(), tablets=3, visits=12) as tablets,
    ):
        for _ in range(times):
            async with tablets.at_work():
                await asyncio.sleep(chance.uniform(0.1, 0.5))
                before = tablets.refused.total()
                pg_cluster.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
                pg_cluster.execute(
                    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                )
                for _ in range(100):
                    await asyncio.sleep(0.1)
                    if tablets.refused.total() > before + 3:
                        break
                pg_cluster.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
            assert tablets.refused.total() > before, "the database was never gone"
            assert set(tablets.refused) - {"HTTP 503"} <= WAITING, tablets.refused
            entries, photos, _ = await in_database(engine)
            assert tablets.acknowledged() <= set(entries) and tablets.complete() <= set(photos)
        await tablets.settle()
        entries, photos, said = await in_database(engine)
    recorded = tablets.recorded()
    assert len(entries) == len(set(entries)) and set(recorded) <= set(entries)
    assert len(photos) == len(set(photos)) == said == tablets.photos()
    assert "一切完好" in suijian(engine.data, "doctor", database=engine.database)
    with capsys.disabled():
        print(
            f"\ndatabase gone {times} times under 3 tablets: {len(recorded)} entries, {tablets.photos()} photos, "
            f"refused {dict(sorted(tablets.refused.items()))}; 0 lost, 0 twice"
        )
