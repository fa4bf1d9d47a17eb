"""What stands on site: ended, interrupted, who withdrew, notice, code, supplements. Twin of `progress_site.ts`.

    standing(packet, state) -> Standing      notice_of, code_of      supplements(packet, state)
    valid(packet, facts, record_digest)      closed(packet, state, record_digest)

Where a packet says nothing about the site (`packet.site` is None), the weakest demand holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from sync import words as w
from sync.state import Fact, VisitState

Outcome = Literal["signed", "refused", "absent"]
Notice = Literal["served", "exempted", "missing", "not_required"]
CodeState = Literal["recorded", "missing", "not_required"]
Place = tuple[str, str]
"""An item: its department and its id."""


@dataclass(frozen=True)
class Standing:
    """What many rules ask for. ``ended``: the ending that a second officer confirmed. ``pauses``: not resumed yet.
    ``recused`` neither record nor sign; ``gone`` are these and who was replaced by telephoned consent: they do not
    count. ``restricted``: items where no picture may be taken. ``pictured``: items with a picture that was not
    withdrawn, ``kept`` those whose picture was not destroyed either."""

    ended: Fact[w.EndingProposed] | None
    pauses: tuple[Fact[w.VisitPaused], ...]
    recused: frozenset[str]
    gone: frozenset[str]
    restricted: frozenset[Place]
    pictured: frozenset[Place]
    kept: frozenset[Place]


def standing(state: VisitState) -> Standing:
    """What stands, from the state alone."""
    recused = _recused(state)
    relied = [one for one in state.evidence if not one.withdrawn]
    return Standing(
        ended=_ended(state),
        pauses=_pauses(state),
        recused=recused,
        gone=recused | {fact.body.out for fact in consents(state)},
        restricted=_places(of for fact in state.said(w.MediaRestricted) for of in fact.body.items),
        pictured=_places(of for one in relied for of in one.taken.body.items),
        kept=_places(of for one in relied if not one.deleted for of in one.taken.body.items),
    )


def _places(items: Iterable[w.ItemOf]) -> frozenset[Place]:
    return frozenset((of.organisation, of.item) for of in items)


def proposals(state: VisitState) -> tuple[Fact[w.EndingProposed], ...]:
    """Endings that somebody found and nobody took back, confirmed or not."""
    gone = {fact.body.proposal for fact in state.said(w.EndingWithdrawn)}
    return tuple(fact for fact in state.said(w.EndingProposed) if fact.entry not in gone)


def _ended(state: VisitState) -> Fact[w.EndingProposed] | None:
    """An ending stands once another one than its proposer confirmed it, until a later proposal replaces it or it is
    withdrawn."""
    confirmed: dict[str, set[str]] = {}
    for fact in state.said(w.EndingConfirmed):
        confirmed.setdefault(fact.body.proposal, set()).add(fact.by)
    return next((one for one in proposals(state) if confirmed.get(one.entry, set()) - {one.by}), None)


def _pauses(state: VisitState) -> tuple[Fact[w.VisitPaused], ...]:
    resumed = {fact.body.pause for fact in state.said(w.VisitResumed)}
    return tuple(fact for fact in state.said(w.VisitPaused) if fact.entry not in resumed)


def _recused(state: VisitState) -> frozenset[str]:
    """Who withdraws: declared and not rejected since, or upheld by the head of his department (行政处罚法§43)."""
    upheld, rejected = set(), set()
    for fact in state.said(w.RecusalDecided):
        if fact.body.upheld:
            upheld.add(fact.body.account)
        else:
            rejected.add((fact.body.application, fact.body.account))
    declared = {
        fact.body.account
        for fact in state.said(w.RecusalDeclared)
        if not rejected & {(fact.entry, fact.body.account), (None, fact.body.account)}
    }
    return frozenset(declared | upheld)


def applications(state: VisitState) -> tuple[Fact[w.RecusalDeclared], ...]:
    """What the party asked (当事人申请回避) and nobody decided yet, confirmed or not."""
    decided = {(fact.body.application, fact.body.account) for fact in state.said(w.RecusalDecided)}
    return tuple(
        fact
        for fact in state.said(w.RecusalDeclared)
        if fact.body.applicant == "party"
        and not decided & {(fact.entry, fact.body.account), (None, fact.body.account)}
    )


def seconds(state: VisitState, application: Fact[w.RecusalDeclared]) -> tuple[str, ...]:
    """Who confirmed an application, without who noted it and whom it concerns."""
    return tuple(
        fact.by
        for fact in state.said(w.RecusalConfirmed)
        if fact.body.application == application.entry
        and fact.by not in (application.by, application.body.account)
    )


def confirmers(state: VisitState, application: Fact[w.RecusalDeclared], now: Standing) -> tuple[str, ...]:
    """Who could confirm an application: certified, still counting, neither who noted it nor whom it concerns."""
    return tuple(
        one.account
        for one in state.team
        if one.certified
        and one.account not in now.gone
        and one.account not in (application.by, application.body.account)
    )


def unconfirmed(state: VisitState, now: Standing) -> tuple[Fact[w.RecusalDeclared], ...]:
    """Applications that wait for a second officer: about whom is still of the team. Where nobody is left who could
    confirm, nobody is waited for."""
    team = {one.account for one in state.team}
    return tuple(
        one
        for one in applications(state)
        if one.body.account in team and not seconds(state, one) and confirmers(state, one, now)
    )


def consents(state: VisitState) -> tuple[Fact[w.ConsentRecorded], ...]:
    """Telephoned consents that the responsible leader did not refuse afterwards."""
    refused = {fact.body.consent for fact in state.said(w.ConsentDecided) if not fact.body.confirmed}
    return tuple(fact for fact in state.said(w.ConsentRecorded) if fact.entry not in refused)


def off_site(packet: w.Packet) -> bool:
    """A check of documents or by network: nobody goes there, so no certificate is shown at a door."""
    return packet.site is not None and packet.site.method != "ON_SITE"


def officers(packet: w.Packet, state: VisitState, organisation: str, now: Standing) -> tuple[str, ...]:
    """Certified officers of a department who count, by account: on site those who showed their certificates."""
    anyway = off_site(packet)
    return tuple(
        member.account
        for member in state.team
        if member.organisation == organisation
        and member.certified
        and (anyway or member.account in state.shown)
        and member.account not in now.gone
    )


def pictures(state: VisitState) -> frozenset[str]:
    """Entries of all pictures that something may rest on: neither withdrawn nor destroyed."""
    every = (*state.evidence, *state.added)
    return frozenset(one.taken.entry for one in every if not one.withdrawn and not one.deleted)


def notice_of(packet: w.Packet, state: VisitState) -> Notice:
    """Whether the party was told beforehand (行政检查通知书). A notice that was not accepted is served."""
    if state.said(w.NoticeServed):
        return "served"
    if state.said(w.NoticeExempted):
        return "exempted"
    return "missing" if packet.site and packet.site.notice.required else "not_required"


def code_of(packet: w.Packet, state: VisitState) -> CodeState:
    """Whether the place's official code was recorded; ``missing`` also where it was said that there is none yet."""
    said = state.said(w.CodeRecorded)
    if any(fact.body.how != "missing" for fact in said):
        return "recorded"
    required = packet.site is not None and packet.site.official_code.required
    return "missing" if said or required else "not_required"


