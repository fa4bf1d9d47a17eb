"""What `check` refuses and lets through of coming again (打算再次到场)."""

from __future__ import annotations

from tests.conformance import visits as v
from tests.conformance.journey import Case
from tests.conformance.refusals_site import SIGNED, ended, on

CASES: tuple[Case, ...] = (
    Case("the team comes again another day", "ordered", on("return.planned"), None, site="plain"),
    Case("… which is after the planned one", "ordered", on("return.planned", on="2026-11-20"), "return_day"),
    Case(
        "… and after the arrival, where that was later",
        "opened",
        on("return.planned", on="2026-11-21"),
        None,
        site="plain",
    ),
    Case(
        "nobody comes again to a firm that has moved",
        "ordered",
        on("return.planned", ending="revoked"),
        "return_pointless",
    ),
    Case(
        "a return for what no rule knows",
        "ordered",
        on("return.planned", ending="closed"),
        "ending_unknown",
        site="plain",
    ),
    Case("who assists plans no return", "ordered", on("return.planned", v.EXPERT), "not_certified"),
    Case("an ending stands: nobody comes again", "party", on("return.planned"), "ending_stands", ended),
    Case("what is signed is signed", SIGNED, on("return.planned"), "record_signed"),
)
