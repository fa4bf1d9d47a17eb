"""The state of a visit as a function of the SET of its entries. Twin of `fold.ts`; both run `vectors/fold.json`.

    fold(entries: Iterable[tuple[Entry, body | None]], office: Collection[str] | None = None) -> VisitState
    sync.state: the shapes                               authority(body, by, team) -> code of a refusal or None
    sync.record.record_of(packet, state) -> JSON         what is signed, as digest("record/1", record)

In whatever order entries came, and however often, the state is the same. No clock, no hashing: whoever feeds the
set has checked ids, bodies and signatures (`chain`). `at` orders what is shown, with the entry's id as tie-break,
and decides nothing. Every entry of the visit has its effect or stands in ``held`` with the refusal's code; none
is dropped. PROTOCOL.md, "The visit", says the same in prose.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from sync import words as w
from sync.canon import canonical
from sync.state import (
    BlockState,
    Decision,
    Dispute,
    Evidence,
    Fact,
    Held,
    ItemFact,
    ItemState,
    Recording,
    ResultFact,
    Slot,
    Told,
    VisitState,
)

C = TypeVar("C", bound=w.Body)


ADMISSIBLE = frozenset({"not_member", "other_department", "not_certified", "leader_only", "not_the_signer"})
"""What a person in the office may overrule. An unknown kind or a broken body has no effect to give, and a
penalty's box is not ticked on site by anybody."""

READ = frozenset({"visit.ordered", "item.verified", "item.contradicted", "evidence.stored"}) | {
    "entry.received",
    "entry.admitted",
    "entry.set_aside",
    *("consent.decided", "noncooperation.decided", "recusal.decided", "visit.recalled", "ending.decided"),
}
"""Office kinds that say something about a visit. Others of the office may lie in the set and say nothing here."""

SITE = frozenset(
    {
        *("visit.scheduled", "notice.served", "notice.exempted", "code.recorded"),
        *(
            "return.planned",
            "target.observed",
            "ending.proposed",
            "ending.confirmed",
            "ending.withdrawn",
            "recusal.declared",
            "recusal.confirmed",
            "consent.recorded",
            "consent.decided",
        ),
        *("visit.paused", "visit.resumed", "authority.shown", "part.signed", "act.recorded"),
        *("transcript.taken", "media.restricted", "noncooperation.proposed", "noncooperation.confirmed"),
        *("noncooperation.decided", "expert.concluded", "crime.suspected", "record.read", "paper.signed"),
        *("supplement.given", "supplement.signed", "seal.recorded", "copy.given"),
        *("recusal.decided", "visit.recalled", "ending.decided"),
    }
)
"""Kinds that stand by themselves in `VisitState.site`."""

PENAL = frozenset({"ADMIN_PENALTY", "ADMIN_COERCION"})


def fold(entries: Iterable[tuple[w.Entry, Told | None]], office: Collection[str] | None = None) -> VisitState:
    """The state of the visit that these entries are about.

    A body that is None (erased, or not here yet) holds its entry as ``body_invalid``. ``office``: the devices
    (thumbprints) whose office entries count; None where whoever feeds the set has already seen to that: then every
    device that wrote what only the office writes is the office's.
    """
    effective, held, orders, team = sift(entries, office)
    said = Said(effective)
    stored = {fact.body.digest for fact in said.of(w.EvidenceStored)}
    identity = said.of(w.IdentityShown)
    party = _slot(said.of(w.PartyMet))
    blocks = _blocks(effective)
    return VisitState(
        order=orders,
        team=tuple(team[account] for account in sorted(team)),
        opened=said.of(w.VisitOpened),
        identity=identity,
        shown=tuple(sorted({account for fact in identity for account in fact.body.inspectors})),
        rights=said.of(w.RightsTold),
        party=party,
        blocks=blocks,
        evidence=_pictures(said, w.EvidenceTaken, stored),
        added=_pictures(said, w.EvidenceAdded, stored),
        recordings=tuple(Recording(made, made.body.digest in stored) for made in said.of(w.RecordingMade)),
        site=_site(said),
        signatures=said.of(w.SignatureGiven),
        refusals=said.of(w.SignatureRefused),
        absences=said.of(w.SignatureAbsent),
        finished=said.of(w.VisitFinished),
        held=held,
        disputed=_disputes(orders, party, blocks),
    )


