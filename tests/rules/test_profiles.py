"""Rule profiles: every number of the five sources with its article, the traps of the sources, and refusals."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.profiles import keys, profiles
from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.deadlines import (
    Events,
    check_code_backfill_due,
    plan_due,
    publication_amber_from,
    publication_due,
    result_entry_due,
    supervision_snapshot_at,
)
from backend.profiles.keys import KEYS
from backend.profiles.rules import (
    RANK,
    Profile,
    ProfileError,
    changed_pins,
    dispositions_conflict,
    findings_conflict,
    load_profiles,
    resolve,
)
from backend.profiles.values import Annual

CN = seeded_calendar()
FILES = {
    entry.name: entry.read_bytes()
    for entry in files("backend.profiles").iterdir()
    if entry.name.endswith(".toml") and entry.name != "PINNED.toml"
}
SOURCES = load_profiles(FILES)
S0, S1, S2, S3, S4, DEMO = (
    "ha-puyang-2023",
    "cq-yubei-2024",
    "jx-changjiang-2023",
    "he-shijiazhuang-2021",
    "gd-2019",
    "demo-yuling",
)
# A day on which each local text was in force and no overlay yet.
THEN = {
    S0: date(2023, 7, 1),
    S1: date(2024, 11, 30),
    S2: date(2023, 7, 1),
    S3: date(2021, 7, 1),
    S4: date(2020, 7, 1),
    DEMO: date(2024, 11, 30),
}
NOW = date(2026, 3, 2)


def then(profile_id: str) -> Profile:
    return resolve(SOURCES, profile_id, THEN[profile_id])


def now(profile_id: str) -> Profile:
    return resolve(SOURCES, profile_id, NOW)


def changed(profile_id: str, old: str, new: str) -> dict[str, bytes]:
    text = FILES[f"{profile_id}.toml"].decode()
    assert old in text
    return {**FILES, f"{profile_id}.toml": text.replace(old, new, 1).encode()}


# --- refusals -------------------------------------------------------------------------------------------------


def test_a_profile_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ProfileError, match="没有规则配置"):
        resolve(SOURCES, "xx-nowhere", NOW)
    with pytest.raises(ProfileError, match="没有规则配置"):
        resolve(SOURCES, "cn-base", NOW)


def test_a_profile_is_refused_before_it_is_in_force() -> None:
    with pytest.raises(ProfileError, match="2024-11-04 起施行"):
        resolve(SOURCES, S1, date(2024, 11, 3))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[plan.due]", "[plan.duee]", "no such key"),
        ('article = "S2-12"\nprinted = "每年5月底前"\n', "", "article"),
        ("value = { month = 5, day = 31 }", "value = { month = 13, day = 31 }", "month"),
        ("value = { month = 5, day = 31 }", "value = { month = 5.0, day = 31 }", "num and den"),
        ("value = { month = 5, day = 31 }", "withdrawn = false", "exactly one of value and withdrawn"),
        ("[plan.due]\n", "[plan]\ndue = 5\n[plan.ignored]\n", "a value without an article"),
        ('base = "cn-base"', 'base = "cn-gone"', "not there"),
        ('id = "jx-changjiang-2023"', 'id = "jx-other-2023"', "named after its id"),
        ("[profile]", "[profile", "not readable TOML"),
    ],
)
def test_a_broken_file_is_refused_by_name(old: str, new: str, says: str) -> None:
    with pytest.raises(ProfileError, match=says) as caught:
        load_profiles(changed(S2, old, new))
    assert "jx-changjiang-2023" in str(caught.value)


def test_a_key_that_every_text_leaves_open_is_refused_when_needed() -> None:
    with pytest.raises(ProfileError, match=r"没有规定“draw\.repeat_guard”"):
        then(S1).need(keys.REPEAT_GUARD)


def test_a_profile_that_was_used_is_never_edited() -> None:
    pins = tomllib.loads(files("backend.profiles").joinpath("PINNED.toml").read_text("utf-8"))["files"]
    assert changed_pins(SOURCES, pins) == []
    edited = load_profiles(changed(S2, "day = 31", "day = 30"))
    (sentence,) = changed_pins(edited, pins)
    assert sentence.startswith(S2)
    assert "add a new version" in sentence
    assert len(changed_pins({}, pins)) == len(pins)
    assert set(profiles()) == set(SOURCES)


def test_what_was_resolved_cannot_be_changed_by_whoever_reads_it() -> None:
    profile = now(DEMO)
    with pytest.raises(TypeError):
        profile.leaves["plan.due"] = profile.leaves["plan.change"]  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        profile.title = "x"


def test_comments_and_blanks_do_not_change_a_digest() -> None:
    again = load_profiles(changed(S2, "[plan.due]", "\n# why\n[plan.due]"))
    assert again[S2].digest == SOURCES[S2].digest


# --- every row of the table where the sources differ ------------------------------------------------------------

SILENT = None
Row = tuple[str, Any, str]


def codes(*names: str) -> list[str]:
    return list(names)


# key → (what the source itself fixes, article). SILENT = the source has no such rule.
TABLE: dict[str, dict[str, tuple[Any, str] | None]] = {
    "plan.due": {
        S0: ({"month": 6, "day": 30}, "S0-三(一)3"),
        S1: ({"month": 2, "day": "last"}, "S1-四(二)"),
        S2: ({"month": 5, "day": 31}, "S2-12"),
        S3: ({"month": 1, "day": 20}, "S3-二(二)"),
        S4: ({"month": 1, "day": 31}, "S4-二(四)"),
    },
    "plan.approval": {
        S0: (["enter"], "S0-三(一)3"),
        S1: (["report", "merge", "publish"], "S1-四(二)"),
        S2: (["merge", "publish"], "S2-12；S2-6(二)"),
        S3: (["report", "publish"], "S3-二(二)"),
        S4: (["report", "file", "approve"], "S4-二(四)"),
    },
    "plan.published_by": {
        S0: ("department", "S0-三(一)3"),
        S1: ("office", "S1-四(二)"),
        S2: ("office", "S2-6(二)"),
        S3: ("department", "S3-二(二)"),
        S4: SILENT,
    },
    "plan.change": {
        S0: SILENT,
        S1: SILENT,
        S2: SILENT,
        S3: ({"approval": True, "republish": True, "refile": True}, "S3-二(二)"),
        S4: SILENT,
    },
    "ratio.floor": {
        S0: ({"num": 5, "den": 100, "denominator": "supervised_targets"}, "S0-三(一)3"),
        S1: SILENT,
        S2: SILENT,
        S3: ({"num": 3, "den": 100, "denominator": "enterprises"}, "S3-一"),
        S4: SILENT,
    },
    "ratio.by_level": {
        S0: SILENT,
        S1: SILENT,
        S2: SILENT,
        S3: (
            [
                {"level": "province", "num": 5, "den": 1000},
                {"level": "city", "num": 5, "den": 1000},
                {"level": "county", "num": 2, "den": 100, "more_than": True},
            ],
            "S3-一",
        ),
        S4: SILENT,
    },
    "ratio.basis": {
        S0: ("floor", "S0-三(一)3"),
        S1: ("preset", "S1-四(五)"),
        S2: ("plan", "S2-12"),
        S3: ("floor", "S3-一"),
        S4: ("risk", "S4-二(九)"),
    },
    "ratio.item_cap": {
        S0: ({"general": "required", "key": "none"}, "S0-三(一)1"),
        S1: SILENT,
        S2: SILENT,
        S3: SILENT,
        S4: SILENT,
    },
    "items.categories": {
        S0: SILENT,
        S1: SILENT,
        S2: SILENT,
        S3: SILENT,
        S4: (codes("general", "key"), "S4-二(二)"),
    },
    "plan.min_led_joint": {S0: (2, "S0-二"), S1: SILENT, S2: SILENT, S3: SILENT, S4: SILENT},
    "joint.min_participants": {
        S0: (1, "S0-三(二)1"),
        S1: (1, "S1-三"),
        S2: (1, "S2-11"),
        S3: (0, "S3-二(三)"),
        S4: (1, "S4-二(九)"),
    },
    "joint.modes": {
        S0: (codes("COMPREHENSIVE", "SPECIAL_CAMPAIGN", "SECTOR"), "S0-三(二)"),
        S1: (codes("lead_and_participants"), "S1-三"),
        S2: (codes("lead_and_participants"), "S2-11"),
        S3: (codes("internal_lines"), "S3-二(三)"),
        S4: (codes("lead_and_participants"), "S4-二(五)"),
    },
    "joint.modes_open": {
        S0: (True, "S0-三(二)"),
        S1: SILENT,
        S2: SILENT,
        S3: SILENT,
        S4: (True, "S4-三(一)"),
    },
    "joint.scope": {S0: SILENT, S1: SILENT, S2: SILENT, S3: ("internal", "S3-二(三)"), S4: SILENT},
    "draw.manner": {
        S0: ("by_scope", "S0-三(二)1—2"),
        S1: ("by_ratio", "S1-四(五)"),
        S2: ("one_shot", "S2-14"),
        S3: ("public_and_fair", "S3-二(二)"),
        S4: ("machine", "S4-二(五)"),
    },
    "draw.scopes": {
        S0: (codes("undirected", "directed"), "S0-三(二)1—2"),
        S1: SILENT,
        S2: SILENT,
        S3: SILENT,
        S4: SILENT,
    },
    "draw.one_shot": {S0: SILENT, S1: SILENT, S2: (True, "S2-14"), S3: SILENT, S4: SILENT},
    "draw.batch_order": {S0: (True, "S0-三(一)1"), S1: SILENT, S2: SILENT, S3: SILENT, S4: SILENT},
    "draw.repeat_guard": {
        S0: SILENT,
        S1: SILENT,
        S2: (
            {"max_per_year": 1, "exceptions": ["key_item", "complaint", "assigned", "case_filed"]},
            "S2-14",
        ),
        S3: SILENT,
        S4: SILENT,
    },
    "draw.anti_arbitrary": {S0: SILENT, S1: SILENT, S2: SILENT, S3: SILENT, S4: (True, "S4-二(九)")},
    "draw.officer_constraints": {
        S0: SILENT,
        S1: SILENT,
        S2: (codes("geography", "staffing", "specialty", "support"), "S2-14"),
        S3: SILENT,
        S4: SILENT,
    },
    "team.leader_from": {
        S0: SILENT,
        S1: ("initiating", "S1-三"),
        S2: ("initiating", "S2-15"),
        S3: SILENT,
        S4: SILENT,
    },
    "team.leader_role": {
        S0: SILENT,
        S1: ("coordinates", "S1-三"),
        S2: ("heads_team", "S2-15"),
        S3: SILENT,
        S4: SILENT,
    },
    "notice.required_for": {
        S0: SILENT,
        S1: (["on_site"], "S1-二(五)"),
        S2: (["on_site"], "S2-16(二)"),
        S3: SILENT,
        S4: SILENT,
    },
    "notice.template": {
        S0: ({"title": "联合随机抽查告知书"}, "S0-三(一)4"),
        S1: ({"title": "渝北区部门联合“双随机、一公开”行政检查通知书", "number": "A2"}, "S1-附件2"),
        S2: SILENT,
        S3: SILENT,
        S4: ({"title": "联合随机抽查告知"}, "S4-二(五)"),
    },
    "notice.channels": {
        S0: SILENT,
        S1: (codes("paper"), "S1-二(五)"),
        S2: (codes("phone", "fax", "mail"), "S2-16(二)"),
        S3: SILENT,
        S4: SILENT,
    },
    "notice.exemptions": {
        S0: SILENT,
        S1: SILENT,
        S2: (codes("law_forbids"), "S2-16(二)"),
        S3: SILENT,
        S4: SILENT,
    },
    "methods.network_first": {
        S0: SILENT,
        S1: ("optional", "S1-四(七)"),
        S2: ("mandatory", "S2-16(一)"),
        S3: SILENT,
        S4: ("encouraged", "S4-二(五)"),
    },
    "methods.allowed": {
        S0: (codes("on_site", "documentary", "network"), "S0-三(一)4"),
        S1: (codes("on_site", "documentary", "network", "third_party"), "S1-四(七)"),
        S2: (codes("on_site", "documentary", "network", "sampling", "commissioned_body"), "S2-16"),
        S3: SILENT,
        S4: (codes("on_site", "documentary", "network"), "S4-二(五)"),
    },
    "methods.default": {S0: SILENT, S1: ("on_site", "S1-四(七)"), S2: SILENT, S3: SILENT, S4: SILENT},
    "results.dispositions": {
        S0: SILENT,
        S1: (
            codes(
                "NO_PROBLEM_TERMINATED_AND_INFORMED",
                "ADMIN_ORDER",
                "ADMIN_GUIDANCE",
                "ADMIN_PENALTY",
                "ADMIN_COERCION",
                "OTHER_ADMIN_ACT",
            ),
            "S1-附件1",
        ),
        S2: SILENT,
        S3: SILENT,
        S4: SILENT,
    },
    "results.follow_ups": {
        S0: SILENT,
        S1: SILENT,
        S2: (
            codes("rectification_order", "pending", "case_filing", "transfer", "criminal_referral"),
            "S2-17",
        ),
        S3: (codes("ledger", "notify_other", "transfer", "criminal_referral"), "S3-二(四)"),
        S4: SILENT,
    },
    "noncooperation.circumstances": {
        S0: SILENT,
        S1: SILENT,
        S2: (codes("N1", "N2", "N3", "N4", "N5"), "S2-18"),
        S3: SILENT,
        S4: SILENT,
    },
    "results.entry_due": {
        S0: SILENT,
        S1: ({"unit": "event", "start": "task_deadline"}, "S1-四(九)"),
        S2: ({"unit": "working_days", "n": 20, "start": "inspection_end"}, "S2-16(三)"),
        S3: SILENT,
        S4: SILENT,
    },
    "publication.due": {
        S0: ({"unit": "working_days", "n": 10, "start": "inspection_end"}, "S0-三(一)5"),
        S1: ({"unit": "event", "start": "task_deadline"}, "S1-四(九)"),
        S2: ({"unit": "event", "start": "result_entered"}, "S2-16(三)"),
        S3: SILENT,
        S4: ({"unit": "promptly", "start": "inspection_end"}, "S4-二(六)"),
    },
    "publication.rate": {
        S0: SILENT,
        S1: SILENT,
        S2: SILENT,
        S3: ({"num": 100, "den": 100}, "S3-一"),
        S4: SILENT,
    },
    "supervision.snapshot_at": {
        S0: SILENT,
        S1: SILENT,
        S2: SILENT,
        S3: ({"unit": "working_days", "n": 20, "start": "task_end"}, "S3-二(四)"),
        S4: SILENT,
    },
    "results.overdue_effect": {
        S0: ("circulated_and_assessed", "S0-五(二)"),
        S1: SILENT,
        S2: ("task_incomplete", "S2-16(三)"),
        S3: ("kpi", "S3-三(三)"),
        S4: SILENT,
    },
    "publication.channels": {
        S0: (codes("gsxt"), "S0-三(一)5"),
        S1: (codes("platform"), "S1-四(九)"),
        S2: (codes("gsxt", "enforcement_portal"), "S2-8"),
        S3: (codes("platform"), "S3-二(四)；S3-二(五)"),
        S4: (
            codes(
                "gsxt",
                "credit_guangdong",
                "designated_platform",
                "press",
                "broadcast",
                "service_hall",
                "notice_board",
            ),
            "S4-二(六)",
        ),
    },
    "archive.owner": {
        S0: SILENT,
        S1: ("initiating", "S1-四(十)"),
        S2: ("each", "S2-20"),
        S3: SILENT,
        S4: ("each", "S4-三(一)"),
    },
    "archive.checklist": {
        S0: SILENT,
        S1: (codes("scheme", "record_form", "photos", "publication_screenshot"), "S1-四(十)"),
        S2: SILENT,
        S3: SILENT,
        S4: SILENT,
    },
    "transfer.criminal_owner": {
        S0: ("department", "S0-三(一)5"),
        S1: SILENT,
        S2: ("initiating", "S2-17"),
        S3: ("department", "S3-二(四)"),
        S4: SILENT,
    },
    "reports.due": {
        S0: (
            [
                {"name": "工作推进情况总结", "due": {"month": 7, "day": 1}},
                {"name": "工作推进情况总结", "due": {"month": 11, "day": 15}},
                {"name": "工作总结", "due": {"month": 11, "day": 30}},
            ],
            "S0-五(四)；S0-四",
        ),
        S1: SILENT,
        S2: ([{"name": "部门联合抽查工作推进情况"}], "S2-7(四)"),
        S3: ([{"name": "后续处理结果（书面报上一级）"}, {"name": "工作进展情况"}], "S3-二(四)；S3-三(四)"),
        S4: ([{"name": "绩效考核情况"}], "S4-三(一)"),
    },
}
CASES = [(key, profile_id, want) for key, row in TABLE.items() for profile_id, want in row.items()]


@pytest.mark.parametrize(("key", "profile_id", "want"), CASES, ids=[f"{k}-{p}" for k, p, _ in CASES])
def test_each_source_says_what_the_table_says(
    key: str, profile_id: str, want: tuple[Any, str] | None
) -> None:
    profile = then(profile_id)
    leaf = profile.leaf(key)
    if want is None:
        assert key not in SOURCES[profile_id].leaves, "the source is silent"
        assert leaf is None or leaf.source == "cn-base"
        return
    value, article = want
    assert leaf is not None
    assert leaf.source == profile_id
    assert profile.article(key) == article
    listed = isinstance(leaf.value, list) and isinstance(leaf.value[0], dict) and "code" in leaf.value[0]
    assert ([choice["code"] for choice in leaf.value] if listed else leaf.value) == value
    assert profile.get(KEYS[key]) is not None


def test_the_table_names_all_five_sources_in_every_row() -> None:
    for key, row in TABLE.items():
        assert list(row) == [S0, S1, S2, S3, S4], key


def test_changjiang_replaces_a_drawn_inspector_with_the_leaders_consent_only() -> None:
    profile = then(S2)
    replacement = profile.need(keys.REPLACEMENT)
    assert (replacement.approver_role, replacement.choose_from) == ("responsible_leader", "qualified")
    assert [reason.code for reason in replacement.reasons][:2] == ["post_change", "work_conflict"]
    assert profile.article(keys.REPLACEMENT) == "S2-14"


def test_puyang_keeps_its_three_stages_and_its_due_dates() -> None:
    profile = then(S0)
    stages = profile.need(keys.STAGES)
    assert [(s.first.month, s.first.day, s.last.month, s.last.day) for s in stages] == [
        (3, 15, 3, 30),
        (4, 1, 10, 31),
        (11, 1, 11, 30),
    ]
    for key in (keys.ITEMS_ENTRY_DUE, keys.LIBRARIES_DUE, keys.GUIDELINES_DUE):
        assert profile.need(key) == Annual(month=6, day=30)
    assert len(profile.need(keys.DEPARTMENTS)) == 26
    assert len(profile.need(keys.SCHEME_FIELDS)) == 7
    modes = {mode.code: mode for mode in profile.need(keys.JOINT_MODES)}
    assert [len(modes[m].leads) for m in ("COMPREHENSIVE", "SPECIAL_CAMPAIGN", "SECTOR")] == [1, 5, 6]
    assert [len(modes[m].participants) for m in ("COMPREHENSIVE", "SPECIAL_CAMPAIGN", "SECTOR")] == [
        25,
        13,
        7,
    ]


# --- the traps ------------------------------------------------------------------------------------------------


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


# --- who wins -------------------------------------------------------------------------------------------------


def test_an_overlay_counts_from_its_day_and_only_in_its_region() -> None:
    def overlays(profile_id: str, on: date) -> list[str]:
        return [name for name, _ in resolve(SOURCES, profile_id, on).sources[2:]]

    assert overlays(DEMO, date(2024, 12, 30)) == []
    assert overlays(DEMO, date(2025, 9, 19)) == ["cn-54-2024"]
    assert overlays(DEMO, date(2025, 9, 20)) == ["cn-54-2024", "cq-375-2025"]
    assert overlays(S4, NOW) == ["cn-54-2024"], "a city's rule does not bind its province"
    assert overlays(S0, NOW) == ["cn-54-2024"]


def test_chongqing_asks_for_a_code_and_gives_three_working_days_to_make_up_for_it() -> None:
    ended: Events = {"inspection_end": date(2025, 9, 26)}
    assert now(DEMO).get(keys.CHECK_CODE_REQUIRED) is True
    backfill = check_code_backfill_due(now(DEMO), ended, CN)
    assert backfill is not None
    assert backfill.date == date(2025, 9, 30)
    assert now(S0).get(keys.CHECK_CODE_REQUIRED) is None
    assert check_code_backfill_due(now(S0), ended, CN) is None


LOCAL_OF_SHENZHEN = FILES["gd-2019.toml"].replace(b'"gd-2019"', b'"gd-sz-test"').replace(b"440000", b"440300")


def test_shenzhen_gives_ten_calendar_days() -> None:
    sources = load_profiles({**FILES, "gd-sz-test.toml": LOCAL_OF_SHENZHEN})
    profile = resolve(sources, "gd-sz-test", NOW)
    backfill = check_code_backfill_due(profile, {"inspection_end": date(2025, 9, 26)}, CN)
    assert backfill is not None
    assert backfill.date == date(2025, 10, 6)


def test_a_local_text_cannot_undercut_the_law() -> None:
    files_ = changed(
        S2, "[plan.due]", '[team.min_officers_per_department]\narticle = "S2-x"\nvalue = 1\n\n[plan.due]'
    )
    profile = resolve(load_profiles(files_), S2, THEN[S2])
    assert profile.need(keys.MIN_OFFICERS) == 2
    assert profile.article(keys.MIN_OFFICERS) == "行政处罚法§42"
    assert [leaf.value for leaf in profile.displaced["team.min_officers_per_department"]] == [1]


def overlay(profile_id: str, authority: str, since: str, value: int) -> Mapping[str, bytes]:
    text = f"""[profile]
