"""One exchange with a tablet: take its entries with signed receipts, give it what is new for its visits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw
from pydantic import ValidationError

from backend import db, ledger
from backend.field import again, clocks, rules
from backend.field.blobs import Store
from backend.field.entries import ANNOUNCING
from backend.field.rules import DeviceFacts, Item, Verdict
from backend.field.tables import Held, epoch_of, unread
from backend.house import House, Refused
from backend.ledger import Draft, LedgerEntry, Turn
from backend.people.rules import Actor
from sync.exchange_words import Cursor
from sync.words import Entry, EntryReceived, EvidenceStored, Receipt, refuse

RECEIPTS_AT_ONCE = 1_000
WAITING_AT_ONCE = 1_000


def items_of(raw: Sequence[Any]) -> list[Item]:
    """The entries of a push. What has not even the form of an entry is refused with its place in the list: it
    has no id that a receipt could name."""
    items: list[Item] = []
    for place, one in enumerate(raw):
        try:
            entry, body = Entry.model_validate(one["entry"], strict=True), one["body"]
        except (ValidationError, KeyError, TypeError) as error:
            raise Refused(refuse("bad_request", what=f"第 {place + 1} 条记录")) from error
        if not isinstance(body, dict):
            raise Refused(refuse("bad_request", what=f"第 {place + 1} 条记录的内容"))
        items.append((entry, body))
    return items


async def take(
    house: House, actor: Actor, items: Sequence[Item], at: str | None = None, covering: Sequence[Entry] = ()
) -> list[dict[str, Any]]:
    """Store what is valid and answer with the signed receipts, both in one transaction. ``at``: the tablet's clock as
    it says itself; None for a file, which says nothing of it. ``covering``: entries of it that nobody can read."""
    found = await db.execute(house.engine, "SELECT public_key FROM device WHERE id = {}", actor.device)
    if not found:
        raise Refused(refuse("device_unknown"))
    checked = rules.checked(actor.device or "", found[0]["public_key"], items, covering)
    async with ledger.turn(house) as turn:
        facts, waiting = await _facts(house, actor.device, checked.valid)
        verdicts = rules.judge(facts, checked, waiting)
        new = {verdict.entry for verdict in verdicts if verdict.store}
        if at is not None and new:
            await clocks.measure(house, turn, actor, at)
        turn.plain.update((key, checked.plain[key]) for key in new)
        turn.models.update((key, body) for key, body in checked.models.items() if key in new)
        await turn.store([item for item in checked.valid if item[0].id in new])
        receipts = [Receipt(entry=v.entry, status=v.status, code=v.code) for v in verdicts]
        receipts += [Receipt(entry=key, status="refused", code="signature_bad") for key in checked.refused]
        signed = await _sign(house, turn, actor, receipts)
        await _already_whole(house, turn, actor, verdicts)
    return signed


async def had(house: House, actor: Actor, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Signed receipts for those of this tablet's entries that are stored already: an entry is its id, so that who can
    read nothing of it any more is told so all the same."""
    if not ids:
        return []
    async with ledger.turn(house) as turn:
        stored: list[str] = []
        for start in range(0, len(ids), 500):
            here = LedgerEntry.id.is_in(list(ids[start : start + 500])) & (LedgerEntry.device == actor.device)
            stored += [row["id"] for row in await LedgerEntry.select(LedgerEntry.id).where(here)]
        if not stored:
            return []
        held = await Held.select(Held.entry, Held.code).where(
            (Held.device == actor.device) & (Held.source == "receipt")
        )
        codes = {row["entry"]: row["code"] for row in held}
        receipts = [
            Receipt(entry=key, status="held" if key in codes else "exists", code=codes.get(key))
            for key in stored
        ]
        return await _sign(house, turn, actor, receipts)


