"""What the office does with a draw: load → decide → append, one function per step of the ceremony."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from backend.draw import rules, rules_publication, rules_teams, tables
from backend.draw.rules import Ceremony, Named, SchemeToDraw
from backend.draw.rules_pool import Candidate, FrozenRow, Opening, Share, exclusion, freeze, open_list
from backend.draw.rules_teams import DrawnTarget, Person, form_teams, freeze_roster, roster_suffices
from backend.house import CHINA, House, Refused, china_day, instant
from backend.ledger import Draft, turn
from backend.people.rules import Actor
from backend.people.tables import Organisation, organisations
from backend.planning import rules as planning
from backend.planning import tables as planned
from backend.planning.facts import RISKS, SchemeFacts
from backend.profiles import keys
from backend.registry import tables as registry
from sync.draw import GAMES, salt
from sync.words import DrawAborted, DrawHeld, DrawOpened, Refusal, refuse

GAME = next(iter(GAMES))
"""福利彩票快乐8: the national lottery whose numbers are the last input."""
NOWHERE = refuse("not_found")
UNSEALED = "0" * 128


async def to_draw(scheme: SchemeFacts) -> SchemeToDraw:
    """A scheme of the planning room as the draw's rules see it."""
    named = await organisations()
    names = {one: named[one]["name"] for one in scheme.organisations}
    return SchemeToDraw(
        scheme=scheme.id,
        number=scheme.number,
        title=scheme.name,
        lead=scheme.organisation,
        departments=names,
        blocked=planning.drawable(scheme, names),
        minimum=scheme.minimum_officers,
        ends_on=scheme.ends_on,
    )


def proposed_days(house: House) -> tuple[str, str]:
    """The days that the announcement offers: tomorrow's lottery, and a week later if there is none."""
    today = house.clock().astimezone(CHINA).date()
    return (today + timedelta(days=1)).isoformat(), (today + timedelta(days=8)).isoformat()


async def _most_per_year(house: House, scheme: SchemeFacts) -> int | None:
    """The repeat guard (S2-14), None where the rules are silent or the scheme has key items, which it excepts."""
    guard = house.profile_on(house.clock().astimezone(CHINA).date()).get(keys.REPEAT_GUARD)
    if guard is None:
        return None
    items = await registry.items(scheme.items)
    if "key_item" in guard.exceptions and any(item["category"] == "key" for item in items.values()):
        return None
    return guard.max_per_year


async def _candidates(
    house: House, scheme: SchemeFacts, most: int | None
) -> tuple[list[Candidate], Counter[str]]:
    """The targets within the scheme's range, and how many eligible ones each street has."""
    drawn = await tables.drawn_in(int(china_day(house.clock())[:4])) if most is not None else Counter()
    rows = await registry.targets_in(scheme.range)
    found = [
        Candidate(
            target=row["id"],
            identifier=row["key"],
            name=row["name"],
            risk=row["risk"],
            status=row["status"],
            drawn=drawn[row["id"]],
        )
        for row in rows
    ]
    areas = Counter(row["area"] for row, one in zip(rows, found, strict=True) if not exclusion(one, most))
    return found, areas


async def _people(organisation_ids: Sequence[str]) -> list[Person]:
    """Everybody in service of these departments who has an account, as the roster freezes them."""
    return [
        Person(
            inspector=row["id"],
            account=row["account"],
            identifier=row["key"],
            name=row["name"],
            organisation=row["organisation"],
            certificate=row["certificate"],
            certified=bool(row["certified"]),
            certified_from=_day(row["certificate_valid_from"]),
            certified_to=_day(row["certificate_valid_until"]),
            level=row["level"],
            areas=tuple(row["areas"]),
            specialties=tuple(row["specialties"]),
        )
        for row in await registry.inspectors_of(organisation_ids)
        if row["account"] and row["active"]
    ]


def _share(scheme: SchemeFacts, risk: str) -> Share:
    """The ratio of a class in its lowest terms, as it will stand in the public plan."""
    ratio = Fraction(scheme.ratio_of(risk).num, scheme.ratio_of(risk).den)
    return Share(ratio.numerator, ratio.denominator)


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None


