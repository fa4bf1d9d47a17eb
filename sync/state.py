"""What a visit's entries say together: the shapes of its state. Twin of `state.ts`; `fold` makes it.

state.block(organisation), state.item(organisation, item), state.said(model)     to_json(state) -> JSON
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Generic, Literal, TypeAlias, TypeVar, cast

from pydantic import BaseModel

from sync import words as w
from sync.canon import JSON

B = TypeVar("B", bound=w.Body, covariant=True)
C = TypeVar("C", bound=w.Body)

RawBody = Mapping[str, JSON]
Told: TypeAlias = RawBody | bytes | w.Body
"""A body as it came: parsed, as its canonical bytes, or as the model that it was found to be."""


@dataclass(frozen=True)
class Fact(Generic[B]):
    """One entry that has its effect: its id, its author, the device's testimony of when, and its body."""

    entry: str
    kind: str
    by: str
    at: str
    body: B


@dataclass(frozen=True)
class Slot(Generic[B]):
    """What nobody superseded; ``disputed`` where that is more than one, and they do not say the same."""

    heads: tuple[Fact[B], ...]
    disputed: bool

    @property
    def one(self) -> Fact[B] | None:
        """The head that counts: the first of those that say the same; None where there is none, or they differ."""
        return self.heads[0] if self.heads and not self.disputed else None


ItemFact = Fact[w.AnswerGiven | w.ItemVerified | w.ItemReopened | w.ItemContradicted | w.ResultRecognised]


ResultFact = Fact[w.DispositionGiven | w.BlockWaived]


@dataclass(frozen=True)
class ItemState:
    """One item: ``answer``, ``verified`` or ``recognised`` is what counts, all None while open or disputed. A
    reopening stands until an answer does, so it never disputes; ``reopened`` lists every one, for its reasons. Nor does
    a contradiction, beside which no verification counts; ``contradicted`` lists every one, answered or not."""

    heads: tuple[ItemFact, ...] = ()
    disputed: bool = False
    answer: Fact[w.AnswerGiven] | None = None
    verified: Fact[w.ItemVerified] | None = None
    recognised: Fact[w.ResultRecognised] | None = None
    reopened: tuple[Fact[w.ItemReopened], ...] = ()
    contradicted: tuple[Fact[w.ItemContradicted], ...] = ()


@dataclass(frozen=True)
class BlockState:
    """One department's block: its items by id; its result is a disposition or a waiver, in one place."""

    items: Mapping[str, ItemState]
    results: tuple[ResultFact, ...] = ()
    disputed: bool = False
    disposition: Fact[w.DispositionGiven] | None = None
    waived: Fact[w.BlockWaived] | None = None


@dataclass(frozen=True)
class Evidence:
    """A photograph, taken or added; withdrawn where ``withdrawn`` is not empty; ``stored`` once the office holds the
    picture. Where ``deleted`` is not empty the picture was destroyed on purpose and is expected nowhere."""

    taken: Fact[w.EvidenceTaken]
    withdrawn: tuple[Fact[w.EvidenceWithdrawn], ...]
    deleted: tuple[Fact[w.EvidenceDeleted], ...]
    stored: bool


@dataclass(frozen=True)
class Recording:
    """Sound or film; ``stored`` once the office holds it."""

    made: Fact[w.RecordingMade]
    stored: bool


Decision = Literal["admitted", "set_aside"] | None
"""What a person in the office said about a held entry."""


@dataclass(frozen=True)
class Held:
    """An entry without effect, and why (a code of REFUSALS); with effect after all once ``decision`` is
    ``admitted`` and its code can be overruled (`ADMISSIBLE`, and whatever a receipt held)."""

    entry: str
    kind: str
    by: str
    at: str
    code: str
    decision: Decision


@dataclass(frozen=True)
class Dispute:
    """A place with heads that do not say the same: ``order``, ``party``, an ``item`` or a block's ``result``."""

    slot: Literal["order", "party", "item", "result"]
    organisation: str | None
    item: str | None
    heads: tuple[str, ...]


@dataclass(frozen=True)
class VisitState:
    """All that the entries of one visit say together. Lists are sorted by (at, id); maps by id. ``evidence`` is part
    of the record, ``added`` are the pictures that are not."""

    order: Slot[w.VisitOrdered]
    team: tuple[w.TeamMember, ...]
    opened: tuple[Fact[w.VisitOpened], ...]
    identity: tuple[Fact[w.IdentityShown], ...]
    shown: tuple[str, ...]
    rights: tuple[Fact[w.RightsTold], ...]
    party: Slot[w.PartyMet]
    blocks: Mapping[str, BlockState]
    evidence: tuple[Evidence, ...]
    added: tuple[Evidence, ...]
    recordings: tuple[Recording, ...]
    site: Mapping[str, tuple[Fact[w.Body], ...]]
    signatures: tuple[Fact[w.SignatureGiven], ...]
    refusals: tuple[Fact[w.SignatureRefused], ...]
    absences: tuple[Fact[w.SignatureAbsent], ...]
    finished: tuple[Fact[w.VisitFinished], ...]
    held: tuple[Held, ...]
    disputed: tuple[Dispute, ...]

    def block(self, organisation: str) -> BlockState:
        """The block of a department, empty where nothing was recorded."""
        return self.blocks.get(organisation, BlockState(items={}))

    def item(self, organisation: str, item: str) -> ItemState:
        """An item of a block, open where nothing was recorded."""
        return self.block(organisation).items.get(item, ItemState())

    def said(self, model: type[C]) -> tuple[Fact[C], ...]:
        """What was said of this kind on site, without what was superseded."""
        return cast("tuple[Fact[C], ...]", self.site.get(model.KIND, ()))


def to_json(value: object) -> JSON:
    """A state, or any part of one, as JSON: the same on both ends."""
    if isinstance(value, BaseModel):
        return cast(JSON, value.model_dump(mode="json"))
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: to_json(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(part) for part in value]
    return cast(JSON, value)
