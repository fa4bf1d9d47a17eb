"""From an uploaded file to a frozen registry: read, compare, keep a preview, apply. The shell around ``rules``.

The screen and the demo's first start take the same way: ``prepare``, then ``apply``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from backend import db, ledger
from backend.house import CHINA, House, Refused
from backend.people.tables import organisations
from backend.registry import desk
from backend.registry.entries import stage
from backend.registry.kinds import REGISTRIES
from backend.registry.rows import RegistryRow
from backend.registry.rules import (
    ChangeSet,
    Context,
    Preview,
    change_digest,
    choose_sheet,
    compare,
    differences,
    only_own,
    read_rows,
    settle,
    shown,
)
from backend.registry.sheets import read_book
from backend.registry.tables import ImportPreview, RegistryChange, RegistryFreeze, opened
from sync.canon import canonical
from sync.words import Entry, Refusal, Registry, RegistryFrozen, refuse

KEPT = timedelta(hours=24)
"""How long an uploaded file waits for its decision."""
LISTED = 5000
"""Problems, and missing rows, that a preview keeps; the counts are always whole."""

EVERY_MISSING = frozenset({"*"})
"""Asks ``apply_kept`` to take out every row that stands and is not in the file."""


@dataclass(frozen=True)
class Prepared:
    """A file that was read and compared. ``scope``: the organisation it speaks for, "" for all departments.
    ``known``: key → id of every row that ever stood; ``names``: key → name of rows that stand."""

    registry: Registry
    scope: str
    as_of: date
    file_name: str
    file_digest: str
    encoding: str
    preview: Preview
    changes: ChangeSet
    digest: str
    generation: int
    standing: int
    known: Mapping[str, str]
    names: Mapping[str, str]
    organisation_of: Mapping[str, str]


def today(house: House) -> date:
    """The day in China by the house's clock."""
    return house.clock().astimezone(CHINA).date()


def _names_of(organisation: Mapping[str, Any]) -> set[str]:
    """How files call a department: by its name or its short name, the mark of fiction left out or not."""
    full = {organisation["name"], organisation["short_name"]}
    return {name.replace(mark, "") for name in full for mark in ("（虚构）", "(虚构)", "\0") if name} - {""}


async def generation_of(registry: Registry) -> int:
    """The number of the entry that last changed the registry, 0 for none."""
    row = (
        await RegistryFreeze.select(RegistryFreeze.number)
        .where(RegistryFreeze.registry == registry)
        .order_by(RegistryFreeze.number, ascending=False)
        .first()
    )
    return int(row["number"]) if row else 0


async def prepare(
    house: House, registry: Registry, scope: str, as_of: date, file_name: str, data: bytes
) -> Prepared:
    """Read a file and compare it with what stands. Raises Refused where the file as a whole is no use."""
    named = {k: o for k, o in (await organisations()).items() if o["kind"] == "department"}
    if not named:
        raise Refused(refuse("bad_request", what="还没有登记部门，须先登记机构"))
    if scope and scope not in named:
        raise Refused(refuse("bad_request", what="部门"))
    departments = {alias: o["name"] for o in named.values() for alias in _names_of(o)}
    own = named[scope]["name"] if scope else ""
    context = Context(as_of, departments, own)
    generation = await generation_of(registry)
    rows = await desk.standing(registry)
    current = {
        r["key"]: r["row_digest"] for r in rows if not r["removed"] and scope in ("", r["organisation"])
    }
    elsewhere = {r["key"] for r in rows if not r["removed"]} - set(current)

    def work() -> tuple[str, str, Preview, ChangeSet, str] | Refusal:
        book = read_book(file_name, data)
        if isinstance(book, Refusal):
            return book
        sheet = choose_sheet(registry, book)
        if isinstance(sheet, Refusal):
            return sheet
        preview = read_rows(registry, sheet, context)
        if isinstance(preview, Refusal):
            return preview
        preview = only_own(preview, own) if own else preview
        changes = compare(current, [p.row for p in preview.rows], elsewhere)
        return book.digest, book.encoding, preview, changes, change_digest(changes)

    done = await asyncio.to_thread(work)  # seconds for 100,000 rows: the server answers others meanwhile
    if isinstance(done, Refusal):
        raise Refused(done)
    digest, encoding, preview, changes, agreed = done
    return Prepared(
        registry=registry,
        scope=scope,
        as_of=as_of,
        file_name=_shown_name(file_name),
        file_digest=digest,
        encoding=encoding,
        preview=preview,
        changes=changes,
        digest=agreed,
        generation=generation,
        standing=sum(1 for r in rows if not r["removed"]),
        known={r["key"]: r["id"] for r in rows},
        names={r["key"]: r["name"] for r in rows if not r["removed"]},
        organisation_of={o["name"]: o["id"] for o in named.values()},
    )


