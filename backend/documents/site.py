"""What happened on site beside the items, as lines of text for the paper: in the order of the visit, and after the
signatures what came later. Twin of `pwa/src/view/leaving.ts`: the tablet shows and prints the same lines.

    site_parts(packet, state) -> list[Part]      covered by the signatures
    later_parts(packet, state, seal) -> list[Part]      said after them, and never part of what they cover
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from sync import words as w
from sync.progress_site import seconds, standing, unconfirmed
from sync.state import Fact, VisitState

B = TypeVar("B", bound=w.Body)
CHINA = timezone(timedelta(hours=8))
OPINIONS = {"agreed": "经核对，情况属实", "objected": "有异议"}
ACTS = {
    "documents_viewed": "查阅材料",
    "documents_copied": "复制材料",
    "place_viewed": "查看现场",
    "tested": "实施检测",
    "sampled": "抽样",
}
MANNERS = {"self": "本人核对", "aloud": "由执法人员宣读"}
MEANS = {"paper": "交付纸质副本", "code": "告知领取全文的编码", "left": "留置副本"}
OBSERVED = {
    "name": "名称",
    "address": "地址",
    "licence": "许可证编号",
    "legal_representative": "法定代表人（负责人）",
    "phone": "联系电话",
}
OUTCOMES = {"refused": "拒绝签字", "absent": "不在场"}
ROLES = {"inspector": "执法人员", "party": "当事人", "witness": "见证人"}
SIGNED_BY = {"signed": "已签字", "refused": "拒绝签字", "absent": "不在场"}


@dataclass(frozen=True)
class Pen:
    """Something drawn by hand: a signature with its name, or a sketch."""

    strokes: Sequence[Sequence[int]]
    name: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a part, with what was drawn beside it."""

    text: str
    pens: tuple[Pen, ...] = ()


