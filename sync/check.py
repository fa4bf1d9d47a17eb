"""The rules of the visit: what may be recorded now. Twin of `check.ts`; both run `vectors/check.json`.

    check(packet: Packet, state: VisitState, draft: Draft) -> Refusal | None
    Draft(kind, body, by, record_digest)      record_digest = digest("record/1", record_of(packet, state)), always

The device asks before it records; the server never refuses what a device recorded: it keeps it and shows what does
not fit. Every number and choice is the packet's. What `check` lets through has its effect in `fold`. Refusals and
their sentences are in `words.REFUSALS`; PROTOCOL.md, "The visit", gives the rules in their order. Here are the order
and the rules inside; `check_site` has those of the door, `check_leave` those of leaving.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync import words as w
from sync.check_leave import leaving
from sync.check_site import (
    CIRCUMSTANCE,
    Asked,
    among,
    arriving,
    begins,
    items_known,
    pictures_known,
    replaces,
    told,
    written,
)
from sync.exchange_words import BATCH_BYTES
from sync.fold import authority, body_of
from sync.progress import NO_PROBLEM, ORDER, block_of, contradicted, decided_by, item_of
from sync.progress_site import closed, standing
from sync.state import RawBody, VisitState
from sync.words import Refusal, refuse

CONTENT = frozenset(
    {
        *("visit.opened", "identity.shown", "rights.told", "party.met", "item.reopened", "answer.given"),
        *("evidence.taken", "evidence.withdrawn", "disposition.given", "block.waived"),
        *("item.verified", "result.recognised", "notice.served", "notice.exempted", "ending.proposed"),
        "item.contradicted",
        *("return.planned", "target.observed"),
        *(
            "ending.confirmed",
            "ending.withdrawn",
            "recusal.declared",
            "recusal.confirmed",
            "consent.recorded",
            "visit.paused",
            "visit.resumed",
        ),
        *("authority.shown", "part.signed", "act.recorded", "transcript.taken", "media.restricted"),
        *("noncooperation.proposed", "noncooperation.confirmed", "expert.concluded"),
    }
)
"""Kinds that change the record: once somebody signed the present one, they are refused."""

EARLY = frozenset(
    {
        *("visit.opened", "visit.scheduled", "notice.served", "notice.exempted", "item.verified"),
        "item.contradicted",
        *(
            "code.recorded",
            "consent.recorded",
            "recusal.declared",
            "recusal.confirmed",
            "return.planned",
            "ending.proposed",
            "ending.confirmed",
            "ending.withdrawn",
        ),
        *("recording.made", "evidence.taken", "evidence.added", "evidence.withdrawn", "evidence.deleted"),
    }
)
"""Kinds that need no arrival."""

AFTER = frozenset(
    {
        *("supplement.given", "supplement.signed", "seal.recorded", "code.recorded", "copy.given"),
        *("evidence.added", "evidence.deleted", "recording.made"),
    }
)
"""Kinds that may come after the end: they change nothing that was signed."""

INSIDE = frozenset(
    {
        *("item.verified", "item.reopened", "answer.given", "result.recognised", "disposition.given"),
        "item.contradicted",
        *("block.waived", "act.recorded", "transcript.taken", "media.restricted", "expert.concluded"),
    }
)
"""The work itself: none while the check is interrupted, none once it is ended."""
UNENDED = INSIDE | {"visit.opened", "visit.paused", "return.planned"}
UNPAUSED = INSIDE | {
    *("identity.shown", "rights.told", "noncooperation.proposed", "noncooperation.confirmed"),
}
OFFICERS = frozenset(
    {
        *("notice.served", "notice.exempted", "identity.shown", "rights.told", "recusal.declared"),
        *("visit.paused", "visit.resumed", "signature.refused", "signature.absent"),
    }
)
"""What is an act of enforcement: recorded by a certified officer, not by who assists (行政处罚法§42). Only asked before
it is recorded: what an older tablet recorded keeps its effect."""
FRAME = frozenset({"visit.scheduled", "consent.recorded", "visit.finished", "evidence.deleted"})
"""What a leader who withdrew still does: he neither records nor signs, but who replaces him has to come, and what
the others signed has to be closed. And what must not exist is destroyed by whoever took it."""

INCOMPLETE = "有必填项没有填写，或内容过长"
UNKNOWN_RESULT = "检查结果不在本次检查的选项内"
TIMES = "结束时间早于开始时间"
BASIS = "不得拍摄的依据不在选项内"


@dataclass(frozen=True)
class Draft:
    """Something that is about to be recorded. ``body`` is whole, nonce included; ``record_digest`` is that of
    the record as it stands before it."""

    kind: str
    body: RawBody
    by: str
    record_digest: str


def check(packet: w.Packet, state: VisitState, draft: Draft) -> Refusal | None:
    """Whether ``draft`` may be recorded now: None, or the refusal that says what to do next."""
    model = w.BODIES.get(draft.kind)
    if model is None or model.HOME == "office":
        return refuse("kind_unknown")
    body = body_of(draft.kind, draft.body)
    if body is None:
        return refuse("bad_request", what=INCOMPLETE)
    if len(json.dumps(draft.body, ensure_ascii=False, separators=(",", ":")).encode()) > BATCH_BYTES:
        return refuse("entry_too_long")  # no push could ever carry it
    team = {member.account: member for member in state.team}
    code = authority(body, draft.by, team)
    if code is None and draft.kind in OFFICERS and not team[draft.by].certified:
        code = "not_certified"
    if code:
        return refuse(code)
    asked = Asked(packet, state, draft.by, draft.record_digest, team, standing(state))
    return _stage(asked, draft.kind) or _rule(asked, body)


def _stage(asked: Asked, kind: str) -> Refusal | None:
    """Whether the visit is where such a thing is said at all."""
    state, now = asked.state, asked.now
    if state.said(w.VisitRecalled) and kind != "evidence.deleted":
        return refuse("visit_recalled")
    if state.finished and kind not in AFTER:
        return refuse("visit_finished")
    if asked.by in now.recused and kind not in FRAME:
        return refuse("recused")
    if kind == "visit.opened" and state.opened:
        return refuse("already_decided")
    if now.ended and kind in UNENDED:
        return refuse("ending_stands")
    if not state.opened and not now.ended and kind not in EARLY:
        return refuse("visit_not_opened")
    if kind in CONTENT and closed(asked.packet, state, asked.record):
        return refuse("record_signed")
    return refuse("pause_open") if now.pauses and not now.ended and kind in UNPAUSED else None


def _rule(asked: Asked, body: w.Body) -> Refusal | None:
    packet, state = asked.packet, asked.state
    match body:
        case w.VisitOpened():
            return None
        case w.ItemReopened():
            return _reopening(asked, body)
        case w.AnswerGiven():
            return _answer(asked, body)
        case w.ResultRecognised():
            return _recognition(asked, body)
        case w.EvidenceAdded():
            return items_known(asked, body.items)
        case w.EvidenceTaken():
            return _taking(asked, body)
        case w.EvidenceWithdrawn():
            return _withdrawal(asked, body)
        case w.EvidenceDeleted():
            return _deletion(asked, body)
        case w.RecordingMade():
            return items_known(asked, body.items)
        case w.DispositionGiven():
            return _disposition(asked, body)
        case w.BlockWaived():
            if not block_of(packet, body.organisation):
                return refuse("other_department")
            return replaces(state.block(body.organisation).results, body.supersedes)
        case w.ActRecorded() | w.ExpertConcluded():
            begun = begins(asked, body.organisation) or items_known(asked, body.items)
            return begun or pictures_known(asked, body.evidence)
        case w.TranscriptTaken():
            return _transcript(asked, body)
        case w.MediaRestricted():
            return _restriction(asked, body)
        case w.NoncooperationProposed() | w.CrimeSuspected():
            return _suspicion(asked, body)
        case w.NoncooperationConfirmed():
            return _finding(asked, body)
        case _ if isinstance(body, LEAVING):
            return leaving(asked, body)
    return arriving(asked, body)


LEAVING = (
    *(w.RecordRead, w.PartSigned, w.SignatureGiven, w.SignatureRefused, w.SignatureAbsent, w.PaperSigned),
    *(w.VisitFinished, w.SupplementGiven, w.SupplementSigned, w.SealRecorded, w.CopyGiven),
)


def _reopening(asked: Asked, body: w.ItemReopened) -> Refusal | None:
    if not item_of(asked.packet, body.organisation, body.item):
        return refuse("item_unknown")
    heads = asked.state.item(body.organisation, body.item).heads
    settled = [fact for fact in heads if isinstance(fact.body, w.ItemVerified | w.ResultRecognised)]
    if not settled:
        return refuse("item_not_verified")
    return begins(asked, body.organisation) or replaces(settled, body.supersedes)


def _answer(asked: Asked, body: w.AnswerGiven) -> Refusal | None:
    packet = asked.packet
    if not item_of(packet, body.organisation, body.item):
        return refuse("item_unknown")
    heads = asked.state.item(body.organisation, body.item).heads
    refusal = begins(asked, body.organisation)
    if refusal:
        return refusal
    contradicted = any(isinstance(fact.body, w.ItemContradicted) for fact in heads)
    if any(isinstance(fact.body, w.ItemVerified) for fact in heads) and not contradicted:
        return refuse("item_verified")
    if any(isinstance(fact.body, w.ResultRecognised) for fact in heads):
        return refuse("recognised_item")
    return _findings(packet, body) or _photo(asked, body) or replaces(heads, body.supersedes)


def _findings(packet: w.Packet, body: w.AnswerGiven) -> Refusal | None:
    choices = {choice.code: choice for choice in packet.findings}
    if body.answer == "nonconform" and not body.findings:
        return refuse("finding_required")
    if not all(code in choices for code in body.findings):
        return refuse("finding_unknown")
    refusal = _single(packet, body, [choices[code] for code in body.findings])
    if refusal:
        return refusal
    groups = {choices[code].group for code in body.findings}
    against = "normal" if body.answer == "nonconform" else "problem"
    if against in groups or _exclude(packet.findings, body.findings):
        return refuse("findings_exclude")
    return None


def _single(packet: w.Packet, body: w.AnswerGiven, chosen: Iterable[w.Choice]) -> Refusal | None:
    """What no officer finds alone in an item (S2-18, domain E.3), and what is no violation and needs no picture."""
    for choice in chosen:
        way = decided_by(packet, choice)
        if way:
            return refuse("finding_decided", label=choice.label, way=way)
        if choice.group == "not_engaged" and body.answer != "not_applicable":
            return refuse("not_engaged", label=choice.label)
    return None


def _exclude(choices: Iterable[w.Choice], codes: Sequence[str]) -> bool:
    return any(
        choice.code in codes and other in codes and other != choice.code
        for choice in choices
        for other in choice.excludes
    )


def _photo(asked: Asked, body: w.AnswerGiven) -> Refusal | None:
    """A picture that was destroyed proves nothing any more; where none may be taken, words stand in its place."""
    item = item_of(asked.packet, body.organisation, body.item)
    if body.answer != "nonconform" or not item or not item.photo_required:
        return None
    shown = (body.organisation, body.item) in asked.now.kept | asked.now.restricted
    return None if shown else refuse("photo_required")


def _recognition(asked: Asked, body: w.ResultRecognised) -> Refusal | None:
    """Another department's recent result settles the item (结果互认): it is not checked again."""
    if not item_of(asked.packet, body.organisation, body.item):
        return refuse("item_unknown")
    refusal = begins(asked, body.organisation) or _recent(asked, body) or pictures_known(asked, body.evidence)
    return refusal or replaces(asked.state.item(body.organisation, body.item).heads, body.supersedes)


