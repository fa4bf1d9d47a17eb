"""The registries at the desk (一单两库): overview, lists, one row, and the import in two steps."""

from __future__ import annotations

from typing import Any, cast, get_args
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend.house import House, Refused
from backend.people.rules import Actor, may, reach
from backend.people.tables import organisations
from backend.registry import desk, exports, importing
from backend.registry.kinds import REGISTRIES
from backend.registry.rules import shown
from backend.registry.tables import opened
from backend.web import MEGABYTES, actor_of, allow, house_of, page, see
from sync.words import Registry, refuse

AnyRequest = Request[Any, Any, Any]
SHOWN_PROBLEMS = 300
SHOWN_MISSING = 300
ALL = "all"
"""What the form says for all departments."""
ACTS = {"add": "新增", "change": "变更", "remove": "移出"}


def registry_of(kind: str) -> Registry:
    """The registry in a path; raises Refused ``not_found`` for anything else."""
    if kind not in get_args(Registry):
        raise Refused(refuse("not_found"))
    return cast("Registry", kind)


async def _departments() -> list[tuple[str, str]]:
    return [(k, o["short_name"]) for k, o in (await organisations()).items() if o["kind"] == "department"]


def _path(registry: Registry) -> str:
    return f"/office/registry/{registry}"


# --- looking ------------------------------------------------------------------------------------------------


@get("/office/registry", opt={"verb": "registry.read"})
async def overview(request: AnyRequest) -> Template:
    """The four registries: how many, as of when, from which file, with which root, and what is missing."""
    house, actor = house_of(request), actor_of(request)
    return page(
        request,
        "registry_overview.html",
        registries=await desk.overview(importing.today(house)),
        waiting=await importing.waiting(house, actor.account),
        may_import=may(actor, "registry.import"),
    )


@get("/office/registry/{kind:str}", opt={"verb": "registry.read"})
async def listing(request: AnyRequest, kind: FromPath[str]) -> Template:
    """A registry's rows; the filters stand in the address."""
    registry = registry_of(kind)
    house = house_of(request)
    query = {
        name: text
        for name in (*desk.FILTERS[registry], "page")
        if (text := request.query_params.get(name, ""))
    }
    found = await desk.listing(registry, query, importing.today(house))
    departments = await _departments()
    filters = [
        {"name": name, "title": desk.TITLES[name], "options": desk.CHOICES.get(name, ()) or departments}
        for name in desk.FILTERS[registry]
        if name != "q"
    ]
    return page(
        request,
        "registry_list.html",
        registry=registry,
        spec=REGISTRIES[registry],
        found=found,
        query=query,
        kept={name: value for name, value in query.items() if name != "page"},
        filters=filters,
        departments=dict(departments),
        word=lambda field, value: shown(registry, field, value),
        today=importing.today(house),
        may_import=may(actor_of(request), "registry.import"),
    )


@get("/office/registry/{kind:str}/{subject:str}", opt={"verb": "registry.read"})
async def detail(request: AnyRequest, kind: FromPath[str], subject: FromPath[str]) -> Template:
    """One row with every field and its history. Private fields: the keeping department and the office."""
    registry = registry_of(kind)
    house = house_of(request)
    row = (await desk.by_ids(registry, [subject])).get(subject)
    if row is None:
        raise Refused(refuse("not_found"))
    spec = REGISTRIES[registry]
    private = may(actor_of(request), "registry.import", row["organisation"])
    fields = {**row["row"], **(opened(house, registry, row) if private else {})}
    facts: list[tuple[str, str | list[str]]] = []
    for column in spec.columns:
        if column.field in spec.model.PRIVATE and not private:
            facts.append((column.label, "仅维护部门和联席会议办公室可见"))
        else:
            facts.append((column.label, _fact(registry, column.field, fields)))
    if registry == "check_items":
        facts.append(("记录表标题", row["heading"]))
    return page(
        request,
        "registry_detail.html",
        registry=registry,
        spec=spec,
        row=row,
        title=fields["name"],
        facts=facts,
        history=[{**one, "act": ACTS[one["act"]]} for one in await desk.story(subject)],
    )


def _fact(registry: Registry, field: str, fields: dict[str, Any]) -> str | list[str]:
    # Columns whose cell became other fields of the row.
    if field == "number":
        return str(fields["uscc"] or fields["registration_no"])
    value = fields[{"ratio": "ratio_text", "holds": "certified"}.get(field, field)]
    if isinstance(value, list) and field in ("legal_basis", "content", "guidance", "findings"):
        return [str(line) for line in value]
    return shown(registry, field, value)


# --- importing ----------------------------------------------------------------------------------------------


def _scope(request: AnyRequest, asked: str) -> str:
    """The organisation that a file speaks for: a department administrator's own; whoever may import for all
    chooses, "" being all departments."""
    actor = actor_of(request)
    everybody = "" if asked == ALL else asked
    scope = everybody if reach(actor, "registry.import") == "all" else actor.organisation
    allow(request, "registry.import", scope)
    return scope


async def _upload_page(request: AnyRequest, registry: Registry, **values: Any) -> Template:
    actor: Actor = actor_of(request)
    everybody = reach(actor, "registry.import") == "all"
    return page(
        request,
        "registry_upload.html",
        registry=registry,
        spec=REGISTRIES[registry],
        scopes=[(ALL, "全部部门"), *await _departments()] if everybody else [],
        megabytes=MEGABYTES,
        **{"scope": ALL, **values},
    )


