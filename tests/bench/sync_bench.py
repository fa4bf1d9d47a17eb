"""The way in: 300 visits, each with 30 answers, three photos of 300 KB and a signature, over real HTTP into the real
server. Beside it a floor that takes the same bytes in the same requests, syncs as often and answers as much, and the
floor with the work that no server of this protocol is spared (`bare`).

How the server compares with the floor depends on the disk: the floor waits for one sync after the other, at the server
photos wait side by side, and those who write to the ledger share one. So both are measured once more on a disk that
needs longer for each (`slow_sync.c`).

It also depends on the memory of a virtual machine: where the host gives it page by page as it is touched first, writing
a photo takes a millisecond longer for both, and the floor, which does little else, falls further. Two runs compare only
where the floor's own CPU is the same.

Real tablets (`filled`) go first and their requests are written down; then a server that is what it was before gets
the same requests from a client that costs next to nothing (`wire`), as the floor does, so that two servers are compared
and not two clients. Only the cursor is put right, since the server counts and signs anew; every answer is looked at.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench.filled import Lines, enrolled, prepare, pushed, recorded
from tests.bench.row import Row
from tests.bench.wire import Wire
from tests.harness.machine import free_port
from tests.harness.postgres import Cluster, running_cluster
from tests.harness.server import serving
from tests.harness.tablet import Sent

VISITS, TABLETS = 300, 32
CLIENTS = (1, 8, 32)
JUDGED, ROUNDS = 8, 3
"""The number of clients at which server and floor are compared in earnest: in turn, so many times, the middling round
of each. On a virtual machine the same code takes up to twice as long from one minute to the next."""
SLOWER = (0.25, 1, 5)
"""Milliseconds that a sync waits on a slower disk. The server, which works most of the time, hardly notices the first
of them; the floor, which waits for one sync after the other, does."""


@dataclass(frozen=True)
class Measured:
    """One run: wall and server CPU seconds, and the database's own where it is a process apart."""

    seconds: float
    cpu: float | None
    database: float | None


CURSOR = re.compile(rb'"cursor":\{[^}]*\}')


def replay(
    origin: str, pid: int, lines: Lines, clients: int, *, database: int | None = None, real: bool = True
) -> Measured:
    """The same requests again from so many clients, each sending for some of the tablets one after the other.
    ``real``: the answers are looked at once all are there, and the next request's cursor is the last answer's."""
    answers: list[tuple[Sent, bytes]] = []

    def one(requests: Lines) -> None:
        with closing(Wire(origin)) as wire:
            for line in requests:
                cursor = b""
                for sent, answered in line:
                    posted = sent.method == "POST"
                    body = CURSOR.sub(cursor, sent.body, count=1) if cursor and posted else sent.body
                    answer = wire.ask(sent, body, answered)
                    answers.append((sent, answer))
                    found = CURSOR.search(answer) if real and posted else None
                    cursor = found[0] if found else cursor

    before, started = _spent(pid, database), time.perf_counter()
    with ThreadPoolExecutor(clients) as side_by_side:
        list(side_by_side.map(one, [lines[number::clients] for number in range(clients)]))
    seconds, after = time.perf_counter() - started, _spent(pid, database)
    for sent, answer in answers if real else []:
        _look(sent, answer)
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


def slow_syncs(folder: Path) -> Path | None:
    """What makes every sync of a process wait for SLOW_SYNC microseconds; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        print("no C compiler: nothing is measured on a slower disk", file=sys.stderr)
        return None
    made = folder / "slow_sync.so"
    source = Path(__file__).with_name("slow_sync.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(made), str(source), "-ldl"], check=True)
    return made


@contextmanager
def floor(
    folder: Path, what: str = "floor", environment: Mapping[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """The process of the floor, or of another one below the server: its origin and pid."""
    (folder / "blobs").mkdir(parents=True)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--no-ws"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning", f"tests.bench.{what}:app"],
        env={**os.environ, "SUIJIAN_FLOOR": str(folder), **(environment or {})},
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
    """An installation as it was before anything was sent, any number of times: ``again`` gives its environment. Each
    time has a folder of its own and nothing is deleted in between: a file system without a journal (ext4) looks,
    at each new file, at every one deleted within the last minutes, which took a quarter of the server's time."""

    folder: Path
    cluster: Cluster | None
    name: str = ""
    times: int = 0

    @property
    def data(self) -> Path:
        return self.folder / f"data {self.times}"

    def environment(self) -> dict[str, str]:
        found = {"SUIJIAN_DATA": str(self.data)}
        return found | ({"SUIJIAN_DATABASE": self.cluster.dsn(self.name)} if self.cluster else {})

    def keep(self) -> None:
        """What stands now is where ``again`` begins; nobody may be connected."""
        shutil.copytree(self.data, self.folder / "kept")
        if self.cluster:
            self.cluster.execute(f'CREATE DATABASE "{self.name}_kept" TEMPLATE "{self.name}"')

    def again(self) -> dict[str, str]:
        """Everything as it was kept."""
        self.times += 1
        shutil.copytree(self.folder / "kept", self.data)
        if self.cluster:
            kept = self.name.partition("_again_")[0]
            self.name = f"{kept}_again_{self.times}"
            self.cluster.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{kept}_kept"')
        return self.environment()


