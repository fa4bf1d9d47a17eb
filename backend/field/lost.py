"""Lost tablets (丢失终端) and wrong PINs: rows, and what the office reads of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.dispatch.tables import Visit
from backend.field import rules_lost
from backend.field.rules_lost import Tries
from backend.field.tables import DeviceScope, VisitState
from backend.field.tables_lost import LostDevice, PinTry
from backend.house import House, china_day
from backend.people.tables import account_names, trace


async def withheld(device: str, account: str) -> bool:
    """Whether this person's share is withheld on this tablet."""
    row = await PinTry.select(PinTry.withheld).where(PinTry.id == f"{device}:{account}").first()
    return bool(row and row["withheld"])


async def withheld_on(device: str) -> list[str]:
    """The people whose share is withheld on this tablet."""
    rows = await PinTry.select(PinTry.account).where((PinTry.device == device) & PinTry.withheld.eq(True))
    return sorted(row["account"] for row in rows)


async def forgive(device: str, account: str) -> None:
    """The office registered the person anew: counting begins again."""
    await PinTry.delete().where(PinTry.id == f"{device}:{account}")


async def keep_tries(house: House, device: str, told: Mapping[str, int]) -> None:
    """Wrong PINs as the tablet tells them, account → how many in a row; every new one stands in the trace."""
    known = {row["account"]: row for row in await PinTry.select().where(PinTry.device == device)}
    for account, wrong in sorted(told.items()):
        row = known.get(account)
        before = Tries(row["wrong"], row["withheld"]) if row else Tries()
        after = rules_lost.counted(before, wrong)
        if after == before:
            continue
        at = house.clock()
        new = PinTry(
            id=f"{device}:{account}",
            device=device,
            account=account,
            wrong=after.wrong,
            withheld=after.withheld,
            at=at,
        )
        values = [(PinTry.wrong, after.wrong), (PinTry.withheld, after.withheld), (PinTry.at, at)]
        await PinTry.insert(new).on_conflict(target=PinTry.id, action="DO UPDATE", values=values)
        if after.wrong > before.wrong:
            locked = after.withheld and not before.withheld
            await trace(
                house, account, "session.open", f"PIN {device}", "pin_withheld" if locked else "pin_wrong"
            )


async def keep_left(house: House, device: str, entries: int, photos: int) -> None:
    """A lost tablet has cleared itself but for so many entries and photos, which it still has to hand in."""
    now = house.clock()
    cleared = now if entries == 0 and photos == 0 else None
    row = LostDevice(device=device, told_at=now, entries=entries, photos=photos, cleared_at=cleared)
    values = [(LostDevice.entries, entries), (LostDevice.photos, photos), (LostDevice.cleared_at, cleared)]
    await LostDevice.insert(row).on_conflict(target=LostDevice.device, action="DO UPDATE", values=values)


async def told_of(house: House, devices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """``devices`` (id, status, heard), each with what the office must know: ``silent``; ``unsent``, visits of which
    records may lie on it (only of a revoked or silent one that has not cleared itself); ``cleared``, the row of a
    lost tablet; ``tries``, wrong PINs by name."""
    now = house.clock()
    gone = [one["id"] for one in devices if one["status"] == "revoked" or _silent(one, now)]
    cleared = {row["device"]: row for row in await LostDevice.select()}
    empty = {key for key, row in cleared.items() if row["cleared_at"]}
    unsent = await _unsent([key for key in gone if key not in empty], china_day(now))
    tries: dict[str, list[dict[str, Any]]] = {}
    rows = await PinTry.select().where(PinTry.wrong > 0).order_by(PinTry.account)
    names = await account_names([row["account"] for row in rows])
    for row in rows:
        tries.setdefault(row["device"], []).append({**row, "name": names.get(row["account"], "")})
    return [
        {
            **one,
            "silent": one["status"] != "revoked" and _silent(one, now),
            "unsent": unsent.get(one["id"], []),
            "cleared": cleared.get(one["id"]) if one["status"] == "revoked" else None,
            "tries": tries.get(one["id"], []),
        }
        for one in devices
    ]


def _silent(device: Mapping[str, Any], now: datetime) -> bool:
    return rules_lost.silent(device["heard"], now)


async def _unsent(devices: Sequence[str], today: str) -> dict[str, list[dict[str, Any]]]:
    if not devices:
        return {}
    scope = await DeviceScope.select().where(DeviceScope.device.is_in(list(devices)))
    ids = sorted({row["visit"] for row in scope})
    if not ids:
        return {}
    columns = (VisitState.visit, VisitState.status, VisitState.photos, VisitState.photos_stored)
    states = {
        row["visit"]: row for row in await VisitState.select(*columns).where(VisitState.visit.is_in(ids))
    }
    none = {"status": "ordered", "photos": 0, "photos_stored": 0}
    visits = await Visit.select().where(Visit.id.is_in(ids)).order_by(Visit.planned_on).order_by(Visit.number)
    lacking = {}
    for row in visits:
        state = states.get(row["id"], none)
        said = {
            "planned_on": row["planned_on"],
            **{key: state[key] for key in ("status", "photos", "photos_stored")},
        }
        # Of a visit that was taken back only what arrived of it says that somebody had begun.
        stands = row["status"] == "ordered" or state["status"] == "under_way"
        if stands and rules_lost.may_lack(said, today):
            missing = state["photos"] - state["photos_stored"]
            lacking[row["id"]] = {**row, "state": state["status"], "missing": missing}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in lacking.values():
        for one in scope:
            if one["visit"] == row["id"]:
                found.setdefault(one["device"], []).append(row)
    return found
