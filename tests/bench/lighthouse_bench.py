"""Lighthouse on what people open first: the tablet's app, the portal, the page behind a check code, the desk's login.

Scores are Lighthouse's own, 0–100, on its default slowed telephone; it brings the Node that it wants.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.row import Row
from tests.harness.browser import QUIET, chromium
from tests.harness.server import serving

HERE = Path(__file__).parent / "lighthouse"
PAGES = (("终端", "/tablet/"), ("公示首页", "/"), ("核验", "/d"), ("登录", "/office/login"))
CATEGORIES = ("performance", "accessibility", "best-practices")
RUNS = 3
TRIES = 3
"""Now and then Chromium's trace lacks the page's beginning, and Lighthouse says to run it again."""


def installed() -> Path:
    """The folder of the tools, installed from their lock file where that is newer."""
    mark = HERE / "node_modules" / ".package-lock.json"
    lock = HERE / "package-lock.json"
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-progress", "--loglevel=error"], cwd=HERE, check=True)
    return HERE / "node_modules" / ".bin"


def report(tools: Path, address: str) -> dict[str, Any]:
    """Lighthouse's report on one page."""
    command = [
        str(tools / "node"),
        str(HERE / "node_modules" / "lighthouse" / "cli" / "index.js"),
        address,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={' '.join(QUIET)}",
    ]
    environment = {**os.environ, "CHROME_PATH": str(chromium())}
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if "Please run Lighthouse again" not in done.stderr:
            break
    if done.returncode:
        raise RuntimeError(f"{address}: {done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run() -> Iterator[Row]:
    """A row per page and category: the best of three runs, since a shared machine only ever takes away."""
    tools = installed()
    with (
        tempfile.TemporaryDirectory(prefix="suijian-lighthouse-") as folder,
        serving(Path(folder) / "data", {"SUIJIAN_DEMO": "1"}) as server,
    ):
        for name, path in PAGES:
            reports = [report(tools, server.origin + path) for _ in range(RUNS)]
            for category in CATEGORIES:
                scores = [one["categories"][category]["score"] or 0 for one in reports]
                yield Row(f"Lighthouse {name} {category}", RUNS, round(100 * max(scores)), "of 100")
