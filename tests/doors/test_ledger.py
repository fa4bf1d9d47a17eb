"""The ledger on both engines: append-only, one chain, and no changed byte goes unseen."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import asyncpg
import pytest

from backend import db, ledger
from backend.house import House, Refused
from backend.ledger import Draft
from backend.people import tables as people
from sync.words import DeviceRevoked, refuse
from tests.conftest import EngineUnderTest
from tests.doors.tampered import past_the_triggers


def draft(house: House, reason: str = "遗失") -> Draft:
    body = DeviceRevoked(nonce=house.new_id(), device=house.vault.device, reason=reason)
    return Draft(house.new_id(), body)


async def record(house: House, *drafts: Draft) -> list[str]:
    async with ledger.turn(house) as turn:
        entries = await turn.append(list(drafts), by=house.new_id(), now=house.clock())
    return [entry.id for entry in entries]


async def damages(house: House) -> list[tuple[int, str]]:
    keys = await people.public_keys(house.vault.device, house.vault.public_key)
    return [(damage.number, damage.what) for damage in (await ledger.verify(house, keys))[1]]


async def count(house: House) -> int:
    rows = await db.execute(house.engine, "SELECT COUNT(*) AS n FROM ledger_entry")
    return int(rows[0]["n"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET kind = 'x'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_body SET entry = 'x'",
        "DELETE FROM ledger_body",
    ],
)
async def test_the_database_itself_refuses_to_change_or_delete_what_was_recorded(
    house: House, statement: str
) -> None:
    await record(house, draft(house))
    before = await count(house)
    with pytest.raises((sqlite3.DatabaseError, asyncpg.PostgresError), match="append-only"):
        await db.execute(house.engine, statement)
    assert await count(house) == before
    assert await damages(house) == []


async def test_a_refusal_records_nothing(house: House) -> None:
    before = await count(house)
    with pytest.raises(Refused, match="not_allowed"):
        async with ledger.turn(house) as turn:
            await turn.append(draft(house), by=house.new_id(), now=house.clock())
            await turn.append(refuse("not_allowed"), by=house.new_id(), now=house.clock())
    assert await count(house) == before
    assert await damages(house) == []


async def test_turns_wait_for_each_other_and_numbers_have_no_gap(house: House) -> None:
    before = await count(house)
    await asyncio.gather(*(record(house, draft(house), draft(house)) for _ in range(25)))
    rows = await ledger.LedgerEntry.select(ledger.LedgerEntry.number).order_by(ledger.LedgerEntry.number)
    assert [row["number"] for row in rows] == list(range(1, before + 51))
    assert await damages(house) == []


async def test_only_the_last_entry_of_an_append_is_signed_and_covers_the_others(house: House) -> None:
    ids = await record(house, draft(house), draft(house), draft(house))
    rows = await ledger.LedgerEntry.select().where(ledger.LedgerEntry.id.is_in(ids))
    signed = {row["id"]: bool(row["signature"]) for row in rows}
    assert [signed[identity] for identity in ids] == [False, False, True]


async def test_bodies_lie_sealed_and_come_back_whole(house: House) -> None:
    reason = "这是不该出现在磁盘上的一句话"
    (identity,) = await record(house, draft(house, reason))
    body = await ledger.body_of(house, identity)
    assert body is not None
    assert body["reason"] == reason
    stored = await ledger.LedgerBody.select().where(ledger.LedgerBody.entry == identity).first()
    assert stored is not None
    assert reason.encode() not in bytes(stored["sealed"])


TAMPERED: list[tuple[str, str, Any, str]] = [
    ("ledger_entry", "kind", "device.enrolled", "id"),
    ("ledger_entry", "subject", "f" * 32, "id"),
    ("ledger_entry", "by", "f" * 32, "id"),
    ("ledger_entry", "seq", 999_999, "id"),
    ("ledger_entry", "prev", "f" * 64, "id"),
    ("ledger_entry", "at", "2020-01-01T00:00:00.000Z", "id"),
    ("ledger_entry", "body_digest", "f" * 64, "id"),
    ("ledger_entry", "signature", "0" * 128, "signature"),
    ("ledger_entry", "head", "f" * 64, "head"),
    ("ledger_body", "sealed", b"\x01" + b"0" * 60, "body: SealBroken"),
]


@pytest.mark.parametrize(("table", "column", "value", "what"), TAMPERED)
async def test_verify_finds_a_change_madepast_the_triggers(
    house: House, engine: EngineUnderTest, table: str, column: str, value: Any, what: str
) -> None:
    (identity,) = await record(house, draft(house))
    key = "id" if table == "ledger_entry" else "entry"
    row = (await db.execute(house.engine, f"SELECT * FROM {table} WHERE {key} = {{}}", identity))[0]
    assert await damages(house) == []
    await past_the_triggers(house, table, column, value, key, identity)
    try:
        found = await damages(house)
    finally:
        await past_the_triggers(house, table, column, row[column], key, identity)
    assert what in {name for _, name in found}
    assert await damages(house) == []


async def test_a_key_that_opens_another_installation_opens_nothing_here(house: House) -> None:
    assert len(house.vault.data_key) == 32
    (identity,) = await record(house, draft(house))
    rows = await ledger.LedgerBody.select().where(ledger.LedgerBody.entry == identity)
    from backend.vault import SealBroken, open_vault

    stranger = open_vault(house.settings.data / "other-keys")
    with pytest.raises(SealBroken):
        stranger.open(bytes(rows[0]["sealed"]), "ledger_body.sealed")
