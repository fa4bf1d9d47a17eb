"""The dispatch pages: teams and days of a scheme, the order itself, each visit with its notice and route."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.dispatch import desk, desk_changes, routes_changes, routes_push, rules, rules_packet, tables
from backend.documents.notice import notice_sheet
from backend.documents.press import file_headers, printed
from backend.documents.self_check import self_check_sheet
from backend.house import CHINA, Refused
from backend.people.rules import may
from backend.planning import tables as planning
from backend.planning.facts import SchemeFacts
from backend.planning.forms import Typed, clean, one
from backend.profiles import keys
from backend.web import actor_of, allow, house_of, page, see
from sync.words import Packet, Refusal, refuse

SHOWN = ("drawn", "dispatched")
STATUSES = {"ordered": "待检查", "recalled": "已撤回", "returned": "已撤回，待重新派发"}


async def need_scheme(scheme: str) -> SchemeFacts:
    """The scheme, or Refused."""
    found = await planning.scheme(scheme)
    if found is None:
        raise Refused(refuse("not_found"))
    return found


@get("/office/dispatch", opt={"verb": "dispatch.read"})
async def overview(request: Request[Any, Any, Any]) -> Template:
    """Schemes with teams: what waits to be dispatched, what was."""
    schemes = await planning.schemes(statuses=SHOWN)
    return page(
        request,
        "dispatch_list.html",
        schemes=schemes,
        names=await tables.organisation_names(),
        waiting={scheme.id: len(await tables.waiting_teams(scheme.id)) for scheme in schemes},
        done=await tables.visit_count([scheme.id for scheme in schemes]),
        decisions=await desk_changes.to_decide(actor_of(request)),
    )


@get("/office/dispatch/{scheme:str}", opt={"verb": "dispatch.read"})
async def show(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template:
    """A scheme's teams with proposed days, and the visits that were ordered."""
    return await _show(request, await need_scheme(scheme), None, {})


async def _show(
    request: Request[Any, Any, Any], scheme: SchemeFacts, refusal: Refusal | None, typed: Typed
) -> Template:
    house = house_of(request)
    teams = await tables.waiting_teams(scheme.id)
    visits = await tables.visits(scheme.id)
    proposed = desk.proposed_days(house, scheme, teams)
    today = desk.today_of(house)
    first, last = rules.window(scheme, today)
    return page(
        request,
        "dispatch_scheme.html",
        again=await tables.elsewhere([team.target for team in teams], scheme.id, today.year),
        refusal=refusal,
        scheme=scheme,
        teams=teams,
        days={team.id: one(typed, f"day.{team.id}") or proposed.get(team.id, "") for team in teams},
        first=first.isoformat(),
        last=last.isoformat(),
        visits=visits,
        routes=sorted({visit["planned_on"] for visit in visits if visit["status"] == "ordered"}),
        names=await tables.organisation_names(),
        statuses=STATUSES,
    )


