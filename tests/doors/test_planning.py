"""The planning pages: refusals first, then the way from a line to a scheme that can be drawn from."""

from __future__ import annotations

from datetime import date

import pytest

from backend.house import House
from backend.ledger import of_subject
from backend.people.tables import Deputy
from backend.planning import tables
from tests.doors.conftest import SignedIn
from tests.doors.planned import World, check_item, world

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
async def w(house: House, signed_in: SignedIn) -> World:
    return await world(house, signed_in)


async def test_a_scheme_without_a_plan_line_is_refused_and_what_was_typed_stays(w: World) -> None:
    scheme = w.house.new_id()
    form = w.scheme_form("")
    answer = await w.lead.post(f"/office/planning/schemes/{scheme}", form)
    assert answer.status_code == 422
    assert "方案没有对应的年度计划事项" in answer.text
    assert form["name"] in answer.text and "许可、加工制作、公共卫生" in answer.text
    assert f'value="{w.items["second"]}" checked' in answer.text
    assert await tables.scheme(scheme) is None


async def test_a_scheme_on_a_line_of_another_department_is_refused(w: World) -> None:
    line = await w.published_line()
    form = w.scheme_form(line)
    answer = await w.second.post(f"/office/planning/schemes/{w.house.new_id()}", form)
    assert answer.status_code == 422 and "方案没有对应的年度计划事项" in answer.text


async def test_a_scheme_on_a_line_that_is_not_published_is_refused(w: World) -> None:
    line = w.house.new_id()
    await w.lead.post(f"/office/planning/lines/{line}", w.line_form())
    answer = await w.lead.post(f"/office/planning/schemes/{w.house.new_id()}", w.scheme_form(line))
    assert answer.status_code == 422 and "还没有批准公布" in answer.text


async def test_a_ratio_over_the_cap_of_a_general_item_is_refused_with_both_numbers(w: World) -> None:
    form = w.scheme_form(await w.published_line(), **{"ratio.A": "30"})
    answer = await w.lead.post(f"/office/planning/schemes/{w.house.new_id()}", form)
    assert answer.status_code == 422
    assert "抽查比例 18% 超过一般检查事项的上限 5%" in answer.text


async def test_an_item_that_is_not_published_is_refused_by_name(w: World) -> None:
    hidden = await check_item(w.house, w.second.organisation, "未公布事项", published=False)
    form = w.scheme_form(await w.published_line(), **{f"items.{w.second.organisation}": [hidden]})
    answer = await w.lead.post(f"/office/planning/schemes/{w.house.new_id()}", form)
    assert answer.status_code == 422 and "事项“未公布事项”没有公布" in answer.text


async def test_a_scheme_without_participants_or_targets_is_refused(w: World) -> None:
    form = w.scheme_form(await w.published_line())
    alone = {
        k: v
        for k, v in form.items()
        if k not in (f"items.{w.second.organisation}", f"items.{w.third.organisation}")
    }
    answer = await w.lead.post(f"/office/planning/schemes/{w.house.new_id()}", alone)
    assert answer.status_code == 422 and "至少要有 1 个参与部门" in answer.text
    nobody = await w.lead.post(
        f"/office/planning/schemes/{w.house.new_id()}", {**form, "duties": ["没有这个标签"]}
    )
    assert nobody.status_code == 422 and "没有可抽取的检查对象" in nobody.text


async def test_what_is_missing_on_a_line_is_named_all_at_once(w: World) -> None:
    answer = await w.lead.post(
        f"/office/planning/lines/{w.house.new_id()}", w.line_form(title="", ratio="很多", ends_on="")
    )
    assert answer.status_code == 422
    assert "计划事项名称、抽查时间（止）、抽查比例" in answer.text
    assert "全区餐饮服务经营者" in answer.text


async def test_a_planner_of_another_department_cannot_enter_or_publish(w: World) -> None:
    line = w.house.new_id()
    form = w.line_form(organisation=w.lead.organisation)
    assert (await w.second.post(f"/office/planning/lines/{line}", form)).status_code == 403
    assert (await w.lead.post("/office/planning/2026/publish", {})).status_code == 403
    assert await tables.plan_line(line) is None


async def test_the_leader_of_another_department_cannot_approve(w: World) -> None:
    line = w.house.new_id()
    await w.lead.post(f"/office/planning/lines/{line}", w.line_form())
    answer = await w.second_leader.post("/office/planning/approvals", {"what": f"line:{line}"})
    assert answer.status_code == 403
    scheme = await w.submitted_scheme()
    stranger = await w.signed_in("responsible_leader", f"无关局{w.tag}（虚构）")
    answer = await stranger.post("/office/planning/approvals", {"what": f"scheme:{scheme}"})
    assert answer.status_code == 403
    assert (await tables.scheme(scheme)).approved_by == frozenset()  # type: ignore[union-attr]


