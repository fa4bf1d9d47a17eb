"""Changes after the order at the desk: who is replaced, who withdraws, another day, taken back; and who decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend.dispatch import desk, desk_changes, desk_pool, rules, tables
from backend.dispatch.desk_pool import Loaded
from backend.house import Refused, china_day
from backend.people.rules import Actor, may
from backend.people.tables import account_names
from backend.planning import desk as planning_desk
from backend.planning import rules as planning_rules
from backend.planning.forms import Typed, one, read_offline
from backend.web import actor_of, allow, house_of, moment_text, page, see
from sync.words import OfflineApproval, Refusal, Verb, refuse

Asked = Request[Any, Any, Any]

CHANGES: dict[str, tuple[Verb, str]] = {
    "replace": ("replacement.request", "更换执法人员"),
    "reassign": ("dispatch.write", "改派检查组"),
    "recusal": ("replacement.decide", "回避决定"),
    "postpone": ("dispatch.write", "调整检查日期"),
    "recall": ("dispatch.write", "撤回派发"),
}
"""Change → who may begin it, and its name. All but the first and the third belong to the lead department."""
HISTORY = {
    "visit.ordered": "派发",
    "visit.postponed": "调整检查日期",
    "visit.recalled": "撤回派发",
    "replacement.requested": "申请更换执法人员",
    "replacement.approved": "同意更换",
    "replacement.rejected": "不同意更换",
    "recusal.decided": "回避决定",
}


async def need_visit(request: Asked, visit: str) -> Loaded:
    """The visit for whoever may see it: all of dispatch, or a department of the team. Raises Refused."""
    loaded, actor = await desk_changes.load(house_of(request), visit), actor_of(request)
    involved = {block.organisation for block in loaded.packet.blocks}
    if not may(actor, "dispatch.read") and actor.organisation not in involved:
        raise Refused(refuse("not_found"))
    return loaded


def _owner(loaded: Loaded, what: str, actor: Actor) -> str:
    return actor.organisation if what in ("replace", "recusal") else loaded.facts.lead


@get("/office/dispatch/visits/{visit:str}/changes", opt={"verb": "visit.read"})
async def changes(request: Asked, visit: FromPath[str]) -> Template:
    """A visit's people with what was asked, decided and changed since it was ordered."""
    return await _changes(request, visit, None, {})


async def _changes(request: Asked, visit: str, refusal: Refusal | None, typed: Typed) -> Template:
    house, actor, loaded = house_of(request), actor_of(request), await need_visit(request, visit)
    requests = await tables.replacements(visit)
    told = await desk_changes.history(house, visit)
    accounts = {one["by"] for one in told} | {one["asked_by"] for one in requests}
    accounts |= {account for one in requests for account in one["asked"].out}
    accounts |= {member.account for member in loaded.packet.team}
    recusals = await tables.recusals(house, visit)
    accounts |= {row[name] for row in recusals for name in ("applied_by", "account", "confirmed_by")}
    return page(
        request,
        "dispatch_changes.html",
        refusal=refusal,
        typed=typed,
        visit=loaded.row,
        facts=loaded.facts,
        packet=loaded.packet,
        reasons={choice.code: choice.label for choice in desk_changes.reasons(house)},
        open_requests=[row for row in requests if row["status"] == "open"],
        recusals=[row for row in recusals if row["status"] == "open"],
        history=[(HISTORY[one["kind"]], one) for one in told],
        people={key: name for key, name in (await account_names(list(accounts - {""}))).items()},
        names=await tables.organisation_names(),
        closed=loaded.facts.finished or loaded.facts.recalled,
        offers=[
            (what, title)
            for what, (verb, title) in CHANGES.items()
            if may(actor, verb, _owner(loaded, what, actor))
            and (what not in ("replace", "recusal") or loaded.facts.of(actor.organisation))
        ],
        own=actor.organisation,
        china=lambda at: moment_text(datetime.fromisoformat(at)),
    )


@get("/office/dispatch/visits/{visit:str}/change/{what:str}", opt={"verb": "visit.read"})
async def change_form(request: Asked, visit: FromPath[str], what: FromPath[str]) -> Template:
    """The form of one change."""
    return await _form(request, visit, what, None, {})


async def _form(request: Asked, visit: str, what: str, refusal: Refusal | None, typed: Typed) -> Template:
    house, loaded = house_of(request), await need_visit(request, visit)
    actor = await _may_begin(request, loaded, what)
    own = loaded.facts.of(actor.organisation)
    first, last = rules.window(loaded.scheme, desk.today_of(house))
    officers = [member for member in own if member.role != "assistant"]
    return page(
        request,
        "dispatch_change.html",
        refusal=refusal,
        typed=typed,
        what=what,
        title=CHANGES[what][1],
        visit=loaded.row,
        facts=loaded.facts,
        own=own,
        reasons=[(choice.code, choice.label) for choice in desk_changes.reasons(house)],
        candidates=await desk_pool.candidates(house, loaded, officers[0])
        if what == "replace" and officers
        else [],
        teams=await desk_pool.other_teams(loaded) if what == "reassign" else [],
        application=await _application(request, visit, typed) if what == "recusal" else None,
        first=first.isoformat(),
        last=last.isoformat(),
    )


async def _application(request: Asked, visit: str, typed: Typed) -> dict[str, Any] | None:
    wanted = one(typed, "application") or request.query_params.get("application", "")
    rows = await tables.recusals(house_of(request), visit)
    return next((row for row in rows if row["id"] == wanted and row["status"] == "open"), None)


async def _may_begin(request: Asked, loaded: Loaded, what: str) -> Actor:
    if what not in CHANGES:
        raise Refused(refuse("not_found"))
    return allow(request, CHANGES[what][0], _owner(loaded, what, actor_of(request)))


