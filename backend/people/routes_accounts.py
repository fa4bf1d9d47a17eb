"""Organisations, accounts and deputies at the desk."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from backend.house import CHINA, Refused
from backend.people import desk, tables
from backend.people.passwords import password_matches
from backend.people.rules import ALL_ROLES, ORGANISATION_KINDS, POLICY, ROLE_NAMES, reach
from backend.people.tables import Deputy
from backend.web import SESSION_COOKIE, actor_of, allow, form_values, house_of, page, see
from sync.words import refuse

AnyRequest = Request[Any, Any, Any]
PASSWORD_HINT = f"至少 {POLICY.password_length} 位，不能与账号名相同"


def tabs(request: AnyRequest) -> list[tuple[str, str]]:
    """The columns of 机构与人员 that this person may read."""
    found = [("/office/people", "机构"), ("/office/people/accounts", "账号")]
    actor = actor_of(request)
    if reach(actor, "people.read") == "all":
        found.append(("/office/people/deputies", "审批代理"))
    if reach(actor, "device.revoke"):
        found.append(("/office/people/tablets", "检查终端"))
    return found


def own(request: AnyRequest) -> str:
    """The organisation to which this reader is confined; "" for none."""
    actor = actor_of(request)
    return "" if reach(actor, "people.read") == "all" else actor.organisation


async def offices(request: AnyRequest) -> list[tuple[str, str]]:
    """(id, name) of the organisations that this person may see."""
    confined = own(request)
    rows = (await tables.organisations()).values()
    return [(row["id"], row["name"]) for row in rows if not confined or row["id"] == confined]


async def typed(request: AnyRequest) -> dict[str, str]:
    """The form's fields; passwords exactly as typed."""
    form = await request.form()
    values = form_values(form)
    return {k: str(form[k]) if k.startswith(("password", "old_password")) else v for k, v in values.items()}


# --- organisations --------------------------------------------------------------------------------------------


@get("/office/people", opt={"verb": "people.read"})
async def organisations(request: AnyRequest) -> Template:
    """Every organisation with its number of accounts and tablets."""
    confined = own(request)
    rows = [row for row in (await tables.organisations()).values() if not confined or row["id"] == confined]
    return page(
        request,
        "people_organisations.html",
        tabs=tabs(request),
        rows=rows,
        kinds=ORGANISATION_KINDS,
        accounts=await tables.accounts_per_organisation(),
        devices=await tables.devices_per_organisation(),
    )


@get("/office/people/organisations/new", opt={"verb": "people.write"})
async def organisation_form(request: AnyRequest) -> Template:
    """The empty form."""
    return page(request, "people_organisation_new.html", kinds=list(ORGANISATION_KINDS.items()), typed={})


@post("/office/people/organisations/new", opt={"verb": "people.write"})
async def organisation_new(request: AnyRequest) -> Template | Redirect:
    """Keep a new organisation."""
    values = await typed(request)
    house = house_of(request)
    region = house.profile_on(house.clock().astimezone(CHINA).date()).region
    try:
        await desk.organisation(house, values, region)
    except Refused as error:
        return page(
            request,
            "people_organisation_new.html",
            refusal=error.refusal,
            kinds=list(ORGANISATION_KINDS.items()),
            typed=values,
        )
    return see("/office/people")


# --- accounts -------------------------------------------------------------------------------------------------


@get("/office/people/accounts", opt={"verb": "people.read"})
async def accounts(
    request: AnyRequest,
    organisation: FromQuery[str] = "",
    role: FromQuery[str] = "",
    q: FromQuery[str] = "",
    number: FromQuery[int] = 1,
) -> Template:
    """Accounts by organisation, role and name."""
    query = {
        "organisation": own(request) or organisation,
        "role": role if role in ROLE_NAMES else "",
        "q": q[:60],
    }
    rows, pages = await desk.listing(query["organisation"], query, max(1, number))
    return page(
        request,
        "people_accounts.html",
        tabs=tabs(request),
        rows=rows,
        pages=pages,
        number=max(1, number),
        query=query,
        offices=dict(await offices(request)),
        roles=ROLE_NAMES,
        now=house_of(request).clock(),
    )


async def _new_form(request: AnyRequest, values: dict[str, str], **more: Any) -> Template:
    return page(
        request,
        "people_account_new.html",
        offices=await offices(request),
        typed={**values, "password": ""},
        hint=PASSWORD_HINT,
        **more,
    )


@get("/office/people/accounts/new", opt={"verb": "people.write"})
async def account_form(request: AnyRequest) -> Template:
    """The empty form."""
    return await _new_form(request, {})


@post("/office/people/accounts/new", opt={"verb": "people.write"})
async def account_new(request: AnyRequest) -> Template | Redirect:
    """Keep a new account. It has no role until the security administrator grants one."""
    values = await typed(request)
    try:
        fields = {"login": "", "name": "", "organisation": "", "password": "", "certificate": ""}
        made = await desk.account(house_of(request), {**fields, **values})
    except Refused as error:
        return await _new_form(request, values, refusal=error.refusal)
    return see(f"/office/people/accounts/{made}")


async def _account_page(request: AnyRequest, identity: str, **more: Any) -> Template:
    row = await desk.one(identity)
    allow(request, "people.read", row["organisation"])
    names = await tables.organisations()
    return page(
        request,
        "people_account.html",
        row=row,
        office=names[row["organisation"]]["name"],
        role_choices=[(role, ROLE_NAMES[role]) for role in ALL_ROLES if role != "public"],
        roles=ROLE_NAMES,
        now=house_of(request).clock(),
        hint=PASSWORD_HINT,
        **more,
    )


