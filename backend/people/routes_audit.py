"""操作留痕: the trace, for the audit administrator and the oversight body."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from backend.house import CHINA
from backend.people import tables
from backend.people.rules import VERB_NAMES
from backend.web import house_of, page
from sync.words import REFUSALS

OUTCOMES = (("", "全部结果"), ("done", "办理成功"), ("refused", "未办成"))


@get("/office/audit", opt={"verb": "audit.read"})
async def audit(
    request: Request[Any, Any, Any],
    day: FromQuery[str] = "",
    account: FromQuery[str] = "",
    outcome: FromQuery[str] = "",
    number: FromQuery[int] = 1,
) -> Template:
    """The trace of one day (today by default), by account and outcome."""
    today = house_of(request).clock().astimezone(CHINA).date()
    chosen = _day(day, today)
    start = datetime.combine(chosen, time(), CHINA)
    number = max(1, number)
    rows, pages = await tables.audit_events(
        start, start + timedelta(days=1), account.strip()[:64], outcome, number
    )
    people = await tables.people_named({row["account"] for row in rows})
    query = {"day": chosen.isoformat(), "account": account.strip()[:64], "outcome": outcome}
    return page(
        request,
        "people_audit.html",
        rows=rows,
        pages=pages,
        number=number,
        query=query,
        people=people,
        verbs=VERB_NAMES,
        outcomes=OUTCOMES,
        sentences=REFUSALS,
    )


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


ROUTES = [audit]
