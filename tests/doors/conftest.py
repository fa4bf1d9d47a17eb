"""Fixtures of the routes' tests: one house per module and engine, people signed in at will.

``house`` runs every test of a module once on SQLite and once on PostgreSQL; the clock of the house stands
still. Tests of a module share one database: take new accounts and ids, and count only what is yours.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from backend.app import create_app, open_house
from backend.house import House
from backend.settings import settings_from
from sync.words import Role
from tests import builders
from tests.builders import Client, Clock, Person
from tests.conftest import EngineUnderTest
from tests.tablets import Tablet, inspector, order_visit

ORIGIN = "http://127.0.0.1:8000"
SignedIn = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The house's clock. ``clock.advance(days=1)`` moves it."""
    return Clock()


@pytest.fixture(scope="module")
async def house(engine: EngineUnderTest, clock: Clock) -> AsyncIterator[House]:
    """A migrated, empty installation on the engine under test."""
    opened = await open_house(settings_from(engine.environment()))
    try:
        yield replace(opened, clock=clock)
    finally:
        await opened.engine.close()


@pytest.fixture(scope="module")
async def client(house: House) -> AsyncIterator[Client]:
    """The application over that house, asked by nobody in particular (the public)."""
    app = create_app(house=house)
    transport = httpx.ASGITransport(app=cast("Any", app))
    ready, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # A life begins and ends in one task; a fixture's two halves run in two.
        async with app.lifespan():
            ready.set()
            await over.wait()

    life = asyncio.create_task(live())
    started = asyncio.create_task(ready.wait())
    await asyncio.wait((life, started), return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        started.cancel()
        life.result()
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as opened:
        yield opened
    over.set()
    await life


@pytest.fixture(scope="module")
def signed_in(house: House, client: Client) -> SignedIn:
    """``await signed_in("planner", "甲局")``: a new person of that role (or tuple of roles) and organisation,
    with ``get`` and ``post``. The organisation is made when its name is new."""

    async def sign_in(
        roles: Role | tuple[Role, ...], organisation: str = "测试一局(虚构)", name: str = ""
    ) -> Person:
        row = await builders.account(house, roles, organisation, name)
        token = await builders.open_session(house, row["id"])
        return Person(client, row["id"], row["name"], row["organisation"], token)

    return sign_in


@pytest.fixture
async def tablet(client: Client, house: House) -> Tablet:
    """A tablet just enrolled by an inspector of ``ORG``."""
    made = Tablet(client, house)
    answer = await made.enrol(await inspector(house))
    assert answer.status_code == 200, answer.text
    return made


@pytest.fixture
async def sent(house: House, tablet: Tablet) -> str:
    """A visit that the tablet's inspector leads, and that the tablet has read."""
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    assert (await tablet.exchange()).status_code == 200
    return visit
