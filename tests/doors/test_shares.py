"""Who is lent what opens a tablet: nobody once it is out of use, nobody whose PIN is being guessed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator

from backend import ledger
from backend.field.rules import session_proof
from backend.field.rules_lost import PIN_WRONG, file_proof
from backend.house import House
from backend.ledger import Draft
from sync.canon import digest
from sync.words import DeviceRevoked
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.test_import import at_work, file_of
from tests.doors.test_lost import nonce_of, tell
from tests.tablets import OPENED, ORG, Tablet, order_visit, photo, photo_body


async def test_no_share_is_lent_to_a_tablet_that_is_revoked_at_that_moment(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", ORG)
    holds, release = asyncio.Event(), asyncio.Event()

    async def revoke() -> None:
        async with ledger.turn(house) as turn:
            body = DeviceRevoked(nonce=house.new_id(), device=tablet.id, reason="遗失在出租车上")
            await turn.append(Draft(tablet.id[:32], body), admin.account, house.clock())
            holds.set()
            await release.wait()

    nonce = await nonce_of(tablet)
    proof = tablet.sign(session_proof(nonce, tablet.account))
    asked = {"device": tablet.id, "account": tablet.account, "nonce": nonce, "signature": proof}
    revoking = asyncio.create_task(revoke())
    await holds.wait()
    signing = asyncio.create_task(tablet.post("/field/session", asked, token=""))
    await asyncio.sleep(0.4)
    release.set()
    await revoking
    answer = (await signing).json()
    assert answer["revoked"] and answer["token"]
    assert "share" not in answer and "lease_until" not in answer


async def test_who_is_withheld_reads_no_packet_and_hands_in_what_was_recorded(
    house: House, tablet: Tablet
) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    asked = {"digests": [digest("packet/1", packet.model_dump(mode="json"))], "have": []}
    assert (await tablet.post("/field/packets", asked)).json()["keys"]
    await tell(tablet, {"wrong": {tablet.account: PIN_WRONG}, "left": None})
    assert (await tablet.sign_in(tablet.account)).json()["withheld"]
    refused = await tablet.post("/field/packets", asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "pin_withheld")
    content = photo(4711)
    said = photo_body(content)
    sent = [tablet.record("visit.opened", visit, OPENED), tablet.record("evidence.taken", visit, said)]
    assert {status for status, _ in (await tablet.receipts(*sent)).values()} == {"accepted"}
    assert (await tablet.put(said["digest"], content, 0)).json()["stored"] > 0
    assert (await tablet.enrol(tablet.account)).status_code == 200
    assert (await tablet.post("/field/packets", asked)).json()["keys"]


async def test_a_slow_line_hands_in_what_lies_on_a_lost_tablet(
    client: Client, house: House, clock: Clock
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    raw = json.dumps(file_of(tablet, visit, key, picture, {})).encode()

    async def hand_in(nonce: str, **late: float) -> tuple[int, str]:
        async def slowly() -> AsyncIterator[bytes]:
            yield raw[:100]
            clock.advance(hours=2)
            # Whoever asks meanwhile clears away what has expired.
            await nonce_of(tablet)
            yield raw[100:]

        proof = tablet.sign(file_proof(nonce, hashlib.sha256(raw).hexdigest()))
        headers = {"content-type": "application/json", "device-proof": f"{tablet.id} {nonce} {proof}"}
        clock.advance(**late)
        answer = await client.post("/field/device/unsent", content=slowly(), headers=headers)
        return answer.status_code, answer.json().get("code", "")

    nonce = await nonce_of(tablet)
    assert await hand_in(nonce) == (200, "")
    assert await hand_in(nonce) == (401, "not_signed_in")  # once
    assert await hand_in(await nonce_of(tablet), minutes=3) == (401, "not_signed_in")  # it begins in time
