"""Before a tablet is taken out of use (停用终端) its page says what is open on it, and asks once more."""

from __future__ import annotations

from backend.house import House
from tests.builders import Clock, Person
from tests.doors.conftest import SignedIn
from tests.tablets import OPENED, ORG, Tablet, inspector, order_visit, photo, photo_body


def path(tablet: Tablet) -> str:
    return f"/office/people/tablets/{tablet.id}"


async def at_work(house: House, tablet: Tablet) -> tuple[str, str]:
    """(visit, number) of a check that the tablet began, with a photo that it announced and did not send."""
    visit, packet = await order_visit(
        house, [(tablet.account, "leader"), (await inspector(house, ORG), "member")]
    )
    await tablet.exchange()
    taken = photo_body(photo(len(visit) + len(tablet.entries)))
    await tablet.receipts(
        tablet.record("visit.opened", visit, OPENED), tablet.record("evidence.taken", visit, taken)
    )
    return visit, packet.number


async def test_who_may_not_read_the_visits_learns_how_many_are_open_and_not_whose(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, number = await at_work(house, tablet)
    secure: Person = await signed_in("security_admin", "安全管理（虚构）")
    shown = (await secure.get(path(tablet))).text
    assert "1 次" in shown and number not in shown and visit not in shown and "测试饭店" not in shown


async def test_its_page_tells_what_is_open_and_what_did_not_come_and_wants_a_confirmation(
    house: House, clock: Clock, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, number = await at_work(house, tablet)
    admin = await signed_in("dept_admin", ORG)
    shown = (await admin.get(path(tablet))).text
    assert "2026-11-20 09:00" in shown and f'href="/office/field/visits/{visit}"' in shown and number in shown
    assert "1 张" in shown and 'name="sure" value="yes" required' in shown
    refused = await admin.post(f"{path(tablet)}/revoke", {"reason": ""})
    assert refused.status_code == 422 and number in refused.text
    assert (await admin.post(f"{path(tablet)}/revoke", {"reason": "遗失"})).status_code == 303
    assert 'name="sure"' not in (await admin.get(path(tablet))).text


async def test_a_tablet_that_was_never_heard_of_and_has_no_visit_says_so(
    tablet: Tablet, signed_in: SignedIn
) -> None:
    shown = (await (await signed_in("dept_admin", ORG)).get(path(tablet))).text
    assert "还没有联系" in shown and "未收到的照片</dt><dd>没有" in shown
