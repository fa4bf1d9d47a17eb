"""The doors' own fixtures: that somebody signed in is somebody, and that the public is nobody."""

from __future__ import annotations

from litestar.exceptions import ValidationException

from backend.app import _fields
from backend.house import House
from backend.people.tables import Account, session_of
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn


async def test_the_public_is_told_the_engine_and_nothing_else_happens(client: Client, house: House) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["engine"] == house.engine.engine_type


async def test_what_the_framework_refuses_is_named_as_people_call_it_or_not_at_all(
    signed_in: SignedIn,
) -> None:
    auditor = await signed_in("audit_admin")
    answer = await auditor.get("/office/audit?number=x")
    assert answer.status_code == 422 and "格式不对：页码。" in answer.text and "：number" not in answer.text
    assert "没有打开" in answer.text
    unnamed = ValidationException(extra=[{"key": "cursor", "message": "Expected `int`"}, {"message": "?"}])
    assert _fields(unnamed) == "内容"


async def test_a_session_ends_when_its_hours_are_over(
    house: House, signed_in: SignedIn, clock: Clock
) -> None:
    person = await signed_in("planner")
    assert await session_of(person.token, clock.now) is not None
    clock.advance(hours=10)
    assert await session_of(person.token, clock.now) is None


async def test_two_people_of_one_organisation_share_its_row(signed_in: SignedIn) -> None:
    one, other = await signed_in("planner", "测试二局(虚构)"), await signed_in("inspector", "测试二局(虚构)")
    assert one.organisation == other.organisation and one.account != other.account
    rows = await Account.select().where(Account.organisation == one.organisation)
    assert len(rows) == 2


async def test_a_forms_token_is_fetched_once_and_sent(signed_in: SignedIn) -> None:
    person = await signed_in("planner")
    answer = await person.post("/no-such-path", {"a": "1"}, headers={"accept": "application/json"})
    assert answer.status_code in (404, 405)
    assert person.cookies
