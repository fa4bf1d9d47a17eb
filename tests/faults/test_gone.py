"""PostgreSQL goes away in the middle of uploads and comes back: a clear refusal meanwhile, and no promise breaks."""

from __future__ import annotations

import pytest

from tests.conftest import Counted, EngineUnderTest
from tests.faults.scene import WAITING, Crew, crew, in_database, running, suijian, until
from tests.harness.postgres import Cluster


async def arrived(tablets: Crew) -> None:
    """Wait until the server has acknowledged something more: the tablets are in the middle of their uploads."""
    before = len(tablets.acknowledged())
    await until(lambda: len(tablets.acknowledged()) > before, "the tablets never got anything to the server")


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.slow)])
async def test_a_database_that_goes_away_is_refused_in_words_and_nothing_acknowledged_is_lost(
    times: int,
    engine: EngineUnderTest,
    pg_cluster: Cluster,
    free_port: int,
    counted: Counted,
) -> None:
    name = engine.database.rsplit("/", 1)[1]
    async with (
        running(engine.data, free_port, engine.environment()) as server,
        crew(server.origin, engine.environment(), tablets=3, visits=12) as tablets,
    ):
        for _ in range(times):
            async with tablets.at_work():
                await arrived(tablets)
                before = tablets.refused.total()
                pg_cluster.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
                try:
                    # Again and again: a connection that was just being opened is let in after the others are gone.
                    await until(
                        lambda before=before: tablets.refused.total() > before + 3,  # type: ignore[misc]
                        "the database was never gone",
                        lambda: pg_cluster.execute(
                            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                        ),
                    )
                finally:
                    pg_cluster.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
            assert set(tablets.refused) - {"HTTP 503"} <= WAITING, tablets.refused
            entries, photos, _ = await in_database(engine)
            assert tablets.acknowledged() <= set(entries) and tablets.complete() <= set(photos)
        await tablets.settle()
        entries, photos, said = await in_database(engine)
    recorded = tablets.recorded()
    assert len(entries) == len(set(entries)) and set(recorded) <= set(entries)
    assert len(photos) == len(set(photos)) == said == tablets.photos()
    assert "一切完好" in suijian(engine.data, "doctor", database=engine.database)
    counted(
        f"database gone {times} times under 3 tablets: {len(recorded)} entries, {tablets.photos()} photos, "
        f"refused {dict(sorted(tablets.refused.items()))}; 0 lost, 0 twice"
    )
