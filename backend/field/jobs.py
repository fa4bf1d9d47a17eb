"""What is done on disk after an entry: pictures that must not exist are destroyed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from backend.field.blobs import Store
from backend.field.tables import destroyed
from backend.house import House


async def destroy(house: House, arguments: Mapping[str, str]) -> None:
    """Unlink the visit's destroyed pictures; done twice it does nothing more."""
    for digest in await destroyed(arguments["visit"]):
        await asyncio.to_thread(Store(house).destroy, digest)
