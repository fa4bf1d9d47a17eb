"""How far a visit is, and what is missing to sign and to finish. Twin of `progress.ts`.

    progress(packet: Packet, state: VisitState, record_digest: str) -> Progress
    content_missing(packet, state) -> tuple[Refusal, ...]        party_outcome(packet, state, record_digest)

``record_digest`` is digest("record/1", record_of(packet, state)): signatures over another record are stale, are kept
and count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from sync import words as w
from sync.state import BlockState, Fact, VisitState
from sync.words import Refusal, refuse

NO_PROBLEM = "NO_PROBLEM_TERMINATED_AND_INFORMED"

Outcome = Literal["signed", "refused", "absent"]


@dataclass(frozen=True)
class BlockProgress:
    """A department's block. ``answered`` counts settled items, ``verified`` those among them that the network
    check settled; ``officers`` are the certified ones who showed their certificates, ``signed`` those who
    signed the present record. ``missing``: what keeps the block from being signed; ``done``: signed too."""

    organisation: str
    total: int
    answered: int
    verified: int
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
    ``spared_items``: items that the network check settled."""

    blocks: tuple[BlockProgress, ...]
    content: tuple[Refusal, ...]
    missing: tuple[Refusal, ...]
    party: Outcome | None
    witnessed: bool
    spared_visits: int
    spared_items: int


def progress(packet: w.Packet, state: VisitState, record_digest: str) -> Progress:
    """How far the visit is, by the record whose digest is ``record_digest``."""
    blocks = tuple(_block(packet, state, block, record_digest) for block in packet.blocks)
    content = _content(state, blocks)
    party = party_outcome(packet, state, record_digest)
    missing = list(content)
    unsigned = [
        name
        for progressed, block in zip(blocks, packet.blocks, strict=True)
        if not progressed.waived and len(progressed.signed) < packet.minimum_officers
        for name in _could_sign(state, progressed) or [block.organisation_name]
    ]
    if unsigned:
        missing.append(refuse("signatures_missing", names=_names(unsigned)))
    if party is None:
        missing.append(refuse("party_missing"))
    signatures = valid(packet, state.signatures, record_digest)
    return Progress(
        blocks=blocks,
        content=content,
        missing=tuple(missing),
        party=party,
        witnessed=any(fact.body.role == "witness" for fact in signatures),
        spared_visits=len(blocks) - 1,
        spared_items=sum(block.verified for block in blocks),
    )


def content_missing(packet: w.Packet, state: VisitState) -> tuple[Refusal, ...]:
    """What keeps the record from being signed, in the order in which it is done."""
    return _content(state, [_block(packet, state, block, "") for block in packet.blocks])


def party_outcome(packet: w.Packet, state: VisitState, record_digest: str) -> Outcome | None:
    """What the party did about the present record. Refusing and being absent are as good as signing."""
    if any(fact.body.role == "party" for fact in valid(packet, state.signatures, record_digest)):
        return "signed"
    if valid(packet, state.refusals, record_digest):
        return "refused"
    return "absent" if valid(packet, state.absences, record_digest) else None


S = TypeVar("S", w.SignatureGiven, w.SignatureRefused, w.SignatureAbsent)


def valid(packet: w.Packet, facts: Sequence[Fact[S]], record_digest: str) -> list[Fact[S]]:
    """Those that are about the present record, in the present template."""
    return [
        fact
        for fact in facts
        if fact.body.record_digest == record_digest and fact.body.template == packet.template
    ]


def officers(state: VisitState, organisation: str) -> tuple[str, ...]:
    """Certified officers of a department who showed their certificates, by account."""
    return tuple(
        member.account
        for member in state.team
        if member.organisation == organisation and member.certified and member.account in state.shown
    )


def block_of(packet: w.Packet, organisation: str) -> w.PacketBlock | None:
    """The department's block, if it takes part."""
    return next((block for block in packet.blocks if block.organisation == organisation), None)


def item_of(packet: w.Packet, organisation: str, item: str) -> w.PacketItem | None:
    """The item in the department's block, if it is there."""
    block = block_of(packet, organisation)
    return next((one for one in block.items if one.item == item), None) if block else None


