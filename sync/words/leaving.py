"""Leaving (离场): the record read and signed on paper, supplements, seals, copies."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Digest, Home, Id, Line, Name
from sync.words.door import Pictures, Reason
from sync.words.visit import Strokes


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
    form (``number``; empty: a print). ``signers`` are officers' accounts; ``party`` as on the tablet, with the reason
    unless it signed."""

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
