"""The ledger: load → decide → append. Append-only, hash-chained, the only way a disputed fact enters.

A ``turn`` holds the ledger alone from load to commit, so that what was decided on is still true when it is
written. Every entry gets the next ``number`` (its commit order) and a ``head`` that covers all before it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from piccolo.columns import BigInt, Bytea, Varchar
from piccolo.table import Table

from backend import db
from backend.house import House, Refused, instant
from sync import chain
from sync.canon import JSON, MAX_INTEGER, H, canonical
from sync.state import Told
from sync.words import Body, Entry, Envelope, Refusal

FIRST_HEAD = "0" * 64


class LedgerEntry(Table, tablename="ledger_entry"):
    """The ledger. UPDATE and DELETE are blocked by triggers on both engines. A place on a chain (``device``, ``seq``)
    has an index of its own."""

    number = BigInt(primary_key=True)
    id = Varchar(length=64, unique=True)
    kind = Varchar(length=64, index=True)
    subject = Varchar(length=32, index=True)
    by = Varchar(length=32)
    device = Varchar(length=64)
    seq = BigInt()
    prev = Varchar(length=64)
    at = Varchar(length=24)
    body_digest = Varchar(length=64)
    signature = Varchar(length=128)
    head = Varchar(length=64)


class LedgerBody(Table, tablename="ledger_body"):
    """Bodies, sealed at rest, beside the chain: the chain holds by their digests alone, so that a body could be
    withheld without breaking it. UPDATE and DELETE are blocked."""

    entry = Varchar(length=64, primary_key=True)
    sealed = Bytea()


class ServerChain(Table, tablename="server_chain"):
    """Where the server's own chain and the ledger stand; one row, changed with every append."""

    id = BigInt(primary_key=True)
    number = BigInt()
    head = Varchar(length=64)
    seq = BigInt()
    prev = Varchar(length=64)


@dataclass(frozen=True)
class Draft:
    """What a rule decided to record: the kind and body (a model of ``sync.words``) about a subject."""

    subject: str
    body: Body

    @property
    def kind(self) -> str:
        return self.body.KIND


@dataclass(frozen=True)
class Fact:
    """An entry as the reactions see it. ``number`` is its place in the ledger; ``body`` plain JSON; ``turn`` the one
    that writes it, None in a replay, which does everything at once."""

    house: House
    number: int
    entry: Entry
    body: Mapping[str, Any]
    turn: Turn | None = None


Decision = Draft | Sequence[Draft] | Refusal
Due = Callable[[int], Awaitable[None]]


