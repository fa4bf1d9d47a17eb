"""The vector that holds the tablet's paper to the server's: visits, and what both print of them.

`python -m tests.conformance.paper` writes `paper.json`; `test_paper.py` says when it is old, `paper.test.ts` runs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.documents import printed
from backend.documents.order import order_sheet
from backend.documents.record import record_sheet
from backend.documents.self_check import self_check_sheet
from backend.documents.sheet import owner_sheet
from backend.documents.site import Part, later_parts, site_parts
from sync import words as w
from sync.canon import JSON
from sync.state import VisitState, to_json
from tests import papers
from tests.papers import Told
from tests.site_told import RULES, afterwards, during
from tests.visited import CHEN, LUO, NONCE, answer, state

FILE = Path(__file__).with_name("paper.json")
TEXTS = {
    "0" * 64: w.ItemText(
        legal_basis=("某条例（虚构）第七条", "某办法（虚构）第八条"),
        contents=("台账是否齐全",),
        guidance=("看台账",),
    )
}
"""What stands behind every item of the situations."""
SHARED = ("title", "unfinished", "target", "behaviour", "mode", "blocks", "remarks", "seals", "time", "met")


def situations() -> Iterator[tuple[str, w.Packet, VisitState]]:
    """A reason, a packet and a state for every way in which the paper comes out differently."""
    plain, ruled = papers.packet(items=2), papers.packet(items=2, site=RULES)
    yield "nothing was recorded", plain, state([])
    stood = plain.model_copy(update={"team": plain.team[1:]})
    yield "one stands in whom the packet does not name", stood, papers.visit(stood, Told())
    yield "signed, nothing beside the items", plain, papers.visit(plain, Told(note="缺三日", remark="已告知"))
    yield "the party objects", plain, papers.visit(plain, Told(statement="会重摆"))
    yield "refused with a witness", ruled, papers.visit(ruled, Told(party="refused", statement="没有违法"))
    yield "absent", ruled, papers.visit(ruled, Told(party="absent"))
    yield "signatures of another record", plain, papers.visit(plain, Told(stale=True))
    other = (LUO, answer(plain.blocks[0].organisation, plain.blocks[0].items[1].item, "not_applicable"))
    yield "two answers to one item", plain, papers.visit(plain, Told(end=False, extra=[other]))
    block = plain.blocks[0]
    differs = w.ItemContradicted(
        nonce=NONCE,
        organisation=block.organisation,
        item=block.items[0].item,
        source="信用中国",
        stated="有效期至 2027 年",
        met="已注销",
        snapshot=None,
    )
    doubted = papers.visit(plain, Told(end=False, extra=[(CHEN, differs)]))
    yield "the network check and the site contradict each other", plain, doubted
    waived = w.BlockWaived(nonce=NONCE, organisation=plain.blocks[1].organisation, reason="人员未到齐")
    arrived = papers.said(plain, Told(end=False))[:4]
    yield "a department did not take part", plain, state([*arrived, (CHEN, waived)])
    photos = ("a" * 64, "b" * 64)
    told = Told(photos=photos, extra=during(), after=afterwards)
    yield "everything that can be said on site and afterwards", ruled, papers.visit(ruled, told)
    trader = plain.target.model_copy(update={"representative_label": "经营者", "phone": ""})
    named = {"target": trader, "supervised_behaviour": "对公示行为的监管", "record_title": "检查记录表"}
    sole = plain.model_copy(update={**named, "dues": (_due(20), _due(None))})
    yield "a sole trader, the form of S2, with deadlines", sole, papers.visit(sole, Told())
    desk = ruled.model_copy(update={"site": RULES.model_copy(update={"method": "DOCUMENTARY"})})
    yield "a check of papers: nobody is present anywhere", desk, papers.visit(desk, Told())
    summary = ruled.model_copy(update={"record_title": "联合随机抽查结果记录表", "mode": ""})
    yield "the form of S0", summary, papers.visit(summary, Told(end=False))


def _due(days: int | None) -> w.Due:
    return w.Due(rule="r", article="a", working_days=days, label="公示抽查结果")


def vector() -> dict[str, Any]:
    """The whole file."""
    tables = (
        "ANNEX_1",
        "RESULTS",
        "ANNEX_2",
        "SUMMARY",
        "CHECK",
        "LETTER",
        "OWNER",
        "ORDER",
        "SELF_CHECK",
        "ADDED",
    )
    return {
        "printed": {name: dict(getattr(printed, name)) for name in tables},
        "texts": {name: text.model_dump(mode="json") for name, text in TEXTS.items()},
        "cases": [_case(*one) for one in situations()],
    }


def _case(reason: str, packet: w.Packet, found: VisitState) -> JSON:
    sheet, owner = record_sheet(packet, found, {}), owner_sheet(packet, found)
    values: dict[str, Any] = sheet.values
    return {
        "reason": reason,
        "packet": packet.model_dump(mode="json"),
        "state": to_json(found),
        "digest": sheet.digest,
        "form": sheet.form,
        **{name: values[name] for name in SHARED},
        "parts": _parts(site_parts(packet, found)),
        "later": _parts(later_parts(packet, found, sheet.digest)),
        **{
            who: [{"name": one["name"], "note": one["note"]} for one in values[who]]
            for who in ("inspectors", "party", "witness")
        },
        "photos": [{name: one[name] for name in ("caption", "about", "taken")} for one in values["photos"]],
        "orders": _orders(packet, found),
        "owner": {"about": owner.values["about"], "told": owner.values["told"]},
        "self_check": [_self_check(packet, texts) for texts in (TEXTS, {})],
    }


def _self_check(packet: w.Packet, texts: dict[str, w.ItemText]) -> JSON:
    _, values = self_check_sheet(packet, texts, packet.planned_on)
    return {"about": values["about"], "blocks": values["blocks"]}


def _orders(packet: w.Packet, found: VisitState) -> JSON:
    every = [(one.organisation, order_sheet(packet, found, one.organisation)) for one in packet.blocks]
    return [
        {
            "title": sheet.values["title"][0],
            "organisation": organisation,
            "about": sheet.values["about"],
            "told": sheet.values["told"],
        }
        for organisation, sheet in every
        if sheet
    ]


def _parts(parts: list[Part]) -> JSON:
    return [
        {
            "title": part.title,
            "lines": [{"text": one.text, "pens": [pen.name for pen in one.pens]} for one in part.lines],
        }
        for part in parts
    ]


def text() -> str:
    """The file's bytes: a case a line."""
    whole = vector()
    cases = ",\n".join(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in whole["cases"])
    tables = json.dumps(whole["printed"], ensure_ascii=False, indent=1, sort_keys=True)
    texts = json.dumps(whole["texts"], ensure_ascii=False, sort_keys=True)
    return f'{{"printed": {tables},\n"texts": {texts},\n"cases": [\n{cases}\n]}}\n'


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