def _recent(asked: Asked, body: w.ResultRecognised) -> Refusal | None:
    """A result that was there before this visit, and as young as the packet asks: the visit's day is the planned one,
    or that of the arrival where it is later. Days are compared as they are written."""
    site = asked.packet.site
    rule = site.recognition if site else None
    until = max(asked.packet.planned_on, *(fact.at[:10] for fact in asked.state.opened))
    since = rule.since if rule else ""
    if not since <= body.checked_on <= until:
        return refuse("recognised_day", since=since or "此前", until=until)
    return refuse("recognised_shown") if rule and rule.evidence and not body.evidence else None


def _taking(asked: Asked, body: w.EvidenceTaken) -> Refusal | None:
    refusal = items_known(asked, body.items)
    if refusal:
        return refusal
    barred = any((of.organisation, of.item) in asked.now.restricted for of in body.items)
    return refuse("media_restricted") if barred else None


def _withdrawal(asked: Asked, body: w.EvidenceWithdrawn) -> Refusal | None:
    """A picture is withdrawn by who took it, by a department that relies on it, or by the leader."""
    by = asked.team[asked.by]
    every = (*asked.state.evidence, *asked.state.added)
    found = next((one for one in every if one.taken.entry == body.evidence), None)
    if found is None:
        return refuse("evidence_unknown")
    if found.withdrawn:
        return refuse("already_decided")
    owners = {of.organisation for of in found.taken.body.items}
    own = found.taken.by == by.account or by.role == "leader" or by.organisation in owners
    return None if own else refuse("other_department")


