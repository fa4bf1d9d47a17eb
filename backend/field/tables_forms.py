"""Rows of numbered blank forms (编号空白表): what was printed, what was spoiled, which visits' papers name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piccolo.columns import BigInt, Integer, Text, Varchar
from piccolo.table import Table

from backend.field import rules_forms
from backend.field.rules_forms import Form
from backend.ledger import Fact
from sync.fold import body_of
from sync.form_number import fits
from sync.words import NoticeServed, PaperSigned


class FormBatch(Table, tablename="form_batch"):
    """Forms that were printed together, derived from forms.issued; its id is the entry's subject."""

    id = Varchar(length=32, primary_key=True)
    organisation = Varchar(length=32, index=True)
    form = Varchar(length=10)
    title = Varchar(length=120)
    year = Integer()
    first = Integer()
    copies = Integer()
    by = Varchar(length=32)
    at = Varchar(length=24)
    number = BigInt()


class FormVoid(Table, tablename="form_void"):
    """A form that was spoiled or lost, derived from form.voided."""

    number = Varchar(length=20, primary_key=True)
    batch = Varchar(length=32, index=True)
    reason = Text()
    by = Varchar(length=32)
    at = Varchar(length=24)


class FormUse(Table, tablename="form_use"):
    """A visit's paper that names a form's number, derived from paper.signed and notice.served; its id is the
    entry's, ``place`` its ledger number. What is held stands here too: the paper was written on all the same."""

    id = Varchar(length=64, primary_key=True)
    number = Varchar(length=20, index=True)
    visit = Varchar(length=32, index=True)
    place = BigInt()


async def issued(fact: Fact) -> None:
    """forms.issued → the batch."""
    entry, body = fact.entry, fact.body
    row = FormBatch(
        id=entry.subject,
        organisation=body["organisation"],
        form=body["form"],
        title=body["title"],
        year=body["year"],
        first=body["first"],
        copies=body["count"],
        by=entry.by,
        at=entry.at,
        number=fact.number,
    )
    await FormBatch.insert(row).on_conflict(action="DO NOTHING")


async def voided(fact: Fact) -> None:
    """form.voided → the form is void; said twice, it was the first time."""
    entry = fact.entry
    row = FormVoid(
        number=fact.body["number"],
        batch=entry.subject,
        reason=fact.body["reason"],
        by=entry.by,
        at=entry.at,
    )
    await FormVoid.insert(row).on_conflict(action="DO NOTHING")


async def used(fact: Fact) -> None:
    """paper.signed, notice.served → the visit names a form, where what it names is written as a form's number. A body
    that is not whole is held, and names none."""
    body = body_of(fact.entry.kind, fact.body)
    number = body.number if isinstance(body, PaperSigned | NoticeServed) else ""
    if fits(number):
        row = FormUse(id=fact.entry.id, number=number, visit=fact.entry.subject, place=fact.number)
        await FormUse.insert(row).on_conflict(action="DO NOTHING")


async def last_serial(form: str, year: int) -> int:
    """The last serial number that was given to this form in this year; 0 before the first."""
    rows = await FormBatch.select(FormBatch.first, FormBatch.copies).where(
        (FormBatch.form == form) & (FormBatch.year == year)
    )
    return max((row["first"] + row["copies"] - 1 for row in rows), default=0)


def _numbers(row: Mapping[str, Any]) -> list[str]:
    return rules_forms.numbers(row["form"], row["year"], row["first"], row["copies"])


async def batches(organisation: str = "") -> list[dict[str, Any]]:
    """Batches, the latest first, each with its ``forms``; of one department, or of all."""
    found = FormBatch.select().order_by(FormBatch.number, ascending=False)
    rows = await (found.where(FormBatch.organisation == organisation) if organisation else found)
    ids = [row["id"] for row in rows]
    void = await FormVoid.select().where(FormVoid.batch.is_in(ids)) if ids else []
    reasons = {row["number"]: row["reason"] for row in void}
    visits = await _visits()
    return [
        {
            **row,
            "forms": [
                Form(number, reasons.get(number, ""), True, visits.get(number, ()))
                for number in _numbers(row)
            ],
        }
        for row in rows
    ]


async def batch(key: str) -> dict[str, Any] | None:
    """One batch with its ``forms``."""
    row = await FormBatch.select(FormBatch.organisation).where(FormBatch.id == key).first()
    return (
        next((one for one in await batches(row["organisation"]) if one["id"] == key), None) if row else None
    )


async def _visits() -> dict[str, tuple[str, ...]]:
    """Number → the visits that name it, in the order in which the ledger has them."""
    found: dict[str, tuple[str, ...]] = {}
    for row in await FormUse.select().order_by(FormUse.place):
        seen = found.get(row["number"], ())
        if row["visit"] not in seen:
            found[row["number"]] = (*seen, row["visit"])
    return found


async def strange(visits: set[str] | None) -> list[Form]:
    """Numbers that visits name and that nobody issued. ``visits``: only theirs; None: all."""
    known = {number for row in await FormBatch.select() for number in _numbers(row)}
    return [
        Form(number, "", False, named)
        for number, named in sorted((await _visits()).items())
        if number not in known and (visits is None or visits.intersection(named))
    ]