async def announce(
    house: House, actor: Actor, scheme_id: str, named: Named, *, cap: int | None = None, reason: str = ""
) -> str:
    """锁定名录库、公告. Returns the draw's id; raises Refused. ``cap``: most targets of one inspector, None: any."""
    async with turn(house) as held:
        scheme = await planned.scheme(scheme_id)
        if scheme is None:
            raise Refused(NOWHERE)
        subject, earlier = await to_draw(scheme), await tables.earlier(scheme_id)
        now = house.clock()
        refusal = rules.may_announce(subject, earlier, named, reason, china_day(now))
        if refusal:
            raise Refused(refusal)
        most = await _most_per_year(house, scheme)
        candidates, areas = await _candidates(house, scheme, most)
        people = await _people(scheme.organisations)
        secret = tuple(house.chance(32) for _ in range(4))
        shares = {risk: _share(scheme, risk) for risk in RISKS}
        # A million rows take seconds: other requests go on meanwhile.
        pool = await asyncio.to_thread(freeze, candidates, shares, most, china_day(now), secret[0], secret[1])
        if isinstance(pool, Refusal):
            raise Refused(pool)
        targets = sum(one["k"] for one in pool.strata)
        limit = cap or targets
        short = roster_suffices(
            people,
            subject.departments,
            areas,
            visit_by=scheme.ends_on,
            minimum=scheme.minimum_officers,
            targets=targets,
            cap=limit,
        )
        if short:
            raise Refused(short)
        frozen = rules.Frozen(
            pool=pool,
            roster=freeze_roster(people, china_day(now), secret[2], secret[3]),
            oversight=await _oversight(),
            key=house.vault.public_key,
            most_per_year=most,
            cap=limit,
        )
        decided = rules.announce(subject, earlier, named, frozen, reason, china_day(now), house.new_id())
        if isinstance(decided, Refusal):
            raise Refused(decided)
        draw = house.new_id()
        await tables.keep_frozen(house, draw, pool, frozen.roster, secret)
        await held.append(Draft(draw, decided), by=actor.account, now=now)
    return draw


async def _oversight() -> dict[str, str]:
    rows = (
        await Organisation.select(Organisation.id, Organisation.name)
        .where(Organisation.kind == "oversight")
        .order_by(Organisation.position)
    )
    return {row["id"]: row["name"] for row in rows}


async def _load(draw: str) -> tuple[dict[str, Any], Ceremony]:
    row = await tables.draw_row(draw)
    if row is None:
        raise Refused(NOWHERE)
    return row, await tables.ceremony(row)


async def countersign(house: House, actor: Actor, draw: str, seen: str) -> None:
    """会签 for the actor's own body, by its responsible leader or today's deputy, or by the oversight body."""
    async with turn(house) as held:
        _, ceremony = await _load(draw)
        if "oversight" not in actor.roles:
            standing = await planned.standing(actor.account, actor.organisation)
            authority = planning.authority(actor, actor.organisation, standing)
            if isinstance(authority, Refusal):
                raise Refused(authority)
        now = house.clock()
        body = rules.countersign(
            ceremony,
            actor.organisation,
            actor.organisation_name,
            seen,
            house.vault.sign(ceremony.hashed),
            instant(now),
            house.new_id(),
        )
        await held.append(_draft(draw, body), by=actor.account, now=now)


def _draft(subject: str, body: Any) -> Draft | Refusal:
    return body if isinstance(body, Refusal) else Draft(subject, body)


async def enter_input(
    house: House, actor: Actor, draw: str, typed: Mapping[str, str], fallback: bool
) -> None:
    """One person types the published numbers. Raises Refused; after a mismatch the entry is kept all the same."""
    async with turn(house) as held:
        _, ceremony = await _load(draw)
        now = house.clock()
        body, warning = rules.enter_input(
            ceremony, typed, fallback, actor.account, china_day(now), house.new_id()
        )
        await held.append(_draft(draw, body), by=actor.account, now=now)
    if warning:
        raise Refused(warning)


async def hold(house: House, actor: Actor, draw: str) -> None:
    """抽取: the index set, the publication and its seal."""
    async with turn(house) as held:
        row, ceremony = await _load(draw)
        bitmaps = {one["stratum"]: base64.b64decode(one["bits"]) for one in json.loads(row["bitmaps"])}
        scheme = await planned.scheme(row["scheme"])
        if ceremony.state == "announced" and scheme is not None and scheme.status != "ready_to_draw":
            raise Refused(refuse("scheme_state", state=scheme.state, act="抽取"))
        outcome = await asyncio.to_thread(rules.hold, ceremony, bitmaps)
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        body = DrawHeld(
            nonce=house.new_id(),
            scheme=row["scheme"],
            plan_hash=ceremony.hashed,
            results=outcome.results,
            seed=outcome.seed.hex(),
            drawn=outcome.drawn,
            seal=UNSEALED,
        )
        plain = body.model_dump(mode="json")
        columns = {"seed": plain["seed"], "results": plain["results"], "drawn": plain["drawn"]}
        seal = await _seal(house, {**row, **columns})
        await held.append(Draft(draw, body.model_copy(update={"seal": seal})), actor.account, house.clock())


async def abort(house: House, actor: Actor, draw: str, reason: str) -> None:
    """作废: the number stays used and public."""
    async with turn(house) as held:
        row, ceremony = await _load(draw)
        refusal = rules.may_abort(ceremony, reason)
        if refusal:
            raise Refused(refusal)
        why = reason.strip()[:300]
        seal = await _seal(house, {**row, "abort_reason": why})
        body = DrawAborted(nonce=house.new_id(), reason=why, seal=seal)
        await held.append(Draft(draw, body), by=actor.account, now=house.clock())


