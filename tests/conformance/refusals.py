"""What `check` refuses and what it lets through, case by case, each after a step of the journey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sync import words as w
from sync.check import Draft
from tests.conformance import journey as j
from tests.conformance import visits as v
from tests.conformance.journey import NO_PROBLEM, Case, Walk

Drafted = Callable[[Walk], Draft]
Then = Callable[[Walk], None]


def on(kind: str, by: str, **fields: Any) -> Drafted:
    return lambda walk: walk.draft(kind, by, **fields)


def again(step: str, by: str | None = None, **changed: Any) -> Drafted:
    """The draft of a step, with some fields changed."""

    def draft(walk: Walk) -> Draft:
        kind, author, fields = walk.step(step)
        return walk.draft(kind, by or author, **fields | changed)

    return draft


def superseding(step: str, *names: str, **changed: Any) -> Drafted:
    return lambda walk: again(step, supersedes=tuple(walk.named[name] for name in names), **changed)(walk)


def took(*steps: str) -> Then:
    """Records these steps out of turn, without asking `check`: what another tablet or a bug could have done."""

    def then(walk: Walk) -> None:
        for step in steps:
            walk.take(step)

    return then


def wrote(kind: str, by: str, **fields: Any) -> Then:
    def then(walk: Walk) -> None:
        walk.entries.append(walk.pad.write(kind, by, **fields))

    return then


def fewer_officers(walk: Walk) -> None:
    """One officer of the leader's department, two of the other; rights told."""
    shown = (v.LEADER, v.FIRE_1, v.FIRE_2)
    wrote("identity.shown", v.LEADER, inspectors=shown, shown_to="苏禾（虚构）")(walk)
    walk.take("rights")


def labour_waived(walk: Walk) -> None:
    wrote("block.waived", v.LEADER, organisation=v.LABOUR, reason="人员未到")(walk)
    took("market result", "fire result")(walk)


def withdrew(walk: Walk) -> None:
    evidence = walk.named["photo storage"]
    walk.entries.append(walk.pad.write("evidence.withdrawn", v.LEADER, evidence=evidence, reason="拍摄模糊"))


def other_kind(walk: Walk) -> Draft:
    return replace(walk.draft("visit.opened", v.LEADER, place=None), kind="visit.ordered")


def too_long(walk: Walk) -> Draft:
    draft = again("labels")(walk)
    return replace(draft, body={**draft.body, "note": "长" * 4001})


def stale(step: str) -> Drafted:
    return again(step, record_digest=v.sha("an older record"))


def withdraw(by: str) -> Drafted:
    def draft(walk: Walk) -> Draft:
        evidence = walk.named["photo storage"]
        return walk.draft("evidence.withdrawn", by, evidence=evidence, reason="拍摄模糊")

    return draft


def party(**changed: Any) -> Drafted:
    fields = j.outsider("party", "苏禾（虚构）") | {"template": "A1.1", "opinion": "agreed"} | changed
    return lambda walk: walk.draft("signature.given", v.LEADER, **{"record_digest": walk.record()} | fields)


def reopen(*supersedes: str) -> Drafted:
    def draft(walk: Walk) -> Draft:
        place = {"organisation": v.MARKET, "item": v.ident("licence"), "reason": "门头名称与公示不一致"}
        names = tuple(walk.named.get(name, v.sha(name)) for name in supersedes)
        return walk.draft("item.reopened", v.LEADER, supersedes=names, **place)

    return draft


def waive(organisation: str, by: str) -> Drafted:
    return on("block.waived", by, organisation=organisation, reason="该部门人员未到")


ELSEWHERE = j.answer(v.FIRE, "licence")
LABELS = j.answer(v.MARKET, "labels", "nonconform", "3", "A")
BEFORE_SIGNING = "labour result"
ALL_BUT_ONE = "labour 1 signs"

