"""Which programs the tests can run here; as a command, the Debian packages of those that are missing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PLAYWRIGHT_PATTERNS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/Google Chrome for Testing",
)


class Missing(RuntimeError):
    """A program that a test needs is not on this machine; the message names the package."""


def find_chromium() -> Path | None:
    """The distribution's Chromium, else the newest of Playwright's own."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    caches = [
        Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright"),
        Path.home() / "Library/Caches/ms-playwright",
    ]
    own = [path for cache in caches for pattern in PLAYWRIGHT_PATTERNS for path in cache.glob(pattern)]
    return max(own, default=None, key=lambda path: path.stat().st_mtime)


def find_postgres() -> Path | None:
    """The folder that holds both `initdb` and `postgres`: on PATH, else the newest of Debian's."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    folders += sorted(versions, key=lambda path: -int(path.parent.name))
    for folder in folders:
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    return None


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font with Chinese; macOS has its own without fontconfig."""
    if not shutil.which("fc-list"):
        return os.uname().sysname == "Darwin"
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=True)
    return bool(listed.stdout.strip())


def missing_packages() -> list[str]:
    """Debian names of what is missing, in the order in which to install them."""
    found = {
        "chromium": find_chromium() is not None,
        "postgresql": find_postgres() is not None,
        "fonts-noto-cjk": has_chinese_font(),
        "poppler-utils": shutil.which("pdftotext") is not None,
        "openssl": shutil.which("openssl") is not None,
        "xxd": shutil.which("xxd") is not None,
    }
    return [package for package, there in found.items() if not there]


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    print(" ".join(missing_packages()))
