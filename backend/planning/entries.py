"""What entries of planning do to its rows: the reactions that ``backend.reactions`` names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend import db
from backend.house import china_day
from backend.ledger import Fact
from backend.planning.tables import Approval, PlanLine, Scheme, SchemeBlockRow, dumps, scheme


def _day(fact: Fact) -> str:
    return china_day(datetime.fromisoformat(fact.entry.at))


async def plan_line_submitted(fact: Fact) -> None:
    """plan_line.submitted → the line's row, anew in every round."""
    body = fact.body
    await PlanLine.delete().where(PlanLine.id == fact.entry.subject)
    await PlanLine.insert(
        PlanLine(
            id=fact.entry.subject,
            **{name: body[name] for name in ("year", "organisation", "title", "target_scope", "items")},
            **{name: body[name] for name in ("starts_on", "ends_on", "late", "round")},
            ratio_num=body["ratio"]["num"],
            ratio_den=body["ratio"]["den"],
            participants=dumps(body["participants"]),
            status="submitted",
            number=fact.number,
        )
    )


async def plan_line_approved(fact: Fact) -> None:
    """plan_line.approved → its approval and status."""
    await _approval(fact, "approved")
    await PlanLine.update({PlanLine.status: "approved"}).where(PlanLine.id == fact.entry.subject)


async def plan_line_returned(fact: Fact) -> None:
    """plan_line.returned → its reason and status."""
    await _approval(fact, "returned")
    await PlanLine.update({PlanLine.status: "returned"}).where(PlanLine.id == fact.entry.subject)


async def plan_published(fact: Fact) -> None:
    """plan.published → the lines are public from that day."""
    await PlanLine.update({PlanLine.status: "published", PlanLine.published_on: _day(fact)}).where(
        PlanLine.id.is_in(list(fact.body["lines"]))
    )


async def scheme_submitted(fact: Fact) -> None:
    """scheme.submitted → the scheme's row and its blocks, anew in every round."""
    body, scheme_id = fact.body, fact.entry.subject
    await SchemeBlockRow.delete().where(SchemeBlockRow.scheme == scheme_id)
    await Scheme.delete().where(Scheme.id == scheme_id)
    plain = ("number", "year", "plan_line", "name", "behaviour", "organisation", "mode", "scope", "starts_on")
    more = ("ends_on", "minimum_officers", "method", "profile", "profile_digest", "round")
    lists = ("range", "ratios", "exclusions", "sections")
    values: dict[str, Any] = {name: body[name] for name in (*plain, *more)}
    values |= {name: dumps(body[name]) for name in lists}
    await Scheme.insert(Scheme(id=scheme_id, status="submitted", **values))
    await db.insert_many(
        SchemeBlockRow,
        [
            {
                "id": f"{scheme_id}:{block['organisation']}",
                "scheme": scheme_id,
                "organisation": block["organisation"],
                "position": position,
                "items": dumps(block["items"]),
            }
            for position, block in enumerate(body["blocks"])
        ],
    )


async def scheme_approved(fact: Fact) -> None:
    """scheme.approved → the approval; the scheme can be drawn from once nobody is missing."""
    await _approval(fact, "approved")
    facts = await scheme(fact.entry.subject)
    if facts is not None and not facts.waiting_for:
        await _status(fact.entry.subject, "ready_to_draw")


async def scheme_returned(fact: Fact) -> None:
    """scheme.returned → its reason and status."""
    await _approval(fact, "returned")
    await _status(fact.entry.subject, "returned")


async def scheme_voided(fact: Fact) -> None:
    """scheme.voided → it stays, with its reason."""
    await Scheme.update({Scheme.status: "voided", Scheme.void_reason: fact.body["reason"]}).where(
        Scheme.id == fact.entry.subject
    )


async def scheme_drawn(fact: Fact) -> None:
    """An entry of the draw whose body names the ``scheme`` → targets are drawn."""
    await _status(fact.body["scheme"], "drawn")


async def scheme_dispatched(fact: Fact) -> None:
    """visit.ordered → the scheme is being carried out."""
    await _status(fact.body["scheme"], "dispatched")


async def _status(scheme_id: str, status: str) -> None:
    await Scheme.update({Scheme.status: status}).where(Scheme.id == scheme_id)


async def _approval(fact: Fact, outcome: str) -> None:
    body, offline = fact.body, fact.body.get("offline")
    await Approval.insert(
        Approval(
            id=fact.entry.id,
            subject=fact.entry.subject,
            round=body["round"],
            organisation=body["organisation"],
            outcome=outcome,
            leader=body["leader"] or "",
            decided_by=fact.entry.by,
            decided_on=_day(fact),
            reason=body.get("reason", ""),
            offline=dumps(offline) if offline else "",
        )
    )
