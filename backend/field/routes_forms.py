"""编号文书 at the desk: numbered blank forms are printed, spoiled ones are told, and what became of each is seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.dispatch.tables import Visit
from backend.documents.blank import blank_sheet
from backend.documents.press import file_headers, printed
from backend.documents.printed import Form as Printed
from backend.documents.printed import notice_form, record_form
from backend.field import office, rules_forms
from backend.field import tables_forms as tables
from backend.field.rules_forms import Form
from backend.house import CHINA, House, Refused
from backend.ledger import Draft
from backend.people.rules import Actor, may, reach
from backend.people.tables import organisations
from backend.profiles import keys
from backend.web import actor_of, allow, form_values, house_of, page, see
from sync.words import FormKind, FormsIssued, Refusal, refuse

Asked = Request[Any, Any, Any]
Typed = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PATH = "/office/field/forms"
RECORD = "field_record.s1.1"


def _today(house: House) -> date:
    return house.clock().astimezone(CHINA).date()


def offered(house: House) -> dict[FormKind, str]:
    """The forms that the place uses today, each with its title."""
    profile = house.profile_on(_today(house))
    record = profile.need(keys.RECORD_TEMPLATE).title
    kind: FormKind = "annex1" if record_form(RECORD, record) == "annex1" else "joint"
    return {kind: record, "notice": profile.need(keys.NOTICE_TEMPLATE).title}


def _layout(kind: str, title: str) -> Printed:
    return notice_form(title) if kind == "notice" else record_form(RECORD, title)


@get(PATH, opt={"verb": "visit.read"})
async def forms(request: Asked) -> Template:
    """What was printed and what became of it; ``state`` in the address filters."""
    return await _page(request, None, {})


async def _page(request: Asked, refusal: Refusal | None, typed: Mapping[str, str]) -> Template:
    house, actor = house_of(request), actor_of(request)
    everywhere = reach(actor, "visit.read") == "all"
    batches = await tables.batches("" if everywhere else actor.organisation)
    mine = None if everywhere else {row["id"] for row in await office.visits_for(actor)}
    strange = await tables.strange(mine)
    every = [form for batch in batches for form in batch["forms"]] + strange
    state = request.query_params.get("state", "")
    rows = [
        {"form": form, "batch": batch} for batch in batches for form in batch["forms"] if form.state == state
    ] + [{"form": form, "batch": None} for form in strange if form.state == state]
    return page(
        request,
        "field_forms.html",
        refusal=refusal,
        typed=typed,
        offered=[(kind, title) for kind, title in offered(house).items()],
        may_issue=may(actor, "form.issue", actor.organisation),
        batches=[{**batch, "counts": rules_forms.by_state(batch["forms"])} for batch in batches],
        counts=rules_forms.by_state(every),
        states=rules_forms.STATES,
        chosen=state if state in rules_forms.STATES else "",
        rows=rows,
        visits=await _visits(actor, [row["form"] for row in rows]),
        names={key: one["name"] for key, one in (await organisations()).items()},
        china=office.china_text,
    )


async def _visits(actor: Actor, shown: list[Form]) -> dict[str, dict[str, Any]]:
    """The visits that these forms name, as far as the actor reads them."""
    wanted = {visit for form in shown for visit in form.visits}
    if not wanted:
        return {}
    found = await Visit.select().where(Visit.id.is_in(sorted(wanted)))
    readable = await office.readable(actor, wanted)
    return {row["id"]: row for row in found if row["id"] in readable}


@post(PATH, opt={"verb": "form.issue"})
async def issue(request: Asked, data: Typed) -> Template | Redirect:
    """Give out the next numbers."""
    house, typed = house_of(request), form_values(data)
    actor = allow(request, "form.issue", actor_of(request).organisation)
    form, year = typed.get("form", ""), _today(house).year
    title = next((title for kind, title in offered(house).items() if kind == form), "")
    batch = house.new_id()
    try:
        async with ledger.turn(house) as turn:
            last = await tables.last_serial(form, year)
            count = typed.get("count", "").strip()
            decided = rules_forms.issue(form, title, count, actor.organisation, year, last, house.new_id())
            draft = Draft(batch, decided) if isinstance(decided, FormsIssued) else decided
            await turn.append(draft, actor.account, house.clock())
    except Refused as error:
        return await _page(request, error.refusal, typed)
    return see(f"{PATH}?state=blank")


async def _batch(request: Asked, key: str) -> dict[str, Any]:
    actor, found = actor_of(request), await tables.batch(key)
    if found is None or (reach(actor, "visit.read") != "all" and found["organisation"] != actor.organisation):
        raise Refused(refuse("not_found"))
    return found


@get(f"{PATH}/{{batch:str}}/blank.pdf", opt={"verb": "visit.read"})
async def blank_pdf(request: Asked, batch: FromPath[str]) -> Response[bytes]:
    """The batch's blank forms, as many pages as numbers; those that were spoiled are left out."""
    house, found = house_of(request), await _batch(request, batch)
    profile = house.profile_on(_today(house))
    layout, title = _layout(found["form"], found["title"]), found["title"]
    left = [form.number for form in found["forms"] if form.state == "blank"]
    if not left:
        raise Refused(refuse("not_found"))
    boxes = [one.label for one in profile.need(keys.DISPOSITIONS)]
    values = blank_sheet(layout, title, left, boxes, house.settings.demo or profile.fictional)
    content = await printed(layout, values)
    name = f"{values['printed']['form']} {left[0]} 至 {left[-1]}"
    return Response(content, media_type="application/pdf", headers=file_headers(name))


@post(f"{PATH}/{{batch:str}}/void", opt={"verb": "form.issue"})
async def void(request: Asked, batch: FromPath[str], data: Typed) -> Template | Redirect:
    """A form was spoiled or lost."""
    house, typed = house_of(request), form_values(data)
    actor = allow(request, "form.issue", (await _batch(request, batch))["organisation"])
    try:
        async with ledger.turn(house) as turn:
            found = await _batch(request, batch)
            form = next((one for one in found["forms"] if one.number == typed.get("number")), None)
            decided = rules_forms.void(form, typed.get("reason", "")[:300], house.new_id())
            draft = decided if isinstance(decided, Refusal) else Draft(batch, decided)
            await turn.append(draft, actor.account, house.clock())
    except Refused as error:
        return await _page(request, error.refusal, typed)
    return see(f"{PATH}?state=blank")


ROUTES: list[ControllerRouterHandler] = [forms, issue, blank_pdf, void]
