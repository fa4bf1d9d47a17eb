"""The whole visit once, entry by entry, as three departments and one tablet walk it, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sync import words as w
from sync.canon import JSON
from sync.check import Draft, check
from sync.progress import progress
from sync.state import to_json
from tests.conformance import visits as v

STEPS = (
    *("ordered", "verified", "opened", "identity", "rights", "party"),
    *("photo storage", "storage", "labels", "photo exits", "exits", "hydrants", "contracts", "wages"),
    *("market result", "fire result", "labour result"),
    *("leader signs", "market 2 signs", "fire 1 signs", "fire 2 signs", "labour 1 signs", "labour 2 signs"),
    *("refused", "witness", "finished"),
)


@dataclass
class Walk:
    """Entries so far on the tablet's and the office's chain; ``steps`` names them in order."""

    packet: w.Packet = field(default_factory=v.packet)
    pad: v.Pad = field(default_factory=lambda: v.Pad("tablet"))
    server: v.Pad = field(default_factory=lambda: v.Pad("server"))
    entries: list[v.Written] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)

    def record(self) -> str:
        return v.current(self.packet, self.entries)[1]

    def draft(self, kind: str, by: str, **fields: Any) -> Draft:
        return Draft(kind, self.pad.body(kind, **fields), by, self.record())

    def take(self, name: str) -> None:
        kind, by, fields = self.step(name)
        pad = self.server if by == v.CLERK else self.pad
        written = pad.write(kind, by, **fields)
        self.entries.append(written)
        self.named[name] = written[0].id

    def until(self, name: str) -> Walk:
        """Takes the steps up to and with ``name``."""
        for step in STEPS[: STEPS.index(name) + 1]:
            if step not in self.named:
                self.take(step)
        return self

    def step(self, name: str) -> tuple[str, str, dict[str, Any]]:
        """Kind, author and fields of a step, on the record as it stands."""
        if name in FIXED:
            return FIXED[name]
        signed = {"record_digest": self.record(), "template": self.packet.template}
        if name in SIGNERS:
            account, organisation = SIGNERS[name]
            return "signature.given", account, signed | inspector(account, organisation)
        if name == "refused":
            refusal = {
                "name": "苏禾（虚构）",
                "reason": "disputes_result",
                "statement": "温度计不准，我不认。",
            }
            return "signature.refused", v.LEADER, signed | refusal
        if name == "witness":
            return "signature.given", v.LEADER, signed | outsider("witness", "居委会 李方（虚构）")
        return "visit.finished", v.LEADER, signed


def inspector(account: str, organisation: str, assurance: str = "pin") -> dict[str, Any]:
    return {
        "role": "inspector",
        "signer": account,
        "name": next((one.name for one in v.TEAM if one.account == account), "外人（虚构）"),
        "identity": "",
        "organisation": organisation,
        "strokes": v.STROKES,
        "assurance": assurance,
        "opinion": None,
        "statement": "",
    }


def outsider(role: str, name: str) -> dict[str, Any]:
    return {
        "role": role,
        "signer": None,
        "name": name,
        "identity": "见证人" if role == "witness" else "负责人",
        "organisation": None,
        "strokes": v.STROKES,
        "assurance": "none",
        "opinion": None,
        "statement": "",
    }


def answer(
    organisation: str, item: str, given: str = "conform", *findings: str, **more: Any
) -> dict[str, Any]:
    place = {"organisation": organisation, "item": v.ident(item)}
    return place | {"answer": given, "findings": findings, "note": ""} | more


def photo(organisation: str, item: str) -> dict[str, Any]:
    return {
        "digest": v.sha(f"picture of {item}"),
        "size": 312_000,
        "media_type": "image/jpeg",
        "original_digest": v.sha(f"original of {item}"),
        "original_size": 4_100_000,
        "slot": v.ident(f"slot {item}"),
        "items": (w.ItemOf(organisation=organisation, item=v.ident(item)),),
        "place": None,
        "caption": "",
    }


def result(organisation: str, *results: str, **more: Any) -> dict[str, Any]:
    rest = {"case_proposed": False, "rectification": None, "remark": ""}
    return {"organisation": organisation, "results": results} | rest | more


NO_PROBLEM = "NO_PROBLEM_TERMINATED_AND_INFORMED"
OFFICERS = (v.LEADER, v.MARKET_2, v.FIRE_1, v.FIRE_2, v.LABOUR_1, v.LABOUR_2)
COOLER = "2 号冷柜显示 9℃，标签要求 0–4℃。"
MEND = w.Rectification(demand="立即调低冷柜温度，并清理超温食品。", due="2026-11-27")
ORDERED = {
    "scheme": v.ident("scheme"),
    "target": v.ident("target"),
    "team": v.TEAM,
    "planned_on": "2026-11-20",
    "packet_digest": v.sha("packet"),
}
VERIFIED = {"source": "公示系统", "note": "名称、住所一致。", "snapshot": None}

FIXED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ordered": ("visit.ordered", v.CLERK, ORDERED),
    "verified": (
        "item.verified",
        v.CLERK,
        {"organisation": v.MARKET, "item": v.ident("licence")} | VERIFIED,
    ),
    "opened": ("visit.opened", v.LEADER, {"place": None}),
    "identity": ("identity.shown", v.LEADER, {"inspectors": OFFICERS, "shown_to": "苏禾（虚构）"}),
    "rights": ("rights.told", v.LEADER, {"recusal": "not_requested", "statement": ""}),
    "party": ("party.met", v.LEADER, {"name": "苏禾（虚构）", "role": "principal", "phone": ""}),
    "photo storage": ("evidence.taken", v.MARKET_2, photo(v.MARKET, "storage")),
    "storage": ("answer.given", v.MARKET_2, answer(v.MARKET, "storage", "nonconform", "3", note=COOLER)),
    "labels": ("answer.given", v.LEADER, answer(v.MARKET, "labels")),
    "photo exits": ("evidence.taken", v.FIRE_1, photo(v.FIRE, "exits")),
    "exits": ("answer.given", v.FIRE_1, answer(v.FIRE, "exits", "conform", "1")),
    "hydrants": ("answer.given", v.FIRE_2, answer(v.FIRE, "hydrants")),
    "contracts": ("answer.given", v.LABOUR_1, answer(v.LABOUR, "contracts")),
    "wages": ("answer.given", v.LABOUR_2, answer(v.LABOUR, "wages", "not_applicable")),
    "market result": (
        "disposition.given",
        v.LEADER,
        result(v.MARKET, "ADMIN_ORDER", case_proposed=True, rectification=MEND),
    ),
    "fire result": ("disposition.given", v.FIRE_1, result(v.FIRE, NO_PROBLEM)),
    "labour result": ("disposition.given", v.LABOUR_1, result(v.LABOUR, NO_PROBLEM)),
}
SIGNERS = {
    "leader signs": (v.LEADER, v.MARKET),
    "market 2 signs": (v.MARKET_2, v.MARKET),
    "fire 1 signs": (v.FIRE_1, v.FIRE),
    "fire 2 signs": (v.FIRE_2, v.FIRE),
    "labour 1 signs": (v.LABOUR_1, v.LABOUR),
    "labour 2 signs": (v.LABOUR_2, v.LABOUR),
}


@dataclass(frozen=True)
class Case:
    """After the step ``after`` (and ``then``), a draft is let through (``code`` None) or refused."""

    reason: str
    after: str
    draft: Callable[[Walk], Draft]
    code: str | None
    then: Callable[[Walk], None] | None = None
    site: str | None = None
    """What the packet says about the site: a name of `site.SITES`, or nothing."""


def case_vector(case: Case) -> dict[str, JSON]:
    walk = Walk().until(case.after)
    steps = len(walk.entries)
    if case.then:
        case.then(walk)
    draft = case.draft(walk)
    return {
        "reason": case.reason,
        "site": case.site,
        "after": steps,
        "also": written(walk.entries[steps:]),
        "draft": {
            "kind": draft.kind,
            "body": draft.body,
            "by": draft.by,
            "record_digest": draft.record_digest,
        },
        "code": case.code,
    }


def journey_vector() -> list[JSON]:
    """Each device step: what `check` says to it before it is taken (nothing), the progress after it."""
    walk = Walk()
    steps: list[JSON] = []
    for name in STEPS:
        kind, by, fields = walk.step(name)
        before, record = v.current(walk.packet, walk.entries)
        if by != v.CLERK:
            refusal = check(walk.packet, before, Draft(kind, walk.pad.body(kind, **fields), by, record))
            if refusal:
                raise AssertionError(f"{name}: {refusal}")
        walk.take(name)
        after, record = v.current(walk.packet, walk.entries)
        entry = written(walk.entries[-1:])[0]
        steps.append(
            {
                "reason": name,
                "entry": entry,
                "record_digest": record,
                "progress": to_json(progress(walk.packet, after, record)),
            }
        )
    return steps


def written(entries: list[v.Written]) -> list[JSON]:
    return [[entry.model_dump(mode="json"), body] for entry, body in entries]
