"""Rows of visits, their teams and their packets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from piccolo.columns import Bytea, Text, Timestamptz, Varchar
from piccolo.table import Table

from backend.dispatch.rules import TeamFacts
from backend.dispatch.rules_packet import Item
from backend.draw import tables as draw
from backend.house import House
from backend.people.tables import organisations
from backend.registry import tables as registry
from backend.registry.labels import SUBTYPES, representative_label
from sync import words
from sync.words import PacketTarget, TeamMember


class Visit(Table, tablename="visit"):
    """A visit that was ordered (检查任务), derived from visit.ordered. ``packet_digest`` names its current packet;
    ``title`` is the target's name. ``status``: ordered | recalled | returned (taken back, and the target waits to
    be dispatched once more)."""

    id = Varchar(length=32, primary_key=True)
    scheme = Varchar(length=32, index=True)
    target = Varchar(length=32, index=True)
    number = Varchar(length=64, unique=True)
    planned_on = Varchar(length=10, index=True)
    status = Varchar(length=20)
    packet_digest = Varchar(length=64)
    lead_organisation = Varchar(length=32, index=True)
    title = Varchar(length=120)


class VisitMember(Table, tablename="visit_member"):
    """Who is in the team of a visit now, derived from visit.ordered. Its id is visit + ":" + account."""

    id = Varchar(length=65, primary_key=True)
    visit = Varchar(length=32, index=True)
    account = Varchar(length=32, index=True)
    organisation = Varchar(length=32, index=True)
    role = Varchar(length=20)


class Packet(Table, tablename="packet"):
    """A packet's canonical JSON, sealed as "packet.content", and the visit's data key (32 bytes), sealed as
    "packet.data_key". Every packet of a visit carries the same data key."""

    digest = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    content = Bytea()
    data_key = Bytea()


class ItemText(Table, tablename="item_text"):
    """The text behind an item: canonical JSON of ``sync.words.ItemText``, kept once for all packets."""

    digest = Varchar(length=64, primary_key=True)
    content = Text()


class Notification(Table, tablename="notification"):
    """That a person was told of a visit (派发通知), and when he first looked. Its id is visit + ":" + account."""

    id = Varchar(length=65, primary_key=True)
    visit = Varchar(length=32, index=True)
    account = Varchar(length=32, index=True)
    made_at = Timestamptz()
    seen_at = Timestamptz(null=True, default=None)


class Replacement(Table, tablename="replacement"):
    """A request to replace officers of a visit (更换执法人员); its id is the entry's. ``body`` is canonical JSON of
    the request; ``status``: open | approved | rejected; ``said`` canonical JSON of the entry that decided it."""

    id = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    organisation = Varchar(length=32, index=True)
    body = Text()
    asked_by = Varchar(length=32)
    asked_at = Varchar(length=24)
    status = Varchar(length=10, index=True)
    said = Text(default="")
    decided_by = Varchar(length=32, default="")
    decided_at = Varchar(length=24, default="")


class Recusal(Table, tablename="recusal"):
    """An application that an officer withdraw (回避); its id is the entry's that made it. ``account`` is empty where
    the party named nobody; ``applicant``: officer | party; ``status``: open | upheld | rejected."""

    id = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    account = Varchar(length=32)
    applicant = Varchar(length=10)
    statement = Bytea()
    applied_by = Varchar(length=32)
    applied_at = Varchar(length=24)
    status = Varchar(length=10, index=True)


class RecusalSecond(Table, tablename="recusal_second"):
    """Who confirmed that the party asks for a recusal (当事人申请回避); its id is the entry's. It may come before the
    application, from another tablet."""

    id = Varchar(length=64, primary_key=True)
    application = Varchar(length=64, index=True)
    confirmed_by = Varchar(length=32)


STATEMENT_PLACE = "recusal.statement"
CONTENT_PLACE = "packet.content"
KEY_PLACE = "packet.data_key"


# --- queries ------------------------------------------------------------------------------------------------


async def visit(visit_id: str) -> dict[str, Any] | None:
    """A row of ``visit``, or None."""
    return await Visit.select().where(Visit.id == visit_id).first()


async def visits(scheme: str) -> list[dict[str, Any]]:
    """The visits of a scheme by number."""
    return await Visit.select().where(Visit.scheme == scheme).order_by(Visit.number)


async def visit_count(schemes: Sequence[str]) -> dict[str, int]:
    """Scheme → how many visits were ordered."""
    counts = dict.fromkeys(schemes, 0)
    if counts:
        for row in await Visit.select(Visit.scheme).where(Visit.scheme.is_in(list(counts))):
            counts[row["scheme"]] += 1
    return counts


async def elsewhere(targets: Iterable[str], scheme: str, year: int) -> dict[str, list[dict[str, Any]]]:
    """Target → the visits of other schemes in that year that stand: a second entry of the same firm (domain E.16)."""
    wanted = list(targets)
    found: dict[str, list[dict[str, Any]]] = {}
    if wanted:
        rows = Visit.select().where(
            Visit.target.is_in(wanted) & (Visit.scheme != scheme) & (Visit.status == "ordered")
        )
        for row in await rows.order_by(Visit.planned_on):
            if row["planned_on"][:4] == str(year):
                found.setdefault(row["target"], []).append(row)
    return found


async def members(visits: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Visit → the rows of its team."""
    wanted = list(visits)
    found: dict[str, list[dict[str, Any]]] = {one: [] for one in wanted}
    if wanted:
        for row in await VisitMember.select().where(VisitMember.visit.is_in(wanted)):
            found[row["visit"]].append(row)
    return found


