"""What may change about a visit after it was ordered: its people, its day, the order itself. Pure.

Sources: replacement S2-14(六), domain D.6; recusal 行政处罚法§43; leader from the initiating department S2-15.
Whoever leaves stays on record; what an old team recorded without signal is never dropped (F4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backend.draw.assignment import (
    DepartmentNeed,
    Inspector,
    Member,
    Role,
    Seat,
    TargetNeed,
    Team,
    unfit,
)
from backend.draw.assignment import replace as next_ticket
from backend.draw.rules_teams import FIRST_DAY, LAST_DAY, LEVEL, Person
from backend.profiles.values import Choice
from sync.canon import digest
from sync.words import (
    OfflineApproval,
    RecusalDecided,
    Refusal,
    ReplacementApproved,
    ReplacementRejected,
    ReplacementRequested,
    TeamMember,
    TeamSeat,
    VisitPostponed,
    VisitRecalled,
    refuse,
)

UNFIT: Mapping[str, str] = {
    "other_department": "不是本部门人员",
    "uncertified": "没有执法证件",
    "certificate_not_valid_on_visit": "检查当日证件不在有效期",
    "other_level": "不是本级执法人员",
    "certified": "持证人员不作协助",
    "other_area": "不在其负责区域",
    "no_specialty": "没有相应专业",
    "recused": "曾在这次检查中回避或被更换",
    "in_team": "已在检查组",
    "not_in_service": "已不在执法人员名录",
}


@dataclass(frozen=True)
class VisitFacts:
    """A visit as the office may still change it. ``team`` in the order of the seats; ``lead``: the initiating
    department; ``orders``: entries of the order that counts now; ``asked``: account → name of everybody for whom
    a request is open."""

    visit: str
    title: str
    lead: str
    minimum: int
    planned_on: str
    team: tuple[TeamMember, ...]
    orders: tuple[str, ...]
    finished: bool = False
    recalled: bool = False
    asked: frozenset[str] = frozenset()

    def of(self, organisation: str) -> tuple[TeamMember, ...]:
        """The department's people in the team."""
        return tuple(member for member in self.team if member.organisation == organisation)


@dataclass(frozen=True)
class Pool:
    """Out of whom a seat is filled again: the frozen roster in its order with today's standing.

    ``serving``: inspectors who are still in the registry; ``loads``: place → visits held now; ``barred``:
    inspectors who left this visit before; ``place``, ``area``: the target's; ``key``: of this replacement."""

    people: tuple[Person, ...]
    serving: frozenset[str]
    loads: Mapping[int, int]
    cap: int
    barred: frozenset[str]
    place: int
    area: str
    key: bytes


def closed(facts: VisitFacts, act: str) -> Refusal | None:
    """Whether nothing can be changed any more."""
    if facts.recalled:
        return refuse("visit_closed", state="已撤回派发", act=act)
    return refuse("visit_closed", state="已经结束", act=act) if facts.finished else None


# --- replacement (更换执法人员) -----------------------------------------------------------------------------


def request(
    facts: VisitFacts,
    organisation: str,
    out: Collection[str],
    reason: str,
    statement: str,
    proposed: tuple[TeamSeat, ...],
    reasons: Sequence[Choice],
    nonce: str,
) -> ReplacementRequested | Refusal:
    """A department asks that some of its people in the team be replaced, by the ticket or by those it proposes."""
    refusal = closed(facts, "更换执法人员")
    if refusal:
        return refusal
    own = {member.account: member for member in facts.of(organisation)}
    if not out or not set(out) <= own.keys():
        return refuse("replacement_not_in_team")
    again = next((own[account].name for account in out if account in facts.asked), None)
    if again:
        return refuse("replacement_open", name=again)
    if reason not in {choice.code for choice in reasons}:
        return refuse("bad_request", what="更换原因")
    if len(statement) < 2:
        return refuse("reason_missing", what="更换")
    if proposed and len(proposed) != len(out):
        return refuse("bad_request", what=f"拟派人员应为 {len(out)} 名")
    leaving = tuple(member.account for member in facts.team if member.account in out)
    return ReplacementRequested(
        nonce=nonce,
        organisation=organisation,
        out=leaving,
        reason=reason,
        statement=statement[:300],
        proposed=proposed,
    )


def reason_digest(asked: ReplacementRequested, visit: str) -> bytes:
    """What the approved reason mixes into the key of the ticket: digest("replacement/1", …), without chance."""
    said = asked.model_dump(mode="json", include={"organisation", "out", "reason", "statement"})
    return bytes.fromhex(digest("replacement/1", {"visit": visit, **said}))


@dataclass(frozen=True)
class Chosen:
    """The new officers, seat by seat, and among whom the ticket chose (inspectors); None: nobody qualifies."""

    seats: tuple[TeamSeat | None, ...]
    qualified: tuple[str, ...]


