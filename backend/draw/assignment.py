"""Inspectors to targets: random serial assignment with augmenting paths. Pure, integers only.

Every seat of every team is one unit of flow: a person sits once per team and holds at most `cap` seats. Who
gets a seat is decided by (load, pair ticket, index), so nobody can steer it and a replay gives the same teams.
Geography and equipment decide who qualifies, never who is preferred.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sync.tickets import ticket, tickets

Role = Literal["leader", "member", "specialist", "companion"]
Recusals = AbstractSet[tuple[int, int]]
"""(target index, inspector index) pairs that must never meet (回避)."""


@dataclass(frozen=True)
class Inspector:
    """A person of the frozen roster. Days are YYYY-MM-DD; no certificate: both None.

    `index` is the place in the roster's secret order. `areas` None means the whole jurisdiction. `cap` is the
    most seats in the period, `load` how many are held before this draw.
    """

    index: int
    department: str
    certified_from: str | None
    certified_to: str | None
    levels: frozenset[str]
    areas: frozenset[str] | None
    specialties: frozenset[str]
    cap: int
    load: int = 0


@dataclass(frozen=True)
class DepartmentNeed:
    """What one department sends to one target.

    `certified` officers beyond the law's minimum count too; `specialists` names the specialty of each seat on
    top of the officers; `companions` uncertified staff may come along and never count.
    """

    department: str
    certified: int = 0
    specialists: tuple[str, ...] = ()
    companions: int = 0


@dataclass(frozen=True)
class TargetNeed:
    """A drawn target: its row in the snapshot, when and where it is visited, who takes part, who leads."""

    index: int
    visit_on: str
    level: str
    area: str
    lead: str
    departments: tuple[DepartmentNeed, ...]


class Seat(NamedTuple):
    """One place in a team. `number` tells equal seats of the same department and role apart."""

    target: int
    department: str
    role: Role
    specialty: str
    number: int


class Member(NamedTuple):
    """Who got a seat. Companions never count towards the minimum."""

    inspector: int
    seat: Seat


@dataclass(frozen=True)
class Team:
    """The members at one target, in the order of the seats: leader, members, specialists, companions."""

    target: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Assignment:
    """Teams in the order of the draw; `empty` lists companions' seats that nobody could take."""

    teams: tuple[Team, ...]
    loads: Mapping[int, int]
    empty: tuple[Seat, ...]


@dataclass(frozen=True)
class HallWitness:
    """Why there is no assignment: of these `seats`, only `inspectors` qualify and they fill just `supply`."""

    seats: tuple[Seat, ...]
    inspectors: tuple[int, ...]
    supply: int


def unfit(need: TargetNeed, seat: Seat, person: Inspector, recusals: Recusals) -> tuple[str, ...]:
    """The reason codes for which `person` cannot take `seat`, whatever the load; empty if qualified."""
    codes: list[str] = []
    if person.department != seat.department:
        codes.append("other_department")
    holds = person.certified_from is not None and person.certified_to is not None
    if seat.role in ("leader", "member"):
        if not holds:
            codes.append("uncertified")
        elif not (person.certified_from or "") <= need.visit_on <= (person.certified_to or ""):
            codes.append("certificate_not_valid_on_visit")
        if need.level not in person.levels:
            codes.append("other_level")
    if seat.role == "companion" and holds:
        codes.append("certified")
    if person.areas is not None and need.area not in person.areas:
        codes.append("other_area")
    if seat.specialty and seat.specialty not in person.specialties:
        codes.append("no_specialty")
    if (need.index, person.index) in recusals:
        codes.append("recused")
    return tuple(codes)


def seats_of(need: TargetNeed, minimum: int) -> list[Seat]:
    """The seats that must be filled, leader first, then departments by the UTF-8 bytes of their names."""
    departments = sorted(need.departments, key=lambda one: one.department.encode())
    members: list[Seat] = []
    specialists: list[Seat] = []
    for one in departments:
        for number in range(max(minimum, one.certified)):
            role: Role = "leader" if one.department == need.lead and number == 0 else "member"
            members.append(Seat(need.index, one.department, role, "", number))
        specialists += [
            Seat(need.index, one.department, "specialist", specialty, number)
            for number, specialty in enumerate(one.specialists)
        ]
    members.sort(key=lambda seat: seat.role != "leader")
    return members + specialists


