"""A picture that must not exist (当场删除) is destroyed in the office by a deletion that has its effect, by no other,
and once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from backend import ledger
from backend.field.blobs import Store
from backend.field.entries import folded
from backend.field.tables import Evidence, Held
from backend.house import House
from backend.jobs import Job
from backend.ledger import Draft
from backend.people.tables import Account
from backend.replay import replay
from backend.worker import run_due
from sync.canon import digest
from sync.words import ItemVerified, Packet, TeamMember, VisitOrdered
from tests.builders import Client
from tests.doors.conftest import SignedIn
from tests.doors.test_field_kinds import WEBM, recording
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit, photo, photo_body


def deletion(entry: str) -> dict[str, Any]:
    return {"evidence": entry, "basis": "state_secret", "reason": "拍到涉密设施"}


async def pictured(house: House, tablet: Tablet) -> tuple[str, str, str]:
    """A visit with a picture that is whole; (visit, entry, digest)."""
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    content = photo(int.from_bytes(os.urandom(2), "big"))
    taken = tablet.record("evidence.taken", visit, photo_body(content))
    assert set((await tablet.receipts(taken)).values()) == {("accepted", None)}
    name = taken["body"]["digest"]
    assert (await tablet.put(name, content, 0)).json()["stored"] > 0
    return visit, taken["entry"]["id"], name


async def stands(house: House, entry: str, name: str) -> tuple[str, bool]:
    """(its use, whether its file is here), after all that is due was done."""
    await run_due(house)
    row = await Evidence.select(Evidence.use).where(Evidence.entry == entry).first()
    assert row
    return row["use"], Store(house).has(name)


async def jobs_of(visit: str) -> int:
    return int(await Job.count().where((Job.kind == "destroy") & Job.arguments.like(f"%{visit}%")))


async def replaced(house: House, visit: str, packet: Packet, by: str) -> None:
    """Another order: ``by`` leads the visit now, and nobody else is in the team."""
    row = await Account.select().where(Account.id == by).first()
    assert row
    member = TeamMember(
        account=by,
        name=row["name"],
        organisation=row["organisation"],
        role="leader",
        certificate=row["certificate"],
        certified=True,
    )
    heads = (await folded(house, visit)).order.heads
    body = VisitOrdered(
        nonce=house.new_id(),
        scheme=packet.scheme,
        target=packet.target.target,
        team=(member,),
        planned_on=packet.planned_on,
        packet_digest=digest("packet/1", packet.model_dump(mode="json")),
        supersedes=tuple(head.entry for head in heads),
    )
    async with ledger.turn(house) as turn:
        await turn.append(Draft(visit, body), by, house.clock())


async def test_who_is_not_in_the_team_destroys_nothing_until_the_department_admits_it(
    client: Client, house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, entry, name = await pictured(house, tablet)
    stranger = Tablet(client, house)
    await stranger.enrol(await inspector(house, OTHER))
    said = stranger.record("evidence.deleted", visit, deletion(entry))
    await stranger.receipts(said)
    held = await Held.select(Held.code).where(Held.entry == said["entry"]["id"]).first()
    assert held == {"code": "not_member"}
    assert await stands(house, entry, name) == ("photo", True)
    assert await jobs_of(visit) == 0
    admin = await signed_in("dept_admin", OTHER)
    asked = {"decision": "admit", "reason": "确系涉密"}
    path = f"/office/field/held/{said['entry']['id']}"
    assert (await admin.post(path, asked)).status_code == 303
    assert await stands(house, entry, name) == ("destroyed", False)


async def test_a_deletion_that_was_set_aside_destroys_nothing(
    client: Client, house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, entry, name = await pictured(house, tablet)
    stranger = Tablet(client, house)
    await stranger.enrol(await inspector(house, OTHER))
    said = stranger.record("evidence.deleted", visit, deletion(entry))
    await stranger.receipts(said)
    admin = await signed_in("dept_admin", OTHER)
    asked = {"decision": "set_aside", "reason": "不在组内"}
    path = f"/office/field/held/{said['entry']['id']}"
    assert (await admin.post(path, asked)).status_code == 303
    assert await stands(house, entry, name) == ("photo", True)


async def test_what_the_office_keeps_as_a_snapshot_is_not_destroyed_from_site(
    house: House, tablet: Tablet
) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    name, block = Store(house).add(photo(777)), packet.blocks[0]
    looked_up = ItemVerified(
        nonce=house.new_id(),
        organisation=block.organisation,
        item=block.items[0].item,
        source="公示系统",
        note="",
        snapshot=name,
    )
    async with ledger.turn(house) as turn:
        (entry,) = await turn.append(Draft(visit, looked_up), tablet.account, house.clock())
    await tablet.receipts(tablet.record("evidence.deleted", visit, deletion(entry.id)))
    assert await stands(house, entry.id, name) == ("snapshot", True)


async def test_sound_and_film_are_no_pictures_and_no_deletion_destroys_them(
    house: House, tablet: Tablet
) -> None:
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    content = WEBM + os.urandom(8)
    made = tablet.record("recording.made", visit, recording(content))
    await tablet.receipts(made)
    name, entry = made["body"]["digest"], made["entry"]["id"]
    assert (await tablet.put(name, content, 0)).json()["stored"] > 0
    await tablet.receipts(tablet.record("evidence.deleted", visit, deletion(entry)))
    assert await stands(house, entry, name) == ("recording", True)


async def test_what_waited_behind_a_gap_is_destroyed_once_the_gap_is_filled_and_once_only(
    house: House, tablet: Tablet
) -> None:
    visit, entry, name = await pictured(house, tablet)
    between = tablet.record("visit.opened", visit, OPENED)
    said = tablet.record("evidence.deleted", visit, deletion(entry))
    assert set((await tablet.receipts(said)).values()) == {("held", "chain_gap")}
    assert await stands(house, entry, name) == ("photo", True)
    assert await jobs_of(visit) == 0
    await tablet.receipts(between)
    assert await stands(house, entry, name) == ("destroyed", False)
    await tablet.receipts(said, tablet.record("visit.opened", visit, OPENED))
    assert await jobs_of(visit) == 1


async def test_what_is_admitted_from_behind_a_gap_is_destroyed(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, entry, name = await pictured(house, tablet)
    tablet.record("visit.opened", visit, OPENED)
    said = tablet.record("evidence.deleted", visit, deletion(entry))
    await tablet.receipts(said)
    await run_due(house)
    admin = await signed_in("dept_admin", ORG)
    asked = {"decision": "admit", "reason": "前一条已确认丢失"}
    path = f"/office/field/held/{said['entry']['id']}"
    assert (await admin.post(path, asked)).status_code == 303
    assert await stands(house, entry, name) == ("destroyed", False)


async def test_a_picture_that_is_announced_after_its_deletion_is_destroyed_all_the_same(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    content = photo(int.from_bytes(os.urandom(2), "big"))
    taken = tablet.record("evidence.taken", visit, photo_body(content))
    entry, name = taken["entry"]["id"], taken["body"]["digest"]
    said = tablet.record("evidence.deleted", visit, deletion(entry))
    await tablet.receipts(said)
    admin = await signed_in("dept_admin", ORG)
    asked = {"decision": "admit", "reason": "前一条还在终端里"}
    path = f"/office/field/held/{said['entry']['id']}"
    assert (await admin.post(path, asked)).status_code == 303
    await tablet.receipts(taken)
    assert await stands(house, entry, name) == ("destroyed", False)
    assert (await tablet.put(name, content, 0)).status_code == 404


async def test_a_deletion_whose_author_left_the_team_afterwards_gives_nothing_back(
    house: House, tablet: Tablet
) -> None:
    visit, packet = await order_visit(house, [(tablet.account, "leader")])
    content = photo(int.from_bytes(os.urandom(2), "big"))
    taken = tablet.record("evidence.taken", visit, photo_body(content))
    entry, name = taken["entry"]["id"], taken["body"]["digest"]
    await tablet.receipts(taken)
    await tablet.put(name, content, 0)
    await tablet.receipts(tablet.record("evidence.deleted", visit, deletion(entry)))
    await replaced(house, visit, packet, await inspector(house))
    assert await stands(house, entry, name) == ("destroyed", False), "nobody is told to look for its file"


async def test_what_a_replay_makes_of_all_this_is_the_same_and_it_destroys_nothing_again(
    house: House, tmp_path: Path
) -> None:
    before = await Job.count()
    assert before
    assert (await replay(house, tmp_path / "shadow.sqlite")).differences == ()
    assert await Job.count() == before
