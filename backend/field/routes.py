"""The tablet's wire: enrol, open a session, exchange entries, fetch packets, send photographs."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from litestar import Request, Response, head, post, put
from litestar.exceptions import InternalServerException
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler
from pydantic import Field, StringConstraints, ValidationError

from backend import db, ledger
from backend.dispatch.tables import ItemText, Packet
from backend.field import lost, receive, routes_office, rules
from backend.field.blobs import Store
from backend.field.proof import answered, proven
from backend.field.recovery import recovery_point
from backend.field.rules import POLICY, EnrolRequest, InviteFacts
from backend.field.rules_clock import skew_of
from backend.field.rules_photos import Awaited, awaited
from backend.field.tables import Challenge, Contact, in_scope, photo_for, share_of
from backend.field.whole import let_go, say_stored
from backend.house import House, Refused, instant
from backend.ledger import Draft
from backend.people import tables as people
from backend.people.rules import Actor
from backend.people.tables import Account, Device, DevicePerson, Invite, Organisation
from backend.web import actor_of, house_of, written
from sync.canon import canonical, composed
from sync.chain import signature_holds, thumbprint
from sync.exchange_words import Cursor
from sync.words import Digest, Id, Instant, Name, Refusal, Word, refuse

Asked = Request[Any, Any, Any]
FRAME = 256 * 1024
"""Bytes that are sealed at once while a large photo arrives."""
AT_ONCE = 4 * FRAME
"""A photo up to this size that comes in one request is sealed once, whole."""
W = TypeVar("W", bound=Word)


class Enrol(Word):
    """``code``: 20 characters of Crockford's base32, as the QR code carries it."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{20}$")]
    public_key: Annotated[str, StringConstraints(pattern=r"^04[0-9a-f]{128}$")]
    label: Name
    proof: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


class ChallengeAsked(Word):
    device: Digest


class SessionAsked(Word):
    device: Digest
    account: Id
    nonce: Id
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


class ExchangeAsked(Word):
    """``at`` is the tablet's clock when it sent this; it is measured, never obeyed."""

    device: Digest
    epoch: Id | None
    cursor: Cursor
    entries: Annotated[list[Any], Field(max_length=rules.PUSH_ENTRIES)]
    at: Instant


class PacketsAsked(Word):
    """``have``: digests of item texts that the tablet has already."""

    digests: Annotated[list[Digest], Field(max_length=rules.PACKETS_AT_ONCE)]
    have: Annotated[list[Digest], Field(default_factory=list, max_length=5_000)]


