"""Lists over all visits at the desk: leads that were handed over, official codes that are still missing."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.response import Template
from litestar.types import ControllerRouterHandler

from backend.field import marks, office, rules_codes
from backend.house import CHINA
from backend.people.tables import organisations
from backend.web import actor_of, house_of, page

Asked = Request[Any, Any, Any]


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


ROUTES: list[ControllerRouterHandler] = [leads, codes]
