"""What a tablet may tell by its own key alone, while nobody is at work on it: wrong PINs; that it is lost, and what
still lies sealed on it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import Annotated, Any

from litestar import Request, post
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler
from piccolo.columns import Column
from pydantic import Field, StringConstraints

from backend.field import lost, recovery, rules_lost
from backend.field.proof import answered
from backend.field.routes import read
from backend.field.routes_import import OUTCOMES, Said, take_in
from backend.field.tables import Challenge, epoch_of
from backend.house import House, Refused
from backend.people.rules import PUBLIC
from backend.people.tables import Device, DevicePerson
from backend.web import house_of
from sync.chain import signature_holds
from sync.words import Digest, Id, Word, refuse

Asked = Request[Any, Any, Any]
Signature = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
UNSENT_BYTES = 100_000_000
"""The largest piece of a file of unsent records: one recording (64 MB), sealed and in base64."""


class Left(Word):
    """What a tablet that cleared itself still keeps, sealed."""

    entries: Count
    photos: Count


class Told(Word):
    """``wrong``: account → wrong PINs in a row. ``left``: null while the tablet is not lost."""

    wrong: Annotated[dict[Id, Count], Field(max_length=200)]
    left: Left | None


class DeviceTold(Word):
    device: Digest
    nonce: Id
    signature: Signature
    told: Told


async def _awaited(house: House, device: str, nonce: str) -> None:
    """Raises Refused unless a tablet of ours may answer this challenge; it is then open for as long as that takes."""
    if not await Device.exists().where(Device.id == device):
        raise Refused(refuse("device_unknown"))
    good = (Challenge.nonce == nonce) & (Challenge.device == device) & (Challenge.expires_at > house.clock())
    until: dict[Column | str, Any] = {Challenge.expires_at: house.clock() + rules_lost.HANDING_IN}
    if not await Challenge.update(until).where(good).returning(Challenge.nonce):
        raise Refused(refuse("not_signed_in"))


async def _proven(house: House, device: str, nonce: str, proof: str, signature: str) -> dict[str, Any]:
    """The tablet's row, if its key signed ``proof`` over a challenge of ours; raises Refused."""
    row = await Device.select().where(Device.id == device).first()
    if row is None:
        raise Refused(refuse("device_unknown"))
    good = (Challenge.nonce == nonce) & (Challenge.device == device) & (Challenge.expires_at > house.clock())
    used = await Challenge.delete().where(good).returning(Challenge.nonce)
    if not used:
        raise Refused(refuse("not_signed_in"))
    if not signature_holds(row["public_key"], proof, signature):
        raise Refused(refuse("device_unknown"))
    return dict(row)


@post("/field/device", opt={"verb": "session.open"}, status_code=200)
async def tell(request: Asked) -> ASGIResponse:
    """Wrong PINs in; out, whether the tablet is revoked, whose share is withheld, and up to where a backup holds the
    ledger, since a tablet that cleared itself keeps until then, sealed, what was received. It lends nothing."""
    house, asked = house_of(request), await read(request, DeviceTold)
    proof = rules_lost.told_proof(asked.nonce, asked.told.model_dump())
    device = await _proven(house, asked.device, asked.nonce, proof, asked.signature)
    here = await DevicePerson.select(DevicePerson.account).where(DevicePerson.device == asked.device)
    accounts = {row["account"] for row in here}
    await lost.keep_tries(
        house, asked.device, {key: count for key, count in asked.told.wrong.items() if key in accounts}
    )
    revoked = device["status"] == "revoked"
    if revoked and asked.told.left is not None:
        await lost.keep_left(house, asked.device, asked.told.left.entries, asked.told.left.photos)
    mine = await epoch_of(house)
    return answered(
        request,
        {
            "revoked": revoked,
            "withheld": await lost.withheld_on(asked.device),
            "recovery_key": recovery.recovery_point(house.vault),
            "epoch": mine["epoch"],
            "backed_up": mine["backed_up"],
        },
    )


@post(
    "/field/device/unsent",
    opt={"verb": "session.open"},
    status_code=200,
    request_max_body_size=UNSENT_BYTES,
)
async def unsent(request: Asked) -> ASGIResponse:
    """A piece of a file of unsent records (.sjx), from the tablet itself, proven by its key (Device-Proof: device,
    challenge and signature, with blanks between); taken in as at the office's import, under the names that the
    entries themselves carry. The answer holds the signed receipts, as an exchange does."""
    house = house_of(request)
    parts = request.headers.get("device-proof", "").split(" ")
    if len(parts) != 3:
        raise Refused(refuse("bad_request", what="Device-Proof"))
    device, nonce, signature = parts
    await _awaited(house, device, nonce)  # before anybody may send so much
    raw = await request.body()
    proof = rules_lost.file_proof(nonce, hashlib.sha256(raw).hexdigest())
    await _proven(house, device, nonce, proof, signature)
    file = await recovery.read_file(raw)
    person = await DevicePerson.select(DevicePerson.account).where(DevicePerson.device == device).first()
    if file.device != device or person is None:
        raise Refused(refuse("device_unknown"))
    speaker = replace(PUBLIC, account=person["account"], device=device)
    said = Said()
    done = Counter(await take_in(house, speaker, await recovery.open_file(house, file), said))
    counts = {name: done[name] for name in OUTCOMES}
    return answered(request, {**counts, "received": said.received, "stored": said.stored})


ROUTES: list[ControllerRouterHandler] = [tell, unsent]
