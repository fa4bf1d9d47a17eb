"""The rules before the visit and at the door, and what all rules ask for. Twin of `check_site.ts`; see `check`.

arriving(asked, body) -> Refusal | None      what is said before the visit, at the door, and about its course
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync import words as w
from sync.progress import block_of, item_of
from sync.progress_site import Standing, applications, off_site, officers, pictures, proposals, seconds
from sync.state import Fact, VisitState
from sync.words import Refusal, refuse

LEAST_POINTS = 8
"""A signature with fewer points is a slip of the finger."""

BLANKS = " \t\r\n\u3000"
"""What both ends strip, and nothing else: languages differ about the rest."""

CHANNEL = "送达方式不在选项内"
GROUND = "回避情形不在选项内"
CIRCUMSTANCE = "不予配合的情形不在选项内"


@dataclass(frozen=True)
class Asked:
    """Who asks, about which record (its digest), in which state; ``team`` is by account."""

    packet: w.Packet
    state: VisitState
    by: str
    record: str
    team: Mapping[str, w.TeamMember]
    now: Standing


def replaces(heads: Iterable[Fact[w.Body]], supersedes: Sequence[str]) -> Refusal | None:
    """Who replaces has seen what he replaces: every head is superseded, or somebody was quicker."""
    return None if all(head.entry in supersedes for head in heads) else refuse("changed_meanwhile")


def begins(asked: Asked, organisation: str) -> Refusal | None:
    """A department begins with its minimum of certified officers (行政处罚法§42) and rights told (§44, §45)."""
    packet, state = asked.packet, asked.state
    if not block_of(packet, organisation):
        return refuse("other_department")
    have = len(officers(packet, state, organisation, asked.now))
    if have < packet.minimum_officers:
        return refuse("too_few_officers", have=have, need=packet.minimum_officers)
    return None if state.rights or off_site(packet) else refuse("rights_not_told")


def items_known(asked: Asked, items: Iterable[w.ItemOf]) -> Refusal | None:
    """Every item stands in the packet."""
    items = tuple(items)
    if not items:
        return None
    known = {(block.organisation, item.item) for block in asked.packet.blocks for item in block.items}
    return None if all((of.organisation, of.item) in known for of in items) else refuse("item_unknown")


def pictures_known(asked: Asked, evidence: Sequence[str]) -> Refusal | None:
    """Every picture is there, neither withdrawn nor destroyed."""
    if not evidence:
        return None
    return None if pictures(asked.state).issuperset(evidence) else refuse("evidence_unknown")


def written(strokes: Iterable[Sequence[int]]) -> bool:
    """Whether strokes are more than a slip of the finger, and whole points."""
    strokes = tuple(strokes)
    points = sum(len(stroke) // 2 for stroke in strokes)
    return points >= LEAST_POINTS and not any(len(stroke) % 2 for stroke in strokes)


def told(text: str, least: int = 1) -> bool:
    """Whether a text says something: signs without blanks around them."""
    return len(text.strip(BLANKS)) >= least


def among(choices: Iterable[w.Ruled], *codes: str) -> bool:
    """Whether every code is one of these options."""
    return {choice.code for choice in choices}.issuperset(codes)


def arriving(asked: Asked, body: w.Body) -> Refusal | None:
    """What is said before the visit, at the door, and about its course."""
    state = asked.state
    match body:
        case w.VisitScheduled():
            return replaces(state.said(w.VisitScheduled), body.supersedes)
        case w.NoticeServed():
            return _notice(asked, body)
        case w.NoticeExempted():
            return _exemption(asked, body)
        case w.ItemVerified():
            return _verification(asked, body)
        case w.ItemContradicted():
            return _contradiction(asked, body)
        case w.IdentityShown():
            return _identity(asked, body)
        case w.RightsTold():
            return None if state.shown or off_site(asked.packet) else refuse("identity_not_shown")
        case w.PartyMet():
            return replaces(state.party.heads, body.supersedes)
        case w.CodeRecorded():
            return _code(asked, body)
        case w.TargetObserved():
            return _observation(asked, body)
        case w.ReturnPlanned():
            return _return(asked, body)
        case w.EndingProposed():
            return _ending(asked, body)
        case w.EndingConfirmed():
            return _confirmation(asked, body)
        case w.EndingWithdrawn():
            return _taking_back(asked, body)
        case w.RecusalDeclared():
            return _recusal(asked, body)
        case w.RecusalConfirmed():
            return _second(asked, body)
        case w.ConsentRecorded():
            return _consent(asked, body)
        case w.VisitPaused():
            return refuse("already_decided") if asked.now.pauses else None
        case w.VisitResumed():
            standing = {fact.entry for fact in asked.now.pauses}
            return None if body.pause in standing else refuse("not_paused")
        case w.AuthorityShown():
            return pictures_known(asked, body.evidence)
    return refuse("kind_unknown")


def _notice(asked: Asked, body: w.NoticeServed) -> Refusal | None:
    site = asked.packet.site
    if site and not among(site.notice.channels, body.channel):
        return refuse("bad_request", what=CHANNEL)
    if body.outcome == "signed" and not written(body.strokes):
        return refuse("signature_empty")
    if body.outcome != "signed" and not told(body.reason, 2):
        return refuse("notice_reason")
    return replaces(asked.state.said(w.NoticeServed), body.supersedes)


def _exemption(asked: Asked, body: w.NoticeExempted) -> Refusal | None:
    site = asked.packet.site
    if site and not among(site.notice.exemptions, body.reason):
        return refuse("exemption_unknown")
    return refuse("already_decided") if asked.state.said(w.NoticeExempted) else None


def _verification(asked: Asked, body: w.ItemVerified) -> Refusal | None:
    """A network check needs nobody at the door; what was answered is not verified any more."""
    if not item_of(asked.packet, body.organisation, body.item):
        return refuse("item_unknown")
    heads = asked.state.item(body.organisation, body.item).heads
    if any(isinstance(fact.body, w.AnswerGiven) for fact in heads):
        return refuse("already_decided")
    return replaces(heads, body.supersedes)


def _contradiction(asked: Asked, body: w.ItemContradicted) -> Refusal | None:
    """Of what a network check found, before or after it was called verified; what was answered since, or taken over
    from another department, says in its own words what is so."""
    if not item_of(asked.packet, body.organisation, body.item):
        return refuse("item_unknown")
    heads = asked.state.item(body.organisation, body.item).heads
    if any(isinstance(fact.body, w.AnswerGiven | w.ResultRecognised) for fact in heads):
        return refuse("already_decided")
    if not told(body.met) or body.met.strip(BLANKS) == body.stated.strip(BLANKS):
        return refuse("observed_same")
    return replaces(heads, body.supersedes)


def _identity(asked: Asked, body: w.IdentityShown) -> Refusal | None:
    members = [asked.team.get(account) for account in body.inspectors]
    if None in members:
        return refuse("not_member")
    if asked.now.recused.intersection(body.inspectors):
        return refuse("recused")
    return None if all(member and member.certified for member in members) else refuse("not_certified")


def _code(asked: Asked, body: w.CodeRecorded) -> Refusal | None:
    said = {"scanned": body.number, "typed": body.number, "missing": body.reason}.get(body.how)
    if said is not None and not told(said):
        return refuse("code_empty")
    if body.how == "photographed" and not body.evidence:
        return refuse("code_empty")
    unknown = pictures_known(asked, body.evidence)
    return unknown or replaces(asked.state.said(w.CodeRecorded), body.supersedes)


def _observation(asked: Asked, body: w.TargetObserved) -> Refusal | None:
    """Against what the packet says is registered, once for each field: who corrects it has seen what he replaces."""
    if body.registry != getattr(asked.packet.target, body.field):
        return refuse("order_changed")
    if body.seen.strip(BLANKS) in ("", body.registry):
        return refuse("observed_same")
    same = [fact for fact in asked.state.said(w.TargetObserved) if fact.body.field == body.field]
    return pictures_known(asked, body.evidence) or replaces(same, body.supersedes)


LASTING = frozenset({"moved", "deregistered", "revoked", "annulled"})
"""Endings that another day does not change: nobody comes again for them."""


def _return(asked: Asked, body: w.ReturnPlanned) -> Refusal | None:
    """The team comes again after the day of the visit: the planned one, or that of the arrival where it is later. Days
    are compared as they are written."""
    site = asked.packet.site
    rule = next((one for one in site.endings if one.ending == body.ending), None) if site else None
    if site and rule is None:
        return refuse("ending_unknown")
    if body.ending in LASTING:
        return refuse("return_pointless", label=rule.label[:40] if rule else body.ending)
    day = max([asked.packet.planned_on, *(fact.at[:10] for fact in asked.state.opened)])
    if body.on <= day:
        return refuse("return_day", day=day)
    return pictures_known(asked, body.evidence)


def _ending(asked: Asked, body: w.EndingProposed) -> Refusal | None:
    """What the packet's rule asks for; which of the five circumstances an entry that was refused is."""
    site = asked.packet.site
    if site:
        rule = next((one for one in site.endings if one.ending == body.ending), None)
        if rule is None:
            return refuse("ending_unknown")
        refused = body.ending == "entry_refused" and bool(site.noncooperation)
        if not among(site.noncooperation, *body.noncooperation):
            return refuse("bad_request", what=CIRCUMSTANCE)
        lacking = _lacking(rule, body) + (["不予配合的情形"] if refused and not body.noncooperation else [])
        if lacking:
            return refuse("ending_incomplete", label=rule.label[:40], what="、".join(lacking))
    unknown = pictures_known(asked, body.evidence)
    return unknown or replaces(asked.state.said(w.EndingProposed), body.supersedes)