@get("/office/people/accounts/{account:str}", opt={"verb": "people.read"})
async def account_page(request: AnyRequest, account: FromPath[str]) -> Template:
    """One account and what this reader may do with it."""
    return await _account_page(request, account)


@post("/office/people/accounts/{account:str}/active", opt={"verb": "people.write"})
async def account_active(request: AnyRequest, account: FromPath[str]) -> Template | Redirect:
    """Disable (停用) or enable (启用)."""
    wanted = (await typed(request)).get("active") == "yes"
    try:
        await desk.set_active(actor_of(request), account, wanted)
    except Refused as error:
        return await _account_page(request, account, refusal=error.refusal)
    return see(f"/office/people/accounts/{account}")


@post("/office/people/accounts/{account:str}/password", opt={"verb": "people.write"})
async def account_password(request: AnyRequest, account: FromPath[str]) -> Template | Redirect:
    """Give a new password (重置密码)."""
    try:
        await desk.set_password(actor_of(request), account, (await typed(request)).get("password", ""))
    except Refused as error:
        return await _account_page(request, account, refusal=error.refusal)
    return see(f"/office/people/accounts/{account}")


@post("/office/people/accounts/{account:str}/unlock", opt={"verb": "people.secure"})
async def account_unlock(request: AnyRequest, account: FromPath[str]) -> Redirect:
    """Unlock (解锁)."""
    await desk.unlock(account)
    return see(f"/office/people/accounts/{account}")


@post("/office/people/accounts/{account:str}/roles", opt={"verb": "people.secure"})
async def account_roles(request: AnyRequest, account: FromPath[str]) -> Template | Redirect:
    """Grant exactly the ticked roles (授权)."""
    chosen = [str(role) for role in (await request.form()).getall("roles", [])]
    try:
        await desk.set_roles(actor_of(request), account, chosen)
    except Refused as error:
        return await _account_page(request, account, refusal=error.refusal)
    return see(f"/office/people/accounts/{account}")


# --- one's own password ---------------------------------------------------------------------------------------


@get("/office/account", opt={"verb": "home.read"})
async def own_account(request: AnyRequest) -> Template:
    """Change one's own password."""
    return page(request, "people_own.html", hint=PASSWORD_HINT)


@post("/office/account", opt={"verb": "home.read"})
async def own_password(request: AnyRequest) -> Template | Redirect:
    """The old password, then the new one twice; every session of the person ends, this one too."""
    values = await typed(request)
    row = await desk.one(actor_of(request).account)
    refusal = None
    if not await password_matches(row["password_hash"], values.get("old_password", "")):
        minutes = int(POLICY.lock.total_seconds() // 60)
        refusal = await tables.judge_and_keep(row["id"], False, house_of(request).clock()) or refuse(
            "wrong_password", limit=POLICY.tries, minutes=minutes
        )
    elif values.get("password") != values.get("password_again"):
        refusal = refuse("bad_request", what="两次输入的新密码不一致")
    if refusal is None:
        try:
            await desk.keep_password(row, values.get("password", ""))
        except Refused as error:
            refusal = error.refusal
    if refusal:
        return page(request, "people_own.html", refusal=refusal, hint=PASSWORD_HINT)
    answer = see("/office/login")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


# --- deputies -------------------------------------------------------------------------------------------------


async def _deputies_page(request: AnyRequest, **more: Any) -> Template:
    allow(request, "people.read", "")
    rows = await Deputy.select().order_by(Deputy.starts_on, ascending=False)
    people = await desk.leaders()
    names = await tables.account_names([row[k] for row in rows for k in ("leader", "deputy")])
    short = {key: row["short_name"] for key, row in (await tables.organisations()).items()}
    today = house_of(request).clock().astimezone(CHINA).date()
    return page(
        request,
        "people_deputies.html",
        tabs=tabs(request),
        rows=rows,
        names=names,
        choices=[(row["id"], f"{short[row['organisation']]} · {row['name']}") for row in people],
        today=today,
        **{"typed": {"starts_on": today.isoformat()}, **more},
    )


@get("/office/people/deputies", opt={"verb": "people.read"})
async def deputies(request: AnyRequest) -> Template:
    """Who stands in for whom, from when until when (AB岗)."""
    return await _deputies_page(request)


@post("/office/people/deputies", opt={"verb": "people.secure"})
async def deputy_new(request: AnyRequest) -> Template | Redirect:
    """Appoint a deputy."""
    values = await typed(request)
    try:
        await desk.appoint(
            house_of(request),
            values.get("leader", ""),
            values.get("deputy", ""),
            _day(values.get("starts_on", "")),
            _day(values.get("ends_on", "")),
        )
    except Refused as error:
        return await _deputies_page(request, refusal=error.refusal, typed=values)
    return see("/office/people/deputies")


@post("/office/people/deputies/{deputy:str}/end", opt={"verb": "people.secure"})
async def deputy_end(request: AnyRequest, deputy: FromPath[str]) -> Redirect:
    """End an appointment; what was approved under it stands."""
    await Deputy.delete().where(Deputy.id == deputy)
    return see("/office/people/deputies")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(refuse("bad_request", what="日期")) from error


ROUTES = [
    organisations,
    organisation_form,
    organisation_new,
    accounts,
    account_form,
    account_new,
    account_page,
    account_active,
    account_password,
    account_unlock,
    account_roles,
    own_account,
    own_password,
    deputies,
    deputy_new,
    deputy_end,
]
