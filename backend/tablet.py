"""The built tablet app under /tablet/ and the public verifier: files of ``pwa/dist``, with the headers that an
offline app needs."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import File, Redirect

from backend.house import Refused
from sync.words import refuse

DIST = Path(__file__).parents[1] / "pwa" / "dist"
FRESH = "no-cache"
FOREVER = "public, max-age=31536000, immutable"
TEXTS = frozenset({".js", ".css", ".html", ".svg", ".webmanifest", ".wasm", ".json"})
"""What gets smaller by compressing."""
TYPES = {".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".js": "text/javascript"}


def caching(name: str) -> str:
    """Files under assets/ carry their digest in the name; all others are asked for again every time."""
    return FOREVER if name.startswith("assets/") else FRESH


def dist_file(name: str) -> Path | None:
    """The built file of that name; None where there is none or it lies outside."""
    path = (DIST / name).resolve()
    return path if path.is_relative_to(DIST.resolve()) and path.is_file() else None


@lru_cache(maxsize=256)
def compressed(path: Path, changed: int) -> bytes:
    """The file's bytes in gzip, made once for each version of it (``changed``: its mtime in nanoseconds)."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def _answer(request: Request[Any, Any, Any], name: str) -> File | Response[bytes]:
    path = dist_file(name)
    if path is None or name.startswith("."):
        raise Refused(refuse("not_found"))
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"cache-control": caching(name)}
    if name == "sw.js":
        headers["service-worker-allowed"] = "/tablet/"
    if path.suffix in TEXTS and "gzip" in request.headers.get("accept-encoding", ""):
        content = compressed(path, path.stat().st_mtime_ns)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(b"", status_code=304, media_type=kind, headers=headers)
        return Response(content, media_type=kind, headers=headers)
    return File(
        path=path, filename=path.name, media_type=kind, content_disposition_type="inline", headers=headers
    )


@get(["/tablet", "/tablet/{name:path}"], opt={"verb": "portal.read"})
async def tablet_file(
    request: Request[Any, Any, Any], name: FromPath[str] = ""
) -> File | Response[bytes] | Redirect:
    """A file of the app; any other address inside the app is its first page, which finds its own way."""
    if request.scope["raw_path"] == b"/tablet":
        return Redirect("/tablet/")  # the scope of the service worker ends with a slash
    name = name.strip("/")
    return _answer(request, name if PurePosixPath(name).suffix else "index.html")


@get("/portal/verify.js", opt={"verb": "portal.read"})
async def verifier(request: Request[Any, Any, Any]) -> File | Response[bytes]:
    """The program with which a visitor's own browser recomputes a draw."""
    return _answer(request, "portal/verify.js")


ROUTES = [tablet_file, verifier]