class Said:
    """What was said, by kind: a state is read from it kind by kind."""

    def __init__(self, facts: Iterable[Fact[w.Body]]) -> None:
        self.by_kind: dict[str, list[Fact[w.Body]]] = {}
        for fact in facts:
            self.by_kind.setdefault(fact.kind, []).append(fact)

    def of(self, model: type[C]) -> tuple[Fact[C], ...]:
        return tuple(cast("list[Fact[C]]", self.by_kind.get(model.KIND, ())))


def sift(
    entries: Iterable[tuple[w.Entry, Told | None]], office: Collection[str] | None = None
) -> tuple[tuple[Fact[w.Body], ...], tuple[Held, ...], Slot[w.VisitOrdered], dict[str, w.TeamMember]]:
    """What has its effect, what is held, the order and the team by account."""
    facts: list[Fact[w.Body]] = []
    held: list[Held] = []
    field: set[str] = set()
    distinct = _distinct(entries)
    trusted = {entry.device for entry, _ in distinct if _is_office(entry)} if office is None else office

    def hold(entry: w.Entry | Fact[w.Body], name: str, code: str, decision: Decision = None) -> None:
        held.append(Held(name, entry.kind, entry.by, entry.at, code, decision))

    for entry, raw in distinct:
        model = w.BODIES.get(entry.kind)
        if model is None:
            hold(entry, entry.id, "kind_unknown")
        elif model.HOME == "office" and entry.device not in trusted:
            hold(entry, entry.id, "not_allowed")
        elif model.HOME != "office" or entry.kind in READ:
            if model.HOME == "device" or (model.HOME == "either" and entry.device not in trusted):
                field.add(entry.id)
            body = body_of(entry.kind, raw)
            if body is None:
                hold(entry, entry.id, "body_invalid")
            else:
                facts.append(Fact(entry.id, entry.kind, entry.by, entry.at, body))
    facts.sort(key=_shown)
    said = Said(facts)
    orders = _slot(said.of(w.VisitOrdered))
    team = {member.account: member for order in reversed(orders.heads) for member in order.body.team}
    received = _received(said)
    decisions = _decisions(said)
    _substitute(said, team, {key for key in received if decisions.get(key) != "admitted"})
    effective: list[Fact[w.Body]] = []
    for fact in facts:
        code = authority(fact.body, fact.by, team) if fact.entry in field else None
        can_be_overruled = code is None or code in ADMISSIBLE
        code = code or received.get(fact.entry)
        decision = decisions.get(fact.entry) if code else None
        if code:
            hold(fact, fact.entry, code, decision)
        if code is None or (decision == "admitted" and can_be_overruled):
            effective.append(fact)
    held.sort(key=lambda one: (one.at, one.entry))
    return tuple(effective), tuple(held), orders, team


def _is_office(entry: w.Entry) -> bool:
    model = w.BODIES.get(entry.kind)
    return model is not None and model.HOME == "office"


def body_of(kind: str, raw: Told | None) -> w.Body | None:
    """The body as its model, or None where it is missing, unknown or not whole: a body says every field."""
    model = w.BODIES.get(kind)
    if model is None or raw is None:
        return None
    if isinstance(raw, w.Body):
        return raw if type(raw) is model else None
    try:
        body = model.model_validate_json(raw if isinstance(raw, bytes) else json.dumps(raw), strict=True)
    except ValidationError:
        return None
    return body if body.model_fields_set == set(model.model_fields) else None


def authority(body: w.Body, by: str, team: Mapping[str, w.TeamMember]) -> str | None:
    """Whether ``by`` may say this at all: None, or the code of the refusal. ``team`` is by account.

    A department's items and result belong to its certified officers (行政处罚法§42: 执法人员应当具有行政执法
    资格); who has no certificate may help and photograph. An officer signs for himself, unless it is marked
    that he never unlocked this tablet.
    """
    if not team:
        return "visit_unknown"
    if isinstance(body, w.DispositionGiven) and PENAL.intersection(body.results):
        return "penalty_not_on_site"
    member = team.get(by)
    if member is None:
        return "not_member"
    match body:
        case _ if isinstance(body, LEADERS):
            return None if member.role == "leader" else "leader_only"
        case w.BlockWaived() if member.role == "leader":
            return None
        case _ if isinstance(body, BLOCKS):
            return _officer(member, body.organisation)
        case (
            w.EndingProposed()
            | w.EndingConfirmed()
            | w.EndingWithdrawn()
            | w.ReturnPlanned()
            | w.TargetObserved()
            | w.RecusalConfirmed()
        ):
            return None if member.certified else "not_certified"
        case w.SignatureGiven(role="inspector") | w.SupplementSigned(role="inspector"):
            signer = team.get(body.signer or "")
            if signer is None:
                return "not_member"
            if body.signer != by and body.assurance != "drawn_only":
                return "not_the_signer"
            return _officer(signer, body.organisation)
    return None


