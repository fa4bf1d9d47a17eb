"""The lock files pin everything for every platform and name no registry: an office has a mirror of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.tidy.files import ROOT

PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")


@pytest.fixture(scope="module")
def npm() -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads((ROOT / "pwa/package-lock.json").read_text("utf-8"))[
        "packages"
    ]
    return {name: package for name, package in packages.items() if name}


@pytest.mark.parametrize("lock", PYTHON_LOCKS)
def test_every_python_package_is_pinned_with_its_hash(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    assert [
        line for line in lines if not re.match(r"[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []


def test_what_runs_is_what_was_tested() -> None:
    """The runtime lock's pins stand in the dev lock too, so that tests see the versions that people get."""
    pins = [
        set(re.findall(r"^[a-z0-9._-]+==\S+", (ROOT / lock).read_text("utf-8"), re.M))
        for lock in PYTHON_LOCKS
    ]
    assert pins[0] <= pins[1]


def test_the_locks_name_everything_that_is_needed() -> None:
    """They are installed without resolving anything, so that a newer release somewhere changes nothing."""
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_every_javascript_package_is_locked_with_its_hash_and_without_an_address(
    npm: dict[str, dict[str, Any]],
) -> None:
    assert [name for name, package in npm.items() if "integrity" not in package] == []
    assert [name for name, package in npm.items() if "resolved" in package] == []


def test_the_binaries_of_every_platform_are_locked(npm: dict[str, dict[str, Any]]) -> None:
    """`npm ci` refuses a lock that lacks one. It happens when a release is published before all its binaries;
    then hold that package back in `overrides`."""
    locked = {name.rpartition("node_modules/")[2] for name in npm}
    wanted = {
        (name, binary) for name, package in npm.items() for binary in package.get("optionalDependencies", {})
    }
    assert {(name, binary) for name, binary in wanted if binary not in locked} == set()
