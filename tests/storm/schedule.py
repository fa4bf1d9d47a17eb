"""One schedule: a district, ten tablets, two hundred steps of work and misfortune from one seed, then calm weather,
then what must hold."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from litestar import Litestar

from backend.doctor import lost_pictures
from backend.field import again
from backend.field.blobs import Store as Pictures
from sync import exchange
from sync.exchange_words import LONGEST_MS, Idle
from tests.harness.tablet import Answer, NoAnswer, Refusing, Sent, Tablet, key_of
from tests.harness.tablet_store import NotSaved
from tests.storm import invariants
from tests.storm.network import Network, PowerOff
from tests.storm.people import Scene, allowed, next_intent
from tests.storm.server import Clock, Server
from tests.storm.world import PEOPLE, TABLETS, VISITS, Office, Template, Truth

YEAR_MS = 365 * 24 * 3_600_000
STEPS = 200
BAD_DISK = 7
"""In one of so many schedules the server's disk loses pictures, by a chance of its own: the others are as they were."""


class Broken(Exception):
    """Something that must hold did not. The text says what; seed and step say how to see it again."""

    def __init__(self, seed: int, step: int, what: str) -> None:
        super().__init__(f"SEED={seed} step {step}: {what}")
        self.seed, self.step, self.what = seed, step, what


@dataclass
class Held:
    """A tablet in somebody's hands. ``people``: who joined it; ``skew``: how wrong its clock is, in ms."""

    tablet: Tablet
    people: list[str]
    skew: int = 0


