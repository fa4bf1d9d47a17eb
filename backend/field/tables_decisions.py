"""What was recorded on site and waits for a responsible leader: telephoned consents, findings of non-cooperation,
endings of firms that are gone."""

from __future__ import annotations

from typing import Any

from piccolo.columns import Varchar
from piccolo.table import Table

from backend.ledger import Fact
from sync.canon import H
from sync.fold import body_of


class DecisionAsked(Table, tablename="decision_asked"):
    """An entry that asks for a decision: its id is the entry's, or follows from visit and proposal where it confirms
    one. ``status``: open | decided."""

    id = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    kind = Varchar(length=32)
    status = Varchar(length=8, index=True)


async def asked(fact: Fact) -> None:
    """consent.recorded, noncooperation.confirmed, ending.confirmed, crime.suspected → somebody in the office decides.
    Whether the entry has its effect is asked of the visit's state when it is shown; what is not whole never has one."""
    body = body_of(fact.entry.kind, fact.body)
    if body is None:
        return
    proposal = getattr(body, "proposal", None)
    row = DecisionAsked(
        id=_of_proposal(fact.entry.subject, proposal) if proposal else fact.entry.id,
        visit=fact.entry.subject,
        kind=fact.entry.kind,
        status="open",
    )
    await DecisionAsked.insert(row).on_conflict(action="DO NOTHING")


def _of_proposal(visit: str, proposal: str) -> str:
    # Of both: whoever names a proposal of another visit in his own must not take the place of its confirmation, and the
    # confirmation may come before what it confirms.
    return H("decision_asked/1", bytes.fromhex(visit), bytes.fromhex(proposal)).hex()


async def decided(fact: Fact) -> None:
    """consent.decided, noncooperation.decided, ending.decided → nobody waits any more."""
    consent = fact.body.get("consent")
    entry = consent or _of_proposal(fact.entry.subject, fact.body["proposal"])
    await DecisionAsked.update({DecisionAsked.status: "decided"}).where(DecisionAsked.id == entry)


async def open_ones() -> list[dict[str, Any]]:
    """What waits, by visit."""
    return await DecisionAsked.select().where(DecisionAsked.status == "open").order_by(DecisionAsked.visit)
