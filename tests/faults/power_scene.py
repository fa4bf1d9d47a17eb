"""Schedules of power cuts: the real application, ledger and rules write through the simulated disk while tablets push
and the office orders; the power ends at some write or sync; what the disk kept is opened again and looked at."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from litestar import Litestar

from backend import db, ledger, migrate
from backend.people.tables import public_keys
from sync.exchange_words import Idle
from tests.faults.power import FULL, Disk, PoweredSQLite
from tests.harness.tablet import NoAnswer, Tablet, key_of
from tests.storm.engine import InlineSQLite, Killed
from tests.storm.quick import quick
from tests.storm.run import small
from tests.storm.server import Clock, Server, make_app, without_threads
from tests.storm.world import PEOPLE, TABLETS, VISITS, Office, Template, make_template

MOST = 900
"""Writes and syncs within which the power is cut."""


class Lost(AssertionError):
    """Something that was acknowledged is not there, or what is there is not whole."""


@dataclass
class PoweredServer(Server):
    """The storm's server on a disk that can lose power."""

    disk: Disk = field(default_factory=lambda: Disk(random.Random(0)))
    synchronous: str = FULL
    checkpoint: int = 40

    def new_engine(self) -> InlineSQLite:
        return PoweredSQLite(str(self.database), self.hooks, self.disk, self.synchronous, self.checkpoint)

    async def die(self) -> None:
        """The machine is off; nobody starts it again but the schedule."""
        self.hooks.life += 1


@dataclass
class Cut:
    """One schedule. ``promised``: ids of entries that somebody was told are kept."""

    seed: int
    template: Template
    app: Litestar
    folder: Path
    synchronous: str
    lies: bool
    promised: set[str] = field(default_factory=set)
    met: Counter[str] = field(default_factory=Counter)

    async def run(self) -> Counter[str]:
        """Work until the power is cut, then look; raises Lost."""
        chance = random.Random(f"power {self.seed}")
        before, after = self.folder / f"{self.seed}-before", self.folder / f"{self.seed}-after"
        shutil.copytree(self.template.folder, before)
        disk = Disk(chance, self.lies)
        checkpoint = chance.choice((8, 20, 40, 1_000))
        server = PoweredServer(
            before,
            self.app,
            Clock(),
            chance,
            disk=disk,
            synchronous=self.synchronous,
            checkpoint=checkpoint,
        )
        await server.start()
        disk.left = chance.randrange(1, MOST)
        try:
            with contextlib.suppress(Killed, NoAnswer):
                await self._work(server, chance)
        finally:
            server.stop()
        if not disk.off:
            raise Lost(f"SEED={self.seed}: the power was never cut")
        shutil.copytree(before, after, ignore=shutil.ignore_patterns("suijian.sqlite*"))
        disk.left_over(after)
        await self._look(Server(after, self.app, Clock(), chance))
        self.met[f"cut at a {disk.cut_in}"] += 1
        self.met["log written back before the cut"] += disk.syncs["database"] > 0
        self.met["something acknowledged before the cut"] += bool(self.promised)
        for one in (before, after):
            shutil.rmtree(one)
        return self.met

    async def _work(self, server: Server, chance: random.Random) -> None:
        office, clock = Office(server, self.template.truth.copy(), chance), server.clock
        tablets = [
            Tablet(
                key_of(f"storm tablet {number}"),
                server.ask,
                lambda: clock.milliseconds,
                random.Random(number),
                self.template.accounts[number],
                self.template.server_key,
                self.template.stores[number].copy(),
            )
            for number in range(TABLETS)
        ]
        while True:
            clock.passed += 60_000
            if chance.random() < 0.2:
                visit = chance.choice(VISITS)
                await office.order(visit, tuple(chance.sample(PEOPLE, 4)))
                self.promised.update(office.truth.heads[visit])
                continue
            tablet = chance.choice(tablets)
            for _ in range(chance.randrange(1, 6)):
                tablet.record(chance.choice(VISITS), "visit.opened", {"place": None})
            while not isinstance(await tablet.step(), Idle):
                told = tablet.state.entries.items()
                self.promised |= {name for name, entry in told if entry.receipt}
                if server.engine.disk.off:  # type: ignore[attr-defined]
                    return

    async def _look(self, server: Server) -> None:
        try:
            with closing(sqlite3.connect(server.database)) as file:
                (sound,) = file.execute("PRAGMA integrity_check").fetchone()
                kept = {row[0] for row in file.execute("SELECT id FROM ledger_entry")}
        except sqlite3.DatabaseError as error:
            raise Lost(f"SEED={self.seed}: {error}") from error
        if sound != "ok":
            raise Lost(f"SEED={self.seed}: {sound}")
        if missing := self.promised - kept:
            raise Lost(f"SEED={self.seed}: {len(missing)} acknowledged entries are gone")
        await server.start()
        try:
            vault = server.house.vault
            _, damages = await ledger.verify(server.house, await public_keys(vault.device, vault.public_key))
        finally:
            server.stop()
        if damages:
            raise Lost(f"SEED={self.seed}: the ledger does not verify: {damages[:3]}")
        self.met["entries acknowledged and there"] += len(self.promised)


def cuts(seeds: Iterable[int], synchronous: str = FULL, lies: bool = False) -> tuple[Counter[str], str]:
    """Run the schedules of these seeds; what the cuts met, and what was lost first ('' for nothing)."""
    memory = Path("/dev/shm")
    met: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(
        prefix="suijian-power-", dir=memory if memory.is_dir() else None
    ) as name:
        folder = Path(name)

        async def work() -> None:
            app = make_app(folder / "app")
            template = await make_template(folder, app)
            # What was there before counts as durable, so its log is written back.
            with closing(sqlite3.connect(template.folder / "suijian.sqlite")) as file:
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for seed in seeds:
                met.update(await Cut(seed, template, app, folder, synchronous, lies).run())

        logging.disable(logging.CRITICAL)
        readers, db.READERS = db.READERS, 1
        try:
            with without_threads(lambda: None), small(), quick(migrate.TABLES):
                asyncio.run(work())
        except Lost as lost:
            return met, str(lost)
        finally:
            db.READERS = readers
            logging.disable(logging.NOTSET)
    return met, ""
