"""What the desk does with organisations, accounts and deputies: ordinary rows, judged by ``rules``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from piccolo.columns.combination import And
from piccolo.custom_types import Combinable

from backend.db_errors import is_unique_violation
from backend.house import House, Refused
from backend.people import rules, tables
from backend.people.passwords import hash_password
from backend.people.rules import Actor, Stand
from backend.people.tables import Account, Deputy, Organisation
from sync.words import Refusal, Role, refuse

PAGE = 50


def _must(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)


async def organisation(house: House, values: Mapping[str, str], region: str) -> str:
    """A new organisation's id. ``values``: code, name, short_name, kind. Raises Refused."""
    _must(rules.organisation_fits(values))
    row = Organisation(
        id=house.new_id(),
        code=values["code"],
        name=values["name"],
        short_name=values["short_name"],
        kind=values["kind"],
        region=region,
        position=await Organisation.count() + 1,
    )
    try:
        await Organisation.insert(row)
    except Exception as error:
        if is_unique_violation(error):
            raise Refused(refuse("account_exists", name=values["code"])) from error
        raise
    return str(row.id)


async def account(
    house: House,
    values: Mapping[str, str],
    *,
    password_hash: str = "",
    roles: Sequence[Role] = (),
) -> str:
    """A new account's id. ``values``: login, name, organisation, password, certificate (may be missing).

    With ``password_hash`` the password is not looked at. Raises Refused.
    """
    login = values["login"]
    _must(rules.account_fits(values))
    _must(rules.roles_together(frozenset(roles)))
    if not password_hash:
        _must(rules.password_fits(values["password"], login))
        password_hash = await hash_password(values["password"])
    if not await Organisation.exists().where(Organisation.id == values["organisation"]):
        raise Refused(refuse("bad_request", what="机构"))
    row = Account(
        id=house.new_id(),
        login=login,
        name=values["name"],
        organisation=values["organisation"],
        password_hash=password_hash,
        roles=json.dumps(sorted(roles)),
        certificate=values.get("certificate", ""),
    )
    try:
        await Account.insert(row)
    except Exception as error:
        if is_unique_violation(error):
            raise Refused(refuse("account_exists", name=login)) from error
        raise
    return str(row.id)


async def one(identity: str) -> dict[str, Any]:
    """An account's row with ``roles`` as a list; raises Refused where there is none."""
    row = await Account.select().where(Account.id == identity).first()
    if row is None:
        raise Refused(refuse("not_found"))
    return {**row, "roles": cast("list[Role]", json.loads(row["roles"]))}


async def set_active(actor: Actor, identity: str, active: bool) -> None:
    """Disable or enable; a disabled account's sessions end at once."""
    row = await one(identity)
    _must(rules.not_oneself(actor, row["id"]))
    await Account.update({Account.active: active}).where(Account.id == identity)
    if not active:
        await tables.close_sessions_of(identity)


async def set_password(actor: Actor, identity: str, password: str) -> None:
    """A new password given by the system administrator; the person's sessions end."""
    row = await one(identity)
    _must(rules.may_reset(actor, row["id"], frozenset(row["roles"])))
    await keep_password(row, password)


async def keep_password(row: Mapping[str, Any], password: str) -> None:
    """Store a password that may be used, and end the person's sessions. Raises Refused."""
    _must(rules.password_fits(password, row["login"]))
    await Account.update({Account.password_hash: await hash_password(password)}).where(
        Account.id == row["id"]
    )
    await tables.close_sessions_of(row["id"])


async def unlock(identity: str) -> None:
    """Forget the failures and the lock of an account."""
    row = await one(identity)
    await Account.update({Account.failures: 0, Account.locked_until: None}).where(Account.id == row["id"])


async def set_roles(actor: Actor, identity: str, roles: Sequence[str]) -> None:
    """Grant exactly these roles; the person signs in anew."""
    row = await one(identity)
    _must(rules.not_oneself(actor, row["id"]))
    _must(rules.roles_known(roles))
    granted = frozenset(cast("Sequence[Role]", roles))
    _must(rules.roles_together(granted))
    await Account.update({Account.roles: json.dumps(sorted(granted))}).where(Account.id == identity)
    await tables.close_sessions_of(identity)


async def listing(organisation: str, query: Mapping[str, str], page: int) -> tuple[list[dict[str, Any]], int]:
    """(accounts of a page with their roles, number of pages). ``organisation`` "" = all; ``query``: q, role."""
    where: Combinable = Account.id != ""
    if organisation:
        where = And(where, Account.organisation == organisation)
    if role := query.get("role"):
        where = And(where, Account.roles.like(f'%"{role}"%'))
    if text := query.get("q"):
        found = Account.name.like(f"%{text}%") | Account.login.like(f"%{text}%")
        where = And(where, found)
    total = await Account.count().where(where)
    rows = await Account.select().where(where).order_by(Account.login).limit(PAGE).offset((page - 1) * PAGE)
    return [{**row, "roles": json.loads(row["roles"])} for row in rows], max(1, -(-total // PAGE))


async def appoint(house: House, leader: str, deputy: str, starts_on: date, ends_on: date) -> None:
    """Let ``deputy`` decide for ``leader`` from one day to another. Raises Refused."""
    _must(rules.deputy_fits(stand(await one(leader)), stand(await one(deputy))))
    if ends_on < starts_on:
        raise Refused(refuse("dates_wrong"))
    await Deputy.insert(
        Deputy(id=house.new_id(), leader=leader, deputy=deputy, starts_on=starts_on, ends_on=ends_on)
    )


def stand(row: Mapping[str, Any]) -> Stand:
    """What the rules look at of an account's row (see ``one``)."""
    return Stand(row["id"], row["organisation"], frozenset(row["roles"]), row["active"])


async def leaders() -> list[dict[str, Any]]:
    """Accounts that may approve, with their organisation."""
    rows = await Account.select(Account.id, Account.name, Account.organisation).where(
        (Account.roles.like('%"responsible_leader"%')) & (Account.active == True)  # noqa: E712
    )
    return sorted(rows, key=lambda row: (row["organisation"], row["name"]))
