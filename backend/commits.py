"""Group commit: those who wait to write at the same time share one transaction, and one sync to the disk.

Each of them still has it alone while it works. One who leaves by an exception takes back only what it wrote: the first
undoes the transaction, which holds nothing else yet, and those after it work behind a savepoint of their own. Nobody is
told anything before the commit that holds the own work, refusals neither: what a refusal was decided on must be true
too, and of one that stands first, what it was decided on is committed already.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
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


class _First(Exception):
    """The first one left by an exception: the transaction is undone with it."""


class Line:
    """The line before one engine. ``begin`` opens a transaction, ``run`` executes one statement in it, ``current``
    tells the engine's queries which transaction a task is in."""

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
        same for everybody in the line; once ``load`` has read, no other process writes to the ledger."""
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
                    await self._first(served[0], transaction, held)
                    while self._waiting and len(served) < MOST:
                        served.append(self._waiting.popleft())
                        await self._one(served[-1], transaction, held)
                    await save(held.marks)
            except _First:
                _tell(served)
            except BaseException as error:
                for place in served:
                    place.fails(error)
                if not isinstance(error, Exception):
                    while self._waiting:
                        self._waiting.popleft().fails(error)
                    raise
            else:
                _tell(served)

    async def _first(self, place: _Place, transaction: Any, held: Held) -> None:
        if place.left.done():  # it went away while it waited
            return
        place.granted.set_result((transaction, held))
        reason = await place.left
        if reason is not None:
            raise _First from reason
        # Whoever is ready now may still come along.
        await asyncio.sleep(0)

    async def _one(self, place: _Place, transaction: Any, held: Held) -> None:
        if place.left.done():
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
        await asyncio.sleep(0)


def _tell(served: Iterable[_Place]) -> None:
    for place in served:
        if not place.told.done():
            place.told.set_result(None)


def _leave(place: _Place, reason: BaseException | None) -> None:
    if not place.left.done():
        place.left.set_result(reason)
