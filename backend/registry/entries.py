"""registry.frozen → rows: applies the lines of a change set to the current rows, in the entry's transaction."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from piccolo.table import Table

from backend import db
from backend.house import House
from backend.ledger import Fact
from backend.registry.current import columns_of, private_of
from backend.registry.rules import Change, leaf_of, root_of
from backend.registry.tables import TABLES, RegistryChange, RegistryFreeze
from sync.canon import canonical, digest
from sync.words import Registry

SEAL = "registry_change.sealed"


class ChangeSetBroken(Exception):
    """The stored lines of a change set are not those that its entry names."""


def stage(
    house: House,
    registry: Registry,
    change_set: str,
    lines: Sequence[Change],
    organisation_of: Mapping[str, str],
) -> tuple[str, list[dict[str, Any]]]:
    """(root, rows for ``registry_change``) of settled lines, sealed. ``organisation_of``: department's full name
    → id. Runs without the database, so that the ledger is not held while it works."""
    rows, leaves = [], []
    for place, line in enumerate(lines):
        row, row_digest = line.row, line.digest
        leaves.append(leaf_of(line.act, line.id, line.key, row_digest))
        rows.append(
            {
                "id": f"{change_set}:{place}",
                "change_set": change_set,
                "place": place,
                "registry": registry,
                "act": line.act,
                "subject": line.id,
                "key": line.key,
                "organisation": organisation_of[row.department] if row else "",
                "row_digest": row_digest,
                "sealed": house.vault.seal(canonical(row.model_dump()), SEAL) if row else b"",
            }
        )
    return root_of(leaves), rows


async def registry_frozen(fact: Fact) -> None:
    """Apply the change set. Raises ChangeSetBroken where a stored line was altered."""
    registry = cast("Registry", fact.body["registry"])
    change_set = fact.body["change_set"]
    table = TABLES[registry]
    lines = (
        await RegistryChange.select()
        .where(RegistryChange.change_set == change_set)
        .order_by(RegistryChange.place)
    )
    # 100,000 rows take seconds: the server answers others meanwhile.
    written = await asyncio.to_thread(_written, fact, registry, lines)
    await _delete(table, [row["id"] for row in written])
    await db.insert_many(table, written)
    for part in db.parts([line["subject"] for line in lines if line["act"] == "remove"]):
        await table.update({"removed": True, "generation": fact.number}).where(
            table._meta.primary_key.is_in(part)
        )
    await RegistryFreeze.insert(_freeze(fact))


def _written(fact: Fact, registry: Registry, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    root = root_of(leaf_of(x["act"], x["subject"], x["key"], x["row_digest"]) for x in lines)
    if root != fact.body["root"]:
        raise ChangeSetBroken(fact.body["change_set"])
    return [_current(fact, registry, line) for line in lines if line["act"] != "remove"]


def _current(fact: Fact, registry: Registry, line: Mapping[str, Any]) -> dict[str, Any]:
    vault, table = fact.house.vault, TABLES[registry]
    row = json.loads(vault.open(bytes(line["sealed"]), SEAL))
    if digest("registry-row/1", {"kind": registry, "row": row}) != line["row_digest"]:
        raise ChangeSetBroken(line["id"])
    return {
        "id": line["subject"],
        "organisation": line["organisation"],
        **columns_of(registry, row),
        "private": vault.seal(private_of(registry, row), f"{table._meta.tablename}.private"),
        "key": line["key"],
        "row_digest": line["row_digest"],
        "removed": False,
        "generation": fact.number,
    }


def _freeze(fact: Fact) -> RegistryFreeze:
    body = fact.body
    return RegistryFreeze(
        id=body["change_set"],
        number=fact.number,
        registry=body["registry"],
        root=body["root"],
        rows=body["count"],
        added=body["added"],
        changed=body["changed"],
        removed=body["removed"],
        as_of=body["as_of"],
        file_name=body["file_name"],
        file_digest=body["file_digest"],
        by=fact.entry.by,
        at=fact.entry.at,
    )


async def _delete(table: type[Table], ids: Sequence[str]) -> None:
    # A change writes the whole row anew, and an addition may bring back a row that was taken out.
    for part in db.parts(ids):
        await table.delete().where(table._meta.primary_key.is_in(part))
