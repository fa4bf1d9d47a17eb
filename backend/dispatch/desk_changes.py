"""Changes of a visit that was ordered: load → decide → append. Every change of people or day is a new order that
supersedes the one before, with a packet of its own under the visit's one data key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backend import ledger
from backend.dispatch import desk, desk_pool, rules_changes, rules_packet, tables
from backend.dispatch.desk_pool import Loaded
from backend.dispatch.rules_changes import Application, VisitFacts
from backend.dispatch.site import with_site
from backend.house import House, Refused
from backend.ledger import Draft, Turn
from backend.people.rules import Actor, may
from backend.planning import rules as planning_rules
from backend.planning import tables as planning
from backend.profiles import keys
from backend.profiles.values import Choice
from sync.canon import canonical
from sync.fold import fold
from sync.words import (
    Body,
    OfflineApproval,
    Packet,
    Refusal,
    ReplacementRequested,
    SiteCode,
    TeamMember,
    VisitOrdered,
    refuse,
)


async def load(house: House, visit: str) -> Loaded:
    """The visit as it stands; raises Refused for an unknown one."""
    row = await tables.visit(visit)
    packet = await tables.packet(house, row["packet_digest"]) if row else None
    scheme = await planning.scheme(row["scheme"]) if row else None
    if row is None or packet is None or scheme is None:
        raise Refused(refuse("not_found"))
    entries = await ledger.of_subject(house, visit)
    state = fold(((entry, body) for _, entry, body in entries), office={house.vault.device})
    now = {member.account: member for member in state.team}
    kept = [now.pop(member.account) for member in packet.team if member.account in now]
    asked = await tables.replacements(visit, "open")
    return Loaded(
        row=row,
        packet=packet,
        scheme=scheme,
        facts=VisitFacts(
            visit=visit,
            title=row["title"],
            lead=row["lead_organisation"],
            minimum=packet.minimum_officers,
            planned_on=row["planned_on"],
            team=(*kept, *now.values()),
            orders=tuple(head.entry for head in state.order.heads),
            finished=bool(state.finished),
            recalled=row["status"] != "ordered",
            asked=frozenset(account for one in asked for account in one["asked"].out),
        ),
    )


def reasons(house: House) -> tuple[Choice, ...]:
    """Why officers may be replaced, by the rules in force today."""
    return house.profile_on(desk.today_of(house)).need(keys.REPLACEMENT).reasons


# --- appending ----------------------------------------------------------------------------------------------


async def _order(house: House, loaded: Loaded, team: Sequence[TeamMember], day: str) -> Draft:
    """The order that supersedes the one before; its packet is kept, and whoever is new is told."""
    site = loaded.packet.site
    may_go = (*team, *(site.substitutes if site else ()))
    known = rules_packet.certificates(may_go, await tables.colleagues())
    packet = loaded.packet.model_copy(update={"team": tuple(team), "planned_on": day, "certificates": known})
    if day != loaded.packet.planned_on:
        packet = await _of_its_day(house, loaded, packet)
    digest = rules_packet.packet_digest(packet)
    before = (
        await tables.Packet.select(tables.Packet.data_key)
        .where(tables.Packet.digest == loaded.row["packet_digest"])
        .first()
    )
    if before is None:
        raise Refused(refuse("not_found"))
    row = tables.Packet(
        digest=digest,
        visit=loaded.facts.visit,
        content=house.vault.seal(canonical(packet.model_dump(mode="json")), tables.CONTENT_PLACE),
        data_key=bytes(before["data_key"]),
    )
    await tables.Packet.insert(row).on_conflict(action="DO NOTHING")
    for member in team:
        told = tables.Notification(
            id=f"{loaded.facts.visit}:{member.account}",
            visit=loaded.facts.visit,
            account=member.account,
            made_at=house.clock(),
            seen_at=None,
        )
        await tables.Notification.insert(told).on_conflict(action="DO NOTHING")
    return Draft(
        loaded.facts.visit,
        VisitOrdered(
            nonce=house.new_id(),
            scheme=loaded.scheme.id,
            target=loaded.row["target"],
            team=tuple(team),
            planned_on=day,
            packet_digest=digest,
            supersedes=loaded.facts.orders,
        ),
    )


async def _of_its_day(house: House, loaded: Loaded, packet: Packet) -> Packet:
    """With what is reckoned from the day of the visit: until when its codes open, what others found may be how old,
    when the result is due."""
    around = await desk.surroundings(house, loaded.scheme)
    dues = rules_packet.dues(around.profile, loaded.scheme.ends_on, packet.planned_on, around.calendar)
    made = with_site(house, packet.model_copy(update={"dues": dues}), around)
    codes = await _signed(house, packet.visit)
    kept = {use: codes.get(_printed(getattr(made.site, use, None))) for use in ("check_code", "copy_code")}
    known = {use: code for use, code in kept.items() if code}
    return made.model_copy(update={"site": made.site.model_copy(update=known)}) if made.site else made


async def _signed(house: House, visit: str) -> dict[tuple[str, ...], SiteCode]:
    """The codes of all packets of this visit: no two signatures are alike, and a day to which it comes back has the
    packet that it had."""
    rows = await tables.Packet.select(tables.Packet.content).where(tables.Packet.visit == visit)
    packets = [
        Packet.model_validate_json(house.vault.open(bytes(row["content"]), tables.CONTENT_PLACE))
        for row in rows
    ]
    codes = [code for one in packets if one.site for code in (one.site.check_code, one.site.copy_code)]
    return {_printed(code): code for code in codes if code}


def _printed(code: SiteCode | None) -> tuple[str, ...]:
    """What tells codes of one visit apart, but for the signature."""
    return (code.url.rpartition("/")[0], code.short, code.expires) if code else ()


def _need(answer: Body | Refusal) -> Body:
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


async def request(
    house: House,
    actor: Actor,
    visit: str,
    organisation: str,
    out: Sequence[str],
    reason: str,
    statement: str,
    proposed: Sequence[str],
) -> None:
    """Ask that people of one department be replaced. Raises Refused."""
    async with ledger.turn(house) as turn:
        loaded = await load(house, visit)
        seats = await desk_pool.seats_of(house, loaded, proposed) if proposed else ()
        body = rules_changes.request(
            loaded.facts, organisation, out, reason, statement, seats, reasons(house), house.new_id()
        )
        await turn.append(Draft(visit, _need(body)), actor.account, house.clock())


async def reassign(house: House, actor: Actor, visit: str, other: str, reason: str, statement: str) -> None:
    """改派: every department's people give way to those of another visit's team; each department's responsible
    leader decides about its own. Raises Refused."""
    async with ledger.turn(house) as turn:
        loaded, source = await load(house, visit), await load(house, other)
        if source.scheme.id != loaded.scheme.id:
            raise Refused(refuse("not_found"))
        here = {member.account for member in loaded.facts.team}
        there = {member.account for member in source.facts.team}
        drafts = []
        for organisation in dict.fromkeys(member.organisation for member in loaded.facts.team):
            out = [m.account for m in loaded.facts.of(organisation) if m.account not in there]
            into = [m.account for m in _leader_first(source.facts.of(organisation)) if m.account not in here]
            if not out and not into:
                continue
            body = rules_changes.request(
                loaded.facts,
                organisation,
                out,
                reason,
                statement,
                await desk_pool.seats_of(house, loaded, into),
                reasons(house),
                house.new_id(),
            )
            drafts.append(Draft(visit, _need(body)))
        await turn.append(drafts or refuse("bad_request", what="接手的检查组"), actor.account, house.clock())


def _leader_first(members: Sequence[TeamMember]) -> list[TeamMember]:
    return sorted(members, key=lambda member: member.role != "leader")


async def approve(
    house: House, actor: Actor, entry: str, leader: str | None, offline: OfflineApproval | None
) -> None:
    """A request takes effect: the approval and the new order, both or none. Raises Refused."""
    async with ledger.turn(house) as turn:
        row = await open_request(entry)
        loaded = await load(house, row["visit"])
        await _replace(house, turn, actor, loaded, row["asked"], entry, leader, offline, shrink=False)


async def _replace(
    house: House,
    turn: Turn,
    actor: Actor,
    loaded: Loaded,
    asked: ReplacementRequested,
    entry: str,
    leader: str | None,
    offline: OfflineApproval | None,
    *,
    shrink: bool,
) -> None:
    decided = rules_changes.approve(
        loaded.facts,
        asked,
        entry,
        await desk_pool.pool(house, loaded, asked),
        leader,
        offline,
        house.new_id(),
        shrink=shrink,
    )
    if isinstance(decided, Refusal):
        raise Refused(decided)
    approved, team = decided
    order = await _order(house, loaded, team, loaded.facts.planned_on)
    await turn.append([Draft(loaded.facts.visit, approved), order], actor.account, house.clock())


async def reject(house: House, actor: Actor, entry: str, leader: str, reason: str) -> None:
    """A request does not take effect. Raises Refused."""
    async with ledger.turn(house) as turn:
        row = await open_request(entry)
        body = rules_changes.reject(row["asked"], entry, leader, reason, house.new_id())
        await turn.append(Draft(row["visit"], _need(body)), actor.account, house.clock())


async def open_request(entry: str) -> dict[str, Any]:
    """The request, which waits for a decision; raises Refused."""
    row = await tables.replacement(entry)
    if row is None:
        raise Refused(refuse("not_found"))
    if row["status"] != "open":
        raise Refused(refuse("already_decided"))
    return row


async def decide_recusal(
    house: House,
    actor: Actor,
    visit: str,
    application: str | None,
    account: str,
    organisation: str,
    leader: str | None,
    offline: OfflineApproval | None,
    upheld: bool,
    reason: str,
) -> None:
    """The head decides. Upheld, the officer leaves at once and the ticket names who takes the seat; where nobody
    can, the others go on. Of a check that is over only the decision is recorded. Raises Refused."""
    async with ledger.turn(house) as turn:
        loaded = await load(house, visit)
        about = await _application(visit, application)
        body = rules_changes.decide_recusal(
            loaded.facts, about, account, organisation, leader, offline, upheld, reason, house.new_id()
        )
        await turn.append(Draft(visit, _need(body)), actor.account, house.clock())
        if not upheld or loaded.facts.finished or loaded.facts.recalled:
            return
        cause = next((one.code for one in reasons(house) if one.code == "recusal"), "other")
        asked = rules_changes.request(
            replace(loaded.facts, asked=frozenset()),
            organisation,
            [account],
            cause,
            reason,
            (),
            reasons(house),
            house.new_id(),
        )
        if isinstance(asked, Refusal):
            raise Refused(asked)
        (entry,) = await turn.append(Draft(visit, asked), actor.account, house.clock())
        await _replace(house, turn, actor, loaded, asked, entry.id, leader, offline, shrink=True)


async def _application(visit: str, entry: str | None) -> Application:
    if entry is None:
        return Application(None, "")
    row = await tables.Recusal.select().where(tables.Recusal.id == entry).first()
    if row is None or row["visit"] != visit:
        raise Refused(refuse("not_found"))
    if row["status"] != "open":
        raise Refused(refuse("already_decided"))
    return Application(entry, row["account"])


async def postpone(house: House, actor: Actor, visit: str, day: str, reason: str) -> None:
    """Another day, and the order for it. Raises Refused."""
    async with ledger.turn(house) as turn:
        loaded = await load(house, visit)
        body = rules_changes.postpone(
            loaded.facts,
            actor.organisation,
            day,
            reason,
            loaded.scheme.ends_on,
            desk.today_of(house),
            house.new_id(),
        )
        said = Draft(visit, _need(body))
        await turn.append(
            [said, await _order(house, loaded, loaded.facts.team, day)], actor.account, house.clock()
        )


async def recall(house: House, actor: Actor, visit: str, reason: str, again: bool) -> None:
    """Take the order back. Raises Refused."""
    async with ledger.turn(house) as turn:
        loaded = await load(house, visit)
        body = rules_changes.recall(loaded.facts, actor.organisation, reason, again, house.new_id())
        await turn.append(Draft(visit, _need(body)), actor.account, house.clock())


# --- what waits ---------------------------------------------------------------------------------------------


async def leader_of(actor: Actor, organisation: str) -> str:
    """On whose authority the actor decides for the department today (AB岗); raises Refused."""
    standing = await planning.standing(actor.account, organisation)
    leader = planning_rules.authority(actor, organisation, standing)
    if isinstance(leader, Refusal):
        raise Refused(leader)
    return leader


async def waiting(house: House, actor: Actor) -> int:
    """What waits behind 派发: schemes to dispatch, and changes to decide."""
    return await desk.waiting(house, actor) + await to_decide(actor)


async def to_decide(actor: Actor) -> int:
    """How many requests and applications of the actor's department wait for a decision."""
    if not may(actor, "replacement.decide", actor.organisation):
        return 0
    requests = await tables.Replacement.count().where(
        (tables.Replacement.organisation == actor.organisation) & (tables.Replacement.status == "open")
    )
    return int(requests) + len(await tables.open_recusals(actor.organisation))


async def history(house: House, visit: str) -> list[dict[str, Any]]:
    """What the office said about the visit after it was ordered, in order: kind, at, by, body."""
    kinds = ("visit.ordered", "visit.postponed", "visit.recalled", "recusal.decided")
    return [
        {"kind": entry.kind, "at": entry.at, "by": entry.by, "body": body}
        for _, entry, body in await ledger.of_subject(house, visit)
        if body is not None
        and entry.device == house.vault.device
        and (entry.kind in kinds or entry.kind.startswith("replacement."))
    ]
