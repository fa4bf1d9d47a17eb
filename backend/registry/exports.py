"""Files that leave the registry: the template to fill in (样表) and the list of problems. Bytes in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import xlsxwriter

from backend.registry.kinds import REGISTRIES
from backend.registry.labels import VALUES
from sync.words import Registry

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEVERITIES = {"error": "未导入", "warning": "已读取，请核实", "note": "不是数据"}
_CREATED = datetime(2025, 1, 1)  # noqa: DTZ001 - written into the file, where no zone is kept
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def template(registry: Registry) -> bytes:
    """A workbook with the registry's headings, and a second sheet that says what belongs into each column."""
    spec = REGISTRIES[registry]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": f"{spec.label}样表", "created": _CREATED})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6F0F9"})
    text = book.add_format({"num_format": "@"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    page = book.add_worksheet(spec.label)
    for place, column in enumerate(spec.columns):
        page.write_string(0, place, column.label + ("*" if column.required else ""), bold)
        # As text: a spreadsheet program would keep only 15 digits of a number.
        page.set_column(place, place, max(12, len(column.label) * 2 + 4), text)
    page.freeze_panes(1, 0)
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 0, 26)
    notes.set_column(1, 1, 10)
    notes.set_column(2, 3, 60)
    for place, title in enumerate(("列", "必填", "可以填写", "也能识别的表头")):
        notes.write_string(0, place, title, bold)
    for line, column in enumerate(spec.columns, start=1):
        offered = VALUES.get((registry, column.field), {})
        notes.write_string(line, 0, column.label, wrap)
        notes.write_string(line, 1, "是" if column.required else "", wrap)
        notes.write_string(line, 2, "、".join(offered.values()), wrap)
        notes.write_string(line, 3, "、".join(column.words), wrap)
    book.close()
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def problem_list(problems: Iterable[Mapping[str, Any]]) -> bytes:
    """The problems as CSV with a byte order mark, so that spreadsheet programs read the Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("行", "列", "处理", "说明"))
    for one in problems:
        cells = (str(one["row"]), one["column"], SEVERITIES[one["severity"]], one["sentence"])
        writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")
