"""Who may review, publish and correct a department's result, when, and until when. Pure.

Sources: 谁检查、谁录入、谁公开 S0-三(一)5, S1-四(九), S2-16(三); review before publication 政府信息公开条例§17,
保密法§35; what is withheld 政府信息公开条例§14–15; states domain D.9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from backend.people.rules import Actor
from backend.planning.facts import Standing
from backend.planning.rules import authority
from backend.profiles import keys
from backend.profiles.deadlines import Due, publication_amber_from, publication_due
from backend.profiles.rules import Profile
from backend.profiles.values import StartEvent
from backend.profiles.working_days import Calendar, YearNotCovered, working_days_between
from backend.publication.rules_notice import (
    Task,
    document_digest,
    ended,
    ending_finding,
    private_number,
    private_number_in,
    public_body,
    roll_up,
    whitelist,
)
from sync.state import VisitState
from sync.words import (
    CrimeSuspected,
    NoticeCorrected,
    NoticePublished,
    Packet,
    PacketBlock,
    PublicationReviewed,
    PublicClass,
    PublicNotice,
    PublicResult,
    PublicValue,
    Refusal,
    refuse,
)

Decision = Literal["publish", "partial", "withhold"]
DECISIONS: Mapping[str, str] = {"publish": "全部公示", "partial": "部分公示", "withhold": "不予公示"}
BlockStatus = Literal["not_synced", "on_hold", "to_review", "to_publish", "published", "withheld", "waived"]
STATUSES: Mapping[str, str] = {
    "not_synced": "待收齐",
    "on_hold": "暂缓公示",
    "to_review": "待审查",
    "to_publish": "待公示",
    "published": "已公示",
    "withheld": "不予公示",
    "waived": "未实施",
}
RUNNING = frozenset({"not_synced", "to_review", "to_publish"})
"""States in which the deadline still runs."""


@dataclass(frozen=True)
class ReviewFacts:
    """The review that stands: its entry, who made it, and what it says. ``document`` is the digest it read."""

    entry: str
    by: str
    document: str
    decision: str
    basis: tuple[str, ...]
    omitted: tuple[str, ...]


@dataclass(frozen=True)
class NoticeFacts:
    """The version that is public now."""

    entry: str
    version: int
    target_class: PublicClass
    document: PublicNotice


@dataclass(frozen=True)
class BlockFacts:
    """All that is known of one department's block in one visit. ``missing``: photographs and entries that the
    office does not hold yet."""

    scheme: str
    packet: Packet
    state: VisitState
    block: PacketBlock
    target_class: PublicClass
    task: Task
    missing: int
    review: ReviewFacts | None
    notice: NoticeFacts | None

    @property
    def status(self) -> BlockStatus:
        """Where the block stands (D.9)."""
        if self.notice is not None:
            return "published"
        return block_status(
            ready=not not_ready(self),
            held_back=bool(on_hold(self)),
            waived=unchecked_all(self),
            decision=self.review.decision if self.review else None,
            published=False,
        )

    def document(self, profile: Profile, omitted: tuple[str, ...] = ()) -> PublicNotice:
        """What would be published now."""
        return public_body(
            self.packet, self.state, self.block, profile, self.target_class, self.task, omitted
        )


def block_status(
    *, ready: bool, held_back: bool, waived: bool, decision: str | None, published: bool
) -> BlockStatus:
    """The one state of a block; a list of many blocks asks the same question."""
    if published:
        return "published"
    if waived:
        return "waived"
    if not ready:
        return "not_synced"
    if decision == "withhold":
        return "withheld"
    if held_back:
        return "on_hold"
    return "to_review" if decision is None else "to_publish"


@dataclass(frozen=True)
class ReviewForm:
    """What the reviewer answered. ``seen`` is the review that stood on the page, empty if none."""

    secrecy: bool
    privacy: bool
    trade_secret: bool
    decision: Decision
    basis: tuple[str, ...]
    omitted: tuple[str, ...]
    note: str
    seen: str

    @property
    def found(self) -> str:
        """What the review found, in words; empty where it found nothing."""
        parts = (
            (self.secrecy, "国家秘密"),
            (self.privacy, "个人隐私"),
            (self.trade_secret, "商业秘密"),
        )
        return "、".join(word for said, word in parts if said)


def unchecked_all(facts: BlockFacts) -> bool:
    """Whether the department has no result: its items were waived, or the visit ended before all were checked and
    nothing may be said of the others."""
    if facts.state.block(facts.block.organisation).waived is not None:
        return True
    return bool(_open_items(facts)) and ended(facts.state)


def _open_items(facts: BlockFacts) -> int:
    """Items of which nothing can be said: neither checked, nor settled otherwise, nor covered by the ending."""
    organisation = facts.block.organisation
    if ending_finding(facts.packet, facts.state, organisation):
        return 0
    items = facts.state.block(organisation).items
    settled = {name for name, item in items.items() if item.answer or item.verified or item.recognised}
    return sum(one.item not in settled for one in facts.block.items)


def not_ready(facts: BlockFacts) -> Refusal | None:
    """Why the block cannot be published yet: the visit runs, something is missing or not settled."""
    organisation = facts.block.organisation
    if not facts.state.finished:
        return refuse("visit_not_finished")
    if unchecked_all(facts):
        return refuse("block_waived")
    if facts.missing:
        return refuse("visit_not_synced", count=facts.missing)
    disputes = sum(one.organisation == organisation for one in facts.state.disputed)
    if disputes:
        return refuse("disputed", count=disputes)
    still_open = _open_items(facts)
    return refuse("items_open", count=still_open) if still_open else None


def on_hold(facts: BlockFacts) -> Refusal | None:
    """A suspected crime holds back the results of the whole visit, whichever department reported it: one of them
    made public would warn whom it concerns before the transfer (domain E.15). The sentence does not say why, for it
    is read in departments that were not told."""
    return refuse("publication_on_hold") if facts.state.said(CrimeSuspected) else None


def may_act(actor: Actor, organisation: str) -> Refusal | None:
    """谁检查、谁录入、谁公开: only people of the department that checked."""
    return None if actor.organisation == organisation else refuse("own_department_only")


def review(
    form: ReviewForm, facts: BlockFacts, actor: Actor, profile: Profile, nonce: str
) -> PublicationReviewed | Refusal:
    """Record the review of secrecy, privacy and trade secrets with its decision."""
    refusal = may_act(actor, facts.block.organisation) or not_ready(facts)
    if refusal:
        return refusal
    standing = facts.review.entry if facts.review else ""
    if facts.notice is not None:
        return refuse("already_decided")
    if form.seen != standing:
        return refuse("changed_meanwhile")
    refusal = _review_holds(form, facts, profile)
    if refusal:
        return refusal
    if form.decision != "withhold" and (held_back := on_hold(facts)):
        return held_back
    if form.decision == "withhold" and "responsible_leader" not in actor.roles:
        return refuse("withhold_by_leader")
    document = facts.document(profile, form.omitted if form.decision == "partial" else ())
    label = private_number_in(document)
    if label and form.decision != "withhold":
        return refuse("private_in_text", field=label)
    return PublicationReviewed(
        nonce=nonce,
        organisation=facts.block.organisation,
        document=document_digest(document),
        secrecy=form.secrecy,
        privacy=form.privacy,
        trade_secret=form.trade_secret,
        decision=form.decision,
        basis=form.basis,
        omitted=form.omitted,
        note=form.note,
        supersedes=(standing,) if standing else (),
    )


def _review_holds(form: ReviewForm, facts: BlockFacts, profile: Profile) -> Refusal | None:
    """Whether decision, findings, basis and omitted fields agree with each other."""
    if form.decision == "publish":
        if form.found:
            return refuse("review_contradicts", what=form.found)
        return refuse("basis_not_needed") if form.basis or form.omitted else None
    if form.secrecy and form.decision == "partial":
        return refuse("review_contradicts", what=form.found)
    word = DECISIONS[form.decision]
    prefix = "withheld." if form.decision == "withhold" else "partial."
    lawful = {one.code for one in profile.get(keys.RESTRICTIONS) or () if one.code.startswith(prefix)}
    if not form.basis or not set(form.basis) <= lawful:
        return refuse("basis_missing", what=word)
    fields = {one.field for one in facts.document(profile).fields}
    if form.decision == "withhold":
        return refuse("basis_not_needed") if form.omitted else None
    if not form.omitted or not set(form.omitted) < fields:
        return refuse("omitted_missing")
    return None


def publish(
    facts: BlockFacts, actor: Actor, standing: Standing, others: bool, profile: Profile, nonce: str
) -> NoticePublished | Refusal:
    """Publish what was reviewed, exactly that. ``others``: the department has a second person who could publish
    or review, so that nobody does both."""
    organisation = facts.block.organisation
    refusal = may_act(actor, organisation)
    if refusal:
        return refusal
    if facts.notice is not None:
        return refuse("already_decided")
    refusal = not_ready(facts) or on_hold(facts)
    if refusal:
        return refusal
    review = facts.review
    if review is None or review.decision == "withhold":
        return refuse("review_missing" if review is None else "already_decided")
    if others and review.by == actor.account:
        return refuse("publish_by_another")
    leader = authority(actor, organisation, standing)
    if isinstance(leader, Refusal):
        return leader
    document = facts.document(profile, review.omitted)
    if document_digest(document) != review.document:
        return refuse("changed_meanwhile")
    return NoticePublished(
        nonce=nonce,
        organisation=organisation,
        scheme=facts.scheme,
        review=review.entry,
        leader=leader,
        target_class=facts.target_class,
        document=document,
        document_digest=document_digest(document),
    )


@dataclass(frozen=True)
class CorrectionForm:
    """What is corrected: values by field, findings (codes) by the place of the item, and why. ``seen`` is the
    entry of the version that stood on the page."""

    values: Mapping[str, str]
    findings: Mapping[int, tuple[str, ...]]
    reason: str
    seen: str


def corrected_document(form: CorrectionForm, before: PublicNotice, profile: Profile) -> PublicNotice:
    """The version before with the corrected values; fields that it does not have are never added."""
    labels = {one.code: one.label for one in profile.need(keys.FINDINGS)}
    results = tuple(
        PublicResult(
            item=one.item,
            findings=tuple(labels[code] for code in form.findings.get(place, ()) if code in labels)
            or one.findings,
        )
        for place, one in enumerate(before.results)
    )
    fields = []
    for one in before.fields:
        value = form.values.get(one.field, "").strip() or one.value
        if one.field == "result" and results != before.results:
            value = roll_up(results, profile)
        fields.append(PublicValue(field=one.field, label=one.label, value=value))
    return PublicNotice(fields=tuple(fields), results=results)


def correct(
    form: CorrectionForm,
    facts: BlockFacts,
    actor: Actor,
    standing: Standing,
    profile: Profile,
    nonce: str,
) -> NoticeCorrected | Refusal:
    """Replace a published version that was wrong; the department's leader approves it (更正)."""
    organisation = facts.block.organisation
    refusal = may_act(actor, organisation)
    if refusal:
        return refusal
    if facts.notice is None:
        return refuse("not_found")
    leader = authority(actor, organisation, standing)
    if isinstance(leader, Refusal):
        return leader
    if form.seen != facts.notice.entry:
        return refuse("changed_meanwhile")
    if len(form.reason.strip()) < 2:
        return refuse("reason_missing", what="更正")
    document = corrected_document(form, facts.notice.document, profile)
    if document == facts.notice.document:
        return refuse("nothing_corrected")
    label = private_number_in(document) or ("更正理由" if private_number(form.reason) else None)
    if label:
        return refuse("private_in_text", field=label)
    return NoticeCorrected(
        nonce=nonce,
        organisation=organisation,
        notice=facts.notice.entry,
        version=facts.notice.version + 1,
        leader=leader,
        reason=form.reason.strip(),
        target_class=facts.notice.target_class,
        document=document,
        document_digest=document_digest(document),
    )


