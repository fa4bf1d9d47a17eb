"""What follows from a firm that the team did not find as it was registered (domain.md E1, E2): pure.

The team finds, the registry says; neither overwrites the other. The responsible leader of the department that leads
the check sees both and decides: the target is excluded (only what the registry itself calls gone), what moved away
goes to the district it moved to, a firm that nobody found goes to the registrar as a lead (经营异常名录线索), or the
finding stands as the team made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.progress_site import standing
from sync.state import Fact, VisitState
from sync.words import Ending, EndingDecided, EndingProposed, EndingStep, Refusal, refuse

NAMES: Mapping[str, str] = {
    "not_found": "查无下落",
    "closed": "关闭停业",
    "moved": "迁出",
    "deregistered": "注销",
    "revoked": "吊销",
    "annulled": "撤销",
}
"""Endings after which somebody in the office has to do something. A refused entry has its own way (S2-18)."""
REGISTERED: Mapping[str, str] = {
    "closed": "suspended",
    "moved": "moved_out",
    "deregistered": "cancelled",
    "revoked": "revoked",
    "annulled": "annulled",
}
"""Ending → the registry's state of a firm of which the same is registered. Of 查无下落 no registry says anything."""
STRUCK = frozenset({"cancelled", "revoked", "annulled"})
"""What the registry calls gone for good: only then is a target excluded rather than checked without success."""
STEPS: Mapping[EndingStep, str] = {
    "excluded": "排除，不再作为本次抽查对象",
    "transferred": "移交迁入地",
    "lead": "转登记机关，作为经营异常名录线索",
    "stands": "按现场认定办理",
}
HANDED_OVER: Mapping[EndingStep, str] = {"lead": "经营异常名录线索", "transferred": "移交迁入地"}
"""Steps after which somebody else goes on: these stand in the office's list of leads (线索)."""
_OPEN: Mapping[str, tuple[EndingStep, ...]] = {
    "not_found": ("lead", "stands"),
    "closed": ("stands", "lead"),
    "moved": ("transferred", "lead", "stands"),
}


@dataclass(frozen=True)
class Compared:
    """What the team found beside what the registry says. ``agrees`` is None where a registry cannot say it."""

    found: str
    registry: str
    agrees: bool | None


def ended(state: VisitState) -> Fact[EndingProposed] | None:
    """The confirmed ending that the office has to follow up, None where there is none."""
    fact = standing(state).ended
    return fact if fact and fact.body.ending in NAMES else None


def leading(state: VisitState) -> str:
    """The department that leads the check: its team leader's; "" where no order stands."""
    return next((one.organisation for one in state.team if one.role == "leader"), "")


def decided_of(state: VisitState, proposal: str) -> Fact[EndingDecided] | None:
    """The decision about this ending, the first one where there are more."""
    found = (fact for fact in state.said(EndingDecided) if fact.body.proposal == proposal)
    return next(found, None)


def steps_for(ending: Ending) -> tuple[EndingStep, ...]:
    """What may follow, the likeliest first."""
    return _OPEN.get(ending, ("excluded", "stands"))


def compared(ending: Ending, status: str, label: str) -> Compared:
    """``status`` and ``label``: the registry's state of the target now, as code and in words; "" if unknown."""
    registered = REGISTERED.get(ending)
    agrees = None if registered is None or not status else registered == status
    return Compared(found=NAMES[ending], registry=label or "名录库中没有登记状态", agrees=agrees)


def decide(
    state: VisitState,
    proposal: str,
    step: str,
    to: str,
    reason: str,
    status: str,
    label: str,
    leader: str,
    nonce: str,
) -> EndingDecided | Refusal:
    """The decision with the registry's words of now; or why it cannot be so."""
    fact = ended(state)
    if fact is None or fact.entry != proposal or decided_of(state, proposal):
        return refuse("already_decided")
    ending = fact.body.ending
    found = next((one for one in STEPS if one == step), None)
    if found is None:
        return refuse("bad_request", what="请选择办理方式")
    if found not in steps_for(ending):
        return refuse("ending_step", ending=NAMES[ending], step=STEPS[found])
    seen = compared(ending, status, label)
    if found == "excluded" and status not in STRUCK:
        return refuse("ending_registry", registry=seen.registry, ending=NAMES[ending])
    if found in ("transferred", "lead") and len(to) < 2:
        return refuse("ending_to", step=STEPS[found])
    if (found == "excluded" or seen.agrees is False) and len(reason) < 2:
        return refuse("reason_missing", what=STEPS[found])
    return EndingDecided(
        nonce=nonce,
        proposal=proposal,
        organisation=leading(state),
        leader=leader,
        registry=seen.registry,
        step=found,
        to=to if found in ("transferred", "lead") else "",
        reason=reason,
    )
