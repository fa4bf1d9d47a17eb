"""The files that belong to the project: what git has, or would take."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[str, ...]:
    """Paths relative to the root, sorted: committed ones and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = {name for name in listed.stdout.decode().split("\0") if name}
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def text_of(name: str) -> str | None:
    """The file's text; None when it holds a NUL byte, as pictures and spreadsheets do."""
    data = (ROOT / name).read_bytes()
    return None if b"\0" in data else data.decode("utf-8", errors="replace")


def sources(*suffixes: str, under: tuple[str, ...]) -> list[tuple[str, str]]:
    """Path and text of every project file with one of ``suffixes`` under one of the folders."""
    return [
        (name, (ROOT / name).read_text("utf-8"))
        for name in project_files()
        if name.endswith(suffixes) and name.startswith(under)
    ]
