"""What the server makes of a chain, however it is cut, shuffled, repeated or damaged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.field import rules
from backend.field.rules import (
    Checked,
    DeviceFacts,
    EnrolRequest,
    InviteFacts,
    Item,
    Verdict,
    behind,
    checked,
    decide_held,
    judge,
)
from sync import chain
from sync.canon import H
from sync.words import NO_PREV, DeviceEnrolled, Entry, EntryAdmitted, EntrySetAside, Envelope, Refusal

KEY = ec.derive_private_key(7, ec.SECP256R1())
PUBLIC = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    .hex()
)
DEVICE = chain.thumbprint(PUBLIC)
PERSON, VISIT = "a" * 32, "b" * 32
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def signed(digest: str) -> str:
    r, s = decode_dss_signature(KEY.sign(bytes.fromhex(digest), ec.ECDSA(SHA256())))
    return (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()


def entry(seq: int, prev: str, *, sign: bool = True, mark: int = 0, by: str = PERSON) -> Item:
    body: dict[str, Any] = {"nonce": f"{seq:016x}{mark:016x}", "place": None}
    envelope = Envelope(
        kind="visit.opened",
        subject=VISIT,
        by=by,
        device=DEVICE,
        seq=seq,
        prev=prev,
        at="2026-11-20T01:00:00.000Z",
        body_digest=chain.body_digest(body),
    )
    identity = chain.entry_id(envelope)
    signature = signed(identity) if sign else ""
    return Entry(**envelope.model_dump(), id=identity, signature=signature), body


def chain_of(length: int, *, every: int = 1) -> list[Item]:
    """A chain whose every ``every``-th entry, and the last, is signed."""
    made: list[Item] = []
    for seq in range(1, length + 1):
        prev = made[-1][0].id if made else NO_PREV
        made.append(entry(seq, prev, sign=seq % every == 0 or seq == length))
    return made


class Kept:
    """The server's side of one tablet in memory: what was stored, what is held."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.held: dict[str, str] = {}
        self.told: dict[str, str] = {}

    def push(self, items: list[Item]) -> list[Verdict]:
        found = checked(DEVICE, PUBLIC, items)
        places: dict[int, set[str]] = {}
        for one, _ in self.items.values():
            places.setdefault(one.seq, set()).add(one.id)
        gaps = frozenset(key for key, code in self.held.items() if code == "chain_gap")
        facts = DeviceFacts(
            status="forked" if "chain_forked" in self.held.values() else "enrolled",
            persons=frozenset({PERSON}),
            places={seq: frozenset(ids) for seq, ids in places.items()},
            gaps=gaps,
            held={key: code for key, code in self.held.items() if key not in gaps},
            visits=frozenset({VISIT}),
        )
        verdicts = judge(facts, found, [self.items[key] for key in gaps])
        by_id = {one.id: (one, body) for one, body in found.valid}
        for verdict in verdicts:
            assert verdict.store == (verdict.entry not in self.items)
            if verdict.store:
                self.items[verdict.entry] = by_id[verdict.entry]
            self.held.pop(verdict.entry, None)
            if verdict.status == "held":
                self.held[verdict.entry] = str(verdict.code)
            self.told[verdict.entry] = verdict.status
        return verdicts


@settings(max_examples=120, derandomize=True, deadline=None)
@given(st.integers(1, 9), st.lists(st.lists(st.integers(0, 8), max_size=9), max_size=8))
def test_a_chain_cut_shuffled_and_repeated_ends_complete_and_accepted(
    length: int, pieces: list[list[int]]
) -> None:
    whole, server = chain_of(length), Kept()
    sent: set[str] = set()
    for piece in pieces:
        part = [whole[place] for place in piece if place < length]
        sent |= {one.id for one, _ in part}
        server.push(part)
        assert set(server.items) == sent
    server.push(whole)
    assert set(server.items) == {one.id for one, _ in whole}
    assert server.held == {}
    assert set(server.told.values()) <= {"accepted", "exists"}


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.integers(2, 8), st.integers(1, 4), st.data())
def test_damage_to_one_entry_never_costs_another_its_place(
    length: int, every: int, data: st.DataObject
) -> None:
    whole, server = chain_of(length, every=every), Kept()
    hit = data.draw(st.integers(0, length - 1))
    victim, body = whole[hit]
    damage = data.draw(st.sampled_from(["body", "signature", "by", "seq"]))
    broken: Item = {
        "body": (victim, {**body, "place": {"latitude": 1}}),
        "signature": (victim.model_copy(update={"signature": "1" * 128}), body),
        "by": (victim.model_copy(update={"by": "c" * 32}), body),
        "seq": (victim.model_copy(update={"seq": 99}), body),
    }[damage]
    found = checked(DEVICE, PUBLIC, [*whole[:hit], broken, *whole[hit + 1 :]])
    assert victim.id in found.refused
    assert victim.id not in {one.id for one, _ in found.valid}
    server.push([*whole[:hit], broken, *whole[hit + 1 :]])
    assert victim.id not in server.items
    resigned = [(one.model_copy(update={"signature": signed(one.id)}), b) for one, b in whole]
    server.push(resigned)
    assert set(server.items) == {one.id for one, _ in whole}
    assert server.held == {}


def test_entries_after_the_last_signature_wait() -> None:
    whole = chain_of(3)
    tail = entry(4, whole[-1][0].id, sign=False)
    found = checked(DEVICE, PUBLIC, [*whole, tail])
    assert [one.id for one, _ in found.valid] == [one.id for one, _ in whole]
    assert found.open == (tail[0].id,) and found.refused == ()


