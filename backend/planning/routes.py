"""The planning pages: the year's plan, its lines, what waits for a leader."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.house import House, Refused
from backend.ledger import Draft
from backend.people.rules import Actor, may
from backend.planning import desk, rules, tables
from backend.planning.facts import LineFacts, SchemeFacts
from backend.planning.forms import Typed, one, read_line, read_offline
from backend.planning.routes_schemes import SCHEME_ROUTES
from backend.profiles.deadlines import plan_due
from backend.web import actor_of, allow, house_of, page, see
from sync.words import Body, Refusal, refuse


def decided(subject: str, answer: Body | Refusal) -> Draft | Refusal:
    """What a rule decided, as the ledger takes it."""
    return answer if isinstance(answer, Refusal) else Draft(subject, answer)


def year_of(request: Request[Any, Any, Any]) -> int:
    """The year in the address, or this one."""
    asked = request.query_params.get("year", "")
    known = asked.isascii() and asked.isdigit() and 2000 <= int(asked) <= 2999
    return int(asked) if known else desk.today_of(house_of(request)).year


async def need_line(line: str) -> LineFacts:
    """The line, or Refused."""
    found = await tables.plan_line(line)
    if found is None:
        raise Refused(refuse("not_found"))
    return found


@get("/office/planning", opt={"verb": "plan.read"})
async def overview(request: Request[Any, Any, Any]) -> Template:
    """A year's plan and schemes with their states, and what waits for this person."""
    return await _overview(request, None)


async def _overview(request: Request[Any, Any, Any], refusal: Refusal | None, year: int = 0) -> Template:
    house, actor, year = house_of(request), actor_of(request), year or year_of(request)
    lines, schemes = await tables.plan_lines(year), await tables.schemes(year)
    to_approve, to_sign = desk.waiting_for(actor, lines, await tables.schemes(statuses=("submitted",)))
    due = plan_due(house.profile_on(desk.today_of(house)), year)
    return page(
        request,
        "planning_list.html",
        refusal=refusal,
        year=year,
        years=range(desk.today_of(house).year + 1, 2023, -1),
        lines=lines,
        schemes=schemes,
        drafts=await tables.drafts(actor.organisation, year),
        names=await desk.office_names(),
        ready=[line for line in lines if line.status == "approved"],
        to_approve=len(to_approve) + len(to_sign),
        due=due.text if due else "",
        tones=desk.TONES,
        percent=desk.percent_text,
        own=actor.organisation,
    )


@post("/office/planning/{year:int}/publish", opt={"verb": "plan.publish"})
async def publish(request: Request[Any, Any, Any], year: FromPath[int]) -> Template | Redirect:
    """Publish the year's approved lines."""
    house = house_of(request)
    actor = allow(request, "plan.publish", None)
    try:
        async with ledger.turn(house) as turn:
            answer = rules.publish_plan(await tables.plan_lines(year), year, house.new_id())
            await turn.append(decided(house.new_id(), answer), actor.account, house.clock())
    except Refused as error:
        return await _overview(request, error.refusal, year)
    return see(f"/office/planning?year={year}")


# --- plan lines ---------------------------------------------------------------------------------------------


@get("/office/planning/lines/new", opt={"verb": "plan.write"})
async def new_line(request: Request[Any, Any, Any]) -> Template:
    """An empty form."""
    return await _line_form(request, house_of(request).new_id(), {"year": [str(year_of(request))]}, None)


@get("/office/planning/lines/{line:str}/edit", opt={"verb": "plan.write"})
async def edit_line(request: Request[Any, Any, Any], line: FromPath[str]) -> Template | Redirect:
    """A draft, or a line that was given back."""
    kept = await tables.draft(line, "plan_line")
    if kept:
        allow(request, "plan.write", kept["organisation"])
        return await _line_form(request, line, kept["typed"], None)
    facts = await need_line(line)
    allow(request, "plan.write", facts.organisation)
    if facts.status != "returned":
        return see(f"/office/planning/lines/{line}")
    return await _line_form(request, line, desk.line_typed(facts), None)


