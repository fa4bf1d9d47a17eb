"""From drawn targets to joint teams (联合检查组): the frozen roster, its needs, and what is recorded. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.draw.assignment import (
    Assignment,
    DepartmentNeed,
    HallWitness,
    Inspector,
    Member,
    Recusals,
    Seat,
    TargetNeed,
    assign,
)
from sync.canon import JSON, digest
from sync.draw import Snapshot, derive_key, secret_order, snapshot_root
from sync.words import AssignmentHeld, Refusal, TeamFormed, TeamSeat, refuse

LEVEL = "county"
"""A scheme of this system is a check of the county or district level."""
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


@dataclass(frozen=True)
class Person:
    """A row of the inspectors' registry, as the roster freezes it. Days are YYYY-MM-DD; None: without end.

    ``areas`` empty: the whole jurisdiction. ``level`` empty: the level of the own office.
    """

    inspector: str
    account: str
    identifier: str
    name: str
    organisation: str
    certificate: str
    certified: bool
    certified_from: str | None
    certified_to: str | None
    level: str
    areas: tuple[str, ...]
    specialties: tuple[str, ...]

    @property
    def attributes(self) -> dict[str, JSON]:
        """What the roster's leaf covers."""
        return {
            "organisation": self.organisation,
            "certified": self.certified,
            "from": self.certified_from,
            "to": self.certified_to,
            "level": self.level,
            "areas": list(self.areas),
            "specialties": list(self.specialties),
        }


@dataclass(frozen=True)
class Roster:
    """The frozen roster: people in its secret order, so that a person's place is its index."""

    snapshot: Snapshot
    people: tuple[Person, ...]


def freeze_roster(people: Sequence[Person], as_of: str, k_order: bytes, k_salt: bytes) -> Roster:
    """The people of all departments that take part, in a secret order with a root. ValueError on duplicates."""
    ordered = tuple(people[i] for i in secret_order(k_order, [one.identifier for one in people]))
    root = snapshot_root(k_salt, ((one.identifier, one.attributes) for one in ordered))
    return Roster(Snapshot(root=root.hex(), n=len(ordered), as_of=as_of), ordered)


def roster_agrees(roster: Roster, k_order: bytes, k_salt: bytes) -> bool:
    """Whether the kept people still give the announced root and stand in the order of the key."""
    again = freeze_roster(roster.people, roster.snapshot["as_of"], k_order, k_salt)
    return again.snapshot == roster.snapshot and again.people == roster.people


def roster_suffices(
    people: Sequence[Person],
    departments: Mapping[str, str],
    areas: Mapping[str, int],
    *,
    visit_by: str,
    minimum: int,
    targets: int,
    cap: int,
) -> Refusal | None:
    """Whether every department could man any drawn target, asked before anything is frozen.

    ``areas``: street or township → eligible targets there; ``targets``: how many will be drawn. Without a cap
    that binds, this is enough for every outcome of the draw.
    """
    for organisation, name in departments.items():
        fit = [
            one
            for one in people
            if one.organisation == organisation
            and one.certified
            and (one.certified_from or FIRST_DAY) <= visit_by <= (one.certified_to or LAST_DAY)
            and (one.level or LEVEL) == LEVEL
        ]
        for area in sorted(areas):
            able = sum(1 for one in fit if not one.areas or area in one.areas)
            if able < minimum:
                return refuse(
                    "team_not_possible",
                    targets=f"{area or '未填街道'}的检查对象",
                    need=f"{name}持证执法人员 {minimum} 名",
                    have=f" {able} 名",
                )
        if len(fit) * cap < targets * minimum:
            return refuse(
                "team_not_possible",
                targets=f"拟抽取的 {targets} 户",
                need=f"{name}持证执法人员 {targets * minimum} 人次",
                have=f" {len(fit)} 名、每人最多 {cap} 户",
            )
    return None


@dataclass(frozen=True)
class DrawnTarget:
    """A drawn target: its row in the snapshot, its id and name, the street or township that it lies in."""

    place: int
    target: str
    name: str
    area: str


@dataclass(frozen=True)
class Formed:
    """What was decided: the entry of the assignment, and (target's row, team) in the order of the draw."""

    held: AssignmentHeld
    teams: tuple[tuple[DrawnTarget, tuple[TeamSeat, ...]], ...]


