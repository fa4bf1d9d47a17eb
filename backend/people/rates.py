"""Whoever asks too often is told when to come again, before anything is done for the request."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.house import Refused
from backend.people.routes_session import address_of
from backend.people.rules_rates import Buckets, of_address, of_speaker
from backend.web import actor_of, house_of

AnyRequest = Request[Any, Any, Any]


class AddressRates(ASGIMiddleware):
    """By address, before a session is looked up. This machine itself has none: a proxy on it names its clients."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: AnyRequest = Request(scope)
        address = address_of(request)
        own = address in ("127.0.0.1", "::1")
        refusal = _buckets(request).take(
            of_address(request.method, scope["path"], "" if own else address), house_of(request).clock()
        )
        if refusal:
            raise Refused(refusal)
        await next_app(scope, receive, send)


class SpeakerRates(ASGIMiddleware):
    """By tablet and account, once it is known who speaks."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: AnyRequest = Request(scope)
        actor = actor_of(request)
        refusal = _buckets(request).take(
            of_speaker(scope["path"], actor.device, actor.account), house_of(request).clock()
        )
        if refusal:
            raise Refused(refusal)
        await next_app(scope, receive, send)


def _buckets(request: AnyRequest) -> Buckets:
    """Those of this application: in memory, so that they are empty after a start."""
    state = request.app.state
    if "buckets" not in state:
        state.buckets = Buckets(house_of(request).settings.rates)
    found: Buckets = state.buckets
    return found
