"""The real server inside the storm: the real application, rules and ledger on a real SQLite file, that can be
killed between two statements, started again, backed up and restored from an older backup."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from litestar import Litestar
from litestar.exceptions import LitestarException

from backend import db, migrate
from backend.app import create_app
from backend.doctor import lost_pictures
from backend.field.tables import Epoch
from backend.house import House
from backend.settings import settings_from
from backend.vault import open_vault
from tests.harness.tablet import Answer, NoAnswer, Sent
from tests.storm.engine import LIFE, Hooks, InlineSQLite, Killed

BEGIN = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
T = TypeVar("T")
REGION = "榆岭区（虚构）"


@dataclass
class Clock:
    """True time, in milliseconds since the beginning."""

    passed: int = 0

    def __call__(self) -> datetime:
        return BEGIN + timedelta(milliseconds=self.passed)

    @property
    def milliseconds(self) -> int:
        return int(BEGIN.timestamp() * 1000) + self.passed


@dataclass
class Backup:
    """What `suijian backup` would have written: the database and the pictures, up to a ledger number."""

    folder: Path
    number: int


@dataclass
class Server:
    """One installation under ``folder``. ``app`` is shared by all schedules of a process, the house is not."""

    folder: Path
    app: Litestar
    clock: Clock
    chance: random.Random
    hooks: Hooks = field(default_factory=Hooks)
    disk_full: bool = False
    deaths: int = 0
    backups: list[Backup] = field(default_factory=list)
    house: House = field(init=False)
    engine: InlineSQLite = field(init=False)

    @property
    def database(self) -> Path:
        return self.folder / "suijian.sqlite"

    def new_engine(self) -> InlineSQLite:
        """The engine over the database's file, not yet opened."""
        return InlineSQLite(str(self.database), self.hooks)

    async def start(self) -> None:
        """Open the house over what lies on the disk."""
        self.engine = self.new_engine()
        await self.engine.open()
        db.bind(self.engine, migrate.TABLES)
        settings = settings_from({"SUIJIAN_DATA": str(self.folder)})
        vault = open_vault(self.folder / "keys")
        self.house = House(settings, self.engine, vault, self.clock, self.chance.randbytes)
        self.app.state.house = self.house
        self.app.state.region = REGION

    async def ask(self, sent: Sent, cut_at: int | None = None) -> Answer:
        """One request, through the whole application. ``cut_at``: the line breaks after so many bytes of the
        body. Raises NoAnswer where the server died meanwhile."""
        return await self.living(_asgi(self.app, sent, cut_at))

    async def living(self, work: Coroutine[Any, Any, T]) -> T:
        """Something that the server's process does, and that ends with it. Raises NoAnswer where it died."""
        token = LIFE.set(self.hooks.life)
        try:
            return await work
        except Killed:
            if LIFE.get() == self.hooks.life:
                await self.die()
            raise NoAnswer("the server died") from None
        except LitestarException as error:  # the answer had begun: the line is cut
            raise NoAnswer(str(error)) from error
        finally:
            LIFE.reset(token)

    async def die(self) -> None:
        """SIGKILL or power off, and a new start. What was not synced of unfinished pictures may be torn."""
        self.deaths += 1
        self.hooks.life += 1
        self.hooks.kill_in = self.hooks.full_in = None
        self.engine.cut()
        parts = self.folder / "blobs" / "parts"
        for part in sorted(parts.glob("*")) if parts.exists() else []:
            if self.chance.random() < 0.5:
                with part.open("r+b") as file:
                    file.truncate(self.chance.randrange(part.stat().st_size + 1))
        token = LIFE.set(0)
        try:
            await self.start()
        finally:
            LIFE.reset(token)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What is committed, read past the program: no fault touches it."""
        return self.engine.committed(sql, values)

    def number(self) -> int:
        """How far the ledger is."""
        return int(self.rows("SELECT number FROM server_chain WHERE id = 1")[0]["number"])

    async def back_up(self) -> Backup:
        """A consistent copy while the server runs; only when it is whole the horizon moves."""
        made = Backup(self.folder.with_name(f"{self.folder.name}-backup-{len(self.backups)}"), 0)
        shutil.rmtree(made.folder, ignore_errors=True)
        made.folder.mkdir()
        with sqlite3.connect(made.folder / "suijian.sqlite") as target:
            self.engine.back_up(target)
            made.number = target.execute("SELECT number FROM server_chain").fetchone()[0]
            target.execute("UPDATE field_epoch SET backed_up = ?", (made.number,))
        target.close()
        if (self.folder / "blobs").exists():
            shutil.copytree(self.folder / "blobs", made.folder / "blobs")
        # As `suijian backup`: it is no backup of pictures that are gone, and tablets keep theirs.
        if not await lost_pictures(self.house):
            await Epoch.update({Epoch.backed_up: made.number}).where(Epoch.id == 1)
        self.backups.append(made)
        return made

    async def restore(self, backup: Backup) -> None:
        """What `suijian restore` does: the files of a backup, and a new epoch."""
        self.hooks.life += 1
        self.engine.cut()
        for name in ("suijian.sqlite-wal", "suijian.sqlite-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(backup.folder / "suijian.sqlite", self.database)
        shutil.rmtree(self.folder / "blobs", ignore_errors=True)
        if (backup.folder / "blobs").exists():
            shutil.copytree(backup.folder / "blobs", self.folder / "blobs")
        await self.start()
        await Epoch.update({Epoch.epoch: self.house.new_id()}).where(Epoch.id == 1)

    def stop(self) -> None:
        self.engine.cut()


async def _asgi(app: Litestar, sent: Sent, cut_at: int | None) -> Answer:
    path, _, query = sent.path.partition("?")
    body = sent.body if cut_at is None else sent.body[:cut_at]
    messages = [{"type": "http.request", "body": body, "more_body": cut_at is not None}]
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> Mapping[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    headers = {**sent.headers, "content-length": str(len(sent.body)), "host": "127.0.0.1:8000"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": sent.method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    shown = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], shown, b"".join(parts))


@contextmanager
def without_threads(server: Callable[[], Server | None]) -> Iterator[None]:
    """Blocking work runs in the loop's own thread, so that one seed gives one run; a full disk of the server
    refuses to sync."""
    import os

    to_thread, fsync = asyncio.to_thread, os.fsync

    async def inline(work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        return work(*args, **named)

    def syncing(handle: int) -> None:
        running = server()
        if running and running.disk_full:
            raise OSError(28, "No space left on device")
        fsync(handle)

    asyncio.to_thread = inline
    os.fsync = syncing  # type: ignore[assignment]
    try:
        yield
    finally:
        asyncio.to_thread = to_thread
        os.fsync = fsync


def make_app(folder: Path) -> Litestar:
    """The application that every schedule of this process uses; its life is not begun: the schedules open houses."""
    return create_app(settings_from({"SUIJIAN_DATA": str(folder)}))
