"""What a team saw to be otherwise than registered: the office has it beside the registry, which nothing changes by
itself."""

from __future__ import annotations

from typing import Any

from backend.dispatch.tables import Visit
from backend.field.entries import folded
from backend.house import House
from backend.registry.tables import Target
from tests.doors import planned
from tests.doors.conftest import SignedIn
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit


def seen(field: str, registry: str, found: str) -> dict[str, Any]:
    return {
        **{"field": field, "registry": registry, "seen": found},
        **{"note": "门头所示", "evidence": [], "supersedes": []},
    }


async def test_what_was_seen_stands_beside_the_registry_until_that_says_the_same_and_no_longer(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, packet = await order_visit(
        house, [(tablet.account, "leader"), (await inspector(house, ORG), "member")]
    )
    target = await planned.target(house, packet.team[0].organisation, "云栖小吃店（虚构）", "食品")
    await Visit.update({Visit.target: target}).where(Visit.id == visit)
    said = (
        tablet.record("visit.opened", visit, OPENED),
        tablet.record(
            "target.observed", visit, seen("address", packet.target.address, "银杏路 9 号（虚构）")
        ),
        tablet.record("target.observed", visit, seen("phone", packet.target.phone, "000-87654321")),
    )
    assert set((await tablet.receipts(*said)).values()) == {("accepted", None)}
    leader = await signed_in("responsible_leader", ORG)
    page = (await leader.get(f"/office/field/visits/{visit}")).text
    for what in (
        "与登记不一致",
        "云栖街道银杏路 1 号（虚构）",
        "银杏路 9 号（虚构）",
        "000-12345678",
        "000-87654321",
    ):
        assert what in page, what
    assert page.count("建议更新") == 2 and "已一致" not in page
    # Nothing is changed from here: the registry is changed where it is kept.
    row = await Target.select(Target.address).where(Target.id == target).first()
    assert row and row["address"] == "云栖街道银杏路 1 号（虚构）"
    await Target.update({Target.address: "银杏路 9 号（虚构）"}).where(Target.id == target)
    page = (await leader.get(f"/office/field/visits/{visit}")).text
    assert page.count("建议更新") == 1 and page.count("已一致") == 1
    stranger = await signed_in("responsible_leader", OTHER)
    assert "000-87654321" not in (await stranger.get(f"/office/field/visits/{visit}")).text
    assert len((await folded(house, visit)).site["target.observed"]) == 2


async def test_a_correction_takes_the_place_of_what_it_corrects(house: House, tablet: Tablet) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    first = tablet.record("target.observed", visit, seen("name", packet.target.name, "云栖面馆（虚构）"))
    again = seen("name", packet.target.name, "云溪面馆（虚构）") | {"supersedes": [first["entry"]["id"]]}
    await tablet.receipts(first, tablet.record("target.observed", visit, again))
    (one,) = (await folded(house, visit)).site["target.observed"]
    assert one.body.model_dump()["seen"] == "云溪面馆（虚构）"