@dataclass(frozen=True)
class Part:
    """Lines under a heading."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Names:
    """Names for the accounts, departments and codes of one visit."""

    people: Mapping[str, str]
    departments: Mapping[str, str]
    rules: w.SiteRules | None

    def person(self, account: str) -> str:
        return self.people.get(account, "")

    def department(self, organisation: str | None) -> str:
        return self.departments.get(organisation or "", "")


def site_parts(packet: w.Packet, state: VisitState) -> list[Part]:
    """What the signatures cover besides items and results; parts without a line are left out."""
    names = _names(packet, state)
    parts = (
        ("事先告知", _notices(state, names)),
        ("与登记不一致", _each(state, w.TargetObserved, lambda fact: _observed(fact.body))),
        ("打算再次到场", _returns(state, names)),
        ("未能实施检查", _endings(state, names)),
        ("回避", _each(state, w.RecusalDeclared, lambda fact: _recusal(state, fact, names))),
        ("更换执法人员", _each(state, w.ConsentRecorded, lambda fact: _consent(fact.body, names))),
        ("中止与恢复", _pauses(state)),
        ("授权委托", _each(state, w.AuthorityShown, lambda fact: _authority(fact.body))),
        ("检查方式", _each(state, w.ActRecorded, lambda fact: _act(fact.body, names))),
        ("询问笔录", [line for fact in state.said(w.TranscriptTaken) for line in _transcript(fact, names)]),
        (
            "不得拍摄",
            [
                *_each(state, w.MediaRestricted, lambda fact: _restricted(fact.body, names)),
                *_deleted(state, names),
            ],
        ),
        ("情形认定", _noncooperation(state, names)),
        ("专家意见", _each(state, w.ExpertConcluded, lambda fact: _expert(fact.body, names))),
        ("中途签字", _each(state, w.PartSigned, _part_signed)),
    )
    return [Part(title, tuple(lines)) for title, lines in parts if lines]


def later_parts(packet: w.Packet, state: VisitState, seal: str) -> list[Part]:
    """What came after the record was closed: reading, paper, seals, the copy, supplements. ``seal``: the record's
    digest; what speaks of another record says so."""
    names = _names(packet, state)
    parts = [
        ("核对、宣读", _each(state, w.RecordRead, lambda fact: _read(fact, seal))),
        ("纸质签署", _each(state, w.PaperSigned, lambda fact: _paper(fact.body, names, seal))),
        ("盖章", _each(state, w.SealRecorded, lambda fact: _seal(fact.body, names))),
        ("交付副本", _each(state, w.CopyGiven, lambda fact: _copy(fact, seal))),
    ]
    whole = [Part(title, tuple(lines)) for title, lines in parts if lines]
    return whole + [_supplement(fact, state, names) for fact in supplements(state)]


def supplements(state: VisitState) -> list[Fact[w.SupplementGiven]]:
    """In the order of their numbers; of two tablets that used one number, in the order in which they were said."""
    return sorted(state.said(w.SupplementGiven), key=lambda fact: fact.body.number)


def china(at: str) -> str:
    """A moment as China reads it; as it stands where a tablet's clock showed no real moment."""
    try:
        return datetime.fromisoformat(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return at


def last_day_before(end: str) -> str:
    """The last calendar day in China before a moment, such as the last one on which a code is good."""
    return china((datetime.fromisoformat(end) - timedelta(milliseconds=1)).isoformat())[:10]


def check_code(seal: str) -> str:
    """The first 12 signs of a digest in groups of four: short enough to read out, long enough to compare."""
    return " ".join(seal[at : at + 4] for at in (0, 4, 8)).upper()


def _names(packet: w.Packet, state: VisitState) -> _Names:
    return _Names(
        {one.account: one.name for one in (*packet.team, *state.team)},
        {one.organisation: one.organisation_name for one in packet.blocks},
        packet.site,
    )


def _each(state: VisitState, model: type[B], line: Callable[[Fact[B]], Line]) -> list[Line]:
    return [line(fact) for fact in state.said(model)]


def _ruled(options: Sequence[w.Ruled], code: str) -> str:
    return next((one.label for one in options if one.code == code), code)


def _pictures(found: Sequence[str]) -> str:
    return f"（照片 {len(found)} 张）" if found else ""


def _and(label: str, value: str) -> str:
    return f"，{label}{value}" if value else ""


def _notices(state: VisitState, names: _Names) -> list[Line]:
    rules = names.rules.notice if names.rules else None
    lines = []
    for fact in state.said(w.NoticeServed):
        body = fact.body
        ends = {
            "signed": "已签收",
            "refused": f"拒绝签收：{body.reason}",
            "confirmed": f"确认情况：{body.reason}",
        }
        channel = _ruled(rules.channels if rules else (), body.channel)
        text = f"{china(fact.at)} {channel}，告知 {body.to}{_and('编号 ', body.number)}；{ends[body.outcome]}"
        lines.append(Line(text, (Pen(body.strokes, body.to),) if body.strokes else ()))
    for freed in state.said(w.NoticeExempted):
        reason = _ruled(rules.exemptions if rules else (), freed.body.reason)
        lines.append(Line(f"免于事先告知：{reason}{_and('', freed.body.statement)}"))
    return lines


def _observed(body: w.TargetObserved) -> Line:
    registered = body.registry or "没有登记"
    more = _and("", body.note) + _pictures(body.evidence)
    return Line(f"{OBSERVED[body.field]}：登记为 {registered}，现场为 {body.seen}{more}")


def _returns(state: VisitState, names: _Names) -> list[Line]:
    labels = {one.ending: one.label for one in names.rules.endings} if names.rules else {}
    lines = []
    for fact in state.said(w.ReturnPlanned):
        body = fact.body
        text = f"{china(fact.at)} {labels.get(body.ending, body.ending)}：{body.statement}"
        text += f"{'，已请见证人见证' if body.witness else ''}{_pictures(body.evidence)}"
        lines.append(Line(f"{text}；{names.person(fact.by)} 记录，打算 {body.on} 再次到场"))
        lines += [Line(f"电话联系 {china(one.at)}：{one.outcome}") for one in body.attempts]
    return lines


def _endings(state: VisitState, names: _Names) -> list[Line]:
    labels = {one.ending: one.label for one in names.rules.endings} if names.rules else {}
    circumstances = names.rules.noncooperation if names.rules else ()
    lines = []
    for fact in state.said(w.EndingProposed):
        body = fact.body
        second = [one.by for one in state.said(w.EndingConfirmed) if one.body.proposal == fact.entry]
        kinds = "；".join(_ruled(circumstances, code) for code in body.noncooperation)
        text = f"{china(fact.at)} {labels.get(body.ending, body.ending)}：{body.statement}"
        text += f"{_and('情形：', kinds)}{_and('迁往：', body.moved_to)}"
        text += f"{'，已请见证人见证' if body.witness else ''}{_pictures(body.evidence)}"
        text += f"；认定人 {names.person(fact.by)}，复核人 {names.person(second[0]) if second else '待复核'}"
        lines.append(Line(text))
        lines += [
            Line(f"{china(one.at)} {names.person(one.by)} 撤回上述认定：{one.body.reason}")
            for one in state.said(w.EndingWithdrawn)
            if one.body.proposal == fact.entry
        ]
        lines += [Line(f"电话联系 {china(one.at)}：{one.outcome}") for one in body.attempts]
    return lines


def _recusal(state: VisitState, fact: Fact[w.RecusalDeclared], names: _Names) -> Line:
    body = fact.body
    ground = _ruled(names.rules.recusal_grounds if names.rules else (), body.ground)
    who = names.person(body.account)
    said = f"{who} 申请回避" if body.applicant == "officer" else f"当事人申请 {who} 回避"
    second = [names.person(one) for one in seconds(state, fact)]
    if any(one.entry == fact.entry for one in unconfirmed(state, standing(state))):
        second = ["待确认"]
    heard = f"；{names.person(fact.by)} 登记，确认人 {second[0]}" if second else ""
    return Line(f"{said}：{ground}{_and('', body.statement)}{heard}")


def _consent(body: w.ConsentRecorded, names: _Names) -> Line:
    told = f"{body.consented_by} {china(body.consented_at)} 电话同意"
    return Line(f"{names.person(body.out)} 由 {body.member.name} 接替，{told}：{body.reason}")


def _pauses(state: VisitState) -> list[Line]:
    paused = [(fact.at, f"{china(fact.at)} 中止：{fact.body.reason}") for fact in state.said(w.VisitPaused)]
    resumed = [(fact.at, f"{china(fact.at)} 恢复") for fact in state.said(w.VisitResumed)]
    return [Line(text) for _, text in sorted(paused + resumed)]


def _authority(body: w.AuthorityShown) -> Line:
    return Line(f"{body.name}，{body.document}{_pictures(body.evidence)}")


def _act(body: w.ActRecorded, names: _Names) -> Line:
    more = _and("编号 ", body.number) + _and("数量 ", body.quantity) + _pictures(body.evidence)
    return Line(f"{names.department(body.organisation)} {ACTS[body.act]}：{body.statement}{more}")


def _transcript(fact: Fact[w.TranscriptTaken], names: _Names) -> list[Line]:
    body = fact.body
    time = f"{china(body.began)} 至 {china(body.ended)}"
    lines = [Line(f"{names.department(body.organisation)} 询问 {body.respondent}，{time}")]
    for one in body.exchanges:
        lines += [Line(f"问：{one.question}"), Line(f"答：{one.answer}")]
    if body.strokes:
        return [*lines, Line("被询问人签字：", (Pen(body.strokes, body.respondent),))]
    return [*lines, Line(f"被询问人没有签字：{body.refused}")]


def _restricted(body: w.MediaRestricted, names: _Names) -> Line:
    basis = _ruled(names.rules.media_bases if names.rules else (), body.basis)
    text = f"{names.department(body.organisation)} {basis}：{body.description}{_and('图号 ', body.drawing)}"
    return Line(text, (Pen(body.sketch, "草图"),) if body.sketch else ())


def _deleted(state: VisitState, names: _Names) -> list[Line]:
    bases = names.rules.media_bases if names.rules else ()
    return [
        Line(
            f"当场删除照片 1 张（校验码 {check_code(one.taken.body.digest)}），"
            f"{_ruled(bases, fact.body.basis)}：{fact.body.reason}"
        )
        for one in state.evidence
        for fact in one.deleted
    ]


def _noncooperation(state: VisitState, names: _Names) -> list[Line]:
    agreed = {fact.body.proposal for fact in state.said(w.NoncooperationConfirmed)}
    rules = names.rules.noncooperation if names.rules else ()
    return [
        Line(
            f"{names.department(fact.body.organisation)} "
            f"{'；'.join(_ruled(rules, code) for code in fact.body.circumstances)}：{fact.body.statement}"
            f"{_pictures(fact.body.evidence)}；"
            f"{'组长已确认，待部门核定' if fact.entry in agreed else '待组长确认'}"
        )
        for fact in state.said(w.NoncooperationProposed)
    ]


def _expert(body: w.ExpertConcluded, names: _Names) -> Line:
    who = f"{body.expert}（{body.body}）" if body.body else body.expert
    text = f"{names.department(body.organisation)} {who}：{body.conclusion}{_pictures(body.evidence)}"
    return Line(text)


def _part_signed(fact: Fact[w.PartSigned]) -> Line:
    body = fact.body
    own = f"：{body.statement}" if body.statement else ""
    text = (
        f"{china(fact.at)} {body.name} 离开前对已记录的 {len(body.items)} 项签字，"
        f"当时记录校验码 {check_code(body.record_digest)}，意见：{OPINIONS[body.opinion]}{own}"
    )
    return Line(text, (Pen(body.strokes, body.name),))


def _other(digest: str, seal: str) -> str:
    return "" if digest == seal else f"（当时记录校验码 {check_code(digest)}）"


def _read(fact: Fact[w.RecordRead], seal: str) -> Line:
    body = fact.body
    return Line(f"{china(fact.at)} {body.to} {MANNERS[body.manner]}{_other(body.record_digest, seal)}")


def _paper(body: w.PaperSigned, names: _Names, seal: str) -> Line:
    signers = "、".join(names.person(one) for one in body.signers)
    number = f"编号 {body.number}" if body.number else "本机打印件"
    party = f"当事人{SIGNED_BY[body.party]}" + (f"：{body.reason}" if body.reason else "")
    told = f"{number}，共 {len(body.pages)} 页，已拍照；执法人员 {signers} 签字，{party}"
    return Line(told + _other(body.record_digest, seal))


def _seal(body: w.SealRecorded, names: _Names) -> Line:
    whose = (
        "被核查单位" if body.whose == "party" else f"核查人{_and('', names.department(body.organisation))}"
    )
    if body.sealed:
        return Line(f"{whose}已盖章{_pictures(body.evidence)}")
    return Line(f"{whose}未盖章：{body.reason}")


def _copy(fact: Fact[w.CopyGiven], seal: str) -> Line:
    return Line(
        f"{china(fact.at)} 向 {fact.body.to} {MEANS[fact.body.means]}{_other(fact.body.record_digest, seal)}"
    )


def _supplement(fact: Fact[w.SupplementGiven], state: VisitState, names: _Names) -> Part:
    body = fact.body
    lines = [
        Line(
            f"{china(fact.at)} {names.department(body.organisation)} {names.person(fact.by)} 记录，理由：{body.reason}"
        ),
        Line(f"{body.text}{_pictures(body.evidence)}"),
    ]
    for said in state.said(w.SupplementSigned):
        one = said.body
        if one.supplement != fact.entry:
            continue
        if one.outcome == "signed":
            note = "仅手写" if one.assurance == "drawn_only" else ""
            lines.append(Line(f"{ROLES[one.role]}签字：", (Pen(one.strokes, one.name, note),)))
        else:
            lines.append(Line(f"{ROLES[one.role]} {one.name} {OUTCOMES[one.outcome]}：{one.reason}"))
    return Part(f"补充记录第 {body.number} 号", tuple(lines))
