"""Work that is done after an entry and outside its transaction: rows of ``job``, taken by ``backend.worker``.

At least once: a job is written with the entry that causes it, leased while it is tried, tried again with growing
pauses, and dead after ``TRIES``. ``key`` is its idempotency: the same key is the same job.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from piccolo.columns import Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from backend import db
from backend.house import House
from sync.canon import canonical

TRIES = 8
LEASE = timedelta(minutes=2)
"""How long a try may take before another process takes the job over."""
PAUSES = (10, 30, 120, 600, 1_800, 3_600, 7_200)
"""Seconds between tries."""
KEPT = timedelta(days=30)
"""How long a done job is kept; its key is known that long."""


class Job(Table, tablename="job"):
    """One thing to do. ``arguments``: canonical JSON, ids only and nothing private; ``state``: waiting | done |
    dead; ``due_at``: not before; ``leased_until``: a process is at it. ``error`` names the last failure."""

    key = Varchar(length=160, primary_key=True)
    kind = Varchar(length=32)
    arguments = Text()
    state = Varchar(length=10, index=True)
    tries = Integer()
    due_at = Timestamptz(index=True)
    leased_until = Timestamptz(null=True, default=None)
    made_at = Timestamptz()
    done_at = Timestamptz(null=True, default=None)
    error = Varchar(length=300, default="")


@dataclass(frozen=True)
class Todo:
    """A job to add."""

    key: str
    kind: str
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class Taken:
    """A job that this process holds until its lease ends. ``tries`` counts this one."""

    key: str
    kind: str
    arguments: Mapping[str, str]
    tries: int


async def add(todos: Sequence[Todo], now: datetime) -> None:
    """Write jobs in the open transaction; one whose key is known changes nothing."""
    for todo in todos:
        row = Job(
            key=todo.key,
            kind=todo.kind,
            arguments=canonical(dict(todo.arguments)).decode(),
            state="waiting",
            tries=0,
            due_at=now,
            made_at=now,
        )
        await Job.insert(row).on_conflict(action="DO NOTHING")


async def anything(now: datetime) -> bool:
    """Whether a job is due: a look that writes nothing."""
    return await Job.exists().where((Job.state == "waiting") & (Job.due_at <= now) & _free(now))


def _free(now: datetime) -> Any:
    return Job.leased_until.is_null() | (Job.leased_until <= now)


DUE = """
SELECT key, kind, arguments, tries FROM job
WHERE state = 'waiting' AND due_at <= {} AND (leased_until IS NULL OR leased_until <= {})
ORDER BY due_at, key LIMIT {}
"""


async def take(house: House, most: int) -> list[Taken]:
    """Up to ``most`` due jobs, leased to this process; other processes pass over them."""
    now = house.clock()
    async with db.transaction(house.engine):
        rows = await db.execute(
            house.engine,
            DUE + db.skip_locked(house.engine),
            now,
            now,
            most,
        )
        taken = [
            Taken(row["key"], row["kind"], json.loads(row["arguments"]), row["tries"] + 1) for row in rows
        ]
        for one in taken:
            await Job.update({Job.leased_until: now + LEASE, Job.tries: one.tries}).where(Job.key == one.key)
    return taken


async def done(house: House, job: Taken) -> None:
    """The job was done, or needs doing no more."""
    now = house.clock()
    await Job.update({Job.state: "done", Job.done_at: now, Job.leased_until: None, Job.error: ""}).where(
        Job.key == job.key
    )


async def failed(house: House, job: Taken, error: str) -> None:
    """The try failed: another after a pause, or dead after the last."""
    now, dead = house.clock(), job.tries >= TRIES
    pause = timedelta(seconds=PAUSES[min(job.tries, len(PAUSES)) - 1])
    await Job.update(
        {
            Job.state: "dead" if dead else "waiting",
            Job.due_at: now + pause,
            Job.leased_until: None,
            Job.error: error[:300],
        }
    ).where(Job.key == job.key)


async def revive(house: House, key: str) -> bool:
    """Try a dead job once more from the beginning; False where it is not dead."""
    now = house.clock()
    rows = (
        await Job.update({Job.state: "waiting", Job.tries: 0, Job.due_at: now})
        .where((Job.key == key) & (Job.state == "dead"))
        .returning(Job.key)
    )
    return bool(rows)


async def sweep(house: House) -> None:
    """Forget what was done long ago."""
    await Job.delete().where((Job.state == "done") & (Job.done_at < house.clock() - KEPT))


async def unfinished() -> tuple[list[dict[str, Any]], int]:
    """Dead jobs, newest first, and how many wait."""
    dead = await Job.select().where(Job.state == "dead").order_by(Job.due_at, ascending=False).limit(200)
    return dead, await Job.count().where(Job.state == "waiting")