CASES = (
    Case("only kinds of a device are recorded on a device", "party", other_kind, "kind_unknown"),
    Case("a note longer than the record takes is refused", "rights", too_long, "bad_request"),
    Case(
        "without an order there is no visit",
        "ordered",
        on("visit.opened", v.STRANGER, place=None),
        "not_member",
    ),
    Case("arriving comes first", "ordered", again("identity"), "visit_not_opened"),
    Case("one arrives once", "opened", again("opened"), "already_decided"),
    Case("an expert photographs", "party", again("photo storage", v.EXPERT), None),
    Case(
        "a certificate that is not there is not shown",
        "opened",
        again("identity", inspectors=(v.LEADER, v.EXPERT)),
        "not_certified",
    ),
    Case(
        "who is not of the team shows nothing",
        "opened",
        again("identity", inspectors=(v.STRANGER,)),
        "not_member",
    ),
    Case("certificates come before rights", "opened", again("rights"), "identity_not_shown"),
    Case("rights come before answers", "identity", again("labels"), "rights_not_told"),
    Case(
        "one certified officer is too few for his department",
        "opened",
        again("labels"),
        "too_few_officers",
        wrote("identity.shown", v.LEADER, inspectors=(v.LEADER, v.FIRE_1, v.FIRE_2), shown_to="苏禾（虚构）"),
    ),
    Case(
        "… the department beside it may begin",
        "opened",
        again("hydrants"),
        None,
        fewer_officers,
    ),
    Case("an expert fills nothing", "party", again("labels", v.EXPERT), "not_certified"),
    Case("another department's item is not mine", "party", again("labels", v.FIRE_1), "other_department"),
    Case("even the leader fills only his own", "party", again("hydrants", v.LEADER), "other_department"),
    Case(
        "an item that the packet does not have",
        "party",
        on("answer.given", v.FIRE_1, **ELSEWHERE),
        "item_unknown",
    ),
    Case(
        "a photo of an item that the packet does not have",
        "party",
        again("photo storage", items=(w.ItemOf(organisation=v.FIRE, item=v.ident("licence")),)),
        "item_unknown",
    ),
    Case(
        "a verified item is read-only",
        "party",
        on("answer.given", v.LEADER, **j.answer(v.MARKET, "licence")),
        "item_verified",
    ),
    Case("a verified item is reopened with a reason", "party", reopen("verified"), None),
    Case("a reopening names the verification it doubts", "party", reopen("elsewhere"), "changed_meanwhile"),
    Case(
        "what was not verified needs no reopening",
        "party",
        on(
            "item.reopened",
            v.LEADER,
            organisation=v.MARKET,
            item=v.ident("labels"),
            reason="重查",
            supersedes=(v.sha("x"),),
        ),
        "item_not_verified",
    ),
    Case(
        "a reopened item is answered",
        "party",
        lambda walk: walk.draft(
            "answer.given", v.LEADER, **j.answer(v.MARKET, "licence"), supersedes=(walk.entries[-1][0].id,)
        ),
        None,
        lambda walk: walk.entries.append(
            walk.pad.append("item.reopened", v.LEADER, dict(reopen("verified")(walk).body))
        ),
    ),
    Case(
        "不符合 names what was found",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ()}),
        "finding_required",
    ),
    Case(
        "a finding that the packet does not offer",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ("Z",)}),
        "finding_unknown",
    ),
    Case(
        "findings that exclude one another",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ("3", "1")}),
        "findings_exclude",
    ),
    Case(
        "不符合 with 未发现问题",
        "party",
        on("answer.given", v.LEADER, **LABELS | {"findings": ("1",)}),
        "findings_exclude",
    ),
    Case("符合 with a problem", "party", again("labels", findings=("3",)), "findings_exclude"),
    Case("不符合 without a photo where the packet asks for one", "party", again("storage"), "photo_required"),
    Case(
        "不符合 without a photo where it does not ask", "party", on("answer.given", v.LEADER, **LABELS), None
    ),
    Case("a withdrawn photo proves nothing", "photo storage", again("storage"), "photo_required", withdrew),
    Case(
        "a photo that is not there is not withdrawn",
        "party",
        on("evidence.withdrawn", v.LEADER, evidence=v.sha("x"), reason="模糊"),
        "evidence_unknown",
    ),
    Case("a photo is withdrawn once", "photo storage", withdraw(v.LEADER), "already_decided", withdrew),
    Case("another department's photo stays", "photo storage", withdraw(v.FIRE_1), "other_department"),
    Case("the leader may withdraw any photo", "photo storage", withdraw(v.LEADER), None),
    Case("who replaces an answer has seen it", "storage", again("storage"), "changed_meanwhile"),
    Case("an answer is replaced by one that names it", "storage", superseding("storage", "storage"), None),
    Case(
        "a result says something",
        "wages",
        again("market result", results=(), case_proposed=False),
        "result_required",
    ),
    Case("拟立案 alone is a result", "wages", again("market result", results=()), None),
    Case(
        "no penalty on site",
        "wages",
        again("market result", results=("ADMIN_PENALTY",)),
        "penalty_not_on_site",
    ),
    Case(
        "no coercion on site, beside something else neither",
        "wages",
        again("market result", results=("ADMIN_ORDER", "ADMIN_COERCION")),
        "penalty_not_on_site",
    ),
    Case(
        "a result that the packet does not offer",
        "wages",
        again("market result", results=("OTHER_ADMIN_ACT",)),
        "bad_request",
    ),
    Case(
        "未发现问题 stands alone",
        "wages",
        again("fire result", results=(NO_PROBLEM, "ADMIN_GUIDANCE")),
        "results_exclude",
    ),
    Case("未发现问题 beside 拟立案", "wages", again("fire result", case_proposed=True), "results_exclude"),
    Case(
        "未发现问题 against an item that does not conform",
        "wages",
        again("market result", results=(NO_PROBLEM,), case_proposed=False, rectification=None),
        "result_contradicts",
    ),
    Case("a result of another department", "wages", again("fire result", v.LEADER), "other_department"),
    Case("a second result has seen the first", "market result", again("market result"), "changed_meanwhile"),
    Case("the leader waives a department that did not come", "party", waive(v.FIRE, v.LEADER), None),
    Case("nobody else waives another department", "party", waive(v.FIRE, v.LABOUR_1), "other_department"),
    Case("nobody signs while an item is open", "contracts", again("leader signs"), "items_open"),
    Case("nobody signs while a result is missing", "fire result", again("leader signs"), "result_required"),
    Case(
        "nobody signs 不符合 whose photo was withdrawn",
        BEFORE_SIGNING,
        again("leader signs"),
        "photo_required",
        withdrew,
    ),
    Case(
        "nobody signs 未发现问题 that a later answer contradicts",
        BEFORE_SIGNING,
        again("leader signs"),
        "result_contradicts",
        lambda walk: walk.entries.append(
            walk.pad.write(
                "answer.given",
                v.FIRE_2,
                **j.answer(v.FIRE, "hydrants", "nonconform", "A", supersedes=(walk.named["hydrants"],)),
            )
        ),
    ),
    Case(
        "a waived block needs no answers, others sign",
        "hydrants",
        again("leader signs"),
        None,
        labour_waived,
    ),
    Case("one signs the record that stands", BEFORE_SIGNING, stale("leader signs"), "record_changed"),
    Case(
        "one signs in the packet's template",
        BEFORE_SIGNING,
        again("leader signs", template="A1.0"),
        "record_changed",
    ),
    Case(
        "a dot is no signature", BEFORE_SIGNING, again("leader signs", strokes=((5, 5),)), "signature_empty"
    ),
    Case(
        "a point has two numbers",
        BEFORE_SIGNING,
        again("leader signs", strokes=((1,) * 17,)),
        "signature_empty",
    ),
    Case("one signs for himself", BEFORE_SIGNING, again("leader signs", v.MARKET_2), "not_the_signer"),
    Case(
        "… or by hand only, where he never unlocked this tablet",
        BEFORE_SIGNING,
        again("market 2 signs", v.LEADER, assurance="drawn_only"),
        None,
    ),
    Case(
        "an officer signs in his department's block",
        BEFORE_SIGNING,
        again("leader signs", organisation=v.FIRE),
        "other_department",
    ),
    Case(
        "an expert does not sign as an officer",
        BEFORE_SIGNING,
        again("leader signs", v.EXPERT, signer=v.EXPERT),
        "not_certified",
    ),
    Case(
        "an officer's signature is not without assurance",
        BEFORE_SIGNING,
        again("leader signs", assurance="none"),
        "bad_request",
        None,
    ),
    Case("an officer signs once", "leader signs", again("leader signs"), "already_decided"),
    Case(
        "after a signature the content stands",
        "leader signs",
        superseding("labels", "labels"),
        "record_signed",
    ),
    Case("… photos too", "leader signs", again("photo exits"), "record_signed"),
    Case(
        "content that changed elsewhere opens the record again",
        "leader signs",
        lambda walk: walk.draft(
            "answer.given",
            v.LEADER,
            **j.answer(v.MARKET, "labels", note="补记"),
            supersedes=(walk.named["labels"], walk.entries[-1][0].id),
        ),
        None,
        wrote("answer.given", v.MARKET_2, **LABELS),
    ),
    Case("the party signs", "labour 2 signs", party(), None),
    Case("the party has no account", "labour 2 signs", party(signer=v.LEADER), "bad_request"),
    Case("the party cannot sign what is not complete", "wages", party(), "result_required"),
    Case(
        "a refusal names its reason",
        "labour 2 signs",
        again("refused", reason="unnamed"),
        "refusal_reason_required",
    ),
    Case("who refused has decided", "refused", party(), "already_decided"),
    Case(
        "who refused is not absent as well",
        "refused",
        lambda walk: walk.draft(
            "signature.absent", v.LEADER, reason="离开", record_digest=walk.record(), template="A1.1"
        ),
        "already_decided",
    ),
    Case(
        "the party may be absent",
        "labour 2 signs",
        lambda walk: walk.draft(
            "signature.absent", v.LEADER, reason="离开", record_digest=walk.record(), template="A1.1"
        ),
        None,
    ),
    Case("a witness signs also before the refusal", "labour 2 signs", again("witness"), None),
    Case("only the leader finishes", "witness", again("finished", v.FIRE_1), "leader_only"),
    Case(
        "one signature of a department is too few",
        ALL_BUT_ONE,
        again("finished"),
        "signatures_missing",
        took("refused"),
    ),
    Case("without the party's outcome nobody finishes", "labour 2 signs", again("finished"), "party_missing"),
    Case(
        "signatures over another record count for nothing",
        "witness",
        again("finished"),
        "signatures_missing",
        lambda walk: walk.entries.append(
            walk.pad.write(
                "answer.given",
                v.MARKET_2,
                **j.answer(v.MARKET, "labels", note="另记"),
                supersedes=(walk.named["labels"],),
            )
        ),
    ),
    Case("a stale digest does not finish", "witness", stale("finished"), "record_changed"),
    Case("what is finished is finished", "finished", again("photo exits"), "visit_finished"),
)
