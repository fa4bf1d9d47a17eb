"""What follows from entries in the field: who may read what, the visit's state, what is held, which photos exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pydantic_core import from_json

from backend import db, jobs, ledger
from backend.field.kept import columns, kept_bytes
from backend.field.tables import DeviceScope, Evidence, Held, VisitEntry
from backend.house import House
from backend.jobs import Todo
from backend.ledger import Fact, LedgerEntry, Turn
from backend.people.tables import Account, Device, DevicePerson
from sync.fold import body_of, fold
from sync.state import Told
from sync.state import VisitState as Folded
from sync.words import NO_PREV, Entry, EvidenceAdded, EvidenceTaken, RecordingMade


async def visit_ordered(fact: Fact) -> None:
    """visit.ordered → the tablets of the team may read the visit from now on, and no others."""
    accounts = [member["account"] for member in fact.body["team"]]
    rows = await DevicePerson.select(DevicePerson.device).where(DevicePerson.account.is_in(accounts))
    devices = {row["device"] for row in rows} if accounts else set()
    visit = fact.entry.subject
    known = await DeviceScope.select().where(DeviceScope.visit == visit)
    gone = [row["id"] for row in known if row["device"] not in devices]
    if gone:
        await DeviceScope.delete().where(DeviceScope.id.is_in(gone))
    for device in sorted(devices):
        await _grant(device, visit, fact.number)
    await spoken(fact)


async def person_joined(fact: Fact) -> None:
    """device.person_joined → the tablet may read that person's visits from now on."""
    from backend.dispatch.tables import VisitMember

    device, account = fact.body["device"], fact.body["account"]
    for row in await VisitMember.select(VisitMember.visit).where(VisitMember.account == account):
        await _grant(device, row["visit"], fact.number)


async def _grant(device: str, visit: str, number: int) -> None:
    row = DeviceScope(id=f"{device}:{visit}", device=device, visit=visit, since=number)
    await DeviceScope.insert(row).on_conflict(action="DO NOTHING")


async def spoken(fact: Fact) -> None:
    """An entry of the office about a visit counts at once, and the visit is folded again."""
    if fact.turn:
        await fact.turn.do(PICTURES)
        await fact.turn.do(fact.entry.subject)
    await _counts([fact.entry], {fact.entry.id: fact.number}, fact.number)
    await _refold(fact.house, fact.entry.subject, fact.turn, fact.number)


async def item_verified(fact: Fact) -> None:
    """item.verified, item.contradicted → its snapshot belongs to the visit."""
    if fact.body["snapshot"]:
        await Evidence.insert(
            Evidence(
                entry=fact.entry.id,
                digest=fact.body["snapshot"],
                visit=fact.entry.subject,
                organisation=fact.body["organisation"],
                device=fact.entry.device,
                size=0,
                media_type="",
                use="snapshot",
                stored=fact.number,
            )
        )
    await spoken(fact)


async def evidence_stored(fact: Fact) -> None:
    """evidence.stored → the photo is whole in this visit. Several of one turn are written at its end together."""
    turn, visit = fact.turn, fact.entry.subject
    if turn is None:
        await _are_whole([fact])
        await _pictures_are_here(fact.house, {visit: fact.number})
    elif turn.still_due(visit, fact.number):
        await _are_whole([fact])
    else:
        facts = turn.gathered.setdefault(PICTURES, [])
        facts.append(fact)
        turn.due(PICTURES, fact.number, partial(_gathered, turn))


PICTURES = "pictures"
"""Under this name photos that became whole are due."""


async def _gathered(turn: Turn, _: int) -> None:
    facts = turn.gathered.pop(PICTURES)
    await _are_whole(facts)
    await _pictures_are_here(turn.house, {fact.entry.subject: fact.number for fact in facts})


async def _are_whole(facts: list[Fact]) -> None:
    await db.execute_many(
        facts[0].house.engine,
        "UPDATE evidence SET stored = {} WHERE digest = {} AND visit = {} AND stored = 0",
        [(fact.number, fact.body["digest"], fact.entry.subject) for fact in facts],
    )
    rows = [
        {"number": f.number, "place": f.number, "visit": f.entry.subject, "device": f.entry.device}
        for f in facts
    ]
    await db.insert_many(VisitEntry, rows, unless_there=True)


