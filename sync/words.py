"""The words of Suijian: nouns, entry kinds, verbs, statuses and refusals, the one source for both languages.

``python -m tests.conformance.generate`` writes ``schema.json`` and ``words.ts`` from this file and pins the
schema's digest below, so that no word changes unseen. Names follow the glossary of the trade
(术语表); a word stands for one thing in table, entry kind, route, screen and test.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

VERSION = 1
"""Version of the protocol. It rises whenever a released word changes its meaning."""
SCHEMA_DIGEST = "c5607da209618b7f837a471ae08a85a49ac1ec06d834f9bd37c36cb4a2052683"
"""H("schema/1", canonical(schema.json)): what this file says, without its prose."""

# --- plain types ----------------------------------------------------------------------------------------------

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""16 random bytes in lower-case hex: whoever sees an id learns nothing from it."""
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hex."""
Instant = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$")
]
"""A moment in UTC to the millisecond. On a device it is testimony, never an order."""
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
"""A calendar day in China."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Line = Annotated[str, StringConstraints(max_length=300)]
Text = Annotated[str, StringConstraints(max_length=4000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Word(BaseModel):
    """Base of everything that travels: immutable, and nothing that was not agreed on."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- the entry ------------------------------------------------------------------------------------------------

NO_PREV = "0" * 64
"""``prev`` of the first entry of a chain."""


class Envelope(Word):
    """What is hashed into an entry's id: everything about an entry except its body and its signature.

    ``id`` = H("entry/1", canonical(envelope)); ``device`` is the thumbprint of the key that signs the chain;
    ``seq`` is gapless from 1; ``prev`` is the id of the entry before it on the same device.
    """

    kind: Code
    subject: Id
    by: Id
    device: Digest
    seq: Annotated[int, Field(ge=1, le=2**53 - 1)]
    prev: Digest
    at: Instant
    body_digest: Digest


class Entry(Envelope):
    """An envelope with its id and the device's signature over it (raw r‖s in hex).

    The signature is empty where a later entry of the same chain is signed: that one covers all before it.
    """

    id: Digest
    signature: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{128})?$")]


Home = Literal["office", "device", "either"]


class Body(Word):
    """Base of every body. ``nonce`` is 16 random bytes, so that the digest of "yes" cannot be guessed.

    ``KIND`` is the entry kind; ``HOME`` says who writes it: a ``device`` in the field, the ``office``, or
    ``either``. What comes from a device has its effect only by its author's place in the team.
    """

    KIND: ClassVar[str] = ""
    HOME: ClassVar[Home] = "office"

    nonce: Id


# --- people and devices (机构与人员) --------------------------------------------------------------------------

Role = Literal[
    "system_admin",  # 系统管理员
    "security_admin",  # 安全管理员
    "audit_admin",  # 审计管理员
    "office_clerk",  # 联席会议办公室经办人
    "dept_admin",  # 部门管理员
    "planner",  # 部门计划与方案经办人
    "responsible_leader",  # 部门负责人(分管负责人)
    "inspector",  # 执法检查人员
    "oversight",  # 监督机关
    "public",  # 社会公众
]

Verb = Literal[
    "portal.read",
    "session.open",
    "session.close",
    "home.read",
    "people.read",
    "people.write",
    "people.secure",
    "device.invite",
    "device.revoke",
    "audit.read",
    "jobs.manage",
    "registry.read",
    "registry.import",
    "plan.read",
    "plan.write",
    "plan.approve",
    "plan.publish",
    "scheme.write",
    "scheme.approve",
    "draw.read",
    "draw.announce",
    "draw.countersign",
    "draw.enter_input",
    "draw.hold",
    "draw.open",
    "dispatch.read",
    "dispatch.write",
    "replacement.request",
    "replacement.decide",
    "visit.read",
    "visit.verify_item",
    "field.enrol",
    "field.exchange",
    "held.decide",
    "form.issue",
    "noncooperation.decide",
    "ending.decide",
    "rating.read",
    "publication.read",
    "publication.review",
    "publication.publish",
]


class DeviceEnrolled(Body):
    """A tablet's key was registered to an organisation (终端登记). ``public_key``: P-256 point, uncompressed."""

    KIND: ClassVar[str] = "device.enrolled"
    device: Digest
    public_key: Annotated[str, StringConstraints(pattern=r"^04[0-9a-f]{128}$")]
    organisation: Id
    label: Name


class DevicePersonJoined(Body):
    """A person may use this tablet from now on (人员在该终端启用)."""

    KIND: ClassVar[str] = "device.person_joined"
    device: Digest
    account: Id


class DeviceRevoked(Body):
    """A tablet was taken out of use (停用终端). What it sends afterwards is kept and held, never dropped."""

    KIND: ClassVar[str] = "device.revoked"
    device: Digest
    reason: Line


class DeviceClockMeasured(Body):
    """How far a tablet's clock was from the server's when it pushed (时钟偏差), in milliseconds: below 0 it was slow.
    ``allowed``: the difference that the rules of the place let pass then. Written when a difference above it is first
    seen, and when it has changed by more than it since; it refuses nothing and moves no entry."""

    KIND: ClassVar[str] = "device.clock_measured"
    device: Digest
    skew: Annotated[int, Field(ge=-(2**53 - 1), le=2**53 - 1)]
    allowed: Count


# --- registries (一单两库) ------------------------------------------------------------------------------------

Registry = Literal["check_items", "targets", "inspectors", "experts"]


class RegistryFrozen(Body):
    """A registry was changed by one import and stands since then as ``root`` says (名录库锁定)."""

    KIND: ClassVar[str] = "registry.frozen"
    registry: Registry
    change_set: Id
    root: Digest
    count: Count
    added: Count
    changed: Count
    removed: Count
    as_of: Day
    file_name: Name
    file_digest: Digest


# --- plan and scheme (计划、方案) ----------------------------------------------------------------------------


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


# --- the draw (抽取) ------------------------------------------------------------------------------------------

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


# --- dispatch (派发) ------------------------------------------------------------------------------------------
# Entries of the office about a visit that was ordered; ``subject`` is the visit.

Why = Annotated[str, StringConstraints(min_length=2, max_length=300)]


class ReplacementRequested(Body):
    """Officers of one department shall be replaced (更换执法人员, S2-14f: in principle they may not be). ``reason``
    is a code of the profile's list. ``proposed``: who is asked for by name, or empty where the ticket decides."""

    KIND: ClassVar[str] = "replacement.requested"
    organisation: Id
    out: Annotated[tuple[Id, ...], Field(min_length=1, max_length=20)]
    reason: Code
    statement: Why
    proposed: Annotated[tuple[TeamSeat, ...], Field(max_length=20)]


class ReplacementApproved(Body):
    """The department's own responsible leader agreed; see ``PlanLineApproved``. ``ticket``: drawn by the next
    ticket under a key of the draw's seed and the request's reason, among ``qualified`` (inspectors); ``named``:
    chosen with the reason that the request states. An officer who is replaced stays on record. Fewer members than
    left: nobody else qualifies, the others go on."""

    KIND: ClassVar[str] = "replacement.approved"
    request: Digest
    organisation: Id
    leader: Id | None
    offline: OfflineApproval | None
    method: Literal["ticket", "named"]
    qualified: Annotated[tuple[Id, ...], Field(max_length=5000)]
    members: Annotated[tuple[TeamSeat, ...], Field(max_length=20)]


class ReplacementRejected(Body):
    """The department's responsible leader did not agree: the team stays as it is."""

    KIND: ClassVar[str] = "replacement.rejected"
    request: Digest
    organisation: Id
    leader: Id
    reason: Why


class RecusalDecided(Body):
    """Whether an officer withdraws (回避决定, 行政处罚法§43): decided by the head of his department.

    ``application``: the entry that declared it or asked for it (recusal.declared, or rights.told of a party that
    asked), None where it was told to the office. The check does not stop before the decision."""

    KIND: ClassVar[str] = "recusal.decided"
    application: Digest | None
    account: Id
    organisation: Id
    leader: Id | None
    offline: OfflineApproval | None
    upheld: bool
    reason: Why


class VisitPostponed(Body):
    """The visit is to take place on another day (调整检查日期). The order of that day follows at once."""

    KIND: ClassVar[str] = "visit.postponed"
    organisation: Id
    from_day: Day
    to_day: Day
    reason: Why


class VisitRecalled(Body):
    """The order was taken back (撤回派发). The visit's number stays used; what was recorded is kept. ``again``: the
    target waits to be dispatched once more, as a visit of its own."""

    KIND: ClassVar[str] = "visit.recalled"
    organisation: Id
    reason: Why
    again: bool


FormKind = Literal["annex1", "notice", "joint"]
"""A blank form that is printed beforehand: the record of S1 annex 1, the notice (annex 2 or the letter of S0), the joint
record that S0 and S2 name."""


class FormsIssued(Body):
    """Numbered blank forms were printed (编号空白表). They carry ``year``, their kind and the serial numbers from
    ``first`` on (`form_number`); a number is given once. ``subject`` is the batch; ``title`` is printed on them."""

    KIND: ClassVar[str] = "forms.issued"
    organisation: Id
    form: FormKind
    title: Name
    year: Annotated[int, Field(ge=2000, le=9999)]
    first: Annotated[int, Field(ge=1, le=99_999)]
    count: Annotated[int, Field(ge=1, le=100)]


class FormVoided(Body):
    """A numbered form was spoiled or lost (作废). ``subject`` is the batch that it was printed with."""

    KIND: ClassVar[str] = "form.voided"
    number: Line
    reason: Why


# --- the visit (检查) -----------------------------------------------------------------------------------------

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
    """What the network check looked up and what is so contradict each other (网络核查不一致, S2-16(一), domain E7): said
    when it is looked up, or on site of an item that was verified. ``stated`` is what ``source`` states, ``met`` what
    stands against it. The item is open, also where somebody verified it at the same time, until an answer settles
    it."""

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


# --- the visit: before, at the door, inside, leaving (现场) -----------------------------------------------------
# Said by a member of the team, on a tablet or at the desk under the member's own name. A later word never changes
# the bytes of a record that was signed without it: these stand in the record only where they were said.

Reason = Annotated[str, StringConstraints(min_length=2, max_length=300)]
Pictures = Annotated[tuple[Digest, ...], Field(max_length=64)]
"""Ids of entries evidence.taken or evidence.added."""
ItemsOf = Annotated[tuple[ItemOf, ...], Field(max_length=64)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+ -]{0,20}$")]


class VisitScheduled(Body):
    """The leader set when the team comes and in which order (路线图、时间表, S1-三a). ``time`` is HH:MM of the
    planned day in China; ``place`` counts the day's visits from 1."""

    KIND: ClassVar[str] = "visit.scheduled"
    HOME: ClassVar[Home] = "device"
    time: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    place: Annotated[int, Field(ge=1, le=99)]
    supersedes: tuple[Digest, ...] = ()


class NoticeServed(Body):
    """The party was told beforehand (行政检查通知书, S1-二(五)b, S2-16(二)b). ``channel``: code of the packet's list.

    ``outcome``: ``signed`` with strokes, ``refused`` (签收被拒) with a reason, ``confirmed`` where the channel has
    no pen (phone, fax, mail): ``reason`` then says by whom and how."""

    KIND: ClassVar[str] = "notice.served"
    HOME: ClassVar[Home] = "device"
    number: Line
    channel: Code
    to: Name
    phone: Phone
    outcome: Literal["signed", "refused", "confirmed"]
    strokes: Strokes
    reason: Line
    supersedes: tuple[Digest, ...] = ()


class NoticeExempted(Body):
    """No notice beforehand (免于事先告知), for a reason of the packet's list with its article."""

    KIND: ClassVar[str] = "notice.exempted"
    HOME: ClassVar[Home] = "device"
    reason: Code
    statement: Line


class CodeRecorded(Body):
    """The place's official 执法码/检查码, or why there is none yet. ``missing`` is made good later by another one
    that supersedes it, within the profile's days. It is no part of the signed record."""

    KIND: ClassVar[str] = "code.recorded"
    HOME: ClassVar[Home] = "device"
    how: Literal["scanned", "typed", "photographed", "missing"]
    number: Line
    evidence: Pictures
    reason: Line
    supersedes: tuple[Digest, ...] = ()


Ending = Literal[
    "not_found",  # 查无下落
    "closed",  # 关闭停业
    "moved",  # 迁出
    "deregistered",  # 注销
    "revoked",  # 吊销
    "annulled",  # 撤销
    "entry_refused",  # 拒绝进入
    "aborted",  # 其他原因终止
]


EndingStep = Literal[
    "excluded",  # 排除，不再作为本次抽查对象
    "transferred",  # 移交迁入地
    "lead",  # 转经营异常名录线索
    "stands",  # 按现场认定办理
]


class Attempt(Word):
    """A telephone call that tried to reach the party, and what came of it."""

    phone: Phone
    at: Instant
    outcome: Line


class EndingProposed(Body):
    """The check cannot be carried out as ordered (未能实施检查), with what the packet's rule asks for: place,
    pictures, calls, a witness. It ends nothing before another officer confirmed it."""

    KIND: ClassVar[str] = "ending.proposed"
    HOME: ClassVar[Home] = "device"
    ending: Ending
    statement: Annotated[str, StringConstraints(min_length=2, max_length=1000)]
    place: Place | None
    evidence: Pictures
    attempts: Annotated[tuple[Attempt, ...], Field(max_length=20)]
    witness: Line
    moved_to: Line
    noncooperation: Annotated[tuple[Code, ...], Field(max_length=5)]
    supersedes: tuple[Digest, ...] = ()


class ReturnPlanned(Body):
    """What was met at the door may be otherwise another day: the team comes again (打算再次到场, domain E.1), and the
    visit stays open. ``ending`` is what it looked like this time; ``on`` the day on which the team comes again, of
    several the one that was said last. What was done this time (calls, witness, place, pictures) is part of the
    record, and is offered again when the ending is found after all."""

    KIND: ClassVar[str] = "return.planned"
    HOME: ClassVar[Home] = "device"
    ending: Ending
    on: Day
    statement: Annotated[str, StringConstraints(min_length=2, max_length=1000)]
    place: Place | None
    evidence: Pictures
    attempts: Annotated[tuple[Attempt, ...], Field(max_length=20)]
    witness: Line


class EndingConfirmed(Body):
    """A second officer confirmed what the first one found (复核). ``proposal`` is the entry ending.proposed."""

    KIND: ClassVar[str] = "ending.confirmed"
    HOME: ClassVar[Home] = "device"
    proposal: Digest


class EndingWithdrawn(Body):
    """An ending was wrong or is no longer so (撤回认定): who found it, who confirmed it, or the leader takes it back
    before anybody signed, with the reason. ``proposal`` is the entry ending.proposed; what was found stays said."""

    KIND: ClassVar[str] = "ending.withdrawn"
    HOME: ClassVar[Home] = "device"
    proposal: Digest
    reason: Reason


class EndingDecided(Body):
    """What follows from a confirmed ending of a firm that is gone (E1, E2), decided by the leading department's
    responsible leader with the registry beside it. ``proposal`` is the entry ending.proposed; ``registry`` is the
    state that the registry said then, in its words. ``excluded``: the target leaves the task; ``transferred`` and
    ``lead`` (经营异常名录线索) go to whom ``to`` names; ``stands``: the finding is published as it is."""

    KIND: ClassVar[str] = "ending.decided"
    proposal: Digest
    organisation: Id
    leader: Id
    registry: Line
    step: EndingStep
    to: Line
    reason: Line


Observable = Literal["name", "address", "licence", "legal_representative", "phone"]
"""A field of the packet's target that a team can see to be otherwise."""


class TargetObserved(Body):
    """On site something is otherwise than registered (与登记不一致): said once for all departments. ``registry`` is the
    field of the packet's target as it stood, ``seen`` what was found. It changes no registry: it is a proposal to the
    office, and part of the record."""

    KIND: ClassVar[str] = "target.observed"
    HOME: ClassVar[Home] = "device"
    field: Observable
    registry: Line
    seen: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    note: Line
    evidence: Pictures
    supersedes: tuple[Digest, ...] = ()


class RecusalDeclared(Body):
    """An officer withdraws, or the party asks that he does (回避, 行政处罚法§43). Until it is decided he neither
    records nor signs; the others go on if enough remain."""

    KIND: ClassVar[str] = "recusal.declared"
    HOME: ClassVar[Home] = "device"
    account: Id
    ground: Code
    applicant: Literal["officer", "party"]
    statement: Line


class RecusalConfirmed(Body):
    """A second officer heard that the party asks for it (当事人申请回避, domain D.12): another one than who noted it, and
    not the one whom it concerns. ``application`` is the entry recusal.declared. What an officer says of himself needs
    nobody else."""

    KIND: ClassVar[str] = "recusal.confirmed"
    HOME: ClassVar[Home] = "device"
    application: Digest


class ConsentRecorded(Body):
    """The responsible leader agreed by telephone to another officer (更换执法人员, S2-14f). ``out`` is replaced by
    ``member`` at once; the consent is to be confirmed once there is signal (待确认)."""

    KIND: ClassVar[str] = "consent.recorded"
    HOME: ClassVar[Home] = "device"
    out: Id
    member: TeamMember
    consented_by: Name
    consented_at: Instant
    reason: Reason


class ConsentDecided(Body):
    """The responsible leader confirmed or refused what was recorded as his consent. What the new officer said
    is kept in any case: refused, it is held."""

    KIND: ClassVar[str] = "consent.decided"
    consent: Digest
    organisation: Id
    leader: Id
    confirmed: bool
    reason: Line


class VisitPaused(Body):
    """The check is interrupted (中止), with the reason."""

    KIND: ClassVar[str] = "visit.paused"
    HOME: ClassVar[Home] = "device"
    reason: Reason


class VisitResumed(Body):
    """The check goes on (恢复). ``pause`` is the entry visit.paused."""

    KIND: ClassVar[str] = "visit.resumed"
    HOME: ClassVar[Home] = "device"
    pause: Digest


class AuthorityShown(Body):
    """A person showed authority to act for the party (授权委托), by document and picture."""

    KIND: ClassVar[str] = "authority.shown"
    HOME: ClassVar[Home] = "device"
    name: Name
    document: Line
    evidence: Pictures


class PartSigned(Body):
    """The party signed what was recorded so far, before leaving (中途签字): it stays, whatever is found later.

    ``record_digest`` is the record as it stood; ``items`` those that were settled in it."""

    KIND: ClassVar[str] = "part.signed"
    HOME: ClassVar[Home] = "device"
    name: Name
    identity: Line
    record_digest: Digest
    template: Code
    items: Annotated[tuple[ItemOf, ...], Field(max_length=2_000)]
    strokes: Annotated[Strokes, Field(min_length=1)]
    opinion: Literal["agreed", "objected"]
    statement: Text


class ActRecorded(Body):
    """A means of inspection was used (检查方式, S1-三b): documents looked at or copied, the place looked at, a test,
    a sample with its number."""

    KIND: ClassVar[str] = "act.recorded"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    act: Literal["documents_viewed", "documents_copied", "place_viewed", "tested", "sampled"]
    items: ItemsOf
    statement: Annotated[str, StringConstraints(min_length=2, max_length=1000)]
    number: Line
    quantity: Line
    evidence: Pictures


class Exchanged(Word):
    """A question and its answer, as they were said."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    answer: Annotated[str, StringConstraints(max_length=2000)]


class TranscriptTaken(Body):
    """Questions and answers (询问笔录). The person asked signs, or ``refused`` says why there is no signature."""

    KIND: ClassVar[str] = "transcript.taken"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    respondent: Name
    identity: Line
    phone: Phone
    began: Instant
    ended: Instant
    exchanges: Annotated[tuple[Exchanged, ...], Field(min_length=1, max_length=100)]
    strokes: Strokes
    refused: Line


class MediaRestricted(Body):
    """Photographs are not allowed here (不得拍摄): a description, a sketch and the drawing's number stand in their
    place. ``basis``: code of the packet's list. ``sketch``: strokes as of a signature, empty where none was drawn."""

    KIND: ClassVar[str] = "media.restricted"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    items: Annotated[tuple[ItemOf, ...], Field(min_length=1, max_length=64)]
    basis: Code
    description: Annotated[str, StringConstraints(min_length=2, max_length=2000)]
    drawing: Line
    sketch: Strokes


class EvidenceAdded(EvidenceTaken):
    """A photograph of what is no part of the record: a page signed on paper, a seal, an official code, something a
    supplement speaks of. It may come after the signatures, since it changes nothing that they cover."""

    KIND: ClassVar[str] = "evidence.added"
    HOME: ClassVar[Home] = "device"


class EvidenceDeleted(Body):
    """A photograph was destroyed at once because it must not exist (当场删除, 涉密). Its digest stays; the picture
    is kept nowhere. ``evidence`` is the entry evidence.taken or evidence.added."""

    KIND: ClassVar[str] = "evidence.deleted"
    HOME: ClassVar[Home] = "device"
    evidence: Digest
    basis: Code
    reason: Reason


class RecordingMade(Body):
    """Sound or film (录音、录像). ``announced``: the party was told that it runs. Size in bytes."""

    KIND: ClassVar[str] = "recording.made"
    HOME: ClassVar[Home] = "device"
    digest: Digest
    size: Annotated[int, Field(ge=1, le=64_000_000)]
    media_type: Literal["audio/webm", "audio/mp4", "video/webm", "video/mp4"]
    seconds: Annotated[int, Field(ge=0, le=7_200)]
    announced: bool
    items: ItemsOf
    place: Place | None
    caption: Line


class NoncooperationProposed(Body):
    """An officer found one of the five circumstances of serious non-cooperation (不予配合情节严重, S2-18). It is a
    finding (情形认定) only when the leader and the department confirmed it."""

    KIND: ClassVar[str] = "noncooperation.proposed"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    circumstances: Annotated[tuple[Code, ...], Field(min_length=1, max_length=5)]
    statement: Annotated[str, StringConstraints(min_length=2, max_length=1000)]
    evidence: Pictures


class NoncooperationConfirmed(Body):
    """The team's leader, who is not the one who proposed it, agrees. ``proposal`` is the entry."""

    KIND: ClassVar[str] = "noncooperation.confirmed"
    HOME: ClassVar[Home] = "device"
    proposal: Digest


class NoncooperationDecided(Body):
    """The department's responsible leader upheld or rejected it."""

    KIND: ClassVar[str] = "noncooperation.decided"
    proposal: Digest
    organisation: Id
    leader: Id
    upheld: bool
    reason: Line


class ExpertConcluded(Body):
    """What an expert or a professional body found (专家意见、检测结论, S4-二(五)c). They assist; they decide nothing."""

    KIND: ClassVar[str] = "expert.concluded"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    expert: Name
    body: Line
    items: ItemsOf
    conclusion: Annotated[str, StringConstraints(min_length=2, max_length=2000)]
    evidence: Pictures


class ResultRecognised(Body):
    """Another department's recent result is taken over for an item (结果互认, S4-二(八)): it is not checked again."""

    KIND: ClassVar[str] = "result.recognised"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    item: Id
    source: Name
    checked_on: Day
    number: Line
    note: Text
    evidence: Pictures
    supersedes: tuple[Digest, ...] = ()


class CrimeSuspected(Body):
    """A crime is suspected (涉嫌犯罪): evidence was fixed, nothing is published before the transfer. It is told to
    the lead department and is no part of the record that the party reads."""

    KIND: ClassVar[str] = "crime.suspected"
    HOME: ClassVar[Home] = "device"
    organisation: Id
    statement: Annotated[str, StringConstraints(min_length=2, max_length=1000)]
    evidence: Pictures


class RecordRead(Body):
    """The party read the record, or it was read to it (核对、宣读)."""

    KIND: ClassVar[str] = "record.read"
    HOME: ClassVar[Home] = "device"
    manner: Literal["self", "aloud"]
    to: Name
    record_digest: Digest
    template: Code


class PaperSigned(Body):
    """The record was signed by hand on paper and photographed (纸质签署): on a print of this tablet or on a numbered
    form (``number``; empty: a print). ``signers`` are officers' accounts; ``party`` as on the tablet, with the reason unless it signed."""

    KIND: ClassVar[str] = "paper.signed"
    HOME: ClassVar[Home] = "device"
    number: Line
    record_digest: Digest
    template: Code
    pages: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=64)]
    signers: Annotated[tuple[Id, ...], Field(min_length=1, max_length=80)]
    party: Literal["signed", "refused", "absent"]
    reason: Line


