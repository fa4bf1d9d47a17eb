"""Rows of draws, frozen registries and teams, and the queries over them.

``draw``, ``draw_signature``, ``draw_input``, ``team`` and ``team_member`` are derived from the ledger.
``draw_secret``, ``draw_row`` and ``draw_roster`` are what was frozen: kept once, never changed, and the plan's
roots say whether they are still the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from piccolo.columns import BigInt, Boolean, Bytea, Integer, Text, Varchar
from piccolo.table import Table

from backend import db
from backend.draw import rules_publication
from backend.draw.rules import STATES, Ceremony, DrawState, Earlier, Typed
from backend.draw.rules_pool import FrozenRow, Pool
from backend.draw.rules_teams import Person, Roster
from backend.house import CHINA, House
from sync.canon import canonical
from sync.draw import DrawPlan, check_code
from sync.words import LotteryResult


class Draw(Table, tablename="draw"):
    """A draw and how far it is. ``state``: announced | held | assigned | aborted. Instants as the protocol writes
    them, "" where it has not happened; ``plan``, ``bitmaps``, ``results`` and ``drawn`` are canonical JSON."""

    id = Varchar(length=32, primary_key=True)
    scheme = Varchar(length=32, index=True)
    number = Varchar(length=64, unique=True)
    entry = BigInt()
    state = Varchar(length=10, index=True)
    plan = Text()
    plan_hash = Varchar(length=64)
    bitmaps = Text()
    most_per_year = Integer(null=True, default=None)
    cap = BigInt()
    after = Varchar(length=64, default="")
    reason = Varchar(length=300, default="")
    announced_at = Varchar(length=24)
    announced_by = Varchar(length=32)
    held_at = Varchar(length=24, default="")
    results = Text(default="[]")
    seed = Varchar(length=64, default="")
    drawn = Text(default="[]")
    assigned_at = Varchar(length=24, default="")
    aborted_at = Varchar(length=24, default="")
    abort_reason = Varchar(length=300, default="")
    opened_at = Varchar(length=24, default="")
    opened_by = Varchar(length=120, default="")
    names = Varchar(length=64, default="")
    audit_signature = Varchar(length=128, default="")
    seal = Varchar(length=128, default="")


class DrawSignature(Table, tablename="draw_signature"):
    """A countersignature (会签); its id is the entry's."""

    id = Varchar(length=64, primary_key=True)
    draw = Varchar(length=32, index=True)
    number = BigInt()
    organisation = Varchar(length=32)
    name = Varchar(length=120)
    plan_hash = Varchar(length=64)
    signature = Varchar(length=128)
    at = Varchar(length=24)
    by = Varchar(length=32)


class DrawInput(Table, tablename="draw_input"):
    """What one person typed of the published numbers; its id is the entry's, ``number`` its order."""

    id = Varchar(length=64, primary_key=True)
    draw = Varchar(length=32, index=True)
    number = BigInt()
    results = Text()
    at = Varchar(length=24)
    by = Varchar(length=32)


class DrawSecret(Table, tablename="draw_secret"):
    """The keys of the two secret orders and of their salts, sealed as "draw_secret.sealed": 4 × 32 bytes."""

    draw = Varchar(length=32, primary_key=True)
    sealed = Bytea()


class DrawRow(Table, tablename="draw_row"):
    """A target at its place in the frozen registry. Its id is draw + ":" + place; ``attributes`` is what the leaf
    covers. Who stands at a place is known to the registry's keepers and the oversight body only."""

    id = Varchar(length=48, primary_key=True)
    draw = Varchar(length=32, index=True)
    place = BigInt()
    target = Varchar(length=32, index=True)
    identifier = Varchar(length=160)
    stratum = Varchar(length=20)
    eligible = Boolean()
    reason = Varchar(length=40)
    attributes = Text()


class DrawRoster(Table, tablename="draw_roster"):
    """An inspector at his place in the frozen roster; ``content`` is the row as it was, sealed."""

    id = Varchar(length=48, primary_key=True)
    draw = Varchar(length=32, index=True)
    place = BigInt()
    inspector = Varchar(length=32, index=True)
    content = Bytea()


class Team(Table, tablename="team"):
    """A joint team (联合检查组) for one drawn target; ``place`` is the target's row."""

    id = Varchar(length=32, primary_key=True)
    scheme = Varchar(length=32, index=True)
    draw = Varchar(length=32, index=True)
    target = Varchar(length=32, index=True)
    place = BigInt()
    formed_at = Varchar(length=24)


class TeamMember(Table, tablename="team_member"):
    """One person of a team; its id is team + ":" + inspector. ``role``: leader | member | assistant."""

    id = Varchar(length=65, primary_key=True)
    team = Varchar(length=32, index=True)
    position = Integer()
    account = Varchar(length=32, index=True)
    inspector = Varchar(length=32, index=True)
    organisation = Varchar(length=32)
    role = Varchar(length=20)
    name = Varchar(length=120)
    certificate = Varchar(length=300)
    certified = Boolean()


