"""What may not be dispatched, how days spread, and what a packet carries. No clock, no database."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.dispatch import rules, rules_packet
from backend.dispatch.rules import Order, TeamFacts
from backend.dispatch.rules_packet import Item, Surroundings, joined
from backend.profiles import profiles
from backend.profiles.rules import dispositions_conflict, findings_conflict, resolve
from backend.profiles.working_days import Calendar, SpecialDay
from sync.words import PacketTarget, Refusal, TeamMember
from tests.rules.test_planning_rules import LEAD, SECOND, scheme

TODAY = date(2026, 11, 20)
DRAWN = replace(scheme(), status="drawn")
CALENDAR = Calendar(frozenset({2026}), {date(2026, 11, 25): SpecialDay(False, "虚构假日")})
WINDOW = [date(2026, 11, 23) + timedelta(days=i) for i in range(5)]


def person(account: str, organisation: str, role: str = "member", certified: bool = True) -> TeamMember:
    return TeamMember.model_validate(
        {
            "account": account.ljust(32, "0"),
            "name": f"测试{account}",
            "organisation": organisation,
            "role": role,
            "certificate": f"渝岭{account}",
            "certified": certified,
        }
    )


SEATS = (
    person("1", LEAD, "leader"),
    person("2", LEAD),
    person("3", SECOND),
    person("4", SECOND),
)


def team(place: int, area: str = "云栖街道", members: tuple[TeamMember, ...] = SEATS) -> TeamFacts:
    return TeamFacts(f"{place:032x}", f"{place + 500:032x}", f"第{place}饭店（虚构）", area, members)


def orders(teams: list[TeamFacts], day: str = "2026-11-24", **changes: object) -> object:
    facts = replace(DRAWN, **changes)  # type: ignore[arg-type]
    return rules.orders(facts, teams, {one.id: day for one in teams}, TODAY, 0)


def code(answer: object) -> str:
    return answer.code if isinstance(answer, Refusal) else "taken"


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (orders([]), "dispatch_not_ready"),
        (orders([team(1)], status="ready_to_draw"), "dispatch_not_ready"),
        (orders([team(1)], status="voided"), "dispatch_not_ready"),
        (orders([team(1)], "2026-11-22"), "day_outside"),
        (orders([team(1)], "2026-12-19"), "day_outside"),
        (orders([team(1)], ""), "bad_request"),
        (orders([team(1)], starts_on="2026-11-01", ends_on="2026-11-19"), "dispatch_not_ready"),
        (orders([team(1)], "2026-11-19", starts_on="2026-11-01"), "day_outside"),
        (orders([team(1, members=SEATS[:3])]), "dispatch_not_ready"),
        (orders([team(1, members=(*SEATS[:3], person("5", SECOND, "assistant")))]), "dispatch_not_ready"),
        (orders([team(1, members=(*SEATS[:3], person("5", SECOND, certified=False)))]), "dispatch_not_ready"),
        (orders([team(1, members=(SEATS[1], SEATS[1], *SEATS[2:]))]), "dispatch_not_ready"),
    ],
)
def test_what_cannot_go_out_is_refused(answer: object, refused: str) -> None:
    assert code(answer) == refused


def test_numbers_follow_those_that_were_used_and_the_order_of_the_days() -> None:
    teams = [team(1), team(2)]
    days = {teams[0].id: "2026-11-26", teams[1].id: "2026-11-24"}
    answer = rules.orders(DRAWN, teams, days, TODAY, 7)
    assert isinstance(answer, tuple)
    assert [(o.number, o.planned_on) for o in answer] == [
        ("2026-001-008", "2026-11-24"),
        ("2026-001-009", "2026-11-26"),
    ]


def test_working_days_leave_out_holidays_and_go_by_the_weekday_where_none_are_announced() -> None:
    found = rules.working_days(date(2026, 11, 23), date(2026, 11, 30), CALENDAR)
    assert [day.day for day in found] == [23, 24, 26, 27, 30]
    assert rules.working_days(date(2027, 1, 1), date(2027, 1, 3), CALENDAR) == (date(2027, 1, 1),)


@given(
    st.lists(
        st.tuples(st.sampled_from(["云栖街道", "松岭街道"]), st.sets(st.integers(0, 9), min_size=1)),
        max_size=30,
    ),
    st.integers(1, 5),
)
def test_every_team_gets_one_of_the_days_and_no_day_is_left_empty_before_another_fills_twice(
    drawn: list[tuple[str, set[int]]], count: int
) -> None:
    days = WINDOW[:count]
    teams = [
        team(
            place,
            area,
            tuple(person(str(i), LEAD, "leader" if not n else "member") for n, i in enumerate(sorted(who))),
        )
        for place, (area, who) in enumerate(drawn)
    ]
    plan = rules.spread(teams, days)
    assert set(plan) == {one.id for one in teams}
    assert set(plan.values()) <= {day.isoformat() for day in days}
    alone = [one for one in teams if len(teams) <= count]
    assert len({plan[one.id] for one in alone}) == len(alone)


@given(st.integers(1, 30), st.integers(1, 5))
def test_one_team_with_many_visits_goes_out_about_as_often_every_day(visits: int, count: int) -> None:
    plan = rules.spread([team(place) for place in range(visits)], WINDOW[:count])
    per_day = Counter(plan.values())
    assert max(per_day.values()) - min(per_day.values() if len(per_day) == count else [0]) <= 1


def test_without_a_working_day_left_nothing_is_proposed() -> None:
    assert rules.spread([team(1)], []) == {}


# --- the packet ---------------------------------------------------------------------------------------------

ITEM = Item(
    id="1" * 32,
    organisation=LEAD,
    number="S-1",
    title="餐饮服务食品安全的检查",
    heading="对餐饮服务食品安全的行政检查",
    method="实地核查",
    photo_required=True,
    legal_basis=("《中华人民共和国食品安全法》第一百一十条",),
    contents=("许可证是否有效",),
    guidance=("查看许可证正本",),
)
OTHER = replace(
    ITEM, id="2" * 32, organisation=SECOND, title="公共场所卫生", heading="对公共场所卫生的行政检查"
)
TARGET = PacketTarget(
    target="7" * 32,
    name="第一饭店（虚构）",
    code="92500199MA00000000",
    kind="个体工商户",
    district="渝岭区（虚构）",
    address="银杏路 1 号",
    legal_representative="祁之",
    representative_label="经营者",
    licence="JY0",
    phone="000-1",
)


def around(profile: str = "demo-yuling") -> Surroundings:
    return Surroundings(
        scheme=DRAWN,
        profile=resolve(profiles(), profile, TODAY),
        names={LEAD: "市监局（虚构）", SECOND: "卫健委（虚构）"},
        items={ITEM.id: ITEM, OTHER.id: OTHER},
        region="渝岭区（虚构）",
        demo=True,
        server_key="04" + "0" * 128,
    )


def test_a_packet_is_the_same_bytes_for_the_same_facts_and_others_for_another_day() -> None:
    order = Order(team(1), "2026-001-001", "2026-11-24")
    one = rules_packet.packet("f" * 32, order, TARGET, around())
    again = rules_packet.packet("f" * 32, order, TARGET, around())
    other = rules_packet.packet("f" * 32, replace(order, planned_on="2026-11-25"), TARGET, around())
    assert rules_packet.packet_digest(one) == rules_packet.packet_digest(again)
    assert rules_packet.packet_digest(one) != rules_packet.packet_digest(other)


def test_a_block_says_what_the_form_prints() -> None:
    packet = rules_packet.packet("f" * 32, Order(team(1), "2026-001-001", "2026-11-24"), TARGET, around())
    block = packet.blocks[0]
    assert block.heading == "餐饮服务食品安全", "the form has the words around it"
    assert block.routine_items == ("餐饮服务食品安全",) and block.special_items == ""
    assert block.items[0].text == rules_packet.text_digest(ITEM.text)
    assert packet.record_title.endswith("部门联合“双随机、一公开”实地核查记录表")


def test_a_demo_says_once_that_it_is_fictional_and_a_real_place_keeps_its_names() -> None:
    order = Order(team(1), "2026-001-001", "2026-11-24")
    demo = rules_packet.packet("f" * 32, order, TARGET, around())
    assert demo.demo and demo.target.name == "第一饭店（虚构）"
    named = (demo.region, demo.target.district, demo.record_title, demo.blocks[0].organisation_name)
    assert not any("虚构" in name for name in named) and demo.region == "渝岭区"
    real = rules_packet.packet("f" * 32, order, TARGET, replace(around(), demo=False))
    assert real.region == "渝岭区（虚构）" and real.blocks[0].organisation_name == "市监局（虚构）"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("ha-puyang-2023", "检查结束后 10 个工作日内公示"),
        ("jx-changjiang-2023", "检查结束后 20 个工作日内录入检查结果"),
        ("demo-yuling", "抽查完成时限（2026-12-18）前公示"),
    ],
)
def test_each_jurisdiction_has_its_own_deadlines_with_an_article(name: str, label: str) -> None:
    found = {due.label: due for due in rules_packet.dues(around(name).profile, DRAWN.ends_on)}
    assert label in found and found[label].article
    assert "检查结果形成后 20 个工作日内公示" in found


def test_findings_exclude_each_other_exactly_where_the_profile_says_so() -> None:
    profile = around().profile
    choices = {choice.code: choice for choice in rules_packet.findings(profile)}
    for one in choices.values():
        for other in choices.values():
            if one.code != other.code:
                against = findings_conflict(profile, (one.code, other.code)) is not None
                assert (other.code in one.excludes) == against == (one.code in other.excludes)


def test_no_problem_stands_alone_among_the_six_results() -> None:
    profile = around().profile
    choices = rules_packet.dispositions(profile)
    assert len(choices) == 6
    for one in choices:
        for other in choices:
            if one.code != other.code:
                assert (other.code in one.excludes) == dispositions_conflict(profile, (one.code, other.code))
    assert {c.code for c in choices if c.group == "not_on_site"} == {"ADMIN_PENALTY", "ADMIN_COERCION"}


@given(st.lists(st.text(min_size=1, max_size=200)), st.integers(10, 300))
def test_joined_laws_never_run_over_the_line(parts: list[str], longest: int) -> None:
    assert len(joined(parts, longest)) <= longest
