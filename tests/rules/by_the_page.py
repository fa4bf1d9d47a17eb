"""The teams as PROTOCOL.md 5.8 tells them, written from the page and from nothing that the server uses to form them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.canon import digest
from sync.draw import derive_key, ticket

Seat = tuple[int, str, str, int]
"""(target's row, department, role, number)."""


@dataclass
class Page:
    """``people``: the roster's attributes by row; ``areas``: target's row → its area; ``day``: the scheme's last."""

    seed: bytes
    round_number: int
    people: Sequence[Mapping[str, Any]]
    areas: Mapping[int, str]
    recused: Collection[tuple[int, int]]
    cap: int
    day: str
    holder: dict[Seat, int] = field(default_factory=dict)
    moved: int = 0

    def held(self, p: int) -> list[Seat]:
        return sorted(seat for seat, who in self.holder.items() if who == p)

    def candidates(self, seat: Seat) -> list[int]:
        t, department = seat[0], seat[1]
        key = derive_key(self.seed, "pairs", "", self.round_number)
        fit = [
            p
            for p, one in enumerate(self.people)
            if one["organisation"] == department
            and one["certified"]
            and (one["from"] or "0001-01-01") <= self.day <= (one["to"] or "9999-12-31")
            and (one["level"] or "county") == "county"
            and (not one["areas"] or self.areas[t] in one["areas"])
            and (t, p) not in self.recused
        ]
        return sorted(fit, key=lambda p: (len(self.held(p)), ticket(key, t * len(self.people) + p), p))

    def fill(self, seat: Seat) -> bool:
        for p in self.candidates(seat):
            if len(self.held(p)) < self.cap and all(other[0] != seat[0] for other in self.held(p)):
                self.holder[seat] = p
                return True
        return self.search(seat)

    def search(self, first: Seat) -> bool:
        queue, remembers = [first], dict[Seat, tuple[Seat, int]]()
        met, full = set[tuple[int, int]](), set[int]()
        for seat in queue:  # it grows while it is gone through
            for p in self.candidates(seat):
                if (seat[0], p) in met:
                    continue
                met.add((seat[0], p))
                given_up = [other for other in self.held(p) if other[0] == seat[0]]
                if not given_up and len(self.held(p)) < self.cap:
                    self.move(seat, p, remembers)
                    return True
                if not given_up and p not in full:
                    full.add(p)
                    given_up = self.held(p)
                    met |= {(other[0], p) for other in given_up}
                for other in given_up:
                    if other not in queue:
                        queue.append(other)
                        remembers[other] = (seat, p)
        return False

    def move(self, last: Seat, free: int, remembers: Mapping[Seat, tuple[Seat, int]]) -> None:
        self.moved += 1
        self.holder[last], link = free, remembers.get(last)
        while link is not None:
            seat, p = link
            self.holder[seat], link = p, remembers.get(seat)


def teams_by_the_page(page: Page, departments: Collection[str], lead: str, minimum: int) -> str | None:
    """H("teams/1", …), None where there is no assignment."""
    key = derive_key(page.seed, "order", "", page.round_number)
    listed = []
    for t in sorted(page.areas, key=lambda row: (ticket(key, row), row)):
        seats: list[Seat] = [(t, lead, "leader", 0)]
        for one in sorted(departments, key=str.encode):
            seats += [(t, one, "member", number) for number in range(one == lead, minimum)]
        if not all(page.fill(seat) for seat in seats):
            return None
        listed.append((t, seats))
    return digest("teams/1", [[t, [[page.holder[s], s[2]] for s in seats]] for t, seats in listed])
