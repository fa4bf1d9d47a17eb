"""The rules of the visit on the vectors that the browser's twin runs too: refusals first, then the whole way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync import words as w
from sync.canon import digest
from sync.check import CONTENT, Draft, check
from sync.fold import fold
from sync.progress import progress
from sync.record import record_of
from sync.state import to_json
from tests.conformance import site
from tests.conformance import visits as v
from tests.conformance.generate import ALL_CASES, SYNC
from tests.conformance.journey import Walk, case_vector, journey_vector

VECTORS: dict[str, Any] = json.loads((SYNC / "vectors/check.json").read_text("utf-8"))
PACKET = w.Packet.model_validate_json(json.dumps(VECTORS["packet"]))
JOURNEY: list[dict[str, Any]] = VECTORS["journey"]


def entries(written: list[Any]) -> list[v.Written]:
    return [(w.Entry.model_validate(entry), body) for entry, body in written]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["reason"]))
def test_a_draft_is_let_through_or_refused_as_the_vector_says(case: dict[str, Any]) -> None:
    before = [step["entry"] for step in JOURNEY[: case["after"]]] + case["also"]
    state = fold(entries(before))
    assert digest("record/1", record_of(PACKET, state)) == case["draft"]["record_digest"]
    rules = w.SiteRules.model_validate(VECTORS["sites"][case["site"]]) if case["site"] else None
    refusal = check(PACKET.model_copy(update={"site": rules}), state, Draft(**case["draft"]))
    assert (refusal.code if refusal else None) == case["code"]


def test_the_whole_visit_goes_through_step_by_step_without_signal() -> None:
    before: list[Any] = []
    for step in JOURNEY:
        entry, body = step["entry"]
        if entry["device"] != JOURNEY[0]["entry"][0]["device"]:
            state = fold(entries(before))
            record = digest("record/1", record_of(PACKET, state))
            assert check(PACKET, state, Draft(entry["kind"], body, entry["by"], record)) is None, step[
                "reason"
            ]
        before.append(step["entry"])
        state = fold(entries(before))
        record = digest("record/1", record_of(PACKET, state))
        assert record == step["record_digest"], step["reason"]
        assert json.loads(json.dumps(to_json(progress(PACKET, state, record)))) == step["progress"]
    last = JOURNEY[-1]["progress"]
    assert last["missing"] == [] and last["party"] == "refused" and last["witnessed"]
    assert all(block["done"] for block in last["blocks"])
    assert (last["spared_visits"], last["spared_items"]) == (2, 1)


def test_signatures_receipts_and_the_finish_do_not_change_what_was_signed() -> None:
    signing = [
        step for step in JOURNEY if step["entry"][0]["kind"].startswith(("signature.", "visit.finished"))
    ]
    assert len({step["record_digest"] for step in signing}) == 1
    walk = Walk().until("finished")
    record = walk.record()
    stored = walk.server.write("evidence.stored", v.CLERK, digest=v.sha("picture of storage"), size=312_000)
    walk.entries.append(stored)
    assert walk.record() == record


def test_every_kind_that_changes_the_record_is_closed_by_a_signature() -> None:
    """A kind that could change what was signed and is missing from CONTENT would go unseen."""
    device = {kind for kind, model in w.BODIES.items() if model.HOME != "office"}
    silent = {"visit.finished", "signature.given", "signature.refused", "signature.absent"}
    apart = {
        *("visit.scheduled", "code.recorded", "evidence.deleted", "recording.made", "crime.suspected"),
        "evidence.added",
        *(
            "record.read",
            "paper.signed",
            "supplement.given",
            "supplement.signed",
            "seal.recorded",
            "copy.given",
        ),
    }
    assert device - silent - apart == CONTENT


@pytest.mark.parametrize("kind", sorted(site.SAID.keys() | {"visit.finished"}))
def test_what_may_still_be_said_after_a_signature_changes_nothing_that_was_signed(kind: str) -> None:
    """And what it refuses would have changed it, but for what only moves people."""
    walk = Walk().until("labour 2 signs")
    before = walk.record()
    if kind in site.SAID:
        site.say(walk, kind)
    else:
        walk.take("finished")
    changed = walk.record() != before
    assert changed == (kind in CONTENT)


def test_without_an_order_nothing_is_recorded() -> None:
    draft = Walk().draft("visit.opened", v.LEADER, place=None)
    refusal = check(PACKET, fold([]), draft)
    assert refusal and refusal.code == "visit_unknown"


def test_what_no_push_could_carry_is_not_recorded_though_every_field_is_as_it_may_be() -> None:
    step = next(step for step in JOURNEY if step["entry"][0]["kind"] == "signature.given")
    entry, body = step["entry"]
    before = [one["entry"] for one in JOURNEY[: JOURNEY.index(step)]]
    state = fold(entries(before))
    record = digest("record/1", record_of(PACKET, state))

    def refused(points: int) -> str | None:
        drawn = body | {"strokes": [[10_000] * points] * 200}
        refusal = check(PACKET, state, Draft(entry["kind"], drawn, entry["by"], record))
        return refusal.code if refusal else None

    assert refused(700) is None
    assert refused(2_000) == "entry_too_long"


def test_the_cases_reach_every_refusal_of_the_visit() -> None:
    codes = list(w.REFUSALS)
    visit = set(codes[codes.index("visit_unknown") : codes.index("practice")])
    reached = {case.code for case in ALL_CASES} | {"visit_unknown"}
    assert visit - reached == set()


def test_the_vectors_are_what_their_builder_makes() -> None:
    assert json.loads(json.dumps([case_vector(case) for case in ALL_CASES])) == VECTORS["cases"]
    assert json.loads(json.dumps(journey_vector())) == JOURNEY