async def assign(house: House, actor: Actor, draw: str, cap: int | None = None) -> None:
    """抽取执法人员: a team for every drawn target. ``cap`` may only raise the announced one, and only where that
    one left no way: whoever knows the seed must not choose among outcomes."""
    async with turn(house) as held:
        row, ceremony = await _load(draw)
        if ceremony.state != "held":
            what = "检查组已组成" if ceremony.state == "assigned" else "检查对象还没有抽取"
            raise Refused(refuse("draw_not_ready", what=what))
        scheme = await planned.scheme(row["scheme"])
        if scheme is None:
            raise Refused(NOWHERE)
        roster = await tables.roster(house, draw, ceremony.plan)
        secret = await tables.keys_of(house, draw)
        if not rules_teams.roster_agrees(roster, secret[2], secret[3]):
            raise Refused(refuse("plan_hash_mismatch"))
        targets = await drawn_targets(row)
        subject = await to_draw(scheme)
        formed = _form(subject, targets, roster, row, row["cap"], house.new_id())
        if isinstance(formed, Refusal) and cap is not None and cap > row["cap"]:
            formed = _form(subject, targets, roster, row, cap, house.new_id())
        if isinstance(formed, Refusal):
            raise Refused(formed)
        drafts = [Draft(draw, formed.held)]
        for target, seats in formed.teams:
            body = rules_teams.team_body(scheme.id, draw, target, seats, house.new_id())
            drafts.append(Draft(house.new_id(), body))
        await held.append(drafts, by=actor.account, now=house.clock())


def _form(
    subject: SchemeToDraw,
    targets: Sequence[DrawnTarget],
    roster: rules_teams.Roster,
    row: Mapping[str, Any],
    cap: int,
    nonce: str,
) -> rules_teams.Formed | Refusal:
    return form_teams(
        subject.scheme,
        targets,
        subject.departments,
        subject.lead,
        roster,
        bytes.fromhex(row["seed"]),
        tables.plan_of(row)["round"],
        visit_by=subject.ends_on,
        minimum=subject.minimum,
        cap=cap,
        nonce=nonce,
    )


async def drawn_targets(row: Mapping[str, Any]) -> list[DrawnTarget]:
    """The drawn targets of a row of ``draw``, by place, with the street where each lies today."""
    rows = await tables.frozen_rows(row["id"], tables.places_of(row))
    known = await registry.targets([one.target for one in rows])
    return [
        DrawnTarget(
            place=one.place,
            target=one.target,
            name=str(one.attributes["name"]),
            area=known[one.target]["area"] if one.target in known else "",
        )
        for one in rows
    ]


async def opening(house: House, row: Mapping[str, Any]) -> tuple[Opening, list[FrozenRow]]:
    """监督核验: what is recomputed from the kept rows and keys, and the names behind the drawn rows."""
    rows = await tables.frozen_rows(row["id"])
    secret = await tables.keys_of(house, row["id"])
    plan, drawn = tables.plan_of(row), tables.places_of(row)
    opened = await asyncio.to_thread(
        open_list,
        rows,
        plan["snapshot"],
        plan["strata"],
        bytes.fromhex(row["plan_hash"]),
        drawn,
        row["most_per_year"],
        secret[0],
        secret[1],
    )
    wanted = set(drawn)
    return opened, [one for one in rows if one.place in wanted]


async def salts(house: House, row: Mapping[str, Any]) -> dict[int, str]:
    """Drawn place → its secret salt in hex, for the auditor."""
    secret = await tables.keys_of(house, row["id"])
    return {place: salt(secret[1], place).hex() for place in tables.places_of(row)}


async def open_draw(house: House, actor: Actor, draw: str, seen: str) -> None:
    """The oversight body countersigns the digest of the list that it saw (``seen``)."""
    async with turn(house) as held:
        row, ceremony = await _load(draw)
        refusal = rules.may_open(ceremony, bool(row["opened_at"]))
        if refusal:
            raise Refused(refusal)
        parties = {one["name"] for one in ceremony.plan["parties"] if one["role"] == "oversight"}
        if actor.organisation_name not in parties:
            raise Refused(refuse("not_allowed"))
        found, _ = await opening(house, row)
        if not found.sound or found.names != seen:
            raise Refused(refuse("list_mismatch"))
        signature = house.vault.sign(found.names)
        columns = {"opened_by": actor.organisation_name, "names": found.names, "audit_signature": signature}
        body = DrawOpened(
            nonce=house.new_id(),
            organisation=actor.organisation,
            name=actor.organisation_name,
            names=found.names,
            signature=signature,
            seal=await _seal(house, {**row, **columns}),
        )
        await held.append(Draft(draw, body), by=actor.account, now=house.clock())


async def _seal(house: House, row: Mapping[str, Any]) -> str:
    return house.vault.sign(rules_publication.publication_digest(await tables.document(row)))
