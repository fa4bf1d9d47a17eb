"""What is asked of a photograph in a way that no tablet asks, or after it is gone, is refused in words."""

from __future__ import annotations

import httpx
import pytest

from backend.field.blobs import Store
from backend.house import House
from backend.worker import run_due
from tests.doors.conftest import SignedIn
from tests.doors.test_destroyed_on_the_way import announced, new_photo
from tests.doors.test_destroyed_pictures import deletion, pictured
from tests.tablets import ORG, Tablet

ODD = ["²", "١", "-1", "+1", "1_0", " ", "0x0", "1.0", "9" * 13, "9" * 5_000]


@pytest.mark.parametrize("offset", ODD, ids=lambda offset: ascii(offset)[:12])
async def test_an_offset_that_is_no_number_of_bytes_is_refused(
    tablet: Tablet, sent: str, offset: str
) -> None:
    content = new_photo()
    _, name = await announced(tablet, sent, content)
    headers = [(b"authorization", f"Bearer {tablet.token}".encode()), (b"upload-offset", offset.encode())]
    answer: httpx.Response = await tablet.client.put(f"/field/blobs/{name}", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


async def test_an_offset_beyond_the_end_is_told_where_to_go_on(tablet: Tablet, sent: str) -> None:
    content = new_photo()
    _, name = await announced(tablet, sent, content)
    answer = await tablet.put(name, content, 999_999_999_999)
    assert (answer.json()["code"], answer.json()["details"]) == ("blob_offset", {"offset": "0"})


async def test_the_office_finds_no_picture_that_was_destroyed_or_lost(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    reader = await signed_in("dept_admin", ORG)
    visit, entry, gone = await pictured(house, tablet)
    _, _, lost = await pictured(house, tablet)
    for name in (gone, lost):
        assert (await reader.get(f"/office/field/blobs/{name}")).status_code == 200
    await tablet.receipts(tablet.record("evidence.deleted", visit, deletion(entry)))
    assert (await reader.get(f"/office/field/blobs/{gone}")).status_code == 404, "before its file is gone"
    await run_due(house)
    Store(house).place(lost).unlink()
    for name in (gone, lost):
        assert (await reader.get(f"/office/field/blobs/{name}")).status_code == 404
