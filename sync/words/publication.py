"""Publication (公示)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Digest, Id, Line, Name, Word

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
