"""The floor under `sync_bench`: a server that takes the same bytes, makes as many fsyncs, answers, and does nothing
else. Run by granian like the real one."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["SUIJIAN_FLOOR"])
_numbers = itertools.count()


def synced(path: Path, content: bytes, how: int) -> None:
    """Write it there, and wait until it is on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Wait until the folder's names are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def whole_body(receive: Any) -> bytes:
    """All that is sent with a request."""
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def answered(scope: dict[str, Any], send: Any) -> None:
    """An answer as long as the request says that the real one was."""
    length = int(dict(scope["headers"]).get(b"x-answer", b"2"))
    head = [(b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"x" * length})


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Whatever is posted goes to a log and is synced once, as one commit is; what is put gets a file of its own, which
    is synced with its folder and one line of the log, as a photo is."""
    if scope["type"] != "http":
        return
    body = await whole_body(receive)
    if scope["method"] == "PUT":
        place = FOLDER / "blobs" / f"{next(_numbers)}"
        synced(place, body, os.O_EXCL)
        sync_folder(place.parent)
        body = b"stored\n"
    if body:
        synced(FOLDER / "log", body, os.O_APPEND)
    await answered(scope, send)
