"""What the office's pages of publication need to know of finished visits: loaded here, decided in ``rules``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from piccolo.custom_types import Combinable

from backend.dispatch.tables import Packet as PacketRow
from backend.dispatch.tables import Visit
from backend.field.entries import folded
from backend.field.marks import ended_on
from backend.field.tables import Evidence, Held, VisitState
from backend.house import CHINA, House, china_day
from backend.people.rules import Actor, may
from backend.people.tables import Account
from backend.planning import tables as planning
from backend.planning.facts import SchemeFacts
from backend.profiles import keys
from backend.profiles.calendar_data import seeded_calendar
from backend.publication import tables
from backend.publication.rules import BlockFacts, BlockStatus, Clock, block_status, deadline
from backend.publication.rules_notice import Task, public_class
from backend.registry import tables as registry
from sync.state import Fact
from sync.words import Body, CrimeSuspected, Packet, TeamMember

VISITS = 50
"""Finished visits on one page of the list."""


@dataclass(frozen=True)
class Listed:
    """One department's block of a finished visit, as a row of the list."""

    visit: str
    number: str
    scheme: str
    target: str
    organisation: str
    finished_on: str
    status: BlockStatus
    clock: Clock
    published_on: str


def today_of(house: House) -> date:
    """The day in China."""
    return house.clock().astimezone(CHINA).date()


