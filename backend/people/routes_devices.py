"""Tablets at the desk: invite an inspector to one, see them, take them out of use."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import qrcode
import qrcode.image.svg
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from backend import ledger
from backend.house import House, Refused
from backend.ledger import Draft
from backend.people import desk, rules, tables
from backend.people.routes_accounts import tabs
from backend.people.rules import CODE_LENGTH, POLICY, Actor, reach
from backend.people.tables import Device, Invite
from backend.web import actor_of, allow, form_values, house_of, page, see
from sync.words import Refusal, refuse

AnyRequest = Request[Any, Any, Any]
Known = Callable[[House, Actor, str], Awaitable[Mapping[str, Any]]]
KNOWN: list[Known] = []
"""What later stages know of a tablet that somebody is about to take out of use, as values of its page; the wiring adds
them (``home.py``), since this stage comes before them."""
STATUS_NAMES = {"enrolled": ("在用", "good"), "revoked": ("已停用", ""), "forked": ("待重新登记", "warn")}


async def _page(request: AnyRequest, **more: Any) -> Template:
    actor = actor_of(request)
    confined = "" if reach(actor, "device.revoke") == "all" else actor.organisation
    short = {key: row["short_name"] for key, row in (await tables.organisations()).items()}
    may_invite = reach(actor, "device.invite") is not None
    return page(
        request,
        "people_tablets.html",
        tabs=tabs(request),
        rows=await tables.devices(confined),
        inspectors=await tables.inspectors(actor.organisation) if may_invite else [],
        offices=short,
        all_offices=not confined,
        statuses=STATUS_NAMES,
        **{"typed": {}, **more},
    )


@get("/office/people/tablets", opt={"verb": "device.revoke"})
async def tablets(request: AnyRequest) -> Template:
    """The tablets of the own organisation, or of all."""
    return await _page(request)


@post("/office/people/tablets/invite", opt={"verb": "device.invite"}, status_code=200)
async def invite(request: AnyRequest) -> Template:
    """Make a code for one inspector and show it, once: only its digest is kept."""
    account = form_values(await request.form()).get("account", "")
    try:
        code, row = await make_invite(request, account)
    except Refused as error:
        return await _page(request, refusal=error.refusal)
    house = house_of(request)
    content = json.dumps({"origin": house.settings.origin, "code": code}, separators=(",", ":"))
    return page(
        request,
        "people_invite.html",
        person=row,
        picture=svg_uri(content),
        spoken=rules.grouped(code),
        minutes=int(POLICY.invite.total_seconds() // 60),
        until=house.clock() + POLICY.invite,
        origin=house.settings.origin,
    )


async def make_invite(request: AnyRequest, account: str) -> tuple[str, dict[str, Any]]:
    """(code, account's row) of a fresh invitation; raises Refused."""
    house, actor = house_of(request), actor_of(request)
    row = await desk.one(account)
    allow(request, "device.invite", row["organisation"])
    refusal = rules.may_invite(row["organisation"], desk.stand(row))
    if refusal:
        raise Refused(refusal)
    code = rules.invite_code(house.chance(CODE_LENGTH))
    now = house.clock()
    await Invite.delete().where(Invite.expires_at <= now)
    await Invite.insert(
        Invite(
            code_digest=tables.token_digest(code),
            account=account,
            organisation=row["organisation"],
            made_by=actor.account,
            expires_at=now + POLICY.invite,
        )
    )
    return code, row


def svg_uri(content: str) -> str:
    """A QR code as an image's address: the secret in it has no address of its own that could be asked for."""
    image = qrcode.make(
        content,
        image_factory=qrcode.image.svg.SvgPathFillImage,
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        border=2,
    )
    buffer = io.BytesIO()
    image.save(buffer)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()


@get("/office/people/tablets/{device:str}", opt={"verb": "device.revoke"})
async def tablet(request: AnyRequest, device: FromPath[str]) -> Template:
    """One tablet: who may use it, and the form to take it out of use."""
    return await _tablet(request, device)


async def _tablet(request: AnyRequest, device: str, **more: Any) -> Template:
    row = await Device.select().where(Device.id == device).first()
    if row is None:
        raise Refused(refuse("not_found"))
    allow(request, "device.revoke", row["organisation"])
    offices = await tables.organisations()
    known: dict[str, Any] = {}
    for told in KNOWN if row["status"] != "revoked" else ():
        known |= await told(house_of(request), actor_of(request), device)
    return page(
        request,
        "people_tablet.html",
        row=row,
        office=offices[row["organisation"]]["name"],
        people=await tables.people_of(device),
        statuses=STATUS_NAMES,
        **{"reason": "", **known, **more},
    )


@post("/office/people/tablets/{device:str}/revoke", opt={"verb": "device.revoke"})
async def revoke(request: AnyRequest, device: FromPath[str]) -> Template | Redirect:
    """Take a tablet out of use (停用终端)."""
    reason = form_values(await request.form()).get("reason", "")
    try:
        await take_out(request, house_of(request), device, reason)
    except Refused as error:
        return await _tablet(request, device, refusal=error.refusal, reason=reason)
    return see(f"/office/people/tablets/{device}")


async def take_out(request: AnyRequest, house: House, device: str, reason: str) -> None:
    """load → decide → append; the tablet's sessions end."""
    async with ledger.turn(house) as turn:
        row = await Device.select().where(Device.id == device).first()
        if row is None:
            raise Refused(refuse("not_found"))
        actor = allow(request, "device.revoke", row["organisation"])
        decided = rules.revoke(device, row["status"], reason, house.new_id())
        if isinstance(decided, Refusal):
            raise Refused(decided)
        await turn.append(Draft(device[:32], decided), by=actor.account, now=house.clock())
        await tables.close_sessions_on(device)


ROUTES = [tablets, invite, tablet, revoke]
