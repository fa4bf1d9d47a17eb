"""What was recorded on site and waits for a responsible leader: telephoned consents, findings of non-cooperation,
endings of firms that are gone."""

from __future__ import annotations

from typing import Any

from piccolo.columns import Varchar
from piccolo.table import Table

from backend.ledger import Fact


class DecisionAsked(Table, tablename="decision_asked"):
    """An entry that asks for a decision; its id is the entry's. ``status``: open | decided."""

    id = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    kind = Varchar(length=32)
    status = Varchar(length=8, index=True)


async def asked(fact: Fact) -> None:
    """consent.recorded, noncooperation.confirmed, ending.confirmed → somebody in the office decides. Whether
    the entry has its effect is asked of the visit's state when it is shown."""
    entry = fact.body.get("proposal") or fact.entry.id
    row = DecisionAsked(id=entry, visit=fact.entry.subject, kind=fact.entry.kind, status="open")
    await DecisionAsked.insert(row).on_conflict(action="DO NOTHING")


async def decided(fact: Fact) -> None:
    """consent.decided, noncooperation.decided, ending.decided → nobody waits any more."""
    entry = fact.body.get("consent") or fact.body["proposal"]
    await DecisionAsked.update({DecisionAsked.status: "decided"}).where(DecisionAsked.id == entry)


async def open_ones() -> list[dict[str, Any]]:
    """What waits, by visit."""
    return await DecisionAsked.select().where(DecisionAsked.status == "open").order_by(DecisionAsked.visit)
