"""The way in: 300 visits, each with 30 answers, three photos of 300 KB and a signature, over real HTTP into the real
server, until every receipt is there. Beside it a floor that takes the same bytes and syncs as often.

Everything is recorded on the tablets before the clock starts; then each tablet does what its machine says.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from backend.app import open_house
from backend.house import House
from backend.settings import settings_from
from sync import exchange
from sync.words import Packet
from tests import builders
from tests.bench.row import Row
from tests.harness.machine import free_port
from tests.harness.postgres import running_cluster
from tests.harness.server import serving
from tests.harness.tablet import Answer, NoAnswer, Sent, Tablet, key_of
from tests.tablets import invite, order_visit

VISITS, CLIENTS, ANSWERS, PHOTOS = 300, 8, 30, 3
PHOTO_BYTES = 300_000
DEPARTMENTS = ("市场监管局（虚构）", "消防救援大队（虚构）", "人社局（虚构）")
STROKES = [[100, 100, 200, 150, 300, 250, 400, 200, 500, 300], [600, 300, 700, 350, 800, 400]]


@dataclass
class Line:
    """One tablet's connection; it remembers what went over it."""

    client: httpx.AsyncClient
    sent: list[tuple[Sent, int]] = field(default_factory=list)

    async def __call__(self, sent: Sent) -> Answer:
        try:
            answer = await self.client.request(
                sent.method, sent.path, headers=dict(sent.headers), content=sent.body
            )
        except httpx.TransportError as error:
            raise NoAnswer(str(error)) from error
        self.sent.append((sent, len(answer.content)))
        return Answer(answer.status_code, answer.headers, answer.content)


@dataclass
class Prepared:
    """A team: its officers as (account, department), the leader first, and a code for each of them."""

    officers: list[tuple[str, str]]
    codes: list[str]


async def prepare(environment: dict[str, str], visits: int, clients: int) -> list[Prepared]:
    """A team with a tablet per client, and the visits ordered: written where the office writes them."""
    house = await open_house(settings_from(environment))
    try:
        return [await _team(house, number, len(range(number, visits, clients))) for number in range(clients)]
    finally:
        await house.engine.close()