async def _pictures_are_here(house: House, numbers: Mapping[str, int]) -> None:
    """Count the visits' pictures anew: nothing else in a state changes by one that arrived. ``numbers``: the last
    entry by visit."""
    visits = list(numbers)
    within = f"visit IN ({db.marks(visits)})"
    states = await db.execute(
        house.engine,
        f"SELECT visit, SUBSTR(state, 1, {MARK}) AS mark, "  # noqa: S608 - numbers and marks
        "(SELECT COUNT(*) FROM visit_entry e WHERE e.visit = visit_state.visit) AS entries "
        f"FROM visit_state WHERE {within}",
        *visits,
    )
    whole = await db.execute(
        house.engine,
        f"SELECT DISTINCT visit, digest FROM evidence WHERE {within} AND stored > 0",  # noqa: S608 - marks
        *visits,
    )
    here = {(row["visit"], row["digest"]) for row in whole}
    rows = []
    for state in states:
        visit = state["visit"]
        pictures = _pictures.get(bytes(state["mark"]))
        if pictures is None:
            pictures = await _pictures_of(house, visit)
        stored = sum((visit, digest) in here for digest in pictures)
        rows.append((stored, numbers[visit], state["entries"], visit))
    if rows:
        await db.execute_many(
            house.engine,
            "UPDATE visit_state SET photos_stored = {}, number = {}, entries = {} WHERE visit = {}",
            rows,
        )


MARK = 13
"""Bytes by which a sealed state is known: their nonce is never used twice (vault)."""
KNOWN = 2_000
_pictures: dict[bytes, tuple[str, ...]] = {}
"""Digests of a state's photos by the mark of its seal, so that it need not be opened for every photo."""


def _know(sealed: bytes, pictures: tuple[str, ...]) -> tuple[str, ...]:
    if len(_pictures) >= KNOWN:
        _pictures.pop(next(iter(_pictures)))
    _pictures[sealed[:MARK]] = pictures
    return pictures


async def _pictures_of(house: House, visit: str) -> tuple[str, ...]:
    rows = await db.execute(house.engine, "SELECT state FROM visit_state WHERE visit = {}", visit)
    sealed = bytes(rows[0]["state"])
    state = from_json(house.vault.open(sealed, "visit_state.state"))
    return _know(sealed, tuple(photo["taken"]["body"]["digest"] for photo in state["evidence"]))


async def held_decided(fact: Fact) -> None:
    """entry.admitted, entry.set_aside → the decision; what was admitted counts from now on."""
    if fact.turn:
        await fact.turn.do(PICTURES)
    decision = "admitted" if fact.entry.kind == "entry.admitted" else "set_aside"
    await Held.update(
        {Held.decision: decision, Held.decided_by: fact.entry.by, Held.reason: fact.body["reason"]}
    ).where(Held.entry == fact.body["entry"])
    if decision == "admitted":
        entries, numbers = await _entries([fact.body["entry"]])
        await _counts(entries, numbers, fact.number)
    await _counts([fact.entry], {fact.entry.id: fact.number}, fact.number)
    # Many may be decided on in one turn; what the last fold finds are the rows that a replay ends with.
    await _fold_in_the_end(fact, fact.entry.subject)


async def entry_received(fact: Fact) -> None:
    """entry.received → what was accepted counts; what is held stands in the list; a fork marks the tablet."""
    if fact.turn:
        await fact.turn.do(PICTURES)
    codes = {r["entry"]: r["code"] for r in fact.body["receipts"] if r["status"] in ("accepted", "held")}
    entries, numbers = await _entries(list(codes), fact.turn)
    accepted = [entry for entry in entries if codes[entry.id] is None]
    await _counts(accepted, numbers, fact.number)
    await _announce(fact.house, entries, fact.turn)
    held = await db.execute(
        fact.house.engine,
        "SELECT entry FROM held WHERE device = {} AND source = 'receipt'",
        fact.body["device"],
    )
    lifted = {row["entry"] for row in held} & {entry.id for entry in accepted}
    if lifted:
        await Held.delete().where(Held.entry.is_in(sorted(lifted)))
    for entry in entries:
        code = codes[entry.id]
        if code is not None:
            await _hold(entry, code)
    if "chain_forked" in codes.values():
        await Device.update({Device.status: "forked"}).where(
            (Device.id == fact.body["device"]) & (Device.status == "enrolled")
        )
    for visit in sorted({entry.subject for entry in entries}):
        if fact.turn:  # two receipts of one turn are folded one after the other, as in a replay
            await fact.turn.do(visit)
        await _fold_in_the_end(fact, visit)


