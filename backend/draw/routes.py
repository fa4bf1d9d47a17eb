"""The pages of the draw: list, announcement, one page per number, the hall, the oversight's list."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend.draw import desk, rules, tables
from backend.draw.rules import STATES, Ceremony, Named
from backend.draw.rules_pool import REASONS
from backend.draw.rules_steps import STEPS, reached, standing
from backend.house import House, Refused, china_day
from backend.people.rules import Actor, may
from backend.people.tables import account_names
from backend.planning import tables as planned
from backend.planning.desk import need_scheme, percent_text
from backend.web import actor_of, allow, form_values, house_of, page, see
from sync.draw import check_code
from sync.words import Ratio, Refusal, refuse

TONES = {"announced": "act", "held": "act", "assigned": "good", "aborted": "bad"}


async def need_draw(draw: str) -> dict[str, Any]:
    """The row of a draw, or Refused."""
    row = await tables.draw_row(draw)
    if row is None:
        raise Refused(refuse("not_found"))
    return row


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The text fields of the form that was sent."""
    return form_values(dict(await request.form()))


def china_time(instant: str) -> datetime | None:
    """An instant of the protocol as a moment, None for ""."""
    return datetime.fromisoformat(instant) if instant else None


@get("/office/draw", opt={"verb": "draw.read"})
async def overview(request: Request[Any, Any, Any]) -> Template | Redirect:
    """Schemes that can be drawn, and every draw number with its state and next step."""
    asked = request.query_params.get("scheme", "")
    if asked:
        used = [one for one in await tables.draws() if one["scheme"] == asked and one["state"] != "aborted"]
        return see(f"/office/draw/{used[0]['id']}" if used else f"/office/draw/new/{asked}")
    house, actor = house_of(request), actor_of(request)
    found = await tables.draws()
    busy = {one["scheme"] for one in found if one["state"] != "aborted"}
    ready = [one for one in await planned.schemes(statuses=("ready_to_draw",)) if one.id not in busy]
    return page(
        request,
        "draw_list.html",
        draws=[
            {**one, "next": await _next(house, actor, one["id"]), "tone": TONES[one["state"]]}
            for one in found
        ],
        ready=[(one, may(actor, "draw.announce", one.organisation)) for one in ready],
        moment=china_time,
    )


NEXT = {
    "countersign": "待会签",
    "enter": "待录入开奖号码",
    "hold": "待抽取检查对象",
    "assign": "待抽取执法人员",
    "open": "待核验名单",
    "dispatch": "可派发",
    "done": "",
}


async def _next(house: House, actor: Actor, draw: str) -> tuple[str, bool]:
    """The next step in words, and whether it is this actor's."""
    row = await need_draw(draw)
    scheme = await need_scheme(row["scheme"])
    found = standing(
        await tables.ceremony(row),
        scheme.organisation,
        bool(row["opened_at"]),
        actor,
        china_day(house.clock()),
    )
    own = found.step not in ("wait", "done")
    return found.waiting or NEXT[found.step], own


async def waiting(house: House, actor: Actor) -> int:
    """How many draws, and schemes to be drawn, wait for this actor."""
    found = await tables.draw_rows()
    steps = [await _next(house, actor, row["id"]) for row in found if row["state"] != "aborted"]
    busy = {row["scheme"] for row in found if row["state"] != "aborted"}
    ready = await planned.schemes(statuses=("ready_to_draw",))
    own = sum(1 for one in ready if one.id not in busy and may(actor, "draw.announce", one.organisation))
    return own + sum(1 for text, mine in steps if mine and text != NEXT["dispatch"])


# --- announcing ---------------------------------------------------------------------------------------------


