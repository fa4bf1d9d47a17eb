"""What the office's lists ask of every visit at once, told from its state: pure. It is kept beside the state, so that a
list opens no visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend.field import rules_ending
from sync.canon import JSON
from sync.progress_site import standing
from sync.state import VisitState
from sync.words import CodeRecorded, EndingDecided, ReturnPlanned


@dataclass(frozen=True)
class Marks:
    """``code``: whether the place's official code was recorded; never empty, so that a state which was kept before
    there were marks is known. ``return_on``: the day on which the team comes again, "" where it does not. ``handed``:
    the step after which somebody else goes on (`rules_ending.HANDED_OVER`), with what the list of leads shows."""

    code: Literal["recorded", "none"]
    return_on: str
    handed: str
    lead: JSON


def marks(state: VisitState) -> Marks:
    """Of this state."""
    return Marks(_code(state), return_on(state), *_handed(state))


def _code(state: VisitState) -> Literal["recorded", "none"]:
    made_good = any(fact.body.how != "missing" for fact in state.said(CodeRecorded))
    return "recorded" if made_good else "none"


def return_on(state: VisitState) -> str:
    """The day that was said last, while the check is neither ended nor finished; see `returnOf` on the tablet."""
    said = state.said(ReturnPlanned)
    return said[-1].body.on if said and not state.finished and not standing(state).ended else ""


def _handed(state: VisitState) -> tuple[str, JSON]:
    """A decision about an ending that was withdrawn since hands nothing over."""
    if not state.said(EndingDecided):
        return "", None
    fact = rules_ending.ended(state)
    decided = rules_ending.decided_of(state, fact.entry) if fact else None
    if fact is None or decided is None or decided.body.step not in rules_ending.HANDED_OVER:
        return "", None
    return decided.body.step, {
        "found": rules_ending.NAMES[fact.body.ending],
        "statement": fact.body.statement,
        "photos": len(fact.body.evidence),
        "calls": len(fact.body.attempts),
        "registry": decided.body.registry,
        "to": decided.body.to,
        "reason": decided.body.reason,
        "at": decided.at,
    }