async def _line_form(
    request: Request[Any, Any, Any], line: str, typed: Typed, refusal: Refusal | None
) -> Template:
    house, actor = house_of(request), actor_of(request)
    due = plan_due(house.profile_on(desk.today_of(house)), desk.today_of(house).year)
    return page(
        request,
        "planning_line_form.html",
        refusal=refusal,
        id=line,
        typed=typed,
        departments=await desk.departments(),
        for_others=may(actor, "plan.publish"),
        due=due.text if due else "",
        before=await tables.plan_line(line),
    )


@post("/office/planning/lines/{line:str}", opt={"verb": "plan.write"})
async def take_line(request: Request[Any, Any, Any], line: FromPath[str]) -> Template | Redirect:
    """Save a draft, or hand the line in. A refused form comes back with everything that was typed."""
    house, typed = house_of(request), await desk.typed_of(request)
    organisation = one(typed, "organisation") or actor_of(request).organisation
    actor = allow(request, "plan.write", organisation)
    try:
        await _own_draft(request, line, "plan_line")
        if one(typed, "act") == "save":
            await _save(house, actor, line, organisation, typed)
            return see("/office/planning")
        form = read_line(typed)
        if isinstance(form, Refusal):
            raise Refused(form)
        if organisation not in dict(await desk.departments()):
            raise Refused(refuse("bad_request", what="牵头部门"))
        today = desk.today_of(house)
        async with ledger.turn(house) as turn:
            before = await tables.plan_line(line)
            if before and before.organisation != organisation:
                raise Refused(refuse("not_allowed"))
            answer = rules.submit_line(
                form, before, organisation, house.profile_on(today), today, house.new_id()
            )
            await turn.append(decided(line, answer), actor.account, house.clock())
            await tables.drop_draft(line)
    except Refused as error:
        return await _line_form(request, line, typed, error.refusal)
    return see(f"/office/planning/lines/{line}")


async def _own_draft(request: Request[Any, Any, Any], draft: str, kind: str) -> None:
    """Whoever writes under this id may write what already lies there."""
    if len(draft) != 32 or not set(draft) <= set("0123456789abcdef"):
        raise Refused(refuse("not_found"))
    kept = await tables.draft(draft, kind)
    if kept:
        allow(request, "plan.write", kept["organisation"])


async def _save(house: House, actor: Actor, draft: str, organisation: str, typed: Typed) -> None:
    year = one(typed, "year")
    await tables.save_draft(
        {
            "id": draft,
            "kind": "plan_line",
            "organisation": organisation,
            "year": int(year)
            if year.isascii() and year.isdigit() and len(year) == 4
            else desk.today_of(house).year,
            "title": one(typed, "title")[:120],
            "by": actor.account,
            "changed_at": house.clock(),
        },
        typed,
    )


@get("/office/planning/lines/{line:str}", opt={"verb": "plan.read"})
async def show_line(request: Request[Any, Any, Any], line: FromPath[str]) -> Template:
    """A line with its steps."""
    return await _show_line(request, await need_line(line), None, {})


async def _show_line(
    request: Request[Any, Any, Any], line: LineFacts, refusal: Refusal | None, typed: Typed
) -> Template:
    people = [a.decided_by for a in line.approvals] + [a.leader or "" for a in line.approvals]
    names = await desk.names_of(people)
    return page(
        request,
        "planning_line.html",
        refusal=refusal,
        line=line,
        names=await desk.office_names(),
        steps=desk.line_steps(line),
        said=[(a, desk.said_by(a, names)) for a in line.approvals],
        tones=desk.TONES,
        percent=desk.percent_text,
        typed=typed,
        schemes=[s for s in await tables.schemes(line.year) if s.plan_line == line.id],
    )


@post("/office/planning/lines/{line:str}/offline", opt={"verb": "plan.write"})
async def line_offline(request: Request[Any, Any, Any], line: FromPath[str]) -> Template | Redirect:
    """Record that the leader approved outside the system (线下已批)."""
    house, facts, typed = house_of(request), await need_line(line), await desk.typed_of(request)
    actor = allow(request, "plan.write", facts.organisation)
    try:
        offline = read_offline(typed, await desk.store_paper(request, house))
        if isinstance(offline, Refusal):
            raise Refused(offline)
        refusal = rules.offline_fits(offline, desk.today_of(house).isoformat())
        if refusal:
            raise Refused(refusal)
        async with ledger.turn(house) as turn:
            answer = rules.approve_line(await need_line(line), None, offline, house.new_id())
            await turn.append(decided(line, answer), actor.account, house.clock())
    except Refused as error:
        return await _show_line(request, await need_line(line), error.refusal, typed)
    return see(f"/office/planning/lines/{line}")