async def listed(house: House, organisation: str | None, page: int) -> tuple[list[Listed], int]:
    """The blocks of finished visits, latest first, of one department or of all; and how many pages there are."""
    gone = await Visit.select(Visit.id).where(Visit.status != "ordered")
    done: Combinable = VisitState.status == "finished"
    if gone:  # taken back or dispatched anew: what arrived of it is kept, but it is nobody's result
        done = done & VisitState.visit.not_in([row["id"] for row in gone])
    pages = max(1, -(-await VisitState.count().where(done) // VISITS))
    states = (
        await VisitState.select()
        .where(done)
        .order_by(VisitState.finished_at, ascending=False)
        .limit(VISITS)
        .offset((min(max(1, page), pages) - 1) * VISITS)
    )
    ids = [row["visit"] for row in states]
    visits = {row["id"]: row for row in await Visit.select().where(Visit.id.is_in(ids))} if ids else {}
    schemes = {one.id: one for one in await planning.schemes()}
    targets = await registry.targets([row["target"] for row in visits.values()])
    reviews, published = await tables.reviews_of(ids), await tables.published_blocks(ids)
    ended = await ended_on(house, {row["visit"]: row["finished_at"] for row in states})
    found: list[Listed] = []
    for row in states:
        visit = visits[row["visit"]]
        scheme = schemes[visit["scheme"]]
        name = targets.get(visit["target"], {}).get("name", "")
        for block in scheme.blocks:
            if organisation is None or block.organisation == organisation:
                key = (row["visit"], block.organisation)
                said, day = (reviews.get(key), published.get(key, "")), ended[row["visit"]]
                found.append(_listed(house, visit, scheme, name, row, day, block, *said))
    return found, pages


def _listed(
    house: House,
    visit: Mapping[str, Any],
    scheme: SchemeFacts,
    name: str,
    row: Mapping[str, Any],
    finished: date,
    block: Any,
    decision: str | None,
    published_on: str,
) -> Listed:
    state = json.loads(house.vault.open(bytes(row["state"]), "visit_state.state"))
    own = state["blocks"].get(block.organisation) or {"items": {}, "waived": None}
    settled = {
        name
        for name, item in own["items"].items()
        if item["answer"] or item["verified"] or item.get("recognised")
    }
    disputes = any(one["organisation"] == block.organisation for one in state["disputed"])
    checked = set(block.items) <= settled
    ending = ended_in(state.get("site", {}), block.organisation)
    names = house.profile_on(finished).get(keys.SITE_ENDINGS) or ()
    covered = ending is not None and any(one.code == ending and one.finding for one in names)
    ready = row["photos"] == row["photos_stored"] and not disputes and (checked or covered)
    waived = own["waived"] is not None or (ending is not None and not checked and not covered)
    status = block_status(
        ready=ready,
        held_back=bool(state.get("site", {}).get(CrimeSuspected.KIND)),
        waived=waived,
        decision=decision,
        published=bool(published_on),
    )
    return Listed(
        visit=visit["id"],
        number=visit["number"],
        scheme=scheme.name,
        target=name,
        organisation=block.organisation,
        finished_on=finished.isoformat(),
        status=status,
        clock=clock_of(house, finished, scheme),
        published_on=published_on,
    )


def ended_in(site: Mapping[str, Any], organisation: str) -> str | None:
    """How a visit ended early, from the kept state's ``site``: an Ending, "" where entry was refused and the
    department has not upheld it, None where nothing ended it. The list's short way of ``rules_notice``."""
    confirmed = {(one["body"]["proposal"], one["by"]) for one in site.get("ending.confirmed", ())}
    gone = {one["body"]["proposal"] for one in site.get("ending.withdrawn", ())}
    for proposed in site.get("ending.proposed", ()):
        if proposed["entry"] in gone:
            continue
        if any(entry == proposed["entry"] and by != proposed["by"] for entry, by in confirmed):
            ending: str = proposed["body"]["ending"]
            own = {
                one["entry"]
                for one in site.get("noncooperation.proposed", ())
                if one["body"]["organisation"] == organisation
            }
            decided = [one["body"] for one in site.get("noncooperation.decided", ())]
            upheld = any(one["upheld"] and one["proposal"] in own for one in decided)
            return "" if ending == "entry_refused" and not upheld else ending
    return None


def clock_of(house: House, finished: date, scheme: SchemeFacts) -> Clock:
    """The deadline of a visit that ended on ``finished``; the platform's 抽查完成时限 is the scheme's last day."""
    profile = house.profile_on(finished)
    task_deadline = date.fromisoformat(scheme.ends_on)
    return deadline(profile, seeded_calendar(), finished, task_deadline, today_of(house))


@dataclass(frozen=True)
class Loaded:
    """One block with all that its page shows. ``versions`` and ``review`` are rows."""

    facts: BlockFacts
    scheme: SchemeFacts
    finished_on: date | None
    review: dict[str, Any] | None
    versions: list[dict[str, Any]]
    names: Mapping[str, str]
    leaders: Sequence[str]

    @property
    def checked_by(self) -> str:
        """谁检查: the department's officers who showed their certificates."""
        shown = set(self.facts.state.shown)
        return self._people(
            m for m in self.facts.packet.team if m.account in shown and m.organisation == self._own
        )

    @property
    def entered_by(self) -> str:
        """谁录入: whoever recorded what counts."""
        block = self.facts.state.block(self._own)
        said: list[Fact[Any]] = [one for item in block.items.values() for one in item.heads]
        authors = dict.fromkeys(one.by for one in [*said, *block.results])
        return "、".join(self.names.get(account, "") for account in authors if self.names.get(account))

    @property
    def _own(self) -> str:
        return self.facts.block.organisation

    def _people(self, members: Any) -> str:
        found: list[TeamMember] = list(members)
        return "、".join(member.name for member in found)


async def load(house: House, visit: str, organisation: str) -> Loaded | None:
    """One department's block of a visit, or None where there is no such visit or block."""
    row = await Visit.select().where(Visit.id == visit).first()
    kept = row and await PacketRow.select().where(PacketRow.digest == row["packet_digest"]).first()
    if not row or not kept:
        return None
    packet = Packet.model_validate_json(house.vault.open(bytes(kept["content"]), "packet.content"))
    block = next((one for one in packet.blocks if one.organisation == organisation), None)
    scheme = await planning.scheme(row["scheme"])
    if block is None or scheme is None:
        return None
    state = await folded(house, visit)
    target = (await registry.targets([row["target"]])).get(row["target"], {})
    review, versions = (
        await tables.review_of(visit, organisation),
        await tables.versions(visit, organisation),
    )
    finished = {visit: state.finished[0].at} if state.finished else {}
    ended = (await ended_on(house, finished)).get(visit)
    line = await planning.plan_line(scheme.plan_line)
    facts = BlockFacts(
        scheme=row["scheme"],
        packet=packet,
        state=state,
        block=block,
        target_class=public_class(target.get("target_class", ""), target.get("subtype", "")),
        task=Task(
            plan_no="",
            plan_name=f"{scheme.year} 年度联合抽查计划：{line.title if line else scheme.name}",
            completed_on=ended.isoformat() if ended else "",
        ),
        missing=await _missing(visit),
        review=tables.review_facts(review),
        notice=tables.notice_facts(versions),
    )
    accounts = _accounts(facts, review, versions)
    people = (
        await Account.select(Account.id, Account.name).where(Account.id.is_in(accounts)) if accounts else []
    )
    return Loaded(
        facts=facts,
        scheme=scheme,
        finished_on=ended,
        review=review,
        versions=versions,
        names={one["id"]: one["name"] for one in people},
        leaders=[one["leader"] for one in versions],
    )


def _accounts(facts: BlockFacts, review: dict[str, Any] | None, versions: list[dict[str, Any]]) -> list[str]:
    block = facts.state.block(facts.block.organisation)
    said: list[Fact[Body]] = [one for item in block.items.values() for one in item.heads]
    ids = {one.by for one in [*said, *block.results]} | {one["by"] for one in versions}
    ids |= {one["leader"] for one in versions} | ({review["by"]} if review else set())
    return sorted(ids)


async def _missing(visit: str) -> int:
    """Photographs that are not whole here, and entries whose predecessors have not come (S1-四(九))."""
    photos = await Evidence.count().where(
        (Evidence.visit == visit) & (Evidence.stored == 0) & (Evidence.use != "destroyed")
    )
    gaps = await Held.count().where(
        (Held.visit == visit) & (Held.code == "chain_gap") & (Held.decision == "")
    )
    return int(photos) + int(gaps)


async def others(organisation: str, account: str) -> bool:
    """Whether somebody else of the department may review or publish."""
    rows = await Account.select(Account.id, Account.roles).where(
        (Account.organisation == organisation) & Account.active.eq(True) & (Account.id != account)
    )
    return any({"planner", "responsible_leader"} & set(json.loads(row["roles"])) for row in rows)


async def waiting(house: House, actor: Actor) -> int:
    """How many blocks of the actor's department wait for him: to be reviewed, or to be published."""
    reviews = may(actor, "publication.review", actor.organisation)
    publishes = may(actor, "publication.publish", actor.organisation)
    if not reviews and not publishes:
        return 0
    rows, _ = await listed(house, actor.organisation, 1)
    wanted = {"to_publish"} if publishes else {"to_review"}
    return sum(row.status in wanted for row in rows)


def published_day(row: Mapping[str, Any]) -> str:
    """The day of a version, for the page."""
    return str(row["published_on"])


def review_day(row: Mapping[str, Any]) -> str:
    """The day of a review."""
    return china_day(datetime.fromisoformat(row["at"]))
