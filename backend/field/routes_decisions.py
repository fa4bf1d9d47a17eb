"""待确认: what was recorded on site on the strength of somebody's word, for the responsible leader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.dispatch.tables import Visit
from backend.field import office, office_ending, rules_decisions
from backend.field.entries import folded
from backend.field.office_site import suspicions
from backend.field.tables_decisions import open_ones
from backend.house import House, Refused
from backend.ledger import Draft
from backend.people.rules import Actor, may, reach
from backend.people.tables import account_names
from backend.web import actor_of, allow, form_values, house_of, page, see
from sync.words import ConsentRecorded, CrimeSuspected, NoncooperationProposed, Refusal, Verb, refuse

Asked = Request[Any, Any, Any]
VERBS: dict[str, Verb] = {
    "consent": "replacement.decide",
    "noncooperation": "noncooperation.decide",
    "ending": "ending.decide",
}
PATH = "/office/field/decisions"


async def waiting_for(house: House, actor: Actor) -> list[dict[str, Any]]:
    """What this actor may decide, with what was said in words."""
    if not any(reach(actor, verb) for verb in VERBS.values()):
        return []
    found: list[dict[str, Any]] = []
    for visit in dict.fromkeys(row["visit"] for row in await open_ones()):
        row = await Visit.select().where(Visit.id == visit).first()
        if row is None:
            continue
        mine = [
            one
            for one in rules_decisions.asked(await folded(house, visit))
            if may(actor, VERBS[one.what], one.organisation)
        ]
        if mine:
            packet = await office.packet_of(house, row)
            site = packet.site if packet else None
            labels = {one.code: one.label for one in site.noncooperation} if site else {}
            gone = await office_ending.beside(row, await folded(house, visit))
            found += [
                {"visit": row, "asked": one, "circumstances": _words(one, labels), "gone": gone}
                for one in mine
            ]
    names = await account_names([one["asked"].by for one in found] + [_out(one["asked"]) for one in found])
    return [
        {**one, "by": names.get(one["asked"].by, ""), "out": names.get(_out(one["asked"]), "")}
        for one in found
    ]


async def told_to(house: House, actor: Actor) -> list[dict[str, Any]]:
    """Suspected crimes that were told to the department that leads the check, for its responsible leader: they wait
    until the transfer is recorded, and so does every publication of that visit (domain E.15)."""
    if not reach(actor, "noncooperation.decide"):
        return []
    found: list[dict[str, Any]] = []
    for visit in dict.fromkeys(
        one["visit"] for one in await open_ones() if one["kind"] == CrimeSuspected.KIND
    ):
        row = await Visit.select().where(Visit.id == visit).first()
        if row and may(actor, "noncooperation.decide", row["lead_organisation"]):
            told = await suspicions(house, actor, row, await folded(house, visit))
            found += [{"visit": row, **one} for one in told]
    return found


async def waiting(house: House, actor: Actor) -> int:
    """How many decisions wait for this actor, and suspected crimes that he was told of."""
    return len(await waiting_for(house, actor)) + len(await told_to(house, actor))


def _words(asked: rules_decisions.Asked, labels: Mapping[str, str]) -> str:
    if not isinstance(asked.body, NoncooperationProposed):
        return ""
    return "；".join(labels.get(code, code) for code in asked.body.circumstances)


def _out(asked: rules_decisions.Asked) -> str:
    return asked.body.out if isinstance(asked.body, ConsentRecorded) else ""


@get(PATH, opt={"verb": "visit.read"})
async def decisions(request: Asked) -> Template:
    """What waits for the reader's word."""
    return await _page(request, None, {})


async def _page(request: Asked, refusal: Refusal | None, typed: dict[str, str]) -> Template:
    house, actor = house_of(request), actor_of(request)
    return page(
        request,
        "field_decisions.html",
        refusal=refusal,
        rows=await waiting_for(house, actor),
        told=await told_to(house, actor),
        typed=typed,
        china=office.china_text,
    )


@post(f"{PATH}/{{visit:str}}/{{entry:str}}", opt={"verb": "visit.read"})
async def decide(
    request: Asked,
    visit: FromPath[str],
    entry: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Template | Redirect:
    """Confirm or refuse."""
    house, typed = house_of(request), form_values(data)
    try:
        async with ledger.turn(house) as turn:
            state = await folded(house, visit)
            found = next((one for one in rules_decisions.asked(state) if one.entry == entry), None)
            if found is None:
                raise Refused(refuse("already_decided"))
            actor = allow(request, VERBS[found.what], found.organisation)
            agreed, reason = typed.get("decision") == "agree", typed.get("reason", "")[:300].strip()
            leader = actor.deputy_for[0] if actor.deputy_for else actor.account
            body = (
                await office_ending.decide(visit, state, entry, typed, leader, house.new_id())
                if found.what == "ending"
                else rules_decisions.decide(state, entry, agreed, reason, leader, house.new_id())
            )
            draft = body if isinstance(body, Refusal) else Draft(visit, body)
            await turn.append(draft, actor.account, house.clock())
    except Refused as error:
        return await _page(request, error.refusal, {**typed, "entry": entry})
    return see(PATH)


ROUTES: list[ControllerRouterHandler] = [decisions, decide]
