"""Rows of reviews and notices, derived from the ledger, and the queries over them.

The public pages read ``notice`` and nothing else of a visit: what is not in a published document is out of
their reach.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from piccolo.columns import BigInt, Boolean, Integer, Text, Varchar
from piccolo.custom_types import Combinable
from piccolo.table import Table

from backend.house import china_day
from backend.ledger import Fact
from backend.publication.rules import NoticeFacts, ReviewFacts
from backend.publication.rules_notice import value_of
from sync.canon import canonical
from sync.words import PublicClass, PublicNotice

PAGE = 20
"""Results on one page of a search."""
PAGES = 50
"""Pages that a search goes on for: whoever looks for one firm finds it, nobody copies the whole register."""


class Review(Table, tablename="review"):
    """A review (保密审查); its id is the entry's. ``standing``: not replaced by a later one. ``basis``, ``omitted``:
    JSON lists."""

    id = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    organisation = Varchar(length=32, index=True)
    by = Varchar(length=32)
    at = Varchar(length=24)
    document = Varchar(length=64)
    found = Varchar(length=60)
    decision = Varchar(length=10)
    basis = Text()
    omitted = Text()
    note = Varchar(length=300)
    standing = Boolean()
    number = BigInt()


class Notice(Table, tablename="notice"):
    """A published version of a department's result; its id is the entry's. ``current``: the one that counts.

    ``name`` and ``code`` are the document's, for the search; ``document`` is canonical JSON; ``published_on`` is
    the day of this version."""

    id = Varchar(length=64, primary_key=True)
    visit = Varchar(length=32, index=True)
    organisation = Varchar(length=32, index=True)
    scheme = Varchar(length=32, index=True)
    version = Integer()
    current = Boolean(index=True)
    target_class = Varchar(length=20)
    name = Varchar(length=120, index=True)
    code = Varchar(length=300, index=True)
    reason = Varchar(length=300, default="")
    document = Text()
    digest = Varchar(length=64)
    published_on = Varchar(length=10)
    by = Varchar(length=32)
    leader = Varchar(length=32)
    number = BigInt(index=True)


_FINDINGS = (("secrecy", "国家秘密"), ("privacy", "个人隐私"), ("trade_secret", "商业秘密"))


# --- reactions ----------------------------------------------------------------------------------------------


async def publication_reviewed(fact: Fact) -> None:
    """publication.reviewed → the review stands, earlier ones of the block no longer."""
    body, visit = fact.body, fact.entry.subject
    await Review.update({Review.standing: False}).where(
        (Review.visit == visit) & (Review.organisation == body["organisation"])
    )
    await Review.insert(
        Review(
            id=fact.entry.id,
            visit=visit,
            organisation=body["organisation"],
            by=fact.entry.by,
            at=fact.entry.at,
            document=body["document"],
            found="、".join(word for name, word in _FINDINGS if body[name]),
            decision=body["decision"],
            basis=json.dumps(list(body["basis"])),
            omitted=json.dumps(list(body["omitted"])),
            note=body["note"],
            standing=True,
            number=fact.number,
        )
    )


async def notice_published(fact: Fact) -> None:
    """notice.published → the first public version."""
    await _insert(fact, fact.body["scheme"], 1, "")


async def notice_corrected(fact: Fact) -> None:
    """notice.corrected → the new version counts; the one before stays public and is marked."""
    before = await Notice.select(Notice.scheme).where(Notice.id == fact.body["notice"]).first()
    if before is None:
        raise LookupError(f"notice {fact.body['notice']} is not there")
    await Notice.update({Notice.current: False}).where(
        (Notice.visit == fact.entry.subject) & (Notice.organisation == fact.body["organisation"])
    )
    await _insert(fact, before["scheme"], fact.body["version"], fact.body["reason"])


async def _insert(fact: Fact, scheme: str, version: int, reason: str) -> None:
    body = fact.body
    document = PublicNotice.model_validate(body["document"])
    await Notice.insert(
        Notice(
            id=fact.entry.id,
            visit=fact.entry.subject,
            organisation=body["organisation"],
            scheme=scheme,
            version=version,
            current=True,
            target_class=body["target_class"],
            name=value_of(document, "name"),
            code=value_of(document, "uscc"),
            reason=reason,
            document=canonical(document.model_dump(mode="json")).decode(),
            digest=body["document_digest"],
            published_on=china_day(datetime.fromisoformat(fact.entry.at)),
            by=fact.entry.by,
            leader=body["leader"],
            number=fact.number,
        )
    )


# --- queries ------------------------------------------------------------------------------------------------


def document_of(row: dict[str, Any]) -> PublicNotice:
    """The public document in a row of ``notice``."""
    return PublicNotice.model_validate_json(row["document"])


async def review_of(visit: str, organisation: str) -> dict[str, Any] | None:
    """The review that stands for a block, with ``basis`` and ``omitted`` as lists."""
    row = (
        await Review.select()
        .where((Review.visit == visit) & (Review.organisation == organisation) & Review.standing.eq(True))
        .first()
    )
    return _lists(row) if row else None


async def reviews_of(visits: Sequence[str]) -> dict[tuple[str, str], str]:
    """(visit, organisation) → the decision of the standing review."""
    if not visits:
        return {}
    rows = await Review.select(Review.visit, Review.organisation, Review.decision).where(
        Review.visit.is_in(list(visits)) & Review.standing.eq(True)
    )
    return {(row["visit"], row["organisation"]): row["decision"] for row in rows}


def _lists(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "basis": json.loads(row["basis"]), "omitted": json.loads(row["omitted"])}


def review_facts(row: dict[str, Any] | None) -> ReviewFacts | None:
    """A row of ``review_of`` as the rules see it."""
    if row is None:
        return None
    return ReviewFacts(
        entry=row["id"],
        by=row["by"],
        document=row["document"],
        decision=row["decision"],
        basis=tuple(row["basis"]),
        omitted=tuple(row["omitted"]),
    )


async def versions(visit: str, organisation: str | None = None) -> list[dict[str, Any]]:
    """Every published version of a visit (of one department), the current ones first, then the latest."""
    where: Combinable = Notice.visit == visit
    if organisation is not None:
        where = where & (Notice.organisation == organisation)
    rows = await Notice.select().where(where).order_by(Notice.number, ascending=False)
    return sorted(rows, key=lambda row: not row["current"])


def notice_facts(rows: Sequence[dict[str, Any]]) -> NoticeFacts | None:
    """The current version among ``rows`` as the rules see it."""
    current = next((row for row in rows if row["current"]), None)
    if current is None:
        return None
    return NoticeFacts(
        entry=current["id"],
        version=current["version"],
        target_class=cast("PublicClass", current["target_class"]),
        document=document_of(current),
    )


async def published_blocks(visits: Sequence[str]) -> dict[tuple[str, str], str]:
    """(visit, organisation) → the day of the current version."""
    if not visits:
        return {}
    rows = await Notice.select(Notice.visit, Notice.organisation, Notice.published_on).where(
        Notice.visit.is_in(list(visits)) & Notice.current.eq(True)
    )
    return {(row["visit"], row["organisation"]): row["published_on"] for row in rows}


async def search(
    words: str, page: int, *, limit: int = PAGE, classes: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], int]:
    """Current notices whose name contains ``words`` or whose code is ``words``, newest first, and how many pages
    there are (at most ``PAGES``). ``classes`` leaves classes of targets out."""
    where: Combinable = Notice.current.eq(True)
    if classes:
        where = where & Notice.target_class.not_in(list(classes))
    if words:
        # No escape sign means the same on both engines, so the wildcards become any one character.
        literal = re.sub(r"[%_\\]", "_", words)
        where = where & (Notice.name.like(f"%{literal}%") | Notice.code.is_in([words, words.upper()]))
    count = await Notice.count().where(where)
    pages = max(1, min(PAGES, -(-count // limit)))
    page = min(max(1, page), pages)
    rows = (
        await Notice.select()
        .where(where)
        .order_by(Notice.number, ascending=False)
        .limit(limit)
        .offset((page - 1) * limit)
    )
    return rows, pages
