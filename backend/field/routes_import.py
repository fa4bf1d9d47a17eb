"""导入未上传记录: a file that a tablet wrote goes the same way as what tablets send themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template
from litestar.types import ControllerRouterHandler

from backend import db
from backend.field import receive, recovery, rules
from backend.field.blobs import Store
from backend.field.tables import UPLOADED, Evidence, Held
from backend.field.whole import let_go, say_stored
from backend.house import House, Refused
from backend.people.rules import Actor
from backend.people.tables import Device
from backend.web import actor_of, allow, house_of, page
from sync.words import Entry, refuse

Asked = Request[Any, Any, Any]
OUTCOMES = ("accepted", "exists", "held", "decided", "refused", "closed", "photos", "photos_refused")
"""What may come of an entry or a photo of a file; ``closed``: no key opens it."""
Carried = tuple[Entry, Mapping[str, Any] | None]
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@get("/office/field/import", opt={"verb": "held.decide"})
async def import_page(request: Asked) -> Template:
    """Where a tablet's file is handed in."""
    return page(request, "field_import.html", done=None)


@post(
    "/office/field/import",
    opt={"verb": "held.decide"},
    status_code=200,
    request_max_body_size=recovery.FILE_BYTES,
)
async def import_file(request: Asked, data: Form) -> Template:
    """Take in what the file holds; entries that are here already change nothing."""
    house, actor = house_of(request), actor_of(request)
    sent = data.get("file")
    try:
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise Refused(refuse("bad_request", what="请选择终端导出的文件（.sjx）"))
        file = await recovery.read_file(await sent.read())
        device = await Device.select().where(Device.id == file.device).first()
        if device is None:
            raise Refused(refuse("device_unknown"))
        allow(request, "held.decide", device["organisation"])
        done = await take_in(house, replace(actor, device=file.device), await recovery.open_file(house, file))
    except Refused as error:
        return page(request, "field_import.html", done=None, refusal=error.refusal)
    return page(request, "field_import.html", done=done, label=device["label"])


def batches(items: Sequence[Carried]) -> Iterator[Sequence[Carried]]:
    """Pushes of at most ``PUSH_ENTRIES`` that end with a signed entry where they can: what no signature of its
    push covers is not stored."""
    start = 0
    while start < len(items):
        end = min(start + rules.PUSH_ENTRIES, len(items))
        if end < len(items):
            signed = (at for at in range(end, start, -1) if items[at - 1][0].signature)
            end = next(signed, end)
        yield items[start:end]
        start = end


@dataclass
class Said:
    """What the server says of a file: its signed receipts, and the number of evidence.stored of each picture."""

    received: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[str, int] = field(default_factory=dict)


async def take_in(
    house: House, actor: Actor, opened: recovery.Opened, said: Said | None = None
) -> dict[str, int]:
    """Entries as one push after another, then the photographs that they announce; how many of each outcome.
    ``actor`` is who hands the file in, with the tablet's id. What a tablet is told is added to ``said``."""
    said = said or Said()
    received = await receive.had(house, actor, [entry.id for entry, body in opened.entries if body is None])
    known = sum(len(item["body"]["receipts"]) for item in received)
    for batch in batches(opened.entries):
        items = [(entry, body) for entry, body in batch if body is not None]
        closed = [entry for entry, body in batch if body is None]
        received += await receive.take(house, actor, items, covering=closed) if items else []
    said.received += received
    found = await _outcomes(received)
    found["closed"] = opened.closed - known
    for digest, content in opened.photos.items():
        rows = await Evidence.select(Evidence.media_type).where(
            (Evidence.digest == digest)
            & (Evidence.device == actor.device)
            & Evidence.use.is_in(list(UPLOADED))
        )
        if not rows:
            found["photos_refused"] += 1
            continue
        types = {row["media_type"] for row in rows}
        try:
            size = await asyncio.to_thread(Store(house).take, digest, types, content)
            said.stored[digest] = await say_stored(house, actor, digest, size)
        except Refused as error:
            if error.refusal.code not in ("digest_mismatch", "not_found"):
                raise
            await let_go(house, digest)
            found["photos_refused"] += 1
            continue
        found["photos"] += 1
    return dict(found)


async def _outcomes(received: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """How many receipts of each status; ``decided``: those held whose decision there is already."""
    receipts = [receipt for item in received for receipt in item["body"]["receipts"]]
    found = Counter(receipt["status"] for receipt in receipts)
    held = [receipt["entry"] for receipt in receipts if receipt["status"] == "held"]
    for part in db.parts(held):
        decided = await Held.count().where(Held.entry.is_in(part) & (Held.decision != ""))
        found.update(held=-decided, decided=decided)
    return found


ROUTES: list[ControllerRouterHandler] = [import_page, import_file]
