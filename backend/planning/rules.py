"""What a plan line or a scheme must fulfil, who may approve it, and what may happen to it next. Pure.

Sources: plan S2-12, S1-四(二); scheme S1-四(三), S0-三(一)4; ratio S0-三(一)1, S1-四(四); approval 国办发〔2024〕54号.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from backend.people.rules import Actor
from backend.planning.facts import ItemFacts, LineFacts, SchemeFacts, Standing
from backend.planning.forms import LineForm, SchemeForm
from backend.profiles import keys
from backend.profiles.deadlines import plan_due
from backend.profiles.rules import Profile
from sync.words import (
    Body,
    OfflineApproval,
    PlanLineApproved,
    PlanLineReturned,
    PlanLineSubmitted,
    PlanPublished,
    Refusal,
    RiskRatio,
    SchemeApproved,
    SchemeReturned,
    SchemeSubmitted,
    SchemeVoided,
    refuse,
)

# --- who decides --------------------------------------------------------------------------------------------


def authority(actor: Actor, organisation: str, standing: Standing) -> str | Refusal:
    """On whose authority (an account) ``actor`` may approve for ``organisation`` today, or the refusal.

    Each department's own responsible leader decides, or the deputy between the days of the deputyship (AB岗).
    """
    if "responsible_leader" not in actor.roles or actor.organisation != organisation:
        return refuse("not_allowed")
    if not standing.stands_in_for:
        return actor.account
    today = sorted(set(actor.deputy_for) & standing.leaders)
    return today[0] if today else refuse("deputy_not_today")


def offline_fits(offline: OfflineApproval, today: str) -> Refusal | None:
    """线下已批 lies in the past or today, never in the future."""
    if offline.approved_on > today:
        return refuse("bad_request", what="批准日期不能晚于今天")
    return None


# --- plan line ----------------------------------------------------------------------------------------------


def submit_line(
    form: LineForm, before: LineFacts | None, organisation: str, profile: Profile, today: date, nonce: str
) -> PlanLineSubmitted | Refusal:
    """Hand a line in. After the profile's day it is marked late and taken all the same (D.1)."""
    if before is not None and before.status != "returned":
        return refuse("plan_line_state", state=before.state, act="再次提交")
    if form.ends_on < form.starts_on:
        return refuse("dates_wrong")
    if organisation in form.participants:
        return refuse("bad_request", what="参与部门不包括牵头部门")
    due = plan_due(profile, form.year)
    return PlanLineSubmitted(
        nonce=nonce,
        round=before.round + 1 if before else 1,
        year=form.year,
        organisation=organisation,
        title=form.title,
        target_scope=form.target_scope,
        starts_on=form.starts_on,
        ends_on=form.ends_on,
        ratio=form.ratio,
        participants=form.participants,
        items=form.items,
        late=due is not None and today > due.date,
    )


def approve_line(
    line: LineFacts, leader: str | None, offline: OfflineApproval | None, nonce: str
) -> PlanLineApproved | Refusal:
    """Approve a line that was handed in. ``leader`` is None where it is recorded as 线下已批."""
    if line.status != "submitted":
        return refuse("already_decided")
    return PlanLineApproved(
        nonce=nonce, round=line.round, organisation=line.organisation, leader=leader, offline=offline
    )


def return_line(line: LineFacts, leader: str, reason: str, nonce: str) -> PlanLineReturned | Refusal:
    """Give a line back with a reason."""
    if line.status != "submitted":
        return refuse("already_decided")
    if len(reason) < 2:
        return refuse("reason_missing", what="退回")
    return PlanLineReturned(
        nonce=nonce, round=line.round, organisation=line.organisation, leader=leader, reason=reason[:300]
    )


def publish_plan(lines: Sequence[LineFacts], year: int, nonce: str) -> PlanPublished | Refusal:
    """Publish every approved line of the year. Lines that come later are published by a further entry."""
    ready = tuple(line.id for line in lines if line.year == year and line.status == "approved")
    if not ready:
        return refuse("nothing_to_publish")
    return PlanPublished(nonce=nonce, year=year, lines=ready)