class SupplementGiven(Body):
    """Something to add after somebody signed (补充记录). ``number`` counts the visit's supplements from 1. What was
    signed stays as it was; this is signed by itself."""

    KIND: ClassVar[str] = "supplement.given"
    HOME: ClassVar[Home] = "device"
    number: Annotated[int, Field(ge=1, le=999)]
    organisation: Id
    text: Annotated[str, StringConstraints(min_length=2, max_length=4000)]
    reason: Reason
    evidence: Pictures


class SupplementSigned(Body):
    """Somebody signed a supplement, or the party refused or was absent. ``supplement`` is the entry, whose id
    covers its text."""

    KIND: ClassVar[str] = "supplement.signed"
    HOME: ClassVar[Home] = "device"
    supplement: Digest
    role: Literal["inspector", "party", "witness"]
    outcome: Literal["signed", "refused", "absent"]
    signer: Id | None
    name: Name
    organisation: Id | None
    strokes: Strokes
    assurance: Literal["pin", "drawn_only", "none"]
    reason: Line


class SealRecorded(Body):
    """A seal on the paper, by photograph, or why there is none (盖章 / 未盖章). After the signatures, and no part of
    what they cover."""

    KIND: ClassVar[str] = "seal.recorded"
    HOME: ClassVar[Home] = "device"
    whose: Literal["party", "inspectors"]
    organisation: Id | None
    sealed: bool
    evidence: Pictures
    reason: Line
    supersedes: tuple[Digest, ...] = ()


