"""A real Chromium, quiet: no first-run page, no calls home."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Error,
    sync_playwright,
)

from tests.harness.machine import Missing, find_chromium

QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

WELCOMED = """if (location.protocol.startsWith('http')) localStorage.setItem('suijian.welcomed', 'yes')"""
"""What the tablet keeps once its first start was seen or skipped."""


def chromium() -> Path:
    """Where Chromium is; raises Missing with the package's name."""
    found = find_chromium()
    if found is None:
        raise Missing("no Chromium: install the package `chromium`, or run `playwright install chromium`")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium for the block; every test opens its own contexts, say one office and one tablet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*QUIET])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def launched_with_profile(
    kind: BrowserType,
    profile: Path,
    width: int,
    height: int,
    *,
    camera: Path | None = None,
    first_start: bool = False,
) -> Iterator[BrowserContext]:
    """A Chromium of its own whose storage lives in ``profile``: close the block (or kill the browser) and open it
    again, and what the tablet stored is still there. Times and words as in the office: zh-CN, Asia/Shanghai.
    ``camera`` is a Y4M film that the device's camera sees; the camera's use is granted without asking. The four
    screens of the tablet's first start count as seen, unless ``first_start``."""
    film = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    seen = [*film, f"--use-file-for-fake-video-capture={camera}"] if camera else []
    context = kind.launch_persistent_context(
        profile,
        executable_path=chromium(),
        args=[*QUIET, *seen],
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    if not first_start:
        context.add_init_script(WELCOMED)
    context.on("weberror", lambda broken: print("unheard in the app:", broken.error, file=sys.stderr))
    context.on("console", _told)
    try:
        yield context
    finally:
        with suppress(Error):  # a browser that was killed cannot be closed
            context.close()


def _told(message: ConsoleMessage) -> None:
    """What the app writes down as an error stands with a test that fails."""
    if message.type == "error":
        print(f"{message.text} ({message.location['url']})", file=sys.stderr)


def kill(profile: Path) -> int:
    """SIGKILL every process of the browser with this profile, as when a battery dies; how many there were."""
    killed = 0
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, NotADirectoryError, PermissionError, ProcessLookupError):
            continue
        if folder.name.isdigit() and f"--user-data-dir={profile}".encode() in command:
            os.kill(int(folder.name), signal.SIGKILL)
            killed += 1
    return killed
