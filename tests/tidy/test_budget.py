"""The tablet's shell is small: there in seconds over a rural connection, and at once without one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from tests.tidy.files import ROOT

JS_BYTES = 84 * 1024
CSS_BYTES = 15 * 1024


@pytest.fixture(scope="module")
def shell() -> dict[str, int]:
    """Bytes (gzip -9) of what index.html loads before the first screen, after a build where one is due."""
    make = shutil.which("make")
    assert make, "make is needed to build the tablet app"
    # Under `make test` the outer make's flags would reach the inner one and confuse its job server.
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")}
    subprocess.run([make, "-s", "build"], cwd=ROOT, env=environment, check=True)
    measured = subprocess.run(
        ["node", "pwa/scripts/size.mjs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert measured.stdout, measured.stderr
    sizes = json.loads(measured.stdout)
    return {"js": sizes["js"], "css": sizes["css"]}


def test_the_shells_javascript_stays_within_84_kb(shell: dict[str, int]) -> None:
    assert 0 < shell["js"] <= JS_BYTES


def test_the_shells_styles_stay_within_15_kb(shell: dict[str, int]) -> None:
    assert shell["css"] <= CSS_BYTES


def test_the_public_verifier_is_one_file_with_a_plain_name(shell: dict[str, int]) -> None:
    assert shell
    built = sorted(path.name for path in (ROOT / "pwa/dist/portal").iterdir())
    assert built == ["verify.js"]
    assert "import " not in (ROOT / "pwa/dist/portal/verify.js").read_text("utf-8")


def test_the_worker_waits_to_be_asked_and_handles_get_only(shell: dict[str, int]) -> None:
    """A worker that takes over by itself loses what was typed; one that re-creates a POST sends an empty body on
    Safari. The page of the very first start belongs to it too: otherwise the next one had nobody to wait for."""
    assert shell
    worker = (ROOT / "pwa/dist/sw.js").read_text("utf-8")
    assert worker.count("clients.claim") == 1
    assert worker.count("skipWaiting") == 1
    assert '"POST"' not in worker and "'POST'" not in worker
