"""What follows from entries in the field: who may read what, the visit's state, what is held, which photos exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend import ledger
from backend.field.tables import DeviceScope, Evidence, Held, VisitEntry, VisitState
from backend.house import House
from backend.ledger import Fact, LedgerEntry
from backend.people.tables import Account, Device, DevicePerson
from sync.canon import canonical
from sync.fold import body_of, fold
from sync.state import VisitState as Folded
from sync.state import to_json
from sync.words import NO_PREV, Entry, EvidenceTaken


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
    await _counts([fact.entry], {fact.entry.id: fact.number}, fact.number)
    await refold(fact.house, [fact.entry.subject], fact.number)


async def item_verified(fact: Fact) -> None:
    """item.verified → its snapshot belongs to the visit."""
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
    """evidence.stored → the photo is whole in this visit."""
    await Evidence.update({Evidence.stored: fact.number}).where(
        (Evidence.digest == fact.body["digest"])
        & (Evidence.visit == fact.entry.subject)
        & (Evidence.stored == 0)
    )
    await spoken(fact)


async def held_decided(fact: Fact) -> None:
    """entry.admitted, entry.set_aside → the decision; what was admitted counts from now on."""
    decision = "admitted" if fact.entry.kind == "entry.admitted" else "set_aside"
    await Held.update(
        {Held.decision: decision, Held.decided_by: fact.entry.by, Held.reason: fact.body["reason"]}
    ).where(Held.entry == fact.body["entry"])
    if decision == "admitted":
        entries, numbers = await _entries([fact.body["entry"]])
        await _counts(entries, numbers, fact.number)
    await spoken(fact)


async def entry_received(fact: Fact) -> None:
    """entry.received → what was accepted counts; what is held stands in the list; a fork marks the tablet."""
    codes = {r["entry"]: r["code"] for r in fact.body["receipts"] if r["status"] in ("accepted", "held")}
    entries, numbers = await _entries(list(codes))
    accepted = [entry for entry in entries if codes[entry.id] is None]
    await _counts(accepted, numbers, fact.number)
    await _announce(fact.house, entries)
    if accepted:
        await Held.delete().where(
            Held.entry.is_in([entry.id for entry in accepted]) & (Held.source == "receipt")
        )
    for entry in entries:
        code = codes[entry.id]
        if code is not None:
            await _hold(entry, code)
    if "chain_forked" in codes.values():
        await Device.update({Device.status: "forked"}).where(
            (Device.id == fact.body["device"]) & (Device.status == "enrolled")
        )
    await refold(fact.house, sorted({entry.subject for entry in entries}), fact.number)


async def _entries(ids: list[str]) -> tuple[list[Entry], dict[str, int]]:
    if not ids:
        return [], {}
    rows = await LedgerEntry.select().where(LedgerEntry.id.is_in(ids)).order_by(LedgerEntry.number)
    return [ledger.entry_of(row) for row in rows], {row["id"]: row["number"] for row in rows}


async def _counts(entries: Iterable[Entry], numbers: Mapping[str, int], place: int) -> None:
    rows = [
        VisitEntry(number=numbers[entry.id], place=place, visit=entry.subject, device=entry.device)
        for entry in entries
    ]
    if rows:
        await VisitEntry.insert(*rows).on_conflict(action="DO NOTHING")


async def _announce(house: House, entries: list[Entry]) -> None:
    taken = [entry for entry in entries if entry.kind == EvidenceTaken.KIND]
    bodies = await ledger.bodies_of(house, [entry.id for entry in taken])
    for entry in taken:
        body = body_of(entry.kind, bodies.get(entry.id))
        if not isinstance(body, EvidenceTaken):
            continue
        row = Evidence(
            entry=entry.id,
            digest=body.digest,
            visit=entry.subject,
            organisation=await _organisation(entry.by),
            device=entry.device,
            size=body.size,
            media_type=body.media_type,
            use="photo",
        )
        await Evidence.insert(row).on_conflict(action="DO NOTHING")


async def _organisation(account: str) -> str:
    row = await Account.select(Account.organisation).where(Account.id == account).first()
    return str(row["organisation"]) if row else ""


async def _hold(entry: Entry, code: str, source: str = "receipt") -> None:
    # Decided again: what a gap held may be held for another reason once the gap is filled.
    await Held.delete().where((Held.entry == entry.id) & (Held.decision == ""))
    row = Held(
        entry=entry.id,
        visit=entry.subject,
        device=entry.device,
        author=entry.by,
        organisation=await _organisation(entry.by),
        kind=entry.kind,
        at=entry.at,
        code=code,
        source=source,
    )
    await Held.insert(row).on_conflict(action="DO NOTHING")


async def folded(house: House, visit: str, until: int | None = None) -> Folded:
    """The visit's state from everything that the ledger says about it, and what the server holds now. ``until``:
    only up to that number, so that a replay sees at each entry what was seen then."""
    rows = await ledger.of_subject(house, visit)
    entries: list[tuple[Entry, Mapping[str, Any] | None]] = [
        (entry, body) for number, entry, body in rows if until is None or number <= until
    ]
    held = await Held.select().where((Held.visit == visit) & (Held.source == "receipt"))
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


async def refold(house: House, visits: list[str], number: int) -> None:
    """Write the states of these visits anew; an id that no order knows has none."""
    for visit in visits:
        state = await folded(house, visit, number)
        if not state.order.heads:
            continue
        await _hold_by_rules(visit, state)
        plain = canonical(to_json(state))
        row = VisitState(
            visit=visit,
            state=house.vault.seal(plain, "visit_state.state"),
            status="finished" if state.finished else "under_way" if state.opened else "ordered",
            entries=await VisitEntry.count().where(VisitEntry.visit == visit),
            items_answered=sum(
                item.answer is not None or item.verified is not None
                for block in state.blocks.values()
                for item in block.items.values()
            ),
            photos=len(state.evidence),
            photos_stored=sum(photo.stored for photo in state.evidence),
            held=sum(one.decision is None for one in state.held),
            disputed=len(state.disputed),
            finished_at=state.finished[0].at if state.finished else "",
            number=number,
        )
        await VisitState.delete().where(VisitState.visit == visit)
        await VisitState.insert(row)


async def _hold_by_rules(visit: str, state: Folded) -> None:
    known = {row["entry"]: row for row in await Held.select().where(Held.visit == visit)}
    now = {one.entry: one for one in state.held}
    lifted = [
        key
        for key, row in known.items()
        if row["source"] == "visit" and not row["decision"] and key not in now
    ]
    if lifted:
        await Held.delete().where(Held.entry.is_in(lifted))
    entries, _ = await _entries([key for key in now if key not in known])
    for entry in entries:
        await _hold(entry, now[entry.id].code, "visit")