@post("/office/dispatch/visits/{visit:str}/change/{what:str}", opt={"verb": "visit.read"})
async def change(request: Asked, visit: FromPath[str], what: FromPath[str]) -> Template | Redirect:
    """Take one change, or show the form again with what was typed."""
    typed = await planning_desk.typed_of(request)
    actor = await _may_begin(request, await need_visit(request, visit), what)
    try:
        await DOES[what](request, actor, visit, typed)
    except Refused as error:
        return await _form(request, visit, what, error.refusal, typed)
    return see(f"/office/dispatch/visits/{visit}/changes")


async def _replace(request: Asked, actor: Actor, visit: str, typed: Typed) -> None:
    proposed = [one(typed, "proposed")] if one(typed, "proposed") else []
    await desk_changes.request(
        house_of(request),
        actor,
        visit,
        actor.organisation,
        [account for account in typed.get("out", []) if account],
        one(typed, "reason"),
        one(typed, "statement"),
        proposed,
    )


async def _reassign(request: Asked, actor: Actor, visit: str, typed: Typed) -> None:
    await desk_changes.reassign(
        house_of(request), actor, visit, one(typed, "team"), one(typed, "reason"), one(typed, "statement")
    )


async def _postpone(request: Asked, actor: Actor, visit: str, typed: Typed) -> None:
    await desk_changes.postpone(house_of(request), actor, visit, one(typed, "day"), one(typed, "statement"))


async def _recall(request: Asked, actor: Actor, visit: str, typed: Typed) -> None:
    if one(typed, "again") not in ("yes", "no"):
        raise Refused(refuse("bad_request", what="撤回后如何办理"))
    again = one(typed, "again") == "yes"
    await desk_changes.recall(house_of(request), actor, visit, one(typed, "statement"), again)


async def _recusal(request: Asked, actor: Actor, visit: str, typed: Typed) -> None:
    leader = await desk_changes.leader_of(actor, actor.organisation)
    await _decide_recusal(request, actor, visit, typed, leader, None)


async def _decide_recusal(
    request: Asked,
    actor: Actor,
    visit: str,
    typed: Typed,
    leader: str | None,
    offline: OfflineApproval | None,
) -> None:
    if one(typed, "upheld") not in ("yes", "no"):
        raise Refused(refuse("bad_request", what="决定"))
    await desk_changes.decide_recusal(
        house_of(request),
        actor,
        visit,
        one(typed, "application") or None,
        one(typed, "account"),
        actor.organisation,
        leader,
        offline,
        one(typed, "upheld") == "yes",
        one(typed, "statement"),
    )


DOES: dict[str, Callable[[Asked, Actor, str, Typed], Awaitable[None]]] = {
    "replace": _replace,
    "reassign": _reassign,
    "recusal": _recusal,
    "postpone": _postpone,
    "recall": _recall,
}


# --- decisions ----------------------------------------------------------------------------------------------


@get("/office/dispatch/decisions", opt={"verb": "replacement.decide"})
async def decisions(request: Asked) -> Template:
    """What waits for the responsible leader: requests and applications of the own department."""
    own = actor_of(request).organisation
    requests, recusals = await tables.open_replacements(own), await tables.open_recusals(own)
    visits = {one["visit"] for one in (*requests, *recusals)}
    accounts = [account for one in requests for account in one["asked"].out]
    accounts += [row["account"] for row in recusals if row["account"]]
    return page(
        request,
        "dispatch_decisions.html",
        requests=requests,
        recusals=recusals,
        visits={visit: await tables.visit(visit) for visit in sorted(visits)},
        reasons={choice.code: choice.label for choice in desk_changes.reasons(house_of(request))},
        people=await account_names(accounts),
    )


@post("/office/dispatch/requests/{entry:str}", opt={"verb": "replacement.decide"})
async def decide(request: Asked, entry: FromPath[str]) -> Template | Redirect:
    """The responsible leader (or the deputy) agrees or not."""
    house, typed = house_of(request), await planning_desk.typed_of(request)
    row = await desk_changes.open_request(entry)
    actor = allow(request, "replacement.decide", row["organisation"])
    try:
        leader = await desk_changes.leader_of(actor, row["organisation"])
        if one(typed, "act") == "approve":
            await desk_changes.approve(house, actor, entry, leader, None)
        else:
            await desk_changes.reject(house, actor, entry, leader, one(typed, f"reason.{entry}"))
    except Refused as error:
        return await _changes(request, row["visit"], error.refusal, typed)
    return see(f"/office/dispatch/visits/{row['visit']}/changes")


@post("/office/dispatch/requests/{entry:str}/offline", opt={"verb": "dispatch.write"})
async def decide_offline(request: Asked, entry: FromPath[str]) -> Template | Redirect:
    """Record that the department's leader agreed outside the system (线下已批)."""
    house, typed = house_of(request), await planning_desk.typed_of(request)
    row = await desk_changes.open_request(entry)
    actor = allow(request, "dispatch.write", row["organisation"])
    try:
        offline = read_offline(typed, await planning_desk.store_paper(request, house))
        if isinstance(offline, Refusal):
            raise Refused(offline)
        late = planning_rules.offline_fits(offline, china_day(house.clock()))
        if late:
            raise Refused(late)
        await desk_changes.approve(house, actor, entry, None, offline)
    except Refused as error:
        return await _changes(request, row["visit"], error.refusal, typed)
    return see(f"/office/dispatch/visits/{row['visit']}/changes")


ROUTES: list[ControllerRouterHandler] = [changes, change_form, change, decisions, decide, decide_offline]
