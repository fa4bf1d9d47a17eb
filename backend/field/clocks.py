"""The clocks of tablets: measured with each push, written down where it matters, said of a visit."""

from __future__ import annotations

from backend import db
from backend.documents.site import china
from backend.field import rules_clock
from backend.field.rules_clock import MINUTE, Measured
from backend.field.tables import ClockMeasured, VisitEntry
from backend.house import CHINA, House
from backend.ledger import Draft, Fact, Turn
from backend.people.rules import Actor
from backend.people.tables import Device
from backend.profiles import keys
from sync.words import DeviceClockMeasured


async def measure(house: House, turn: Turn, actor: Actor, at: str) -> None:
    """Write down how wrong the tablet's clock is, before what it sent is stored, where that matters. Where every text
    is silent on what may pass, nothing is written down."""
    now = house.clock()
    allowed = house.profile_on(now.astimezone(CHINA).date()).get(keys.CLOCK_AMISS)
    skew = rules_clock.skew_of(at, now)
    if allowed is None or skew is None:
        return
    last = await db.execute(
        house.engine,
        "SELECT skew FROM clock_measured WHERE device = {} ORDER BY number DESC LIMIT 1",
        actor.device,
    )
    if rules_clock.matters(skew, last[0]["skew"] if last else None, allowed * MINUTE):
        body = DeviceClockMeasured(
            nonce=house.new_id(), device=actor.device, skew=skew, allowed=allowed * MINUTE
        )
        await turn.append(Draft(actor.device[:32], body), actor.account, now)


async def clock_measured(fact: Fact) -> None:
    """device.clock_measured → its row."""
    body = fact.body
    row = ClockMeasured(
        number=fact.number,
        device=body["device"],
        at=fact.entry.at,
        skew=body["skew"],
        allowed=body["allowed"],
    )
    await ClockMeasured.insert(row)


async def clocks_of(visit: str) -> list[tuple[str, str]]:
    """(label of the tablet, what is said of its clock) for the entries of a visit; empty where clocks were right."""
    entries = await VisitEntry.select(VisitEntry.number, VisitEntry.device).where(VisitEntry.visit == visit)
    devices = sorted({row["device"] for row in entries})
    rows = await ClockMeasured.select().where(ClockMeasured.device.is_in(devices)) if devices else []
    measured = [Measured(r["number"], r["device"], r["at"], r["skew"], r["allowed"]) for r in rows]
    found = rules_clock.shown([(row["number"], row["device"]) for row in entries], measured)
    if not found:
        return []
    named = await Device.select(Device.id, Device.label).where(Device.id.is_in([one.device for one in found]))
    labels = {row["id"]: row["label"] for row in named}
    return [
        (
            labels.get(one.device, ""),
            f"设备时钟{rules_clock.words(one.skew)}（服务器于 {china(one.at)} 测得）",
        )
        for one in found
    ]
