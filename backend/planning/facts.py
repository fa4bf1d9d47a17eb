"""What is known of plan lines, schemes, items and targets: the shapes that rules judge and other stages read. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sync.tickets import ceil_ratio
from sync.words import OfflineApproval, Ratio, RiskRatio, SchemeBlock, SchemeRange, SchemeSection

RISKS = ("A", "B", "C", "D")
UNCLASSED = "B"
"""A target without a credit-risk class is drawn at the ratio of 信用风险一般."""

LineStatus = Literal["submitted", "returned", "approved", "published"]
SchemeStatus = Literal["submitted", "returned", "ready_to_draw", "drawn", "dispatched", "voided"]

LINE_STATES: Mapping[str, str] = {
    "draft": "草稿",
    "submitted": "待批准",
    "returned": "已退回",
    "approved": "已批准，待公布",
    "published": "已公布",
}
SCHEME_STATES: Mapping[str, str] = {
    "draft": "草稿",
    "submitted": "待批准",
    "returned": "已退回",
    "ready_to_draw": "已批准，可抽取",
    "drawn": "已抽取",
    "dispatched": "已派发",
    "voided": "已报废",
}


@dataclass(frozen=True)
class ApprovalFacts:
    """What one department said in one round. ``outcome``: approved | returned. ``decided_by``: an account."""

    round: int
    organisation: str
    outcome: str
    leader: str | None
    decided_by: str
    decided_on: str
    reason: str = ""
    offline: OfflineApproval | None = None


@dataclass(frozen=True)
class LineFacts:
    """A plan line as it stands (年度抽查计划事项)."""

    id: str
    year: int
    organisation: str
    title: str
    target_scope: str
    starts_on: str
    ends_on: str
    ratio: Ratio
    participants: tuple[str, ...]
    items: str
    status: LineStatus
    late: bool
    round: int
    approvals: tuple[ApprovalFacts, ...] = ()

    @property
    def state(self) -> str:
        return LINE_STATES[self.status]


@dataclass(frozen=True)
class SchemeFacts:
    """A scheme as it stands: all that draw, dispatch and publication need to know of it.

    ``blocks``: department and its items, the lead first; ``ratios``: one for each credit-risk class;
    ``minimum_officers``: certified officers per department; ``round``: how often it was handed in.
    """

    id: str
    plan_line: str
    number: str
    year: int
    name: str
    behaviour: str
    organisation: str
    blocks: tuple[SchemeBlock, ...]
    mode: str
    scope: str
    range: SchemeRange
    ratios: tuple[RiskRatio, ...]
    exclusions: tuple[str, ...]
    starts_on: str
    ends_on: str
    minimum_officers: int
    method: str
    sections: tuple[SchemeSection, ...]
    profile: str
    profile_digest: str
    status: SchemeStatus
    round: int
    void_reason: str = ""
    approvals: tuple[ApprovalFacts, ...] = ()

    @property
    def organisations(self) -> tuple[str, ...]:
        """Every involved department, the lead first."""
        return tuple(block.organisation for block in self.blocks)

    @property
    def participants(self) -> tuple[str, ...]:
        return self.organisations[1:]

    @property
    def items(self) -> tuple[str, ...]:
        """Every item of every department."""
        return tuple(item for block in self.blocks for item in block.items)

    @property
    def state(self) -> str:
        return SCHEME_STATES[self.status]

    @property
    def approved_by(self) -> frozenset[str]:
        """The departments that approved in this round."""
        return frozenset(
            a.organisation for a in self.approvals if a.round == self.round and a.outcome == "approved"
        )

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The departments whose approval is still missing."""
        return tuple(o for o in self.organisations if o not in self.approved_by)

    def ratio_of(self, risk: str | None) -> Ratio:
        """The ratio at which targets of this class are drawn; without a class that of ``UNCLASSED``."""
        wanted = risk if risk in RISKS else UNCLASSED
        return next(r.ratio for r in self.ratios if r.risk == wanted)


@dataclass(frozen=True)
class ItemFacts:
    """A check item of the catalogue; ``cap`` is the upper limit of a general item's ratio, if it names one."""

    id: str
    organisation: str
    number: str
    title: str
    category: str
    cap: Ratio | None
    published: bool


@dataclass(frozen=True)
class Standing:
    """What is known of who approves. ``stands_in_for``: leaders whom this account was ever named deputy of;
    ``leaders``: accounts of the department's responsible leaders who are no deputies."""

    stands_in_for: frozenset[str]
    leaders: frozenset[str]


@dataclass(frozen=True)
class Estimate:
    """What a scheme would mean on today's registry. ``classes``: (credit-risk class, targets, drawn).

    ``spared``: entries that the joint visit saves against each department coming by itself (减少入企).
    """

    classes: tuple[tuple[str, int, int], ...]
    departments: int

    @property
    def pool(self) -> int:
        return sum(n for _, n, _ in self.classes)

    @property
    def visits(self) -> int:
        return sum(k for _, _, k in self.classes)

    @property
    def spared(self) -> int:
        return self.visits * (self.departments - 1)


def estimate(pool: Mapping[str, int], ratios: Collection[RiskRatio], departments: int) -> Estimate:
    """How many targets the draw would take from ``pool``: per class the ratio, rounded up."""
    of = {part.risk: part.ratio for part in ratios}
    return Estimate(
        classes=tuple(
            (risk, pool.get(risk, 0), ceil_ratio(pool.get(risk, 0), of[risk].num, of[risk].den))
            for risk in of
        ),
        departments=departments,
    )