# --- scheme -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SchemeContext:
    """What a scheme is judged by. ``pool``: credit-risk class → active targets within the scheme's range;
    ``number``: the next free one of the year, used where the scheme has none yet; ``departments``: all of them
    in the office's order."""

    line: LineFacts | None
    before: SchemeFacts | None
    items: Mapping[str, ItemFacts]
    pool: Mapping[str, int]
    profile: Profile
    number: str
    departments: tuple[str, ...]


def submit_scheme(form: SchemeForm, organisation: str, context: SchemeContext, nonce: str) -> Body | Refusal:
    """Hand a scheme in for approval by every department in it, or say what is in the way."""
    before, line = context.before, context.line
    if before is not None and before.status != "returned":
        return refuse("scheme_state", state=before.state, act="再次提交")
    if line is None or line.organisation != organisation:
        return refuse("plan_line_missing")
    if line.status != "published":
        return refuse("plan_line_not_published")
    if form.ends_on < form.starts_on:
        return refuse("dates_wrong")
    refusal = (
        _participants_fit(form, organisation, context.profile)
        or _items_fit(form, context.items)
        or _ratio_fits(form, context)
        or _officers_fit(form, context.profile)
    )
    if refusal:
        return refusal
    return SchemeSubmitted(
        nonce=nonce,
        round=before.round + 1 if before else 1,
        number=before.number if before else context.number,
        year=line.year,
        plan_line=line.id,
        organisation=organisation,
        profile=context.profile.id,
        profile_digest=context.profile.digest,
        **form.entry_fields(organisation, context.departments),
    )


def _participants_fit(form: SchemeForm, organisation: str, profile: Profile) -> Refusal | None:
    mode = next((m for m in profile.need(keys.JOINT_MODES) if m.code == form.mode), None)
    if mode is None:
        return refuse("bad_request", what="联查模式")
    if mode.scope != "any" and mode.scope != form.scope:
        return refuse("bad_request", what=f"“{mode.label}”的抽查方式")
    least = max(mode.min_participants, profile.need(keys.MIN_PARTICIPANTS))
    if len([o for o in form.items if o != organisation]) < least:
        return refuse("no_participant", minimum=least)
    if organisation not in form.items:
        return refuse("bad_request", what="牵头部门的抽查事项")
    return None


def _items_fit(form: SchemeForm, known: Mapping[str, ItemFacts]) -> Refusal | None:
    for organisation, items in form.items.items():
        for item in items:
            facts = known.get(item)
            if facts is None or facts.organisation != organisation:
                return refuse("item_unknown")
            if not facts.published:
                return refuse("item_not_published", item=facts.title)
    return None


def overall_ratio(ratios: Collection[RiskRatio], pool: Mapping[str, int]) -> Fraction:
    """The share of the pool that will be drawn, before rounding up: ratios weighted by the classes' sizes."""
    total = sum(pool.values())
    if not total:
        return Fraction(0)
    shares = {r.risk: Fraction(r.ratio.num, r.ratio.den) for r in ratios}
    return sum((shares[c] * n for c, n in pool.items()), Fraction(0)) / total  # type: ignore[index]


