"""The sheet on which the owner checks himself before the visit (自查表), from the items of the visit. Twin of
`pwa/src/view/self_check.ts`: the tablet prints the same lines without signal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.documents.printed import ADDED, SELF_CHECK, Form
from sync.words import ItemText, Packet, PacketBlock


def self_check_sheet(
    packet: Packet, texts: Mapping[str, ItemText], planned_on: str
) -> tuple[Form, dict[str, Any]]:
    """The form and its values. ``texts``: digest → what stands behind an item; an item whose text is not there says
    so. ``planned_on``: YYYY-MM-DD. Nothing of it is ticked, and it names nobody: it belongs to the owner."""
    return "self_check", {
        "printed": SELF_CHECK,
        "added": ADDED,
        "title": [SELF_CHECK["form"]],
        "demo": packet.demo,
        "number": packet.number,
        "about": [
            SELF_CHECK["to"].format(packet.target.name),
            SELF_CHECK["about"].format(planned_on, packet.number),
            SELF_CHECK["only"],
        ],
        "blocks": [_block(block, texts) for block in packet.blocks],
    }


def _block(block: PacketBlock, texts: Mapping[str, ItemText]) -> dict[str, Any]:
    return {
        "organisation": block.organisation_name,
        "rows": [
            {"number": str(place), "title": item.title, "lines": _lines(texts.get(item.text))}
            for place, item in enumerate(block.items, 1)
        ],
    }


def _lines(text: ItemText | None) -> list[str]:
    if text is None:
        return [SELF_CHECK["no_text"]]
    contents = [f"{SELF_CHECK['content']}{line}" for line in text.contents]
    return [*contents, *(f"{SELF_CHECK['basis']}{line}" for line in text.legal_basis)]
