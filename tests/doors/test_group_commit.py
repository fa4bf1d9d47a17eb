"""Those who wait for the ledger share one commit, and none suffers from another; on both engines."""

from __future__ import annotations

import asyncio

import pytest

from backend import db, ledger
from backend.house import House, Refused
from sync.words import refuse
from tests.doors.test_ledger import count, damages, draft

MANY = 24


async def record(house: House, *, then: BaseException | None = None) -> str:
    async with ledger.turn(house) as turn:
        entry = (await turn.append(draft(house), house.new_id(), house.clock()))[0]
        if then:
            raise then
    return entry.id


async def test_who_leaves_by_a_refusal_takes_back_only_what_it_wrote(house: House) -> None:
    before = await count(house)
    refusals = [Refused(refuse("not_allowed")) if number % 3 == 0 else None for number in range(MANY)]
    told = await asyncio.gather(*(record(house, then=one) for one in refusals), return_exceptions=True)
    assert [one for one in told if isinstance(one, BaseException)] == [one for one in refusals if one]
    written = [one for one in told if isinstance(one, str)]
    rows = await db.execute(
        house.engine, f"SELECT id FROM ledger_entry WHERE id IN ({db.marks(written)})", *written
    )
    assert len(rows) == len(written) == await count(house) - before
    assert await damages(house) == []


async def test_a_statement_that_the_database_refuses_hurts_nobody_else(house: House) -> None:
    async def wrong() -> None:
        async with ledger.turn(house) as turn:
            await turn.append(draft(house), house.new_id(), house.clock())
            await db.execute(house.engine, "INSERT INTO device_person (id) VALUES (NULL)")

    before = await count(house)
    told = await asyncio.gather(
        *(record(house) for _ in range(5)),
        wrong(),
        *(record(house) for _ in range(5)),
        return_exceptions=True,
    )
    assert [isinstance(one, Exception) for one in told] == [False] * 5 + [True] + [False] * 5
    assert await count(house) - before == 10
    assert await damages(house) == []


async def test_who_is_cancelled_while_it_works_leaves_nothing_and_the_line_goes_on(house: House) -> None:
    working = asyncio.Event()

    async def hangs() -> None:
        async with ledger.turn(house) as turn:
            await turn.append(draft(house), house.new_id(), house.clock())
            working.set()
            await asyncio.Event().wait()

    before = await count(house)
    hanging = asyncio.create_task(hangs())
    await working.wait()
    others = [asyncio.create_task(record(house)) for _ in range(3)]
    waiting = asyncio.create_task(record(house))
    await asyncio.sleep(0.05)
    waiting.cancel()
    hanging.cancel()
    assert len(await asyncio.gather(*others)) == 3
    assert await count(house) - before == 3
    assert await damages(house) == []


async def test_a_commit_that_fails_is_told_to_everybody_and_nothing_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object) -> None:
        raise ConnectionError("the database went away")

    before = await count(house)
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "_save", lost)
        told = await asyncio.gather(*(record(house) for _ in range(MANY)), return_exceptions=True)
    assert {type(one) for one in told} == {ConnectionError}
    assert await count(house) == before
    assert await record(house)
    assert await damages(house) == []


async def test_nobody_is_answered_before_the_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    save, committed = ledger._save, []

    async def slow(house: House, marks: object) -> None:
        await asyncio.sleep(0.02)
        committed.append(len(answered))
        await save(house, marks)  # type: ignore[arg-type]

    answered: list[str] = []

    async def asks() -> None:
        answered.append(await record(house))

    monkeypatch.setattr(ledger, "_save", slow)
    await asyncio.gather(*(asks() for _ in range(MANY)))
    assert committed[0] == 0 and len(committed) < MANY, "one save for many, and before any answer"