async def _fold_in_the_end(fact: Fact, visit: str) -> None:
    """Fold the visit once, at the end of the turn; in a replay at once."""
    if fact.turn:
        fact.turn.due(visit, fact.number, partial(_refold, fact.house, visit, fact.turn))
    else:
        await _refold(fact.house, visit, None, fact.number)


async def _entries(ids: list[str], turn: Turn | None = None) -> tuple[list[Entry], dict[str, int]]:
    if not ids:
        return [], {}
    if turn and all(key in turn.recent for key in ids):
        here = sorted((turn.recent[key] for key in ids), key=lambda one: one[0])
        return [entry for _, entry, _ in here], {entry.id: number for number, entry, _ in here}
    rows = await LedgerEntry.select().where(LedgerEntry.id.is_in(ids)).order_by(LedgerEntry.number)
    return [ledger.entry_of(row) for row in rows], {row["id"]: row["number"] for row in rows}


async def _counts(entries: Iterable[Entry], numbers: Mapping[str, int], place: int) -> None:
    rows = [
        {"number": numbers[entry.id], "place": place, "visit": entry.subject, "device": entry.device}
        for entry in entries
    ]
    await db.insert_many(VisitEntry, rows, unless_there=True)


ANNOUNCING = {EvidenceTaken.KIND: "photo", EvidenceAdded.KIND: "photo", RecordingMade.KIND: "recording"}
"""Kinds that announce bytes to come, and what they are used as."""


async def _bodies(house: House, entries: list[Entry], turn: Turn | None) -> Mapping[str, Mapping[str, Any]]:
    recent = {entry.id: turn.recent[entry.id][2] for entry in entries if turn and entry.id in turn.recent}
    others = [entry.id for entry in entries if entry.id not in recent]
    return {**await ledger.bodies_of(house, others), **recent}


async def _announce(house: House, entries: list[Entry], turn: Turn | None) -> None:
    taken = [entry for entry in entries if entry.kind in ANNOUNCING]
    if not taken:
        return
    bodies = await _bodies(house, taken, turn)
    organisations = await _organisations({entry.by for entry in taken})
    rows = []
    for entry in taken:
        body = body_of(entry.kind, bodies.get(entry.id))
        if not isinstance(body, EvidenceTaken | EvidenceAdded | RecordingMade):
            continue
        rows.append(
            {
                "entry": entry.id,
                "digest": body.digest,
                "visit": entry.subject,
                "organisation": organisations.get(entry.by, ""),
                "device": entry.device,
                "size": body.size,
                "media_type": body.media_type,
                "use": ANNOUNCING[entry.kind],
                "stored": 0,
            }
        )
    await db.insert_many(Evidence, rows, unless_there=True)


async def _organisations(accounts: set[str]) -> dict[str, str]:
    found = await Account.select(Account.id, Account.organisation).where(Account.id.is_in(sorted(accounts)))
    return {row["id"]: row["organisation"] for row in found}


async def _hold(entry: Entry, code: str, source: str = "receipt") -> None:
    # Decided again: what a gap held may be held for another reason once the gap is filled.
    await Held.delete().where((Held.entry == entry.id) & (Held.decision == ""))
    row = Held(
        entry=entry.id,
        visit=entry.subject,
        device=entry.device,
        author=entry.by,
        organisation=(await _organisations({entry.by})).get(entry.by, ""),
        kind=entry.kind,
        at=entry.at,
        code=code,
        source=source,
    )
    await Held.insert(row).on_conflict(action="DO NOTHING")


async def folded(house: House, visit: str, until: int | None = None, turn: Turn | None = None) -> Folded:
    """The visit's state from everything that the ledger says about it, and what the server holds now. ``until``:
    only up to that number, so that a replay sees at each entry what was seen then."""
    rows = await ledger.told_of_subject(house, visit, turn)
    entries: list[tuple[Entry, Told | None]] = [
        (entry, body) for number, entry, body in rows if until is None or number <= until
    ]
    held = await db.execute(
        house.engine, "SELECT entry, code FROM held WHERE visit = {} AND source = 'receipt'", visit
    )
    if held:
        entries.append(_receipt_of_now(house, visit, held))
    return fold(entries, office={house.vault.device})


