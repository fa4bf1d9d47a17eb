"""What the server makes of what a tablet sends. Nothing valid is refused; what cannot count yet is held, visible.

A signature covers its entry and, by ``prev``, everything before it on the same device. A broken one occupies no
place. Two valid entries at one place mean that the tablet's chain forked: both are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sync import chain
from sync.canon import JSON, H, NotCanonical, canonical
from sync.fold import ADMISSIBLE, body_of
from sync.state import Told, VisitState
from sync.words import (
    BODIES,
    NO_PREV,
    Body,
    DeviceEnrolled,
    DevicePersonJoined,
    Entry,
    EntryAdmitted,
    EntrySetAside,
    ItemContradicted,
    ItemVerified,
    Packet,
    ReceiptStatus,
    Refusal,
    refuse,
)

PUSH_ENTRIES, PUSH_BYTES = 500, 1_000_000
"""The largest push."""
PAGE_ENTRIES, PAGE_BYTES = 2_000, 4_000_000
"""The most entries in one answer, and the most bytes of their bodies, unless the first alone is longer: an answer that
is too long for a bad line would begin anew for ever."""
PACKETS_AT_ONCE = 300
BLOB_BYTES = 8_000_000
RECORDING_BYTES = 64_000_000
PIXELS = 40_000_000
"""The largest picture that is decoded."""


WITHOUT_EFFECT = frozenset({"kind_unknown", "body_invalid", "visit_unknown"})
"""Held for what is missing in them: no decision can give these an effect. A gap before them can be decided on: what it
lacks may never come."""


@dataclass(frozen=True)
class FieldPolicy:
    """How long a tablet may work before it must show itself (``lease``), a session and a challenge last."""

    lease: timedelta = timedelta(days=7)
    session: timedelta = timedelta(hours=12)
    nonce: timedelta = timedelta(minutes=2)


POLICY = FieldPolicy()


# --- enrolment (终端登记) -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InviteFacts:
    """The invitation behind a code, and who is to use the tablet."""

    account: str
    organisation: str
    expires_at: datetime
    used: bool
    active: bool
    inspector: bool


@dataclass(frozen=True)
class EnrolRequest:
    """``proof``: the tablet's signature over H("enrol/1", UTF-8 of the code)."""

    code: str
    public_key: str
    label: str
    proof: str


def enrol(
    asked: EnrolRequest,
    invite: InviteFacts | None,
    device_status: str | None,
    nonces: Sequence[str],
    now: datetime,
) -> list[Body] | Refusal:
    """What follows from a scanned code: a new tablet and its person, or one person more on a known tablet.

    ``device_status`` is None for a key that was never enrolled; ``nonces``: two fresh ones for the bodies.
    """
    if invite is None or invite.used:
        return refuse("invite_invalid")
    if now >= invite.expires_at:
        return refuse("invite_expired")
    if not invite.active:
        return refuse("account_disabled")
    if not invite.inspector:
        return refuse("not_allowed")
    if not chain.signature_holds(asked.public_key, H("enrol/1", asked.code.encode()).hex(), asked.proof):
        return refuse("invite_invalid")
    if device_status in ("revoked", "forked"):
        return refuse("device_revoked" if device_status == "revoked" else "chain_forked")
    device = chain.thumbprint(asked.public_key)
    joined = DevicePersonJoined(nonce=nonces[0], device=device, account=invite.account)
    if device_status is not None:
        return [joined]
    enrolled = DeviceEnrolled(
        nonce=nonces[1],
        device=device,
        public_key=asked.public_key,
        organisation=invite.organisation,
        label=asked.label,
    )
    return [enrolled, joined]


def session_proof(nonce: str, account: str) -> str:
    """What a tablet signs to open a session: H("session/1", nonce, account), both as UTF-8 text, in hex."""
    return H("session/1", nonce.encode(), account.encode()).hex()


# --- receiving (收录) -----------------------------------------------------------------------------------------

Item = tuple[Entry, Mapping[str, Any]]


@dataclass(frozen=True)
class Checked:
    """A batch after the signatures were looked at. ``open``: nothing covers them yet, so they get no verdict.
    ``plain``: canonical bytes of the bodies, by entry; ``models``: those that are whole, as their models."""

    valid: tuple[Item, ...]
    refused: tuple[str, ...]
    open: tuple[str, ...]
    plain: Mapping[str, bytes] = field(default_factory=dict)
    models: Mapping[str, Body] = field(default_factory=dict)


