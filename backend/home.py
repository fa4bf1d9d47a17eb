"""今天: what waits for this person, stage by stage; each number leads to its list."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from litestar import Request, get
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.response import Template
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from backend import worker
from backend.dispatch import desk_changes as dispatch
from backend.draw import routes as draw
from backend.field import office as field
from backend.field import routes_decisions as field_decisions
from backend.field import routes_lists as field_lists
from backend.house import CHINA, House
from backend.people import routes_devices as tablets
from backend.people import tables as people
from backend.people.rules import ALL_ROLES, ROLE_NAMES, Actor, may
from backend.planning import desk as planning
from backend.publication import visits as publication
from backend.registry import routes as registry
from backend.web import NAVIGATION, actor_of, house_of, page, remember

Waiting = Callable[[House, Actor], Awaitable[int]]

WAITING: Mapping[str, tuple[str, Waiting]] = {
    "/office/registry": ("已上传、待应用的文件", registry.waiting),
    "/office/planning": ("待批准、待公布或已退回", planning.waiting),
    "/office/draw": ("待公告、会签、录入、抽取或核验", draw.waiting),
    "/office/dispatch": ("待派发的方案、待决定的更换与回避", dispatch.waiting),
    "/office/field/held": ("待核定的暂存记录", field.waiting),
    "/office/field/codes": ("即将到期或者已逾期的执法码补录", field_lists.codes_waiting),
    "/office/field/decisions": ("待确认的电话同意和情形认定", field_decisions.waiting),
    "/office/publication": ("待审查或待公示的结果", publication.waiting),
    "/office/jobs": ("多次重试仍未办成的后台任务", worker.waiting),
}
"""Path of the list → (what waits there, in a few words; how many). Each stage adds its line."""
WITHIN: Mapping[str, str] = {"/office/field/held": "/office/field", "/office/field/codes": "/office/field"}
"""Lists that have no place of their own in the navigation → the place under which they count."""

log = logging.getLogger("suijian")

tablets.KNOWN.append(field.lying_on)

WEEKDAYS = "一二三四五六日"


async def numbers(house: House, actor: Actor) -> dict[str, int]:
    """How much work waits for the actor behind each path that he may read. Of what cannot be counted there is no
    number, nor a sum: a page must open where one row of another stage is broken."""
    verbs = {link.path: link.verb for link in NAVIGATION}
    found: dict[str, int] = {}
    failed = False
    for path, (_, count) in WAITING.items():
        if not may(actor, verbs[WITHIN.get(path, path)]):
            continue
        try:
            found[path] = await count(house, actor)
        except Exception:
            log.exception("%s: what waits could not be counted", path)
            failed = True
    total = sum(found.values())
    for path, place in WITHIN.items():
        if path in found:
            found[place] = found.get(place, 0) + found[path]
    return found if failed else {**found, "/office/": total}


class WaitingMiddleware(ASGIMiddleware):
    """Count for the desk's pages, before the page is drawn."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        actor = actor_of(request)
        if actor.signed_in and scope["path"].startswith("/office"):
            remember(request, "waiting", await numbers(house_of(request), actor))
        await next_app(scope, receive, send)


def day_title(now: datetime) -> str:
    """11 月 20 日 周五"""
    today = now.astimezone(CHINA)
    return f"{today.month} 月 {today.day} 日 周{WEEKDAYS[today.weekday()]}"


@get("/office/", opt={"verb": "home.read"})
async def today(request: Request[Any, Any, Any]) -> Template:
    """The first page after the login."""
    waiting: dict[str, int] = request.scope.get("waiting", {})  # type: ignore[assignment]
    titles = {link.path: link.title for link in NAVIGATION}
    due = [
        {"path": path, "stage": titles[WITHIN.get(path, path)], "text": text, "count": waiting[path]}
        for path, (text, _) in WAITING.items()
        if waiting.get(path)
    ]
    actor = actor_of(request)
    names = await people.account_names(actor.deputy_for)
    return page(
        request,
        "home.html",
        day=day_title(house_of(request).clock()),
        due=due,
        roles=[ROLE_NAMES[role] for role in ALL_ROLES if role in actor.roles],
        standing_in=[names[leader] for leader in actor.deputy_for],
        road=[
            {"path": link.path, "title": link.title}
            for link in NAVIGATION
            if link.part and may(actor, link.verb) and link.path in request.app.state.paths
        ],
    )


ROUTES: list[ControllerRouterHandler] = [today]