def _receipt_of_now(house: House, visit: str, held: list[dict[str, Any]]) -> tuple[Entry, Mapping[str, Any]]:
    # Receipts are about batches, so none is among the visit's entries: fold is told what they hold now.
    receipts = [{"entry": row["entry"], "status": "held", "code": row["code"]} for row in held]
    entry = Entry(
        kind="entry.received",
        subject=visit,
        by=visit,
        device=house.vault.device,
        seq=1,
        prev=NO_PREV,
        at="1970-01-01T00:00:00.000Z",
        body_digest=NO_PREV,
        id=NO_PREV,
        signature="",
    )
    return entry, {"nonce": visit, "device": house.vault.device, "receipts": receipts}


async def mark(house: House) -> None:
    """Fold the visits anew whose states were kept before there were marks beside them (`rules_marks`)."""
    rows = await db.execute(house.engine, "SELECT visit, number FROM visit_state WHERE code = ''")
    if rows:
        async with ledger.turn(house) as turn:
            for row in rows:
                await _refold(house, row["visit"], turn, row["number"])


async def _refold(house: House, visit: str, turn: Turn | None, number: int) -> None:
    """Write the visit's state anew; an id that no order knows has none. ``turn``: None in a replay."""
    state = await folded(house, visit, number, turn)
    if not state.order.heads:
        return
    await _hold_by_rules(house, visit, state)
    await _destroy(house, visit, state, turn)
    counted = await db.execute(house.engine, "SELECT COUNT(*) AS n FROM visit_entry WHERE visit = {}", visit)
    sealed = house.vault.seal(kept_bytes(state), "visit_state.state")
    _know(sealed, tuple(photo.taken.body.digest for photo in state.evidence))
    row = {
        "state": sealed,
        "status": "finished" if state.finished else "under_way" if state.opened else "ordered",
        "entries": counted[0]["n"],
        "items_answered": sum(
            item.answer is not None or item.verified is not None or item.recognised is not None
            for block in state.blocks.values()
            for item in block.items.values()
        ),
        "photos": len(state.evidence),
        "photos_stored": sum(photo.stored for photo in state.evidence),
        "held": sum(one.decision is None for one in state.held),
        "disputed": len(state.disputed),
        "finished_at": state.finished[0].at if state.finished else "",
        "number": number,
        **columns(house, state),
    }
    await db.execute(
        house.engine,
        f"INSERT INTO visit_state (visit, {', '.join(row)}) VALUES ({{}}, {db.marks(row)}) "  # noqa: S608 - ours
        f"ON CONFLICT (visit) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in row)}",
        visit,
        *row.values(),
    )


async def _destroy(house: House, visit: str, state: Folded, turn: Turn | None) -> None:
    """A picture whose deletion has its effect is wanted no more, and stays so: no later order to another team gives
    its bytes back. Its file goes with a job after the commit, which a replay does not write again."""
    gone = [one.taken.entry for one in (*state.evidence, *state.added) if one.deleted]
    for part in db.parts(gone):
        rows = (
            await Evidence.update({Evidence.use: "destroyed"})
            .where(Evidence.entry.is_in(part) & (Evidence.use == "photo"))
            .returning(Evidence.entry)
        )
        if turn and rows:
            todo = Todo(f"destroy:{min(row['entry'] for row in rows)}", "destroy", {"visit": visit})
            await jobs.add([todo], house.clock())


async def _hold_by_rules(house: House, visit: str, state: Folded) -> None:
    rows = await db.execute(
        house.engine, "SELECT entry, source, decision, code FROM held WHERE visit = {}", visit
    )
    known = {row["entry"]: row for row in rows}
    now = {one.entry: one for one in state.held}
    waiting = {key: row for key, row in known.items() if row["source"] == "visit" and not row["decision"]}
    lifted = [key for key in waiting if key not in now]
    if lifted:
        await Held.delete().where(Held.entry.is_in(lifted))
    for key in waiting.keys() & now.keys():
        if waiting[key]["code"] != now[key].code:  # held for another reason now
            await Held.update({Held.code: now[key].code}).where(Held.entry == key)
    entries, _ = await _entries([key for key in now if key not in known])
    for entry in entries:
        await _hold(entry, now[entry.id].code, "visit")
