"""The inspectors' assignment, against an independent maximum flow and its own invariants."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.draw.assignment import (
    Assignment,
    DepartmentNeed,
    HallWitness,
    Inspector,
    Seat,
    TargetNeed,
    assign,
    replace,
    seats_of,
    unfit,
)
from sync.canon import H

ORDER, PAIRS, SWAP = H("test/order"), H("test/pairs"), H("test/swap")
LEVEL = "county"


def officer(index: int, department: str = "甲局", **changes: object) -> Inspector:
    base: dict[str, object] = {
        "certified_from": "2025-01-01",
        "certified_to": "2027-12-31",
        "levels": frozenset({LEVEL}),
        "areas": None,
        "specialties": frozenset(),
        "cap": 3,
    }
    return Inspector(index=index, department=department, **(base | changes))  # type: ignore[arg-type]


def target(
    index: int, *departments: DepartmentNeed, lead: str = "甲局", day: str = "2026-04-01"
) -> TargetNeed:
    return TargetNeed(index, day, LEVEL, "东区", lead, departments or (DepartmentNeed("甲局"),))


def most_seats(seats: list[Seat], fits: dict[Seat, set[int]], room: dict[int, int]) -> int:
    """Ford–Fulkerson by depth-first search on source → seat → (target, person) → person → sink."""
    source, sink = "source", "sink"
    arcs: dict[object, dict[object, int]] = {}

    def arc(tail: object, head: object, capacity: int) -> None:
        arcs.setdefault(tail, {}).setdefault(head, 0)
        arcs.setdefault(head, {}).setdefault(tail, 0)
        arcs[tail][head] = capacity

    arc(source, sink, 0)
    for seat in seats:
        arc(source, seat, 1)
        for person in fits[seat]:
            arc(seat, ("pair", seat.target, person), 1)
            arc(("pair", seat.target, person), ("person", person), 1)
            arc(("person", person), sink, room[person])

    def push(node: object, seen: set[object]) -> bool:
        if node == sink:
            return True
        seen.add(node)
        for head, left in arcs[node].items():
            if left and head not in seen and push(head, seen):
                arcs[node][head] -= 1
                arcs[head][node] += 1
                return True
        return False

    flow = 0
    while push(source, set()):
        flow += 1
    return flow


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[TargetNeed], list[Inspector], set[tuple[int, int]], int]:
    departments = ["甲局", "乙局"]
    people = [
        officer(
            i,
            draw(st.sampled_from(departments)),
            cap=draw(st.integers(0, 3)),
            load=draw(st.integers(0, 1)),
            specialties=frozenset(draw(st.sets(st.sampled_from(["电", "食"])))),
            areas=draw(st.sampled_from([None, frozenset({"东区"}), frozenset({"西区"})])),
            certified_to=draw(st.sampled_from(["2026-03-31", "2026-04-01", None])),
        )
        for i in range(draw(st.integers(0, 8)))
    ]
    needs = [
        target(
            10 * i,
            *(
                DepartmentNeed(
                    name,
                    certified=draw(st.integers(0, 2)),
                    specialists=tuple(draw(st.lists(st.sampled_from(["电", "食"]), max_size=1))),
                    companions=draw(st.integers(0, 1)),
                )
                for name in departments[: draw(st.integers(1, 2))]
            ),
        )
        for i in range(draw(st.integers(1, 4)))
    ]
    pairs = st.tuples(st.sampled_from([need.index for need in needs]), st.integers(0, 7))
    return needs, people, draw(st.sets(pairs, max_size=5)), draw(st.integers(1, 2))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(situations())
def test_an_assignment_is_complete_if_and_only_if_the_maximum_flow_meets_the_demand(
    situation: tuple[list[TargetNeed], list[Inspector], set[tuple[int, int]], int],
) -> None:
    needs, people, recusals, minimum = situation
    by_index = {need.index: need for need in needs}
    result = assign(needs, people, ORDER, PAIRS, roster=8, minimum=minimum, recusals=recusals)
    seats = [seat for need in needs for seat in seats_of(need, minimum)]
    fits = {
        seat: {one.index for one in people if not unfit(by_index[seat.target], seat, one, recusals)}
        for seat in seats
    }
    room = {one.index: max(0, one.cap - one.load) for one in people}
    reachable = most_seats(seats, fits, room)
    if isinstance(result, HallWitness):
        assert reachable < len(seats)
        told = list(result.seats)
        assert most_seats(told, fits, room) == result.supply < len(told)
        assert set(result.inspectors) == set().union(*(fits[seat] for seat in told))
    else:
        assert reachable == len(seats)
        check_teams(result, needs, people, recusals, minimum)


def check_teams(
    result: Assignment,
    needs: list[TargetNeed],
    people: list[Inspector],
    recusals: set[tuple[int, int]],
    minimum: int,
) -> None:
    by_index, staff = {need.index: need for need in needs}, {one.index: one for one in people}
    load = Counter({one.index: one.load for one in people})
    assert {team.target for team in result.teams} == set(by_index)
    for team in result.teams:
        need = by_index[team.target]
        sitting = [member.inspector for member in team.members]
        assert len(set(sitting)) == len(sitting)
        load.update(sitting)
        required = [member.seat for member in team.members if member.seat.role != "companion"]
        assert sorted(required) == sorted(seats_of(need, minimum))
        for member in team.members:
            assert (need.index, member.inspector) not in recusals
            assert unfit(need, member.seat, staff[member.inspector], recusals) == ()
        assert team.members[0].seat.role == "leader"
        assert staff[team.members[0].inspector].department == need.lead
    assert dict(load) == dict(result.loads)
    for one in people:
        # Somebody over the cap before the draw gets nothing more.
        assert load[one.index] <= max(one.cap, one.load)


def test_without_enough_certified_officers_the_witness_names_the_seats_and_the_few_who_could() -> None:
    people = [officer(0), officer(1, certified_from=None, certified_to=None)]
    result = assign([target(5)], people, ORDER, PAIRS, roster=2, minimum=2)
    assert isinstance(result, HallWitness)
    assert (len(result.seats), result.inspectors, result.supply) == (2, (0,), 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"department": "乙局"}, "other_department"),
        ({"certified_from": None, "certified_to": None}, "uncertified"),
        ({"certified_to": "2026-03-31"}, "certificate_not_valid_on_visit"),
        ({"certified_from": "2026-04-02"}, "certificate_not_valid_on_visit"),
        ({"levels": frozenset({"city"})}, "other_level"),
        ({"areas": frozenset({"西区"})}, "other_area"),
        ({"index": 7}, "recused"),
    ],
)
def test_who_does_not_qualify_is_told_why(changes: dict[str, object], code: str) -> None:
    need = target(5)
    person = officer(**({"index": 0} | changes))  # type: ignore[arg-type]
    assert unfit(need, seats_of(need, 2)[0], person, {(5, 7)}) == (code,)


def test_a_certificate_counts_on_its_first_and_on_its_last_day() -> None:
    need = target(5)
    person = officer(0, certified_from="2026-04-01", certified_to="2026-04-01")
    assert unfit(need, seats_of(need, 1)[0], person, set()) == ()


def test_a_specialist_comes_on_top_of_the_officers_and_never_counts_as_one_of_them() -> None:
    need = target(5, DepartmentNeed("甲局", specialists=("电",)))
    two = [officer(0, specialties=frozenset({"电"})), officer(1, specialties=frozenset({"电"}))]
    assert isinstance(assign([need], two, ORDER, PAIRS, roster=3, minimum=2), HallWitness)
    three = [*two, officer(2, certified_from=None, certified_to=None, specialties=frozenset({"电"}))]
    result = assign([need], three, ORDER, PAIRS, roster=3, minimum=2)
    assert isinstance(result, Assignment)
    assert [one.inspector for one in result.teams[0].members if one.seat.role == "specialist"] == [2]


def test_an_uncertified_companion_may_come_along_but_a_missing_one_stops_nothing() -> None:
    need = target(5, DepartmentNeed("甲局", companions=2))
    people = [officer(0), officer(1), officer(2, certified_from=None, certified_to=None)]
    result = assign([need], people, ORDER, PAIRS, roster=3, minimum=2)
    assert isinstance(result, Assignment)
    assert [one.inspector for one in result.teams[0].members if one.seat.role == "companion"] == [2]
    assert len(result.empty) == 1


def test_a_replay_gives_the_same_teams_in_whatever_order_the_rows_are_loaded() -> None:
    needs = [target(i) for i in range(12)]
    people = [officer(i) for i in range(10)]
    first = assign(needs, people, ORDER, PAIRS, roster=10, minimum=2)
    chance = random.Random(1)
    chance.shuffle(needs)
    chance.shuffle(people)
    again = assign(needs, people, ORDER, PAIRS, roster=10, minimum=2)
    assert isinstance(first, Assignment)
    assert first == again


def test_loads_stay_even_among_interchangeable_inspectors() -> None:
    result = assign(
        [target(i) for i in range(30)],
        [officer(i, cap=99) for i in range(12)],
        ORDER,
        PAIRS,
        roster=12,
        minimum=2,
    )
    assert isinstance(result, Assignment)
    assert set(result.loads.values()) == {5}


def test_interchangeable_inspectors_are_equally_likely() -> None:
    seen: Counter[int] = Counter()
    for run in range(1200):
        keys = H("test/run", run.to_bytes(8, "big"))
        result = assign([target(3)], [officer(i) for i in range(6)], keys, keys[::-1], roster=6, minimum=2)
        assert isinstance(result, Assignment)
        seen.update(member.inspector for member in result.teams[0].members)
    expected = 1200 * 2 / 6
    # 5 degrees of freedom; 20.5 is the 99.9th percentile.
    assert sum((seen[i] - expected) ** 2 / expected for i in range(6)) < 20.5


def test_a_replacement_is_fit_free_and_not_in_the_team_and_depends_on_the_reason() -> None:
    need = target(5)
    people = [officer(i) for i in range(40)] + [officer(40, "乙局"), officer(41, cap=0)]
    result = assign([need], people, ORDER, PAIRS, roster=42, minimum=2)
    assert isinstance(result, Assignment)
    team = result.teams[0]
    chosen = set()
    for reason in range(8):
        key = H("test/reason", bytes([reason]))
        member = replace(need, team.members[0], team, people, result.loads, key, roster=42, recusals={(5, 0)})
        assert not isinstance(member, HallWitness)
        assert member.seat == team.members[0].seat
        assert member.inspector not in {0, 40, 41, *(one.inspector for one in team.members)}
        chosen.add(member.inspector)
    assert len(chosen) > 1


def test_nobody_left_to_replace_gives_a_witness_and_a_stranger_cannot_leave() -> None:
    need, people = target(5), [officer(0), officer(1)]
    result = assign([need], people, ORDER, PAIRS, roster=2, minimum=2)
    assert isinstance(result, Assignment)
    team = result.teams[0]
    witness = replace(need, team.members[0], team, people, result.loads, SWAP, roster=2)
    assert witness == HallWitness((team.members[0].seat,), (0, 1), 0)
    stranger = team.members[0]._replace(inspector=9)
    with pytest.raises(ValueError, match="in the team"):
        replace(need, stranger, team, people, result.loads, SWAP, roster=2)


@pytest.mark.parametrize(
    ("needs", "people", "minimum"),
    [
        ([target(1), target(1)], [], 2),
        ([target(1)], [officer(0), officer(0)], 2),
        ([target(1)], [officer(5)], 2),
        ([target(1, lead="丙局")], [], 2),
        ([target(1, DepartmentNeed("甲局"), DepartmentNeed("甲局"))], [], 2),
        ([target(1)], [], 0),
    ],
)
def test_input_that_contradicts_itself_is_refused(
    needs: list[TargetNeed], people: list[Inspector], minimum: int
) -> None:
    with pytest.raises(ValueError):
        assign(needs, people, ORDER, PAIRS, roster=3, minimum=minimum)
