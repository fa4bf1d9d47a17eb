"""What `check` refuses and lets through of coming again (打算再次到场), and of what is otherwise than
registered, or than the network check says (网络核查不一致)."""

from __future__ import annotations

from collections.abc import Callable

from sync.check import Draft
from tests.conformance import site as s
from tests.conformance import visits as v
from tests.conformance.journey import Case, Walk, answer
from tests.conformance.refusals_site import SIGNED, ended, on, said

ADDRESS = v.packet().target.address

DIFFERS = on("item.contradicted")


def licence(step: str) -> Callable[[Walk], Draft]:
    """About the item that the office verified, superseding that entry or one that is not there."""
    return lambda walk: on(
        "item.contradicted", item=v.ident("licence"), supersedes=(walk.named.get(step, v.sha(step)),)
    )(walk)


def contradicted(walk: Walk) -> None:
    s.say(walk, "item.contradicted", item=v.ident("licence"), supersedes=(walk.named["verified"],))


def contradicted_beside(walk: Walk) -> None:
    """By who did not know of the verification."""
    s.say(walk, "item.contradicted", item=v.ident("licence"))


def _answer(walk: Walk, *heads: str) -> Draft:
    return walk.draft("answer.given", v.LEADER, **answer(v.MARKET, "licence", supersedes=heads))


def answered(walk: Walk) -> Draft:
    return _answer(walk, walk.entries[-1][0].id)


def answered_both(walk: Walk) -> Draft:
    return _answer(walk, walk.named["verified"], walk.entries[-1][0].id)


def unseen(walk: Walk) -> Draft:
    return _answer(walk, walk.named["verified"])


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
    Case("what the network check found to differ is said before the arrival", "ordered", DIFFERS, None),
    Case("… and on site of what it verified", "party", licence("verified"), None),
    Case("… by who has seen that", "party", licence("elsewhere"), "changed_meanwhile"),
    Case("of an item that is not there", "party", on("item.contradicted", item=v.ident("x")), "item_unknown"),
    Case(
        "what agrees contradicts nothing",
        "party",
        on("item.contradicted", met=" 云栖路 1 号（虚构） "),
        "observed_same",
    ),
    Case("blanks contradict nothing either", "party", on("item.contradicted", met="　"), "observed_same"),
    Case("what was answered speaks for itself", "labels", DIFFERS, "already_decided"),
    Case(
        "another department says nothing of it",
        "party",
        on("item.contradicted", v.FIRE_1),
        "other_department",
    ),
    Case("who assists says nothing of it", "party", on("item.contradicted", v.EXPERT), "not_certified"),
    Case(
        "while the check is interrupted nobody says it", "party", DIFFERS, "pause_open", said("visit.paused")
    ),
    Case("what is signed is signed here too", SIGNED, licence("verified"), "record_signed"),
    Case("what was contradicted is answered", "party", answered, None, contradicted),
    Case(
        "… although a colleague verified it at the same time",
        "party",
        answered_both,
        None,
        contradicted_beside,
    ),
    Case("… and never by who has not seen it", "party", unseen, "changed_meanwhile", contradicted_beside),
)
