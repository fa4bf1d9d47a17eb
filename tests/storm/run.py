"""Run schedules: one template per process, one loop, one schedule after the other."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.field import routes, rules
from tests.storm.schedule import STEPS, Schedule
from tests.storm.server import make_app, without_threads
from tests.storm.world import make_template

PAGE, FRAME = 7, 250
"""Small pages and frames, so that reading and uploading break off in the middle often."""


@contextmanager
def small() -> Iterator[None]:
    """The server's pages and frames are small for the while."""
    page, frame = rules.PAGE_ENTRIES, routes.FRAME
    rules.PAGE_ENTRIES, routes.FRAME = PAGE, FRAME
    try:
        yield
    finally:
        rules.PAGE_ENTRIES, routes.FRAME = page, frame


def storm(
    seeds: Iterable[int], steps: int = STEPS, trace: Callable[[str], None] | None = None
) -> Counter[str]:
    """Run a schedule for every seed; how often each fault happened. Raises Broken at the first that breaks."""
    running: list[Schedule] = []
    faults: Counter[str] = Counter()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="suijian-storm-", dir=memory if memory.is_dir() else None
    ) as name:
        folder = Path(name)

        async def work() -> None:
            app = make_app(folder / "app")
            template = await make_template(folder, app)
            for seed in seeds:
                schedule = Schedule(seed, template, app, folder, steps, trace=trace)
                running[:] = [schedule]
                faults.update(await schedule.run())

        logging.disable(logging.CRITICAL)  # refusals and failures are the point here
        try:
            with without_threads(lambda: getattr(running[0], "server", None) if running else None), small():
                asyncio.run(work())
        finally:
            logging.disable(logging.NOTSET)
    return faults
