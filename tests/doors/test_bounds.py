"""What anybody may send is small, and reading it holds nobody up."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from backend.field import rules
from backend.house import House
from backend.people import rules_rates
from backend.people.rules_rates import FORM, NOBODY, Rate
from backend.web import CSRF_COOKIE
from sync.words import NO_PREV
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.tablets import ORG, OTHER, Tablet, inspector

PLAIN = {"content-type": "application/x-www-form-urlencoded"}
MANY = b"&".join(b"a%d=1" % place for place in range(1_200_000))[:11_900_000]


@pytest.mark.parametrize("path", ["/d/x/rating", "/d", "/office/login", "/office/dispatch/requests/x"])
async def test_a_form_of_a_million_fields_from_nobody_is_refused_at_once(client: Client, path: str) -> None:
    started = time.process_time()
    answer = await client.post(path, content=MANY, headers=PLAIN)
    assert answer.status_code in (413, 422, 401)
    assert time.process_time() - started < 1


async def test_it_is_counted_as_it_comes_whatever_length_was_announced(client: Client) -> None:
    read = 0

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += 8_000
            yield b"x" * 8_000

    answer = await client.post("/d", content=slowly(), headers=PLAIN)
    assert (answer.status_code, read) == (413, 24_000)
    answer = await client.post("/d", content=b"&".join([b"a=1"] * (NOBODY.fields + 2)), headers=PLAIN)
    assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", ""])
async def test_by_whatever_name_it_comes(client: Client, kind: str) -> None:
    answer = await client.post("/d", content=b"x" * 30_000, headers={"content-type": kind} if kind else {})
    assert answer.status_code in (413, 422)


@pytest.mark.parametrize("path", ["enrol", "session/challenge", "session", "device"])
async def test_a_tablet_of_which_nobody_knows_who_speaks_says_nothing_long(client: Client, path: str) -> None:
    read = 0

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += 8_000
            yield b"x" * 8_000

    answer = await client.post(f"/field/{path}", content=slowly())
    assert (answer.status_code, answer.json()["code"], read) == (413, "too_large", 24_000)


async def test_a_page_is_no_longer_than_a_bad_line_carries(
    client: Client, house: House, tablet: Tablet, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"recusal": "not_requested", "statement": "长" * 300}
    await tablet.receipts(*(tablet.record("rights.told", sent, said) for _ in range(9)))
    late = Tablet(client, house)
    await late.enrol(await inspector(house, OTHER))
    await late.enrol(tablet.account)
    start = {"number": 0, "within": 0, "head": NO_PREV}
    whole = (await late.exchange(cursor=start)).json()
    assert "more" not in whole
    monkeypatch.setattr(rules, "PUSH_BYTES", 3_000)
    for most, least_pages in ((3_000, 3), (100, len(whole["entries"]))):
        monkeypatch.setattr(rules, "PAGE_BYTES", most)
        late.cursor, got, more, pages = start, [], True, 0
        while more:
            answer = (await late.exchange()).json()
            assert answer["entries"]
            got += answer["entries"]
            more, pages = answer.get("more", False), pages + 1
        assert got == whole["entries"] and pages >= least_pages


async def test_whoever_is_signed_out_meanwhile_is_told_so_instead_of_a_size(client: Client) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x", "accept": "application/json"}
    answer = await client.post("/office/registry/targets/import", content=b"x" * 3_000_000, headers=headers)
    assert answer.json()["code"] == "not_signed_in"
    ticked = {"content-type": PLAIN["content-type"], "accept": "application/json"}
    path = f"/office/planning/schemes/{'0' * 32}"
    answer = await client.post(path, content=b"&".join([b"items=1"] * 500), headers=ticked)
    assert answer.json()["code"] == "not_signed_in"


async def test_an_office_sends_the_days_of_a_thousand_teams_in_one_form(signed_in: SignedIn) -> None:
    planner = await signed_in("planner", ORG)
    days = {f"day.{place:032x}": "2026-11-24" for place in range(1_500)}
    assert (await planner.post("/office/dispatch/none", days)).status_code == 404
    many = {f"a{place}": "1" for place in range(FORM.fields + 2)}
    assert (await planner.post("/office/dispatch/none", many)).status_code == 422
    answer = await planner.post("/office/dispatch/none", {"a": "x" * (FORM.bytes + 1)})
    assert answer.status_code == 413


async def test_a_rating_of_the_longest_comment_and_a_login_fit(client: Client) -> None:
    token = (await client.get("/office/login")).cookies[CSRF_COOKIE]
    form = {"login": "名" * 64, "password": "密" * 256, "_csrf_token": token}
    answer = await client.post("/office/login", data=form, cookies={CSRF_COOKIE: token})
    client.cookies.clear()
    assert "不正确" in answer.text or "账号" in answer.text
    assert answer.status_code not in (413, 403)
    answer = await client.post("/d/x/rating", data={"score": "5", "comment": "好" * 1_000})
    assert "检查码" in answer.text or answer.status_code == 422


async def test_the_token_is_looked_at_before_what_was_sent(client: Client) -> None:
    answer = await client.post(
        "/d/x/rating",
        content=b"{",
        headers={"content-type": "application/json", "accept": "application/json"},
    )
    assert answer.json()["code"] == "code_invalid"


async def test_one_address_writes_at_the_door_so_often(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_rates, "DOOR", Rate(3, 0.1))

    async def rated(token: str, address: str) -> int:
        headers = {"x-forwarded-for": address}
        return (await client.post(f"/d/{token}/rating", data={}, headers=headers)).status_code

    codes = [await rated(token, "203.0.113.21") for token in ("a", "b", "c", "d")]
    assert 429 not in codes[:3] and codes[3] == 429
    assert await rated("a", "203.0.113.22") != 429
    clock.advance(hours=1)
