"""现场 at the desk: what has arrived, what is missing, what waits for a decision."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.dispatch.tables import Visit
from backend.documents.order import order_sheet
from backend.documents.press import file_headers
from backend.documents.press import printed as pressed
from backend.documents.sheet import owner_sheet
from backend.field import lost, office, office_ending, office_site, paper, rules
from backend.field.blobs import Store, media_type_of
from backend.field.clocks import clocks_of
from backend.field.entries import folded
from backend.field.rules import Verification
from backend.field.tables import Evidence
from backend.house import CHINA, House, Refused
from backend.ledger import Draft
from backend.people.rules import may
from backend.people.tables import organisations
from backend.registry import tables as registry
from backend.web import actor_of, allow, form_values, house_of, page, see
from sync.progress_site import off_site
from sync.words import Refusal, refuse

Asked = Request[Any, Any, Any]
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


async def need_visit(request: Asked, visit: str) -> dict[str, Any]:
    """The visit, if the actor may read it; Refused otherwise. Others learn not even that it exists."""
    row = await Visit.select().where(Visit.id == visit).first()
    if row is None or not await office.may_read(actor_of(request), visit):
        raise Refused(refuse("not_found"))
    return dict(row)


@get("/office/field", opt={"verb": "visit.read"})
async def visits(request: Asked) -> Template:
    """Visits with what has arrived; ``status`` and ``q`` in the address filter."""
    status = request.query_params.get("status", "")
    words = request.query_params.get("q", "").strip()[:60]
    today = house_of(request).clock().astimezone(CHINA).date().isoformat()
    chosen = status if status in office.STATUS else ""
    rows = await office.visits_for(actor_of(request), chosen, words, today)
    held = await office.held_for(actor_of(request))
    choices = [(key, label) for key, (label, _) in office.STATUS.items()]
    return page(
        request,
        "field_list.html",
        visits=rows,
        chosen=chosen,
        words=words,
        choices=choices,
        held=len(held),
        today=today,
    )


@get("/office/field/visits/{visit:str}", opt={"verb": "visit.read"})
async def visit_page(request: Asked, visit: FromPath[str]) -> Template:
    """One visit's record as its entries fold now."""
    return await _visit_page(request, await need_visit(request, visit), None, {})


async def _visit_page(
    request: Asked, row: dict[str, Any], refusal: Refusal | None, typed: dict[str, str]
) -> Template:
    house, actor = house_of(request), actor_of(request)
    state, packet = await folded(house, row["id"]), await office.packet_of(house, row)
    names = {key: one["name"] for key, one in (await organisations()).items()}
    target = (await registry.targets([row["target"]])).get(row["target"], {})
    blocks = office.blocks_of(packet, state) if packet else []
    open_items = [
        (item["item"], f"{item['number']} {item['title']}")
        for block in blocks
        if block["organisation"] == actor.organisation
        for item in block["items"]
        if item.get("open")
    ]
    return page(
        request,
        "field_visit.html",
        refusal=refusal,
        visit=row,
        target=target,
        names=names,
        state=state,
        progress=office.STATUS["finished" if state.finished else "under_way" if state.opened else "ordered"],
        party=office.one(state.party),
        party_roles=office.PARTY,
        blocks=blocks,
        happened=office.happened(packet, state) if packet else [],
        off_site=packet is not None and off_site(packet),
        code=office_site.code_words(packet, state),
        code_due=await office_site.code_due(house, row, state),
        unsigned=office_site.unsigned(packet, state) if packet else [],
        leaps=await office_site.leap_words(state),
        observations=await office_site.observations(house, row, state),
        suspicions=await office_site.suspicions(house, actor, row, state),
        gone=await office_ending.beside(row, state),
        may_settle=may(actor, "ending.decide", row["lead_organisation"]),
        arrival=await office_site.arrival(house, row, state),
        clocks=await clocks_of(row["id"]),
        china=office.china_text,
        photos=await office.photos_of(row["id"], state),
        signatures=office.signatures_of(packet, state) if packet else [],
        held=await office.held_for(actor, row["id"], decided=True),
        may_verify=bool(open_items) and not state.finished and may(actor, "visit.verify_item"),
        open_items=open_items,
        typed=typed,
    )


@get("/office/field/visits/{visit:str}/record.pdf", opt={"verb": "visit.read"})
async def record_pdf(request: Asked, visit: FromPath[str]) -> Response[bytes]:
    """The record as PDF (实地核查记录表 or the form that the place's profile names), as it is now."""
    house, row = house_of(request), await need_visit(request, visit)
    packet = await office.packet_of(house, row)
    if packet is None:
        raise Refused(refuse("not_found"))
    sheet = await paper.record_sheet_of(house, packet, await folded(house, visit))
    content = await pressed(sheet.form, sheet.values, sheet.drawings)
    headers = file_headers(f"{packet.number} {sheet.values['printed']['form']}", sheet.digest)
    return Response(content, media_type="application/pdf", headers=headers)


