"""Rows of plan lines, schemes, their approvals and drafts; the queries over them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from piccolo.columns import BigInt, Boolean, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from backend.people.tables import Account, Deputy
from backend.planning.facts import (
    UNCLASSED,
    ApprovalFacts,
    ItemFacts,
    LineFacts,
    SchemeFacts,
    Standing,
)
from backend.registry import tables as registry
from sync.canon import canonical
from sync.words import OfflineApproval, Ratio, RiskRatio, SchemeBlock, SchemeRange, SchemeSection


class PlanningDraft(Table, tablename="planning_draft"):
    """What somebody typed and has not handed in. ``kind``: plan_line | scheme; ``typed``: JSON of the form.
    Its id becomes the plan line's or the scheme's."""

    id = Varchar(length=32, primary_key=True)
    kind = Varchar(length=10)
    organisation = Varchar(length=32, index=True)
    year = Integer()
    title = Varchar(length=120)
    typed = Text()
    by = Varchar(length=32)
    changed_at = Timestamptz()


class PlanLine(Table, tablename="plan_line"):
    """A line of the year's plan (年度抽查计划事项), derived.

    ``status``: submitted | returned | approved | published.
    """

    id = Varchar(length=32, primary_key=True)
    year = Integer(index=True)
    organisation = Varchar(length=32, index=True)
    title = Varchar(length=120)
    target_scope = Text()
    starts_on = Varchar(length=10)
    ends_on = Varchar(length=10)
    ratio_num = Integer()
    ratio_den = Integer()
    participants = Text()
    items = Text()
    status = Varchar(length=10)
    late = Boolean()
    round = Integer()
    number = BigInt()
    published_on = Varchar(length=10, default="")


class Scheme(Table, tablename="scheme"):
    """A scheme (抽查方案), derived. ``status``: submitted | returned | ready_to_draw | drawn | dispatched | voided."""

    id = Varchar(length=32, primary_key=True)
    number = Varchar(length=64, unique=True)
    year = Integer(index=True)
    plan_line = Varchar(length=32, index=True)
    name = Varchar(length=120)
    behaviour = Varchar(length=120)
    organisation = Varchar(length=32, index=True)
    mode = Varchar(length=64)
    scope = Varchar(length=10)
    range = Text()
    ratios = Text()
    exclusions = Text()
    starts_on = Varchar(length=10)
    ends_on = Varchar(length=10)
    minimum_officers = Integer()
    method = Varchar(length=64)
    sections = Text()
    profile = Varchar(length=64)
    profile_digest = Varchar(length=64)
    status = Varchar(length=14, index=True)
    round = Integer()
    void_reason = Varchar(length=300, default="")


class SchemeBlockRow(Table, tablename="scheme_block"):
    """A department's items in a scheme, derived; ``position`` 0 is the lead. Its id is scheme + ":" + organisation."""

    id = Varchar(length=65, primary_key=True)
    scheme = Varchar(length=32, index=True)
    organisation = Varchar(length=32, index=True)
    position = Integer()
    items = Text()


class Approval(Table, tablename="approval"):
    """What a department's leader said about a plan line or scheme in one round, derived; the id is the entry's."""

    id = Varchar(length=64, primary_key=True)
    subject = Varchar(length=32, index=True)
    round = Integer()
    organisation = Varchar(length=32, index=True)
    outcome = Varchar(length=10)
    leader = Varchar(length=32, default="")
    decided_by = Varchar(length=32)
    decided_on = Varchar(length=10)
    reason = Varchar(length=300, default="")
    offline = Text(default="")


class ApprovalPaper(Table, tablename="approval_paper"):
    """The photograph of an approval on paper (线下已批), named by its digest, sealed."""

    digest = Varchar(length=64, primary_key=True)
    media_type = Varchar(length=20)
    sealed = Bytea()


PAPER_PLACE = "approval_paper.sealed"


