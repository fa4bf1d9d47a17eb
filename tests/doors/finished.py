"""The whole way to a finished visit, through the office's own pages: plan, scheme, draw, teams, dispatch; then what
a tablet would have sent, with the private values of ``tests.visited`` planted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend import ledger
from backend.dispatch import tables as dispatch
from backend.draw import tables as draws
from backend.house import House
from backend.ledger import Draft
from backend.people.tables import Account, Session
from backend.registry.tables import Target
from sync import words as w
from tests import builders
from tests.builders import FIRST_MOMENT, Clock, Person
from tests.doors.conftest import SignedIn
from tests.doors.drawn import NUMBERS, inspectors
from tests.doors.planned import World, world
from tests.visited import NONCE, PHOTO, PRIVATE, bodies

DAY = "2026-11-24"


@dataclass
class Finished:
    """A world whose scheme was drawn and dispatched. ``visits`` are all ordered; ``visit`` is the finished one."""

    w: World
    clock: Clock
    scheme: str
    draw: str
    number: str
    visits: list[str]
    visit: str

    @property
    def house(self) -> House:
        return self.w.house

    @property
    def people(self) -> tuple[tuple[Person, Person], ...]:
        """(planner, leader) of each department, the lead first."""
        return (
            (self.w.lead, self.w.lead_leader),
            (self.w.second, self.w.second_leader),
            (self.w.third, self.w.third_leader),
        )

    def path(self, person: Person) -> str:
        """The page of that person's department."""
        return f"/office/publication/{self.visit}/{person.organisation}"

    async def publish(self, planner: Person, leader: Person) -> None:
        """Review and publish one department's result."""
        answer = await planner.post(f"{self.path(planner)}/review", clean_review())
        assert answer.status_code == 303, answer.text
        answer = await leader.post(f"{self.path(leader)}/publish", {})
        assert answer.status_code == 303, answer.text


async def later(clock: Clock, **units: float) -> None:
    """Time passes, and everybody signs in again."""
    now = clock.advance(**units)
    await Session.update({Session.seen_at: now, Session.expires_at: now + timedelta(hours=10)}).where(
        Session.device == ""
    )


def clean_review(**changes: Any) -> dict[str, Any]:
    """A review that found nothing."""
    return {"secrecy": "no", "privacy": "no", "trade_secret": "no", "decision": "publish", **changes}


async def dispatched(house: House, clock: Clock, signed_in: SignedIn, **target: Any) -> Finished:
    """Drawn and dispatched; nobody has gone yet. ``target`` overrides columns of the drawn target."""
    clock.now = FIRST_MOMENT
    made = await world(house, signed_in)
    await builders.organisation("司法局（虚构）", "oversight")
    await signed_in("oversight", "司法局（虚构）")
    phone = json.dumps({"phone": PRIVATE["the target's phone"]}).encode()
    changed: dict[Any, Any] = {Target.private: house.vault.seal(phone, "target.private")}
    changed |= {getattr(Target, name): value for name, value in target.items()}
    await Target.update(changed).where(Target.organisation == made.lead.organisation)
    known = json.dumps(
        {"phone": PRIVATE["the party's phone"], "id_number": PRIVATE["a witness's ID"]}
    ).encode()
    sealed = house.vault.seal(known, "inspector.private")
    for name in ("市监局", "卫健委", "消防队"):
        await inspectors(house, f"{name}{made.tag}（虚构）", 3, private=sealed)
    scheme = await made.approved_scheme()
    announced = await made.lead.post(
        f"/office/draw/new/{scheme}", {"day": "2026-11-21", "fallback": "2026-11-28"}
    )
    assert announced.status_code == 303, announced.text
    draw = announced.headers["location"].rsplit("/", 1)[1]
    row = await draws.draw_row(draw)
    assert row
    for leader in (made.lead_leader, made.second_leader, made.third_leader):
        signed = {"plan_hash": row["plan_hash"]}
        assert (await leader.post(f"/office/draw/{draw}/countersign", signed)).status_code == 303
    await later(clock, days=1)
    for person in (made.clerk, made.lead):
        typed = await person.post(f"/office/draw/{draw}/numbers", {"numbers": NUMBERS})
        assert typed.status_code == 303, typed.text
    for step in ("hold", "assign"):
        answer = await made.lead.post(f"/office/draw/{draw}/{step}", {})
        assert answer.status_code == 303, answer.text
    days = {f"day.{team.id}": DAY for team in await dispatch.waiting_teams(scheme)}
    ordered = await made.lead.post(f"/office/dispatch/{scheme}", days)
    assert ordered.status_code == 303, ordered.text
    rows = await dispatch.Visit.select(dispatch.Visit.id).where(dispatch.Visit.scheme == scheme)
    visits = sorted(one["id"] for one in rows)
    await later(clock, days=3)
    return Finished(made, clock, scheme, draw, row["number"], visits, visits[0])