def form_teams(
    scheme: str,
    targets: Sequence[DrawnTarget],
    departments: Mapping[str, str],
    lead: str,
    roster: Roster,
    seed: bytes,
    round_number: int,
    *,
    visit_by: str,
    minimum: int,
    cap: int,
    nonce: str,
    recusals: Recusals = frozenset(),
) -> Formed | Refusal:
    """A team for every target, each department with at least ``minimum`` officers, the leader from ``lead``.

    ``departments`` maps id to name; ``visit_by`` is the last day of the scheme, on which certificates must
    still be valid; ``cap`` is the most targets of one person. Refusal: ``team_not_possible`` with the Hall
    witness in words.
    """
    needs = [
        TargetNeed(
            index=one.place,
            visit_on=visit_by,
            level=LEVEL,
            area=one.area,
            lead=lead,
            departments=tuple(DepartmentNeed(organisation) for organisation in departments),
        )
        for one in targets
    ]
    people = [_inspector(place, one, cap) for place, one in enumerate(roster.people)]
    result = assign(
        needs,
        people,
        derive_key(seed, "order", "", round_number),
        derive_key(seed, "pairs", "", round_number),
        roster=roster.snapshot["n"],
        minimum=minimum,
        recusals=recusals,
    )
    if isinstance(result, HallWitness):
        return _not_possible(result, {one.place: one.name for one in targets}, departments)
    known = {one.place: one for one in targets}
    teams = tuple((known[team.target], _seats(team.members, roster)) for team in result.teams)
    held = AssignmentHeld(
        nonce=nonce,
        scheme=scheme,
        roster=roster.snapshot["root"],
        minimum=minimum,
        cap=cap,
        count=len(teams),
        teams=teams_digest(result),
    )
    return Formed(held, teams)


def teams_digest(result: Assignment) -> str:
    """digest("teams/1", [[row, [[roster place, role] …]] …]) in the order of the draw."""
    listed: JSON = [
        [team.target, [[member.inspector, member.seat.role] for member in team.members]]
        for team in result.teams
    ]
    return digest("teams/1", listed)


def team_body(scheme: str, draw: str, of: DrawnTarget, seats: tuple[TeamSeat, ...], nonce: str) -> TeamFormed:
    """The entry of one team."""
    return TeamFormed(nonce=nonce, scheme=scheme, draw=draw, target=of.target, row=of.place, members=seats)


def _inspector(place: int, one: Person, cap: int) -> Inspector:
    return Inspector(
        index=place,
        department=one.organisation,
        certified_from=(one.certified_from or FIRST_DAY) if one.certified else None,
        certified_to=(one.certified_to or LAST_DAY) if one.certified else None,
        levels=frozenset({one.level or LEVEL}),
        areas=frozenset(one.areas) or None,
        specialties=frozenset(one.specialties),
        cap=cap,
    )


def _seats(members: Sequence[Member], roster: Roster) -> tuple[TeamSeat, ...]:
    found = []
    for member in members:
        person = roster.people[member.inspector]
        role = member.seat.role
        found.append(
            TeamSeat(
                row=member.inspector,
                inspector=person.inspector,
                account=person.account,
                name=person.name,
                organisation=person.organisation,
                role=role if role in ("leader", "member") else "assistant",
                certificate=person.certificate,
                certified=person.certified,
            )
        )
    return tuple(found)


def _not_possible(
    witness: HallWitness, targets: Mapping[int, str], departments: Mapping[str, str]
) -> Refusal:
    """The witness in words: which targets, how many seats of which departments, how many people there are."""
    seats: Sequence[Seat] = witness.seats
    concerned = list(dict.fromkeys(seat.target for seat in seats))
    shown = "、".join(f"“{targets[i]}”" for i in concerned[:2])
    if len(concerned) > 2:
        shown += f"等 {len(concerned)} 户"
    names = list(dict.fromkeys(departments[seat.department] for seat in seats))
    who = "、".join(names[:2]) + ("等部门" if len(names) > 2 else "")
    return refuse(
        "team_not_possible",
        targets=shown,
        need=f"{who}持证执法人员 {len(seats)} 人次",
        have=f" {len(witness.inspectors)} 人、可承担 {witness.supply} 人次",
    )
