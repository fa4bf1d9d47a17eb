"""What every page and every answer shares: who asks, may they, what a refusal looks like, how a page is drawn."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from backend import db
from backend.db_errors import has_no_room, is_full
from backend.house import CHINA, House, Refused
from backend.people import tables as people
from backend.people.rules import PUBLIC, Actor, may, require
from backend.people.rules_rates import bounds_of
from backend.people.tokens import speaker
from sync.words import Refusal, Verb, refuse

SESSION_COOKIE = "suijian_session"
CSRF_COOKIE = "suijian_csrf"
SAFE = ("GET", "HEAD", "OPTIONS")
MEGABYTES = 12
"""The largest request that is read (spreadsheets, photographs)."""
STATUS = {
    "not_signed_in": 401,
    "not_allowed": 403,
    "form_expired": 403,
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

UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
"""What no ledger and no database can hold."""

log = logging.getLogger("suijian")


class Link(NamedTuple):
    """A place in the navigation; ``part`` is the heading under which it stands."""

    part: str
    verb: Verb
    path: str
    title: str


NAVIGATION: tuple[Link, ...] = (
    Link("", "home.read", "/office/", "今天"),
    Link("业务流程", "registry.read", "/office/registry", "一单两库"),
    Link("业务流程", "plan.read", "/office/planning", "计划与方案"),
    Link("业务流程", "draw.read", "/office/draw", "抽取"),
    Link("业务流程", "dispatch.read", "/office/dispatch", "派发"),
    Link("业务流程", "visit.read", "/office/field", "现场"),
    Link("业务流程", "noncooperation.decide", "/office/field/decisions", "待确认"),
    Link("业务流程", "publication.read", "/office/publication", "公示"),
    Link("监督", "rating.read", "/office/ratings", "检查评议"),
    Link("管理", "people.read", "/office/people", "机构与人员"),
    Link("管理", "device.invite", "/office/people/tablets", "检查终端"),
    Link("管理", "audit.read", "/office/audit", "操作留痕"),
    Link("管理", "jobs.manage", "/office/jobs", "后台任务"),
)
"""The road that an inspection travels. Shown is what the actor may read and what has a page."""

PORTAL: tuple[tuple[str, str], ...] = (
    ("/", "查结果"),
    ("/items", "抽查事项清单"),
    ("/plans", "计划与方案"),
    ("/draws", "抽取与验证"),
    ("/d", "检查真伪核验"),
)
"""The public columns; only those that have a page are shown."""


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House:
    """The house that this application serves."""
    return cast("House", connection.app.state.house)


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """Who asks; the public where nobody is signed in."""
    return cast("Actor", connection.scope.get("actor", PUBLIC))


def remember(connection: ASGIConnection[Any, Any, Any, Any], name: str, value: Any) -> None:
    """Keep a value for the rest of this request."""
    cast("dict[str, Any]", connection.scope)[name] = value


class SessionMiddleware(ASGIMiddleware):
    """Put the actor of the session's cookie (or of a tablet's bearer token) into the scope."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]:
            raise NotFoundException
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = bearer or request.cookies.get(SESSION_COOKIE, "")
        if token:
            house = house_of(request)
            now = house.clock()
            with db.short_statements():
                found = await speaker(house, token, now, now.astimezone(CHINA).date())
            if found and bool(found[0]["device"]) == bool(bearer):
                session, actor = found
                await people.session_seen(session, now)
                remember(request, "actor", actor or PUBLIC)
        counted = bounded(request, receive)
        if not scope["path"].startswith("/field/"):
            await next_app(scope, counted, send)
            return
        with db.short_statements():
            await next_app(scope, counted, send)


def bounded(request: Request[Any, Any, Any], receive: Receive) -> Receive:
    """What is sent, refused as soon as it is more than this asker may send there: a form is read as a whole, while
    everybody else waits."""
    actor, form = actor_of(request), request.content_type[0] == RequestEncodingType.URL_ENCODED
    bounds = bounds_of(request.scope["path"], form, actor.signed_in)
    if bounds is None:
        return receive
    size = fields = 0

    async def counted() -> HTTPReceiveMessage:
        nonlocal size, fields
        message = cast("HTTPReceiveMessage", await receive())
        if message["type"] == "http.request":
            part = message.get("body", b"")
            size += len(part)
            fields += part.count(b"&") if form else 0
        if size > bounds.bytes or fields >= bounds.fields:
            # Who was signed out meanwhile is sent to sign in, not to make a file smaller.
            large = refuse("too_large", limit=f"{bounds.bytes / 1e6:g}")
            many = refuse("bad_request", what="表单项目过多")
            verb = request.scope["route_handler"].opt["verb"]
            raise Refused(require(actor, verb) or (large if size > bounds.bytes else many))
        return message

    return counted


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
    """An HTML page. Templates get: actor, navigation, portal_navigation, path, region, demo, demo_clock,
    may(verb, organisation=None), refusal (shown on top of the page) and ``values``."""
    house = house_of(request)
    actor = actor_of(request)
    if refusal:
        remember(request, "refusal", refusal.code)
    return Template(
        template_name=name,
        status_code=STATUS.get(refusal.code, 422) if refusal else status,
        context={
            "actor": actor,
            "navigation": _navigation(request, actor),
            "portal_navigation": [
                {"path": path, "title": title} for path, title in PORTAL if path in request.app.state.paths
            ],
            "path": request.url.path,
            "region": request.app.state.region,
            "demo": house.settings.demo,
            "demo_clock": moment_text(house.clock()) if house.settings.clock_offset else "",
            "may": lambda verb, organisation=None: may(actor, verb, organisation),
            "refusal": refusal,
            **values,
        },
    )


