"""Rows of the registries and the queries over them.

The four registries are derived: ``registry.frozen`` applies the lines of its change set from the append-only
``registry_change``. A row keeps its id for ever; one that was taken out is kept with ``removed`` set, so that
what was drawn still has its name. Every query below leaves removed rows out unless it is asked by id.

Fields that stand in every row: ``key`` natural identifier · ``row`` canonical JSON of all fields that are not
private · ``private`` sealed canonical JSON of the private ones (place ``TABLE.private``) · ``generation`` number
of the entry that wrote it. Rows come out of the queries with their JSON columns as lists.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from piccolo.columns import BigInt, Boolean, Bytea, Date, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import Column
from piccolo.custom_types import Combinable
from piccolo.table import Table

from backend import db
from backend.house import House
from backend.people.tables import Account, organisations
from sync.words import Registry, SchemeRange


class CheckItem(Table, tablename="check_item"):
    """An item of the catalogue (抽查事项清单). ``ratio_num``/``ratio_den``: the ratio's number (a general item's
    upper cap), None where the text gives none. ``method``: words joined by 、. ``legal_basis``, ``contents``,
    ``guidance``, ``findings``, ``tags``: JSON lists. ``evidence``: on_nonconform | always | never."""

    id = Varchar(length=32, primary_key=True)
    organisation = Varchar(length=32, index=True)
    number = Varchar(length=64)
    title = Varchar(length=120)
    heading = Varchar(length=160)
    category = Varchar(length=10)
    target_text = Varchar(length=300)
    legal_basis = Text()
    contents = Text()
    guidance = Text()
    findings = Text()
    method = Varchar(length=120)
    ratio_num = Integer(null=True, default=None)
    ratio_den = Integer(null=True, default=None)
    frequency = Varchar(length=300)
    evidence = Varchar(length=20)
    photo_required = Boolean()
    published = Boolean()
    tags = Text()
    row = Text()
    private = Bytea()
    key = Varchar(length=250, unique=True)
    row_digest = Varchar(length=64)
    removed = Boolean()
    generation = BigInt()


class Target(Table, tablename="target"):
    """An inspection target (检查对象). ``risk``: A–D or "", never published. ``address``: where business is done.
    ``region``: division code; ``area``: street or township. ``duties``: JSON list of labels."""

    id = Varchar(length=32, primary_key=True)
    organisation = Varchar(length=32, index=True)
    name = Varchar(length=120, index=True)
    target_class = Varchar(length=20)
    subtype = Varchar(length=30)
    industry = Varchar(length=300)
    region = Varchar(length=300)
    area = Varchar(length=300)
    address = Varchar(length=300)
    legal_representative = Varchar(length=300)
    licence = Varchar(length=300)
    risk = Varchar(length=1)
    status = Varchar(length=20)
    duties = Text()
    abnormal = Boolean()
    row = Text()
    private = Bytea()
    key = Varchar(length=250, unique=True)
    row_digest = Varchar(length=64)
    removed = Boolean()
    generation = BigInt()


class Inspector(Table, tablename="inspector"):
    """A person of the inspectors' registry. ``certificate`` is "" where there is none; ``number`` is the
    certificate, else the staff number. ``areas`` (empty: the whole jurisdiction), ``specialties``: JSON lists.

    The account belongs to people and may be made later, so it is no column: the queries add ``account``.
    """

    id = Varchar(length=32, primary_key=True)
    organisation = Varchar(length=32, index=True)
    name = Varchar(length=120)
    number = Varchar(length=64, index=True)
    certificate = Varchar(length=64)
    certificate_valid_from = Date(null=True, default=None)
    certificate_valid_until = Date(null=True, default=None)
    certified = Boolean()
    level = Varchar(length=20)
    areas = Text()
    specialties = Text()
    person_category = Varchar(length=20)
    active = Boolean()
    row = Text()
    private = Bytea()
    key = Varchar(length=250, unique=True)
    row_digest = Varchar(length=64)
    removed = Boolean()
    generation = BigInt()


class Expert(Table, tablename="expert"):
    """An expert who may assist. ``specialties``: JSON list."""

    id = Varchar(length=32, primary_key=True)
    organisation = Varchar(length=32, index=True)
    name = Varchar(length=120)
    number = Varchar(length=64)
    category = Varchar(length=20)
    employer = Varchar(length=300)
    title = Varchar(length=120)
    specialties = Text()
    engaged_until = Date(null=True, default=None)
    row = Text()
    private = Bytea()
    key = Varchar(length=250, unique=True)
    row_digest = Varchar(length=64)
    removed = Boolean()
    generation = BigInt()


class RegistryChange(Table, tablename="registry_change"):
    """A line of a change set, append-only; what replay reads. ``act``: add | change | remove. ``sealed``: the
    whole row as canonical JSON (place ``registry_change.sealed``), empty where it is removed. Its id is
    change set + ":" + place."""

    id = Varchar(length=48, primary_key=True)
    change_set = Varchar(length=32, index=True)
    place = Integer()
    registry = Varchar(length=20)
    act = Varchar(length=10)
    subject = Varchar(length=32, index=True)
    key = Varchar(length=250)
    organisation = Varchar(length=32)
    row_digest = Varchar(length=64)
    sealed = Bytea()


class RegistryFreeze(Table, tablename="registry_freeze"):
    """A registry.frozen entry as a row: when, by whom, from which file, with which root (校验码)."""

    id = Varchar(length=32, primary_key=True)
    number = BigInt(index=True)
    registry = Varchar(length=20, index=True)
    root = Varchar(length=64)
    rows = BigInt()
    added = BigInt()
    changed = BigInt()
    removed = BigInt()
    as_of = Varchar(length=10)
    file_name = Varchar(length=120)
    file_digest = Varchar(length=64)
    by = Varchar(length=32)
    at = Varchar(length=24)


class ImportPreview(Table, tablename="import_preview"):
    """An uploaded file that nobody applied yet: the file and what was read from it, both sealed. ``scope``: the
    organisation whose rows the file speaks for, "" for all. ``as_of``: the day it is judged by."""

    id = Varchar(length=32, primary_key=True)
    account = Varchar(length=32, index=True)
    registry = Varchar(length=20)
    scope = Varchar(length=32)
    as_of = Varchar(length=10)
    file_name = Varchar(length=120)
    generation = BigInt()
    changes = Varchar(length=64)
    content = Bytea()
    summary = Bytea()
    made_at = Timestamptz()
    expires_at = Timestamptz(index=True)


TABLES: Mapping[Registry, type[Table]] = {
    "check_items": CheckItem,
    "targets": Target,
    "inspectors": Inspector,
    "experts": Expert,
}
"""Registry → the table of its current rows."""

_LISTS = frozenset(
    {"legal_basis", "contents", "guidance", "findings", "tags", "duties", "areas", "specialties"}
)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its JSON lists read and ``row`` as a dictionary."""
    return {
        name: json.loads(value) if name in _LISTS or name == "row" else value for name, value in row.items()
    }