def pictured(state: VisitState, organisation: str, item: str) -> bool:
    """Whether a picture that was not withdrawn belongs to the item."""
    place = w.ItemOf(organisation=organisation, item=item)
    return any(place in one.taken.body.items for one in state.evidence if not one.withdrawn)


def contradicted(block: BlockState, results: Iterable[str]) -> bool:
    """未发现问题 beside an item that does not conform."""
    answers = (item.answer for item in block.items.values())
    return NO_PROBLEM in results and any(fact and fact.body.answer == "nonconform" for fact in answers)


def _block(packet: w.Packet, state: VisitState, block: w.PacketBlock, record_digest: str) -> BlockProgress:
    now = state.block(block.organisation)
    items = [state.item(block.organisation, item.item) for item in block.items]
    shown = officers(state, block.organisation)
    signed = {
        fact.body.signer or ""
        for fact in valid(packet, state.signatures, record_digest)
        if fact.body.role == "inspector" and fact.body.organisation == block.organisation
    }
    missing = () if now.waived else tuple(_block_missing(packet, state, block, len(shown)))
    enough = now.waived is not None or len(signed) >= packet.minimum_officers
    return BlockProgress(
        organisation=block.organisation,
        total=len(items),
        answered=sum(1 for item in items if item.answer or item.verified),
        verified=sum(1 for item in items if item.verified),
        disputed=sum(item.disputed for item in items) + now.disputed,
        waived=now.waived is not None,
        officers=shown,
        signed=tuple(sorted(signed)),
        missing=missing,
        done=not missing and enough,
    )


def _block_missing(
    packet: w.Packet, state: VisitState, block: w.PacketBlock, shown: int
) -> Iterable[Refusal]:
    now = state.block(block.organisation)
    items = [state.item(block.organisation, item.item) for item in block.items]
    left = sum(1 for item in items if not (item.answer or item.verified or item.disputed))
    disputed = sum(item.disputed for item in items) + now.disputed
    if shown < packet.minimum_officers:
        yield refuse("too_few_officers", have=shown, need=packet.minimum_officers)
    if left:
        yield refuse("items_open", count=left)
    if disputed:
        yield refuse("disputed", count=disputed)
    if any(_unpictured(state, block.organisation, item) for item in block.items):
        yield refuse("photo_required")
    if now.disposition is None and not now.disputed:
        yield refuse("result_required")
    if now.disposition and contradicted(now, now.disposition.body.results):
        yield refuse("result_contradicts")


def _unpictured(state: VisitState, organisation: str, item: w.PacketItem) -> bool:
    """A 不符合 whose pictures were withdrawn afterwards."""
    answer = state.item(organisation, item.item).answer
    wrong = answer is not None and answer.body.answer == "nonconform"
    return wrong and item.photo_required and not pictured(state, organisation, item.item)


def _content(state: VisitState, blocks: Sequence[BlockProgress]) -> tuple[Refusal, ...]:
    found = []
    if not state.opened:
        found.append(refuse("visit_not_opened"))
    if not state.rights and not all(block.waived for block in blocks):
        found.append(refuse("rights_not_told"))
    missing = [refusal for block in blocks for refusal in block.missing]
    elsewhere = int(state.order.disputed) + int(state.party.disputed)
    for code in ("too_few_officers", "items_open", "disputed"):
        same = [refusal for refusal in missing if refusal.code == code]
        count = sum(int(refusal.details.get("count", "0")) for refusal in same)
        if code == "disputed" and elsewhere:
            found.append(refuse(code, count=count + elsewhere))
        elif same:
            found.append(same[0] if code == "too_few_officers" else refuse(code, count=count))
    for code in ("photo_required", "result_required", "result_contradicts"):
        found += [refusal for refusal in missing if refusal.code == code][:1]
    return tuple(found)


def _could_sign(state: VisitState, block: BlockProgress) -> list[str]:
    return [
        member.name
        for member in state.team
        if member.organisation == block.organisation
        and member.certified
        and member.account not in block.signed
    ]


def _names(names: Sequence[str]) -> str:
    """A sentence stays short: six names, then 等; a name gives at most its first 20 signs."""
    return "、".join(name[:20] for name in names[:6]) + ("等" if len(names) > 6 else "")