async def read(request: Asked, model: type[W]) -> W:
    """The request's JSON as ``model``; raises Refused."""
    body = await request.body()
    if len(body) > rules.PUSH_BYTES:
        raise Refused(refuse("too_large", limit=rules.PUSH_BYTES // 1_000_000))
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        where = "、".join(dict.fromkeys(str(one["loc"][0]) for one in error.errors() if one["loc"]))
        raise Refused(refuse("bad_request", what=where or "内容")) from error


def answer(value: Any) -> ASGIResponse:
    """Canonical JSON: the same bytes for the same answer."""
    return ASGIResponse(body=canonical(value), media_type="application/json")


def on_tablet(request: Asked) -> Actor:
    """The person who speaks through an enrolled tablet; raises Refused for a session of the desk."""
    actor = actor_of(request)
    if not actor.device:
        raise Refused(refuse("device_unknown"))
    return actor


# --- enrolment and sessions -----------------------------------------------------------------------------------


@post("/field/enrol", opt={"verb": "field.enrol"}, status_code=200)
async def enrol(request: Asked) -> ASGIResponse:
    """Redeem a scanned code: the tablet is enrolled where it is new, the person joins it."""
    house, asked = house_of(request), await read(request, Enrol)
    now, device = house.clock(), thumbprint(asked.public_key)
    label = written(asked.label).strip()[:120]
    if not label:
        raise Refused(refuse("bad_request", what="label"))
    digest = people.token_digest(asked.code)
    async with ledger.turn(house) as turn:
        invite = await Invite.select().where(Invite.code_digest == digest).first()
        known = await Device.select(Device.status).where(Device.id == device).first()
        request_ = EnrolRequest(asked.code, asked.public_key, label, asked.proof)
        facts = await _invite_facts(invite, now)
        nonces = [house.new_id(), house.new_id()]
        decided = rules.enrol(request_, facts, known["status"] if known else None, nonces, now)
        if isinstance(decided, Refusal) or facts is None:
            raise Refused(decided if isinstance(decided, Refusal) else refuse("invite_invalid"))
        subject = device[:32]
        await turn.append([Draft(subject, body) for body in decided], facts.account, now)
        await Invite.update({Invite.used_at: now}).where(Invite.code_digest == digest)
        await lost.forgive(device, facts.account)
    opened = await _open(house, device, facts.account)
    return answer({**opened, "device": device, "account": await _person(facts.account)})


async def _invite_facts(invite: dict[str, Any] | None, now: datetime) -> InviteFacts | None:
    if invite is None:
        return None
    actor = await people.actor_of(invite["account"], now.date())
    return InviteFacts(
        account=invite["account"],
        organisation=invite["organisation"],
        expires_at=invite["expires_at"],
        used=invite["used_at"] is not None,
        active=actor is not None,
        inspector=actor is not None and "inspector" in actor.roles,
    )


async def _open(house: House, device: str, account: str) -> dict[str, Any]:
    """A session of this person on this tablet, with what unlocks the tablet until the lease ends."""
    token, now = house.chance(32).hex(), house.clock()
    await people.open_session(token, account, now, device=device, lasts=POLICY.session)
    return {
        "token": token,
        "token_expires": instant(now + POLICY.session),
        "share": await share_of(house, device, account),
        "lease_until": instant(now + POLICY.lease),
        "server_key": house.vault.public_key,
        "recovery_key": recovery_point(house.vault),
        # Answers are signed from the first one on: a tablet need not believe one that is not.
        "proves": True,
    }


async def _person(account: str) -> dict[str, Any]:
    row = await Account.select().where(Account.id == account).first() or {}
    organisation = await Organisation.select().where(Organisation.id == row.get("organisation", "")).first()
    return {
        "id": account,
        "name": row.get("name", ""),
        "organisation": row.get("organisation", ""),
        "organisation_name": organisation["name"] if organisation else "",
        "certificate": row.get("certificate", ""),
    }


@post("/field/session/challenge", opt={"verb": "session.open"}, status_code=200)
async def challenge(request: Asked) -> ASGIResponse:
    """A number for the tablet to sign."""
    house, asked = house_of(request), await read(request, ChallengeAsked)
    if not await Device.exists().where(Device.id == asked.device):
        raise Refused(refuse("device_unknown"))
    now, nonce = house.clock(), house.new_id()
    await Challenge.delete().where(Challenge.expires_at <= now)
    await Challenge.insert(Challenge(nonce=nonce, device=asked.device, expires_at=now + POLICY.nonce))
    return answer({"nonce": nonce})


@post("/field/session", opt={"verb": "session.open"}, status_code=200)
async def session(request: Asked) -> ASGIResponse:
    """A session for a person who joined this tablet. A tablet out of use still gets one: it may send what it
    has, and learns that it is revoked; it gets no share, so that nothing on it opens any more. Nor does a person of
    whom too many wrong PINs were told."""
    house, asked = house_of(request), await read(request, SessionAsked)
    now = house.clock()
    device = await Device.select().where(Device.id == asked.device).first()
    if device is None:
        raise Refused(refuse("device_unknown"))
    used = (
        await Challenge.delete()
        .where(
            (Challenge.nonce == asked.nonce)
            & (Challenge.device == asked.device)
            & (Challenge.expires_at > now)
        )
        .returning(Challenge.nonce)
    )
    if not used:
        raise Refused(refuse("not_signed_in"))
    proof = rules.session_proof(asked.nonce, asked.account)
    if not signature_holds(device["public_key"], proof, asked.signature):
        raise Refused(refuse("device_unknown"))
    if not await DevicePerson.exists().where(DevicePerson.id == f"{asked.device}:{asked.account}"):
        raise Refused(refuse("not_allowed"))
    if await people.actor_of(asked.account, now.date()) is None:
        raise Refused(refuse("account_disabled"))
    async with ledger.turn(house):
        # Nobody takes the tablet out of use between this look and what is lent: the lease would outlast it.
        stands = await Device.select(Device.status).where(Device.id == asked.device).first()
        opened = await _open(house, asked.device, asked.account)
        withheld = await lost.withheld(asked.device, asked.account)
    revoked = stands is None or stands["status"] == "revoked"
    if revoked or withheld:
        del opened["share"], opened["lease_until"]
    rows = await DevicePerson.select(DevicePerson.account).where(DevicePerson.device == asked.device)
    persons = [await _person(row["account"]) for row in rows]
    return answer({**opened, "revoked": revoked, "withheld": withheld, "persons": persons})


# --- exchange -------------------------------------------------------------------------------------------------


@post("/field/exchange", opt={"verb": "field.exchange"}, status_code=200)
async def exchange(request: Asked) -> ASGIResponse:
    """Entries in, signed receipts and news out."""
    house, actor = house_of(request), on_tablet(request)
    asked = await read(request, ExchangeAsked)
    if asked.device != actor.device:
        raise Refused(refuse("device_unknown"))
    items = receive.items_of(asked.entries)
    received = await receive.take(house, actor, items, asked.at) if items else []
    rows = await db.execute(
        house.engine,
        "SELECT d.id, d.status, c.at, c.skew FROM device d LEFT JOIN device_contact c ON c.device = d.id "
        "WHERE d.id = {}",
        actor.device,
    )
    if not rows:
        raise Refused(refuse("device_unknown"))
    await _heard(house, actor, asked.at, rows[0])
    news = await receive.news(house, rows[0], asked.epoch, asked.cursor)
    return proven(request, composed({**news, "received": received}))


async def _heard(house: House, actor: Actor, at: str, last: Mapping[str, Any]) -> None:
    """Note when the tablet was heard of and how far its clock is off. ``last``: the contact before."""
    now = house.clock()
    skew = skew_of(at, now) or 0
    if last["at"] and now - last["at"] < timedelta(minutes=1) and abs(last["skew"] - skew) < 1_000:
        return
    heard = {Contact.account: actor.account, Contact.at: now, Contact.skew: skew}
    await Contact.insert(Contact(device=actor.device, account=actor.account, at=now, skew=skew)).on_conflict(
        target=Contact.device, action="DO UPDATE", values=list(heard.items())
    )


@post("/field/packets", opt={"verb": "field.exchange"}, status_code=200)
async def packets(request: Asked) -> ASGIResponse:
    """Packets of visits in this tablet's scope, the texts they name, the visits' data keys."""
    house, actor = house_of(request), on_tablet(request)
    asked = await read(request, PacketsAsked)
    device = await Device.select(Device.status).where(Device.id == actor.device).first()
    if device is None or device["status"] == "revoked":
        raise Refused(refuse("device_revoked"))
    if await lost.withheld(actor.device, actor.account):
        raise Refused(refuse("pin_withheld"))
    rows = await Packet.select().where(Packet.digest.is_in(asked.digests)) if asked.digests else []
    allowed = await in_scope(actor.device, [row["visit"] for row in rows])
    found: dict[str, Any] = {}
    keys: dict[str, str] = {}
    for row in rows:
        if row["visit"] in allowed:
            found[row["digest"]] = json.loads(house.vault.open(bytes(row["content"]), "packet.content"))
            keys[row["visit"]] = house.vault.open(bytes(row["data_key"]), "packet.data_key").hex()
    wanted = {
        item["text"] for packet in found.values() for block in packet["blocks"] for item in block["items"]
    } - set(asked.have)
    texts = await ItemText.select().where(ItemText.digest.is_in(sorted(wanted))) if wanted else []
    return answer(
        {
            "packets": found,
            "texts": {row["digest"]: json.loads(row["content"]) for row in texts},
            "keys": keys,
        }
    )


# --- photographs ----------------------------------------------------------------------------------------------


async def announced(house: House, actor: Actor, digest: str) -> Awaited:
    """What the entries say of this photo that the tablet may speak for: those of its visits, and its own. Raises
    Refused."""
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Refused(refuse("not_found"))
    mine = await photo_for(house, actor.device, digest)
    if not mine:
        raise Refused(refuse("not_found"))
    return awaited(mine, actor.device)


@head("/field/blobs/{digest:str}", opt={"verb": "field.exchange"})
async def blob_offset(request: Asked, digest: FromPath[str]) -> Response[None]:
    """Upload-Offset: bytes that arrived; Upload-Stored: ledger number of evidence.stored, 0 while it is missing or
    its file is."""
    store = Store(house_of(request))
    photo = await announced(house_of(request), on_tablet(request), digest)
    size = photo.size
    stored = photo.stored if await _holds(store, digest, photo) else 0
    offset = size if stored else await asyncio.to_thread(store.offset, digest)
    headers = {"upload-offset": str(offset), "upload-length": str(size), "upload-stored": str(stored)}
    return Response(None, headers={**headers, "cache-control": "no-store"})


@put("/field/blobs/{digest:str}", opt={"verb": "field.exchange"})
async def blob(request: Asked, digest: FromPath[str]) -> ASGIResponse:
    """Raw bytes from Upload-Offset on. The answer says how many the server has now, and the number of the entry
    that says the photo is whole."""
    house, actor = house_of(request), on_tablet(request)
    photo, store = await announced(house, actor, digest), Store(house)
    here = await _holds(store, digest, photo)
    if photo.stored and here:
        return answered(request, {"digest": digest, "offset": photo.size, "stored": photo.stored})
    sent = request.headers.get("upload-offset", "")
    if not re.fullmatch("[0-9]{1,12}", sent):
        raise Refused(refuse("bad_request", what="Upload-Offset"))
    number = 0
    try:
        have, whole = await _arrives(request, store, digest, int(sent), photo, here)
        if whole:
            number = photo.stored or await say_stored(house, actor, digest, have)
    finally:
        gone = not number and await let_go(house, digest)
    if gone:
        raise Refused(refuse("not_found"))
    return answered(request, {"digest": digest, "offset": have, "stored": number})


async def _arrives(
    request: Asked, store: Store, digest: str, offset: int, photo: Awaited, here: bool
) -> tuple[int, bool]:
    """How many bytes are here now, and whether the photo is whole."""
    # What lies there was another entry's: it is read before it is vouched for in this one's name.
    size = await asyncio.to_thread(store.whole, digest) if here else None
    if size is not None:
        await asyncio.to_thread(store.settle, digest)
        return size, True
    if offset == 0 and photo.size <= AT_ONCE and not store.begun(digest):
        content = await _whole(request, store, digest, photo.size)
        if len(content) < photo.size and hashlib.sha256(content).hexdigest() != digest:
            return len(content), False
        return await asyncio.to_thread(store.take, digest, photo.types, content), True
    offset = await _take(request, store, digest, offset, photo.size)
    early = offset in photo.sizes and await asyncio.to_thread(store.arrived, digest)
    if offset < photo.size and not early:
        return offset, False
    return await asyncio.to_thread(store.finish, digest, photo.types), True


async def _holds(store: Store, digest: str, photo: Awaited) -> bool:
    """Whether it lies in its place, by its name and length alone. Where its length was never announced it is read: an
    announcement may be wrong about that."""
    size = store.size(digest)
    if size is None or size in photo.sizes:
        return size is not None
    return await asyncio.to_thread(store.whole, digest) is not None


async def _whole(request: Asked, store: Store, digest: str, size: int) -> bytes:
    """All that arrives; where that is not everything, it is kept to be gone on from."""
    chunks: list[bytes] = []
    have = 0
    try:
        async for chunk in request.stream():
            chunks.append(chunk)
            have += len(chunk)
            if have > size:
                raise Refused(refuse("digest_mismatch"))
    finally:  # also where the line broke
        if 0 < have < size:
            store.append(digest, 0, b"".join(chunks))
    return b"".join(chunks)


async def _take(request: Asked, store: Store, digest: str, offset: int, size: int) -> int:
    """Keep what arrives, frame by frame; the new offset. What arrived before the line broke is kept."""
    await asyncio.to_thread(store.append, digest, offset, b"")
    pending = bytearray()
    try:
        async for chunk in request.stream():
            pending += chunk
            if offset + len(pending) > size:
                raise Refused(refuse("digest_mismatch"))
            if len(pending) >= FRAME:
                data, pending = bytes(pending), bytearray()
                offset = await asyncio.to_thread(store.append, digest, offset, data)
    except InternalServerException:  # the line broke
        store.append(digest, offset, bytes(pending))
        raise
    return await asyncio.to_thread(store.append, digest, offset, bytes(pending))


ROUTES: list[ControllerRouterHandler] = [
    enrol,
    challenge,
    session,
    exchange,
    packets,
    blob_offset,
    blob,
    *routes_office.ROUTES,
]
