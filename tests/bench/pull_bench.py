"""The way out: a new tablet's first pull of 300 visits with their packets, the headers of 5,000 visits, and a pull that
finds nothing new; over real HTTP from the real server, on both engines."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from backend import db, ledger
from backend.app import open_house
from backend.dispatch.tables import Packet as PacketRow
from backend.house import House
from backend.ledger import Draft
from backend.settings import settings_from
from sync.canon import canonical, digest
from sync.words import NO_PREV, VisitOrdered
from tests import builders
from tests.bench.filled import DEPARTMENTS, Line
from tests.bench.row import Row
from tests.harness.postgres import running_cluster
from tests.harness.server import serving
from tests.harness.tablet import Tablet, key_of
from tests.tablets import invite, order_visit

VISITS, HEADERS, IDLE = 300, 5_000, 200


async def prepare(environment: dict[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Two officers, one with 300 ordered visits and one with 5,000: (account, code) of each."""
    house = await open_house(settings_from(environment))
    try:
        few = await _officer(house)
        for _ in range(VISITS):
            await order_visit(house, [(few, "leader")], items=10)
        many = await _officer(house)
        visit, packet = await order_visit(house, [(many, "leader")])
        body = (await ledger.of_subject(house, visit))[0][2]
        drafts, packets = [], []
        for number in range(HEADERS - 1):
            another = packet.model_copy(update={"visit": house.new_id(), "number": f"H-{number}"})
            plain = another.model_dump(mode="json")
            name = digest("packet/1", plain)
            packets.append(
                {
                    "digest": name,
                    "visit": another.visit,
                    "content": house.vault.seal(canonical(plain), "packet.content"),
                    "data_key": house.vault.seal(house.chance(32), "packet.data_key"),
                }
            )
            said = {**(body or {}), "nonce": house.new_id(), "packet_digest": name}
            drafts.append(Draft(another.visit, VisitOrdered.model_validate_json(canonical(said))))
        await db.insert_many(PacketRow, packets)
        with db.short_statements():
            async with ledger.turn(house) as turn:
                await turn.append(drafts, many, house.clock())
        return (few, await invite(house, few)), (many, await invite(house, many))
    finally:
        await house.engine.close()


async def _officer(house: House) -> str:
    row = await builders.account(house, "inspector", DEPARTMENTS[0], "检查员（虚构）")
    return str(row["id"])


async def _enrolled(client: httpx.AsyncClient, name: str, account: str, code: str) -> tuple[Tablet, Line]:
    line = Line(client)
    tablet = Tablet(key_of(f"{name} {time.time()}"), line, _clock, random.Random(1))
    await tablet.enrol(code, account)
    line.sent.clear()
    return tablet, line


def _clock() -> int:
    return time.time_ns() // 1_000_000


async def measure(origin: str, few: tuple[str, str], many: tuple[str, str]) -> dict[str, float]:
    """Requests, bytes and seconds of the three pulls."""
    found: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:
        tablet, line = await _enrolled(client, "few", *few)
        started = time.perf_counter()
        await tablet.sync()
        found["first s"] = time.perf_counter() - started
        if len(tablet.store.packets) != VISITS:
            raise AssertionError(f"{len(tablet.store.packets)} packets came")
        # Signing in (a challenge and its answer) is no part of the pull.
        pulls = [sent for sent, _ in line.sent if not sent.path.startswith("/field/session")]
        found["first requests"] = len(pulls)
        found["first bytes"] = sum(length for _, length in line.sent)
        times = []
        for _ in range(IDLE):
            line.sent.clear()
            started = time.perf_counter()
            answer, _ = await _ask(client, tablet, tablet.state.epoch, tablet.state.cursor.model_dump())
            times.append(time.perf_counter() - started)
            if answer["entries"] or answer["received"]:
                raise AssertionError("something was new")
        found["idle s"] = statistics.median(times)
        sent = _asked(tablet, tablet.state.epoch, tablet.state.cursor.model_dump())
        found["idle up"], found["idle down"] = len(sent), len(canonical(answer))
        tablet, _ = await _enrolled(client, "many", *many)
        cursor: dict[str, Any] = {"number": 0, "within": 0, "head": NO_PREV}
        epoch, headers, requests, more = None, 0, 0, True
        started = time.perf_counter()
        while more:
            answer, _ = await _ask(client, tablet, epoch, cursor)
            epoch, cursor, more = answer["epoch"], answer["cursor"], answer.get("more", False)
            cursor.setdefault("within", 0)
            headers += sum(one["entry"]["kind"] == "visit.ordered" for one in answer["entries"])
            requests += 1
        found["headers s"], found["headers requests"] = time.perf_counter() - started, requests
        if headers != HEADERS:
            raise AssertionError(f"{headers} headers came")
    return found


def _asked(tablet: Tablet, epoch: str | None, cursor: dict[str, Any]) -> bytes:
    asked: dict[str, Any] = {"device": tablet.device, "epoch": epoch, "cursor": cursor, "entries": []}
    return canonical({**asked, "at": "2026-11-20T01:00:00.000Z"})


async def _ask(
    client: httpx.AsyncClient, tablet: Tablet, epoch: str | None, cursor: dict[str, Any]
) -> tuple[Any, int]:
    token = tablet.store.one[f"token {tablet.account}"]
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    answer = await client.post("/field/exchange", content=_asked(tablet, epoch, cursor), headers=headers)
    answer.raise_for_status()
    return json.loads(answer.content), len(answer.content)


def run() -> list[Row]:
    """Rows for SQLite and PostgreSQL."""
    rows: list[Row] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suijian-pull-")))
        cluster = stack.enter_context(running_cluster())
        for engine, address in (
            ("SQLite", {}),
            ("PostgreSQL", {"SUIJIAN_DATABASE": cluster.dsn(cluster.create_database())}),
        ):
            environment = {"SUIJIAN_DATA": str(folder / engine), **address}
            few, many = asyncio.run(prepare(environment))
            with serving(folder / engine, environment) as server:
                found = asyncio.run(measure(server.origin, few, many))
            rows += _rows(engine, found)
    return rows


def _rows(engine: str, found: dict[str, float]) -> list[Row]:
    first, headers, idle = f"first pull on {engine}", f"headers on {engine}", f"idle pull on {engine}"
    return [
        Row(f"{first}: requests", VISITS, found["first requests"], "requests"),
        Row(f"{first}: tablet and server", VISITS, found["first s"], "s"),
        Row(f"{first}: received", VISITS, found["first bytes"] / 1e6, "MB"),
        Row(f"{headers}: requests", HEADERS, found["headers requests"], "requests"),
        Row(headers, HEADERS, found["headers s"], "s"),
        Row(idle, IDLE, found["idle s"] * 1e3, "ms, median"),
        Row(f"{idle}: sent", 1, found["idle up"], "bytes"),
        Row(f"{idle}: received", 1, found["idle down"], "bytes"),
    ]


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(run()))
