"""暂存核定: decisions on held entries, one by one or all that lie behind a gap which nobody will fill any more."""

from __future__ import annotations

from typing import Any

from backend import ledger
from backend.dispatch.tables import Visit
from backend.field import rules
from backend.field.tables import Held
from backend.house import House, Refused
from backend.ledger import Draft, LedgerEntry
from backend.people.rules import Actor, may
from sync.words import EntryAdmitted, EntrySetAside, Refusal, refuse


async def decide(house: House, actor: Actor, entry: str, admit: bool, reason: str) -> None:
    """Admit one entry or set it aside; raises Refused."""
    async with ledger.turn(house) as turn:
        row = await Held.select().where(Held.entry == entry).first()
        decided = await _decided(house, row, admit, reason)
        if isinstance(decided, Refusal) or row is None:
            raise Refused(decided if isinstance(decided, Refusal) else refuse("not_found"))
        await turn.append(Draft(row["visit"], decided), actor.account, house.clock())


async def admit_behind(house: House, actor: Actor, entry: str, reason: str) -> int:
    """Admit what a gap holds, from this entry to the next gap, as far as the actor may decide and it can have an
    effect; how many. Raises Refused where this entry itself cannot be admitted."""
    async with ledger.turn(house) as turn:
        rows = await _held_behind(entry)
        drafts: list[Draft] = []
        for row in rows:
            if not may(actor, "held.decide", row["organisation"]):
                continue
            decided = await _decided(house, row, True, reason)
            if not isinstance(decided, Refusal):
                drafts.append(Draft(row["visit"], decided))
            elif row["entry"] == entry:
                raise Refused(decided)
        if not drafts:
            raise Refused(refuse("already_decided"))
        await turn.append(drafts, actor.account, house.clock())
    return len(drafts)


async def _held_behind(entry: str) -> list[dict[str, Any]]:
    first = (
        await LedgerEntry.select(LedgerEntry.device, LedgerEntry.seq).where(LedgerEntry.id == entry).first()
    )
    if first is None:
        return []
    later = (
        await LedgerEntry.select(LedgerEntry.id, LedgerEntry.prev)
        .where((LedgerEntry.device == first["device"]) & (LedgerEntry.seq > first["seq"]))
        .order_by(LedgerEntry.seq)
    )
    wanted = rules.behind(entry, later)
    held = await Held.select().where((Held.device == first["device"]) & (Held.code == "chain_gap"))
    by_entry = {row["entry"]: row for row in held if not row["decision"]}
    return [by_entry[key] for key in wanted if key in by_entry]


async def _decided(
    house: House, row: dict[str, Any] | None, admit: bool, reason: str
) -> EntryAdmitted | EntrySetAside | Refusal:
    lacks = None
    if row and admit:
        known = await Visit.exists().where(Visit.id == row["visit"])
        lacks = rules.lacking(row["kind"], await ledger.body_of(house, row["entry"]), known=known)
    return rules.decide_held(row, admit, reason, house.new_id(), lacks)
