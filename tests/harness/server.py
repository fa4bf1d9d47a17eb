"""The server as its users run it: a real `suijian serve` process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.harness.machine import free_port

START_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Server:
    """A running server. ``health`` is what GET /health answered; ``log`` is a file with all it printed."""

    origin: str
    pid: int
    data: Path
    log: Path
    health: Mapping[str, object]

    def printed(self) -> str:
        return self.log.read_text("utf-8", errors="replace")


def _await_health(process: subprocess.Popen[bytes], origin: str, log: Path) -> Mapping[str, object]:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            answer = httpx.get(f"{origin}/health", timeout=5, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.status_code == 200:
            body: Mapping[str, object] = answer.json()
            return body
        time.sleep(0.05)
    tail = log.read_text("utf-8", errors="replace")[-4000:]
    raise RuntimeError(f"the server did not become ready (exit code {process.poll()}):\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


@contextmanager
def serving(
    data: Path, environment: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[Server]:
    """`suijian serve` on 127.0.0.1 with its data in ``data``, ready when the block begins, gone when it ends.

    ``environment`` holds further SUIJIAN_* variables; none is inherited from the shell, so that a test means
    the same everywhere. Give ``port`` to come back at the same address after a stop.
    """
    data.mkdir(parents=True, exist_ok=True)
    chosen = port or free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SUIJIAN_")}
    settings = {"SUIJIAN_DATA": str(data), "SUIJIAN_PORT": str(chosen), "PYTHONUNBUFFERED": "1"}
    log = data.parent / f"{data.name}.log"
    command = Path(sys.executable).with_name("suijian")
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [str(command), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env={**inherited, **settings, **(environment or {})},
        )
    origin = f"http://127.0.0.1:{chosen}"
    try:
        health = _await_health(process, origin, log)
        yield Server(origin=origin, pid=process.pid, data=data, log=log, health=health)
    finally:
        _stop(process)
