"""`fold` is a function of the set of entries: laws, situations, and the browser's twin on the same histories."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import words as w
from sync.canon import canonical, digest
from sync.check import Draft, check
from sync.fold import SITE, fold, sift
from sync.record import record_of
from sync.state import VisitState, to_json
from tests.conformance import visits as v
from tests.conformance.generate import SYNC
from tests.conformance.journey import Walk
from tests.conformance.situations import Situation, fold_vector, situations

VECTORS: list[dict[str, Any]] = json.loads((SYNC / "vectors/fold.json").read_text("utf-8"))
SITUATIONS = {one.name: one for one in situations()}
SEEDS = st.integers(0, 2**32)


def state_of(name: str) -> VisitState:
    one = SITUATIONS[name]
    return fold(one.entries, one.office)


def held(name: str) -> list[tuple[str, str | None]]:
    return [(one.code, one.decision) for one in state_of(name).held]


def said(state: VisitState) -> bytes:
    return canonical(to_json(state))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("stranger", "not_member"),
        ("replaced author", "not_member"),
        ("other department", "other_department"),
        ("penalty", "penalty_not_on_site"),
        ("unknown kind", "kind_unknown"),
        ("broken body", "body_invalid"),
        ("erased body", "body_invalid"),
        ("receipt", "device_revoked"),
        ("forged order", "not_allowed"),
        ("forged", "not_member"),
    ],
)
def test_what_cannot_take_effect_is_held_and_shown_with_its_reason(name: str, code: str) -> None:
    assert held(name) == [(code, None)]
    labels = state_of(name).item(v.MARKET, v.ident("labels"))
    assert (labels.heads, labels.answer, labels.verified) == ((), None, None)


def test_a_record_that_was_signed_before_more_could_be_said_keeps_its_bytes() -> None:
    """`vectors/record.json` is frozen: a packet without a word about the site, its entries, and what was signed."""
    frozen = json.loads((SYNC / "vectors/record.json").read_text("utf-8"))
    packet = w.Packet.model_validate_json(json.dumps(frozen["packet"]))
    state = fold([(w.Entry.model_validate(entry), body) for entry, body in frozen["entries"]])
    assert packet.site is None and state.finished
    assert record_of(packet, state) == frozen["record"]
    assert digest("record/1", frozen["record"]) == frozen["record_digest"]
    assert {fact.body.record_digest for fact in state.signatures} == {frozen["record_digest"]}


def test_all_that_is_said_on_site_has_its_place() -> None:
    state = state_of("on site")
    assert set(state.site) == set(SITE) and state.held == ()
    assert len(state.added) == len(state.recordings) == 1 and state.evidence == ()
    assert state.item(v.MARKET, v.ident("labels")).disputed, "recognised and verified at once"


def test_what_was_replaced_on_site_is_there_no_more() -> None:
    assert {kind: len(facts) for kind, facts in state_of("superseded").site.items()} == dict.fromkeys(
        (
            *("code.recorded", "ending.proposed", "notice.served", "seal.recorded", "target.observed"),
            "visit.scheduled",
        ),
        1,
    )


def test_on_site_too_everybody_says_only_what_is_his() -> None:
    codes = {(one.kind, one.by, one.code) for one in state_of("by strangers").held}
    assert ("paper.signed", v.FIRE_1, "leader_only") in codes
    assert ("transcript.taken", v.FIRE_1, "other_department") in codes
    assert ("act.recorded", v.EXPERT, "not_certified") in codes
    assert ("ending.confirmed", v.EXPERT, "not_certified") in codes
    free = {kind for kind in SITE if not any(held[0] == kind for held in codes)}
    assert free >= {"recusal.declared", "visit.paused", "seal.recorded", "authority.shown"}


def test_who_stands_in_by_telephone_counts_until_the_consent_is_refused() -> None:
    labels = v.ident("labels")
    assert state_of("consent").item(v.MARKET, labels).answer and held("consent") == []
    assert state_of("consent refused").item(v.MARKET, labels).answer is None
    assert held("consent refused") == [("not_member", None)]


def test_without_an_order_everything_is_held_and_nothing_dropped() -> None:
    device = [entry for entry, _ in SITUATIONS["no order"].entries if w.BODIES[entry.kind].HOME != "office"]
    assert held("no order") == [("visit_unknown", None)] * len(device)


def test_an_admitted_entry_has_its_effect_and_stays_visible_as_admitted() -> None:
    assert held("admitted") == [("not_member", "admitted")]
    answer = state_of("admitted").item(v.MARKET, v.ident("labels")).answer
    assert answer and answer.by == v.STRANGER


def test_an_entry_set_aside_has_none_and_stays_visible() -> None:
    assert held("set aside") == [("not_member", "set_aside")]
    assert state_of("set aside").item(v.MARKET, v.ident("labels")).answer is None


def test_nobody_admits_a_penalty_on_site() -> None:
    assert held("penalty admitted") == [("penalty_not_on_site", "admitted")]
    assert state_of("penalty admitted").block(v.MARKET).disposition is None


@pytest.mark.parametrize("name", ["accepted", "gap filled", "sent again"])
def test_what_any_receipt_took_in_is_not_held_whatever_another_said(name: str) -> None:
    assert held(name) == []
    assert state_of(name).item(v.MARKET, v.ident("labels")).answer


def test_a_gap_is_the_reason_only_while_no_other_is_known() -> None:
    assert held("gap forked") == [("chain_forked", None)]


def test_two_answers_that_nobody_superseded_are_disputed_and_neither_counts() -> None:
    item = state_of("two answers").item(v.MARKET, v.ident("labels"))
    assert (item.disputed, len(item.heads), item.answer) == (True, 2, None)
    assert [one.slot for one in state_of("two answers").disputed] == ["item"]


def test_two_officers_who_answered_alike_dispute_nothing_and_the_first_counts() -> None:
    item = state_of("alike").item(v.MARKET, v.ident("labels"))
    assert (item.disputed, len(item.heads)) == (False, 2)
    assert item.answer == item.heads[0], "who answers again supersedes both all the same"
    for name in ("alike", "one name twice", "results alike"):
        assert state_of(name).disputed == ()
    assert state_of("one name twice").party.one


def test_a_third_answer_that_supersedes_both_settles_it() -> None:
    item = state_of("settled").item(v.MARKET, v.ident("labels"))
    assert not item.disputed and item.answer and item.answer.body.note == "已核"


def test_a_verified_item_opens_again_and_is_answered() -> None:
    licence = v.ident("licence")
    assert state_of("journey").item(v.MARKET, licence).verified
    again = state_of("reopened").item(v.MARKET, licence)
    assert (again.verified, again.answer, again.disputed, len(again.reopened)) == (None, None, False, 1)
    assert state_of("answered").item(v.MARKET, licence).answer
    two = state_of("two reopenings").item(v.MARKET, licence)
    assert two.answer and not two.disputed and len(two.reopened) == 2


def test_an_answer_beside_a_standing_verification_is_disputed() -> None:
    item = state_of("beside").item(v.MARKET, v.ident("licence"))
    assert (item.disputed, item.answer, item.verified) == (True, None, None)


@pytest.mark.parametrize(
    ("name", "slot"), [("two names", "party"), ("two results", "result"), ("two orders", "order")]
)
def test_whatever_two_people_said_apart_is_disputed(name: str, slot: str) -> None:
    assert [one.slot for one in state_of(name).disputed] == [slot]


def test_a_waiver_is_taken_back_by_a_result() -> None:
    block = state_of("taken back").block(v.FIRE)
    assert block.waived is None and block.disposition and not block.disputed


def test_a_withdrawal_that_came_first_still_finds_its_photo() -> None:
    (photo,) = state_of("withdrawn early").evidence
    assert photo.withdrawn and photo.stored


def test_the_journey_leaves_nothing_held_or_disputed() -> None:
    state = state_of("journey")
    assert (state.held, state.disputed) == ((), ())
    assert len(state.signatures) == 7 and len(state.refusals) == len(state.finished) == 1


@pytest.mark.parametrize("one", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_the_vectors_are_what_the_situations_fold_to(one: Situation) -> None:
    (pinned,) = [vector for vector in VECTORS if vector["name"] == one.name]
    assert json.loads(json.dumps(fold_vector(one))) == pinned


@settings(max_examples=120)
@given(SEEDS)
def test_order_and_repetition_do_not_matter(seed: int) -> None:
    history = v.History(seed)
    shuffled = [*history.entries, *history.chance.sample(history.entries, len(history.entries) // 2)]
    history.chance.shuffle(shuffled)
    assert said(fold(shuffled)) == said(fold(history.entries))


@settings(max_examples=120)
@given(SEEDS)
def test_every_entry_has_its_effect_or_is_held_whatever_else_arrives(seed: int) -> None:
    entries = v.History(seed).entries
    for part in (entries, entries[: len(entries) // 2]):
        effective, held, _, _ = sift(part)
        told = {fact.entry for fact in effective} | {one.entry for one in held}
        apart = {entry.id for entry, _ in part if entry.kind == "device.revoked"}
        assert told == {entry.id for entry, _ in part} - apart


@settings(max_examples=120)
@given(SEEDS)
def test_nothing_takes_effect_by_more_entries_but_what_was_visibly_held(seed: int) -> None:
    entries = v.History(seed).entries
    before, held, _, _ = sift(entries[:-1])
    after, _, _, _ = sift(entries)
    new = {fact.entry for fact in after} - {fact.entry for fact in before}
    assert new <= {one.entry for one in held} | {entries[-1][0].id}


@pytest.mark.parametrize("name", ("contradicted", "at once"))
def test_beside_a_contradiction_no_verification_counts_and_nothing_is_disputed(name: str) -> None:
    item = state_of(name).item(v.MARKET, v.ident("licence"))
    assert (item.verified, item.answer, item.disputed) == (None, None, False) and len(item.contradicted) == 1


def test_a_contradiction_stays_said_beside_the_answer_that_settles_it() -> None:
    for name in ("and so answered", "at once and answered"):
        item = state_of(name).item(v.MARKET, v.ident("licence"))
        assert item.answer and not item.disputed and len(item.contradicted) == 1


@settings(max_examples=120)
@given(SEEDS)
def test_no_head_is_superseded_by_another_and_what_is_disputed_counts_for_nothing(seed: int) -> None:
    for block in fold(v.History(seed).entries).blocks.values():
        for item in block.items.values():
            gone = {entry for fact in item.heads for entry in fact.body.supersedes}
            assert gone.isdisjoint(fact.entry for fact in item.heads)
            assert not (item.disputed and (item.answer or item.verified))
            doubted = any(fact.kind == w.ItemContradicted.KIND for fact in item.heads)
            assert not (doubted and item.verified)
        assert not (block.disputed and (block.disposition or block.waived))


@settings(max_examples=60)
@given(SEEDS)
def test_an_answer_that_supersedes_all_heads_is_what_counts(seed: int) -> None:
    history = v.History(seed)
    state = fold(history.entries)
    place = {"organisation": v.MARKET, "item": v.ident("labels")}
    heads = tuple(fact.entry for fact in state.item(v.MARKET, v.ident("labels")).heads)
    if not any(one.account == v.LEADER for one in state.team):
        return
    body = history.pads[0].body(
        "answer.given", answer="conform", findings=(), note="", supersedes=heads, **place
    )
    written = history.pads[0].append("answer.given", v.LEADER, body)
    now = fold([*history.entries, written]).item(v.MARKET, v.ident("labels"))
    assert now.answer and now.answer.entry == written[0].id and not now.disputed


def drafts(history: v.History, packet: w.Packet) -> list[Draft]:
    """Drafts on the history's state: random ones, some of them about the record as it stands."""
    _, record = v.current(packet, history.entries)
    found = []
    for kind in v.FIELD:
        fields = history.fields(kind)
        if "record_digest" in fields and history.chance.random() < 0.7:
            fields["record_digest"] = record
        found.append(
            Draft(kind, history.pads[0].body(kind, **fields), history.chance.choice(v.PEOPLE), record)
        )
    return found


@settings(max_examples=80)
@given(SEEDS)
def test_what_check_lets_through_has_its_effect_and_is_never_a_penalty(seed: int) -> None:
    history, packet = v.History(seed), v.packet()
    state = fold(history.entries)
    for draft in drafts(history, packet):
        if check(packet, state, draft) is None:
            assert "ADMIN_PENALTY" not in str(draft.body) and "ADMIN_COERCION" not in str(draft.body)
            written = history.pads[0].append(draft.kind, draft.by, dict(draft.body))
            assert written[0].id in {fact.entry for fact in sift([*history.entries, written])[0]}


def test_two_bodies_under_one_id_give_one_state_in_whatever_order() -> None:
    walk = Walk().until("party")
    entry, body = walk.entries[-1]
    other: v.Body = {**(body or {}), "phone": "1"}

    def both(pair: Iterable[v.Body | None]) -> bytes:
        return said(fold([*walk.entries[:-1], *((entry, one) for one in pair)]))

    assert both([body, other]) == both([other, body]) == both([other, None, body])
