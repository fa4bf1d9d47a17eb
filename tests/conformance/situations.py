"""Situations of a visit, each a set of entries with the reason why it matters; `fold` of each is a vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sync import words as w
from sync.canon import JSON
from sync.fold import fold
from sync.state import to_json
from tests.conformance import journey as j
from tests.conformance import site as s
from tests.conformance import visits as v
from tests.conformance.journey import NO_PROBLEM, Walk, answer


@dataclass(frozen=True)
class Situation:
    name: str
    reason: str
    entries: Sequence[v.Written]
    office: tuple[str, ...] | None = None


def told(after: str, *more: tuple[str, str, dict[str, Any]]) -> Walk:
    """The journey up to a step, and then these entries: by the office where its clerk is their author."""
    walk = Walk().until(after)
    for kind, by, fields in more:
        pad = walk.server if by == v.CLERK else walk.pad
        walk.entries.append(pad.write(kind, by, **fields))
    return walk


def labels(by: str = v.LEADER, organisation: str = v.MARKET, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "answer.given", by, answer(organisation, "labels", **more)


def decided(kind: str, walk: Walk, place: int = -1) -> list[v.Written]:
    entry = walk.entries[place][0].id
    return [*walk.entries, walk.server.write(kind, v.CLERK, entry=entry, reason="核定")]


def receipt(walk: Walk, *told: tuple[w.ReceiptStatus, str | None]) -> list[v.Written]:
    """The walk, and one batch's receipt after another about its last entry."""
    entry, device = walk.entries[-1][0].id, walk.pad.device
    bodies = [(w.Receipt(entry=entry, status=status, code=code),) for status, code in told]
    said = [walk.server.write("entry.received", v.CLERK, device=device, receipts=one) for one in bodies]
    return [*walk.entries, *said]


HELD: tuple[w.ReceiptStatus, str] = ("held", "chain_gap")


def broken(walk: Walk, body: v.Body | None) -> list[v.Written]:
    entry, _ = walk.entries[-1]
    return [*walk.entries[:-1], (entry, body)]


def renamed(walk: Walk, kind: str) -> list[v.Written]:
    entry, body = walk.entries[-1]
    return [*walk.entries[:-1], (entry.model_copy(update={"kind": kind}), body)]


def replaced() -> list[v.Written]:
    """何川 is replaced by 白露 after he answered."""
    walk = told("party", labels(v.MARKET_2))
    team = (*v.TEAM[:1], v.member(v.MARKET_3, "白露（虚构）", v.MARKET), *v.TEAM[2:])
    again = j.ORDERED | {"team": team, "supersedes": (walk.named["ordered"],)}
    return [*walk.entries, walk.server.write("visit.ordered", v.CLERK, **again)]


def reopened(*more: str) -> list[v.Written]:
    walk = Walk().until("party")
    place = {"organisation": v.MARKET, "item": v.ident("licence")}
    before = (walk.named["verified"],)
    for step in more:
        if step == "reopen":
            body = place | {"reason": "门头名称不一致", "supersedes": (walk.named["verified"],)}
            walk.entries.append(walk.pad.write("item.reopened", v.LEADER, **body))
            before = (walk.entries[-1][0].id,)
        else:
            body = answer(v.MARKET, "licence", step, supersedes=before if step == "conform" else ())
            walk.entries.append(walk.pad.write("answer.given", v.LEADER, **body))
    return walk.entries


def contradicted(*seen: str, then: str = "") -> list[v.Written]:
    """The network check's item is contradicted by who has ``seen`` these, and answered after."""
    walk = Walk().until("party")
    place = {"organisation": v.MARKET, "item": v.ident("licence")}
    differs = {
        "source": "公示系统",
        "stated": "有效期至 2027 年",
        "met": "已于 2026 年 6 月注销",
        "snapshot": None,
    }
    before = tuple(walk.named[name] for name in seen)
    walk.entries.append(walk.pad.write("item.contradicted", v.LEADER, **place | differs, supersedes=before))
    if then:
        heads = (walk.named["verified"], walk.entries[-1][0].id)
        body = answer(v.MARKET, "licence", then, supersedes=heads)
        walk.entries.append(walk.pad.write("answer.given", v.LEADER, **body))
    return walk.entries