def opened(house: House, registry: Registry, row: Mapping[str, Any]) -> dict[str, Any]:
    """The private fields of a row (telephone, identity number), for those who may see them."""
    place = f"{TABLES[registry]._meta.tablename}.private"
    return cast("dict[str, Any]", json.loads(house.vault.open(bytes(row["private"]), place)))


def _light(table: type[Table]) -> list[Column]:
    return [c for c in table._meta.columns if c._meta.name not in ("private", "row")]


async def rows_by_id(table: type[Table], ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Rows by id, removed ones too."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, dict[str, Any]] = {}
    column = table._meta.primary_key
    for part in db.parts(wanted):
        for row in await table.select().where(column.is_in(part)):
            found[row["id"]] = plain(row)
    return found


# --- queries for the stages that follow ---------------------------------------------------------------------


async def items_of(organisation_ids: Collection[str]) -> list[dict[str, Any]]:
    """The items of these departments, by department and number."""
    if not organisation_ids:
        return []
    rows = (
        await CheckItem.select()
        .where(CheckItem.organisation.is_in(list(organisation_ids)) & (CheckItem.removed == False))  # noqa: E712
        .order_by(CheckItem.organisation, CheckItem.number)
    )
    return [plain(row) for row in rows]


async def items(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Items by id, removed ones too."""
    return await rows_by_id(CheckItem, ids)


async def public_items() -> list[dict[str, Any]]:
    """The published catalogue in the office's order, each with ``organisation_name`` (S0-三(一)1d)."""
    named = await organisations()
    order = {identity: place for place, identity in enumerate(named)}
    rows = await CheckItem.select(*_light(CheckItem)).where(
        (CheckItem.published == True) & (CheckItem.removed == False)  # noqa: E712
    )
    found = [{**plain(row), "organisation_name": named[row["organisation"]]["name"]} for row in rows]
    return sorted(found, key=lambda row: (order[row["organisation"]], row["number"]))


async def targets_in(scope: SchemeRange) -> list[dict[str, Any]]:
    """The targets within a scheme's 抽查范围, by id; an empty list of the range narrows nothing. Without the
    columns ``row`` and ``private``. Gone targets (注销…) are among them: the draw excludes them with a reason."""
    where: Combinable = Target.removed == False  # noqa: E712
    for column, chosen in (
        (Target.target_class, scope.classes),
        (Target.subtype, scope.subtypes),
        (Target.region, scope.regions),
    ):
        if chosen:
            where = where & column.is_in(list(chosen))
    rows = [plain(row) for row in await Target.select(*_light(Target)).where(where).order_by(Target.id)]
    return [
        row
        for row in rows
        if (not scope.industries or row["industry"].startswith(tuple(scope.industries)))
        and (not scope.duties or not set(scope.duties).isdisjoint(row["duties"]))
    ]


async def targets(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Targets by id, removed ones too; ``opened(house, "targets", row)`` gives the telephone."""
    return await rows_by_id(Target, ids)


async def range_choices() -> dict[str, list[str]]:
    """What a scheme's range may choose from: regions, industries, duties that occur."""
    rows = await Target.select(Target.region, Target.industry, Target.duties).where(
        Target.removed == False  # noqa: E712
    )
    duties = {text for row in rows for text in json.loads(row["duties"])}
    return {
        "regions": sorted({row["region"] for row in rows} - {""}),
        "industries": sorted({row["industry"] for row in rows} - {""}),
        "duties": sorted(duties),
    }


async def inspectors_of(organisation_ids: Collection[str] | None) -> list[dict[str, Any]]:
    """The inspectors of these departments (None: of all), by department and number, each with ``account``:
    the id of the account whose ``certificate`` is the person's number, "" where there is none."""
    where: Combinable = Inspector.removed == False  # noqa: E712
    if organisation_ids is not None:
        if not organisation_ids:
            return []
        where = where & Inspector.organisation.is_in(list(organisation_ids))
    rows = await Inspector.select().where(where).order_by(Inspector.organisation, Inspector.number)
    return await _with_accounts(rows)


async def inspectors() -> list[dict[str, Any]]:
    """Every inspector; see ``inspectors_of``."""
    return await inspectors_of(None)


async def inspectors_by_id(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Inspectors by id with ``account``, removed ones too."""
    found = await rows_by_id(Inspector, ids)
    return {row["id"]: row for row in await _with_accounts(list(found.values()))}


async def _with_accounts(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    accounts = await Account.select(Account.id, Account.certificate, Account.organisation).where(
        Account.certificate != ""
    )
    known = {(a["certificate"], a["organisation"]): a["id"] for a in accounts}
    return [
        {
            **(plain(row) if isinstance(row["areas"], str) else row),
            "account": known.get((row["number"], row["organisation"]), ""),
        }
        for row in rows
    ]


async def experts_of(organisation_ids: Collection[str] | None) -> list[dict[str, Any]]:
    """The experts whom these departments recommended (None: all)."""
    where: Combinable = Expert.removed == False  # noqa: E712
    if organisation_ids is not None:
        if not organisation_ids:
            return []
        where = where & Expert.organisation.is_in(list(organisation_ids))
    return [plain(row) for row in await Expert.select().where(where).order_by(Expert.number)]
