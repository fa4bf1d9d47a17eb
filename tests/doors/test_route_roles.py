"""Every route × every role: whoever the table does not name is refused, and nothing breaks."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from litestar import get
from litestar.routes import HTTPRoute

from backend import app as application
from backend.app import Unguarded, create_app
from backend.house import House
from backend.people.rules import ALL_ROLES, PUBLIC, Actor, may
from sync.words import Role, Verb
from tests import builders
from tests.builders import Client, Person
from tests.doors.conftest import SignedIn

UUID_LIKE = "0" * 32
REFUSALS = ("not_signed_in", "not_allowed")
JSON = {"accept": "application/json"}


def doors(house: House) -> list[tuple[str, str, Verb]]:
    """(method, path with made-up ids, verb) of every route."""
    found = []
    for route in create_app(house=house).routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            path = re.sub(r"\{\w+:path\}", "nothing.txt", route.path)
            path = re.sub(r"\{\w+:int\}", "1", path)
            path = re.sub(r"\{\w+(:\w+)?\}", UUID_LIKE, path)
            found += [
                (str(method), path, cast("Verb", handler.opt["verb"]))
                for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
            ]
    return found


async def knock(person: Person, method: str, path: str) -> Any:
    if method == "GET":
        return await person.get(path, headers=JSON)
    if method == "POST":
        return await person.post(path, {}, headers=JSON)
    if not person.cookies:
        await person.get("/health")
    token = {builders.CSRF_HEADER: next(iter(person.cookies.values()))}
    return await person._request(method, path, token, {"headers": JSON})


@pytest.mark.parametrize("role", ALL_ROLES)
async def test_no_door_opens_to_whom_the_table_does_not_name(
    role: Role, house: House, client: Client, signed_in: SignedIn
) -> None:
    if role == "public":
        person, actor = Person(client, "", "", "", "no-session"), PUBLIC
    else:
        person = await signed_in(role, "路由局(虚构)")
        actor = Actor(account=person.account, organisation=person.organisation, roles=frozenset({role}))
    wrong = []
    knocked = doors(house)
    assert len(knocked) > 20
    for method, path, verb in knocked:
        if path == "/office/logout" and role != "public":
            continue  # it would end the session that knocks
        answer = await knock(person, method, path)
        refused = answer.status_code in (401, 403) and answer.json()["code"] in REFUSALS
        if answer.status_code >= 500 or (not may(actor, verb) and not refused):
            wrong.append(f"{method} {path} ({verb}): {answer.status_code}")
    assert wrong == []


async def test_an_application_with_a_route_that_has_no_verb_does_not_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    @get("/office/without")
    async def naked() -> str:
        return ""

    @get("/office/wrong-word", opt={"verb": "people.everything"})
    async def wrong_word() -> str:
        return ""

    for handler, path in ((naked, "/office/without"), (wrong_word, "/office/wrong-word")):
        monkeypatch.setattr(application, "ROUTES", [*application.ROUTES, handler])
        with pytest.raises(Unguarded, match=path):
            create_app(house=house)
        monkeypatch.undo()
    assert create_app(house=house)
