"""What a tablet sends and asks next: a pure state machine. Twin of `exchange.ts`; both run `vectors/exchange.json`.

The shell keeps ``State``, asks ``next_action``, does that one thing, tells ``took`` what came of it and keeps the
state that it gets back. No I/O, clock or chance here: ``now`` is milliseconds on the tablet's own clock, right or
wrong (set back, it makes nothing wait longer than the longest wait), ``jitter`` a whole number from 0 to 999. One
bad item goes aside and the rest go on; nothing leaves the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sync.exchange_items import NEVER as NEVER
from sync.exchange_items import (
    all_again,
    ask_numbers,
    ask_with_each_session,
    changed,
    complete,
    settled,
    told,
)
from sync.exchange_items import fetch_again as fetch_again
from sync.exchange_items import offer_again as offer_again
from sync.exchange_words import (
    BASE_MS,
    BATCH_BYTES,
    BATCH_ENTRIES,
    LONGEST_MS,
    PACKETS_AT_ONCE,
    PULL_MS,
    TRIES,
    Blob,
    BlobAt,
    BlobState,
    Cursor,
    Declined,
    EntryState,
    Exchanged,
    GotPackets,
    Handed,
    Idle,
    Opened,
    Packets,
    PacketState,
    Push,
    Session,
    State,
    Stored,
    Summary,
    Told,
    Unauthorised,
    Unreachable,
)

WAIT_CODES = frozenset({"server_busy", "storage_full", "too_many"})
"""Refusals that pass by themselves: nobody's item is at fault."""
BLOCK_CODES = frozenset({"not_allowed", "account_disabled", "device_unknown", "device_revoked"})
"""Refusals of the person or the tablet: no item is at fault, and waiting alone does not help."""

DECISIONS = frozenset({"entry.admitted", "entry.set_aside"})
"""Kinds of the office that decide on one held entry (暂存核定)."""


# --- what happens on the tablet -------------------------------------------------------------------------------


def recorded(state: State, entry: str, seq: int, prev: str, visit: str, size: int) -> State:
    """An entry was stored on the tablet: it waits from now on. Saying it twice changes nothing."""
    if entry in state.entries:
        return state
    made = EntryState(seq=seq, prev=prev, visit=visit, size=size)
    return changed(state, entries={**state.entries, entry: made})


def photographed(state: State, digest: str, size: int, visit: str, entry: str) -> State:
    """A photo was stored on the tablet and ``entry`` announces it. The same picture may be announced twice."""
    known = state.blobs.get(digest)
    if known is None:
        made = BlobState(size=size, visit=visit, entries=(entry,))
    elif entry in known.entries:
        return state
    else:
        made = changed(known, entries=(*known.entries, entry))
    return changed(state, blobs={**state.blobs, digest: made})


def destroyed(state: State, digest: str) -> State:
    """A photo was destroyed on the tablet (当场删除): nothing of it is sent or asked for any more."""
    return changed(state, blobs={key: blob for key, blob in state.blobs.items() if key != digest})


def hurry(state: State) -> State:
    """Signal came back, or somebody pressed 立即同步: try at once."""
    return changed(state, retry_at=0, pull_at=0)


# --- next -----------------------------------------------------------------------------------------------------


def next_action(state: State, now: int) -> Session | Push | Packets | Blob | Idle:
    """The one thing to do now: entries first, then packets, then photos, then news; each when its turn is due."""
    if _ahead(state.retry_at, now, LONGEST_MS):
        return Idle(until=state.retry_at)
    if not state.signed_in:
        return Session()
    batch = _batch(state)
    if batch or state.more:
        return Push(entries=batch, sign=_ends(state, batch))
    wanted = sorted(key for key, p in state.packets.items() if p.status == "wanted")
    if wanted and not state.revoked:  # a revoked tablet is given none, and its photos must not wait for them
        return Packets(digests=tuple(wanted[:PACKETS_AT_ONCE]))
    ready = [(b.failures, key) for key, b in state.blobs.items() if _uploadable(state, b)]
    if ready:
        digest = min(ready)[1]
        return Blob(digest=digest, offset=state.blobs[digest].offset)
    if _ahead(state.pull_at, now, 2 * PULL_MS):
        return Idle(until=state.pull_at)
    return Push(entries=(), sign=())


