"""What the registry's screens show: counts and gaps, filtered lists, one row with its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from piccolo.columns import Column
from piccolo.custom_types import Combinable
from piccolo.query.functions import Count
from piccolo.table import Table

from backend.people.tables import Account, organisations
from backend.registry.kinds import REGISTRIES
from backend.registry.labels import CLASSES, ITEM_CATEGORIES, RISKS, STATUSES
from backend.registry.tables import (
    TABLES,
    CheckItem,
    Expert,
    Inspector,
    RegistryChange,
    RegistryFreeze,
    Target,
    plain,
    rows_by_id,
)
from sync.words import Registry

PAGE = 50
"""Rows of a list's page."""
MINIMUM_CERTIFIED = 2
"""行政处罚法§42: at least two officers conduct a check; a department with fewer can form no team."""
ORDER: tuple[Registry, ...] = ("check_items", "targets", "inspectors", "experts")
"""The registries as the desk lists them."""


def _column(table: type[Table], name: str) -> Column:
    return table._meta.get_column_by_name(name)


def _name_of(table: type[Table]) -> Column:
    return CheckItem.title if table is CheckItem else _column(table, "name")


async def standing(registry: Registry) -> list[dict[str, Any]]:
    """Id, key, organisation, digest, name and ``removed`` of every row."""
    table = TABLES[registry]
    columns = [_column(table, name) for name in ("id", "key", "organisation", "row_digest", "removed")]
    return await table.select(*columns, _name_of(table).as_alias("name"))


async def by_ids(registry: Registry, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Rows by id, removed ones too."""
    return await rows_by_id(TABLES[registry], ids)


# --- the overview -------------------------------------------------------------------------------------------


async def _count(table: type[Table], where: Combinable | None = None) -> int:
    stands: Combinable = _column(table, "removed") == False  # noqa: E712
    return int(await table.count().where(stands & where if where is not None else stands))


async def overview(today: date) -> list[dict[str, Any]]:
    """Each registry with its count, its last freeze and what is missing in it."""
    gaps = {
        "check_items": await _departments_without_items(),
        "targets": await _targets_unrated(),
        "inspectors": await _departments_without_officers(today),
        "experts": [],
    }
    return [
        {
            "registry": registry,
            "label": REGISTRIES[registry].label,
            "count": await _count(TABLES[registry]),
            "last": next(iter(await history(registry, limit=1)), None),
            "gaps": gaps[registry],
        }
        for registry in ORDER
    ]


async def _departments_without_items() -> list[dict[str, str]]:
    named = {k: o for k, o in (await organisations()).items() if o["kind"] == "department"}
    rows = await CheckItem.select(CheckItem.organisation).where(CheckItem.removed == False).distinct()  # noqa: E712
    absent = [o["short_name"] for k, o in named.items() if k not in {r["organisation"] for r in rows}]
    return (
        [{"text": f"{len(absent)} 个部门还没有抽查事项：{'、'.join(absent)}", "query": ""}] if absent else []
    )


async def _targets_unrated() -> list[dict[str, str]]:
    # Products, projects and behaviours carry no credit-risk class.
    unrated = await _count(Target, (Target.risk == "") & (Target.target_class != "non_market"))
    text = f"{unrated:,} 户还没有信用风险分类，抽取时按一般风险处理"
    return [{"text": text, "query": "risk=none"}] if unrated else []


def certified_on(today: date) -> Combinable:
    """Inspectors who may conduct a check on that day."""
    begun = Inspector.certificate_valid_from.is_null() | (Inspector.certificate_valid_from <= today)
    lasting = Inspector.certificate_valid_until.is_null() | (Inspector.certificate_valid_until >= today)
    held: Combinable = (Inspector.certified == True) & (Inspector.active == True)  # noqa: E712
    return held & begun & lasting


async def _departments_without_officers(today: date) -> list[dict[str, str]]:
    named = {k: o for k, o in (await organisations()).items() if o["kind"] == "department"}
    rows = (
        await Inspector.select(Inspector.organisation, Count(alias="people"))
        .where((Inspector.removed == False) & certified_on(today))  # noqa: E712
        .group_by(Inspector.organisation)
    )
    people = {row["organisation"]: row["people"] for row in rows}
    few = [o["short_name"] for k, o in named.items() if people.get(k, 0) < MINIMUM_CERTIFIED]
    text = f"{len(few)} 个部门持证人员少于 {MINIMUM_CERTIFIED} 名，不能组成检查组：{'、'.join(few)}"
    gaps = [{"text": text, "query": ""}] if few else []
    ended = await _count(Inspector, _certified("ended", today))
    if ended:
        gaps.append({"text": f"{ended} 人执法证件已到期，不参加抽取", "query": "certified=ended"})
    return gaps


async def history(registry: Registry, limit: int = 20) -> list[dict[str, Any]]:
    """The last freezes of a registry, the newest first, with ``by_name``."""
    rows = (
        await RegistryFreeze.select()
        .where(RegistryFreeze.registry == registry)
        .order_by(RegistryFreeze.number, ascending=False)
        .limit(limit)
    )
    return await _with_names(rows)


async def _with_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    people = {row["by"] for row in rows}
    if not people:
        return []
    names = await Account.select(Account.id, Account.name).where(Account.id.is_in(list(people)))
    known = {a["id"]: a["name"] for a in names}
    return [{**row, "by_name": known.get(row["by"], "")} for row in rows]


# --- the lists ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listing:
    """A page of a list: its rows, how many there are in all, the page's number and how many pages."""

    rows: list[dict[str, Any]]
    total: int
    page: int
    pages: int


FILTERS: Mapping[Registry, tuple[str, ...]] = {
    "check_items": ("q", "organisation", "category"),
    "targets": ("q", "organisation", "class", "risk", "status"),
    "inspectors": ("q", "organisation", "certified"),
    "experts": ("q", "organisation"),
}
"""What stands in the address bar of each list."""
CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "category": tuple(ITEM_CATEGORIES.items()),
    "class": tuple(CLASSES.items()),
    "risk": tuple((key or "none", word) for key, word in RISKS.items()),
    "status": tuple(STATUSES.items()),
    "certified": (("now", "今日有效"), ("ended", "证件已到期"), ("none", "无证")),
}
TITLES: Mapping[str, str] = {
    "q": "名称或编号",
    "organisation": "部门",
    "category": "类别",
    "class": "对象类别",
    "risk": "信用风险",
    "status": "状态",
    "certified": "执法证",
}


