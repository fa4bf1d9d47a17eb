"""What stands on the record of a visit (检查记录): the form of the place, filled from the packet and what was found.

The form shows what the tablet shows (`Record.vue`), with the labels that the source prints; the witness's identity,
places and devices are in the entries and never on paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.documents import ink
from backend.documents.notice import subject, title_lines
from backend.documents.printed import ADDED, FORMS, RESULTS, Form, record_form
from backend.documents.site import OPINIONS, Part, check_code, china, later_parts, site_parts
from sync import words as w
from sync.canon import digest
from sync.progress import valid
from sync.progress_site import off_site
from sync.record import record_of
from sync.state import Evidence, ItemState, VisitState

PHOTOS = 40
"""More photographs than these are named and stay in the electronic file."""
ANSWERS = {"conform": "符合", "nonconform": "不符合", "not_applicable": "不适用"}
PARTY = {
    "legal_representative": "法定代表人",
    "principal": "负责人",
    "operator": "经营者",
    "authorised": "受委托人",
    "staff": "现场工作人员",
}


@dataclass(frozen=True)
class Sheet:
    """A form with its values and the drawings that they name. ``digest`` is the record's (64 hex)."""

    form: Form
    values: dict[str, Any]
    drawings: dict[str, ink.Drawing]
    digest: str


def relied(state: VisitState) -> list[Evidence]:
    """The photographs that the record relies on, in the order in which they were taken, at most ``PHOTOS``; each
    picture once, however many items it is for."""
    return _pictures(state)[:PHOTOS]


def _pictures(state: VisitState) -> list[Evidence]:
    first: dict[str, Evidence] = {}
    for one in state.evidence:
        if not one.withdrawn and not one.deleted:
            first.setdefault(one.taken.body.digest, one)
    return list(first.values())


def record_sheet(
    packet: w.Packet, state: VisitState, pictures: Mapping[str, bytes], clocks: Sequence[str] = ()
) -> Sheet:
    """The record as it is now. ``pictures``: digest → picture of what is here, empty where it
    cannot be read; the others are named as missing. ``clocks``: what the server measured of the clocks by which the
    times on it are told. Raises OSError for bytes that are no picture.

    Signatures count only under exactly this record; others are counted in the remarks."""
    seal = digest("record/1", record_of(packet, state))
    form = record_form(packet.template, packet.record_title)
    labels = FORMS[form]
    drawings: dict[str, ink.Drawing] = {"qr.svg": ink.qr(seal)}
    values = {
        "printed": labels,
        "added": ADDED,
        "title": title_lines(packet.record_title, labels["form"]),
        "demo": packet.demo,
        "unfinished": bool(state.opened) and not state.finished,
        "number": packet.number,
        "target": _target(packet, state),
        "behaviour": _behaviour(packet.supervised_behaviour),
        "mode": "，".join(part for part in (packet.mode, packet.scope) if part),
        "blocks": [_block(packet, state, block, form) for block in packet.blocks],
        "remarks": [*remarks(packet, state, seal), *clocks],
        "seals": {"party": _sealed(state, "party"), "inspectors": _sealed(state, "inspectors")},
        "time": china(state.opened[0].at) if state.opened else "",
        "check": {"code": check_code(seal), "digest": seal},
        "met": _met(packet, state),
        "parts": _parts(site_parts(packet, state), "site", drawings),
        "later": _parts(later_parts(packet, state, seal), "later", drawings),
        **_signed(packet, state, seal, drawings),
        **_photos(packet, state, pictures, drawings),
    }
    return Sheet(form, values, drawings, seal)


def _target(packet: w.Packet, state: VisitState) -> dict[str, str]:
    target = packet.target
    person, usual = target.legal_representative, "法定代表人"
    if person and target.representative_label != usual:
        person = f"{person}（{target.representative_label}）"
    party = state.party.one
    return {
        "name": target.name,
        "code": target.code,
        "kind": target.kind,
        "district": target.district,
        "licence": target.licence,
        "representative": person,
        "address": target.address,
        "phone": (party.body.phone if party else "") or target.phone,
    }


def _behaviour(text: str) -> str:
    return text.removeprefix("对").removesuffix("行为的监管") if text.startswith("对") else text


