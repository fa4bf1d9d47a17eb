"""Sync (同步): what the server says of a tablet's entries and pictures."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sync.words.base import Body, Code, Count, Digest, Line, Word

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