SECRET_PLACE = "draw_secret.sealed"  # noqa: S105 - where it lies, not what it is
ROSTER_PLACE = "draw_roster.content"


def dumps(value: Any) -> str:
    """Canonical JSON as text."""
    return canonical(value).decode()


# --- what was frozen ----------------------------------------------------------------------------------------


async def keep_frozen(house: House, draw: str, pool: Pool, roster: Roster, keys: Sequence[bytes]) -> None:
    """Store the frozen rows and the sealed keys (K_order and K_salt of targets, then of inspectors)."""
    await DrawSecret.insert(DrawSecret(draw=draw, sealed=house.vault.seal(b"".join(keys), SECRET_PLACE)))
    await db.insert_many(
        DrawRow,
        [
            {
                "id": f"{draw}:{row.place}",
                "draw": draw,
                "place": row.place,
                "target": row.target,
                "identifier": row.identifier,
                "stratum": row.stratum,
                "eligible": row.eligible,
                "reason": row.reason,
                "attributes": dumps(dict(row.attributes)),
            }
            for row in pool.rows
        ],
    )
    await db.insert_many(
        DrawRoster,
        [
            {
                "id": f"{draw}:{place}",
                "draw": draw,
                "place": place,
                "inspector": person.inspector,
                "content": house.vault.seal(canonical(_plain(person)), ROSTER_PLACE),
            }
            for place, person in enumerate(roster.people)
        ],
    )


def _plain(person: Person) -> Any:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(person).items()}


async def keys_of(house: House, draw: str) -> tuple[bytes, bytes, bytes, bytes]:
    """K_order and K_salt of the targets, K_order and K_salt of the inspectors."""
    row = (await DrawSecret.select().where(DrawSecret.draw == draw))[0]
    plain: bytes = house.vault.open(bytes(row["sealed"]), SECRET_PLACE)
    return plain[:32], plain[32:64], plain[64:96], plain[96:128]


async def frozen_rows(draw: str, places: Sequence[int] | None = None) -> list[FrozenRow]:
    """The rows of a frozen registry in its order; all, or those at ``places``."""
    rows: list[dict[str, Any]] = []
    if places is None:
        rows = await DrawRow.select().where(DrawRow.draw == draw).order_by(DrawRow.place)
    else:
        ids = [f"{draw}:{place}" for place in sorted(places)]
        for part in db.parts(ids):
            rows += await DrawRow.select().where(DrawRow.id.is_in(part))
        rows.sort(key=lambda row: row["place"])
    return [
        FrozenRow(
            place=row["place"],
            target=row["target"],
            identifier=row["identifier"],
            stratum=row["stratum"],
            reason=row["reason"],
            attributes=json.loads(row["attributes"]),
        )
        for row in rows
    ]


async def roster(house: House, draw: str, plan: DrawPlan) -> Roster:
    """The frozen roster in its order. Raises ValueError for a plan without one."""
    rows = await DrawRoster.select().where(DrawRoster.draw == draw).order_by(DrawRoster.place)
    people = []
    for row in rows:
        values = json.loads(house.vault.open(bytes(row["content"]), ROSTER_PLACE))
        for name in ("areas", "specialties"):
            values[name] = tuple(values[name])
        people.append(Person(**values))
    if plan["roster"] is None:
        raise ValueError("the plan has no roster")
    return Roster(plan["roster"], tuple(people))


async def target_of(draw: str, place: int) -> str | None:
    """The target behind a row of a draw: for those who keep the registry, never for the public."""
    row = await DrawRow.select(DrawRow.target).where(DrawRow.id == f"{draw}:{place}").first()
    return row["target"] if row else None


async def drawn_in(year: int) -> Counter[str]:
    """Target → in how many draws of that year it came out (the repeat guard counts these)."""
    counts: Counter[str] = Counter()
    for row in await Draw.select(Draw.id, Draw.drawn, Draw.held_at).where(Draw.held_at != ""):
        if datetime.fromisoformat(row["held_at"]).astimezone(CHINA).year == year:
            counts.update(one.target for one in await frozen_rows(row["id"], places_of(row)))
    return counts


# --- the ceremony -------------------------------------------------------------------------------------------


def plan_of(row: Mapping[str, Any]) -> DrawPlan:
    """The announced plan of a row of ``draw``."""
    return cast("DrawPlan", json.loads(row["plan"]))


def places_of(row: Mapping[str, Any]) -> list[int]:
    """Every drawn place of a row of ``draw``, ascending."""
    return sorted(i for one in json.loads(row["drawn"]) for i in one["indices"])