async def packet(house: House, packet_digest: str) -> words.Packet | None:
    """The packet of that digest, opened; None for an unknown one."""
    row = await Packet.select(Packet.content).where(Packet.digest == packet_digest).first()
    if row is None:
        return None
    return words.Packet.model_validate_json(house.vault.open(bytes(row["content"]), CONTENT_PLACE))


async def notifications(visit_id: str) -> dict[str, dict[str, Any]]:
    """Account → when it was told of the visit and when it looked."""
    rows = await Notification.select().where(Notification.visit == visit_id)
    return {row["account"]: row for row in rows}


async def waiting_teams(scheme: str) -> list[TeamFacts]:
    """The teams of a scheme's draws that have no visit, or whose visit came back, in the order of the draw."""
    drawn = await draw.Draw.select(draw.Draw.id).where(
        (draw.Draw.scheme == scheme) & (draw.Draw.state == "assigned")
    )
    rows = [team for one in drawn for team in await draw.teams(one["id"])]
    done = {row["target"] for row in await visits(scheme) if row["status"] != "returned"}
    waiting = [row for row in rows if row["target"] not in done]
    known = await registry.targets(row["target"] for row in waiting)
    return [
        TeamFacts(
            id=row["id"],
            target=row["target"],
            name=known[row["target"]]["name"],
            area=known[row["target"]]["area"],
            members=tuple(_member(member) for member in row["members"]),
        )
        for row in waiting
    ]


def _member(row: Mapping[str, Any]) -> TeamMember:
    names = ("account", "name", "organisation", "role", "certificate", "certified")
    return TeamMember.model_validate({name: row[name] for name in names})


async def packet_targets(house: House, ids: Iterable[str], region: str) -> dict[str, PacketTarget]:
    """Targets as packets carry them, with the private telephone."""
    rows = await registry.targets(ids)
    return {key: _packet_target(house, row, region) for key, row in rows.items()}


def _packet_target(house: House, row: Mapping[str, Any], region: str) -> PacketTarget:
    full = row["row"]
    number = full.get("uscc") or full.get("registration_no") or full.get("own_no") or row["key"]
    return PacketTarget(
        target=row["id"],
        name=row["name"],
        code=number,
        kind=SUBTYPES.get(row["subtype"], row["subtype"]),
        district=region,
        address=row["address"],
        legal_representative=row["legal_representative"],
        representative_label=representative_label(row["subtype"]),
        licence=row["licence"],
        phone=registry.opened(house, "targets", row).get("phone", ""),
    )


