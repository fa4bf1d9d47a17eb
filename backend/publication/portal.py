"""What the public pages show, as plain values: from published documents, published plans and draws only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from backend.draw import tables as drawing
from backend.draw.rules_pool import REASONS
from backend.house import CHINA
from backend.planning.desk import percent_text
from backend.planning.facts import LineFacts, SchemeFacts
from backend.publication.rules_notice import RECOGNISED, document_digest, value_of
from backend.publication.tables import document_of
from sync.canon import JSON
from sync.draw import check_code
from sync.words import PublicNotice, Ratio

CSV_HEADS = ("抽查机关", "抽查事项", "抽查结果", "公示日期")
_BY_BLOCK = frozenset({"organisation", "items", "result"})
_IN_HEAD = frozenset({"name", "uscc", "address"})
TONES = {"未发现问题": "good", "发现问题经责令已改正": "good", "不适用": "", RECOGNISED: ""}
DRAW_STATES = {
    "announced": "已公告，待公开数据产生",
    "held": "已抽取",
    "assigned": "已抽取",
    "aborted": "已作废",
}


def tone(result: str) -> str:
    """The colour of a result: what is in order is green, what is not stands out, the rest is plain."""
    return TONES.get(result, "warn")


def result_row(row: dict[str, Any]) -> dict[str, str]:
    """A notice as a line of a list."""
    document = document_of(row)
    result = value_of(document, "result")
    return {
        "visit": row["visit"],
        "name": value_of(document, "name") or "（名称不公开）",
        "organisation": value_of(document, "organisation"),
        "result": result,
        "tone": tone(result),
        "completed_on": value_of(document, "completed_on"),
        "published_on": row["published_on"],
    }


@dataclass(frozen=True)
class Version:
    """One published version of a department's result. ``rows``: item and what was found."""

    organisation: str
    version: int
    current: bool
    published_on: str
    reason: str
    digest: str
    rows: tuple[tuple[str, str], ...]
    document: PublicNotice

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Every field of the document."""
        return [(one.label, one.value) for one in self.document.fields]


@dataclass(frozen=True)
class ResultView:
    """A visit as the public reads it. ``blocks`` are the current versions, ``earlier`` those that were corrected;
    ``corrected`` maps an organisation's name to the version before its current one."""

    name: str
    head: tuple[str, ...]
    completed_on: str
    scheme: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Version, ...]
    earlier: tuple[Version, ...]

    @property
    def corrections(self) -> list[Version]:
        return [one for one in self.blocks if one.version > 1]

    @property
    def organisations(self) -> str:
        return "、".join(one.organisation for one in self.blocks)


def result_view(
    versions: Sequence[dict[str, Any]], organisations: Mapping[str, Mapping[str, Any]]
) -> ResultView:
    """All published versions of one visit; ``versions`` has the current ones first."""
    read = sorted(
        ((row, _version(row, organisations)) for row in versions),
        key=lambda pair: (not pair[0]["current"], _place(organisations, pair[0]["organisation"])),
    )
    blocks = tuple(one for row, one in read if row["current"])
    first = blocks[0].document
    facts = tuple(
        (one.label, one.value)
        for one in first.fields
        if one.field not in _BY_BLOCK and one.field not in _IN_HEAD
    )
    return ResultView(
        name=value_of(first, "name") or "（名称不公开）",
        head=tuple(value for field in ("uscc", "address") if (value := value_of(first, field))),
        completed_on=value_of(first, "completed_on"),
        scheme=versions[0]["scheme"],
        facts=facts,
        blocks=blocks,
        earlier=tuple(one for row, one in read if not row["current"]),
    )


def _place(organisations: Mapping[str, Mapping[str, Any]], organisation: str) -> int:
    order = list(organisations)
    return order.index(organisation) if organisation in order else len(order)


def _version(row: dict[str, Any], organisations: Mapping[str, Mapping[str, Any]]) -> Version:
    document = document_of(row)
    rows = tuple((one.item, "、".join(one.findings)) for one in document.results)
    if not rows:
        rows = ((value_of(document, "items"), value_of(document, "result")),)
    named = organisations.get(row["organisation"], {}).get("name", "")
    return Version(
        organisation=value_of(document, "organisation") or named,
        version=row["version"],
        current=bool(row["current"]),
        published_on=row["published_on"],
        reason=row["reason"],
        digest=document_digest(document),
        rows=rows,
        document=document,
    )


