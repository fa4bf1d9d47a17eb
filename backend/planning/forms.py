"""What is typed on the two forms, read into values that rules can judge. Pure.

A form keeps everything that was typed (``Typed``: field → values), so that a refused page shows it again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sync.words import (
    OfflineApproval,
    Ratio,
    Refusal,
    RiskClass,
    RiskRatio,
    SchemeBlock,
    SchemeRange,
    SchemeSection,
    refuse,
)

Typed = Mapping[str, Sequence[str]]
"""Field → everything that was typed or ticked in it."""

ID = re.compile(r"[0-9a-f]{32}")
LONGEST = {"title": 120, "name": 120, "behaviour": 60, "target_scope": 1000, "items": 2000}
RATIO_DENOMINATOR = 10_000


def clean(typed: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """A form's pairs as ``Typed``: NFC, one kind of line end, trimmed, without empty values."""
    found: dict[str, list[str]] = {}
    for name, value in typed:
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\x00", "").strip()
        if text and not name.startswith("_"):
            found.setdefault(name, []).append(text)
    return found


def one(typed: Typed, name: str) -> str:
    """The single value of a field, or an empty text."""
    values = typed.get(name) or ("",)
    return values[0]


def ratio_of(text: str) -> Ratio | None:
    """A percentage as typed (``3``, ``3%``, ``0.5``) as a ratio over 10,000; None if it is no such number."""
    plain = text.strip().rstrip("%％").strip()
    try:
        share = Decimal(plain) * 100
    except InvalidOperation:
        return None
    if not share.is_finite() or share != share.to_integral_value() or not 0 <= share <= RATIO_DENOMINATOR:
        return None
    return Ratio(num=int(share), den=RATIO_DENOMINATOR)


def ratio_text(ratio: Ratio) -> str:
    """A ratio as a form shows it: 3, 0.5."""
    text = f"{Decimal(ratio.num) * 100 / Decimal(ratio.den):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class _Reader:
    """Reads fields and collects the names of those that are wrong, for one sentence about all of them."""

    def __init__(self, typed: Typed) -> None:
        self.typed = typed
        self.wrong: list[str] = []

    def text(self, name: str, label: str, *, required: bool = True) -> str:
        value = one(self.typed, name)
        longest = LONGEST.get(name, 300)
        if required and not value:
            self.wrong.append(label)
        elif len(value) > longest:
            self.wrong.append(f"{label}（不超过 {longest} 字）")
        return value

    def day(self, name: str, label: str) -> str:
        value = one(self.typed, name)
        try:
            date.fromisoformat(value)
        except ValueError:
            self.wrong.append(label)
        return value

    def ratio(self, name: str, label: str) -> Ratio:
        found = ratio_of(one(self.typed, name))
        if found is None:
            self.wrong.append(label)
        return found or Ratio(num=0, den=1)

    def number(self, name: str, label: str, first: int, last: int) -> int:
        value = one(self.typed, name)
        if value.isascii() and value.isdigit() and first <= int(value) <= last:
            return int(value)
        self.wrong.append(label)
        return first

    def ids(self, name: str) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(self.typed.get(name, ())))
        if any(not ID.fullmatch(value) for value in values):
            self.wrong.append("所选项目")
            return ()
        return values

    def refusal(self) -> Refusal | None:
        return refuse("bad_request", what="、".join(self.wrong)[:200]) if self.wrong else None


@dataclass(frozen=True)
class LineForm:
    """A plan line as typed: the five fields of S2-12 and its name."""

    year: int
    title: str
    target_scope: str
    starts_on: str
    ends_on: str
    ratio: Ratio
    participants: tuple[str, ...]
    items: str


def read_line(typed: Typed) -> LineForm | Refusal:
    """The plan line's form, or one refusal that names every field to mend."""
    reader = _Reader(typed)
    form = LineForm(
        year=reader.number("year", "年度", 2000, 2999),
        title=reader.text("title", "计划事项名称"),
        target_scope=reader.text("target_scope", "检查对象范围"),
        starts_on=reader.day("starts_on", "抽查时间（起）"),
        ends_on=reader.day("ends_on", "抽查时间（止）"),
        ratio=reader.ratio("ratio", "抽查比例"),
        participants=reader.ids("participants"),
        items=reader.text("items", "抽查事项"),
    )
    return reader.refusal() or form