def dumps(value: Any) -> str:
    """Canonical JSON as text: the same rows whenever the ledger is replayed."""
    return canonical(value).decode()


# --- queries ------------------------------------------------------------------------------------------------


def _approval_facts(row: Mapping[str, Any]) -> ApprovalFacts:
    offline = row["offline"]
    return ApprovalFacts(
        round=row["round"],
        organisation=row["organisation"],
        outcome=row["outcome"],
        leader=row["leader"] or None,
        decided_by=row["decided_by"],
        decided_on=row["decided_on"],
        reason=row["reason"],
        offline=OfflineApproval.model_validate_json(offline) if offline else None,
    )


async def _approvals(subjects: Iterable[str]) -> dict[str, tuple[ApprovalFacts, ...]]:
    found: dict[str, list[ApprovalFacts]] = {}
    wanted = list(subjects)
    if wanted:
        rows = await Approval.select().where(Approval.subject.is_in(wanted))
        for row in sorted(rows, key=lambda r: (r["round"], r["decided_on"], r["id"])):
            found.setdefault(row["subject"], []).append(_approval_facts(row))
    return {subject: tuple(facts) for subject, facts in found.items()}


async def _lines(rows: Sequence[Mapping[str, Any]]) -> list[LineFacts]:
    approvals = await _approvals(row["id"] for row in rows)
    return [
        LineFacts(
            **{name: row[name] for name in ("id", "year", "organisation", "title", "target_scope", "items")},
            **{name: row[name] for name in ("starts_on", "ends_on", "status", "late", "round")},
            ratio=Ratio(num=row["ratio_num"], den=row["ratio_den"]),
            participants=tuple(json.loads(row["participants"])),
            approvals=approvals.get(row["id"], ()),
        )
        for row in rows
    ]


async def plan_line(line: str) -> LineFacts | None:
    """One plan line, or None where nothing was handed in under this id."""
    found = await _lines(await PlanLine.select().where(PlanLine.id == line))
    return found[0] if found else None


async def plan_lines(year: int) -> list[LineFacts]:
    """Every line of a year that was handed in, in the order of the ledger."""
    return await _lines(await PlanLine.select().where(PlanLine.year == year).order_by(PlanLine.number))


async def published_plan(year: int) -> list[LineFacts]:
    """The year's plan as the public sees it."""
    return [line for line in await plan_lines(year) if line.status == "published"]


async def _schemes(rows: Sequence[Mapping[str, Any]]) -> list[SchemeFacts]:
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    approvals = await _approvals(ids)
    blocks: dict[str, list[SchemeBlock]] = {}
    kept = (
        await SchemeBlockRow.select()
        .where(SchemeBlockRow.scheme.is_in(ids))
        .order_by(SchemeBlockRow.position)
    )
    for block in kept:
        items = tuple(json.loads(block["items"]))
        blocks.setdefault(block["scheme"], []).append(
            SchemeBlock(organisation=block["organisation"], items=items)
        )
    plain = (
        "id",
        "number",
        "year",
        "plan_line",
        "name",
        "behaviour",
        "organisation",
        "mode",
        "scope",
        "status",
    )
    more = ("starts_on", "ends_on", "minimum_officers", "method", "profile", "profile_digest", "round")
    return [
        SchemeFacts(
            **{name: row[name] for name in (*plain, *more, "void_reason")},
            blocks=tuple(blocks.get(row["id"], ())),
            range=SchemeRange.model_validate_json(row["range"]),
            ratios=tuple(RiskRatio.model_validate(r) for r in json.loads(row["ratios"])),
            exclusions=tuple(json.loads(row["exclusions"])),
            sections=tuple(SchemeSection.model_validate(s) for s in json.loads(row["sections"])),
            approvals=approvals.get(row["id"], ()),
        )
        for row in rows
    ]


async def scheme(scheme_id: str) -> SchemeFacts | None:
    """One scheme, or None where nothing was handed in under this id."""
    found = await _schemes(await Scheme.select().where(Scheme.id == scheme_id))
    return found[0] if found else None


