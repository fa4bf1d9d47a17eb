"""What is done beside the requests: jobs, one dictionary from kind to function, and the loop that takes them.

One loop in every server process. SQLite has one process; on PostgreSQL each takes rows of its own (SKIP LOCKED). A
job may run twice (a process died after doing it and before saying so): what it does must bear that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import jobs
from backend.dispatch import push
from backend.field import jobs as field_jobs
from backend.house import House, Refused
from backend.jobs import Taken
from backend.people.rules import Actor, may
from backend.web import house_of, page, see
from sync.words import refuse

log = logging.getLogger("suijian")

DOES: dict[str, Callable[[House, Mapping[str, str]], Awaitable[None]]] = {
    "push": push.send,
    "destroy": field_jobs.destroy,
}
"""Kind of job → what does it."""
NAMES = {"push": "终端推送", "destroy": "销毁照片"}
AT_ONCE = 16
PAUSE = 1.0
"""Seconds between looks where nothing was due."""
SWEEP_EVERY = 3600
"""Looks between two sweeps."""


async def run_due(house: House) -> int:
    """Do everything that is due now; how many jobs were tried."""
    tried = 0
    while await jobs.anything(house.clock()):
        taken = await jobs.take(house, AT_ONCE)
        if not taken:
            break
        await asyncio.gather(*(_do(house, job) for job in taken))
        tried += len(taken)
    return tried


async def _do(house: House, job: Taken) -> None:
    does = DOES.get(job.kind)
    try:
        if does is None:
            raise LookupError(f"no such kind of job: {job.kind}")
        await does(house, job.arguments)
    except Exception as error:  # whatever it is, the job is tried again and the reason kept
        log.warning("job %s failed at try %d", job.kind, job.tries, exc_info=error)
        await jobs.failed(house, job, f"{type(error).__name__}: {error}")
    else:
        await jobs.done(house, job)


async def loop(house: House) -> None:
    """Until cancelled. A database that is away for a while ends nothing."""
    looks = 0
    while True:
        try:
            if looks % SWEEP_EVERY == 0:
                await jobs.sweep(house)
            looks += 1
            await run_due(house)
        except Exception as error:
            log.error("the worker could not look for jobs", exc_info=error)
        await asyncio.sleep(PAUSE)


@asynccontextmanager
async def at_work(house: House) -> AsyncIterator[None]:
    """The loop beside the application; what is under way when it ends is taken again after its lease."""
    task = asyncio.create_task(loop(house))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def waiting(house: House, actor: Actor) -> int:
    """How many jobs are dead, for the system administrator."""
    if not may(actor, "jobs.manage"):
        return 0
    return len((await jobs.unfinished())[0])


@get("/office/jobs", opt={"verb": "jobs.manage"})
async def listed(request: Request[Any, Any, Any]) -> Template:
    """Dead jobs, and how many wait."""
    dead, open_ = await jobs.unfinished()
    return page(request, "dispatch_jobs.html", dead=dead, waiting=open_, kinds=NAMES)


@post("/office/jobs", opt={"verb": "jobs.manage"})
async def again(request: Request[Any, Any, Any]) -> Redirect:
    """Try a dead job once more."""
    key = (await request.form()).get("key")
    if not isinstance(key, str) or not await jobs.revive(house_of(request), key):
        raise Refused(refuse("already_decided"))
    return see("/office/jobs")


ROUTES: list[ControllerRouterHandler] = [listed, again]
