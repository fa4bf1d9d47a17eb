"""Planted bugs: each is one mistake that somebody could make, patched into the real rules, exchange, ledger or
tablet. A storm that does not notice one of them proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from backend import db, ledger, reactions
from backend.field import again, blobs, entries, receive, rules, tables
from backend.field.tables import VisitState
from backend.ledger import Fact
from sync import exchange, exchange_items
from sync.exchange_words import Blob, BlobAt, Push, State, Unreachable
from tests.harness.tablet import Tablet
from tests.harness.tablet_store import Store

Patch = tuple[object, str, Any]
"""Where, which name, by what."""


def _changed(word: Any, **changes: Any) -> Any:
    return word.model_copy(update=changes)


# --- the machine ----------------------------------------------------------------------------------------------


def _restore_unnoticed() -> list[Patch]:
    return [(exchange, "is_another_server", lambda state, outcome: False)]


def _old_horizon() -> list[Patch]:
    def again(state: State) -> State:
        kept = {
            name: _changed(e, status="waiting", receipt=0) if e.receipt > state.backed_up else e
            for name, e in state.entries.items()
        }
        after: State = _changed(state, entries=kept)
        return after

    return [(exchange, "all_again", again)]


def _clock_set_back() -> list[Patch]:
    return [(exchange, "_ahead", lambda moment, now, longest: now < moment)]


def _gap_forgotten() -> list[Patch]:
    return [(exchange_items, "_ask_about_gaps", lambda entries, receipts: None)]


def _decision_unheard() -> list[Patch]:
    return [(exchange, "settled", lambda entries, decided: dict(entries))]


def _sent_is_received() -> list[Patch]:
    took = exchange.took

    def hopeful(state: State, action: Any, outcome: Any, now: int, jitter: int) -> State:
        after = took(state, action, outcome, now, jitter)
        if not (isinstance(action, Push) and isinstance(outcome, Unreachable)):
            return after
        sure = {name: _changed(after.entries[name], status="received", receipt=1) for name in action.entries}
        hoped: State = _changed(after, entries={**after.entries, **sure})
        return hoped

    return [(exchange, "took", hopeful)]


def _refused_is_received() -> list[Patch]:
    receipted = exchange_items._receipted
    return [
        (
            exchange_items,
            "_receipted",
            lambda entry, told: receipted(
                entry, _changed(told, status="accepted", code=None) if told.status == "refused" else told
            ),
        )
    ]


def _last_byte_is_whole() -> list[Patch]:
    blob_at = exchange._blob_at

    def early(state: State, action: Blob, outcome: BlobAt, now: int, jitter: int) -> State:
        if outcome.offset == state.blobs[action.digest].size:
            outcome = _changed(outcome, stored=outcome.stored or 1)
        return blob_at(state, action, outcome, now, jitter)

    sent = exchange.took

    def hopeful(state: State, action: Any, outcome: Any, now: int, jitter: int) -> State:
        if isinstance(action, Blob) and isinstance(outcome, Unreachable) and action.offset is not None:
            outcome = BlobAt(offset=state.blobs[action.digest].size)
        return sent(state, action, outcome, now, jitter)

    return [(exchange, "_blob_at", early), (exchange, "took", hopeful)]


def _busy_is_the_entrys_fault() -> list[Patch]:
    return [(exchange, "WAIT_CODES", frozenset())]


def _one_bad_entry_blocks() -> list[Patch]:
    receipted = exchange_items._receipted
    return [
        (
            exchange_items,
            "_receipted",
            lambda entry, told: entry if told.status == "refused" else receipted(entry, told),
        )
    ]


# --- the server -----------------------------------------------------------------------------------------------


def _held_is_dropped() -> list[Patch]:
    judge = rules.judge
    return [
        (
            rules,
            "judge",
            lambda *facts: [
                replace(v, store=False) if v.code == "author_unknown" or v.code == "device_revoked" else v
                for v in judge(*facts)
            ],
        )
    ]


def _fork_is_dropped() -> list[Patch]:
    judge = rules.judge
    return [
        (
            rules,
            "judge",
            lambda *facts: [replace(v, store=v.store and v.code != "chain_forked") for v in judge(*facts)],
        )
    ]


def _verdict_forgotten() -> list[Patch]:
    judge = rules.judge
    return [(rules, "judge", lambda facts, *items: judge(replace(facts, held={}), *items))]


def _last_of_batch_lost() -> list[Patch]:
    store = ledger.Turn.store

    async def short(turn: Any, items: Any) -> None:
        await store(turn, items[:-1] if len(items) > 2 else items)

    return [(ledger.Turn, "store", short)]


def _every_visit_to_everybody() -> list[Patch]:
    async def unread(house: Any, device: str, number: int, within: int, limit: int) -> list[tuple[int, int]]:
        rows = await db.execute(
            house.engine,
            "SELECT place, number FROM visit_entry WHERE place > {} AND device <> {} ORDER BY place, number "
            "LIMIT {}",
            *(number, device, limit),
        )
        return [(row["place"], row["number"]) for row in rows]

    return [(receive, "unread", unread)]


def _scope_stays() -> list[Patch]:
    async def ordered(fact: Fact) -> None:
        known = await tables.DeviceScope.select().where(tables.DeviceScope.visit == fact.entry.subject)
        await entries.visit_ordered(fact)
        for row in known:
            await entries._grant(row["device"], row["visit"], row["since"])

    old = reactions.ROWS["visit.ordered"]
    rows = tuple(ordered if one is entries.visit_ordered else one for one in old)
    return [(reactions, "ROWS", {**reactions.ROWS, "visit.ordered": rows})]


def _cursor_by_own_number() -> list[Patch]:
    return [(tables, "PAGE", tables.PAGE.replace("v.place", "v.number"))]


def _page_end_is_the_ledgers_end() -> list[Patch]:
    news = receive.news

    async def hasty(house: Any, *asked: Any) -> dict[str, Any]:
        answer = await news(house, *asked)
        if answer.pop("more", False):
            rows = await db.execute(house.engine, "SELECT number, head FROM server_chain WHERE id = 1")
            answer["cursor"] = dict(rows[0])
        return answer

    return [(receive, "news", hasty)]


def _receipt_apart() -> list[Patch]:
    sign = receive._sign

    async def apart(house: Any, turn: Any, *rest: Any) -> Any:
        await turn._save()
        await db.execute(house.engine, "COMMIT")
        await db.execute(house.engine, "BEGIN IMMEDIATE")
        return await sign(house, turn, *rest)

    return [(receive, "_sign", apart)]


def _photo_unchecked() -> list[Patch]:
    def take(store: Any, digest: str, media_type: str, content: bytes) -> int:
        store.keep(digest, content)
        return len(content)

    return [(blobs.Store, "take", take)]


def _photo_said_before_kept() -> list[Patch]:
    take = blobs.Store.take

    def lazy(store: Any, digest: str, media_type: str, content: bytes) -> int:
        size = take(store, digest, media_type, content)
        place = store.place(digest)
        if int(digest[:2], 16) < 128:
            place.unlink(missing_ok=True)
        return size

    return [(blobs.Store, "take", lazy)]


def _gone_is_told_whole() -> list[Patch]:
    async def unseen(house: Any, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return items

    return [(again, "standing", unseen)]


def _write_past_the_reactions() -> list[Patch]:
    take = receive.take

    async def counting(*asked: Any) -> Any:
        received = await take(*asked)
        await VisitState.update({VisitState.held: VisitState.held + 1}).where(VisitState.held >= 0)
        return received

    return [(receive, "take", counting)]


# --- the tablet -----------------------------------------------------------------------------------------------


def _saved_before_durable() -> list[Patch]:
    transaction = Store.transaction
    return [
        (
            Store,
            "transaction",
            lambda store, *, strict=False, size=0: transaction(store, strict=False, size=size),
        )
    ]


def _cursor_before_entries() -> list[Patch]:
    take_in = Tablet.take_in

    def torn(tablet: Tablet, action: Any, outcome: Any, heard: Any, packets: Any) -> None:
        take_in(tablet, action, outcome, [], packets)
        tablet.store.flush()
        with tablet.store.transaction() as write:
            for number, entry, body in heard:
                write.put(tablet.store.heard, entry.id, (number, entry, body))

    return [(Tablet, "take_in", torn)]


def _office_remembered() -> list[Patch]:
    return [(Tablet, "forget_the_office", lambda tablet, write: None)]


def _recorded_again_after_a_lost_answer() -> list[Patch]:
    take_in = Tablet.take_in

    def twice(tablet: Tablet, action: Any, outcome: Any, heard: Any, packets: Any) -> None:
        take_in(tablet, action, outcome, heard, packets)
        if isinstance(action, Push) and isinstance(outcome, Unreachable) and action.entries:
            entry, body = tablet.store.entries[action.entries[0]]
            tablet.record(entry.subject, entry.kind, body, by=entry.by)

    return [(Tablet, "take_in", twice)]


MUTATIONS: dict[str, tuple[Callable[[], list[Patch]], int]] = {
    "the tablet does not notice that the server was restored": (_restore_unnoticed, 5003),
    "receipts of a lost ledger are believed below the old horizon": (_old_horizon, 5003),
    "a clock that was set back makes the tablet wait for years": (_clock_set_back, 5000),
    "nobody asks again about what a gap held": (_gap_forgotten, 5003),
    "a tablet does not hear that somebody decided": (_decision_unheard, 5000),
    "what was sent counts as received": (_sent_is_received, 5000),
    "a refusal counts as a receipt": (_refused_is_received, 5001),
    "a photo is whole once its last byte was sent": (_last_byte_is_whole, 5001),
    "a busy server is the item's fault": (_busy_is_the_entrys_fault, 5001),
    "one bad entry is offered for ever": (_one_bad_entry_blocks, 5019),
    "held entries get a receipt and are not stored": (_held_is_dropped, 5000),
    "the second branch of a fork is not stored": (_fork_is_dropped, 5005),
    "asked twice, a held entry is told to exist": (_verdict_forgotten, 5051),
    "the last entry of a batch is not stored": (_last_of_batch_lost, 5000),
    "news of every visit go to every tablet": (_every_visit_to_everybody, 5000),
    "who was recalled still reads": (_scope_stays, 5000),
    "what was let in late is skipped by the cursor": (_cursor_by_own_number, 5001),
    "a page's end is taken for the ledger's end": (_page_end_is_the_ledgers_end, 5000),
    "entries and their receipts are two transactions": (_receipt_apart, 5002),
    "a photo is kept without looking at its digest": (_photo_unchecked, 5015),
    "a photo is confirmed and not kept": (_photo_said_before_kept, 5000),
    "a picture that is gone is told as whole again": (_gone_is_told_whole, 5005),
    "a derived table is written past the reactions": (_write_past_the_reactions, 5000),
    "saved is said before it is durable": (_saved_before_durable, 5001),
    "the cursor is stored before what it has read": (_cursor_before_entries, 5001),
    "what a lost ledger ordered still counts": (_office_remembered, 5004),
    "a lost answer makes the tablet record again": (_recorded_again_after_a_lost_answer, 5000),
}
"""Name → patches, and a seed from which the storm soon meets it."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The bug of that name for the while."""
    patches = MUTATIONS[name][0]()
    before = [(where, what, getattr(where, what)) for where, what, _ in patches]
    try:
        for where, what, by in patches:
            setattr(where, what, by)
        yield
    finally:
        for where, what, was in reversed(before):
            setattr(where, what, was)