def _lacking(rule: w.EndingRule, body: w.EndingProposed) -> list[str]:
    photos, calls = len(set(body.evidence)), len(body.attempts)
    found = ["定位"] if rule.place and body.place is None else []
    if photos < rule.photos:
        found.append(f"照片 {rule.photos - photos} 张")
    if calls < rule.attempts:
        found.append(f"电话联系 {rule.attempts - calls} 次")
    if rule.witness and not told(body.witness):
        found.append("见证人")
    return found


def _confirmation(asked: Asked, body: w.EndingConfirmed) -> Refusal | None:
    """A second officer, of whatever department (复核)."""
    state = asked.state
    proposal = next((one for one in proposals(state) if one.entry == body.proposal), None)
    if proposal is None:
        return refuse("changed_meanwhile")
    if proposal.by == asked.by:
        return refuse("ending_same_person")
    again = any(
        fact.body.proposal == body.proposal and fact.by != proposal.by
        for fact in state.said(w.EndingConfirmed)
    )
    return refuse("already_decided") if again else None


def _taking_back(asked: Asked, body: w.EndingWithdrawn) -> Refusal | None:
    """By one of the two who found it, or the leader."""
    state = asked.state
    proposal = next((one for one in proposals(state) if one.entry == body.proposal), None)
    if proposal is None:
        return refuse("changed_meanwhile")
    found = {fact.by for fact in state.said(w.EndingConfirmed) if fact.body.proposal == body.proposal}
    own = asked.by in found | {proposal.by} or asked.team[asked.by].role == "leader"
    return None if own else refuse("ending_not_yours")


