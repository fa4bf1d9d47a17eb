"""What is done on disk after an entry: pictures that must not exist are destroyed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from backend import jobs
from backend.field.blobs import Store
from backend.field.tables import destroyed
from backend.house import House
from backend.jobs import Todo
from backend.ledger import Fact


async def deletion(fact: Fact) -> None:
    """evidence.deleted, entry.admitted → look for files that no entry relies on any more."""
    visit = fact.entry.subject
    todo = Todo(f"destroy:{fact.entry.id}", "destroy", {"visit": visit})
    await jobs.add([todo], fact.house.clock())


async def destroy(house: House, arguments: Mapping[str, str]) -> None:
    """Unlink the visit's destroyed pictures; done twice it does nothing more."""
    for digest in await destroyed(arguments["visit"]):
        await asyncio.to_thread(Store(house).destroy, digest)
