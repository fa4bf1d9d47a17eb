"""Dispatch (派发): what the office changes about a team or a visit, and the blank forms that it gives out."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Code, Day, Digest, Id, Line, Name
from sync.words.draw import TeamSeat
from sync.words.planning import OfflineApproval

# Entries of the office about a visit that was ordered; ``subject`` is the visit.

Why = Annotated[str, StringConstraints(min_length=2, max_length=300)]


class ReplacementRequested(Body):
    """Officers of one department shall be replaced (更换执法人员, S2-14f: in principle they may not be). ``reason``
    is a code of the profile's list. ``proposed``: who is asked for by name, or empty where the ticket decides."""

    KIND: ClassVar[str] = "replacement.requested"
    organisation: Id
    out: Annotated[tuple[Id, ...], Field(min_length=1, max_length=20)]
    reason: Code
    statement: Why
    proposed: Annotated[tuple[TeamSeat, ...], Field(max_length=20)]


class ReplacementApproved(Body):
    """The department's own responsible leader agreed; see ``PlanLineApproved``. ``ticket``: drawn by the next
    ticket under a key of the draw's seed and the request's reason, among ``qualified`` (inspectors); ``named``:
    chosen with the reason that the request states. An officer who is replaced stays on record. Fewer members than
    left: nobody else qualifies, the others go on."""

    KIND: ClassVar[str] = "replacement.approved"
    request: Digest
    organisation: Id
    leader: Id | None
    offline: OfflineApproval | None
    method: Literal["ticket", "named"]
    qualified: Annotated[tuple[Id, ...], Field(max_length=5000)]
    members: Annotated[tuple[TeamSeat, ...], Field(max_length=20)]


class ReplacementRejected(Body):
    """The department's responsible leader did not agree: the team stays as it is."""

    KIND: ClassVar[str] = "replacement.rejected"
    request: Digest
    organisation: Id
    leader: Id
    reason: Why


class RecusalDecided(Body):
    """Whether an officer withdraws (回避决定, 行政处罚法§43): decided by the head of his department.

    ``application``: the entry that declared it or asked for it (recusal.declared, or rights.told of a party that
    asked), None where it was told to the office. The check does not stop before the decision."""

    KIND: ClassVar[str] = "recusal.decided"
    application: Digest | None
    account: Id
    organisation: Id
    leader: Id | None
    offline: OfflineApproval | None
    upheld: bool
    reason: Why


class VisitPostponed(Body):
    """The visit is to take place on another day (调整检查日期). The order of that day follows at once."""

    KIND: ClassVar[str] = "visit.postponed"
    organisation: Id
    from_day: Day
    to_day: Day
    reason: Why


class VisitRecalled(Body):
    """The order was taken back (撤回派发). The visit's number stays used; what was recorded is kept. ``again``: the
    target waits to be dispatched once more, as a visit of its own."""

    KIND: ClassVar[str] = "visit.recalled"
    organisation: Id
    reason: Why
    again: bool


FormKind = Literal["annex1", "notice", "joint"]
"""A blank form that is printed beforehand: the record of S1 annex 1, the notice (annex 2 or the letter of S0), the
joint record that S0 and S2 name."""


class FormsIssued(Body):
    """Numbered blank forms were printed (编号空白表). They carry ``year``, their kind and the serial numbers from
    ``first`` on (`form_number`); a number is given once. ``subject`` is the batch; ``title`` is printed on them."""

    KIND: ClassVar[str] = "forms.issued"
    organisation: Id
    form: FormKind
    title: Name
    year: Annotated[int, Field(ge=2000, le=9999)]
    first: Annotated[int, Field(ge=1, le=99_999)]
    count: Annotated[int, Field(ge=1, le=100)]


class FormVoided(Body):
    """A numbered form was spoiled or lost (作废). ``subject`` is the batch that it was printed with."""

    KIND: ClassVar[str] = "form.voided"
    number: Line
    reason: Why