class CopyGiven(Body):
    """The owner got a copy and the sheet (交付副本): on paper, by a code that fetches the full text, or would not
    take it (留置)."""

    KIND: ClassVar[str] = "copy.given"
    HOME: ClassVar[Home] = "device"
    means: Literal["paper", "code", "left"]
    to: Name
    record_digest: Digest
    template: Code


# --- what the packet says about the site (现场规则) ---------------------------------------------------------------


class Ruled(Word):
    """An option with the article that it rests on."""

    code: Code
    label: Name
    article: Line


class EndingRule(Word):
    """What it takes to say that a check could not be carried out (domain.md E1–E3). Numbers are least numbers."""

    ending: Ending
    label: Name
    article: Line
    finding: Code
    place: bool
    photos: Annotated[int, Field(ge=0, le=20)]
    attempts: Annotated[int, Field(ge=0, le=9)]
    witness: bool
    hint: Line


class NoticeRule(Word):
    """Notice beforehand: whether it must be, its number, its ways, and what frees of it."""

    required: bool
    number: Line
    text: tuple[Text, ...]
    channels: tuple[Ruled, ...]
    exemptions: tuple[Ruled, ...]


class OfficialCode(Word):
    """The official 执法码/检查码: whether the region asks for it, and within which time it is made good."""

    required: bool
    label: Name
    due: Line
    article: Line


