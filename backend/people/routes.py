"""The routes of people: login, organisations and accounts, tablets, the trace."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from backend.people import routes_accounts, routes_audit, routes_devices, routes_session

ROUTES: list[ControllerRouterHandler] = [
    *routes_session.ROUTES,
    *routes_accounts.ROUTES,
    *routes_devices.ROUTES,
    *routes_audit.ROUTES,
]
