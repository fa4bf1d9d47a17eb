"""Lists over all visits at the desk: leads that were handed over, official codes that are still missing, what is held
and waits for a decision."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.dispatch.tables import Visit
from backend.documents import site
from backend.field import held, marks, office, rules_codes
from backend.field.office_site import HOW
from backend.house import CHINA, House, Refused
from backend.people.rules import Actor, may, reach
from backend.people.tables import account_names, organisations
from backend.web import actor_of, allow, form_values, house_of, page, see
from sync.words import Refusal, refuse

Asked = Request[Any, Any, Any]
CODES: dict[str, str] = {
    **office.ANSWERS,
    **office.ROLES,
    **office.PARTY,
    **office.ASSURANCE,
    **site.ACTS,
    **site.MANNERS,
    **site.MEANS,
    **site.OBSERVED,
    **site.SIGNED_BY,
    **HOW,
    "requested": "申请回避",
    "not_requested": "不申请回避",
    "agreed": "经核对，情况属实",
    "objected": "有异议",
    "confirmed": "已确认",
    "officer": "本人",
    "inspectors": "核查人",
    "missing": "暂时没有",
}
"""What the fixed codes of entries mean; a packet adds its own."""
HELD_AT_ONCE = 40
PRIVATE = ("phone", "identity", "attempts")
"""Fields that only who decides on the entry sees."""
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")


@get("/office/field/leads", opt={"verb": "visit.read"})
async def leads(request: Asked) -> Template:
    """Leads (线索) that were handed over after a check could not be carried out, with the record beside each."""
    rows = await marks.leads(house_of(request), actor_of(request))
    return page(request, "field_leads.html", rows=rows, china=office.china_text)


@get("/office/field/codes", opt={"verb": "visit.read"})
async def codes(request: Asked) -> Template:
    """Official codes (执法码) that checks went without, each with the day until which it is made good; ``state`` in
    the address filters."""
    house = house_of(request)
    rows = await marks.codes_due(house, actor_of(request), house.clock().astimezone(CHINA).date())
    state = request.query_params.get("state", "")
    chosen = state if state in rules_codes.STATES else ""
    return page(
        request,
        "field_codes.html",
        rows=[row for row in rows if not chosen or row["due"].state == chosen],
        counts={one: sum(row["due"].state == one for row in rows) for one in rules_codes.STATES},
        total=len(rows),
        states=rules_codes.STATES,
        chosen=chosen,
        names={key: one["name"] for key, one in (await organisations()).items()},
    )


async def codes_waiting(house: House, actor: Actor) -> int:
    """How many missing codes of the actor's own department are due soon or overdue."""
    if reach(actor, "visit.read") != "own":
        return 0
    rows = await marks.codes_due(house, actor, house.clock().astimezone(CHINA).date())
    return sum(row["due"].state != "open" for row in rows)


@get("/office/field/held", opt={"verb": "visit.read"})
async def held_list(request: Asked) -> Template:
    """Held entries, undecided first."""
    return await _held_page(request, None)


