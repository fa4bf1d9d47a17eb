"""What an order and its changes do to the rows: the reactions that ``backend.reactions`` names."""

from __future__ import annotations

from backend import db
from backend.dispatch.tables import (
    STATEMENT_PLACE,
    Recusal,
    RecusalSecond,
    Replacement,
    Visit,
    VisitMember,
    packet,
)
from backend.ledger import Fact
from sync.canon import canonical
from sync.fold import body_of
from sync.words import RightsTold


class PacketMissing(Exception):
    """An ordered visit names a packet that is not kept: the installation lost rows."""


async def visit_ordered(fact: Fact) -> None:
    """visit.ordered → the visit's row and its team, from the packet that it names. Raises PacketMissing."""
    body, visit = fact.body, fact.entry.subject
    content = await packet(fact.house, body["packet_digest"])
    if content is None:
        raise PacketMissing(body["packet_digest"])
    await Visit.delete().where(Visit.id == visit)
    await VisitMember.delete().where(VisitMember.visit == visit)
    await Visit.insert(
        Visit(
            id=visit,
            scheme=body["scheme"],
            target=body["target"],
            number=content.number,
            planned_on=body["planned_on"],
            status="ordered",
            packet_digest=body["packet_digest"],
            lead_organisation=content.blocks[0].organisation,
            title=content.target.name,
        )
    )
    await db.insert_many(
        VisitMember,
        [
            {
                "id": f"{visit}:{member['account']}",
                "visit": visit,
                "account": member["account"],
                "organisation": member["organisation"],
                "role": member["role"],
            }
            for member in body["team"]
        ],
    )


async def visit_recalled(fact: Fact) -> None:
    """visit.recalled → the visit's standing; its people stay on record."""
    status = "returned" if fact.body["again"] else "recalled"
    await Visit.update({Visit.status: status}).where(Visit.id == fact.entry.subject)


async def replacement_requested(fact: Fact) -> None:
    """replacement.requested → a request that waits."""
    await Replacement.insert(
        Replacement(
            id=fact.entry.id,
            visit=fact.entry.subject,
            organisation=fact.body["organisation"],
            body=canonical(dict(fact.body)).decode(),
            asked_by=fact.entry.by,
            asked_at=fact.entry.at,
            status="open",
        )
    )


async def replacement_decided(fact: Fact) -> None:
    """replacement.approved, replacement.rejected → the request's end."""
    status = "approved" if fact.entry.kind == "replacement.approved" else "rejected"
    await Replacement.update(
        {
            Replacement.status: status,
            Replacement.said: canonical(dict(fact.body)).decode(),
            Replacement.decided_by: fact.entry.by,
            Replacement.decided_at: fact.entry.at,
        }
    ).where(Replacement.id == fact.body["request"])


async def rights_told(fact: Fact) -> None:
    """rights.told → where the party asked for a recusal (申请回避), an application that names nobody."""
    body = body_of(fact.entry.kind, fact.body)
    if isinstance(body, RightsTold) and body.recusal == "requested":
        await _applied(fact, "", "party", body.statement)


async def recusal_declared(fact: Fact) -> None:
    """recusal.declared → an application about that officer."""
    if body_of(fact.entry.kind, fact.body) is not None:
        body = fact.body
        await _applied(fact, body["account"], body["applicant"], body["statement"])


async def recusal_confirmed(fact: Fact) -> None:
    """recusal.confirmed → who heard beside the first officer that the party asks for it."""
    if body_of(fact.entry.kind, fact.body) is None:
        return
    row = RecusalSecond(id=fact.entry.id, application=fact.body["application"], confirmed_by=fact.entry.by)
    await RecusalSecond.insert(row).on_conflict(action="DO NOTHING")


async def _applied(fact: Fact, account: str, applicant: str, statement: str) -> None:
    row = Recusal(
        id=fact.entry.id,
        visit=fact.entry.subject,
        account=account,
        applicant=applicant,
        statement=fact.house.vault.seal(statement.encode(), STATEMENT_PLACE),
        applied_by=fact.entry.by,
        applied_at=fact.entry.at,
        status="open",
    )
    await Recusal.insert(row).on_conflict(action="DO NOTHING")


async def recusal_decided(fact: Fact) -> None:
    """recusal.decided → the application's end."""
    status = "upheld" if fact.body["upheld"] else "rejected"
    await Recusal.update({Recusal.status: status}).where(Recusal.id == fact.body["application"])
