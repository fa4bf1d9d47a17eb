"""What the tests of routes stand on: a clock that is told the time, people who are signed in, forms with tokens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backend.house import House
from backend.people.tables import Account, Organisation, Session, token_digest
from backend.web import CSRF_COOKIE, SESSION_COOKIE
from sync.words import Role

FIRST_MOMENT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Friday, 2026-11-20, nine in the morning in China: an ordinary working day."""
CSRF_HEADER = "x-csrftoken"

Client = httpx.AsyncClient
"""Speaks to the application in the test's own loop: the connections of a house belong to the loop that opened
them, and Litestar's own test client runs the application in another."""


@dataclass
class Clock:
    """The house's clock in a test: it stands still until it is told to move."""

    now: datetime = FIRST_MOMENT

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> datetime:
        """Move on by ``hours=…``, ``days=…`` and so on, as timedelta takes them."""
        self.now += timedelta(**units)
        return self.now


@dataclass
class Person:
    """Somebody signed in at the desk; every request carries the session's cookie, every form its token."""

    client: Client
    account: str
    name: str
    organisation: str
    token: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **how: Any) -> httpx.Response:
        return await self._request("GET", path, {}, how)

    async def post(self, path: str, data: Mapping[str, Any] | None = None, **how: Any) -> httpx.Response:
        """Send a form (or ``json=…``, ``files=…``); redirects are not followed."""
        if CSRF_COOKIE not in self.cookies:
            await self.get("/health")
        given = {"data": data} if data is not None else {}
        return await self._request("POST", path, {CSRF_HEADER: self.cookies[CSRF_COOKIE]}, {**given, **how})

    async def _request(
        self, method: str, path: str, headers: dict[str, str], how: dict[str, Any]
    ) -> httpx.Response:
        sent = {SESSION_COOKIE: self.token, **self.cookies}
        cookie = "; ".join(f"{name}={value}" for name, value in sent.items())
        headers = {**headers, **how.pop("headers", {}), "cookie": cookie}
        self.client.cookies.clear()
        answer = await self.client.request(
            method, path, headers=headers, **{"follow_redirects": False, **how}
        )
        self.cookies.update({name: value for name, value in answer.cookies.items() if name == CSRF_COOKIE})
        self.client.cookies.clear()
        return answer


def id_of(name: str) -> str:
    """The same id for the same name in every test: 32 hex of its SHA-256."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


async def organisation(name: str, kind: str = "department") -> str:
    """The id of the organisation of that name; made on the first call."""
    wanted = id_of(f"organisation {name}")
    row = Organisation(
        id=wanted, code=f"T-{wanted[:12]}", name=name, short_name=name, kind=kind, region="990101"
    )
    await Organisation.insert(row).on_conflict(action="DO NOTHING")
    return wanted


async def account(
    house: House, roles: Role | tuple[Role, ...], organisation_name: str, name: str = ""
) -> dict[str, str]:
    """A new active account: {id, name, login, organisation, certificate}. It has no password to sign in by."""
    held = (roles,) if isinstance(roles, str) else roles
    new = house.new_id()
    row = {
        "id": new,
        "login": f"u{new[:10]}",
        "name": name or f"测试{new[:4]}",
        "organisation": await organisation(organisation_name),
        "certificate": f"TEST-{new[:8]}" if "inspector" in held else "",
    }
    filled = Account(password_hash="-", roles=json.dumps(held))
    for column, value in row.items():
        setattr(filled, column, value)
    await Account.insert(filled)
    return row


async def open_session(house: House, account_id: str, device: str = "") -> str:
    """A session of ten hours; its token."""
    token, now = house.new_id(), house.clock()
    await Session.insert(
        Session(
            token_digest=token_digest(token),
            account=account_id,
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=10),
        )
    )
    return token