def checked(device: str, public_key: str, items: Sequence[Item], covering: Sequence[Entry] = ()) -> Checked:
    """Which entries of a batch are whole and covered by a signature; in the order of ``seq``. ``covering``: entries
    whose bodies nobody can read. They are not among them, but id, ``prev`` and signature say what stands before."""
    by_id: dict[str, Item] = {}
    refused: list[str] = []
    plains: dict[str, bytes] = {}
    for entry, body in items:
        plain = _body_that_agrees(entry, body)
        if plain is None or entry.device != device or chain.entry_id(entry) != entry.id:
            refused.append(entry.id)
        else:
            by_id.setdefault(entry.id, (entry, body))
            plains[entry.id] = plain
    covered: set[str] = set()
    chained = {
        entry.id: entry for entry in covering if entry.device == device and chain.entry_id(entry) == entry.id
    }
    chained.update((key, entry) for key, (entry, _) in by_id.items())
    for entry in chained.values():
        if not entry.signature:
            continue
        if not chain.signature_holds(public_key, entry.id, entry.signature):
            if entry.id in by_id:
                refused.append(entry.id)
            continue
        at = entry.id
        while at in chained and at not in covered:
            covered.add(at)
            at = chained[at].prev
    # One whose own signature is broken is not kept, though a later one covers it; what lies before it is.
    bad = set(refused)
    whole = (by_id[key] for key in covered - bad if key in by_id)
    valid = sorted(whole, key=lambda item: (item[0].seq, item[0].id))
    waiting = tuple(key for key in by_id if key not in covered | bad)
    found = {entry.id: body_of(entry.kind, plains[entry.id]) for entry, _ in valid}
    models = {key: body for key, body in found.items() if body is not None}
    return Checked(tuple(valid), tuple(dict.fromkeys(refused)), waiting, plains, models)


def _body_that_agrees(entry: Entry, body: Mapping[str, JSON]) -> bytes | None:
    """The body's canonical bytes, where their digest is the entry's."""
    try:
        plain = canonical(body)
    except NotCanonical:
        return None
    return plain if chain.body_bytes_digest(plain) == entry.body_digest else None


@dataclass(frozen=True)
class DeviceFacts:
    """The tablet and its chain as the server has it. ``places``: seq → ids stored there, for every place that
    the batch touches or continues; ``gaps``: undecided ids held as chain_gap; ``held``: other held ids → code, decided
    ones too, since the decision travels by itself and a tablet asks again where an answer was lost."""

    status: str
    persons: frozenset[str]
    places: Mapping[int, frozenset[str]] = field(default_factory=dict)
    gaps: frozenset[str] = frozenset()
    held: Mapping[str, str] = field(default_factory=dict)
    visits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """What becomes of one entry; ``store`` where the ledger does not have it yet."""

    entry: str
    status: ReceiptStatus
    code: str | None
    store: bool


def judge(facts: DeviceFacts, checked: Checked, waiting: Sequence[Item] = ()) -> list[Verdict]:
    """The verdicts on a batch and on what a gap held until now (``waiting``).

    Of ``waiting`` only those are named whose gap is filled.
    """
    valid = checked.valid
    places = {seq: set(ids) for seq, ids in facts.places.items()}
    stored = {key for ids in places.values() for key in ids}
    gaps = set(facts.gaps)
    forked = facts.status == "forked"
    verdicts: list[Verdict] = []
    pushed = {entry.id for entry, _ in valid}
    again = {entry.id for entry, _ in waiting}
    everything = {entry.id: (entry, body) for entry, body in [*waiting, *valid]}
    for entry, body in sorted(everything.values(), key=lambda item: (item[0].seq, item[0].id)):
        if entry.id in stored and entry.id not in again:
            code = facts.held.get(entry.id) or ("chain_gap" if entry.id in facts.gaps else None)
            verdicts.append(Verdict(entry.id, "held" if code else "exists", code, store=False))
            continue
        chained = _chained(entry, places, gaps)
        forked = forked or chained == "chain_forked"
        code = "chain_forked" if forked else chained
        code = "device_revoked" if facts.status == "revoked" else code
        code = code or _content(entry, checked.models.get(entry.id, body), facts)
        if code == "chain_gap":
            gaps.add(entry.id)
        else:
            gaps.discard(entry.id)
        places.setdefault(entry.seq, set()).add(entry.id)
        if entry.id in pushed or code != "chain_gap":
            status: ReceiptStatus = "held" if code else "accepted"
            verdicts.append(Verdict(entry.id, status, code, store=entry.id not in again))
    return verdicts