def test_one_signature_covers_everything_before_it_in_the_batch() -> None:
    whole = chain_of(6, every=6)
    assert sum(bool(one.signature) for one, _ in whole) == 1
    assert len(checked(DEVICE, PUBLIC, whole[::-1]).valid) == 6


def test_a_second_valid_entry_at_one_place_is_kept_and_everything_after_it_is_held() -> None:
    server, whole = Kept(), chain_of(3)
    server.push(whole)
    twin = entry(2, whole[0][0].id, mark=1)
    assert [(v.status, v.code, v.store) for v in server.push([twin])] == [("held", "chain_forked", True)]
    after = entry(4, whole[-1][0].id)
    assert [(v.status, v.code) for v in server.push([after])] == [("held", "chain_forked")]
    assert {v.status for v in server.push(whole)} == {"exists"}


def test_a_chain_that_begins_anew_is_a_fork() -> None:
    server, whole = Kept(), chain_of(2)
    server.push(whole)
    assert [v.code for v in server.push([entry(3, "f" * 64)])] == ["chain_forked"]


def test_a_revoked_tablets_entries_are_kept_and_held() -> None:
    facts = DeviceFacts("revoked", frozenset({PERSON}), visits=frozenset({VISIT}))
    verdicts = judge(facts, Checked(tuple(chain_of(2)), (), ()))
    assert {(v.status, v.code, v.store) for v in verdicts} == {("held", "device_revoked", True)}


# --- enrolment ------------------------------------------------------------------------------------------------

CODE = "0123456789ABCDEFGHJK"
PROOF = signed(H("enrol/1", CODE.encode()).hex())
ASKED = EnrolRequest(code=CODE, public_key=PUBLIC, label="平板", proof=PROOF)
INVITE = InviteFacts("a" * 32, "d" * 32, NOW + timedelta(minutes=1), used=False, active=True, inspector=True)
NONCES = ["1" * 32, "2" * 32]


def invite(**changes: Any) -> InviteFacts:
    return InviteFacts(**{**INVITE.__dict__, **changes})


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        (None, None, "invite_invalid"),
        (invite(used=True), None, "invite_invalid"),
        (invite(expires_at=NOW), None, "invite_expired"),
        (invite(active=False), None, "account_disabled"),
        (invite(inspector=False), None, "not_allowed"),
        (INVITE, "revoked", "device_revoked"),
        (INVITE, "forked", "chain_forked"),
    ],
)
def test_an_enrolment_that_may_not_be_is_refused(
    facts: InviteFacts | None, status: str | None, code: str
) -> None:
    decided = rules.enrol(ASKED, facts, status, NONCES, NOW)
    assert isinstance(decided, Refusal) and decided.code == code


def test_the_proof_is_of_this_code_and_this_key() -> None:
    other = EnrolRequest("1" * 20, PUBLIC, "平板", PROOF)
    assert isinstance(rules.enrol(other, INVITE, None, NONCES, NOW), Refusal)


def test_a_new_tablet_is_enrolled_and_joined_a_known_one_only_joined() -> None:
    new = rules.enrol(ASKED, INVITE, None, NONCES, NOW)
    assert isinstance(new, list) and isinstance(new[0], DeviceEnrolled)
    assert [one.KIND for one in new] == ["device.enrolled", "device.person_joined"]
    known = rules.enrol(ASKED, INVITE, "enrolled", NONCES, NOW)
    assert isinstance(known, list) and [one.KIND for one in known] == ["device.person_joined"]


# --- decisions ------------------------------------------------------------------------------------------------


def held(**changes: str) -> dict[str, str]:
    return {"entry": "e" * 64, "decision": "", "code": "author_unknown", "source": "receipt", **changes}


@pytest.mark.parametrize(
    ("row", "reason", "code"),
    [
        (None, "有理由", "not_found"),
        (held(decision="admitted"), "有理由", "already_decided"),
        (held(), "短", "bad_request"),
        (held(code="kind_unknown"), "有理由", "bad_request"),
        (held(code="penalty_not_on_site", source="visit"), "有理由", "bad_request"),
    ],
)
def test_what_cannot_be_admitted_is_not(row: dict[str, str] | None, reason: str, code: str) -> None:
    decided = decide_held(row, True, reason, "1" * 32)
    assert isinstance(decided, Refusal) and decided.code == code


@pytest.mark.parametrize("code", ["kind_unknown", "body_invalid", "author_unknown", "not_member"])
def test_everything_held_can_be_set_aside(code: str) -> None:
    assert isinstance(decide_held(held(code=code), False, "与检查无关", "1" * 32), EntrySetAside)


@pytest.mark.parametrize("code", ["author_unknown", "device_revoked", "chain_forked", "chain_gap"])
def test_what_only_lacked_trust_or_what_came_before_it_can_be_admitted(code: str) -> None:
    assert isinstance(decide_held(held(code=code), True, "已当面核实", "1" * 32), EntryAdmitted)


@pytest.mark.parametrize("lacks", ["kind_unknown", "body_invalid", "visit_unknown"])
def test_what_could_have_no_effect_is_not_admitted_though_it_is_held_for_something_else(lacks: str) -> None:
    decided = decide_held(held(code="chain_gap"), True, "已当面核实", "1" * 32, lacks)
    assert isinstance(decided, Refusal) and decided.code == "bad_request"


def test_what_lies_behind_a_gap_ends_at_the_next_gap() -> None:
    rows = [
        {"id": "b", "prev": "a"},
        {"id": "c", "prev": "b"},
        {"id": "e", "prev": "d"},
        {"id": "f", "prev": "e"},
    ]
    assert behind("a", rows) == ["a", "b", "c"]
