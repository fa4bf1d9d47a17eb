"""What planning must refuse, and the laws that its numbers keep. No clock, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.people.rules import Actor
from backend.planning import rules
from backend.planning.facts import ItemFacts, LineFacts, SchemeFacts, Standing, estimate
from backend.planning.forms import LineForm, SchemeForm, clean, ratio_of, ratio_text, read_line, read_scheme
from backend.profiles import profiles
from backend.profiles.rules import Profile, resolve
from sync.words import OfflineApproval, Ratio, Refusal, RiskClass, RiskRatio, SchemeBlock, SchemeSubmitted

TODAY = date(2026, 11, 20)
NONCE = "0" * 32
LEAD, SECOND, THIRD = "a" * 32, "b" * 32, "c" * 32
CLASSES: tuple[RiskClass, ...] = ("A", "B", "C", "D")
ITEMS = {
    "1" * 32: ItemFacts("1" * 32, LEAD, "S-1", "食品经营许可", "general", Ratio(num=5, den=100), True),
    "2" * 32: ItemFacts("2" * 32, SECOND, "W-1", "公共场所卫生", "key", None, True),
    "3" * 32: ItemFacts("3" * 32, SECOND, "W-2", "未公布事项", "general", None, False),
}


def profile(name: str = "demo-yuling") -> Profile:
    return resolve(profiles(), name, TODAY)


def line(**changes: object) -> LineFacts:
    facts = LineFacts(
        id="9" * 32,
        year=2026,
        organisation=LEAD,
        title="餐饮服务联合抽查",
        target_scope="全区餐饮服务经营者",
        starts_on="2026-11-20",
        ends_on="2026-12-20",
        ratio=Ratio(num=5, den=100),
        participants=(SECOND,),
        items="食品经营许可",
        status="published",
        late=False,
        round=1,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def ratios(*percents: int) -> tuple[RiskRatio, ...]:
    return tuple(
        RiskRatio(risk=risk, ratio=Ratio(num=n, den=100)) for risk, n in zip(CLASSES, percents, strict=True)
    )


TYPED = {
    "plan_line": ["9" * 32],
    "name": ["2026 年餐饮服务联合抽查"],
    "mode": ["lead_and_participants"],
    "scope": ["undirected"],
    f"items.{LEAD}": ["1" * 32],
    f"items.{SECOND}": ["2" * 32],
    **{f"ratio.{risk}": ["3"] for risk in CLASSES},
    "starts_on": ["2026-11-23"],
    "ends_on": ["2026-12-18"],
    "minimum_officers": ["2"],
    "method": ["on_site"],
}


def form(**changes: object) -> SchemeForm:
    read = read_scheme(TYPED, {})
    assert isinstance(read, SchemeForm)
    return replace(read, **changes)  # type: ignore[arg-type]


def context(**changes: object) -> rules.SchemeContext:
    facts = rules.SchemeContext(
        line=line(),
        before=None,
        items=ITEMS,
        pool={"A": 50, "B": 50},
        profile=profile(),
        number="2026-001",
        departments=(SECOND, LEAD),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def submit(made: SchemeForm, around: rules.SchemeContext | None = None) -> object:
    return rules.submit_scheme(made, LEAD, around or context(), NONCE)


def code(answer: object) -> str:
    return answer.code if isinstance(answer, Refusal) else "taken"


def scheme(**changes: object) -> SchemeFacts:
    body = submit(form())
    assert isinstance(body, SchemeSubmitted)
    names = SchemeFacts.__dataclass_fields__.keys() & SchemeSubmitted.model_fields.keys()
    facts = SchemeFacts(id="8" * 32, status="submitted", **{name: getattr(body, name) for name in names})
    return replace(facts, **changes)  # type: ignore[arg-type]


# --- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("around", "refused"),
    [
        (context(line=None), "plan_line_missing"),
        (context(line=line(organisation=SECOND)), "plan_line_missing"),
        (context(line=line(status="approved")), "plan_line_not_published"),
        (context(pool={}), "pool_empty"),
        (context(items={}), "item_unknown"),
        (context(before=scheme()), "scheme_state"),
    ],
)
def test_what_a_scheme_stands_on_must_be_there(around: rules.SchemeContext, refused: str) -> None:
    assert code(submit(form(), around)) == refused


@pytest.mark.parametrize(
    ("made", "refused"),
    [
        (form(ends_on="2026-11-22"), "dates_wrong"),
        (form(items={LEAD: ("1" * 32,)}), "no_participant"),
        (form(items={SECOND: ("2" * 32,), THIRD: ("2" * 32,)}), "bad_request"),
        (form(items={LEAD: ("1" * 32,), SECOND: ("3" * 32,)}), "item_not_published"),
        (form(items={LEAD: ("2" * 32,), SECOND: ("2" * 32,)}), "item_unknown"),
        (form(ratios=ratios(6, 5, 0, 0)), "ratio_over_cap"),
        (form(ratios=ratios(0, 0, 9, 9)), "bad_request"),
        (form(minimum_officers=1), "bad_request"),
        (form(mode="no_such_mode"), "bad_request"),
        (form(method="third_party"), "bad_request"),
    ],
)
def test_what_the_law_or_the_catalogue_forbids_is_refused(made: SchemeForm, refused: str) -> None:
    assert code(submit(made)) == refused


def test_a_key_item_has_no_cap_and_a_general_one_without_a_number_needs_one_only_where_the_text_says_so() -> (
    None
):
    bare = {**ITEMS, "1" * 32: replace(ITEMS["1" * 32], cap=None)}
    assert code(submit(form(ratios=ratios(90, 90, 90, 90)), context(items=bare))) == "taken"
    puyang = context(items=bare, profile=profile("ha-puyang-2023"))
    answer = submit(form(mode="COMPREHENSIVE", ratios=ratios(6, 6, 6, 6)), puyang)
    assert code(answer) == "bad_request" and "没有规定比例上限" in getattr(answer, "sentence", "")


def test_a_floor_that_a_higher_text_reduced_to_coverage_refuses_nothing() -> None:
    puyang = profile("ha-puyang-2023")
    assert (
        code(submit(form(mode="COMPREHENSIVE", ratios=ratios(1, 1, 1, 1)), context(profile=puyang)))
        == "taken"
    )
    before = resolve(profiles(), "ha-puyang-2023", date(2024, 6, 1))
    answer = submit(form(mode="COMPREHENSIVE", ratios=ratios(1, 1, 1, 1)), context(profile=before))
    assert code(answer) == "ratio_under_floor"


def test_only_the_departments_own_leader_approves_and_a_deputy_only_in_time() -> None:
    leader = Actor(account="x", organisation=LEAD, roles=frozenset({"responsible_leader"}))
    alone = Standing(stands_in_for=frozenset(), leaders=frozenset({"x"}))
    assert rules.authority(leader, LEAD, alone) == "x"
    assert code(rules.authority(leader, SECOND, alone)) == "not_allowed"
    planner = replace(leader, roles=frozenset({"planner"}))
    assert code(rules.authority(planner, LEAD, alone)) == "not_allowed"
    deputy = replace(leader, account="y")
    named = Standing(stands_in_for=frozenset({"x"}), leaders=frozenset({"x"}))
    assert code(rules.authority(deputy, LEAD, named)) == "deputy_not_today"
    assert rules.authority(replace(deputy, deputy_for=("x",)), LEAD, named) == "x"
    elsewhere = replace(deputy, deputy_for=("z",))
    assert code(rules.authority(elsewhere, LEAD, named)) == "deputy_not_today"


def test_what_was_decided_is_not_decided_again() -> None:
    assert code(rules.approve_line(line(status="approved"), "x", None, NONCE)) == "already_decided"
    assert code(rules.return_line(line(status="published"), "x", "理由", NONCE)) == "already_decided"
    assert code(rules.approve_scheme(scheme(status="voided"), LEAD, "x", None, NONCE)) == "already_decided"
    assert code(rules.approve_scheme(scheme(), THIRD, "x", None, NONCE)) == "not_allowed"
    assert code(rules.void_scheme(scheme(status="dispatched"), "不需要了", NONCE)) == "scheme_state"
    assert code(rules.publish_plan([line()], 2026, NONCE)) == "nothing_to_publish"


def test_an_approval_on_paper_does_not_lie_in_the_future() -> None:
    offline = OfflineApproval(approver="王某", approved_on="2026-11-21", number="12", photo=None)
    assert code(rules.offline_fits(offline, "2026-11-20")) == "bad_request"
    assert rules.offline_fits(offline, "2026-11-21") is None


def test_what_is_not_approved_by_all_cannot_be_drawn_from() -> None:
    names = {LEAD: "市监局", SECOND: "卫健委"}
    answer = rules.drawable(scheme(), names)
    assert answer is not None and "市监局、卫健委" in answer.sentence
    assert rules.drawable(scheme(status="ready_to_draw"), names) is None
    assert code(rules.drawable(scheme(status="voided"), names)) == "scheme_state"


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    answer = read_line({"year": ["二零二六"], "title": ["抽查"]})
    assert isinstance(answer, Refusal)
    for label in ("年度", "检查对象范围", "抽查时间（起）", "抽查时间（止）", "抽查比例", "抽查事项"):
        assert label in answer.sentence


# --- what holds ---------------------------------------------------------------------------------------------


def test_a_late_line_is_taken_and_marked() -> None:
    typed = {
        **{name: ["文字"] for name in ("title", "target_scope", "items")},
        "year": ["2026"],
        "ratio": ["5"],
    }
    read = read_line({**typed, "starts_on": ["2026-03-01"], "ends_on": ["2026-12-01"]})
    assert isinstance(read, LineForm)
    late = rules.submit_line(read, None, LEAD, profile(), date(2026, 3, 1), NONCE)
    early = rules.submit_line(read, None, LEAD, profile(), date(2026, 2, 28), NONCE)
    assert getattr(late, "late", None) is True and getattr(early, "late", None) is False


def test_a_scheme_that_is_handed_in_again_keeps_its_number_and_counts_its_rounds() -> None:
    again = submit(form(), context(before=scheme(status="returned"), number="2026-002"))
    assert isinstance(again, SchemeSubmitted)
    assert (again.number, again.round) == ("2026-001", 2)


@given(st.lists(st.integers(1, 999), unique=True))
def test_a_number_is_never_given_twice(serials: list[int]) -> None:
    used = [f"2026-{n:03d}" for n in serials] + ["2025-998"]
    assert rules.next_number(2026, used) not in used


@given(st.integers(0, 10_000))
def test_a_ratio_reads_back_as_it_was_shown(parts: int) -> None:
    ratio = Ratio(num=parts, den=10_000)
    assert ratio_of(ratio_text(ratio)) == ratio


@pytest.mark.parametrize("text", ["", "很多", "-1", "100.5", "0.001", "NaN", "Infinity", "1e400"])
def test_what_is_no_percentage_of_two_places_is_no_ratio(text: str) -> None:
    assert ratio_of(text) is None


@given(
    st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 5000)),
    st.tuples(*[st.integers(0, 100)] * 4),
    st.integers(1, 9),
)
def test_the_estimate_draws_no_less_than_the_ratio_and_less_than_one_more_per_class(
    pool: dict[str, int], percents: tuple[int, int, int, int], departments: int
) -> None:
    parts = ratios(*percents)
    found = estimate(pool, parts, departments)
    exact = rules.overall_ratio(parts, pool) * sum(pool.values())
    assert exact <= found.visits < exact + 4
    assert found.pool == sum(pool.values())
    assert found.spared == found.visits * (departments - 1)


@given(st.integers(0, 20_000))
def test_a_share_is_shown_to_two_places(hundredths: int) -> None:
    shown = rules.percent(Fraction(hundredths, 10_000))
    assert shown.endswith("%") and Fraction(shown[:-1]) == Fraction(hundredths, 100)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "_csrf_token"]), st.text())))
def test_what_was_typed_is_kept_once_trimmed_and_normal(pairs: list[tuple[str, str]]) -> None:
    found = clean(pairs)
    assert "_csrf_token" not in found
    assert clean((name, value) for name, values in found.items() for value in values) == found


def test_the_leads_block_comes_first_whatever_the_order_of_the_form() -> None:
    made = form(items={SECOND: ("2" * 32,), LEAD: ("1" * 32,)})
    blocks = made.entry_fields(LEAD, (SECOND, LEAD))["blocks"]
    assert blocks[0] == SchemeBlock(organisation=LEAD, items=("1" * 32,))
