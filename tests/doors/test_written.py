"""What is typed can be written: in one normal form, without what no database can hold."""

from __future__ import annotations

from typing import Any

import pytest

from backend.house import House
from backend.people.tables import AuditEvent, Device
from backend.web import CSRF_COOKIE, form_values
from sync.canon import H
from tests.builders import Client
from tests.doors.conftest import SignedIn
from tests.tablets import ORG, Tablet, inspector, invite

LABELS = [("cafe\u0301", "caf\u00e9"), ("a\x00b", "ab"), ("\u0958" * 120, "\u0915\u093c" * 60)]


def test_a_form_is_read_in_one_normal_form_without_what_cannot_be_kept() -> None:
    typed = {"a": " cafe\u0301 ", "b": "郎\uf92c\x00\ud800姓", "_csrf_token": "x", "file": object()}
    assert form_values(typed) == {"a": "caf\u00e9", "b": "郎郎姓"}


@pytest.mark.parametrize(("label", "kept"), LABELS)
async def test_a_tablets_name_is_kept_in_normal_form(
    client: Client, house: House, label: str, kept: str
) -> None:
    tablet = Tablet(client, house)
    answer = await _enrol(tablet, house, label)
    assert answer.status_code == 200, answer.text
    row = await Device.select(Device.label).where(Device.id == tablet.id).first()
    assert row and row["label"] == kept


async def test_a_tablet_whose_name_is_nothing_is_refused(client: Client, house: House) -> None:
    answer = await _enrol(Tablet(client, house), house, "\x00 ")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


async def _enrol(tablet: Tablet, house: House, label: str) -> Any:
    code = await invite(house, await inspector(house))
    proof = tablet.sign(H("enrol/1", code.encode()).hex())
    said = {"code": code, "public_key": tablet.public_key, "label": label, "proof": proof}
    return await tablet.client.post("/field/enrol", json=said)


@pytest.mark.parametrize("reason", ["遗失在 cafe\u0301", "郎\uf92c姓人员遗失", "遗\x00失了"])
async def test_a_reason_in_any_form_is_taken(
    house: House, tablet: Tablet, signed_in: SignedIn, reason: str
) -> None:
    admin = await signed_in("dept_admin", ORG)
    answer = await admin.post(f"/office/people/tablets/{tablet.id}/revoke", {"reason": reason})
    assert answer.status_code == 303


async def test_an_address_that_holds_nul_leads_nowhere(signed_in: SignedIn, client: Client) -> None:
    clerk = await signed_in(("office_clerk", "dept_admin"), ORG)
    paths = [
        "/office/field/visits/%00",
        "/office/field/blobs/%00",
        "/office/dispatch/%00",
        "/d/%00",
        "/a%00b",
    ]
    paths += ["/office/people/tablets/%00", "/office/people/accounts?q=%00", "/results?q=a%00", "/static/%00"]
    assert {path: (await clerk.get(path)).status_code for path in paths} == dict.fromkeys(paths, 404)
    for path in ("/office/field/held/%00", "/d/%00/rating", "/nowhere%00"):
        assert (await clerk.post(path, {})).status_code == 404
    traced = await AuditEvent.count().where(AuditEvent.path == "POST /office/field/held/")
    assert traced == 1
    assert (await clerk.post("/office/people/tablets/invite", {"account": "\x00"})).status_code < 500
    page = await client.get("/office/login")
    token = page.cookies[CSRF_COOKIE]
    client.cookies.set(CSRF_COOKIE, token)
    form = {"login": "a\x00", "password": "x\x00", "_csrf_token": token}
    assert (await client.post("/office/login", data=form)).status_code < 500
    client.cookies.clear()
    assert (await client.get("/tablet", headers={b"authorization": b"Bearer \xff"})).status_code < 500
