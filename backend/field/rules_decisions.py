"""What the office decides of what was recorded on site: a consent by telephone, a finding of non-cooperation, and
which of the firms that are gone wait for a decision (`rules_ending` decides that). Pure.

A telephoned consent lets the new officer work at once (domain.md F4, S2-14f); the responsible leader of the
department confirms or refuses it once there is signal. Serious non-cooperation (S2-18) is a finding only when an
officer proposed it, the team's leader confirmed it and the department's responsible leader upholds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from backend.field import rules_ending
from sync.state import Fact, VisitState
from sync.words import (
    ConsentDecided,
    ConsentRecorded,
    EndingProposed,
    NoncooperationConfirmed,
    NoncooperationDecided,
    NoncooperationProposed,
    Refusal,
    refuse,
)


@dataclass(frozen=True)
class Asked:
    """One thing to decide. ``organisation``: whose responsible leader decides."""

    entry: str
    what: Literal["consent", "noncooperation", "ending"]
    organisation: str
    by: str
    at: str
    body: ConsentRecorded | NoncooperationProposed | EndingProposed


def asked(state: VisitState) -> tuple[Asked, ...]:
    """What a visit asks for and nobody decided yet."""
    return tuple(_asked(state))


def _asked(state: VisitState) -> Iterator[Asked]:
    decided = {fact.body.consent for fact in state.said(ConsentDecided)}
    for consent in state.said(ConsentRecorded):
        if consent.entry not in decided:
            yield _of("consent", consent.body.member.organisation, consent)
    over = {fact.body.proposal for fact in state.said(NoncooperationDecided)}
    confirmed = {fact.body.proposal for fact in state.said(NoncooperationConfirmed)}
    for proposal in state.said(NoncooperationProposed):
        if proposal.entry in confirmed and proposal.entry not in over:
            yield _of("noncooperation", proposal.body.organisation, proposal)
    ending = rules_ending.ended(state)
    if ending and not rules_ending.decided_of(state, ending.entry):
        yield _of("ending", rules_ending.leading(state), ending)


def _of(
    what: Literal["consent", "noncooperation", "ending"],
    organisation: str,
    fact: Fact[ConsentRecorded] | Fact[NoncooperationProposed] | Fact[EndingProposed],
) -> Asked:
    return Asked(fact.entry, what, organisation, fact.by, fact.at, fact.body)


def decide(
    state: VisitState, entry: str, agreed: bool, reason: str, leader: str, nonce: str
) -> ConsentDecided | NoncooperationDecided | Refusal:
    """The decision; a refusal of what was asked needs a reason, since somebody worked on the strength of it."""
    found = next((one for one in asked(state) if one.entry == entry and one.what != "ending"), None)
    if found is None:
        return refuse("already_decided")
    if not agreed and len(reason) < 2:
        return refuse("reason_missing", what="不同意")
    if found.what == "consent":
        return ConsentDecided(
            nonce=nonce,
            consent=entry,
            organisation=found.organisation,
            leader=leader,
            confirmed=agreed,
            reason=reason,
        )
    return NoncooperationDecided(
        nonce=nonce,
        proposal=entry,
        organisation=found.organisation,
        leader=leader,
        upheld=agreed,
        reason=reason,
    )
