"""Pages behind the codes of a visit, without a login: 核验检查, 副本, 评议. None of them is kept by a cache."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.dispatch import tables as dispatch
from backend.dispatch.rules_site import Opened, opened_of
from backend.documents.press import file_headers
from backend.documents.press import printed as pressed
from backend.documents.record import Sheet
from backend.documents.sheet import owner_sheet
from backend.door import rules, tables
from backend.field import office, paper
from backend.field.entries import folded
from backend.field.tables import VisitState
from backend.house import CHINA, House, Refused
from backend.people.tables import organisations
from backend.web import form_values, house_of, page, see
from sync.chain import signature_holds
from sync.state import VisitState as Folded
from sync.words import Packet, Refusal, refuse

OPEN = {"verb": "portal.read", "exclude_from_csrf": True}
PRIVATE = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, noarchive",
    "referrer-policy": "no-referrer",
}

Asked = Request[Any, Any, Any]


def shown(request: Asked, name: str, **values: Any) -> Template:
    """A page that nobody keeps: the address itself is the key to it."""
    answer = page(request, name, **values)
    for header, value in PRIVATE.items():
        answer.set_header(header, value)
    return answer


def opened(house: House, token: str) -> Opened:
    """What the token opens. Raises Refused code_invalid."""

    def holds(digest: str, signature: str) -> bool:
        return signature_holds(house.vault.public_key, digest, signature)

    found = opened_of(token, holds, house.clock())
    if found is None:
        raise Refused(refuse("code_invalid"))
    return found


async def _visit(found: Opened) -> dict[str, Any]:
    row = await dispatch.visit(found.visit)
    if row is None:
        raise Refused(refuse("code_invalid"))
    return row


@get("/d", opt=OPEN)
async def enter(request: Asked) -> Template:
    """Where a code is typed."""
    return shown(request, "door_enter.html", typed="")


@post("/d", opt=OPEN)
async def typed(request: Asked) -> Template | Redirect:
    """A typed code leads to its page."""
    text = form_values(await request.form()).get("code", "")[:40]
    token = await tables.token_of(text)
    if token is None:
        return shown(request, "door_enter.html", typed=text, refusal=refuse("code_invalid"))
    return see(f"/d/{token}")


@get("/d/{token:str}", opt=OPEN)
async def door(request: Asked, token: FromPath[str]) -> Template:
    """核验: who is entitled to check what, until when; or the copy, by what the code was made for."""
    house = house_of(request)
    found = opened(house, token)
    if found.use == "copy":
        return await _copy_page(request, house, found, token)
    return await _check_page(request, house, found, token, None, {})


async def _check_page(
    request: Asked, house: House, found: Opened, token: str, refusal: Refusal | None, said: dict[str, Any]
) -> Template:
    row = await _visit(found)
    packet = await office.packet_of(house, row)
    if packet is None:
        raise Refused(refuse("code_invalid"))
    names = {key: one["name"] for key, one in (await organisations()).items()}
    return shown(
        request,
        "door_check.html",
        refusal=refusal,
        token=token,
        visit=row,
        packet=packet,
        officers=[
            {"name": one.name, "certificate": one.certificate, "organisation": names[one.organisation]}
            for one in packet.team
            if one.certified
        ],
        assistants=[one.name for one in packet.team if not one.certified],
        recalled=row["status"] != "ordered",
        finished=await _finished(found.visit),
        rated=await tables.rated(found.visit) >= rules.MOST_PER_VISIT,
        conduct=list(rules.CONDUCT.items()),
        said=said,
    )


async def _finished(visit: str) -> bool:
    row = await VisitState.select(VisitState.status).where(VisitState.visit == visit).first()
    return row is not None and row["status"] == "finished"


@post("/d/{token:str}/rating", opt=OPEN)
async def rate(request: Asked, token: FromPath[str]) -> Template | Redirect:
    """评议: kept without a name, for oversight only."""
    house = house_of(request)
    found = opened(house, token)  # before anything that was sent is read
    values = form_values(await request.form())
    conduct = [code for code in rules.CONDUCT if values.get(code)]
    said = (values.get("score", ""), conduct, values.get("comment", ""))
    decided = await _rated(house, found.visit, *said)
    if decided is not None:
        return await _check_page(request, house, found, token, decided, {**values, "conduct": conduct})
    return see(f"/d/{token}/thanks")


async def _rated(house: House, visit: str, score: str, conduct: list[str], comment: str) -> Refusal | None:
    """Keep a rating, or say why not."""
    finished = await _finished(visit)
    async with ledger.turn(house):  # nobody adds one between the count and the row
        decided = rules.rating(score, conduct, comment, await tables.rated(visit), finished)
        if isinstance(decided, Refusal):
            return decided
        await tables.Rating.insert(
            tables.Rating(
                id=house.new_id(),
                visit=visit,
                score=decided.score,
                conduct=" ".join(decided.conduct),
                comment=decided.comment,
                day=house.clock().astimezone(CHINA).date().isoformat(),
            )
        )
    return None


@get("/d/{token:str}/thanks", opt=OPEN)
async def thanks(request: Asked, token: FromPath[str]) -> Template:
    """After a rating."""
    opened(house_of(request), token)
    return shown(request, "door_thanks.html", token=token)


async def _copy_page(request: Asked, house: House, found: Opened, token: str) -> Template:
    row = await _visit(found)
    packet = await office.packet_of(house, row)
    if packet is None:
        raise Refused(refuse("code_invalid"))
    state = await folded(house, found.visit)
    return shown(
        request,
        "door_copy.html",
        token=token,
        visit=row,
        packet=packet,
        finished=bool(state.finished),
        blocks=office.blocks_of(packet, state) if state.finished else [],
        mend=_mend(packet, state) if state.finished else [],
    )


def _mend(packet: Packet, state: Folded) -> list[dict[str, str]]:
    """What is to be mended until when, by department."""
    found = []
    for block in packet.blocks:
        given = state.block(block.organisation).disposition
        if given and given.body.rectification:
            order = given.body.rectification
            found.append(
                {"organisation": block.organisation_name, "demand": order.demand, "due": order.due or ""}
            )
    return found


@get("/d/{token:str}/record.pdf", opt=OPEN)
async def copy(request: Asked, token: FromPath[str]) -> Response[bytes]:
    """The full record, for whoever holds the copy's code, once the visit is over."""
    house = house_of(request)
    packet, state = await _copied(house, token)
    return await _file(packet, await paper.record_sheet_of(house, packet, state))


