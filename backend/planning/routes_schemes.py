"""The pages of schemes (抽查方案): form, state, approvals on paper, voiding."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.house import House, Refused
from backend.ledger import Draft
from backend.people.rules import Actor
from backend.planning import desk, rules, tables
from backend.planning.desk import need_scheme
from backend.planning.facts import LineFacts, SchemeFacts, estimate
from backend.planning.forms import SchemeForm, Typed, one, read_offline, read_scheme
from backend.profiles import keys
from backend.web import actor_of, allow, house_of, page, see
from sync.words import Refusal, refuse

HEX = set("0123456789abcdef")


@get("/office/planning/schemes/new", opt={"verb": "scheme.write"})
async def new_scheme(request: Request[Any, Any, Any]) -> Template:
    """An empty form, on a plan line where the address names one."""
    house, line = house_of(request), await tables.plan_line(request.query_params.get("line", ""))
    profile = house.profile_on(desk.today_of(house))
    modes = profile.need(keys.JOINT_MODES)
    typed: dict[str, list[str]] = {
        "minimum_officers": [str(profile.need(keys.MIN_OFFICERS))],
        "method": [profile.need(keys.METHOD_DEFAULT)],
        "scope": ["undirected"],
        "mode": [modes[0].code],
    }
    if line:
        typed |= desk.typed_from_line(line)
    return await _form(request, house.new_id(), typed, None)


@get("/office/planning/schemes/{scheme:str}/edit", opt={"verb": "scheme.write"})
async def edit_scheme(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template | Redirect:
    """A draft, or a scheme that was given back."""
    kept = await tables.draft(scheme, "scheme")
    if kept:
        allow(request, "scheme.write", kept["organisation"])
        return await _form(request, scheme, kept["typed"], None)
    facts = await need_scheme(scheme)
    allow(request, "scheme.write", facts.organisation)
    if facts.status != "returned":
        return see(f"/office/planning/schemes/{scheme}")
    return await _form(request, scheme, desk.scheme_typed(facts), None)


async def _form(
    request: Request[Any, Any, Any], scheme: str, typed: Typed, refusal: Refusal | None
) -> Template:
    house, actor = house_of(request), actor_of(request)
    today = desk.today_of(house)
    profile = house.profile_on(today)
    published = [line for y in (today.year, today.year + 1) for line in await tables.published_plan(y)]
    lines = [line for line in published if line.organisation == actor.organisation]
    choices = await desk.form_choices(profile, actor.organisation)
    form = read_scheme(typed, choices["section_titles"])
    expected = None
    if isinstance(form, SchemeForm) and form.items:
        expected = estimate(await tables.pool(form.range), form.ratios, len(form.items))
    return page(
        request,
        "planning_scheme_form.html",
        refusal=refusal,
        id=scheme,
        typed=typed,
        lines=lines,
        line_options=[(line.id, f"{line.year} · {line.title}") for line in lines],
        own=actor.organisation,
        expected=expected,
        percent=desk.percent_text,
        before=await tables.scheme(scheme),
        **choices,
    )


@post("/office/planning/schemes/{scheme:str}", opt={"verb": "scheme.write"})
async def take_scheme(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template | Redirect:
    """Save a draft, or hand the scheme in. A refused form comes back with everything that was typed."""
    house, typed = house_of(request), await desk.typed_of(request)
    organisation = actor_of(request).organisation
    actor = allow(request, "scheme.write", organisation)
    try:
        kept = await tables.draft(scheme, "scheme")
        if len(scheme) != 32 or not set(scheme) <= HEX:
            raise Refused(refuse("not_found"))
        if kept:
            allow(request, "scheme.write", kept["organisation"])
        if one(typed, "act") != "submit":
            await _save(house, actor, scheme, typed)
            return see(f"/office/planning/schemes/{scheme}/edit")
        await _submit(house, actor, scheme, typed)
    except Refused as error:
        return await _form(request, scheme, typed, error.refusal)
    return see(f"/office/planning/schemes/{scheme}")


async def _submit(house: House, actor: Actor, scheme: str, typed: Typed) -> None:
    profile = house.profile_on(desk.today_of(house))
    form = read_scheme(typed, desk.section_titles(profile))
    if isinstance(form, Refusal):
        raise Refused(form)
    async with ledger.turn(house) as turn:
        before = await tables.scheme(scheme)
        if before and before.organisation != actor.organisation:
            raise Refused(refuse("not_allowed"))
        line = await tables.plan_line(form.plan_line)
        context = rules.SchemeContext(
            line=line,
            before=before,
            items=await tables.items(i for chosen in form.items.values() for i in chosen),
            pool=await tables.pool(form.range),
            profile=profile,
            number=rules.next_number(line.year, await tables.used_numbers(line.year)) if line else "",
            departments=tuple(key for key, _ in await desk.departments()),
        )
        answer = rules.submit_scheme(form, actor.organisation, context, house.new_id())
        drafted = answer if isinstance(answer, Refusal) else Draft(scheme, answer)
        await turn.append(drafted, actor.account, house.clock())
        await tables.drop_draft(scheme)


async def _save(house: House, actor: Actor, scheme: str, typed: Typed) -> None:
    line: LineFacts | None = await tables.plan_line(one(typed, "plan_line"))
    await tables.save_draft(
        {
            "id": scheme,
            "kind": "scheme",
            "organisation": actor.organisation,
            "year": line.year if line else desk.today_of(house).year,
            "title": one(typed, "name")[:120],
            "by": actor.account,
            "changed_at": house.clock(),
        },
        typed,
    )


@get("/office/planning/schemes/{scheme:str}", opt={"verb": "plan.read"})
async def show_scheme(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template:
    """A scheme with its steps, its approvals, and what it means on today's registry."""
    return await _show(request, await need_scheme(scheme), None, {})


