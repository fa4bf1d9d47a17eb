"""Login and logout."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from backend.house import House
from backend.people import tables
from backend.people.passwords import password_matches
from backend.people.rules import POLICY, judge_address
from backend.web import SESSION_COOKIE, actor_of, form_values, house_of, page, remember, see
from sync.words import Refusal, refuse

AnyRequest = Request[Any, Any, Any]
ADDRESSES = 10_000


class Failures:
    """Failed logins per network address, of this process; the longest silent address is forgotten first."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[datetime]] = OrderedDict()

    def judge(self, address: str, now: datetime) -> Refusal | None:
        return judge_address(self._of.get(address, ()), now)

    def note(self, address: str, now: datetime) -> None:
        self._of.setdefault(address, deque(maxlen=POLICY.address_tries)).append(now)
        self._of.move_to_end(address)
        while len(self._of) > ADDRESSES:
            self._of.popitem(last=False)


def address_of(request: AnyRequest) -> str:
    """Where a request comes from. A proxy on this machine is believed about whom it speaks for."""
    client = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    if forwarded and client in ("127.0.0.1", "::1"):
        return forwarded.rsplit(",", 1)[-1].strip()[:64]
    return client


def safe_next(path: str) -> str:
    """Where to go after the login: a page of the office, never another site."""
    inside = (
        path.startswith(("/office/", "/office?")) and "\\" not in path and not path.startswith("/office/log")
    )
    return path if inside else "/office/"


def failures_of(request: AnyRequest) -> Failures:
    """The counter of this application."""
    state = request.app.state
    if not hasattr(state, "login_failures"):
        state.login_failures = Failures()
    counter: Failures = state.login_failures
    return counter


async def _judge(house: House, request: AnyRequest, login: str, password: str) -> tuple[Refusal | None, str]:
    """(refusal or None, account) of one try."""
    now = house.clock()
    counter, address = failures_of(request), address_of(request)
    if refusal := counter.judge(address, now):
        return refusal, ""
    row = await tables.account_by_login(login)
    right = await password_matches(row["password_hash"] if row else None, password)
    if row is None:
        minutes = int(POLICY.lock.total_seconds() // 60)
        refusal = refuse("wrong_password", limit=POLICY.tries, minutes=minutes)
    else:
        remember(request, "trace_account", row["id"])
        refusal = await tables.judge_and_keep(row["id"], right, now)
    if refusal:
        counter.note(address, now)
    return refusal, row["id"] if row else ""


@get("/office/login", opt={"verb": "session.open"})
async def login_page(request: AnyRequest, next: FromQuery[str] = "/office/") -> Template | Redirect:
    """The login form; whoever is signed in goes on."""
    if actor_of(request).signed_in:
        return see(safe_next(next))
    return page(request, "people_login.html", next=safe_next(next), login="")


@post("/office/login", opt={"verb": "session.open"})
async def login(request: AnyRequest) -> Template | Redirect:
    """Open a session. The token changes with every login, and an earlier one of this browser ends."""
    house = house_of(request)
    form = form_values(await request.form())
    name, goal = form.get("login", ""), safe_next(form.get("next", ""))
    # A password is taken as typed: form_values would trim it.
    password = str((await request.form()).get("password", ""))
    if not name or not password or len(name) > 64 or len(password) > 256:
        refusal: Refusal | None = refuse("bad_request", what="账号、密码")
        account = ""
    else:
        refusal, account = await _judge(house, request, name, password)
    if refusal:
        return page(request, "people_login.html", refusal=refusal, next=goal, login=name)
    await tables.close_session(request.cookies.get(SESSION_COOKIE, ""))
    token = house.chance(32).hex()
    await tables.open_session(token, account, house.clock(), lasts=POLICY.session)
    answer = see(goal)
    answer.set_cookie(
        Cookie(
            SESSION_COOKIE,
            value=token,
            path="/",
            httponly=True,
            samesite="lax",
            secure=house.settings.secure,
            max_age=int(POLICY.session.total_seconds()),
        )
    )
    return answer


@post("/office/logout", opt={"verb": "session.close"})
async def logout(request: AnyRequest) -> Redirect:
    """End the session, on the server too."""
    await tables.close_session(request.cookies.get(SESSION_COOKIE, ""))
    answer = see("/office/login")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


ROUTES = [login_page, login, logout]
