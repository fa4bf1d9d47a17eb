"""`make storm SEED=… [N=…]`: run schedules from a seed on, count the faults, stop at the first that breaks.

python -m tests.storm SEED [N] [--trace] [--on]      --on: go on after a schedule that broke
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.storm.run import storm
from tests.storm.schedule import Broken


def main(arguments: list[str]) -> int:
    numbers = [int(word) for word in arguments if not word.startswith("--")]
    first, many = numbers[0] if numbers else 1, numbers[1] if len(numbers) > 1 else 1
    seed = first
    started = time.perf_counter()
    faults: Counter[str] = Counter()
    broke = 0
    while seed < first + many:
        try:
            faults += storm(range(seed, first + many), trace=print if "--trace" in arguments else None)
            break
        except Broken as broken:
            print(f"storm: {broken}\nagain: make storm SEED={broken.seed}", flush=True)
            seed, broke = broken.seed + 1, broke + 1
            if "--on" not in arguments:
                return 1
    if broke:
        print(f"{broke} of {many} schedules broke")
        return 1
    print(report(faults, many, time.perf_counter() - started))
    return 0


def report(faults: Counter[str], many: int, seconds: float) -> str:
    """How often each fault happened, and that nothing was lost."""
    lines = [f"{count:9,}  {name}" for name, count in sorted(faults.items())]
    lines.append(
        f"{len(faults)} kinds of fault in {many:,} schedules, {seconds:.0f} s: 0 lost, 0 twice, no leak"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
