"""Numbered blank forms at the door: who may print and read them, that a number is given once, and what visits used."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from backend.house import House
from sync.form_number import fits
from tests.builders import Client, Person
from tests.doors.conftest import SignedIn
from tests.papers import pages, squeezed, text_of
from tests.tablets import OPENED, ORG, OTHER, Tablet, inspector, order_visit

PATH = "/office/field/forms"
NUMBER = re.compile(r"[0-9]{4}-[0-9]-[0-9]{5}-[0-9]{2}")


@pytest.fixture
async def planner(signed_in: SignedIn) -> Person:
    return await signed_in("planner", ORG)


async def listed(person: Person, state: str) -> list[str]:
    """The numbers of this state that the person sees."""
    text = (await person.get(f"{PATH}?state={state}")).text
    return re.findall(r'<th scope="row" class="code">([0-9-]{15})</th>', text)


async def printed(person: Person, count: int = 2, form: str = "annex1") -> list[str]:
    """So many new numbers."""
    before = set(await listed(person, "blank"))
    answer = await person.post(PATH, {"form": form, "count": str(count)})
    assert answer.status_code == 303, answer.text
    return [number for number in await listed(person, "blank") if number not in before]


def served(number: str) -> dict[str, Any]:
    return {
        **{"number": number, "channel": "paper", "to": "祁之衡（虚构）", "phone": "", "outcome": "refused"},
        **{"strokes": [], "reason": "拒收", "supersedes": []},
    }


async def batch_of(person: Person, number: str) -> str:
    text = (await person.get(f"{PATH}?state=blank")).text
    return str(re.search(rf"{number}.*?{PATH}/([0-9a-f]{{32}})/void", text, re.DOTALL)[1])  # type: ignore[index]


async def test_whoever_may_not_give_out_numbers_does_not_and_others_do_not_read_them(
    client: Client, planner: Person, signed_in: SignedIn
) -> None:
    first = (await printed(planner, 1))[0]
    batch = await batch_of(planner, first)
    officer, stranger = await signed_in("inspector", ORG), await signed_in("planner", OTHER)
    assert (await officer.post(PATH, {"form": "annex1", "count": "1"})).status_code == 403
    for path in (PATH, f"{PATH}/{batch}/blank.pdf"):
        assert (await client.get(path, headers={"accept": "application/json"})).status_code == 401
    assert (await stranger.get(f"{PATH}/{batch}/blank.pdf")).status_code == 404
    assert (
        await stranger.post(f"{PATH}/{batch}/void", {"number": first, "reason": "写错"})
    ).status_code == 404
    assert first not in (await stranger.get(f"{PATH}?state=blank")).text
    assert first in (await officer.get(f"{PATH}?state=blank")).text
    for count in ("0", "101", "几"):
        page = await planner.post(PATH, {"form": "annex1", "count": count})
        assert page.status_code != 303 and "份数须为" in page.text
    assert "请选择要印的文书" in (await planner.post(PATH, {"form": "joint", "count": "1"})).text


async def test_numbers_that_are_asked_for_at_once_are_given_once(
    planner: Person, signed_in: SignedIn
) -> None:
    other = await signed_in("planner", OTHER)
    before = set(await listed(planner, "blank")), set(await listed(other, "blank"))
    await asyncio.gather(*(one.post(PATH, {"form": "notice", "count": "5"}) for one in (planner, other) * 3))
    new = [
        set(await listed(one, "blank")) - known for one, known in zip((planner, other), before, strict=True)
    ]
    assert len(new[0]) == len(new[1]) == 15 and not new[0] & new[1]


async def test_the_blank_forms_come_one_a_page_with_their_numbers_and_without_those_that_were_spoiled(
    planner: Person,
) -> None:
    first, second, third = await printed(planner, 3)
    batch = await batch_of(planner, first)
    answer = await planner.get(f"{PATH}/{batch}/blank.pdf")
    read = text_of(answer.content)
    assert pages(answer.content) == 3 and "no-store" in answer.headers["cache-control"]
    assert [one in read for one in (first, second, third)] == [True] * 3
    assert read.count("社会统一信用代码/注册号") == 3 and read.count("适合法律：") == 6 and "☑" not in read
    refused = await planner.post(f"{PATH}/{batch}/void", {"number": second, "reason": ""})
    assert "请写明作废的理由" in refused.text
    assert (
        await planner.post(f"{PATH}/{batch}/void", {"number": second, "reason": "打印时卡纸"})
    ).status_code == 303
    again = await planner.post(f"{PATH}/{batch}/void", {"number": second, "reason": "打印时卡纸"})
    assert "已经办理过" in again.text and second in await listed(planner, "voided")
    left = (await planner.get(f"{PATH}/{batch}/blank.pdf")).content
    assert pages(left) == 2 and second not in text_of(left)
    assert "打印时卡纸" in (await planner.get(f"{PATH}?state=voided")).text


async def test_a_notice_has_numbers_of_its_own(planner: Person) -> None:
    (number,) = await printed(planner, 1, "notice")
    content = (await planner.get(f"{PATH}/{await batch_of(planner, number)}/blank.pdf")).content
    assert number[5] == "2" and fits(number) and pages(content) == 1
    assert squeezed("行政检查通知书") in text_of(content) and "部门联合双随机抽检字【" in text_of(content)


async def test_what_visits_name_is_used_and_what_is_named_twice_or_by_nobody_s_leave_is_shown(
    house: House, tablet: Tablet, planner: Person, signed_in: SignedIn
) -> None:
    used, twice, spoiled, blank = await printed(planner, 4)
    batch = await batch_of(planner, used)
    strange = "2099-1-00042-" + next(f"{n:02}" for n in range(100) if fits(f"2099-1-00042-{n:02}"))
    team = [(tablet.account, "leader"), (await inspector(house, ORG), "member")]
    visits = [(await order_visit(house, team))[0] for _ in range(2)]
    said = [tablet.record("visit.opened", visit, OPENED) for visit in visits]
    said += [tablet.record("notice.served", visits[0], served(one)) for one in (used, twice, strange)]
    said += [tablet.record("notice.served", visits[1], served(one)) for one in (twice, "应急检〔2026〕8号")]
    assert {code for _, code in (await tablet.receipts(*said)).values()} == {None}
    refused = await planner.post(f"{PATH}/{batch}/void", {"number": used, "reason": "写错了"})
    assert "已经用于检查，不能作废" in refused.text
    await planner.post(f"{PATH}/{batch}/void", {"number": spoiled, "reason": "写错了"})
    late = tablet.record("notice.served", visits[1], served(spoiled))
    assert (await tablet.receipts(late))[late["entry"]["id"]] == ("accepted", None)
    assert used in await listed(planner, "used") and blank in await listed(planner, "blank")
    page = (await planner.get(f"{PATH}?state=wrong")).text
    assert {twice, spoiled, strange} <= set(await listed(planner, "wrong"))
    for words in ("被 2 次检查使用", "作废后又被使用", "不是本系统发放的编号"):
        assert words in page
    assert f"/office/field/visits/{visits[0]}" in page and "应急检" not in page
    stranger = await signed_in("planner", OTHER)
    assert strange not in (await stranger.get(f"{PATH}?state=wrong")).text


@pytest.mark.parametrize("kind", ["paper.signed", "notice.served"])
async def test_a_number_that_is_no_text_holds_the_paper_and_stops_nothing_behind_it(
    house: House, tablet: Tablet, kind: str
) -> None:
    officer = await inspector(house, ORG)
    visit, _ = await order_visit(house, [(tablet.account, "leader"), (officer, "member")])
    broken = tablet.record(kind, visit, {"number": 7})
    opened = tablet.record("visit.opened", visit, OPENED)
    assert await tablet.receipts(broken, opened) == {
        broken["entry"]["id"]: ("held", "body_invalid"),
        opened["entry"]["id"]: ("accepted", None),
    }
