"""`make storm SEED=… [N=…]`: run schedules from a seed on, on all cores, and count the faults.

python -m tests.storm SEED [N] [--trace]      --trace: one process, every step printed

A long run says every so many schedules how far it is, how often each fault happened so far, and how to go on from
there. It writes nothing but these lines.
"""

from __future__ import annotations

import sys
import textwrap
import time
from collections import Counter

from tests.storm.run import side_by_side, storm
from tests.storm.schedule import Broken

PORTION = 500
"""Schedules between two reports of progress."""


def main(arguments: list[str]) -> int:
    numbers = [int(word) for word in arguments if not word.startswith("--")]
    first, many = numbers[0] if numbers else 1, numbers[1] if len(numbers) > 1 else 1
    started = time.perf_counter()
    faults: Counter[str] = Counter()
    if many == 1:
        try:
            faults = storm([first], trace=print if "--trace" in arguments else None)
        except Broken as broken:
            return _say_broken(str(broken), broken.seed)
    else:
        end = first + many
        for begin in range(first, end, PORTION):
            try:
                found = side_by_side(begin, min(PORTION, end - begin), nice=19)
            except KeyboardInterrupt:
                print(f"stopped; go on: make storm SEED={begin} N={end - begin}", flush=True)
                return 130
            if found.broken:
                return _say_broken(found.broken, found.seed)
            faults += found.faults
            _say_progress(faults, first, min(begin + PORTION, end), end, time.perf_counter() - started)
    print(report(faults, many, time.perf_counter() - started))
    return 0


def _say_broken(what: str, seed: int) -> int:
    print(f"storm: {what}\nagain: make storm SEED={seed}", flush=True)
    return 1


def _say_progress(faults: Counter[str], first: int, reached: int, end: int, seconds: float) -> None:
    if end - first <= PORTION:
        return
    done = reached - first
    counts = "; ".join(f"{name} {count:,}" for name, count in sorted(faults.items()))
    print(
        f"seeds {first} to {reached - 1} well: {done:,} schedules in {seconds:,.0f} s, {seconds / done:.3f} s each\n"
        + textwrap.fill(counts, 118, initial_indent="  ", subsequent_indent="  "),
        flush=True,
    )
    if reached < end:
        print(f"  to go on from here: make storm SEED={reached} N={end - reached}", flush=True)


def report(faults: Counter[str], many: int, seconds: float) -> str:
    """How often each fault happened, and that nothing was lost."""
    lines = [f"{count:9,}  {name}" for name, count in sorted(faults.items())]
    lines.append(
        f"{len(faults)} kinds of fault in {many:,} schedules, {seconds:.0f} s: 0 lost, 0 twice, no leak"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
