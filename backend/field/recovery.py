"""Recovery (恢复): what lies sealed on a tablet that nobody can open any more reaches the ledger all the same.

Every visit's data key is wrapped on the tablet for this installation's recovery key, beside the people of its team.
A file of unsent records (.sjx) carries entries and photographs as they lie there, sealed, and those wraps. Opening it
proves nothing: signatures, digests and the tablet's chain are checked as with any other upload.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import Field, StringConstraints, ValidationError

from backend.dispatch.tables import Packet
from backend.house import House, Refused
from backend.vault import Vault
from sync.canon import parse
from sync.words import Digest, Entry, Id, Word, refuse

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Points of P-256."""
FILE_BYTES = 500_000_000
Point = Annotated[str, StringConstraints(pattern=r"^04[0-9a-f]{128}$")]
Iv = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]


class Sealed(Word):
    """AES-256-GCM as the tablet wrote it: ``iv`` in hex, ciphertext with its tag in base64."""

    iv: Iv
    data: str


class SealedKey(Sealed):
    """A data key wrapped for the recovery key: the point of the key pair that was made for it."""

    point: Point


class SealedEntry(Word):
    entry: Entry
    body: Sealed


class SealedPhoto(Word):
    digest: Digest
    visit: Id
    picture: Sealed


class SjxFile(Word):
    """A file of unsent records. ``keys``: visit → its wrapped data key."""

    format: Literal["sjx/1"]
    device: Digest
    entries: Annotated[list[SealedEntry], Field(max_length=100_000)]
    keys: dict[Id, SealedKey]
    photos: Annotated[list[SealedPhoto], Field(max_length=10_000)]


@dataclass(frozen=True)
class Opened:
    """What a file holds. ``entries``: in its order, None in place of a body that did not open; ``photos``: digest →
    bytes, not yet compared. ``closed``: how many things did not open."""

    device: str
    entries: list[tuple[Entry, Mapping[str, Any] | None]]
    photos: dict[str, bytes]
    closed: int


def recovery_key(vault: Vault) -> ec.EllipticCurvePrivateKey:
    """This installation's recovery key; it follows from the vault's data key and lies nowhere else."""
    scalar = int.from_bytes(vault.tag("recovery/1"), "big") % (ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


def recovery_point(vault: Vault) -> str:
    """Its public half, as tablets get it: the uncompressed point in hex."""
    public = recovery_key(vault).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


def unwrapped(vault: Vault, wrapped: SealedKey, visit: str) -> bytes:
    """The data key of a visit. Raises ValueError where it was wrapped for another key."""
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(wrapped.point))
    agreed = recovery_key(vault).exchange(ec.ECDH(), other)
    derive = HKDF(SHA256(), 32, salt=bytes.fromhex(wrapped.point), info=b"suijian/wrap/1")
    return opened(derive.derive(agreed), wrapped, f"visit:{visit}")


def opened(key: bytes, sealed: Sealed, about: str) -> bytes:
    """Plain bytes; raises ValueError where key, bytes or ``about`` are not those of the sealing."""
    try:
        data = base64.b64decode(sealed.data, validate=True)
        return AESGCM(key).decrypt(bytes.fromhex(sealed.iv), data, about.encode())
    except (InvalidTag, binascii.Error) as error:
        raise ValueError(about) from error


async def read_file(raw: bytes) -> SjxFile:
    """The file's shape, read beside the loop: it may be long; raises Refused."""
    try:
        return await asyncio.to_thread(SjxFile.model_validate_json, raw, strict=False)
    except ValidationError as error:
        raise Refused(refuse("bad_request", what="这不是终端导出的未上传记录文件（.sjx）")) from error


async def open_file(house: House, file: SjxFile) -> Opened:
    """Everything in it that opens, under the keys that it brings or, where it brings none, those of the office."""
    keys: dict[str, bytes] = {}
    for visit in sorted({one.entry.subject for one in file.entries} | {one.visit for one in file.photos}):
        key = await _key(house, file, visit)
        if key is not None:
            keys[visit] = key
    entries: list[tuple[Entry, Mapping[str, Any] | None]] = []
    photos: dict[str, bytes] = {}
    closed = 0
    for one in file.entries:
        try:
            body: Any = parse(opened(keys[one.entry.subject], one.body, f"entry:{one.entry.id}"))
        except (KeyError, ValueError):
            body = None
        readable = isinstance(body, dict)
        closed += not readable
        entries.append((one.entry, body if readable else None))
    for photo in file.photos:
        try:
            photos[photo.digest] = opened(keys[photo.visit], photo.picture, f"photo:{photo.digest}")
        except (KeyError, ValueError):
            closed += 1
    return Opened(file.device, entries, photos, closed)


async def _key(house: House, file: SjxFile, visit: str) -> bytes | None:
    wrapped = file.keys.get(visit)
    if wrapped is not None:
        try:
            return unwrapped(house.vault, wrapped, visit)
        except ValueError:
            pass  # wrapped for an earlier installation: the office may know the key itself
    row = await Packet.select(Packet.data_key).where(Packet.visit == visit).first()
    return house.vault.open(bytes(row["data_key"]), "packet.data_key") if row else None