def choose(facts: VisitFacts, asked: ReplacementRequested, pool: Pool) -> Chosen | Refusal:
    """Who takes the seats of those who leave: whoever was proposed and qualifies, or the next ticket."""
    leaving = [member for member in facts.team if member.account in asked.out]
    if len(leaving) != len(asked.out):
        return refuse("replacement_not_in_team")
    if asked.proposed:
        return _named(facts, leaving, asked.proposed, pool)
    return _drawn(facts, leaving, pool)


def _named(
    facts: VisitFacts, leaving: Sequence[TeamMember], proposed: Sequence[TeamSeat], pool: Pool
) -> Chosen | Refusal:
    places = {person.inspector: place for place, person in enumerate(pool.people)}
    sitting = {member.account for member in facts.team}
    seats: list[TeamSeat | None] = []
    for member, seat in zip(leaving, proposed, strict=True):
        place = places.get(seat.inspector)
        codes = ["not_in_service"] if place is None else why_not(facts, member, place, pool)
        if seat.account in sitting:
            codes = ["in_team"]
        if codes or place is None:
            return refuse("replacement_unfit", name=seat.name, what="、".join(UNFIT[code] for code in codes))
        sitting.add(seat.account)
        seats.append(_seat(pool, place, member))
    return Chosen(tuple(seats), ())


def _drawn(facts: VisitFacts, leaving: Sequence[TeamMember], pool: Pool) -> Chosen:
    places = {person.account: place for place, person in enumerate(pool.people)}
    sitting = {places[member.account] for member in facts.team if member.account in places}
    loads = dict(pool.loads)
    seats: list[TeamSeat | None] = []
    qualified: dict[str, None] = {}
    for number, member in enumerate(leaving):
        wanted = _wanted(facts, member, pool, number)
        fit = [
            place
            for place in range(len(pool.people))
            if not why_not(facts, member, place, pool) and place not in sitting
        ]
        qualified |= dict.fromkeys(pool.people[place].inspector for place in fit)
        gone = Member(places.get(member.account, len(pool.people)), wanted)
        taken = next_ticket(
            _need(facts, pool),
            gone,
            Team(pool.place, (gone, *(Member(place, wanted) for place in sorted(sitting)))),
            [_inspector(pool, place) for place in fit],
            loads,
            pool.key,
            roster=len(pool.people),
        )
        if not isinstance(taken, Member):
            seats.append(None)
            continue
        sitting.add(taken.inspector)
        loads[taken.inspector] = loads.get(taken.inspector, 0) + 1
        seats.append(_seat(pool, taken.inspector, member))
    return Chosen(tuple(seats), tuple(qualified))


def why_not(facts: VisitFacts, leaving: TeamMember, place: int, pool: Pool) -> list[str]:
    """Why the person at ``place`` of the roster cannot take the seat of ``leaving``; codes of ``UNFIT``."""
    person = pool.people[place]
    codes = list(unfit(_need(facts, pool), _wanted(facts, leaving, pool, 0), _inspector(pool, place), set()))
    if person.inspector not in pool.serving or not person.account:
        codes.append("not_in_service")
    if person.inspector in pool.barred:
        codes.append("recused")
    return codes


def _need(facts: VisitFacts, pool: Pool) -> TargetNeed:
    departments = tuple(DepartmentNeed(o) for o in dict.fromkeys(m.organisation for m in facts.team))
    return TargetNeed(pool.place, facts.planned_on, LEVEL, pool.area, facts.lead, departments)


def _wanted(facts: VisitFacts, leaving: TeamMember, pool: Pool, number: int) -> Seat:
    role: Role = "member"
    if leaving.role == "leader":
        role = "leader"
    elif leaving.role == "assistant":
        role = "specialist" if leaving.certified else "companion"
    return Seat(pool.place, leaving.organisation, role, "", number)


def _inspector(pool: Pool, place: int) -> Inspector:
    one = pool.people[place]
    return Inspector(
        index=place,
        department=one.organisation,
        certified_from=(one.certified_from or FIRST_DAY) if one.certified else None,
        certified_to=(one.certified_to or LAST_DAY) if one.certified else None,
        levels=frozenset({one.level or LEVEL}),
        areas=frozenset(one.areas) or None,
        specialties=frozenset(one.specialties),
        cap=pool.cap,
    )


def _seat(pool: Pool, place: int, leaving: TeamMember) -> TeamSeat:
    return seat_of(pool.people[place], place, leaving.role)


def seat_of(person: Person, place: int, role: str) -> TeamSeat:
    """A person of the frozen roster in a seat of that role."""
    return TeamSeat.model_validate(
        {
            "row": place,
            "inspector": person.inspector,
            "account": person.account,
            "name": person.name,
            "organisation": person.organisation,
            "role": role,
            "certificate": person.certificate,
            "certified": person.certified,
        }
    )


