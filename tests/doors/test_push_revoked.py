"""A tablet that is out of use is not written to: no job is made for it, and its colleague's is."""

from __future__ import annotations

from backend.dispatch.push import Subscription
from backend.house import House
from backend.jobs import Job
from backend.people.tables import Device
from tests.tablets import Tablet, order_visit


async def _takes_pushes(house: House, tablet: Tablet) -> None:
    row = Subscription(id=tablet.id, device=tablet.id, address=b"sealed", made_at=house.clock())
    await Subscription.insert(row)


async def test_no_push_is_made_for_a_revoked_tablet(house: House, tablet: Tablet) -> None:
    await Job.delete(force=True)
    await _takes_pushes(house, tablet)
    await order_visit(house, [(tablet.account, "leader")])
    pushes = [job for job in await Job.select() if job["kind"] == "push"]
    assert len(pushes) == 1
    await Device.update({Device.status: "revoked"}).where(Device.id == tablet.id)
    await order_visit(house, [(tablet.account, "leader")])
    assert len([job for job in await Job.select() if job["kind"] == "push"]) == 1
