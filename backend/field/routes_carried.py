"""A tablet hands in the file of unsent records of another one (代交导出文件).

Whoever carries it reads nothing of it and answers for nothing in it: the session only lends the line. What the file
holds is opened with the recovery key and checked as at the office's import.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from litestar import Request, post
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from backend.field import recovery
from backend.field.routes import answer, on_tablet
from backend.field.routes_import import OUTCOMES, take_in
from backend.house import Refused
from backend.people.tables import Device
from backend.web import house_of
from sync.words import refuse

PIECE_BYTES = 100_000_000
"""The largest piece of a file: one recording (64 MB), sealed and in base64."""


@post("/field/import", opt={"verb": "field.exchange"}, status_code=200, request_max_body_size=PIECE_BYTES)
async def carried(request: Request[Any, Any, Any]) -> ASGIResponse:
    """Take in a piece of a file (.sjx); the label of its tablet, and how many of each outcome. Refused for a file of
    no tablet of ours, and for a carrier that is out of use."""
    house, actor = house_of(request), on_tablet(request)
    carrier = await Device.select(Device.status).where(Device.id == actor.device).first()
    if carrier is None or carrier["status"] == "revoked":
        raise Refused(refuse("device_revoked"))
    file = await recovery.read_file(await request.body())
    device = await Device.select(Device.label).where(Device.id == file.device).first()
    if device is None:
        raise Refused(refuse("device_unknown"))
    speaker = replace(actor, device=file.device)
    done = Counter(await take_in(house, speaker, await recovery.open_file(house, file)))
    return answer({"label": device["label"], **{name: done[name] for name in OUTCOMES}})


ROUTES: list[ControllerRouterHandler] = [carried]