def _shown_name(file_name: str) -> str:
    return file_name.replace("\\", "/").rsplit("/", 1)[-1][-120:] or "未命名文件"


async def apply(house: House, prepared: Prepared, by: str, remove: Collection[str] = ()) -> Entry:
    """Freeze the registry with this import; ``remove``: missing keys to take out. Raises Refused with
    ``nothing_to_apply``, ``changed_meanwhile`` or, where another import came between, ``preview_expired``."""
    changes = prepared.changes
    ids = [prepared.known.get(row.key) or house.new_id() for row in changes.added]
    lines = settle(changes, prepared.known, ids, remove)
    if isinstance(lines, Refusal):
        raise Refused(lines)
    change_set = house.new_id()
    root, staged = await asyncio.to_thread(
        stage, house, prepared.registry, change_set, lines, prepared.organisation_of
    )
    removed = len(set(remove))
    body = RegistryFrozen(
        nonce=house.new_id(),
        registry=prepared.registry,
        change_set=change_set,
        root=root,
        count=prepared.standing + len(changes.added) - removed,
        added=len(changes.added),
        changed=len(changes.changed),
        removed=removed,
        as_of=prepared.as_of.isoformat(),
        file_name=prepared.file_name,
        file_digest=prepared.file_digest,
    )
    async with ledger.turn(house) as turn:
        if await generation_of(prepared.registry) != prepared.generation:
            raise Refused(refuse("preview_expired"))
        await db.insert_many(RegistryChange, staged)
        entries = await turn.append(ledger.Draft(change_set, body), by, house.clock())
    return entries[0]


# --- the preview that waits for its decision ----------------------------------------------------------------


async def keep(house: House, account: str, prepared: Prepared, data: bytes) -> str:
    """Keep an uploaded file with what was read; it replaces this person's earlier one for the same rows."""
    now = house.clock()
    identity = house.new_id()
    row = {
        "id": identity,
        "account": account,
        "registry": prepared.registry,
        "scope": prepared.scope,
        "as_of": prepared.as_of.isoformat(),
        "file_name": prepared.file_name,
        "generation": prepared.generation,
        "changes": prepared.digest,
        "content": house.vault.seal(data, "import_preview.content"),
        "summary": house.vault.seal(await _summary(house, prepared), "import_preview.summary"),
        "made_at": now,
        "expires_at": now + KEPT,
    }
    async with db.transaction(house.engine):
        await ImportPreview.delete().where(
            (ImportPreview.expires_at <= now)
            | (
                (ImportPreview.account == account)
                & (ImportPreview.registry == prepared.registry)
                & (ImportPreview.scope == prepared.scope)
            )
        )
        await db.insert_many(ImportPreview, [row])
    return identity


