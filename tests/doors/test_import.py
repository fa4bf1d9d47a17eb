"""A tablet's file of unsent records at the office: it goes the way of every upload, and opens nothing by itself."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.dispatch.tables import Packet
from backend.field.recovery import recovery_point
from backend.field.tables import Evidence
from backend.house import House
from backend.ledger import LedgerEntry
from tests.builders import Client, Person
from tests.doors.conftest import SignedIn
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit, photo, photo_body


def sealed(key: bytes, plain: bytes, about: str) -> dict[str, str]:
    iv = os.urandom(12)
    data = AESGCM(key).encrypt(iv, plain, about.encode())
    return {"iv": iv.hex(), "data": base64.b64encode(data).decode()}


def wrapped(recovery: str, key: bytes, visit: str) -> dict[str, str]:
    """As `wrapFor` of the tablet does it."""
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(recovery))
    agreed = own.exchange(ec.ECDH(), other)
    shared = HKDF(SHA256(), 32, salt=point, info=b"suijian/wrap/1").derive(agreed)
    return {"point": point.hex(), **sealed(shared, key, f"visit:{visit}")}


def file_of(tablet: Tablet, visit: str, key: bytes, picture: bytes, keys: dict[str, Any]) -> dict[str, Any]:
    digest = tablet.entries[-1]["body"]["digest"]
    return {
        "format": "sjx/1",
        "device": tablet.id,
        "keys": keys,
        "entries": [
            {
                "entry": one["entry"],
                "body": sealed(key, json.dumps(one["body"]).encode(), f"entry:{one['entry']['id']}"),
            }
            for one in tablet.entries
        ],
        "photos": [{"digest": digest, "visit": visit, "picture": sealed(key, picture, f"photo:{digest}")}],
    }


async def at_work(client: Client, house: House) -> tuple[Tablet, str, bytes, bytes]:
    account = await inspector(house)
    tablet = Tablet(client, house)
    await tablet.enrol(account)
    visit, _ = await order_visit(house, [(account, "leader")])
    picture = photo(7, (64, 48))
    tablet.record("visit.opened", visit, OPENED)
    tablet.record("evidence.taken", visit, photo_body(picture))
    row = await Packet.select(Packet.data_key).where(Packet.visit == visit).first()
    assert row
    return tablet, visit, house.vault.open(bytes(row["data_key"]), "packet.data_key"), picture


async def hand_in(person: Person, file: Any) -> str:
    content = file if isinstance(file, bytes) else json.dumps(file).encode()
    answer = await person.post("/office/field/import", {}, files={"file": ("a.sjx", content)})
    return str(answer.text)


async def arrived(tablet: Tablet) -> int:
    return int(await LedgerEntry.count().where(LedgerEntry.device == tablet.id))


async def test_what_is_no_such_file_is_refused_in_words(signed_in: SignedIn) -> None:
    admin = await signed_in("dept_admin", ORG)
    for content in (b"", b"PK", b"[]", b'{"format": "sjx/2"}', b"[" * 100_000):
        told = await hand_in(admin, content)
        assert "这不是终端导出的未上传记录文件" in told and "请重新选择文件" in told
        assert "已填内容仍在" not in told, "the browser keeps no file"


async def test_another_departments_clerk_hands_in_nothing(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    other = await signed_in("dept_admin", OTHER)
    await hand_in(other, file_of(tablet, visit, key, picture, {}))
    assert await arrived(tablet) == 0


async def test_an_entry_that_the_tablet_did_not_sign_is_not_taken_in(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    for one in tablet.entries:
        one["entry"]["signature"] = "1" * 128
    told = await hand_in(await signed_in("dept_admin", ORG), file_of(tablet, visit, key, picture, {}))
    assert "校验没有通过" in told and await arrived(tablet) == 0


async def test_what_was_sealed_for_another_key_stays_closed_and_the_rest_goes_on(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    file = file_of(tablet, visit, key, picture, {})
    file["photos"][0]["picture"] = sealed(os.urandom(32), picture, "photo:x")
    told = await hand_in(await signed_in("dept_admin", ORG), file)
    assert "没有收录的原件仍在文件和终端里" in told and await arrived(tablet) == 2


async def test_a_dead_tablets_records_and_photos_arrive_once_however_often_they_are_handed_in(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    admin = await signed_in("dept_admin", ORG)
    file = file_of(tablet, visit, key, picture, {visit: wrapped(recovery_point(house.vault), key, visit)})
    for _ in range(2):
        assert "已导入" in await hand_in(admin, file)
        assert await arrived(tablet) == 2
        [row] = await Evidence.select().where(Evidence.device == tablet.id)
        assert row["stored"] > 0


async def test_what_the_department_decided_on_is_not_called_undecided_when_the_file_comes_again(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    admin = await signed_in("dept_admin", ORG)
    file = file_of(tablet, visit, key, picture, {visit: wrapped(recovery_point(house.vault), key, visit)})
    del file["entries"][0]  # what comes after it waits behind the gap
    told = await hand_in(admin, file)
    assert "<dt>待部门核定</dt><dd>1</dd>" in told and "<dt>部门此前已核定</dt><dd>0</dd>" in told
    [held] = file["entries"]
    asked = {"decision": "set_aside", "reason": "已重新记录"}
    assert (await admin.post(f"/office/field/held/{held['entry']['id']}", asked)).status_code == 303
    told = await hand_in(admin, file)
    assert "<dt>待部门核定</dt><dd>0</dd>" in told and "<dt>部门此前已核定</dt><dd>1</dd>" in told


async def test_the_recovery_key_opens_what_the_office_itself_forgot(
    client: Client, house: House, signed_in: SignedIn
) -> None:
    tablet, visit, key, picture = await at_work(client, house)
    await Packet.delete().where(Packet.visit == visit)
    admin = await signed_in("dept_admin", ORG)
    await hand_in(admin, file_of(tablet, visit, key, picture, {}))
    assert await arrived(tablet) == 0
    keys = {visit: wrapped(recovery_point(house.vault), key, visit)}
    await hand_in(admin, file_of(tablet, visit, key, picture, keys))
    assert await arrived(tablet) == 2
