"""What a person on site does next, on the visit as the tablet shows it. Mostly what the screen allows; sometimes
what an older or a broken program would have recorded."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sync import words as w
from sync.canon import digest
from sync.check import Draft, check
from sync.record import record_of
from sync.state import VisitState
from tests.conformance import visits as v
from tests.storm.world import photo

NO_PROBLEM = "NO_PROBLEM_TERMINATED_AND_INFORMED"


@dataclass(frozen=True)
class Intent:
    """Something a person wants to record."""

    kind: str
    fields: dict[str, Any]
    picture: bytes | None = None


@dataclass(frozen=True)
class Scene:
    """Who stands where: the packet, the visit as the tablet folds it, the person, and chance."""

    packet: w.Packet
    state: VisitState
    account: str
    chance: random.Random

    @property
    def member(self) -> w.TeamMember | None:
        return next((one for one in self.packet.team if one.account == self.account), None)

    @cached_property
    def record_digest(self) -> str:
        return digest("record/1", record_of(self.packet, self.state))


def next_intent(scene: Scene) -> Intent | None:
    """The next thing of this person, or None where nothing is left to do."""
    if not scene.state.opened:
        return Intent("visit.opened", {"place": None})
    if not scene.state.shown:
        shown = [member.account for member in scene.packet.team]
        return Intent("identity.shown", {"inspectors": shown, "shown_to": "店员（虚构）"})
    if not scene.state.rights:
        return Intent("rights.told", {"recusal": "not_requested", "statement": ""})
    kinds = ("answer", "photo", "result", "party", "sign", "party signs", "finish", "withdraw", "waive")
    kind = scene.chance.choices(kinds, (40, 16, 12, 5, 12, 6, 6, 4, 1))[0]
    return MAKERS[kind](scene)


def allowed(scene: Scene, intent: Intent) -> bool:
    """What the screen asks before it offers the button."""
    body = {"nonce": "0" * 32, **intent.fields}
    return (
        check(scene.packet, scene.state, Draft(intent.kind, body, scene.account, scene.record_digest)) is None
    )


def _block(scene: Scene) -> w.PacketBlock | None:
    own = scene.member.organisation if scene.member else ""
    return next((block for block in scene.packet.blocks if block.organisation == own), None)


def _answer(scene: Scene) -> Intent | None:
    block = _block(scene)
    if block is None:
        return None
    item = scene.chance.choice(block.items)
    heads = scene.state.item(block.organisation, item.item).heads
    given = scene.chance.choice(("conform", "conform", "not_applicable", "nonconform"))
    fields: dict[str, Any] = {
        "organisation": block.organisation,
        "item": item.item,
        "answer": given,
        "findings": ["3"] if given == "nonconform" else [],
        "note": f"第 {scene.chance.randrange(1000)} 次看",
        "supersedes": [head.entry for head in heads],
    }
    return Intent("answer.given", fields)


def _photo(scene: Scene) -> Intent | None:
    block = _block(scene)
    content = photo(scene.chance.randrange(40))
    name = hashlib.sha256(content).hexdigest()
    items = [{"organisation": block.organisation, "item": block.items[0].item}] if block else []
    fields = {
        "digest": name,
        "size": len(content),
        "media_type": "image/jpeg",
        "original_digest": name,
        "original_size": len(content),
        "slot": scene.chance.randbytes(16).hex(),
        "items": items,
        "place": None,
        "caption": "",
    }
    return Intent("evidence.taken", fields, content)


def _result(scene: Scene) -> Intent | None:
    block = _block(scene)
    if block is None:
        return None
    now = scene.state.block(block.organisation)
    wrong = any(item.answer and item.answer.body.answer == "nonconform" for item in now.items.values())
    fields = {
        "organisation": block.organisation,
        "results": ["ADMIN_GUIDANCE" if wrong else NO_PROBLEM],
        "case_proposed": False,
        "rectification": None,
        "remark": "",
        "supersedes": [fact.entry for fact in now.results],
    }
    return Intent("disposition.given", fields)


def _party(scene: Scene) -> Intent | None:
    heads = [fact.entry for fact in scene.state.party.heads]
    return Intent("party.met", {"name": "苏禾（虚构）", "role": "staff", "phone": "", "supersedes": heads})


def _signature(scene: Scene, role: str) -> Intent | None:
    inspector = role == "inspector" and scene.member is not None
    fields = {
        "role": role,
        "signer": scene.account if inspector else None,
        "name": "某人（虚构）",
        "identity": "",
        "organisation": scene.member.organisation if inspector and scene.member else None,
        "record_digest": scene.record_digest,
        "template": scene.packet.template,
        "strokes": [list(stroke) for stroke in v.STROKES],
        "assurance": "pin" if inspector else "none",
        "opinion": None,
        "statement": "",
    }
    return Intent("signature.given", fields)


def _finish(scene: Scene) -> Intent | None:
    return Intent("visit.finished", {"record_digest": scene.record_digest, "template": scene.packet.template})


def _withdraw(scene: Scene) -> Intent | None:
    standing = [one for one in scene.state.evidence if not one.withdrawn]
    if not standing:
        return None
    chosen = scene.chance.choice(standing)
    return Intent("evidence.withdrawn", {"evidence": chosen.taken.entry, "reason": "拍摄模糊"})


def _waive(scene: Scene) -> Intent | None:
    block = _block(scene)
    if block is None:
        return None
    heads = [fact.entry for fact in scene.state.block(block.organisation).results]
    fields = {"organisation": block.organisation, "reason": "人员不足", "supersedes": heads}
    return Intent("block.waived", fields)


MAKERS: dict[str, Callable[[Scene], Intent | None]] = {
    "answer": _answer,
    "photo": _photo,
    "result": _result,
    "party": _party,
    "sign": lambda scene: _signature(scene, "inspector"),
    "party signs": lambda scene: _signature(scene, "party"),
    "finish": _finish,
    "withdraw": _withdraw,
    "waive": _waive,
}