def _block(packet: w.Packet, state: VisitState, block: w.PacketBlock, form: Form) -> dict[str, Any]:
    now = state.block(block.organisation)
    ticked: tuple[str, ...] = now.disposition.body.results if now.disposition else ()
    if form == "annex1":
        choices = [(str(code), label) for code, label in RESULTS.items()]
    else:
        choices = [(choice.code, choice.label) for choice in packet.dispositions]
    return {
        "organisation": block.organisation_name,
        "heading": subject(block.heading),
        "routine": [subject(line) for line in block.routine_items],
        "law": block.applicable_law,
        "special": block.special_items or "无",
        "results": [{"label": label, "box": "☑" if code in ticked else "☐"} for code, label in choices],
        "rows": [_item(packet, item, state.item(block.organisation, item.item)) for item in block.items],
    }


def contradiction(body: w.ItemContradicted) -> str:
    """What the network check states and what is so, as the record prints it (网络核查不一致)."""
    return f"网络核查不一致：{body.source}记载“{body.stated}”，实际为“{body.met}”"


def _item(packet: w.Packet, item: w.PacketItem, now: ItemState) -> dict[str, str]:
    labels = {choice.code: choice.label for choice in packet.findings}
    differs = [contradiction(fact.body) for fact in now.contradicted]
    found, notes = "", [*(f"网络核实后重查：{fact.body.reason}" for fact in now.reopened), *differs]
    if now.disputed:
        found = "记录不一致，待确认"
    elif now.verified:
        found = "已网络核实"
        notes = [part for part in (now.verified.body.source, now.verified.body.note, *differs) if part]
    elif now.recognised:
        taken = now.recognised.body
        found = "已采用其他部门结果"
        notes = [f"{taken.source}，{taken.checked_on} 检查", taken.number, taken.note, *differs]
        notes = [part for part in notes if part]
    elif now.answer:
        body = now.answer.body
        found = "，".join((ANSWERS[body.answer], *(labels.get(code, code) for code in body.findings)))
        notes = [body.note, *notes] if body.note else notes
    return {
        "number": item.number,
        "title": item.title,
        "method": item.method,
        "found": found,
        "note": "\n".join(notes),
    }


def remarks(packet: w.Packet, state: VisitState, seal: str) -> list[str]:
    """备注: blocks that were not carried out, orders to mend, 拟立案 (a penalty's box stays open until there is a
    decision), the party's opinion, the reason of a refusal (S1-四(八)), and what is not settled."""
    lines = [line for block in packet.blocks for line in _block_remarks(state, block)]
    reasons = {choice.code: choice.label for choice in packet.refusal_reasons}
    for fact in valid(packet, state.signatures, seal):
        said = fact.body
        if said.role == "party" and said.opinion:
            own = f"：{said.statement}" if said.statement else ""
            lines.append(f"当事人意见：{OPINIONS[said.opinion]}{own}")
    for refusal in valid(packet, state.refusals, seal):
        body = refusal.body
        own = f"，陈述：{body.statement}" if body.statement else ""
        lines.append(f"{body.name} 拒绝签字，原因：{reasons.get(body.reason, body.reason)}{own}")
    lines += [
        f"当事人不在场或中途离开：{absence.body.reason}" for absence in valid(packet, state.absences, seal)
    ]
    if state.disputed:
        lines.append(f"有 {len(state.disputed)} 处记录不一致，待确认")
    stale = len(state.signatures) - len(valid(packet, state.signatures, seal))
    if stale:
        lines.append(f"另有 {stale} 个签字所签内容与现有记录不同，保存在电子档案中")
    return lines


def _block_remarks(state: VisitState, block: w.PacketBlock) -> list[str]:
    now, name = state.block(block.organisation), block.organisation_name
    if now.waived:
        return [f"{name}：本部门事项未实施，{now.waived.body.reason}"]
    if not now.disposition:
        return []
    body = now.disposition.body
    lines = []
    if body.rectification:
        due = f"，{body.rectification.due} 前改正" if body.rectification.due else ""
        demand = body.rectification.demand.strip().rstrip("。；，、.;,") if due else body.rectification.demand
        lines.append(f"{name}：责令改正：{demand}{due}")
    if body.case_proposed:
        lines.append(f"{name}：拟立案")
    if body.remark:
        lines.append(f"{name}：{body.remark}")
    return lines