async def _facts(house: House, device: str, valid: Sequence[Item]) -> tuple[DeviceFacts, list[Item]]:
    # Asked again inside the turn: what is decided on must still be true when it is written.
    persons = await db.execute(
        house.engine,
        "SELECT d.status, p.account FROM device d LEFT JOIN device_person p ON p.device = d.id WHERE d.id = {}",
        device,
    )
    held = await db.execute(
        house.engine,
        "SELECT entry, code, decision FROM held WHERE device = {} AND source = 'receipt'",
        device,
    )
    gaps = [one["entry"] for one in held if one["code"] == "chain_gap" and not one["decision"]]
    waiting = await _stored(house, await _first(house, device) if gaps else [])
    seqs = {entry.seq for entry, _ in [*valid, *waiting]}
    places: dict[int, set[str]] = {}
    for one in await _places(house, device, sorted(seqs | {seq - 1 for seq in seqs})):
        places.setdefault(one["seq"], set()).add(one["id"])
    facts = DeviceFacts(
        status=persons[0]["status"] if persons else "revoked",
        persons=frozenset(one["account"] for one in persons if one["account"]),
        places={seq: frozenset(ids) for seq, ids in places.items()},
        gaps=frozenset(gaps),
        held={one["entry"]: one["code"] for one in held if one["entry"] not in gaps},
        visits=await _visits(house, sorted({entry.subject for entry, _ in [*valid, *waiting]})),
    )
    return facts, waiting


async def _places(house: House, device: str, seqs: Sequence[int]) -> list[dict[str, Any]]:
    """The entries at these places of the tablet's chain. Usually they are one stretch."""
    if not seqs:
        return []
    sql = "SELECT seq, id FROM ledger_entry WHERE device = {} AND "
    if seqs[-1] - seqs[0] < 2 * len(seqs):
        within = sql + "seq BETWEEN {} AND {}"
        return await db.execute(house.engine, within, device, seqs[0], seqs[-1])
    return [
        row
        for part in db.parts(seqs)
        for row in await db.execute(house.engine, f"{sql}seq IN ({db.marks(part)})", device, *part)
    ]


async def _visits(house: House, subjects: Sequence[str]) -> frozenset[str]:
    """Those of the subjects that are visits."""
    if not subjects:
        return frozenset()
    sql = f"SELECT id FROM visit WHERE id IN ({db.marks(subjects)})"  # noqa: S608 - marks
    return frozenset(row["id"] for row in await db.execute(house.engine, sql, *subjects))


async def _first(house: House, device: str) -> list[str]:
    """The entries that stand first behind their gaps: those that what comes now may free."""
    rows = await db.execute(
        house.engine,
        "SELECT h.entry FROM held h JOIN ledger_entry l ON l.id = h.entry WHERE h.device = {} "
        "AND h.source = 'receipt' AND h.code = 'chain_gap' AND h.decision = '' ORDER BY l.seq, l.id LIMIT {}",
        *(device, WAITING_AT_ONCE),
    )
    return [row["entry"] for row in rows]


async def _stored(house: House, ids: list[str]) -> list[Item]:
    if not ids:
        return []
    rows = await LedgerEntry.select().where(LedgerEntry.id.is_in(ids)).order_by(LedgerEntry.seq)
    bodies = await ledger.bodies_of(house, ids)
    return [(ledger.entry_of(row), bodies.get(row["id"], {})) for row in rows]


async def _sign(house: House, turn: Turn, actor: Actor, receipts: Sequence[Receipt]) -> list[dict[str, Any]]:
    if not receipts:
        return []
    drafts = [
        Draft(
            house.new_id(),
            EntryReceived(
                nonce=house.new_id(),
                device=actor.device,
                receipts=tuple(receipts[start : start + RECEIPTS_AT_ONCE]),
            ),
        )
        for start in range(0, len(receipts), RECEIPTS_AT_ONCE)
    ]
    # One append each, so that every receipt carries a signature of its own.
    entries = [entry for draft in drafts for entry in await turn.append(draft, actor.account, house.clock())]
    return [
        {
            "number": turn.recent[entry.id][0],
            "entry": entry.model_dump(),
            "body": turn.recent[entry.id][2],
        }
        for entry in entries
    ]


