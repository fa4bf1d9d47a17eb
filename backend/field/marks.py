"""What the office's lists show of visits: the marks that stand beside each state, read in one query."""

from __future__ import annotations

import json
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
    dated = [
        {**row, "ended": datetime.fromisoformat(row["finished_at"]).astimezone(CHINA).date()} for row in rows
    ]
    return rules_codes.listed(dated, house.profile_on, seeded_calendar(), today)
