"""What `check` refuses and lets through of coming again (打算再次到场), and of what is otherwise than
registered."""

from __future__ import annotations

from tests.conformance import visits as v
from tests.conformance.journey import Case
from tests.conformance.refusals_site import SIGNED, ended, on, said

ADDRESS = v.packet().target.address

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
    Case("what is otherwise than registered is said once", "party", on("target.observed"), None),
    Case(
        "… and corrected by who has seen it",
        "party",
        on("target.observed"),
        "changed_meanwhile",
        said("target.observed"),
    ),
    Case(
        "… another field stands beside it",
        "party",
        on("target.observed", field="licence", registry=v.packet().target.licence),
        None,
        said("target.observed"),
    ),
    Case(
        "what is as registered is no observation",
        "party",
        on("target.observed", seen=ADDRESS),
        "observed_same",
    ),
    Case("blanks are none either", "party", on("target.observed", seen=" 　"), "observed_same"),
    Case(
        "against another registry than the packet's",
        "party",
        on("target.observed", registry="x"),
        "order_changed",
    ),
    Case("nobody sees anything before the arrival", "ordered", on("target.observed"), "visit_not_opened"),
    Case("who assists observes nothing", "party", on("target.observed", v.EXPERT), "not_certified"),
    Case("what is signed is signed also so", SIGNED, on("target.observed"), "record_signed"),
)