@post("/office/dispatch/{scheme:str}", opt={"verb": "dispatch.write"})
async def dispatch(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template | Redirect:
    """Order a visit for every waiting team on its day: all of them or none."""
    house = house_of(request)
    typed = clean((k, v) for k, v in (await request.form()).multi_items() if isinstance(v, str))
    actor = allow(request, "dispatch.write", (await need_scheme(scheme)).organisation)
    try:
        async with ledger.turn(house) as turn:
            facts = await need_scheme(scheme)
            teams = await tables.waiting_teams(scheme)
            days = {team.id: one(typed, f"day.{team.id}") for team in teams}
            used = len(await tables.visits(scheme))
            answer = rules.orders(facts, teams, days, desk.today_of(house), used)
            if isinstance(answer, Refusal):
                raise Refused(answer)
            await desk.order_all(house, turn, facts, answer, actor)
    except Refused as error:
        return await _show(request, await need_scheme(scheme), error.refusal, typed)
    return see(f"/office/dispatch/{scheme}")


@get("/office/dispatch/{scheme:str}/preview/{team:str}", opt={"verb": "dispatch.write"})
async def preview(request: Request[Any, Any, Any], scheme: FromPath[str], team: FromPath[str]) -> Template:
    """What a team would take along: the packet in words, before anything is sent."""
    house, facts = house_of(request), await need_scheme(scheme)
    allow(request, "dispatch.write", facts.organisation)
    teams = await tables.waiting_teams(scheme)
    chosen = next((one for one in teams if one.id == team), None)
    if chosen is None:
        raise Refused(refuse("not_found"))
    day = desk.proposed_days(house, facts, teams).get(team, facts.ends_on)
    packet = await desk.preview(house, facts, chosen, day)
    return page(
        request,
        "dispatch_packet.html",
        packet=packet,
        scheme=facts,
        visit=None,
        told={},
        names=_names(packet),
    )


# --- one visit ----------------------------------------------------------------------------------------------


async def _packet(request: Request[Any, Any, Any], visit: str) -> tuple[dict[str, Any], Packet]:
    """The visit and its packet for whoever may see them: all of dispatch, or a department of the team."""
    row = await tables.visit(visit)
    if row is None:
        raise Refused(refuse("not_found"))
    packet = await tables.packet(house_of(request), row["packet_digest"])
    if packet is None:
        raise Refused(refuse("not_found"))
    actor = actor_of(request)
    involved = {block.organisation for block in packet.blocks}
    if not may(actor, "dispatch.read") and actor.organisation not in involved:
        raise Refused(refuse("not_allowed"))
    return row, packet


def _names(packet: Packet) -> dict[str, str]:
    return {block.organisation: block.organisation_name for block in packet.blocks}


@get("/office/dispatch/visits/{visit:str}", opt={"verb": "visit.read"})
async def show_visit(request: Request[Any, Any, Any], visit: FromPath[str]) -> Template:
    """A visit: whom, when, who goes, what is checked, who has seen the order."""
    row, packet = await _packet(request, visit)
    mine = f"{visit}:{actor_of(request).account}"
    await tables.Notification.update({tables.Notification.seen_at: house_of(request).clock()}).where(
        (tables.Notification.id == mine) & tables.Notification.seen_at.is_null()
    )
    return page(
        request,
        "dispatch_packet.html",
        packet=packet,
        scheme=await need_scheme(row["scheme"]),
        visit=row,
        told=await tables.notifications(visit),
        names=_names(packet),
    )


@get("/office/dispatch/visits/{visit:str}/notice", opt={"verb": "visit.read"})
async def notice(request: Request[Any, Any, Any], visit: FromPath[str]) -> Template:
    """行政检查通知书 (S1 annex 2), to be printed; its labels stand as in the source."""
    row, packet = await _packet(request, visit)
    profile = house_of(request).profile_on(desk.today_of(house_of(request)))
    subjects = [
        (rules_packet.subject(item.title), block.organisation_name)
        for block in packet.blocks
        for item in block.items
    ]
    return page(
        request,
        "dispatch_notice.html",
        packet=packet,
        visit=row,
        title=profile.need(keys.NOTICE_TEMPLATE).title,
        year=packet.scheme_number.partition("-")[0],
        serial=packet.number.partition("-")[2],
        day=row["planned_on"].split("-"),
        subjects=subjects,
        printed=house_of(request).clock().astimezone(CHINA).strftime("%Y-%m-%d").split("-"),
    )


@get("/office/dispatch/visits/{visit:str}/notice.pdf", opt={"verb": "visit.read"})
async def notice_pdf(request: Request[Any, Any, Any], visit: FromPath[str]) -> Response[bytes]:
    """The notice as PDF, in the form that the place's profile names."""
    row, packet = await _packet(request, visit)
    profile = house_of(request).profile_on(desk.today_of(house_of(request)))
    form, values = notice_sheet(packet, profile.need(keys.NOTICE_TEMPLATE).title, row["planned_on"])
    content = await printed(form, values)
    headers = file_headers(f"{packet.number} {values['printed']['form']}")
    return Response(content, media_type="application/pdf", headers=headers)


@get("/office/dispatch/visits/{visit:str}/self-check.pdf", opt={"verb": "visit.read"})
async def self_check_pdf(request: Request[Any, Any, Any], visit: FromPath[str]) -> Response[bytes]:
    """The sheet on which the owner checks himself before the visit (自查表), handed over with the notice."""
    row, packet = await _packet(request, visit)
    texts = await tables.item_texts(item.text for block in packet.blocks for item in block.items)
    form, values = self_check_sheet(packet, texts, row["planned_on"])
    content = await printed(form, values)
    headers = file_headers(f"{packet.number} {values['printed']['form']}")
    return Response(content, media_type="application/pdf", headers=headers)


@get("/office/dispatch/{scheme:str}/route/{day:str}", opt={"verb": "dispatch.read"})
async def route(request: Request[Any, Any, Any], scheme: FromPath[str], day: FromPath[str]) -> Template:
    """路线单: the day's visits, one sheet for each leader."""
    house, facts = house_of(request), await need_scheme(scheme)
    sheets: dict[str, list[Packet]] = {}
    for row in await tables.visits(scheme):
        goes = row["planned_on"] == day and row["status"] == "ordered"
        packet = await tables.packet(house, row["packet_digest"]) if goes else None
        if packet:
            leader = next(member.name for member in packet.team if member.role == "leader")
            sheets.setdefault(leader, []).append(packet)
    if not sheets:
        raise Refused(refuse("not_found"))
    ordered = {
        name: sorted(found, key=lambda p: (p.target.address, p.number)) for name, found in sheets.items()
    }
    return page(request, "dispatch_route.html", scheme=facts, day=day, sheets=ordered)


ROUTES: list[ControllerRouterHandler] = [
    overview,
    show,
    dispatch,
    preview,
    show_visit,
    notice,
    notice_pdf,
    self_check_pdf,
    route,
    *routes_changes.ROUTES,
    *routes_push.ROUTES,
]
