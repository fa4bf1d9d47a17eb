"""After the whole way through the office every derived table is a function of the ledger, on both engines; and what
the ledger names by a digest only cannot be changed under it."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from backend import db
from backend.field.tables_forms import batches
from backend.house import House
from backend.ledger import APPEND_ONLY, LedgerEntry
from backend.reactions import DERIVED, ROWS
from backend.registry.tables import CheckItem, Inspector, Target
from backend.replay import replay
from sync import words as w
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import Finished, changed, finished, send
from tests.doors.test_decisions import PATH, consent, proposed
from tests.doors.test_registry import ONE, loaded, target
from tests.site_told import afterwards, during
from tests.tablets import OPENED, ORG, Tablet, inspector, order_visit

NOT_ON_THIS_WAY = {
    *("plan_line.returned", "scheme.returned", "scheme.voided", "draw.aborted"),
    *("item.verified", "item.contradicted", "device.revoked", "notice.corrected"),
    *("crime.suspected", "ending.confirmed", "ending.decided"),
}
TOLD = {"recusal": "requested", "statement": "执法人员与本店有纠纷"}
PLANTED = (CheckItem, Target, Inspector)
"""Tables into which `planned.world` and `finished.inspectors` put rows of generation 0: no entry made those."""


@pytest.fixture(scope="module")
async def whole(house: House, clock: Clock, client: Client, signed_in: SignedIn) -> Finished:
    """Import, plan, scheme, draw, audit, dispatch, visit, review and publication; and a tablet of whose entries one
    counts, one is held for a gap and two were decided on."""
    made = await finished(house, clock, signed_in)
    admin = await signed_in("dept_admin", ONE)
    await loaded(house, admin, target(1), target(2))
    await loaded(house, admin, target(1, 住所="银杏路2号"))
    overseer = await signed_in("oversight", "司法局（虚构）")
    audit = f"/office/draw/{made.draw}/open"
    names = re.search(r'name="names" value="([0-9a-f]{64})"', (await overseer.get(audit)).text)
    assert names and (await overseer.post(audit, {"names": names[1]})).status_code == 303
    for planner, leader in made.people:
        await made.publish(planner, leader)
    await changed(made)
    await _forms(made)
    await _carried(house, client, signed_in)
    return made


async def _forms(made: Finished) -> None:
    """Blank forms with numbers: one was spoiled, a visit's papers name the others."""
    lead, path = made.w.lead, "/office/field/forms"
    assert (await lead.post(path, {"form": "annex1", "count": "3"})).status_code == 303
    (batch,) = await batches(lead.organisation)
    spoiled, *numbers = [form.number for form in batch["forms"]]
    said = {"number": spoiled, "reason": "打印时卡纸"}
    assert (await lead.post(f"{path}/{batch['id']}/void", said)).status_code == 303
    for number, body in zip(numbers, (w.NoticeServed, w.PaperSigned), strict=True):
        about = next(one for _, one in during() + afterwards("0" * 64) if isinstance(one, body))
        named = about.model_copy(update={"number": number})
        await send(made.house, made.visits[0], [(lead.account, named)])


async def _carried(house: House, client: Client, signed_in: SignedIn) -> None:
    tablet = Tablet(client, house)
    assert (await tablet.enrol(await inspector(house))).status_code == 200
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    stranger = await inspector(house)
    opened = tablet.record("visit.opened", visit, OPENED)
    odd = [tablet.record("visit.opened", visit, OPENED, by=stranger) for _ in range(2)]
    tablet.record("rights.told", visit, TOLD)
    beyond = tablet.record("rights.told", visit, TOLD)
    found = await tablet.receipts(opened, *odd, beyond)
    assert [status for status, _ in found.values()] == ["accepted", "held", "held", "held"]
    admin = await signed_in("dept_admin", ORG)
    for one, decision in zip(odd, ("admit", "set_aside"), strict=True):
        form = {"decision": decision, "reason": "核实"}
        assert (await admin.post(f"/office/field/held/{one['entry']['id']}", form)).status_code == 303
    leader = await signed_in("responsible_leader", ORG)
    sound = Tablet(client, house, skew=timedelta(hours=-3))  # the first one's chain has a gap on purpose
    await sound.enrol(await inspector(house))
    consented, entry, _ = await consent(house, sound, await inspector(house, ORG))
    refused, proposal = await proposed(house, sound)
    await sound.receipts(sound.record("noncooperation.confirmed", refused, {"proposal": proposal}))
    out = {"account": stranger, "ground": "other", "applicant": "party", "statement": ""}
    noted = sound.record("recusal.declared", refused, out)
    second = sound.record("recusal.confirmed", refused, {"application": noted["entry"]["id"]})
    await sound.receipts(noted, second)
    for visit, asked in ((consented, entry), (refused, proposal)):
        answer = await leader.post(f"{PATH}/{visit}/{asked}", {"decision": "agree"})
        assert answer.status_code == 303


async def test_the_whole_way_replays_to_the_same_rows(whole: Finished, tmp_path: Path) -> None:
    planted = {
        (table._meta.tablename, row["id"])
        for table in PLANTED
        for row in await table.select(table.id).where(table.generation == 0)
    }
    outcome = await replay(whole.house, tmp_path / "shadow.sqlite")
    assert not outcome.grew and outcome.entries == await LedgerEntry.count()
    differing = [one for one in outcome.differences if (one.table, one.key) not in planted]
    assert differing == []
    assert {one.columns for one in outcome.differences} == {("extra",)}


async def test_the_way_that_is_replayed_leaves_no_table_and_few_kinds_out(whole: Finished) -> None:
    """Were a table empty, comparing it would prove nothing."""
    empty = {table._meta.tablename for table in DERIVED if not await table.exists()}
    assert empty == {"expert"}
    rows = await LedgerEntry.select(LedgerEntry.kind)
    assert ROWS.keys() - {row["kind"] for row in rows} == NOT_ON_THIS_WAY


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_what_replay_and_audit_rely_on_is_changed_and_deleted_by_nobody(
    whole: Finished, table: str
) -> None:
    before = await db.execute(whole.house.engine, f"SELECT COUNT(*) AS n FROM {table}")
    assert before[0]["n"] > 0
    key = {"ledger_body": "entry", "draw_secret": "draw"}.get(table, "id")
    for statement in (f"UPDATE {table} SET {key} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises((sqlite3.DatabaseError, asyncpg.PostgresError), match="append-only"):
            await db.execute(whole.house.engine, statement)
    assert await db.execute(whole.house.engine, f"SELECT COUNT(*) AS n FROM {table}") == before
