"""A tablet that is lost or whose PIN somebody guesses: what it tells by its key alone, and what the office sees."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx

from backend.field.recovery import recovery_point
from backend.field.rules_lost import PIN_WRONG, SILENT, file_proof, told_proof
from backend.field.tables import Evidence, Held, epoch_of
from backend.field.tables_lost import LostDevice
from backend.house import House
from backend.ledger import LedgerEntry
from backend.people.tables import AuditEvent
from sync.chain import answer_digest, signature_holds
from sync.words import NO_PREV
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.test_import import at_work, file_of, wrapped
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit

GONE = {"iv": "0" * 24, "data": ""}
"""What stands in place of a body of which nothing is left."""
NOTHING: dict[str, Any] = {"wrong": {}, "left": None}


async def nonce_of(tablet: Tablet) -> str:
    asked = await tablet.post("/field/session/challenge", {"device": tablet.id}, token="")
    return str(asked.json()["nonce"])


async def tell(tablet: Tablet, told: dict[str, Any], *, signed: Any = None) -> httpx.Response:
    nonce = await nonce_of(tablet)
    proof = tablet.sign(told_proof(nonce, told if signed is None else signed))
    body = {"device": tablet.id, "nonce": nonce, "signature": proof, "told": told}
    return await tablet.post("/field/device", body, token="")


async def hand_in(tablet: Tablet, file: dict[str, Any], *, tampered: bool = False) -> httpx.Response:
    raw, nonce = json.dumps(file).encode(), await nonce_of(tablet)
    proof = tablet.sign(file_proof(nonce, hashlib.sha256(raw).hexdigest()))
    headers = {"content-type": "application/json", "device-proof": f"{tablet.id} {nonce} {proof}"}
    return await tablet.client.post(
        "/field/device/unsent", content=raw + b" " if tampered else raw, headers=headers
    )


async def revoke(tablet: Tablet, signed_in: SignedIn) -> None:
    admin = await signed_in("dept_admin", ORG)
    answer = await admin.post(f"/office/people/tablets/{tablet.id}/revoke", {"reason": "遗失在出租车上"})
    assert answer.status_code == 303, answer.text


# --- wrong PINs -----------------------------------------------------------------------------------------------


async def test_what_the_tablets_key_did_not_sign_is_not_believed(tablet: Tablet) -> None:
    wrong = {"wrong": {tablet.account: 99}, "left": None}
    answer = await tell(tablet, wrong, signed=NOTHING)
    assert answer.json()["code"] == "device_unknown"
    assert (await tell(tablet, NOTHING)).json()["withheld"] == []


async def test_an_answer_is_signed_for_who_asks_for_it_and_for_nobody_else(
    tablet: Tablet, house: House
) -> None:
    async def asked(nonce: str) -> httpx.Response:
        challenge = await nonce_of(tablet)
        body = {"device": tablet.id, "nonce": challenge, "told": NOTHING}
        body["signature"] = tablet.sign(told_proof(challenge, NOTHING))
        headers = {"answer-nonce": nonce, "content-type": "application/json"}
        return await tablet.client.post("/field/device", content=json.dumps(body).encode(), headers=headers)

    assert "answer-proof" not in (await asked("")).headers  # an older version of the app
    assert "answer-proof" not in (await asked("no nonce")).headers
    nonce, other = "5" * 32, "6" * 32
    answer = await asked(nonce)
    proof = answer.headers["answer-proof"]

    def holds(nonce: str, path: str, body: bytes) -> bool:
        return signature_holds(house.vault.public_key, answer_digest(nonce, path, body), proof)

    assert holds(nonce, "/field/device", answer.content)
    assert not holds(other, "/field/device", answer.content)
    assert not holds(nonce, "/field/exchange", answer.content)
    assert not holds(nonce, "/field/device", answer.content.replace(b'"revoked":false', b'"revoked":true'))


async def test_a_challenge_is_answered_once(tablet: Tablet) -> None:
    nonce = await nonce_of(tablet)
    asked = {"device": tablet.id, "nonce": nonce, "told": NOTHING}
    asked["signature"] = tablet.sign(told_proof(nonce, NOTHING))
    assert (await tablet.post("/field/device", asked, token="")).status_code == 200
    assert (await tablet.post("/field/device", asked, token="")).json()["code"] == "not_signed_in"


async def test_below_the_limit_a_right_pin_clears_the_count(tablet: Tablet) -> None:
    assert (await tell(tablet, {"wrong": {tablet.account: PIN_WRONG - 1}, "left": None})).json()[
        "withheld"
    ] == []
    assert (await tell(tablet, {"wrong": {tablet.account: 0}, "left": None})).json()["withheld"] == []
    assert "share" in (await tablet.sign_in(tablet.account)).json()


async def test_from_the_limit_on_no_share_is_lent_until_the_office_registers_the_person_anew(
    tablet: Tablet, signed_in: SignedIn
) -> None:
    told = await tell(tablet, {"wrong": {tablet.account: PIN_WRONG}, "left": None})
    assert told.json()["withheld"] == [tablet.account]
    # Neither a right PIN nor a tablet that says less brings it back, and records still go.
    assert (await tell(tablet, {"wrong": {tablet.account: 0}, "left": None})).json()["withheld"]
    opened = (await tablet.sign_in(tablet.account)).json()
    assert opened["withheld"] and "share" not in opened and opened["token"]
    assert (await tablet.exchange()).status_code == 200
    assert "share" in (await tablet.enrol(tablet.account)).json()
    again = (await tablet.sign_in(tablet.account)).json()
    assert not again["withheld"] and "share" in again


async def test_wrong_pins_stand_in_the_trace_and_on_the_page_of_tablets(
    tablet: Tablet, signed_in: SignedIn
) -> None:
    await tell(tablet, {"wrong": {tablet.account: 3, "f" * 32: 9}, "left": None})
    await tell(tablet, {"wrong": {tablet.account: PIN_WRONG}, "left": None})
    found = await AuditEvent.select().where(AuditEvent.account == tablet.account).order_by(AuditEvent.at)
    assert sorted(row["outcome"] for row in found) == ["pin_withheld", "pin_wrong"]
    assert not await AuditEvent.exists().where(AuditEvent.account == "f" * 32)
    page = (await (await signed_in("dept_admin", ORG)).get("/office/field/devices")).text
    assert f"PIN 输错 {PIN_WRONG} 次，已暂停解锁" in page


# --- lost tablets ---------------------------------------------------------------------------------------------


async def test_a_tablet_in_use_is_not_told_to_clear_itself_whatever_it_says(tablet: Tablet) -> None:
    answer = await tell(tablet, {"wrong": {}, "left": {"entries": 1, "photos": 0}})
    assert answer.json()["revoked"] is False
    assert not await LostDevice.exists().where(LostDevice.device == tablet.id)


async def test_a_piece_that_was_changed_on_the_way_or_is_another_tablets_is_refused(
    client: Client, house: House
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    file = file_of(tablet, visit, key, picture, {})
    assert (await hand_in(tablet, file, tampered=True)).json()["code"] == "device_unknown"
    stranger = Tablet(client, house)
    await stranger.enrol(await inspector(house))
    assert (await hand_in(stranger, file)).json()["code"] == "device_unknown"
    assert not await LedgerEntry.exists().where(LedgerEntry.device == tablet.id)


async def test_a_revoked_tablet_hands_in_what_is_sealed_without_a_session_and_it_is_held(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    await revoke(tablet, signed_in)
    told = (await tell(tablet, {"wrong": {}, "left": {"entries": 2, "photos": 1}})).json()
    assert told["revoked"] and told["recovery_key"] == recovery_point(house.vault)
    keys = {visit: wrapped(recovery_point(house.vault), key, visit)}
    for again in (False, True):
        done = (await hand_in(tablet, file_of(tablet, visit, key, picture, keys))).json()
        assert (done["held"], done["photos"], done["refused"], done["closed"]) == (2, 1, 0, 0), again
    assert await LedgerEntry.count().where(LedgerEntry.device == tablet.id) == 2
    held = await Held.select(Held.code).where(Held.device == tablet.id)
    assert {row["code"] for row in held} == {"device_revoked"}
    [row] = await Evidence.select().where(Evidence.device == tablet.id)
    assert row["stored"] > 0
    # By these it knows until when it must keep what it handed in.
    assert done["stored"] == {row["digest"]: row["stored"]}
    assert {one["number"] > told["backed_up"] for one in done["received"]} == {True}
    assert (await epoch_of(house))["epoch"] == told["epoch"]


async def test_a_forked_tablet_goes_out_of_use_hands_in_what_it_has_and_begins_anew_under_another_key(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    first = tablet.entry("visit.opened", visit, {"nonce": house.new_id(), **OPENED}, seq=1, prev=NO_PREV)
    assert await tablet.receipts(first) == {first["entry"]["id"]: ("accepted", None)}
    keys = {visit: wrapped(recovery_point(house.vault), key, visit)}
    file = file_of(tablet, visit, key, picture, keys)
    assert (await hand_in(tablet, file)).json()["held"] == 2
    refused = (await tablet.enrol(tablet.account)).json()
    assert refused["code"] == "chain_forked" and "停用" in refused["sentence"]
    admin = await signed_in("dept_admin", ORG)
    page = await admin.get(f"/office/people/tablets/{tablet.id}")
    assert "两条不同的记录链" in page.text
    await revoke(tablet, signed_in)
    assert (await tell(tablet, NOTHING)).json()["revoked"]
    done = (await hand_in(tablet, file)).json()
    assert (done["held"], done["exists"], done["photos"]) == (2, 0, 1)
    anew = Tablet(client, house)
    assert (await anew.enrol(tablet.account)).status_code == 200
    later = anew.record("rights.told", visit, {"recusal": "not_requested", "statement": ""})
    assert await anew.receipts(later) == {later["entry"]["id"]: ("accepted", None)}


async def test_what_nobody_can_open_any_more_is_told_as_stored_once_it_came_by_another_way(
    client: Client, house: House
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    file = file_of(tablet, visit, key, picture, {})
    damaged = {**file, "photos": [], "entries": [{**one, "body": GONE} for one in file["entries"]]}
    done = (await hand_in(tablet, damaged)).json()
    assert (done["closed"], done["exists"], done["received"]) == (2, 0, [])
    assert (await hand_in(tablet, file)).json()["accepted"] == 2
    done = (await hand_in(tablet, damaged)).json()
    assert (done["closed"], done["exists"]) == (0, 2)
    [receipt] = done["received"]
    told = {one["entry"]: one["status"] for one in receipt["body"]["receipts"]}
    assert told == {one["entry"]["id"]: "exists" for one in file["entries"]}
    # Another tablet learns nothing by naming its ids.
    stranger = Tablet(client, house)
    await stranger.enrol(await inspector(house))
    done = (await hand_in(stranger, {**damaged, "device": stranger.id})).json()
    assert (done["closed"], done["received"]) == (2, [])


async def test_the_list_of_tablets_names_no_visit_of_another_department(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, guest = Tablet(client, house), await inspector(house, OTHER)
    await tablet.enrol(await inspector(house))
    await tablet.enrol(guest)
    visit, _ = await order_visit(house, [(guest, "leader")])
    await tablet.exchange()
    await revoke(tablet, signed_in)
    admin = await signed_in("dept_admin", ORG)
    page = (await admin.get("/office/field/devices")).text
    assert tablet.id[:12] in page and page.count("其他部门的检查") >= 2
    assert visit not in page and (await admin.get(f"/office/field/visits/{visit}")).status_code == 404


async def test_the_office_sees_what_may_lie_on_a_lost_tablet_until_it_has_cleared_itself(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    account = await inspector(house)
    tablet = Tablet(client, house)
    await tablet.enrol(account)
    visit, _ = await order_visit(house, [(account, "leader")])
    tablet.record("visit.opened", visit, OPENED)
    await tablet.exchange()
    admin, other = await signed_in("dept_admin", ORG), await signed_in("dept_admin", OTHER)
    where = f"/office/field/visits/{visit}"
    assert where not in (await admin.get("/office/field/devices")).text
    await revoke(tablet, signed_in)
    page = (await admin.get("/office/field/devices")).text
    assert "可能有未上传记录的检查" in page and where in page
    assert where not in (await other.get("/office/field/devices")).text
    await tell(tablet, {"wrong": {}, "left": {"entries": 4, "photos": 0}})
    assert "还有 4 条记录、0 张照片加密留在终端上" in (await admin.get("/office/field/devices")).text
    await tell(tablet, {"wrong": {}, "left": {"entries": 0, "photos": 0}})
    page = (await admin.get("/office/field/devices")).text
    assert where not in page and "资料已清除" in page


async def test_a_tablet_that_is_silent_for_two_days_is_listed_with_the_visits_of_past_days(
    client: Client, house: House, signed_in: SignedIn, clock: Clock
) -> None:
    account = await inspector(house)
    tablet = Tablet(client, house)
    await tablet.enrol(account)
    visit, _ = await order_visit(house, [(account, "leader")])
    await tablet.exchange()
    clock.advance(days=SILENT.days)
    admin = await signed_in("dept_admin", ORG)
    page = (await admin.get("/office/field/devices")).text
    assert "两天以上没有联系" in page and f"/office/field/visits/{visit}" in page