@get("/office/planning/papers/{digest:str}", opt={"verb": "plan.read"})
async def paper(request: Request[Any, Any, Any], digest: FromPath[str]) -> Response[bytes]:
    """The photograph of an approval on paper."""
    row = await tables.ApprovalPaper.select().where(tables.ApprovalPaper.digest == digest).first()
    if row is None:
        raise Refused(refuse("not_found"))
    content = house_of(request).vault.open(bytes(row["sealed"]), tables.PAPER_PLACE)
    return Response(content, media_type=row["media_type"], headers={"cache-control": "private, no-store"})


# --- approvals ----------------------------------------------------------------------------------------------


@get("/office/planning/approvals", opt={"verb": "plan.approve"})
async def approvals(request: Request[Any, Any, Any]) -> Template:
    """Everything that waits for the department's leader: who, why, legal basis, visits, entries spared."""
    return await _approvals(request, None, {})


async def _approvals(request: Request[Any, Any, Any], refusal: Refusal | None, typed: Typed) -> Template:
    house, actor = house_of(request), actor_of(request)
    today = desk.today_of(house)
    lines = [
        line for y in (today.year - 1, today.year, today.year + 1) for line in await tables.plan_lines(y)
    ]
    to_approve, to_sign = desk.waiting_for(actor, lines, await tables.schemes(statuses=("submitted",)))
    profile = house.profile_on(today)
    return page(
        request,
        "planning_approvals.html",
        refusal=refusal,
        typed=typed,
        lines=to_approve,
        schemes=to_sign,
        names=await desk.office_names(),
        estimates=await desk.estimates(to_sign),
        items=await tables.items(i for s in to_sign for i in s.items),
        plan={line.id: line for line in lines},
        basis=desk.basis(profile),
        range_words=desk.range_words,
        percent=desk.percent_text,
        standing_in=bool(actor.deputy_for),
        own=actor.organisation,
    )


@post("/office/planning/approvals", opt={"verb": "plan.approve"})
async def approve(request: Request[Any, Any, Any]) -> Template | Redirect:
    """Approve what was ticked, all or nothing; or give one thing back with a reason."""
    house, typed = house_of(request), await desk.typed_of(request)
    actor = allow(request, "plan.approve", actor_of(request).organisation)
    back = one(typed, "back")
    wanted = [back] if back else list(dict.fromkeys(typed.get("what", ())))
    try:
        if not wanted:
            raise Refused(refuse("bad_request", what="请先勾选要批准的事项"))
        standing = await tables.standing(actor.account, actor.organisation)
        leader = rules.authority(actor, actor.organisation, standing)
        if isinstance(leader, Refusal):
            raise Refused(leader)
        async with ledger.turn(house) as turn:
            for what in wanted:
                reason = one(typed, f"reason.{what}") if back else None
                answer = await _decide(actor, leader, what, reason, house.new_id())
                await turn.append(decided(what.partition(":")[2], answer), actor.account, house.clock())
    except Refused as error:
        return await _approvals(request, error.refusal, typed)
    return see("/office/planning/approvals")


async def _decide(actor: Actor, leader: str, what: str, reason: str | None, nonce: str) -> Body | Refusal:
    """What becomes of ``line:ID`` or ``scheme:ID``: approved, or given back where there is a reason."""
    kind, _, subject = what.partition(":")
    found: LineFacts | SchemeFacts | None
    found = await tables.scheme(subject) if kind == "scheme" else await tables.plan_line(subject)
    if found is None:
        return refuse("not_found")
    if isinstance(found, SchemeFacts):
        if reason is None:
            return rules.approve_scheme(found, actor.organisation, leader, None, nonce)
        return rules.return_scheme(found, actor.organisation, leader, reason, nonce)
    if found.organisation != actor.organisation:
        return refuse("not_allowed")
    if reason is None:
        return rules.approve_line(found, leader, None, nonce)
    return rules.return_line(found, leader, reason, nonce)


ROUTES: list[ControllerRouterHandler] = [
    overview,
    publish,
    new_line,
    edit_line,
    take_line,
    show_line,
    line_offline,
    paper,
    approvals,
    approve,
    *SCHEME_ROUTES,
]
