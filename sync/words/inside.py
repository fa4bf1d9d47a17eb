"""Inside (现场): acts, statements, recordings, non-cooperation, what experts and colleagues found."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Day, Digest, Home, Id, Instant, Line, Name, Text, Word
from sync.words.door import ItemsOf, Phone, Pictures, Reason
from sync.words.visit import EvidenceTaken, ItemOf, Place, Strokes


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
    """What an expert or a professional body found (专家意见、检测结论, S4-二(五)c). They assist; they decide
    nothing."""

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
