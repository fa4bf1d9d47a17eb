"""The record on paper: the photographs that it shows are fetched and opened, then the form is filled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from backend.documents.record import Sheet, record_sheet, relied
from backend.field.blobs import Store
from backend.field.clocks import clocks_of
from backend.field.tables import Evidence
from backend.house import House
from backend.vault import SealBroken
from sync.state import VisitState
from sync.words import Packet

log = logging.getLogger("suijian")


async def record_sheet_of(house: House, packet: Packet, state: VisitState) -> Sheet:
    """The filled form of this visit, with those of its photographs that arrived whole, and what was measured of the
    clocks by which it is dated."""
    wanted = {one.taken.body.digest for one in relied(state)}
    rows = await Evidence.select(Evidence.digest, Evidence.stored).where(Evidence.visit == packet.visit)
    here = [digest for digest in wanted if any(row["digest"] == digest and row["stored"] for row in rows)]
    clocks = list(dict.fromkeys(said for _, said in await clocks_of(packet.visit)))
    return await asyncio.to_thread(_filled, house, packet, state, here, clocks)


def _filled(
    house: House, packet: Packet, state: VisitState, here: Iterable[str], clocks: Sequence[str]
) -> Sheet:
    store = Store(house)
    return record_sheet(packet, state, {digest: _picture(store, digest) for digest in here}, clocks)


def _picture(store: Store, digest: str) -> bytes:
    """The picture; empty where it came and cannot be read now: the paper is made and says so, and so does the log."""
    try:
        return store.read(digest)
    except (OSError, SealBroken):
        log.exception("picture %s was stored and cannot be read", digest)
        return b""