def _ahead(moment: int, now: int, longest: int) -> bool:
    """Whether ``moment`` is still to come. Further away than anything ever waits, the clock was set back since."""
    return now < moment <= now + longest


def _batch(state: State) -> tuple[str, ...]:
    waiting = sorted((e.seq, key) for key, e in state.entries.items() if e.status == "waiting")
    chosen: list[str] = []
    size = 0
    for _, key in waiting[: state.batch]:
        size += state.entries[key].size
        if chosen and size > BATCH_BYTES:
            break
        chosen.append(key)
    return tuple(chosen)


def _ends(state: State, batch: tuple[str, ...]) -> tuple[str, ...]:
    followed = {state.entries[key].prev for key in batch}
    return tuple(key for key in batch if key not in followed)


def _uploadable(state: State, blob: BlobState) -> bool:
    known = (state.entries.get(entry) for entry in blob.entries)
    return blob.status == "waiting" and any(e is not None and e.receipt > 0 for e in known)


# --- took -----------------------------------------------------------------------------------------------------


def took(
    state: State,
    action: Session | Push | Packets | Blob | Idle,
    outcome: Unreachable | Unauthorised | Declined | Opened | Exchanged | Handed | GotPackets | BlobAt,
    now: int,
    jitter: int,
) -> State:
    """The state after ``action`` came out so. An outcome that does not belong to the action counts as a broken
    answer."""
    # The photo was destroyed while it was on its way: whatever came of it, there is nothing left to do for it.
    if isinstance(action, Blob) and action.digest not in state.blobs:
        return state
    if isinstance(outcome, Unauthorised):
        over = changed(state, signed_in=False)
        return over if state.proven else _later(over, now, jitter)
    if isinstance(outcome, Declined):
        return _declined(state, action, outcome.code, now, jitter)
    if isinstance(action, Session) and isinstance(outcome, Opened):
        asked = ask_with_each_session(state)
        return changed(asked, signed_in=True, proven=False, blocked=None, revoked=outcome.revoked, retry_at=0)
    if isinstance(action, Push) and isinstance(outcome, Exchanged):
        return _exchanged(state, action, outcome, now, jitter)
    if isinstance(action, Push) and isinstance(outcome, Handed):
        return _handed(state, action, outcome, now, jitter)
    if isinstance(action, Packets) and isinstance(outcome, GotPackets):
        return _got_packets(state, action, outcome, now, jitter)
    if isinstance(action, Blob) and isinstance(outcome, BlobAt):
        return _blob_at(state, action, outcome, now, jitter)
    if isinstance(action, Blob):
        state = _with_blob(state, action.digest, offset=None)
    elif isinstance(action, Push) and len(action.entries) > 1:
        # A line that breaks in the middle of every large batch lets a small one through.
        state = changed(state, batch=len(action.entries) // 2)
    return _later(state, now, jitter)


def _later(state: State, now: int, jitter: int) -> State:
    """One failure more: wait twice as long, somewhere in the second half of the time, so that tablets that lost
    the server together do not come back together."""
    delay = min(LONGEST_MS, BASE_MS * 2 ** min(state.attempt, 20))
    wait = delay // 2 + delay // 2 * jitter // 1000
    return changed(state, attempt=state.attempt + 1, retry_at=now + wait)


def _well(state: State) -> State:
    return changed(state, attempt=0, retry_at=0, proven=True, blocked=None)


def _larger(state: State) -> int:
    """What one push may hold after one that arrived."""
    return min(BATCH_ENTRIES, 2 * state.batch)


def _declined(
    state: State, action: Session | Push | Packets | Blob | Idle, code: str, now: int, jitter: int
) -> State:
    if isinstance(action, Session) or code in BLOCK_CODES:
        return _later(changed(state, blocked=code, signed_in=False), now, jitter)
    if code in WAIT_CODES or isinstance(action, Idle):
        return _later(state, now, jitter)
    if isinstance(action, Push):
        if len(action.entries) > 1:
            return changed(state, batch=len(action.entries) // 2)
        if not action.entries:
            return _later(state, now, jitter)
        (only,) = action.entries
        aside = changed(state.entries[only], status="aside", code=code)
        return changed(state, entries={**state.entries, only: aside}, batch=BATCH_ENTRIES)
    if isinstance(action, Packets):
        return _later(_packets_failed(state, action.digests), now, jitter)
    failed = _blob_failed(state, action.digest, code)
    # A server that has never heard of the photo may be an older one of itself: the news say so, and come first.
    return _later(changed(failed, more=True) if code == "not_found" else failed, now, jitter)


def _exchanged(state: State, action: Push, outcome: Exchanged, now: int, jitter: int) -> State:
    if is_another_server(state, outcome):
        state = all_again(state)
    entries = settled(told(state.entries, outcome.receipts), outcome.decided)
    if not outcome.unproven:
        entries = ask_numbers(entries)
    blobs = dict(state.blobs)
    for stored in outcome.stored:
        if stored.digest in blobs:
            blobs[stored.digest] = complete(blobs[stored.digest], stored.number)
    packets = dict(state.packets)
    for key in outcome.packets:
        # Named again, it is given again: it may have gone aside while the visit was not this tablet's.
        if key not in packets or packets[key].status == "aside":
            packets[key] = PacketState()
    stuck = any(entries[key].status == "waiting" for key in action.entries)
    after = changed(
        _well(state),
        epoch=outcome.epoch,
        cursor=outcome.cursor,
        backed_up=outcome.backed_up,
        entries=entries,
        blobs=blobs,
        packets=packets,
        more=outcome.more,
        revoked=outcome.revoked,
        batch=_larger(state),
        pull_at=now + PULL_MS + PULL_MS * jitter // 1000,
    )
    # Entries without a verdict are offered again, but not in a tight circle.
    return _later(changed(after, attempt=state.attempt), now, jitter) if stuck else after


def _handed(state: State, action: Push, outcome: Handed, now: int, jitter: int) -> State:
    entries = told(state.entries, outcome.receipts)
    for key in outcome.damaged:
        if key in entries and entries[key].receipt == 0:
            entries[key] = changed(entries[key], status="aside", code="record_damaged")
    after = changed(state, entries=entries, batch=_larger(state))
    if any(entries[key].status == "waiting" for key in action.entries):
        return _later(after, now, jitter)
    return changed(after, attempt=0, retry_at=0)


def _got_packets(state: State, action: Packets, outcome: GotPackets, now: int, jitter: int) -> State:
    here = {key: PacketState(status="here") for key in action.digests if key in outcome.digests}
    missing = tuple(key for key in action.digests if key not in here)
    after = _packets_failed(changed(_well(state), packets={**state.packets, **here}), missing)
    return after if here else _later(changed(after, attempt=state.attempt), now, jitter)


def _packets_failed(state: State, digests: Iterable[str]) -> State:
    packets = dict(state.packets)
    for key in digests:
        failures = packets[key].failures + 1
        packets[key] = PacketState(status="aside" if failures >= TRIES else "wanted", failures=failures)
    return changed(state, packets=packets)


def _blob_at(state: State, action: Blob, outcome: BlobAt, now: int, jitter: int) -> State:
    blob = state.blobs[action.digest]
    if outcome.stored:
        done = complete(blob, outcome.stored)
        return changed(_well(state), blobs={**state.blobs, action.digest: done})
    if outcome.offset == action.offset and outcome.offset < blob.size:
        return _later(_with_blob(state, action.digest, offset=None), now, jitter)
    if outcome.offset == action.offset:
        return _later(_blob_failed(state, action.digest, "digest_mismatch"), now, jitter)
    if outcome.offset > blob.size:
        return _later(_blob_failed(state, action.digest, "digest_mismatch"), now, jitter)
    return _with_blob(_well(state), action.digest, offset=outcome.offset)


def _blob_failed(state: State, digest: str, code: str) -> State:
    failures = state.blobs[digest].failures + 1
    if failures < TRIES:
        return _with_blob(state, digest, offset=None, failures=failures)
    return _with_blob(state, digest, offset=None, failures=failures, status="aside", code=code)


def _with_blob(state: State, digest: str, **changes: Any) -> State:
    return changed(state, blobs={**state.blobs, digest: changed(state.blobs[digest], **changes)})


# --- reading --------------------------------------------------------------------------------------------------


def is_another_server(state: State, outcome: Exchanged) -> bool:
    """Whether the server is not the one that the tablet knew: restored from a backup, or its ledger is another.
    What only the office said has to be forgotten then: the server says again what it still knows."""
    return state.epoch is not None and (outcome.epoch != state.epoch or outcome.reset)


def unproven(state: State, outcome: Exchanged) -> Exchanged:
    """What may be believed of an answer that a server which signs its answers did not sign: receipts, since each bears
    a signature of its own, but neither their numbers, nor that pictures are whole, nor what a backup holds. Nothing is
    deleted on such a word; ``NEVER`` is above every backup. An answer that is signed again asks for the numbers."""
    same = outcome.epoch == state.epoch and not outcome.reset
    receipts = tuple(one.model_copy(update={"number": NEVER}) for one in outcome.receipts)
    backed_up = state.backed_up if same else 0
    return outcome.model_copy(
        update={
            "receipts": receipts,
            "stored": (),
            "backed_up": backed_up,
            "revoked": state.revoked,
            "unproven": True,
        }
    )


def read_exchange(answer: Mapping[str, Any]) -> Exchanged:
    """The answer of POST /field/exchange, reduced to what this machine needs. Raises ValueError or KeyError for
    an answer of another shape. The caller checks the server's signature on every ``received`` entry first."""
    told = [
        Told(number=item["number"], **receipt)
        for item in answer["received"]
        for receipt in item["body"]["receipts"]
    ]
    ordered = [i["body"]["packet_digest"] for i in answer["entries"] if i["entry"]["kind"] == "visit.ordered"]
    stored = [
        Stored(digest=item["body"]["digest"], number=item["number"])
        for item in answer["entries"]
        if item["entry"]["kind"] == "evidence.stored" and item["body"] and not item.get("lost")
    ]
    decided = [i["body"]["entry"] for i in answer["entries"] if i["entry"]["kind"] in DECISIONS and i["body"]]
    return Exchanged(
        epoch=answer["epoch"],
        cursor=Cursor(**answer["cursor"]),
        backed_up=answer["backed_up"],
        receipts=tuple(told),
        packets=tuple(ordered),
        stored=tuple(stored),
        decided=tuple(decided),
        more=answer.get("more", False),
        reset=answer.get("reset", False),
        revoked=answer.get("revoked", False),
    )


def summary(state: State, visit: str | None = None) -> Summary:
    """The counts of everything on this tablet, or of one visit."""
    entries = [e for e in state.entries.values() if visit in (None, e.visit)]
    blobs = [b for b in state.blobs.values() if visit in (None, b.visit)]
    receipts = sum(e.receipt > 0 for e in entries)
    complete = sum(b.status == "complete" for b in blobs)
    return Summary(
        recorded=len(entries),
        receipts=receipts,
        held=sum(e.status == "held" and not e.decided for e in entries),
        aside=sum(e.status == "aside" for e in entries),
        photos=len(blobs),
        photos_complete=complete,
        photos_aside=sum(b.status == "aside" for b in blobs),
        backed_up=sum(0 < e.receipt <= state.backed_up for e in entries),
        safe=receipts == len(entries) and complete == len(blobs),
    )
