"""The way in: 300 visits, each with 30 answers, three photos of 300 KB and a signature, over real HTTP into the real
server. Beside it a floor that takes the same bytes in the same requests, syncs as often and answers as much, and the
floor with the work that no server of this protocol is spared (`bare`).

Real tablets go first and their requests are written down; then a server that is what it was before gets the same
requests from a client that costs next to nothing, as the floor does, so that two servers are compared and not two
clients. Only the cursor is put right, since the server counts and signs anew; every answer is looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
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
from tests.harness.postgres import Cluster, running_cluster
from tests.harness.server import serving
from tests.harness.tablet import Answer, NoAnswer, Sent, Tablet, key_of
from tests.tablets import invite, order_visit

VISITS, TABLETS, ANSWERS, PHOTOS = 300, 32, 30, 3
CLIENTS = (1, 8, 32)
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


Lines = list[list[tuple[Sent, int]]]
"""Per tablet what it sent, each with the length of the answer."""


@dataclass(frozen=True)
class Measured:
    """One run: wall and server CPU seconds, and the database's own where it is a process apart."""

    seconds: float
    cpu: float | None
    database: float | None


async def enrolled(origin: str, prepared: list[Prepared]) -> list[Tablet]:
    """A tablet per team, with all its officers and all its packets."""
    tablets = []
    async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:
        for number, team in enumerate(prepared):
            tablet = Tablet(
                key_of(f"bench {number} {time.time()}"), Line(client), _wall_clock, random.Random(number)
            )
            for (account, _), code in reversed(list(zip(team.officers, team.codes, strict=True))):
                await tablet.enrol(code, account)
            await tablet.sync()
            tablets.append(tablet)
    return tablets


def recorded(tablets: list[Tablet], prepared: list[Prepared]) -> None:
    """Every visit of every tablet as it is filled on site."""
    photo, taken = photograph(), 0
    for tablet, team in zip(tablets, prepared, strict=True):
        by = {organisation: account for account, organisation in reversed(team.officers)}
        for packet in list(tablet.store.packets.values()):
            fill(tablet, packet, by, photo, taken)
            taken += PHOTOS
        with tablet.store.transaction() as write:
            write.put(tablet.store.one, "exchange", exchange.hurry(tablet.state))


async def pushed(origin: str, tablets: list[Tablet]) -> Lines:
    """Send everything as tablets do, until each says that all is safe; what they sent."""
    async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:
        lines = [Line(client) for _ in tablets]
        for tablet, line in zip(tablets, lines, strict=True):
            tablet.transport = line
        await asyncio.gather(*(tablet.sync() for tablet in tablets))
    for tablet in tablets:
        counts = exchange.summary(tablet.state)
        if not counts.safe or counts.held:
            raise AssertionError(f"not everything arrived: {counts}")
    return [line.sent for line in lines]


def _wall_clock() -> int:
    return time.time_ns() // 1_000_000


CURSOR = re.compile(rb'"cursor":\{[^}]*\}')


async def replay(
    origin: str, pid: int, lines: Lines, clients: int, *, database: int | None = None, real: bool = True
) -> Measured:
    """The same requests again from so many clients, each sending for some of the tablets one after the other.
    ``real``: the answers are looked at, and the next request's cursor is the last answer's."""

    async def tablet(client: httpx.AsyncClient, requests: list[tuple[Sent, int]]) -> None:
        cursor = b""
        for sent, answered in requests:
            headers = {**sent.headers, "x-answer": str(answered)}
            body = CURSOR.sub(cursor, sent.body, count=1) if cursor and sent.method == "POST" else sent.body
            answer = await client.request(sent.method, sent.path, headers=headers, content=body)
            answer.raise_for_status()
            if real:
                _look(sent, answer.content)
                found = CURSOR.search(answer.content)
                cursor = found[0] if found else cursor

    async def one(requests: Lines) -> None:
        async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:
            for line in requests:
                await tablet(client, line)

    before, started = _spent(pid, database), time.perf_counter()
    await asyncio.gather(*(one(lines[number::clients]) for number in range(clients)))
    seconds, after = time.perf_counter() - started, _spent(pid, database)
    cpu, apart = (None if b is None or a is None else a - b for b, a in zip(before, after, strict=True))
    return Measured(seconds, cpu, apart)


def _spent(pid: int, database: int | None) -> tuple[float | None, float | None]:
    return cpu_seconds(pid), cpu_seconds(database) if database else None


