"""What the office reads and decides of a firm that is gone: the registry's state of now beside what the team found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.dispatch.tables import Visit
from backend.field import rules_ending
from backend.field.entries import folded
from backend.field.office import may_read
from backend.field.tables_decisions import decided_endings
from backend.house import House
from backend.people.rules import Actor
from backend.registry import tables as registry
from backend.registry.labels import STATUSES
from sync.state import VisitState
from sync.words import EndingDecided, Refusal


async def _status(target: str) -> tuple[str, str]:
    """The registry's state of a target, as code and in words; empty where the registry has no such target."""
    row = (await registry.targets([target])).get(target)
    status = row["status"] if row and not row["removed"] else ""
    return status, STATUSES.get(status, status)


async def beside(visit: Mapping[str, Any], state: VisitState) -> dict[str, Any] | None:
    """The registry beside the team's finding, with what may follow and what was decided; None where the check was
    carried out, or ended for a reason that no registry knows of."""
    fact = rules_ending.ended(state)
    if fact is None:
        return None
    decided = rules_ending.decided_of(state, fact.entry)
    steps = [(step, rules_ending.STEPS[step]) for step in rules_ending.steps_for(fact.body.ending)]
    return {
        "compared": rules_ending.compared(fact.body.ending, *await _status(visit["target"])),
        "body": fact.body,
        "steps": steps,
        "decided": decided,
        "step": rules_ending.STEPS[decided.body.step] if decided else "",
    }


async def handed_over(house: House, actor: Actor) -> list[dict[str, Any]]:
    """Firms that were handed over after their ending, the latest first: leads for the list of abnormal operations
    (经营异常名录线索, 企业信息公示暂行条例§17) and those that moved to another district. Of the visits that the
    actor reads; a decision about an ending that was withdrawn since hands nothing over."""
    found: list[dict[str, Any]] = []
    for visit in await decided_endings():
        if not await may_read(actor, visit):
            continue
        row = await Visit.select().where(Visit.id == visit).first()
        state = await folded(house, visit)
        fact = rules_ending.ended(state)
        decided = rules_ending.decided_of(state, fact.entry) if fact else None
        if (
            row is None
            or fact is None
            or decided is None
            or decided.body.step not in rules_ending.HANDED_OVER
        ):
            continue
        found.append(
            {
                "visit": row,
                "found": rules_ending.NAMES[fact.body.ending],
                "statement": fact.body.statement,
                "photos": len(fact.body.evidence),
                "calls": len(fact.body.attempts),
                "decided": decided,
                "step": rules_ending.HANDED_OVER[decided.body.step],
            }
        )
    return sorted(found, key=lambda one: one["decided"].at, reverse=True)


async def decide(
    visit: str, state: VisitState, proposal: str, typed: Mapping[str, str], leader: str, nonce: str
) -> EndingDecided | Refusal:
    """Load the registry's state and decide."""
    row = await Visit.select(Visit.target).where(Visit.id == visit).first()
    status, label = await _status(row["target"] if row else "")
    return rules_ending.decide(
        state,
        proposal,
        typed.get("step", ""),
        typed.get("to", "")[:200].strip(),
        typed.get("reason", "")[:300].strip(),
        status,
        label,
        leader,
        nonce,
    )