async def _already_whole(house: House, turn: Turn, actor: Actor, verdicts: Sequence[Verdict]) -> None:
    """A photo that another entry brought before is whole for this one too."""
    news = [v.entry for v in verdicts if v.store and turn.recent[v.entry][1].kind in ANNOUNCING]
    if not news:
        return
    within = f"entry IN ({db.marks(news)})"
    same = (
        "SELECT n.visit, n.digest, n.size FROM evidence n WHERE n." + within + " AND EXISTS "  # noqa: S608 - marks
        "(SELECT 1 FROM evidence e WHERE e.digest = n.digest AND e.stored > 0 AND e.use IN ('photo', 'recording'))"
    )
    announced = await db.execute(house.engine, same, *news)
    store = Store(house)
    # Read before it is vouched for: a file that rotted is sent once more, by whoever announced it last.
    here = {
        digest
        for digest in {row["digest"] for row in announced}
        if await asyncio.to_thread(store.whole, digest) is not None
    }
    pairs = {(row["visit"], row["digest"], row["size"]) for row in announced if row["digest"] in here}
    for visit, digest, size in sorted(pairs):
        stored = EvidenceStored(nonce=house.new_id(), digest=digest, size=size)
        await turn.append(Draft(visit, stored), actor.account, house.clock())


HERE = """
SELECT c.number, c.head, e.epoch, e.backed_up, l.head AS known
FROM server_chain c
LEFT JOIN field_epoch e ON e.id = 1
LEFT JOIN ledger_entry l ON l.number = {}
WHERE c.id = 1
"""
"""Where the ledger stands, its epoch, and its head at the number that a cursor names."""


async def news(house: House, device: Mapping[str, Any], epoch: str | None, cursor: Cursor) -> dict[str, Any]:
    """What the tablet has not read of its visits, and how far it has read then. A tablet that is out of use
    gets nothing."""
    here = (await db.execute(house.engine, HERE, cursor.number))[0]
    mine = here if here["epoch"] else await epoch_of(house)
    lost = cursor.number > 0 and here["known"] != cursor.head
    answer: dict[str, Any] = {"epoch": mine["epoch"], "backed_up": mine["backed_up"], "entries": []}
    if lost and epoch == mine["epoch"]:
        answer["reset"] = True
    number, within = (0, 0) if lost or epoch != mine["epoch"] else (cursor.number, cursor.within)
    end = {"number": here["number"], "head": here["head"]}
    if device["status"] == "revoked":
        return {**answer, "cursor": end, "revoked": True}
    if number == here["number"] and not within:
        return {**answer, "cursor": end}
    found = await unread(house, device["id"], number, within, rules.PAGE_ENTRIES + 1)
    page = found[: await _fitting(house, [entry for _, entry in found[: rules.PAGE_ENTRIES]])]
    told = await again.standing(house, await _read(house, [entry for _, entry in page]))
    answer["entries"] = [{**one, "body": one["body"] and Raw(one["body"])} for one in told]
    if len(found) > len(page):
        last, part = page[-1]
        rows = await db.execute(house.engine, "SELECT head FROM ledger_entry WHERE number = {}", last)
        place = {"number": last, "within": part, "head": rows[0]["head"]}
        return {**answer, "cursor": place, "more": True}
    return {**answer, "cursor": end}


async def _fitting(house: House, numbers: list[int]) -> int:
    """How many of these entries are in one answer, by the length of their bodies; one at least."""
    if len(numbers) * rules.PUSH_BYTES <= rules.PAGE_BYTES:
        return len(numbers)
    length: dict[int, int] = {}
    for part in db.parts(numbers):
        for row in await db.execute(
            house.engine,
            "SELECT e.number, LENGTH(b.sealed) AS length FROM ledger_entry e JOIN ledger_body b ON b.entry = e.id "  # noqa: S608 - marks
            f"WHERE e.number IN ({db.marks(part)})",
            *part,
        ):
            length[row["number"]] = row["length"]
    left = rules.PAGE_BYTES
    for place, number in enumerate(numbers):
        left -= length.get(number, 0)
        if left < 0:
            return max(place, 1)
    return len(numbers)


async def _read(house: House, numbers: list[int]) -> list[dict[str, Any]]:
    """Number, entry and body as it lies there, None where it was erased."""
    found: dict[int, dict[str, Any]] = {}
    for part in db.parts(numbers):
        for row in await db.execute(
            house.engine,
            "SELECT e.*, b.sealed FROM ledger_entry e LEFT JOIN ledger_body b ON b.entry = e.id "  # noqa: S608 - marks
            f"WHERE e.number IN ({db.marks(part)})",
            *part,
        ):
            found[row["number"]] = {
                "number": row["number"],
                "entry": {name: row[name] for name in Entry.model_fields},
                "body": ledger.plain_of(house, row),
            }
    return [found[number] for number in numbers]