Signed = w.SignatureGiven | w.SignatureRefused | w.SignatureAbsent | w.PaperSigned | w.RecordRead
S = TypeVar("S", bound=Signed)


def valid(packet: w.Packet, facts: Sequence[Fact[S]], record_digest: str) -> list[Fact[S]]:
    """Those that are about the present record, in the present template."""
    return [
        fact
        for fact in facts
        if fact.body.record_digest == record_digest and fact.body.template == packet.template
    ]


def closed(packet: w.Packet, state: VisitState, record_digest: str) -> bool:
    """Whether somebody signed the present record, here or on paper: what is signed never changes."""
    papers = valid(packet, state.said(w.PaperSigned), record_digest)
    return bool(papers or valid(packet, state.signatures, record_digest))


@dataclass(frozen=True)
class Supplement:
    """A supplement and who signed it. ``done``: its department's minimum of officers, and the party's outcome."""

    entry: str
    number: int
    organisation: str
    signed_by: tuple[str, ...]
    party: Outcome | None
    done: bool


def supplements(packet: w.Packet, state: VisitState) -> tuple[Supplement, ...]:
    """The visit's supplements (补充记录) by number."""
    signed: dict[str, list[w.SupplementSigned]] = {}
    for fact in state.said(w.SupplementSigned):
        signed.setdefault(fact.body.supplement, []).append(fact.body)
    found = []
    for given in state.said(w.SupplementGiven):
        said = signed.get(given.entry, [])
        pens = {one.signer or "" for one in said if one.role == "inspector" and one.outcome == "signed"}
        party: Outcome | None = None
        for outcome in ("absent", "refused", "signed"):
            if any(one.role == "party" and one.outcome == outcome for one in said):
                party = outcome
        found.append(
            Supplement(
                entry=given.entry,
                number=given.body.number,
                organisation=given.body.organisation,
                signed_by=tuple(sorted(pens)),
                party=party,
                done=len(pens) >= packet.minimum_officers and (party is not None or off_site(packet)),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.number, one.entry)))