async def test_a_deputy_decides_between_the_days_and_not_outside_of_them(w: World) -> None:
    scheme = await w.submitted_scheme()
    deputy = await w.signed_in("responsible_leader", f"卫健委{w.tag}（虚构）")
    row = Deputy(
        id=w.house.new_id(),
        leader=w.second_leader.account,
        deputy=deputy.account,
        starts_on=date(2026, 11, 1),
        ends_on=date(2026, 11, 19),
    )
    await Deputy.insert(row)
    answer = await deputy.post("/office/planning/approvals", {"what": f"scheme:{scheme}"})
    assert answer.status_code == 422 and "不在代理期内" in answer.text
    await Deputy.update({Deputy.ends_on: date(2026, 12, 31)}).where(Deputy.id == row.id)
    assert (await deputy.post("/office/planning/approvals", {"what": f"scheme:{scheme}"})).status_code == 303
    facts = await tables.scheme(scheme)
    assert facts is not None
    assert facts.approvals[0].leader == w.second_leader.account
    assert facts.approvals[0].decided_by == deputy.account
    shown = await w.lead.get(f"/office/planning/schemes/{scheme}")
    assert f"{deputy.name}（代 {w.second_leader.name}）" in shown.text


async def test_nothing_is_approved_twice(w: World) -> None:
    scheme = await w.submitted_scheme()
    first = await w.second_leader.post("/office/planning/approvals", {"what": f"scheme:{scheme}"})
    again = await w.second_leader.post("/office/planning/approvals", {"what": f"scheme:{scheme}"})
    assert first.status_code == 303 and again.status_code == 409
    assert "已经办理过" in again.text
    assert len((await tables.scheme(scheme)).approvals) == 1  # type: ignore[union-attr]


async def test_several_are_approved_at_once_or_none(w: World) -> None:
    scheme = await w.submitted_scheme()
    line = w.house.new_id()
    await w.lead.post(f"/office/planning/lines/{line}", w.line_form())
    wrong = {"what": [f"scheme:{scheme}", f"line:{'0' * 32}"]}
    assert (await w.lead_leader.post("/office/planning/approvals", wrong)).status_code == 404
    assert (await tables.scheme(scheme)).approved_by == frozenset()  # type: ignore[union-attr]
    both = {"what": [f"scheme:{scheme}", f"line:{line}"]}
    assert (await w.lead_leader.post("/office/planning/approvals", both)).status_code == 303
    assert (await tables.plan_line(line)).status == "approved"  # type: ignore[union-attr]
    assert (await tables.scheme(scheme)).approved_by == {w.lead.organisation}  # type: ignore[union-attr]


async def test_giving_back_needs_a_reason_and_starts_a_new_round_with_the_same_number(w: World) -> None:
    scheme = await w.submitted_scheme()
    what = f"scheme:{scheme}"
    await w.lead_leader.post("/office/planning/approvals", {"what": what})
    silent = await w.third_leader.post("/office/planning/approvals", {"back": what})
    assert silent.status_code == 422 and "请写明退回的理由" in silent.text
    reason = {"back": what, f"reason.{what}": "时间与消防专项冲突"}
    assert (await w.third_leader.post("/office/planning/approvals", reason)).status_code == 303
    before = await tables.scheme(scheme)
    assert before is not None and before.status == "returned"
    edit = await w.lead.get(f"/office/planning/schemes/{scheme}/edit")
    assert edit.status_code == 200 and before.name in edit.text
    form = w.scheme_form(before.plan_line, ends_on="2026-12-25")
    assert (await w.lead.post(f"/office/planning/schemes/{scheme}", form)).status_code == 303
    after = await tables.scheme(scheme)
    assert after is not None
    assert (after.number, after.round, after.status) == (before.number, 2, "submitted")
    assert after.approved_by == frozenset()
    page = await w.lead.get(f"/office/planning/schemes/{scheme}")
    assert "退回理由：时间与消防专项冲突" in page.text


async def test_a_line_that_comes_late_is_taken_and_marked(w: World) -> None:
    line = await w.published_line()
    facts = await tables.plan_line(line)
    assert facts is not None and facts.late
    assert "逾期报送" in (await w.lead.get(f"/office/planning/lines/{line}")).text


