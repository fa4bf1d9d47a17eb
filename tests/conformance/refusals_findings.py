"""What `check` says of findings that several people have to make, of a trade that is not carried on, and of orders to
mend."""

from __future__ import annotations

from sync import words as w
from tests.conformance import journey as j
from tests.conformance import visits as v
from tests.conformance.journey import NO_PROBLEM, Case
from tests.conformance.refusals import LABELS, again, on

CASES = (
    Case(
        "non-cooperation is no officer's finding in an item",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ("3", "8")}),
        "finding_decided",
    ),
    Case(
        "nor is it one beside 不适用",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"answer": "not_applicable", "findings": ("8",)}),
        "finding_decided",
    ),
    Case(
        "that a place is closed needs two officers",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ("7",)}),
        "finding_decided",
    ),
    Case(
        "what an ending of this visit amounts to is found by that ending",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ("6",)}),
        "finding_decided",
        None,
        "plain",
    ),
    Case(
        "a trade that is not carried on is no violation",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ("F",)}),
        "not_engaged",
    ),
    Case(
        "… it is 不适用, without a picture",
        "party",
        on(
            "answer.given",
            v.MARKET_2,
            **j.answer(v.MARKET, "storage", "not_applicable", "F"),
        ),
        None,
    ),
    Case(
        "… and leaves the department 未发现问题",
        "wages",
        again("market result", results=(NO_PROBLEM,), case_proposed=False, rectification=None),
        None,
        lambda walk: walk.entries.append(
            walk.pad.write(
                "answer.given",
                v.MARKET_2,
                **j.answer(v.MARKET, "storage", "not_applicable", "F", supersedes=(walk.named["storage"],)),
            )
        ),
    ),
    Case(
        "an order says what is to be mended",
        "wages",
        again("market result", rectification=None),
        "order_missing",
    ),
    Case(
        "nothing is to be mended where nothing was found",
        "wages",
        again("fire result", rectification=j.MEND),
        "order_unfounded",
    ),
    Case(
        "what is to be mended at once needs no day",
        "wages",
        again("market result", rectification=w.Rectification(demand="立即清理", due=None)),
        None,
    ),
)