def _recusal(asked: Asked, body: w.RecusalDeclared) -> Refusal | None:
    """An officer withdraws by his own word; what the party asks is recorded by another officer than whom it concerns:
    nobody silences a colleague under that colleague's name."""
    site = asked.packet.site
    if body.account not in asked.team:
        return refuse("not_member")
    if (body.applicant == "officer") != (body.account == asked.by):
        return refuse("recusal_own")
    if site and not among(site.recusal_grounds, body.ground):
        return refuse("bad_request", what=GROUND)
    return refuse("already_decided") if body.account in asked.now.recused else None


def _second(asked: Asked, body: w.RecusalConfirmed) -> Refusal | None:
    """A second officer, of whatever department, about what the party asked and nobody decided yet."""
    application = next((one for one in applications(asked.state) if one.entry == body.application), None)
    if application is None:
        return refuse("changed_meanwhile")
    if asked.by in (application.by, application.body.account):
        return refuse("recusal_same_person")
    return refuse("already_decided") if seconds(asked.state, application) else None


def _consent(asked: Asked, body: w.ConsentRecorded) -> Refusal | None:
    """Who stands in is on the packet's list and of the department of whom he replaces (S2-14f)."""
    site, out = asked.packet.site, asked.team.get(body.out)
    if out is None:
        return refuse("not_member")
    if body.member.account in asked.team:
        return refuse("already_decided")
    listed = site is None or any(_same(one, body.member) for one in site.substitutes)
    same = out.organisation == body.member.organisation
    return None if listed and same else refuse("consent_unfit")


def _same(listed: w.TeamMember, named: w.TeamMember) -> bool:
    return listed.model_copy(update={"role": named.role}) == named
