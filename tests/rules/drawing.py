"""What the rules of the draw are tried on: a scheme, a pool, a roster, a ceremony."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from backend.draw import rules
from backend.draw.rules import Ceremony, Earlier, Named, SchemeToDraw, Typed
from backend.draw.rules_pool import Candidate, Pool, Share, freeze
from backend.draw.rules_teams import Person, Roster, freeze_roster
from backend.vault import Vault
from sync.words import DrawAnnounced, LotteryResult, Refusal

NONCE = "0" * 32
K1, K2 = b"\x01" * 32, b"\x02" * 32
SHARES = {"A": Share(1, 50), "B": Share(1, 20), "C": Share(1, 10), "D": Share(1, 5)}
GAME = "福利彩票快乐8"
NAMED = Named(GAME, "2026-11-21", "2026-11-28")
NUMBERS = " ".join(str(n) for n in range(1, 40, 2))
TODAY, NEXT = "2026-11-20", "2026-11-21"
LEAD = "1" * 32
DEPARTMENTS = {LEAD: "市监局（虚构）", "2" * 32: "卫健委（虚构）"}
SCHEME = SchemeToDraw(
    scheme="a" * 32,
    number="2026-007",
    title="餐饮服务联合抽查（虚构）",
    lead=LEAD,
    departments=DEPARTMENTS,
    blocked=None,
    minimum=2,
    ends_on="2026-12-18",
)


def candidate(i: int, risk: str = "A", status: str = "active", drawn: int = 0) -> Candidate:
    return Candidate(f"{i:032x}", f"91500199MA{i:08d}", f"第{i}饭店（虚构）", risk, status, drawn)


def pool_of(candidates: list[Candidate], most: int | None = None) -> Pool:
    pool = freeze(candidates, SHARES, most, TODAY, K1, K2)
    assert isinstance(pool, Pool)
    return pool


def person(i: int, organisation: str = LEAD, **changes: Any) -> Person:
    values: dict[str, Any] = {
        "inspector": f"{i:032x}",
        "account": f"{i + 5000:032x}",
        "identifier": f"证{i}",
        "name": f"人{i}",
        "organisation": organisation,
        "certificate": f"证{i}",
        "certified": True,
        "certified_from": "2024-01-01",
        "certified_to": "2028-12-31",
        "level": "county",
        "areas": (),
        "specialties": (),
    }
    return Person(**{**values, **changes})


def people(each: int) -> list[Person]:
    return [person(i + 100 * d, o) for d, o in enumerate(DEPARTMENTS) for i in range(each)]


def roster_of(each: int = 3) -> Roster:
    return freeze_roster(people(each), TODAY, K1, K2)


def announced(
    vault: Vault,
    scheme: SchemeToDraw = SCHEME,
    earlier: tuple[Earlier, ...] = (),
    reason: str = "",
    **named: str,
) -> DrawAnnounced | Refusal:
    pool = pool_of([candidate(i, "ABCD"[i % 4]) for i in range(200)])
    frozen = rules.Frozen(pool, roster_of(), {"9" * 32: "司法局（虚构）"}, vault.public_key, None, 50)
    return rules.announce(scheme, earlier, replace(NAMED, **named), frozen, reason, TODAY, NONCE)


def ceremony(vault: Vault, **changes: Any) -> Ceremony:
    body = announced(vault)
    assert isinstance(body, DrawAnnounced)
    plan = json.loads(body.plan)
    values: dict[str, Any] = {
        "state": "announced",
        "number": body.number,
        "plan": plan,
        "hashed": body.plan_hash,
        "signed": frozenset(DEPARTMENTS.values()),
        "typed": (),
        "supervised": False,
    }
    return Ceremony(**{**values, **changes})


def bitmaps(vault: Vault) -> dict[str, bytes]:
    body = announced(vault)
    assert isinstance(body, DrawAnnounced)
    return {one.stratum: base64.b64decode(one.bits) for one in body.bitmaps}


def typed(by: str, first: int = 1) -> Typed:
    numbers = tuple(sorted({first, *range(3, 40, 2)} | {41}))[:20]
    return Typed(by, (LotteryResult(game=GAME, date=NEXT, numbers=numbers),))


def code(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code
