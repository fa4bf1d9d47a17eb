"""The words of the exchange: what a tablet remembers about sending, what it may do next, what may come of it.

Twin of the types in `exchange_words.ts`. `exchange.py` holds what is done with them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sync.words import NO_PREV, Code, Count, Digest, Id, ReceiptStatus, Word

BATCH_ENTRIES = 500
"""Entries in one push; the server refuses more."""
BATCH_BYTES = 900_000
"""Bytes of canonical {entry, body} in one push; the server refuses a request over 1 MB."""
PACKETS_AT_ONCE = 300
BASE_MS, LONGEST_MS = 1_000, 300_000
"""The first wait after a failure, doubled by each further one, and the longest."""
PULL_MS = 60_000
"""How often a tablet with signal and nothing to send asks for news."""
TRIES = 3
"""How often one item may fail by its own fault before it goes aside."""


class Cursor(Word):
    """How far the tablet has read: place in the ledger, how much of that place, the ledger's head there."""

    number: Count
    within: Count = 0
    head: Digest


START = Cursor(number=0, within=0, head=NO_PREV)

ItemStatus = Literal["waiting", "received", "held", "aside"]


class EntryState(Word):
    """One entry that this tablet recorded. ``size``: canonical bytes of {entry, body}; ``receipt``: ledger number
    of the signed receipt, 0 while there is none; ``code``: why it is held or aside; ``decided``: a person decided on it
    (暂存核定), and how is for ``fold`` to say."""

    seq: Count
    prev: Digest
    visit: Id
    size: Count
    status: ItemStatus = "waiting"
    code: Code | None = None
    receipt: Count = 0
    decided: bool = False


class BlobState(Word):
    """One photo. ``offset``: bytes that the server has, None where only the server knows; ``entries``: those that
    announce it; ``stored``: ledger number of evidence.stored, 0 until the server holds all of it."""

    size: Count
    visit: Id
    entries: tuple[Digest, ...]
    offset: Count | None = 0
    status: Literal["waiting", "complete", "aside"] = "waiting"
    code: Code | None = None
    failures: Count = 0
    stored: Count = 0


class PacketState(Word):
    """One packet that an order names."""

    status: Literal["wanted", "here", "aside"] = "wanted"
    failures: Count = 0


class State(Word):
    """Everything the exchange knows. It is kept whole, beside entries and photos, and outlives the program."""

    epoch: Id | None = None
    cursor: Cursor = START
    backed_up: Count = 0
    entries: dict[Digest, EntryState] = Field(default_factory=dict)
    blobs: dict[Digest, BlobState] = Field(default_factory=dict)
    packets: dict[Digest, PacketState] = Field(default_factory=dict)
    signed_in: bool = False
    proven: bool = False
    revoked: bool = False
    blocked: Code | None = None
    more: bool = True
    batch: Count = BATCH_ENTRIES
    attempt: Count = 0
    retry_at: Count = 0
    pull_at: Count = 0


# --- actions --------------------------------------------------------------------------------------------------


class Session(Word):
    """Open a session: POST /field/session/challenge, then /field/session."""

    kind: Literal["session"] = "session"


class Push(Word):
    """POST /field/exchange with these entries, in this order; none is a mere question for news. Those in ``sign``
    have no successor in the batch and must carry the device's signature."""

    kind: Literal["push"] = "push"
    entries: tuple[Digest, ...]
    sign: tuple[Digest, ...]


class Packets(Word):
    """POST /field/packets for these digests."""

    kind: Literal["packets"] = "packets"
    digests: tuple[Digest, ...]


class Blob(Word):
    """PUT /field/blobs/{digest} from ``offset`` on; where it is None, HEAD asks for the offset first."""

    kind: Literal["blob"] = "blob"
    digest: Digest
    offset: Count | None


class Idle(Word):
    """Nothing to do before ``until``."""

    kind: Literal["idle"] = "idle"
    until: Count


Action = Annotated[Session | Push | Packets | Blob | Idle, Field(discriminator="kind")]


# --- outcomes -------------------------------------------------------------------------------------------------


class Unreachable(Word):
    """No answer, a broken answer, or a server error: what was sent may or may not have arrived."""

    kind: Literal["unreachable"] = "unreachable"


class Unauthorised(Word):
    """401: the session is over."""

    kind: Literal["unauthorised"] = "unauthorised"


class Declined(Word):
    """The request as a whole was refused with this code of the catalogue."""

    kind: Literal["declined"] = "declined"
    code: Code


class Opened(Word):
    """A session was opened."""

    kind: Literal["opened"] = "opened"
    revoked: bool = False


class Told(Word):
    """One receipt with the ledger number of the signed entry that holds it."""

    entry: Digest
    status: ReceiptStatus
    code: Code | None
    number: Count


class Stored(Word):
    """The server holds a whole photo; ``number`` is that of evidence.stored."""

    digest: Digest
    number: Count


class Exchanged(Word):
    """What a push brought, as ``read_exchange`` reads it from the wire. The caller has checked the signatures.
    ``decided``: entries that a person decided on (暂存核定), whosever they are. ``unproven``: the answer as a whole was
    not signed by a server that signs (see ``exchange.unproven``)."""

    kind: Literal["exchanged"] = "exchanged"
    epoch: Id
    cursor: Cursor
    backed_up: Count
    receipts: tuple[Told, ...] = ()
    packets: tuple[Digest, ...] = ()
    stored: tuple[Stored, ...] = ()
    decided: tuple[Digest, ...] = ()
    more: bool = False
    reset: bool = False
    revoked: bool = False
    unproven: bool = False


class Handed(Word):
    """Entries that nobody at work could open went in sealed (POST /field/device/unsent): what the server signed of
    them. ``damaged``: those that nobody can read any more, and that the server does not have."""

    kind: Literal["handed"] = "handed"
    receipts: tuple[Told, ...] = ()
    damaged: tuple[Digest, ...] = ()


class GotPackets(Word):
    """These packets arrived and agree with their digests; what was asked and is not here was not given."""

    kind: Literal["got_packets"] = "got_packets"
    digests: tuple[Digest, ...]


class BlobAt(Word):
    """The server has ``offset`` bytes; ``stored`` is not 0 where it has verified and kept the whole photo."""

    kind: Literal["blob_at"] = "blob_at"
    offset: Count
    stored: Count = 0


Outcome = Annotated[
    Unreachable | Unauthorised | Declined | Opened | Exchanged | Handed | GotPackets | BlobAt,
    Field(discriminator="kind"),
]


class Summary(Word):
    """Counts for the chip: 已存本机 (recorded), 有回执 (receipts), 照片 (photos, complete). ``held``: what nobody
    decided on yet; ``safe``: everything that was recorded here has its receipt and every photo is whole on the server.
    """

    recorded: Count
    receipts: Count
    held: Count
    aside: Count
    photos: Count
    photos_complete: Count
    photos_aside: Count
    backed_up: Count
    safe: bool
