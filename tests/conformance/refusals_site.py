"""What `check` refuses and lets through before the visit, at the door and of its course."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync.check import Draft
from tests.conformance import site as s
from tests.conformance import visits as v
from tests.conformance.journey import Case, Walk, answer

Then = Callable[[Walk], None]


def on(kind: str, by: str = "", /, **changed: Any) -> Callable[[Walk], Draft]:
    """A sound draft of the kind with some fields changed."""
    return lambda walk: walk.draft(kind, by or s.SAID[kind][0], **s.fields(walk, kind, **changed))


def of_last(kind: str, place: str, by: str = "", /, **changed: Any) -> Callable[[Walk], Draft]:
    """… about the entry that was written last."""

    def draft(walk: Walk) -> Draft:
        last = walk.entries[-1][0].id
        many = place == "pages" or (place == "evidence" and kind != "evidence.deleted")
        return on(kind, by, **{place: (last,) if many else last} | changed)(walk)

    return draft


def step(name: str, by: str | None = None, **changed: Any) -> Callable[[Walk], Draft]:
    def draft(walk: Walk) -> Draft:
        kind, author, fields = walk.step(name)
        return walk.draft(kind, by or author, **fields | changed)

    return draft


def said(*kinds: str | tuple[str, dict[str, Any]]) -> Then:
    def then(walk: Walk) -> None:
        for one in kinds:
            kind, changed = (one, {}) if isinstance(one, str) else one
            s.say(walk, kind, **changed)

    return then


def ended(walk: Walk) -> None:
    """Nobody was found, and a second officer confirmed it."""
    s.say(walk, "ending.confirmed", proposal=s.say(walk, "ending.proposed"))


def taken_back(walk: Walk) -> None:
    ended(walk)
    s.say(walk, "ending.withdrawn", proposal=walk.entries[-2][0].id)


def ended_and_signed(walk: Walk) -> None:
    ended(walk)
    walk.take("leader signs")
    walk.take("fire 1 signs")


def papered(walk: Walk, **changed: Any) -> None:
    s.say(walk, "paper.signed", pages=(s.say(walk, "evidence.added"),), **changed)


def rejected(walk: Walk) -> None:
    s.say(walk, "recusal.decided", application=s.say(walk, "recusal.declared"))


def supplemented(walk: Walk) -> None:
    s.say(walk, "supplement.given")


def later(walk: Walk) -> None:
    """An ending that stood is replaced by a proposal that nobody confirmed yet."""
    ended(walk)
    s.say(walk, "ending.proposed", supersedes=(walk.entries[-2][0].id,))


def not_agreed(walk: Walk) -> None:
    s.say(walk, "consent.decided", consent=s.say(walk, "consent.recorded"))


def destroyed(walk: Walk) -> None:
    s.say(walk, "evidence.deleted", evidence=walk.named[PHOTO])


def by_leader(walk: Walk) -> None:
    s.say(walk, "noncooperation.proposed", v.LEADER)


def moved(walk: Walk) -> None:
    fields = walk.step("ordered")[2] | {"planned_on": "2026-11-23", "supersedes": (walk.named["ordered"],)}
    walk.entries.append(walk.server.write("visit.ordered", v.CLERK, **fields))


def wrong(walk: Walk) -> Draft:
    return walk.draft("answer.given", v.LEADER, **answer(v.MARKET, "storage", "nonconform", "3"))


def destroy(walk: Walk) -> Draft:
    return on("evidence.deleted", evidence=walk.named[PHOTO])(walk)


def reopen(walk: Walk) -> Draft:
    place = {"organisation": v.MARKET, "item": v.ident("labels"), "reason": "信息不一致"}
    return walk.draft("item.reopened", v.LEADER, supersedes=(walk.entries[-1][0].id,), **place)


def confirm_again(walk: Walk) -> Draft:
    return on("ending.confirmed", proposal=walk.entries[-2][0].id)(walk)


def pen(**changed: Any) -> Callable[[Walk], Draft]:
    return of_last("supplement.signed", "supplement", changed.pop("by", ""), **changed)


OUTSIDE: dict[str, Any] = {"signer": None, "organisation": None, "assurance": "none", "name": "苏禾（虚构）"}
PHOTO = "photo storage"
READY = "labour result"
SIGNED = "labour 2 signs"
END = "finished"

CASES: tuple[Case, ...] = (
    Case("the day is planned before the arrival", "ordered", on("visit.scheduled"), None),
    Case("only the leader plans it", "ordered", on("visit.scheduled", v.FIRE_1), "leader_only"),
    Case(
        "a new time has seen the old",
        "ordered",
        on("visit.scheduled"),
        "changed_meanwhile",
        said("visit.scheduled"),
    ),
    Case(
        "a recalled visit goes no further",
        "ordered",
        on("visit.scheduled"),
        "visit_recalled",
        said("visit.recalled"),
    ),
    Case("a notice is served before the arrival", "ordered", on("notice.served"), None, site="plain"),
    Case(
        "a channel that nobody offers",
        "ordered",
        on("notice.served", channel="crow"),
        "bad_request",
        site="plain",
    ),
    Case("a signed notice is signed", "ordered", on("notice.served", outcome="signed"), "signature_empty"),
    Case(
        "a refused notice says why",
        "ordered",
        on("notice.served", outcome="refused", reason=" "),
        "notice_reason",
    ),
    Case(
        "an exemption rests on the list",
        "ordered",
        on("notice.exempted", reason="x"),
        "exemption_unknown",
        site="plain",
    ),
    Case(
        "one exemption is enough",
        "ordered",
        on("notice.exempted"),
        "already_decided",
        said("notice.exempted"),
    ),
    Case("no notice, no signature", READY, step("leader signs"), "notice_missing", site="notice"),
    Case(
        "… an exemption frees of it",
        READY,
        step("leader signs"),
        None,
        said("notice.exempted"),
        site="notice",
    ),
    Case("a network check needs no arrival", "ordered", on("item.verified"), None),
    Case("what was answered is not verified", "labels", on("item.verified"), "already_decided"),
    Case("a verification of nothing", "ordered", on("item.verified", item=v.ident("x")), "item_unknown"),
    Case("a code that says nothing", "ordered", on("code.recorded", how="typed"), "code_empty"),
    Case("a code without a photo", "ordered", on("code.recorded", how="photographed"), "code_empty"),
    Case("a missing code says why", "ordered", on("code.recorded", reason=""), "code_empty"),
    Case(
        "a missing code is made good after the end", END, on("code.recorded", how="typed", number="7"), None
    ),
    Case("… by one that names it", END, on("code.recorded"), "changed_meanwhile", said("code.recorded")),
    Case(
        "an ending has what its rule asks for",
        "ordered",
        on("ending.proposed"),
        "ending_incomplete",
        site="plain",
    ),
    Case(
        "an ending with its photo",
        "ordered",
        of_last("ending.proposed", "evidence"),
        None,
        said("evidence.added"),
        site="plain",
    ),
    Case(
        "an ending that the packet lacks",
        "ordered",
        on("ending.proposed", ending="moved"),
        "ending_unknown",
        site="plain",
    ),
    Case(
        "a refused entry names its circumstance",
        "ordered",
        on("ending.proposed", ending="entry_refused"),
        "ending_incomplete",
        site="plain",
    ),
    Case(
        "… one of the list",
        "ordered",
        on("ending.proposed", ending="entry_refused", noncooperation=("N9",)),
        "bad_request",
        site="plain",
    ),
    Case(
        "an ending without rules",
        "ordered",
        on("ending.proposed", evidence=(v.sha("x"),)),
        "evidence_unknown",
    ),
    Case(
        "two endings at once", "ordered", on("ending.proposed"), "changed_meanwhile", said("ending.proposed")
    ),
    Case(
        "nobody confirms his own ending",
        "ordered",
        of_last("ending.confirmed", "proposal", v.LEADER),
        "ending_same_person",
        said("ending.proposed"),
    ),
    Case(
        "an expert confirms nothing",
        "ordered",
        of_last("ending.confirmed", "proposal", v.EXPERT),
        "not_certified",
        said("ending.proposed"),
    ),
    Case(
        "a second officer confirms",
        "ordered",
        of_last("ending.confirmed", "proposal"),
        None,
        said("ending.proposed"),
    ),
    Case("what is not proposed is not confirmed", "ordered", on("ending.confirmed"), "changed_meanwhile"),
    Case("an ending is confirmed once", "ordered", confirm_again, "already_decided", ended),
    Case("a proposal ends nothing", "party", on("act.recorded"), None, said("ending.proposed")),
    Case(
        "… and is named while the record is open",
        "party",
        step("leader signs"),
        "ending_unconfirmed",
        said("ending.proposed"),
    ),
    Case("after an ending nothing is checked", "party", on("act.recorded"), "ending_stands", ended),
    Case("after an ending nobody arrives", "ordered", step("opened"), "ending_stands", ended),
    Case("an ending is signed without the party", "ordered", step("leader signs"), None, ended),
    Case("… by the minimum of officers", "ordered", step("finished"), "signatures_missing", ended),
    Case("… of whatever department", "ordered", step("finished"), None, ended_and_signed),
    Case("a later proposal opens the check again", "party", on("act.recorded"), None, later),
    Case(
        "an ending is taken back by who confirmed it",
        "party",
        lambda walk: on("ending.withdrawn", v.FIRE_1, proposal=walk.entries[-2][0].id)(walk),
        None,
        ended,
    ),
    Case(
        "… not by an officer who had no part in it",
        "party",
        lambda walk: on("ending.withdrawn", v.FIRE_2, proposal=walk.entries[-2][0].id)(walk),
        "ending_not_yours",
        ended,
    ),
    Case(
        "… not once somebody signed",
        "ordered",
        lambda walk: on("ending.withdrawn", proposal=walk.entries[1][0].id)(walk),
        "record_signed",
        ended_and_signed,
    ),
    Case("what is not there is not taken back", "party", on("ending.withdrawn"), "changed_meanwhile"),
    Case("then the check goes on", "party", on("act.recorded"), None, taken_back),
    Case(
        "what was taken back is not confirmed",
        "party",
        lambda walk: on("ending.confirmed", v.FIRE_2, proposal=walk.entries[-3][0].id)(walk),
        "changed_meanwhile",
        taken_back,
    ),
    Case(
        "a whole record waits for an ending that nobody confirmed",
        READY,
        step("leader signs"),
        "ending_unconfirmed",
        said("ending.proposed"),
    ),
    Case("a recusal of nobody", "ordered", on("recusal.declared", account=v.STRANGER), "not_member"),
    Case(
        "a recusal on some ground", "ordered", on("recusal.declared", ground="x"), "bad_request", site="plain"
    ),
    Case(
        "who withdrew records nothing",
        "party",
        on("act.recorded", v.MARKET_2),
        "recused",
        said("recusal.declared"),
    ),
    Case(
        "who withdrew does not count",
        "party",
        on("act.recorded"),
        "too_few_officers",
        said("recusal.declared"),
    ),
    Case(
        "who withdrew does not sign by another's tablet either",
        READY,
        step("market 2 signs", v.LEADER, assurance="drawn_only"),
        "recused",
        said("recusal.declared"),
    ),
    Case(
        "who withdrew shows no certificate", "opened", step("identity"), "recused", said("recusal.declared")
    ),
    Case("a rejected recusal is over", "party", on("act.recorded", v.MARKET_2), None, rejected),
    Case(
        "an upheld one stands without being declared",
        "party",
        on("act.recorded", v.MARKET_2),
        "recused",
        said(("recusal.decided", {"upheld": True})),
    ),
    Case(
        "one withdraws once",
        "party",
        on("recusal.declared", v.LEADER, applicant="party"),
        "already_decided",
        said("recusal.declared"),
    ),
    Case(
        "nobody withdraws in a colleague's name",
        "party",
        on("recusal.declared", v.FIRE_1, account=v.LEADER),
        "recusal_own",
    ),
    Case(
        "what the party asks of an officer is recorded by another",
        "party",
        on("recusal.declared", applicant="party"),
        "recusal_own",
    ),
    Case(
        "… of another department too",
        "party",
        on("recusal.declared", v.FIRE_1, account=v.LEADER, applicant="party"),
        None,
    ),
    *(
        Case(f"who assists records no {kind}", after, on(kind, v.EXPERT, **changed), "not_certified")
        for kind, after, changed in (
            ("recusal.declared", "party", {"account": v.EXPERT}),
            ("recusal.declared", "party", {"account": v.LEADER, "applicant": "party"}),
            ("notice.served", "ordered", {}),
            ("notice.exempted", "ordered", {}),
            ("visit.paused", "party", {}),
        )
    ),
    Case("who assists shows no certificates", "opened", step("identity", v.EXPERT), "not_certified"),
    Case("who assists tells no rights", "identity", step("rights", v.EXPERT), "not_certified"),
    Case("who assists notes no refusal to sign", READY, step("refused", v.EXPERT), "not_certified"),
    Case("consent is recorded by the leader", "party", on("consent.recorded", v.FIRE_1), "leader_only"),
    Case("consent to one of the list", "ordered", on("consent.recorded"), None, site="plain"),
    Case(
        "consent to somebody else",
        "ordered",
        on("consent.recorded", member=v.member(v.STRANGER, "外人（虚构）", v.MARKET)),
        "consent_unfit",
        site="plain",
    ),
    Case("consent across departments", "ordered", on("consent.recorded", out=v.FIRE_1), "consent_unfit"),
    Case("consent to replace nobody", "ordered", on("consent.recorded", out=v.STRANGER), "not_member"),
    Case(
        "who stands in is there already",
        "ordered",
        on("consent.recorded"),
        "already_decided",
        said("consent.recorded"),
    ),
    Case(
        "who stands in shows his certificate",
        "opened",
        step("identity", inspectors=(v.MARKET_3,)),
        None,
        said("consent.recorded"),
    ),
    Case(
        "… and not after the consent was refused",
        "opened",
        step("identity", inspectors=(v.MARKET_3,)),
        "not_member",
        not_agreed,
    ),
    Case("one pauses once", "party", on("visit.paused"), "already_decided", said("visit.paused")),
    Case("in a pause nothing is checked", "party", on("act.recorded"), "pause_open", said("visit.paused")),
    Case("in a pause nobody signs", READY, step("leader signs"), "pause_open", said("visit.paused")),
    Case("a pause is resumed", "party", of_last("visit.resumed", "pause"), None, said("visit.paused")),
    Case("what is not paused is not resumed", "party", on("visit.resumed"), "not_paused"),
    Case(
        "authority on a photo that is not there",
        "party",
        on("authority.shown", evidence=(v.sha("x"),)),
        "evidence_unknown",
    ),
)
