"""Run schedules: one template per process, one loop, one schedule after the other."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from backend import migrate
from backend.field import routes, rules
from tests.storm.mutations import planted
from tests.storm.quick import quick
from tests.storm.remembered import computed_once
from tests.storm.schedule import STEPS, Broken, Schedule
from tests.storm.server import Server, make_app, without_threads
from tests.storm.world import make_template

PAGE, FRAME, AT_ONCE = 7, 250, 1_066
"""Small pages and frames, so that reading and uploading break off in the middle often; half of the photos are small
enough to be taken at once."""
RARELY = 20_000
"""New objects until the youngest are looked through: a schedule leaves few cycles behind."""


@contextmanager
def small() -> Iterator[None]:
    """The server's pages and frames are small for the while."""
    page, frame, at_once = rules.PAGE_ENTRIES, routes.FRAME, routes.AT_ONCE
    rules.PAGE_ENTRIES, routes.FRAME, routes.AT_ONCE = PAGE, FRAME, AT_ONCE
    try:
        yield
    finally:
        rules.PAGE_ENTRIES, routes.FRAME, routes.AT_ONCE = page, frame, at_once


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
            gc.collect()
            gc.freeze()  # the application stays; only what a schedule leaves is looked through
            gc.set_threshold(RARELY)
            for seed in seeds:
                schedule = Schedule(seed, template, app, folder, steps, trace=trace)
                running[:] = [schedule]
                try:
                    faults.update(await schedule.run())
                except Broken:
                    raise
                except Exception as error:  # a program that fails is as bad as one that loses
                    raise schedule.broken(traceback.format_exc()) from error

        def server() -> Server | None:
            return getattr(running[0], "server", None) if running else None

        often = gc.get_threshold()
        logging.disable(logging.CRITICAL)  # refusals and failures are the point here
        try:
            with without_threads(server), small(), quick(migrate.TABLES), computed_once():
                asyncio.run(work())
        finally:
            gc.set_threshold(*often)
            gc.collect()  # requests that died with their server say so when they go
            logging.disable(logging.NOTSET)
    return faults


@dataclass(frozen=True)
class Told:
    """What one process found: how often each fault happened, and the first schedule that broke."""

    faults: Counter[str]
    broken: str | None
    seed: int = 0


def told(seeds: Iterable[int], mutation: str = "") -> Told:
    """``storm``, with its end as a value, so that it can be asked in another process."""
    try:
        with planted(mutation) if mutation else nullcontext():
            return Told(storm(seeds), None)
    except Broken as broken:
        return Told(Counter(), str(broken), broken.seed)


CHUNK = 25
"""Schedules that a process takes at once: the last ones end at about the same time on all cores."""


def side_by_side(first: int, many: int, nice: int = 0) -> Told:
    """Schedules ``first`` to ``first + many - 1`` on all cores, so ``nice`` to others; the broken one with the
    smallest seed."""
    cores = os.cpu_count() or 1
    size = max(1, min(CHUNK, -(-many // cores)))
    parts = [range(begin, min(begin + size, first + many)) for begin in range(first, first + many, size)]
    # A fork would inherit the caller's loop and its threads.
    context = get_context("spawn")
    faults: Counter[str] = Counter()
    with ProcessPoolExecutor(min(cores, len(parts)), context, initializer=os.nice, initargs=(nice,)) as pool:
        for found in pool.map(told, parts):
            if found.broken:
                pool.shutdown(cancel_futures=True)
                return found
            faults += found.faults
    return Told(faults, None)
