"""A registry row as the columns of its table (``tables``): what other stages filter, join and print. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from backend.registry import labels
from backend.registry.kinds import REGISTRIES
from sync.canon import canonical
from sync.words import Registry

Fields = Mapping[str, Any]


def _json(value: object) -> str:
    return canonical(value).decode()  # type: ignore[arg-type]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _check_item(row: Fields) -> dict[str, Any]:
    parts = row["ratio_parts"]
    ratio = Fraction(parts, 10_000) if parts else None
    return {
        "number": row["item_no"],
        "title": row["name"],
        "heading": labels.item_heading(row["name"]),
        "category": row["category"],
        "target_text": row["target_text"],
        "legal_basis": _json(row["legal_basis"]),
        "contents": _json(row["content"]),
        "guidance": _json(row["guidance"]),
        "findings": _json(row["findings"]),
        "method": "、".join(labels.METHODS[code] for code in row["methods"]),
        "ratio_num": ratio.numerator if ratio else None,
        "ratio_den": ratio.denominator if ratio else None,
        "frequency": row["ratio_text"],
        "evidence": row["evidence"],
        "photo_required": row["evidence"] != "never",
        # S2-9: the catalogue is public, so what the department put into force is shown with it.
        "published": True,
        "tags": _json(row["tags"]),
    }


def _target(row: Fields) -> dict[str, Any]:
    return {
        "name": row["name"],
        "target_class": row["target_class"],
        "subtype": row["subtype"],
        "industry": row["industry"],
        "region": row["region"],
        "area": row["area"],
        "address": row["business_address"] or row["domicile"],
        "legal_representative": row["legal_representative"],
        "licence": row["licence_no"],
        "risk": row["credit_risk"] or "",
        "status": row["status"],
        "duties": _json(row["duties"]),
        "abnormal": row["abnormal"],
    }


def _inspector(row: Fields) -> dict[str, Any]:
    return {
        "name": row["name"],
        "number": row["certificate_no"] or row["staff_no"],
        "certificate": row["certificate_no"],
        "certificate_valid_from": _day(row["certificate_from"]),
        "certificate_valid_until": _day(row["certificate_to"]),
        "certified": row["certified"],
        "level": row["level"] or "",
        "areas": _json(row["areas"]),
        "specialties": _json(row["specialties"]),
        "person_category": row["category"],
        "active": row["active"],
    }


def _expert(row: Fields) -> dict[str, Any]:
    return {
        "name": row["name"],
        "number": row["expert_no"],
        "category": row["category"],
        "employer": row["employer"],
        "title": row["title"],
        "specialties": _json(row["specialties"]),
        "engaged_until": _day(row["engaged_to"]),
    }


_COLUMNS: Mapping[Registry, Callable[[Fields], dict[str, Any]]] = {
    "check_items": _check_item,
    "targets": _target,
    "inspectors": _inspector,
    "experts": _expert,
}


def columns_of(registry: Registry, row: Fields) -> dict[str, Any]:
    """The table's own columns of a row's fields (``RegistryRow.model_dump()``), and ``row``: all that is public.

    Without what the change set gives: id, organisation, key, digest, generation, the sealed rest.
    """
    hidden = REGISTRIES[registry].model.PRIVATE
    public = {name: value for name, value in row.items() if name not in hidden}
    return {**_COLUMNS[registry](row), "row": _json(public)}


def private_of(registry: Registry, row: Fields) -> bytes:
    """The private fields as canonical JSON: what is sealed."""
    hidden = REGISTRIES[registry].model.PRIVATE
    return canonical({name: row[name] for name in sorted(hidden)})