@dataclass(frozen=True)
class SchemeForm:
    """A scheme as typed. ``items``: department → its items, in the order of the form."""

    plan_line: str
    name: str
    behaviour: str
    mode: str
    scope: Literal["undirected", "directed"]
    items: Mapping[str, tuple[str, ...]]
    range: SchemeRange
    ratios: tuple[RiskRatio, ...]
    exclusions: tuple[str, ...]
    starts_on: str
    ends_on: str
    minimum_officers: int
    method: str
    sections: tuple[SchemeSection, ...]

    def entry_fields(self, lead: str, departments: Sequence[str]) -> dict[str, Any]:
        """The fields that an entry takes over as they were typed. Blocks: the lead's first, then in the order of
        ``departments``, because a form's fields come in any order."""
        places = {lead: -1, **{o: place for place, o in enumerate(departments) if o != lead}}
        order = sorted(self.items, key=lambda o: (places.get(o, len(places)), o))
        return {
            "name": self.name,
            "behaviour": self.behaviour,
            "blocks": tuple(SchemeBlock(organisation=o, items=self.items[o]) for o in order),
            "mode": self.mode,
            "scope": self.scope,
            "range": self.range,
            "ratios": self.ratios,
            "exclusions": self.exclusions,
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "minimum_officers": self.minimum_officers,
            "method": self.method,
            "sections": self.sections,
        }


RISK_LABELS: Mapping[RiskClass, str] = {
    "A": "A 类（信用风险低）",
    "B": "B 类（一般）",
    "C": "C 类（较高）",
    "D": "D 类（高）",
}


def read_scheme(typed: Typed, section_titles: Mapping[str, str]) -> SchemeForm | Refusal:
    """The scheme's form, or one refusal that names every field to mend.

    Fields ``items.ORGANISATION`` hold item ids, ``section.CODE`` the written parts.
    """
    reader = _Reader(typed)
    name = reader.text("name", "方案名称")
    items = {
        field.removeprefix("items."): reader.ids(field)
        for field in typed
        if field.startswith("items.") and ID.fullmatch(field.removeprefix("items."))
    }
    scope = one(typed, "scope")
    if scope not in ("undirected", "directed"):
        reader.wrong.append("抽查类型")
    sections = []
    for code, title in section_titles.items():
        text = one(typed, f"section.{code}")
        if len(text) > 4000:
            reader.wrong.append(f"{title}（不超过 4000 字）")
        elif text:
            sections.append(SchemeSection(code=code, title=title, text=text))
    form = SchemeForm(
        plan_line=one(typed, "plan_line"),
        name=name,
        behaviour=reader.text("behaviour", "监管行为", required=False) or name[: LONGEST["behaviour"]],
        mode=reader.text("mode", "联查模式"),
        scope="directed" if scope == "directed" else "undirected",
        items={organisation: chosen for organisation, chosen in items.items() if chosen},
        range=_range(typed, reader),
        ratios=tuple(
            RiskRatio(risk=risk, ratio=reader.ratio(f"ratio.{risk}", f"{label}抽查比例"))
            for risk, label in RISK_LABELS.items()
        ),
        exclusions=tuple(dict.fromkeys(typed.get("exclusions", ()))),
        starts_on=reader.day("starts_on", "检查时间（起）"),
        ends_on=reader.day("ends_on", "检查时间（止）"),
        minimum_officers=reader.number("minimum_officers", "每部门执法人员数", 1, 9),
        method=reader.text("method", "检查方式"),
        sections=tuple(sections),
    )
    return reader.refusal() or form


CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def _range(typed: Typed, reader: _Reader) -> SchemeRange:
    codes = {name: tuple(dict.fromkeys(typed.get(name, ()))) for name in ("classes", "subtypes")}
    lists = {name: tuple(dict.fromkeys(typed.get(name, ()))) for name in ("regions", "duties")}
    industries = tuple(dict.fromkeys(re.split(r"[\s,，、;；]+", one(typed, "industries").strip())))
    every = [*lists["regions"], *lists["duties"], *industries]
    if any(not CODE.fullmatch(code) for found in codes.values() for code in found):
        reader.wrong.append("抽查范围")
        codes = {"classes": (), "subtypes": ()}
    if any(len(text) > 60 for text in every):
        reader.wrong.append("抽查范围")
    return SchemeRange(
        classes=codes["classes"],
        subtypes=codes["subtypes"],
        industries=tuple(text[:60] for text in industries if text),
        regions=tuple(text[:60] for text in lists["regions"]),
        duties=tuple(text[:60] for text in lists["duties"]),
    )


def read_offline(typed: Typed, photo: str | None) -> OfflineApproval | Refusal:
    """线下已批 as typed: approver, day, number of the paper; its photograph was stored under ``photo``."""
    reader = _Reader(typed)
    approver = reader.text("approver", "批准人")[:120]
    approved_on = reader.day("approved_on", "批准日期")
    number = reader.text("number", "文号或审批表编号")[:120]
    refusal = reader.refusal()
    if refusal:
        return refusal
    return OfflineApproval(approver=approver, approved_on=approved_on, number=number, photo=photo)
