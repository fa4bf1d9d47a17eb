"""The application: routes, guards, engine and house wired together. It does not start unguarded."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import (
    HTTPException,
    NotFoundException,
    PermissionDeniedException,
    ValidationException,
)
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.routes import HTTPRoute
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig
from litestar.types import ControllerRouterHandler

from backend import db, home, migrate, tablet, worker
from backend.dispatch import routes as dispatch
from backend.documents.press import press
from backend.door import routes as door
from backend.draw import routes as draw
from backend.field import routes as field
from backend.field import routes_carried as field_carried
from backend.field import routes_decisions as field_decisions
from backend.field import routes_forms as field_forms
from backend.field import routes_import as field_import
from backend.field import routes_lists as field_lists
from backend.field import routes_lost as field_lost
from backend.field.entries import mark
from backend.house import CHINA, House, Refused, clock_of
from backend.migrate import TABLES
from backend.people import routes as people
from backend.people import trace
from backend.people.rates import AddressRates, SpeakerRates
from backend.planning import routes as planning
from backend.publication import routes as publication
from backend.registry import routes as registry
from backend.settings import Settings, settings_from
from backend.vault import open_vault
from backend.web import (
    CSRF_COOKIE,
    MEGABYTES,
    TEMPLATES,
    SessionMiddleware,
    equip,
    failed,
    form_expired,
    http_error,
    not_found,
    refused,
    verb_guard,
)
from sync.words import Verb, refuse

VERSION = "0.1.0"
HERE = Path(__file__).parent

ROUTES: list[ControllerRouterHandler] = [
    *home.ROUTES,
    *people.ROUTES,
    *tablet.ROUTES,
    *registry.ROUTES,
    *planning.ROUTES,
    *draw.ROUTES,
    *dispatch.ROUTES,
    *field.ROUTES,
    *field_decisions.ROUTES,
    *field_carried.ROUTES,
    *field_forms.ROUTES,
    *field_import.ROUTES,
    *field_lists.ROUTES,
    *field_lost.ROUTES,
    *door.ROUTES,
    *publication.ROUTES,
    *worker.ROUTES,
]
"""Every stage's routes."""


class Unguarded(Exception):
    """A route has no verb, or one that is no word: the application does not start."""


@get("/health", media_type=MediaType.JSON, opt={"verb": "portal.read"}, include_in_schema=False)
async def health(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Version, engine and migration head, once the server can answer."""
    house: House = request.app.state.house
    return {
        "version": VERSION,
        "engine": house.engine.engine_type,
        "migration": await migrate.head(house.engine),
    }


def check_guarded(app: Litestar) -> None:
    """Every HTTP route declares a verb of the vocabulary; raises Unguarded naming those that do not."""
    verbs = set(get_args(Verb))
    naked = [
        f"{route.path} {handler}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.http_methods != {"OPTIONS"} and handler.opt.get("verb") not in verbs
    ]
    if naked:
        raise Unguarded(", ".join(naked))


async def open_house(settings: Settings) -> House:
    """Folders, keys, engine and migrations of an installation; the caller closes ``house.engine``."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.blobs.mkdir(parents=True, exist_ok=True)
    engine = db.engine_for(settings.database)
    await engine.open()
    db.bind(engine, TABLES)
    try:
        await migrate.forwards(engine)
        return House(settings, engine, open_vault(settings.data / "keys"), clock_of(settings))
    except BaseException:
        await engine.close()  # its threads would keep the process alive
        raise


def create_app(settings: Settings | None = None, house: House | None = None) -> Litestar:
    """The application for ``settings`` (from the environment by default), or over a house that is open."""
    chosen = house.settings if house else settings or settings_from(os.environ)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        app.state.house = house or await open_house(chosen)
        today = app.state.house.clock().astimezone(CHINA).date()
        app.state.region = app.state.house.profile_on(today).title.removesuffix("（虚构）")
        if house is not None:
            yield  # its owner closes it, and sees to its jobs
            return
        try:
            await asyncio.to_thread(press)  # fonts are loaded before somebody waits for a form
            await mark(app.state.house)
            async with worker.at_work(app.state.house):
                _spare_collections()
                yield
        finally:
            await app.state.house.engine.close()

    app = Litestar(
        route_handlers=[
            health,
            *ROUTES,
            create_static_files_router("/static", [HERE / "static"], opt={"verb": "portal.read"}),
        ],
        lifespan=[lifespan],
        guards=[verb_guard],
        middleware=[AddressRates(), SessionMiddleware(), SpeakerRates(), home.WaitingMiddleware()],
        before_send=[trace.before_send],
        template_config=TemplateConfig(
            directory=list(TEMPLATES), engine=JinjaTemplateEngine, engine_callback=equip
        ),
        csrf_config=CSRFConfig(
            secret=_csrf_secret(chosen),
            cookie_name=CSRF_COOKIE,
            cookie_httponly=True,
            cookie_secure=chosen.secure,
            cookie_samesite="lax",
            exclude=["^/field/"],
        ),
        exception_handlers=_handlers(),
        openapi_config=None,
        request_max_body_size=MEGABYTES * 1024 * 1024,
    )
    check_guarded(app)
    app.state.paths = {route.path.rstrip("/") for route in app.routes} | {"/"}
    return app


def _spare_collections() -> None:
    """What the application is made of stays for good and need not be looked through again and again; and a request
    makes thousands of objects that die with it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _csrf_secret(settings: Settings) -> str:
    return open_vault(settings.data / "keys").data_key.hex()


def _handlers() -> dict[Any, Callable[..., Response[Any]]]:
    return {
        Refused: refused,
        NotFoundException: not_found,
        PermissionDeniedException: form_expired,  # only the CSRF middleware raises it; guards raise Refused
        HTTPException: http_error,
        Exception: failed,
        ValidationException: lambda request, error: refused(
            request, Refused(refuse("bad_request", what=_fields(error)))
        ),
    }


FIELDS = {"account": "账号", "code": "登记码", "number": "页码"}
"""What people call the fields that the framework checks; of others the sentence says no name."""


def _fields(error: ValidationException) -> str:
    extra = error.extra if isinstance(error.extra, list) else []
    names = [FIELDS.get(str(item.get("key", ""))) for item in extra if isinstance(item, dict)]
    return "、".join(name for name in names if name) or "内容"