def forged_order() -> list[v.Written]:
    walk = Walk().until("party")
    team = (*v.TEAM, v.member(v.STRANGER, "外人（虚构）", v.MARKET))
    fields = j.ORDERED | {"team": team, "supersedes": (walk.named["ordered"],)}
    return [*walk.entries, walk.pad.write("visit.ordered", v.CLERK, **fields)]


def forged() -> list[v.Written]:
    walk = Walk().until("party")
    place = {"organisation": v.MARKET, "item": v.ident("labels")}
    walk.entries.append(walk.pad.write("item.verified", v.CLERK, **place | j.VERIFIED))
    return walk.entries


def settled() -> list[v.Written]:
    walk = told("party", labels(v.LEADER), labels(v.MARKET_2, given="nonconform", note="标签缺失"))
    both = tuple(entry.id for entry, _ in walk.entries[-2:])
    return [*walk.entries, walk.pad.write(*labels()[:2], **labels(note="已核", supersedes=both)[2])]


def taken_back() -> list[v.Written]:
    walk = told("party", ("block.waived", v.LEADER, {"organisation": v.FIRE, "reason": "人员未到"}))
    before = (walk.entries[-1][0].id,)
    body = j.result(v.FIRE, NO_PROBLEM, supersedes=before)
    return [*walk.entries, walk.pad.write("disposition.given", v.FIRE_1, **body)]


def withdrawn_early() -> list[v.Written]:
    walk = Walk().until("photo storage")
    photo = walk.entries.pop()
    fields = {"evidence": photo[0].id, "reason": "拍摄模糊"}
    stored = walk.server.write("evidence.stored", v.CLERK, digest=v.sha("picture of storage"), size=312_000)
    return [*walk.entries, walk.pad.write("evidence.withdrawn", v.LEADER, **fields), photo, stored]


def on_site() -> list[v.Written]:
    """Every kind once, whatever `check` says to it."""
    walk = Walk().until("party")
    for kind in s.SAID:
        s.say(walk, kind)
    return walk.entries


def superseded() -> list[v.Written]:
    walk = Walk().until("party")
    for kind in s.SAID:
        if "supersedes" in w.BODIES[kind].model_fields:
            s.say(walk, kind, supersedes=(s.say(walk, kind),))
    return walk.entries


def by_strangers() -> list[v.Written]:
    """The leader's word by another, a department's by another, an officer's by an expert."""
    walk = Walk().until("party")
    for kind in s.SAID:
        if w.BODIES[kind].HOME != "office":
            s.say(walk, kind, v.EXPERT)
            s.say(walk, kind, v.FIRE_1)
    return walk.entries


def consented(confirmed: bool) -> list[v.Written]:
    """白露 stands in for 何川 and answers; the responsible leader confirms or refuses his consent afterwards."""
    walk = Walk().until("party")
    consent = s.say(walk, "consent.recorded")
    walk.entries.append(walk.pad.write("answer.given", v.MARKET_3, **answer(v.MARKET, "labels")))
    s.say(walk, "consent.decided", consent=consent, confirmed=confirmed)
    return walk.entries


