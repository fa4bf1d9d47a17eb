"""What keeps from signing where two tablets recorded the same place: what differs, and never what is alike."""

from __future__ import annotations

from tests.conformance import journey as j
from tests.conformance import visits as v
from tests.conformance.journey import Case, Walk
from tests.conformance.refusals import BEFORE_SIGNING, LABELS, again, wrote


def ordered_twice(walk: Walk) -> None:
    fields = walk.step("ordered")[2] | {"planned_on": "2026-11-23"}
    walk.entries.append(walk.server.write("visit.ordered", v.CLERK, **fields))


CASES = (
    Case(
        "nobody signs what is disputed",
        BEFORE_SIGNING,
        again("leader signs"),
        "disputed",
        wrote("answer.given", v.MARKET_2, **LABELS),
    ),
    Case(
        "nobody signs while two officers met different persons",
        BEFORE_SIGNING,
        again("leader signs"),
        "party_disputed",
        wrote("party.met", v.MARKET_2, name="王五（虚构）", role="staff", phone=""),
    ),
    Case(
        "nobody signs under two orders",
        BEFORE_SIGNING,
        again("leader signs"),
        "order_disputed",
        ordered_twice,
    ),
    Case(
        "two officers who answered alike keep nobody from signing",
        BEFORE_SIGNING,
        again("leader signs"),
        None,
        wrote("answer.given", v.MARKET_2, **j.answer(v.MARKET, "labels")),
    ),
)