async def schemes(year: int | None = None, statuses: Sequence[str] = ()) -> list[SchemeFacts]:
    """Every scheme that was handed in, newest number first; of one year, or in some statuses only."""
    query = Scheme.select().order_by(Scheme.number, ascending=False)
    if year is not None:
        query = query.where(Scheme.year == year)
    if statuses:
        query = query.where(Scheme.status.is_in(list(statuses)))
    return await _schemes(await query)


async def used_numbers(year: int) -> list[str]:
    """The numbers of the year's schemes, voided ones too."""
    return [row["number"] for row in await Scheme.select(Scheme.number).where(Scheme.year == year)]


async def standing(account: str, organisation: str) -> Standing:
    """What ``rules.authority`` needs to know of an account that wants to approve for a department."""
    deputyships = await Deputy.select(Deputy.leader, Deputy.deputy)
    deputies = {row["deputy"] for row in deputyships}
    rows = await Account.select(Account.id, Account.roles).where(
        (Account.organisation == organisation) & Account.active.eq(True)
    )
    leaders = {row["id"] for row in rows if "responsible_leader" in json.loads(row["roles"])}
    return Standing(
        stands_in_for=frozenset(row["leader"] for row in deputyships if row["deputy"] == account),
        leaders=frozenset(leaders - deputies),
    )


async def items(ids: Iterable[str]) -> dict[str, ItemFacts]:
    """The check items of these ids as the rules see them; unknown ids are missing."""
    return {key: _item_facts(row) for key, row in (await registry.items(ids)).items()}


async def published_items() -> list[ItemFacts]:
    """Every published item, in the office's order of departments."""
    return [_item_facts(row) for row in await registry.public_items()]


def _item_facts(row: Mapping[str, Any]) -> ItemFacts:
    num, den = row["ratio_num"], row["ratio_den"]
    return ItemFacts(
        id=row["id"],
        organisation=row["organisation"],
        number=row["number"],
        title=row["title"],
        category=row["category"],
        cap=Ratio(num=num, den=den) if num and den and row["category"] == "general" else None,
        published=bool(row["published"]) and not row["removed"],
    )


GONE = frozenset({"cancelled", "revoked", "annulled", "moved_out"})


async def pool(scope: SchemeRange) -> dict[str, int]:
    """Credit-risk class → how many targets that still exist lie within the range."""
    rows = await registry.targets_in(scope)
    return dict(Counter(row["risk"] or UNCLASSED for row in rows if row["status"] not in GONE))


# --- drafts -------------------------------------------------------------------------------------------------


async def save_draft(values: Mapping[str, Any], typed: Mapping[str, Sequence[str]]) -> None:
    """Keep what was typed under ``values["id"]``; ``values`` are the row's other columns."""
    await PlanningDraft.delete().where(PlanningDraft.id == values["id"])
    await PlanningDraft.insert(PlanningDraft(**values, typed=json.dumps(typed, ensure_ascii=False)))


async def draft(draft_id: str, kind: str) -> dict[str, Any] | None:
    """A draft with ``typed`` as a dictionary, or None."""
    row = (
        await PlanningDraft.select()
        .where((PlanningDraft.id == draft_id) & (PlanningDraft.kind == kind))
        .first()
    )
    return {**row, "typed": json.loads(row["typed"])} if row else None


async def drafts(organisation: str, year: int) -> list[dict[str, Any]]:
    """A department's drafts of a year, the last changed first."""
    rows = await PlanningDraft.select().where(
        (PlanningDraft.organisation == organisation) & (PlanningDraft.year == year)
    )
    return cast("list[dict[str, Any]]", sorted(rows, key=lambda r: r["changed_at"], reverse=True))


async def drop_draft(draft_id: str) -> None:
    """What was handed in is no draft any more."""
    await PlanningDraft.delete().where(PlanningDraft.id == draft_id)
