"""`make storm SEED=… [N=…]`: run schedules from a seed on, on all cores, and count the faults.

python -m tests.storm SEED [N] [--trace]      --trace: one process, every step printed
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.storm.run import side_by_side, storm
from tests.storm.schedule import Broken

PORTION = 500
"""Schedules between two lines of progress."""


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
        for begin in range(first, first + many, PORTION):
            found = side_by_side(begin, min(PORTION, first + many - begin))
            if found.broken:
                return _say_broken(found.broken, found.seed)
            faults += found.faults
            if many > PORTION:
                print(
                    f"up to seed {begin + PORTION - 1}: well, {time.perf_counter() - started:.0f} s",
                    flush=True,
                )
    print(report(faults, many, time.perf_counter() - started))
    return 0


def _say_broken(what: str, seed: int) -> int:
    print(f"storm: {what}\nagain: make storm SEED={seed}", flush=True)
    return 1


def report(faults: Counter[str], many: int, seconds: float) -> str:
    """How often each fault happened, and that nothing was lost."""
    lines = [f"{count:9,}  {name}" for name, count in sorted(faults.items())]
    lines.append(
        f"{len(faults)} kinds of fault in {many:,} schedules, {seconds:.0f} s: 0 lost, 0 twice, no leak"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