async def _show(
    request: Request[Any, Any, Any], scheme: SchemeFacts, refusal: Refusal | None, typed: Typed
) -> Template:
    house = house_of(request)
    profile = house.profile_on(desk.today_of(house))
    people = [a.decided_by for a in scheme.approvals] + [a.leader or "" for a in scheme.approvals]
    people_names = await desk.names_of(people)
    modes = {mode.code: mode.label for mode in profile.need(keys.JOINT_MODES)}
    return page(
        request,
        "planning_scheme.html",
        refusal=refusal,
        scheme=scheme,
        line=await tables.plan_line(scheme.plan_line),
        names=await desk.office_names(),
        items=await tables.items(scheme.items),
        steps=desk.scheme_steps(scheme),
        said=[(a, desk.said_by(a, people_names)) for a in scheme.approvals],
        expected=(await desk.estimates([scheme]))[scheme.id],
        mode=modes.get(scheme.mode, scheme.mode),
        scope=profile.labels(keys.DRAW_SCOPES).get(scheme.scope, scheme.scope),
        method={m.code: m.label for m in profile.methods()}.get(scheme.method, scheme.method),
        exclusions=[profile.labels(keys.EXCLUSION_REASONS).get(c, c) for c in scheme.exclusions],
        risk_names=profile.labels(keys.RISK_CLASSES),
        range_words=desk.range_words(scheme.range),
        basis=desk.basis(profile),
        percent=desk.percent_text,
        tones=desk.TONES,
        typed=typed,
        own=actor_of(request).organisation,
    )


@post("/office/planning/schemes/{scheme:str}/offline", opt={"verb": "scheme.write"})
async def scheme_offline(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template | Redirect:
    """Record that the own department's leader approved outside the system (线下已批)."""
    house, typed = house_of(request), await desk.typed_of(request)
    organisation = actor_of(request).organisation
    actor = allow(request, "scheme.write", organisation)
    try:
        offline = read_offline(typed, await desk.store_paper(request, house))
        if isinstance(offline, Refusal):
            raise Refused(offline)
        refusal = rules.offline_fits(offline, desk.today_of(house).isoformat())
        if refusal:
            raise Refused(refusal)
        async with ledger.turn(house) as turn:
            answer = rules.approve_scheme(
                await need_scheme(scheme), organisation, None, offline, house.new_id()
            )
            drafted = answer if isinstance(answer, Refusal) else Draft(scheme, answer)
            await turn.append(drafted, actor.account, house.clock())
    except Refused as error:
        return await _show(request, await need_scheme(scheme), error.refusal, typed)
    return see(f"/office/planning/schemes/{scheme}")


@post("/office/planning/schemes/{scheme:str}/void", opt={"verb": "scheme.write"})
async def void_scheme(request: Request[Any, Any, Any], scheme: FromPath[str]) -> Template | Redirect:
    """Give the scheme up, with a reason."""
    house, typed = house_of(request), await desk.typed_of(request)
    actor = allow(request, "scheme.write", (await need_scheme(scheme)).organisation)
    try:
        async with ledger.turn(house) as turn:
            answer = rules.void_scheme(await need_scheme(scheme), one(typed, "reason"), house.new_id())
            drafted = answer if isinstance(answer, Refusal) else Draft(scheme, answer)
            await turn.append(drafted, actor.account, house.clock())
    except Refused as error:
        return await _show(request, await need_scheme(scheme), error.refusal, typed)
    return see(f"/office/planning/schemes/{scheme}")


SCHEME_ROUTES: list[ControllerRouterHandler] = [
    new_scheme,
    edit_scheme,
    take_scheme,
    show_scheme,
    scheme_offline,
    void_scheme,
]
