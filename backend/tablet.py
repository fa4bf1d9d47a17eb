"""The built tablet app under /tablet/ and the public verifier: files of ``pwa/dist``, with the headers that an
offline app needs."""

from __future__ import annotations

import mimetypes
from pathlib import Path, PurePosixPath
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import File, Redirect

from backend.house import Refused
from sync.words import refuse

DIST = Path(__file__).parents[1] / "pwa" / "dist"
FRESH = "no-cache"
FOREVER = "public, max-age=31536000, immutable"
TYPES = {".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".js": "text/javascript"}


def caching(name: str) -> str:
    """Files under assets/ carry their digest in the name; all others are asked for again every time."""
    return FOREVER if name.startswith("assets/") else FRESH


def dist_file(name: str) -> Path | None:
    """The built file of that name; None where there is none or it lies outside."""
    path = (DIST / name).resolve()
    return path if path.is_relative_to(DIST.resolve()) and path.is_file() else None


def _answer(name: str) -> File:
    path = dist_file(name)
    if path is None or name.startswith("."):
        raise Refused(refuse("not_found"))
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"cache-control": caching(name)}
    if name == "sw.js":
        headers["service-worker-allowed"] = "/tablet/"
    return File(
        path=path, filename=path.name, media_type=kind, content_disposition_type="inline", headers=headers
    )


@get(["/tablet", "/tablet/{name:path}"], opt={"verb": "portal.read"})
async def tablet_file(request: Request[Any, Any, Any], name: FromPath[str] = "") -> File | Redirect:
    """A file of the app; any other address inside the app is its first page, which finds its own way."""
    if request.scope["raw_path"] == b"/tablet":
        return Redirect("/tablet/")  # the scope of the service worker ends with a slash
    name = name.strip("/")
    return _answer(name if PurePosixPath(name).suffix else "index.html")


@get("/portal/verify.js", opt={"verb": "portal.read"})
async def verifier(request: Request[Any, Any, Any]) -> File:
    """The program with which a visitor's own browser recomputes a draw."""
    return _answer("portal/verify.js")


ROUTES = [tablet_file, verifier]
