"""Pool and teams: who may be drawn, what the opening finds, what nobody can guess."""

from __future__ import annotations

import base64
import hashlib
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.draw import rules, rules_teams
from backend.draw.rules_pool import REASONS, Candidate, Pool, exclusion, freeze, open_list
from backend.draw.rules_teams import DrawnTarget, Person, Roster, form_teams, freeze_roster, roster_suffices
from sync.draw import salt
from sync.draw_check import names_digest
from sync.words import Refusal
from tests.rules.drawing import (
    DEPARTMENTS,
    K1,
    K2,
    LEAD,
    NONCE,
    SHARES,
    TODAY,
    candidate,
    code,
    people,
    person,
    pool_of,
    roster_of,
)

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