class Turn:
    """The ledger held alone. Leave it by an exception and nothing happened."""

    def __init__(self, house: House, state: Mapping[str, Any]) -> None:
        self.house = house
        self._number: int = state["number"]
        self._before = self._number
        self._head: str = state["head"]
        self._seq: int = state["seq"]
        self._prev: str = state["prev"]
        self.plain: dict[str, bytes] = {}
        """Canonical bytes of bodies by entry, where somebody has made them already."""
        self.models: dict[str, Body] = {}
        """Bodies by entry as the models that they were found to be, where somebody has looked already."""
        self.recent: dict[str, tuple[int, Entry, Mapping[str, Any]]] = {}
        """Number, entry and body of what this turn wrote, by id."""
        self.gathered: dict[str, list[Fact]] = {}
        """Facts that wait for what is due by a name."""
        self._due: dict[str, tuple[int, Due]] = {}

    async def append(self, decision: Decision, by: str, now: datetime) -> list[Entry]:
        """Write what a rule decided as the server's own entries, the last of them signed.

        ``by`` is the account that acted. Raises Refused where the decision is a refusal.
        """
        if isinstance(decision, Refusal):
            raise Refused(decision)
        drafts = [decision] if isinstance(decision, Draft) else list(decision)
        return await self.append_for([(draft, by) for draft in drafts], now)

    async def append_for(self, drafts: Sequence[tuple[Draft, str]], now: datetime) -> list[Entry]:
        """The same for several who acted at once: (draft, account) each. Only the last entry is signed: its chain
        covers those before it."""
        vault = self.house.vault
        entries: list[tuple[Entry, dict[str, Any]]] = []
        for place, (draft, by) in enumerate(drafts):
            body = draft.body.model_dump(mode="json")
            plain = canonical(body)
            said: dict[str, Any] = {
                "kind": draft.kind,
                "subject": draft.subject,
                "by": by,
                "device": vault.device,
                "seq": self._seq + 1,
                "prev": self._prev,
                "at": instant(now),
                "body_digest": chain.body_bytes_digest(plain),
            }
            identity = chain.entry_id(Envelope.model_construct(**said))
            signature = vault.sign(identity) if place == len(drafts) - 1 else ""
            entries.append((Entry(**said, id=identity, signature=signature), body))
            self.plain[identity] = plain
            self._seq, self._prev = said["seq"], identity
        await self.store(entries)
        return [entry for entry, _ in entries]

    async def store(self, entries: Sequence[tuple[Entry, Mapping[str, Any]]]) -> None:
        """Write entries that are already whole (a device's, or the server's own) and run their reactions.

        The caller has checked chain and signature. Reactions run in the same transaction.
        """
        from backend.reactions import follow

        rows, bodies, facts = [], [], []
        seal = self.house.vault.seal
        for entry, body in entries:
            self._number += 1
            self._head = next_head(self._head, entry)
            rows.append({"number": self._number, **vars(entry), "head": self._head})
            plain = self.plain.pop(entry.id, None) or canonical(body)
            bodies.append({"entry": entry.id, "sealed": seal(plain, "ledger_body.sealed")})
            self.recent[entry.id] = (self._number, entry, body)
            facts.append(Fact(self.house, self._number, entry, body, self))
        await db.insert_many(LedgerEntry, rows)
        await db.insert_many(LedgerBody, bodies)
        for fact in facts:
            await follow(fact)

    def of(self, subject: str) -> tuple[int, list[tuple[int, Entry, Told]]]:
        """The ledger's last number before this turn, and what this turn wrote about a subject, in order."""
        wrote = [one for one in self.recent.values() if one[1].subject == subject]
        return self._before, [(number, e, self.models.get(e.id, body)) for number, e, body in wrote]

    def due(self, what: str, number: int, work: Due) -> None:
        """Something that need be done once, at the end of the turn, with the last number that asked for it."""
        self._due[what] = (number, work)

    def is_due(self, what: str) -> bool:
        return what in self._due

    def still_due(self, what: str, number: int) -> bool:
        """Whether it is due, from now on with that number."""
        if what in self._due:
            self._due[what] = (number, self._due[what][1])
        return what in self._due

    async def do(self, what: str) -> None:
        """What is due by that name, now."""
        if what in self._due:
            number, work = self._due.pop(what)
            await work(number)

    async def settle(self) -> None:
        """Everything that is due."""
        for what in list(self._due):
            await self.do(what)

    def marks(self) -> dict[str, Any]:
        """Where the ledger and the server's chain stand now."""
        return {"number": self._number, "head": self._head, "seq": self._seq, "prev": self._prev}

    async def _save(self) -> None:
        await _save(self.house, self.marks())


async def _load(house: House) -> Mapping[str, Any]:
    """Where the ledger stands; who has read it is the only one that appends until the transaction ends."""
    lock = db.for_update(house.engine)
    return (await db.execute(house.engine, f"SELECT * FROM server_chain WHERE id = 1{lock}"))[0]  # noqa: S608


async def _save(house: House, marks: Mapping[str, Any]) -> None:
    await db.execute(
        house.engine,
        "UPDATE server_chain SET number = {}, head = {}, seq = {}, prev = {} WHERE id = 1",
        *(marks["number"], marks["head"], marks["seq"], marks["prev"]),
    )


@asynccontextmanager
async def turn(house: House) -> AsyncIterator[Turn]:
    """Hold the ledger alone: load, decide and append inside. When the block has ended it is committed, perhaps
    together with others who waited; a block that ends by an exception leaves nothing behind."""
    engine = house.engine
    if engine.current_transaction.get() is not None:
        held = Turn(house, await _load(house))
        yield held
        await held.settle()
        await held._save()
        return
    async with engine.line.place(lambda: _load(house), lambda marks: _save(house, marks)) as place:
        held = Turn(house, place.marks)
        yield held
        await held.settle()
        place.marks = held.marks()


def next_head(head: str, entry: Entry) -> str:
    """The ledger's head after ``entry``: covers its id and its signature, and every head before."""
    return H("ledger/1", bytes.fromhex(head), bytes.fromhex(entry.id), bytes.fromhex(entry.signature)).hex()


def entry_of(row: Mapping[str, Any]) -> Entry:
    """The entry in a row of ``ledger_entry``."""
    return Entry(**{name: row[name] for name in Entry.model_fields})


async def body_of(house: House, entry: str) -> dict[str, Any] | None:
    """The body of one entry, or None where it was erased."""
    found = await bodies_of(house, [entry])
    return found.get(entry)


