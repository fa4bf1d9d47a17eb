"""What becomes of a tablet's items: entries by the server's receipts, photos by what it holds, and both by being
offered once more. Twin of `exchange_items.ts`; `exchange` decides when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sync.exchange_words import BlobState, EntryState, PacketState, State, Told
from sync.words import Word

DAMAGED = frozenset({"record_damaged", "evidence_damaged"})
"""Why the tablet itself sets something aside: nobody at work could read it."""


def offer_again(state: State) -> State:
    """Everything that went aside is offered once more (重新上传)."""
    entries = {
        key: changed(e, status="waiting", code=None) if e.status == "aside" else e
        for key, e in state.entries.items()
    }
    blobs = {key: _again(b) if b.status == "aside" else b for key, b in state.blobs.items()}
    packets = {key: PacketState() if p.status == "aside" else p for key, p in state.packets.items()}
    return changed(state, entries=entries, blobs=blobs, packets=packets, retry_at=0)


def fetch_again(state: State, digests: Iterable[str]) -> State:
    """These packets lie on the tablet and do not open: they are asked for once more."""
    return changed(state, packets={**state.packets, **{key: PacketState() for key in digests}})


NEVER = 2**53 - 1
"""The number of a receipt that nobody vouched for: above every backup."""


def ask_numbers(entries: Mapping[str, EntryState]) -> dict[str, EntryState]:
    """What has its receipt without a number is offered once more: the server says that it is there, and at which
    number, without which nobody knows when a backup holds it."""
    return {
        key: changed(e, status="waiting", code=None, receipt=0) if e.receipt == NEVER else e
        for key, e in entries.items()
    }


def told(before: Mapping[str, EntryState], receipts: Iterable[Told]) -> dict[str, EntryState]:
    """The entries after these receipts."""
    entries, receipts = dict(before), tuple(receipts)
    for one in receipts:
        if one.entry in entries:
            entries[one.entry] = _receipted(entries[one.entry], one)
    _ask_about_gaps(entries, receipts)
    return entries


def _receipted(entry: EntryState, one: Told) -> EntryState:
    if one.status == "refused":
        # An entry that has a receipt keeps it: the refusal is of damaged bytes on the way.
        return entry if entry.receipt else changed(entry, status="aside", code=one.code)
    number = min(entry.receipt or one.number, one.number)
    if one.status == "held":
        return changed(entry, status="held", code=one.code, receipt=number)
    return changed(entry, status="received", code=None, receipt=number)


def _ask_about_gaps(entries: dict[str, EntryState], receipts: Iterable[Told]) -> None:
    """Where an entry has its place, others that a gap held may have theirs by now: the receipt that said so may have
    been lost on the way, so they are offered once more. Whatever a gap still holds is told so with the others."""
    named = {t.entry: t for t in receipts}
    if all(t.status == "refused" or t.code == "chain_gap" for t in named.values()):
        return
    for key, entry in entries.items():
        if _waits_for_a_gap(entry) and key not in named:
            entries[key] = changed(entry, status="waiting", code=None)


def _waits_for_a_gap(entry: EntryState) -> bool:
    return entry.status == "held" and entry.code == "chain_gap" and not entry.decided


def settled(before: Mapping[str, EntryState], decided: Iterable[str]) -> dict[str, EntryState]:
    """The entries after a person decided on some. Where a gap held one, those behind it have their place: the server
    looks at them once they are offered, or did so for a request that was late, whose answer nobody heard."""
    entries = dict(before)
    own = [key for key in decided if key in entries]
    for key in own:
        entries[key] = changed(entries[key], decided=True)
    if any(entries[key].code == "chain_gap" for key in own):
        for key, entry in entries.items():
            if _waits_for_a_gap(entry):
                entries[key] = changed(entry, status="waiting", code=None)
    return entries


def ask_with_each_session(state: State) -> State:
    """Each session offers once more what could not be read here, since it may have come to the server by another way,
    in a file or from a colleague who can open it, and what a gap held, since a decision on it may not have been
    heard."""
    entries = {
        key: changed(e, status="waiting", code=None)
        if (e.status == "aside" and e.code in DAMAGED) or _waits_for_a_gap(e)
        else e
        for key, e in state.entries.items()
    }
    blobs = {
        key: _again(b) if b.status == "aside" and b.code in DAMAGED else b for key, b in state.blobs.items()
    }
    return changed(state, entries=entries, blobs=blobs)


def _again(blob: BlobState) -> BlobState:
    return BlobState(size=blob.size, visit=blob.visit, entries=blob.entries, offset=None)


def complete(blob: BlobState, number: int) -> BlobState:
    stored = min(blob.stored or number, number)
    return changed(blob, status="complete", code=None, offset=blob.size, stored=stored)


def all_again(state: State) -> State:
    """The server is another one, or an older one of itself: everything is offered again. Numbers of receipts say
    nothing about its ledger, and what went aside may have done so because it did not know what came before."""
    forgotten = {"status": "waiting", "code": None, "receipt": 0, "decided": False}
    entries = {key: changed(e, **forgotten) for key, e in state.entries.items()}
    return changed(state, entries=entries, blobs={key: _again(b) for key, b in state.blobs.items()})


W = TypeVar("W", bound=Word)


def changed(word: W, **changes: Any) -> W:
    """A copy with some fields changed. The values are of our own making, so that nothing is validated again: a
    state holds thousands of items."""
    return word.model_copy(update=changes)
