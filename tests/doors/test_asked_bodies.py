"""What a tablet writes into its bodies stops no exchange, hides nothing from the office, and closes no file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from backend.dispatch.tables import Packet
from backend.field.tables_decisions import DecisionAsked, open_ones
from backend.house import House
from backend.ledger import LedgerEntry
from backend.replay import replay
from sync import chain
from sync.words import NO_PREV, Entry, Envelope
from tests.builders import Client
from tests.doors.conftest import SignedIn
from tests.doors.test_decisions import PATH, proposed
from tests.doors.test_import import arrived, file_of, sealed
from tests.doors.test_lost import hand_in
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit, photo, photo_body

NO_PROPOSALS = ["x" * 200, {"a": 1}, [1], 7, "", None, "\x00" * 64]


@pytest.mark.parametrize("proposal", NO_PROPOSALS, ids=repr)
async def test_a_confirmation_of_nothing_is_held_and_asks_nobody(
    tablet: Tablet, sent: str, proposal: Any
) -> None:
    said = tablet.record("noncooperation.confirmed", sent, {"proposal": proposal})
    assert await tablet.receipts(said) == {said["entry"]["id"]: ("held", "body_invalid")}
    assert sent not in {row["visit"] for row in await open_ones()}


async def test_who_confirms_anothers_proposal_in_a_visit_of_his_own_hides_it_from_nobody(
    client: Client, house: House, tablet: Tablet, signed_in: SignedIn, tmp_path: Path
) -> None:
    visit, proposal = await proposed(house, tablet)
    stranger = Tablet(client, house)
    await stranger.enrol(await inspector(house, OTHER))
    other, _ = await order_visit(house, [(stranger.account, "leader")])
    body = {"proposal": proposal}
    await stranger.receipts(stranger.record("noncooperation.confirmed", other, body))
    await tablet.receipts(tablet.record("noncooperation.confirmed", visit, body))
    leader = await signed_in("responsible_leader", ORG)
    assert "拒不提供进货台账" in (await leader.get(PATH)).text
    assert (await leader.post(f"{PATH}/{visit}/{proposal}", {"decision": "agree"})).status_code == 303
    open_visits = [row["visit"] for row in await open_ones()]
    assert visit not in open_visits and other in open_visits
    again = tablet.record("noncooperation.confirmed", visit, body)
    await tablet.receipts(again)
    rows = await DecisionAsked.select(DecisionAsked.status).where(DecisionAsked.visit == visit)
    assert rows == [{"status": "decided"}], "what was decided is not asked for once more"
    assert (await replay(house, tmp_path / "shadow.sqlite")).differences == ()


async def key_of(house: House, visit: str) -> bytes:
    row = await Packet.select(Packet.data_key).where(Packet.visit == visit).first()
    assert row
    return house.vault.open(bytes(row["data_key"]), "packet.data_key")


@pytest.mark.parametrize("body", [[], [1], "x", 5, None], ids=repr)
async def test_a_body_that_is_no_object_is_counted_as_closed_and_the_rest_of_its_file_is_taken_in(
    house: House, tablet: Tablet, sent: str, body: Any
) -> None:
    key = await key_of(house, sent)
    picture = photo(int.from_bytes(os.urandom(2), "big"), (64, 48))
    tablet.record("evidence.taken", sent, photo_body(picture))
    file = file_of(tablet, sent, key, picture, {})
    envelope = Envelope(
        kind="consent.recorded",
        subject=sent,
        by=tablet.account,
        device=tablet.id,
        seq=2,
        prev=tablet.entries[0]["entry"]["id"],
        at="2026-11-20T01:00:00.000Z",
        body_digest=chain.body_digest(body),
    )
    name = chain.entry_id(envelope)
    odd = Entry(**envelope.model_dump(), id=name, signature=tablet.sign(name)).model_dump()
    file["entries"].append({"entry": odd, "body": sealed(key, json.dumps(body).encode(), f"entry:{name}")})
    answer = await hand_in(tablet, file)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["accepted"], told["closed"], told["photos"]) == (1, 1, 1)
    assert not await LedgerEntry.exists().where(LedgerEntry.id == name)


async def torn(house: House, tablet: Tablet, visit: str, *signed: bool) -> dict[str, Any]:
    """A file of so many entries, signed or not, the last one a picture."""
    for sign in signed[:-1]:
        tablet.record("visit.opened", visit, OPENED, sign=sign)
    picture = photo(int.from_bytes(os.urandom(2), "big"), (64, 48))
    tablet.record("evidence.taken", visit, photo_body(picture), sign=signed[-1])
    return file_of(tablet, visit, await key_of(house, visit), picture, {})


async def test_what_stands_before_an_unreadable_entry_is_proven_by_what_stands_after_it(
    house: House, tablet: Tablet, sent: str
) -> None:
    file = await torn(house, tablet, sent, False, False, False, True)
    file["entries"][2]["body"]["data"] = ""
    told = (await hand_in(tablet, file)).json()
    assert (told["accepted"], told["held"], told["closed"], told["refused"]) == (2, 1, 1, 0)
    ids = [one["entry"]["id"] for one in file["entries"]]
    rows = await LedgerEntry.select(LedgerEntry.id).where(LedgerEntry.device == tablet.id)
    assert {row["id"] for row in rows if row["id"] in ids} == {ids[0], ids[1], ids[3]}


async def test_the_signature_of_an_unreadable_entry_proves_what_stands_before_it(
    house: House, tablet: Tablet, sent: str
) -> None:
    file = await torn(house, tablet, sent, False, True)
    file["entries"][1]["body"]["data"] = ""
    file["photos"] = []
    told = (await hand_in(tablet, file)).json()
    assert (told["accepted"], told["closed"]) == (1, 1)


@pytest.mark.parametrize("how", ["id", "prev", "signature", "device"])
async def test_an_envelope_that_is_not_what_its_id_says_or_is_not_signed_proves_nothing(
    client: Client, house: House, tablet: Tablet, sent: str, how: str
) -> None:
    file = await torn(house, tablet, sent, False, True)
    odd = file["entries"][1]
    odd["body"]["data"] = ""
    file["photos"] = []
    if how == "device":  # another tablet's own entry, that names this one's as the one before
        other = Tablet(client, house)
        await other.enrol(await inspector(house))
        first = file["entries"][0]["entry"]["id"]
        odd["entry"] = other.entry("visit.opened", sent, {"nonce": house.new_id()}, seq=2, prev=first)[
            "entry"
        ]
    elif how == "prev":  # its id is another's
        odd["entry"]["prev"] = NO_PREV
    else:
        odd["entry"][how] = "1" * len(odd["entry"][how])
    told = (await hand_in(tablet, file)).json()
    assert (told["accepted"], told["closed"]) == (0, 1)
    assert await arrived(tablet) == 0


async def test_an_unreadable_entry_ends_no_push_that_what_stands_before_it_needs(
    house: House, tablet: Tablet, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.field.rules.PUSH_ENTRIES", 3)
    file = await torn(house, tablet, sent, False, False, True, False, False, True)
    file["entries"][2]["body"]["data"] = ""
    told = (await hand_in(tablet, file)).json()
    assert (told["accepted"], told["held"], told["closed"]) == (2, 3, 1)
