"""An order to mend (责令改正通知书), one of each department that gave one: what was found, what to mend until when, on
what basis, where to turn against it, and the lines to sign. Twin of `pwa/src/view/order.ts`: the tablet prints the same
lines without signal."""

from __future__ import annotations

from typing import Any

from backend.documents.printed import ADDED, ORDER
from backend.documents.record import Sheet
from backend.documents.sheet import found_wrong
from backend.documents.site import check_code, china
from sync import words as w
from sync.canon import digest
from sync.progress import block_of
from sync.record import record_of
from sync.state import VisitState


def order_sheet(packet: w.Packet, state: VisitState, organisation: str) -> Sheet | None:
    """The department's order as it is now; None where it gave none."""
    block, given = block_of(packet, organisation), state.block(organisation).disposition
    order = given.body.rectification if given else None
    if block is None or order is None:
        return None
    seal = digest("record/1", record_of(packet, state))
    values: dict[str, Any] = {
        "printed": ORDER,
        "added": ADDED,
        "title": [ORDER["limited" if order.due else "form"]],
        "demo": packet.demo,
        "number": packet.number,
        "check": {"code": check_code(seal), "digest": seal},
        "about": _about(packet, state, block),
        "told": [
            {"title": ORDER[name], "lines": lines}
            for name, lines in _told(packet, state, block, order)
            if lines
        ],
    }
    return Sheet("order", values, {}, seal)


def _about(packet: w.Packet, state: VisitState, block: w.PacketBlock) -> list[str]:
    day = china(state.opened[0].at)[:10] if state.opened else packet.planned_on
    place = packet.blocks.index(block) + 1
    return [
        ORDER["number"].format(packet.number, place),
        ORDER["to"].format(packet.target.name),
        ORDER["about"].format(day),
    ]


def _told(
    packet: w.Packet, state: VisitState, block: w.PacketBlock, order: w.Rectification
) -> list[tuple[str, list[str]]]:
    rule = packet.site.order if packet.site else None
    until = ORDER["due"].format(order.due) if order.due else ORDER["at_once"]
    signing = [
        ORDER["officer"],
        ORDER["officer"],
        ORDER["party"],
        ORDER["seal"].format(block.organisation_name),
    ]
    return [
        ("found", found_wrong(packet, state, block)),
        ("demand", [order.demand.strip(), until]),
        ("basis", [line for line in (block.applicable_law, rule.basis if rule else "") if line]),
        ("remedies", list(rule.remedies if rule else ())),
        ("signing", signing),
    ]
