"""How the tests of the registries read rows: the departments of the demo district and a made-up sheet."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from backend.demo import make
from backend.registry import codes, rules, sheets
from backend.registry.book import Book, Sheet, SourceRow
from sync.words import Registry

DEMO = Path(make.__file__).parent
TODAY = date(2025, 1, 6)
FARM = "渝岭区农业农村委员会（虚构）"
USCC = [codes.make_uscc("91", "500199", f"YL90000{i}") for i in range(5)]
HEAD = ("企业名称", "信用代码", "企业类型", "法定代表人", "住所", "经营范围", "成立日期", "联系电话")


def departments() -> dict[str, str]:
    names: dict[str, str] = {}
    with (DEMO / "organisations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in (row["name"], row["short_name"], *row["aliases"].split("|")):
                names[name] = row["name"]
    return names


def context(own: str = FARM) -> rules.Context:
    return rules.Context(TODAY, departments(), own)


def demo(kind: Registry, name: str, own: str = "") -> rules.Preview:
    book = sheets.read_book(name, (DEMO / name).read_bytes())
    assert isinstance(book, Book)
    sheet = rules.choose_sheet(kind, book)
    assert isinstance(sheet, Sheet)
    preview = rules.read_rows(kind, sheet, context(own))
    assert isinstance(preview, rules.Preview)
    return preview


def sheet_of(*rows: tuple[object, ...], name: str = "一", hidden: bool = False) -> Sheet:
    numbered = enumerate(rows, 1)
    return Sheet("a.xlsx", name, hidden, tuple(SourceRow(n, r) for n, r in numbered))  # type: ignore[arg-type]


def firm(name: str = "甲（虚构）", number: object = USCC[0], **change: object) -> tuple[object, ...]:
    values: dict[str, object] = {"type": "有限责任公司", "who": "祁一", "at": "渝岭区", "scope": "零售"}
    values |= {"day": "2019-05-06", "phone": "023-00000001"} | change
    return (name, number, *values.values())


def read(*rows: tuple[object, ...], kind: Registry = "targets") -> rules.Preview:
    preview = rules.read_rows(kind, sheet_of(*rows), context())
    assert isinstance(preview, rules.Preview), preview
    return preview


def said(preview: rules.Preview) -> list[tuple[int, str, str]]:
    return [(p.row, p.code, p.severity) for p in preview.problems]
