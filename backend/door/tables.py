"""Codes that somebody types, and what was said about a visit afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from piccolo.columns import SmallInt, Text, Varchar
from piccolo.table import Table

from backend.dispatch.rules_site import typed
from backend.dispatch.tables import packet
from backend.ledger import Fact
from backend.people.tables import token_digest


class SiteCode(Table, tablename="site_code"):
    """A typed code of a visit, derived from visit.ordered; its id is the code's digest, so that whoever reads the
    table opens nothing. ``token`` is what the QR code carries; ``use``: check | copy."""

    id = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    use = Varchar(length=8)
    token = Varchar(length=200)


class Rating(Table, tablename="visit_rating"):
    """What an enterprise said about a visit (评议), without a name: ``score`` 1–5, ``conduct`` codes as words with
    spaces, ``day`` in China. For oversight only."""

    id = Varchar(length=32, primary_key=True)
    visit = Varchar(length=32, index=True)
    score = SmallInt()
    conduct = Varchar(length=200)
    comment = Text()
    day = Varchar(length=10)


async def codes_made(fact: Fact) -> None:
    """visit.ordered → the codes of its packet can be typed."""
    found = await packet(fact.house, fact.body["packet_digest"])
    site = found.site if found else None
    if site is None:
        return
    for use, code in (("check", site.check_code), ("copy", site.copy_code)):
        if code:
            key = token_digest(typed(code.short))
            token = code.url.rsplit("/", 1)[-1]
            row = SiteCode(id=key, visit=fact.entry.subject, use=use, token=token)
            await SiteCode.insert(row).on_conflict(
                target=SiteCode.id, action="DO UPDATE", values=[(SiteCode.token, token)]
            )


async def token_of(short: str) -> str | None:
    """The token behind a typed code."""
    row = await SiteCode.select(SiteCode.token).where(SiteCode.id == token_digest(typed(short))).first()
    return str(row["token"]) if row else None


async def rated(visit: str) -> int:
    """How many said something about this visit."""
    return int(await Rating.count().where(Rating.visit == visit))


async def ratings(since: datetime | None = None) -> list[dict[str, Any]]:
    """What was said, latest day first."""
    found = Rating.select().order_by(Rating.day, ascending=False).order_by(Rating.id)
    return await found.where(Rating.day >= since.date().isoformat()) if since else await found.limit(2_000)
