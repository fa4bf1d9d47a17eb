"""What is said on site, whole and sound, kind by kind; and what packets say about the site. All names are fictional."""

from __future__ import annotations

from typing import Any

from sync import words as w
from tests.conformance import journey as j
from tests.conformance import visits as v

AT = "2026-11-20T02:00:00.000Z"
LATER = "2026-11-20T02:30:00.000Z"
PLACE = w.Place(latitude=29_500_000, longitude=106_600_000, accuracy=20, age=3)
CALL = w.Attempt(phone="", at=AT, outcome="无人接听")
LABELS = (w.ItemOf(organisation=v.MARKET, item=v.ident("labels")),)
STORAGE = (w.ItemOf(organisation=v.MARKET, item=v.ident("storage")),)
SUBSTITUTE = v.member(v.MARKET_3, "白露（虚构）", v.MARKET)


def _ruled(*codes: str) -> tuple[w.Ruled, ...]:
    return tuple(w.Ruled(code=code, label=code, article="") for code in codes)


def _ending(
    ending: w.Ending, label: str, finding: str, photos: int = 0, attempts: int = 0, far: bool = False
) -> w.EndingRule:
    return w.EndingRule(
        ending=ending,
        label=label,
        article="",
        finding=finding,
        place=far,
        photos=photos,
        attempts=attempts,
        witness=far,
        hint="",
    )


def _rules(**changed: Any) -> w.SiteRules:
    rules = w.SiteRules(
        method="ON_SITE",
        notice=w.NoticeRule(
            required=False, number="", text=(), channels=_ruled("paper", "phone"), exemptions=_ruled("harm")
        ),
        endings=(
            _ending("not_found", "查无下落", "6", 1, 1, True),
            _ending("entry_refused", "拒绝进入", "8"),
        ),
        official_code=w.OfficialCode(required=True, label="执法码", due="", article=""),
        noncooperation=_ruled("N1", "N2"),
        recusal_grounds=_ruled("interest"),
        media_bases=_ruled("state_secret"),
        substitutes=(SUBSTITUTE,),
        refusal_witness=False,
        refusal_recording=False,
        paper_master=False,
        check_code=None,
        copy_code=None,
        objection=(),
        published=(),
        keep_days=7,
        recognition=w.Recognition(since="2025-11-20", evidence=False, article=""),
    )
    return rules.model_copy(update=changed)


SITES: dict[str, w.SiteRules] = {
    "plain": _rules(),
    "notice": _rules(notice=_rules().notice.model_copy(update={"required": True})),
    "refusal": _rules(refusal_witness=True, refusal_recording=True),
    "paper": _rules(paper_master=True),
    "network": _rules(method="NETWORK"),
    "recognition": _rules(recognition=w.Recognition(since="2025-11-20", evidence=True, article="")),
}

