"""The doctor sees what no replay makes again: packets, texts of items, what a draw froze, where chain and backup stand.

Every damage is done in a transaction that is then undone, by somebody who has all rights over the database.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from backend import db
from backend.backup import back_up
from backend.doctor import examine
from backend.field.tables import Epoch
from backend.house import House
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import dispatched
from tests.doors.test_backup import damages
from tests.tablets import OPENED, Tablet, inspector, order_visit, photo, photo_body

DAMAGES = {
    "a packet is gone": ("packet", "DELETE FROM packet", "任务包 packets: ", "缺失 missing"),
    "a packet does not open": (
        "packet",
        "UPDATE packet SET content = data_key",
        "packets: ",
        "打不开 content",
    ),
    "a data key does not open": (
        *("packet", "UPDATE packet SET data_key = content"),
        *("packets: ", "数据密钥打不开 data key"),
    ),
    "a text is gone": ("item_text", "DELETE FROM item_text", "检查事项 item texts: ", "缺失 missing"),
    "a text was changed": (
        *("item_text", "UPDATE item_text SET content = '{{}}'"),
        *("item texts: ", "摘要不符 digest"),
    ),
    "the secret is gone": ("draw_secret", "DELETE FROM draw_secret", "抽取 draws: ", "密钥 secret 0 ≠ 1"),
    "a target's row is gone": (
        *("draw_row", "DELETE FROM draw_row WHERE place = 0"),
        *("draws: ", "名录 rows "),
    ),
    "an inspector's row is gone": (
        *("draw_roster", "DELETE FROM draw_roster WHERE place = 0"),
        *("draws: ", "名册 roster "),
    ),
    "the end of the server's chain is another": (
        *("server_chain", f"UPDATE server_chain SET prev = '{'0' * 64}'"),
        *("计数 counts: ", "server chain end 0 ≠ 1"),
    ),
    "the server's chain is said to be longer": (
        *("server_chain", "UPDATE server_chain SET seq = seq + 1"),
        *("计数 counts: ", "server chain "),
    ),
    "the epoch is gone": ("field_epoch", "DELETE FROM field_epoch", "已备份 backed up: ", "epoch missing"),
    "more was backed up than there is": (
        *("field_epoch", "UPDATE field_epoch SET backed_up = 1000000"),
        *("已备份 backed up: 1000000 / ", "超出账本"),
    ),
}


class Undone(Exception):
    """Ends a transaction so that nothing of it stays."""


@pytest.fixture(scope="module", autouse=True)
async def world(
    house: House, clock: Clock, signed_in: SignedIn, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Drawn and dispatched, a visit begun by a tablet, a photograph, a backup."""
    await dispatched(house, clock, signed_in)
    tablet = Tablet(client, house)
    person = await inspector(house)
    await tablet.enrol(person)
    visit, _ = await order_visit(house, [(person, "leader")])
    content = photo(4242)
    await tablet.receipts(
        tablet.record("visit.opened", visit, OPENED),
        tablet.record("evidence.taken", visit, photo_body(content)),
    )
    await tablet.put(hashlib.sha256(content).hexdigest(), content, 0)
    await back_up(house, tmp_path_factory.mktemp("backup"))


async def without_triggers(house: House, table: str) -> None:
    if not db.is_sqlite(house.engine):
        await db.execute(house.engine, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return
    named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = {}"
    for row in await db.execute(house.engine, named, table):
        await db.execute(house.engine, f"DROP TRIGGER {row['name']}")


async def test_where_all_is_well_every_room_is_named_and_no_damage(house: House) -> None:
    found = await examine(house)
    assert damages(found) == []
    lines = "\n".join(one.line for one in found)
    for name in ("任务包 packets: ", "检查事项 item texts: ", "抽取 draws: 1 完好 ok"):
        assert name in lines


@pytest.mark.parametrize("what", DAMAGES)
async def test_the_doctor_sees_that(what: str, house: House) -> None:
    table, statement, *said = DAMAGES[what]
    seen: list[str] = []
    with pytest.raises(Undone):
        async with db.transaction(house.engine):
            await without_triggers(house, table)
            await db.execute(house.engine, statement)
            seen = damages(await examine(house))
            raise Undone
    assert [line for line in seen if all(one in line for one in said)], seen
    assert damages(await examine(house)) == []


async def test_looking_makes_no_epoch_and_none_is_missed_where_no_tablet_ever_was(
    house: House, tmp_path: Path
) -> None:
    with pytest.raises(Undone):
        async with db.transaction(house.engine):
            await db.execute(house.engine, "DELETE FROM field_epoch")
            await examine(house)
            assert not await Epoch.exists()
            for table in ("ledger_entry", "ledger_body"):
                await without_triggers(house, table)
                await db.execute(house.engine, f"DELETE FROM {table}")
            found = [one for one in await examine(house) if "backed up" in one.line]
            assert [(one.line.split("/")[0], one.damage) for one in found] == [
                ("已备份 backed up: 0 ", False)
            ]
            raise Undone
