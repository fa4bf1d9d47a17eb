"""Photographs that are lost for good (确认遗失): whoever runs the server says so, by name, and it stays in the trace.

Without that, one lost file would keep every tablet from ever clearing anything, since no backup could be whole again.
The entry that announced the photograph stays as it is, and whoever still has it may send it at any time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from backend.field.blobs import Store
from backend.field.tables import Evidence
from backend.house import House
from backend.people.tables import AuditEvent, trace

SAID = "suijian backup --accept-missing "
"""What stands before the digest in the trace."""


async def given_up(house: House) -> set[str]:
    """Digests that were declared lost, whether or not they have come back since."""
    rows = await AuditEvent.select(AuditEvent.path).where(AuditEvent.path.like(f"{SAID}%"))
    return {row["path"].removeprefix(SAID)[:64] for row in rows}


async def give_up(house: House, digests: Sequence[str], who: str) -> list[str]:
    """Write into the trace that these are lost; those that are not lost, and so were not written."""
    store, refused = Store(house), []
    known = await given_up(house)
    for digest in digests:
        awaited = await Evidence.exists().where((Evidence.digest == digest) & (Evidence.stored > 0))
        if not awaited or await asyncio.to_thread(store.whole, digest) is not None:
            refused.append(digest)
        elif digest not in known:
            await trace(house, "", "jobs.manage", f"{SAID}{digest} ({who})", "done")
    return refused