async def _team(house: House, number: int, visits: int) -> Prepared:
    officers = []
    for department in DEPARTMENTS:
        for _ in range(2):
            row = await builders.account(house, "inspector", department, f"检查员{number}（虚构）")
            officers.append((row["id"], row["organisation"]))
    leader = officers[0][0]
    for _ in range(visits):
        team = [(account, "leader" if account == leader else "member") for account, _ in officers]
        await order_visit(house, team, items=ANSWERS // len(DEPARTMENTS))
    return Prepared(officers, [await invite(house, account) for account, _ in officers])


def photograph() -> bytes:
    """A JPEG of about 300 KB, as a tablet's working copy is: 1600 × 1200."""
    chance = random.Random(1)
    noise = Image.frombytes("RGB", (400, 300), chance.randbytes(400 * 300 * 3)).resize((1600, 1200))
    for quality in range(95, 20, -3):
        with tempfile.SpooledTemporaryFile() as out:
            noise.save(out, "JPEG", quality=quality)
            if out.tell() <= PHOTO_BYTES:
                out.seek(0)
                return out.read()
    raise ValueError("no quality makes it small enough")


def another(photo: bytes, number: int) -> bytes:
    """The same picture with another comment: other bytes, other digest, and as large as a photo is here."""
    comment = f"{number:08}".encode() * 8_000
    comment = comment[: min(65_000, max(8, PHOTO_BYTES - len(photo) - 4))]
    return photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + photo[2:]


def fill(tablet: Tablet, packet: Packet, officers: dict[str, str], photo: bytes, first: int) -> None:
    """One visit as it is filled: arrival, certificates, rights, answers, photos, a signature."""
    visit = packet.visit
    tablet.record(visit, "visit.opened", {"place": None})
    shown = [member.account for member in packet.team]
    tablet.record(visit, "identity.shown", {"inspectors": shown, "shown_to": "店员（虚构）"})
    tablet.record(visit, "rights.told", {"recusal": "not_requested", "statement": ""})
    for number in range(PHOTOS):
        content = another(photo, first + number)
        name = hashlib.sha256(content).hexdigest()
        fields = {
            "digest": name,
            "size": len(content),
            "media_type": "image/jpeg",
            "original_digest": name,
            "original_size": len(content),
            "slot": name[:32],
            "items": [],
            "place": None,
            "caption": "现场（虚构）",
        }
        tablet.record(visit, "evidence.taken", fields, photo=content)
    for block in packet.blocks:
        for item in block.items:
            place = {"organisation": block.organisation, "item": item.item}
            said: dict[str, Any] = {"answer": "conform", "findings": [], "note": "", "supersedes": []}
            tablet.record(visit, "answer.given", place | said, by=officers[block.organisation])
    signature = {
        "role": "party",
        "signer": None,
        "name": "店员（虚构）",
        "identity": "负责人",
        "organisation": None,
        "record_digest": "0" * 64,
        "template": packet.template,
        "strokes": STROKES,
        "assurance": "none",
        "opinion": "agreed",
        "statement": "",
    }
    tablet.record(visit, "signature.given", signature)


@dataclass(frozen=True)
class Measured:
    """One run: wall and server CPU seconds, bytes sent, requests, and what each client sent."""

    seconds: float
    cpu: float | None
    bytes: int
    requests: int
    lines: list[list[tuple[Sent, int]]]


async def push_all(origin: str, pid: int, prepared: list[Prepared]) -> Measured:
    """Enrol, fetch packets, record everything; then measure until every tablet says that all is safe."""
    photo = photograph()
    async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:
        tablets = []
        for number, team in enumerate(prepared):
            line = Line(client)
            tablet = Tablet(key_of(f"bench {number} {time.time()}"), line, _wall_clock, random.Random(number))
            for (account, _), code in reversed(list(zip(team.officers, team.codes, strict=True))):
                await tablet.enrol(code, account)
            await tablet.sync()
            tablets.append((tablet, line, team))
        taken = 0
        for tablet, line, team in tablets:
            by = {organisation: account for account, organisation in reversed(team.officers)}
            for packet in list(tablet.store.packets.values()):
                fill(tablet, packet, by, photo, taken)
                taken += PHOTOS
            with tablet.store.transaction() as write:
                write.put(tablet.store.one, "exchange", exchange.hurry(tablet.state))
            line.sent.clear()
        cpu, started = cpu_seconds(pid), time.perf_counter()
        await asyncio.gather(*(tablet.sync() for tablet, _, _ in tablets))
        seconds, after = time.perf_counter() - started, cpu_seconds(pid)
    for tablet, _, _ in tablets:
        counts = exchange.summary(tablet.state)
        if not counts.safe or counts.held:
            raise AssertionError(f"not everything arrived: {counts}")
    lines = [line.sent for _, line, _ in tablets]
    return Measured(
        seconds=seconds,
        cpu=None if cpu is None or after is None else after - cpu,
        bytes=sum(len(sent.body) for one in lines for sent, _ in one),
        requests=sum(len(one) for one in lines),
        lines=lines,
    )


def _wall_clock() -> int:
    return time.time_ns() // 1_000_000


async def replay(origin: str, pid: int, lines: list[list[tuple[Sent, int]]]) -> Measured:
    """The same requests again, client by client, against whoever listens at ``origin``."""
    async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:

        async def one(requests: list[tuple[Sent, int]]) -> None:
            for sent, answered in requests:
                headers = {**sent.headers, "x-answer": str(answered)}
                answer = await client.request(sent.method, sent.path, headers=headers, content=sent.body)
                answer.raise_for_status()

        cpu, started = cpu_seconds(pid), time.perf_counter()
        await asyncio.gather(*(one(requests) for requests in lines))
        seconds, after = time.perf_counter() - started, cpu_seconds(pid)
    return Measured(
        seconds=seconds,
        cpu=None if cpu is None or after is None else after - cpu,
        bytes=sum(len(sent.body) for requests in lines for sent, _ in requests),
        requests=sum(len(requests) for requests in lines),
        lines=[],
    )


def cpu_seconds(root: int) -> float | None:
    """User and system seconds of a process and all below it; None where the system has no /proc."""
    if not Path("/proc/self/stat").exists():
        return None
    times: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        times[int(path.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    family, grew = {root}, True
    while grew:
        more = {pid for pid, (parent, _) in times.items() if parent in family} - family
        family, grew = family | more, bool(more)
    return sum(times[pid][1] for pid in family if pid in times) / os.sysconf("SC_CLK_TCK")


@contextmanager
def floor(folder: Path) -> Iterator[tuple[str, int]]:
    """The floor's process: its origin and pid."""
    (folder / "blobs").mkdir(parents=True)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--no-ws"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning", "tests.bench.floor:app"],
        env={**os.environ, "SUIJIAN_FLOOR": str(folder)},
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
    )
    origin = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(origin, timeout=5, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield origin, process.pid
    finally:
        process.terminate()
        process.wait(15)


def measure(database: str | None, folder: Path, visits: int, clients: int) -> Measured:
    """One engine: the visits into a fresh installation. ``database`` None: its own SQLite file."""
    environment = {"SUIJIAN_DATA": str(folder)}
    if database:
        environment["SUIJIAN_DATABASE"] = database
    prepared = asyncio.run(prepare(environment, visits, clients))
    with serving(folder, environment) as server:
        return asyncio.run(push_all(server.origin, server.pid, prepared))


def run(visits: int = VISITS, clients: int = CLIENTS) -> list[Row]:
    """Rows for SQLite, PostgreSQL and the floor: records/s, server CPU per record, bytes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suijian-bench-")))
        sqlite = measure(None, folder / "sqlite", visits, clients)
        cluster = stack.enter_context(running_cluster())
        name = cluster.create_database()
        postgres = measure(cluster.dsn(name), folder / "postgres", visits, clients)
        origin, pid = stack.enter_context(floor(folder / "floor"))
        least = asyncio.run(replay(origin, pid, sqlite.lines))
    under = f"sync floor, {clients} clients"
    rows = _rows(under, least, visits, None)
    for engine, found in (("SQLite", sqlite), ("PostgreSQL", postgres)):
        rows += _rows(f"sync on {engine}, {clients} clients", found, visits, (under, least))
    rows.append(Row(f"sync of {visits} visits: sent", visits, sqlite.bytes / 1e6, "MB"))
    rows.append(Row(f"sync of {visits} visits: requests", visits, sqlite.requests, "requests"))
    return rows


def _rows(name: str, found: Measured, visits: int, least: tuple[str, Measured] | None) -> list[Row]:
    speed = visits / found.seconds
    against = least[0] if least else None
    ratio = speed / (visits / least[1].seconds) if least else None
    rows = [Row(name, visits, speed, "records/s", against, ratio)]
    if found.cpu is not None:
        cost = found.cpu / visits * 1e3
        floor_cost = least[1].cpu / visits * 1e3 if least and least[1].cpu else None
        compared = f"{least[0]}: server CPU" if least and floor_cost else None
        rows.append(
            Row(
                f"{name}: server CPU",
                visits,
                cost,
                "ms/record",
                compared,
                cost / floor_cost if floor_cost else None,
            )
        )
    return rows


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(run(*(int(word) for word in sys.argv[1:]))))
