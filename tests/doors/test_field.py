"""The tablet's wire on both engines: nothing lost, nothing twice, nobody else's."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend import ledger
from backend.field.tables import Held, VisitState
from backend.house import House
from backend.people.tables import Device
from sync.words import BODIES, NO_PREV
from tests import builders
from tests.builders import Client, Clock
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, invite, order_visit

# --- enrolment and sessions -----------------------------------------------------------------------------------


async def test_a_code_that_nobody_made_is_refused(client: Client, house: House) -> None:
    answer = await Tablet(client, house).enrol("", code="0" * 20)
    assert (answer.status_code, answer.json()["code"]) == (422, "invite_invalid")


async def test_a_code_works_once(client: Client, house: House) -> None:
    account = await inspector(house)
    code = await invite(house, account)
    assert (await Tablet(client, house).enrol(account, code)).status_code == 200
    assert (await Tablet(client, house).enrol(account, code)).json()["code"] == "invite_invalid"


async def test_a_code_scanned_by_two_tablets_at_once_enrols_one(client: Client, house: House) -> None:
    account = await inspector(house)
    code = await invite(house, account)
    answers = await asyncio.gather(*(Tablet(client, house).enrol(account, code) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [200, 422, 422, 422, 422]


async def test_a_code_ends_after_its_minutes(client: Client, house: House) -> None:
    account = await inspector(house)
    code = await invite(house, account, lasts=timedelta(0))
    assert (await Tablet(client, house).enrol(account, code)).json()["code"] == "invite_expired"


async def test_a_key_that_does_not_sign_the_code_enrols_nothing(client: Client, house: House) -> None:
    account = await inspector(house)
    code = await invite(house, account)
    asked = {"code": code, "public_key": Tablet(client, house).public_key, "label": "x", "proof": "0" * 128}
    answer = await Tablet(client, house).post("/field/enrol", asked)
    assert answer.json()["code"] == "invite_invalid"
    assert (await Tablet(client, house).enrol(account, code)).status_code == 200


async def test_a_clerk_without_the_inspectors_role_cannot_use_a_tablet(client: Client, house: House) -> None:
    account = (await builders.account(house, "planner", ORG))["id"]
    assert (await Tablet(client, house).enrol(account)).json()["code"] == "not_allowed"


async def test_the_second_person_joins_the_same_tablet_and_has_another_share(
    client: Client, house: House, tablet: Tablet
) -> None:
    first = (await tablet.sign_in(tablet.account)).json()
    other = await inspector(house, OTHER)
    joined = (await tablet.enrol(other)).json()
    assert joined["device"] == tablet.id and joined["account"]["id"] == other
    assert joined["account"]["organisation_name"] == OTHER
    assert joined["proves"], "a new tablet believes nothing that the server did not sign"
    assert len(bytes.fromhex(joined["share"])) == 32 and joined["share"] != first["share"]
    again = (await tablet.sign_in(other)).json()
    assert again["share"] == joined["share"]
    assert {person["id"] for person in again["persons"]} >= {other}


async def test_a_challenge_is_signed_once_and_not_after_two_minutes(
    client: Client, house: House, tablet: Tablet, clock: Clock
) -> None:
    from backend.field.rules import session_proof

    async def nonce() -> str:
        asked = await tablet.post("/field/session/challenge", {"device": tablet.id}, token="")
        return str(asked.json()["nonce"])

    def proof(number: str) -> dict[str, str]:
        signature = tablet.sign(session_proof(number, tablet.account))
        return {"device": tablet.id, "account": tablet.account, "nonce": number, "signature": signature}

    once = await nonce()
    assert (await tablet.post("/field/session", proof(once), token="")).status_code == 200
    assert (await tablet.post("/field/session", proof(once), token="")).status_code == 401
    late = await nonce()
    clock.advance(minutes=2)
    assert (await tablet.post("/field/session", proof(late), token="")).status_code == 401
    wrong = {**proof(await nonce()), "signature": "0" * 128}
    assert (await tablet.post("/field/session", wrong, token="")).json()["code"] == "device_unknown"


async def test_a_person_who_never_joined_this_tablet_gets_no_session(house: House, tablet: Tablet) -> None:
    assert (await tablet.sign_in(await inspector(house))).json()["code"] == "not_allowed"


async def test_without_a_session_nothing_is_exchanged(tablet: Tablet) -> None:
    tablet.token = "no such token"
    assert (await tablet.exchange()).status_code == 401


async def test_a_session_of_the_desk_is_no_tablet(client: Client, house: House, tablet: Tablet) -> None:
    token = await builders.open_session(house, tablet.account)
    headers = {"cookie": f"suijian_session={token}"}
    answer = await client.post("/field/exchange", content=b"{}", headers=headers)
    assert answer.json()["code"] == "device_unknown"


# --- pushing --------------------------------------------------------------------------------------------------


async def test_an_entry_has_a_signed_receipt_and_the_second_time_it_exists(tablet: Tablet, sent: str) -> None:
    one = tablet.record("visit.opened", sent, OPENED)
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("accepted", None)}
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("exists", None)}


async def test_twenty_identical_pushes_at_once_store_one_entry(
    house: House, tablet: Tablet, sent: str
) -> None:
    one = tablet.record("visit.opened", sent, OPENED)
    answers = await asyncio.gather(*(tablet.exchange(one, cursor=tablet.cursor) for _ in range(20)))
    statuses = [a.json()["received"][0]["body"]["receipts"][0]["status"] for a in answers]
    assert sorted(statuses) == ["accepted"] + ["exists"] * 19
    known = [entry.id for _, entry, _ in await ledger.of_subject(house, sent)]
    assert known.count(one["entry"]["id"]) == 1


async def test_a_broken_signature_occupies_no_place(tablet: Tablet, sent: str) -> None:
    good = tablet.record("visit.opened", sent, OPENED)
    forged = {"entry": {**good["entry"], "signature": "1" * 128}, "body": good["body"]}
    assert await tablet.receipts(forged) == {good["entry"]["id"]: ("refused", "signature_bad")}
    assert await tablet.receipts(good) == {good["entry"]["id"]: ("accepted", None)}


async def test_a_changed_body_is_refused_and_the_original_is_taken_afterwards(
    tablet: Tablet, sent: str
) -> None:
    good = tablet.record("visit.opened", sent, OPENED)
    changed = {"entry": good["entry"], "body": {**good["body"], "place": {"latitude": 1}}}
    assert await tablet.receipts(changed) == {good["entry"]["id"]: ("refused", "signature_bad")}
    assert await tablet.receipts(good) == {good["entry"]["id"]: ("accepted", None)}


async def test_another_devices_entry_is_not_taken_from_this_one(
    client: Client, house: House, tablet: Tablet, sent: str
) -> None:
    stranger = Tablet(client, house)
    stranger.account = tablet.account
    foreign = stranger.record("visit.opened", sent, OPENED)
    assert await tablet.receipts(foreign) == {foreign["entry"]["id"]: ("refused", "signature_bad")}


async def test_what_no_signature_covers_yet_has_no_verdict(tablet: Tablet, sent: str) -> None:
    first = tablet.record("visit.opened", sent, OPENED, sign=False)
    second = tablet.record("rights.told", sent, {"recusal": "not_requested", "statement": ""}, sign=False)
    assert await tablet.receipts(first, second) == {}
    third = tablet.record("rights.told", sent, {"recusal": "not_requested", "statement": ""})
    found = await tablet.receipts(first, second, third)
    assert set(found.values()) == {("accepted", None)} and len(found) == 3


async def test_one_bad_entry_does_not_stop_the_others(tablet: Tablet, sent: str) -> None:
    first = tablet.record("visit.opened", sent, OPENED)
    second = tablet.record(
        "party.met", sent, {"name": "某人", "role": "staff", "phone": "", "supersedes": []}
    )
    broken = {"entry": second["entry"], "body": {**second["body"], "name": "改过"}}
    found = await tablet.receipts(first, broken)
    assert found == {
        first["entry"]["id"]: ("accepted", None),
        second["entry"]["id"]: ("refused", "signature_bad"),
    }


async def test_a_gap_is_held_and_settles_when_it_is_filled(house: House, tablet: Tablet, sent: str) -> None:
    first = tablet.record("visit.opened", sent, OPENED)
    told = {"recusal": "not_requested", "statement": ""}
    second, third = tablet.record("rights.told", sent, told), tablet.record("rights.told", sent, told)
    ids = [one["entry"]["id"] for one in (first, second, third)]
    found = await tablet.receipts(second, third)
    assert found == {ids[1]: ("held", "chain_gap"), ids[2]: ("held", "chain_gap")}
    assert await tablet.receipts(second) == {ids[1]: ("held", "chain_gap")}
    assert await tablet.receipts(first) == dict.fromkeys(ids, ("accepted", None))
    assert await Held.count().where(Held.visit == sent) == 0
    row = await VisitState.select(VisitState.entries, VisitState.held).where(VisitState.visit == sent).first()
    assert row is not None and (row["entries"], row["held"]) == (4, 0)


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("visit.abducted", {}, "kind_unknown"),
        ("visit.ordered", {}, "kind_unknown"),
        ("device.person_joined", {"device": "0" * 64, "account": "0" * 32}, "kind_unknown"),
        ("visit.opened", {"place": "here"}, "body_invalid"),
        ("visit.opened", {}, "body_invalid"),
    ],
)
async def test_what_is_valid_but_not_understood_is_kept_and_held(
    house: House, tablet: Tablet, sent: str, kind: str, body: dict[str, Any], code: str
) -> None:
    one = tablet.record(kind, sent, body)
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("held", code)}
    assert await ledger.body_of(house, one["entry"]["id"]) == one["body"]
    assert await Held.exists().where((Held.entry == one["entry"]["id"]) & (Held.code == code))


async def test_an_author_who_never_joined_the_tablet_is_held(house: House, tablet: Tablet, sent: str) -> None:
    one = tablet.record("visit.opened", sent, OPENED, by=await inspector(house))
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("held", "author_unknown")}


async def test_an_unknown_visit_is_held(house: House, tablet: Tablet, sent: str) -> None:
    one = tablet.record("visit.opened", house.new_id(), OPENED)
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("held", "visit_unknown")}


async def test_of_every_kind_a_body_that_is_not_whole_is_held_and_stops_nothing_behind_it(
    house: House, tablet: Tablet, sent: str
) -> None:
    kinds = sorted(kind for kind, model in BODIES.items() if model.HOME != "office")
    broken = [tablet.record(kind, sent, {}) for kind in kinds]
    opened = tablet.record("visit.opened", sent, OPENED)
    told = await tablet.receipts(*broken, opened)
    assert {told[one["entry"]["id"]] for one in broken} == {("held", "body_invalid")}
    assert told[opened["entry"]["id"]] == ("accepted", None)


async def test_two_valid_entries_at_one_place_are_both_kept_and_the_tablet_is_marked(
    house: House, tablet: Tablet, sent: str
) -> None:
    first = tablet.record("visit.opened", sent, OPENED)
    twin = tablet.entry("visit.opened", sent, {"nonce": house.new_id(), **OPENED}, seq=1, prev=NO_PREV)
    assert await tablet.receipts(first) == {first["entry"]["id"]: ("accepted", None)}
    assert await tablet.receipts(twin) == {twin["entry"]["id"]: ("held", "chain_forked")}
    known = {entry.id for _, entry, _ in await ledger.of_subject(house, sent)}
    assert {first["entry"]["id"], twin["entry"]["id"]} <= known
    row = await Device.select(Device.status).where(Device.id == tablet.id).first()
    assert row == {"status": "forked"}
    later = tablet.record("rights.told", sent, {"recusal": "not_requested", "statement": ""})
    assert await tablet.receipts(later) == {later["entry"]["id"]: ("held", "chain_forked")}


async def test_a_revoked_tablet_may_send_but_reads_nothing_more(
    house: House, tablet: Tablet, sent: str
) -> None:
    one = tablet.record("visit.opened", sent, OPENED)
    await Device.update({Device.status: "revoked"}).where(Device.id == tablet.id)
    await order_visit(house, [(tablet.account, "leader")])
    answer = (await tablet.exchange(one)).json()
    assert answer["revoked"] is True and answer["entries"] == []
    assert answer["received"][0]["body"]["receipts"][0]["code"] == "device_revoked"
    assert (await tablet.post("/field/packets", {"digests": []})).json()["code"] == "device_revoked"
    opened = (await tablet.sign_in(tablet.account)).json()
    assert opened["revoked"] is True and "share" not in opened
    assert (await tablet.enrol(await inspector(house))).json()["code"] == "device_revoked"


async def test_a_clock_wrong_by_years_refuses_nothing(tablet: Tablet, sent: str) -> None:
    one = tablet.record("visit.opened", sent, OPENED, at="2001-01-01T00:00:00.000Z")
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("accepted", None)}


async def test_a_push_over_the_bounds_is_refused_whole_and_nothing_is_stored(
    tablet: Tablet, sent: str
) -> None:
    one = tablet.record("visit.opened", sent, OPENED)
    assert (await tablet.exchange(*[one] * 501)).json()["code"] == "bad_request"
    big = {**one, "padding": "x" * 1_000_000}
    answer = await tablet.exchange(big)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("accepted", None)}


@pytest.mark.parametrize("broken", [b"", b"[]", b"{", b'{"device":1}', b"\xff\xfe"])
async def test_nonsense_is_refused_in_one_sentence(tablet: Tablet, broken: bytes) -> None:
    headers = {"authorization": f"Bearer {tablet.token}"}
    answer = await tablet.client.post("/field/exchange", content=broken, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
