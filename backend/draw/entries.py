"""Reactions to the draw's entries: they fill the derived tables and read nothing that is not derived."""

from __future__ import annotations

from typing import Any

from backend import db
from backend.draw.tables import Draw, DrawInput, DrawSignature, Team, TeamMember, dumps
from backend.ledger import Fact


async def draw_announced(fact: Fact) -> None:
    """draw.announced → the draw."""
    body = fact.body
    await Draw.insert(
        Draw(
            id=fact.entry.subject,
            scheme=body["scheme"],
            number=body["number"],
            entry=fact.number,
            state="announced",
            plan=body["plan"],
            plan_hash=body["plan_hash"],
            bitmaps=dumps(list(body["bitmaps"])),
            most_per_year=body["most_per_year"],
            cap=body["cap"],
            after=body["after"],
            reason=body["reason"],
            announced_at=fact.entry.at,
            announced_by=fact.entry.by,
        )
    )


async def draw_countersigned(fact: Fact) -> None:
    """draw.countersigned → a countersignature."""
    body = fact.body
    await DrawSignature.insert(
        DrawSignature(
            id=fact.entry.id,
            draw=fact.entry.subject,
            number=fact.number,
            organisation=body["organisation"],
            name=body["name"],
            plan_hash=body["plan_hash"],
            signature=body["signature"],
            at=fact.entry.at,
            by=fact.entry.by,
        )
    )


async def draw_input_entered(fact: Fact) -> None:
    """draw.input_entered → what one person typed; entries that disagree stay too."""
    await DrawInput.insert(
        DrawInput(
            id=fact.entry.id,
            draw=fact.entry.subject,
            number=fact.number,
            results=dumps(list(fact.body["results"])),
            at=fact.entry.at,
            by=fact.entry.by,
        )
    )


async def draw_held(fact: Fact) -> None:
    """draw.held → numbers, seed and drawn rows."""
    body = fact.body
    values: dict[Any, Any] = {
        Draw.state: "held",
        Draw.held_at: fact.entry.at,
        Draw.results: dumps(list(body["results"])),
        Draw.seed: body["seed"],
        Draw.drawn: dumps(list(body["drawn"])),
        Draw.seal: body["seal"],
    }
    await Draw.update(values).where(Draw.id == fact.entry.subject)


async def draw_opened(fact: Fact) -> None:
    """draw.opened → the oversight body's signature over the list, and the new seal."""
    body = fact.body
    values: dict[Any, Any] = {
        Draw.opened_at: fact.entry.at,
        Draw.opened_by: body["name"],
        Draw.names: body["names"],
        Draw.audit_signature: body["signature"],
        Draw.seal: body["seal"],
    }
    await Draw.update(values).where(Draw.id == fact.entry.subject)


async def draw_aborted(fact: Fact) -> None:
    """draw.aborted → the number stays, with its reason."""
    values: dict[Any, Any] = {
        Draw.state: "aborted",
        Draw.aborted_at: fact.entry.at,
        Draw.abort_reason: fact.body["reason"],
        Draw.seal: fact.body["seal"],
    }
    await Draw.update(values).where(Draw.id == fact.entry.subject)


async def assignment_held(fact: Fact) -> None:
    """assignment.held → the draw has its teams."""
    await Draw.update({Draw.state: "assigned", Draw.assigned_at: fact.entry.at}).where(
        Draw.id == fact.entry.subject
    )


async def team_formed(fact: Fact) -> None:
    """team.formed → a team and its members in the order of their seats."""
    body, team = fact.body, fact.entry.subject
    await Team.insert(
        Team(
            id=team,
            scheme=body["scheme"],
            draw=body["draw"],
            target=body["target"],
            place=body["row"],
            formed_at=fact.entry.at,
        )
    )
    columns = ("account", "inspector", "organisation", "role", "name", "certificate", "certified")
    await db.insert_many(
        TeamMember,
        [
            {
                "id": f"{team}:{one['inspector']}",
                "team": team,
                "position": position,
                **{c: one[c] for c in columns},
            }
            for position, one in enumerate(body["members"])
        ],
    )
