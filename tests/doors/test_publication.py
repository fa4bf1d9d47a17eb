"""公示 at the desk, on both engines: refusals first, then review, publication and correction."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.house import House
from backend.ledger import of_subject
from backend.people.tables import Account
from backend.publication import tables, visits
from tests.builders import Clock, Person
from tests.doors.conftest import SignedIn
from tests.doors.finished import Finished, clean_review, dispatched, finished, later, record, store_photo


@pytest.fixture(scope="module")
async def shared(house: House, clock: Clock, signed_in: SignedIn) -> Finished:
    """One finished visit, of which each test takes a department of its own or only looks."""
    return await finished(house, clock, signed_in)


async def kinds(whole: Finished) -> list[str]:
    return [entry.kind for _, entry, _ in await of_subject(whole.house, whole.visit)]


# --- refusals -----------------------------------------------------------------------------------------------


async def test_nobody_else_reviews_or_publishes_for_a_department(shared: Finished) -> None:
    path = shared.path(shared.w.third)
    for person in (shared.w.second, shared.w.clerk):
        assert (await person.post(f"{path}/review", clean_review())).status_code in (403, 422)
    answer = await shared.w.second.post(f"{path}/review", clean_review())
    assert "谁检查、谁录入、谁公开" in answer.text
    assert (await shared.w.second_leader.post(f"{path}/publish", {})).status_code == 422
    assert (await shared.w.third.post(f"{path}/publish", {})).status_code == 403
    assert not {"publication.reviewed", "notice.published"} & set(await kinds(shared))


async def test_another_departments_page_is_not_shown(shared: Finished) -> None:
    assert (await shared.w.second.get(shared.path(shared.w.third))).status_code == 403
    assert (await shared.w.clerk.get(shared.path(shared.w.third))).status_code == 200
    assert (
        await shared.w.lead.get(f"/office/publication/{'0' * 32}/{shared.w.lead.organisation}")
    ).status_code == 404


async def test_an_unreviewed_result_is_not_published_and_the_page_says_why(shared: Finished) -> None:
    answer = await shared.w.third_leader.post(f"{shared.path(shared.w.third)}/publish", {})
    assert answer.status_code == 422 and "还没有完成保密和隐私审查" in answer.text


async def test_a_contradicting_review_comes_back_with_what_was_typed(shared: Finished) -> None:
    form = clean_review(privacy="yes", note="负责人姓名待核")
    answer = await shared.w.third.post(f"{shared.path(shared.w.third)}/review", form)
    assert answer.status_code == 422 and "审查发现涉及个人隐私，不能全部公示" in answer.text
    assert 'value="负责人姓名待核"' in answer.text
    incomplete = await shared.w.third.post(f"{shared.path(shared.w.third)}/review", {"secrecy": "no"})
    assert incomplete.status_code == 422 and "个人隐私、商业秘密、审查结论" in incomplete.text


async def test_what_has_not_come_in_whole_is_not_published(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await dispatched(house, clock, signed_in)
    lead, leader = whole.people[0]
    assert "还没有检查结束的任务" in (await lead.get("/office/publication")).text
    await record(house, whole.visit, store=False)
    answer = await lead.post(f"{whole.path(lead)}/review", clean_review())
    assert answer.status_code == 422 and "缺 1 项" in answer.text
    listed = await lead.get("/office/publication?status=not_synced")
    assert whole.visit in listed.text
    await store_photo(house, whole.visit)
    await whole.publish(lead, leader)
    assert (await leader.post(f"{whole.path(lead)}/publish", {})).status_code == 409


async def test_who_reviewed_does_not_publish_as_long_as_there_are_two(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    planner, leader = whole.people[1]
    assert (await leader.post(f"{whole.path(leader)}/review", clean_review())).status_code == 303
    answer = await leader.post(f"{whole.path(leader)}/publish", {})
    assert answer.status_code == 422 and "另一人办理" in answer.text
    await Account.update({Account.active: False}).where(Account.id == planner.account)
    assert (await leader.post(f"{whole.path(leader)}/publish", {})).status_code == 303


# --- the way ------------------------------------------------------------------------------------------------


async def test_review_publish_correct_and_every_step_is_in_the_ledger(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    planner, leader = whole.people[0]
    assert await visits.waiting(house, await _actor(house, planner)) == 1
    await whole.publish(planner, leader)
    assert await visits.waiting(house, await _actor(house, planner)) == 0
    first = (await tables.versions(whole.visit))[0]
    form = {"value.address": "云栖街道银杏路 2 号（虚构）", "reason": "地址录入有误", "seen": first["id"]}
    nothing = await leader.post(f"{whole.path(leader)}/correct", {**form, "reason": ""})
    assert nothing.status_code == 422 and "银杏路 2 号" in nothing.text
    await later(clock, days=7)
    assert (await leader.post(f"{whole.path(leader)}/correct", form)).status_code == 303
    new, old = await tables.versions(whole.visit)
    assert (new["current"], new["version"], old["current"], old["version"]) == (True, 2, False, 1)
    assert old["document"] == first["document"] and "银杏路 2 号" in new["document"]
    stale = await leader.post(f"{whole.path(leader)}/correct", {**form, "value.address": "别处"})
    assert stale.status_code == 409
    assert (await kinds(whole))[-3:] == ["publication.reviewed", "notice.published", "notice.corrected"]
    shown = await leader.get(whole.path(leader))
    assert "第 1 版" in shown.text and "已公示" in shown.text


async def test_a_partial_publication_leaves_the_chosen_fields_out(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    planner, leader = whole.people[2]
    form = clean_review(
        privacy="yes", decision="partial", basis="partial.privacy", omitted=["legal_rep_name", "address"]
    )
    assert (await planner.post(f"{whole.path(planner)}/review", form)).status_code == 303
    assert (await leader.post(f"{whole.path(leader)}/publish", {})).status_code == 303
    document = (await tables.versions(whole.visit))[0]["document"]
    assert "银杏路" not in document and "祁之" not in document and "饭店" in document


async def test_a_withheld_result_leaves_no_trace_in_public(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    planner, leader = whole.people[2]
    form = clean_review(secrecy="yes", decision="withhold", basis="withheld.state_secret")
    refused = await planner.post(f"{whole.path(planner)}/review", form)
    assert refused.status_code == 422 and "须由部门负责人决定" in refused.text
    assert (await leader.post(f"{whole.path(leader)}/review", form)).status_code == 303
    assert (await planner.client.get(f"/results/{whole.visit}")).status_code == 404
    await whole.publish(*whole.people[0])
    page = await planner.client.get(f"/results/{whole.visit}")
    assert page.status_code == 200 and f"消防队{whole.w.tag}" not in page.text.split("检查信息")[0]


async def test_the_list_turns_amber_and_then_counts_the_days(
    house: House, clock: Clock, signed_in: SignedIn
) -> None:
    whole = await finished(house, clock, signed_in)
    today = clock.now
    assert "2026-12-18 前" in (await whole.w.lead.get("/office/publication")).text
    for days, words in ((21, 'class="soon"'), (29, "已逾期 3 个工作日")):
        clock.now = today + timedelta(days=days)
        leader = await signed_in("responsible_leader", f"市监局{whole.w.tag}（虚构）")
        assert words in (await leader.get("/office/publication")).text


async def _actor(house: House, person: Person):  # type: ignore[no-untyped-def]
    from backend.people.tables import actor_of

    actor = await actor_of(person.account, visits.today_of(house))
    assert actor
    return actor
