"""The dispatch pages: refusals first, then visits that carry their packet, and the papers for the door."""

from __future__ import annotations

import json

import pytest

from backend.dispatch import rules_packet, tables
from backend.draw.tables import Draw, Team, TeamMember
from backend.house import House
from backend.ledger import of_subject
from backend.planning import tables as planning
from backend.planning.tables import Scheme
from sync.canon import canonical, digest
from tests.builders import Person
from tests.doors.conftest import SignedIn
from tests.doors.planned import World, target, world

PLAN = json.dumps(
    {
        "title": "餐饮服务联合抽查（虚构）",
        "round": 1,
        "parties": [],
        "strata": [],
        "snapshot": {"root": "0" * 64, "n": 40, "as_of": "2026-11-20"},
        "last_input": {"mode": "signatures", "date": "2026-11-20"},
    },
    ensure_ascii=False,
)
"""What the desk's pages read of an announced plan; the draw itself has tests of its own."""


@pytest.fixture
async def w(house: House, signed_in: SignedIn) -> World:
    return await world(house, signed_in)


async def drawn_scheme(w: World) -> str:
    """A scheme that every department approved and whose targets were drawn; no team yet."""
    scheme = await w.approved_scheme()
    await Scheme.update({Scheme.status: "drawn"}).where(Scheme.id == scheme)
    return scheme


async def formed(w: World, scheme: str, count: int = 2, certified: bool = True) -> list[Person]:
    """Teams as the draw leaves them: two officers of each department, the first of the lead is the leader."""
    draw = w.house.new_id()
    await Draw.insert(
        Draw(
            id=draw, scheme=scheme, number=draw[:12], entry=1, state="assigned", plan=PLAN, plan_hash="0" * 64,
            bitmaps="[]", cap=9, announced_at="", announced_by=w.lead.account,
        )
    )  # fmt: skip
    offices = (w.lead.organisation, w.second.organisation, w.third.organisation)
    names = (f"市监局{w.tag}（虚构）", f"卫健委{w.tag}（虚构）", f"消防队{w.tag}（虚构）")
    people = [await w.signed_in("inspector", name) for name in names for _ in range(2)]
    for place in range(count):
        team, one = w.house.new_id(), await target(w.house, offices[0], f"小馆{place}{w.tag}（虚构）", w.tag)
        await Team.insert(Team(id=team, scheme=scheme, draw=draw, target=one, place=place, formed_at=""))
        for position, person in enumerate(people):
            await TeamMember.insert(
                TeamMember(
                    id=f"{team}:{person.account}",
                    team=team,
                    position=position,
                    account=person.account,
                    inspector=person.account,
                    organisation=person.organisation,
                    role="leader" if position == 0 else "member",
                    name=person.name,
                    certificate=f"渝岭{position:04d}",
                    certified=certified or position != 5,
                )
            )
    return people


async def days(scheme: str, day: str = "2026-11-24") -> dict[str, str]:
    return {f"day.{team.id}": day for team in await tables.waiting_teams(scheme)}


async def test_a_scheme_without_teams_is_not_dispatched(w: World) -> None:
    scheme = await drawn_scheme(w)
    answer = await w.lead.post(f"/office/dispatch/{scheme}", {})
    assert answer.status_code == 422 and "没有待派发的检查组" in answer.text
    assert await tables.visits(scheme) == []


async def test_a_scheme_that_was_not_drawn_is_not_dispatched(w: World) -> None:
    scheme = await w.approved_scheme()
    await formed(w, scheme)
    answer = await w.lead.post(f"/office/dispatch/{scheme}", await days(scheme))
    assert answer.status_code == 422 and "请先抽取检查对象" in answer.text


async def test_only_the_lead_department_dispatches(w: World) -> None:
    scheme = await drawn_scheme(w)
    await formed(w, scheme)
    assert (await w.second.post(f"/office/dispatch/{scheme}", await days(scheme))).status_code == 403
    assert (await w.lead_leader.post(f"/office/dispatch/{scheme}", await days(scheme))).status_code == 403
    assert await tables.visits(scheme) == []


async def test_a_day_outside_the_scheme_is_refused_and_the_days_typed_stay(w: World) -> None:
    scheme = await drawn_scheme(w)
    await formed(w, scheme)
    typed = await days(scheme, "2026-12-03")
    last = sorted(typed)[-1]
    answer = await w.lead.post(f"/office/dispatch/{scheme}", {**typed, last: "2026-12-19"})
    assert answer.status_code == 422
    assert "2026-12-19 不在方案规定的 2026-11-23 至 2026-12-18 内" in answer.text
    assert 'value="2026-12-03"' in answer.text and 'value="2026-12-19"' in answer.text
    assert await tables.visits(scheme) == []


async def test_a_team_with_too_few_certified_officers_is_refused(w: World) -> None:
    scheme = await drawn_scheme(w)
    await formed(w, scheme, certified=False)
    answer = await w.lead.post(f"/office/dispatch/{scheme}", await days(scheme))
    assert answer.status_code == 422 and "持证人员不足 2 名" in answer.text