class Recognition(Word):
    """What another department's result must be to be taken over (结果互认): not older than ``since``, and shown by
    a picture where ``evidence`` asks for one. The server computes the day."""

    since: Day
    evidence: bool
    article: Line


class OrderRule(Word):
    """What a printed order to mend (责令改正通知书) rests on, and where to turn against it."""

    basis: Line
    remedies: tuple[Text, ...]


class SiteCode(Word):
    """An address that somebody's phone opens, short enough to be typed, and until when."""

    url: Line
    short: Line
    expires: Instant


class SiteRules(Word):
    """What the tablet needs to know for all that happens on site. Packets that were made before this was known
    have none, and their visits go on without it."""

    method: Literal["ON_SITE", "DOCUMENTARY", "NETWORK"]
    notice: NoticeRule
    endings: tuple[EndingRule, ...]
    official_code: OfficialCode
    noncooperation: tuple[Ruled, ...]
    recusal_grounds: tuple[Ruled, ...]
    media_bases: tuple[Ruled, ...]
    substitutes: Annotated[tuple[TeamMember, ...], Field(max_length=200)]
    refusal_witness: bool
    refusal_recording: bool
    paper_master: bool
    check_code: SiteCode | None
    copy_code: SiteCode | None
    objection: tuple[Text, ...]
    published: tuple[Text, ...]
    keep_days: Annotated[int, Field(ge=0, le=3_650)]
    recognition: Recognition | None = None
    order: OrderRule | None = None


