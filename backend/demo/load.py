"""The fictional district on the first start: organisations, accounts and deputies, then the registries by the
same import that a user uses."""

from __future__ import annotations

import csv
import json
import logging
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from backend import db
from backend.demo.registries import load_registries
from backend.house import CHINA, House
from backend.people import desk
from backend.people.passwords import hash_password
from backend.people.tables import Account, Organisation
from backend.registry.tables import Inspector
from sync.words import Role

HERE = Path(__file__).parent
DEPUTY_DAYS = 365
log = logging.getLogger("suijian.demo")


def organisations() -> list[dict[str, str]]:
    """Rows of organisations.csv: slug, name, short_name, aliases, kind, lead."""
    with (HERE / "organisations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def accounts() -> dict[str, Any]:
    """accounts.toml as it stands."""
    return tomllib.loads((HERE / "accounts.toml").read_text("utf-8"))


async def is_empty(house: House) -> bool:
    """Whether this is a first start: nobody has an account."""
    return not await Account.exists()


async def load(house: House) -> None:
    """Fill an empty house with the fictional district. Raises DemoBroken where a file does not go in."""
    said = accounts()
    # One hash for all: two hundred would only cost a minute, and the password is printed at every start.
    hashed = await hash_password(said["password"])
    async with db.transaction(house.engine):
        offices = await _organisations(house)
        people = await _accounts(house, said["account"], offices, hashed)
        await _deputies(house, said["account"], people)
    log.info("organisations: %d, accounts: %d", len(offices), len(people))
    await load_registries(house)
    await _inspectors(house, said["inspectors"]["roles"], hashed)


async def _organisations(house: House) -> dict[str, str]:
    today = house.clock().astimezone(CHINA).date()
    region = house.profile_on(today).region
    return {
        row["slug"]: await desk.organisation(house, {**row, "code": row["slug"]}, region)
        for row in organisations()
    }


async def _accounts(
    house: House, rows: list[dict[str, Any]], offices: Mapping[str, str], hashed: str
) -> dict[str, str]:
    made = {}
    for row in rows:
        values = {
            "login": row["name"],
            "name": row["display"],
            "organisation": offices[row["organisation"]],
        }
        made[row["name"]] = await desk.account(house, values, password_hash=hashed, roles=row["roles"])
    return made


async def _deputies(house: House, rows: list[dict[str, Any]], people: Mapping[str, str]) -> None:
    today = house.clock().astimezone(CHINA).date()
    for row in rows:
        if leader := row.get("deputy_of"):
            until = today + timedelta(days=DEPUTY_DAYS)
            await desk.appoint(house, people[leader], people[row["name"]], today, until)


async def _inspectors(house: House, roles: list[Role], hashed: str) -> None:
    """An account for every inspector of the registry, named by the certificate, else the staff number."""
    rows = await Inspector.select(Inspector.name, Inspector.number, Inspector.organisation).where(
        Inspector.removed == False  # noqa: E712
    )
    async with db.transaction(house.engine):
        await db.insert_many(
            Account,
            [
                {
                    "id": house.new_id(),
                    "login": row["number"],
                    "name": row["name"],
                    "organisation": row["organisation"],
                    "password_hash": hashed,
                    "roles": json.dumps(roles),
                    "active": True,
                    "failures": 0,
                    "certificate": row["number"],
                }
                for row in rows
            ],
        )
    log.info("inspectors: %d", len(rows))


async def shown_accounts() -> list[tuple[str, str, str]]:
    """(login, name, title) of accounts to try, one per kind of work; empty where the demo is not loaded."""
    names = ("qinan", "scjg-plan", "scjg-leader", "scjg-admin", "sfj", "sysadmin", "secadmin", "audadmin")
    titles = {row["name"]: row["title"] for row in accounts()["account"]}
    rows = await Account.select(Account.login, Account.name).where(Account.login.is_in(list(names)))
    found = {row["login"]: row["name"] for row in rows}
    shown = [(name, found[name], titles[name]) for name in names if name in found]
    office = await Organisation.select(Organisation.id).where(Organisation.code == "scjg").first()
    if office:
        officers = (
            await Account.select(Account.login, Account.name)
            .where((Account.organisation == office["id"]) & (Account.roles.like('%"inspector"%')))
            .order_by(Account.login)
            .limit(2)
        )
        shown += [(row["login"], row["name"], "执法检查人员") for row in officers]
    return shown
