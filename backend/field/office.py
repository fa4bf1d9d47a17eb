"""What the office reads of the field: visits with what has arrived, the record as it folds, held entries, tablets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from backend.dispatch.tables import Packet as PacketRow
from backend.dispatch.tables import Visit, VisitMember
from backend.documents.record import contradiction
from backend.documents.site import Line, Part, later_parts, site_parts
from backend.field.tables import UPLOADED, Contact, DeviceScope, Evidence, Held, VisitState
from backend.house import House
from backend.people.rules import Actor, reach
from backend.people.tables import Device, DevicePerson, account_names, organisations
from backend.web import moment_text
from sync.canon import digest
from sync.progress_site import standing
from sync.record import record_of
from sync.state import Fact, ItemState, Slot
from sync.state import VisitState as Folded
from sync.words import (
    REFUSALS,
    CrimeSuspected,
    EndingProposed,
    Packet,
    PacketBlock,
    ReturnPlanned,
    SignatureGiven,
)

STATUS = {"ordered": ("待检查", ""), "under_way": ("检查中", "act"), "finished": ("已结束", "good")}
ANSWERS = {"conform": "符合", "nonconform": "不符合", "not_applicable": "不适用"}
ROLES = {"inspector": "执法人员", "party": "当事人", "witness": "见证人"}
PARTY = {
    "legal_representative": "法定代表人",
    "principal": "负责人",
    "operator": "经营者",
    "authorised": "受托人",
    "staff": "工作人员",
}
ASSURANCE = {"pin": "本人 PIN 签字", "drawn_only": "手写签字（本人未在该终端解锁）", "none": ""}
KINDS = {
    "visit.opened": "到达登记",
    "identity.shown": "亮证",
    "rights.told": "权利告知",
    "party.met": "在场人员",
    "item.reopened": "网络核查重开",
    "answer.given": "事项结果",
    "evidence.taken": "照片",
    "evidence.withdrawn": "撤下照片",
    "disposition.given": "本部门检查结果",
    "block.waived": "本部门事项未实施",
    "signature.given": "签字",
    "signature.refused": "拒绝签字",
    "signature.absent": "当事人不在场",
    "visit.finished": "检查结束",
    "visit.scheduled": "安排时间",
    "notice.served": "送达通知书",
    "notice.exempted": "免于事先告知",
    "item.verified": "网络核查",
    "item.contradicted": "网络核查不一致",
    "code.recorded": "登记执法码",
    "target.observed": "与登记不一致",
    "return.planned": "打算再次到场",
    "ending.proposed": "未能实施检查",
    "ending.confirmed": "复核未能实施检查",
    "ending.withdrawn": "撤回未能实施检查",
    "recusal.declared": "申请回避",
    "recusal.confirmed": "确认当事人申请回避",
    "consent.recorded": "电话同意更换",
    "visit.paused": "中止检查",
    "visit.resumed": "恢复检查",
    "authority.shown": "授权委托",
    "part.signed": "中途签字",
    "act.recorded": "取证",
    "transcript.taken": "询问笔录",
    "media.restricted": "不得拍摄",
    "evidence.added": "补充照片",
    "evidence.deleted": "当场删除照片",
    "recording.made": "录音、录像",
    "noncooperation.proposed": "提出不予配合",
    "noncooperation.confirmed": "确认不予配合",
    "expert.concluded": "专家意见",
    "result.recognised": "结果互认",
    "crime.suspected": "涉嫌犯罪线索",
    "record.read": "核对、宣读",
    "paper.signed": "纸质签署",
    "supplement.given": "补充记录",
    "supplement.signed": "补充记录签字",
    "seal.recorded": "盖章情况",
    "copy.given": "交付副本",
}


async def may_read(actor: Actor, visit: str) -> bool:
    """Whether the actor may read this visit."""
    return bool(await readable(actor, {visit}))


async def readable(actor: Actor, visits: Collection[str]) -> set[str]:
    """Which of these the actor may read: all in the whole jurisdiction, else those in which the own department takes
    part."""
    distance = reach(actor, "visit.read")
    if distance == "all" or not visits:
        return set(visits)
    if distance != "own":
        return set()
    asked, mine = list(visits), actor.organisation
    member = (VisitMember.organisation == mine) & VisitMember.visit.is_in(asked)
    members = await VisitMember.select(VisitMember.visit).where(member)
    led = await Visit.select(Visit.id).where((Visit.lead_organisation == mine) & Visit.id.is_in(asked))
    return {row["visit"] for row in members} | {row["id"] for row in led}


async def visits_for(
    actor: Actor, status: str = "", words: str = "", today: str = ""
) -> list[dict[str, Any]]:
    """Visits that the actor may read, with their counts, zero where nothing came yet; ``words`` stand in the firm's
    name or in the number. Those of ``today`` and what is open come first, else the latest day."""
    found = Visit.select().order_by(Visit.planned_on, ascending=False).order_by(Visit.number)
    if words:
        # No escape sign means the same on both engines, so the wildcards become any one character.
        literal = re.sub(r"[%_\\]", "_", words)
        numbered = Visit.number.like(f"%{literal}%") | Visit.number.like(f"%{literal.upper()}%")
        found = found.where(Visit.title.like(f"%{literal}%") | numbered)
    if reach(actor, "visit.read") != "all":
        members = await VisitMember.select(VisitMember.visit).where(
            VisitMember.organisation == actor.organisation
        )
        mine = {row["visit"] for row in members}
        leading = await Visit.select(Visit.id).where(Visit.lead_organisation == actor.organisation)
        mine |= {row["id"] for row in leading}
        rows = [row for row in await found if row["id"] in mine]
    else:
        rows = await found
    states = {row["visit"]: row for row in await VisitState.select(*_COUNTS)}
    empty = dict.fromkeys(("entries", "items_answered", "photos", "photos_stored", "held", "disputed"), 0)
    listed = []
    for row in rows:
        counts = states.get(row["id"], {**empty, "status": "ordered", "finished_at": "", "return_on": ""})
        state = STATUS[counts["status"]]
        if row["status"] != "ordered":  # taken back: it stands here only for what arrived of it
            if counts["status"] == "ordered" and not counts["items_answered"]:
                continue
            state = ("已撤回派发", "warn")
        listed.append({**row, **counts, "target_name": row["title"], "state": state})
    listed = [row for row in listed if not status or row["status"] == status]
    return sorted(listed, key=lambda row: _nearness(row, today)) if today else listed


def _nearness(row: Mapping[str, Any], today: str) -> tuple[int, int]:
    """Today's and what is under way, what is overdue, what comes, what is past."""
    day, planned = date.fromisoformat(today), date.fromisoformat(row["planned_on"])
    over = row["status"] == "finished" or row["state"] not in STATUS.values()
    if planned == day or (row["status"] == "under_way" and not over):
        return 0, -planned.toordinal()
    if planned > day:
        return 2, planned.toordinal()
    return (3 if over else 1), -planned.toordinal()