@get("/d/{token:str}/sheet.pdf", opt=OPEN)
async def copy_sheet(request: Asked, token: FromPath[str]) -> Response[bytes]:
    """The owner's sheet (检查结果告知单), by the same code."""
    packet, state = await _copied(house_of(request), token)
    return await _file(packet, owner_sheet(packet, state))


async def _copied(house: House, token: str) -> tuple[Packet, Folded]:
    """The finished visit that a copy's code opens. Raises Refused."""
    found = opened(house, token)
    row = await _visit(found)
    packet, state = await office.packet_of(house, row), await folded(house, found.visit)
    if found.use != "copy" or packet is None or not state.finished:
        raise Refused(refuse("not_found"))
    return packet, state


async def _file(packet: Packet, sheet: Sheet) -> Response[bytes]:
    content = await pressed(sheet.form, sheet.values, sheet.drawings)
    headers = file_headers(f"{packet.number} {sheet.values['printed']['form']}", sheet.digest)
    return Response(content, media_type="application/pdf", headers={**headers, **PRIVATE})


@get("/office/ratings", opt={"verb": "rating.read"})
async def ratings(request: Asked) -> Template:
    """评议 as oversight reads it: what was said of which visit."""
    rows = await tables.ratings()
    wanted = sorted({row["visit"] for row in rows})
    visits = await dispatch.Visit.select().where(dispatch.Visit.id.is_in(wanted)) if wanted else []
    titles = {row["id"]: row for row in visits}
    for row in rows:
        row["conduct"] = [rules.CONDUCT[code] for code in row["conduct"].split() if code in rules.CONDUCT]
    return page(request, "door_ratings.html", rows=rows, visits=titles)


ROUTES: list[ControllerRouterHandler] = [enter, typed, door, rate, thanks, copy, copy_sheet, ratings]
