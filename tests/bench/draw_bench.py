"""The draw against what else could have drawn: medians of one run on one machine."""

from __future__ import annotations

import hashlib
import heapq
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sync.tickets import draw_stratum, make_bitmap
from tests.bench.row import Row

N, K = 1_000_000, 50_000
MANY, SHARE = 20_000_000, 20
DRAW = "draw, all eligible"


def run() -> list[Row]:
    """Rows for 1,000,000 with 5 % drawn, and for 20,000,000 in a process of its own.

    The other ways are given as multiples of the draw's median (ratio 300: 300 times slower than the draw).
    """
    everybody = make_bitmap(N, range(N))
    nine_of_ten = make_bitmap(N, (i for i in range(N) if i % 10))
    draw = _median(15, lambda: draw_stratum(os.urandom(32), everybody, N, K))
    part = _median(15, lambda: draw_stratum(os.urandom(32), nine_of_ten, N, K))
    others = {
        "SQLite ORDER BY random()": _sqlite(),
        "hashlib loop": _median(3, _hash_loop),
        "published sampler (consistent_sampler)": _median(3, _sampler()),
    }
    rows = [
        Row(DRAW, N, draw * 1e3, "ms"),
        Row("draw, 9 of 10 eligible", N, part * 1e3, "ms", DRAW, part / draw),
    ]
    rows += [Row(name, N, value * 1e3, "ms", DRAW, value / draw) for name, value in others.items()]
    return rows + _many()


def _median(times: int, act: Callable[[], object]) -> float:
    """Median seconds of `times` calls."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return median(taken)


def _sqlite() -> float:
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE target (id INTEGER PRIMARY KEY)")
        base.executemany("INSERT INTO target VALUES (?)", ((i,) for i in range(N)))
        query = f"SELECT id FROM target ORDER BY random() LIMIT {K}"
        return _median(5, lambda: base.execute(query).fetchall())


def _hash_loop() -> list[int]:
    seed, sha256 = os.urandom(32), hashlib.sha256
    keyed = ((sha256(seed + i.to_bytes(8, "big")).digest(), i) for i in range(N))
    return sorted(i for _, i in heapq.nsmallest(K, keyed))


def _sampler() -> Callable[[], object]:
    # A benchmark-only dependency without types; nothing else imports it.
    from consistent_sampler import sampler

    rows = range(N)
    return lambda: list(sampler(rows, seed=os.urandom(8).hex(), take=K, output="id"))


def _many() -> list[Row]:
    """20 million rows in a fresh process, so that its peak memory is the draw's own."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.draw_bench"], check=True, capture_output=True, text=True
    )
    found = json.loads(told.stdout)
    name = "draw of 20 million, 5 %"
    rows = [Row(name, MANY, found["seconds"], "s")]
    if found["extra_mb"] is not None:
        rows.append(Row(f"{name}: memory over its inputs", MANY, found["extra_mb"], "MB"))
    return rows


def _memory(field: str) -> int | None:
    """Kilobytes of a field of /proc/self/status; None where the system has no such file."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text("ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), None)


def main() -> None:
    """Draws 1 of `SHARE` from `MANY` and prints the seconds (median of three) and the peak over the inputs."""
    everybody = b"\xff" * (MANY // 8)
    draw_stratum(bytes(32), everybody[:128], 1024, 10)
    before = _memory("VmRSS")
    first = _median(1, lambda: draw_stratum(os.urandom(32), everybody, MANY, MANY // SHARE))
    peak = _memory("VmHWM")
    rest = [_median(1, lambda: draw_stratum(os.urandom(32), everybody, MANY, MANY // SHARE)) for _ in "ab"]
    extra = None if before is None or peak is None else (peak - before) / 1024
    print(json.dumps({"seconds": median([first, *rest]), "extra_mb": extra}))


if __name__ == "__main__":
    main()
