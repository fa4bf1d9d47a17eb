"""The traps of the sources: misprints, clocks that look alike, floors of different things, what was withdrawn."""

from __future__ import annotations

from datetime import date

from backend.profiles import keys
from backend.profiles.deadlines import (
    Events,
    plan_due,
    publication_due,
    result_entry_due,
    supervision_snapshot_at,
)
from tests.rules.profiled import CN, DEMO, S0, S1, S2, S3, S4, now, then


def test_trap_1_the_misprinted_number_is_kept_beside_the_right_one() -> None:
    (basis,) = then(S0).need(keys.LEGAL_BASIS)
    assert (basis.number, basis.source_as_printed) == ("国发〔2019〕5号", "国发〔2023〕5号")
    for profile_id in (S1, S2, S3, S4):
        assert then(profile_id).need(keys.LEGAL_BASIS)[0].number == "国发〔2019〕5号"


def test_trap_2_the_unlicensed_are_dealt_with_under_the_decree_that_exists() -> None:
    documents = then(S0).need(keys.UNLICENSED_BASIS)
    assert [d.title for d in documents] == ["无证无照经营查处办法", "市场主体登记管理条例"]
    assert documents[0].source_as_printed == "市场主体登记管理办法"


def test_trap_3_a_label_is_correct_and_the_printed_spelling_is_kept_apart() -> None:
    guidance = next(c for c in then(S1).need(keys.DISPOSITIONS) if c.code == "ADMIN_GUIDANCE")
    assert guidance.label == "发现问题作出行政指导"
    assert guidance.printed == "发现问题做出行政指导"


def test_trap_4_the_office_is_the_districts_bureau_not_the_citys() -> None:
    leaf = then(S2).leaf(keys.OFFICE)
    assert leaf is not None
    assert leaf.value == "景德镇市昌江区市场监督管理局"
    assert leaf.printed == "景德镇市市场监管局"


def test_trap_5_twenty_working_days_are_two_different_clocks() -> None:
    ended: Events = {"inspection_end": date(2025, 9, 10)}
    task_over: Events = {"task_end": date(2025, 9, 10)}
    entry = result_entry_due(then(S2), ended, CN)
    snapshot = supervision_snapshot_at(then(S3), task_over, CN)
    assert entry is not None
    assert snapshot is not None
    assert entry.date == snapshot.date == date(2025, 10, 14)
    assert (entry.key, snapshot.key) == ("results.entry_due", "supervision.snapshot_at")
    assert result_entry_due(then(S2), task_over, CN) is None, "the end of the task starts no entry clock"
    assert supervision_snapshot_at(then(S3), ended, CN) is None
    assert supervision_snapshot_at(then(S2), task_over, CN) is None
    assert result_entry_due(then(S3), {**ended, **task_over}, CN) is None


def test_trap_5_publication_is_due_at_the_earlier_of_local_rule_and_national_backstop() -> None:
    ended = date(2025, 9, 10)
    backstop = date(2025, 10, 14)

    def day(profile_id: str, events: Events) -> tuple[date, str]:
        due = publication_due(then(profile_id), events, CN)
        assert due is not None
        assert not due.provisional
        return due.date, due.key

    assert day(S0, {"inspection_end": ended}) == (date(2025, 9, 24), "publication.due")
    near: Events = {"inspection_end": ended, "task_deadline": date(2025, 9, 30)}
    far: Events = {"inspection_end": ended, "task_deadline": date(2025, 12, 31)}
    assert day(S1, near) == (date(2025, 9, 30), "publication.due")
    assert day(S1, far) == (backstop, "publication.backstop")
    assert day(S2, {"inspection_end": ended, "result_entered": date(2025, 9, 12)}) == (
        date(2025, 9, 12),
        "publication.due",
    )
    assert day(S3, {"inspection_end": ended}) == (backstop, "publication.backstop")
    assert day(S4, {"inspection_end": ended}) == (backstop, "publication.backstop")
    assert publication_due(then(S4), {}, CN) is None


def test_trap_6_before_march_is_read_strictly_as_the_last_day_of_february() -> None:
    profile = then(S1)
    for year, last in ((2025, 28), (2028, 29)):
        deadline = plan_due(profile, year)
        assert deadline is not None
        assert deadline.date == date(year, 2, last)
    leaf = profile.leaf(keys.PLAN_DUE)
    assert leaf is not None
    assert leaf.printed == "每年3月前"
    assert "从严" in leaf.note


def test_trap_7_the_stage_of_carrying_out_opens_before_the_plan_is_due_and_only_a_plan_line_is_required() -> (
    None
):
    profile = then(S0)
    opens = profile.need(keys.STAGES)[1].first
    plan = profile.need(keys.PLAN_DUE)
    assert (opens.month, opens.day) < (plan.month, plan.day)
    assert profile.need(keys.PLAN_LINE_REQUIRED)


def test_trap_8_the_two_floors_have_different_denominators() -> None:
    puyang, shijiazhuang = then(S0).need(keys.RATIO_FLOOR), then(S3).need(keys.RATIO_FLOOR)
    assert (puyang.denominator, shijiazhuang.denominator) == ("supervised_targets", "enterprises")


def test_trap_9_no_target_numbers_and_no_third_party_checks_since_the_national_opinion() -> None:
    assert then(S0).get(keys.MIN_LED_JOINT) == 2
    later = now(S0)
    assert later.get(keys.MIN_LED_JOINT) is None
    assert later.article(keys.MIN_LED_JOINT) == "国办发〔2024〕54号（五个严禁）"
    (kept,) = later.displaced["plan.min_led_joint"]
    assert (kept.value, kept.printed) == (2, "年内要牵头开展2次以上")
    assert then(S3).get(keys.RATIO_FLOOR_ROLE) == "binding"
    assert now(S3).get(keys.RATIO_FLOOR_ROLE) == "coverage_only"
    assert now(S3).get(keys.RATIO_FLOOR) == then(S3).get(keys.RATIO_FLOOR), "its text stays for print"
    for profile_id, code in ((S1, "third_party"), (S2, "commissioned_body")):
        assert code in {m.code for m in then(profile_id).methods()}
        assert code not in {m.code for m in now(profile_id).methods()}
        assert code in now(profile_id).labels(keys.METHODS)


def test_trap_10_dispositions_and_findings_are_two_dimensions() -> None:
    profile = now(DEMO)
    dispositions = set(profile.labels(keys.DISPOSITIONS))
    assert len(dispositions) == 6
    assert dispositions.isdisjoint(f.code for f in profile.need(keys.FINDINGS))


def test_trap_11_penalty_and_coercion_are_not_decided_on_site() -> None:
    profile = now(DEMO)
    assert profile.need(keys.DISPOSITIONS_NOT_ON_SITE) == ("ADMIN_PENALTY", "ADMIN_COERCION")
    assert profile.need(keys.SPOT_PENALTY_PERSON) == 200_00
    assert profile.need(keys.SPOT_PENALTY_ORGANISATION) == 3000_00