def percent(share: Fraction) -> str:
    """A share as people read it, to two places, rounded half up: 3%, 4.35%."""
    hundredths = (share * 10_000 + Fraction(1, 2)).__floor__()
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def _ratio_fits(form: SchemeForm, context: SchemeContext) -> Refusal | None:
    if not sum(context.pool.values()):
        return refuse("pool_empty")
    for part in form.ratios:
        if part.ratio.num > part.ratio.den:
            return refuse("bad_request", what=f"{part.risk} 类抽查比例不能超过 100%")
    share = overall_ratio(form.ratios, context.pool)
    if not share:
        return refuse("bad_request", what="抽查比例")
    cap_rule = context.profile.get(keys.ITEM_CAP)
    chosen = [context.items[item] for items in form.items.values() for item in items]
    for item in (i for i in chosen if i.category == "general"):
        if item.cap is None and cap_rule is not None and cap_rule.general == "required":
            return refuse("bad_request", what=f"一般检查事项“{item.title}”没有规定比例上限")
        if item.cap is not None and share > Fraction(item.cap.num, item.cap.den):
            cap = percent(Fraction(item.cap.num, item.cap.den))
            return refuse("ratio_over_cap", ratio=percent(share), cap=f"{cap}（{item.title}）")
    floor = context.profile.get(keys.RATIO_FLOOR)
    binding = context.profile.get(keys.RATIO_FLOOR_ROLE) == "binding"
    if floor is not None and binding and share < Fraction(floor.num, floor.den):
        return refuse(
            "ratio_under_floor", ratio=percent(share), floor=percent(Fraction(floor.num, floor.den))
        )
    return None


def _officers_fit(form: SchemeForm, profile: Profile) -> Refusal | None:
    least = profile.need(keys.MIN_OFFICERS)
    if form.minimum_officers < least:
        return refuse("bad_request", what=f"每个部门的执法人员不得少于 {least} 名")
    if form.method not in {method.code for method in profile.methods()}:
        return refuse("bad_request", what="检查方式")
    return None


def approve_scheme(
    scheme: SchemeFacts, organisation: str, leader: str | None, offline: OfflineApproval | None, nonce: str
) -> SchemeApproved | Refusal:
    """One department approves, once in a round. ``leader`` is None where it is recorded as 线下已批."""
    refusal = _open_for(scheme, organisation)
    return refusal or SchemeApproved(
        nonce=nonce, round=scheme.round, organisation=organisation, leader=leader, offline=offline
    )


def return_scheme(
    scheme: SchemeFacts, organisation: str, leader: str, reason: str, nonce: str
) -> SchemeReturned | Refusal:
    """One department gives the scheme back: the lead department mends it and hands it in again."""
    refusal = _open_for(scheme, organisation)
    if refusal is None and len(reason) < 2:
        refusal = refuse("reason_missing", what="退回")
    return refusal or SchemeReturned(
        nonce=nonce, round=scheme.round, organisation=organisation, leader=leader, reason=reason[:300]
    )


def void_scheme(scheme: SchemeFacts, reason: str, nonce: str) -> SchemeVoided | Refusal:
    """Give a scheme up before it was dispatched (D.2)."""
    if scheme.status in ("dispatched", "voided"):
        return refuse("scheme_state", state=scheme.state, act="报废")
    if len(reason) < 2:
        return refuse("reason_missing", what="报废方案")
    return SchemeVoided(nonce=nonce, reason=reason[:300])


def _open_for(scheme: SchemeFacts, organisation: str) -> Refusal | None:
    if organisation not in scheme.organisations:
        return refuse("not_allowed")
    if scheme.status != "submitted" or organisation in scheme.approved_by:
        return refuse("already_decided")
    return None


def drawable(scheme: SchemeFacts, names: Mapping[str, str]) -> Refusal | None:
    """Why this scheme cannot be drawn from yet, or None. ``names``: organisation → name for the sentence."""
    if scheme.status == "ready_to_draw":
        return None
    if scheme.status == "submitted":
        missing = "、".join(names.get(o, o) for o in scheme.waiting_for)
        return refuse("approval_missing", organisations=missing)
    return refuse("scheme_state", state=scheme.state, act="抽取")


def next_number(year: int, used: Collection[str]) -> str:
    """The next number of the year's schemes: 2026-007 after 2026-006; numbers are never used twice."""
    serials = [int(n.split("-")[1]) for n in used if n.startswith(f"{year}-")]
    return f"{year}-{max(serials, default=0) + 1:03d}"
