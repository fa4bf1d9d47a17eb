"""The public document of a department's result: a whitelist, and nothing beside it. Pure.

What the profile's PUBLIC_VIEWS does not name is never looked at, so no private field can come along by mistake
(个人信息保护法§6、§25; 政府信息公开条例§15). Risk class, phone, ID, photographs, signatures, places, witnesses and
officers stand in no whitelist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from backend.profiles import keys
from backend.profiles.rules import Profile
from backend.profiles.values import PublicField
from sync.canon import digest
from sync.progress_site import standing
from sync.state import ItemState, VisitState
from sync.words import (
    NoncooperationDecided,
    NoncooperationProposed,
    Packet,
    PacketBlock,
    PublicClass,
    PublicNotice,
    PublicResult,
    PublicValue,
)

NOT_APPLICABLE = "不适用"
RECOGNISED = "采用其他部门检查结果"
"""An item that was not checked again because another department's recent result was taken over (S4-二(八)). Whose it
is stands in the record; a name that somebody typed on site is not published."""
NARROWEST: PublicClass = "natural_person"

_CLASSES: Mapping[str, PublicClass] = {
    "profit": "enterprise",
    "non_profit": "non_profit",
    "non_market": "non_market",
}
_COMPOUND_SURNAMES = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "司徒",
    "令狐",
    "长孙",
)
_PRIVATE_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}[\s-]?\d{7,8}|\d{17}[\dXx])(?![0-9A-Za-z])"
)
_CODE_FIELDS = frozenset({"uscc", "plan_no", "task_no"})


@dataclass(frozen=True)
class Task:
    """What the public reads of the plan and of the visit's end beside the packet. ``completed_on``: a day."""

    plan_no: str
    plan_name: str
    completed_on: str


def public_class(target_class: str, subtype: str) -> PublicClass:
    """The whitelist for a target of the registry; what is not known gets the narrowest one."""
    if subtype == "individual_business":
        return "sole_trader"
    return _CLASSES.get(target_class, NARROWEST)


def whitelist(profile: Profile, target_class: PublicClass) -> tuple[PublicField, ...]:
    """The fields that may be published of this class, in the order of the law's table; none where silent."""
    views = {view.target_class: view.fields for view in profile.need(keys.PUBLIC_VIEWS)}
    return views.get(target_class, ())


def indexable(profile: Profile, target_class: str) -> bool:
    """Whether search engines may keep it: never for sole traders and natural persons (domain G.7)."""
    return target_class not in (profile.get(keys.NO_INDEX_FOR) or ())


def surname(name: str) -> str:
    """张** for 张小明: the surname and two stars, whatever the length."""
    size = 2 if name.startswith(_COMPOUND_SURNAMES) and len(name) > 2 else 1
    return f"{name[:size]}**" if name else ""


def findings_of(item: ItemState, profile: Profile, decided: Collection[str]) -> tuple[str, ...]:
    """What was found at one item, in the words of the national list (B.3); () while it is open or disputed.

    ``decided``: codes that the visit's ending or the department's leader gave. Of those that only they can give, an
    officer's answer makes no other public, whatever a tablet recorded."""
    normal = next(one.label for one in profile.need(keys.FINDINGS) if one.type == "normal")
    if item.verified is not None:
        return (normal,)
    if item.recognised is not None:
        return (RECOGNISED,)
    if item.answer is None:
        return ()
    body = item.answer.body
    barred = _by_several(profile) - set(decided)
    chosen = tuple(
        one.label
        for one in profile.need(keys.FINDINGS)
        if one.code in body.findings and one.code not in barred
    )
    if chosen:
        return chosen
    return {"conform": (normal,), "not_applicable": (NOT_APPLICABLE,)}.get(body.answer, ())


def _by_several(profile: Profile) -> set[str]:
    """Codes of findings that nobody makes alone: non-cooperation, and what an ending amounts to (S2-18, E.3)."""
    types = {"non_cooperation", "closed", "terminated"}
    of_type = {one.code for one in profile.need(keys.FINDINGS) if one.type in types}
    return of_type | {one.finding for one in profile.get(keys.SITE_ENDINGS) or () if one.finding}


def decided_findings(
    packet: Packet, state: VisitState, block: PacketBlock, profile: Profile
) -> tuple[set[str], set[str]]:
    """Codes that several people found, of the items that nobody could check, and of the department as a whole.

    That somebody is not found where he is registered violates the register's rules: it is the registrar's finding,
    and no automatic violation of what the other departments supervise (domain E.1)."""
    ending = ending_finding(packet, state, block.organisation)
    kinds = {one.code: one.type for one in profile.need(keys.FINDINGS)}
    if kinds.get(ending) == "problem" and not registrar(block, profile):
        ending = profile.get(keys.FINDING_ELSEWHERE) or ""
    refused = {code for code, kind in kinds.items() if kind == "non_cooperation"}
    whole = refused if upheld(state, block.organisation) else set()
    return {ending} - {""}, whole


def registrar(block: PacketBlock, profile: Profile) -> bool:
    """Whether the department keeps the register of enterprises."""
    return any(word in block.organisation_name for word in profile.get(keys.REGISTRARS) or ())


