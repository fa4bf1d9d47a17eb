"""What the planning pages show and offer: names, choices of the forms, steps, what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from backend.house import CHINA, House, Refused
from backend.people.rules import Actor, may
from backend.people.tables import Account, organisations
from backend.planning import tables
from backend.planning.facts import (
    RISKS,
    ApprovalFacts,
    Estimate,
    ItemFacts,
    LineFacts,
    SchemeFacts,
    estimate,
)
from backend.planning.forms import Typed, clean, ratio_text
from backend.planning.rules import percent
from backend.profiles import keys
from backend.profiles.rules import Profile
from backend.registry import tables as registry
from backend.registry.labels import CLASSES, ITEM_CATEGORIES, SUBTYPES
from sync.canon import H
from sync.words import Ratio, SchemeRange, refuse

PAPER_TYPES: Mapping[bytes, str] = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
PAPER_MEGABYTES = 8

SECTIONS: Mapping[str, str] = {
    "organisation": "组织领导",
    "procedure": "抽查程序",
    "method": "检查方式",
    "content": "检查内容",
    "handling": "处理程序",
    "publication": "检查结果公开",
    "follow_up": "后续监管衔接",
}
"""Headings of a scheme's written parts (S0-三(一)4); the profile's own headings come on top of them."""
STRUCTURED = frozenset({"lead", "participants", "targets", "items", "range", "dates", "batches"})
"""Fields of a scheme that the form asks for by themselves."""


def today_of(house: House) -> date:
    """The calendar day in China."""
    return house.clock().astimezone(CHINA).date()


def section_titles(profile: Profile) -> dict[str, str]:
    """Code → heading of every written part that the scheme's form offers."""
    own = {f.code: f.label for f in profile.get(keys.SCHEME_FIELDS) or () if f.code not in STRUCTURED}
    return {**SECTIONS, **own}


async def typed_of(request: Request[Any, Any, Any]) -> dict[str, list[str]]:
    """What was typed in this request's form."""
    form = await request.form()
    return clean((name, value) for name, value in form.multi_items() if isinstance(value, str))


async def store_paper(request: Request[Any, Any, Any], house: House) -> str | None:
    """Keep the photograph of an approval on paper, if one came along; its digest.

    Raises Refused for what is no picture or too large.
    """
    upload = (await request.form()).get("photo")
    if not isinstance(upload, UploadFile):
        return None
    content = await upload.read()
    if not content:
        return None
    if len(content) > PAPER_MEGABYTES * 1024 * 1024:
        raise Refused(refuse("too_large", limit=PAPER_MEGABYTES))
    media_type = next((t for magic, t in PAPER_TYPES.items() if content.startswith(magic)), None)
    if media_type is None:
        raise Refused(refuse("bad_request", what="批准件照片须为 JPG 或 PNG"))
    digest = H("approval-paper/1", content).hex()
    row = tables.ApprovalPaper(
        digest=digest, media_type=media_type, sealed=house.vault.seal(content, tables.PAPER_PLACE)
    )
    await tables.ApprovalPaper.insert(row).on_conflict(action="DO NOTHING")
    return digest


async def names_of(ids: Sequence[str]) -> dict[str, str]:
    """Account → name."""
    wanted = [i for i in dict.fromkeys(ids) if i]
    rows = await Account.select(Account.id, Account.name).where(Account.id.is_in(wanted)) if wanted else []
    return {row["id"]: row["name"] for row in rows}


async def office_names() -> dict[str, str]:
    """Organisation → short name."""
    return {key: row["short_name"] or row["name"] for key, row in (await organisations()).items()}


async def departments() -> list[tuple[str, str]]:
    """The departments as choices."""
    rows = await organisations()
    return [
        (key, row["short_name"] or row["name"]) for key, row in rows.items() if row["kind"] == "department"
    ]


