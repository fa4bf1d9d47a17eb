"""A client that costs next to nothing: it writes what was put together before, and of an answer it reads the length. So
servers are compared, and not what a client does between their answers."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

from tests.harness.tablet import Sent

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
SECONDS = 120


class Wire:
    """One connection, kept open from request to request."""

    def __init__(self, origin: str) -> None:
        place = urlsplit(origin)
        self._host = place.netloc
        self._socket = socket.create_connection((place.hostname, place.port or 80), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self._socket.close()

    def ask(self, sent: Sent, body: bytes, answered: int) -> bytes:
        """What is answered to this request with that body; the floor answers as many bytes as it is told here. Raises
        AssertionError for an answer that is no success, ConnectionError for none."""
        lines = [
            f"{sent.method} {sent.path} HTTP/1.1",
            f"host: {self._host}",
            f"content-length: {len(body)}",
            f"x-answer: {answered}",
            *(f"{name}: {value}" for name, value in sent.headers.items()),
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        if body:
            self._socket.sendall(body)
        return self._answer(sent)

    def _answer(self, sent: Sent) -> bytes:
        found = self._more()
        while (end := found.find(b"\r\n\r\n")) < 0:
            found += self._more()
        head = found[:end]
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 204")):
            raise AssertionError(f"{sent.method} {sent.path}: {head!r}")
        length = _LENGTH.search(head)
        wanted = int(length[1]) if length and sent.method != "HEAD" else 0
        parts, have = [found[end + 4 :]], len(found) - end - 4
        while have < wanted:
            parts.append(self._more())
            have += len(parts[-1])
        return b"".join(parts)

    def _more(self) -> bytes:
        found = self._socket.recv(262_144)
        if not found:
            raise ConnectionError("the server hung up")
        return found
