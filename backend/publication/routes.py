"""公示 at the desk: what waits, the review, the publication, the correction. The public pages stand beside."""

from __future__ import annotations

from typing import Any, get_args

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from backend import ledger
from backend.house import House, Refused
from backend.ledger import Draft
from backend.people.rules import reach
from backend.people.tables import organisations
from backend.planning import tables as planning
from backend.planning.forms import Typed, clean, one
from backend.profiles import keys
from backend.profiles.rules import Profile
from backend.publication import rules, visits
from backend.publication.routes_portal import PORTAL_ROUTES, number_in
from backend.publication.rules import Clock, CorrectionForm, Decision, ReviewForm
from backend.publication.tables import document_of
from backend.publication.visits import Loaded
from backend.web import actor_of, allow, house_of, page, see
from sync.words import Body, Refusal, refuse

Asked = Request[Any, Any, Any]
YES = "yes"


async def typed_of(request: Asked) -> Typed:
    """Every text field that was sent, in NFC and trimmed; a name may come several times."""
    return clean(
        (name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)
    )


async def need(house: House, visit: str, organisation: str) -> Loaded:
    """The block, or Refused."""
    found = await visits.load(house, visit, organisation)
    if found is None:
        raise Refused(refuse("not_found"))
    return found


@get("/office/publication", opt={"verb": "publication.read"})
async def overview(request: Asked) -> Template:
    """The blocks of finished visits by state: own department's, or all for the office and oversight."""
    house, actor = house_of(request), actor_of(request)
    own = None if reach(actor, "publication.read") == "all" else actor.organisation
    number = number_in(request, "page", 1)
    rows, pages = await visits.listed(house, own, number)
    status = request.query_params.get("status", "")
    counts = {code: sum(row.status == code for row in rows) for code in rules.STATUSES}
    if status in rules.STATUSES:
        rows = [row for row in rows if row.status == status]
    return page(
        request,
        "publication_list.html",
        rows=rows,
        counts=counts,
        chosen=status,
        statuses=rules.STATUSES,
        running=rules.RUNNING,
        names={key: row["short_name"] or row["name"] for key, row in (await organisations()).items()},
        number=min(max(1, number), pages),
        pages=pages,
    )


@get("/office/publication/{visit:str}/{organisation:str}", opt={"verb": "publication.read"})
async def block(request: Asked, visit: FromPath[str], organisation: FromPath[str]) -> Template:
    """One department's result: what would be public, the review, the publication."""
    allow(request, "publication.read", organisation)
    return await _block(request, visit, organisation, {}, None)


async def _block(
    request: Asked, visit: str, organisation: str, typed: Typed, refusal: Refusal | None
) -> Template:
    house = house_of(request)
    loaded = await need(house, visit, organisation)
    facts = loaded.facts
    profile = house.profile_on(loaded.finished_on or visits.today_of(house))
    review = loaded.review
    clock = visits.clock_of(house, loaded.finished_on, loaded.scheme) if loaded.finished_on else None
    restrictions = profile.get(keys.RESTRICTIONS) or ()
    omittable = rules.omittable(facts, profile)
    omitted = tuple(review["omitted"]) if review and not facts.notice else ()
    return page(
        request,
        "publication_block.html",
        refusal=refusal,
        loaded=loaded,
        facts=facts,
        visit=visit,
        organisation=organisation,
        document=facts.notice.document if facts.notice else facts.document(profile, omitted),
        blocked=rules.not_ready(facts) or rules.on_hold(facts),
        clock=clock,
        basis=_basis(clock, profile),
        state_text=rules.STATUSES[facts.status],
        decisions=list(rules.DECISIONS.items()),
        review_day=visits.review_day(review) if review else "",
        restrictions=[(r.code, r.label, r.article) for r in restrictions],
        omittable=omittable,
        labels_of=lambda codes: "、".join(r.label for r in restrictions if r.code in codes),
        omitted_labels="、".join(
            label for field, label in omittable if review and field in review["omitted"]
        ),
        findings=[(f.code, f.label) for f in profile.need(keys.FINDINGS)],
        earlier=[(row, document_of(row)) for row in loaded.versions if not row["current"]],
        typed=typed,
    )