async def record(house: House, visit: str, *, store: bool = True) -> w.Packet:
    """What a tablet recorded of the whole visit, received; ``store``: the photograph came too."""
    row = await dispatch.Visit.select().where(dispatch.Visit.id == visit).first()
    assert row
    packet = await dispatch.packet(house, row["packet_digest"])
    assert packet
    await send(house, visit, bodies(packet))
    if store:
        await store_photo(house, visit)
    return packet


async def send(house: House, visit: str, said: list[tuple[str, w.Body]]) -> None:
    """Entries of the field, with the receipt that lets them count."""
    async with ledger.turn(house) as turn:
        entries = []
        for by, body in said:
            entries += await turn.append(Draft(visit, body), by, house.clock())
        receipts = tuple(w.Receipt(entry=entry.id, status="accepted", code=None) for entry in entries)
        received = w.EntryReceived(nonce=NONCE, device=house.vault.device, receipts=receipts)
        await turn.append(Draft(house.new_id(), received), said[0][0], house.clock())


async def store_photo(house: House, visit: str) -> None:
    """The photograph arrived whole."""
    row = await Account.select(Account.id).first()
    assert row
    async with ledger.turn(house) as turn:
        stored = w.EvidenceStored(nonce=NONCE, digest=PHOTO, size=1000)
        await turn.append(Draft(visit, stored), row["id"], house.clock())


async def finished(house: House, clock: Clock, signed_in: SignedIn, **target: Any) -> Finished:
    """A visit that is finished and synced; nothing is reviewed yet."""
    whole = await dispatched(house, clock, signed_in, **target)
    await record(house, whole.visit)
    return whole


async def changed(whole: Finished) -> None:
    """Three visits that changed after their order: an officer replaced after a request that was not agreed to, one
    who had to withdraw, and an order that was taken back."""
    lead, leader = whole.people[0]
    replaced, recused, recalled = whole.visits[1:4]
    members = await dispatch.members([replaced, recused])
    for act in ("reject", "approve"):
        out = next(
            one["account"]
            for one in members[replaced]
            if one["organisation"] == lead.organisation and one["role"] == "member"
        )
        form = {"out": out, "reason": "work_conflict", "statement": "当日另有任务"}
        await _done(lead, f"/office/dispatch/visits/{replaced}/change/replace", form)
        (row,) = await dispatch.replacements(replaced, "open")
        said = {"act": act, f"reason.{row['id']}": "请先协调"}
        await _done(leader, f"/office/dispatch/requests/{row['id']}", said)
    out = next(one["account"] for one in members[recused] if one["organisation"] == lead.organisation)
    form = {"account": out, "upheld": "yes", "statement": "与当事人有亲属关系"}
    await _done(leader, f"/office/dispatch/visits/{recused}/change/recusal", form)
    form = {"again": "no", "statement": "已注销"}
    await _done(lead, f"/office/dispatch/visits/{recalled}/change/recall", form)


async def _done(person: Person, path: str, form: dict[str, str]) -> None:
    answer = await person.post(path, form)
    assert answer.status_code == 303, answer.text