def prepared(cluster: Cluster | None, folder: Path, visits: int) -> tuple[Lines, Stand]:
    """One engine: what real tablets sent into a fresh installation, and that installation as it was before."""
    stand = Stand(folder, cluster, cluster.create_database() if cluster else "")
    teams = asyncio.run(prepare(stand.environment(), visits, min(visits, TABLETS)))
    with serving(stand.data, stand.environment()) as server:
        tablets = asyncio.run(enrolled(server.origin, teams))
    stand.keep()
    recorded(tablets, teams)
    with serving(stand.data, stand.environment()) as server:
        return asyncio.run(pushed(server.origin, tablets)), stand


def measured(
    stand: Stand, lines: Lines, clients: int, environment: Mapping[str, str] | None = None
) -> Measured:
    """The real server, once more from where it stood."""
    with serving(stand.data, {**stand.again(), **(environment or {})}) as server:
        apart = stand.cluster.pid if stand.cluster else None
        return replay(server.origin, server.pid, lines, clients, database=apart)


def below(
    what: str, folder: Path, lines: Lines, clients: int, environment: Mapping[str, str] | None = None
) -> Measured:
    """The floor, or another one below the server."""
    with floor(folder, what, environment) as (origin, pid):
        return replay(origin, pid, lines, clients, real=False)


def median(rounds: Sequence[Measured]) -> Measured:
    """The round of middling speed."""
    return sorted(rounds, key=lambda one: one.seconds)[len(rounds) // 2]


def on_slower_disks(stand: Stand, lines: Lines, visits: int) -> list[Row]:
    """Floor and server on disks that need so many milliseconds more for each sync."""
    library = slow_syncs(stand.folder)
    if library is None:
        return []
    rows = []
    for milliseconds in SLOWER:
        slow = {"LD_PRELOAD": str(library), "SLOW_SYNC": str(round(milliseconds * 1_000))}
        least = below("floor", stand.folder / f"floor {milliseconds} ms", lines, JUDGED, slow)
        found = measured(stand, lines, JUDGED, slow)
        where = f"{JUDGED} clients, syncs {milliseconds} ms slower"
        under = f"sync floor, {where}"
        rows += _rows(under, least, visits, None)
        rows += _rows(f"sync on SQLite, {where}", found, visits, (under, least))
    return rows


def run(visits: int = VISITS, *clients: int) -> list[Row]:
    """Rows for SQLite, PostgreSQL and the floor: records/s, CPU per record, bytes."""
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suijian-bench-")))
        cluster = stack.enter_context(running_cluster())
        lines, sqlite = prepared(None, folder / "sqlite", visits)
        others, postgres = prepared(cluster, folder / "postgres", visits)
        for number in clients or CLIENTS:
            taken: dict[str, list[Measured]] = {}
            for turn in range(ROUNDS if number == JUDGED else 1):
                for what in ("floor", "bare"):
                    found = below(what, folder / f"{what} {number} {turn}", lines, number)
                    taken.setdefault(what, []).append(found)
                taken.setdefault("on SQLite", []).append(measured(sqlite, lines, number))
                taken.setdefault("on PostgreSQL", []).append(measured(postgres, others, number))
            under, least = f"sync floor, {number} clients", median(taken["floor"])
            for what, rounds in taken.items():
                against = (under, least) if what != "floor" else None
                rows += _rows(f"sync {what}, {number} clients", median(rounds), visits, against)
        rows += on_slower_disks(sqlite, lines, visits)
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
