"""Every number of the five sources with its article: the table where they differ, and what one alone fixes."""

from __future__ import annotations

from typing import Any

import pytest

from backend.profiles import keys
from backend.profiles.keys import KEYS
from backend.profiles.values import Annual
from tests.rules.profiled import S0, S1, S2, S3, S4, SOURCES, then

SILENT = None


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
