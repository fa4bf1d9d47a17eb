"""Telephoned consents and findings of non-cooperation: they count or not as the responsible leader says; nothing that
was recorded meanwhile is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.dispatch.tables import Visit
from backend.field.entries import folded
from backend.house import CHINA, House
from backend.replay import replay
from tests.builders import Client, Clock
from tests.doors import planned
from tests.doors.conftest import SignedIn
from tests.doors.finished import later
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit

PATH = "/office/field/decisions"


async def consent(house: House, tablet: Tablet, out: str) -> tuple[str, str, str]:
    """A visit whose leader recorded a telephoned consent for a colleague; (visit, entry, colleague)."""
    visit, packet = await order_visit(house, [(tablet.account, "leader"), (out, "member")])
    colleague = await inspector(house, ORG)
    member = packet.team[1].model_copy(update={"account": colleague, "name": "接替人（虚构）"})
    said: dict[str, Any] = {
        "out": out,
        "member": member.model_dump(mode="json"),
        "consented_by": "负责人（虚构）",
        "consented_at": "2026-11-20T01:00:00.000Z",
        "reason": "原执法人员生病",
    }
    opened = tablet.record("visit.opened", visit, OPENED)
    entry = tablet.record("consent.recorded", visit, said)
    statuses = await tablet.receipts(opened, entry)
    assert set(statuses.values()) == {("accepted", None)}
    return visit, entry["entry"]["id"], colleague


async def proposed(house: House, tablet: Tablet) -> tuple[str, str]:
    """A visit in which an officer, on a tablet of his own, proposed non-cooperation; (visit, entry)."""
    officer = await inspector(house, ORG)
    visit, packet = await order_visit(house, [(tablet.account, "leader"), (officer, "member")])
    other = Tablet(tablet.client, house)
    await other.enrol(officer)
    said = {
        "organisation": packet.team[1].organisation,
        "circumstances": ["N3"],
        "statement": "拒不提供进货台账",
        "evidence": [],
    }
    proposal = other.record("noncooperation.proposed", visit, said)
    await other.receipts(proposal)
    return visit, proposal["entry"]["id"]


async def test_a_telephoned_consent_counts_at_once_and_waits_for_its_own_departments_leader(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, entry, colleague = await consent(house, tablet, await inspector(house, ORG))
    assert colleague in {member.account for member in (await folded(house, visit)).team}
    stranger = await signed_in("responsible_leader", OTHER)
    assert "接替人" not in (await stranger.get(PATH)).text
    refused = await stranger.post(f"{PATH}/{visit}/{entry}", {"decision": "agree"})
    assert "没有办理这项业务的权限" in refused.text
    leader = await signed_in("responsible_leader", ORG)
    shown = await leader.get(PATH)
    assert "接替人（虚构）" in shown.text and "原执法人员生病" in shown.text
    done = await leader.post(f"{PATH}/{visit}/{entry}", {"decision": "agree"})
    assert done.status_code == 303
    assert "接替人" not in (await leader.get(PATH)).text
    again = await leader.post(f"{PATH}/{visit}/{entry}", {"decision": "refuse", "reason": "改主意了"})
    assert "已经办理过" in again.text


async def test_a_refused_consent_holds_what_the_new_officer_said_and_drops_nothing(
    client: Client, house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, entry, colleague = await consent(house, tablet, await inspector(house, ORG))
    other = Tablet(client, house)
    await other.enrol(colleague)
    met = other.record("party.met", visit, {"name": "店员", "role": "staff", "phone": "", "supersedes": []})
    await other.receipts(met)
    before = await folded(house, visit)
    assert before.party.one and not before.held
    leader = await signed_in("responsible_leader", ORG)
    silent = await leader.post(f"{PATH}/{visit}/{entry}", {"decision": "refuse", "reason": ""})
    assert "请写明不同意的理由" in silent.text
    done = await leader.post(f"{PATH}/{visit}/{entry}", {"decision": "refuse", "reason": "没有同意过"})
    assert done.status_code == 303
    after = await folded(house, visit)
    assert after.party.one is None
    assert [(one.entry, one.code) for one in after.held] == [(met["entry"]["id"], "not_member")]


async def test_non_cooperation_is_a_finding_only_after_officer_leader_and_department(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, proposal = await proposed(house, tablet)
    leader = await signed_in("responsible_leader", ORG)
    assert "拒不提供进货台账" not in (await leader.get(PATH)).text
    await tablet.receipts(tablet.record("noncooperation.confirmed", visit, {"proposal": proposal}))
    assert "拒不提供进货台账" in (await leader.get(PATH)).text
    path = f"{PATH}/{visit}/{proposal}"
    assert (await leader.post(path, {"decision": "agree"})).status_code == 303
    state = await folded(house, visit)
    (decided,) = state.site["noncooperation.decided"]
    assert decided.body.model_dump()["upheld"] is True


async def struck_off(
    house: House, tablet: Tablet, status: str, ending: str = "deregistered"
) -> tuple[str, str]:
    """A visit that two officers ended, as 注销 unless said, of a firm whose state in the registry is ``status``;
    (visit, entry)."""
    officer = await inspector(house, ORG)
    visit, packet = await order_visit(house, [(tablet.account, "leader"), (officer, "member")])
    target = await planned.target(
        house, packet.team[0].organisation, "云溪小吃店（虚构）", "食品", status=status
    )
    await Visit.update({Visit.target: target}).where(Visit.id == visit)
    other = Tablet(tablet.client, house)
    await other.enrol(officer)
    said: dict[str, Any] = {
        "ending": ending,
        "statement": "登记机关称已于上月注销",
        "place": None,
        "evidence": [],
        "attempts": [],
        "witness": "",
        "moved_to": "",
        "noncooperation": [],
        "supersedes": [],
    }
    proposal = tablet.record("ending.proposed", visit, said)
    await tablet.receipts(tablet.record("visit.opened", visit, OPENED), proposal)
    await other.receipts(other.record("ending.confirmed", visit, {"proposal": proposal["entry"]["id"]}))
    return visit, proposal["entry"]["id"]


async def test_a_firm_that_the_registry_still_lists_is_not_excluded_and_what_was_typed_stays(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, entry = await struck_off(house, tablet, "active")
    leader = await signed_in("responsible_leader", ORG)
    shown = (await leader.get(PATH)).text
    assert "存续" in shown and "登记与现场认定不一致" in shown
    # Some ways need a receiver and a reason, as the hints say: neither is called optional, nor asked of every way.
    for name in ("to", "reason"):
        label, control = re.search(rf'<label for="f-{name}">(.*?)</label>\s*<(.*?)>', shown, re.S).groups()  # type: ignore[union-attr]
        assert "选填" not in label and " required" not in control, name
    said = {"step": "excluded", "reason": "邻居说已注销"}
    refused = (await leader.post(f"{PATH}/{visit}/{entry}", said)).text
    assert "名录库登记状态为“存续”，不能按“注销”排除" in refused
    assert "邻居说已注销</textarea>" in refused
    assert 'value="excluded" selected' in refused
    assert "ending.decided" not in (await folded(house, visit)).site


async def test_the_registry_beside_the_teams_finding_and_an_exclusion_that_is_approved(
    house: House, tablet: Tablet, signed_in: SignedIn, tmp_path: Path
) -> None:
    visit, entry = await struck_off(house, tablet, "cancelled")
    stranger = await signed_in("responsible_leader", OTHER)
    answer = await stranger.post(f"{PATH}/{visit}/{entry}", {"step": "excluded", "reason": "已注销"})
    assert "没有办理这项业务的权限" in answer.text
    leader = await signed_in("responsible_leader", ORG)
    page = (await leader.get(f"/office/field/visits/{visit}")).text
    assert "登记与现场" in page and "去决定怎样办理" in page
    done = await leader.post(f"{PATH}/{visit}/{entry}", {"step": "excluded", "reason": "登记机关已注销"})
    assert done.status_code == 303
    (decided,) = (await folded(house, visit)).site["ending.decided"]
    assert decided.body.model_dump()["registry"] == "注销"
    page = (await leader.get(f"/office/field/visits/{visit}")).text
    assert "排除，不再作为本次抽查对象" in page and "登记机关已注销" in page
    assert "云溪小吃店" not in (await leader.get(PATH)).text
    again = await leader.post(f"{PATH}/{visit}/{entry}", {"step": "stands", "reason": "改主意了"})
    assert "已经办理过" in again.text
    replayed = (await replay(house, tmp_path / "shadow.sqlite")).differences
    assert not [one for one in replayed if one.table == "decision_asked"]


async def test_a_firm_that_nobody_found_is_handed_over_as_a_lead_with_its_record_to_those_who_may_read_it(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    leads = "/office/field/leads"
    visit, entry = await struck_off(house, tablet, "active", "not_found")
    leader = await signed_in("responsible_leader", ORG)
    assert visit not in (await leader.get(leads)).text
    said = {"step": "lead", "to": "", "reason": "名录库仍为存续"}
    refused = (await leader.post(f"{PATH}/{visit}/{entry}", said)).text
    assert "请写明“转登记机关，作为经营异常名录线索”的接收单位" in refused
    assert visit not in (await leader.get(leads)).text
    to = {**said, "to": "渝岭区市场监管局登记科（虚构）"}
    assert (await leader.post(f"{PATH}/{visit}/{entry}", to)).status_code == 303
    shown = (await leader.get(leads)).text
    for what in ("经营异常名录线索", "查无下落", "渝岭区市场监管局登记科（虚构）", "存续"):
        assert what in shown, what
    assert f"/office/field/visits/{visit}/record.pdf" in shown
    stranger = await signed_in("responsible_leader", OTHER)
    assert "移交线索" in (theirs := (await stranger.get(leads)).text) and visit not in theirs


async def test_what_stands_as_found_is_no_lead(house: House, tablet: Tablet, signed_in: SignedIn) -> None:
    visit, entry = await struck_off(house, tablet, "cancelled")
    leader = await signed_in("responsible_leader", ORG)
    said = {"step": "excluded", "reason": "登记机关已注销"}
    assert (await leader.post(f"{PATH}/{visit}/{entry}", said)).status_code == 303
    shown = await leader.get("/office/field/leads")
    assert shown.status_code == 200 and visit not in shown.text


@pytest.mark.parametrize("role", ["planner", "inspector", "dept_admin"])
async def test_nobody_else_decides(house: House, tablet: Tablet, signed_in: SignedIn, role: Any) -> None:
    visit, entry, _ = await consent(house, tablet, await inspector(house, ORG))
    person = await signed_in(role, ORG)
    answer = await person.post(f"{PATH}/{visit}/{entry}", {"decision": "agree"})
    assert "没有办理这项业务的权限" in answer.text


async def test_a_suspected_crime_has_a_clock_from_the_day_it_came_for_those_who_were_told_and_nobody_else(
    house: House, tablet: Tablet, clock: Clock, signed_in: SignedIn
) -> None:
    officer = await inspector(house, OTHER)
    visit, packet = await order_visit(house, [(tablet.account, "leader"), (officer, "member")])
    lead = packet.team[0].organisation
    await Visit.update({Visit.lead_organisation: lead}).where(Visit.id == visit)
    said = {"organisation": lead, "statement": "仓库内发现疑似假药", "evidence": []}
    suspected = tablet.record("crime.suspected", visit, said)
    await tablet.receipts(tablet.record("visit.opened", visit, OPENED), suspected)
    came = clock.now.astimezone(CHINA).date()
    page, until = f"/office/field/visits/{visit}", (came + timedelta(days=3)).isoformat()
    other = await signed_in("responsible_leader", OTHER)
    assert until not in (await other.get(PATH)).text and "是否移送" not in (await other.get(page)).text
    leader = await signed_in("responsible_leader", ORG)
    for path in (PATH, page):
        shown = (await leader.get(path)).text
        assert (
            "是否移送，截至" in shown and until in shown and "还有 3 日" in shown and "24 小时内移送" in shown
        )
    await later(clock, days=5)
    assert "已逾期 2 日" in (await leader.get(PATH)).text