id = "{profile_id}"
kind = "overlay"
title = "test"
region = ""
authority = "{authority}"
effective_from = {since}
[security.log_months]
article = "{profile_id}"
value = {value}
"""
    return {f"{profile_id}.toml": text.encode()}


@settings(deadline=None)
@given(
    st.tuples(st.sampled_from(sorted(RANK)), st.dates(date(2020, 1, 1), date(2025, 12, 31))),
    st.tuples(st.sampled_from(sorted(RANK)), st.dates(date(2020, 1, 1), date(2025, 12, 31))),
)
def test_the_higher_law_wins_and_between_equals_the_later(
    one: tuple[str, date], two: tuple[str, date]
) -> None:
    given_files = {
        **FILES,
        "cn-base.toml": FILES["cn-base.toml"].replace(
            '[security.log_months]\narticle = "网络安全法§21"\nauthority = "law"'.encode(),
            '[security.log_months]\narticle = "网络安全法§21"'.encode(),
        ),
        **overlay("over-one", one[0], one[1].isoformat(), 7),
        **overlay("over-two", two[0], two[1].isoformat(), 8),
    }
    profile = resolve(load_profiles(given_files), S1, NOW)
    ranks = {7: (RANK[one[0]], one[1]), 8: (RANK[two[0]], two[1]), 6: (RANK["default"], date(2019, 1, 27))}
    won = profile.need(keys.LOG_MONTHS)
    assert ranks[won] == max(ranks.values())


def test_the_digest_names_the_rules_and_not_the_day() -> None:
    before, after = date(2025, 9, 19), date(2025, 9, 20)
    first = resolve(SOURCES, DEMO, date(2025, 1, 5)).digest
    assert resolve(SOURCES, DEMO, before).digest == first
    assert resolve(SOURCES, DEMO, after).digest != first
    assert len({now(p).digest for p in THEN}) == len(THEN)


# --- enumerations ---------------------------------------------------------------------------------------------


def test_every_profile_fills_what_planning_draw_visit_and_publication_cannot_do_without() -> None:
    needed: tuple[keys.Key[Any], ...] = (
        keys.PLAN_DUE,
        keys.PLAN_LINE_REQUIRED,
        keys.MIN_PARTICIPANTS,
        keys.JOINT_MODES,
        keys.DRAW_SCOPES,
        keys.MIN_OFFICERS,
        keys.LEADER_FROM,
        keys.METHODS,
        keys.NOTICE_TEMPLATE,
        keys.RECORD_TEMPLATE,
        keys.RIGHTS_TOLD,
        keys.REFUSAL_REASONS,
        keys.NONCOOPERATION,
        keys.DISPOSITIONS,
        keys.FINDINGS,
        keys.CHANNELS,
        keys.PUBLIC_VIEWS,
        keys.NEVER_PUBLIC,
        keys.ARCHIVE_OWNER,
        keys.ARCHIVE_CHECKLIST,
        keys.LEGAL_BASIS,
        keys.CRIMINAL_OWNER,
    )
    for profile_id in THEN:
        for key in needed:
            assert now(profile_id).need(key) not in ((), ""), (profile_id, key.name)


@pytest.mark.parametrize("code", ["1", "F", "7", "9", "10", "11", "12"])
def test_nothing_found_or_nobody_there_excludes_every_problem(code: str) -> None:
    profile = now(DEMO)
    for finding in profile.need(keys.FINDINGS):
        conflict = findings_conflict(profile, (finding.code, code))
        if finding.type == "problem":
            assert conflict == (code, finding.code)
    assert findings_conflict(profile, (code,)) is None


def test_several_problems_may_stand_together_and_an_unknown_finding_is_refused() -> None:
    profile = now(DEMO)
    assert findings_conflict(profile, ("B", "C", "3", "E", "8")) is None
    assert findings_conflict(profile, ("1", "E")) == ("1", "E")
    with pytest.raises(ProfileError, match="不在规则配置中"):
        findings_conflict(profile, ("1", "Z"))


def test_every_finding_belongs_to_a_finding_that_exists() -> None:
    profile = now(DEMO)
    for finding in profile.need(keys.FINDINGS):
        assert not finding.parent or profile.finding(finding.parent), finding.code
    assert len(profile.need(keys.FINDINGS)) == 19


def test_no_problem_excludes_the_other_dispositions_which_combine_freely() -> None:
    profile = now(DEMO)
    assert dispositions_conflict(profile, ("NO_PROBLEM_TERMINATED_AND_INFORMED", "ADMIN_ORDER"))
    assert not dispositions_conflict(profile, ("NO_PROBLEM_TERMINATED_AND_INFORMED",))
    assert not dispositions_conflict(profile, ("ADMIN_ORDER", "ADMIN_GUIDANCE", "OTHER_ADMIN_ACT"))


def test_refusal_to_sign_has_a_reason_to_choose() -> None:
    assert list(now(DEMO).labels(keys.REFUSAL_REASONS).values()) == [
        "对检查结果有异议",
        "未说明理由",
        "称无权签字",
        "其他",
    ]
    assert now(DEMO).need(keys.REFUSAL_REASON_REQUIRED)


def test_the_whitelist_of_no_class_names_anything_that_is_never_public() -> None:
    profile = now(DEMO)
    never = set(profile.need(keys.NEVER_PUBLIC))
    views = {view.target_class: view for view in profile.need(keys.PUBLIC_VIEWS)}
    assert set(views) == {"enterprise", "sole_trader", "natural_person", "non_profit", "non_market"}
    for view in views.values():
        assert never.isdisjoint(field.field for field in view.fields)
    treatments = {
        target_class: {field.field: field.treatment for field in view.fields}
        for target_class, view in views.items()
    }
    assert treatments["natural_person"]["name"] == "surname_only"
    assert treatments["sole_trader"]["address"] == "district_only"
    assert treatments["enterprise"]["address"] == "as_is"


def test_the_demo_says_that_it_is_fictional_and_chooses_as_yubei_does() -> None:
    demo, yubei = now(DEMO), now(S1)
    assert demo.fictional
    assert "虚构" in demo.title
    assert not yubei.fictional
    own = {
        "legal.basis",
        "organisation.office",
        "organisation.departments",
        "notice.template",
        "record.template",
    }
    assert set(demo.leaves) == set(yubei.leaves)
    for name, leaf in demo.leaves.items():
        if name not in own:
            assert leaf.value == yubei.leaves[name].value, name
    assert len(demo.need(keys.DEPARTMENTS)) == 18
    assert all("虚构" in department for department in demo.need(keys.DEPARTMENTS))


def test_amber_starts_three_working_days_before_publication_is_due() -> None:
    profile = then(S0)
    deadline = publication_due(profile, {"inspection_end": date(2025, 9, 10)}, CN)
    assert deadline is not None
    assert publication_amber_from(profile, deadline, CN) == date(2025, 9, 19)


def test_a_publication_deadline_beyond_the_calendar_is_marked_provisional() -> None:
    deadline = publication_due(then(S3), {"inspection_end": date(2026, 12, 15)}, CN)
    assert deadline is not None
    assert deadline.provisional
    assert "暂定" in deadline.text
