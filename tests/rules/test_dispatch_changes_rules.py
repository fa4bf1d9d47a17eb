"""Who may be replaced by whom, and when nothing can be changed any more. No clock, no database, no chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.dispatch import rules_changes as rules
from backend.dispatch.rules_changes import Application, Pool, VisitFacts
from backend.draw.rules_teams import Person
from backend.profiles.values import Choice
from sync.words import Refusal, ReplacementRequested, TeamMember, TeamSeat
from tests.rules.test_dispatch_rules import person
from tests.rules.test_planning_rules import LEAD, SECOND

NONCE = "0" * 32
REASONS = (Choice(code="illness", label="疾病"), Choice(code="recusal", label="回避"))
TEAM = (person("1", LEAD, "leader"), person("2", LEAD), person("3", SECOND), person("4", SECOND))
FACTS = VisitFacts("a" * 32, "某饭店（虚构）", LEAD, 2, "2026-11-24", TEAM, ("b" * 64,))
TODAY = date(2026, 11, 20)


def staff(name: str, organisation: str, **changes: object) -> Person:
    base = Person(
        inspector=f"f{name}".ljust(32, "0"),
        account=name.ljust(32, "0"),
        identifier=name,
        name=f"测试{name}",
        organisation=organisation,
        certificate=f"渝岭{name}",
        certified=True,
        certified_from="2024-01-01",
        certified_to="2028-12-31",
        level="county",
        areas=(),
        specialties=(),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


SITTING = tuple(staff(m.account[0], m.organisation) for m in TEAM)


def pool(*others: Person, **changes: object) -> Pool:
    people = (*SITTING, *others)
    base = Pool(
        people=people,
        serving=frozenset(one.inspector for one in people),
        loads={},
        cap=9,
        barred=frozenset(),
        place=5,
        area="云栖街道",
        key=bytes(32),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def asked(*out: TeamMember, proposed: tuple[TeamSeat, ...] = ()) -> ReplacementRequested:
    return ReplacementRequested(
        nonce=NONCE,
        organisation=out[0].organisation,
        out=tuple(one.account for one in out),
        reason="illness",
        statement="住院治疗",
        proposed=proposed,
    )


def approve(facts: VisitFacts, body: ReplacementRequested, around: Pool, shrink: bool = False) -> object:
    return rules.approve(facts, body, "c" * 64, around, "d" * 32, None, NONCE, shrink=shrink)


def code(answer: object) -> str:
    return answer.code if isinstance(answer, Refusal) else "taken"


def request(facts: VisitFacts = FACTS, **changes: object) -> object:
    values: dict[str, object] = {
        "organisation": LEAD,
        "out": [TEAM[1].account],
        "reason": "illness",
        "statement": "住院治疗",
        "proposed": (),
        "reasons": REASONS,
        "nonce": NONCE,
        **changes,
    }
    return rules.request(facts, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (request(replace(FACTS, finished=True)), "visit_closed"),
        (request(replace(FACTS, recalled=True)), "visit_closed"),
        (request(out=[]), "replacement_not_in_team"),
        (request(out=[TEAM[2].account]), "replacement_not_in_team"),
        (request(replace(FACTS, asked=frozenset({TEAM[1].account}))), "replacement_open"),
        (request(reason="because"), "bad_request"),
        (request(statement=" "), "reason_missing"),
        (request(), "taken"),
    ],
)
def test_what_cannot_be_asked_is_refused(answer: object, refused: str) -> None:
    assert code(answer) == refused


UNFIT = {
    "of another department": staff("9", SECOND),
    "without a certificate": staff("9", LEAD, certified=False),
    "with a certificate that ends before": staff("9", LEAD, certified_to="2026-11-23"),
    "of another street": staff("9", LEAD, areas=("松岭街道",)),
    "of another level": staff("9", LEAD, level="city"),
    "without an account": staff("9", LEAD, account=""),
}


@pytest.mark.parametrize("candidate", UNFIT.values(), ids=UNFIT)
def test_nobody_unfit_is_drawn_or_named(candidate: Person) -> None:
    around = pool(candidate)
    assert code(approve(FACTS, asked(TEAM[1]), around)) == "replacement_nobody"
    named = (rules.seat_of(replace(candidate, account="9".ljust(32, "0")), 4, "member"),)
    assert code(approve(FACTS, asked(TEAM[1], proposed=named), around)) == "replacement_unfit"


def test_who_left_this_visit_before_or_the_registry_since_does_not_come_back() -> None:
    one = staff("9", LEAD)
    assert code(approve(FACTS, asked(TEAM[1]), pool(one))) == "taken"
    barred = pool(one, barred=frozenset({one.inspector}))
    assert code(approve(FACTS, asked(TEAM[1]), barred)) == "replacement_nobody"
    gone = pool(one, serving=frozenset())
    assert code(approve(FACTS, asked(TEAM[1]), gone)) == "replacement_nobody"
    full = pool(one, loads={4: 9})
    assert code(approve(FACTS, asked(TEAM[1]), full)) == "replacement_nobody"


def test_whoever_must_withdraw_leaves_even_where_nobody_can_come() -> None:
    answer = approve(FACTS, asked(TEAM[3]), pool(), shrink=True)
    assert isinstance(answer, tuple)
    approved, team = answer
    assert approved.members == () and team == TEAM[:3]


def test_without_anybody_else_of_the_lead_department_the_leader_cannot_leave() -> None:
    alone = replace(FACTS, team=(TEAM[0], TEAM[2], TEAM[3]))
    nobody = pool(serving=frozenset())
    assert code(approve(alone, asked(TEAM[0]), nobody, shrink=True)) == "leader_needed"
    answer = approve(FACTS, asked(TEAM[0]), pool(), shrink=True)
    assert isinstance(answer, tuple)
    heir = answer[1][0]
    assert (heir.account, heir.role) == (TEAM[1].account, "leader")


@given(
    st.lists(st.tuples(st.sampled_from([LEAD, SECOND]), st.integers(0, 9)), max_size=12),
    st.sampled_from(range(4)),
    st.binary(min_size=32, max_size=32),
)
def test_the_ticket_is_repeatable_takes_the_least_loaded_and_keeps_every_department_whole(
    others: list[tuple[str, int]], leaving: int, key: bytes
) -> None:
    extra = [staff(f"e{i:x}", organisation) for i, (organisation, _) in enumerate(others)]
    loads = {4 + i: load for i, (_, load) in enumerate(others)}
    around = pool(*extra, loads=loads, key=key)
    out = TEAM[leaving]
    answer = approve(FACTS, asked(out), around)
    assert answer == approve(FACTS, asked(out), around)
    fit = [4 + i for i, (o, load) in enumerate(others) if o == out.organisation and load < 9]
    if not fit:
        assert code(answer) == "replacement_nobody"
        return
    assert isinstance(answer, tuple)
    approved, team = answer
    (seat,) = approved.members
    assert seat.row in fit
    assert loads[seat.row] == min(loads[place] for place in fit)
    assert [m.organisation for m in team] == [m.organisation for m in TEAM]
    assert [m.role for m in team] == [m.role for m in TEAM]
    assert len({m.account for m in team}) == 4 and out.account not in {m.account for m in team}


def test_another_reason_is_another_key_and_chance_plays_no_part() -> None:
    one = asked(TEAM[1])
    again = one.model_copy(update={"nonce": "f" * 32})
    other = one.model_copy(update={"statement": "另有任务"})
    assert rules.reason_digest(one, "a" * 32) == rules.reason_digest(again, "a" * 32)
    assert rules.reason_digest(one, "a" * 32) != rules.reason_digest(other, "a" * 32)
    assert rules.reason_digest(one, "a" * 32) != rules.reason_digest(one, "b" * 32)


def decide(account: str = TEAM[1].account, about: str = "", reason: str = "亲属关系") -> object:
    application = Application("e" * 64, about)
    return rules.decide_recusal(FACTS, application, account, LEAD, "d" * 32, None, True, reason, NONCE)


def test_a_recusal_is_decided_about_an_own_officer_whom_the_application_means_with_a_reason() -> None:
    assert code(decide(TEAM[2].account)) == "replacement_not_in_team"
    assert code(decide(about=TEAM[0].account)) == "replacement_not_in_team"
    assert code(decide(reason="")) == "reason_missing"
    assert code(decide()) == code(decide(about=TEAM[1].account)) == "taken"


@pytest.mark.parametrize(
    ("facts", "day", "reason", "refused"),
    [
        (replace(FACTS, finished=True), "2026-11-26", "停业", "visit_closed"),
        (FACTS, "2026-11-24", "停业", "bad_request"),
        (FACTS, "soon", "停业", "bad_request"),
        (FACTS, "2026-11-19", "停业", "day_outside"),
        (FACTS, "2026-12-19", "停业", "day_outside"),
        (FACTS, "2026-11-26", "", "reason_missing"),
        (FACTS, "2026-11-26", "停业", "taken"),
    ],
)
def test_another_day_lies_within_the_scheme_and_has_its_reason(
    facts: VisitFacts, day: str, reason: str, refused: str
) -> None:
    assert code(rules.postpone(facts, LEAD, day, reason, "2026-12-18", TODAY, NONCE)) == refused


def test_an_order_is_taken_back_once_with_a_reason_and_never_after_the_end() -> None:
    assert code(rules.recall(FACTS, LEAD, "", True, NONCE)) == "reason_missing"
    assert code(rules.recall(replace(FACTS, recalled=True), LEAD, "重复", True, NONCE)) == "visit_closed"
    assert code(rules.recall(replace(FACTS, finished=True), LEAD, "重复", True, NONCE)) == "visit_closed"
    assert code(rules.recall(FACTS, LEAD, "重复派发", False, NONCE)) == "taken"
