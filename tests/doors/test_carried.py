"""Another tablet hands in a file of unsent records: it lends its line, and neither opens nor vouches for anything."""

from __future__ import annotations

from typing import Any

from backend.field.recovery import recovery_point
from backend.field.tables import Evidence
from backend.house import House
from backend.ledger import LedgerEntry
from backend.people.tables import Device
from tests.builders import Client
from tests.doors.conftest import SignedIn
from tests.doors.test_import import arrived, at_work, file_of, wrapped
from tests.tablets import ORG, OTHER, Tablet, inspector

PATH = "/field/import"


async def carrier(client: Client, house: House, organisation: str = ORG) -> Tablet:
    """A tablet that has nothing to do with the visit."""
    tablet = Tablet(client, house)
    await tablet.enrol(await inspector(house, organisation))
    return tablet


async def test_what_is_no_file_of_ours_is_refused_in_words(client: Client, house: House) -> None:
    other = await carrier(client, house)
    wrong = await other.post(PATH, {"format": "sjx/2"})
    assert wrong.status_code == 422 and "这不是终端导出的未上传记录文件" in wrong.json()["sentence"]
    file: dict[str, Any] = {
        "format": "sjx/1",
        "device": "a" * 64,
        "keys": {},
        "entries": [],
        "photos": [],
    }
    unknown = await other.post(PATH, file)
    assert unknown.json()["code"] == "device_unknown"


async def test_nobody_hands_in_without_a_tablet_of_ours_that_is_in_use(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    file = file_of(tablet, visit, key, picture, {})
    other = await carrier(client, house)
    assert (await other.post(PATH, file, token="")).status_code == 401
    assert (await other.post(PATH, file, token="0" * 64)).status_code == 401
    await Device.update({Device.status: "revoked"}).where(Device.id == other.id)
    assert (await other.post(PATH, file)).json()["code"] == "device_revoked"
    assert await arrived(tablet) == 0


async def test_who_carries_a_file_cannot_say_anything_in_the_name_of_its_tablet(
    client: Client, house: House
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    for one in tablet.entries:
        one["entry"]["signature"] = "1" * 128
    other = await carrier(client, house)
    done = (await other.post(PATH, file_of(tablet, visit, key, picture, {}))).json()
    assert (done["accepted"], done["refused"], done["photos"]) == (0, 2, 0)
    assert await arrived(tablet) == 0


async def test_a_file_arrives_once_however_often_and_by_whomever_it_is_carried(
    client: Client, house: House
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    file = file_of(tablet, visit, key, picture, {visit: wrapped(recovery_point(house.vault), key, visit)})
    entries, photos = {**file, "photos": []}, {**file, "entries": []}
    told = []
    for department in (OTHER, ORG):
        other = await carrier(client, house, department)
        told += [(await other.post(PATH, piece)).json() for piece in (entries, photos)]
        mine = await LedgerEntry.count().where(
            (LedgerEntry.device == other.id) & (LedgerEntry.kind != "device.enrolled")
        )
        assert mine == 0, "nothing of it counts as the carrier's own"
    assert [(one["accepted"], one["exists"], one["photos"]) for one in told] == [
        (2, 0, 0),
        (0, 0, 1),
        (0, 2, 0),
        (0, 0, 1),
    ]
    assert set(told[0]) == {
        *("label", "accepted", "exists", "held", "decided", "refused", "closed", "photos", "photos_refused"),
    }, "counts, and nothing of what it says"
    assert await arrived(tablet) == 2
    [row] = await Evidence.select().where(Evidence.device == tablet.id)
    assert row["stored"] > 0
    receipts = await tablet.receipts(*tablet.entries)
    assert {status for status, _ in receipts.values()} == {"exists"}, (
        "the tablet learns it when it comes back"
    )
