"""Rule profiles: refusals first, then who wins where texts differ, and what every profile must fill."""

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
from backend.profiles.deadlines import (
    Events,
    check_code_backfill_due,
    publication_amber_from,
    publication_due,
)
from backend.profiles.rules import (
    RANK,
    ProfileError,
    changed_pins,
    dispositions_conflict,
    findings_conflict,
    load_profiles,
    resolve,
)
from tests.rules.profiled import CN, DEMO, FILES, NOW, S0, S1, S2, S3, S4, SOURCES, THEN, changed, now, then

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


# --- who wins -------------------------------------------------------------------------------------------------


def test_an_overlay_counts_from_its_day_and_only_in_its_region() -> None:
    def overlays(profile_id: str, on: date) -> list[str]:
        return [name for name, _ in resolve(SOURCES, profile_id, on).sources[2:]]

    assert overlays(DEMO, date(2024, 12, 30)) == []
    assert overlays(DEMO, date(2025, 9, 19)) == ["cn-54-2024"]
    assert overlays(DEMO, date(2025, 9, 20)) == ["cn-54-2024", "cq-375-2025"]
    assert overlays(S4, NOW) == ["cn-54-2024", "cn-clock-2026", "cn-site-2026", "cn-site-2026-2"], (
        "a city's rule does not bind its province"
    )
    assert overlays(S0, NOW) == ["cn-54-2024", "cn-clock-2026", "cn-site-2026", "cn-site-2026-2"]


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