async def draw_row(draw: str) -> dict[str, Any] | None:
    """A row of ``draw`` by its id."""
    return await Draw.select().where(Draw.id == draw).first()


async def draw_numbered(number: str) -> dict[str, Any] | None:
    """A row of ``draw`` by its number (抽取编号)."""
    return await Draw.select().where(Draw.number == number).first()


async def draw_rows() -> list[dict[str, Any]]:
    """Every draw, newest first."""
    return await Draw.select().order_by(Draw.entry, ascending=False)


async def earlier(scheme: str) -> list[Earlier]:
    """The draw numbers that a scheme has used, in order."""
    rows = await Draw.select(Draw.number, Draw.state).where(Draw.scheme == scheme).order_by(Draw.entry)
    return [Earlier(row["number"], row["state"] == "aborted") for row in rows]


async def signatures(draw: str) -> list[dict[str, Any]]:
    """The countersignatures of a draw, in order."""
    return await DrawSignature.select().where(DrawSignature.draw == draw).order_by(DrawSignature.number)


async def inputs(draw: str) -> list[dict[str, Any]]:
    """Every entry of the published numbers, in order."""
    return await DrawInput.select().where(DrawInput.draw == draw).order_by(DrawInput.number)


async def ceremony(row: Mapping[str, Any]) -> Ceremony:
    """A row of ``draw`` as the rules see it."""
    signed = await signatures(row["id"])
    typed = await inputs(row["id"])
    return Ceremony(
        state=cast("DrawState", row["state"]),
        number=row["number"],
        plan=plan_of(row),
        hashed=row["plan_hash"],
        signed=frozenset(one["name"] for one in signed),
        typed=tuple(
            Typed(one["by"], tuple(LotteryResult.model_validate(r) for r in json.loads(one["results"])))
            for one in typed
        ),
        supervised=bool(row["after"]),
    )


# --- what the public sees -----------------------------------------------------------------------------------


async def document(row: Mapping[str, Any]) -> dict[str, Any]:
    """The publication of a row of ``draw`` without its seal; of one that is only announced, its announcement.

    The row's JSON columns may already be lists: the desk seals a document before its entry exists.
    """
    signed = await signatures(row["id"])
    bitmaps, plan = _listed(row["bitmaps"]), plan_of(row)
    if not row["seed"] and not row["abort_reason"]:
        return rules_publication.announcement(row, plan, bitmaps, signed)
    return rules_publication.publication(
        row, plan, bitmaps, signed, _listed(row["results"]), _listed(row["drawn"])
    )


def _listed(value: Any) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json.loads(value)) if isinstance(value, str) else list(value)


async def publication(number: str) -> dict[str, Any] | None:
    """The public document of a draw number, sealed once it was held or aborted; None for an unknown number.

    Before that it is the announcement: it has no ``outcome`` and no ``seal`` yet. No names, no class.
    """
    row = await draw_numbered(number)
    if row is None:
        return None
    found = await document(row)
    if not row["seal"]:
        return found
    return rules_publication.sealed(found, found["plan"]["parties"][0]["key"], row["seal"])


async def draws() -> list[dict[str, Any]]:
    """Every draw number for the public list, newest first: number, title, scheme, state and its label, check_code,
    n in range, k to draw, announced_at, held_at, aborted_at, opened_at (instants or ""), reason, named day."""
    found = []
    for row in await draw_rows():
        plan = plan_of(row)
        last = plan["last_input"]
        found.append(
            {
                **{c: row[c] for c in ("id", "number", "scheme", "state", "announced_at", "held_at")},
                **{c: row[c] for c in ("assigned_at", "aborted_at", "opened_at", "opened_by", "plan_hash")},
                "label": STATES[row["state"]],
                "title": plan["title"],
                "round": plan["round"],
                "check_code": check_code(bytes.fromhex(row["plan_hash"])),
                "n": plan["snapshot"]["n"],
                "eligible": sum(one["n"] for one in plan["strata"]),
                "k": sum(one["k"] for one in plan["strata"]),
                "reason": row["abort_reason"],
                "game": last["draws"][0]["game"] if last["mode"] == "lottery" else "",
                "day": last["draws"][0]["date"] if last["mode"] == "lottery" else last["date"],
            }
        )
    return found


# --- teams --------------------------------------------------------------------------------------------------


async def teams(draw: str) -> list[dict[str, Any]]:
    """The teams of a draw by place, each with ``members`` in the order of the seats."""
    found = await Team.select().where(Team.draw == draw).order_by(Team.place)
    members: dict[str, list[dict[str, Any]]] = {row["id"]: [] for row in found}
    for part in db.parts(list(members)):
        for row in await TeamMember.select().where(TeamMember.team.is_in(part)).order_by(TeamMember.position):
            members[row["team"]].append(row)
    return [{**row, "members": members[row["id"]]} for row in found]