def _look(sent: Sent, answer: bytes) -> None:
    """A photo is stored, an entry accepted; nothing else will do."""
    if sent.method == "PUT" and not json.loads(answer)["stored"]:
        raise AssertionError("a photo was not stored")
    if sent.path == "/field/exchange":
        told = [one for item in json.loads(answer)["received"] for one in item["body"]["receipts"]]
        if len(told) != len(json.loads(sent.body)["entries"]) or {o["status"] for o in told} - {"accepted"}:
            raise AssertionError("not every entry was accepted")


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
def floor(folder: Path, what: str = "floor") -> Iterator[tuple[str, int]]:
    """The process of the floor, or of another one below the server: its origin and pid."""
    (folder / "blobs").mkdir(parents=True)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--no-ws"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning", f"tests.bench.{what}:app"],
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


@dataclass
class Stand:
    """An installation as it was before anything was sent, any number of times: ``again`` gives its environment."""

    folder: Path
    cluster: Cluster | None
    name: str = ""
    times: int = 0

    def environment(self) -> dict[str, str]:
        found = {"SUIJIAN_DATA": str(self.folder / "data")}
        return found | ({"SUIJIAN_DATABASE": self.cluster.dsn(self.name)} if self.cluster else {})

    def keep(self) -> None:
        """What stands now is where ``again`` begins; nobody may be connected."""
        shutil.copytree(self.folder / "data", self.folder / "kept")
        if self.cluster:
            self.cluster.execute(f'CREATE DATABASE "{self.name}_kept" TEMPLATE "{self.name}"')

    def again(self) -> dict[str, str]:
        """Everything as it was kept."""
        self.times += 1
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.folder / "kept", self.folder / "data")
        if self.cluster:
            kept = self.name.partition("_again_")[0]
            self.name = f"{kept}_again_{self.times}"
            self.cluster.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{kept}_kept"')
        return self.environment()


def measure(
    cluster: Cluster | None, folder: Path, visits: int, clients: Sequence[int]
) -> tuple[dict[int, Measured], Lines]:
    """One engine: the visits into a fresh installation for each number of clients; what was sent."""
    stand = Stand(folder, cluster, cluster.create_database() if cluster else "")
    prepared = asyncio.run(prepare(stand.environment(), visits, min(visits, TABLETS)))
    with serving(folder / "data", stand.environment()) as server:
        tablets = asyncio.run(enrolled(server.origin, prepared))
    stand.keep()
    recorded(tablets, prepared)
    with serving(folder / "data", stand.environment()) as server:
        lines = asyncio.run(pushed(server.origin, tablets))
    found = {}
    for number in clients:
        with serving(folder / "data", stand.again()) as server:
            apart = cluster.pid if cluster else None
            found[number] = asyncio.run(replay(server.origin, server.pid, lines, number, database=apart))
    return found, lines


def run(visits: int = VISITS, *clients: int) -> list[Row]:
    """Rows for SQLite, PostgreSQL and the floor: records/s, CPU per record, bytes."""
    clients = clients or CLIENTS
    least, bare = {}, {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suijian-bench-")))
        sqlite, lines = measure(None, folder / "sqlite", visits, clients)
        for number in clients:
            with floor(folder / f"floor {number}") as (origin, pid):
                least[number] = asyncio.run(replay(origin, pid, lines, number, real=False))
            with floor(folder / f"bare {number}", "bare") as (origin, pid):
                bare[number] = asyncio.run(replay(origin, pid, lines, number, real=False))
        cluster = stack.enter_context(running_cluster())
        postgres, _ = measure(cluster, folder / "postgres", visits, clients)
    rows = []
    for number in clients:
        under = f"sync floor, {number} clients"
        rows += _rows(under, least[number], visits, None)
        rows += _rows(f"sync bare, {number} clients", bare[number], visits, (under, least[number]))
        for engine, found in (("SQLite", sqlite), ("PostgreSQL", postgres)):
            rows += _rows(
                f"sync on {engine}, {number} clients", found[number], visits, (under, least[number])
            )
    sent = [len(one.body) for line in lines for one, _ in line]
    rows.append(Row(f"sync of {visits} visits: sent", visits, sum(sent) / 1e6, "MB"))
    rows.append(Row(f"sync of {visits} visits: requests", visits, len(sent), "requests"))
    return rows


def _rows(name: str, found: Measured, visits: int, least: tuple[str, Measured] | None) -> list[Row]:
    speed = visits / found.seconds
    against = least[0] if least else None
    rows = [
        Row(name, visits, speed, "records/s", against, speed * least[1].seconds / visits if least else None)
    ]
    for what, seconds, under in (
        ("server CPU", found.cpu, least[1].cpu if least else None),
        ("database CPU", found.database, None),
    ):
        if seconds is not None:
            compared = f"{against}: {what}" if against and under else None
            ratio = seconds / under if under else None
            rows.append(Row(f"{name}: {what}", visits, seconds / visits * 1e3, "ms/record", compared, ratio))
    return rows


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(run(*(int(word) for word in sys.argv[1:]))))
