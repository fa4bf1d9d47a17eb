"""What every word is made of: plain types, the entry and its body."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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
