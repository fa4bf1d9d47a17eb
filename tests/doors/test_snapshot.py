"""A network check that a tablet made keeps the page that was looked at; the office reads it beside the item."""

from __future__ import annotations

from typing import Any

from backend.house import House
from tests.tablets import ORG, OTHER, Tablet, order_visit, photo, photo_body


async def test_the_office_sees_the_page_that_an_officer_looked_at_and_others_do_not(
    house: House, tablet: Tablet, signed_in: Any
) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    block, content = packet.blocks[0], photo(4711)
    first = block.items[0].item
    picture = {
        **photo_body(content),
        "caption": "网络核查截图",
        "items": [{"organisation": block.organisation, "item": first}],
    }
    checked = {
        "organisation": block.organisation,
        "item": first,
        "source": "国家企业信用信息公示系统",
        "note": "名称、住所一致",
        "snapshot": picture["digest"],
        "supersedes": [],
    }
    entries = [
        tablet.record("evidence.taken", visit, picture),
        tablet.record("item.verified", visit, checked),
    ]
    assert set((await tablet.receipts(*entries)).values()) == {("accepted", None)}
    planner = await signed_in("planner", ORG)
    where = f"/office/field/blobs/{picture['digest']}"
    assert (await planner.get(where)).status_code == 404, "the picture is still on the tablet"
    assert (await tablet.put(picture["digest"], content, 0)).json()["stored"] > 0
    shown = (await planner.get(f"/office/field/visits/{visit}")).text
    assert "已网络核实" in shown and f'<a href="{where}">截图</a>' in shown
    assert (await planner.get(where)).content == content
    stranger = await signed_in("planner", OTHER)
    assert (await stranger.get(where)).status_code == 404
