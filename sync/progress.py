"""How far a visit is, and what is missing to sign and to finish. Twin of `progress.ts`.

    progress(packet: Packet, state: VisitState, record_digest: str) -> Progress
    content_missing(packet, state, record_digest) -> tuple[Refusal, ...]        party_outcome(the same)

``record_digest`` is digest("record/1", record_of(packet, state)): signatures over another record are stale, are kept
and count for nothing. What was signed by hand on paper counts like what was signed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync import words as w
from sync.progress_site import (
    CodeState,
    Notice,
    Outcome,
    Standing,
    Supplement,
    code_of,
    notice_of,
    off_site,
    officers,
    proposals,
    standing,
    supplements,
    unconfirmed,
)
from sync.progress_site import closed as closed
from sync.progress_site import valid as valid
from sync.state import BlockState, Fact, VisitState
from sync.words import Refusal, refuse

NO_PROBLEM = "NO_PROBLEM_TERMINATED_AND_INFORMED"
ORDER = "ADMIN_ORDER"


@dataclass(frozen=True)
class BlockProgress:
    """A department's block. ``answered`` counts settled items, ``verified`` those among them that the network
    check settled, ``recognised`` those taken over from another department; ``officers`` are the certified ones who
    count (on site: who showed their certificates), ``signed`` those who signed the present record. ``missing``:
    what keeps the block from being signed; ``done``: signed too."""

    organisation: str
    total: int
    answered: int
    verified: int
    recognised: int
    disputed: int
    waived: bool
    officers: tuple[str, ...]
    signed: tuple[str, ...]
    missing: tuple[Refusal, ...]
    done: bool


@dataclass(frozen=True)
class Progress:
    """How far the visit is. ``content`` keeps the record from being signed, ``missing`` the visit from being
    finished (``content`` included). ``spared_visits``: departments that did not have to come separately;
    ``spared_items``: items that the network check or another department's result settled. ``ended``: the check
    could not be carried out as ordered. ``recordings`` counts sound and film."""

    blocks: tuple[BlockProgress, ...]
    content: tuple[Refusal, ...]
    missing: tuple[Refusal, ...]
    party: Outcome | None
    witnessed: bool
    spared_visits: int
    spared_items: int
    ended: w.Ending | None
    paused: bool
    recused: tuple[str, ...]
    notice: Notice
    code: CodeState
    recordings: int
    supplements: tuple[Supplement, ...]


def progress(packet: w.Packet, state: VisitState, record_digest: str) -> Progress:
    """How far the visit is, by the record whose digest is ``record_digest``."""
    now = standing(state)
    blocks = tuple(_block(packet, state, block, record_digest, now) for block in packet.blocks)
    content = _content(packet, state, blocks, record_digest, now)
    party = party_outcome(packet, state, record_digest)
    signatures = valid(packet, state.signatures, record_digest)
    witnessed = any(fact.body.role == "witness" for fact in signatures)
    unsigned = _unsigned(packet, state, blocks, now)
    missing = [*content, *(_leaving(packet, state, record_digest, party, witnessed, now))]
    if unsigned:
        missing.insert(len(content), refuse("signatures_missing", names=_names(unsigned)))
    return Progress(
        blocks=blocks,
        content=content,
        missing=tuple(missing),
        party=party,
        witnessed=witnessed,
        spared_visits=len(blocks) - 1,
        spared_items=sum(block.verified + block.recognised for block in blocks),
        ended=now.ended.body.ending if now.ended else None,
        paused=bool(now.pauses),
        recused=tuple(sorted(now.recused)),
        notice=notice_of(packet, state),
        code=code_of(packet, state),
        recordings=len(state.recordings),
        supplements=supplements(packet, state),
    )


def content_missing(packet: w.Packet, state: VisitState, record_digest: str) -> tuple[Refusal, ...]:
    """What keeps the record from being signed, in the order in which it is done."""
    now = standing(state)
    blocks = [_block(packet, state, block, "", now) for block in packet.blocks]
    return _content(packet, state, blocks, record_digest, now)


def party_outcome(packet: w.Packet, state: VisitState, record_digest: str) -> Outcome | None:
    """What the party did about the present record. Refusing and being absent are as good as signing."""
    paper = {fact.body.party for fact in valid(packet, state.said(w.PaperSigned), record_digest)}
    signatures = valid(packet, state.signatures, record_digest)
    if "signed" in paper or any(fact.body.role == "party" for fact in signatures):
        return "signed"
    if "refused" in paper or valid(packet, state.refusals, record_digest):
        return "refused"
    return "absent" if "absent" in paper or valid(packet, state.absences, record_digest) else None


def block_of(packet: w.Packet, organisation: str) -> w.PacketBlock | None:
    """The department's block, if it takes part."""
    return next((block for block in packet.blocks if block.organisation == organisation), None)


