"""The record of a visit (检查记录), as it is shown, signed and printed. Twin of `record.ts`.

    record_of(packet: Packet, state: VisitState) -> dict[str, JSON]

Its digest, digest("record/1", record), is what every signature names. Signatures over another digest are kept by
`fold` and count for nothing (`check`).
"""

from __future__ import annotations

from typing import cast

from sync import words as w
from sync.canon import JSON
from sync.fold import BlockState, ItemState, VisitState

PRINTED = (
    *("visit", "number", "scheme_number", "scheme_name", "mode", "scope", "region", "demo", "target"),
    *("planned_on", "team", "template", "record_title", "supervised_behaviour", "legal_basis", "rights_text"),
    *("dues", "profile", "profile_digest"),
)
"""Fields of the packet that stand on the record as they are."""


def record_of(packet: w.Packet, state: VisitState) -> dict[str, JSON]:
    """The record that is signed (检查记录): what the packet prints and what was found, without signatures,
    receipts and finish. A disputed place is null: it has no content yet, and is not signed."""
    whole: dict[str, JSON] = packet.model_dump(mode="json")
    party = state.party.one
    return {
        **{name: whole[name] for name in PRINTED},
        "opened": [_said(fact.body, "place") | {"at": fact.at} for fact in state.opened],
        "identity": [_said(fact.body, "inspectors", "shown_to") for fact in state.identity],
        "rights": [_said(fact.body, "recusal", "statement") for fact in state.rights],
        "party": _said(party.body, "name", "role", "phone") if party else None,
        "blocks": [_record_block(block, state.block(block.organisation)) for block in packet.blocks],
        "evidence": _record_evidence(state),
    }


def _record_block(block: w.PacketBlock, state: BlockState) -> dict[str, JSON]:
    given = state.disposition
    return {
        **cast("dict[str, JSON]", block.model_dump(mode="json", exclude={"items"})),
        "items": [
            {**item.model_dump(mode="json"), **_record_item(state.items.get(item.item, ItemState()))}
            for item in block.items
        ],
        "disposition": _said(given.body, "results", "case_proposed", "rectification", "remark")
        if given
        else None,
        "waived": state.waived.body.reason if state.waived else None,
    }


def _record_item(item: ItemState) -> dict[str, JSON]:
    return {
        "answer": _said(item.answer.body, "answer", "findings", "note") if item.answer else None,
        "verified": _said(item.verified.body, "source", "note", "snapshot") if item.verified else None,
        "reopened": [fact.body.reason for fact in item.reopened],
    }


def _record_evidence(state: VisitState) -> list[JSON]:
    """Pictures that are relied on, by digest and entry: what a clock said is no reason for an order here."""
    relied = sorted(
        (one.taken for one in state.evidence if not one.withdrawn),
        key=lambda taken: (taken.body.digest, taken.entry),
    )
    return [_said(taken.body, "digest", "original_digest", "items", "caption") for taken in relied]


def _said(body: w.Body, *names: str) -> dict[str, JSON]:
    return body.model_dump(mode="json", include=set(names))
