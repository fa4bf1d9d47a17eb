"""What is admitted together costs the office no more than it has to, and makes the rows that a replay makes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from backend.field import entries
from backend.field.blobs import Store
from backend.field.tables import Evidence, Held, VisitState
from backend.house import House
from backend.replay import replay
from backend.worker import run_due
from tests.builders import Client
from tests.doors.conftest import SignedIn
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit, photo, photo_body

MANY = 30


async def test_many_entries_behind_a_gap_are_admitted_with_one_look_at_their_visit(
    house: House, tablet: Tablet, sent: str, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.record("visit.opened", sent, OPENED)
    held = [tablet.record("visit.opened", sent, OPENED) for _ in range(MANY)]
    await tablet.receipts(*held)
    looks: list[str] = []
    folded = entries.folded

    async def counted(house: House, visit: str, *rest: Any) -> Any:
        looks.append(visit)
        return await folded(house, visit, *rest)

    admin = await signed_in("dept_admin", ORG)
    monkeypatch.setattr(entries, "folded", counted)
    asked = {"decision": "admit_behind", "reason": "平板损坏"}
    answer = await admin.post(f"/office/field/held/{held[0]['entry']['id']}", asked)
    monkeypatch.undo()
    assert answer.status_code == 303
    row = await VisitState.select(VisitState.held).where(VisitState.visit == sent).first()
    assert row == {"held": 0}
    decided = await Held.count().where((Held.visit == sent) & (Held.decision == "admitted"))
    assert decided == MANY
    assert looks == [sent]


async def test_what_admitting_them_one_after_the_other_in_a_replay_makes_is_the_same(
    client: Client, house: House, tablet: Tablet, signed_in: SignedIn, tmp_path: Path
) -> None:
    """Two visits behind one gap; in one of them stands a consent that lets a colleague's entry count, a picture and its
    deletion."""
    out = await inspector(house)
    visit, packet = await order_visit(house, [(tablet.account, "leader"), (out, "member")])
    other, _ = await order_visit(house, [(tablet.account, "leader")])
    colleague = await inspector(house)
    joining = packet.team[1].model_copy(update={"account": colleague})
    stranger = Tablet(client, house)
    await stranger.enrol(colleague)
    early = stranger.record("visit.opened", visit, OPENED)
    await stranger.receipts(early)
    assert await Held.exists().where(Held.entry == early["entry"]["id"])
    content = photo(int.from_bytes(os.urandom(2), "big"))
    tablet.record("visit.opened", visit, OPENED)
    consent = {
        "out": out,
        "member": joining.model_dump(mode="json"),
        "consented_by": "负责人（虚构）",
        "consented_at": "2026-11-20T01:00:00.000Z",
        "reason": "原执法人员生病",
    }
    taken = tablet.record("evidence.taken", visit, photo_body(content))
    behind = [
        taken,
        tablet.record("visit.opened", other, OPENED),
        tablet.record("consent.recorded", visit, consent),
        tablet.record(
            "evidence.deleted",
            visit,
            {"evidence": taken["entry"]["id"], "basis": "state_secret", "reason": "拍到涉密设施"},
        ),
        tablet.record("visit.opened", other, OPENED),
    ]
    await tablet.receipts(*behind)
    name = taken["body"]["digest"]
    await tablet.put(name, content, 0)
    admin = await signed_in("dept_admin", ORG)
    asked = {"decision": "admit_behind", "reason": "平板损坏"}
    assert (await admin.post(f"/office/field/held/{taken['entry']['id']}", asked)).status_code == 303
    assert not await Held.exists().where(Held.entry == early["entry"]["id"])
    await run_due(house)
    row = await Evidence.select(Evidence.use).where(Evidence.entry == taken["entry"]["id"]).first()
    assert row == {"use": "destroyed"}
    assert not Store(house).has(name)
    assert (await replay(house, tmp_path / "shadow.sqlite")).differences == ()


async def test_of_two_consents_that_are_admitted_together_the_office_reads_what_follows_from_both(
    client: Client, house: House, tablet: Tablet, signed_in: SignedIn, tmp_path: Path
) -> None:
    """The second one's tablet clock makes it the earlier: what the first let count, both together hold once more."""
    out = await inspector(house)
    visit, packet = await order_visit(house, [(tablet.account, "leader"), (out, "member")])
    colleague = await inspector(house)
    stranger = Tablet(client, house)
    await stranger.enrol(colleague)
    seen = {
        "field": "phone",
        "registry": "",
        "seen": "02300000001",
        "note": "",
        "evidence": [],
        "supersedes": [],
    }
    early = stranger.record("target.observed", visit, seen)
    await stranger.receipts(early)
    tablet.record("visit.opened", visit, OPENED)
    consents = []
    for certified, at in ((True, "2026-11-20T01:00:00.000Z"), (False, "2026-11-20T00:00:00.000Z")):
        member = packet.team[1].model_copy(update={"account": colleague, "certified": certified})
        said = {
            "out": out,
            "member": member.model_dump(mode="json"),
            "consented_by": "负责人（虚构）",
            "consented_at": at,
            "reason": "原执法人员生病",
        }
        consents.append(tablet.record("consent.recorded", visit, said, at=at))
    await tablet.receipts(*consents)
    admin = await signed_in("dept_admin", ORG)
    asked = {"decision": "admit_behind", "reason": "平板损坏"}
    path = f"/office/field/held/{consents[0]['entry']['id']}"
    assert (await admin.post(path, asked)).status_code == 303
    row = await Held.select(Held.code).where(Held.entry == early["entry"]["id"]).first()
    assert row == {"code": "not_certified"}
    assert (await replay(house, tmp_path / "shadow.sqlite")).differences == ()


async def test_one_decision_after_the_other_counts_each_at_once(
    client: Client, house: House, tablet: Tablet, sent: str, signed_in: SignedIn
) -> None:
    stranger = Tablet(client, house)
    await stranger.enrol(await inspector(house, OTHER))
    said = [stranger.record("visit.opened", sent, OPENED) for _ in range(2)]
    await stranger.receipts(*said)
    admin = await signed_in("dept_admin", OTHER)
    for one, left in zip(said, (1, 0), strict=True):
        asked = {"decision": "admit", "reason": "临时支援"}
        path = f"/office/field/held/{one['entry']['id']}"
        assert (await admin.post(path, asked)).status_code == 303
        row = await VisitState.select(VisitState.held).where(VisitState.visit == sent).first()
        assert row == {"held": left}
