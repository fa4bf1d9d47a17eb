"""One of every kind that is said on site and afterwards, for the paper; its secrets are planted."""

from __future__ import annotations

from typing import Any

from sync import words as w
from tests.papers import strokes
from tests.visited import CHEN, DU, LEAD, LUO, NONCE, SECOND, WEN

AT = "2026-11-20T02:00:00.000Z"
WITNESS = "证人祁某某，身份证 110105199001010011"
SECRET = "涉嫌生产销售伪劣产品"
RULED = w.Ruled(code="r1", label="登记的情形", article="某办法第三条")
RULES = w.SiteRules(
    method="ON_SITE",
    notice=w.NoticeRule(required=True, number="N-7", text=(), channels=(RULED,), exemptions=(RULED,)),
    endings=(
        w.EndingRule(
            ending="not_found",
            label="查无下落",
            article="a",
            finding="6",
            place=True,
            photos=2,
            attempts=2,
            witness=True,
            hint="h",
        ),
    ),
    official_code=w.OfficialCode(required=False, label="执法码", due="", article=""),
    noncooperation=(RULED,),
    recusal_grounds=(RULED,),
    media_bases=(RULED,),
    substitutes=(),
    refusal_witness=False,
    refusal_recording=False,
    paper_master=False,
    check_code=None,
    copy_code=w.SiteCode(
        url="https://example.invalid/c/1", short="K7Q2-9PXA", expires="2027-02-20T00:00:00.000Z"
    ),
    objection=("可以向实施检查的部门陈述、申辩。",),
    published=("公示单位名称和抽查结果；不公示姓名、电话。",),
    keep_days=7,
)
ITEMS = (w.ItemOf(organisation=LEAD, item="1" * 32),)


def during() -> list[tuple[str, w.Body]]:
    """One of every kind that the signatures cover."""
    out: dict[str, Any] = {"nonce": NONCE}
    block: dict[str, Any] = {**out, "organisation": LEAD}
    return [
        (
            CHEN,
            w.NoticeServed(
                **out,
                number="N-7",
                channel="r1",
                to="祁之衡",
                phone="",
                outcome="refused",
                strokes=(),
                reason="不在场",
            ),
        ),
        (CHEN, w.NoticeExempted(**out, reason="r1", statement="突击检查")),
        (
            CHEN,
            w.TargetObserved(
                **out, field="phone", registry="", seen="02300000001", note="门头所示", evidence=()
            ),
        ),
        (
            CHEN,
            w.ReturnPlanned(
                **out,
                ending="not_found",
                on="2026-11-24",
                statement="卷帘门落锁",
                place=None,
                evidence=(),
                attempts=(w.Attempt(phone="13800000017", at=AT, outcome="号码停机"),),
                witness=WITNESS,
            ),
        ),
        (
            CHEN,
            w.EndingProposed(
                **out,
                ending="not_found",
                statement="门锁着",
                place=None,
                evidence=(),
                attempts=(w.Attempt(phone="13800000017", at=AT, outcome="无人接听"),),
                witness=WITNESS,
                moved_to="",
                noncooperation=("r1",),
            ),
        ),
        (CHEN, w.RecusalDeclared(**out, account=DU, ground="r1", applicant="party", statement="亲属")),
        (CHEN, w.VisitPaused(**out, reason="停电")),
        (CHEN, w.AuthorityShown(**out, name="尹立", document="授权委托书", evidence=())),
        (
            CHEN,
            w.ActRecorded(
                **block,
                act="sampled",
                items=ITEMS,
                statement="抽取酸奶",
                number="Y-9",
                quantity="3 盒",
                evidence=(),
            ),
        ),
        (
            CHEN,
            w.TranscriptTaken(
                **block,
                respondent="店员甲",
                identity="110105199001010011",
                phone="13800000017",
                began=AT,
                ended=AT,
                exchanges=(w.Exchanged(question="何时进货", answer="上周三"),),
                strokes=strokes(3),
                refused="",
            ),
        ),
        (
            CHEN,
            w.MediaRestricted(
                **block, items=ITEMS, basis="r1", description="配电室", drawing="T-3", sketch=strokes(4)
            ),
        ),
        (
            LUO,
            w.NoncooperationProposed(**block, circumstances=("r1",), statement="拒绝提供账册", evidence=()),
        ),
        (
            CHEN,
            w.ExpertConcluded(
                **block, expert="专家乙", body="检测院", items=ITEMS, conclusion="超标", evidence=()
            ),
        ),
        (CHEN, w.CrimeSuspected(**block, statement=SECRET, evidence=())),
        (
            CHEN,
            w.PartSigned(
                **out,
                name="祁之衡",
                identity="负责人",
                record_digest="a" * 64,
                template="field_record.s1.1",
                items=ITEMS,
                strokes=strokes(5),
                opinion="objected",
                statement="温度计坏了",
            ),
        ),
    ]


def afterwards(seal: str) -> list[tuple[str, w.Body]]:
    """One of every kind that comes after the signatures."""
    out: dict[str, Any] = {"nonce": NONCE}
    record = {"record_digest": seal, "template": "field_record.s1.1"}
    return [
        (CHEN, w.RecordRead(**out, manner="aloud", to="祁之衡", **record)),
        (
            CHEN,
            w.PaperSigned(
                **out,
                number="2026-1-00042-11",
                pages=("b" * 64,),
                signers=(CHEN, LUO),
                party="refused",
                reason="有异议",
                **record,
            ),
        ),
        (
            CHEN,
            w.SealRecorded(
                **out, whose="party", organisation=None, sealed=False, evidence=(), reason="公章不在"
            ),
        ),
        (
            CHEN,
            w.SealRecorded(**out, whose="inspectors", organisation=LEAD, sealed=True, evidence=(), reason=""),
        ),
        (CHEN, w.CopyGiven(**out, means="left", to="祁之衡", **record)),
        (
            WEN,
            w.SupplementGiven(
                **out, number=1, organisation=SECOND, text="复核灭火器三具", reason="漏记", evidence=()
            ),
        ),
    ]