async def estimates(schemes: Sequence[SchemeFacts]) -> dict[str, Estimate]:
    """Scheme → what it means on today's registry."""
    return {s.id: estimate(await tables.pool(s.range), s.ratios, len(s.blocks)) for s in schemes}


async def form_choices(profile: Profile, own: str) -> dict[str, Any]:
    """Every choice of the form: departments with published items (``own`` first), ranges, modes, methods."""
    names = await office_names()
    by_department: dict[str, list[Any]] = {}
    for item in await tables.published_items():
        by_department.setdefault(item.organisation, []).append(item)
    choices = await registry.range_choices()
    return {
        "departments": sorted(
            [(o, names.get(o, o), found) for o, found in by_department.items()], key=lambda d: d[0] != own
        ),
        "item_options": _item_options,
        "classes": list(CLASSES.items()),
        "subtypes": list(SUBTYPES.items()),
        "regions": [(r, r) for r in choices["regions"]],
        "duties": [(d, d) for d in choices["duties"]],
        "modes": [(m.code, m.label) for m in profile.need(keys.JOINT_MODES)],
        "scopes": list(profile.labels(keys.DRAW_SCOPES).items()),
        "methods": [(m.code, m.label) for m in profile.methods()],
        "exclusions": list(profile.labels(keys.EXCLUSION_REASONS).items()),
        "risks": RISKS,
        "risk_names": profile.labels(keys.RISK_CLASSES),
        "section_titles": section_titles(profile),
        "least_officers": profile.need(keys.MIN_OFFICERS),
    }


def _item_options(found: Sequence[ItemFacts]) -> list[tuple[str, str, str]]:
    return [
        (
            item.id,
            f"{item.number} {item.title}",
            ITEM_CATEGORIES[item.category] + (f"，比例上限 {percent_text(item.cap)}" if item.cap else ""),
        )
        for item in found
    ]


def range_words(scope: SchemeRange) -> str:
    """A scheme's 抽查范围 in words."""
    parts = [
        ("主体类别", [CLASSES.get(c, c) for c in scope.classes]),
        ("主体类型", [SUBTYPES.get(c, c) for c in scope.subtypes]),
        ("行业代码", list(scope.industries)),
        ("区域", list(scope.regions)),
        ("监管标签", list(scope.duties)),
    ]
    return (
        "；".join(f"{label}：{'、'.join(values)}" for label, values in parts if values)
        or "名录库内全部在营对象"
    )


def line_typed(line: LineFacts) -> Typed:
    """A line that was given back, as its form shows it again."""
    return {
        **{name: [str(getattr(line, name))] for name in ("year", "title", "target_scope", "items")},
        **{name: [getattr(line, name)] for name in ("starts_on", "ends_on", "organisation")},
        "ratio": [ratio_text(line.ratio)],
        "participants": list(line.participants),
    }


def scheme_typed(scheme: SchemeFacts) -> Typed:
    """A scheme that was given back, as its form shows it again."""
    plain = ("plan_line", "name", "behaviour", "mode", "scope", "starts_on", "ends_on", "method")
    lists = ("classes", "subtypes", "regions", "duties")
    return {
        **{name: [getattr(scheme, name)] for name in plain},
        **{name: list(getattr(scheme.range, name)) for name in lists},
        **{f"items.{block.organisation}": list(block.items) for block in scheme.blocks},
        **{f"ratio.{part.risk}": [ratio_text(part.ratio)] for part in scheme.ratios},
        **{f"section.{part.code}": [part.text] for part in scheme.sections},
        "industries": [" ".join(scheme.range.industries)],
        "exclusions": list(scheme.exclusions),
        "minimum_officers": [str(scheme.minimum_officers)],
    }


async def need_scheme(scheme: str) -> SchemeFacts:
    """The scheme, or Refused."""
    found = await tables.scheme(scheme)
    if found is None:
        raise Refused(refuse("not_found"))
    return found