async def kept(house: House, account: str, identity: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(row, summary) of this person's preview; raises Refused ``not_found`` or ``preview_expired``."""
    row = (
        await ImportPreview.select()
        .where((ImportPreview.id == identity) & (ImportPreview.account == account))
        .first()
    )
    if row is None:
        raise Refused(refuse("not_found"))
    if row["expires_at"] <= house.clock():
        raise Refused(refuse("preview_expired"))
    return row, json.loads(house.vault.open(bytes(row["summary"]), "import_preview.summary"))


async def apply_kept(house: House, account: str, identity: str, remove: Collection[str]) -> Entry:
    """Apply a preview as it was seen. Where the registry changed since, the preview is made anew from the kept
    file and ``preview_expired`` is raised, so that nothing has to be uploaded again."""
    row, _ = await kept(house, account, identity)
    data = house.vault.open(bytes(row["content"]), "import_preview.content")
    prepared = await prepare(
        house, row["registry"], row["scope"], date.fromisoformat(row["as_of"]), row["file_name"], data
    )
    if prepared.digest != row["changes"]:
        summary = house.vault.seal(await _summary(house, prepared), "import_preview.summary")
        await ImportPreview.update(
            {ImportPreview.changes: prepared.digest, ImportPreview.summary: summary}
        ).where(ImportPreview.id == identity)
        raise Refused(refuse("preview_expired"))
    chosen = prepared.changes.missing if remove == EVERY_MISSING else remove
    entry = await apply(house, prepared, account, chosen)
    await ImportPreview.delete().where(ImportPreview.id == identity)
    return entry


async def discard(account: str, identity: str) -> None:
    """Throw an uploaded file away."""
    await ImportPreview.delete().where((ImportPreview.id == identity) & (ImportPreview.account == account))


async def waiting(house: House, account: str) -> list[dict[str, Any]]:
    """Uploaded files of this person that wait for the decision."""
    rows = (
        await ImportPreview.select(
            ImportPreview.id, ImportPreview.registry, ImportPreview.file_name, ImportPreview.made_at
        )
        .where((ImportPreview.account == account) & (ImportPreview.expires_at > house.clock()))
        .order_by(ImportPreview.made_at)
    )
    return [{**row, "label": REGISTRIES[row["registry"]].label} for row in rows]


async def _summary(house: House, prepared: Prepared) -> bytes:
    """What the preview's page shows, as canonical JSON."""
    preview, changes = prepared.preview, prepared.changes
    problems = [
        {"row": p.row, "column": p.column, "sentence": p.sentence, "severity": p.severity, "code": p.code}
        for p in preview.problems
    ]
    numbers = {p.row.key: p.number for p in preview.rows}
    return canonical(
        {
            "sheet": preview.sheet,
            "header_row": preview.header_row,
            "encoding": prepared.encoding,
            "headings": [[label, heading] for label, heading in preview.headings.items()],
            "unused": list(preview.unused),
            "counts": asdict(preview.counts),
            "problems": problems[:LISTED],
            "problems_total": len(problems),
            "added": len(changes.added),
            "changed": len(changes.changed),
            "unchanged": len(changes.unchanged),
            "missing": [[key, prepared.names[key]] for key in changes.missing[:LISTED]],
            "missing_total": len(changes.missing),
            "elsewhere": [[key, prepared.names[key]] for key in changes.elsewhere[:20]],
            "elsewhere_total": len(changes.elsewhere),
            "sample": [
                {"number": numbers[row.key], "cells": _cells(row)}
                for row in (*changes.added, *changes.changed)[:6]
            ],
            "differences": await _differences(house, prepared),
        }
    )


def _cells(row: RegistryRow) -> list[list[str]]:
    columns = REGISTRIES[row.KIND].columns
    public = [c for c in columns if c.field not in row.PRIVATE and hasattr(row, c.field)]
    return [[c.label, shown(row.KIND, c.field, getattr(row, c.field))[:80]] for c in public]


async def _differences(house: House, prepared: Prepared) -> list[dict[str, Any]]:
    """What changes in the first twenty changed rows, field by field."""
    model = REGISTRIES[prepared.registry].model
    changed = prepared.changes.changed[:20]
    found = await desk.by_ids(prepared.registry, [prepared.known[row.key] for row in changed])
    listed = []
    for row in changed:
        old = found[prepared.known[row.key]]
        before = model.model_validate({**old["row"], **opened(house, prepared.registry, old)})
        listed.append(
            {"key": row.key, "name": row.name, "fields": [list(d) for d in differences(before, row)]}
        )
    return listed


async def import_file(
    house: House, registry: Registry, file_name: str, data: bytes, by: str, scope: str = ""
) -> Prepared:
    """A file read and applied at once, rows with errors left out: for the demo's first start."""
    prepared = await prepare(house, registry, scope, today(house), file_name, data)
    await apply(house, prepared, by)
    return prepared
