"""The page alone is enough to replay the inspectors' draw."""

from __future__ import annotations

import random

from backend.draw.rules_teams import DrawnTarget, Formed, Person, form_teams, freeze_roster
from tests.rules.by_the_page import Page, teams_by_the_page

AREAS = ("东街", "西街", "南镇")
DAY = "2026-12-15"


def person(chance: random.Random, i: int, departments: list[str]) -> Person:
    return Person(
        inspector=f"{i:032x}",
        account=f"{i:032x}",
        identifier=f"虚构{i}",
        name="虚构",
        organisation=chance.choice(departments),
        certificate="虚构",
        certified=chance.random() < 0.95,
        certified_from=chance.choice([None, None, DAY, "2027-01-01"]) if i % 4 == 0 else None,
        certified_to=chance.choice([None, None, DAY, "2026-12-14"]) if i % 4 == 1 else None,
        level=chance.choice(["", "county", "city"]) if i % 5 == 0 else "",
        areas=tuple(chance.sample(AREAS, 2)) if chance.random() < 0.4 else (),
        specialties=(),
    )


def test_whoever_has_only_the_page_and_the_roster_forms_the_same_teams() -> None:
    chance = random.Random(11)
    moved = impossible = formed = 0
    for _ in range(250):
        departments = chance.sample(["a1" * 16, "b2" * 16, "0c" * 16], chance.choice([1, 1, 2]))
        people = [person(chance, i, departments) for i in range(chance.randint(5, 11))]
        roster = freeze_roster(people, DAY, chance.randbytes(32), chance.randbytes(32))
        drawn = [
            DrawnTarget(row, f"{row:032x}", "虚构", chance.choice(AREAS))
            for row in chance.sample(range(300), chance.randint(2, 6))
        ]
        recused = {(one.place, chance.randrange(len(people))) for one in drawn if chance.random() < 0.5}
        seed, round_number = chance.randbytes(32), chance.choice([1, 2])
        cap, minimum = chance.randint(1, 3), chance.choice([1, 2])
        told = form_teams(
            "5" * 32,
            drawn,
            dict.fromkeys(departments, "虚构"),
            departments[0],
            roster,
            seed,
            round_number,
            visit_by=DAY,
            minimum=minimum,
            cap=cap,
            nonce="6" * 32,
            recusals=frozenset(recused),
        )
        attributes = [one.attributes for one in roster.people]
        page = Page(seed, round_number, attributes, {one.place: one.area for one in drawn}, recused, cap, DAY)
        assert teams_by_the_page(page, departments, departments[0], minimum) == (
            told.held.teams if isinstance(told, Formed) else None
        )
        moved, formed = moved + page.moved, formed + isinstance(told, Formed)
        impossible += not isinstance(told, Formed)
    # The search for whom to move is what the page needs most words for: it must have been walked.
    assert moved >= 10 and formed >= 50 and impossible >= 10
