"""The record on paper: the photographs that it shows are fetched and opened, then the form is filled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from backend.documents.record import Sheet, record_sheet, relied
from backend.field.blobs import Store
from backend.field.tables import Evidence
from backend.house import House
from backend.vault import SealBroken
from sync.state import VisitState
from sync.words import Packet

log = logging.getLogger("suijian")


async def record_sheet_of(house: House, packet: Packet, state: VisitState) -> Sheet:
    """The filled form of this visit, with those of its photographs that arrived whole."""
    wanted = {one.taken.body.digest for one in relied(state)}
    rows = await Evidence.select(Evidence.digest, Evidence.stored).where(Evidence.visit == packet.visit)
    here = [digest for digest in wanted if any(row["digest"] == digest and row["stored"] for row in rows)]
    return await asyncio.to_thread(_filled, house, packet, state, here)


def _filled(house: House, packet: Packet, state: VisitState, here: Iterable[str]) -> Sheet:
    store = Store(house)
    return record_sheet(packet, state, {digest: _picture(store, digest) for digest in here})


def _picture(store: Store, digest: str) -> bytes:
    """The picture; empty where it came and cannot be read now: the paper is made and says so, and so does the log."""
    try:
        return store.read(digest)
    except (OSError, SealBroken):
        log.exception("picture %s was stored and cannot be read", digest)
        return b""
