"""Keys of the installation: the data key that seals private fields at rest, and the server's signing key.

Both lie in ``DATA/keys`` (mode 0600), apart from the database, so that a copied database alone opens nothing.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from sync.chain import thumbprint

_VERSION = b"\x01"
SEALING = len(_VERSION) + 12 + 16
"""Bytes that sealing adds: version, nonce, tag."""


class SealBroken(Exception):
    """Sealed bytes did not open: another key, another place, or changed bytes."""


@dataclass(frozen=True)
class Vault:
    """Seals and signs. ``device`` is the thumbprint of the server's key, its id in the ledger."""

    data_key: bytes
    signing_key: ec.EllipticCurvePrivateKey
    public_key: str
    device: str

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.data_key)

    def seal(self, plain: bytes, place: str) -> bytes:
        """AES-256-GCM with a random nonce; ``place`` (table and column) is bound in, so that a sealed value
        cannot be moved elsewhere."""
        nonce = os.urandom(12)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The plain bytes; raises SealBroken."""
        if sealed[:1] != _VERSION:
            raise SealBroken(place)
        try:
            return self._cipher.decrypt(sealed[1:13], sealed[13:], place.encode())
        except InvalidTag as error:
            raise SealBroken(place) from error

    def tag(self, purpose: str) -> bytes:
        """32 secret bytes that are always the same for ``purpose`` and say nothing about any other."""
        return hmac.digest(self.data_key, b"tag/1\0" + purpose.encode(), "sha256")

    def sign(self, entry: str) -> str:
        """The server's signature over an entry's id, raw r‖s in hex."""
        r, s = decode_dss_signature(self.signing_key.sign(bytes.fromhex(entry), ec.ECDSA(SHA256())))
        return (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()


def open_vault(folder: Path) -> Vault:
    """The keys in ``folder``; made on the first start."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    data_key = _kept(folder / "data.key", lambda: os.urandom(32))
    pem = _kept(folder / "server.pem", _new_signing_key)
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("server.pem")
    public = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return Vault(data_key, key, public.hex(), thumbprint(public.hex()))


def _new_signing_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    content = make()
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return content