@get("/office/draw/new/{scheme:str}", opt={"verb": "draw.announce"})
async def new(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template:
    """The announcement's form: the named lottery and its fallback day."""
    day, fallback = desk.proposed_days(house_of(request))
    return await _form(request, scheme, {"day": day, "fallback": fallback}, None)


async def _form(
    request: Request[Any, Any, Any], scheme_id: str, typed: Mapping[str, str], refusal: Refusal | None
) -> Template:
    scheme = await need_scheme(scheme_id)
    allow(request, "draw.announce", scheme.organisation)
    subject = await desk.to_draw(scheme)
    earlier = await tables.earlier(scheme_id)
    return page(
        request,
        "draw_form.html",
        refusal=refusal,
        scheme=scheme,
        departments=list(subject.departments.values()),
        number=rules.next_number(subject, earlier),
        earlier=earlier,
        game=desk.GAME,
        typed=typed,
    )


@post("/office/draw/new/{scheme:str}", opt={"verb": "draw.announce"})
async def announce(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template | Redirect:
    """锁定名录库、公告."""
    typed = await form_of(request)
    actor = allow(request, "draw.announce", (await need_scheme(scheme)).organisation)
    named = Named(game=desk.GAME, day=typed.get("day", ""), fallback=typed.get("fallback", ""))
    try:
        draw = await desk.announce(
            house_of(request), actor, scheme, named, cap=_cap(typed), reason=typed.get("reason", "")
        )
    except Refused as error:
        return await _form(request, scheme, typed, error.refusal)
    return see(f"/office/draw/{draw}")


def _cap(typed: Mapping[str, str]) -> int | None:
    text = typed.get("cap", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise Refused(refuse("bad_request", what="每人最多检查户数"))
    return int(text)


# --- one draw -----------------------------------------------------------------------------------------------


@get("/office/draw/{draw:str}", opt={"verb": "draw.read"})
async def show(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template:
    """One number: what is frozen, who has signed, the numbers, what came out, and the next step."""
    return await _show(request, draw, {}, None)


async def _show(
    request: Request[Any, Any, Any], draw: str, typed: Mapping[str, str], refusal: Refusal | None
) -> Template:
    row = await need_draw(draw)
    ceremony = await tables.ceremony(row)
    scheme = await need_scheme(row["scheme"])
    house, actor = house_of(request), actor_of(request)
    opened = bool(row["opened_at"])
    now = standing(ceremony, scheme.organisation, opened, actor, china_day(house.clock()))
    done = reached(ceremony, opened)
    return page(
        request,
        "draw_show.html",
        refusal=refusal,
        row=row,
        scheme=scheme,
        steps=[
            (title, "past" if i < done else "now" if i == done and row["state"] != "aborted" else "next")
            for i, title in enumerate(STEPS)
        ],
        standing=now,
        tone=TONES[row["state"]],
        label=STATES[row["state"]],
        lead=may(actor, "draw.announce", scheme.organisation),
        typed=typed,
        needs_cap=refusal is not None and refusal.code == "team_not_possible",
        **await _values(row, ceremony),
    )


async def _values(row: Mapping[str, Any], ceremony: Ceremony) -> dict[str, Any]:
    """What page and hall show of a draw: neutral names and numbers only."""
    plan, named = ceremony.plan, ceremony.named
    signed = {one["name"]: one for one in await tables.signatures(row["id"])}
    entries = await tables.inputs(row["id"])
    names = await account_names([one["by"] for one in entries] + [one["by"] for one in signed.values()])
    inputs = ceremony.inputs()
    first = next((one for one in reversed(entries)), None) if inputs.first and not inputs.agreed else None
    return {
        "plan": plan,
        "check_code": check_code(bytes.fromhex(row["plan_hash"])),
        "parties": [(party, signed.get(party["name"])) for party in plan["parties"]],
        "named": named["draws"][0],
        "fallback": named["fallback"][0],
        "inputs": inputs,
        "first": {**first, "name": names[first["by"]]} if first else None,
        "names": names,
        "n": plan["snapshot"]["n"],
        "eligible": sum(one["n"] for one in plan["strata"]),
        "k": sum(one["k"] for one in plan["strata"]),
        "excluded": [(REASONS[one["code"]], one["count"]) for one in plan["exclusions"]],
        "places": tables.places_of(row),
        "moment": china_time,
        "freeze": china_time(plan["deadlines"]["freeze"]),
        "public": f"/draws/{row['number']}",
        "percent": lambda one: percent_text(Ratio(num=one["num"], den=one["den"])),
    }


async def _step(request: Request[Any, Any, Any], draw: str, act: Any, typed: Mapping[str, str]) -> Any:
    """Do one step and look at the page again; a refused one comes back with what was typed."""
    try:
        await act
    except Refused as error:
        return await _show(request, draw, typed, error.refusal)
    return see(f"/office/draw/{draw}")


async def _for_lead(request: Request[Any, Any, Any], draw: str) -> Actor:
    scheme = await need_scheme((await need_draw(draw))["scheme"])
    return allow(request, "draw.hold", scheme.organisation)


@post("/office/draw/{draw:str}/countersign", opt={"verb": "draw.countersign"})
async def countersign(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template | Redirect:
    """会签: one tap on what stands on the page."""
    typed = await form_of(request)
    act = desk.countersign(house_of(request), actor_of(request), draw, typed.get("plan_hash", ""))
    answer: Template | Redirect = await _step(request, draw, act, {})
    return answer


@post("/office/draw/{draw:str}/numbers", opt={"verb": "draw.enter_input"})
async def numbers(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template | Redirect:
    """One person types the published numbers."""
    typed = await form_of(request)
    given = {desk.GAME: typed.get("numbers", "")}
    act = desk.enter_input(
        house_of(request), actor_of(request), draw, given, typed.get("which") == "fallback"
    )
    answer: Template | Redirect = await _step(request, draw, act, typed)
    return answer


@post("/office/draw/{draw:str}/hold", opt={"verb": "draw.hold"})
async def hold(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template | Redirect:
    """抽取检查对象."""
    actor = await _for_lead(request, draw)
    answer: Template | Redirect = await _step(request, draw, desk.hold(house_of(request), actor, draw), {})
    return answer


@post("/office/draw/{draw:str}/assign", opt={"verb": "draw.hold"})
async def assign(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template | Redirect:
    """抽取执法人员, 组成检查组."""
    typed, actor = await form_of(request), await _for_lead(request, draw)
    act = desk.assign(house_of(request), actor, draw, _cap(typed))
    answer: Template | Redirect = await _step(request, draw, act, typed)
    return answer


@post("/office/draw/{draw:str}/abort", opt={"verb": "draw.hold"})
async def abort(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template | Redirect:
    """作废: the number stays public with its reason."""
    typed, actor = await form_of(request), await _for_lead(request, draw)
    act = desk.abort(house_of(request), actor, draw, typed.get("reason", ""))
    answer: Template | Redirect = await _step(request, draw, act, typed)
    return answer


@get("/office/draw/{draw:str}/hall", opt={"verb": "draw.read"})
async def hall(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template:
    """随机抽取现场: read from the back row; serial numbers, never names."""
    row = await need_draw(draw)
    ceremony = await tables.ceremony(row)
    house, actor = house_of(request), actor_of(request)
    scheme = await need_scheme(row["scheme"])
    now = standing(ceremony, scheme.organisation, bool(row["opened_at"]), actor, china_day(house.clock()))
    return page(
        request,
        "draw_hall.html",
        row=row,
        scheme=scheme,
        done=reached(ceremony, bool(row["opened_at"])),
        standing=now,
        origin=house.settings.origin,
        **await _values(row, ceremony),
    )


# --- the oversight body -------------------------------------------------------------------------------------


@get("/office/draw/{draw:str}/open", opt={"verb": "draw.open"})
async def open_page(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template:
    """监督核验: everything recomputed, and the names behind the drawn rows."""
    return await _opened(request, draw, None)


async def _opened(request: Request[Any, Any, Any], draw: str, refusal: Refusal | None) -> Template:
    row = await need_draw(draw)
    ceremony = await tables.ceremony(row)
    if ceremony.state not in ("held", "assigned"):
        raise Refused(rules.may_open(ceremony, False) or refuse("not_found"))
    opening, listed = await desk.opening(house_of(request), row)
    return page(
        request,
        "draw_open.html",
        refusal=refusal,
        row=row,
        opening=opening,
        listed=listed,
        **await _values(row, ceremony),
    )


@post("/office/draw/{draw:str}/open", opt={"verb": "draw.open"})
async def open_list(request: Request[Any, Any, Any], draw: FromPath[str]) -> Template | Redirect:
    """The oversight body countersigns the digest of the list."""
    typed = await form_of(request)
    try:
        await desk.open_draw(house_of(request), actor_of(request), draw, typed.get("names", ""))
    except Refused as error:
        return await _opened(request, draw, error.refusal)
    return see(f"/office/draw/{draw}")


@get("/office/draw/{draw:str}/names.csv", opt={"verb": "draw.open"})
async def names_file(request: Request[Any, Any, Any], draw: FromPath[str]) -> Response[bytes]:
    """The named list as a file, with each row's salt, so that its digest can be computed elsewhere."""
    row = await need_draw(draw)
    salts = await desk.salts(house_of(request), row)
    rows = await tables.frozen_rows(draw, tables.places_of(row))
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(["序号", "层", "代码", "名称", "盐值"])
    for one in rows:
        # A leading apostrophe keeps a spreadsheet from running a name as a formula.
        name = str(one.attributes["name"])
        safe = f"'{name}" if name[:1] in "=+-@\t\r" else name
        sheet.writerow([one.place, one.stratum, one.identifier, safe, salts[one.place]])
    return Response(
        content=text.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="draw-{row["number"]}-names.csv"'},
    )


ROUTES: list[ControllerRouterHandler] = [
    overview,
    new,
    announce,
    show,
    countersign,
    numbers,
    hold,
    assign,
    abort,
    hall,
    open_page,
    open_list,
    names_file,
]
