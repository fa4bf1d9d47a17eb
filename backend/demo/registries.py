"""The fictional district's registries, from the files that its offices would really have, by the same way as an
upload at the desk: read, compare, freeze."""

from __future__ import annotations

import asyncio
import csv
import logging
from pathlib import Path

from backend.house import House
from backend.people.tables import Account, Organisation
from backend.registry import importing
from sync.words import Registry

HERE = Path(__file__).parent
CLERK = "qinan"
"""The account of accounts.toml that imports: the joint-conference office's clerk."""

FILES: tuple[tuple[Registry, str, str], ...] = (
    ("check_items", "抽查事项清单.xlsx", ""),
    ("targets", "检查对象名录库.xlsx", ""),
    ("targets", "农业农村委监管对象.csv", "nyw"),
    ("inspectors", "执法检查人员名录库.xlsx", ""),
    ("experts", "专家库.csv", ""),
)
"""Registry, file, and the slug of the department that the file speaks for ("" = all)."""

log = logging.getLogger("suijian.demo")


class DemoBroken(Exception):
    """A file of the demonstration does not go in as a whole, or its clerk or department is missing."""


def _names() -> dict[str, str]:
    with (HERE / "organisations.csv").open(encoding="utf-8", newline="") as file:
        return {row["slug"]: row["name"] for row in csv.DictReader(file)}


async def load_registries(house: House) -> dict[str, int]:
    """Import the five files as the clerk; answers file name → rows added. Organisations and the clerk's account
    must be there. Raises DemoBroken if a single row is left out: the files are meant to be sound."""
    clerk = await Account.select(Account.id).where(Account.login == CLERK).first()
    if clerk is None:
        raise DemoBroken(CLERK)
    names = _names()
    loaded = {}
    for registry, file_name, slug in FILES:
        scope = await _organisation(names[slug]) if slug else ""
        data = await asyncio.to_thread((HERE / file_name).read_bytes)
        prepared = await importing.import_file(house, registry, file_name, data, clerk["id"], scope)
        if prepared.preview.counts.broken:
            raise DemoBroken(f"{file_name}: {prepared.preview.problems[0].sentence}")
        loaded[file_name] = len(prepared.changes.added)
        log.info("%s: %d", file_name, loaded[file_name])
    return loaded


async def _organisation(name: str) -> str:
    row = await Organisation.select(Organisation.id).where(Organisation.name == name).first()
    if row is None:
        raise DemoBroken(name)
    return str(row["id"])