def assign(
    needs: Sequence[TargetNeed],
    inspectors: Sequence[Inspector],
    key_order: bytes,
    key_pairs: bytes,
    *,
    roster: int,
    minimum: int,
    recusals: Recusals = frozenset(),
) -> Assignment | HallWitness:
    """A team for every target, or a witness that there is none.

    `roster` is the number of rows of the frozen roster, `minimum` the certified officers per department that
    the profile asks for. Raises ValueError on input that contradicts itself.
    """
    _check(needs, inspectors, roster, minimum)
    order = sorted(needs, key=lambda need: (ticket(key_order, need.index), need.index))
    table = _Table(order, inspectors, recusals, key_pairs, roster)
    for need in order:
        for seat in seats_of(need, minimum):
            witness = table.fill(seat)
            if witness is not None:
                return witness
    empty = table.fill_companions(order)
    return Assignment(
        teams=table.teams(),
        loads=dict(table.load),
        empty=tuple(empty),
    )


def replace(
    need: TargetNeed,
    leaving: Member,
    team: Team,
    inspectors: Sequence[Inspector],
    loads: Mapping[int, int],
    key_replacement: bytes,
    *,
    roster: int,
    recusals: Recusals = frozenset(),
) -> Member | HallWitness:
    """Who takes the seat of `leaving`: the next ticket under a key that mixes in the approved reason.

    `loads` as they stand today. Other teams stay as they are. Raises ValueError if `leaving` is not in `team`.
    """
    if leaving not in team.members:
        raise ValueError("who leaves must be in the team")
    sitting = {member.inspector for member in team.members}
    fit = [one for one in inspectors if not unfit(need, leaving.seat, one, recusals)]
    free = [one for one in fit if one.index not in sitting and loads.get(one.index, one.load) < one.cap]
    if not free:
        return HallWitness((leaving.seat,), tuple(sorted(one.index for one in fit)), 0)
    stream = tickets(key_replacement, need.index * roster, roster)
    chosen = min(free, key=lambda one: (loads.get(one.index, one.load), _pick(stream, one.index), one.index))
    return Member(chosen.index, leaving.seat)


def _pick(stream: bytes, i: int) -> bytes:
    return stream[8 * i : 8 * i + 8]


def _check(needs: Sequence[TargetNeed], inspectors: Sequence[Inspector], roster: int, minimum: int) -> None:
    if minimum < 1:
        raise ValueError("a department sends at least one certified officer")
    if len({need.index for need in needs}) != len(needs):
        raise ValueError("a target occurs twice")
    if len({person.index for person in inspectors}) != len(inspectors):
        raise ValueError("an inspector occurs twice")
    if any(not 0 <= person.index < roster for person in inspectors):
        raise ValueError("an inspector stands outside the roster")
    for need in needs:
        names = [one.department for one in need.departments]
        if len(set(names)) != len(names) or need.lead not in names:
            raise ValueError(f"target {need.index}: a department occurs twice or the lead does not take part")


_Pair = tuple[int, int]