def _found(
    item: ItemState, profile: Profile, decided: Collection[str], unchecked_as: tuple[str, ...]
) -> tuple[str, ...]:
    """What was found; of an item that nobody could check, what the ending says."""
    return findings_of(item, profile, decided) or unchecked_as


def ended(state: VisitState) -> bool:
    """Whether the check could not be carried out as ordered, confirmed by a second officer."""
    return standing(state).ended is not None


def ending_finding(packet: Packet, state: VisitState, organisation: str) -> str:
    """The code of what is public of items that nobody could check because the visit ended early; empty where the
    rule of the ending names none. That entry was refused is public only once the department upheld it (情形认定,
    S2-18): nobody is accused by one tap."""
    fact = standing(state).ended
    if fact is None or packet.site is None:
        return ""
    if fact.body.ending == "entry_refused" and not upheld(state, organisation):
        return ""
    code = next((one.finding for one in packet.site.endings if one.ending == fact.body.ending), "none")
    return "" if code == "none" else code


def upheld(state: VisitState, organisation: str) -> bool:
    """Whether the department's responsible leader upheld a finding of serious non-cooperation (不予配合情节严重)."""
    own = {one.entry for one in state.said(NoncooperationProposed) if one.body.organisation == organisation}
    return any(one.body.upheld and one.body.proposal in own for one in state.said(NoncooperationDecided))


def roll_up(results: tuple[PublicResult, ...], profile: Profile, whole: Collection[str] = ()) -> str:
    """The department's result over its items: every finding once, 未发现问题 only where nothing else was found.
    ``whole``: labels of what was found of the department's check as a whole."""
    seen = {label for result in results for label in result.findings}.union(whole)
    found = [one for one in profile.need(keys.FINDINGS) if one.label in seen]
    beyond = [one.label for one in found if one.type != "normal"]
    last = RECOGNISED if RECOGNISED in seen else NOT_APPLICABLE
    return "、".join(beyond or [one.label for one in found] or ([last] if seen else []))


def public_body(
    packet: Packet,
    state: VisitState,
    block: PacketBlock,
    profile: Profile,
    target_class: PublicClass,
    task: Task,
    omitted: tuple[str, ...] = (),
) -> PublicNotice:
    """The document that a department may publish of its block: whitelisted fields that hold something.

    ``omitted``: fields that a partial publication leaves out. Results stand in it item by item only where both
    the items and their results may be shown.
    """
    allowed = [one for one in whitelist(profile, target_class) if one.field not in omitted]
    names = {one.field for one in allowed}
    items = state.block(block.organisation).items
    ending, whole = decided_findings(packet, state, block, profile)
    known = profile.need(keys.FINDINGS)
    otherwise = tuple(one.label for one in known if one.code in ending)
    upheld_as = tuple(one.label for one in known if one.code in whole)
    results = tuple(
        PublicResult(item=one.title, findings=found)
        for one in block.items
        if (found := _found(items.get(one.item, ItemState()), profile, ending | whole, otherwise))
    )
    target = packet.target
    sources: Mapping[str, Callable[[], str]] = {
        "name": lambda: target.name,
        "uscc": lambda: target.code,
        "address": lambda: target.address,
        "legal_rep_name": lambda: target.legal_representative,
        "plan_no": lambda: task.plan_no,
        "plan_name": lambda: task.plan_name,
        "task_no": lambda: packet.scheme_number,
        "task_name": lambda: packet.scheme_name,
        "draw_scope": lambda: profile.labels(keys.DRAW_SCOPES).get(packet.scope, packet.scope),
        "organisation": lambda: block.organisation_name,
        "completed_on": lambda: task.completed_on,
        "items": lambda: "、".join(one.title for one in block.items),
        "result": lambda: roll_up(results, profile, upheld_as),
    }
    fields = [
        PublicValue(field=one.field, label=one.label, value=shown)
        for one in allowed
        if one.field in sources and (shown := _treated(one, sources[one.field], target.district))
    ]
    both = {"items", "result"} <= names
    return PublicNotice(fields=tuple(fields), results=results if both else ())


def _treated(field: PublicField, source: Callable[[], str], district: str) -> str:
    """The value as the whitelist lets it out: as it is, the surname, or the district in place of the address."""
    if field.treatment == "district_only":
        return district
    if field.treatment == "surname_only":
        return surname(source())
    return source()


def document_digest(document: PublicNotice) -> str:
    """H("notice/1", canonical document) in hex: what the entry names and what anybody can recompute."""
    return digest("notice/1", document.model_dump(mode="json"))


def value_of(document: PublicNotice, field: str) -> str:
    """One field of a document, empty where it was not published."""
    return next((one.value for one in document.fields if one.field == field), "")


def private_number_in(document: PublicNotice) -> str | None:
    """The label of the first field that holds something like a phone or ID number, or None."""
    for one in document.fields:
        if one.field not in _CODE_FIELDS and _PRIVATE_NUMBER.search(one.value):
            return one.label
    return None


def private_number(text: str) -> bool:
    """Whether a text that will be public holds something like a phone or ID number."""
    return _PRIVATE_NUMBER.search(text) is not None
