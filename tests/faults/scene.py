"""What the faults happen to: a real server process, and tablets that work against it over HTTP without pause."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from backend.app import open_house
from backend.settings import settings_from
from sync import exchange
from sync.exchange_words import Idle
from tests.conftest import EngineUnderTest
from tests.harness.server import Server, serving
from tests.harness.tablet import Answer, NoAnswer, Sent, Tablet, key_of
from tests.tablets import inspector, invite, order_visit, photo, photo_body

SUIJIAN = Path(sys.executable).with_name("suijian")
SETTLE_SECONDS = 120.0
PATIENCE = 120.0
"""Seconds that a test waits for what it is about, on a machine however loaded; it goes on as soon as it is there."""
WAITING = {"storage_full", "server_busy"}
"""What a server in trouble may say: nothing was saved, come again."""


@dataclass
class Worker:
    """A tablet at work. ``acknowledged`` and ``complete``: entries and photos that the server ever promised to hold;
    ``refused``: the codes that it answered."""

    tablet: Tablet
    visits: Sequence[str]
    chance: random.Random
    acknowledged: set[str] = field(default_factory=set)
    complete: set[str] = field(default_factory=set)
    photos: int = 0

    def record(self) -> None:
        """One more thing on site: every third one a photograph."""
        visit = self.chance.choice(self.visits)
        if self.chance.randrange(3):
            self.tablet.record(visit, "visit.opened", {"place": None})
            return
        content = photo(self.chance.randrange(1 << 48), (640, 480)) + self.chance.randbytes(60_000)
        self.tablet.record(visit, "evidence.taken", photo_body(content), photo=content)
        self.photos += 1

    async def send(self, steps: int) -> None:
        """Signal is there: up to so many steps of the exchange at once."""
        hurry(self.tablet)
        for _ in range(steps):
            action = await self.tablet.step()
            state = self.tablet.state
            self.acknowledged |= {name for name, e in state.entries.items() if e.receipt}
            self.complete |= {name for name, b in state.blobs.items() if b.status == "complete"}
            if isinstance(action, Idle):
                return

    async def work(self, over: asyncio.Event, pause: float) -> None:
        """Record and send until it is over."""
        while not over.is_set():
            self.record()
            await self.send(6)
            await asyncio.sleep(pause)

    async def settle(self) -> None:
        """Send until the server holds everything; fails where it does not come to that."""
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            await self.send(200)
            summary = exchange.summary(self.tablet.state)
            if summary.safe and not summary.aside and not summary.photos_aside:
                return
            assert time.monotonic() < until, f"not everything arrived: {summary}"
            await asyncio.sleep(0.1)


def hurry(tablet: Tablet) -> None:
    with tablet.store.transaction() as write:
        write.put(tablet.store.one, "exchange", exchange.hurry(tablet.state))


@dataclass
class Line:
    """A tablet's connection to wherever the server is now."""

    origin: str
    client: httpx.AsyncClient
    refused: Counter[str]

    async def __call__(self, sent: Sent) -> Answer:
        try:
            answer = await self.client.request(
                sent.method, self.origin + sent.path, headers=dict(sent.headers), content=sent.body
            )
        except httpx.TransportError as error:
            raise NoAnswer(str(error)) from error
        if answer.status_code >= 400:
            self.refused[_code(answer)] += 1
        return Answer(answer.status_code, answer.headers, answer.content)


def _code(answer: httpx.Response) -> str:
    try:
        return str(json.loads(answer.content)["code"])
    except (ValueError, KeyError):
        return f"HTTP {answer.status_code}"


@dataclass(frozen=True)
class Crew:
    """All workers of one scene; ``refused`` counts every refusal that any of them got."""

    workers: list[Worker]
    refused: Counter[str]

    def recorded(self) -> list[str]:
        """Every entry that a tablet called saved."""
        return [name for worker in self.workers for name in worker.tablet.saved]

    def acknowledged(self) -> set[str]:
        return {name for worker in self.workers for name in worker.acknowledged}

    def complete(self) -> set[str]:
        return {name for worker in self.workers for name in worker.complete}

    def photos(self) -> int:
        return sum(worker.photos for worker in self.workers)

    def unacknowledged(self) -> int:
        """How many entries were called saved that no server has acknowledged."""
        return len(self.recorded()) - len(self.acknowledged())

    async def sending(self) -> None:
        """Wait until something is on its way: between two things a quick server has acknowledged everything."""
        deadline = time.monotonic() + PATIENCE
        while self.unacknowledged() == 0:
            assert time.monotonic() < deadline, "nobody sends anything"
            await asyncio.sleep(0.001)

    @asynccontextmanager
    async def at_work(self, pause: float = 0.02) -> AsyncIterator[None]:
        """Everybody works while the block runs, with so many seconds between two things."""
        over = asyncio.Event()
        tasks = [asyncio.create_task(worker.work(over, pause)) for worker in self.workers]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*tasks)

    async def settle(self) -> None:
        await asyncio.gather(*(worker.settle() for worker in self.workers))