_COUNTS = (
    VisitState.visit,
    VisitState.status,
    VisitState.entries,
    VisitState.items_answered,
    VisitState.photos,
    VisitState.photos_stored,
    VisitState.held,
    VisitState.disputed,
    VisitState.finished_at,
    VisitState.return_on,
)


async def packet_of(house: House, visit: Mapping[str, Any]) -> Packet | None:
    """The packet that the visit's team has now."""
    row = await PacketRow.select().where(PacketRow.digest == visit["packet_digest"]).first()
    if row is None:
        return None
    return Packet.model_validate_json(house.vault.open(bytes(row["content"]), "packet.content"))


def blocks_of(packet: Packet, state: Folded) -> list[dict[str, Any]]:
    """Block by block, item by item: what was found, in words."""
    return [_block(packet, state, block) for block in packet.blocks]


def _open_words(now: ItemState) -> str:
    return "网络核查不一致" if now.contradicted else "重新检查中" if now.reopened else ""


def _block(packet: Packet, state: Folded, block: PacketBlock) -> dict[str, Any]:
    findings = {choice.code: choice.label for choice in packet.findings}
    results = {choice.code: choice.label for choice in packet.dispositions}
    said = state.block(block.organisation)
    items = []
    for item in block.items:
        now = state.item(block.organisation, item.item)
        row: dict[str, Any] = {"item": item.item, "number": item.number, "title": item.title, "note": ""}
        if now.disputed:
            row |= {"answer": "记录不一致", "tone": "warn"}
        elif now.answer:
            body = now.answer.body
            labels = [findings.get(code, code) for code in body.findings]
            tone = "bad" if body.answer == "nonconform" else ""
            row |= {"answer": ANSWERS[body.answer], "tone": tone, "findings": labels, "note": body.note}
        elif now.verified:
            source = now.verified.body.source
            row |= {"answer": "已网络核实", "tone": "good", "note": f"{source} {now.verified.body.note}"}
            row["snapshot"] = now.verified.body.snapshot
        elif now.recognised:
            other = now.recognised.body
            row |= {"answer": "结果互认", "tone": "good", "note": f"{other.source} {other.note}"}
        else:
            open_now = "未检查" if standing(state).ended else "未记录"
            row |= {
                "answer": _open_words(now) or open_now,
                "tone": "warn" if now.contradicted else "",
                "open": not now.heads,
            }
        if now.contradicted:
            last = now.contradicted[-1].body
            row["note"] = "；".join(part for part in (row["note"], contradiction(last)) if part)
            row.setdefault("snapshot", last.snapshot)
        items.append(row)
    result: list[str] = []
    if said.disposition:
        body_ = said.disposition.body
        result = [results.get(code, code) for code in body_.results] + ["拟立案"] * body_.case_proposed
    return {
        "organisation": block.organisation,
        "name": block.organisation_name,
        "items": items,
        "result": result,
        "disputed": said.disputed,
        "waived": said.waived.body.reason if said.waived else "",
        "rectification": said.disposition.body.rectification if said.disposition else None,
    }


