"""What somebody's own telephone opens: the check code, the copy, the rating. Nothing of it without a valid code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from backend.dispatch import tables as dispatch
from backend.door.tables import Rating
from backend.house import House
from sync.words import Packet
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import Finished, dispatched, record
from tests.papers import text_of
from tests.visited import PRIVATE


@pytest.fixture(scope="module")
async def sent(house: House, clock: Clock, signed_in: SignedIn) -> Finished:
    """Visits dispatched; nobody has gone yet."""
    return await dispatched(house, clock, signed_in)


async def packet_of(house: House, visit: str) -> Packet:
    row = await dispatch.visit(visit)
    assert row
    packet = await dispatch.packet(house, row["packet_digest"])
    assert packet
    return packet


def paths(packet: Packet) -> tuple[str, str]:
    """The paths of the check code and of the copy."""
    site = packet.site
    assert site and site.check_code and site.copy_code
    check, copy = (re.sub(r"^https?://[^/]+", "", code.url) for code in (site.check_code, site.copy_code))
    return check, copy


async def test_a_made_up_code_opens_nothing_and_says_what_to_do(client: Client) -> None:
    for code in ("x", "A" * 113, "%E4%B8%AD"):
        answer = await client.get(f"/d/{code}")
        assert answer.status_code == 422
        assert "核验码无效或已过期" in answer.text
        assert "没有提交" not in answer.text, "nothing was submitted"
        assert "没有打开" in answer.text and 'action="/d"' in answer.text, "the code can be typed again"
    elsewhere = await client.get("/results/nowhere")
    assert "没有找到" in elsewhere.text and 'action="/d"' not in elsewhere.text
    answer = await client.post("/d/x/rating", data={"score": "5"})
    assert answer.status_code == 422 and "没有提交" in answer.text
    answer = await client.post("/d", data={"code": "0000-0000"})
    assert answer.status_code == 422
    assert "0000-0000" in answer.text, "what was typed stays"


async def test_a_check_code_says_who_may_check_what_and_nothing_private(
    sent: Finished, house: House, client: Client
) -> None:
    packet = await packet_of(house, sent.visit)
    check, _ = paths(packet)
    page = await client.get(check)
    assert page.status_code == 200
    assert "核验通过" in page.text and packet.number in page.text
    for member in packet.team:
        assert member.name in page.text and member.certificate in page.text
    for block in packet.blocks:
        assert all(item.title in page.text for item in block.items)
    assert not [what for what, value in PRIVATE.items() if value in page.text]
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]


async def test_a_typed_code_leads_to_the_same_page(sent: Finished, house: House, client: Client) -> None:
    packet = await packet_of(house, sent.visit)
    check, _ = paths(packet)
    assert packet.site and packet.site.check_code
    short = packet.site.check_code.short.lower().replace("-", " ")
    answer = await client.post("/d", data={"code": short})
    assert (answer.status_code, answer.headers["location"]) == (303, check)


async def test_a_copy_is_empty_until_the_visit_is_over_and_a_check_code_never_opens_it(
    sent: Finished, house: House, client: Client
) -> None:
    packet = await packet_of(house, sent.visits[1])
    check, copy = paths(packet)
    assert "还没有传回" in (await client.get(copy)).text
    for name in ("record", "sheet"):
        assert (await client.get(f"{copy}/{name}.pdf")).status_code == 404
    await record(house, sent.visits[1])
    page = await client.get(copy)
    assert "下载检查记录全文" in page.text
    pdf = await client.get(f"{copy}/record.pdf")
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF")
    sheet = await client.get(f"{copy}/sheet.pdf")
    assert f"{copy}/sheet.pdf" in page.text and "检查结果告知单" in text_of(sheet.content)
    assert packet.target.name in text_of(sheet.content) and sheet.headers["cache-control"] == "no-store"
    for name in ("record", "sheet"):
        assert (await client.get(f"{check}/{name}.pdf")).status_code == 404


async def test_the_office_prints_the_owners_sheet_too_and_nobody_else_of_another_department(
    sent: Finished, house: House, signed_in: SignedIn
) -> None:
    await record(house, sent.visits[1])
    path = f"/office/field/visits/{sent.visits[1]}"
    assert (await (await signed_in("inspector", "市监局（虚构）")).get(f"{path}/sheet.pdf")).status_code in (
        403,
        404,
    )
    clerk = await signed_in("office_clerk")
    assert f"{path}/sheet.pdf" in (await clerk.get(path)).text
    sheet = await clerk.get(f"{path}/sheet.pdf")
    assert sheet.status_code == 200 and "检查结果告知单" in text_of(sheet.content)
    packet = await packet_of(house, sent.visits[1])
    for block in packet.blocks:
        order = f"{path}/orders/{block.organisation}"
        assert (await clerk.get(order)).status_code == 404, "nobody ordered anything to be mended"


async def test_a_rating_waits_for_the_end_keeps_no_name_and_is_for_oversight_only(
    sent: Finished, house: House, client: Client, signed_in: SignedIn
) -> None:
    packet = await packet_of(house, sent.visit)
    check, _ = paths(packet)
    early = await client.post(f"{check}/rating", data={"score": "5", "comment": "好"})
    assert early.status_code == 422 and "检查还没有结束" in early.text
    await record(house, sent.visit)
    wrong = await client.post(f"{check}/rating", data={"score": "9", "comment": "留着的话"})
    assert wrong.status_code == 422 and "留着的话" in wrong.text
    for _ in range(3):
        said = {"score": "2", "fewer_than_two": "1", "comment": "只来了一个人"}
        assert (await client.post(f"{check}/rating", data=said)).status_code == 303
    full = await client.post(f"{check}/rating", data={"score": "1"})
    assert full.status_code == 409
    assert await Rating.count().where(Rating.visit == sent.visit) == 3
    overseer = await signed_in("oversight", "司法局（虚构）")
    seen = await overseer.get("/office/ratings")
    assert "执法人员不足两人" in seen.text and "只来了一个人" in seen.text
    for role in ("planner", "responsible_leader", "inspector", "office_clerk"):
        person = await signed_in(role, "市监局（虚构）")
        assert (await person.get("/office/ratings")).status_code == 403


async def test_a_code_dies_with_its_day(sent: Finished, house: House, client: Client, clock: Clock) -> None:
    packet = await packet_of(house, sent.visits[2])
    check, copy = paths(packet)
    before = clock.now
    clock.now = before + timedelta(days=5)
    try:
        assert (await client.get(check)).status_code == 422
        assert (await client.get(copy)).status_code == 200
        clock.now = before + timedelta(days=100)
        assert (await client.get(copy)).status_code == 422
    finally:
        clock.now = before