LEADERS = (*(w.VisitFinished, w.VisitScheduled, w.ConsentRecorded, w.NoncooperationConfirmed, w.PaperSigned),)
"""What only the leader says (组长负责制, S2-15)."""

BLOCKS = (
    *(w.AnswerGiven, w.ItemVerified, w.ItemReopened, w.ResultRecognised, w.DispositionGiven, w.BlockWaived),
    *(w.ActRecorded, w.TranscriptTaken, w.MediaRestricted, w.ExpertConcluded, w.SupplementGiven),
    w.ItemContradicted,
    *(w.NoncooperationProposed, w.CrimeSuspected),
)
"""What only a department's own certified officers say about its block."""


def _substitute(said: Said, team: dict[str, w.TeamMember], held: Collection[str]) -> None:
    """Who stands in by telephoned consent joins the team, unless the responsible leader refused it afterwards
    (S2-14f). Nobody is taken out of it: what the replaced officer said before stays said."""
    refused = {fact.body.consent for fact in said.of(w.ConsentDecided) if not fact.body.confirmed}
    leaders = {account for account, member in team.items() if member.role == "leader"}
    for fact in said.of(w.ConsentRecorded):
        if fact.by in leaders and fact.entry not in refused and fact.entry not in held:
            member = fact.body.member.model_copy(update={"role": "member"})
            team.setdefault(member.account, member)


def _officer(member: w.TeamMember, organisation: str | None) -> str | None:
    if member.organisation != organisation:
        return "other_department"
    return None if member.certified else "not_certified"


def _distinct(
    entries: Iterable[tuple[w.Entry, Told | None]],
) -> Collection[tuple[w.Entry, Told | None]]:
    """One of each id. Of two bodies under one id the smaller bytes, so that the order of arrival is no reason."""
    found: dict[str, tuple[w.Entry, Told | None]] = {}
    for entry, body in entries:
        known = found.get(entry.id)
        before = known[1] if known else None
        if before is None or (body is not None and _plain(body) < _plain(before)):
            found[entry.id] = (entry, body)
    return found.values()


def _plain(told: Told) -> bytes:
    if isinstance(told, bytes):
        return told
    return canonical(told.model_dump(mode="json") if isinstance(told, w.Body) else told)


def _received(said: Said) -> dict[str, str]:
    """Entry → code of what receipts hold. A receipt that took an entry in wins over every one that held it, since
    a gap that was filled lets it through; of several codes the smallest, `chain_gap` last for the same reason."""
    receipts = [receipt for fact in said.of(w.EntryReceived) for receipt in fact.body.receipts]
    taken = {receipt.entry for receipt in receipts if receipt.status in ("accepted", "exists")}
    found: dict[str, str] = {}
    for receipt in receipts:
        if receipt.status == "held" and receipt.entry not in taken:
            code = receipt.code or "body_invalid"
            found[receipt.entry] = min(code, found.get(receipt.entry, code), key=_settled)
    return found


def _settled(code: str) -> tuple[bool, str]:
    return code == "chain_gap", code


def _decisions(said: Said) -> dict[str, Decision]:
    """Entry → decision; setting aside weighs more where both were said."""
    found: dict[str, Decision] = {fact.body.entry: "admitted" for fact in said.of(w.EntryAdmitted)}
    return found | {fact.body.entry: "set_aside" for fact in said.of(w.EntrySetAside)}


def _shown(fact: Fact[w.Body]) -> tuple[str, str]:
    return fact.at, fact.entry


def _pictures(said: Said, model: type[w.EvidenceTaken], stored: Collection[str]) -> tuple[Evidence, ...]:
    withdrawn: dict[str, list[Fact[w.EvidenceWithdrawn]]] = {}
    for withdrawal in said.of(w.EvidenceWithdrawn):
        withdrawn.setdefault(withdrawal.body.evidence, []).append(withdrawal)
    deleted: dict[str, list[Fact[w.EvidenceDeleted]]] = {}
    for deletion in said.of(w.EvidenceDeleted):
        deleted.setdefault(deletion.body.evidence, []).append(deletion)
    return tuple(
        Evidence(
            taken=taken,
            withdrawn=tuple(withdrawn.get(taken.entry, ())),
            deleted=tuple(deleted.get(taken.entry, ())),
            stored=taken.body.digest in stored,
        )
        for taken in said.of(model)
    )