def percent_text(ratio: Ratio) -> str:
    """3%, 0.5%; to two places."""
    return percent(Fraction(ratio.num, ratio.den))


STEPS = (("submitted", "提交"), ("approved", "部门批准"), ("drawn", "抽取"), ("dispatched", "派发"))
PASSED = {"submitted": 1, "returned": 0, "ready_to_draw": 2, "drawn": 3, "dispatched": 4, "voided": 0}


def scheme_steps(scheme: SchemeFacts) -> list[tuple[str, str]]:
    """The way of a scheme as (title, past | now | next)."""
    passed = PASSED[scheme.status]
    return [
        (title, "past" if place < passed else "now" if place == passed else "next")
        for place, (_, title) in enumerate(STEPS)
    ]


LINE_STEPS = ("提交", "部门批准", "公布")
LINE_PASSED = {"submitted": 1, "returned": 0, "approved": 2, "published": 3}


def line_steps(line: LineFacts) -> list[tuple[str, str]]:
    """The way of a plan line as (title, past | now | next)."""
    passed = LINE_PASSED[line.status]
    return [
        (title, "past" if place < passed else "now" if place == passed else "next")
        for place, title in enumerate(LINE_STEPS)
    ]


TONES: Mapping[str, str] = {
    "draft": "",
    "submitted": "warn",
    "returned": "bad",
    "approved": "act",
    "published": "good",
    "ready_to_draw": "good",
    "drawn": "good",
    "dispatched": "good",
    "voided": "",
}


def waiting_for(
    actor: Actor, lines: Sequence[LineFacts], schemes: Sequence[SchemeFacts]
) -> tuple[list[LineFacts], list[SchemeFacts]]:
    """What the actor's own department has to approve."""
    own = actor.organisation
    if not (may(actor, "plan.approve", own) or may(actor, "scheme.approve", own)):
        return [], []
    return (
        [line for line in lines if line.status == "submitted" and line.organisation == own],
        [s for s in schemes if s.status == "submitted" and own in s.waiting_for],
    )


async def waiting(house: House, actor: Actor) -> int:
    """How much planning work waits for this person: approvals, lines to publish, schemes that came back."""
    year = today_of(house).year
    lines = [line for y in (year, year + 1) for line in await tables.plan_lines(y)]
    schemes = await tables.schemes(statuses=("submitted", "returned"))
    to_approve, to_sign = waiting_for(actor, lines, schemes)
    count = len(to_approve) + len(to_sign)
    if may(actor, "plan.publish"):
        count += sum(line.status == "approved" for line in lines)
    if may(actor, "scheme.write", actor.organisation):
        count += sum(s.status == "returned" and s.organisation == actor.organisation for s in schemes)
        count += sum(line.status == "returned" and line.organisation == actor.organisation for line in lines)
    return count


def said_by(approval: ApprovalFacts, names: Mapping[str, str]) -> str:
    """Who approved, in words: the leader, a deputy for the leader, or on paper."""
    if approval.offline:
        offline = approval.offline
        return f"{offline.approver}（线下已批，{offline.approved_on}，{offline.number}）"
    by = names.get(approval.decided_by, "")
    if approval.leader and approval.leader != approval.decided_by:
        return f"{by}（代 {names.get(approval.leader, '')}）"
    return by


def basis(profile: Profile) -> list[str]:
    """The legal basis in force, with the corrected numbers: 《…》（国发〔2019〕5号）."""
    return [
        f"《{document.title}》" + (f"（{document.number}）" if document.number else "")
        for document in profile.need(keys.LEGAL_BASIS)
    ]


def typed_from_line(line: LineFacts) -> dict[str, list[str]]:
    """What a new scheme takes over from its plan line."""
    return {
        "plan_line": [line.id],
        "name": [line.title],
        "starts_on": [line.starts_on],
        "ends_on": [line.ends_on],
        **{f"ratio.{risk}": [ratio_text(line.ratio)] for risk in RISKS},
    }
