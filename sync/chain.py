"""Entries and their chains: ids, body digests, thumbprints, signatures. Twin of `chain.ts`.

An entry's id covers its envelope; the envelope names the entry before it, so one signature covers everything
that the same device recorded before. The signature stands outside the id: ECDSA is not deterministic.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from sync.canon import JSON, H, digest
from sync.words import NO_PREV, Entry, Envelope

_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_POINT = re.compile(r"04[0-9a-f]{128}")


def entry_id(envelope: Envelope) -> str:
    """H("entry/1", canonical(the eight envelope fields)) in hex."""
    # The words allow nothing in an envelope that JSON would escape, so its canonical bytes can be written down.
    said = (
        f'{{"at":"{envelope.at}","body_digest":"{envelope.body_digest}","by":"{envelope.by}",'
        f'"device":"{envelope.device}","kind":"{envelope.kind}","prev":"{envelope.prev}",'
        f'"seq":{envelope.seq},"subject":"{envelope.subject}"}}'
    )
    return H("entry/1", said.encode()).hex()


def body_bytes_digest(plain: bytes) -> str:
    """The body's digest from its canonical bytes."""
    return H("body/1", plain).hex()


def body_digest(body: Mapping[str, JSON]) -> str:
    """H("body/1", canonical(body)) in hex."""
    return digest("body/1", body)


def thumbprint(public_key: str) -> str:
    """A device's id: SHA-256 of its public key (65-byte uncompressed P-256 point, given in hex)."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()


def answer_digest(nonce: str, path: str, body: bytes) -> str:
    """What the server signs of an answer: H("answer/1", nonce, path, body) in hex. ``nonce``: the tablet's own, so that
    no earlier answer passes for this one; ``path``: as the tablet asked it."""
    return H("answer/1", nonce.encode(), path.encode(), body).hex()


def signature_holds(public_key: str, entry: str, signature: str) -> bool:
    """Whether ``signature`` (raw r‖s, hex) is this key's ECDSA-P256-SHA256 signature over the id's 32 bytes."""
    # Nothing but lower-case hex, as in the browser: two spellings of one key would be two values of one thing.
    if _SIGNATURE.fullmatch(signature) is None or _POINT.fullmatch(public_key) is None:
        return False
    try:
        key = _key(public_key)
        raw = bytes.fromhex(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(der, bytes.fromhex(entry), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4_096)
def _key(public_key: str) -> ec.EllipticCurvePublicKey:
    # Proving that a point lies on the curve costs a good part of a verification, and few devices sign much.
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(public_key))


Fault = Literal["id", "body", "seq", "prev", "device", "signature", "unsigned"]
"""What is wrong with an entry of a chain: its id, its body's digest, its place, its device or its signature;
``unsigned`` marks entries after the last signature, which nothing covers yet."""


def chain_faults(
    public_key: str,
    entries: Sequence[Entry],
    bodies: Mapping[str, Mapping[str, JSON]],
    start: tuple[int, str] = (0, NO_PREV),
) -> dict[str, Fault]:
    """The faults of a device's entries in chain order, by entry id; empty when every one is in order.

    ``start`` is the (seq, id) that the first one continues. A body that is not in ``bodies`` is not checked
    (it may have been erased); a fault of one entry does not excuse those after it.
    """
    faults: dict[str, Fault] = {}
    device = thumbprint(public_key)
    seq, prev = start
    covered = 0
    for place, entry in enumerate(entries):
        fault = _fault(entry, device, seq, prev, bodies.get(entry.id))
        if fault is None and entry.signature and not signature_holds(public_key, entry.id, entry.signature):
            fault = "signature"
        if fault:
            faults[entry.id] = fault
        elif entry.signature:
            covered = place + 1
        seq, prev = entry.seq, entry.id
    for entry in entries[covered:]:
        faults.setdefault(entry.id, "unsigned")
    return faults


def _fault(entry: Entry, device: str, seq: int, prev: str, body: Mapping[str, JSON] | None) -> Fault | None:
    if entry.device != device:
        return "device"
    if entry_id(entry) != entry.id:
        return "id"
    if entry.seq != seq + 1:
        return "seq"
    if entry.prev != prev:
        return "prev"
    if body is not None and body_digest(body) != entry.body_digest:
        return "body"
    return None