def _heads(facts: Sequence[Fact[C]]) -> tuple[Fact[C], ...]:
    """Those that none of the others superseded."""
    if len(facts) == 1:
        return tuple(facts)
    gone = {entry for fact in facts for entry in getattr(fact.body, "supersedes", ())}
    return tuple(fact for fact in facts if fact.entry not in gone)


def _slot(facts: Sequence[Fact[C]]) -> Slot[C]:
    heads = _heads(facts)
    return Slot(heads, not _agree(heads))


def _agree(heads: Sequence[Fact[Any]]) -> bool:
    """Whether heads beside each other say the same: two officers who answered alike dispute nothing."""
    if len(heads) < 2:
        return True
    first, *others = ((one.kind, one.body.model_dump(exclude={"nonce", "supersedes"})) for one in heads)
    return all(other == first for other in others)


def _site(said: Said) -> dict[str, tuple[Fact[w.Body], ...]]:
    return {kind: _heads(said.by_kind[kind]) for kind in sorted(SITE & said.by_kind.keys())}


ITEM = (*(w.AnswerGiven, w.ItemVerified, w.ItemReopened, w.ItemContradicted, w.ResultRecognised),)
"""What is said of one item, in its place."""


def _blocks(effective: Iterable[Fact[w.Body]]) -> dict[str, BlockState]:
    items: dict[str, dict[str, list[ItemFact]]] = {}
    results: dict[str, list[ResultFact]] = {}
    for fact in effective:
        body = fact.body
        if isinstance(body, ITEM):
            block = items.setdefault(body.organisation, {})
            block.setdefault(body.item, []).append(cast(ItemFact, fact))
        elif isinstance(body, w.DispositionGiven | w.BlockWaived):
            results.setdefault(body.organisation, []).append(cast(ResultFact, fact))
    return {
        organisation: _block(items.get(organisation, {}), results.get(organisation, []))
        for organisation in sorted(items.keys() | results.keys())
    }


def _block(items: Mapping[str, list[ItemFact]], results: Sequence[ResultFact]) -> BlockState:
    heads = _heads(results)
    agree = _agree(heads)
    one = heads[0] if heads and agree else None
    return BlockState(
        items={item: _item(items[item]) for item in sorted(items)},
        results=heads,
        disputed=not agree,
        disposition=_if(one, w.DispositionGiven),
        waived=_if(one, w.BlockWaived),
    )


def _item(facts: Sequence[ItemFact]) -> ItemState:
    heads = _heads(facts)
    contradicted = any(fact.kind == w.ItemContradicted.KIND for fact in heads)
    silent = {w.ItemReopened.KIND, w.ItemContradicted.KIND, *([w.ItemVerified.KIND] if contradicted else [])}
    standing = [fact for fact in heads if fact.kind not in silent]
    agree = _agree(standing)
    one = standing[0] if standing and agree else None
    return ItemState(
        heads=heads,
        disputed=not agree,
        answer=_if(one, w.AnswerGiven),
        verified=_if(one, w.ItemVerified),
        recognised=_if(one, w.ResultRecognised),
        reopened=tuple(one for fact in facts if (one := _if(fact, w.ItemReopened))),
        contradicted=tuple(one for fact in facts if (one := _if(fact, w.ItemContradicted))),
    )


def _if(fact: Fact[Any] | None, model: type[C]) -> Fact[C] | None:
    return cast("Fact[C]", fact) if fact is not None and fact.kind == model.KIND else None


def _disputes(
    orders: Slot[w.VisitOrdered], party: Slot[w.PartyMet], blocks: Mapping[str, BlockState]
) -> tuple[Dispute, ...]:
    found = []
    if orders.disputed:
        found.append(Dispute("order", None, None, _ids(orders.heads)))
    if party.disputed:
        found.append(Dispute("party", None, None, _ids(party.heads)))
    for organisation, block in blocks.items():
        for name, item in block.items.items():
            if item.disputed:
                found.append(Dispute("item", organisation, name, _ids(item.heads)))
        if block.disputed:
            found.append(Dispute("result", organisation, None, _ids(block.results)))
    return tuple(found)


def _ids(facts: Iterable[Fact[w.Body]]) -> tuple[str, ...]:
    return tuple(fact.entry for fact in facts)