def team_after(
    facts: VisitFacts, out: Sequence[str], seats: Sequence[TeamSeat | None]
) -> tuple[TeamMember, ...] | Refusal:
    """The team once those in ``out`` (in the order of the team) have left their seats to ``seats``.

    Where nobody takes the leader's seat, the next certified officer of the lead department leads.
    """
    into = dict(zip(out, seats, strict=True))
    after: list[TeamMember] = []
    for member in facts.team:
        seat = into.get(member.account)
        if member.account not in into:
            after.append(member)
        elif seat is not None:
            after.append(
                TeamMember.model_validate(
                    seat.model_dump(exclude={"row", "inspector"}) | {"role": member.role}
                )
            )
    if any(member.role == "leader" for member in after):
        return tuple(after)
    heir = next(
        (
            place
            for place, one in enumerate(after)
            if one.organisation == facts.lead and one.certified and one.role == "member"
        ),
        None,
    )
    if heir is None:
        return refuse("leader_needed")
    after[heir] = after[heir].model_copy(update={"role": "leader"})
    return tuple(after)


def approve(
    facts: VisitFacts,
    asked: ReplacementRequested,
    entry: str,
    pool: Pool,
    leader: str | None,
    offline: OfflineApproval | None,
    nonce: str,
    *,
    shrink: bool = False,
) -> tuple[ReplacementApproved, tuple[TeamMember, ...]] | Refusal:
    """The replacement that takes effect, and the team as it is from now on. ``entry``: that of the request.

    ``shrink``: whoever must withdraw leaves even where nobody can take the seat; the others go on (D.12, E.13).
    """
    refusal = closed(facts, "更换执法人员")
    chosen = refusal or choose(facts, asked, pool)
    if isinstance(chosen, Refusal):
        return chosen
    if None in chosen.seats and not shrink:
        return refuse("replacement_nobody")
    team = team_after(facts, asked.out, chosen.seats)
    if isinstance(team, Refusal):
        return team
    approved = ReplacementApproved(
        nonce=nonce,
        request=entry,
        organisation=asked.organisation,
        leader=leader,
        offline=offline,
        method="named" if asked.proposed else "ticket",
        qualified=chosen.qualified,
        members=tuple(seat for seat in chosen.seats if seat is not None),
    )
    return approved, team


def reject(
    asked: ReplacementRequested, entry: str, leader: str, reason: str, nonce: str
) -> ReplacementRejected | Refusal:
    """The responsible leader does not agree, and says why."""
    if len(reason) < 2:
        return refuse("reason_missing", what="不同意更换")
    return ReplacementRejected(
        nonce=nonce, request=entry, organisation=asked.organisation, leader=leader, reason=reason[:300]
    )


# --- recusal (回避) -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Application:
    """Who asks that an officer withdraws. ``account`` is empty where the party named nobody."""

    entry: str | None
    account: str


def decide_recusal(
    facts: VisitFacts,
    application: Application,
    account: str,
    organisation: str,
    leader: str | None,
    offline: OfflineApproval | None,
    upheld: bool,
    reason: str,
    nonce: str,
) -> RecusalDecided | Refusal:
    """The head of the officer's department decides; the check goes on until then, and may be over by then."""
    if account not in {member.account for member in facts.of(organisation)}:
        return refuse("replacement_not_in_team")
    if application.account not in ("", account):
        return refuse("replacement_not_in_team")
    if len(reason) < 2:
        return refuse("reason_missing", what="决定")
    return RecusalDecided(
        nonce=nonce,
        application=application.entry,
        account=account,
        organisation=organisation,
        leader=leader,
        offline=offline,
        upheld=upheld,
        reason=reason[:300],
    )


# --- another day, recall (调整日期、撤回派发) ---------------------------------------------------------------


def postpone(
    facts: VisitFacts, organisation: str, day: str, reason: str, last: str, today: date, nonce: str
) -> VisitPostponed | Refusal:
    """Another day within the scheme's days. ``last``: the scheme's last day."""
    refusal = closed(facts, "调整日期")
    if refusal:
        return refusal
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        return refuse("bad_request", what="检查日期")
    if wanted.isoformat() == facts.planned_on:
        return refuse("bad_request", what="新的检查日期与原日期相同")
    if not today.isoformat() <= wanted.isoformat() <= last:
        return refuse("day_outside", target=facts.title, day=day, starts_on=today.isoformat(), ends_on=last)
    if len(reason) < 2:
        return refuse("reason_missing", what="调整日期")
    return VisitPostponed(
        nonce=nonce,
        organisation=organisation,
        from_day=facts.planned_on,
        to_day=wanted.isoformat(),
        reason=reason[:300],
    )


def recall(
    facts: VisitFacts, organisation: str, reason: str, again: bool, nonce: str
) -> VisitRecalled | Refusal:
    """Take the order back. What the team has recorded is kept and stays visible."""
    refusal = closed(facts, "撤回派发")
    if refusal:
        return refusal
    if len(reason) < 2:
        return refuse("reason_missing", what="撤回派发")
    return VisitRecalled(nonce=nonce, organisation=organisation, reason=reason[:300], again=again)
