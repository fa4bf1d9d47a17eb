"""A PostgreSQL cluster of the tests' own: in a temporary folder, on a free port, with fsync on."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.harness.apart import run_apart
from tests.harness.machine import Missing, find_postgres, free_port

START_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Cluster:
    """A running server. ``pid`` is the postmaster's; ``folder`` holds its data, log and socket."""

    port: int
    pid: int
    folder: Path

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://suijian@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction, as the cluster's owner."""

        async def work() -> None:
            connection = await asyncpg.connect(self.dsn(database), timeout=10)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        run_apart(work())

    def create_database(self) -> str:
        """A new empty UTF-8 database; its name."""
        name = f"suijian_{secrets.token_hex(6)}"
        self.execute(f'CREATE DATABASE "{name}"')
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _unprivileged() -> pwd.struct_passwd | None:
    """Who runs the server when we are root, whom PostgreSQL refuses; None when we are somebody else."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in accounts:
            return accounts[name]
    raise Missing("PostgreSQL refuses to run as root and there is neither a postgres nor a nobody account")


def _spawn(command: list[str], folder: Path, owner: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    log = (folder / "log").open("ab")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "LC_ALL": "C",
        **{name: value for name, value in os.environ.items() if name in ("LD_LIBRARY_PATH", "TZ")},
    }
    with log:
        if owner is None:
            return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        return subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            env=environment,
            user=owner.pw_uid,
            group=owner.pw_gid,
            extra_groups=[],
        )


def _await_ready(server: subprocess.Popen[bytes], cluster: Cluster) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            cluster.execute("SELECT 1")
            return
        except (OSError, asyncpg.PostgresError) as problem:
            if server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            log = (cluster.folder / "log").read_text("utf-8", errors="replace")
            raise RuntimeError(f"PostgreSQL did not start: {log[-2000:]}") from problem


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown by pid; the hard way only when that takes too long."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait(STOP_SECONDS)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A fresh cluster until the end of the block; nothing of it remains."""
    programs = find_postgres()
    if programs is None:
        raise Missing("no PostgreSQL server binaries: install the package `postgresql`")
    owner = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="suijian-pg-"))
    try:
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        made = _spawn(
            [
                str(programs / "initdb"),
                *("-D", str(data), "-U", "suijian", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"),
            ],
            folder,
            owner,
        )
        if made.wait(START_SECONDS) != 0:
            raise RuntimeError(
                f"initdb failed: {(folder / 'log').read_text('utf-8', errors='replace')[-2000:]}"
            )
        port = free_port()
        server = _spawn(
            [
                str(programs / "postgres"),
                *("-D", str(data), "-p", str(port), "-k", str(folder)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=on", "-c", "shared_buffers=64MB"),
            ],
            folder,
            owner,
        )
        try:
            cluster = Cluster(port=port, pid=server.pid, folder=folder)
            _await_ready(server, cluster)
            yield cluster
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