BLOCK: dict[str, Any] = {"organisation": v.MARKET}
SAID: dict[str, tuple[str, dict[str, Any]]] = {
    "visit.scheduled": (v.LEADER, {"time": "09:30", "place": 1}),
    "notice.served": (
        v.LEADER,
        {
            "number": "7",
            "channel": "phone",
            "to": "苏禾（虚构）",
            "phone": "",
            "outcome": "confirmed",
            "strokes": (),
            "reason": "电话确认",
        },
    ),
    "notice.exempted": (v.LEADER, {"reason": "harm", "statement": ""}),
    "code.recorded": (v.LEADER, {"how": "missing", "number": "", "evidence": (), "reason": "没有信号"}),
    "ending.proposed": (
        v.LEADER,
        {
            "ending": "not_found",
            "statement": "门牌已拆，无人应答。",
            "place": PLACE,
            "evidence": (),
            "attempts": (CALL,),
            "witness": "物业 李方（虚构）",
            "moved_to": "",
            "noncooperation": (),
        },
    ),
    "target.observed": (
        v.LEADER,
        {
            **{"field": "address", "registry": v.packet().target.address, "seen": "临川路 21 号（虚构）"},
            **{"note": "门牌", "evidence": ()},
        },
    ),
    "return.planned": (
        v.LEADER,
        {
            **{"ending": "not_found", "on": "2026-11-24", "statement": "门锁着，邻居说下周回来。"},
            **{"place": PLACE, "evidence": (), "attempts": (CALL,), "witness": "邻居 李方（虚构）"},
        },
    ),
    "ending.confirmed": (v.FIRE_1, {"proposal": v.sha("proposal")}),
    "recusal.declared": (
        v.MARKET_2,
        {"account": v.MARKET_2, "ground": "interest", "applicant": "officer", "statement": ""},
    ),
    "recusal.confirmed": (v.FIRE_1, {"application": v.sha("application")}),
    "consent.recorded": (
        v.LEADER,
        {
            "out": v.MARKET_2,
            "member": SUBSTITUTE,
            "consented_by": "分管负责人（虚构）",
            "consented_at": AT,
            "reason": "临时生病",
        },
    ),
    "visit.paused": (v.LEADER, {"reason": "当事人离开"}),
    "visit.resumed": (v.LEADER, {"pause": v.sha("pause")}),
    "authority.shown": (v.LEADER, {"name": "店员（虚构）", "document": "委托书", "evidence": ()}),
    "part.signed": (
        v.LEADER,
        {
            "name": "苏禾（虚构）",
            "identity": "负责人",
            "items": LABELS,
            "strokes": v.STROKES,
            "opinion": "agreed",
            "statement": "",
        },
    ),
    "act.recorded": (
        v.LEADER,
        BLOCK
        | {
            "act": "sampled",
            "items": LABELS,
            "statement": "抽取样品",
            "number": "Y-1",
            "quantity": "2 份",
            "evidence": (),
        },
    ),
    "transcript.taken": (
        v.LEADER,
        BLOCK
        | {
            "respondent": "苏禾（虚构）",
            "identity": "负责人",
            "phone": "",
            "began": AT,
            "ended": LATER,
            "exchanges": (w.Exchanged(question="何时开业？", answer="去年。"),),
            "strokes": v.STROKES,
            "refused": "",
        },
    ),
    "media.restricted": (
        v.LEADER,
        BLOCK
        | {
            "items": STORAGE,
            "basis": "state_secret",
            "description": "冷库东侧，见草图。",
            "drawing": "",
            "sketch": (),
        },
    ),
    "noncooperation.proposed": (
        v.MARKET_2,
        BLOCK | {"circumstances": ("N1",), "statement": "拒不打开库房。", "evidence": ()},
    ),
    "noncooperation.confirmed": (v.LEADER, {"proposal": v.sha("proposal")}),
    "expert.concluded": (
        v.LEADER,
        BLOCK
        | {"expert": "高工（虚构）", "body": "", "items": LABELS, "conclusion": "温度超标。", "evidence": ()},
    ),
    "result.recognised": (
        v.LEADER,
        BLOCK
        | {
            "item": v.ident("labels"),
            "source": "其他部门（虚构）",
            "checked_on": "2026-10-01",
            "number": "3",
            "note": "",
            "evidence": (),
        },
    ),
    "crime.suspected": (v.LEADER, BLOCK | {"statement": "疑似假冒商品。", "evidence": ()}),
    "evidence.deleted": (
        v.MARKET_2,
        {"evidence": v.sha("photo"), "basis": "state_secret", "reason": "涉及军事设施"},
    ),
    "evidence.added": (v.MARKET_2, j.photo(v.MARKET, "page") | {"items": ()}),
    "recording.made": (
        v.LEADER,
        {
            "digest": v.sha("sound"),
            "size": 90_000,
            "media_type": "audio/webm",
            "seconds": 60,
            "announced": True,
            "items": LABELS,
            "place": None,
            "caption": "",
        },
    ),
    "record.read": (v.LEADER, {"manner": "aloud", "to": "苏禾（虚构）"}),
    "paper.signed": (
        v.LEADER,
        {"number": "", "pages": (v.sha("page"),), "signers": j.OFFICERS, "party": "signed", "reason": ""},
    ),
    "supplement.given": (
        v.LEADER,
        BLOCK | {"number": 1, "text": "补记：已通知厂家。", "reason": "遗漏", "evidence": ()},
    ),
    "supplement.signed": (
        v.LEADER,
        {
            "supplement": v.sha("supplement"),
            "role": "inspector",
            "outcome": "signed",
            "signer": v.LEADER,
            "name": "周岚（虚构）",
            "organisation": v.MARKET,
            "strokes": v.STROKES,
            "assurance": "pin",
            "reason": "",
        },
    ),
    "seal.recorded": (
        v.LEADER,
        {"whose": "party", "organisation": None, "sealed": False, "evidence": (), "reason": "未带公章"},
    ),
    "copy.given": (v.LEADER, {"means": "paper", "to": "苏禾（虚构）"}),
    "item.contradicted": (
        v.LEADER,
        BLOCK
        | {"item": v.ident("storage"), "source": "公示系统", "snapshot": None}
        | {"stated": "云栖路 1 号（虚构）", "met": "门牌为 3 号（虚构）"},
    ),
    "item.verified": (v.LEADER, BLOCK | {"item": v.ident("labels")} | j.VERIFIED),
    "consent.decided": (
        v.CLERK,
        BLOCK | {"consent": v.sha("consent"), "leader": v.CLERK, "confirmed": False, "reason": "未同意"},
    ),
    "noncooperation.decided": (
        v.CLERK,
        BLOCK | {"proposal": v.sha("proposal"), "leader": v.CLERK, "upheld": True, "reason": ""},
    ),
    "recusal.decided": (
        v.CLERK,
        BLOCK
        | {
            "application": None,
            "account": v.MARKET_2,
            "leader": v.CLERK,
            "offline": None,
            "upheld": False,
            "reason": "没有利害关系",
        },
    ),
    "visit.recalled": (v.CLERK, BLOCK | {"reason": "名录有误", "again": False}),
    "ending.decided": (
        v.CLERK,
        BLOCK
        | {
            **{"proposal": v.sha("proposal"), "leader": v.CLERK, "registry": "注销", "step": "excluded"},
            **{"to": "", "reason": "登记机关已注销"},
        },
    ),
    "ending.withdrawn": (v.LEADER, {"proposal": v.sha("proposal"), "reason": "负责人已到场。"}),
}
"""Kind → who says it and its fields, on the visit of `visits.packet`, without what only the record can fill."""


def fields(walk: j.Walk, kind: str, /, **changed: Any) -> dict[str, Any]:
    """Whole fields of a kind, about the record as it stands."""
    found = SAID[kind][1]
    if "record_digest" in w.BODIES[kind].model_fields:
        found = found | {"record_digest": walk.record(), "template": walk.packet.template}
    return found | changed


def say(walk: j.Walk, kind: str, by: str = "", /, **changed: Any) -> str:
    """Says it, without asking `check`; its entry's id."""
    author = by or SAID[kind][0]
    pad = walk.server if author == v.CLERK else walk.pad
    walk.entries.append(pad.write(kind, author, **fields(walk, kind, **changed)))
    return walk.entries[-1][0].id
