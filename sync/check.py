"""The rules of the visit: what may be recorded now. Twin of `check.ts`; both run `vectors/check.json`.

    check(packet: Packet, state: VisitState, draft: Draft) -> Refusal | None
    Draft(kind, body, by, record_digest)      record_digest = digest("record/1", record_of(packet, state)), always

The device asks before it records; the server never refuses what a device recorded: it keeps it and shows what does
not fit. Every number and choice is the packet's. What `check` lets through has its effect in `fold`. Refusals and
their sentences are in `words.REFUSALS`; PROTOCOL.md, "The visit", gives the rules in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync import words as w
from sync.fold import authority, body_of
from sync.progress import (
    NO_PROBLEM,
    block_of,
    content_missing,
    contradicted,
    item_of,
    officers,
    party_outcome,
    pictured,
    progress,
    valid,
)
from sync.state import Fact, RawBody, VisitState
from sync.words import Refusal, refuse

LEAST_POINTS = 8
"""A signature with fewer points is a slip of the finger."""

CONTENT = frozenset(
    {
        *("identity.shown", "rights.told", "party.met", "item.reopened", "answer.given"),
        *("evidence.taken", "evidence.withdrawn", "disposition.given", "block.waived"),
        *("item.verified", "result.recognised", "notice.served", "notice.exempted", "ending.proposed"),
        *("ending.confirmed", "recusal.declared", "consent.recorded", "visit.paused", "visit.resumed"),
        *("authority.shown", "part.signed", "act.recorded", "transcript.taken", "media.restricted"),
        *("noncooperation.proposed", "noncooperation.confirmed", "expert.concluded"),
    }
)
"""Kinds that change the record: once somebody signed the present one, they are refused."""

INCOMPLETE = "有必填项没有填写，或内容过长"
UNKNOWN_RESULT = "检查结果不在本次检查的选项内"
WRONG_SIGNER = "签字人与签字栏不符"


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
    team = {member.account: member for member in state.team}
    code = authority(body, draft.by, team)
    if code:
        return refuse(code)
    if state.finished:
        return refuse("visit_finished")
    if isinstance(body, w.VisitOpened):
        return refuse("already_decided") if state.opened else None
    if not state.opened:
        return refuse("visit_not_opened")
    if draft.kind in CONTENT and valid(packet, state.signatures, draft.record_digest):
        return refuse("record_signed")
    return _rule(packet, state, draft, body, team)


def _rule(
    packet: w.Packet, state: VisitState, draft: Draft, body: w.Body, team: Mapping[str, w.TeamMember]
) -> Refusal | None:
    match body:
        case w.IdentityShown():
            return _identity(body, team)
        case w.RightsTold():
            return None if state.shown else refuse("identity_not_shown")
        case w.PartyMet():
            return _replaces(state.party.heads, body.supersedes)
        case w.ItemReopened():
            return _reopening(packet, state, body)
        case w.AnswerGiven():
            return _answer(packet, state, body)
        case w.EvidenceTaken():
            known = {(block.organisation, item.item) for block in packet.blocks for item in block.items}
            strange = any((of.organisation, of.item) not in known for of in body.items)
            return refuse("item_unknown") if strange else None
        case w.EvidenceWithdrawn():
            return _withdrawal(state, body, team[draft.by])
        case w.DispositionGiven():
            return _disposition(packet, state, body)
        case w.BlockWaived():
            if not block_of(packet, body.organisation):
                return refuse("other_department")
            return _replaces(state.block(body.organisation).results, body.supersedes)
        case w.SignatureGiven() | w.SignatureRefused() | w.SignatureAbsent():
            return _signing(packet, state, body, draft.record_digest)
        case w.VisitFinished():
            return _finishing(packet, state, body, draft.record_digest)
    return refuse("kind_unknown")


def _identity(body: w.IdentityShown, team: Mapping[str, w.TeamMember]) -> Refusal | None:
    members = [team.get(account) for account in body.inspectors]
    if None in members:
        return refuse("not_member")
    return None if all(member and member.certified for member in members) else refuse("not_certified")


def _replaces(heads: Iterable[Fact[w.Body]], supersedes: Sequence[str]) -> Refusal | None:
    """Who replaces has seen what he replaces: every head is superseded, or somebody was quicker."""
    return None if all(head.entry in supersedes for head in heads) else refuse("changed_meanwhile")


def _may_begin(packet: w.Packet, state: VisitState, organisation: str) -> Refusal | None:
    """A department begins with its minimum of certified officers (行政处罚法§42) and rights told (§44, §45)."""
    if not block_of(packet, organisation):
        return refuse("other_department")
    have = len(officers(state, organisation))
    if have < packet.minimum_officers:
        return refuse("too_few_officers", have=have, need=packet.minimum_officers)
    return None if state.rights else refuse("rights_not_told")


def _reopening(packet: w.Packet, state: VisitState, body: w.ItemReopened) -> Refusal | None:
    if not item_of(packet, body.organisation, body.item):
        return refuse("item_unknown")
    heads = state.item(body.organisation, body.item).heads
    verified = [fact for fact in heads if isinstance(fact.body, w.ItemVerified)]
    if not verified:
        return refuse("item_not_verified")
    return _may_begin(packet, state, body.organisation) or _replaces(verified, body.supersedes)


def _answer(packet: w.Packet, state: VisitState, body: w.AnswerGiven) -> Refusal | None:
    if not item_of(packet, body.organisation, body.item):
        return refuse("item_unknown")
    heads = state.item(body.organisation, body.item).heads
    refusal = _may_begin(packet, state, body.organisation)
    if refusal:
        return refusal
    if any(isinstance(fact.body, w.ItemVerified) for fact in heads):
        return refuse("item_verified")
    return _findings(packet, body) or _photo(packet, state, body) or _replaces(heads, body.supersedes)


def _findings(packet: w.Packet, body: w.AnswerGiven) -> Refusal | None:
    choices = {choice.code: choice for choice in packet.findings}
    if body.answer == "nonconform" and not body.findings:
        return refuse("finding_required")
    if not all(code in choices for code in body.findings):
        return refuse("finding_unknown")
    groups = {choices[code].group for code in body.findings}
    against = "normal" if body.answer == "nonconform" else "problem"
    if against in groups or _exclude(packet.findings, body.findings):
        return refuse("findings_exclude")
    return None


def _exclude(choices: Iterable[w.Choice], codes: Sequence[str]) -> bool:
    return any(
        choice.code in codes and other in codes and other != choice.code
        for choice in choices
        for other in choice.excludes
    )


def _photo(packet: w.Packet, state: VisitState, body: w.AnswerGiven) -> Refusal | None:
    item = item_of(packet, body.organisation, body.item)
    if body.answer != "nonconform" or not item or not item.photo_required:
        return None
    return None if pictured(state, body.organisation, body.item) else refuse("photo_required")


def _withdrawal(state: VisitState, body: w.EvidenceWithdrawn, by: w.TeamMember) -> Refusal | None:
    """A picture is withdrawn by who took it, by a department that relies on it, or by the leader."""
    found = next((one for one in state.evidence if one.taken.entry == body.evidence), None)
    if found is None:
        return refuse("evidence_unknown")
    if found.withdrawn:
        return refuse("already_decided")
    owners = {of.organisation for of in found.taken.body.items}
    own = found.taken.by == by.account or by.role == "leader" or by.organisation in owners
    return None if own else refuse("other_department")


def _disposition(packet: w.Packet, state: VisitState, body: w.DispositionGiven) -> Refusal | None:
    choices = {choice.code for choice in packet.dispositions}
    if not body.results and not body.case_proposed:
        return refuse("result_required")
    if not choices.issuperset(body.results):
        return refuse("bad_request", what=UNKNOWN_RESULT)
    alone = len(set(body.results)) == 1 and not body.case_proposed
    if _exclude(packet.dispositions, body.results) or (NO_PROBLEM in body.results and not alone):
        return refuse("results_exclude")
    if contradicted(state.block(body.organisation), body.results):
        return refuse("result_contradicts")
    begins = _may_begin(packet, state, body.organisation)
    return begins or _replaces(state.block(body.organisation).results, body.supersedes)


def _signing(
    packet: w.Packet,
    state: VisitState,
    body: w.SignatureGiven | w.SignatureRefused | w.SignatureAbsent,
    record_digest: str,
) -> Refusal | None:
    """The first signature closes the record for all, so the whole record has to be ready, not one block."""
    if isinstance(body, w.SignatureGiven):
        refusal = _signer(packet, body)
        if refusal:
            return refusal
    missing = content_missing(packet, state)
    if missing:
        return missing[0]
    if body.record_digest != record_digest or body.template != packet.template:
        return refuse("record_changed")
    if isinstance(body, w.SignatureGiven):
        if any(len(stroke) % 2 for stroke in body.strokes) or _points(body.strokes) < LEAST_POINTS:
            return refuse("signature_empty")
        if body.role == "inspector":
            again = any(
                fact.body.role == "inspector" and fact.body.signer == body.signer
                for fact in valid(packet, state.signatures, record_digest)
            )
            return refuse("already_decided") if again else None
        if body.role == "witness":
            return None
    reasons = {choice.code for choice in packet.refusal_reasons}
    if isinstance(body, w.SignatureRefused) and body.reason not in reasons:
        return refuse("refusal_reason_required")
    return refuse("already_decided") if party_outcome(packet, state, record_digest) else None


def _signer(packet: w.Packet, body: w.SignatureGiven) -> Refusal | None:
    """An officer signs in his department's block; party and witness have neither account nor department."""
    if body.role == "inspector":
        if not block_of(packet, body.organisation or ""):
            return refuse("other_department")
        return refuse("bad_request", what=WRONG_SIGNER) if body.assurance == "none" else None
    named = body.signer is not None or body.organisation is not None or body.assurance != "none"
    return refuse("bad_request", what=WRONG_SIGNER) if named else None


def _points(strokes: Iterable[Sequence[int]]) -> int:
    return sum(len(stroke) // 2 for stroke in strokes)


def _finishing(
    packet: w.Packet, state: VisitState, body: w.VisitFinished, record_digest: str
) -> Refusal | None:
    missing = content_missing(packet, state)
    if missing:
        return missing[0]
    if body.record_digest != record_digest or body.template != packet.template:
        return refuse("record_changed")
    return next(iter(progress(packet, state, record_digest).missing), None)
