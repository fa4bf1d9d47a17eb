"""The rules of leaving: reading, signing, finishing, and what comes after. Twin of `check_leave.ts`; see `check`.

leaving(asked, body) -> Refusal | None
"""

from __future__ import annotations

from collections.abc import Sequence

from sync import words as w
from sync.check_site import Asked, items_known, pictures_known, replaces, told, written
from sync.form_number import fits
from sync.progress import block_of, content_missing, party_outcome, progress, signers
from sync.progress_site import closed, off_site, pictures, supplements, valid
from sync.words import Refusal, refuse

WRONG_SIGNER = "签字人与签字栏不符"
UNSIGNED, NO_SEAL = "没有签字", "未盖章"


def leaving(asked: Asked, body: w.Body) -> Refusal | None:
    """What is said about the record, its signatures, the end, and afterwards."""
    match body:
        case w.RecordRead() | w.CopyGiven():
            return _about(asked, body)
        case w.PartSigned():
            return _part(asked, body)
        case w.SignatureGiven() | w.SignatureRefused() | w.SignatureAbsent():
            return _signing(asked, body)
        case w.PaperSigned():
            return _paper(asked, body)
        case w.VisitFinished():
            return _finishing(asked, body)
        case w.SupplementGiven():
            return _supplement(asked, body)
        case w.SupplementSigned():
            return _supplement_pen(asked, body)
        case w.SealRecorded():
            return _seal(asked, body)
    return refuse("kind_unknown")


Signs = (
    w.SignatureGiven
    | w.SignatureRefused
    | w.SignatureAbsent
    | w.PaperSigned
    | w.PartSigned
    | w.RecordRead
    | w.CopyGiven
    | w.VisitFinished
)


def _present(asked: Asked, body: Signs) -> Refusal | None:
    """It names the record as it stands, in the packet's template."""
    same = body.record_digest == asked.record and body.template == asked.packet.template
    return None if same else refuse("record_changed")


def _settled(asked: Asked) -> bool:
    """Whether somebody signed, so that what follows comes after the signatures."""
    return bool(asked.state.finished) or closed(asked.packet, asked.state, asked.record)


def _about(asked: Asked, body: w.RecordRead | w.CopyGiven) -> Refusal | None:
    if isinstance(body, w.CopyGiven) and not _settled(asked):
        return refuse("unsigned")
    return _present(asked, body)


def _part(asked: Asked, body: w.PartSigned) -> Refusal | None:
    """The party signs what there is, before it leaves (中途签字): nothing needs to be complete."""
    refusal = items_known(asked, body.items) or _present(asked, body)
    return refusal or (None if written(body.strokes) else refuse("signature_empty"))


def _ready(asked: Asked) -> Refusal | None:
    """The first signature closes the record for all, so the whole record has to be ready, not one block; and it
    is made from the packet that belongs to the order."""
    packet, order = asked.packet, asked.state.order.one
    missing = content_missing(packet, asked.state, asked.record)
    if missing:
        return missing[0]
    ordered = order and {one.account for one in order.body.team}
    if order and (
        ordered != {one.account for one in packet.team} or order.body.planned_on != packet.planned_on
    ):
        return refuse("order_changed")
    return None


def _signing(asked: Asked, body: w.SignatureGiven | w.SignatureRefused | w.SignatureAbsent) -> Refusal | None:
    packet, state = asked.packet, asked.state
    wrong = _signer(asked, body) if isinstance(body, w.SignatureGiven) else None
    refusal = wrong or _ready(asked) or _present(asked, body)
    if refusal:
        return refusal
    if isinstance(body, w.SignatureGiven):
        if not written(body.strokes):
            return refuse("signature_empty")
        if body.role == "inspector":
            signed = signers(packet, state, body.organisation or "", asked.record)
            return refuse("already_decided") if body.signer in signed else None
        if body.role == "witness":
            return None
        read = valid(packet, state.said(w.RecordRead), asked.record)
        if packet.site and not read and not off_site(packet):
            return refuse("record_unread")
    reasons = {choice.code for choice in packet.refusal_reasons}
    if isinstance(body, w.SignatureRefused) and body.reason not in reasons:
        return refuse("refusal_reason_required")
    return refuse("already_decided") if party_outcome(packet, state, asked.record) else None


