"""What the other stages find in the registries once the demo's files went in, on both engines."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from piccolo.table import Table

from backend import db
from backend.demo import registries
from backend.house import House
from backend.ledger import Fact, LedgerEntry, bodies_of, entry_of
from backend.people.tables import Account, Organisation
from backend.registry import tables
from backend.registry.entries import registry_frozen
from sync.words import SchemeRange
from tests import builders
from tests.doors.conftest import SignedIn

EVERYTHING = SchemeRange(classes=(), subtypes=(), industries=(), regions=(), duties=())


async def _demo(house: House) -> dict[str, int]:
    with (registries.HERE / "organisations.csv").open(encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file)):
            await Organisation.insert(
                Organisation(
                    id=builders.id_of(row["slug"]),
                    code=row["slug"],
                    name=row["name"],
                    short_name=row["short_name"],
                    kind=row["kind"],
                    region="500199",
                    position=place,
                )
            )
    row = await builders.account(house, "office_clerk", "渝岭联席办(虚构)")
    await Account.update({Account.login: registries.CLERK}).where(Account.id == row["id"])
    return await registries.load_registries(house)


async def test_the_demo_files_go_in_whole_and_the_other_stages_find_them(
    house: House, signed_in: SignedIn
) -> None:
    assert await _demo(house) == {
        "抽查事项清单.xlsx": 66,
        "检查对象名录库.xlsx": 2900,
        "农业农村委监管对象.csv": 300,
        "执法检查人员名录库.xlsx": 180,
        "专家库.csv": 10,
    }
    lead = builders.id_of("scjg")
    catalogue = await tables.items_of([lead])
    item = next(one for one in catalogue if one["number"] == "SCJG-04")
    assert item["heading"] == "对食品销售的行政检查" and item["category"] == "key"
    assert item["published"] and item["legal_basis"] and len(item["contents"]) == 4
    capped = next(one for one in catalogue if one["number"] == "SCJG-01")
    assert (capped["ratio_num"], capped["ratio_den"]) == (1, 20)
    assert (await tables.items([item["id"]]))[item["id"]]["title"] == item["title"]
    public = await tables.public_items()
    assert len(public) == 66 and public[0]["organisation_name"] == "渝岭区市场监督管理局（虚构）"
    people = await tables.inspectors_of([lead])
    assert len(people) == 20 and sum(one["certified"] for one in people) == 18
    person = next(one for one in people if one["certified"])
    assert person["certificate_valid_until"] == date(2028, 4, 30)
    account = await builders.account(house, "inspector", "渝岭区市场监督管理局（虚构）")
    await Account.update({Account.certificate: person["number"], Account.organisation: lead}).where(
        Account.id == account["id"]
    )
    linked = await tables.inspectors_by_id([person["id"]])
    assert linked[person["id"]]["account"] == account["id"]
    assert len(await tables.experts_of(None)) == 10
    firms = await tables.targets_in(EVERYTHING.model_copy(update={"duties": ("食品销售",)}))
    assert firms and all("食品销售" in one["duties"] for one in firms)
    cooks = await tables.targets_in(EVERYTHING.model_copy(update={"classes": ("non_market",)}))
    assert {one["target_class"] for one in cooks} == {"non_market"}


DERIVED: tuple[type[Table], ...] = (*tables.TABLES.values(), tables.RegistryFreeze)


async def _standing() -> dict[str, list[dict[str, Any]]]:
    """Every derived row without its sealed bytes, whose random nonce differs each time."""
    found = {}
    for table in DERIVED:
        key = table._meta.primary_key
        rows = await table.select().order_by(key)
        found[table._meta.tablename] = [{k: v for k, v in r.items() if k != "private"} for r in rows]
    return found


async def test_the_same_entries_give_the_same_rows_again(house: House) -> None:
    before = await _standing()
    assert len(before["target"]) == 3200 and before["registry_freeze"]
    entries = (
        await LedgerEntry.select().where(LedgerEntry.kind == "registry.frozen").order_by(LedgerEntry.number)
    )
    bodies = await bodies_of(house, [row["id"] for row in entries])
    async with db.transaction(house.engine):
        for table in DERIVED:
            await table.delete(force=True)
        for row in entries:
            await registry_frozen(Fact(house, row["number"], entry_of(row), bodies[row["id"]]))
    assert await _standing() == before


async def test_the_overview_names_counts_check_codes_and_what_is_missing(signed_in: SignedIn) -> None:
    person = await signed_in("planner", "区市场监管局")
    text = (await person.get("/office/registry")).text
    assert "检查对象名录库" in text and re.search(r'class="code">[0-9a-f]{64}<', text)
    for kind in ("targets", "inspectors", "check_items", "experts"):
        assert (await person.get(f"/office/registry/{kind}")).status_code == 200
        rows = await tables.TABLES[kind].select().limit(1)
        answer = await person.get(f"/office/registry/{kind}/{rows[0]['id']}")
        assert answer.status_code == 200 and "变动记录" in answer.text


async def test_an_unknown_clerk_stops_the_demo_with_its_name(house: House) -> None:
    await Account.update({Account.login: "somebody"}).where(Account.login == registries.CLERK)
    with pytest.raises(registries.DemoBroken, match=registries.CLERK):
        await registries.load_registries(house)


def test_the_demo_names_files_that_are_there() -> None:
    assert all((Path(registries.HERE) / name).is_file() for _, name, _ in registries.FILES)
