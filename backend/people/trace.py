"""Before any answer leaves: its headers, and the trace of the act (全程留痕). An act that cannot be traced is
not confirmed to anybody: the failure reaches the log and the asker."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from litestar.enums import ScopeType
from litestar.types import Message, Scope

from backend.house import House
from backend.people.rules import PUBLIC, Actor
from backend.people.tables import trace
from backend.web import SAFE, log

_COMMON = (
    "default-src 'none'; img-src 'self' data: blob:; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
)
PAGE_POLICY = _COMMON + "script-src 'self'"
# The tablet decodes QR codes with WebAssembly, shows the camera and runs a service worker.
TABLET_POLICY = (
    _COMMON + "script-src 'self' 'wasm-unsafe-eval'; media-src 'self' blob:; worker-src 'self' blob:"
)
QUIET = frozenset({"not_found", "not_signed_in"})
"""Refusals of a mere look by nobody: they are the way to the login page, not an act."""

UNSAVED = frozenset({"server_busy", "storage_full"})
"""Refusals because nothing can be saved, traces neither: there is no act to confirm, and whoever asked reads why."""


@lru_cache(maxsize=2)
def _headers(tablet: bool) -> tuple[tuple[bytes, bytes], ...]:
    """The security headers of an answer; ``tablet``: of the tablet's app, which has a camera and a worker."""
    allowed = "(self)" if tablet else "()"
    sensors = ", ".join(f"{one}={allowed}" for one in ("camera", "geolocation", "microphone"))
    said = {
        "content-security-policy": TABLET_POLICY if tablet else PAGE_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": f"{sensors}, payment=()",
        "cross-origin-opener-policy": "same-origin",
    }
    return tuple((name.encode(), value.encode()) for name, value in said.items())


async def before_send(message: Message, scope: Scope) -> None:
    """Litestar's hook on every message; acts on the first of an answer."""
    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    path, headers = scope["path"], list(message["headers"])
    said = {name.lower() for name, _ in headers}
    tablet = path == "/tablet" or path.startswith("/tablet/")
    headers += [one for one in _headers(tablet) if one[0] not in said]
    if path.startswith("/office") and b"cache-control" not in said:
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers
    await _record(cast("dict[str, Any]", scope), int(message["status"]))


async def _record(scope: dict[str, Any], status: int) -> None:
    actor: Actor = scope.get("actor", PUBLIC)
    account = scope.get("trace_account") or actor.account
    refusal: str = scope.get("refusal", "")
    safe = scope["method"] in SAFE
    handler = scope.get("route_handler")
    if safe and (not refusal or (refusal in QUIET and not account)):
        return
    if handler is None and not account:
        return  # nobody sent something to a place that does not exist: no act, and no way to fill the disk
    # What a tablet sends is in the ledger, entry by entry, with a signed receipt.
    if scope["path"].startswith("/field/") and not refusal:
        return
    house: House = scope["litestar_app"].state.house
    verb = str(handler.opt.get("verb", "")) if handler else ""
    outcome = refusal or ("done" if status < 400 else str(status))
    where = f"{scope['method']} {scope['path']}"
    try:
        await trace(house, account, verb, where, outcome)
    except Exception:
        log.exception("not traced: %s by %s: %s", where, account or "nobody", outcome)
        if refusal not in UNSAVED:
            raise