# --- the clock ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clock:
    """The deadline of one block as the office sees it. ``tone``: late | soon | "" ; ``text`` in words."""

    due: Due | None
    tone: Literal["late", "soon", ""]
    text: str


def deadline(
    profile: Profile, calendar: Calendar, finished_on: date, task_deadline: date | None, today: date
) -> Clock:
    """Until when the department publishes: local rule or national backstop, whichever is earlier; amber before."""
    events: dict[StartEvent, date] = {
        "inspection_end": finished_on,
        "task_end": finished_on,
        "result_entered": finished_on,
    }
    if task_deadline is not None:
        events["task_deadline"] = task_deadline
    due = publication_due(profile, events, calendar)
    if due is None:
        return Clock(None, "", "来源未规定期限")
    if today > due.date:
        return Clock(due, "late", _late_text(due.date, today, calendar))
    if today >= publication_amber_from(profile, due, calendar):
        return Clock(due, "soon", f"{due.text} 前" if today < due.date else "今天到期")
    return Clock(due, "", f"{due.text} 前")


def _late_text(due: date, today: date, calendar: Calendar) -> str:
    try:
        days = working_days_between(due, today, calendar)
    except YearNotCovered:
        return "已逾期"
    return f"已逾期 {days} 个工作日" if days else "已逾期"


def omittable(facts: BlockFacts, profile: Profile) -> Sequence[tuple[str, str]]:
    """The fields that a partial publication may leave out: (code, label)."""
    labels = {one.field: one.label for one in whitelist(profile, facts.target_class)}
    return [(one.field, labels[one.field]) for one in facts.document(profile).fields]
