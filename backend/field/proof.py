"""The server's word for an answer.

On what an answer says of pictures, backups and the tablet itself, the tablet deletes. So the server signs the answer's
bytes wherever the tablet asks for that by a nonce (Answer-Nonce). A tablet of an older version asks for nothing and
gets what it always got.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Request
from litestar.response.base import ASGIResponse

from backend.web import house_of
from sync.canon import canonical
from sync.chain import answer_digest

_NONCE = re.compile(r"[0-9a-f]{32}")


def proven(request: Request[Any, Any, Any], body: bytes) -> ASGIResponse:
    """``body`` as JSON, with Answer-Proof where the tablet asked for it."""
    nonce = request.headers.get("answer-nonce", "")
    headers = {}
    if _NONCE.fullmatch(nonce):
        signed = answer_digest(nonce, request.url.path, body)
        headers["answer-proof"] = house_of(request).vault.sign(signed)
    return ASGIResponse(body=body, media_type="application/json", headers=headers)


def answered(request: Request[Any, Any, Any], value: Any) -> ASGIResponse:
    """The same of canonical bytes."""
    return proven(request, canonical(value))
