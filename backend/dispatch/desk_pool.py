"""Out of whom the seats of a visit's team are filled again: the draw's frozen roster as its people stand today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.dispatch import rules_changes, tables
from backend.dispatch.rules_changes import Pool, VisitFacts
from backend.draw import tables as draws
from backend.house import House, Refused
from backend.people.tables import account_names
from backend.planning.facts import SchemeFacts
from backend.registry import tables as registry
from sync.draw import derive_key
from sync.words import Packet, ReplacementRequested, TeamMember, TeamSeat, refuse


@dataclass(frozen=True)
class Loaded:
    """A visit with all that a change looks at."""

    row: Mapping[str, Any]
    facts: VisitFacts
    packet: Packet
    scheme: SchemeFacts


async def pool(house: House, loaded: Loaded, asked: ReplacementRequested) -> Pool:
    """Out of whom seats of this visit are filled again; raises Refused where the visit came from no draw."""
    team, row = await _drawn_team(loaded)
    plan = draws.plan_of(row)
    roster = await draws.roster(house, row["id"], plan)
    known = await registry.inspectors_by_id(person.inspector for person in roster.people)
    places = {person.account: place for place, person in enumerate(roster.people)}
    gone = {
        account
        for one in await tables.replacements(loaded.facts.visit, "approved")
        for account in one["asked"].out
    }
    target = (await registry.targets([loaded.row["target"]])).get(loaded.row["target"], {})
    return Pool(
        people=roster.people,
        serving=frozenset(key for key, one in known.items() if one["active"] and not one["removed"]),
        loads=Counter(places[account] for account in await _busy(loaded.scheme.id) if account in places),
        cap=row["cap"],
        barred=frozenset(person.inspector for person in roster.people if person.account in gone),
        place=team["place"],
        area=target.get("area", ""),
        key=derive_key(
            bytes.fromhex(row["seed"]),
            "replacement",
            "",
            plan["round"],
            rules_changes.reason_digest(asked, loaded.facts.visit),
        ),
    )


async def _drawn_team(loaded: Loaded) -> tuple[dict[str, Any], dict[str, Any]]:
    teams = await draws.Team.select().where(
        (draws.Team.scheme == loaded.scheme.id) & (draws.Team.target == loaded.row["target"])
    )
    for team in reversed(teams):
        row = await draws.draw_row(team["draw"])
        if row and row["seed"] and row["state"] == "assigned":
            return team, row
    raise Refused(refuse("not_found"))


async def _busy(scheme: str) -> list[str]:
    """The accounts in the teams of a scheme's visits, one for each visit."""
    visits = [row["id"] for row in await tables.visits(scheme) if row["status"] == "ordered"]
    return [one["account"] for rows in (await tables.members(visits)).values() for one in rows]


async def seats_of(house: House, loaded: Loaded, accounts: Sequence[str]) -> tuple[TeamSeat, ...]:
    """These people of the frozen roster as somebody proposes them, the leader of their own team first."""
    _, row = await _drawn_team(loaded)
    roster = await draws.roster(house, row["id"], draws.plan_of(row))
    found = {
        person.account: rules_changes.seat_of(person, place, "member")
        for place, person in enumerate(roster.people)
    }
    missing = [account for account in accounts if account not in found]
    if missing:
        raise Refused(refuse("bad_request", what="拟派人员"))
    return tuple(found[account] for account in accounts)


async def candidates(house: House, loaded: Loaded, leaving: TeamMember) -> list[tuple[str, str]]:
    """(account, name with the number of visits held) of everybody who could take that seat, fewest visits first."""
    nobody = ReplacementRequested(
        nonce="0" * 32,
        organisation=leaving.organisation,
        out=(leaving.account,),
        reason="other",
        statement="--",
        proposed=(),
    )
    around = await pool(house, loaded, nobody)
    team = {member.account for member in loaded.facts.team}
    fit = [
        (around.loads.get(place, 0), person.name, person.account)
        for place, person in enumerate(around.people)
        if person.account not in team and not rules_changes.why_not(loaded.facts, leaving, place, around)
    ]
    return [(account, f"{name}（已派 {load} 户）") for load, name, account in sorted(fit)]


async def other_teams(loaded: Loaded) -> list[tuple[str, str]]:
    """(visit, its leader and number) of the scheme's other visits: whose team could take this one over."""
    rows = [row for row in await tables.visits(loaded.scheme.id) if row["id"] != loaded.facts.visit]
    members = await tables.members(row["id"] for row in rows)
    mine = {member.account for member in loaded.facts.team}
    named: dict[frozenset[str], tuple[str, str]] = {}
    names = await account_names([one["account"] for many in members.values() for one in many])
    for row in rows:
        people = members[row["id"]]
        team = frozenset(one["account"] for one in people)
        leader = next((one["account"] for one in people if one["role"] == "leader"), "")
        if row["status"] == "ordered" and team != mine and leader:
            named.setdefault(team, (row["id"], f"{names.get(leader, '')} 组（{row['number']}）"))
    return list(named.values())
