"""What the office reads and decides of a firm that is gone: the registry's state of now beside what the team found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.dispatch.tables import Visit
from backend.field import rules_ending
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