async def photos_of(visit: str, state: Folded) -> list[dict[str, Any]]:
    """The photos, withdrawn ones too, with whether the picture is here."""
    rows = await Evidence.select().where((Evidence.visit == visit) & (Evidence.use == "photo"))
    stored = {row["entry"] for row in rows if row["stored"]}
    return [
        {
            "digest": photo.taken.body.digest,
            "caption": photo.taken.body.caption,
            "stored": photo.taken.entry in stored,
            "withdrawn": photo.withdrawn[0].body.reason if photo.withdrawn else "",
            "deleted": photo.deleted[0].body.reason if photo.deleted else "",
        }
        for photo in state.evidence
    ]


def happened(packet: Packet, state: Folded) -> list[Part]:
    """What happened on site beside the items, in the lines that the record prints, and what came after the end."""
    seal = digest("record/1", record_of(packet, state))
    return [*site_parts(packet, state), *_evidence(state), *later_parts(packet, state, seal)]


def _evidence(state: Folded) -> list[Part]:
    """What the printed record leaves out of a check that could not be carried out: where it was, and who saw it."""
    lines = []
    bodies: list[ReturnPlanned | EndingProposed] = [fact.body for fact in state.said(ReturnPlanned)]
    bodies += [fact.body for fact in state.said(EndingProposed)]
    for body in bodies:
        if body.place:
            where = f"{body.place.latitude / 1e6:.5f}，{body.place.longitude / 1e6:.5f}"
            lines.append(Line(f"定位 {where}，精度 {body.place.accuracy} 米"))
        if body.witness:
            lines.append(Line(f"见证人：{body.witness}"))
        lines += [Line(f"拨打 {one.phone}：{one.outcome}") for one in body.attempts]
    return [Part("未能实施检查的佐证", tuple(lines))] if lines else []


def signatures_of(packet: Packet, state: Folded) -> list[dict[str, Any]]:
    """Who signed, refused or was absent, in the order in which it is shown."""
    reasons = {choice.code: choice.label for choice in packet.refusal_reasons}
    rows = [_signature(fact) for fact in state.signatures]
    rows += [
        {
            "role": "当事人",
            "name": fact.body.name,
            "what": f"拒绝签字：{reasons.get(fact.body.reason, fact.body.reason)}",
            "text": fact.body.statement,
        }
        for fact in state.refusals
    ]
    met = one(state.party)
    rows += [
        {
            "role": "当事人",
            "name": met.name if met else "当事人",
            "what": f"不在场：{fact.body.reason}",
            "text": "",
        }
        for fact in state.absences
    ]
    return rows


def _signature(fact: Fact[SignatureGiven]) -> dict[str, Any]:
    body = fact.body
    opinion = {"agreed": "经核对，情况属实", "objected": "有异议", None: ""}[body.opinion]
    strokes = [
        " ".join(f"{x},{y}" for x, y in zip(stroke[::2], stroke[1::2], strict=False))
        for stroke in body.strokes
    ]
    what = "；".join(part for part in (ASSURANCE[body.assurance], opinion) if part)
    return {
        "role": ROLES[body.role],
        "name": body.name,
        "what": what,
        "text": body.statement,
        "strokes": strokes,
    }


def one(slot: Slot[Any]) -> Any:
    """The body of a slot's only head, or None."""
    return slot.one.body if slot.one else None