async def test_every_visit_is_one_entry_and_carries_a_sealed_packet(w: World) -> None:
    scheme = await drawn_scheme(w)
    people = await formed(w, scheme)
    answer = await w.lead.post(f"/office/dispatch/{scheme}", await days(scheme))
    assert answer.status_code == 303, answer.text
    facts = await planning.scheme(scheme)
    assert facts is not None and facts.status == "dispatched"
    rows = await tables.visits(scheme)
    assert [row["number"] for row in rows] == [f"{facts.number}-001", f"{facts.number}-002"]
    for row in rows:
        entries = await of_subject(w.house, row["id"])
        assert [entry.kind for _, entry, _ in entries] == ["visit.ordered"]
        body = entries[0][2]
        assert body is not None and body["packet_digest"] == row["packet_digest"]
        packet = await tables.packet(w.house, row["packet_digest"])
        assert packet is not None
        assert digest("packet/1", packet.model_dump(mode="json")) == row["packet_digest"]
        assert {m.account for m in packet.team} == {p.account for p in people}
        kept = (await tables.Packet.select().where(tables.Packet.digest == row["packet_digest"]))[0]
        assert packet.target.name.encode() not in bytes(kept["content"])
        key = w.house.vault.open(bytes(kept["data_key"]), tables.KEY_PLACE)
        assert len(key) == 32
    keys = await tables.Packet.select().where(tables.Packet.visit.is_in([row["id"] for row in rows]))
    assert len({w.house.vault.open(bytes(k["data_key"]), tables.KEY_PLACE) for k in keys}) == 2
    again = await w.lead.post(f"/office/dispatch/{scheme}", {})
    assert again.status_code == 422 and "没有待派发的检查组" in again.text


async def test_the_packet_carries_the_results_of_the_law(w: World) -> None:
    scheme = await drawn_scheme(w)
    await formed(w, scheme, count=1)
    await w.lead.post(f"/office/dispatch/{scheme}", await days(scheme))
    packet = await tables.packet(w.house, (await tables.visits(scheme))[0]["packet_digest"])
    assert packet is not None
    assert packet.minimum_officers == 2 and len(packet.dispositions) == 6
    assert packet.template == rules_packet.TEMPLATE
    assert packet.legal_basis[0].endswith("（国发〔2019〕5号）")
    assert packet.target.representative_label == "法定代表人" and packet.target.phone == "000-12345678"
    assert packet.blocks[0].organisation == w.lead.organisation
    assert packet.blocks[0].routine_items == (f"lead事项{w.tag}",)
    labels = [due.label for due in packet.dues]
    assert any(one.startswith("检查结果形成后 20 个工作日内公示（") for one in labels), "with its day"
    texts = await tables.item_texts(item.text for block in packet.blocks for item in block.items)
    wanted = packet.blocks[0].items[0].text
    assert digest("text/1", texts[wanted].model_dump(mode="json")) == wanted
    row = (await tables.ItemText.select().where(tables.ItemText.digest == wanted))[0]
    assert canonical(json.loads(row["content"])).decode() == row["content"]


async def test_days_are_proposed_on_working_days_and_a_packet_can_be_looked_at_first(w: World) -> None:
    scheme = await drawn_scheme(w)
    await formed(w, scheme, count=3)
    page = await w.lead.get(f"/office/dispatch/{scheme}")
    assert page.status_code == 200
    for day in ("2026-11-23", "2026-11-24", "2026-11-25"):
        assert f'value="{day}"' in page.text
    team = (await tables.waiting_teams(scheme))[0]
    shown = await w.lead.get(f"/office/dispatch/{scheme}/preview/{team.id}")
    assert "预览，尚未派发" in shown.text and team.name in shown.text
    assert (await w.second.get(f"/office/dispatch/{scheme}/preview/{team.id}")).status_code == 403
    assert await tables.visits(scheme) == []


async def test_a_member_sees_the_visit_and_the_lead_sees_that_he_did(w: World) -> None:
    scheme = await drawn_scheme(w)
    people = await formed(w, scheme, count=1)
    await w.lead.post(f"/office/dispatch/{scheme}", await days(scheme))
    visit = (await tables.visits(scheme))[0]["id"]
    assert "已通知，未查看" in (await w.lead.get(f"/office/dispatch/visits/{visit}")).text
    assert (await people[3].get(f"/office/dispatch/visits/{visit}")).status_code == 200
    assert "已查看 2026-11-20" in (await w.lead.get(f"/office/dispatch/visits/{visit}")).text
    stranger = await w.signed_in("inspector", f"无关局{w.tag}（虚构）")
    assert (await stranger.get(f"/office/dispatch/visits/{visit}")).status_code == 403
    assert (await stranger.get(f"/office/dispatch/visits/{visit}/notice")).status_code == 403


async def test_the_notice_prints_the_labels_of_the_form_with_the_corrected_number(w: World) -> None:
    scheme = await drawn_scheme(w)
    await formed(w, scheme, count=1)
    await w.lead.post(f"/office/dispatch/{scheme}", await days(scheme))
    facts, row = await planning.scheme(scheme), (await tables.visits(scheme))[0]
    assert facts is not None
    text = (await w.lead.get(f"/office/dispatch/visits/{row['id']}/notice")).text
    serial = f"{facts.number}-001".partition("-")[2]
    assert f"部门联合双随机抽检字【2026】第 {serial} 号" in text
    for label in (
        "检查事项如下：",
        "请你单位对行政检查工作予以积极配合。",
        "执法检查人员签字：",
        "当事人签字：",
    ):
        assert label in text
    assert "国发〔2019〕5号" in text and "国发【2019】5号" not in text
    route = await w.lead.get(f"/office/dispatch/{scheme}/route/2026-11-24")
    assert route.status_code == 200 and row["title"] in route.text
    assert (await w.lead.get(f"/office/dispatch/{scheme}/route/2026-11-25")).status_code == 404


async def test_the_desk_counts_what_waits_until_it_is_dispatched(w: World) -> None:
    scheme = await drawn_scheme(w)
    await formed(w, scheme, count=1)
    assert "安排日期并派发" in (await w.lead.get("/office/dispatch")).text
    await w.lead.post(f"/office/dispatch/{scheme}", await days(scheme))
    row = (await tables.visits(scheme))[0]
    assert await tables.members([row["id"]]) != {row["id"]: []}
    assert row["lead_organisation"] == w.lead.organisation