def _basis(clock: Clock | None, profile: Profile) -> str:
    """The words of the text that fixes the deadline, else its article."""
    leaf = profile.leaf(clock.due.key) if clock and clock.due else None
    if leaf is None:
        return ""
    return (
        f"{profile.title}规则：“{leaf.printed}”"
        if leaf.authority == "local" and leaf.printed
        else leaf.article
    )


async def _decided(
    request: Asked, visit: str, organisation: str, typed: Typed, what: str
) -> Template | Redirect:
    """Load, decide and append one of the three acts; a refusal draws the page again with what was typed."""
    house, actor = house_of(request), actor_of(request)
    try:
        async with ledger.turn(house) as turn:
            loaded = await need(house, visit, organisation)
            profile = house.profile_on(loaded.finished_on or visits.today_of(house))
            facts, nonce = loaded.facts, house.new_id()
            answer: Body | Refusal
            if what == "review":
                answer = rules.review(_review_form(typed), facts, actor, profile, nonce)
            else:
                standing = await planning.standing(actor.account, organisation)
                if what == "publish":
                    second = await visits.others(organisation, actor.account)
                    answer = rules.publish(facts, actor, standing, second, profile, nonce)
                else:
                    answer = rules.correct(_correction(typed), facts, actor, standing, profile, nonce)
            decision = answer if isinstance(answer, Refusal) else Draft(visit, answer)
            await turn.append(decision, by=actor.account, now=house.clock())
    except Refused as error:
        if error.refusal.code == "not_found":
            raise
        return await _block(request, visit, organisation, typed, error.refusal)
    return see(f"/office/publication/{visit}/{organisation}")


def _review_form(typed: Typed) -> ReviewForm:
    wrong = [
        label
        for name, label in (("secrecy", "国家秘密"), ("privacy", "个人隐私"), ("trade_secret", "商业秘密"))
        if one(typed, name) not in (YES, "no")
    ]
    decision = one(typed, "decision")
    if decision not in get_args(Decision):
        wrong.append("审查结论")
    if wrong:
        raise Refused(refuse("bad_request", what="、".join(wrong)))
    return ReviewForm(
        secrecy=one(typed, "secrecy") == YES,
        privacy=one(typed, "privacy") == YES,
        trade_secret=one(typed, "trade_secret") == YES,
        decision=decision,  # type: ignore[arg-type]
        basis=tuple(typed.get("basis", []))[:10],
        omitted=tuple(typed.get("omitted", []))[:30],
        note=one(typed, "note")[:300],
        seen=one(typed, "seen"),
    )


def _correction(typed: Typed) -> CorrectionForm:
    findings = {
        int(name.removeprefix("finding.")): tuple(code for code in codes if code)
        for name, codes in typed.items()
        if name.startswith("finding.") and name.removeprefix("finding.").isdecimal()
    }
    return CorrectionForm(
        values={
            name.removeprefix("value."): values[0][:4000]
            for name, values in typed.items()
            if name.startswith("value.")
        },
        findings=findings,
        reason=one(typed, "reason")[:300],
        seen=one(typed, "seen"),
    )


@post("/office/publication/{visit:str}/{organisation:str}/review", opt={"verb": "publication.review"})
async def review(request: Asked, visit: FromPath[str], organisation: FromPath[str]) -> Template | Redirect:
    """保密审查: secrecy, privacy, trade secrets, and the decision."""
    _own(request, organisation)
    return await _decided(request, visit, organisation, await typed_of(request), "review")


@post("/office/publication/{visit:str}/{organisation:str}/publish", opt={"verb": "publication.publish"})
async def publish(request: Asked, visit: FromPath[str], organisation: FromPath[str]) -> Template | Redirect:
    """公示: exactly what was reviewed."""
    _own(request, organisation)
    return await _decided(request, visit, organisation, {}, "publish")


@post("/office/publication/{visit:str}/{organisation:str}/correct", opt={"verb": "publication.publish"})
async def correct(request: Asked, visit: FromPath[str], organisation: FromPath[str]) -> Template | Redirect:
    """更正: a new version; the one before stays public."""
    _own(request, organisation)
    return await _decided(request, visit, organisation, await typed_of(request), "correct")


def _own(request: Asked, organisation: str) -> None:
    refusal = rules.may_act(actor_of(request), organisation)
    if refusal:
        raise Refused(refusal)


ROUTES: list[ControllerRouterHandler] = [overview, block, review, publish, correct, *PORTAL_ROUTES]
