"""Before and at the door (入场): notice, codes, endings without a check, recusal, consent.

With ``inside`` and ``leaving``: said by a member of the team, on a tablet or at the desk under the member's own name.
A later word never changes the bytes of a record that was signed without it: these stand in the record only where they
were said.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Day, Digest, Home, Id, Instant, Line, Name, Word
from sync.words.visit import ItemOf, Place, Strokes, TeamMember

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
    """A second officer heard that the party asks for it (当事人申请回避, domain D.12): another one than who noted it,
    and not the one whom it concerns. ``application`` is the entry recusal.declared. What an officer says of himself
    needs nobody else."""

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