@dataclass
class Schedule:
    """Run with ``await run()``; afterwards ``faults`` counts what happened."""

    seed: int
    template: Template
    app: Litestar
    folder: Path
    steps: int = STEPS
    faults: Counter[str] = field(default_factory=Counter)
    trace: Callable[[str], None] | None = None
    at: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(f"storm {self.seed}")
        self.disk = random.Random(f"disk {self.seed}")
        self.clock = Clock()
        self.truth = self.template.truth.copy()
        self.truths: list[Truth] = []
        self.backed_up: list[set[str]] = []
        self.cloned: set[str] = set()
        self.rotten: set[str] = set()
        self.gone: set[str] = set()
        self.hands: list[Held] = []
        self.skews: defaultdict[str, set[int]] = defaultdict(set)

    # --- the whole

    async def run(self) -> Counter[str]:
        """Everything; raises Broken."""
        data = self.folder / f"run-{self.seed}"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(self.template.folder, data)
        self.server = Server(data, self.app, self.clock, random.Random(f"server {self.seed}"))
        self.server.hooks.switch = lambda: self.chance.random() < 0.05
        await self.server.start()
        self.net = Network(self.server, self.ask, self.chance, self.faults)
        self.office = Office(self.server, self.truth, self.chance)
        for number in range(TABLETS):
            self._hand_out(number)
        try:
            for step in range(1, self.steps + 1):
                self.at = step
                await self._step()
            await self._calm()
            await invariants.at_rest(self)
        finally:
            self.server.stop()
            for folder in self.folder.glob(f"run-{self.seed}*"):
                shutil.rmtree(folder)
        return self.faults

    def broken(self, what: str) -> Broken:
        return Broken(self.seed, self.at, what)

    def note(self, what: str) -> None:
        if self.trace:
            self.trace(f"{self.at:4} {what}")

    def _hand_out(self, number: int) -> None:
        held = Held(
            Tablet(
                key_of(f"storm tablet {number}"),
                self._never,
                lambda: 0,
                random.Random(f"tablet {self.seed} {number}"),
                self.template.accounts[number],
                self.template.server_key,
                self.template.stores[number].copy(),
            ),
            [],
        )
        self._connect(held)
        held.people = sorted(self.truth.persons[held.tablet.device])
        self.hands.append(held)

    def _connect(self, held: Held) -> None:
        async def carry(sent: Sent) -> Answer:
            return await self.net.carry(held.tablet.device, sent)

        held.tablet.transport = carry
        held.tablet.clock = lambda: self.clock.milliseconds + held.skew

    async def _never(self, sent: Sent) -> Answer:
        raise NoAnswer(sent.path)

    async def ask(self, device: str, sent: Sent, cut_at: int | None = None) -> Answer:
        """A request reaches the server; whatever the answer, it may only speak of visits in scope."""
        before = self.truth.may_read(device)
        if sent.path == "/field/exchange" and cut_at is None:
            # By its own words, less what it was on its way: a request that was kept up makes its tablet look slow.
            at = datetime.fromisoformat(json.loads(sent.body)["at"])
            self.skews[device].add((at - self.clock()) // timedelta(milliseconds=1))
        answer = await self.server.ask(sent, cut_at=cut_at)
        invariants.no_leak(self, device, sent, answer, before | self.truth.may_read(device))
        return answer

    # --- steps

    async def _step(self) -> None:
        self.clock.passed += self.chance.choice((50, 300, 2_000, 10_000, 30_000, 90_000))
        act = self.chance.choices(ACTS, WEIGHTS)[0]
        self.note(act.__name__.strip("_"))
        await act(self)
        if self.seed % BAD_DISK == 0 and (what := self.disk.random()) < 0.06:
            await (self._picture_gone() if what < 0.04 else self._doctor())

    async def _records(self) -> None:
        held = self.chance.choice(self.hands)
        self._record_once(held)

    def _record_once(self, held: Held) -> None:
        tablet = held.tablet
        tablet.account = self.chance.choice(held.people)
        mine = [
            packet
            for packet in (tablet.packet(visit) for visit in tablet.visits())
            if packet and any(member.account == tablet.account for member in packet.team)
        ]
        if not mine:
            return
        packet = self.chance.choice(mine)
        scene = Scene(packet, tablet.fold(packet.visit), tablet.account, self.chance)
        intent = next_intent(scene)
        if intent is None:
            return
        rogue = self.chance.random() < 0.04
        if not allowed(scene, intent):
            if not rogue:
                return
            self.faults["recorded against the rules by a broken program"] += 1
        if self.chance.random() < 0.02:
            tablet.store.quota = 10
        try:
            entry = tablet.record(packet.visit, intent.kind, intent.fields, photo=intent.picture)
        except NotSaved:
            self.faults["tablet's storage full"] += 1
            tablet.store.quota = None
            return
        tablet.store.quota = None
        self._rot(tablet, entry.id, intent.fields.get("digest") if intent.picture else None)

    def _rot(self, tablet: Tablet, entry: str, picture: str | None) -> None:
        if picture and self.chance.random() < 0.03:
            self.faults["a photo went bad on the tablet"] += 1
            tablet.store.photos[picture] = tablet.store.photos[picture][:-9] + b"not these"
            self.rotten.add(picture)
        elif self.chance.random() < 0.003:
            self.faults["an entry went bad on the tablet"] += 1
            known, body = tablet.store.entries[entry]
            tablet.store.entries[entry] = (known, {**body, "nonce": "0" * 32})
            self.rotten.add(entry)

    async def _syncs(self) -> None:
        await self._drive(self.chance.choice(self.hands), self.chance.randrange(1, 7))

    async def _sync_together(self) -> None:
        some = self.chance.sample(self.hands, self.chance.randrange(2, 5))
        self.faults["several tablets at once"] += 1
        await asyncio.gather(*(self._drive(held, self.chance.randrange(1, 5)) for held in some))

    async def _drive(self, held: Held, most: int) -> None:
        tablet = held.tablet
        known = self.truth.persons.get(tablet.device, frozenset())
        tablet.account = self.chance.choice([one for one in held.people if one in known] or held.people)
        for _ in range(most):
            try:
                action = await tablet.step()
            except PowerOff:
                self._crash(tablet)
                return
            self.note(f"  {tablet.device[:4]} {action.kind} → {tablet.state.attempt}")
            invariants.no_lie(self, tablet)
            if isinstance(action, Idle):
                return

    def _crash(self, tablet: Tablet) -> None:
        lost = tablet.store.crash(self.chance.randrange(4))
        if lost:
            self.faults["tablet lost writes that were not flushed"] += 1
        missing = [entry for entry in tablet.saved if entry not in tablet.store.entries]
        if missing:
            raise self.broken(f"saved was said and {len(missing)} entries are gone after a crash")

    async def _power(self) -> None:
        self.faults["tablet's power failed"] += 1
        self._crash(self.chance.choice(self.hands).tablet)

    async def _arrives_late(self) -> None:
        await self.net.deliver_late()

    async def _hurries(self) -> None:
        tablet = self.chance.choice(self.hands).tablet
        asked = exchange.offer_again if self.chance.random() < 0.3 else exchange.hurry
        with tablet.store.transaction() as write:
            write.put(tablet.store.one, "exchange", asked(tablet.state))

    async def _clock_wrong(self) -> None:
        held = self.chance.choice(self.hands)
        years = self.chance.choice((-30, -3, 3, 30))
        self.faults[f"a tablet's clock {'ahead' if years > 0 else 'behind'} by years"] += 1
        held.skew = years * YEAR_MS

    async def _clock_right(self) -> None:
        held = self.chance.choice(self.hands)
        if held.skew:
            self.faults["a tablet's clock set back right"] += 1
        held.skew = 0

    async def _night(self) -> None:
        self.faults["hours without signal"] += 1
        self.clock.passed += self.chance.randrange(2, 20) * 3_600_000

    async def _server_restarts(self) -> None:
        self.faults["server killed while idle"] += 1
        await self.server.die()

    async def _backs_up(self) -> None:
        backup = await self.server.back_up()
        rows = self.server.rows("SELECT id FROM ledger_entry WHERE number <= ?", backup.number)
        self.backed_up.append({row["id"] for row in rows})
        self.truths.append(self.truth.copy())

    async def _restores(self) -> None:
        if not self.server.backups:
            return
        chosen = self.chance.randrange(max(0, len(self.server.backups) - 3), len(self.server.backups))
        self.faults["server restored from an older backup"] += 1
        await self.server.restore(self.server.backups[chosen])
        self.gone = set(await lost_pictures(self.server.house))
        self.truth = self.truths[chosen].copy()
        self.office.truth = self.truth
        del self.server.backups[chosen + 1 :], self.truths[chosen + 1 :], self.backed_up[chosen + 1 :]

    async def _picture_gone(self) -> None:
        """A picture that was called whole is deleted or damaged on the server's disk, and nobody notices yet."""
        store = Pictures(self.server.house)
        rows = self.server.rows("SELECT DISTINCT digest FROM evidence WHERE stored > 0 ORDER BY digest")
        there = [row["digest"] for row in rows if store.has(row["digest"])]
        if not there:
            return
        name = self.disk.choice(there)
        place, how = store.place(name), self.disk.randrange(3)
        self.gone.add(name)
        self.faults["a picture deleted on the server" if not how else "a picture damaged on the server"] += 1
        if not how:
            place.unlink()
            return
        content = bytearray(place.read_bytes())
        content[self.disk.randrange(len(content))] ^= 1
        place.write_bytes(bytes(content) if how == 1 else bytes(content[:-7]))

    async def _doctor(self) -> None:
        """Whoever runs the server looks, and asks the tablets for what is missing (doctor --ask-again)."""
        lost = await lost_pictures(self.server.house)
        if self.gone - set(lost) - await self._sent_again():
            raise self.broken("the doctor does not see that a picture is gone")
        if lost:
            self.faults["tablets asked again for lost pictures"] += 1
            await again.ask_again(self.server.house, lost)
        self.gone.clear()

    async def _sent_again(self) -> set[str]:
        store = Pictures(self.server.house)
        return {name for name in self.gone if store.whole(name) is not None}

    async def _reassigns(self) -> None:
        visit = self.chance.choice(VISITS)
        before = sorted(self.truth.teams[visit])
        stay = self.chance.sample(before, self.chance.choice((0, 2, 3)))
        rest = [person for person in PEOPLE if person not in stay]
        people = (*stay, *self.chance.sample(rest, 4 - len(stay)))
        self.faults["visit recalled from its whole team" if not stay else "people of a team replaced"] += 1
        await self.office.order(visit, people, supersedes=self.chance.random() < 0.85)
        if len(self.truth.heads[visit]) > 1:
            self.faults["two orders that do not know each other"] += 1

    async def _decides(self) -> None:
        admit = self.chance.random() < 0.5
        if await self.office.decide(admit):
            self.faults["held entry admitted" if admit else "held entry set aside"] += 1

    async def _joins(self) -> None:
        held, person = self.chance.choice(self.hands), self.chance.choice(PEOPLE)
        before = held.tablet.account
        calm, self.net.calm = self.net.calm, True
        try:
            await self.office.enrol(held.tablet, person)
            held.people = sorted({*held.people, person})
            self.faults["another person joined a tablet"] += 1
        except Refusing:
            held.tablet.account = before
        finally:
            self.net.calm = calm

    async def _revokes(self) -> None:
        if len(self.truth.revoked) < 2 and self.chance.random() < 0.5:
            self.faults["tablet revoked"] += 1
            await self.office.revoke(self.chance.choice(self.hands).tablet.device)

    async def _clones(self) -> None:
        if self.cloned or self.chance.random() < 0.6:
            return
        original = self.chance.choice(self.hands)
        self.faults["tablet cloned"] += 1
        self.cloned.add(original.tablet.device)
        store = original.tablet.store.copy()
        twin = Tablet(
            original.tablet.key,
            self._never,
            lambda: 0,
            random.Random(f"clone {self.seed}"),
            original.tablet.account,
            original.tablet.server_key,
            store,
            list(original.tablet.saved),
        )
        held = Held(twin, list(original.people), original.skew)
        self._connect(held)
        self.hands.append(held)

    async def _disables(self) -> None:
        person = self.chance.choice(PEOPLE)
        self.faults["account disabled"] += 1
        await self.office.disable(person, active=False)

    async def _unknown_kind(self) -> None:
        held = self.chance.choice(self.hands)
        visits = held.tablet.visits()
        if visits:
            self.faults["a kind of a newer version"] += 1
            held.tablet.record(self.chance.choice(visits), "item.weighed", {"grams": 12})

    # --- afterwards

    async def _calm(self) -> None:
        """The weather clears: everything arrives, clocks run on as wrong as they are, nobody presses anything but
        重新上传 once where something went aside."""
        self.at = self.steps + 1
        self.net.calm = True
        self.server.hooks.switch = lambda: False
        while self.net.late:
            await self.net.deliver_late()
        for person in PEOPLE:
            await self.office.disable(person, active=True)
        await self._doctor()
        await self._settle()
        offered = 0
        for held in self.hands:
            if any(entry.status == "aside" for entry in held.tablet.state.entries.values()) or any(
                blob.status == "aside" for blob in held.tablet.state.blobs.values()
            ):
                invariants.aside_for_a_reason(self, held.tablet)
                with held.tablet.store.transaction() as write:
                    write.put(held.tablet.store.one, "exchange", exchange.offer_again(held.tablet.state))
                offered += 1
        if offered:
            await self._settle()

    async def _settle(self) -> None:
        number = -1
        for _ in range(60):
            self.clock.passed += LONGEST_MS
            restless = 0
            for held in self.hands:
                await self._drive(held, 200)
                restless += held.tablet.state.attempt > 0
            now = self.server.number()
            if now == number and not restless:  # a whole round in which nobody had anything to say or to ask
                return
            number = now
        restless_ones = [held.tablet for held in self.hands if held.tablet.state.attempt]
        why = [
            f"{tablet.device[:8]} blocked={tablet.state.blocked} "
            f"next={exchange.next_action(tablet.state, 10**15)!r:.200}"
            for tablet in restless_ones
        ]
        raise self.broken(f"in calm weather the tablets did not come to rest: {why}")


ACTS = (
    *(Schedule._records, Schedule._syncs, Schedule._sync_together, Schedule._arrives_late),
    *(Schedule._hurries, Schedule._power, Schedule._clock_wrong, Schedule._clock_right, Schedule._night),
    *(Schedule._server_restarts, Schedule._backs_up, Schedule._restores, Schedule._reassigns),
    *(Schedule._decides, Schedule._joins, Schedule._revokes, Schedule._clones, Schedule._disables),
    Schedule._unknown_kind,
)
WEIGHTS = (100, 60, 12, 8, 3, 4, 3, 2, 1, 1, 3, 2, 4, 3, 1, 1, 1, 1, 1)