def _chained(entry: Entry, places: Mapping[int, set[str]], gaps: set[str]) -> str | None:
    if places.get(entry.seq, set()) - {entry.id}:
        return "chain_forked"
    if entry.seq == 1 and entry.prev == NO_PREV:
        return None
    before = places.get(entry.seq - 1, set())
    if entry.prev in before:
        return "chain_gap" if entry.prev in gaps else None
    return "chain_forked" if before else "chain_gap"


def _content(entry: Entry, body: Told, facts: DeviceFacts) -> str | None:
    if entry.by not in facts.persons:
        return "author_unknown"
    return lacking(entry.kind, body, known=entry.subject in facts.visits)


def lacking(kind: str, body: Told | None, *, known: bool) -> str | None:
    """What an entry lacks in itself, as a code; None where it can have an effect. ``known``: its visit exists."""
    model = BODIES.get(kind)
    if model is None or model.HOME == "office":
        return "kind_unknown"
    if body_of(kind, body) is None:
        return "body_invalid"
    return None if known else "visit_unknown"


# --- the office (办公室) ---------------------------------------------------------------------------------------


def decide_held(
    held: Mapping[str, Any] | None, admit: bool, reason: str, nonce: str, lacks: str | None = None
) -> EntryAdmitted | EntrySetAside | Refusal:
    """A person's decision on a held entry (暂存核定). What no decision can mend can only be set aside; ``lacks``: what
    it lacks in itself, though it may be held for something else."""
    if held is None:
        return refuse("not_found")
    if held["decision"]:
        return refuse("already_decided")
    if len(reason) < 2:
        return refuse("bad_request", what="核定理由至少写 2 个字")
    if not admit:
        return EntrySetAside(nonce=nonce, entry=held["entry"], reason=reason)
    by_rules = held["source"] == "visit" and held["code"] not in ADMISSIBLE
    if by_rules or lacks or held["code"] in WITHOUT_EFFECT:
        return refuse("bad_request", what="这条记录缺少内容或所属检查，不能采纳，只能不采纳或等待补齐")
    return EntryAdmitted(nonce=nonce, entry=held["entry"], reason=reason)


def behind(first: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """``first`` and what follows it on its chain without another gap. ``rows``: id and prev of that tablet's entries,
    in the order of seq."""
    found = [first]
    for row in rows:
        if row["prev"] in found[-1:]:
            found.append(row["id"])
    return found


@dataclass(frozen=True)
class Verification:
    """A network check of one item before departure (网络核查). ``stated`` and ``met``: what contradicts each other,
    empty where it agrees."""

    organisation: str
    item: str
    source: str
    note: str
    snapshot: str | None
    stated: str = ""
    met: str = ""


def verify_item(asked: Verification, packet: Packet, state: VisitState, nonce: str) -> ItemVerified | Refusal:
    """Whether an item may be settled from the office now (S2-16(一)): the site has not spoken about it yet."""
    return _looked_up(asked, packet, state) or ItemVerified(
        nonce=nonce,
        organisation=asked.organisation,
        item=asked.item,
        source=asked.source,
        note=asked.note,
        snapshot=asked.snapshot,
    )


def contradict_item(
    asked: Verification, packet: Packet, state: VisitState, nonce: str
) -> ItemContradicted | Refusal:
    """… or be left to the site with what does not agree (domain E7)."""
    refusal = _looked_up(asked, packet, state)
    if refusal:
        return refusal
    if not asked.stated or not asked.met:
        return refuse("bad_request", what="请写明核查记载和实际情况")
    if asked.stated == asked.met:
        return refuse("observed_same")
    return ItemContradicted(
        nonce=nonce,
        organisation=asked.organisation,
        item=asked.item,
        source=asked.source,
        stated=asked.stated,
        met=asked.met,
        snapshot=asked.snapshot,
    )


def _looked_up(asked: Verification, packet: Packet, state: VisitState) -> Refusal | None:
    block = next((b for b in packet.blocks if b.organisation == asked.organisation), None)
    if block is None:
        return refuse("other_department")
    if asked.item not in {item.item for item in block.items}:
        return refuse("item_unknown")
    if not asked.source:
        return refuse("bad_request", what="请填写核查来源")
    if state.finished:
        return refuse("visit_finished")
    return refuse("already_decided") if state.item(asked.organisation, asked.item).heads else None