@get("/office/registry/{kind:str}/import", opt={"verb": "registry.import"})
async def upload_page(request: AnyRequest, kind: FromPath[str]) -> Template:
    """Choose a file."""
    return await _upload_page(request, registry_of(kind))


@post("/office/registry/{kind:str}/import", opt={"verb": "registry.import"})
async def upload(request: AnyRequest, kind: FromPath[str]) -> Template | Redirect:
    """Read a file and show what it would change; nothing is changed yet."""
    registry = registry_of(kind)
    house: House = house_of(request)
    form = await request.form()
    asked = str(form.get("scope", ""))
    scope = _scope(request, asked)
    sent = form.get("file")
    try:
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise Refused(refuse("bad_request", what="还没有选择文件"))
        data = await sent.read()
        prepared = await importing.prepare(
            house, registry, scope, importing.today(house), sent.filename, data
        )
    except Refused as error:
        return await _upload_page(request, registry, refusal=error.refusal, scope=asked)
    identity = await importing.keep(house, actor_of(request).account, prepared, data)
    return see(f"/office/registry/imports/{identity}")


@get("/office/registry/imports/{identity:str}", opt={"verb": "registry.import"})
async def preview(request: AnyRequest, identity: FromPath[str]) -> Template:
    """What a file would change: headings, counts, problems row by row, missing rows."""
    return await _preview_page(request, identity)


async def _preview_page(request: AnyRequest, identity: str, **values: Any) -> Template:
    row, summary = await importing.kept(house_of(request), actor_of(request).account, identity)
    registry = registry_of(row["registry"])
    named = await organisations()
    problems = summary["problems"]
    return page(
        request,
        "registry_preview.html",
        registry=registry,
        spec=REGISTRIES[registry],
        row=row,
        scope=named[row["scope"]]["short_name"] if row["scope"] else "全部部门",
        summary=summary,
        problems=problems[:SHOWN_PROBLEMS],
        severities=exports.SEVERITIES,
        missing=summary["missing"][:SHOWN_MISSING],
        **{"remove": [], **values},
    )


@post("/office/registry/imports/{identity:str}", opt={"verb": "registry.import"})
async def apply(request: AnyRequest, identity: FromPath[str]) -> Template | Redirect:
    """Apply a preview: the registry is frozen anew with its check code."""
    house, account = house_of(request), actor_of(request).account
    row, _ = await importing.kept(house, account, identity)
    # What the file speaks for was allowed when it came; roles may have changed since.
    allow(request, "registry.import", row["scope"])
    form = await request.form()
    chosen = [str(key) for key in form.getall("remove", [])]
    try:
        everything = form.get("remove_all") == "1"
        remove = importing.EVERY_MISSING if everything else frozenset(chosen)
        await importing.apply_kept(house, account, identity, remove)
    except Refused as error:
        if error.refusal.code == "not_found":
            raise
        return await _preview_page(request, identity, refusal=error.refusal, remove=chosen)
    return see(f"/office/registry/{row['registry']}/history")


@post("/office/registry/imports/{identity:str}/discard", opt={"verb": "registry.import"})
async def discard(request: AnyRequest, identity: FromPath[str]) -> Redirect:
    """Throw the uploaded file away."""
    row, _ = await importing.kept(house_of(request), actor_of(request).account, identity)
    await importing.discard(actor_of(request).account, identity)
    return see(_path(row["registry"]))


@get("/office/registry/{kind:str}/history", opt={"verb": "registry.read"})
async def history(request: AnyRequest, kind: FromPath[str]) -> Template:
    """Every freeze of a registry (名录库锁定) with its check code."""
    registry = registry_of(kind)
    return page(
        request,
        "registry_history.html",
        registry=registry,
        spec=REGISTRIES[registry],
        freezes=await desk.history(registry, limit=200),
    )


# --- files --------------------------------------------------------------------------------------------------


def _download(content: bytes, name: str, media_type: str) -> Response[bytes]:
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=media_type, headers=headers)


@get("/office/registry/{kind:str}/template.xlsx", opt={"verb": "registry.read"})
async def template(kind: FromPath[str]) -> Response[bytes]:
    """The workbook to fill in (样表)."""
    registry = registry_of(kind)
    return _download(exports.template(registry), f"{REGISTRIES[registry].label}样表.xlsx", exports.XLSX)


@get("/office/registry/imports/{identity:str}/problems.csv", opt={"verb": "registry.import"})
async def problems(request: AnyRequest, identity: FromPath[str]) -> Response[bytes]:
    """The problems of a preview as a file."""
    row, summary = await importing.kept(house_of(request), actor_of(request).account, identity)
    content = exports.problem_list(summary["problems"])
    return _download(content, f"{row['file_name']}的问题清单.csv", "text/csv; charset=utf-8")


async def waiting(house: House, actor: Actor) -> int:
    """Uploaded files of this person that are not applied yet."""
    return len(await importing.waiting(house, actor.account))


ROUTES: list[ControllerRouterHandler] = [
    overview,
    listing,
    detail,
    upload_page,
    upload,
    preview,
    apply,
    discard,
    history,
    template,
    problems,
]
