"""A small jurisdiction for tests of planning and what follows: three departments, their items, some targets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from backend.house import House
from backend.registry.tables import CheckItem, Target
from tests import builders
from tests.builders import Person
from tests.doors.conftest import SignedIn


@dataclass
class World:
    """The people of one test and the ids of what they work with. ``lead``, ``second``, ``third``: planners."""

    house: House
    signed_in: SignedIn
    lead: Person
    second: Person
    third: Person
    clerk: Person
    lead_leader: Person
    second_leader: Person
    third_leader: Person
    items: dict[str, str]
    tag: str

    def line_form(self, **changes: Any) -> dict[str, Any]:
        """A plan line as typed."""
        return {
            "act": "submit",
            "year": "2026",
            "title": f"餐饮服务联合抽查{self.tag}",
            "target_scope": "全区餐饮服务经营者",
            "starts_on": "2026-11-20",
            "ends_on": "2026-12-20",
            "ratio": "5",
            "participants": [self.second.organisation, self.third.organisation],
            "items": "食品经营许可\n公共场所卫生",
            **changes,
        }

    def scheme_form(self, line: str, **changes: Any) -> dict[str, Any]:
        """A scheme as typed; targets are told apart by the test's own duty label."""
        return {
            "act": "submit",
            "plan_line": line,
            "name": f"2026 年餐饮服务联合抽查{self.tag}",
            "behaviour": "餐饮服务",
            "mode": "lead_and_participants",
            "scope": "undirected",
            f"items.{self.lead.organisation}": [self.items["lead"]],
            f"items.{self.second.organisation}": [self.items["second"]],
            f"items.{self.third.organisation}": [self.items["third"]],
            "duties": [self.tag],
            "ratio.A": "2",
            "ratio.B": "4",
            "ratio.C": "10",
            "ratio.D": "20",
            "starts_on": "2026-11-23",
            "ends_on": "2026-12-18",
            "minimum_officers": "2",
            "method": "on_site",
            "section.content": "许可、加工制作、公共卫生",
            **changes,
        }

    async def published_line(self, **changes: Any) -> str:
        """A plan line that went the whole way; its id."""
        line = self.house.new_id()
        assert (
            await self.lead.post(f"/office/planning/lines/{line}", self.line_form(**changes))
        ).status_code == 303
        approved = await self.lead_leader.post("/office/planning/approvals", {"what": f"line:{line}"})
        assert approved.status_code == 303
        assert (await self.clerk.post("/office/planning/2026/publish", {})).status_code == 303
        return line

    async def submitted_scheme(self, **changes: Any) -> str:
        """A scheme that waits for its approvals; its id."""
        scheme = self.house.new_id()
        form = self.scheme_form(await self.published_line(), **changes)
        answer = await self.lead.post(f"/office/planning/schemes/{scheme}", form)
        assert answer.status_code == 303, answer.text
        return scheme

    async def approved_scheme(self, **changes: Any) -> str:
        """A scheme that every department approved; its id."""
        scheme = await self.submitted_scheme(**changes)
        for leader in (self.lead_leader, self.second_leader, self.third_leader):
            answer = await leader.post("/office/planning/approvals", {"what": f"scheme:{scheme}"})
            assert answer.status_code == 303, answer.text
        return scheme


async def check_item(house: House, organisation: str, title: str, **changes: Any) -> str:
    """A row of the catalogue; its id."""
    item = house.new_id()
    values: dict[str, Any] = {
        "id": item,
        "organisation": organisation,
        "number": f"T-{item[:6]}",
        "title": title,
        "heading": f"对{title}的行政检查",
        "category": "general",
        "target_text": "餐饮服务经营者",
        "legal_basis": json.dumps(["《中华人民共和国食品安全法》第一百一十条"], ensure_ascii=False),
        "contents": json.dumps(["许可证是否有效", "是否按许可范围经营"], ensure_ascii=False),
        "guidance": json.dumps(["查看许可证正本"], ensure_ascii=False),
        "findings": "[]",
        "method": "实地核查",
        "ratio_num": 500,
        "ratio_den": 10_000,
        "frequency": "不超过5%，每年1次",
        "evidence": "on_nonconform",
        "photo_required": True,
        "published": True,
        "tags": "[]",
        "row": "{}",
        "private": b"",
        "key": item,
        "row_digest": "0" * 64,
        "removed": False,
        "generation": 0,
        **changes,
    }
    await CheckItem.insert(CheckItem(**values))
    return item


async def target(house: House, organisation: str, name: str, duty: str, **changes: Any) -> str:
    """A row of the targets' registry; its id."""
    identity = house.new_id()
    phone = json.dumps({"phone": "000-12345678"}).encode()
    values: dict[str, Any] = {
        "id": identity,
        "organisation": organisation,
        "name": name,
        "target_class": "profit",
        "subtype": "company",
        "industry": "H62",
        "region": "500199",
        "area": "云栖街道",
        "address": "云栖街道银杏路 1 号（虚构）",
        "legal_representative": "祁之",
        "licence": "JY0000000000",
        "risk": "B",
        "status": "active",
        "duties": json.dumps([duty], ensure_ascii=False),
        "abnormal": False,
        "row": "{}",
        "private": house.vault.seal(phone, "target.private"),
        "key": identity,
        "row_digest": "0" * 64,
        "removed": False,
        "generation": 0,
        **changes,
    }
    await Target.insert(Target(**values))
    return identity


async def world(house: House, signed_in: SignedIn) -> World:
    """Three departments of this test alone, one item each, forty targets: 20 A, 15 B, 4 C, 1 D."""
    tag = house.new_id()[:8]
    offices = [f"{name}{tag}（虚构）" for name in ("市监局", "卫健委", "消防队")]
    planners = [await signed_in("planner", office) for office in offices]
    leaders = [await signed_in("responsible_leader", office) for office in offices]
    items = {
        name: await check_item(house, planner.organisation, f"{name}事项{tag}")
        for name, planner in zip(("lead", "second", "third"), planners, strict=True)
    }
    for place, risk in enumerate("A" * 20 + "B" * 15 + "C" * 4 + "D"):
        await target(house, planners[0].organisation, f"渝岭{tag}第{place}饭店（虚构）", tag, risk=risk)
    await builders.organisation("联席会议办公室（虚构）", "office")
    clerk = await signed_in("office_clerk", "联席会议办公室（虚构）")
    lead, second, third = planners
    lead_leader, second_leader, third_leader = leaders
    return World(
        house=house,
        signed_in=signed_in,
        lead=lead,
        second=second,
        third=third,
        clerk=clerk,
        lead_leader=lead_leader,
        second_leader=second_leader,
        third_leader=third_leader,
        items=items,
        tag=tag,
    )
