"""Plan and scheme (计划、方案)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Day, Digest, Id, Line, Name, Text, Word


class Ratio(Word):
    """A share as two integers, because canonical bytes know no floats: 3% is 3/100."""

    num: Annotated[int, Field(ge=0, le=1_000_000)]
    den: Annotated[int, Field(ge=1, le=1_000_000)]


class OfflineApproval(Word):
    """线下已批: who approved outside the system, on which day, under which number, and its photograph."""

    approver: Name
    approved_on: Day
    number: Name
    photo: Digest | None


class PlanLineSubmitted(Body):
    """A line of the year's plan was handed in (年度抽查计划事项, S2-12). ``subject`` is the line; ``round`` counts
    its submissions from 1. ``late``: after the profile's day, which is flagged and never stops anything."""

    KIND: ClassVar[str] = "plan_line.submitted"
    round: Annotated[int, Field(ge=1, le=999)]
    year: Annotated[int, Field(ge=2000, le=2999)]
    organisation: Id
    title: Name
    target_scope: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    starts_on: Day
    ends_on: Day
    ratio: Ratio
    participants: Annotated[tuple[Id, ...], Field(max_length=40)]
    items: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    late: bool


class PlanLineApproved(Body):
    """The initiating department's responsible leader approved the line. ``leader`` is on whose authority it
    was done; the entry's ``by`` is who did it (the leader, a deputy, or who recorded an offline approval)."""

    KIND: ClassVar[str] = "plan_line.approved"
    round: Annotated[int, Field(ge=1, le=999)]
    organisation: Id
    leader: Id | None
    offline: OfflineApproval | None


class PlanLineReturned(Body):
    """The responsible leader gave the line back with a reason (退回)."""

    KIND: ClassVar[str] = "plan_line.returned"
    round: Annotated[int, Field(ge=1, le=999)]
    organisation: Id
    leader: Id
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]


class PlanPublished(Body):
    """Approved lines of a year's plan were made public by the office. ``subject`` is this publication."""

    KIND: ClassVar[str] = "plan.published"
    year: Annotated[int, Field(ge=2000, le=2999)]
    lines: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1000)]


RiskClass = Literal["A", "B", "C", "D"]
"""企业信用风险分类. Inside the office only: never published, never printed."""


class RiskRatio(Word):
    """The sampling ratio of one credit-risk class (S1-四(四))."""

    risk: RiskClass
    ratio: Ratio


class SchemeBlock(Word):
    """The items that one department checks in a scheme."""

    organisation: Id
    items: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)]


Labels = Annotated[tuple[Line, ...], Field(max_length=200)]


class SchemeRange(Word):
    """Which targets may be drawn (抽查范围); an empty list narrows nothing. ``industries`` are prefixes of
    GB/T 4754 codes; a target fits ``duties`` if it carries one of them."""

    classes: tuple[Code, ...]
    subtypes: tuple[Code, ...]
    industries: Labels
    regions: Labels
    duties: Labels


class SchemeSection(Word):
    """One written part of a scheme."""

    code: Code
    title: Name
    text: Text


class SchemeSubmitted(Body):
    """A scheme was handed in for approval (抽查方案, S1-四(三)). ``subject`` is the scheme; ``number`` (2026-007)
    stays the same over all rounds. The first block is the lead department's. ``behaviour`` stands on the
    record form: 对…行为的监管. ``profile_digest`` names the rules that it was judged by."""

    KIND: ClassVar[str] = "scheme.submitted"
    round: Annotated[int, Field(ge=1, le=999)]
    number: Code
    year: Annotated[int, Field(ge=2000, le=2999)]
    plan_line: Id
    name: Name
    behaviour: Name
    organisation: Id
    blocks: Annotated[tuple[SchemeBlock, ...], Field(min_length=1, max_length=40)]
    mode: Code
    scope: Literal["undirected", "directed"]
    range: SchemeRange
    ratios: Annotated[tuple[RiskRatio, ...], Field(min_length=4, max_length=4)]
    exclusions: tuple[Code, ...]
    starts_on: Day
    ends_on: Day
    minimum_officers: Annotated[int, Field(ge=1, le=9)]
    method: Code
    sections: Annotated[tuple[SchemeSection, ...], Field(max_length=30)]
    profile: Code
    profile_digest: Digest


class SchemeApproved(Body):
    """One involved department's responsible leader approved the scheme; see ``PlanLineApproved``."""

    KIND: ClassVar[str] = "scheme.approved"
    round: Annotated[int, Field(ge=1, le=999)]
    organisation: Id
    leader: Id | None
    offline: OfflineApproval | None


class SchemeReturned(Body):
    """One involved department's responsible leader gave the scheme back with a reason; what others approved in
    this round no longer counts."""

    KIND: ClassVar[str] = "scheme.returned"
    round: Annotated[int, Field(ge=1, le=999)]
    organisation: Id
    leader: Id
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]


class SchemeVoided(Body):
    """The scheme was given up (报废方案). It stays visible with its reason and keeps its number."""

    KIND: ClassVar[str] = "scheme.voided"
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]
