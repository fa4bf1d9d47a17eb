"""Blank forms with numbers (编号空白表): the record or the notice with nothing filled in, one page each, for where no
tablet can be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.documents.notice import title_lines
from backend.documents.printed import ADDED, FORMS, RESULTS, Form

BLOCKS = 2
"""As many blocks as S1 annex 1 prints: a form is of one page."""
ROWS = 5
"""Lines for items in each block of the joint record, and in the letter."""


def blank_sheet(
    form: Form, title: str, numbers: Sequence[str], results: Sequence[str], demo: bool
) -> dict[str, Any]:
    """The values. ``title``: the place's name of the form; ``results``: the labels of the boxes of the joint record
    (annex 1 prints its own six)."""
    labels = FORMS[form]
    boxes = list(RESULTS.values()) if form == "annex1" else list(results)
    row = {"number": "", "title": "", "method": "", "found": "", "note": ""}
    block = {
        "organisation": "",
        "heading": "",
        "routine": ["", ""],
        "law": "",
        "special": "",
        "results": [{"label": label, "box": "☐"} for label in boxes],
        "rows": [row] * ROWS,
    }
    fields = ("name", "code", "kind", "district", "licence", "representative", "address", "phone")
    ticked = "first_item" in labels
    patterns = [labels["first_item"], labels["item"]] if ticked else ["{}"] * ROWS
    return {
        "printed": labels,
        "added": ADDED,
        "title": title_lines(title, labels["form"]),
        "demo": demo,
        "numbers": list(numbers),
        "number": "",
        "target": dict.fromkeys(fields, ""),
        "behaviour": "",
        "mode": "",
        "blocks": [block] * BLOCKS,
        "remarks": [],
        "seals": {"party": "", "inspectors": ""},
        "inspectors": [],
        "party": [],
        "witness": [],
        "time": "",
        "basis": "",
        "day": ["", "", ""],
        "addressee": "",
        "year": "",
        "serial": "",
        "materials": [],
        "rows": [
            {"pattern": pattern, "subject": "", "organisation": "", "box": "☐" if ticked else ""}
            for pattern in patterns
        ],
    }
