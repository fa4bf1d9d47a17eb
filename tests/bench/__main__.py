"""`make bench`: runs every `*_bench.py` of this folder, prints a table and writes `.bench/results.json`.

A bench module has one function ``run()`` that gives rows, as `Row` or as mappings with its names.
Absolute values depend on the machine; ``ratio`` (value / the compared one's value, both from the same run)
is what counts.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.row import Row

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / ".bench" / "results.json"
COLUMNS = ("name", "n", "value", "unit", "compared_with", "ratio")


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:,.3g}"
    return str(value)


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text under a head."""
    lines = [COLUMNS, *(tuple(_cell(getattr(row, column)) for column in COLUMNS) for row in rows)]
    widths = [max(_width(line[at]) for line in lines) for at in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def main(wanted: Sequence[str]) -> int:
    """Run the benches whose name contains one of ``wanted`` (all when empty)."""
    rows: list[Row] = []
    for path in sorted(HERE.glob("*_bench.py")):
        if wanted and not any(word in path.stem for word in wanted):
            continue
        started = time.perf_counter()
        run: Callable[[], Iterable[Row | Mapping[str, Any]]] = importlib.import_module(
            f"tests.bench.{path.stem}"
        ).run
        rows += [row if isinstance(row, Row) else Row(**row) for row in run()]
        print(f"{path.stem}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps([row.as_dict() for row in rows], ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
