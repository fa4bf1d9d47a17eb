"""Publication: what may become public, who reviews and who publishes, what a correction may change, until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.people.rules import Actor
from backend.planning.facts import Standing
from backend.profiles import keys, profiles
from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.rules import Profile, resolve
from backend.publication import rules
from backend.publication.rules import BlockFacts, CorrectionForm, NoticeFacts, ReviewFacts, ReviewForm
from backend.publication.rules_notice import (
    NARROWEST,
    Task,
    document_digest,
    indexable,
    private_number,
    public_class,
    surname,
    value_of,
    whitelist,
)
from sync.words import (
    BlockWaived,
    NoticeCorrected,
    NoticePublished,
    PublicationReviewed,
    PublicClass,
    Refusal,
    Role,
    refuse,
)
from tests import visited
from tests.builders import id_of
from tests.visited import CHEN, LEAD, LEAD_ITEMS, LUO, NONCE, PRIVATE, SECOND, WEN

TASK = Task(plan_no="", plan_name="2026 年度联合抽查计划", completed_on="2026-11-20")
NOBODY = Standing(frozenset(), frozenset())
CLASSES: tuple[PublicClass, ...] = (
    "enterprise",
    "sole_trader",
    "natural_person",
    "non_profit",
    "non_market",
)


@cache
def profile() -> Profile:
    return resolve(profiles(), "demo-yuling", date(2026, 11, 20))


def facts(organisation: str = LEAD, **changes: Any) -> BlockFacts:
    packet = visited.packet()
    given: dict[str, Any] = {
        "scheme": visited.SCHEME,
        "packet": packet,
        "state": visited.state(),
        "block": next(b for b in packet.blocks if b.organisation == organisation),
        "target_class": "enterprise",
        "task": TASK,
        "missing": 0,
        "review": None,
        "notice": None,
        **changes,
    }
    return BlockFacts(**given)


def actor(role: Role, account: str = "", organisation: str = LEAD, **more: Any) -> Actor:
    return Actor(account=id_of(account or role), organisation=organisation, roles=frozenset({role}), **more)


PLANNER, LEADER = actor("planner"), actor("responsible_leader")


def form(**changes: Any) -> ReviewForm:
    clean: dict[str, Any] = {
        "secrecy": False,
        "privacy": False,
        "trade_secret": False,
        "note": "",
        "seen": "",
    }
    return ReviewForm(**{**clean, "decision": "publish", "basis": (), "omitted": (), **changes})


def reviewed(by: str = PLANNER.account, of: BlockFacts | None = None, **changes: Any) -> ReviewFacts:
    document = (of or facts()).document(profile(), changes.get("omitted", ()))
    given: dict[str, Any] = {"basis": (), "omitted": (), "decision": "publish", **changes}
    return ReviewFacts(entry="a" * 64, by=by, document=document_digest(document), **given)


def code(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


# --- refusals -----------------------------------------------------------------------------------------------


def test_a_visit_that_is_not_finished_is_not_published() -> None:
    running = facts(state=visited.state(visited.bodies()[:-1]))
    assert code(rules.review(form(), running, PLANNER, profile(), NONCE)) == "visit_not_finished"


def test_a_missing_photo_stops_review_and_publication_and_is_counted() -> None:
    refusal = rules.review(form(), facts(missing=2), PLANNER, profile(), NONCE)
    assert refusal == refuse("visit_not_synced", count=2)
    late = facts(missing=1, review=reviewed())
    assert code(rules.publish(late, LEADER, NOBODY, True, profile(), NONCE)) == "visit_not_synced"


def test_an_open_item_and_a_disputed_one_stop_publication() -> None:
    spoken = visited.bodies()
    without = [one for one in spoken if getattr(one[1], "item", "") != LEAD_ITEMS[0]]
    assert rules.not_ready(facts(state=visited.state(without))) == refuse("items_open", count=1)
    twice = [*spoken, (LUO, visited.answer(LEAD, LEAD_ITEMS[0], "nonconform", "3"))]
    assert rules.not_ready(facts(state=visited.state(twice))) == refuse("disputed", count=1)
    assert rules.not_ready(facts(SECOND, state=visited.state(twice))) is None


def test_a_block_that_was_not_carried_out_has_nothing_to_publish() -> None:
    waived = [*visited.bodies(), (WEN, BlockWaived(nonce=NONCE, organisation=SECOND, reason="停业"))]
    block = facts(SECOND, state=visited.state(waived))
    assert code(rules.not_ready(block)) == "block_waived" and block.status == "waived"


def test_another_departments_people_neither_review_nor_publish_nor_correct() -> None:
    planner, leader = (actor(role, organisation=SECOND) for role in ("planner", "responsible_leader"))
    ready = facts(review=reviewed())
    assert code(rules.review(form(), facts(), planner, profile(), NONCE)) == "own_department_only"
    assert code(rules.publish(ready, leader, NOBODY, True, profile(), NONCE)) == "own_department_only"
    assert (
        code(rules.correct(correction(), published(), leader, NOBODY, profile(), NONCE))
        == "own_department_only"
    )


def test_nothing_is_published_without_a_review() -> None:
    assert code(rules.publish(facts(), LEADER, NOBODY, True, profile(), NONCE)) == "review_missing"


def test_who_reviewed_does_not_publish_where_there_is_a_second_person() -> None:
    own = facts(review=reviewed(by=LEADER.account))
    assert code(rules.publish(own, LEADER, NOBODY, True, profile(), NONCE)) == "publish_by_another"
    alone = rules.publish(own, LEADER, NOBODY, False, profile(), NONCE)
    assert isinstance(alone, NoticePublished)


def test_a_deputy_publishes_only_in_the_days_of_the_deputyship() -> None:
    leader = id_of("leader of record")
    standing = Standing(stands_in_for=frozenset({leader}), leaders=frozenset({leader}))
    ready, deputy = facts(review=reviewed()), actor("responsible_leader", "deputy")
    assert code(rules.publish(ready, deputy, standing, True, profile(), NONCE)) == "deputy_not_today"
    today = replace(deputy, deputy_for=(leader,))
    notice = rules.publish(ready, today, standing, True, profile(), NONCE)
    assert isinstance(notice, NoticePublished) and notice.leader == leader


def test_what_changed_since_the_review_is_reviewed_again() -> None:
    ready = facts(review=reviewed())
    head = next(iter(ready.state.item(LEAD, LEAD_ITEMS[1]).heads))
    later = [
        *visited.bodies(),
        (CHEN, visited.answer(LEAD, LEAD_ITEMS[1], "conform", supersedes=(head.entry,))),
    ]
    changed = replace(ready, state=visited.state(later))
    assert code(rules.publish(changed, LEADER, NOBODY, True, profile(), NONCE)) == "changed_meanwhile"


def test_a_second_publication_and_a_review_of_what_is_public_are_refused() -> None:
    assert code(rules.publish(published(), LEADER, NOBODY, True, profile(), NONCE)) == "already_decided"
    assert code(rules.review(form(), published(), PLANNER, profile(), NONCE)) == "already_decided"


def test_a_review_that_somebody_else_replaced_meanwhile_is_not_overwritten() -> None:
    seen_older = form(seen="")
    assert (
        code(rules.review(seen_older, facts(review=reviewed()), PLANNER, profile(), NONCE))
        == "changed_meanwhile"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"privacy": True}, "review_contradicts"),
        ({"secrecy": True, "decision": "partial", "basis": ("partial.privacy",)}, "review_contradicts"),
        ({"basis": ("partial.privacy",)}, "basis_not_needed"),
        ({"omitted": ("address",)}, "basis_not_needed"),
        ({"decision": "partial", "privacy": True}, "basis_missing"),
        ({"decision": "partial", "basis": ("withheld.security",), "omitted": ("address",)}, "basis_missing"),
        ({"decision": "partial", "basis": ("partial.privacy",)}, "omitted_missing"),
        ({"decision": "partial", "basis": ("partial.privacy",), "omitted": ("phone",)}, "omitted_missing"),
        ({"decision": "withhold", "secrecy": True}, "basis_missing"),
        ({"decision": "withhold", "basis": ("withheld.security",)}, "withhold_by_leader"),
    ],
)
def test_a_review_whose_parts_contradict_each_other_is_refused(
    changes: dict[str, Any], expected: str
) -> None:
    assert code(rules.review(form(**changes), facts(), PLANNER, profile(), NONCE)) == expected


def test_everything_cannot_be_left_out_of_a_partial_publication() -> None:
    every = tuple(one.field for one in facts().document(profile()).fields)
    asked = form(decision="partial", basis=("partial.privacy",), omitted=every)
    assert code(rules.review(asked, facts(), PLANNER, profile(), NONCE)) == "omitted_missing"


def test_a_withheld_result_is_not_published() -> None:
    withheld = facts(review=reviewed(decision="withhold", basis=("withheld.security",)))
    assert withheld.status == "withheld"
    assert code(rules.publish(withheld, LEADER, NOBODY, True, profile(), NONCE)) == "already_decided"


def test_a_phone_number_inside_a_whitelisted_field_is_found_before_it_is_public() -> None:
    packet = visited.packet(name="张记水果（13900000019）")
    block = facts(packet=packet, block=packet.blocks[0])
    assert code(rules.review(form(), block, PLANNER, profile(), NONCE)) == "private_in_text"


# --- the document -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target_class", CLASSES)
def test_nothing_private_reaches_the_document_of_any_class(target_class: PublicClass) -> None:
    for organisation in (LEAD, SECOND):
        document = facts(organisation, target_class=target_class).document(profile())
        text = document.model_dump_json()
        assert [what for what, value in PRIVATE.items() if value in text] == []
        allowed = {one.field for one in whitelist(profile(), target_class)}
        assert {one.field for one in document.fields} <= allowed
        assert not allowed & set(profile().need(keys.NEVER_PUBLIC))


def test_a_sole_trader_shows_the_district_and_never_the_home_address() -> None:
    document = facts(target_class="sole_trader").document(profile())
    assert value_of(document, "address") == "渝岭区（虚构）" and "银杏路" not in document.model_dump_json()
    assert value_of(document, "legal_rep_name") == "祁之衡"


def test_a_natural_person_is_a_surname_and_two_stars() -> None:
    packet = visited.packet(name="欧阳小明")
    block = facts(packet=packet, block=packet.blocks[0], target_class="natural_person")
    document = block.document(profile())
    assert value_of(document, "name") == "欧阳**" == surname("欧阳小明")
    assert surname("张小明") == "张**" and surname("张三") == "张**" and surname("") == ""
    assert "祁之衡" not in document.model_dump_json() and value_of(document, "uscc") == ""


def test_results_are_the_words_of_the_national_list_per_item_and_rolled_up() -> None:
    document = facts().document(profile())
    assert [(one.item, one.findings) for one in document.results] == [
        ("事项1", ("未发现问题",)),
        ("事项2", ("违反食品药品监管相关规定",)),
    ]
    assert value_of(document, "result") == "违反食品药品监管相关规定"
    assert value_of(facts(SECOND).document(profile()), "result") == "不适用"


def test_a_partial_publication_leaves_out_exactly_what_was_chosen() -> None:
    whole = facts().document(profile())
    part = facts().document(profile(), ("address", "legal_rep_name"))
    kept = [one for one in whole.fields if one.field not in ("address", "legal_rep_name")]
    assert list(part.fields) == kept and part.results == whole.results
    assert facts().document(profile(), ("result",)).results == ()


def test_a_target_of_unknown_kind_gets_the_narrowest_whitelist() -> None:
    assert public_class("", "") == NARROWEST == "natural_person"
    assert public_class("profit", "individual_business") == "sole_trader"
    assert public_class("profit", "company") == "enterprise"
    assert public_class("non_profit", "public_institution") == "non_profit"


def test_search_engines_keep_no_sole_traders_and_natural_persons() -> None:
    assert [one for one in CLASSES if not indexable(profile(), one)] == ["sole_trader", "natural_person"]


@given(st.integers(0, 10**9 - 1), st.sampled_from(["", " ", "-"]))
def test_any_mobile_number_is_recognised_however_it_is_spaced(rest: int, gap: str) -> None:
    digits = f"{rest:09d}"
    number = f"13{digits[0]}{gap}{digits[1:5]}{gap}{digits[5:]}"
    assert private_number(f"联系人{number}，详谈")
    assert not private_number(f"X{number}9") or gap


# --- publish and correct ------------------------------------------------------------------------------------


def published(version: int = 1) -> BlockFacts:
    block = facts(review=reviewed())
    document = block.document(profile())
    return replace(block, notice=NoticeFacts("b" * 64, version, "enterprise", document))


def correction(**changes: Any) -> CorrectionForm:
    given: dict[str, Any] = {"values": {}, "findings": {}, "reason": "录入有误", "seen": "b" * 64, **changes}
    return CorrectionForm(**given)


def test_what_is_published_is_exactly_what_was_reviewed() -> None:
    review = rules.review(form(), facts(), PLANNER, profile(), NONCE)
    assert isinstance(review, PublicationReviewed)
    notice = rules.publish(facts(review=reviewed()), LEADER, NOBODY, True, profile(), NONCE)
    assert isinstance(notice, NoticePublished)
    assert notice.document_digest == review.document == document_digest(notice.document)
    assert notice.leader == LEADER.account and notice.review == "a" * 64


def test_a_leader_may_withhold_with_its_basis() -> None:
    asked = form(decision="withhold", secrecy=True, basis=("withheld.state_secret",))
    answer = rules.review(asked, facts(), LEADER, profile(), NONCE)
    assert isinstance(answer, PublicationReviewed) and answer.decision == "withhold"


def test_a_correction_changes_what_was_wrong_and_nothing_else() -> None:
    asked = correction(values={"address": "云栖街道银杏路 89 号（虚构）"}, findings={1: ("E",)})
    answer = rules.correct(asked, published(), LEADER, NOBODY, profile(), NONCE)
    assert isinstance(answer, NoticeCorrected)
    assert (answer.version, answer.notice, answer.leader) == (2, "b" * 64, LEADER.account)
    before = published().document(profile())
    changed = {
        new.field for new, old in zip(answer.document.fields, before.fields, strict=True) if new != old
    }
    assert changed == {"address", "result"}
    assert answer.document.results[1].findings == ("发现问题经责令已改正",)
    assert answer.document.results[0] == before.results[0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": " "}, "reason_missing"),
        ({}, "nothing_corrected"),
        ({"values": {"phone": "13800000017"}}, "nothing_corrected"),
        ({"values": {"address": "电话 13800000017"}}, "private_in_text"),
        ({"values": {"address": "别处"}, "reason": "打 138-0000-0017 问过"}, "private_in_text"),
        ({"seen": "c" * 64, "values": {"address": "别处"}}, "changed_meanwhile"),
    ],
)
def test_a_correction_without_reason_change_or_with_a_private_number_is_refused(
    changes: dict[str, Any], expected: str
) -> None:
    answer = rules.correct(correction(**changes), published(), LEADER, NOBODY, profile(), NONCE)
    assert code(answer) == expected


# --- the clock ----------------------------------------------------------------------------------------------


def clock(today: date, ends_on: date | None) -> rules.Clock:
    return rules.deadline(profile(), seeded_calendar(), date(2026, 11, 20), ends_on, today)


def test_the_earlier_of_task_deadline_and_twenty_working_days_counts() -> None:
    own = clock(date(2026, 11, 20), date(2026, 12, 4))
    national = clock(date(2026, 11, 20), date(2027, 3, 1))
    assert own.due and own.due.date == date(2026, 12, 4)
    assert national.due and national.due.date == date(2026, 12, 18)
    assert clock(date(2026, 11, 20), None).due == national.due


def test_three_working_days_before_it_turns_amber_and_afterwards_it_counts_the_days() -> None:
    ends = date(2026, 12, 4)
    assert clock(date(2026, 11, 30), ends).tone == ""
    assert clock(date(2026, 12, 1), ends).tone == "soon"
    assert clock(ends, ends) == rules.Clock(clock(ends, ends).due, "soon", "今天到期")
    late = clock(date(2026, 12, 9), ends)
    assert (late.tone, late.text) == ("late", "已逾期 3 个工作日")


@given(st.integers(0, 60))
def test_a_deadline_never_turns_green_again(after: int) -> None:
    ends = date(2026, 12, 4)
    order = {"": 0, "soon": 1, "late": 2}
    day = date(2026, 11, 20) + timedelta(days=after)
    assert order[clock(day, ends).tone] <= order[clock(day + timedelta(days=1), ends).tone]
