"""What stands on a notice before a visit: 行政检查通知书 (S1 annex 2), or the letter that S0 and S2 name."""

from __future__ import annotations

from typing import Any

from backend.documents.printed import ADDED, FORMS, Form, notice_form
from sync.words import Packet


def notice_sheet(packet: Packet, title: str, planned_on: str) -> tuple[Form, dict[str, Any]]:
    """The form and its values. ``title``: the profile's name of the form; ``planned_on``: YYYY-MM-DD.

    Signatures, telephones and the day of service are left open: they are written by hand when it is served."""
    form = notice_form(title)
    labels = FORMS[form]
    year, _, serial = packet.number.partition("-")
    items = [(item.title, block.organisation_name) for block in packet.blocks for item in block.items]
    rows = [_row(labels, place, item, name) for place, (item, name) in enumerate(items)]
    return form, {
        "printed": labels,
        "added": ADDED,
        "title": title_lines(title, labels["form"]),
        "demo": packet.demo,
        "year": year,
        "serial": serial,
        "number": packet.number,
        "addressee": packet.target.name,
        "basis": "、".join(packet.legal_basis),
        "day": [str(int(part)) for part in planned_on.split("-")],
        "rows": rows,
        "materials": list(packet.site.notice.text) if packet.site else [],
    }


def _row(labels: Any, place: int, title: str, organisation: str) -> dict[str, str]:
    if "item" not in labels:
        return {"pattern": "{}", "subject": title, "organisation": organisation, "box": ""}
    pattern = labels["first_item" if place == 0 else "item"]
    return {"pattern": pattern, "subject": subject(title), "organisation": organisation, "box": "☑"}


def title_lines(title: str, form: str) -> list[str]:
    """A title as the forms set it: the place and the campaign, and below them the name of the form."""
    place = title.removesuffix(form)
    return [line for line in (place, title[len(place) :]) if line]


def subject(text: str) -> str:
    """What stands on the blank of 对＿的监管, where the text came with the words around it."""
    for ending in ("的行政检查", "的监管", "的督查"):
        if text.startswith("对") and text.endswith(ending):
            return text.removeprefix("对").removesuffix(ending)
    return text
