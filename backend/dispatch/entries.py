"""What visit.ordered does to the rows: the reaction that ``backend.reactions`` names."""

from __future__ import annotations

from backend import db
from backend.dispatch.tables import Visit, VisitMember, packet
from backend.ledger import Fact


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