def as_json(visit: str, view: ResultView) -> JSON:
    """The data of a result: every version's document with its digest, H("notice/1", canonical document)."""
    return {
        "visit": visit,
        "notices": [
            {
                "version": one.version,
                "current": one.current,
                "published_on": one.published_on,
                "reason": one.reason,
                "document": one.document.model_dump(mode="json"),
                "digest": one.digest,
            }
            for one in (*view.blocks, *view.earlier)
        ],
    }


# --- items, plans -------------------------------------------------------------------------------------------


def by_department(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The catalogue in the office's order, grouped by department."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["organisation_name"], []).append(row)
    return list(groups.items())


def plan_row(line: LineFacts, names: Mapping[str, str]) -> dict[str, str]:
    """A published plan line in the columns that the public reads (S2-12)."""
    return {
        "title": line.title,
        "organisation": names.get(line.organisation, ""),
        "participants": "、".join(names.get(one, "") for one in line.participants),
        "targets": line.target_scope,
        "what": "、".join(line.items.splitlines()),
        "period": f"{line.starts_on} 至 {line.ends_on}",
        "ratio": percent_text(line.ratio),
    }


def scheme_row(one: SchemeFacts, names: Mapping[str, str]) -> dict[str, str]:
    """An approved scheme without its ratios by risk class: the class is internal (国市监信发〔2022〕6号)."""
    return {
        "id": one.id,
        "number": one.number,
        "name": one.name,
        "organisation": names.get(one.organisation, ""),
        "participants": "、".join(names.get(other, "") for other in one.participants),
        "period": f"{one.starts_on} 至 {one.ends_on}",
        "what": f"{len(one.items)} 项",
    }


# --- draws --------------------------------------------------------------------------------------------------


def _moment(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if instant else ""


def _draw_row(row: Mapping[str, Any]) -> dict[str, Any]:
    plan = drawing.plan_of(row)
    held = row["state"] in ("held", "assigned")
    return {
        "number": row["number"],
        "scheme": row["scheme"],
        "title": plan["title"],
        "state": row["state"],
        "state_text": DRAW_STATES[row["state"]],
        "round": plan["round"],
        "pool": sum(one["n"] for one in plan["strata"]),
        "drawn": len(drawing.places_of(row)) if held else sum(one["k"] for one in plan["strata"]),
        "held": held,
        "public": held or row["state"] == "aborted",
        "announced_at": _moment(row["announced_at"]),
        "held_at": _moment(row["held_at"]),
        "reason": row["abort_reason"],
        "after": row["after"],
        "again": row["reason"],
    }


async def draw_list() -> list[dict[str, Any]]:
    """Every draw that was announced, newest first."""
    return [_draw_row(row) for row in await drawing.draw_rows()]


async def draw_of_scheme(scheme: str) -> dict[str, Any] | None:
    """The draw that a scheme's targets came out of, or None."""
    for row in await drawing.draw_rows():
        if row["scheme"] == scheme and row["state"] in ("held", "assigned"):
            return _draw_row(row)
    return None


async def draw_view(number: str) -> dict[str, Any] | None:
    """One draw with all that was frozen, or None. Strata have neutral names; no row has a name."""
    row = await drawing.draw_numbered(number)
    if row is None:
        return None
    plan = drawing.plan_of(row)
    drawn = {one["stratum"]: one["indices"] for one in json.loads(row["drawn"])}
    named = plan["last_input"]
    last = named["draws"] if named["mode"] == "lottery" else []
    return {
        **_draw_row(row),
        "check_code": check_code(bytes.fromhex(row["plan_hash"])),
        "plan_hash": row["plan_hash"],
        "root": plan["snapshot"]["root"],
        "rows": plan["snapshot"]["n"],
        "as_of": plan["snapshot"]["as_of"],
        "freeze": _moment(plan["deadlines"]["freeze"]),
        "strata": [
            {
                **one,
                "share": percent_text(Ratio(num=one["num"], den=one["den"])),
                "indices": drawn.get(one["name"], []),
            }
            for one in plan["strata"]
        ],
        "exclusions": [(REASONS.get(one["code"], one["code"]), one["count"]) for one in plan["exclusions"]],
        "named": [f"{one['game']}　{one['date']}" for one in last],
        "results": [
            {**one, "text": " ".join(f"{n:02d}" for n in one["numbers"])}
            for one in json.loads(row["results"])
        ],
        "seed": row["seed"],
        "signatures": [
            {"name": one["name"], "at": _moment(one["at"])} for one in await drawing.signatures(row["id"])
        ],
        "audit": row["opened_by"],
        "opened_at": _moment(row["opened_at"]),
        "aborted_at": _moment(row["aborted_at"]),
    }


@cache
def protocol_text() -> str:
    """sync/PROTOCOL.md."""
    return files("sync").joinpath("PROTOCOL.md").read_text("utf-8")
