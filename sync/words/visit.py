"""The visit (检查): who stands at the door, what is answered, photographed and signed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Count, Day, Digest, Home, Id, Line, Name, Text, Word

TeamRole = Literal["leader", "member", "assistant"]


class TeamMember(Word):
    """One person of a joint team (联合检查组). Only certified officers count towards the legal minimum."""

    account: Id
    name: Name
    organisation: Id
    role: TeamRole
    certificate: Line
    certified: bool


class VisitOrdered(Body):
    """A visit was dispatched to a team (派发). ``subject`` is the visit; the packet carries all it needs."""

    KIND: ClassVar[str] = "visit.ordered"
    scheme: Id
    target: Id
    team: tuple[TeamMember, ...]
    planned_on: Day
    packet_digest: Digest
    supersedes: tuple[Digest, ...] = ()


class Place(Word):
    """Where the device believed it was: micro-degrees (WGS-84), accuracy in metres, age of the fix in seconds."""

    latitude: Annotated[int, Field(ge=-90_000_000, le=90_000_000)]
    longitude: Annotated[int, Field(ge=-180_000_000, le=180_000_000)]
    accuracy: Annotated[int, Field(ge=0, le=1_000_000)]
    age: Annotated[int, Field(ge=0, le=1_000_000)]


class VisitOpened(Body):
    """The team arrived (到达)."""

    KIND: ClassVar[str] = "visit.opened"
    HOME: ClassVar[Home] = "device"
    place: Place | None


class IdentityShown(Body):
    """Officers showed their certificates (亮证, 行政处罚法§55) to ``shown_to``."""

    KIND: ClassVar[str] = "identity.shown"
    HOME: ClassVar[Home] = "device"
    inspectors: Annotated[tuple[Id, ...], Field(min_length=1)]
    shown_to: Name


class RightsTold(Body):
    """The party was told its rights (陈述申辩、申请回避) and answered."""

    KIND: ClassVar[str] = "rights.told"
    HOME: ClassVar[Home] = "device"
    recusal: Literal["not_requested", "requested"]
    statement: Text


PartyRole = Literal["legal_representative", "principal", "operator", "authorised", "staff"]


class PartyMet(Body):
    """The person who met the team (在场人员), entered once for every block."""

    KIND: ClassVar[str] = "party.met"
    HOME: ClassVar[Home] = "device"
    name: Name
    role: PartyRole
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+ -]{0,20}$")]
    supersedes: tuple[Digest, ...] = ()


class ItemVerified(Body):
    """An item was settled by a network check (网络核查, S2-16(一)): on site it is read-only."""

    KIND: ClassVar[str] = "item.verified"
    HOME: ClassVar[Home] = "either"
    organisation: Id
    item: Id
    source: Name
    note: Text
    snapshot: Digest | None
    supersedes: tuple[Digest, ...] = ()


class ItemContradicted(Body):
    """What the network check looked up and what is so contradict each other (网络核查不一致, S2-16(一), domain E7):
    said when it is looked up, or on site of an item that was verified. ``stated`` is what ``source`` states, ``met``
    what stands against it. The item is open, also where somebody verified it at the same time, until an answer
    settles it."""

    KIND: ClassVar[str] = "item.contradicted"
    HOME: ClassVar[Home] = "either"
    organisation: Id
    item: Id
    source: Name
    stated: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    met: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    snapshot: Digest | None
    supersedes: tuple[Digest, ...] = ()


class ItemReopened(Body):
    """A verified item is checked on site after all (信息不一致), with a reason."""

    KIND: ClassVar[str] = "item.reopened"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    item: Id
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]
    supersedes: Annotated[tuple[Digest, ...], Field(min_length=1)]


Answer = Literal["conform", "nonconform", "not_applicable"]


class AnswerGiven(Body):
    """One item answered (检查事项结果): 符合 / 不符合 / 不适用, with findings of the profile's set.

    ``supersedes`` lists the answers (or the verification's reopening) that this one replaces. Two answers
    that nobody superseded are disputed: both stay, and the block's department settles it with another.
    """

    KIND: ClassVar[str] = "answer.given"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    item: Id
    answer: Answer
    findings: tuple[Code, ...]
    note: Text
    supersedes: tuple[Digest, ...] = ()


class ItemOf(Word):
    """An item in the block of a department."""

    organisation: Id
    item: Id


class EvidenceTaken(Body):
    """A photograph was taken (证据固定). ``digest`` names the working copy, which travels; ``original_digest``
    the picture as the camera gave it. One photo may belong to items of several departments. Sizes in bytes."""

    KIND: ClassVar[str] = "evidence.taken"
    HOME: ClassVar[Home] = "device"
    digest: Digest
    size: Annotated[int, Field(ge=1, le=8_000_000)]
    media_type: Literal["image/jpeg", "image/png", "image/webp"]
    original_digest: Digest
    original_size: Count
    slot: Id
    items: Annotated[tuple[ItemOf, ...], Field(max_length=64)]
    place: Place | None
    caption: Line


class EvidenceWithdrawn(Body):
    """A photograph is no longer relied on (撤下照片). The picture stays with the record. ``evidence`` is the
    id of the evidence.taken entry: two identical pictures are two photographs."""

    KIND: ClassVar[str] = "evidence.withdrawn"
    HOME: ClassVar[Home] = "device"
    evidence: Digest
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]


Disposition = Literal[
    "NO_PROBLEM_TERMINATED_AND_INFORMED",
    "ADMIN_ORDER",
    "ADMIN_GUIDANCE",
    "ADMIN_PENALTY",
    "ADMIN_COERCION",
    "OTHER_ADMIN_ACT",
]
"""The six results of S1 annex 1. The first excludes the others."""


class Rectification(Word):
    """What is to be mended until when (责令改正)."""

    demand: Annotated[str, StringConstraints(min_length=2, max_length=1000)]
    due: Day | None


class DispositionGiven(Body):
    """A department's result for its block (检查结果). ``case_proposed`` = 拟立案: a penalty's box stays
    unticked until there is a decision, so ADMIN_PENALTY and ADMIN_COERCION are never given on site."""

    KIND: ClassVar[str] = "disposition.given"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    results: Annotated[tuple[Disposition, ...], Field(max_length=6)]
    case_proposed: bool
    rectification: Rectification | None
    remark: Text
    supersedes: tuple[Digest, ...] = ()


class BlockWaived(Body):
    """A department's block is not carried out in this visit (本部门事项未实施), with the reason.

    It stands in the place of the block's result: a later disposition that supersedes it takes it back. Where
    no officer of the department came, the leader may say so."""

    KIND: ClassVar[str] = "block.waived"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]
    supersedes: tuple[Digest, ...] = ()


Strokes = Annotated[
    tuple[Annotated[tuple[Annotated[int, Field(ge=0, le=10_000)], ...], Field(max_length=2_000)], ...],
    Field(max_length=200),
]
"""A drawn signature: strokes of x, y, x, y … in ten-thousandths of the pad's width and height."""


class SignatureGiven(Body):
    """Somebody signed exactly the record with this digest and template (签字).

    ``assurance``: ``pin`` where the signer's own PIN opened the pen, ``drawn_only`` where not (known person
    who never unlocked this tablet), ``none`` for people without an account (party, witness).
    """

    KIND: ClassVar[str] = "signature.given"
    HOME: ClassVar[Home] = "device"
    role: Literal["inspector", "party", "witness"]
    signer: Id | None
    name: Name
    identity: Line
    organisation: Id | None
    record_digest: Digest
    template: Code
    strokes: Annotated[Strokes, Field(min_length=1)]
    assurance: Literal["pin", "drawn_only", "none"]
    opinion: Literal["agreed", "objected"] | None
    statement: Text


class SignatureRefused(Body):
    """The party refused to sign (拒绝签字, S1-四(八)): the reason is mandatory, its own words are kept."""

    KIND: ClassVar[str] = "signature.refused"
    HOME: ClassVar[Home] = "device"
    name: Name
    reason: Code
    statement: Text
    record_digest: Digest
    template: Code


class SignatureAbsent(Body):
    """The party could not come or left (不在场、中途离开), noted with the reason."""

    KIND: ClassVar[str] = "signature.absent"
    HOME: ClassVar[Home] = "device"
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]
    record_digest: Digest
    template: Code


class VisitFinished(Body):
    """The leader closed the visit (检查结束). The clocks of entry and publication start here."""

    KIND: ClassVar[str] = "visit.finished"
    HOME: ClassVar[Home] = "device"
    record_digest: Digest
    template: Code
