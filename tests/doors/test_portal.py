"""The public pages, on both engines: nothing private at any public address, and all that must be there."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable

import httpx
import pytest

from backend.house import House
from backend.people.tables import Account
from backend.publication import tables
from backend.publication.rules_notice import document_digest
from sync.canon import parse
from sync.draw_check import verify_publication
from sync.words import PublicNotice
from tests.builders import Client, Clock
from tests.doors.conftest import SignedIn
from tests.doors.finished import Finished, finished
from tests.visited import PRIVATE

LINK = re.compile(r'(?:href|src|data-publication)="(/[^"#]*)')
OFFICE = ("/office", "/field", "/tablet")


@pytest.fixture(scope="module")
async def published(house: House, clock: Clock, signed_in: SignedIn) -> Finished:
    """A visit of which two of three departments published, one of them corrected."""
    whole = await finished(house, clock, signed_in)
    await whole.publish(*whole.people[0])
    await whole.publish(*whole.people[1])
    leader = whole.people[1][1]
    notice = (await tables.versions(whole.visit, leader.organisation))[0]
    form = {"value.task_name": "更正后的任务名称", "reason": "任务名称录入有误", "seen": notice["id"]}
    assert (await leader.post(f"{whole.path(leader)}/correct", form)).status_code == 303
    return whole


async def walk(client: Client, start: Iterable[str]) -> dict[str, httpx.Response]:
    """Every address that the public can reach by following links from ``start``."""
    waiting, found = list(start), {}
    while waiting:
        path = waiting.pop()
        if path in found or path.startswith(OFFICE):
            continue
        found[path] = await client.get(path.replace("&amp;", "&"))
        if found[path].headers.get("content-type", "").startswith("text/html"):
            waiting += LINK.findall(found[path].text)
    return found


# --- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/results/" + "0" * 32,
        "/results/" + "0" * 32 + ".json",
        "/results/..%2f..",
        "/draws/2026-999-1",
        "/draws/2026-999-1.json",
    ],
)
async def test_what_is_not_published_is_not_found(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404 and "cache-control" not in answer.headers


async def test_a_finished_visit_without_a_publication_has_no_page(
    house: House, clock: Clock, signed_in: SignedIn, client: Client
) -> None:
    whole = await finished(house, clock, signed_in)
    for path in [f"/results/{visit}" for visit in whole.visits]:
        assert (await client.get(path)).status_code == 404
    assert (await client.get(f"/results?q={whole.w.tag}")).text.count("/results/") == 0


# --- privacy ------------------------------------------------------------------------------------------------


async def test_no_private_value_is_at_any_public_address(
    published: Finished, client: Client, house: House
) -> None:
    visit, number = published.visit, published.number
    start = ["/", "/results", f"/results?q={published.w.tag}", "/items", "/plans", "/draws", "/robots.txt"]
    start += [f"/results/{visit}{form}" for form in ("", ".json", ".csv")] + [f"/draws/{number}.json"]
    found = await walk(client, start)
    assert {f"/results/{visit}.csv", f"/draws/{number}", f"/draws/{number}.json"} <= found.keys()
    officers = await Account.select(Account.name).where(Account.certificate != "")
    secrets = {**PRIVATE, **{f"officer {row['name']}": row["name"] for row in officers}}
    secrets["the risk class by name"] = "信用风险"
    leaks = [
        (path, what)
        for path, answer in found.items()
        if not path.startswith(("/static", "/portal/"))
        for what, value in secrets.items()
        if value in answer.text
    ]
    assert leaks == []
    broken = [path for path, answer in found.items() if answer.status_code != 200]
    assert [path for path in broken if path != "/portal/verify.js"] == []


async def test_a_sole_traders_result_shows_no_home_address_and_no_search_engine_keeps_it(
    house: House, clock: Clock, signed_in: SignedIn, client: Client
) -> None:
    whole = await finished(house, clock, signed_in, subtype="individual_business")
    await whole.publish(*whole.people[0])
    for form in ("", ".json", ".csv"):
        answer = await client.get(f"/results/{whole.visit}{form}")
        assert answer.status_code == 200 and "银杏路" not in answer.text
        assert "noindex" in answer.headers["x-robots-tag"]
    page = await client.get(f"/results/{whole.visit}")
    assert '<meta name="robots" content="noindex' in page.text
    assert whole.visit not in (await client.get("/")).text
    assert whole.visit in (await client.get(f"/results?q={whole.w.tag}")).text


# --- what must be there -------------------------------------------------------------------------------------


async def test_a_result_shows_departments_items_results_and_how_it_was_drawn(
    published: Finished, client: Client
) -> None:
    answer = await client.get(f"/results/{published.visit}")
    text = answer.text
    for words in ("联合检查结果", "违反食品药品监管相关规定", "未发现问题", "不定向抽查", "2 个部门一次检查"):
        assert words in text
    assert f'data-publication="/draws/{published.number}.json"' in text and 'aria-live="polite"' in text
    assert "虚构" in text and "x-robots-tag" not in answer.headers
    assert f"消防队{published.w.tag}" not in text  # its result was not published


async def test_both_versions_of_a_corrected_result_are_public_and_the_old_one_is_marked(
    published: Finished, client: Client
) -> None:
    text = (await client.get(f"/results/{published.visit}")).text
    assert "理由：任务名称录入有误" in text and "更正前的公示" in text and "已更正" in text
    data = json.loads((await client.get(f"/results/{published.visit}.json")).content)
    own = [one for one in data["notices"] if "卫健委" in json.dumps(one["document"], ensure_ascii=False)]
    assert [(one["version"], one["current"]) for one in own] == [(2, True), (1, False)]
    for one in data["notices"]:
        assert document_digest(PublicNotice.model_validate(one["document"])) == one["digest"]


async def test_the_spreadsheet_holds_the_current_results_and_no_formula(
    published: Finished, client: Client
) -> None:
    answer = await client.get(f"/results/{published.visit}.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["抽查结果"] for row in rows] == ["违反食品药品监管相关规定", "未发现问题"]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]


async def test_the_draw_that_the_page_offers_verifies(published: Finished, client: Client) -> None:
    answer = await client.get(f"/draws/{published.number}.json")
    assert verify_publication(parse(answer.content)) == []
    page = (await client.get(f"/draws/{published.number}")).text
    document = answer.json()
    for words in (document["check_code"], document["seed"], "抽取程序不能解决的", "层1", "openssl"):
        assert words in page
    assert "A 类" not in page and "信用" not in page.replace("信用分类", "")


async def test_plan_items_and_scheme_are_public_without_ratios_by_class(
    published: Finished, client: Client
) -> None:
    plan = (await client.get("/plans?year=2026")).text
    assert f"餐饮服务联合抽查{published.w.tag}" in plan and f"/draws/{published.number}" in plan
    assert "食品经营许可" in plan and "3 项" in plan
    assert "20%" not in plan and "10%" not in plan
    items = (await client.get("/items")).text
    assert f"lead事项{published.w.tag}" in items and "《中华人民共和国食品安全法》" in items


async def test_an_aborted_number_stays_public_with_its_reason(
    house: House, clock: Clock, signed_in: SignedIn, client: Client
) -> None:
    from tests.builders import FIRST_MOMENT
    from tests.doors.drawn import inspectors
    from tests.doors.planned import world

    clock.now = FIRST_MOMENT
    w = await world(house, signed_in)
    for name in ("市监局", "卫健委", "消防队"):
        await inspectors(house, f"{name}{w.tag}（虚构）", 2)
    scheme = await w.approved_scheme()
    made = await w.lead.post(f"/office/draw/new/{scheme}", {"day": "2026-11-21", "fallback": "2026-11-28"})
    draw = made.headers["location"].rsplit("/", 1)[1]
    aborted = await w.lead.post(f"/office/draw/{draw}/abort", {"reason": "名录库漏登一批对象"})
    assert aborted.status_code == 303, aborted.text
    listed = (await client.get("/draws")).text
    assert "名录库漏登一批对象" in listed and "已作废" in listed


async def test_public_pages_set_no_cookie_and_may_be_kept_for_a_minute(
    published: Finished, client: Client
) -> None:
    for path in ("/", "/results", "/items", "/plans", "/draws", f"/results/{published.visit}"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert "set-cookie" not in answer.headers


async def test_a_search_finds_by_name_and_by_code_and_its_pages_are_bounded(
    published: Finished, client: Client
) -> None:
    row = (await tables.versions(published.visit))[0]
    for words in (published.w.tag, row["code"], row["code"].lower()):
        assert published.visit in (await client.get("/results", params={"q": words})).text
    assert published.visit not in (await client.get("/results", params={"q": "%%%" * 20})).text
    far = await client.get("/results?page=9999")
    assert far.status_code == 200
    _, pages = await tables.search("", 1)
    assert 1 <= pages <= tables.PAGES
    assert "没有查到已公示的结果" in (await client.get("/results?q=没有这一户")).text
