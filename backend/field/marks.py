"""What the office's lists show of visits: the marks that stand beside each state, read in one query."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from backend import db
from backend.field import rules_codes, rules_ending
from backend.field.kept import LEAD
from backend.house import CHINA, House
from backend.people.rules import Actor, reach
from backend.profiles.calendar_data import seeded_calendar

READ = """
SELECT v.id AS visit, v.number AS number, v.title AS title, v.planned_on AS planned_on, v.status AS status,
  v.lead_organisation AS lead_organisation, c.method AS method, s.finished_at AS finished_at,
  s.handed AS handed, s.lead AS lead
FROM visit_state s JOIN visit v ON v.id = s.visit LEFT JOIN scheme c ON c.id = v.scheme
WHERE {}{}
"""
SAID = """
SELECT e.subject AS visit, e.kind AS kind, e.at AS at, CASE WHEN e.kind = 'visit.finished' THEN
  (SELECT r.at FROM ledger_entry r WHERE r.number > e.number AND r.kind || '' = 'entry.received'
   ORDER BY r.number LIMIT 1) END AS received
FROM ledger_entry e WHERE e.subject IN ({}) AND e.kind || '' IN ('visit.ordered', 'visit.finished')
ORDER BY e.number
"""
"""Orders and ends of visits. ``|| ''`` keeps both engines from gathering every entry of a kind instead of the few of a
visit, or the next one in the ledger."""
AT_ONCE = 500
"""Visits that one statement asks for."""
OWN = (
    " AND (v.lead_organisation = {} OR EXISTS "
    "(SELECT 1 FROM visit_member m WHERE m.visit = v.id AND m.organisation = {}))"
)
"""Of a department's own visits: those that it leads, and those on which its officers go."""


async def _read(house: House, actor: Actor, which: str) -> list[dict[str, Any]]:
    """Rows of the visits that the actor reads, with what the lists show. ``which``: a condition of ours."""
    distance = reach(actor, "visit.read")
    if distance is None:
        return []
    own = () if distance == "all" else (actor.organisation, actor.organisation)
    sql = READ.replace("{}{}", which + (OWN if own else ""))
    return await db.execute(house.engine, sql, *own)


async def leads(house: House, actor: Actor) -> list[dict[str, Any]]:
    """Firms that were handed over after their ending, the latest first: leads for the list of abnormal operations
    (经营异常名录线索, 企业信息公示暂行条例§17) and those that moved to another district."""
    rows = await _read(house, actor, "s.handed <> ''")
    found = [
        {
            **row,
            **json.loads(house.vault.open(bytes(row["lead"]), LEAD)),
            "step": rules_ending.HANDED_OVER[row["handed"]],
        }
        for row in rows
    ]
    return sorted(found, key=lambda one: str(one["at"]), reverse=True)


async def codes_due(house: House, actor: Actor, today: date) -> list[dict[str, Any]]:
    """Finished checks whose official code is still missing, what is due first standing first."""
    rows = await _read(house, actor, "s.code = 'none' AND s.status = 'finished' AND v.status = 'ordered'")
    ended = await ended_on(house, {row["visit"]: row["finished_at"] for row in rows})
    dated = [{**row, "ended": ended[row["visit"]]} for row in rows]
    return rules_codes.listed(dated, house.profile_on, seeded_calendar(), today)


def day_told(at: str, ordered: str, received: datetime) -> date:
    """The day of what a tablet testifies. A clock that runs ahead moves no deadline forward; where it showed no real
    moment, or one before the visit was ordered, the day on which the record came stands for it."""
    try:
        told = min(datetime.fromisoformat(at), received).astimezone(CHINA).date()
    except ValueError:
        return received.astimezone(CHINA).date()
    early = ordered and told < datetime.fromisoformat(ordered).astimezone(CHINA).date()
    return received.astimezone(CHINA).date() if early else told


async def ended_on(house: House, finished: Mapping[str, str]) -> dict[str, date]:
    """The day on which each visit ended. ``finished``: visit → the moment that its tablet testified."""
    ordered: dict[str, str] = {}
    received: dict[str, str] = {}
    wanted = list(finished)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        for row in await db.execute(house.engine, SAID.replace("{}", db.marks(some)), *some):
            if row["kind"] == "visit.ordered":
                ordered.setdefault(row["visit"], row["at"])  # the first: who is offline knows of no later one
            elif row["at"] == finished[row["visit"]] and row["received"]:
                received.setdefault(row["visit"], row["received"])
    return {
        visit: day_told(
            at,
            ordered.get(visit, ""),
            datetime.fromisoformat(received[visit]) if visit in received else house.clock(),
        )
        for visit, at in finished.items()
    }