def _navigation(request: Request[Any, Any, Any], actor: Actor) -> list[dict[str, Any]]:
    """The links that the actor may follow, under their headings, with the work that waits behind each."""
    waiting: Mapping[str, int] = cast("dict[str, Any]", request.scope).get("waiting", {})
    here = request.url.path
    links = [
        {"path": link.path, "title": link.title, "part": link.part, "waiting": waiting.get(link.path, 0)}
        for link in NAVIGATION
        if may(actor, link.verb) and link.path.rstrip("/") in request.app.state.paths
    ]
    inside = [
        str(link["path"]) for link in links if here == link["path"] or here.startswith(f"{link['path']}/")
    ]
    current = "/office/" if here.rstrip("/") == "/office" else max(inside, key=len, default="")
    parts: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        parts.setdefault(str(link["part"]), []).append({**link, "current": link["path"] == current})
    return [{"title": title, "links": part} for title, part in parts.items()]


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
    remember(request, "refusal", refusal.code)
    if wants_json(request):
        return Response(refusal.model_dump(mode="json"), status_code=status, media_type="application/json")
    if refusal.code == "not_signed_in" and request.method == "GET":
        return see(f"/office/login?next={quote(request.url.path)}")
    return cast("Response[Any]", page(request, "refusal.html", refusal=refusal))


def not_found(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """A path or a thing that is not there."""
    request.scope["path"] = written(request.scope["path"])  # the trace must be able to name it
    return refused(request, Refused(refuse("not_found")))


def form_expired(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """A form came without the token of this browser (CSRF)."""
    return refused(request, Refused(refuse("form_expired")))


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework refused by itself, in words of the catalogue."""
    if error.status_code == 413:
        return refused(request, Refused(refuse("too_large", limit=MEGABYTES)))
    if error.status_code in (404, 405):
        return not_found(request, error)
    if error.status_code >= 500:
        return failed(request, error)
    return refused(request, Refused(refuse("bad_request", what="请求")))


def failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Something broke: it is in the log with its trace, and the person reads that nothing was saved."""
    log.error("%s %s", request.method, request.url.path, exc_info=error)
    if isinstance(error, RecursionError):  # JSON that is nested without end, whoever reads it
        return refused(request, Refused(refuse("bad_request", what="内容")))
    full = is_full(error) or has_no_room(error, house_of(request).settings.data)
    return refused(request, Refused(refuse("storage_full" if full else "server_busy")))


def written(text: str) -> str:
    """As the ledger and both databases can hold it: NFC, without NUL and lone surrogates."""
    return unicodedata.normalize("NFC", UNWRITABLE.sub("", text))


def form_values(data: Mapping[str, Any]) -> dict[str, str]:
    """A form's text fields as they can be written, trimmed, without the CSRF field."""
    return {k: written(v).strip() for k, v in data.items() if isinstance(v, str) and k != "_csrf_token"}


def csrf_of(request: Request[Any, Any, Any]) -> str:
    """The token that a form must send back; after a refused one, the browser's own."""
    token = ScopeState.from_scope(request.scope).csrf_token
    return token if isinstance(token, str) else request.cookies.get(CSRF_COOKIE, "")


def moment_text(moment: datetime | None) -> str:
    """2026-11-20 14:05 in China; empty for None."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if moment else ""


def day_text(moment: datetime | None) -> str:
    """2026-11-20 in China; empty for None."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d") if moment else ""


def equip(engine: JinjaTemplateEngine) -> None:
    """Filters and functions of all templates (see forms.html)."""
    environment = engine.engine
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals["csrf_of"] = csrf_of
    environment.filters["moment"] = moment_text
    environment.filters["day"] = day_text
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["short"] = lambda name: str(name).replace("（虚构）", "")


STAGES = ("people", "registry", "planning", "draw", "dispatch", "field", "door", "publication")
TEMPLATES: list[Path | PathLike[Any] | str] = [
    Path(__file__).parent / "pages",
    *(Path(__file__).parent / stage / "pages" for stage in STAGES),
]
"""Shared templates first, then each stage's; a stage's files carry its name: ``draw_list.html``."""
