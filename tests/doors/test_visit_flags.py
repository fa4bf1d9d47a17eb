"""What the office is told of a visit beside its record: places that nobody can have reached."""

from __future__ import annotations

from typing import Any

from backend.house import House
from tests.doors.conftest import SignedIn
from tests.tablets import OPENED, ORG, Tablet, inspector, order_visit


def met_nobody(latitude: int) -> dict[str, Any]:
    return {
        "ending": "not_found",
        "on": "2027-12-30",
        "statement": "卷帘门落锁",
        "place": {"latitude": latitude, "longitude": 106_551_000, "accuracy": 5, "age": 0},
        "evidence": [],
        "attempts": [],
        "witness": "",
    }


async def test_a_leap_of_the_place_is_told_on_the_visits_page_and_a_few_steps_are_not(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    leader = await signed_in("responsible_leader", ORG)
    for second, told in ((29_500_100, False), (30_500_000, True)):
        team = [(tablet.account, "leader"), (await inspector(house, ORG), "member")]
        visit, _ = await order_visit(house, team)
        said = [tablet.record("visit.opened", visit, OPENED)]
        said += [tablet.record("return.planned", visit, met_nobody(at)) for at in (29_500_000, second)]
        assert set((await tablet.receipts(*said)).values()) == {("accepted", None)}
        page = (await leader.get(f"/office/field/visits/{visit}")).text
        assert ("与前一处定位相距 111." in page) is told
        assert "打算 2027-12-30 再次到场" in page
