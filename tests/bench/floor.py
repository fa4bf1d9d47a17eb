"""The floor under `sync_bench`: a server that takes the same bytes, makes as many fsyncs, answers, and does nothing
else. Run by granian like the real one."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["SUIJIAN_FLOOR"])
_numbers = itertools.count()


def _synced(path: Path, content: bytes, how: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Whatever is posted goes to a log and is synced once, as one commit is; what is put gets a file of its own,
    both folders above it and one line of the log, as a photo does."""
    if scope["type"] != "http":
        return
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    if scope["method"] == "PUT":
        place = FOLDER / "blobs" / f"{next(_numbers)}"
        _synced(place, body, os.O_EXCL)
        _sync_folder(place.parent)
        _sync_folder(FOLDER)
        body = b"stored\n"
    if body:
        _synced(FOLDER / "log", body, os.O_APPEND)
    length = int(dict(scope["headers"]).get(b"x-answer", b"2"))
    answer = b"x" * length
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", str(length).encode())],
        }
    )
    await send({"type": "http.response.body", "body": answer})
