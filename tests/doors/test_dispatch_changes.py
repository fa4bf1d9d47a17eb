"""What changes after the order, through the office's pages: refusals first; approvals before anybody new signs; and
what an old team recorded without signal is kept, held, admitted and read by the new one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backend import ledger
from backend.dispatch import tables
from backend.dispatch.push import FieldNotice
from backend.field.entries import folded
from backend.field.tables import Held, in_scope
from backend.house import House
from backend.people.tables import Account, Deputy
from sync.words import TeamMember
from tests.builders import Client, Clock, Person
from tests.doors.conftest import SignedIn
from tests.doors.finished import Finished, dispatched, later
from tests.tablets import OPENED, Tablet


@pytest.fixture(scope="module")
async def w(house: House, clock: Clock, signed_in: SignedIn) -> AsyncIterator[Finished]:
    """A scheme whose visits are ordered; every department has officers to spare."""
    whole = await dispatched(house, clock, signed_in)
    yield whole


async def team(w: Finished, visit: str) -> list[TeamMember]:
    row = await tables.visit(visit)
    packet = await tables.packet(w.house, row["packet_digest"]) if row else None
    assert packet
    return list(packet.team)


async def officer(w: Finished, visit: str, organisation: str, role: str = "member") -> TeamMember:
    return next(m for m in await team(w, visit) if m.organisation == organisation and m.role == role)


def path(visit: str, what: str) -> str:
    return f"/office/dispatch/visits/{visit}/change/{what}"


async def ask(w: Finished, visit: str, by: Person, out: str, **more: Any) -> Any:
    form = {"out": out, "reason": "work_conflict", "statement": "当日另有紧急任务", **more}
    return await by.post(path(visit, "replace"), form)


async def asked(w: Finished, visit: str, by: Person, out: str, **more: Any) -> str:
    answer = await ask(w, visit, by, out, **more)
    assert answer.status_code == 303, answer.text
    rows = await tables.replacements(visit, "open")
    return str(next(row["id"] for row in rows if out in row["asked"].out))


async def kinds(w: Finished, visit: str) -> list[str]:
    return [entry.kind for _, entry, _ in await ledger.of_subject(w.house, visit)]


async def test_nobody_is_replaced_for_another_department_or_without_a_reason(w: Finished) -> None:
    visit = w.visits[0]
    stranger = await officer(w, visit, w.w.second.organisation)
    answer = await ask(w, visit, w.w.lead, stranger.account)
    assert answer.status_code == 422 and "不在本部门参加这次检查的人员中" in answer.text
    own = await officer(w, visit, w.w.lead.organisation)
    answer = await ask(w, visit, w.w.lead, own.account, statement="")
    assert answer.status_code == 422 and "请写明更换的理由" in answer.text
    answer = await ask(w, visit, w.w.lead, own.account, reason="because")
    assert answer.status_code == 422 and "更换原因" in answer.text
    assert (await ask(w, visit, w.w.lead_leader, own.account)).status_code == 403
    assert await kinds(w, visit) == ["visit.ordered"]


async def test_a_replacement_waits_for_the_leader_of_that_officers_own_department(w: Finished) -> None:
    visit = w.visits[0]
    out = await officer(w, visit, w.w.second.organisation)
    entry = await asked(w, visit, w.w.second, out.account)
    again = await ask(w, visit, w.w.second, out.account)
    assert again.status_code == 422 and "已有一份更换申请待批准" in again.text
    before = await team(w, visit)
    for wrong in (w.w.lead_leader, w.w.third_leader, w.w.second):
        answer = await wrong.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
        assert answer.status_code == 403
    assert await team(w, visit) == before
    assert "待您决定" in (await w.w.second_leader.get("/office/dispatch")).text
    assert "待您决定" not in (await w.w.lead_leader.get("/office/dispatch")).text

    answer = await w.w.second_leader.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
    assert answer.status_code == 303, answer.text
    after = await team(w, visit)
    assert out.account not in {m.account for m in after} and len(after) == len(before)
    new = next(m for m in after if m.account not in {one.account for one in before})
    assert new.organisation == out.organisation and new.certified and new.role == out.role
    entries = await ledger.of_subject(w.house, visit)
    first, order = entries[0][1], entries[-1]
    assert order[1].kind == "visit.ordered" and order[2] and order[2]["supersedes"] == [first.id]
    approved = entries[-2][2]
    assert approved and approved["leader"] == w.w.second_leader.account and approved["method"] == "ticket"
    assert isinstance(approved["qualified"], list) and approved["qualified"]
    state = await folded(w.house, visit)
    assert not state.order.disputed and {m.account for m in state.team} == {m.account for m in after}
    told = await FieldNotice.select().where(FieldNotice.id.like(f"{order[1].id}:%"))
    assert {one["account"]: one["what"] for one in told} == {
        **{member.account: "changed" for member in after if member != new},
        new.account: "new",
        out.account: "withdrawn",
    }
    done = await w.w.second_leader.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
    assert done.status_code == 409
    keys = await tables.Packet.select().where(tables.Packet.visit == visit)
    assert len({w.house.vault.open(bytes(k["data_key"]), tables.KEY_PLACE) for k in keys}) == 1 < len(keys)
    shown = (await w.w.second.get(f"/office/dispatch/visits/{visit}/changes")).text
    assert out.name in shown and new.name in shown and "随机抽取" in shown


async def test_a_rejected_request_changes_nothing_and_needs_its_reason(w: Finished) -> None:
    visit = w.visits[1]
    out = await officer(w, visit, w.w.third.organisation)
    entry = await asked(w, visit, w.w.third, out.account)
    refused = await w.w.third_leader.post(f"/office/dispatch/requests/{entry}", {"act": "reject"})
    assert refused.status_code == 422 and "请写明不同意更换的理由" in refused.text
    form = {"act": "reject", f"reason.{entry}": "原任务可以调开"}
    assert (await w.w.third_leader.post(f"/office/dispatch/requests/{entry}", form)).status_code == 303
    assert (await kinds(w, visit))[-1] == "replacement.rejected"
    assert out in await team(w, visit)


async def test_a_named_officer_must_be_of_the_department_and_consent_outside_the_system_is_recorded(
    w: Finished,
) -> None:
    visit = w.visits[1]
    out = await officer(w, visit, w.w.third.organisation)
    sitting = await officer(w, visit, w.w.lead.organisation)
    entry = await asked(w, visit, w.w.third, out.account, proposed=sitting.account)
    answer = await w.w.third_leader.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
    assert answer.status_code == 422 and "已在检查组" in answer.text
    form = {"act": "reject", f"reason.{entry}": "人员不符"}
    await w.w.third_leader.post(f"/office/dispatch/requests/{entry}", form)

    page = (await w.w.third.get(path(visit, "replace"))).text
    mine = {m.account for m in await team(w, visit)}
    staff = await Account.select(Account.id).where(Account.organisation == w.w.third.organisation)
    free = [row["id"] for row in staff if row["id"] not in mine and f'value="{row["id"]}"' in page]
    assert free
    entry = await asked(w, visit, w.w.third, out.account, proposed=free[0])
    paper = {"approver": "某局长", "approved_on": "2026-11-24", "number": "批〔2026〕1号"}
    late = await w.w.third.post(
        f"/office/dispatch/requests/{entry}/offline", {**paper, "approved_on": "2027-01-01"}
    )
    assert late.status_code == 422 and "批准日期不能晚于今天" in late.text
    assert (await w.w.lead.post(f"/office/dispatch/requests/{entry}/offline", paper)).status_code == 403
    done = await w.w.third.post(f"/office/dispatch/requests/{entry}/offline", paper)
    assert done.status_code == 303, done.text
    body = (await ledger.of_subject(w.house, visit))[-2][2]
    assert body and isinstance(body["offline"], dict)
    assert body["offline"]["approver"] == "某局长" and body["leader"] is None
    assert body["method"] == "named" and free[0] in {m.account for m in await team(w, visit)}


async def test_where_the_leader_leaves_the_new_officer_of_the_lead_department_leads(w: Finished) -> None:
    visit = w.visits[1]
    out = await officer(w, visit, w.w.lead.organisation, "leader")
    entry = await asked(w, visit, w.w.lead, out.account)
    done = await w.w.lead_leader.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
    assert done.status_code == 303, done.text
    after = [m for m in await team(w, visit) if m.role == "leader"]
    assert len(after) == 1 and after[0].organisation == w.w.lead.organisation
    assert after[0].account != out.account


async def test_what_the_old_team_recorded_offline_is_held_admitted_and_read_by_the_new_one(
    w: Finished, client: Client
) -> None:
    """Reassignment stranded offline work elsewhere: here it is contributed work."""
    house, visit = w.house, w.visits[0]
    out = await officer(w, visit, w.w.lead.organisation, "leader")
    old, new = Tablet(client, house), Tablet(client, house)
    assert (await old.enrol(out.account)).status_code == 200
    assert (await old.exchange()).status_code == 200
    one = old.record("visit.opened", visit, OPENED)  # no signal: it stays on the tablet

    entry = await asked(w, visit, w.w.lead, out.account)
    done = await w.w.lead_leader.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
    assert done.status_code == 303, done.text
    leader = next(m for m in await team(w, visit) if m.role == "leader")
    assert (await new.enrol(leader.account)).status_code == 200

    receipts = await old.receipts(one)
    assert receipts == {one["entry"]["id"]: ("accepted", None)}  # valid: stored and acknowledged
    held = await Held.select().where(Held.entry == one["entry"]["id"]).first()
    assert held and (held["code"], held["source"]) == ("not_member", "visit")
    assert not (await folded(house, visit)).opened
    assert await in_scope(old.id, [visit]) == set() and await in_scope(new.id, [visit]) == {visit}

    told = (await new.exchange()).json()
    assert one["entry"]["id"] in {item["entry"]["id"] for item in told["entries"]}

    keeper = await w.w.signed_in("dept_admin", f"市监局{w.w.tag}（虚构）")
    form = {"decision": "admit", "reason": "原组长到达时已登记，情况属实"}
    answer = await keeper.post(f"/office/field/held/{one['entry']['id']}", form)
    assert answer.status_code == 303, answer.text
    assert [fact.entry for fact in (await folded(house, visit)).opened] == [one["entry"]["id"]]
    told = (await new.exchange()).json()
    assert "entry.admitted" in {item["entry"]["kind"] for item in told["entries"]}
    left = [item["entry"]["kind"] for item in (await old.exchange()).json()["entries"]]
    assert left == []


async def test_a_party_s_application_waits_for_the_head_and_upheld_it_replaces_the_officer(
    w: Finished, client: Client
) -> None:
    house, visit = w.house, w.visits[2]
    leader = await officer(w, visit, w.w.lead.organisation, "leader")
    tablet = Tablet(client, house)
    assert (await tablet.enrol(leader.account)).status_code == 200
    said = tablet.record("rights.told", visit, {"recusal": "requested", "statement": "该执法人员是我的亲属"})
    await tablet.receipts(said)
    out = await officer(w, visit, w.w.second.organisation)
    shown = (await w.w.second_leader.get(f"/office/dispatch/visits/{visit}/changes")).text
    assert "该执法人员是我的亲属" in shown and "作出决定" in shown
    form = {
        "application": said["entry"]["id"],
        "account": out.account,
        "upheld": "yes",
        "statement": "经查属实，应当回避",
    }
    assert (await w.w.second.post(path(visit, "recusal"), form)).status_code == 403
    wrong = await w.w.third_leader.post(path(visit, "recusal"), form)
    assert wrong.status_code == 422 and "不在本部门" in wrong.text
    empty = await w.w.second_leader.post(path(visit, "recusal"), {**form, "statement": ""})
    assert empty.status_code == 422 and "请写明决定的理由" in empty.text
    done = await w.w.second_leader.post(path(visit, "recusal"), form)
    assert done.status_code == 303, done.text
    assert (await kinds(w, visit))[-4:] == [
        "recusal.decided",
        "replacement.requested",
        "replacement.approved",
        "visit.ordered",
    ]
    assert out.account not in {m.account for m in await team(w, visit)}
    again = await w.w.second_leader.post(path(visit, "recusal"), form)
    assert again.status_code in (409, 422)
    told = (await tablet.exchange()).json()
    assert "recusal.decided" in {item["entry"]["kind"] for item in told["entries"]}


async def test_an_officer_who_withdraws_is_named_and_nobody_else_is_decided_on(
    w: Finished, client: Client
) -> None:
    visit = w.visits[3]
    out = await officer(w, visit, w.w.third.organisation)
    other = next(
        m for m in await team(w, visit) if m.organisation == out.organisation and m.account != out.account
    )
    tablet = Tablet(client, w.house)
    assert (await tablet.enrol(out.account)).status_code == 200
    body = {"account": out.account, "ground": "relative", "applicant": "officer", "statement": "与店主是亲属"}
    said = tablet.record("recusal.declared", visit, body)
    assert await tablet.receipts(said) == {said["entry"]["id"]: ("accepted", None)}
    assert out.name in (await w.w.third_leader.get("/office/dispatch/decisions")).text
    form = {"application": said["entry"]["id"], "upheld": "no", "statement": "不属于应当回避的情形"}
    wrong = await w.w.third_leader.post(path(visit, "recusal"), {**form, "account": other.account})
    assert wrong.status_code == 422
    done = await w.w.third_leader.post(path(visit, "recusal"), {**form, "account": out.account})
    assert done.status_code == 303, done.text
    assert out.name not in (await w.w.third_leader.get("/office/dispatch/decisions")).text


async def test_what_the_party_asks_is_shown_to_wait_until_a_second_officer_heard_it(
    w: Finished, client: Client
) -> None:
    visit = w.visits[3]
    out = await officer(w, visit, w.w.third.organisation)
    notes, hears = [m for m in await team(w, visit) if m.certified and m.account != out.account][:2]
    tablet = Tablet(client, w.house)
    assert (await tablet.enrol(notes.account)).status_code == 200
    body = {"account": out.account, "ground": "relative", "applicant": "party", "statement": "与店主是亲属"}
    said = tablet.record("recusal.declared", visit, body)
    # Whoever noted it says it twice: that is no second officer.
    alone = tablet.record("recusal.confirmed", visit, {"application": said["entry"]["id"]})
    await tablet.receipts(said, alone)
    decisions, changes = "/office/dispatch/decisions", f"/office/dispatch/visits/{visit}/changes"
    assert "待第二名执法人员确认" in (await w.w.third_leader.get(decisions)).text
    assert "还没有第二名执法人员确认" in (await w.w.third_leader.get(changes)).text
    other = Tablet(client, w.house)
    assert (await other.enrol(hears.account)).status_code == 200
    second = other.record("recusal.confirmed", visit, {"application": said["entry"]["id"]})
    assert await other.receipts(second) == {second["entry"]["id"]: ("accepted", None)}
    assert "两名执法人员已确认" in (await w.w.third_leader.get(decisions)).text
    page = (await w.w.third_leader.get(changes)).text
    assert "还没有第二名执法人员确认" not in page and f"<dt>确认人</dt><dd>{hears.name}</dd>" in page
    form = {"application": said["entry"]["id"], "upheld": "no", "statement": "没有事实依据"}
    done = await w.w.third_leader.post(path(visit, "recusal"), {**form, "account": out.account})
    assert done.status_code == 303, done.text
    shown = (await w.w.third_leader.get(f"/office/field/visits/{visit}")).text
    assert f"当事人申请 {out.name} 回避" in shown and f"确认人 {hears.name}" in shown


async def test_a_rejected_application_leaves_the_team_as_it_is(w: Finished) -> None:
    visit = w.visits[3]
    out = await officer(w, visit, w.w.second.organisation)
    before = await team(w, visit)
    form = {"account": out.account, "upheld": "no", "statement": "没有利害关系"}
    assert (await w.w.second_leader.post(path(visit, "recusal"), form)).status_code == 303
    assert (await kinds(w, visit))[-1] == "recusal.decided" and await team(w, visit) == before


async def test_another_day_is_a_new_order_within_the_scheme_and_back_again_needs_no_second_packet(
    w: Finished,
) -> None:
    visit = w.visits[3]
    assert (
        await w.w.second.post(path(visit, "postpone"), {"day": "2026-12-01", "statement": "停业"})
    ).status_code == 403
    for day, words in (("2026-12-19", "不在方案规定的"), ("2026-11-24", "与原日期相同"), ("x", "检查日期")):
        answer = await w.w.lead.post(path(visit, "postpone"), {"day": day, "statement": "店主外出"})
        assert answer.status_code == 422 and words in answer.text
    for day in ("2026-12-01", "2026-12-02", "2026-12-01"):
        answer = await w.w.lead.post(path(visit, "postpone"), {"day": day, "statement": "店主外出"})
        assert answer.status_code == 303, answer.text
    row = await tables.visit(visit)
    assert row and row["planned_on"] == "2026-12-01"
    assert len(await tables.Packet.select().where(tables.Packet.visit == visit)) == 3
    assert not (await folded(w.house, visit)).order.disputed


async def test_a_whole_team_gives_way_to_another_once_each_department_agreed(w: Finished) -> None:
    visit = w.visits[3]
    here = {m.account for m in await team(w, visit)}
    teams = {one: {m.account for m in await team(w, one)} for one in w.visits}
    other = next(one for one, accounts in teams.items() if accounts != here)
    form = {"team": other, "reason": "work_conflict", "statement": "路线相近，改由该组承担"}
    assert (await w.w.second.post(path(visit, "reassign"), form)).status_code == 403
    answer = await w.w.lead.post(path(visit, "reassign"), form)
    assert answer.status_code == 303, answer.text
    leaders = {leader.organisation: leader for _, leader in w.people}
    for row in await tables.replacements(visit, "open"):
        done = await leaders[row["organisation"]].post(
            f"/office/dispatch/requests/{row['id']}", {"act": "approve"}
        )
        assert done.status_code == 303, done.text
    assert {m.account for m in await team(w, visit)} == {m.account for m in await team(w, other)}


async def test_a_recalled_visit_is_closed_its_tablets_hear_of_it_and_the_target_waits_again(
    w: Finished, client: Client
) -> None:
    house, visit = w.house, w.visits[-1]
    leader = await officer(w, visit, w.w.lead.organisation, "leader")
    tablet = Tablet(client, house)
    assert (await tablet.enrol(leader.account)).status_code == 200
    assert (await tablet.exchange()).status_code == 200
    form = {"again": "yes", "statement": "名录信息有误，核实后再派"}
    assert (await w.w.second.post(path(visit, "recall"), form)).status_code == 403
    empty = await w.w.lead.post(path(visit, "recall"), {**form, "statement": ""})
    assert empty.status_code == 422 and "请写明撤回派发的理由" in empty.text
    waiting = len(await tables.waiting_teams(w.scheme))
    assert (await w.w.lead.post(path(visit, "recall"), form)).status_code == 303
    assert len(await tables.waiting_teams(w.scheme)) == waiting + 1
    told = (await tablet.exchange()).json()
    assert "visit.recalled" in {item["entry"]["kind"] for item in told["entries"]}
    again = await w.w.lead.post(path(visit, "recall"), form)
    assert again.status_code == 422 and "已撤回派发" in again.text
    out = await officer(w, visit, w.w.second.organisation)
    assert "已撤回派发" in (await ask(w, visit, w.w.second, out.account)).text
    days = {f"day.{one.id}": "2026-12-03" for one in await tables.waiting_teams(w.scheme)}
    done = await w.w.lead.post(f"/office/dispatch/{w.scheme}", days)
    assert done.status_code == 303, done.text
    rows = await tables.visits(w.scheme)
    assert len({row["number"] for row in rows}) == len(rows) == len(w.visits) + 1


async def test_a_deputy_decides_only_between_the_days_of_the_deputyship(w: Finished, clock: Clock) -> None:
    visit = w.visits[1]
    name = f"卫健委{w.w.tag}（虚构）"
    deputy = await w.w.signed_in("responsible_leader", name)
    today = clock.now.date()
    await Deputy.insert(
        Deputy(
            id=w.house.new_id(),
            leader=w.w.second_leader.account,
            deputy=deputy.account,
            starts_on=today + timedelta(days=1),
            ends_on=today + timedelta(days=3),
        )
    )
    out = await officer(w, visit, w.w.second.organisation)
    entry = await asked(w, visit, w.w.second, out.account)
    early = await deputy.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
    assert early.status_code == 422 and "不在代理期内" in early.text
    await later(clock, days=1)
    done = await deputy.post(f"/office/dispatch/requests/{entry}", {"act": "approve"})
    assert done.status_code == 303, done.text
    body = (await ledger.of_subject(w.house, visit))[-2]
    assert body[2] and body[2]["leader"] == w.w.second_leader.account and body[1].by == deputy.account


async def test_every_packet_says_until_when_the_certificates_of_its_team_are_valid_changed_ones_too(
    w: Finished,
) -> None:
    for visit in (w.visits[0], w.visits[3]):
        row = await tables.visit(visit)
        packet = await tables.packet(w.house, row["packet_digest"]) if row else None
        assert packet and packet.certificates
        known = {one.account: one.until for one in packet.certificates}
        assert {known[one.account] for one in packet.team if one.certified} == {"2028-12-31"}
