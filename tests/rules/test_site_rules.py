"""The site's part of a packet: codes that cannot be made up, and choices that come from the profile."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from backend.dispatch import rules_packet, rules_site
from backend.dispatch.rules_site import Opened, opened_of, short_of, token_of, typed
from backend.profiles.quoted import quoted
from backend.profiles.rules import resolve
from sync.words import CertificateUntil, OfficialCode, SiteCode, TeamMember
from tests.rules.profiled import CN, DEMO, S0, S1, S2, S3, S4, SOURCES

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER = int(NOW.timestamp()) + 60
VISIT = "ab" * 16


def sign(digest: str) -> str:
    return digest * 2


def holds(digest: str, signature: str) -> bool:
    return signature == digest * 2


def test_a_code_opens_its_visit_until_it_expires() -> None:
    token = token_of(Opened(VISIT, "check", LATER), sign)
    assert opened_of(token, holds, NOW) == Opened(VISIT, "check", LATER)
    assert opened_of(token, holds, datetime.fromtimestamp(LATER, UTC)) is None


@given(st.integers(0, 84), st.integers(1, 255))
def test_a_code_with_any_byte_changed_opens_nothing(place: int, change: int) -> None:
    token = token_of(Opened(VISIT, "copy", LATER), sign)
    raw = bytearray(base64.urlsafe_b64decode(token + "=="))
    raw[place] ^= change
    changed = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    assert opened_of(changed, holds, NOW) is None


@given(st.text(max_size=250))
def test_whatever_somebody_types_as_a_code_opens_nothing_and_breaks_nothing(text: str) -> None:
    assert opened_of(text, holds, NOW) is None


@given(st.binary(min_size=32, max_size=32))
def test_a_typed_code_is_read_in_any_case_and_with_letters_mistaken(tag: bytes) -> None:
    for use in ("check", "copy"):
        short = short_of(tag, use)
        plain = short.replace("-", "")
        assert typed(short.lower()) == plain
        assert typed(plain.replace("0", "O").replace("1", "l")) == plain


def member(account: str, organisation: str, certified: bool = True) -> TeamMember:
    return TeamMember(
        account=account * 32,
        name="张三",
        organisation=organisation * 32,
        role="member",
        certificate="9",
        certified=certified,
    )


def test_only_qualified_colleagues_of_the_teams_departments_may_stand_in() -> None:
    team = [member("a", "1"), member("b", "2")]
    others = [member("a", "1"), member("c", "1"), member("d", "2", certified=False), member("e", "3")]
    assert rules_site.substitutes_of(team, others) == (member("c", "1"),)


def test_of_who_goes_only_a_certificate_with_an_end_is_dated_and_nobody_else_s() -> None:
    ends, endless = member("a", "1"), member("b", "1")
    assists, elsewhere = member("c", "1", certified=False), member("e", "3")
    day = date(2027, 5, 1)
    known = ((ends, day), (endless, None), (assists, day), (elsewhere, day))
    assert rules_packet.certificates((ends, endless, assists, member("d", "1")), known) == (
        CertificateUntil(account="a" * 32, until="2027-05-01"),
    )


def test_the_site_follows_the_profile_and_is_silent_where_no_text_speaks() -> None:
    code = SiteCode(url="https://example.invalid/d/x", short="A", expires="2026-11-20T00:00:00.000Z")
    then = rules_site.site_rules(resolve(SOURCES, DEMO, date(2025, 12, 31)), "on_site", "1", (), code, code)
    assert then is None
    now = rules_site.site_rules(resolve(SOURCES, DEMO, NOW.date()), "on_site", "1", (), code, code)
    assert now is not None
    assert now.method == "ON_SITE"
    assert now.notice.required
    assert any("授权委托书" in line for line in now.notice.text), "S2-16(二): 提示准备相关材料"
    assert now.official_code.required, "重庆市政府令375号§18"
    assert "3 个工作日" in now.official_code.due
    found = {rule.ending: rule for rule in now.endings}
    assert (found["not_found"].photos, found["not_found"].attempts, found["not_found"].witness) == (
        2,
        2,
        True,
    )
    assert [one.code for one in now.noncooperation] == ["N1", "N2", "N3", "N4", "N5"]


def test_struck_off_withdrawn_annulled_and_moved_are_endings_of_their_own_each_with_its_finding() -> None:
    """The packet of an earlier day keeps the words of its day (domain E2, the categories of 公示系统)."""
    code = SiteCode(url="https://example.invalid/d/x", short="A", expires="2026-11-20T00:00:00.000Z")

    def findings(on: date) -> dict[str, str]:
        rules = rules_site.site_rules(resolve(SOURCES, DEMO, on), "on_site", "1", (), code, code)
        assert rules is not None
        return {one.label: one.finding for one in rules.endings}

    apart = {"关闭停业": "7", "注销": "9", "吊销": "10", "撤销": "11", "迁出": "12"}
    assert apart.items() <= findings(date(2026, 11, 1)).items()
    before = findings(date(2026, 10, 31))
    assert before["已注销或被吊销"] == "9" and "吊销" not in before


def test_a_missing_code_has_its_date_in_the_packet_with_holidays_counted_and_none_where_no_text_asks() -> (
    None
):
    """30 September 2025 is followed by the October holiday; Saturday the 11th is worked (调休)."""
    ended = date(2025, 9, 30)

    def words(profile_id: str) -> str:
        rule = OfficialCode(required=True, label="执法码", due="3 个工作日内补录", article="")
        return rules_site.dated(rule, resolve(SOURCES, profile_id, ended), ended, CN).due

    assert words(DEMO) == "3 个工作日内补录（2025-09-30 检查结束的，截至 2025-10-11）"
    assert words(S0) == "3 个工作日内补录"


def test_a_result_that_is_taken_over_is_at_most_as_old_as_the_profile_says() -> None:
    rule = rules_site.recognition(resolve(SOURCES, DEMO, NOW.date()), date(2026, 11, 20))
    assert rule is not None and (rule.since, rule.evidence) == ("2025-11-20", True)
    assert rules_site.recognition(resolve(SOURCES, DEMO, date(2025, 12, 31)), date(2025, 12, 31)) is None


def test_a_documentary_check_needs_no_notice_at_the_door() -> None:
    code = SiteCode(url="https://example.invalid/d/x", short="A", expires="2026-11-20T00:00:00.000Z")
    rules = rules_site.site_rules(resolve(SOURCES, DEMO, NOW.date()), "documentary", "1", (), code, code)
    assert rules is not None
    assert rules.method == "DOCUMENTARY"
    assert not rules.notice.required


def test_an_officer_reads_the_number_of_the_text_and_its_article_never_the_short_sign_of_a_list() -> None:
    code = SiteCode(url="https://example.invalid/d/x", short="A", expires="2026-11-20T00:00:00.000Z")
    for place in (S0, S1, S2, S3, S4, DEMO):
        profile = resolve(SOURCES, place, NOW.date())
        rules = rules_site.site_rules(profile, "on_site", "1", (), code, code)
        assert rules is not None
        dues = rules_packet.dues(profile, "2026-11-20")
        said = rules.model_dump_json() + "".join(due.model_dump_json() for due in dues)
        assert not re.search(r"S[0-4]-|§", said), place
    assert quoted("S2-18(一)") == "昌企监〔2023〕1号第 18 条（一）"
    assert quoted("S1-四(九)；政府信息公开条例 §26") == (
        "渝北区“双随机、一公开”抽查实施细则四（九）；政府信息公开条例第 26 条"
    )
