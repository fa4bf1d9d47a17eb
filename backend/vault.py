"""Keys of the installation: the data key that seals private fields at rest, and the server's signing key.

Both lie in ``DATA/keys`` (mode 0600), apart from the database, so that a copied database alone opens nothing.
"""

from __future__ import annotations

import fcntl
import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


KEY_BYTES = 32


class KeyBroken(ValueError):
    """A key file is there and holds no key; the text is one sentence for the operator."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"密钥文件 {path} 是空的或不完整，不能使用：请放回另行保管的同名文件；"
            "还没有任何数据的新系统，可删除它后重新启动。"
        )


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
    """The keys in ``folder``; made on the first start. Raises KeyBroken where what lies there is no key: one made in
    its place would open nothing that was sealed before."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    data_key = _kept(folder / "data.key", lambda: os.urandom(KEY_BYTES))
    if len(data_key) != KEY_BYTES:
        raise KeyBroken(folder / "data.key")
    pem = _kept(folder / "server.pem", _new_signing_key)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyBroken(folder / "server.pem") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyBroken(folder / "server.pem")
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
    """What lies there. It comes there whole and once: of several that start at once one makes it, and one that is
    killed meanwhile leaves nothing that could be taken for a key."""
    if not path.exists():
        with _alone(path.parent):
            if not path.exists():
                _write(path, make())
    return path.read_bytes()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    for folder in (path.parent, path.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
