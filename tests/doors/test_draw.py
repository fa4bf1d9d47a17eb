"""The draw at the desk, on both engines: refusals first, then the whole ceremony with a clock that is told the time."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from backend.draw import tables
from backend.draw.rules_publication import check_document
from backend.house import House
from backend.ledger import of_subject
from backend.registry.tables import Target
from tests import builders
from tests.builders import FIRST_MOMENT, Clock
from tests.doors.conftest import SignedIn
from tests.doors.drawn import NUMBERS, OTHERS, Ceremony, staffed
from tests.doors.planned import world
from tests.doors.tampered import past_the_triggers


@pytest.fixture
async def c(house: House, clock: Clock, signed_in: SignedIn) -> Ceremony:
    clock.now = FIRST_MOMENT
    w = await world(house, signed_in)
    await builders.organisation("司法局（虚构）", "oversight")
    overseer = await signed_in("oversight", "司法局（虚构）")
    await staffed(w)
    return Ceremony(w, clock, overseer, await w.approved_scheme())


# --- refusals -----------------------------------------------------------------------------------------------


async def test_a_scheme_that_a_department_has_not_approved_cannot_be_drawn(c: Ceremony) -> None:
    c.scheme = await c.w.submitted_scheme()
    answer = await c.announce()
    assert answer.status_code == 422 and "全部批准后才能抽取" in answer.text


@pytest.mark.parametrize(
    ("day", "fallback"),
    [("2026-11-20", "2026-11-28"), ("2026-11-21", "2026-11-21"), ("2026-11-21", "2026-12-19"), ("", "")],
)
async def test_the_lottery_must_be_of_a_later_day_and_its_fallback_later_still(
    c: Ceremony, day: str, fallback: str
) -> None:
    answer = await c.announce(day=day, fallback=fallback)
    assert answer.status_code == 422 and "开奖日期须晚于公告当天" in answer.text
    assert await tables.earlier(c.scheme) == []


async def test_only_the_lead_department_may_announce(c: Ceremony) -> None:
    for person in (c.w.second, c.w.lead_leader, c.w.clerk, c.overseer):
        answer = await person.post(f"/office/draw/new/{c.scheme}", {"day": "2026-11-21"})
        assert answer.status_code == 403


async def test_a_pool_without_a_target_is_refused(c: Ceremony) -> None:
    await Target.update({Target.status: "cancelled"}).where(Target.organisation == c.w.lead.organisation)
    answer = await c.announce()
    assert answer.status_code == 422 and "没有可抽取的检查对象" in answer.text


async def test_too_few_inspectors_are_told_before_anything_is_frozen(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    clock.now = FIRST_MOMENT
    w = await world(house, signed_in)
    await staffed(w, 2, certificate_valid_until=date(2026, 12, 17))
    c = Ceremony(w, clock, w.lead, await w.approved_scheme())
    answer = await c.announce()
    assert answer.status_code == 422
    assert re.search(r"需要 市监局\w+（虚构）持证执法人员 2 名，现有可用执法人员只有  ?0 名", answer.text)
    assert await tables.earlier(c.scheme) == []


async def test_a_number_is_used_once(c: Ceremony) -> None:
    await c.announced()
    answer = await c.announce()
    assert answer.status_code == 422 and "已经使用，不能再次抽取" in answer.text


async def test_countersigning_another_plan_than_the_announced_one_is_refused(c: Ceremony) -> None:
    draw = await c.announced()
    answer = await c.w.lead_leader.post(f"/office/draw/{draw}/countersign", {"plan_hash": "0" * 64})
    assert answer.status_code == 422 and "校验码与锁定时不一致" in answer.text


async def test_a_body_signs_once_and_a_stranger_never(c: Ceremony, signed_in: SignedIn) -> None:
    draw = await c.announced()
    await c.sign(draw, c.w.lead_leader)
    row = await tables.draw_row(draw)
    assert row
    form = {"plan_hash": row["plan_hash"]}
    again = await c.w.lead_leader.post(f"/office/draw/{draw}/countersign", form)
    assert again.status_code == 409
    stranger = await signed_in("responsible_leader", "旁观局（虚构）")
    assert (await stranger.post(f"/office/draw/{draw}/countersign", form)).status_code == 403
    assert (await c.w.lead.post(f"/office/draw/{draw}/countersign", form)).status_code == 403


async def test_a_late_countersignature_is_refused(c: Ceremony) -> None:
    draw = await c.announced()
    await c.later(hours=15)  # midnight in China
    row = await tables.draw_row(draw)
    assert row
    answer = await c.w.lead_leader.post(f"/office/draw/{draw}/countersign", {"plan_hash": row["plan_hash"]})
    assert answer.status_code == 422 and "会签截止时间已过" in answer.text


async def test_numbers_wait_for_every_countersignature_but_never_for_oversight(c: Ceremony) -> None:
    draw = await c.announced()
    await c.sign(draw, c.w.lead_leader, c.w.second_leader)
    await c.later(days=1)
    answer = await c.numbers(draw, c.w.clerk)
    assert answer.status_code == 422 and f"还有部门没有会签：消防队{c.w.tag}（虚构）。" in answer.text


async def test_numbers_cannot_be_entered_before_their_day(c: Ceremony) -> None:
    draw = await c.announced()
    await c.sign(draw, *c.leaders)
    answer = await c.numbers(draw, c.w.clerk)
    assert answer.status_code == 422 and "2026-11-21 公布后再录入" in answer.text
    await c.later(days=1)
    early = await c.numbers(draw, c.w.clerk, which="fallback")
    assert early.status_code == 422 and "2026-11-28 公布后再录入" in early.text


@pytest.mark.parametrize("typed", ["", "1 2 3", NUMBERS + " 80", NUMBERS.replace("79", "81"), "甲乙"])
async def test_numbers_that_are_no_draw_of_the_lottery_are_refused_and_stay_on_the_page(
    c: Ceremony, typed: str
) -> None:
    draw = await c.announced()
    await c.sign(draw, *c.leaders)
    await c.later(days=1)
    answer = await c.numbers(draw, c.w.clerk, typed)
    assert answer.status_code == 422 and "20 个不重复的 1—80 的号码" in answer.text
    assert f">{typed}</textarea>" in answer.text


async def test_the_second_entry_is_another_person_s_and_the_first_is_hidden_from_it(c: Ceremony) -> None:
    draw = await c.announced()
    await c.sign(draw, *c.leaders)
    await c.later(days=1)
    assert (await c.numbers(draw, c.w.clerk)).status_code == 303
    answer = await c.numbers(draw, c.w.clerk)
    assert answer.status_code == 422 and "须由另一人办理" in answer.text
    page = (await c.w.lead.get(f"/office/draw/{draw}")).text
    assert "第二人录入开奖号码" in page and "<b>79</b>" not in page and NUMBERS not in page


async def test_entries_that_differ_stop_the_draw_stay_visible_and_start_again(c: Ceremony) -> None:
    draw = await c.announced()
    await c.sign(draw, *c.leaders)
    await c.later(days=1)
    assert (await c.numbers(draw, c.w.clerk)).status_code == 303
    answer = await c.numbers(draw, c.w.lead, OTHERS)
    assert answer.status_code == 422 and "两次录入不一致，已停止" in answer.text
    assert "有 1 次两人录入不一致" in (await c.w.lead.get(f"/office/draw/{draw}")).text
    assert (await c.w.lead.post(f"/office/draw/{draw}/hold", {})).status_code == 422
    for person in (c.w.lead, c.w.clerk):
        assert (await c.numbers(draw, person)).status_code == 303
    kinds = [entry.kind for _, entry, _ in await of_subject(c.house, draw)]
    assert kinds.count("draw.input_entered") == 4
    assert (await c.w.lead.post(f"/office/draw/{draw}/hold", {})).status_code == 303


async def test_nothing_is_drawn_twice_and_nothing_before_its_turn(c: Ceremony) -> None:
    draw = await c.announced()
    early = await c.w.lead.post(f"/office/draw/{draw}/hold", {})
    assert early.status_code == 422 and "还有部门没有会签" in early.text
    teams = await c.w.lead.post(f"/office/draw/{draw}/assign", {})
    assert teams.status_code == 422 and "检查对象还没有抽取" in teams.text
    assert (await c.overseer.get(f"/office/draw/{draw}/open")).status_code == 422
    await c.sign(draw, *c.leaders)
    await c.later(days=1)
    for person in (c.w.clerk, c.w.lead):
        await c.numbers(draw, person)
    assert (await c.w.second.post(f"/office/draw/{draw}/hold", {})).status_code == 403
    assert (await c.w.lead.post(f"/office/draw/{draw}/hold", {})).status_code == 303
    again = await c.w.lead.post(f"/office/draw/{draw}/hold", {})
    assert again.status_code == 422 and "已经使用" in again.text
    late = await c.w.lead.post(f"/office/draw/{draw}/abort", {"reason": "结果不满意"})
    assert late.status_code == 422 and "已经使用" in late.text


async def test_a_draw_of_a_scheme_that_was_given_up_is_not_held(c: Ceremony) -> None:
    draw = await c.ready()
    void = await c.w.lead.post(f"/office/planning/schemes/{c.scheme}/void", {"reason": "任务取消"})
    assert void.status_code == 303, void.text
    answer = await c.w.lead.post(f"/office/draw/{draw}/hold", {})
    assert answer.status_code == 422 and "已报废" in answer.text


async def test_an_aborted_number_stays_public_and_the_next_one_waits_for_oversight(c: Ceremony) -> None:
    draw = await c.announced()
    nothing = await c.w.lead.post(f"/office/draw/{draw}/abort", {"reason": " "})
    assert nothing.status_code == 422 and "请写明作废的理由" in nothing.text
    assert (await c.w.lead.post(f"/office/draw/{draw}/abort", {"reason": "范围有误"})).status_code == 303
    row = await tables.draw_row(draw)
    assert row and row["state"] == "aborted"
    raw = (await c.w.clerk.client.get(f"/draws/{row['number']}.json")).content
    document = json.loads(raw)
    assert document["outcome"] == "aborted" and document["reason"] == "范围有误"
    assert check_document(raw, document) == []
    refused = await c.announce()
    assert refused.status_code == 422 and "请写明再次抽取的理由" in refused.text
    second = await c.announced(reason="更正抽查范围后再次抽取")
    await c.sign(second, *c.leaders)
    await c.later(days=1)
    answer = await c.numbers(second, c.w.clerk)
    assert answer.status_code == 422 and "还有部门没有会签：司法局（虚构）。" in answer.text
    numbers = [one.number for one in await tables.earlier(c.scheme)]
    assert numbers[1] == numbers[0][:-1] + "2"


# --- the whole ceremony -------------------------------------------------------------------------------------


async def test_the_whole_ceremony_ends_in_teams_and_a_publication_that_anybody_can_check(c: Ceremony) -> None:
    draw = await c.announced()
    row = await tables.draw_row(draw)
    assert row
    before = (await c.w.clerk.client.get(f"/draws/{row['number']}.json")).json()
    assert before["plan_hash"] == row["plan_hash"] and "outcome" not in before
    await c.sign(draw, *c.leaders, c.overseer)
    await c.later(days=1)
    for person in (c.w.clerk, c.w.second):
        assert (await c.numbers(draw, person)).status_code == 303
    assert (await c.w.lead.post(f"/office/draw/{draw}/hold", {})).status_code == 303
    answer = await c.w.lead.post(f"/office/draw/{draw}/assign", {})
    assert answer.status_code == 303, answer.text

    raw = (await c.w.clerk.client.get(f"/draws/{row['number']}.json")).content
    document = json.loads(raw)
    assert check_document(raw, document) == []
    assert document["plan"] == before["plan"] and len(document["countersignatures"]) == 4
    # 20 A at 2 %, 15 B at 4 %, 4 C at 10 %, 1 D at 20 %: one of each, rounded up.
    assert [len(one["indices"]) for one in document["drawn"]] == [1, 1, 1, 1]

    teams = await tables.teams(draw)
    assert len(teams) == 4
    for team in teams:
        assert team["target"] == await tables.target_of(draw, team["place"])
        leaders = [one for one in team["members"] if one["role"] == "leader"]
        assert [one["organisation"] for one in leaders] == [c.w.lead.organisation]
        offices = [one["organisation"] for one in team["members"]]
        assert sorted(offices) == sorted(
            [c.w.lead.organisation, c.w.second.organisation, c.w.third.organisation] * 2
        )
        assert len({one["account"] for one in team["members"]}) == 6
        assert all(one["certified"] and one["certificate"] for one in team["members"])

    page = (await c.overseer.get(f"/office/draw/{draw}/open")).text
    digest = re.search(r'name="names" value="([0-9a-f]{64})"', page)
    assert digest and page.count('chip good">一致</span>') == 3
    wrong = await c.overseer.post(f"/office/draw/{draw}/open", {"names": "0" * 64})
    assert wrong.status_code == 422 and "名单与公开的抽取结果不一致" in wrong.text
    taken = await c.overseer.post(f"/office/draw/{draw}/open", {"names": digest[1]})
    assert taken.status_code == 303, taken.text
    raw = (await c.w.clerk.client.get(f"/draws/{row['number']}.json")).content
    document = json.loads(raw)
    assert document["audit"]["names"] == digest[1] and check_document(raw, document) == []
    again = await c.overseer.post(f"/office/draw/{draw}/open", {"names": digest[1]})
    assert again.status_code == 409


async def test_the_public_file_names_nobody_and_no_class(c: Ceremony) -> None:
    draw = await c.held()
    row = await tables.draw_row(draw)
    assert row
    text = (await c.w.clerk.client.get(f"/draws/{row['number']}.json")).text
    for frozen in await tables.frozen_rows(draw):
        assert frozen.identifier not in text and frozen.target not in text
        assert str(frozen.attributes["name"]) not in text
    assert set(json.loads(text)) == {
        *("plan", "plan_hash", "check_code", "outcome", "reason", "bitmaps", "countersignatures"),
        *("commitments", "nonces", "last_input", "seed", "drawn", "audit", "previous", "repeat", "seal"),
    }
    assert "risk" not in text and "credit" not in text


async def test_a_changed_row_of_the_frozen_registry_cannot_be_countersigned(c: Ceremony) -> None:
    draw = await c.held()
    row = await tables.draw_row(draw)
    assert row
    place = tables.places_of(row)[0]
    await past_the_triggers(c.house, "draw_row", "identifier", "换成别家", "id", f"{draw}:{place}")
    page = await c.overseer.get(f"/office/draw/{draw}/open")
    assert page.status_code == 200 and "不能会签" in page.text and 'name="names"' not in page.text
    answer = await c.overseer.post(f"/office/draw/{draw}/open", {"names": "0" * 64})
    assert answer.status_code == 422 and "名单与公开的抽取结果不一致" in answer.text


async def test_the_named_list_is_the_auditor_s_alone_and_its_digest_can_be_computed_elsewhere(
    c: Ceremony,
) -> None:
    from sync.draw_check import names_digest

    draw = await c.held()
    for person in (c.w.lead, c.w.clerk, c.w.lead_leader):
        assert (await person.get(f"/office/draw/{draw}/names.csv")).status_code == 403
        assert (await person.get(f"/office/draw/{draw}/open")).status_code == 403
    text = (await c.overseer.get(f"/office/draw/{draw}/names.csv")).content.decode("utf-8-sig")
    lines = [line.split(",") for line in text.splitlines()[1:]]
    row = await tables.draw_row(draw)
    assert row and len(lines) == 4
    digest = names_digest(
        bytes.fromhex(row["plan_hash"]), [(int(one[0]), one[2], bytes.fromhex(one[4])) for one in lines]
    )
    assert digest in (await c.overseer.get(f"/office/draw/{draw}/open")).text


async def test_a_cap_that_binds_is_refused_with_the_witness_and_may_then_be_raised(c: Ceremony) -> None:
    refused = await c.announce(cap="1")
    assert refused.status_code == 422 and "每人最多 1 户" in refused.text
    assert (await c.announce(cap="零")).status_code == 422
    draw = await c.announced(cap="3")
    await c.sign(draw, *c.leaders)
    await c.later(days=1)
    for person in (c.w.clerk, c.w.lead):
        await c.numbers(draw, person)
    await c.w.lead.post(f"/office/draw/{draw}/hold", {})
    assert (await c.w.lead.post(f"/office/draw/{draw}/assign", {})).status_code == 303
    loads: dict[str, int] = {}
    for team in await tables.teams(draw):
        for one in team["members"]:
            loads[one["inspector"]] = loads.get(one["inspector"], 0) + 1
    assert max(loads.values()) <= 3


async def test_pages_say_what_comes_next_for_each_and_the_hall_names_no_target(c: Ceremony) -> None:
    draw = await c.announced()
    assert ">会签</button>" in (await c.w.lead_leader.get(f"/office/draw/{draw}")).text
    assert "等待会签" in (await c.w.lead.get(f"/office/draw/{draw}")).text
    assert "待会签" in (await c.w.lead_leader.get("/office/draw")).text
    await c.sign(draw, *c.leaders)
    assert "等待 2026-11-21 开奖" in (await c.w.clerk.get(f"/office/draw/{draw}")).text
    await c.later(days=1)
    assert ">录入</button>" in (await c.w.clerk.get(f"/office/draw/{draw}")).text
    for person in (c.w.clerk, c.w.lead):
        await c.numbers(draw, person)
    assert "抽取 4 户检查对象" in (await c.w.lead.get(f"/office/draw/{draw}")).text
    await c.w.lead.post(f"/office/draw/{draw}/hold", {})
    hall = (await c.overseer.get(f"/office/draw/{draw}/hall")).text
    assert "抽中序号" in hall
    assert not any(str(one.attributes["name"]) in hall for one in await tables.frozen_rows(draw))
    assert "核验名单" in (await c.overseer.get(f"/office/draw/{draw}")).text


async def test_a_target_that_came_out_this_year_is_counted_for_the_repeat_guard(c: Ceremony) -> None:
    draw = await c.held()
    row = await tables.draw_row(draw)
    assert row
    counted = await tables.drawn_in(2026)
    assert all(counted[one.target] == 1 for one in await tables.frozen_rows(draw, tables.places_of(row)))
    assert (await tables.drawn_in(2025)).total() == 0


async def test_the_freeze_deadline_is_the_last_millisecond_before_the_lottery_s_day(c: Ceremony) -> None:
    draw = await c.announced()
    await c.later(hours=14, minutes=59, seconds=59, milliseconds=999)
    await c.sign(draw, c.w.lead_leader)


async def test_unknown_numbers_and_draws_are_not_found(c: Ceremony) -> None:
    client = c.w.clerk.client
    for path in ("/draws/2026-999-1.json", "/draws/2026-999-1", "/draws/x"):
        assert (await client.get(path)).status_code == 404
    for path in ("", "/hall"):
        assert (await c.w.clerk.get(f"/office/draw/{'0' * 32}{path}")).status_code == 404
    assert (await c.overseer.get(f"/office/draw/{'0' * 32}/open")).status_code == 404
