"""One sheet for the owner (检查结果告知单): what was found, what to mend until when, what is published when, where to
object. Twin of `ownerSheet` in `pwa/src/view/leaving.ts`: the tablet shows and prints the same lines."""

from __future__ import annotations

from typing import Any

from backend.documents import ink
from backend.documents.printed import ADDED, OWNER
from backend.documents.record import Sheet
from backend.documents.site import check_code, china, last_day_before, supplements
from sync import words as w
from sync.canon import digest
from sync.progress import NO_PROBLEM
from sync.record import record_of
from sync.state import VisitState


def owner_sheet(packet: w.Packet, state: VisitState) -> Sheet:
    """The sheet as it is now. It holds nobody's name or telephone: it may lie on a counter."""
    seal = digest("record/1", record_of(packet, state))
    rules = packet.site
    drawings: dict[str, ink.Drawing] = {}
    values: dict[str, Any] = {
        "printed": OWNER,
        "added": ADDED,
        "title": [OWNER["form"]],
        "demo": packet.demo,
        "number": packet.number,
        "check": {"code": check_code(seal), "digest": seal},
        "about": [OWNER["to"].format(packet.target.name), _about(packet, state)],
        "told": [{"title": title, "lines": lines} for title, lines in told(packet, state) if lines],
    }
    if rules and rules.copy_code:
        code = rules.copy_code
        values["code"] = [
            OWNER["typed"].format(code.short),
            OWNER["until"].format(last_day_before(code.expires)),
        ]
        drawings["copy.svg"] = ink.qr(code.url)
    return Sheet("sheet", values, drawings, seal)


def told(packet: w.Packet, state: VisitState) -> list[tuple[str, list[str]]]:
    """Headings with their lines; one without lines is not printed."""
    rules = packet.site
    dues = [
        due.label if due.working_days is None else f"{due.label}：{due.working_days} 个工作日内"
        for due in packet.dues
    ]
    more = [f"{fact.body.number}．{fact.body.text}" for fact in supplements(state)]
    return [
        (OWNER["found"], [line for block in packet.blocks for line in _found(packet, state, block)]),
        (OWNER["mend"], _mend(packet, state)),
        (OWNER["added"], more),
        (OWNER["published"], [*(rules.published if rules else ()), *dues]),
        (OWNER["object"], list(rules.objection if rules else ())),
    ]


def _about(packet: w.Packet, state: VisitState) -> str:
    day = china(state.opened[0].at)[:10] if state.opened else packet.planned_on
    names = "、".join(block.organisation_name for block in packet.blocks)
    return OWNER["about"].format(day, names, packet.number)


def _found(packet: w.Packet, state: VisitState, block: w.PacketBlock) -> list[str]:
    name, now = block.organisation_name, state.block(block.organisation)
    if now.waived:
        return [f"{name}：本部门事项未实施，{now.waived.body.reason}"]
    wrong = [f"　{line}" for line in found_wrong(packet, state, block)]
    given = now.disposition.body if now.disposition else None
    names = {choice.code: choice.label for choice in packet.dispositions}
    done = [f"　{names.get(code, code)}" for code in given.results if code != NO_PROBLEM] if given else []
    case = ["　拟立案，另行通知"] if given and given.case_proposed else []
    count = f"{name}：{len(block.items)} 项"
    if wrong:
        return [f"{count}，{len(wrong)} 项不符合", *wrong, *done, *case]
    clean = given is not None and NO_PROBLEM in given.results
    return [f"{count}，未发现问题" if clean else count, *done, *case]


def found_wrong(packet: w.Packet, state: VisitState, block: w.PacketBlock) -> list[str]:
    """A line of each item of a block that does not conform: what was found, and the officer's words."""
    labels = {choice.code: choice.label for choice in packet.findings}
    wrong = []
    for item in block.items:
        answer = state.item(block.organisation, item.item).answer
        if answer and answer.body.answer == "nonconform":
            found = "，".join(labels.get(code, code) for code in answer.body.findings)
            wrong.append(f"{item.title}：{found}{f'（{answer.body.note}）' if answer.body.note else ''}")
    return wrong


def _mend(packet: w.Packet, state: VisitState) -> list[str]:
    lines = []
    for block in packet.blocks:
        given = state.block(block.organisation).disposition
        order = given.body.rectification if given else None
        if order:
            demand = order.demand.strip().rstrip("。；，、.;,")
            due = f"，{order.due} 前改正" if order.due else ""
            lines.append(f"{block.organisation_name}：{demand}{due}")
    return lines
