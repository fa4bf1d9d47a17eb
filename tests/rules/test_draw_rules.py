"""The ceremony's rules: refusals first, then what comes next for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from backend.draw import rules
from backend.draw.rules import Ceremony, Earlier, Typed
from backend.draw.rules_pool import Share, freeze
from backend.draw.rules_steps import reached, standing
from backend.people.rules import Actor
from backend.vault import Vault, open_vault
from sync.words import DrawAnnounced, DrawInputEntered, Refusal, refuse
from tests.rules.drawing import (
    GAME,
    K1,
    K2,
    LEAD,
    NEXT,
    NONCE,
    NUMBERS,
    SCHEME,
    SHARES,
    TODAY,
    announced,
    bitmaps,
    candidate,
    ceremony,
    code,
    typed,
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return open_vault(tmp_path_factory.mktemp("keys"))


# --- refusals -----------------------------------------------------------------------------------------------


def test_a_scheme_that_may_not_be_drawn_from_is_refused_in_its_own_words(vault: Vault) -> None:
    blocked = refuse("approval_missing", organisations="卫健委（虚构）")
    assert announced(vault, replace(SCHEME, blocked=blocked)) == blocked


def test_a_second_number_while_the_first_one_stands_is_refused(vault: Vault) -> None:
    assert code(announced(vault, earlier=(Earlier("2026-007-1", False),))) == "draw_used"


def test_a_second_number_after_an_abort_needs_a_reason_and_never_the_old_number(vault: Vault) -> None:
    aborted = (Earlier("2026-007-1", True),)
    assert code(announced(vault, earlier=aborted, reason=" ")) == "reason_missing"
    body = announced(vault, earlier=aborted, reason="范围有误")
    assert isinstance(body, DrawAnnounced)
    assert (body.number, body.after, body.reason) == ("2026-007-2", "2026-007-1", "范围有误")


@pytest.mark.parametrize(
    ("day", "fallback"),
    [
        ("2026-11-20", "2026-11-28"),
        ("2026-11-19", "2026-11-28"),
        ("2026-11-21", "2026-11-21"),
        ("2026-11-21", "2026-12-19"),
        ("", "2026-11-28"),
        ("2026-11-21", ""),
    ],
)
def test_the_last_input_may_not_exist_yet_when_the_plan_is_frozen(
    vault: Vault, day: str, fallback: str
) -> None:
    assert code(announced(vault, day=day, fallback=fallback)) == "input_day_wrong"


def test_a_lottery_that_nobody_can_look_up_is_refused(vault: Vault) -> None:
    assert code(announced(vault, game="本单位抽签")) == "bad_request"


def test_a_pool_in_which_nobody_is_eligible_is_refused() -> None:
    gone = [candidate(i, status="cancelled") for i in range(5)]
    assert code(freeze(gone, SHARES, None, TODAY, K1, K2)) == "pool_empty"
    assert code(freeze([], SHARES, None, TODAY, K1, K2)) == "pool_empty"
    nothing = {risk: Share(0, 100) for risk in "ABCD"}
    assert code(freeze([candidate(1)], nothing, None, TODAY, K1, K2)) == "pool_empty"


def test_one_number_for_two_targets_cannot_be_frozen() -> None:
    with pytest.raises(ValueError, match="twice"):
        freeze(
            [candidate(1), replace(candidate(2), identifier=candidate(1).identifier)],
            SHARES,
            None,
            TODAY,
            K1,
            K2,
        )


def sign(
    c: Ceremony, name: str = "司法局（虚构）", seen: str = "", now: str = "2026-11-20T02:00:00.000Z"
) -> object:
    return rules.countersign(c, "9" * 32, name, seen or c.hashed, "0" * 128, now, NONCE)


def test_a_countersignature_is_refused_unless_it_is_timely_new_and_of_this_plan(vault: Vault) -> None:
    c = ceremony(vault)
    assert code(sign(c, name="旁观局（虚构）")) == "not_allowed"
    assert code(sign(c, seen="0" * 64)) == "plan_hash_mismatch"
    assert code(sign(replace(c, hashed="0" * 64))) == "plan_hash_mismatch"
    assert code(sign(c, name="市监局（虚构）")) == "already_decided"
    assert code(sign(c, now="2026-11-20T16:00:00.000Z")) == "draw_not_ready"
    for state in ("held", "assigned", "aborted"):
        assert code(sign(replace(c, state=cast(Any, state)))) == "draw_not_ready"
    assert not isinstance(sign(c), Refusal)


def enter(
    c: Ceremony, numbers: str = NUMBERS, by: str = "甲", today: str = NEXT, fallback: bool = False
) -> Any:
    body, warning = rules.enter_input(c, {GAME: numbers}, fallback, by, today, NONCE)
    return body if warning is None else (body, warning)


def test_numbers_are_refused_before_their_day_and_the_fallback_s_before_its_own(vault: Vault) -> None:
    c = ceremony(vault)
    assert code(enter(c, today=TODAY)) == "input_too_early"
    assert code(enter(c, fallback=True)) == "input_too_early"
    assert isinstance(enter(c, fallback=True, today="2026-11-28"), DrawInputEntered)


def test_numbers_are_refused_until_every_department_has_signed_but_oversight_is_not_waited_for(
    vault: Vault,
) -> None:
    assert code(enter(ceremony(vault, signed=frozenset({"市监局（虚构）"})))) == "countersign_missing"
    assert isinstance(enter(ceremony(vault)), DrawInputEntered)


def test_after_an_abort_the_oversight_body_is_waited_for(vault: Vault) -> None:
    c = ceremony(vault, supervised=True)
    assert "司法局（虚构）" in enter(c).sentence
    assert code(rules.hold(c, bitmaps(vault))) == "countersign_missing"


@pytest.mark.parametrize(
    "numbers", ["", "1", NUMBERS + " 80", NUMBERS + " 1", NUMBERS.replace("39", "81"), "1234"]
)
def test_what_is_no_draw_of_the_lottery_is_refused(vault: Vault, numbers: str) -> None:
    assert code(enter(ceremony(vault), numbers)) == "input_not_valid"


def test_one_person_never_enters_both_and_an_agreed_input_is_settled(vault: Vault) -> None:
    first = enter(ceremony(vault))
    assert isinstance(first, DrawInputEntered)
    one = Typed("甲", first.results)
    assert code(enter(ceremony(vault, typed=(one,)), by="甲")) == "input_same_person"
    settled = ceremony(vault, typed=(one, replace(one, by="乙")))
    assert code(enter(settled, by="丙")) == "already_decided"


def test_a_mismatch_is_recorded_and_the_pair_starts_again(vault: Vault) -> None:
    c = ceremony(vault, typed=(typed("甲", 2),))
    body, warning = enter(c, by="乙")
    assert isinstance(body, DrawInputEntered) and warning.code == "input_mismatch"
    state = ceremony(vault, typed=(typed("甲", 2), Typed("乙", body.results))).inputs()
    assert (state.first, state.agreed, state.mismatches) == (None, None, 1)


def test_nothing_is_drawn_without_agreed_numbers_after_an_abort_or_twice(vault: Vault) -> None:
    bits = bitmaps(vault)
    assert code(rules.hold(ceremony(vault), bits)) == "draw_not_ready"
    assert code(rules.hold(ceremony(vault, typed=(typed("甲"),)), bits)) == "draw_not_ready"
    assert code(rules.hold(ceremony(vault, state="aborted"), bits)) == "draw_not_ready"
    assert code(rules.hold(ceremony(vault, state="held"), bits)) == "draw_used"
    pair = (typed("甲"), typed("乙"))
    changed = ceremony(vault, typed=pair, hashed="0" * 64)
    assert code(rules.hold(changed, bits)) == "plan_hash_mismatch"


def test_numbers_of_a_day_that_the_plan_does_not_name_are_never_drawn_with(vault: Vault) -> None:
    other = tuple(
        replace(one, results=(one.results[0].model_copy(update={"date": "2026-11-22"}),))
        for one in (typed("甲"), typed("乙"))
    )
    assert code(rules.hold(ceremony(vault, typed=other), bitmaps(vault))) == "plan_hash_mismatch"


def test_an_abort_needs_a_reason_and_a_draw_that_was_not_held(vault: Vault) -> None:
    assert code(rules.may_abort(ceremony(vault), " 无")) == "reason_missing"
    assert code(rules.may_abort(ceremony(vault, state="held"), "不满意")) == "draw_used"
    assert code(rules.may_abort(ceremony(vault, state="aborted"), "再次")) == "already_decided"
    assert rules.may_abort(ceremony(vault), "范围有误") is None


def test_the_list_is_opened_after_the_draw_and_once(vault: Vault) -> None:
    assert code(rules.may_open(ceremony(vault), False)) == "draw_not_ready"
    assert code(rules.may_open(ceremony(vault, state="aborted"), False)) == "draw_not_ready"
    assert code(rules.may_open(ceremony(vault, state="held"), True)) == "already_decided"
    assert rules.may_open(ceremony(vault, state="assigned"), False) is None


# --- what comes next ----------------------------------------------------------------------------------------


def actor(role: str, organisation: str = LEAD, name: str = "市监局（虚构）", account: str = "甲") -> Actor:
    return Actor(account, "人", organisation, name, frozenset({cast(Any, role)}))


def test_each_person_sees_the_one_step_that_is_theirs(vault: Vault) -> None:
    unsigned = ceremony(vault, signed=frozenset())
    leader, planner = actor("responsible_leader"), actor("planner")
    overseer = actor("oversight", "9" * 32, "司法局（虚构）")
    assert standing(unsigned, LEAD, False, leader, TODAY).step == "countersign"
    assert standing(unsigned, LEAD, False, overseer, TODAY).step == "countersign"
    assert (
        standing(unsigned, LEAD, False, planner, TODAY).waiting == "等待会签：市监局（虚构）、卫健委（虚构）"
    )
    signed = ceremony(vault)
    assert standing(signed, LEAD, False, planner, TODAY).waiting == "等待 2026-11-21 开奖"
    assert standing(signed, LEAD, False, planner, NEXT).step == "enter"
    first = ceremony(vault, typed=(typed("甲"),))
    assert standing(first, LEAD, False, planner, NEXT).step == "wait"
    assert standing(first, LEAD, False, actor("office_clerk", account="乙"), NEXT).step == "enter"
    agreed = ceremony(vault, typed=(typed("甲"), typed("乙")))
    assert standing(agreed, LEAD, False, planner, NEXT).step == "hold"
    assert standing(agreed, LEAD, False, actor("planner", "2" * 32), NEXT).step == "wait"
    held = ceremony(vault, state="held")
    assert standing(held, LEAD, False, planner, NEXT).step == "assign"
    assert standing(held, LEAD, False, overseer, NEXT).step == "open"
    assert standing(ceremony(vault, state="assigned"), LEAD, True, planner, NEXT).step == "dispatch"
    assert [reached(one, False) for one in (unsigned, signed, agreed, held)] == [1, 2, 3, 4]