# --- the packet (检查资料包) -----------------------------------------------------------------------------------


class Choice(Word):
    """One option of an enumeration that the rule profile fixes. ``excludes``: codes it cannot stand beside."""

    code: Code
    label: Name
    group: Code
    excludes: tuple[Code, ...] = ()


class PacketItem(Word):
    """One item to check. ``text`` is the digest of its ItemText, sent once for all visits."""

    item: Id
    number: Line
    title: Name
    method: Line
    photo_required: bool
    text: Digest


class ItemText(Word):
    """What stands behind an item: law (抽查依据), what to look at (抽查内容), how (检查指引)."""

    legal_basis: tuple[Line, ...]
    contents: tuple[Text, ...]
    guidance: tuple[Text, ...]


class PacketBlock(Word):
    """The block of one department (检查块): only its own officers fill and sign it."""

    organisation: Id
    organisation_name: Name
    heading: Name
    routine_items: tuple[Line, ...]
    special_items: Line
    applicable_law: Line
    items: Annotated[tuple[PacketItem, ...], Field(min_length=1, max_length=200)]


class PacketTarget(Word):
    """The target as the team needs it on site. Private fields are here and in no public place."""

    target: Id
    name: Name
    code: Line
    kind: Line
    district: Line
    address: Line
    legal_representative: Line
    representative_label: Line
    licence: Line
    phone: Line


class Due(Word):
    """A deadline that the profile fixes, computed by the server: the device never computes the law."""

    rule: Line
    article: Line
    working_days: int | None
    label: Line


class CertificateUntil(Word):
    """Until when an officer's certificate is valid, as the registry said when the visit was ordered. It informs the team
    before it leaves and bars nobody: who may be sent is the office's rule."""

    account: Id
    until: Day


class Packet(Word):
    """Everything a team needs for one visit without signal. ``packet_digest`` = H("packet/1", canonical)."""

    visit: Id
    number: Line
    scheme: Id
    scheme_number: Line
    scheme_name: Name
    mode: Line
    scope: Line
    region: Name
    demo: bool
    target: PacketTarget
    planned_on: Day
    team: tuple[TeamMember, ...]
    blocks: Annotated[tuple[PacketBlock, ...], Field(min_length=1, max_length=40)]
    findings: tuple[Choice, ...]
    dispositions: tuple[Choice, ...]
    refusal_reasons: tuple[Choice, ...]
    minimum_officers: Annotated[int, Field(ge=1, le=9)]
    template: Code
    record_title: Name
    supervised_behaviour: Name
    legal_basis: tuple[Line, ...]
    rights_text: tuple[Text, ...]
    dues: tuple[Due, ...]
    profile: Code
    profile_digest: Digest
    server_key: Annotated[str, StringConstraints(pattern=r"^04[0-9a-f]{128}$")]
    site: SiteRules | None = None
    certificates: Annotated[tuple[CertificateUntil, ...], Field(max_length=100)] | None = None


# --- sync (同步) ----------------------------------------------------------------------------------------------

ReceiptStatus = Literal["accepted", "exists", "held", "refused"]


class Receipt(Word):
    """What became of one entry that a device sent. ``code`` names the refusal where held or refused."""

    entry: Digest
    status: ReceiptStatus
    code: Code | None


class EntryReceived(Body):
    """The server's signed receipt for a batch of a device (回执). ``subject`` is the batch's random id."""

    KIND: ClassVar[str] = "entry.received"
    device: Digest
    receipts: Annotated[tuple[Receipt, ...], Field(min_length=1, max_length=1000)]


class EntryAdmitted(Body):
    """A held entry was admitted by a person (暂存核定：采纳)."""

    KIND: ClassVar[str] = "entry.admitted"
    entry: Digest
    reason: Line


class EntrySetAside(Body):
    """A held entry was set aside by a person (暂存核定：不采纳). It stays visible."""

    KIND: ClassVar[str] = "entry.set_aside"
    entry: Digest
    reason: Line


class EvidenceStored(Body):
    """The server holds the whole picture and its digest agrees (照片收妥)."""

    KIND: ClassVar[str] = "evidence.stored"
    digest: Digest
    size: Count


# --- publication (公示) ---------------------------------------------------------------------------------------

PublicClass = Literal["enterprise", "sole_trader", "natural_person", "non_profit", "non_market"]
"""Whose result it is: each class has a whitelist of its own (profile ``publication.public_views``)."""


class PublicValue(Word):
    """One published field: its code in the whitelist, its label, its text."""

    field: Code
    label: Name
    value: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class PublicResult(Word):
    """One published item with what was found (抽查结果)."""

    item: Line
    findings: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]


class PublicNotice(Word):
    """The public document of one department's result: nothing but whitelisted fields stands in it."""

    fields: Annotated[tuple[PublicValue, ...], Field(min_length=1, max_length=30)]
    results: Annotated[tuple[PublicResult, ...], Field(max_length=200)]


