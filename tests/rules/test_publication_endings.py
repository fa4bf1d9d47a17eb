"""What may be public of a check that could not be carried out: the finding that the rule of its ending names, nothing
before a second officer confirmed it, and of a refused entry nothing before the department upheld it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest

from backend.profiles import keys, profiles
from backend.profiles.rules import resolve
from backend.publication import rules
from backend.publication.rules import BlockFacts
from backend.publication.rules_notice import Task, value_of
from sync import words as w
from sync.state import Fact, VisitState
from tests import visited
from tests.site_told import RULES
from tests.visited import CHEN, LEAD, LUO, NONCE, SECOND, WEN

AT = "2026-11-20T02:00:00.000Z"
PROFILE = resolve(profiles(), "demo-yuling", date(2026, 11, 20))
FINDINGS = {
    **{"not_found": "6", "closed": "7", "entry_refused": "8", "deregistered": "9"},
    **{"revoked": "10", "annulled": "11", "moved": "12"},
}
ENDINGS = tuple(
    w.EndingRule(
        ending=ending,
        label=ending,
        article="a",
        finding=FINDINGS.get(ending, "none"),
        place=False,
        photos=0,
        attempts=0,
        witness=False,
        hint="",
    )
    for ending in get_args(w.Ending)
)


def fact(entry: str, by: str, body: w.Body) -> Fact[Any]:
    return Fact(entry=entry * 64, kind=body.KIND, by=by, at=AT, body=body)


def ended(ending: Any, *, by: str = LUO, more: dict[str, tuple[Fact[Any], ...]] | None = None) -> VisitState:
    """A finished visit in which nothing was checked; ``by`` confirmed its ending."""
    body = w.EndingProposed(
        nonce=NONCE,
        ending=ending,
        statement="无人应答",
        place=None,
        evidence=(),
        attempts=(),
        witness="",
        moved_to="",
        noncooperation=(),
    )
    confirmed = w.EndingConfirmed(nonce=NONCE, proposal="1" * 64)
    bare = [one for one in visited.bodies() if one[1].KIND in ("visit.opened", "visit.finished")]
    site = {
        "ending.proposed": (fact("1", CHEN, body),),
        "ending.confirmed": (fact("2", by, confirmed),),
        **(more or {}),
    }
    return replace(visited.state(bare), site=site)


def facts(state: VisitState, organisation: str = LEAD) -> BlockFacts:
    packet = visited.packet().model_copy(update={"site": RULES.model_copy(update={"endings": ENDINGS})})
    return BlockFacts(
        scheme=visited.SCHEME,
        packet=packet,
        state=state,
        block=next(one for one in packet.blocks if one.organisation == organisation),
        target_class="enterprise",
        task=Task(plan_no="", plan_name="计划", completed_on="2026-11-20"),
        missing=0,
        review=None,
        notice=None,
    )


def upheld(organisation: str, yes: bool = True) -> dict[str, tuple[Fact[Any], ...]]:
    proposal = w.NoncooperationProposed(
        nonce=NONCE, organisation=organisation, circumstances=("r1",), statement="堵门", evidence=()
    )
    decided = w.NoncooperationDecided(
        nonce=NONCE, proposal="3" * 64, organisation=organisation, leader=CHEN, upheld=yes, reason="属实"
    )
    return {
        "noncooperation.proposed": (fact("3", LUO, proposal),),
        "noncooperation.decided": (fact("4", CHEN, decided),),
    }


def test_nothing_is_public_of_an_ending_that_nobody_else_confirmed() -> None:
    block = facts(ended("not_found", by=CHEN))
    refusal = rules.not_ready(block)
    assert refusal is not None and refusal.code == "items_open"


@pytest.mark.parametrize("ending", ["aborted", "entry_refused"])
def test_an_ending_without_a_finding_leaves_nothing_to_publish(ending: str) -> None:
    block = facts(ended(ending))
    refusal = rules.not_ready(block)
    assert refusal is not None and refusal.code == "block_waived" and block.status == "waived"
    assert value_of(block.document(PROFILE), "result") == ""


def test_that_nobody_is_found_is_the_registrars_finding_and_no_violation_of_the_others() -> None:
    state = ended("not_found")
    assert value_of(facts(state).document(PROFILE), "result") == "通过登记的住所（经营场所）无法联系"
    other = facts(state, SECOND)
    assert rules.not_ready(other) is None
    assert value_of(other.document(PROFILE), "result") == "未发现开展本次抽查涉及的经营活动"


def test_what_several_people_have_to_find_is_not_public_of_one_officers_answer() -> None:
    """Whatever an older tablet or another client recorded."""
    spoken = [one for one in visited.bodies() if not isinstance(one[1], w.AnswerGiven)]
    spoken.append((CHEN, visited.answer(LEAD, visited.LEAD_ITEMS[0], "conform")))
    spoken.append((CHEN, visited.answer(LEAD, visited.LEAD_ITEMS[1], "nonconform", "8", "7", "3")))
    spoken.append((WEN, visited.answer(SECOND, visited.SECOND_ITEM, "conform")))
    state = visited.state(spoken)
    document = facts(state).document(PROFILE)
    assert document.results[1].findings == ("违反食品药品监管相关规定",)
    assert value_of(document, "result") == "违反食品药品监管相关规定"
    decided = replace(state, site={**state.site, **upheld(LEAD)})
    after = facts(decided).document(PROFILE)
    assert value_of(after, "result") == "违反食品药品监管相关规定、不配合检查情节严重"
    assert value_of(facts(decided, SECOND).document(PROFILE), "result") == "未发现问题"
    rejected = replace(state, site={**state.site, **upheld(LEAD, yes=False)})
    assert facts(rejected).document(PROFILE) == document


@pytest.mark.parametrize("ending", ["closed", "moved", "deregistered", "revoked", "annulled"])
def test_every_department_publishes_the_finding_that_the_rule_names(ending: str) -> None:
    label = next(one.label for one in PROFILE.need(keys.FINDINGS) if one.code == FINDINGS[ending])
    for organisation in (LEAD, SECOND):
        block = facts(ended(ending), organisation)
        assert rules.not_ready(block) is None and block.status == "to_review"
        assert value_of(block.document(PROFILE), "result") == label


def test_a_refused_entry_is_public_of_the_department_that_upheld_it_and_of_no_other() -> None:
    state = ended("entry_refused", more=upheld(LEAD))
    assert "不配合检查情节严重" in value_of(facts(state).document(PROFILE), "result")
    assert facts(state, SECOND).status == "waived"
    assert facts(ended("entry_refused", more=upheld(LEAD, yes=False))).status == "waived"