def item_of(packet: w.Packet, organisation: str, item: str) -> w.PacketItem | None:
    """The item in the department's block, if it is there."""
    block = block_of(packet, organisation)
    return next((one for one in block.items if one.item == item), None) if block else None


def decided_by(packet: w.Packet, choice: w.Choice) -> str | None:
    """The way that alone leads to a finding which several people have to agree on, by its name on screen: a finding
    of non-cooperation, an ending that was confirmed. None where an officer may find it in an item."""
    if choice.group == "non_cooperation":
        return "不予配合的情形"
    named = {rule.finding for rule in packet.site.endings} if packet.site else set()
    return "未能实施检查" if choice.group in ("closed", "terminated") or choice.code in named else None


def contradicted(block: BlockState, results: Iterable[str]) -> bool:
    """未发现问题 beside an item that does not conform."""
    answers = (item.answer for item in block.items.values())
    return NO_PROBLEM in results and any(fact and fact.body.answer == "nonconform" for fact in answers)


def signers(packet: w.Packet, state: VisitState, organisation: str, record_digest: str) -> frozenset[str]:
    """Officers of a department who signed the present record, on the tablet or on paper."""
    here = {
        fact.body.signer or ""
        for fact in valid(packet, state.signatures, record_digest)
        if fact.body.role == "inspector" and fact.body.organisation == organisation
    }
    papers = valid(packet, state.said(w.PaperSigned), record_digest)
    if not papers:
        return frozenset(here)
    theirs = {one.account for one in state.team if one.organisation == organisation and one.certified}
    return frozenset(
        here | {account for fact in papers for account in fact.body.signers if account in theirs}
    )


def _block(
    packet: w.Packet, state: VisitState, block: w.PacketBlock, record_digest: str, now: Standing
) -> BlockProgress:
    said = state.block(block.organisation)
    items = [state.item(block.organisation, item.item) for item in block.items]
    counted = officers(packet, state, block.organisation, now)
    signed = signers(packet, state, block.organisation, record_digest)
    free = said.waived is not None or now.ended is not None
    missing = () if free else tuple(_block_missing(packet, state, block, len(counted), now))
    return BlockProgress(
        organisation=block.organisation,
        total=len(items),
        answered=sum(1 for item in items if item.answer or item.verified or item.recognised),
        verified=sum(1 for item in items if item.verified),
        recognised=sum(1 for item in items if item.recognised),
        disputed=sum(item.disputed for item in items) + said.disputed,
        waived=said.waived is not None,
        officers=counted,
        signed=tuple(sorted(signed)),
        missing=missing,
        done=not missing and (free or len(signed) >= packet.minimum_officers),
    )


def _block_missing(
    packet: w.Packet, state: VisitState, block: w.PacketBlock, counted: int, now: Standing
) -> Iterable[Refusal]:
    said = state.block(block.organisation)
    items = [state.item(block.organisation, item.item) for item in block.items]
    settled = [item.answer or item.verified or item.recognised or item.disputed for item in items]
    left = sum(1 for one in settled if not one)
    disputed = sum(item.disputed for item in items) + said.disputed
    if counted < packet.minimum_officers:
        yield refuse("too_few_officers", have=counted, need=packet.minimum_officers)
    if left:
        yield refuse("items_open", count=left)
    if disputed:
        yield refuse("disputed", count=disputed)
    if any(_unpictured(state, block.organisation, item, now) for item in block.items):
        yield refuse("photo_required")
    if said.disposition is None and not said.disputed:
        yield refuse("result_required")
    if said.disposition and contradicted(said, said.disposition.body.results):
        yield refuse("result_contradicts")