async def bodies_of(house: House, entries: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The bodies of these entries by id; erased ones are missing."""
    found: dict[str, dict[str, Any]] = {}
    for part in db.parts(entries):
        rows = await LedgerBody.select(LedgerBody.entry, LedgerBody.sealed).where(
            LedgerBody.entry.is_in(part)
        )
        for row in rows:
            found[row["entry"]] = json.loads(house.vault.open(bytes(row["sealed"]), "ledger_body.sealed"))
    return found


async def of_subject(house: House, subject: str) -> list[tuple[int, Entry, Mapping[str, JSON] | None]]:
    """Everything recorded about a subject, in ledger order: (number, entry, body or None)."""
    rows = await told_of_subject(house, subject)
    return [
        (number, e, None if body is None else json.loads(cast("bytes", body))) for number, e, body in rows
    ]


async def told_of_subject(
    house: House, subject: str, turn: Turn | None = None
) -> list[tuple[int, Entry, Told | None]]:
    """The same with bodies as they lie there, since a fold reads them itself. ``turn``: the one that asks, since what
    it wrote itself need not be read again."""
    before, recent = turn.of(subject) if turn else (MAX_INTEGER, [])
    rows = await db.execute(
        house.engine,
        "SELECT e.*, b.sealed FROM ledger_entry e LEFT JOIN ledger_body b ON b.entry = e.id "
        "WHERE e.subject = {} AND e.number <= {} ORDER BY e.number",
        *(subject, before),
    )
    return [*((row["number"], entry_of(row), plain_of(house, row)) for row in rows), *recent]


def plain_of(house: House, row: Mapping[str, Any]) -> bytes | None:
    """The body's canonical bytes in a row with ``sealed``; None where it was erased."""
    return house.vault.open(bytes(row["sealed"]), "ledger_body.sealed") if row["sealed"] is not None else None


@dataclass(frozen=True)
class Damage:
    """One thing that ``verify`` found wrong: at which number, and what."""

    number: int
    what: str


async def verify(house: House, public_keys: Mapping[str, str]) -> tuple[int, list[Damage]]:
    """Recompute the whole ledger: ids, numbers, heads, chains per device, body digests, signatures.

    ``public_keys`` maps device to public key. Returns how many entries were read and every damage found.
    """
    damages: list[Damage] = []
    head, number = FIRST_HEAD, 0
    covering = _Covering()
    while True:
        rows = (
            await LedgerEntry.select()
            .where(LedgerEntry.number > number)
            .order_by(LedgerEntry.number)
            .limit(1000)
        )
        if not rows:
            break
        sealed = {
            row["entry"]: bytes(row["sealed"])
            for row in await LedgerBody.select().where(LedgerBody.entry.is_in([r["id"] for r in rows]))
        }
        for row in rows:
            entry = entry_of(row)
            if row["number"] != number + 1:
                damages.append(Damage(row["number"], "number"))
            number = row["number"]
            head = next_head(head, entry)
            if head != row["head"]:
                damages.append(Damage(number, "head"))
                head = row["head"]
            damages += _entry_damage(house, number, entry, sealed.get(entry.id), public_keys)
            covering.see(entry, number)
    damages += [Damage(at, "unsigned") for at, _ in covering.open.values()]
    state = (await ServerChain.select().first()) or {"number": 0, "head": FIRST_HEAD}
    if (state["number"], state["head"]) != (number, head):
        damages.append(Damage(number, "end"))
    return number, damages


class _Covering:
    """Which entries a signature covers: the signed ones and, by ``prev``, all before them, in whatever order they
    came into the ledger (what a gap held up comes after the signature that covers it). ``open``: the others."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[int, str]] = {}
        self._awaited: set[str] = set()
        self._last: dict[str, str] = {}

    def see(self, entry: Entry, number: int) -> None:
        if not entry.signature and entry.id not in self._awaited:
            self.open[entry.id] = (number, entry.prev)
            return
        self._awaited.discard(entry.id)
        prev = entry.prev
        while prev in self.open:
            prev = self.open.pop(prev)[1]
        if prev != self._last.get(entry.device):
            self._awaited.add(prev)
        self._last[entry.device] = entry.id


def _entry_damage(
    house: House, number: int, entry: Entry, sealed: bytes | None, public_keys: Mapping[str, str]
) -> list[Damage]:
    found = []
    if chain.entry_id(entry) != entry.id:
        found.append(Damage(number, "id"))
    if sealed is not None:
        try:
            plain = house.vault.open(sealed, "ledger_body.sealed")
            if H("body/1", plain).hex() != entry.body_digest:
                found.append(Damage(number, "body"))
        except Exception as error:
            found.append(Damage(number, f"body: {type(error).__name__}"))
    key = public_keys.get(entry.device)
    if key is None:
        found.append(Damage(number, "device"))
    elif entry.signature and not chain.signature_holds(key, entry.id, entry.signature):
        found.append(Damage(number, "signature"))
    return found


APPEND_ONLY = (
    *("ledger_entry", "ledger_body", "registry_change"),
    *("draw_secret", "draw_row", "draw_roster"),
)
"""The ledger, and what its entries name by a digest only: without it a change set could not be replayed and a
draw could not be audited."""