def _signed(
    packet: w.Packet, state: VisitState, seal: str, drawings: dict[str, ink.Drawing]
) -> dict[str, Any]:
    """Signatures under this record; their drawings are added to ``drawings``."""
    kept: dict[str, list[dict[str, str]]] = {"inspector": [], "party": [], "witness": []}
    order = {member.account: place for place, member in enumerate(packet.team)}
    given = sorted(
        valid(packet, state.signatures, seal), key=lambda fact: order.get(fact.body.signer or "", len(order))
    )
    for place, fact in enumerate(given):
        body, name = fact.body, f"ink{place}.svg"
        drawings[name] = ink.signature(body.strokes)
        note = "仅手写" if body.assurance == "drawn_only" else ""
        kept[body.role].append({"ink": name, "name": body.name, "note": note})
    if not kept["party"]:
        if valid(packet, state.refusals, seal):
            kept["party"].append({"ink": "", "name": "拒绝签字", "note": ""})
        elif valid(packet, state.absences, seal):
            kept["party"].append({"ink": "", "name": "不在场", "note": ""})
    return {"inspectors": kept["inspector"], "party": kept["party"], "witness": kept["witness"]}


def _sealed(state: VisitState, whose: str) -> str:
    """What stands at the place of a seal. Until the end of the visit it stays free: the paper may still be sealed."""
    said = [fact.body for fact in state.said(w.SealRecorded) if fact.body.whose == whose]
    if any(body.sealed for body in said):
        return "已盖章，见照片"
    if said:
        return f"未盖章（{said[-1].reason}）"
    return "未盖章" if state.finished else ""


def _parts(parts: list[Part], prefix: str, drawings: dict[str, ink.Drawing]) -> list[dict[str, Any]]:
    """Parts as the layouts read them; what was drawn by hand is added to ``drawings``."""
    found: list[dict[str, Any]] = []
    for part in parts:
        lines: list[dict[str, Any]] = []
        for line in part.lines:
            pens: list[dict[str, str]] = []
            for pen in line.pens:
                name = f"{prefix}{len(found)}-{len(lines)}-{len(pens)}.svg"
                drawings[name] = ink.signature(pen.strokes)
                pens.append({"ink": name, "name": pen.name, "note": pen.note})
            lines.append({"text": line.text, "pens": pens})
        found.append({"title": part.title, "lines": lines})
    return found


def _met(packet: w.Packet, state: VisitState) -> list[str]:
    if not state.opened:
        return []
    party = state.party.one
    who = f"{party.body.name}（{PARTY[party.body.role]}）" if party else "—"
    # Where nobody goes (书面检查, 网络检查) nobody is present anywhere; see `pwa/src/view/ways.ts`.
    lines = [f"{'当事人' if off_site(packet) else '在场当事人'}：{who}"]
    if state.rights:
        asked = state.rights[-1].body.recusal == "requested"
        lines.append("已亮证并告知权利，当事人" + ("申请回避" if asked else "不申请回避"))
    lines += [f"当事人陈述：{fact.body.statement}" for fact in state.rights if fact.body.statement]
    return lines


def _photos(
    packet: w.Packet, state: VisitState, pictures: Mapping[str, bytes], drawings: dict[str, ink.Drawing]
) -> dict[str, Any]:
    names = {block.organisation: block.organisation_name for block in packet.blocks}
    numbers = {
        (block.organisation, item.item): item.number for block in packet.blocks for item in block.items
    }
    rows = []
    for place, one in enumerate(relied(state), 1):
        body = one.taken.body
        picture = pictures.get(body.digest)
        name = f"photo{place}.svg" if picture else ""
        if picture:
            drawings[name] = ink.photograph(picture)
        about = dict.fromkeys(
            f"{names.get(of.organisation, '')} {numbers.get((of.organisation, of.item), '')}".strip()
            for same in state.evidence
            if same.taken.body.digest == body.digest and not same.withdrawn and not same.deleted
            for of in same.taken.body.items
        )
        rows.append(
            {
                "file": name,
                "absent": ADDED["missing" if picture is None else "unreadable"],
                "caption": f"照片 {place}　{body.caption}".rstrip("　"),
                "about": "；".join(about),
                "taken": f"{china(one.taken.at)}　校验码 {check_code(body.digest)}",
            }
        )
    total = len(_pictures(state))
    more = f"另有 {total - len(rows)} 张照片存电子档案，未打印" if total > len(rows) else ""
    return {"photos": rows, "photos_more": more}