@asynccontextmanager
async def crew(origin: str, environment: Mapping[str, str], tablets: int, visits: int) -> AsyncIterator[Crew]:
    """So many tablets, enrolled at the server that runs at ``origin``, each with visits of its own."""
    house = await open_house(settings_from(environment))
    hired = []
    try:
        for _ in range(tablets):
            account = await inspector(house)
            ordered = [(await order_visit(house, [(account, "leader")]))[0] for _ in range(visits)]
            hired.append((account, await invite(house, account), ordered))
    finally:
        await house.engine.close()
    refused: Counter[str] = Counter()
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        workers = []
        for number, (account, code, ordered) in enumerate(hired):
            key = key_of(f"faults {account}")
            tablet = Tablet(key, Line(origin, client, refused), wall_clock, random.Random(number))
            await tablet.enrol(code, account)
            workers.append(Worker(tablet, ordered, random.Random(number)))
        yield Crew(workers, refused)


def wall_clock() -> int:
    return time.time_ns() // 1_000_000


async def until(happened: Callable[[], bool], what: str, again: Callable[[], object] = lambda: None) -> None:
    """Wait until something happened, doing ``again`` what brings it about; fails with ``what`` where it never does."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, what
        await asyncio.to_thread(again)
        await asyncio.sleep(0.05)


# --- the server -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def running(
    data: Path, port: int, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Server]:
    """`suijian serve`, without stopping the tablets while it starts."""
    manager = serving(data, environment, port)
    server = await asyncio.to_thread(manager.__enter__)
    try:
        yield server
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)


def family(root: int) -> list[int]:
    """A process and everything that it started, children first."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text("utf-8").rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[::-1]


def kill(server: Server) -> None:
    """SIGKILL to the server and its worker: nothing of it gets to say goodbye."""
    for pid in family(server.pid):
        os.kill(pid, signal.SIGKILL)


def suijian(data: Path, *arguments: str, database: str = "") -> str:
    """A command as the operator runs it; what it printed. Fails where it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")}
    given = {"SUIJIAN_DATA": str(data), **({"SUIJIAN_DATABASE": database} if database else {})}
    done = subprocess.run(
        [str(SUIJIAN), *arguments],
        env={**kept, **given},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- what must hold -------------------------------------------------------------------------------------------


def in_ledger(data: Path) -> tuple[list[str], list[str]]:
    """Ids of all entries, and digests of photographs called whole, read past the server."""
    with closing(sqlite3.connect(data / "suijian.sqlite", timeout=10)) as file:
        entries = [row[0] for row in file.execute("SELECT id FROM ledger_entry")]
        photos = [row[0] for row in file.execute("SELECT digest FROM evidence WHERE stored > 0")]
    return entries, photos


async def in_database(engine: EngineUnderTest) -> tuple[list[str], list[str], int]:
    """The same on either engine, and how often a photograph was called whole."""
    if engine.name == "sqlite":
        ids, photos = in_ledger(engine.data)
        return ids, photos, len(photos)
    connection = await asyncpg.connect(engine.database)
    try:
        ids = [row[0] for row in await connection.fetch("SELECT id FROM ledger_entry")]
        photos = [row[0] for row in await connection.fetch("SELECT digest FROM evidence WHERE stored > 0")]
        said = await connection.fetchval("SELECT count(*) FROM ledger_entry WHERE kind = 'evidence.stored'")
        return ids, photos, said
    finally:
        await connection.close()


def nothing_acknowledged_is_lost(data: Path, tablets: Crew) -> None:
    """Every promise that was given is kept on the disk at this moment."""
    acknowledged, complete = tablets.acknowledged(), tablets.complete()
    entries, photos = in_ledger(data)
    assert acknowledged <= set(entries)
    assert complete <= set(photos)
    assert {name for name in complete if not (data / "blobs" / name[:2] / name).is_file()} == set()


def everything_is_there_once(data: Path, tablets: Crew) -> None:
    """Every entry and photograph that was ever recorded is there, none twice, and the doctor finds all well."""
    recorded = tablets.recorded()
    entries, photos = in_ledger(data)
    assert len(entries) == len(set(entries))
    assert sorted(recorded) == sorted(set(entries) & set(recorded)), "lost or twice"
    assert sorted(photos) == sorted({p for w in tablets.workers for p in w.tablet.store.photos})
    assert len(photos) == tablets.photos()
    with closing(sqlite3.connect(data / "suijian.sqlite", timeout=10)) as file:
        said = file.execute("SELECT count(*) FROM ledger_entry WHERE kind = 'evidence.stored'").fetchone()[0]
        devices = [worker.tablet.device for worker in tablets.workers]
        marks = ", ".join("?" for _ in devices)
        own = file.execute(
            f"SELECT count(*) FROM ledger_entry WHERE device IN ({marks})", devices
        ).fetchone()[0]
    assert (said, own) == (tablets.photos(), len(recorded))
    assert "一切完好" in suijian(data, "doctor")
    assert "完全一致" in suijian(data, "replay")
