"""What follows from an entry: kind → rows, kind → jobs. Two dictionaries, nothing else.

A reaction runs in the transaction that appended the entry. ``ROWS`` fills the derived tables, which
``suijian replay`` empties and refills; a later stage tells an earlier one something only here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from piccolo.table import Table

from backend.dispatch import entries as dispatch
from backend.dispatch import push
from backend.dispatch import tables as dispatch_tables
from backend.door import tables as door_tables
from backend.draw import entries as draw
from backend.draw import tables as draw_tables
from backend.field import clocks
from backend.field import entries as field
from backend.field import tables as field_tables
from backend.field import tables_decisions as decisions
from backend.field import tables_forms as forms
from backend.ledger import Fact
from backend.people import tables as people
from backend.planning import entries as planning
from backend.planning import tables as planning_tables
from backend.publication import tables as publication_tables
from backend.registry import entries as registry
from backend.registry import tables as registry_tables
from sync.words import BODIES

Reaction = Callable[[Fact], Awaitable[None]]

ROWS: dict[str, tuple[Reaction, ...]] = {
    "device.enrolled": (people.device_enrolled,),
    "device.person_joined": (people.device_person_joined, field.person_joined),
    "device.revoked": (people.device_revoked,),
    "device.clock_measured": (clocks.clock_measured,),
    "registry.frozen": (registry.registry_frozen,),
    "plan_line.submitted": (planning.plan_line_submitted,),
    "plan_line.approved": (planning.plan_line_approved,),
    "plan_line.returned": (planning.plan_line_returned,),
    "plan.published": (planning.plan_published,),
    "scheme.submitted": (planning.scheme_submitted,),
    "scheme.approved": (planning.scheme_approved,),
    "scheme.returned": (planning.scheme_returned,),
    "scheme.voided": (planning.scheme_voided,),
    "draw.announced": (draw.draw_announced,),
    "draw.countersigned": (draw.draw_countersigned,),
    "draw.input_entered": (draw.draw_input_entered,),
    "draw.held": (draw.draw_held, planning.scheme_drawn),
    "draw.opened": (draw.draw_opened,),
    "draw.aborted": (draw.draw_aborted,),
    "assignment.held": (draw.assignment_held,),
    "team.formed": (draw.team_formed,),
    "visit.ordered": (
        dispatch.visit_ordered,
        field.visit_ordered,
        planning.scheme_dispatched,
        door_tables.codes_made,
    ),
    "visit.recalled": (dispatch.visit_recalled, field.spoken),
    "replacement.requested": (dispatch.replacement_requested,),
    "replacement.approved": (dispatch.replacement_decided,),
    "replacement.rejected": (dispatch.replacement_decided,),
    "rights.told": (dispatch.rights_told,),
    "recusal.declared": (dispatch.recusal_declared,),
    "recusal.confirmed": (dispatch.recusal_confirmed,),
    "recusal.decided": (dispatch.recusal_decided, field.spoken),
    "item.verified": (field.item_verified,),
    "item.contradicted": (field.item_verified,),
    "entry.received": (field.entry_received,),
    "entry.admitted": (field.held_decided,),
    "entry.set_aside": (field.held_decided,),
    "evidence.stored": (field.evidence_stored,),
    "consent.recorded": (decisions.asked,),
    "noncooperation.confirmed": (decisions.asked,),
    "ending.confirmed": (decisions.asked,),
    "crime.suspected": (decisions.asked,),
    "consent.decided": (decisions.decided, field.spoken),
    "noncooperation.decided": (decisions.decided, field.spoken),
    "ending.decided": (decisions.decided, field.spoken),
    "forms.issued": (forms.issued,),
    "form.voided": (forms.voided,),
    "paper.signed": (forms.used,),
    "notice.served": (forms.used,),
    "publication.reviewed": (publication_tables.publication_reviewed,),
    "notice.published": (publication_tables.notice_published,),
    "notice.corrected": (publication_tables.notice_corrected,),
}

JOBS: dict[str, tuple[Reaction, ...]] = {
    "visit.ordered": (push.visit_ordered,),
    "visit.recalled": (push.visit_recalled,),
    "entry.admitted": (push.held_decided,),
    "entry.set_aside": (push.held_decided,),
}
"""What is to be done once, outside: written in the entry's transaction, never by a replay. Pictures are destroyed by
jobs that the fold of their visit writes, since only that says whether a deletion has its effect."""

FOLLOWED = ROWS.keys() | JOBS.keys()

DERIVED: tuple[type[Table], ...] = (
    people.Device,
    people.DevicePerson,
    registry_tables.CheckItem,
    registry_tables.Target,
    registry_tables.Inspector,
    registry_tables.Expert,
    registry_tables.RegistryFreeze,
    planning_tables.PlanLine,
    planning_tables.Scheme,
    planning_tables.SchemeBlockRow,
    planning_tables.Approval,
    draw_tables.Draw,
    draw_tables.DrawSignature,
    draw_tables.DrawInput,
    draw_tables.Team,
    draw_tables.TeamMember,
    dispatch_tables.Visit,
    dispatch_tables.VisitMember,
    dispatch_tables.Replacement,
    dispatch_tables.Recusal,
    dispatch_tables.RecusalSecond,
    field_tables.VisitEntry,
    field_tables.DeviceScope,
    field_tables.VisitState,
    field_tables.Held,
    field_tables.Evidence,
    field_tables.ClockMeasured,
    decisions.DecisionAsked,
    forms.FormBatch,
    forms.FormVoid,
    forms.FormUse,
    door_tables.SiteCode,
    publication_tables.Review,
    publication_tables.Notice,
)
"""The tables that are a function of the ledger (and of the change sets that it names)."""


async def react(fact: Fact) -> None:
    """Run the rows' reactions of one entry. A tablet may not speak as the office: an office kind that a device
    signed is kept, held, and changes nothing."""
    await _run(ROWS, fact)


async def follow(fact: Fact) -> None:
    """What follows from a new entry: its rows, then its jobs."""
    if fact.entry.kind in FOLLOWED:  # most kinds of the field change a visit only as a whole
        await react(fact)
        await _run(JOBS, fact)


async def _run(dictionary: dict[str, tuple[Reaction, ...]], fact: Fact) -> None:
    model = BODIES.get(fact.entry.kind)
    if model is None or (model.HOME != "device" and fact.entry.device != fact.house.vault.device):
        return
    for reaction in dictionary.get(fact.entry.kind, ()):
        await reaction(fact)
