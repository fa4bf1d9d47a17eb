"""The public pages (公示): results, items, plans, draws. Read without a login, without scripts, from any cache.

A page of a result is drawn from published documents only. No cookie is set and nothing depends on who asks, so
that any cache in between may keep the answer for a minute.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.params import FromPath
from litestar.response import Template
from litestar.types import ControllerRouterHandler

from backend.draw import tables as drawing
from backend.house import CHINA, House, Refused
from backend.people.tables import organisations
from backend.planning import tables as planning
from backend.publication import portal, tables
from backend.publication.rules_notice import indexable
from backend.registry import tables as registry
from backend.web import house_of, page
from sync.canon import canonical
from sync.words import refuse

OPEN = {"verb": "portal.read", "exclude_from_csrf": True}
CACHED = {"cache-control": "public, max-age=60"}
NO_INDEX = {"x-robots-tag": "noindex, noarchive"}
LATEST = 8

Asked = Request[Any, Any, Any]


def shown(request: Asked, name: str, *, index: bool = True, **values: Any) -> Template:
    """A public page that caches may keep; ``index``: whether search engines may."""
    answer = page(request, name, index=index, **values)
    for header, value in {**CACHED, **({} if index else NO_INDEX)}.items():
        answer.set_header(header, value)
    return answer


def today_year(house: House) -> int:
    """This year in China."""
    return house.clock().astimezone(CHINA).year


def number_in(request: Asked, name: str, default: int) -> int:
    """A whole number from the address, or the default."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else default


def hidden_classes(house: House) -> list[str]:
    """The classes of targets that no search engine may keep."""
    profile = house.profile_on(house.clock().astimezone(CHINA).date())
    return [one for one in ("sole_trader", "natural_person") if not indexable(profile, one)]


@get("/", opt=OPEN)
async def home(request: Asked) -> Template:
    """The first page: search, what was published last, draws, the year's plan, the items."""
    house = house_of(request)
    year = today_year(house)
    rows, _ = await tables.search("", 1, limit=LATEST, classes=hidden_classes(house))
    return shown(
        request,
        "portal_home.html",
        latest=[portal.result_row(row) for row in rows],
        draws=(await portal.draw_list())[:3],
        year=year,
        lines=await planning.published_plan(year),
        items=len(await registry.public_items()),
    )


@get("/results", opt=OPEN)
async def results(request: Asked) -> Template:
    """Search by name or code; the number of pages is bounded."""
    words = " ".join(request.query_params.get("q", "").split())[:60]
    rows, pages = await tables.search(words, number_in(request, "page", 1))
    return shown(
        request,
        "portal_results.html",
        index=False,
        words=words,
        rows=[portal.result_row(row) for row in rows],
        number=min(max(1, number_in(request, "page", 1)), pages),
        pages=pages,
    )


@get("/results/{name:str}", opt=OPEN)
async def result(request: Asked, name: FromPath[str]) -> Response[Any] | Template:
    """One visit's published results: the page, or with .json and .csv its data."""
    visit, _, form = name.partition(".")
    versions = await tables.versions(visit)
    if not versions or form not in ("", "json", "csv"):
        raise Refused(refuse("not_found"))
    house = house_of(request)
    profile = house.profile_on(house.clock().astimezone(CHINA).date())
    index = all(indexable(profile, row["target_class"]) for row in versions)
    headers = {**CACHED, **({} if index else NO_INDEX)}
    view = portal.result_view(versions, await organisations())
    if form == "json":
        body = canonical(portal.as_json(visit, view))
        return Response(body, media_type=MediaType.JSON, headers=headers)
    if form == "csv":
        return Response(as_csv(view), media_type="text/csv; charset=utf-8", headers=headers)
    draw = await portal.draw_of_scheme(view.scheme)
    return shown(
        request, "portal_result.html", index=index, visit=visit, view=view, draw=draw, tone=portal.tone
    )


def as_csv(view: portal.ResultView) -> bytes:
    """The current results, a row per item, for a spreadsheet: UTF-8 with BOM, no cell that could be a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*(label for label, _ in view.facts), *portal.CSV_HEADS])
    for block in view.blocks:
        for item, found in block.rows:
            cells = [*(value for _, value in view.facts), block.organisation, item, found, block.published_on]
            writer.writerow(["'" + cell if cell[:1] in "=+-@\t" and cell else cell for cell in cells])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


@get("/items", opt=OPEN)
async def items(request: Asked) -> Template:
    """抽查事项清单: the catalogue by department (优化营商环境条例§54)."""
    return shown(request, "portal_items.html", groups=portal.by_department(await registry.public_items()))


@get("/plans", opt=OPEN)
async def plans(request: Asked) -> Template:
    """The year's published plan and the schemes that were approved on it."""
    this_year = today_year(house_of(request))
    year = number_in(request, "year", this_year)
    names = {key: row["name"] for key, row in (await organisations()).items()}
    schemes = await planning.schemes(year, ("ready_to_draw", "drawn", "dispatched"))
    return shown(
        request,
        "portal_plans.html",
        year=year,
        years=range(this_year + 1, this_year - 3, -1),
        lines=[portal.plan_row(line, names) for line in await planning.published_plan(year)],
        schemes=[portal.scheme_row(one, names) for one in schemes],
        draws={row["scheme"]: row for row in await portal.draw_list() if row["state"] != "aborted"},
    )


@get("/draws", opt=OPEN)
async def draws(request: Asked) -> Template:
    """Every draw, aborted ones too: a number is used once and none disappears."""
    voided = await planning.schemes(statuses=("voided",))
    return shown(request, "portal_draws.html", draws=await portal.draw_list(), voided=voided)


@get("/draws/{name:str}", opt=OPEN)
async def draw(request: Asked, name: FromPath[str]) -> Response[Any] | Template:
    """One draw: what was frozen when, and how anybody recomputes it; with .json the very bytes that were sealed."""
    if name.endswith(".json"):
        document = await drawing.publication(name.removesuffix(".json"))
        if document is None:
            raise Refused(refuse("not_found"))
        return Response(canonical(document), media_type=MediaType.JSON, headers=CACHED)
    found = await portal.draw_view(name)
    if found is None:
        raise Refused(refuse("not_found"))
    return shown(request, "portal_draw.html", draw=found, origin=house_of(request).settings.origin)


@get("/portal/protocol.txt", opt=OPEN, media_type=MediaType.TEXT)
async def protocol(request: Asked) -> Response[str]:
    """The protocol, from which a stranger can write a verifier."""
    return Response(portal.protocol_text(), media_type="text/plain; charset=utf-8", headers=CACHED)


@get("/robots.txt", opt=OPEN, media_type=MediaType.TEXT)
async def robots(request: Asked) -> Response[str]:
    """Search engines keep to the public pages; results of sole traders say noindex themselves."""
    text = "User-agent: *\nDisallow: /office\nDisallow: /field\nDisallow: /tablet\nAllow: /\n"
    return Response(text, media_type="text/plain; charset=utf-8", headers=CACHED)


PORTAL_ROUTES: list[ControllerRouterHandler] = [
    home,
    results,
    result,
    items,
    plans,
    draws,
    draw,
    protocol,
    robots,
]