async def _held_page(
    request: Asked, refusal: Refusal | None, typed: dict[str, str] | None = None
) -> Template:
    house, actor, typed = house_of(request), actor_of(request), typed or {}
    rows = await office.held_for(actor, decided=True)
    rows.sort(key=lambda row: (bool(row["decision"]), row["at"]))
    pages = max(1, -(-len(rows) // HELD_AT_ONCE))
    asked = request.query_params.get("page", "")
    number = min(pages, max(1, int(asked))) if asked.isdecimal() and len(asked) < 7 else 1
    places = [at for at, row in enumerate(rows) if row["entry"] == typed.get("entry")]
    number = places[0] // HELD_AT_ONCE + 1 if places else number
    shown = rows[(number - 1) * HELD_AT_ONCE : number * HELD_AT_ONCE]
    visits = {row["visit"] for row in shown}
    words = {visit: await _words_of(house, visit) for visit in visits}
    readable = await office.readable(actor, visits)
    for row in shown:
        content = await _content_of(house, row["entry"], words[row["visit"]])
        row["mine"] = may(actor, "held.decide", row["organisation"])
        row["readable"] = bool(row["title"]) and row["visit"] in readable
        row["item"] = content.get("item", ("", ""))[0]
        row["content"] = {key: one for key, one in content.items() if row["mine"] or key not in PRIVATE}
    deciders = await account_names([row["decided_by"] for row in shown if row["decided_by"]])
    return page(
        request,
        "field_held.html",
        refusal=refusal,
        held=shown,
        number=number,
        pages=pages,
        deciders=deciders,
        china=office.china_text,
        typed=typed,
    )


@post("/office/field/held/{entry:str}", opt={"verb": "held.decide"})
async def decide(
    request: Asked,
    entry: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Template | Redirect:
    """Admit a held entry, alone or with all that its gap holds up, or set it aside (暂存核定)."""
    house, typed = house_of(request), form_values(data)
    row = await office.held_row(entry)
    if row is None:
        raise Refused(refuse("not_found"))
    actor = allow(request, "held.decide", row["organisation"])
    try:
        reason, decision = typed.get("reason", "")[:300], typed.get("decision")
        if decision == "admit_behind":
            await held.admit_behind(house, actor, entry, reason)
        else:
            await held.decide(house, actor, entry, decision == "admit", reason)
    except Refused as error:
        return await _held_page(request, error.refusal, {**typed, "entry": entry})
    return see("/office/field/held")


async def _words_of(house: House, visit: str) -> dict[str, str]:
    """What ids and codes of a visit's entries mean: items, departments, people, choices of its packet."""
    row = await Visit.select().where(Visit.id == visit).first()
    packet = await office.packet_of(house, row) if row else None
    if packet is None:
        return CODES
    options = {
        one.code: one.label for one in (*packet.findings, *packet.dispositions, *packet.refusal_reasons)
    }
    if rule := packet.site:
        ruled = (*rule.noncooperation, *rule.recusal_grounds, *rule.media_bases)
        ruled += (*rule.notice.channels, *rule.notice.exemptions)
        options |= {one.code: one.label for one in ruled} | {one.ending: one.label for one in rule.endings}
    people = {one.account: one.name for one in packet.team}
    blocks = {block.organisation: block.organisation_name for block in packet.blocks}
    items = {item.item: f"{item.number} {item.title}" for block in packet.blocks for item in block.items}
    return CODES | options | people | blocks | items


async def _content_of(house: House, entry: str, words: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What a held entry says, without its random part and what was drawn: field → (in words, or empty; as it came)."""
    body = await ledger.body_of(house, entry) or {}
    return {
        name: (_in_words(value, words), json.dumps(value, ensure_ascii=False))
        for name, value in body.items()
        if name not in ("nonce", "strokes", "sketch") and value not in ("", None, [])
    }


def _in_words(value: Any, words: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        if all(isinstance(one, str) and len(one) == 64 and _ID.fullmatch(one) for one in value):
            return f"{len(value)} 张"
        parts = [_in_words(one, words) for one in value]
        return "；".join(parts) if all(parts) else ""
    if isinstance(value, dict):
        north, east, near = (value.get(name) for name in ("latitude", "longitude", "accuracy"))
        if isinstance(north, int) and isinstance(east, int):
            return f"{north / 1e6:.5f}，{east / 1e6:.5f}，精度 {near} 米"
        if value.keys() == {"question", "answer"}:
            return f"问：{value['question']} 答：{value['answer']}"
        shown = [value["name"]] if "name" in value else value.values()
        return "，".join(part for one in shown if (part := _in_words(one, words)))
    text = "" if value is None else str(value)
    if text in words or _ID.fullmatch(text):
        return words.get(text, "")
    return office.china_text(text) if re.match(r"\d{4}-\d\d-\d\dT", text) else text


ROUTES: list[ControllerRouterHandler] = [leads, codes, held_list, decide]
