"""A firm that is gone: the team's finding and the registry's state stand beside each other; what follows is decided
once, by somebody who saw both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from backend.field import rules_decisions, rules_ending
from sync import words as w
from sync.state import Fact, VisitState
from tests import visited
from tests.visited import CHEN, LEAD, LUO, NONCE

PROPOSAL = "1" * 64
STATUSES = {"active": "存续", "cancelled": "注销", "revoked": "吊销", "annulled": "撤销", "moved_out": "迁出"}


def fact(entry: str, by: str, body: w.Body) -> Fact[Any]:
    return Fact(entry=entry * 64, kind=body.KIND, by=by, at="2026-11-20T02:00:00.000Z", body=body)


def gone(ending: Any, *, by: str = LUO, decided: w.EndingDecided | None = None) -> VisitState:
    """A visit that ended so; ``by`` confirmed it."""
    body = w.EndingProposed(
        nonce=NONCE,
        ending=ending,
        statement="无人应答",
        place=None,
        evidence=(),
        attempts=(),
        witness="",
        moved_to="",
        noncooperation=(),
    )
    site = {
        "ending.proposed": (fact("1", CHEN, body),),
        "ending.confirmed": (fact("2", by, w.EndingConfirmed(nonce=NONCE, proposal=PROPOSAL)),),
        **({"ending.decided": (fact("3", CHEN, decided),)} if decided else {}),
    }
    return replace(visited.state([]), site=site)


def decide(
    ending: Any, step: str, status: str, *, to: str = "", reason: str = "", state: VisitState | None = None
) -> w.EndingDecided | w.Refusal:
    label = STATUSES.get(status, "")
    asked = state or gone(ending)
    return rules_ending.decide(asked, PROPOSAL, step, to, reason, status, label, CHEN, NONCE)


def code(decided: w.EndingDecided | w.Refusal) -> str:
    assert isinstance(decided, w.Refusal), decided
    return decided.code


def test_what_no_second_officer_confirmed_is_not_decided() -> None:
    state = gone("revoked", by=CHEN)
    assert code(decide("revoked", "excluded", "revoked", reason="已核对", state=state)) == "already_decided"
    assert rules_decisions.asked(state) == ()


@pytest.mark.parametrize("status", ["active", "moved_out", ""])
def test_nobody_is_excluded_whom_the_registry_does_not_call_gone(status: str) -> None:
    refused = decide("deregistered", "excluded", status, reason="现场已搬空")
    assert code(refused) == "ending_registry"
    assert isinstance(refused, w.Refusal) and (STATUSES.get(status) or "没有登记状态") in refused.sentence


def test_a_decision_against_the_registry_and_an_exclusion_need_their_reason() -> None:
    assert code(decide("revoked", "stands", "active")) == "reason_missing"
    assert code(decide("revoked", "excluded", "revoked")) == "reason_missing"


def test_what_is_handed_over_names_to_whom() -> None:
    assert code(decide("moved", "transferred", "moved_out")) == "ending_to"
    assert code(decide("not_found", "lead", "active")) == "ending_to"


def test_a_step_that_does_not_fit_the_ending_is_refused() -> None:
    assert code(decide("not_found", "excluded", "cancelled", reason="已注销")) == "ending_step"
    assert code(decide("revoked", "transferred", "revoked", to="云湖区（虚构）")) == "ending_step"
    assert code(decide("revoked", "", "revoked")) == "bad_request"


def test_it_is_decided_once() -> None:
    first = decide("revoked", "excluded", "revoked", reason="登记机关已吊销")
    assert isinstance(first, w.EndingDecided)
    again = gone("revoked", decided=first)
    assert code(decide("revoked", "stands", "revoked", state=again)) == "already_decided"
    assert rules_decisions.asked(again) == ()


def test_the_leading_department_decides_and_the_registrys_words_of_that_day_stay() -> None:
    (asked,) = rules_decisions.asked(gone("moved"))
    assert (asked.what, asked.organisation, asked.entry) == ("ending", LEAD, PROPOSAL)
    decided = decide("moved", "transferred", "active", to="云湖区市场监管局（虚构）", reason="已迁往云湖区")
    assert isinstance(decided, w.EndingDecided)
    assert (decided.organisation, decided.registry, decided.step) == (LEAD, "存续", "transferred")


def test_a_registry_that_says_the_same_agrees_and_of_not_found_it_says_nothing() -> None:
    pairs: tuple[tuple[w.Ending, str], ...] = (
        ("deregistered", "cancelled"),
        ("revoked", "cancelled"),
        ("annulled", "annulled"),
        ("moved", "moved_out"),
        ("not_found", "active"),
    )
    found = {
        ending: rules_ending.compared(ending, status, STATUSES[status]).agrees for ending, status in pairs
    }
    assert found == {
        "deregistered": True,
        "revoked": False,
        "annulled": True,
        "moved": True,
        "not_found": None,
    }


def test_every_ending_of_a_firm_that_is_gone_has_steps_and_the_others_have_none_to_decide() -> None:
    for ending in get_args(w.Ending):
        asked = rules_decisions.asked(gone(ending))
        assert bool(asked) == (ending in rules_ending.NAMES), ending
        if asked:
            assert "stands" in rules_ending.steps_for(ending)
