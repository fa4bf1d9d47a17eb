"""The exchange: its vectors, and what holds however the network behaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sync import exchange
from sync.exchange import next_action, recorded, summary, took
from sync.exchange_words import (
    BASE_MS,
    LONGEST_MS,
    Blob,
    BlobAt,
    Cursor,
    Declined,
    EntryState,
    Exchanged,
    GotPackets,
    Idle,
    Opened,
    Outcome,
    Packets,
    PacketState,
    Push,
    Session,
    State,
    Stored,
    Told,
    Unauthorised,
    Unreachable,
)
from sync.words import NO_PREV

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "sync/vectors/exchange.json").read_text(encoding="utf-8")
)["exchange"]
OUTCOMES: TypeAdapter[Any] = TypeAdapter(Outcome)
Act: TypeAlias = Session | Push | Packets | Blob | Idle
Came: TypeAlias = Unreachable | Unauthorised | Declined | Opened | Exchanged | GotPackets | BlobAt
VISIT, EPOCH = "a" * 32, "1" * 32


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["reason"])
def test_the_machine_does_what_the_vector_says(case: dict[str, Any]) -> None:
    state, action = State(), next_action(State(), 0)
    for step in case["steps"]:
        match step["do"]:
            case "ask":
                action = next_action(state, step["now"])
                assert action.model_dump(mode="json") == step["expect"]
            case "took":
                outcome = OUTCOMES.validate_python(step["outcome"])
                state = took(state, action, outcome, step["now"], step["jitter"])
            case "recorded":
                state = recorded(state, step["entry"], step["seq"], step["prev"], step["visit"], step["size"])
            case "photographed":
                state = exchange.photographed(
                    state, step["digest"], step["size"], step["visit"], step["entry"]
                )
            case other:
                state = getattr(exchange, other)(state)
    assert state.model_dump(mode="json") == case["state"]
    assert State.model_validate(case["state"]) == state
    assert summary(state).model_dump(mode="json") == case["summary"]


def test_an_answer_of_another_shape_is_refused_and_not_half_read() -> None:
    with pytest.raises((KeyError, ValueError)):
        exchange.read_exchange({"epoch": EPOCH, "received": [], "entries": []})


def test_the_answer_is_reduced_to_receipts_orders_decisions_and_photos_that_are_not_lost_again() -> None:
    answer = {
        "epoch": EPOCH,
        "cursor": {"number": 9, "head": "f" * 64},
        "backed_up": 3,
        "received": [
            {
                "number": 8,
                "entry": {},
                "body": {"receipts": [{"entry": "1" * 64, "status": "accepted", "code": None}]},
            }
        ],
        "entries": [
            {"number": 5, "entry": {"kind": "visit.ordered"}, "body": {"packet_digest": "7" * 64}},
            {"number": 6, "entry": {"kind": "answer.given"}, "body": {}},
            {"number": 7, "entry": {"kind": "evidence.stored"}, "body": {"digest": "c" * 64}},
            {"number": 8, "entry": {"kind": "evidence.stored"}, "body": {"digest": "d" * 64}, "lost": True},
            {"number": 9, "entry": {"kind": "evidence.stored"}, "body": None},
            {"number": 9, "entry": {"kind": "entry.admitted"}, "body": {"entry": "2" * 64}},
            {"number": 9, "entry": {"kind": "entry.set_aside"}, "body": {"entry": "3" * 64}},
            {"number": 9, "entry": {"kind": "entry.set_aside"}, "body": None},
        ],
    }
    read = exchange.read_exchange(answer)
    assert read.receipts == (Told(entry="1" * 64, status="accepted", code=None, number=8),)
    assert read.packets == ("7" * 64,)
    assert read.stored == (Stored(digest="c" * 64, number=7),)
    assert read.decided == ("2" * 64, "3" * 64)
    assert read.cursor == Cursor(number=9, within=0, head="f" * 64)


def test_what_a_signing_server_did_not_sign_lets_nothing_be_deleted() -> None:
    said = Exchanged(
        epoch=EPOCH,
        cursor=Cursor(number=9, within=0, head="f" * 64),
        backed_up=900,
        receipts=(Told(entry="1" * 64, status="accepted", code=None, number=8),),
        packets=(),
        stored=(Stored(digest="c" * 64, number=7),),
        more=False,
        reset=False,
        revoked=True,
    )
    known = State(epoch=EPOCH, backed_up=5)
    kept = exchange.unproven(known, said)
    assert (kept.backed_up, kept.stored, kept.revoked) == (5, (), False)
    assert [(one.status, one.number) for one in kept.receipts] == [("accepted", exchange.NEVER)]
    assert exchange.unproven(known.model_copy(update={"epoch": "0" * 32}), said).backed_up == 0
    assert exchange.unproven(known, said.model_copy(update={"reset": True})).backed_up == 0


def test_a_receipt_without_a_number_is_asked_for_again_once_the_server_signs() -> None:
    entry = EntryState(seq=1, prev=NO_PREV, visit="a" * 32, size=10, status="waiting", code=None, receipt=0)
    before = State(epoch=EPOCH, entries={"1" * 64: entry})
    told = Told(entry="1" * 64, status="accepted", code=None, number=8)
    said = Exchanged(
        epoch=EPOCH, cursor=Cursor(number=9, within=0, head="f" * 64), backed_up=9, receipts=(told,)
    )
    push = Push(entries=("1" * 64,), sign=())
    after = exchange.took(before, push, exchange.unproven(before, said), 0, 0)
    assert after.entries["1" * 64].receipt == exchange.NEVER
    news = said.model_copy(update={"receipts": ()})
    asked = exchange.took(after, Push(entries=(), sign=()), news, 0, 0)
    assert (asked.entries["1" * 64].status, asked.entries["1" * 64].receipt) == ("waiting", 0)
    assert exchange.took(asked, push, said, 0, 0).entries["1" * 64].receipt == 8


class Server:
    """A server as PROTOCOL.md describes it, in memory: it counts what it was sent and never answers twice."""

    def __init__(self, state: State, refused: set[str]) -> None:
        self.sizes = {key: blob.size for key, blob in state.blobs.items()}
        self.refused = refused
        self.kept: set[str] = set()
        self.bytes = dict.fromkeys(self.sizes, 0)
        self.number = 0
        self.ordered = ("7" * 64, "8" * 64)
        self.twice = 0

    def answer(self, action: Act, part: int = 10**9) -> Came:
        """What comes of ``action``; of a photo only ``part`` bytes arrive at once."""
        self.number += 1
        match action:
            case Session():
                return Opened()
            case Push():
                told = [self._told(entry) for entry in action.entries]
                cursor = Cursor(number=self.number, within=0, head="f" * 64)
                return Exchanged(
                    epoch=EPOCH, cursor=cursor, backed_up=0, receipts=tuple(told), packets=self.ordered
                )
            case Packets():
                return GotPackets(digests=action.digests)
            case Blob():
                return self._blob(action, part)
        raise AssertionError(action)

    def _told(self, entry: str) -> Told:
        if entry in self.refused:
            return Told(entry=entry, status="refused", code="signature_bad", number=self.number)
        status: Any = "exists" if entry in self.kept else "accepted"
        self.kept.add(entry)
        return Told(entry=entry, status=status, code=None, number=self.number)

    def _blob(self, action: Blob, part: int) -> Came:
        size, have = self.sizes[action.digest], self.bytes[action.digest]
        if action.offset is not None and action.offset == have:
            sent = min(size - have, part)
            self.bytes[action.digest] = have + sent
        elif action.offset is not None and action.offset < have:
            self.twice += 1
        now = self.bytes[action.digest]
        whole = now == size and action.offset is not None
        return BlobAt(offset=now, stored=self.number if whole else 0)


def entry_name(number: int) -> str:
    return f"{number:064x}"


def busy_tablet(entries: int, photos: int) -> State:
    state, prev = State(), NO_PREV
    for seq in range(1, entries + 1):
        state = recorded(state, entry_name(seq), seq, prev, VISIT, 700)
        prev = entry_name(seq)
    for photo in range(photos):
        announced = entry_name(1 + photo % entries)
        state = exchange.photographed(state, f"c{photo:063x}", 1000 + photo, VISIT, announced)
    return state


trouble = st.sampled_from(
    [
        "lost before",
        "lost after",
        "unauthorised",
        "server_busy",
        "too_large",
        "storage_full",
        "not_allowed",
        "digest_mismatch",
        "well",
        "part",
    ]
)


def troubled(server: Server, action: Act, what: str) -> Came:
    if what == "lost before":
        return Unreachable()
    if what == "lost after":
        server.answer(action, 300)
        return Unreachable()
    if what == "unauthorised":
        return Unauthorised()
    if what in ("well", "part"):
        return server.answer(action, 300 if what == "part" else 10**9)
    return Declined(code=what)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.integers(1, 12),
    st.integers(0, 4),
    st.sets(st.integers(1, 12), max_size=2),
    st.lists(st.tuples(trouble, st.integers(0, 999), st.integers(0, 400_000)), max_size=40),
)
def test_whatever_happens_nothing_is_forgotten_and_a_good_network_ends_it(
    entries: int, photos: int, bad: set[int], troubles: list[tuple[str, int, int]]
) -> None:
    state = busy_tablet(entries, photos)
    everything = (set(state.entries), set(state.blobs))
    server = Server(state, {entry_name(n) for n in bad if n <= entries})
    now = 0
    for what, jitter, pause in troubles:
        action = next_action(state, now)
        if not isinstance(action, Idle):
            state = took(state, action, troubled(server, action, what), now, jitter)
        now += pause
        assert (set(state.entries), set(state.blobs)) == everything
        assert {key for key, e in state.entries.items() if e.receipt} <= server.kept
        done = {key for key, b in state.blobs.items() if b.status == "complete"}
        assert all(server.bytes[key] == server.sizes[key] for key in done)
    state = exchange.offer_again(exchange.hurry(state))
    server.twice = 0
    for _ in range(entries + photos * 4 + 30):
        action = next_action(state, now)
        if isinstance(action, Idle):
            if action.until == state.pull_at and not state.attempt:
                break
            now = action.until
            continue
        state = took(state, action, server.answer(action, 400), now, 500)
    good = set(state.entries) - server.refused
    assert {key for key, e in state.entries.items() if e.status == "received"} == good
    assert {key for key, e in state.entries.items() if e.status == "aside"} == server.refused
    ready = {key for key, b in state.blobs.items() if good & set(b.entries)}
    assert {key for key, b in state.blobs.items() if b.status == "complete"} == ready
    assert all(p.status == "here" for p in state.packets.values())
    assert summary(state).safe == (not server.refused)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(1, 5000), st.lists(st.integers(1, 900), min_size=1, max_size=60))
def test_a_photo_that_breaks_off_goes_on_from_the_last_byte(size: int, parts: list[int]) -> None:
    state = exchange.photographed(busy_tablet(1, 0), "c" * 64, size, VISIT, entry_name(1))
    server, now, sent = Server(state, set()), 0, 0
    for _ in range(400):
        action = next_action(state, now)
        if isinstance(action, Idle):
            if state.blobs["c" * 64].status == "complete":
                break
            now = action.until
            continue
        part = parts[sent % len(parts)]
        outcome = server.answer(action, part)
        if isinstance(action, Blob):
            sent += 1
            if sent % 3 == 0 and sent < 60:
                outcome = Unreachable()
        state = took(state, action, outcome, now, 0)
        if sent > 60:
            parts = [5000]
    assert state.blobs["c" * 64].status == "complete"
    assert server.twice == 0


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60))
def test_a_line_that_breaks_with_every_batch_over_some_size_gets_everything_through(
    entries: int, most: int
) -> None:
    state = took(busy_tablet(entries, 0), Session(), Opened(), 0, 0)
    server = Server(state, set())
    now, tries = 0, 0
    while any(one.status == "waiting" for one in state.entries.values()):
        action = next_action(state, now)
        broken = isinstance(action, Push) and len(action.entries) > most
        state = took(state, action, Unreachable() if broken else server.answer(action), now, 0)
        now, tries = max(now, state.retry_at), tries + 1
        assert tries <= 2 * entries + 10, "it turns in a circle"


@given(st.integers(0, 60), st.integers(0, 999), st.integers(0, 999))
def test_every_wait_grows_stays_under_the_longest_and_lies_in_its_second_half(
    failures: int, jitter: int, other: int
) -> None:
    state = State(attempt=failures, signed_in=True)
    waits = [took(state, Push(entries=(), sign=()), Unreachable(), 0, j).retry_at for j in (jitter, other)]
    longest = min(LONGEST_MS, BASE_MS * 2**failures)
    assert all(longest // 2 <= wait <= longest for wait in waits)
    assert (waits[0] <= waits[1]) == (jitter <= other) or waits[0] == waits[1]


def test_a_packet_that_does_not_open_is_asked_for_once_more_also_where_it_had_gone_aside() -> None:
    here, aside = "a" * 64, "b" * 64
    known = {here: PacketState(status="here"), aside: PacketState(status="aside", failures=3)}
    state = exchange.fetch_again(State(packets=known, signed_in=True, more=False), [aside])
    assert next_action(state, 0) == Packets(digests=(aside,))
    assert state.packets[here].status == "here"
