"""The ceremony's rules: refusals first, then what must hold of every pool, every draw and every publication."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import random
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.draw import rules, rules_publication, rules_teams
from backend.draw.rules import Ceremony, Earlier, Named, SchemeToDraw, Typed
from backend.draw.rules_pool import REASONS, Candidate, Pool, Share, exclusion, freeze, open_list
from backend.draw.rules_publication import check_document, publication, publication_digest, sealed
from backend.draw.rules_steps import reached, standing
from backend.draw.rules_teams import DrawnTarget, Person, Roster, form_teams, freeze_roster, roster_suffices
from backend.people.rules import Actor
from backend.vault import Vault, open_vault
from sync.canon import canonical
from sync.draw import plan_hash, salt
from sync.draw_check import names_digest
from sync.words import DrawAnnounced, DrawInputEntered, LotteryResult, Refusal, refuse

NONCE = "0" * 32
K1, K2 = b"\x01" * 32, b"\x02" * 32
SHARES = {"A": Share(1, 50), "B": Share(1, 20), "C": Share(1, 10), "D": Share(1, 5)}
GAME = "福利彩票快乐8"
NAMED = Named(GAME, "2026-11-21", "2026-11-28")
NUMBERS = " ".join(str(n) for n in range(1, 40, 2))
TODAY, NEXT = "2026-11-20", "2026-11-21"
LEAD = "1" * 32
DEPARTMENTS = {LEAD: "市监局（虚构）", "2" * 32: "卫健委（虚构）"}
SCHEME = SchemeToDraw(
    scheme="a" * 32,
    number="2026-007",
    title="餐饮服务联合抽查（虚构）",
    lead=LEAD,
    departments=DEPARTMENTS,
    blocked=None,
    minimum=2,
    ends_on="2026-12-18",
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return open_vault(tmp_path_factory.mktemp("keys"))


def candidate(i: int, risk: str = "A", status: str = "active", drawn: int = 0) -> Candidate:
    return Candidate(f"{i:032x}", f"91500199MA{i:08d}", f"第{i}饭店（虚构）", risk, status, drawn)


def pool_of(candidates: list[Candidate], most: int | None = None) -> Pool:
    pool = freeze(candidates, SHARES, most, TODAY, K1, K2)
    assert isinstance(pool, Pool)
    return pool


def person(i: int, organisation: str = LEAD, **changes: Any) -> Person:
    values: dict[str, Any] = {
        "inspector": f"{i:032x}",
        "account": f"{i + 5000:032x}",
        "identifier": f"证{i}",
        "name": f"人{i}",
        "organisation": organisation,
        "certificate": f"证{i}",
        "certified": True,
        "certified_from": "2024-01-01",
        "certified_to": "2028-12-31",
        "level": "county",
        "areas": (),
        "specialties": (),
    }
    return Person(**{**values, **changes})


def people(each: int) -> list[Person]:
    return [person(i + 100 * d, o) for d, o in enumerate(DEPARTMENTS) for i in range(each)]


def roster_of(each: int = 3) -> Roster:
    return freeze_roster(people(each), TODAY, K1, K2)


def announced(
    vault: Vault,
    scheme: SchemeToDraw = SCHEME,
    earlier: tuple[Earlier, ...] = (),
    reason: str = "",
    **named: str,
) -> DrawAnnounced | Refusal:
    pool = pool_of([candidate(i, "ABCD"[i % 4]) for i in range(200)])
    frozen = rules.Frozen(pool, roster_of(), {"9" * 32: "司法局（虚构）"}, vault.public_key, None, 50)
    return rules.announce(scheme, earlier, replace(NAMED, **named), frozen, reason, TODAY, NONCE)


def ceremony(vault: Vault, **changes: Any) -> Ceremony:
    body = announced(vault)
    assert isinstance(body, DrawAnnounced)
    plan = json.loads(body.plan)
    values: dict[str, Any] = {
        "state": "announced",
        "number": body.number,
        "plan": plan,
        "hashed": body.plan_hash,
        "signed": frozenset(DEPARTMENTS.values()),
        "typed": (),
        "supervised": False,
    }
    return Ceremony(**{**values, **changes})


def bitmaps(vault: Vault) -> dict[str, bytes]:
    body = announced(vault)
    assert isinstance(body, DrawAnnounced)
    return {one.stratum: base64.b64decode(one.bits) for one in body.bitmaps}


def typed(by: str, first: int = 1) -> Typed:
    numbers = tuple(sorted({first, *range(3, 40, 2)} | {41}))[:20]
    return Typed(by, (LotteryResult(game=GAME, date=NEXT, numbers=numbers),))


def code(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


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


# --- the pool -----------------------------------------------------------------------------------------------


def test_the_freeze_ends_with_china_s_day_before_the_lottery() -> None:
    assert rules.freeze_deadline("2026-11-21") == "2026-11-20T15:59:59.999Z"
    assert rules.freeze_deadline("2027-01-01") == "2026-12-31T15:59:59.999Z"


@pytest.mark.parametrize("status", sorted(set(REASONS) - {"drawn_this_year"}))
def test_who_is_gone_stays_out_with_the_reason(status: str) -> None:
    assert exclusion(candidate(1, status=status), None) == status


def test_who_came_out_this_year_stays_out_only_where_the_rules_say_so() -> None:
    assert exclusion(candidate(1, drawn=1), 1) == "drawn_this_year"
    assert exclusion(candidate(1, drawn=1), 2) == ""
    assert exclusion(candidate(1, drawn=9), None) == ""
    assert exclusion(candidate(1, status="suspended"), 1) == ""


CANDIDATES = st.lists(
    st.tuples(
        st.sampled_from("ABCD") | st.just(""),
        st.sampled_from(["active", "active", "cancelled"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=60,
).map(lambda rows: [candidate(i, *row) for i, row in enumerate(rows)])


@settings(max_examples=60)
@given(CANDIDATES, st.binary(min_size=32, max_size=32))
def test_every_eligible_row_is_in_exactly_one_stratum_and_every_other_has_a_reason(
    rows: list[Candidate], key: bytes
) -> None:
    pool = freeze(rows, SHARES, 1, TODAY, key, K2)
    if isinstance(pool, Refusal):
        assert all(exclusion(one, 1) for one in rows)
        return
    held: dict[int, list[str]] = {}
    for one in pool.bitmaps:
        bits = base64.b64decode(one.bits)
        for i in range(len(rows)):
            if bits[i >> 3] >> (i & 7) & 1:
                held.setdefault(i, []).append(one.stratum)
    for row in pool.rows:
        assert held.get(row.place, []) == ([row.stratum] if row.eligible else [])
        assert bool(row.reason) != row.eligible
    assert sum(one["n"] for one in pool.strata) + sum(one["count"] for one in pool.exclusions) == len(rows)
    assert {one["name"] for one in pool.strata} == {f"层{i}" for i in range(1, len(pool.strata) + 1)}
    for stratum in pool.strata:
        assert (
            stratum["k"] * stratum["den"]
            >= stratum["n"] * stratum["num"]
            > (stratum["k"] - 1) * stratum["den"]
        )


def test_whoever_has_no_class_is_drawn_like_the_ordinary_one() -> None:
    pool = pool_of([candidate(1, ""), candidate(2, "B")])
    assert [(one["n"], one["num"], one["den"]) for one in pool.strata] == [(2, 1, 20)]


def test_the_order_of_the_registry_does_not_matter() -> None:
    rows = [candidate(i, "ABCD"[i % 4]) for i in range(50)]
    shuffled = random.Random(5).sample(rows, len(rows))
    assert pool_of(rows) == pool_of(shuffled)


def test_guessing_the_class_from_public_data_does_no_better_than_blind() -> None:
    """Codes that betray the class (all A before all D) and everything public of the frozen pool: whoever ranks the
    codes by themselves, by a hash or by the given order, and reads the class off the stratum that stands at that
    rank, is right no more often than by chance. The same guess works where the order is a public hash."""
    classes = "A" * 30 + "B" * 30 + "C" * 30 + "D" * 30
    rows = [candidate(i, risk) for i, risk in enumerate(classes)]
    ranks = {
        "code": sorted(range(120), key=lambda i: rows[i].identifier),
        "hash": sorted(range(120), key=lambda i: hashlib.sha256(rows[i].identifier.encode()).digest()),
        "reversed": list(range(119, -1, -1)),
    }
    chance = random.Random(11)
    hits, tries, leaky = dict.fromkeys(ranks, 0), 0, 0
    for _ in range(60):
        pool = freeze(rows, SHARES, None, TODAY, chance.randbytes(32), chance.randbytes(32))
        assert isinstance(pool, Pool)
        # The plan's ratios tell which stratum is which class: the attacker knows that.
        known = {(1, 50): "A", (1, 20): "B", (1, 10): "C", (1, 5): "D"}
        by_name = {one["name"]: known[one["num"], one["den"]] for one in pool.strata}
        at = [by_name[row.stratum] for row in pool.rows]
        for name, rank in ranks.items():
            hits[name] += sum(at[place] == classes[i] for place, i in enumerate(rank))
        public_order = [classes[i] for i in ranks["hash"]]
        leaky += sum(public_order[place] == classes[i] for place, i in enumerate(ranks["hash"]))
        tries += 120
    # Blind: one in four. Five standard deviations of 7,200 tries are 2.6 %.
    for name, right in hits.items():
        assert abs(right / tries - 0.25) < 0.026, name
    assert leaky == tries


def test_neutral_names_do_not_follow_the_order_of_the_classes() -> None:
    chance = random.Random(3)
    seen = {risk: 0 for risk in "ABCD"}
    rows = [candidate(i, "ABCD"[i % 4]) for i in range(40)]
    known = {(1, 50): "A", (1, 20): "B", (1, 10): "C", (1, 5): "D"}
    for _ in range(200):
        pool = freeze(rows, SHARES, None, TODAY, chance.randbytes(32), K2)
        assert isinstance(pool, Pool)
        seen[known[pool.strata[0]["num"], pool.strata[0]["den"]]] += 1
    assert all(25 <= count <= 80 for count in seen.values()), seen


def opened(
    pool: Pool, rows: Any = None, drawn: tuple[int, ...] = (0, 3), key: bytes = K1, most: int | None = None
) -> Any:
    return open_list(rows or pool.rows, pool.snapshot, pool.strata, b"\x07" * 32, drawn, most, key, K2)


def test_the_opening_finds_every_changed_row_key_and_rule() -> None:
    pool = pool_of([candidate(i, "ABCD"[i % 4], drawn=i % 2) for i in range(40)], 1)
    sound = opened(pool, most=1)
    assert sound.sound
    listed = [(i, pool.rows[i].identifier, salt(K2, i)) for i in (0, 3)]
    assert sound.names == names_digest(b"\x07" * 32, listed)
    rows = list(pool.rows)
    rows[5] = replace(rows[5], identifier="91换")
    assert not opened(pool, rows, most=1).sound
    rows = list(pool.rows)
    rows[5] = replace(
        rows[5], attributes={**rows[5].attributes, "risk": "D" if rows[5].attributes["risk"] != "D" else "A"}
    )
    assert not opened(pool, rows, most=1).root_agrees
    rows = [*pool.rows[:4], pool.rows[5], pool.rows[4], *pool.rows[6:]]
    assert not opened(pool, rows, most=1).sound
    assert not opened(pool, pool.rows[:-1], most=1).sound
    assert not opened(pool, key=K2, most=1).order_agrees
    assert not opened(pool, most=None).strata_agree
    assert not opened(pool, drawn=(0, 999), most=1).order_agrees


# --- teams --------------------------------------------------------------------------------------------------

TARGETS = [DrawnTarget(i, f"{i:032x}", f"第{i}饭店（虚构）", "云栖街道") for i in range(4)]


def teams(roster: Roster, targets: list[DrawnTarget] | None = None, **changes: Any) -> Any:
    values: dict[str, Any] = {"visit_by": "2026-12-18", "minimum": 2, "cap": 9, "nonce": NONCE, **changes}
    return form_teams("a" * 32, targets or TARGETS, DEPARTMENTS, LEAD, roster, b"\x09" * 32, 1, **values)


def test_a_team_that_cannot_be_formed_is_refused_with_a_true_witness() -> None:
    lone = [one for one in people(3) if one.organisation == LEAD or one.inspector.endswith("64")]
    answer = teams(freeze_roster(lone, TODAY, K1, K2))
    assert code(answer) == "team_not_possible"
    assert "卫健委（虚构）" in answer.sentence and "饭店" in answer.sentence and "1 人" in answer.sentence
    assert code(teams(roster_of(3), cap=1)) == "team_not_possible"


def test_certificates_must_hold_on_the_last_day_and_areas_are_kept_to() -> None:
    late = [replace(one, certified_to="2026-12-17") for one in people(3)]
    assert code(teams(freeze_roster(late, TODAY, K1, K2))) == "team_not_possible"
    far = [replace(one, areas=("竹里镇",)) for one in people(3)]
    assert code(teams(freeze_roster(far, TODAY, K1, K2))) == "team_not_possible"
    without = [replace(one, certified=False) for one in people(3)]
    assert code(teams(freeze_roster(without, TODAY, K1, K2))) == "team_not_possible"
    town = [replace(one, level="town") for one in people(3)]
    assert code(teams(freeze_roster(town, TODAY, K1, K2))) == "team_not_possible"


def test_a_recused_pair_never_meets() -> None:
    roster = roster_of(3)
    recused = frozenset({(target.place, 0) for target in TARGETS})
    formed = teams(roster, recusals=recused)
    assert not isinstance(formed, Refusal)
    assert all(seat.row != 0 for _, seats in formed.teams for seat in seats)


def test_every_team_has_two_of_each_department_and_its_leader_from_the_lead() -> None:
    formed = teams(roster_of(3))
    assert not isinstance(formed, Refusal) and formed.held.count == 4
    for _, seats in formed.teams:
        assert [s.role for s in seats].count("leader") == 1
        assert next(s.organisation for s in seats if s.role == "leader") == LEAD
        assert sorted(s.organisation for s in seats) == sorted([*DEPARTMENTS, *DEPARTMENTS])
        assert len({s.inspector for s in seats}) == 4
    assert teams(roster_of(3)) == formed


def test_a_changed_roster_does_not_give_its_root() -> None:
    roster = roster_of(3)
    assert rules_teams.roster_agrees(roster, K1, K2)
    other = (replace(roster.people[0], certified_to="2030-01-01"), *roster.people[1:])
    assert not rules_teams.roster_agrees(replace(roster, people=other), K1, K2)
    assert not rules_teams.roster_agrees(roster, K2, K2)


def suffices(who: list[Person], areas: dict[str, int], targets: int = 4, cap: int = 9) -> Refusal | None:
    return roster_suffices(
        who, DEPARTMENTS, areas, visit_by="2026-12-18", minimum=2, targets=targets, cap=cap
    )


def test_too_few_inspectors_are_told_before_anything_is_frozen() -> None:
    assert suffices(people(2), {"云栖街道": 9}) is None
    assert code(suffices(people(1), {"云栖街道": 9})) == "team_not_possible"
    bound = [replace(one, areas=("竹里镇",)) for one in people(2)]
    assert suffices(bound, {"竹里镇": 1}) is None
    assert code(suffices(bound, {"竹里镇": 1, "云栖街道": 1})) == "team_not_possible"
    assert code(suffices(people(2), {"云栖街道": 9}, targets=10, cap=9)) == "team_not_possible"


@settings(max_examples=40)
@given(
    st.lists(st.sets(st.sampled_from("东西南北")), min_size=4, max_size=10),
    st.lists(st.sampled_from("东西南北"), min_size=1, max_size=6),
)
def test_what_was_found_sufficient_gives_teams_whatever_comes_out(
    areas: list[set[str]], drawn: list[str]
) -> None:
    who = [
        person(i + 100 * d, o, areas=tuple(sorted(found)))
        for d, o in enumerate(DEPARTMENTS)
        for i, found in enumerate(areas)
    ]
    wanted = [replace(DrawnTarget(i, f"{i:032x}", "店", area)) for i, area in enumerate(drawn)]
    told = suffices(who, {area: 1 for area in drawn}, len(drawn), len(drawn))
    formed = teams(freeze_roster(who, TODAY, K1, K2), wanted, cap=len(drawn))
    assert isinstance(formed, Refusal) == (told is not None)


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


# --- the publication ----------------------------------------------------------------------------------------


def published(vault: Vault, **changes: Any) -> dict[str, Any]:
    """A sealed document of a draw that was held by the rules themselves."""
    body = announced(vault)
    assert isinstance(body, DrawAnnounced)
    c = ceremony(vault, typed=(typed("甲"), typed("乙")))
    outcome = rules.hold(c, bitmaps(vault))
    assert isinstance(outcome, rules.Outcome)
    row = {
        "plan_hash": body.plan_hash,
        "seed": outcome.seed.hex(),
        "abort_reason": "",
        "after": "",
        "reason": "",
        "opened_by": "司法局（虚构）",
        "names": "5" * 64,
        "audit_signature": vault.sign("5" * 64),
        **changes,
    }
    signatures = [
        {
            "name": name,
            "plan_hash": body.plan_hash,
            "at": "2026-11-20T03:00:00.000Z",
            "signature": vault.sign(body.plan_hash),
        }
        for name in DEPARTMENTS.values()
    ]
    document = publication(
        row,
        json.loads(body.plan),
        [one.model_dump() for one in body.bitmaps],
        signatures,
        [one.model_dump(mode="json") for one in outcome.results],
        [one.model_dump(mode="json") for one in outcome.drawn],
    )
    return sealed(document, vault.public_key, vault.sign(publication_digest(document)))


def test_any_changed_byte_of_the_file_is_found(vault: Vault) -> None:
    document = published(vault)
    raw = canonical(document)
    assert check_document(raw, json.loads(raw)) == []
    chance = random.Random(1)
    for place in [0, len(raw) - 1, *chance.sample(range(len(raw)), 250)]:
        changed = bytearray(raw)
        changed[place] ^= 1 << chance.randrange(7)
        try:
            parsed = json.loads(bytes(changed))
        except (UnicodeDecodeError, json.JSONDecodeError):
            continue  # no JSON any more: the command says so before it checks anything
        assert check_document(bytes(changed), parsed), (place, raw[place - 20 : place + 20])


def test_spaces_a_missing_seal_and_a_seal_by_a_stranger_s_key_are_found(
    vault: Vault, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = published(vault)
    pretty = json.dumps(document, ensure_ascii=False, indent=1).encode()
    assert [one.code for one in check_document(pretty, document)] == ["not-canonical"]
    bare = {name: value for name, value in document.items() if name != "seal"}
    assert [one.code for one in check_document(canonical(bare), bare)] == ["seal"]
    stranger = open_vault(tmp_path_factory.mktemp("stranger"))
    forged = sealed(bare, stranger.public_key, stranger.sign(publication_digest(bare)))
    assert [one.code for one in check_document(canonical(forged), forged)] == ["seal"]
    loud = copy.deepcopy(document)
    loud["seal"]["signature"] = loud["seal"]["signature"].upper()
    assert "seal" in [one.code for one in check_document(canonical(loud), loud)]


def test_another_result_with_a_new_seal_is_still_found_by_the_recomputation(vault: Vault) -> None:
    document = published(vault)
    rows = document["drawn"][0]["indices"]
    document["drawn"][0]["indices"] = sorted([*rows[1:], next(i for i in range(200) if i not in rows)])
    bare = {name: value for name, value in document.items() if name != "seal"}
    again = sealed(bare, vault.public_key, vault.sign(publication_digest(bare)))
    assert [one.code for one in check_document(canonical(again), again)] == ["drawn"]


@pytest.mark.parametrize(
    "junk", [None, [], "x", {}, {"plan": {}}, {"seal": {}}, {"seal": {"key": 1, "signature": 2}}]
)
def test_what_is_no_publication_is_named_and_never_an_exception(junk: Any) -> None:
    assert "malformed" in [one.code for one in check_document(canonical(junk), junk)]


def test_an_aborted_draw_is_published_with_its_reason_and_without_a_result(vault: Vault) -> None:
    document = published(vault, abort_reason="范围有误", audit_signature="")
    assert check_document(canonical(document), document) == []
    assert (document["seed"], document["drawn"], document["last_input"]) == (None, [], None)


def test_the_document_holds_what_the_whitelist_names_and_nothing_else(vault: Vault) -> None:
    document = published(vault)
    assert set(document) == {
        *("plan", "plan_hash", "check_code", "outcome", "reason", "bitmaps", "countersignatures"),
        *("commitments", "nonces", "last_input", "seed", "drawn", "audit", "previous", "repeat", "seal"),
    }
    text = canonical(document).decode()
    assert "饭店" not in text.replace(SCHEME.title, "") and "risk" not in text and "91500199" not in text
    assert plan_hash(document["plan"]).hex() == document["plan_hash"]
    assert rules_publication.MORE_PROBLEMS.keys() == {"not-canonical", "seal"}