@get("/office/field/visits/{visit:str}/sheet.pdf", opt={"verb": "visit.read"})
async def sheet_pdf(request: Asked, visit: FromPath[str]) -> Response[bytes]:
    """The owner's sheet (检查结果告知单), as it is now."""
    house, row = house_of(request), await need_visit(request, visit)
    packet = await office.packet_of(house, row)
    if packet is None:
        raise Refused(refuse("not_found"))
    sheet = owner_sheet(packet, await folded(house, visit))
    content = await pressed(sheet.form, sheet.values, sheet.drawings)
    headers = file_headers(f"{packet.number} {sheet.values['printed']['form']}", sheet.digest)
    return Response(content, media_type="application/pdf", headers=headers)


@get("/office/field/visits/{visit:str}/orders/{organisation:str}", opt={"verb": "visit.read"})
async def order_pdf(request: Asked, visit: FromPath[str], organisation: FromPath[str]) -> Response[bytes]:
    """A department's order to mend (责令改正通知书), as it is now."""
    house, row = house_of(request), await need_visit(request, visit)
    packet = await office.packet_of(house, row)
    sheet = order_sheet(packet, await folded(house, visit), organisation) if packet else None
    if packet is None or sheet is None:
        raise Refused(refuse("not_found"))
    content = await pressed(sheet.form, sheet.values, sheet.drawings)
    headers = file_headers(f"{packet.number} {sheet.values['title'][0]}", sheet.digest)
    return Response(content, media_type="application/pdf", headers=headers)


@post("/office/field/visits/{visit:str}/verify", opt={"verb": "visit.verify_item"})
async def verify(request: Asked, visit: FromPath[str], data: Form) -> Template | Redirect:
    """A network check of an item before departure (网络核查, S2-16(一))."""
    house, row = house_of(request), await need_visit(request, visit)
    typed = form_values(data)
    actor = allow(request, "visit.verify_item", actor_of(request).organisation)
    try:
        snapshot = await _snapshot(house, data.get("snapshot"))
        asked = Verification(
            organisation=actor.organisation,
            item=typed.get("item", ""),
            source=typed.get("source", "")[:120],
            note=typed.get("note", "")[:4000],
            snapshot=snapshot,
            stated=typed.get("stated", "").strip()[:300],
            met=typed.get("met", "").strip()[:300],
        )
        decide = rules.contradict_item if typed.get("act") == "differs" else rules.verify_item
        async with ledger.turn(house) as turn:
            packet = await office.packet_of(house, row)
            if packet is None:
                raise Refused(refuse("not_found"))
            decided = decide(asked, packet, await folded(house, visit), house.new_id())
            draft = decided if isinstance(decided, Refusal) else Draft(visit, decided)
            await turn.append(draft, actor.account, house.clock())
    except Refused as error:
        return await _visit_page(request, row, error.refusal, typed)
    return see(f"/office/field/visits/{visit}")


async def _snapshot(house: House, upload: Any) -> str | None:
    """The digest of an uploaded picture, kept; None where none was chosen."""
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    if not content:
        return None
    if len(content) > rules.BLOB_BYTES:
        raise Refused(refuse("too_large", limit=rules.BLOB_BYTES // 1_000_000))
    if await asyncio.to_thread(media_type_of, content) is None:
        raise Refused(refuse("bad_request", what="截图须为 JPEG、PNG 或 WEBP 图片"))
    return await asyncio.to_thread(Store(house).add, content)


@get("/office/field/devices", opt={"verb": "visit.read"})
async def devices(request: Asked) -> Template:
    """Tablets, their people, when each was last heard of, and what may lie on one that is lost or silent."""
    actor = actor_of(request)
    known = await lost.told_of(house_of(request), await office.devices_for(actor))
    visits = {visit["id"] for one in known for visit in (*one["at_hand"], *one["unsent"])}
    readable = await office.readable(actor, visits)
    return page(request, "field_devices.html", devices=known, states=office.STATUS, readable=readable)


@get("/office/field/blobs/{digest:str}", opt={"verb": "visit.read"})
async def picture(request: Asked, digest: FromPath[str]) -> Response[bytes]:
    """A whole picture of a visit that the actor may read."""
    house, actor = house_of(request), actor_of(request)
    rows = await Evidence.select().where(
        (Evidence.digest == digest) & (Evidence.stored > 0) & (Evidence.use != "destroyed")
    )
    if not await office.readable(actor, {row["visit"] for row in rows}):
        raise Refused(refuse("not_found"))
    try:
        content = await asyncio.to_thread(Store(house).read, digest)
    except FileNotFoundError as error:
        raise Refused(refuse("not_found")) from error
    kind = rows[0]["media_type"] or media_type_of(content) or "application/octet-stream"
    headers = {"cache-control": "private, max-age=3600", "content-disposition": "inline"}
    return Response(content, media_type=kind, headers=headers)


ROUTES: list[ControllerRouterHandler] = [
    visits,
    visit_page,
    record_pdf,
    sheet_pdf,
    order_pdf,
    verify,
    devices,
    picture,
]