def _signer(asked: Asked, body: w.SignatureGiven | w.SupplementSigned) -> Refusal | None:
    """An officer signs in his department's block; party and witness have neither account nor department."""
    if body.role == "inspector":
        if body.signer in asked.now.recused:
            return refuse("recused")
        if not block_of(asked.packet, body.organisation or ""):
            return refuse("other_department")
        return refuse("bad_request", what=WRONG_SIGNER) if body.assurance == "none" else None
    named = body.signer is not None or body.organisation is not None or body.assurance != "none"
    return refuse("bad_request", what=WRONG_SIGNER) if named else None


def _paper(asked: Asked, body: w.PaperSigned) -> Refusal | None:
    refusal = _ready(asked) or _present(asked, body)
    if refusal:
        return refusal
    if not pictures(asked.state).issuperset(body.pages):
        return refuse("paper_pages")
    if body.number and not fits(body.number):
        return refuse("form_number", number=body.number)
    return _hands(asked, body.signers) or _reason(body.party != "signed", body.reason, UNSIGNED)


def _hands(asked: Asked, accounts: Sequence[str]) -> Refusal | None:
    """Who signed by hand as an officer is one, and has not withdrawn."""
    members = [asked.team.get(account) for account in accounts]
    if None in members:
        return refuse("not_member")
    if asked.now.recused.intersection(accounts):
        return refuse("recused")
    return None if all(one and one.certified for one in members) else refuse("not_certified")


def _reason(needed: bool, reason: str, what: str) -> Refusal | None:
    return refuse("reason_missing", what=what) if needed and not told(reason, 2) else None


def _finishing(asked: Asked, body: w.VisitFinished) -> Refusal | None:
    refusal = _ready(asked) or _present(asked, body)
    return refusal or next(iter(progress(asked.packet, asked.state, asked.record).missing), None)


def _supplement(asked: Asked, body: w.SupplementGiven) -> Refusal | None:
    """What was signed stays; what is to be added stands by itself, by number, with signatures of its own."""
    if not _settled(asked):
        return refuse("supplement_early")
    if not block_of(asked.packet, body.organisation):
        return refuse("other_department")
    following = max((one.body.number for one in asked.state.said(w.SupplementGiven)), default=0) + 1
    if body.number != following:
        return refuse("supplement_number", number=following)
    return pictures_known(asked, body.evidence)


def _supplement_pen(asked: Asked, body: w.SupplementSigned) -> Refusal | None:
    found = next(
        (one for one in supplements(asked.packet, asked.state) if one.entry == body.supplement), None
    )
    if found is None:
        return refuse("changed_meanwhile")
    refusal = _signer(asked, body)
    if refusal:
        return refusal
    officer = body.role == "inspector"
    if officer and body.organisation != found.organisation:
        return refuse("other_department")
    if body.role != "party" and body.outcome != "signed":
        return refuse("bad_request", what=WRONG_SIGNER)
    if body.outcome == "signed" and not written(body.strokes):
        return refuse("signature_empty")
    again = body.signer in found.signed_by if officer else body.role == "party" and found.party is not None
    if again:
        return refuse("already_decided")
    return _reason(body.outcome != "signed", body.reason, UNSIGNED)


def _seal(asked: Asked, body: w.SealRecorded) -> Refusal | None:
    """A seal by photograph, or why there is none; each (whose, department) has one that stands."""
    if not _settled(asked):
        return refuse("unsigned")
    if body.sealed and not body.evidence:
        return refuse("evidence_unknown")
    refusal = pictures_known(asked, body.evidence) or _reason(not body.sealed, body.reason, NO_SEAL)
    said = asked.state.said(w.SealRecorded)
    same = [one for one in said if (one.body.whose, one.body.organisation) == (body.whose, body.organisation)]
    return refusal or replaces(same, body.supersedes)
