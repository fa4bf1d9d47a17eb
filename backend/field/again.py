"""Asking the tablets again for pictures that were lost here: they keep theirs until a backup holds them.

A new epoch lets every tablet offer everything once more, as after a restore. It then reads all news from the beginning,
and must not take it from there that a picture is whole whose file is gone. The entry that said so is told all the same:
once the picture is back, nothing else would say it to those who read meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from backend import db
from backend.field.blobs import Store
from backend.field.tables import Epoch, epoch_of
from backend.house import House
from backend.people.tables import trace

WHOLE = "evidence.stored"


async def standing(house: House, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """News, with ``lost`` beside those that say of a picture that it is whole while it has no file. Bodies are
    canonical bytes."""
    named = {
        item["number"]: json.loads(item["body"])["digest"]
        for item in items
        if item["entry"]["kind"] == WHOLE and item["body"]
    }
    if not named:
        return items
    gone = await asyncio.to_thread(_gone, Store(house), set(named.values()))
    return [{**item, "lost": True} if named.get(item["number"]) in gone else item for item in items]


def _gone(store: Store, digests: set[str]) -> set[str]:
    return {digest for digest in digests if not store.has(digest)}


async def ask_again(house: House, damaged: Sequence[str]) -> str:
    """Set aside what changed, and begin a new epoch; its id."""
    store = Store(house)
    for digest in damaged:
        if await asyncio.to_thread(store.whole, digest) is None:  # it may have come again since it was read
            await asyncio.to_thread(store.set_aside, digest)
    await epoch_of(house)
    epoch = house.new_id()
    async with db.transaction(house.engine):
        await Epoch.update({Epoch.epoch: epoch}).where(Epoch.id == 1)
        await trace(house, "", "jobs.manage", f"suijian doctor --ask-again ({len(damaged)})", "done")
    return epoch
