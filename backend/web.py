"""What every page and every answer shares: who asks, may they, what a refusal looks like, how a page is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.response import Redirect, Template
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.house import House, Refused
from backend.people import tables as people
from backend.people.rules import PUBLIC, Actor, may, require
from sync.words import Refusal, Verb, refuse

SESSION_COOKIE = "suijian_session"
STATUS = {
    "not_signed_in": 401,
    "not_allowed": 403,
    "not_found": 404,
    "changed_meanwhile": 409,
    "already_decided": 409,
    "too_large": 413,
    "too_many": 429,
    "account_locked": 429,
    "server_busy": 503,
    "storage_full": 507,
}
"""HTTP status per refusal; 422 for all others."""

NAVIGATION: tuple[tuple[Verb, str, str], ...] = (
    ("home.read", "/office/", "今天"),
    ("registry.read", "/office/registry", "一单两库"),
    ("plan.read", "/office/planning", "计划与方案"),
    ("draw.read", "/office/draw", "抽取"),
    ("dispatch.read", "/office/dispatch", "派发"),
    ("visit.read", "/office/field", "现场"),
    ("publication.read", "/office/publication", "公示"),
    ("people.read", "/office/people", "机构与人员"),
    ("audit.read", "/office/audit", "操作留痕"),
)
"""The road that an inspection travels, as the desk's navigation; what an actor may not read is not shown."""


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House:
    """The house that this application serves."""
    return cast("House", connection.app.state.house)


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """Who asks; the public where nobody is signed in."""
    return cast("Actor", connection.scope.get("actor", PUBLIC))


class SessionMiddleware(ASGIMiddleware):
    """Put the actor of the session's cookie (or of a tablet's bearer token) into the scope."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = bearer or request.cookies.get(SESSION_COOKIE, "")
        if token:
            house = house_of(request)
            now = house.clock()
            session = await people.session_of(token, now)
            if session and bool(session["device"]) == bool(bearer):
                actor = await people.actor_of(session["account"], now.date(), session["device"])
                scope["actor"] = actor or PUBLIC  # type: ignore[typeddict-unknown-key]
        await next_app(scope, receive, send)


async def verb_guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse whoever may not do the route's verb anywhere. What belongs to an organisation the handler asks
    again with ``allow``."""
    refusal = require(actor_of(connection), handler.opt["verb"])
    if refusal:
        raise Refused(refusal)


def allow(request: Request[Any, Any, Any], verb: Verb, organisation: str | None) -> Actor:
    """The actor, who may do ``verb`` for that organisation; raises Refused otherwise."""
    actor = actor_of(request)
    refusal = require(actor, verb, organisation)
    if refusal:
        raise Refused(refusal)
    return actor


def page(
    request: Request[Any, Any, Any],
    name: str,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
    **values: Any,
) -> Template:
    """An HTML page. Templates get: actor, navigation, path, region, demo, may(verb, organisation=None),
    refusal (shown on top of the page) and ``values``."""
    house = house_of(request)
    actor = actor_of(request)
    return Template(
        template_name=name,
        status_code=STATUS.get(refusal.code, 422) if refusal else status,
        context={
            "actor": actor,
            "navigation": [(path, title) for verb, path, title in NAVIGATION if may(actor, verb)],
            "path": request.url.path,
            "region": request.app.state.region,
            "demo": house.settings.demo,
            "may": lambda verb, organisation=None: may(actor, verb, organisation),
            "refusal": refusal,
            **values,
        },
    )


def see(path: str) -> Redirect:
    """After a form was taken: look at ``path`` (303, so that reloading sends nothing again)."""
    return Redirect(path, status_code=303)


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether the asker is a program: the tablet's paths, or an Accept of JSON."""
    return request.url.path.startswith("/field/") or "application/json" in request.headers.get("accept", "")


def refused(request: Request[Any, Any, Any], error: Refused) -> Response[Any]:
    """A refusal as JSON for programs, as a page for people; whoever must sign in first is sent there."""
    refusal = error.refusal
    status = STATUS.get(refusal.code, 422)
    if wants_json(request):
        return Response(refusal.model_dump(mode="json"), status_code=status, media_type="application/json")
    if refusal.code == "not_signed_in" and request.method == "GET":
        return see(f"/office/login?next={quote(request.url.path)}")
    return cast("Response[Any]", page(request, "refusal.html", refusal=refusal))


def not_found(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """A path or a thing that is not there."""
    return refused(request, Refused(refuse("not_found")))


def form_values(data: Mapping[str, Any]) -> dict[str, str]:
    """A form's text fields, trimmed, without the CSRF field."""
    return {k: v.strip() for k, v in data.items() if isinstance(v, str) and k != "_csrf_token"}


STAGES = ("people", "registry", "planning", "draw", "dispatch", "field", "publication")
TEMPLATES: list[Path | PathLike[Any] | str] = [
    Path(__file__).parent / "pages",
    *(Path(__file__).parent / stage / "pages" for stage in STAGES),
]
"""Shared templates first, then each stage's; a stage's files carry its name: ``draw_list.html``."""