class PublicationReviewed(Body):
    """A department's result was reviewed before publication (保密审查, 政府信息公开条例§17). ``subject`` is the visit.

    ``document`` is the digest of the public document that was read; ``omitted`` are the fields that a partial
    publication leaves out; ``basis`` are codes of the profile's restrictions (§14–15)."""

    KIND: ClassVar[str] = "publication.reviewed"
    organisation: Id
    document: Digest
    secrecy: bool
    privacy: bool
    trade_secret: bool
    decision: Literal["publish", "partial", "withhold"]
    basis: Annotated[tuple[Code, ...], Field(max_length=10)]
    omitted: Annotated[tuple[Code, ...], Field(max_length=30)]
    note: Line
    supersedes: tuple[Digest, ...] = ()


class NoticePublished(Body):
    """A department published its result (公示; 谁检查、谁录入、谁公开). ``leader``: on whose authority."""

    KIND: ClassVar[str] = "notice.published"
    organisation: Id
    scheme: Id
    review: Digest
    leader: Id
    target_class: PublicClass
    document: PublicNotice
    document_digest: Digest


class NoticeCorrected(Body):
    """A published result was wrong and is replaced (更正). The earlier version stays public and is marked.

    ``notice`` is the entry of the version before; ``version`` counts from 2; ``leader`` approved it. What was
    mended after the check is a follow-up and never a correction."""

    KIND: ClassVar[str] = "notice.corrected"
    organisation: Id
    notice: Digest
    version: Annotated[int, Field(ge=2, le=999)]
    leader: Id
    reason: Annotated[str, StringConstraints(min_length=2, max_length=300)]
    target_class: PublicClass
    document: PublicNotice
    document_digest: Digest


# --- refusals (提示) ------------------------------------------------------------------------------------------


class Refusal(Word):
    """Why something did not happen. ``code`` is the same on tablet and server; ``sentence`` says in Chinese
    what happened and what to do next; ``details`` fills its blanks and never carries private values."""

    code: Code
    sentence: Line
    details: dict[str, str] = {}