class _Table:
    """Who sits where while the assignment grows."""

    def __init__(
        self,
        needs: Sequence[TargetNeed],
        inspectors: Sequence[Inspector],
        recusals: Recusals,
        key_pairs: bytes,
        roster: int,
    ) -> None:
        self.needs = {need.index: need for need in needs}
        self.people = {person.index: person for person in inspectors}
        self.load = {person.index: person.load for person in inspectors}
        self._recusals = recusals
        self._key, self._roster = key_pairs, roster
        self._staff: dict[str, list[Inspector]] = {}
        for person in inspectors:
            self._staff.setdefault(person.department, []).append(person)
        self._holder: dict[Seat, int] = {}
        self._seat_at: dict[_Pair, Seat] = {}
        self._seats_of: dict[int, set[Seat]] = {person.index: set() for person in inspectors}
        self._fit: dict[Seat, list[tuple[bytes, int]]] = {}

    def teams(self) -> tuple[Team, ...]:
        """Every team with its members by role, then department, in the order of the draw."""
        rank = {"leader": 0, "member": 1, "specialist": 2, "companion": 3}
        found: dict[int, list[Member]] = {target: [] for target in self.needs}
        for seat, person in self._holder.items():
            found[seat.target].append(Member(person, seat))
        for members in found.values():
            members.sort(key=lambda one: (rank[one.seat.role], one.seat.department.encode(), one.seat))
        return tuple(Team(target, tuple(members)) for target, members in found.items())

    def fill(self, seat: Seat) -> HallWitness | None:
        """Seats somebody, moving others along an augmenting path where needed; a witness if nobody can."""
        for person in self._candidates(seat):
            if self._free(person) and (seat.target, person) not in self._seat_at:
                self._sit(seat, person)
                return None
        return self._augment(seat)

    def fill_companions(self, order: Iterable[TargetNeed]) -> list[Seat]:
        """Companions after everybody who counts; they move nobody, and an empty seat is no failure."""
        empty: list[Seat] = []
        for need in order:
            for one in sorted(need.departments, key=lambda one: one.department.encode()):
                for number in range(one.companions):
                    seat = Seat(need.index, one.department, "companion", "", number)
                    for person in self._candidates(seat):
                        if self._free(person) and (seat.target, person) not in self._seat_at:
                            self._sit(seat, person)
                            break
                    else:
                        empty.append(seat)
        return empty

    def _free(self, person: int) -> bool:
        return self.load[person] < self.people[person].cap

    def _candidates(self, seat: Seat) -> list[int]:
        """Everybody who qualifies, by (load, pair ticket, index); qualification and tickets do not change."""
        if seat not in self._fit:
            need = self.needs[seat.target]
            stream = tickets(self._key, seat.target * self._roster, self._roster)
            self._fit[seat] = [
                (_pick(stream, person.index), person.index)
                for person in self._staff.get(seat.department, [])
                if not unfit(need, seat, person, self._recusals)
            ]
        ranked = sorted((self.load[person], u, person) for u, person in self._fit[seat])
        return [person for _, _, person in ranked]

    def _sit(self, seat: Seat, person: int) -> None:
        self._holder[seat] = person
        self._seat_at[seat.target, person] = seat
        self._seats_of[person].add(seat)
        self.load[person] += 1

    def _rise(self, seat: Seat) -> None:
        person = self._holder.pop(seat)
        del self._seat_at[seat.target, person]
        self._seats_of[person].remove(seat)
        self.load[person] -= 1

    def _augment(self, start: Seat) -> HallWitness | None:
        """Breadth-first over the residual network: seat, (target, person), person, the seats they hold."""
        came: dict[Seat, tuple[Seat, int] | None] = {start: None}
        pairs: set[_Pair] = set()
        full: set[int] = set()
        queue = deque([start])
        while queue:
            seat = queue.popleft()
            for person in self._candidates(seat):
                pair = (seat.target, person)
                if pair in pairs:
                    continue
                pairs.add(pair)
                sitting = self._seat_at.get(pair)
                if sitting is not None:
                    displaced = [sitting]
                elif self._free(person):
                    self._shift(came, seat, person)
                    return None
                elif person in full:
                    continue
                else:
                    full.add(person)
                    displaced = sorted(self._seats_of[person])
                    pairs.update((other.target, person) for other in displaced)
                for other in displaced:
                    if other not in came:
                        came[other] = (seat, person)
                        queue.append(other)
        return HallWitness(
            seats=tuple(sorted(came)),
            inspectors=tuple(sorted({person for _, person in pairs})),
            supply=len(came) - 1,
        )

    def _shift(self, came: Mapping[Seat, tuple[Seat, int] | None], last: Seat, free: int) -> None:
        moves: list[tuple[Seat, int]] = [(last, free)]
        link = came[last]
        while link is not None:
            moves.append(link)
            link = came[link[0]]
        for seat, _ in moves[:-1]:
            self._rise(seat)
        for seat, person in moves:
            self._sit(seat, person)
