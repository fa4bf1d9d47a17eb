"""The record of a visit (检查记录), as it is shown, signed and printed. Twin of `record.ts`.

    record_of(packet: Packet, state: VisitState) -> dict[str, JSON]

Its digest, digest("record/1", record), is what every signature names. Signatures over another digest are kept by
`fold` and count for nothing (`check`).
"""

from __future__ import annotations

from typing import cast

from sync import words as w
from sync.canon import JSON
from sync.state import BlockState, ItemState, VisitState

PRINTED = (
    *("visit", "number", "scheme_number", "scheme_name", "mode", "scope", "region", "demo", "target"),
    *("planned_on", "team", "template", "record_title", "supervised_behaviour", "legal_basis", "rights_text"),
    *("dues", "profile", "profile_digest"),
)
"""Fields of the packet that stand on the record as they are."""

RECORDED = frozenset(
    {
        *(
            "notice.served",
            "notice.exempted",
            "return.planned",
            "target.observed",
            "ending.proposed",
            "ending.confirmed",
            "ending.withdrawn",
            "recusal.declared",
            "recusal.confirmed",
        ),
        *(
            "consent.recorded",
            "visit.paused",
            "visit.resumed",
            "authority.shown",
            "part.signed",
            "act.recorded",
        ),
        *("transcript.taken", "media.restricted", "noncooperation.proposed", "noncooperation.confirmed"),
        "expert.concluded",
    }
)
"""Kinds of `VisitState.site` that are part of what is signed. Not among them: what is said after the signatures
(copies, seals, supplements), what must not hold them up (codes made good later), and suspicions."""

UNSAID = {"nonce", "supersedes", "strokes"}


def record_of(packet: w.Packet, state: VisitState) -> dict[str, JSON]:
    """The record that is signed (检查记录): what the packet prints and what was found, without signatures,
    receipts and finish. A disputed place is null: it has no content yet, and is not signed."""
    whole: dict[str, JSON] = packet.model_dump(mode="json")
    party = state.party.one
    site = _record_site(state)
    return {
        **{name: whole[name] for name in PRINTED},
        "opened": [_said(fact.body, "place") | {"at": fact.at} for fact in state.opened],
        "identity": [_said(fact.body, "inspectors", "shown_to") for fact in state.identity],
        "rights": [_said(fact.body, "recusal", "statement") for fact in state.rights],
        "party": _said(party.body, "name", "role", "phone") if party else None,
        "blocks": [_record_block(block, state.block(block.organisation)) for block in packet.blocks],
        "evidence": _record_evidence(state),
        **({"site": site} if site else {}),
    }


def _record_site(state: VisitState) -> dict[str, JSON]:
    """What was said on site, by kind and entry; a kind that nobody used leaves no trace, so that a record that was
    signed before the kind was known keeps its bytes. Strokes are covered by the entry's id."""
    found: dict[str, JSON] = {}
    for kind in sorted(RECORDED & state.site.keys()):
        facts = sorted(state.site[kind], key=lambda fact: fact.entry)
        found[kind] = [
            {
                "entry": fact.entry,
                "by": fact.by,
                "at": fact.at,
                **fact.body.model_dump(mode="json", exclude=UNSAID),
            }
            for fact in facts
        ]
    return found


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


CONTRADICTED = ("source", "stated", "met", "snapshot")
RECOGNISED = ("source", "checked_on", "number", "note")


def _record_item(item: ItemState) -> dict[str, JSON]:
    recognised = item.recognised
    return {
        "answer": _said(item.answer.body, "answer", "findings", "note") if item.answer else None,
        "verified": _said(item.verified.body, "source", "note", "snapshot") if item.verified else None,
        "reopened": [fact.body.reason for fact in item.reopened],
        **(
            {"contradicted": [_said(one.body, *CONTRADICTED) for one in item.contradicted]}
            if item.contradicted
            else {}
        ),
        **({"recognised": _said(recognised.body, *RECOGNISED)} if recognised else {}),
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