async def test_a_draft_keeps_what_was_typed_and_nobody_else_can_open_it(w: World) -> None:
    line = w.house.new_id()
    half = {"act": "save", "title": "只写了名称", "ratio": "说不准"}
    assert (await w.lead.post(f"/office/planning/lines/{line}", half)).status_code == 303
    shown = await w.lead.get(f"/office/planning/lines/{line}/edit")
    assert "只写了名称" in shown.text and "说不准" in shown.text
    assert (await w.second.get(f"/office/planning/lines/{line}/edit")).status_code == 403
    assert "只写了名称" in (await w.lead.get("/office/planning")).text
    assert "只写了名称" not in (await w.second.get("/office/planning")).text


async def test_the_whole_way_to_a_scheme_that_can_be_drawn_from(w: World) -> None:
    scheme = await w.approved_scheme()
    facts = await tables.scheme(scheme)
    assert facts is not None
    assert facts.status == "ready_to_draw"
    assert facts.organisations == (w.lead.organisation, w.second.organisation, w.third.organisation)
    assert facts.number.startswith("2026-")
    kinds = [entry.kind for _, entry, _ in await of_subject(w.house, scheme)]
    assert kinds == ["scheme.submitted", "scheme.approved", "scheme.approved", "scheme.approved"]
    page = (await w.lead.get(f"/office/planning/schemes/{scheme}")).text
    assert "已批准，可抽取" in page
    # 20 A at 2%, 15 B at 4%, 4 C at 10%, 1 D at 20%: one visit each, and two departments less at every door.
    assert "<b>4</b><span>拟抽取（户）</span>" in page and "<b>8</b><span>减少入企（户次）</span>" in page


async def test_the_leader_reads_what_the_approval_means(w: World) -> None:
    await w.submitted_scheme()
    page = (await w.second_leader.get("/office/planning/approvals")).text
    assert "拟抽取 4 户（范围内 40 户），联合检查减少入企 8 户次" in page
    assert "国发〔2019〕5号" in page and f"second事项{w.tag}" in page
    assert "2 件" not in page
    home = (await w.second_leader.get("/office/planning")).text
    assert "有 1 件待本部门负责人批准" in home


async def test_an_approval_on_paper_is_recorded_with_its_photograph(w: World) -> None:
    scheme = await w.submitted_scheme()
    paper = {"approver": "局长王某", "approved_on": "2026-11-21", "number": "审批表 12 号"}
    early = await w.third.post(f"/office/planning/schemes/{scheme}/offline", paper)
    assert early.status_code == 422 and "批准日期不能晚于今天" in early.text and "局长王某" in early.text
    paper["approved_on"] = "2026-11-19"
    wrong = await w.third.post(
        f"/office/planning/schemes/{scheme}/offline", paper, files={"photo": ("a.png", b"text", "image/png")}
    )
    assert wrong.status_code == 422 and "JPG 或 PNG" in wrong.text
    answer = await w.third.post(
        f"/office/planning/schemes/{scheme}/offline", paper, files={"photo": ("a.png", PNG, "image/png")}
    )
    assert answer.status_code == 303, answer.text
    facts = await tables.scheme(scheme)
    assert facts is not None and facts.approved_by == {w.third.organisation}
    offline = facts.approvals[0].offline
    assert offline is not None and offline.photo is not None
    photo = await w.lead.get(f"/office/planning/papers/{offline.photo}")
    assert photo.content == PNG and photo.headers["content-type"] == "image/png"
    kept = await tables.ApprovalPaper.select().where(tables.ApprovalPaper.digest == offline.photo)
    assert PNG not in bytes(kept[0]["sealed"])


async def test_a_voided_scheme_stays_visible_with_its_reason_and_number(w: World) -> None:
    scheme = await w.submitted_scheme()
    assert (
        await w.second.post(f"/office/planning/schemes/{scheme}/void", {"reason": "不需要了"})
    ).status_code == 403
    assert (await w.lead.post(f"/office/planning/schemes/{scheme}/void", {})).status_code == 422
    assert (
        await w.lead.post(f"/office/planning/schemes/{scheme}/void", {"reason": "合并到市级任务"})
    ).status_code == 303
    page = (await w.lead.get("/office/planning")).text
    assert "合并到市级任务" in page and "已报废" in page
    late = await w.lead_leader.post("/office/planning/approvals", {"what": f"scheme:{scheme}"})
    assert late.status_code == 409


async def test_publishing_with_nothing_to_publish_says_so(w: World) -> None:
    await w.published_line()
    answer = await w.clerk.post("/office/planning/2026/publish", {})
    assert answer.status_code == 422 and "没有已批准待公布的计划事项" in answer.text