def _deletion(asked: Asked, body: w.EvidenceDeleted) -> Refusal | None:
    """What must not exist is destroyed at once, also after the signatures: its digest stays in what was signed."""
    every = (*asked.state.evidence, *asked.state.added)
    found = next((one for one in every if one.taken.entry == body.evidence), None)
    if found is None:
        return refuse("evidence_unknown")
    if found.deleted:
        return refuse("already_decided")
    site = asked.packet.site
    if site and not among(site.media_bases, body.basis):
        return refuse("bad_request", what=BASIS)
    own = found.taken.by == asked.by or asked.team[asked.by].role == "leader"
    return None if own else refuse("other_department")


def _disposition(asked: Asked, body: w.DispositionGiven) -> Refusal | None:
    packet, block = asked.packet, asked.state.block(body.organisation)
    choices = {choice.code for choice in packet.dispositions}
    if not body.results and not body.case_proposed:
        return refuse("result_required")
    if not choices.issuperset(body.results):
        return refuse("bad_request", what=UNKNOWN_RESULT)
    alone = len(set(body.results)) == 1 and not body.case_proposed
    if _exclude(packet.dispositions, body.results) or (NO_PROBLEM in body.results and not alone):
        return refuse("results_exclude")
    if contradicted(block, body.results):
        return refuse("result_contradicts")
    if body.rectification is None and ORDER in body.results:
        return refuse("order_missing")
    if body.rectification is not None and NO_PROBLEM in body.results:
        return refuse("order_unfounded")
    return begins(asked, body.organisation) or replaces(block.results, body.supersedes)


