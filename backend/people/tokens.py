"""Who speaks by a token: session, account, organisation and deputies in one query, since every request asks."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, cast

from backend import db
from backend.house import House
from backend.people.rules import Actor, SessionState, session_alive
from backend.people.tables import token_digest
from sync.words import Role

WHO = """
SELECT s.token_digest, s.account, s.device, s.seen_at, s.expires_at, a.active, a.name, a.organisation, a.roles,
  o.name AS organisation_name, d.leader
FROM session s
LEFT JOIN account a ON a.id = s.account
LEFT JOIN organisation o ON o.id = a.organisation
LEFT JOIN deputy d ON d.deputy = s.account AND d.starts_on <= {} AND d.ends_on >= {}
WHERE s.token_digest = {}
"""


async def speaker(
    house: House, token: str, now: datetime, today: date
) -> tuple[dict[str, Any], Actor | None] | None:
    """The live session of a token, with the actor behind it, None where the account is not active; None for no live
    session. The same as ``session_of`` and ``actor_of`` one after the other."""
    rows = await db.execute(house.engine, WHO, today, today, token_digest(token))
    if not rows:
        return None
    row = rows[0]
    if not session_alive(SessionState(row["device"], row["seen_at"], row["expires_at"]), now):
        return None
    if not row["active"]:
        return row, None
    return row, Actor(
        account=row["account"],
        name=row["name"],
        organisation=row["organisation"],
        organisation_name=row["organisation_name"] or "",
        roles=frozenset(cast("list[Role]", json.loads(row["roles"]))),
        device=row["device"],
        deputy_for=tuple(one["leader"] for one in rows if one["leader"]),
    )