async def held_for(actor: Actor, visit: str = "", decided: bool = False) -> list[dict[str, Any]]:
    """Held entries of the departments that the actor decides or reads for, with the reason's catalogue sentence and
    names in words. That a crime is suspected only the reporting department learns, and the lead one."""
    rows = await Held.select().order_by(Held.at)
    everywhere = reach(actor, "visit.read") == "all"
    mine = [row for row in rows if everywhere or row["organisation"] == actor.organisation]
    mine = [row for row in mine if not visit or row["visit"] == visit]
    mine = [row for row in mine if decided or not row["decision"]]
    names = await account_names([row["author"] for row in mine])
    columns = (Visit.id, Visit.number, Visit.title, Visit.lead_organisation)
    visits = {row["id"]: row for row in await Visit.select(*columns)}
    none = {"number": "", "title": "", "lead_organisation": ""}
    listed = []
    for row in mine:
        of = visits.get(row["visit"], none)
        told = (row["organisation"], of["lead_organisation"])
        if row["kind"] == CrimeSuspected.KIND and actor.organisation not in told:
            continue
        named = {
            "author_name": names.get(row["author"], "未知人员"),
            "what": KINDS.get(row["kind"], row["kind"]),
        }
        # Cut before its first blank: a held entry has no details to fill it.
        sentence = REFUSALS.get(row["code"], "").split("{")[0]
        listed.append(
            {**row, **named, "sentence": sentence, "visit_number": of["number"], "title": of["title"]}
        )
    return listed


async def devices_for(actor: Actor) -> list[dict[str, Any]]:
    """Tablets of the departments that the actor reads, with their people and when each was last heard of."""
    everywhere = reach(actor, "visit.read") == "all"
    rows = await Device.select().order_by(Device.number)
    rows = [row for row in rows if everywhere or row["organisation"] == actor.organisation]
    persons: dict[str, list[str]] = {}
    for person in await DevicePerson.select():
        persons.setdefault(person["device"], []).append(person["account"])
    names = await account_names([account for accounts in persons.values() for account in accounts])
    contacts = {row["device"]: row for row in await Contact.select()}
    known, at_hand = await organisations(), await _at_hand([row["id"] for row in rows])
    return [
        {
            **row,
            "at_hand": at_hand.get(row["id"], []),
            "organisation_name": known.get(row["organisation"], {}).get("name", ""),
            "people": [names[account] for account in persons.get(row["id"], []) if account in names],
            "heard": contacts.get(row["id"], {}).get("at"),
            "skew_minutes": round(contacts.get(row["id"], {}).get("skew", 0) / 60_000),
        }
        for row in rows
    ]


async def _at_hand(devices: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Tablet → the visits that were dispatched to its people and whose end has not come: what it may still hold."""
    scopes = await DeviceScope.select().where(DeviceScope.device.is_in(devices)) if devices else []
    wanted = sorted({row["visit"] for row in scopes})
    if not wanted:
        return {}
    done = await VisitState.select(VisitState.visit).where(
        VisitState.visit.is_in(wanted) & (VisitState.status == "finished")
    )
    ended = {row["visit"] for row in done}
    visits = await Visit.select(Visit.id, Visit.number, Visit.title).where(
        Visit.id.is_in(wanted) & (Visit.status == "ordered")
    )
    open_ones = {row["id"]: row for row in visits if row["id"] not in ended}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in scopes:
        if row["visit"] in open_ones:
            found.setdefault(row["device"], []).append(open_ones[row["visit"]])
    return {device: sorted(many, key=lambda one: one["number"]) for device, many in found.items()}


async def lying_on(house: House, actor: Actor, device: str) -> dict[str, Any]:
    """What the server knows to be open on a tablet: when it was last heard of, its visits that are not finished (which
    ones only for who may read them), pictures that it announced and did not send, entries of it that wait for a
    decision."""
    contact = await Contact.select(Contact.at).where(Contact.device == device).first()
    visits = (await _at_hand([device])).get(device, [])
    known = await readable(actor, {one["id"] for one in visits})
    missing = (Evidence.device == device) & Evidence.use.is_in(list(UPLOADED)) & (Evidence.stored == 0)
    return {
        "heard": contact["at"] if contact else None,
        "open": len(visits),
        "visits": [one for one in visits if one["id"] in known],
        "missing": await Evidence.count().where(missing),
        "held": await Held.count().where((Held.device == device) & (Held.decision == "")),
    }


async def waiting(house: House, actor: Actor) -> int:
    """How many held entries wait for this actor's decision."""
    if reach(actor, "held.decide") is None:
        return 0
    return len(await held_for(actor))


async def held_row(entry: str) -> dict[str, Any] | None:
    """One held entry."""
    row = await Held.select().where(Held.entry == entry).first()
    return dict(row) if row else None


def china_text(at: str) -> str:
    """An entry's time as people read it; as it stands where a tablet's clock showed no real moment."""
    try:
        return moment_text(datetime.fromisoformat(at))
    except (ValueError, OverflowError):
        return at
