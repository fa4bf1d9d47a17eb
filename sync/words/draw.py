"""The draw (抽取): targets, inspectors, teams."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Count, Day, Digest, Id, Line, Name, Word

Hex64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
"""An ECDSA P-256 signature, raw r‖s in lower-case hex."""
Row = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""The place of a row in the secret order of a frozen registry (序号)."""


class RowSet(Word):
    """A stratum's eligible rows as base64 of its bitmap."""

    stratum: Name
    bits: str


class DrawnRows(Word):
    """The drawn rows of a stratum, ascending."""

    stratum: Name
    indices: tuple[Row, ...]


class LotteryResult(Word):
    """The published numbers of a named lottery, ascending."""

    game: Name
    date: Day
    numbers: tuple[Annotated[int, Field(ge=1, le=999)], ...]


class DrawAnnounced(Body):
    """The registries are frozen and the draw is announced (名录库锁定、抽取公告). ``subject`` is the draw.

    ``plan`` is the canonical JSON of the plan (PROTOCOL.md, "The draw"), ``plan_hash`` its digest, ``bitmaps``
    its strata. ``most_per_year``: how often a target may be drawn in a year, None where the rules are silent;
    ``cap``: the most targets of one inspector. ``after`` and ``reason`` are filled where an earlier number of
    the same scheme was aborted.
    """

    KIND: ClassVar[str] = "draw.announced"
    scheme: Id
    number: Code
    plan: str
    plan_hash: Digest
    bitmaps: tuple[RowSet, ...]
    most_per_year: Count | None
    cap: Annotated[int, Field(ge=1, le=2**53 - 1)]
    after: Line
    reason: Line


class DrawCountersigned(Body):
    """A body that takes part countersigned the plan (会签). The signature is over the 32 bytes of ``plan_hash``."""

    KIND: ClassVar[str] = "draw.countersigned"
    organisation: Id
    name: Name
    plan_hash: Digest
    signature: Hex64


class DrawInputEntered(Body):
    """One person typed the published numbers (公开数据录入). Two people must agree; both entries stay."""

    KIND: ClassVar[str] = "draw.input_entered"
    plan_hash: Digest
    results: Annotated[tuple[LotteryResult, ...], Field(min_length=1, max_length=4)]


class DrawHeld(Body):
    """The draw was held (抽取): everything follows from the plan and the last input. ``seal`` is the server's
    signature over the publication's digest."""

    KIND: ClassVar[str] = "draw.held"
    scheme: Id
    plan_hash: Digest
    results: Annotated[tuple[LotteryResult, ...], Field(min_length=1, max_length=4)]
    seed: Digest
    drawn: tuple[DrawnRows, ...]
    seal: Hex64


class DrawOpened(Body):
    """The oversight body opened the list and countersigned its digest (监督核验). ``names`` is that digest."""

    KIND: ClassVar[str] = "draw.opened"
    organisation: Id
    name: Name
    names: Digest
    signature: Hex64
    seal: Hex64


class DrawAborted(Body):
    """The draw was called off (作废). Its number stays used and public, with the reason."""

    KIND: ClassVar[str] = "draw.aborted"
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]
    seal: Hex64


class AssignmentHeld(Body):
    """The inspectors were drawn for all targets (执法人员抽取). ``roster`` is the frozen roster's root, ``cap`` the
    most targets of one person, ``teams`` the digest of every (row, inspectors' places) in order."""

    KIND: ClassVar[str] = "assignment.held"
    scheme: Id
    roster: Digest
    minimum: Annotated[int, Field(ge=1, le=9)]
    cap: Count
    count: Count
    teams: Digest


class TeamSeat(Word):
    """One person of a team and the seat that was drawn. ``row`` is the place in the frozen roster."""

    row: Row
    inspector: Id
    account: Id
    name: Name
    organisation: Id
    role: Literal["leader", "member", "assistant"]
    certificate: Line
    certified: bool


class TeamFormed(Body):
    """A joint team for one drawn target (联合检查组). ``subject`` is the team; ``row`` the target's place."""

    KIND: ClassVar[str] = "team.formed"
    scheme: Id
    draw: Id
    target: Id
    row: Row
    members: Annotated[tuple[TeamSeat, ...], Field(min_length=1, max_length=80)]