def _narrowed(registry: Registry, query: Mapping[str, str], today: date) -> Combinable:
    table = TABLES[registry]
    where: Combinable = _column(table, "removed") == False  # noqa: E712
    if text := query.get("q", "").replace("%", "").replace("_", "").strip():
        # Codes are kept in capitals; LIKE is case-sensitive on one engine only.
        where = where & (_name_of(table).like(f"%{text}%") | _column(table, "key").like(f"%{text.upper()}%"))
    if organisation := query.get("organisation"):
        where = where & (_column(table, "organisation") == organisation)
    equal: dict[str, Column] = {"category": CheckItem.category, "class": Target.target_class}
    equal |= {"risk": Target.risk, "status": Target.status}
    for name, column in equal.items():
        if (value := query.get(name)) and name in FILTERS[registry]:
            where = where & (column == ("" if value == "none" else value))
    if registry == "inspectors" and (value := query.get("certified")):
        where = where & _certified(value, today)
    return where


def _certified(value: str, today: date) -> Combinable:
    if value == "now":
        return certified_on(today)
    if value == "ended":
        return (Inspector.certified == True) & (Inspector.certificate_valid_until < today)  # noqa: E712
    none: Combinable = Inspector.certified == False  # noqa: E712
    return none


_SORT: Mapping[Registry, tuple[Column, ...]] = {
    "check_items": (CheckItem.organisation, CheckItem.number),
    "targets": (Target.name, Target.id),
    "inspectors": (Inspector.organisation, Inspector.number),
    "experts": (Expert.number,),
}


async def listing(registry: Registry, query: Mapping[str, str], today: date) -> Listing:
    """The rows that the filters leave. ``query``: see ``FILTERS``; ``page`` counts from 1."""
    table = TABLES[registry]
    where = _narrowed(registry, query, today)
    total = int(await table.count().where(where))
    pages = max(1, -(-total // PAGE))
    asked = query.get("page", "1")
    page = min(pages, max(1, int(asked))) if asked.isdecimal() and len(asked) < 7 else 1
    columns = [c for c in table._meta.columns if c._meta.name != "private"]
    rows = (
        await table.select(*columns)
        .where(where)
        .order_by(*_SORT[registry])
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Listing([plain(row) for row in rows], total, page, pages)


async def story(subject: str) -> list[dict[str, Any]]:
    """Every change of one row, the newest first: act, day, who, from which file."""
    changes = await RegistryChange.select(RegistryChange.change_set, RegistryChange.act).where(
        RegistryChange.subject == subject
    )
    acts = {row["change_set"]: row["act"] for row in changes}
    if not acts:
        return []
    rows = await RegistryFreeze.select().where(RegistryFreeze.id.is_in(list(acts)))
    named = await _with_names(sorted(rows, key=lambda row: -int(row["number"])))
    return [{**row, "act": acts[row["id"]]} for row in named]