def situations() -> list[Situation]:
    server = v.Pad("server").device
    stranger = told("party", labels(v.STRANGER))
    foreign = told("party", labels(v.FIRE_1))
    penalty = told("party", ("disposition.given", v.LEADER, j.result(v.MARKET, "ADMIN_PENALTY")))
    two_names = told("party", ("party.met", v.LEADER, {"name": "店员（虚构）", "role": "staff", "phone": ""}))
    second = ("disposition.given", v.FIRE_2, j.result(v.FIRE, "ADMIN_GUIDANCE"))
    again = ("visit.ordered", v.CLERK, j.ORDERED | {"planned_on": "2026-11-23"})
    two_answers = told("labels", labels(v.MARKET_2, note="货架第二层"))
    alike = told("labels", labels(v.MARKET_2))
    one_name = told("party", ("party.met", v.MARKET_2, j.FIXED["party"][2]))
    results_alike = told("fire result", ("disposition.given", v.FIRE_2, j.FIXED["fire result"][2]))
    own = told("party", labels(v.MARKET_2))
    return [
        Situation("nothing", "no entries: an empty state", []),
        Situation("journey", "the whole visit", Walk().until("finished").entries),
        Situation("twice", "every entry twice", Walk().until("wages").entries * 2),
        Situation("no order", "without an order all is held, visibly", Walk().until("party").entries[1:]),
        Situation("stranger", "who is not of the team is held", stranger.entries),
        Situation("admitted", "a person in the office admits it", decided("entry.admitted", stranger)),
        Situation(
            "set aside", "or sets it aside", decided("entry.set_aside", told("party", labels(v.STRANGER)))
        ),
        Situation("other department", "an answer from another department is held", foreign.entries),
        Situation("penalty", "a penalty's box is held", penalty.entries),
        Situation("penalty admitted", "and nobody admits it", decided("entry.admitted", penalty)),
        Situation("replaced author", "an author since replaced is held", replaced()),
        Situation("unknown kind", "a kind of a later version is held", renamed(own, "item.weighed")),
        Situation("broken body", "a body that is not whole is held", broken(own, {"nonce": "x"})),
        Situation("erased body", "an entry whose body is gone is held", broken(own, None)),
        Situation("receipt", "what a receipt held is held", receipt(own, ("held", "device_revoked"))),
        Situation("accepted", "what a receipt accepted is not", receipt(own, ("accepted", None))),
        Situation(
            "gap filled", "a gap held it, the filled gap freed it", receipt(own, HELD, ("accepted", None))
        ),
        Situation("sent again", "in whatever order the receipts came", receipt(own, ("exists", None), HELD)),
        Situation(
            "gap forked", "a filled gap showed a worse reason", receipt(own, ("held", "chain_forked"), HELD)
        ),
        Situation("forged order", "a tablet does not speak for the office", forged_order(), (server,)),
        Situation("forged", "on a tablet only the team verifies an item", forged(), (server,)),
        Situation("two answers", "two answers that nobody superseded", two_answers.entries),
        Situation("settled", "a third that supersedes both settles it", settled()),
        Situation("reopened", "a verified item is open again", reopened("reopen")),
        Situation("answered", "and answered", reopened("reopen", "conform")),
        Situation("contradicted", "what the network check states is not so", contradicted("verified")),
        Situation(
            "and so answered", "the item is answered on site", contradicted("verified", then="nonconform")
        ),
        Situation("at once", "verified and contradicted at once: it is open", contradicted()),
        Situation("at once and answered", "who answers has seen both", contradicted(then="conform")),
        Situation("beside", "an answer beside a standing verification", reopened("nonconform")),
        Situation("two reopenings", "two reopenings do not dispute", reopened("reopen", "reopen", "conform")),
        Situation("alike", "two officers of one department who answered alike", alike.entries),
        Situation("one name twice", "one person whom two officers met", one_name.entries),
        Situation("results alike", "two results of one department that say the same", results_alike.entries),
        Situation("two names", "two people who met the team", two_names.entries),
        Situation("two results", "two results of one department", told("fire result", second).entries),
        Situation("two orders", "two orders that nobody superseded", told("party", again).entries),
        Situation("taken back", "a waiver taken back by a result", taken_back()),
        Situation("on site", "all that is said on site", on_site()),
        Situation("superseded", "what was replaced is not there any more", superseded()),
        Situation("by strangers", "whose word it is not", by_strangers()),
        Situation("consent", "who stands in by telephone answers", consented(True)),
        Situation("consent refused", "refused afterwards, it is kept and held", consented(False)),
        Situation("withdrawn early", "a withdrawal that came before its photo", withdrawn_early()),
    ]


def fold_vector(one: Situation) -> dict[str, JSON]:
    return {
        "name": one.name,
        "reason": one.reason,
        "entries": j.written(list(one.entries)),
        "office": list(one.office) if one.office else None,
        "state": to_json(fold(one.entries, one.office)),
    }