def _unpictured(state: VisitState, organisation: str, item: w.PacketItem, now: Standing) -> bool:
    """A 不符合 whose pictures were withdrawn afterwards. One that had to be destroyed was there when it was said;
    where none may be taken, none is asked for."""
    answer = state.item(organisation, item.item).answer
    wrong = answer is not None and answer.body.answer == "nonconform"
    return wrong and item.photo_required and (organisation, item.item) not in now.pictured | now.restricted


def _content(
    packet: w.Packet, state: VisitState, blocks: Sequence[BlockProgress], record_digest: str, now: Standing
) -> tuple[Refusal, ...]:
    elsewhere = [refuse("party_disputed")] if state.party.disputed else []
    elsewhere += [refuse("order_disputed")] if state.order.disputed else []
    if now.ended:
        return tuple(elsewhere)
    found = []
    if not state.opened:
        found.append(refuse("visit_not_opened"))
    if notice_of(packet, state) == "missing":
        found.append(refuse("notice_missing"))
    if not state.rights and not off_site(packet) and not all(block.waived for block in blocks):
        found.append(refuse("rights_not_told"))
    waiting = unconfirmed(state, now)
    if waiting and not closed(packet, state, record_digest):  # what is signed already asks for nothing new
        found.append(refuse("recusal_unconfirmed", name=_names(_named(state, waiting))))
    missing = [refusal for block in blocks for refusal in block.missing]
    for code in ("too_few_officers", "items_open", "disputed"):
        same = [refusal for refusal in missing if refusal.code == code]
        count = sum(int(refusal.details.get("count", "0")) for refusal in same)
        if same:
            found.append(same[0] if code == "too_few_officers" else refuse(code, count=count))
    found += elsewhere
    for code in ("photo_required", "result_required", "result_contradicts"):
        found += [refusal for refusal in missing if refusal.code == code][:1]
    if now.pauses:
        found.append(refuse("pause_open"))
    if proposals(state):
        found.insert(0, refuse("ending_unconfirmed"))
    return tuple(found)


def _leaving(
    packet: w.Packet,
    state: VisitState,
    record_digest: str,
    party: Outcome | None,
    witnessed: bool,
    now: Standing,
) -> Iterable[Refusal]:
    """What is missing at the door, beside the officers' signatures."""
    site = packet.site
    if party is None and not now.ended and not off_site(packet):
        yield refuse("party_missing")
    if site and valid(packet, state.refusals, record_digest):
        if site.refusal_witness and not witnessed:
            yield refuse("witness_missing")
        if site.refusal_recording and not state.recordings:
            yield refuse("recording_missing")
    if site and site.paper_master and not valid(packet, state.said(w.PaperSigned), record_digest):
        yield refuse("paper_required")


def _unsigned(
    packet: w.Packet, state: VisitState, blocks: Sequence[BlockProgress], now: Standing
) -> list[str]:
    """Names of who may still sign. Where the check could not be carried out, any officers of the team will do."""
    if now.ended:
        signed = {account for block in blocks for account in block.signed}
        if len(signed) >= packet.minimum_officers:
            return []
        able = [name for block in blocks for name in _could_sign(state, block, now)]
        return able or [block.organisation_name for block in packet.blocks]
    return [
        name
        for block, of in zip(blocks, packet.blocks, strict=True)
        if not block.waived and len(block.signed) < packet.minimum_officers
        for name in _could_sign(state, block, now) or [of.organisation_name]
    ]


def _could_sign(state: VisitState, block: BlockProgress, now: Standing) -> list[str]:
    return [
        member.name
        for member in state.team
        if member.organisation == block.organisation
        and member.certified
        and member.account not in block.signed
        and member.account not in now.gone
    ]


def _named(state: VisitState, waiting: Iterable[Fact[w.RecusalDeclared]]) -> list[str]:
    names = {one.account: one.name for one in state.team}
    return [names.get(fact.body.account, "") for fact in waiting]


def _names(names: Sequence[str]) -> str:
    """A sentence stays short: six names, then 等; a name gives at most its first 20 signs."""
    return "、".join(name[:20] for name in names[:6]) + ("等" if len(names) > 6 else "")