def _transcript(asked: Asked, body: w.TranscriptTaken) -> Refusal | None:
    refusal = begins(asked, body.organisation)
    if refusal:
        return refusal
    if body.ended < body.began:
        return refuse("bad_request", what=TIMES)
    signed = written(body.strokes) or told(body.refused, 2)
    return None if signed else refuse("transcript_unsigned")


def _restriction(asked: Asked, body: w.MediaRestricted) -> Refusal | None:
    refusal = begins(asked, body.organisation) or items_known(asked, body.items)
    if refusal:
        return refusal
    if any(of.organisation != body.organisation for of in body.items):
        return refuse("other_department")
    site = asked.packet.site
    known = site is None or among(site.media_bases, body.basis)
    return None if known else refuse("bad_request", what=BASIS)


def _suspicion(asked: Asked, body: w.NoncooperationProposed | w.CrimeSuspected) -> Refusal | None:
    """Said also where nobody let the team in: no minimum, no rights told."""
    if not block_of(asked.packet, body.organisation):
        return refuse("other_department")
    site = asked.packet.site
    named = body.circumstances if isinstance(body, w.NoncooperationProposed) else ()
    if site and not among(site.noncooperation, *named):
        return refuse("bad_request", what=CIRCUMSTANCE)
    return pictures_known(asked, body.evidence)


def _finding(asked: Asked, body: w.NoncooperationConfirmed) -> Refusal | None:
    """By the leader, who is another one than who proposed it, unless he is the only officer who is left."""
    state, gone = asked.state, asked.now.gone
    proposal = next((one for one in state.said(w.NoncooperationProposed) if one.entry == body.proposal), None)
    if proposal is None:
        return refuse("changed_meanwhile")
    others = any(one.certified and one.account not in gone | {asked.by} for one in state.team)
    if proposal.by == asked.by and others:
        return refuse("noncooperation_own")
    again = any(fact.body.proposal == body.proposal for fact in state.said(w.NoncooperationConfirmed))
    return refuse("already_decided") if again else None
