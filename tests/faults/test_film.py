"""A film of 20 MB goes to a real server in slices that a request may hold, and goes on where the line broke."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from backend.app import open_house
from backend.field.blobs import Store
from backend.settings import settings_from
from sync import exchange
from tests.faults.scene import Line, crew, running
from tests.harness.machine import free_port
from tests.harness.tablet import SLICE, Answer, NoAnswer, Sent

SIZE = 20_000_000
BREAKS = 4
"""The slice at which the line breaks once, after half of it went."""


@dataclass
class Watched:
    """A line that remembers how large the bodies were, and breaks in the middle of one."""

    line: Line
    sizes: list[int] = field(default_factory=list)

    async def __call__(self, sent: Sent) -> Answer:
        if sent.method != "PUT":
            return await self.line(sent)
        self.sizes.append(len(sent.body))
        if len(self.sizes) == BREAKS:
            half = Sent(sent.method, sent.path, sent.headers, sent.body[: len(sent.body) // 2])
            await self.line(half)
            raise NoAnswer("the line broke")
        return await self.line(sent)


def film_body(content: bytes) -> dict[str, Any]:
    return {
        "digest": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "media_type": "video/webm",
        "seconds": 60,
        "announced": True,
        "items": [],
        "place": None,
        "caption": "拒绝签字过程",
    }


async def test_a_film_goes_in_slices_and_goes_on_where_the_line_broke(tmp_path: Path) -> None:
    environment = {"SUIJIAN_DATA": str(tmp_path / "data")}
    film = b"\x1a\x45\xdf\xa3" + random.Random(20).randbytes(SIZE - 4)
    async with (
        running(tmp_path / "data", free_port(), environment) as server,
        crew(server.origin, environment, tablets=1, visits=1) as team,
    ):
        (worker,) = team.workers
        tablet, (visit,) = worker.tablet, worker.visits
        line = tablet.transport
        assert isinstance(line, Line)
        watched = Watched(line)
        tablet.transport = watched
        body = film_body(film)
        tablet.record(visit, "recording.made", body, photo=film)
        token = tablet.store.one.get(f"token {tablet.account}", "")
        async with httpx.AsyncClient(trust_env=False) as client:
            headers = {"authorization": f"Bearer {token}", "upload-offset": "0"}
            path = f"{server.origin}/field/blobs/{body['digest']}"
            early = await client.put(path, headers=headers, content=film[:1000])
            assert early.status_code == 404, "nothing is taken that no entry announced"
        await worker.settle()
        blob = tablet.state.blobs[body["digest"]]
        assert blob.status == "complete"
        assert max(watched.sizes) <= SLICE
        slices = -(-SIZE // SLICE)
        assert len(watched.sizes) == slices + 1, "what arrived before the line broke is not sent again"
        assert sum(watched.sizes) == SIZE + SLICE // 2
        assert not team.refused
        assert exchange.summary(tablet.state).safe
    house = await open_house(settings_from(environment))
    try:
        assert Store(house).read(body["digest"]) == film
    finally:
        await house.engine.close()
