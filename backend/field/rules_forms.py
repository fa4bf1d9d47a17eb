"""Blank forms with numbers (编号空白表), printed beforehand for where no tablet can be used: pure.

Whoever prints some says so (`forms.issued`), so that a number is given once; what becomes of each (used on a visit,
spoiled, still blank) is seen in the office. A paper that names a number which nobody issued, or which another visit
named before, is kept as it was recorded and shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.form_number import LAST, form_number
from sync.words import FormKind, FormsIssued, FormVoided, Refusal, refuse

KINDS: Mapping[FormKind, int] = {"annex1": 1, "notice": 2, "joint": 3}
"""A form's digit in its number: it never changes once papers carry it."""
AT_ONCE = 100
"""As many forms as one file may hold; `FormsIssued.count` says the same."""
STATES: Mapping[str, tuple[str, str]] = {
    "blank": ("未使用", ""),
    "used": ("已使用", "good"),
    "voided": ("已作废", ""),
    "wrong": ("需核对", "bad"),
}


@dataclass(frozen=True)
class Form:
    """One number. ``visits``: those whose papers name it, in the order in which they came."""

    number: str
    voided: str = ""
    issued: bool = True
    visits: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """A key of ``STATES``. Wrong: two visits name it, it was spoiled and yet used, or nobody issued it."""
        if self.visits and (len(self.visits) > 1 or self.voided or not self.issued):
            return "wrong"
        if self.voided:
            return "voided"
        return "used" if self.visits else "blank"

    @property
    def why(self) -> str:
        """What is wrong with it, in words; "" where nothing is."""
        if self.state != "wrong":
            return ""
        told = (
            (not self.issued, "不是本系统发放的编号"),
            (bool(self.voided), "作废后又被使用"),
            (len(self.visits) > 1, f"被 {len(self.visits)} 次检查使用"),
        )
        return "；".join(words for wrong, words in told if wrong)


def issue(
    form: str, title: str, count: str, organisation: str, year: int, last: int, nonce: str
) -> FormsIssued | Refusal:
    """The numbers that follow ``last``, the last serial number that this form was given this year (0: none)."""
    kind = next((one for one in KINDS if one == form), None)
    if kind is None or not title:
        return refuse("bad_request", what="请选择要印的文书")
    wanted = int(count) if count.isascii() and count.isdigit() else 0
    if not 1 <= wanted <= AT_ONCE or last + wanted > LAST:
        return refuse("bad_request", what=f"份数须为 1 至 {min(AT_ONCE, LAST - last)}")
    return FormsIssued(
        nonce=nonce,
        organisation=organisation,
        form=kind,
        title=title,
        year=year,
        first=last + 1,
        count=wanted,
    )


def numbers(form: FormKind, year: int, first: int, count: int) -> list[str]:
    """The numbers of a batch, in their order."""
    return [form_number(year, KINDS[form], serial) for serial in range(first, first + count)]


def void(form: Form | None, reason: str, nonce: str) -> FormVoided | Refusal:
    """A form that was spoiled or lost. One that a visit names is not: its paper is part of that record."""
    if form is None or not form.issued:
        return refuse("not_found")
    if form.voided:
        return refuse("already_decided")
    if form.visits:
        return refuse("form_used", number=form.number)
    if len(reason.strip()) < 2:
        return refuse("reason_missing", what="作废")
    return FormVoided(nonce=nonce, number=form.number, reason=reason.strip())


def by_state(forms: Sequence[Form]) -> dict[str, int]:
    """How many there are of each state."""
    return {state: sum(one.state == state for one in forms) for state in STATES}
