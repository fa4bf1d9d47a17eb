"""What `check` refuses and lets through of the second officer whom a party's request for recusal needs (申请回避)."""

from __future__ import annotations

from collections.abc import Callable

from sync.check import Draft
from tests.conformance import site as s
from tests.conformance import visits as v
from tests.conformance.journey import Case, Walk
from tests.conformance.refusals_site import READY, SIGNED, ended, of_last, on, step

OTHERS = (v.FIRE_2, v.LABOUR_1, v.LABOUR_2)


def application(walk: Walk) -> str:
    """The party asked that the department's second officer withdraws; one officer noted it."""
    return s.say(walk, "recusal.declared", v.LEADER, account=v.MARKET_2, applicant="party")


def asked(walk: Walk) -> None:
    application(walk)


def withdrew(walk: Walk) -> None:
    s.say(walk, "recusal.declared")


def confirmed(walk: Walk) -> None:
    s.say(walk, "recusal.confirmed", application=application(walk))


def confirmed_by_noter(walk: Walk) -> None:
    """What `check` refuses and a foreign tablet wrote all the same."""
    s.say(walk, "recusal.confirmed", v.LEADER, application=application(walk))


def decided(walk: Walk) -> None:
    s.say(walk, "recusal.decided", application=application(walk))


def alone(walk: Walk) -> None:
    """Everybody else withdrew too: nobody is left who could confirm."""
    asked(walk)
    for other in (v.FIRE_1, *OTHERS):
        s.say(walk, "recusal.declared", other, account=other)


def again(walk: Walk) -> Draft:
    return on("recusal.confirmed", application=walk.entries[-2][0].id)(walk)


def asked_and_ended(walk: Walk) -> None:
    asked(walk)
    ended(walk)


def ended_since(walk: Walk) -> Draft:
    return on("recusal.confirmed", application=walk.entries[-3][0].id)(walk)


def second(by: str = v.FIRE_1) -> Callable[[Walk], Draft]:
    return of_last("recusal.confirmed", "application", by)


CASES: tuple[Case, ...] = (
    Case(
        "who noted what the party asks does not confirm it",
        "party",
        second(v.LEADER),
        "recusal_same_person",
        asked,
    ),
    Case("… nor does whom it concerns", "party", second(v.MARKET_2), "recused", asked),
    Case("… nor who assists", "party", second(v.EXPERT), "not_certified", asked),
    Case("… nor somebody of another visit", "party", second(v.STRANGER), "not_member", asked),
    Case("what nobody asked is not confirmed", "party", on("recusal.confirmed"), "changed_meanwhile"),
    Case(
        "what an officer says of himself needs nobody else",
        "party",
        second(),
        "changed_meanwhile",
        withdrew,
    ),
    Case("what is confirmed is confirmed", "party", again, "already_decided", confirmed),
    Case("what is decided needs nobody more", "party", again, "changed_meanwhile", decided),
    Case("what is signed is signed", SIGNED, on("recusal.confirmed"), "record_signed"),
    Case("an officer of another department confirms", "party", second(), None, asked),
    Case("… before the arrival as well", "ordered", second(v.FIRE_2), None, asked),
    Case("… and where it ended otherwise", "party", ended_since, None, asked_and_ended),
    Case(
        "nobody signs before a second officer heard it",
        READY,
        step("leader signs"),
        "recusal_unconfirmed",
        asked,
    ),
    Case(
        "… and who noted it counts for one however often",
        READY,
        step("leader signs"),
        "recusal_unconfirmed",
        confirmed_by_noter,
    ),
    Case(
        "once confirmed it is the department's number that counts",
        READY,
        step("fire 1 signs"),
        "too_few_officers",
        confirmed,
    ),
    Case("what the office decided is waited for no more", READY, step("leader signs"), None, decided),
    Case(
        "where nobody is left who could confirm, nobody is waited for",
        READY,
        step("leader signs"),
        "too_few_officers",
        alone,
    ),
)
