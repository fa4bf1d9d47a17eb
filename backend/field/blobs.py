"""Photographs on disk: parts while they arrive, whole and sealed once their digest agrees.

A picture that comes in one request is checked, sealed and synced at once. What breaks off goes into a part file: a
row of frames (length, sealed bytes), so that nothing lies open on the disk, and the upload goes on from the last
whole frame. A picture is moved to its place only after it was checked and synced.

What a person signed for is the digest. So a picture is taken where its bytes agree with it and its head says that it
is a picture of that type and not too large; whether it can be decoded is asked where it is shown or printed.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import logging
import os
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image

from backend.db_errors import is_full
from backend.field.rules import PIXELS, RECORDING_BYTES
from backend.house import House, Refused
from backend.vault import SEALING, SealBroken
from sync.words import refuse

log = logging.getLogger("suijian")
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
CONTAINERS: dict[str, tuple[int, bytes]] = {
    "audio/webm": (0, b"\x1a\x45\xdf\xa3"),
    "video/webm": (0, b"\x1a\x45\xdf\xa3"),
    "audio/mp4": (4, b"ftyp"),
    "video/mp4": (4, b"ftyp"),
}
"""Sound and film: where their container's mark stands (WebM: EBML; MP4: ISO/IEC 14496-12)."""
_LENGTH = struct.Struct(">II")  # plain length, sealed length
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_synced: set[Path] = set()
"""Folders whose names are known to be on the disk."""


