"""Group commit: those who wait to write at the same time share one transaction, and one sync to the disk.

Each of them still has it alone while it works, behind a savepoint of its own: one who leaves by an exception takes
back only what it wrote. Nobody is told anything before the commit that holds the own work, refusals neither: what a
refusal was decided on must be true too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

MOST = 64
"""How many share one transaction at most, so that those who write outside the line get their turn."""

Marks = Mapping[str, Any]


@dataclass
class Held:
    """What is handed on inside a transaction: ``marks``, read by ``load`` once and written by ``save`` once."""

    marks: Marks


@dataclass
class _Place:
    """One who waits. ``granted``: it may work; ``left``: it is done, with the exception by which it left, if any;
    ``told``: it is on the disk, or the reason why it is not."""

    granted: asyncio.Future[tuple[Any, Held]] = field(default_factory=asyncio.Future)
    left: asyncio.Future[BaseException | None] = field(default_factory=asyncio.Future)
    told: asyncio.Future[None] = field(default_factory=asyncio.Future)

    def fails(self, error: BaseException) -> None:
        for future in (self.granted, self.told):
            if not future.done():
                future.set_exception(error)
                future.exception()  # whoever went away meanwhile does not ask any more


class Line:
    """The line before one engine. ``begin`` opens a transaction that holds the ledger alone, ``run`` executes one
    statement in it, ``current`` tells the engine's queries which transaction a task is in."""

    def __init__(
        self,
        begin: Callable[[], AbstractAsyncContextManager[Any]],
        run: Callable[[str], Awaitable[Any]],
        current: ContextVar[Any],
    ) -> None:
        self._begin, self._run, self._current = begin, run, current
        self._waiting: deque[_Place] = deque()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def place(
        self, load: Callable[[], Awaitable[Marks]], save: Callable[[Marks], Awaitable[None]]
    ) -> AsyncIterator[Held]:
        """Wait for the transaction, work in it alone, and go on once it is committed. ``load`` and ``save`` are the
        same for everybody in the line."""
        place = _Place()
        self._waiting.append(place)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve(load, save))
        try:
            transaction, held = await place.granted
        except BaseException as error:
            _leave(place, error)
            raise
        token = self._current.set(transaction)
        try:
            yield held
        except BaseException as error:
            self._current.reset(token)
            _leave(place, error)
            if isinstance(error, Exception):
                await asyncio.shield(place.told)
            raise
        self._current.reset(token)
        _leave(place, None)
        await asyncio.shield(place.told)

    async def _serve(
        self, load: Callable[[], Awaitable[Marks]], save: Callable[[Marks], Awaitable[None]]
    ) -> None:
        while self._waiting:
            served = [self._waiting.popleft()]
            try:
                async with self._begin() as transaction:
                    held = Held(await load())
                    await self._one(served[0], transaction, held)
                    while self._waiting and len(served) < MOST:
                        served.append(self._waiting.popleft())
                        await self._one(served[-1], transaction, held)
                    await save(held.marks)
            except BaseException as error:
                for place in served:
                    place.fails(error)
                if not isinstance(error, Exception):
                    while self._waiting:
                        self._waiting.popleft().fails(error)
                    raise
            else:
                for place in served:
                    if not place.told.done():
                        place.told.set_result(None)

    async def _one(self, place: _Place, transaction: Any, held: Held) -> None:
        if place.left.done():  # it went away while it waited
            return
        await self._run("SAVEPOINT one")
        before = held.marks
        if place.granted.done():
            return
        place.granted.set_result((transaction, held))
        reason = await place.left
        if reason is not None:
            held.marks = before
            try:
                await self._run("ROLLBACK TO SAVEPOINT one")
            except Exception as error:
                raise error from reason  # where the database undid everything, because the disk is full
        # Whoever is ready now may still come along.
        await asyncio.sleep(0)


def _leave(place: _Place, reason: BaseException | None) -> None:
    if not place.left.done():
        place.left.set_result(reason)