REFUSALS: dict[str, str] = {
    # people
    "not_signed_in": "尚未登录或登录已过期，请重新登录；已填写的内容仍在本页。",
    "not_allowed": "您的账号没有办理这项业务的权限，请由有权限的人员办理或联系本部门管理员。",
    "wrong_password": "账号或密码不正确，请核对后重试；连续 {limit} 次不正确将锁定 {minutes} 分钟。",
    "account_locked": "账号因多次输错密码已锁定，请于 {minutes} 分钟后重试，或请安全管理员解锁。",
    "account_disabled": "该账号已停用，请联系本部门管理员。",
    "account_exists": "账号名“{name}”已被使用，请换一个。",
    "password_weak": "密码至少 {minimum} 位，且不能与账号名相同，请重新设置。",
    "separation_of_duties": "系统、安全、审计三类管理员不得由同一人兼任，请分别指定人员。",
    "own_account": "不能变更自己的角色、密码或停用自己的账号，请由另一名管理员办理。",
    "administrator_account": "三类管理员的密码不在此重置，请本人修改，或由运维人员在服务器上重设。",
    "deputy_unfit": "代理人须与被代理人同单位、均为在用的分管负责人，且不是同一人，请重新选择。",
    "invite_invalid": "登记码无效或已使用，请在办公室重新生成后再扫。",
    "invite_expired": "登记码已过期，请在办公室重新生成后再扫。",
    "device_unknown": "这台终端没有登记，请到办公室扫码登记；本机记录仍在，不要清除。",
    "device_revoked": "这台终端已停用，记录已原样保留，待部门核定；请联系本部门管理员。",
    "pin_wrong": "PIN 不正确，还可再试 {left} 次；记录都在本机，没有丢失。",
    "pin_locked": "PIN 已连续输错 {limit} 次，本机暂停解锁 {minutes} 分钟；记录都在，可联网后由办公室重新登记本人。",
    "pin_withheld": "PIN 输错次数过多，服务器已暂停您在这台终端解锁；记录都在本机，请部门管理员重新生成登记码登记本人。",
    "pin_weak": "PIN 须为 6 位数字，不能全部相同或连续，请重新设置。",
    # input
    "bad_request": "提交的内容不完整或格式不对：{what}。请更正后再提交，已填内容仍在。",
    "form_expired": "本页停留太久或已重新登录，这次没有提交；请返回上一页刷新后再提交，已填内容可先复制。",
    "not_found": "没有找到这项内容，可能已被更新，请返回上一页刷新。",
    "too_large": "文件超过 {limit} MB，请拆分后再上传。",
    "entry_too_long": "这一步的内容过长，还没有记下，已填内容仍在；请缩短文字，或重新签字、重画后再保存。",
    "too_many": "操作过于频繁，请 {seconds} 秒后再试，已填内容不会丢失。",
    "changed_meanwhile": "这项内容刚刚被其他人更新，请查看最新内容后再提交；您填写的内容仍在本页。",
    "server_busy": "系统暂时不能保存，内容没有丢失，请稍后重试。",
    "storage_full": "服务器存储空间不足，本次没有保存，请联系系统管理员；本机记录仍在。",
    "tablet_full": "本机存储空间不足，这一步没有保存；已填写的内容仍在本页。请联网同步，到“数据与同步”清理后重试。",
    # registry
    "file_type_wrong": "“{name}”不是可读取的表格，请导出为 XLSX 或 CSV 后再上传。",
    "sheet_empty": "“{name}”里没有数据行，请检查是否选对了文件或工作表。",
    "header_missing": "没有找到“{column}”列，请核对表头后再上传；可先下载样表。",
    "row_broken": "第 {row} 行“{column}”{problem}，请改正后重新上传，其余行不受影响。",
    "code_duplicate": "第 {row} 行的“{column}”与第 {first} 行重复，请保留一行。",
    "preview_expired": "预览后名录库已有变动，请重新上传核对后再应用。",
    "nothing_to_apply": "这份文件没有可应用的变动，无需操作。",
    # planning
    "plan_line_missing": "方案没有对应的年度计划事项，请先在年度计划中列入并公布。",
    "plan_line_not_published": "所选年度计划事项还没有批准公布，请先办理批准和公布。",
    "ratio_over_cap": "抽查比例 {ratio} 超过一般检查事项的上限 {cap}，请调低比例或按程序调整清单。",
    "ratio_under_floor": "抽查比例 {ratio} 低于下限 {floor}，请调高比例。",
    "item_not_published": "事项“{item}”没有公布，不得实施检查，请先公布抽查事项清单。",
    "no_participant": "联合抽查至少要有 {minimum} 个参与部门，请补充。",
    "approval_missing": "还有部门未批准：{organisations}，全部批准后才能抽取。",
    "already_decided": "这一步已经办理过，不能重复办理，请刷新查看结果。",
    "dates_wrong": "起止日期不对，结束日期须晚于开始日期，请更正。",
    "deputy_not_today": "您今天不在代理期内，不能代为批准；请由负责人本人办理，或先登记代理起止日期。",
    "nothing_to_publish": "没有已批准待公布的计划事项，请先办理批准。",
    "scheme_state": "方案当前为“{state}”，不能{act}，请刷新查看最新进度。",
    "plan_line_state": "计划事项当前为“{state}”，不能{act}，请刷新查看最新进度。",
    "reason_missing": "请写明{what}的理由（至少 2 个字）后再提交。",
    # dispatch
    "dispatch_not_ready": "现在还不能派发：{what}。",
    "day_outside": "“{target}”的检查日期 {day} 不在方案规定的 {starts_on} 至 {ends_on} 内，请改到这段时间。",
    "day_not_working": "“{target}”的检查日期 {day} 不是工作日，请改到工作日。",
    "visit_closed": "这次检查{state}，不能再{act}；已有记录都在，请刷新查看。",
    "replacement_open": "“{name}”已有一份更换申请待批准，请先办理那一份。",
    "replacement_not_in_team": "所选人员不在本部门参加这次检查的人员中，请刷新后重新选择。",
    "replacement_unfit": "“{name}”不符合条件（{what}），请另选一名有资格的执法人员。",
    "replacement_nobody": "本部门没有其他符合条件的执法人员，不能更换；请增加人员，或调整检查日期、撤回派发。",
    "leader_needed": "检查组组长须来自牵头部门，更换后没有人选；请先增加人员，或撤回派发。",
    "push_address": "这个推送地址不在允许的范围内，不能登记；任务变动仍会在同步后显示。",
    # draw
    "draw_not_ready": "现在还不能抽取：{what}。",
    "draw_used": "抽取编号 {number} 已经使用，不能再次抽取；如需补抽，请说明理由并报监督机关会签。",
    "input_too_early": "开奖日期未到，{day} 公布后再录入。",
    "input_day_wrong": "开奖日期须晚于公告当天，备用日期须再晚一天以上，且都不晚于方案结束日期 {ends_on}，请更正。",
    "input_not_valid": "号码应为 {expected}，请对照公告重新录入。",
    "input_mismatch": "两次录入不一致，已停止，请共同核对公告后重新录入。",
    "input_same_person": "第二次录入须由另一人办理，请换人录入。",
    "countersign_missing": "还有部门没有会签：{organisations}。",
    "plan_hash_mismatch": "校验码与锁定时不一致，已停止；请联系监督机关核查。",
    "pool_empty": "按条件没有可抽取的检查对象，请核对范围和排除规则。",
    "team_not_possible": "{targets} 需要 {need}，现有可用执法人员只有 {have}，无法组成检查组；请增加人员或调整时间。",
    "list_mismatch": "名单与公开的抽取结果不一致，不能会签；请核查名录库。",
    "ending_registry": "名录库登记状态为“{registry}”，不能按“{ending}”排除；请先更新名录库，或者改选“按现场认定办理”并写明理由，已填的内容都在。",
    "ending_step": "“{ending}”不适用“{step}”；请改选其他办理方式，已填的内容都在。",
    "ending_to": "请写明“{step}”的接收单位（至少 2 个字）后再提交，已填的内容都在。",
    "form_used": "编号 {number} 的文书已经用于检查，不能作废；请核对编号，或者在检查记录中查看。",
    # visit
    "visit_unknown": "本机没有这次检查的资料，请联网后下载。",
    "visit_not_opened": "还没有登记到达，请先登记到达。",
    "visit_finished": "检查已经结束，不能再改；如需更正，请另作补充记录。",
    "not_member": "您不是本次检查组成员，不能填写；请由组长处理。",
    "other_department": "这是其他部门的事项，请由该部门执法人员填写。",
    "leader_only": "这一步由组长办理。",
    "not_certified": "该人员没有执法证件，不能亮证、填写结果或作为执法人员签字；可以协助拍照。",
    "identity_not_shown": "还没有亮证，请先出示执法证件。",
    "too_few_officers": "本部门出示证件的执法人员只有 {have} 名，少于 {need} 名，暂不能开始；其他部门可继续。",
    "rights_not_told": "还没有告知权利，请先完成亮证告知。",
    "item_unknown": "本次检查没有这个事项，请核对。",
    "item_verified": "该事项已网络核实，现场不再检查；信息不一致时，请说明理由后重查。",
    "item_not_verified": "该事项没有网络核实，不需要重开。",
    "finding_required": "选“不符合”时，请选择发现的问题类别。",
    "finding_unknown": "问题类别不在本次检查的选项内，请重新选择。",
    "findings_exclude": "所选结果互相矛盾，请只保留一类。",
    "finding_decided": "“{label}”不由一人在事项里认定，这一项没有记录，已填内容仍在；请用“{way}”办理，由另一人复核。",
    "not_engaged": "“{label}”请在“不适用”下选择，不需要照片；这一项没有记录，已填内容仍在。",
    "photo_required": "“不符合”须有照片，请先拍照再记录。",
    "evidence_unknown": "没有找到这张照片，请重新选择。",
    "result_required": "请选择至少一项检查结果，或勾选拟立案。",
    "results_exclude": "“未发现问题”不能与其他结果同时选择，请只保留一类。",
    "result_contradicts": "本部门有“不符合”的事项，不能选“未发现问题”。",
    "order_missing": "选了责令改正的，请写明改正要求（限期的写明期限），没有记录，已填内容仍在；不责令的请取消该项。",
    "order_unfounded": "“未发现问题”不能同时责令改正，没有记录，已填内容仍在；请去掉其中一项。",
    "penalty_not_on_site": "处罚和强制须有决定书，现场请勾选“拟立案”并在备注说明。",
    "items_open": "还有 {count} 项没有记录，请先完成。",
    "disputed": "有 {count} 项出现不同记录，请由该部门确认一项。",
    "record_changed": "记录内容已变，请核对最新内容后重新签字。",
    "record_signed": "已有人签字，内容不能再改；如需更正，请另作补充记录。",
    "not_the_signer": "执法人员须本人解锁后签字；没有在本机启用的，按“仅手写”签字。",
    "signatures_missing": "还有执法人员没有签字：{names}。",
    "party_missing": "当事人一栏还没有结果，请选择签字、拒绝签字或不在场。",
    "refusal_reason_required": "请选择拒绝签字的原因（必填）。",
    "signature_empty": "还没有写字，请在框内签名。",
    "visit_recalled": "这次检查已撤回派发，不能继续填写；已记录的内容都在，将照常上传。",
    "order_changed": "派发已有变动，请联网更新检查资料后再继续；已记录的内容都在。",
    "recused": "该人员已申请回避，决定前不能记录或签字；其余人员符合人数的可以继续。",
    "recusal_own": "本人申请回避须由本人登记，没有记录；请本人解锁后办理。当事人提出的，请由其他执法人员选“当事人申请”登记。",
    "recusal_same_person": "当事人申请回避须由登记人、被申请人以外的一名执法人员确认，没有确认，登记的内容都在；请换人确认。",
    "recusal_unconfirmed": "当事人申请{name}回避还没有第二名执法人员确认，暂不能签字，已记录的内容都在；请换人确认，或等负责人作出决定。",
    "notice_missing": "还没有送达检查通知书，请先送达，或选择免于事先告知的依据。",
    "notice_reason": "请写明签收情况：由谁、以什么方式确认，或为何拒收。",
    "exemption_unknown": "免于事先告知的依据不在选项内，请重新选择。",
    "code_empty": "请扫描或输入执法码编号，或拍照；确实没有的，请写明原因，以后补录。",
    "ending_unknown": "这种情形不在本次检查的选项内，请重新选择。",
    "ending_incomplete": "认定“{label}”还缺：{what}。请补充后再提交，已填内容仍在。",
    "ending_same_person": "须由另一名执法人员复核，请换人确认。",
    "ending_stands": "已认定本次检查不能进行，不再填写检查内容；情况有变的，请先撤回认定再继续。",
    "ending_unconfirmed": "提前结束的情形还没有第二名执法人员复核，请先复核或撤回。",
    "return_day": "再次到场的日期应晚于 {day}，没有记录，已填内容仍在；请改选日期。",
    "return_pointless": "“{label}”再次到场也不会改变，没有记录，已填内容仍在；请直接提出认定，交另一名执法人员复核。",
    "observed_same": "填写的内容与登记的一致，没有记录，已填内容仍在；没有不一致的不用登记。",
    "ending_not_yours": "撤回须由提出人、复核人或组长办理，没有撤回，认定仍然有效；请换其中一人办理。",
    "witness_missing": "还没有见证人签字，请由见证人签字，或改用其他方式。",
    "recording_missing": "还没有录音或录像，请先补录，再记录拒绝签字。",
    "consent_unfit": "接替人员不在本部门可更换的名单内，请重新选择。",
    "pause_open": "检查正在中止，请先恢复检查再继续。",
    "not_paused": "检查没有中止，不需要恢复。",
    "media_restricted": "该处不得拍摄，请用文字说明和草图记录。",
    "recognised_item": "该事项已采用其他部门的检查结果，不再检查；情况不一致的，请说明理由后重查。",
    "recognised_day": "采用的检查结果须是 {since} 至 {until} 之间作出的，没有记录，已填内容仍在；日期不对的请更正，过期的请现场检查。",
    "recognised_shown": "采用其他部门的检查结果，须拍下该结果或文书，没有记录，已填内容仍在；请拍照后再提交。",
    "noncooperation_own": "情形认定须由组长确认，提出人不能自己确认。",
    "transcript_unsigned": "请被询问人签字，或写明未签字的原因。",
    "supplement_number": "补充记录的编号应为第 {number} 号，请刷新后再提交；已填内容仍在。",
    "supplement_early": "还没有人签字，请直接修改记录，不需要补充。",
    "form_number": "文书编号“{number}”不对，可能抄错了；请对照纸上右上角的编号重新输入，已填内容仍在。",
    "paper_pages": "请拍下签好字的纸质记录的每一页后再提交。",
    "paper_required": "本地规定以纸质记录为准，请打印签字后拍照。",
    "record_unread": "请先请当事人核对记录，或向其宣读，再由当事人签字。",
    "unsigned": "还没有人签字，请先签字，再记录盖章或交付副本。",
    # sync
    "practice": "现在是练习，内容不会上传，也不进入正式记录。",
    "signature_bad": "这条记录的校验没有通过，没有收录；本机原件仍在，请导出后联系管理员。",
    "record_damaged": "这条记录在本机已读不出来，没有上传；原样保留在本机，其余记录照常上传。",
    "evidence_damaged": "这张照片在本机已读不出来，没有上传；原样保留在本机，其余照片照常上传。",
    "packet_damaged": "有 {n} 份检查资料在本机已读不出来，记录都在；联网后自动重新下载，下载后即可继续检查。",
    "digest_mismatch": "照片内容与记录不一致，没有收录；本机原件仍在，将重新上传。",
    "blob_offset": "上传位置不一致，将从已收到的位置继续。",
    "chain_forked": "这台终端出现两条不同的记录链，已全部保留；请部门管理员停用它，待其交完记录后重新登记。",
    "kind_unknown": "这类记录当前版本还不认识，已原样保留，升级后处理。",
    "body_invalid": "这条记录的内容不完整，已原样保留，待部门核定。",
    "chain_gap": "前面的记录还没有收到，已原样保留，补齐后自动处理。",
    "author_unknown": "记录人没有在这台终端启用，已原样保留，待部门核定。",
    # door
    "code_invalid": "核验码无效或已过期，请核对编号；来人出示的证件也可拨打 12345 核实。",
    "rating_early": "检查还没有结束，结束后再评议；已填写的内容仍在本页。",
    # publication
    "review_missing": "还没有完成保密和隐私审查，请先审查再公示。",
    "visit_not_synced": "现场记录或照片还没有收齐（缺 {count} 项），收齐后再公示。",
    "own_department_only": "谁检查、谁录入、谁公开：请由该部门人员办理。",
    "publication_on_hold": "牵头部门正在办理与这次检查有关的事项，办理完毕前各部门都不公示结果；记录和照片都已保留，请与牵头部门联系。",
    "visit_not_finished": "检查还没有结束，不能公示；检查结束并同步后再办理。",
    "block_waived": "本部门事项在这次检查中未实施，没有结果可公示。",
    "review_contradicts": "审查发现涉及{what}，不能全部公示；请选择部分公示或不予公示，并选定依据。",
    "basis_missing": "请选择{what}的依据后再提交。",
    "basis_not_needed": "全部公示不需要依据和隐去的栏目，请核对审查结论。",
    "omitted_missing": "部分公示须选定不公开的栏目，且至少保留一栏，请核对。",
    "withhold_by_leader": "不予公示须由部门负责人决定，请由负责人办理审查。",
    "publish_by_another": "公示须由审查人以外的另一人办理，请由本部门负责人或其代理人办理。",
    "nothing_corrected": "内容没有变化，无需更正。",
    "private_in_text": "“{field}”里有像电话或身份证号的数字，不能公示，请删去后再提交。",
}
"""One catalogue. A sentence says what happened and what to do next; blanks are filled from ``details``."""


def refuse(code: str, **details: object) -> Refusal:
    """The refusal ``code`` with its sentence filled from ``details``.

    Raises KeyError for a code or blank that the catalogue does not know: such a call is a bug.
    """
    filled = {name: str(value) for name, value in details.items()}
    return Refusal(code=code, sentence=REFUSALS[code].format(**filled), details=filled)


BODIES: dict[str, type[Body]] = {}
"""Entry kind → the model of its body, for every kind of this file."""


def _collect(model: type[Body]) -> None:
    for child in model.__subclasses__():
        BODIES[child.KIND] = child
        _collect(child)


_collect(Body)
