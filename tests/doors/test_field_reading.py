"""What a tablet reads, its photographs, and the office behind it: nobody else's, nothing half."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from backend import ledger, reactions
from backend.field import rules
from backend.field import tables as field_tables
from backend.field.blobs import Store, claims, is_picture
from backend.field.entries import folded
from backend.field.tables import Evidence, Held, VisitState
from backend.house import House
from backend.people.tables import Account, public_keys
from sync.words import NO_PREV
from tests.builders import Client
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit, photo, photo_body

# --- pulling --------------------------------------------------------------------------------------------------


def kinds(answer: httpx.Response) -> list[str]:
    return [one["entry"]["kind"] for one in answer.json()["entries"]]


async def test_a_tablet_reads_its_visits_and_no_others(client: Client, house: House, tablet: Tablet) -> None:
    mine, _ = await order_visit(house, [(tablet.account, "leader")])
    other = Tablet(client, house)
    await other.enrol(await inspector(house, OTHER))
    theirs, packet = await order_visit(house, [(other.account, "leader")])
    answer = await tablet.exchange()
    subjects = {one["entry"]["subject"] for one in answer.json()["entries"]}
    assert mine in subjects and theirs not in subjects
    digest = next(
        one["body"]["packet_digest"]
        for one in (await other.exchange()).json()["entries"]
        if one["entry"]["subject"] == theirs
    )
    assert (await tablet.post("/field/packets", {"digests": [digest]})).json()["packets"] == {}
    given = (await other.post("/field/packets", {"digests": [digest]})).json()
    assert given["packets"][digest] == packet.model_dump(mode="json")
    assert len(bytes.fromhex(given["keys"][theirs])) == 32
    texts = {item.text for block in packet.blocks for item in block.items}
    assert set(given["texts"]) == texts
    have = {"digests": [digest], "have": sorted(texts)}
    assert (await other.post("/field/packets", have)).json()["texts"] == {}


async def test_a_colleagues_tablet_gets_what_this_one_recorded_and_this_one_is_not_told_twice(
    client: Client, house: House, tablet: Tablet
) -> None:
    other = Tablet(client, house)
    await other.enrol(await inspector(house, OTHER))
    visit, _ = await order_visit(house, [(tablet.account, "leader"), (other.account, "member")])
    await other.exchange()
    one = tablet.record("visit.opened", visit, OPENED)
    answer = await tablet.exchange(one)
    assert one["entry"]["id"] not in {e["entry"]["id"] for e in answer.json()["entries"]}
    got = (await other.exchange()).json()["entries"]
    assert [e["entry"]["id"] for e in got] == [one["entry"]["id"]] and got[0]["body"] == one["body"]
    assert kinds(await other.exchange()) == []


async def test_what_is_held_reaches_a_colleague_only_when_it_is_admitted(
    client: Client, house: House, tablet: Tablet, signed_in: Any
) -> None:
    other = Tablet(client, house)
    await other.enrol(await inspector(house, OTHER))
    visit, _ = await order_visit(house, [(tablet.account, "leader"), (other.account, "member")])
    await other.exchange()
    late = await inspector(house)
    one = tablet.record("visit.opened", visit, OPENED, by=late)
    await tablet.receipts(one)
    assert kinds(await other.exchange()) == []
    stranger = await signed_in("dept_admin", OTHER)
    answer = await stranger.post(
        f"/office/field/held/{one['entry']['id']}", {"decision": "admit", "reason": "x"}
    )
    assert answer.status_code == 403
    admin = await signed_in("dept_admin", ORG)
    answer = await admin.post(f"/office/field/held/{one['entry']['id']}", {"decision": "admit", "reason": ""})
    assert answer.status_code == 422
    asked = {"decision": "admit", "reason": "当日临时使用该终端"}
    assert (await admin.post(f"/office/field/held/{one['entry']['id']}", asked)).status_code == 303
    assert (await admin.post(f"/office/field/held/{one['entry']['id']}", asked)).status_code == 409
    got = await other.exchange()
    assert sorted(kinds(got)) == ["entry.admitted", "visit.opened"]
    row = await VisitState.select(VisitState.held).where(VisitState.visit == visit).first()
    assert row == {"held": 0}


async def test_a_tablet_that_joins_later_gets_everything_of_its_visits(
    client: Client, house: House, tablet: Tablet, sent: str
) -> None:
    recorded = [tablet.record("visit.opened", sent, OPENED)]
    recorded += [
        tablet.record("rights.told", sent, {"recusal": "not_requested", "statement": ""}) for _ in range(3)
    ]
    await tablet.receipts(*recorded)
    late = Tablet(client, house)
    await late.enrol(await inspector(house, OTHER))
    await late.exchange()
    await late.enrol(tablet.account)
    got = [one["entry"]["id"] for one in (await late.exchange()).json()["entries"]]
    assert [one["entry"]["id"] for one in recorded] == got[1:]
    assert kinds(await late.exchange()) == []


async def test_pages_hold_every_entry_once(
    client: Client, house: House, tablet: Tablet, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = [tablet.record("visit.opened", sent, OPENED, sign=False) for _ in range(11)]
    recorded.append(tablet.record("visit.opened", sent, OPENED))
    await tablet.receipts(*recorded)
    monkeypatch.setattr(rules, "PAGE_ENTRIES", 5)
    late = Tablet(client, house)
    await late.enrol(await inspector(house, OTHER))
    await late.enrol(tablet.account)
    late.cursor = {"number": 0, "within": 0, "head": NO_PREV}
    got, more, pages = [], True, 0
    while more:
        answer = (await late.exchange()).json()
        got += [one["entry"]["id"] for one in answer["entries"]]
        more, pages = answer.get("more", False), pages + 1
    assert pages == 3
    assert len(got) == len(set(got)) == 13
    assert {one["entry"]["id"] for one in recorded} < set(got)


async def test_asking_with_nothing_new_costs_300_bytes_each_way(tablet: Tablet, sent: str) -> None:
    await tablet.exchange()
    answer = await tablet.exchange()
    assert answer.json()["entries"] == [] and answer.json()["received"] == []
    assert len(answer.content) <= 300
    assert len(answer.request.content) <= 300


async def test_a_ledger_that_is_not_the_one_read_before_is_noticed(tablet: Tablet, sent: str) -> None:
    answer = await tablet.exchange(cursor={**tablet.cursor, "head": "e" * 64})
    assert answer.json()["reset"] is True and "visit.ordered" in kinds(answer)
    answer = await tablet.exchange(cursor={"number": 10**9, "within": 0, "head": "e" * 64})
    assert answer.json()["reset"] is True
    tablet.epoch = "0" * 32
    answer = await tablet.exchange()
    assert "visit.ordered" in kinds(answer) and answer.json()["epoch"] != "0" * 32


async def test_the_ledger_stays_whole_with_all_that_came(house: House, tablet: Tablet) -> None:
    keys = await public_keys(house.vault.device, house.vault.public_key)
    read, damages = await ledger.verify(house, keys)
    assert read > 0 and damages == []


# --- photographs ----------------------------------------------------------------------------------------------


async def taken(tablet: Tablet, visit: str, content: bytes, media_type: str = "image/jpeg") -> str:
    one = tablet.record("evidence.taken", visit, {**photo_body(content), "media_type": media_type})
    assert set((await tablet.receipts(one)).values()) == {("accepted", None)}
    return str(one["body"]["digest"])


async def test_a_photo_that_no_entry_announces_is_not_taken(tablet: Tablet, sent: str) -> None:
    answer = await tablet.put("a" * 64, b"x", 0)
    assert answer.json()["code"] == "not_found"


async def test_a_photo_arrives_in_pieces_and_is_whole_only_then(
    house: House, tablet: Tablet, sent: str
) -> None:
    content = photo(7, (900, 700))
    digest = await taken(tablet, sent, content)
    assert (await tablet.head(digest)).headers["upload-offset"] == "0"
    half = len(content) // 2
    answer = (await tablet.put(digest, content[:half], 0)).json()
    assert answer == {"digest": digest, "offset": half, "stored": 0}
    assert (await tablet.head(digest)).headers["upload-offset"] == str(half)
    wrong = await tablet.put(digest, content[10:], 10)
    assert (wrong.json()["code"], wrong.json()["details"]["offset"]) == ("blob_offset", str(half))
    answer = (await tablet.put(digest, content[half:], half)).json()
    assert answer["offset"] == len(content) and answer["stored"] > 0
    again = (await tablet.put(digest, b"", 0)).json()
    assert again["stored"] == answer["stored"]
    row = (
        await VisitState.select(VisitState.photos, VisitState.photos_stored)
        .where(VisitState.visit == sent)
        .first()
    )
    assert row == {"photos": 1, "photos_stored": 1}
    kept = (house.settings.blobs / digest[:2] / digest).read_bytes()
    assert content[:200] not in kept
    assert not (house.settings.blobs / "parts" / digest).exists()


@pytest.mark.parametrize("wrong", [b"not a picture", b"\xff\xd8\xff\xe0 nearly a picture"])
async def test_bytes_that_are_no_picture_are_not_kept(tablet: Tablet, sent: str, wrong: bytes) -> None:
    digest = await taken(tablet, sent, wrong)
    assert (await tablet.put(digest, wrong, 0)).json()["code"] == "digest_mismatch"
    assert (await tablet.head(digest)).headers["upload-offset"] == "0"


async def test_what_was_signed_for_is_kept_though_no_decoder_likes_it(
    house: House, tablet: Tablet, sent: str
) -> None:
    whole = photo(15)
    content = whole[: len(whole) * 2 // 3]
    assert claims(content, "image/jpeg") and not is_picture(content, "image/jpeg")
    digest = await taken(tablet, sent, content)
    assert (await tablet.put(digest, content, 0)).json()["stored"] > 0
    assert Store(house).read(digest) == content


async def test_a_picture_that_would_be_a_bomb_is_not_kept(tablet: Tablet, sent: str) -> None:
    out = io.BytesIO()
    Image.new("1", (7_000, 7_000)).save(out, "PNG")
    content = out.getvalue()
    assert len(content) < 100_000
    digest = await taken(tablet, sent, content, media_type="image/png")
    assert (await tablet.put(digest, content, 0)).json()["code"] == "digest_mismatch"


async def test_a_photo_whose_digest_disagrees_is_not_kept_and_comes_again(tablet: Tablet, sent: str) -> None:
    content = photo(8)
    digest = await taken(tablet, sent, content)
    broken = content[:-2] + b"xx"
    assert (await tablet.put(digest, broken, 0)).json()["code"] == "digest_mismatch"
    assert (await tablet.put(digest, content, 0)).json()["stored"] > 0


async def test_more_bytes_than_announced_are_refused(tablet: Tablet, sent: str) -> None:
    content = photo(9)
    digest = await taken(tablet, sent, content)
    assert (await tablet.put(digest, content + b"x", 0)).json()["code"] == "digest_mismatch"


async def test_the_same_picture_in_two_visits_travels_once(house: House, tablet: Tablet, sent: str) -> None:
    content = photo(10)
    digest = await taken(tablet, sent, content)
    await tablet.put(digest, content, 0)
    other, _ = await order_visit(house, [(tablet.account, "leader")])
    await taken(tablet, other, content)
    assert int((await tablet.head(digest)).headers["upload-stored"]) > 0
    rows = await Evidence.select(Evidence.stored).where(Evidence.digest == digest)
    assert len(rows) == 2 and all(row["stored"] for row in rows)


async def test_a_tablet_of_another_team_can_neither_send_nor_ask_for_a_photo(
    client: Client, house: House, tablet: Tablet, sent: str
) -> None:
    content = photo(11)
    digest = await taken(tablet, sent, content)
    other = Tablet(client, house)
    await other.enrol(await inspector(house, OTHER))
    assert (await other.put(digest, content, 0)).json()["code"] == "not_found"
    assert (await other.head(digest)).status_code == 404


async def test_the_store_keeps_its_names_inside_its_folder(tablet: Tablet, sent: str) -> None:
    for name in ("..%2f..%2fkeys%2fdata.key", "." * 64, "A" * 64):
        assert (await tablet.put(name, b"x", 0)).status_code == 404


# --- the office -----------------------------------------------------------------------------------------------


async def test_an_office_of_another_department_sees_neither_visit_nor_photo(
    house: House, tablet: Tablet, sent: str, signed_in: Any
) -> None:
    content = photo(12)
    digest = await taken(tablet, sent, content)
    await tablet.put(digest, content, 0)
    stranger = await signed_in("planner", OTHER)
    assert (await stranger.get(f"/office/field/visits/{sent}")).status_code == 404
    assert (await stranger.get(f"/office/field/blobs/{digest}")).status_code == 404
    assert sent not in (await stranger.get("/office/field")).text
    planner = await signed_in("planner", ORG)
    picture = await planner.get(f"/office/field/blobs/{digest}")
    assert (picture.content, picture.headers["content-type"]) == (content, "image/jpeg")
    assert sent in (await planner.get("/office/field")).text


async def test_the_visit_page_shows_what_was_recorded_and_what_is_missing(
    house: House, tablet: Tablet, signed_in: Any
) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    block = packet.blocks[0]
    tablet_says = [
        ("visit.opened", OPENED),
        (
            "answer.given",
            {
                "organisation": block.organisation,
                "item": block.items[0].item,
                "answer": "nonconform",
                "findings": ["F1"],
                "note": "公示栏缺失",
                "supersedes": [],
            },
        ),
        ("evidence.taken", photo_body(photo(13))),
        (
            "signature.refused",
            {
                "name": "某人",
                "reason": "R1",
                "statement": "我不同意",
                "record_digest": "0" * 64,
                "template": "record-1",
            },
        ),
    ]
    entries = [tablet.record(kind, visit, body) for kind, body in tablet_says]
    assert set((await tablet.receipts(*entries)).values()) == {("accepted", None)}
    planner = await signed_in("planner", ORG)
    shown = (await planner.get(f"/office/field/visits/{visit}")).text
    for words in (
        "不符合",
        "未按规定公示",
        "公示栏缺失",
        "照片还没有收到",
        "拒绝签字：对结果有异议",
        "我不同意",
    ):
        assert words in shown
    assert "缺 1 张照片" in (await planner.get("/office/field")).text


async def test_a_network_check_settles_an_item_once_and_reaches_the_tablet(
    house: House, tablet: Tablet, signed_in: Any
) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    await tablet.exchange()
    item = packet.blocks[0].items[0].item
    planner = await signed_in("planner", ORG)
    where = f"/office/field/visits/{visit}/verify"
    typed = {"item": item, "source": "", "note": "证照信息一致"}
    refused = await planner.post(where, files={k: (None, v) for k, v in typed.items()})
    assert refused.status_code == 422 and "证照信息一致" in refused.text
    typed["source"] = "国家企业信用信息公示系统"
    bad = {**{k: (None, v) for k, v in typed.items()}, "snapshot": ("a.png", b"no picture", "image/png")}
    assert (await planner.post(where, files=bad)).status_code == 422
    good = {**{k: (None, v) for k, v in typed.items()}, "snapshot": ("a.jpg", photo(14), "image/jpeg")}
    assert (await planner.post(where, files=good)).status_code == 303
    assert (await planner.post(where, files=good)).status_code == 409
    got = (await tablet.exchange()).json()["entries"]
    assert [one["entry"]["kind"] for one in got] == ["item.verified"]
    assert "已网络核实" in (await planner.get(f"/office/field/visits/{visit}")).text
    snapshot = got[0]["body"]["snapshot"]
    assert (await planner.get(f"/office/field/blobs/{snapshot}")).content == photo(14)


async def test_what_a_network_check_found_to_differ_is_left_to_the_site_and_said_beside_the_item(
    house: House, tablet: Tablet, signed_in: Any
) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    await tablet.exchange()
    first, second = packet.blocks[0].items[:2]
    planner = await signed_in("planner", ORG)
    where = f"/office/field/visits/{visit}/verify"
    typed = {
        "item": first.item,
        "source": "信用中国",
        "note": "",
        "act": "differs",
        "stated": "有效期至 2027 年",
    }

    def parts(**more: str) -> dict[str, Any]:
        return {name: (None, text) for name, text in (typed | more).items()}

    incomplete = await planner.post(where, files=parts())
    assert incomplete.status_code == 422 and "请写明核查记载和实际情况" in incomplete.text
    assert 'value="有效期至 2027 年"' in incomplete.text
    agrees = await planner.post(where, files=parts(met="有效期至 2027 年"))
    assert agrees.status_code == 422 and "与登记的一致" in agrees.text
    picture = {"snapshot": ("a.jpg", photo(15), "image/jpeg")}
    assert (await planner.post(where, files=parts(met="已注销") | picture)).status_code == 303
    assert (await planner.post(where, files=parts(met="已注销"))).status_code == 409
    got = (await tablet.exchange()).json()["entries"]
    assert [one["entry"]["kind"] for one in got] == ["item.contradicted"]
    shown = (await planner.get(f"/office/field/visits/{visit}")).text
    assert "网络核查不一致：信用中国记载“有效期至 2027 年”，实际为“已注销”" in shown
    assert (await planner.get(f"/office/field/blobs/{got[0]['body']['snapshot']}")).content == photo(15)
    # It waits for the site: only what nobody spoke of is offered to the network check.
    assert f'value="{second.item}"' in shown and f'value="{first.item}"' not in shown
    assert (await folded(house, visit)).item(packet.blocks[0].organisation, first.item).verified is None


async def test_a_non_members_work_is_kept_and_waits_for_its_department(
    client: Client, house: House, tablet: Tablet, sent: str, signed_in: Any
) -> None:
    late = await inspector(house)
    await tablet.enrol(late)
    one = tablet.record("visit.opened", sent, OPENED, by=late)
    assert await tablet.receipts(one) == {one["entry"]["id"]: ("accepted", None)}
    admin = await signed_in("dept_admin", ORG)
    assert "记录人不是这次检查的检查组成员" in (await admin.get("/office/field/held")).text
    asked = {"decision": "set_aside", "reason": "未参加本次检查"}
    assert (await admin.post(f"/office/field/held/{one['entry']['id']}", asked)).status_code == 303
    row = await Held.select().where(Held.entry == one["entry"]["id"]).first()
    assert row is not None and (row["decision"], row["source"]) == ("set_aside", "visit")


async def test_the_list_of_tablets_names_clocks_that_are_wrong(
    house: House, tablet: Tablet, sent: str, signed_in: Any
) -> None:
    asked: dict[str, Any] = {"device": tablet.id, "epoch": None, "cursor": tablet.cursor, "entries": []}
    await tablet.post("/field/exchange", {**asked, "at": "2028-01-01T00:00:00.000Z"})
    admin = await signed_in("dept_admin", ORG)
    shown = (await admin.get("/office/field/devices")).text
    assert tablet.id[:12] in shown and "快" in shown


async def test_an_account_that_was_disabled_sends_nothing_more(house: House, tablet: Tablet) -> None:
    await Account.update({Account.active: False}).where(Account.id == tablet.account)
    assert (await tablet.exchange()).status_code == 401
    assert (await tablet.sign_in(tablet.account)).json()["code"] == "account_disabled"


async def test_answers_are_canonical_json(tablet: Tablet, sent: str) -> None:
    answer = await tablet.exchange(cursor={"number": 0, "within": 0, "head": NO_PREV})
    plain = json.dumps(answer.json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert answer.content == plain.encode()


async def test_replaying_the_ledger_gives_the_same_rows(house: House, tablet: Tablet, sent: str) -> None:
    """Held, admitted, filled gaps, photos, second tablets: all that the tests above left behind."""
    tables = (field_tables.VisitEntry, field_tables.DeviceScope, Held, Evidence)
    shown = VisitState.select(*(c for c in VisitState._meta.columns if c._meta.name != "state"))

    async def rows() -> list[list[str]]:
        found = [sorted(map(str, await table.select())) for table in tables]
        return [*found, sorted(map(str, await shown))]

    before = await rows()
    assert all(before)
    async with ledger.turn(house):
        for table in reactions.DERIVED:
            await table.delete(force=True)
        for row in await ledger.LedgerEntry.select().order_by(ledger.LedgerEntry.number):
            body = await ledger.body_of(house, row["id"]) or {}
            await reactions.react(ledger.Fact(house, row["number"], ledger.entry_of(row), body))
    assert await rows() == before
