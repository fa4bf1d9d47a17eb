"""The entry that says that a photo is whole.

Photos that become whole at the same time share one turn: each has its own evidence.stored, the last of them is signed
and covers those before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from backend import db, ledger
from backend.commits import Line
from backend.field.blobs import Store
from backend.field.tables import wanted
from backend.house import House, Refused
from backend.ledger import Draft
from backend.people.rules import Actor
from sync.words import EvidenceStored, refuse


@dataclass(frozen=True)
class _Whole:
    """A photo that is on the disk, and who waits for its number."""

    digest: str
    size: int
    account: str
    number: asyncio.Future[int] = field(default_factory=asyncio.Future)


_waiting: WeakKeyDictionary[Line, list[_Whole]] = WeakKeyDictionary()
_tasks: set[asyncio.Task[None]] = set()


async def say_stored(house: House, actor: Actor, digest: str, size: int) -> int:
    """evidence.stored for every visit that announced the photo; the ledger number of the first, once committed."""
    line = house.engine.line
    one = _Whole(digest, size, actor.account)
    waiting = _waiting.setdefault(line, [])
    waiting.append(one)
    if len(waiting) == 1:
        # A context of its own: whoever asks first may go away, the others still wait for it.
        task = asyncio.get_running_loop().create_task(_say(house, line), context=Context())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
    return await asyncio.shield(one.number)


async def let_go(house: House, digest: str) -> bool:
    """Destroy what arrived of a photo that no entry wants any more, since it was destroyed while it was on its way:
    the job that did so may have run before these bytes lay there. Whether it was so."""
    if await wanted(digest):
        return False
    await asyncio.to_thread(Store(house).destroy, digest)
    return True


async def _say(house: House, line: Line) -> None:
    """One turn for all who wait when it begins; whoever comes later waits for the next."""
    batch: list[_Whole] = []
    try:
        with db.short_statements():
            async with ledger.turn(house) as turn:
                batch = _leave(line)
                numbers = await _append(house, turn, batch)
        for one in batch:
            _tell(one, numbers.get(one.digest))
    except BaseException as error:
        for one in batch or _leave(line):
            if not one.number.done():
                one.number.set_exception(error)
                one.number.exception()  # whoever went away meanwhile does not ask any more
        if not isinstance(error, Exception):
            raise


def _leave(line: Line) -> list[_Whole]:
    """All who wait; whoever comes now begins a turn anew."""
    return _waiting.pop(line, [])


def _tell(one: _Whole, number: int | None) -> None:
    if one.number.done():
        return
    if number is None:  # no entry announces it any more
        one.number.set_exception(Refused(refuse("not_found")))
        one.number.exception()
    else:
        one.number.set_result(number)


async def _append(house: House, turn: ledger.Turn, batch: Sequence[_Whole]) -> dict[str, int]:
    """The numbers by digest, of the first entry that says so."""
    by_digest = {one.digest: one for one in reversed(batch)}
    rows = await db.execute(
        house.engine,
        "SELECT digest, visit, stored FROM evidence "  # noqa: S608 - marks
        f"WHERE digest IN ({db.marks(by_digest)}) AND use IN ('photo', 'recording')",
        *by_digest,
    )
    numbers: dict[str, list[int]] = {}
    for row in rows:
        if row["stored"]:
            numbers.setdefault(row["digest"], []).append(row["stored"])
    missing = sorted({(row["visit"], row["digest"]) for row in rows if not row["stored"]})
    drafts = [
        (
            Draft(visit, EvidenceStored(nonce=house.new_id(), digest=digest, size=by_digest[digest].size)),
            by_digest[digest].account,
        )
        for visit, digest in missing
    ]
    if drafts:
        entries = await turn.append_for(drafts, house.clock())
        for (_, digest), entry in zip(missing, entries, strict=True):
            numbers.setdefault(digest, []).append(turn.recent[entry.id][0])
    return {digest: min(found) for digest, found in numbers.items()}