async def catalogue(ids: Iterable[str]) -> dict[str, Item]:
    """Check items as packets need them."""
    return {
        key: Item(
            id=key,
            organisation=row["organisation"],
            number=row["number"],
            title=row["title"],
            heading=row["heading"],
            method=row["method"],
            photo_required=row["photo_required"],
            legal_basis=tuple(row["legal_basis"]),
            contents=tuple(row["contents"]),
            guidance=tuple(row["guidance"]),
        )
        for key, row in (await registry.items(ids)).items()
    }


async def colleagues() -> tuple[tuple[TeamMember, date | None], ...]:
    """Everybody with an account in the inspectors' registry, and until when the certificate is valid."""
    return tuple(
        (
            TeamMember(
                account=row["account"],
                name=row["name"],
                organisation=row["organisation"],
                role="member",
                certificate=row["certificate"],
                certified=row["certified"],
            ),
            row["certificate_valid_until"],
        )
        for row in await registry.inspectors()
        if row["account"] and row["active"]
    )


async def organisation_names() -> dict[str, str]:
    """Organisation → full name."""
    return {key: row["name"] for key, row in (await organisations()).items()}


async def item_texts(digests: Iterable[str]) -> dict[str, words.ItemText]:
    """Digest → text of an item."""
    wanted = list(dict.fromkeys(digests))
    rows = await ItemText.select().where(ItemText.digest.is_in(wanted)) if wanted else []
    return {row["digest"]: words.ItemText.model_validate(json.loads(row["content"])) for row in rows}


# --- changes after the order --------------------------------------------------------------------------------


def _asked(row: Mapping[str, Any]) -> dict[str, Any]:
    said = json.loads(row["said"]) if row["said"] else None
    return {**row, "asked": words.ReplacementRequested.model_validate(json.loads(row["body"])), "said": said}


async def replacement(entry: str) -> dict[str, Any] | None:
    """A request by its entry, with ``asked`` (the request) and ``said`` (what decided it); or None."""
    row = await Replacement.select().where(Replacement.id == entry).first()
    return _asked(row) if row else None


async def replacements(visit_id: str, status: str = "") -> list[dict[str, Any]]:
    """The requests of a visit in order, all or those of a status."""
    rows = await Replacement.select().where(Replacement.visit == visit_id).order_by(Replacement.asked_at)
    return [_asked(row) for row in rows if not status or row["status"] == status]


async def recusals(house: House, visit_id: str) -> list[dict[str, Any]]:
    """The applications of a visit in order, with their statements."""
    rows = await Recusal.select().where(Recusal.visit == visit_id).order_by(Recusal.applied_at)
    return [
        {**row, "statement": house.vault.open(bytes(row["statement"]), STATEMENT_PLACE).decode()}
        for row in await _confirmed(rows)
    ]


async def _confirmed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Applications with ``confirmed_by``: an officer of the team beside who noted it and whom it concerns; or empty."""
    ids = [row["id"] for row in rows]
    teams = await members({row["visit"] for row in rows})
    said = await RecusalSecond.select().where(RecusalSecond.application.is_in(ids)) if ids else []

    def second(row: dict[str, Any]) -> str:
        officers = {one["account"] for one in teams[row["visit"]] if one["role"] != "assistant"}
        heard = {one["confirmed_by"] for one in said if one["application"] == row["id"]}
        return min(heard & officers - {row["applied_by"], row["account"]}, default="")

    return [{**row, "confirmed_by": second(row)} for row in rows]


async def open_recusals(organisation: str) -> list[dict[str, Any]]:
    """Applications that wait and concern a department: its officer, or nobody by name in a visit where it is."""
    rows = await _confirmed(
        await Recusal.select().where(Recusal.status == "open").order_by(Recusal.applied_at)
    )
    teams = await members(row["visit"] for row in rows)
    return [
        row
        for row in rows
        if any(
            one["organisation"] == organisation and row["account"] in ("", one["account"])
            for one in teams[row["visit"]]
        )
    ]


async def open_replacements(organisation: str) -> list[dict[str, Any]]:
    """Requests of a department that wait."""
    rows = await Replacement.select().where(
        (Replacement.organisation == organisation) & (Replacement.status == "open")
    )
    return [_asked(row) for row in rows]
