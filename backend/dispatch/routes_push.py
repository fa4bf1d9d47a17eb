"""The tablet's notices: what changed for the person at work, and where its browser takes pushes."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from backend.dispatch import push
from backend.house import Refused
from backend.people.rules import Actor
from backend.people.tables import Device
from backend.web import actor_of, house_of
from sync.canon import canonical
from sync.words import refuse

Asked = Request[Any, Any, Any]
LARGEST = 100_000
"""Bytes of a request."""

Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]{16,200}$")]


class Shape(BaseModel):
    """Base of what a tablet sends here."""

    model_config = ConfigDict(extra="forbid")


class Keys(Shape):
    p256dh: Base64Url
    auth: Base64Url


class SubscriptionSent(Shape):
    """As the browser's PushSubscription gives it; ``endpoint`` None: no more pushes."""

    endpoint: Annotated[str, StringConstraints(max_length=2000)] | None
    keys: Keys | None


class SeenSent(Shape):
    seen: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}:[0-9a-f]{32}$")]], Field(max_length=500)
    ]


S = TypeVar("S", bound=Shape)


async def _on_tablet(request: Asked) -> Actor:
    """Who is at work on an enrolled tablet that is in use. A revoked one has a session to send what it holds, and is
    told nothing more."""
    actor = actor_of(request)
    if not actor.device:
        raise Refused(refuse("device_unknown"))
    row = await Device.select(Device.status).where(Device.id == actor.device).first()
    if row is None or row["status"] == "revoked":
        raise Refused(refuse("device_revoked"))
    return actor


async def _read(request: Asked, model: type[S]) -> S:
    body = await request.body()
    if len(body) > LARGEST:
        raise Refused(refuse("too_large", limit=1))
    try:
        return model.model_validate(json.loads(body))
    except (ValidationError, ValueError) as error:
        raise Refused(refuse("bad_request", what="内容")) from error


def _answer(value: Any) -> Response[bytes]:
    return Response(canonical(value), media_type="application/json", headers={"cache-control": "no-store"})


@get("/field/notices", opt={"verb": "field.exchange"})
async def notices(request: Asked) -> Response[bytes]:
    """What the person at work has not seen: new, changed, reassigned, recalled visits, decided entries."""
    return _answer({"notices": await push.notices((await _on_tablet(request)).account)})


@post("/field/notices/seen", opt={"verb": "field.exchange"}, status_code=200)
async def seen(request: Asked) -> Response[bytes]:
    """The person has looked at these; the answer is what is left."""
    actor, asked = await _on_tablet(request), await _read(request, SeenSent)
    await push.seen(house_of(request), actor.account, asked.seen)
    return _answer({"notices": await push.notices(actor.account)})


@get("/field/push", opt={"verb": "field.exchange"})
async def key(request: Asked) -> Response[bytes]:
    """What the browser subscribes with, and whether this installation pushes at all."""
    house = house_of(request)
    await _on_tablet(request)
    on = bool(house.settings.push_hosts) or house.settings.demo
    return _answer({"on": on, "key": push.public_key(house)})


@post("/field/push", opt={"verb": "field.exchange"}, status_code=200)
async def subscribe(request: Asked) -> Response[bytes]:
    """Where this tablet takes pushes from now on, or that it takes none."""
    house, actor, asked = house_of(request), await _on_tablet(request), await _read(request, SubscriptionSent)
    if asked.endpoint is None or asked.keys is None:
        await push.unsubscribe(actor.device)
        return _answer({"on": False})
    await push.subscribe(house, actor.device, asked.endpoint, asked.keys.p256dh, asked.keys.auth)
    return _answer({"on": True})


ROUTES: list[ControllerRouterHandler] = [notices, seen, key, subscribe]