@dataclass(frozen=True)
class Store:
    """The pictures of one house."""

    house: House

    def place(self, digest: str) -> Path:
        """Where a whole picture lies."""
        return self.house.settings.blobs / digest[:2] / digest

    def part(self, digest: str) -> Path:
        """Where a picture lies while it arrives."""
        return self.house.settings.blobs / "parts" / digest

    def has(self, digest: str) -> bool:
        """Whether a file lies in its place, whatever is in it."""
        return self.place(digest).is_file()

    def size(self, digest: str) -> int | None:
        """The size of what lies in its place, by the file's length alone; None where nothing does. Quick."""
        try:
            path = f"{self.house.settings.blobs}/{digest[:2]}/{digest}"  # as ``place``, in half of the time
            return os.stat(path).st_size - SEALING  # noqa: PTH116 - a thousand times a minute
        except FileNotFoundError:
            return None

    def whole(self, digest: str) -> int | None:
        """The size of a picture that lies in its place and is what its digest says; None where it is gone or has
        changed."""
        try:
            content = self.read(digest)
        except (OSError, SealBroken):
            return None
        return len(content) if hashlib.sha256(content).hexdigest() == digest else None

    def begun(self, digest: str) -> bool:
        """Whether a part of it has arrived before."""
        return os.path.exists(self.part(digest))  # noqa: PTH110 - a thousand times a minute

    def offset(self, digest: str) -> int:
        """Bytes that arrived so far."""
        try:
            with self.part(digest).open("rb") as file:
                return sum(plain for plain, _, _ in _frames(file))
        except FileNotFoundError:
            return 0

    def append(self, digest: str, offset: int, data: bytes) -> int:
        """Add bytes at ``offset``; the new offset. Raises Refused blob_offset with the right one, server_busy
        where the same picture arrives twice at once, storage_full."""
        with self._held(digest) as file:
            have, end = 0, 0
            for plain, sealed, at in _frames(file):
                have, end = have + plain, at + _LENGTH.size + sealed
            if have != offset:
                raise Refused(refuse("blob_offset", offset=have))
            if have + len(data) > RECORDING_BYTES:
                raise Refused(refuse("too_large", limit=RECORDING_BYTES // 1_000_000))
            if data:
                sealed_bytes = self.house.vault.seal(data, f"blob.part:{digest}:{offset}")
                file.truncate(end)  # a frame that broke off in the middle
                file.seek(end)
                file.write(_LENGTH.pack(len(data), len(sealed_bytes)) + sealed_bytes)
                file.flush()
            return have + len(data)

    @contextmanager
    def _held(self, digest: str) -> Iterator[IO[bytes]]:
        path = self.part(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unkept(error) from error
        with os.fdopen(handle, "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Refused(refuse("server_busy")) from error
            try:
                yield file
            except OSError as error:
                raise _unkept(error) from error

    def arrived(self, digest: str) -> bool:
        """Whether what arrived so far is all of it."""
        return hashlib.sha256(self._arrived(digest)).hexdigest() == digest

    def finish(self, digest: str, media_types: Collection[str]) -> int:
        """Check what arrived and keep it; its size. A picture that does not agree is not kept: Refused. Where another
        request kept it meanwhile, there is nothing left to do."""
        if not self.begun(digest) and (size := self.whole(digest)) is not None:
            return size
        return self.take(digest, media_types, self._arrived(digest))

    def _arrived(self, digest: str) -> bytes:
        try:
            with self.part(digest).open("rb") as file:
                return b"".join(self._opened(digest, file))
        except (FileNotFoundError, SealBroken):
            return b""

    def take(self, digest: str, media_types: Collection[str], content: bytes) -> int:
        """Check a picture that is here whole and keep it; its size. One that does not agree is not kept: Refused.
        ``media_types``: what was announced of it, of which one must be true."""
        named = hashlib.sha256(content).hexdigest() == digest
        agrees = named and any(claims(content, one) for one in media_types)
        if agrees:
            self.keep(digest, content)
        with suppress(FileNotFoundError):
            os.unlink(self.part(digest))  # noqa: PTH108 - a thousand times a minute
        if not agrees:
            raise Refused(refuse("digest_mismatch"))
        return len(content)

    def _opened(self, digest: str, file: IO[bytes]) -> Iterator[bytes]:
        offset = 0
        for plain, sealed, at in list(_frames(file)):
            file.seek(at + _LENGTH.size)
            yield self.house.vault.open(file.read(sealed), f"blob.part:{digest}:{offset}")
            offset += plain

    def keep(self, digest: str, content: bytes) -> None:
        """Seal, sync and move into place; after this returns, a power cut does not lose it."""
        place = self.place(digest)
        folder, fresh = place.parent, f"{place}.{self.house.new_id()}"
        sealed = self.house.vault.seal(content, f"blob:{digest}")
        try:
            try:
                file = os.open(fresh, NEW, 0o600)
            except FileNotFoundError:
                _synced.discard(folder)
                folder.mkdir(parents=True, exist_ok=True)
                file = os.open(fresh, NEW, 0o600)
            try:
                _write(file, sealed)
                _name(file, fresh, place)
            finally:
                os.close(file)
            _sync(folder)
            self._sync_parent(folder)
        except OSError as error:
            with suppress(OSError):
                Path(fresh).unlink(missing_ok=True)
            raise _unkept(error) from error

    def settle(self, digest: str) -> None:
        """See to it that a picture which lies in its place is on the disk: a process may have died in between."""
        place = self.place(digest)
        _sync(place)
        _sync(place.parent)
        self._sync_parent(place.parent)

    def _sync_parent(self, folder: Path) -> None:
        """The name of a folder is on the disk once its parent was synced: once for each folder in a process."""
        if folder not in _synced:
            _sync(folder.parent)
            _synced.add(folder)

    def add(self, content: bytes) -> str:
        """Keep a picture that came whole; its digest."""
        digest = hashlib.sha256(content).hexdigest()
        if self.whole(digest) is None:
            self.keep(digest, content)
        return digest

    def set_aside(self, digest: str) -> None:
        """Take a picture that changed out of its place, so that it can come again; its bytes are kept beside."""
        aside = self.house.settings.blobs / "damaged"
        aside.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            self.place(digest).replace(aside / digest)
            _sync(aside)
            _sync(self.place(digest).parent)

    def destroy(self, digest: str) -> None:
        """Let no byte of it be here any more (evidence.deleted)."""
        aside = self.house.settings.blobs / "damaged" / digest
        for path in (self.place(digest), self.part(digest), aside):
            path.unlink(missing_ok=True)

    def read(self, digest: str) -> bytes:
        """The whole picture. Raises FileNotFoundError and SealBroken."""
        return self.house.vault.open(self.place(digest).read_bytes(), f"blob:{digest}")


def _unkept(error: OSError) -> Refused:
    """Why a picture could not be kept. Only a full disk is called one; anything else is for whoever reads the log."""
    if is_full(error):
        return Refused(refuse("storage_full"))
    log.error("a picture could not be kept", exc_info=error)
    return Refused(refuse("server_busy"))


def _name(file: int, fresh: str, place: Path) -> None:
    """Sync a file and give it its place. Where nothing lies there it is named first: bytes and name then go to the
    disk together, and what a power cut leaves of it nobody has vouched for. What lies there may have been vouched for
    and is replaced by nothing that is not on the disk yet."""
    try:
        os.link(fresh, place)
    except OSError:  # another request was quicker, or the file system knows no second name
        os.fsync(file)
        os.rename(fresh, place)  # noqa: PTH104 - a thousand times a minute
        return
    os.unlink(fresh)  # noqa: PTH108 - a thousand times a minute
    try:
        os.fsync(file)
    except OSError:
        if os.path.samestat(os.fstat(file), place.stat()):
            place.unlink()
        raise


def _write(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _frames(file: IO[bytes]) -> Iterator[tuple[int, int, int]]:
    """(plain length, sealed length, where the frame begins) of every whole frame."""
    end = file.seek(0, os.SEEK_END)
    at = 0
    while at + _LENGTH.size <= end:
        file.seek(at)
        plain, sealed = _LENGTH.unpack(file.read(_LENGTH.size))
        if at + _LENGTH.size + sealed > end:
            return
        yield plain, sealed, at
        at += _LENGTH.size + sealed


def claims(content: bytes, media_type: str) -> bool:
    """Whether the head of these bytes says: a picture, sound or film of that type, and no picture too large to try.
    Nothing is decoded."""
    if media_type in CONTAINERS:
        at, mark = CONTAINERS[media_type]
        return content[at : at + len(mark)] == mark
    return _head(content, media_type, decode=False)


def is_picture(content: bytes, media_type: str) -> bool:
    """Whether the bytes are a picture of that type which can be decoded, and not too large to try."""
    return _head(content, media_type, decode=True)


def _head(content: bytes, media_type: str, *, decode: bool) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=[FORMATS[media_type]]) as image:
            if image.width * image.height > PIXELS:
                return False
            if decode:
                image.load()
    except (OSError, ValueError, SyntaxError, KeyError, Image.DecompressionBombError):
        return False
    return True


def media_type_of(content: bytes) -> str | None:
    """The type of a picture that somebody uploaded, or None where it is none of ours."""
    return next((name for name in FORMATS if is_picture(content, name)), None)
