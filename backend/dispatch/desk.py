"""What the dispatch pages do beside showing: packets built and kept, visits ordered, people told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from backend import db
from backend.dispatch import rules, rules_packet, tables
from backend.dispatch.rules import Order, TeamFacts
from backend.dispatch.rules_packet import Surroundings
from backend.dispatch.site import with_site
from backend.house import CHINA, House
from backend.ledger import Draft, Turn
from backend.people.rules import Actor, may
from backend.planning import tables as planning
from backend.planning.facts import SchemeFacts
from backend.profiles.calendar_data import seeded_calendar
from sync.canon import canonical
from sync.words import Packet, PacketTarget, VisitOrdered

DATA_KEY_BYTES = 32


def today_of(house: House) -> date:
    """The calendar day in China."""
    return house.clock().astimezone(CHINA).date()


def proposed_days(house: House, scheme: SchemeFacts, teams: Sequence[TeamFacts]) -> dict[str, str]:
    """Team → a day, spread over the working days that are left of the scheme's."""
    first, last = rules.window(scheme, today_of(house))
    return rules.spread(teams, rules.working_days(first, last, seeded_calendar()))


async def surroundings(house: House, scheme: SchemeFacts) -> Surroundings:
    """What all packets of a scheme share, by the rules in force today."""
    profile = house.profile_on(today_of(house))
    return Surroundings(
        scheme=scheme,
        profile=profile,
        names=await tables.organisation_names(),
        items=await tables.catalogue(scheme.items),
        region=profile.title,
        demo=house.settings.demo or profile.fictional,
        server_key=house.vault.public_key,
        colleagues=await tables.colleagues(),
        calendar=seeded_calendar(),
    )


async def preview(house: House, scheme: SchemeFacts, team: TeamFacts, day: str) -> Packet:
    """The packet that this team would get: nothing is kept."""
    around = await surroundings(house, scheme)
    targets = await tables.packet_targets(house, [team.target], around.region)
    return _built(house, "0" * 32, Order(team, scheme.number, day), targets, around)


async def order_all(
    house: House, turn: Turn, scheme: SchemeFacts, orders: Sequence[Order], by: Actor
) -> None:
    """Keep every packet with a fresh data key, append the orders, tell the people: all of it or nothing."""
    around = await surroundings(house, scheme)
    targets = await tables.packet_targets(house, (o.team.target for o in orders), around.region)
    made = [(house.new_id(), order) for order in orders]
    packets = [(order, _built(house, visit, order, targets, around)) for visit, order in made]
    await _keep_texts(around)
    await db.insert_many(tables.Packet, [_row(house, packet) for _, packet in packets])
    await turn.append(
        [
            Draft(
                packet.visit,
                VisitOrdered(
                    nonce=house.new_id(),
                    scheme=scheme.id,
                    target=order.team.target,
                    team=order.team.members,
                    planned_on=order.planned_on,
                    packet_digest=rules_packet.packet_digest(packet),
                ),
            )
            for order, packet in packets
        ],
        by.account,
        house.clock(),
    )
    await db.insert_many(
        tables.Notification,
        [
            {
                "id": f"{packet.visit}:{member.account}",
                "visit": packet.visit,
                "account": member.account,
                "made_at": house.clock(),
                "seen_at": None,
            }
            for _, packet in packets
            for member in packet.team
        ],
    )


def _built(
    house: House, visit: str, order: Order, targets: Mapping[str, PacketTarget], around: Surroundings
) -> Packet:
    made = rules_packet.packet(visit, order, targets[order.team.target], around)
    return with_site(house, made, around)


def _row(house: House, packet: Packet) -> dict[str, Any]:
    return {
        "digest": rules_packet.packet_digest(packet),
        "visit": packet.visit,
        "content": house.vault.seal(canonical(packet.model_dump(mode="json")), tables.CONTENT_PLACE),
        "data_key": house.vault.seal(house.chance(DATA_KEY_BYTES), tables.KEY_PLACE),
    }


async def _keep_texts(around: Surroundings) -> None:
    texts = [item.text for item in around.items.values()]
    by_digest = {rules_packet.text_digest(text): text for text in texts}
    known = await tables.item_texts(by_digest)
    new = {key: text for key, text in by_digest.items() if key not in known}
    rows = [
        {"digest": key, "content": canonical(text.model_dump(mode="json")).decode()}
        for key, text in new.items()
    ]
    await db.insert_many(tables.ItemText, rows)


async def waiting(house: House, actor: Actor) -> int:
    """How many schemes of the actor's department have teams that were not dispatched."""
    if not may(actor, "dispatch.write", actor.organisation):
        return 0
    schemes = await planning.schemes(statuses=("drawn", "dispatched"))
    own = [scheme for scheme in schemes if scheme.organisation == actor.organisation]
    return sum([bool(await tables.waiting_teams(scheme.id)) for scheme in own])
