"""What is held (暂存记录), as the desk reads it: in words, before and after the decision, and no more than who
reads may know."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from backend.house import House
from tests.builders import Person
from tests.doors.conftest import SignedIn
from tests.tablets import ORG, OTHER, Tablet, inspector

HELD = "/office/field/held"
ANSWER = {"answer": "nonconform", "findings": ["F1"], "note": "公示栏没有张贴许可证", "supersedes": []}


async def card(person: Person, entry: str) -> str:
    """The card of one held entry; empty where it is not shown."""
    text = (await person.get(HELD)).text
    return next((one for one in text.split("<section")[1:] if f"t-{entry[:12]}" in one), "")


async def outsiders(house: House, tablet: Tablet, visit: str, kind: str, body: Mapping[str, Any]) -> str:
    """An entry of somebody who is not in the team; its id."""
    await tablet.enrol(late := await inspector(house))
    one = tablet.record(kind, visit, body, by=late)
    await tablet.receipts(one)
    return str(one["entry"]["id"])


async def test_a_suspected_crime_is_told_to_no_other_department_though_it_reads_every_visit(
    house: House, tablet: Tablet, sent: str, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", ORG)
    told = {"organisation": admin.organisation, "statement": "疑似使用非食品原料", "evidence": []}
    entry = await outsiders(house, tablet, sent, "crime.suspected", told)
    assert "疑似使用非食品原料" in await card(admin, entry)
    assert await card(await signed_in("oversight", "监督机关（虚构）"), entry) == ""
    assert await card(await signed_in("dept_admin", OTHER), entry) == ""


async def test_a_telephone_number_is_shown_only_to_who_decides(
    house: House, tablet: Tablet, sent: str, signed_in: SignedIn
) -> None:
    met = {"name": "某店长", "role": "staff", "phone": "13912340000", "supersedes": []}
    entry = await outsiders(house, tablet, sent, "party.met", met)
    assert "13912340000" in await card(await signed_in("dept_admin", ORG), entry)
    shown = await card(await signed_in("oversight", "监督机关（虚构）"), entry)
    assert "某店长" in shown and "工作人员" in shown and "13912340000" not in shown


async def test_a_held_answer_is_told_in_words_with_its_firm_and_item_and_stays_readable_once_decided(
    house: House, tablet: Tablet, sent: str, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", ORG)
    item = hashlib.sha256(f"{admin.organisation}0".encode()).hexdigest()[:32]
    body = {"organisation": admin.organisation, "item": item, **ANSWER}
    entry = await outsiders(house, tablet, sent, "answer.given", body)
    told = ("测试饭店（虚构） · 事项结果：1 事项 1", "不符合", "未按规定公示", "公示栏没有张贴许可证")
    before = await card(admin, entry)
    assert all(one in before for one in told) and f'href="/office/field/visits/{sent}"' in before
    assert "nonconform" not in before and "请" not in re.sub("<form.*", "", before, flags=re.DOTALL)
    asked = {"decision": "set_aside", "reason": "未参加本次检查"}
    assert (await admin.post(f"{HELD}/{entry}", asked)).status_code == 303
    after = await card(admin, entry)
    assert all(one in after for one in (*told, "未参加本次检查")) and "<form" not in after


async def test_a_decision_is_taken_by_choosing_it_and_a_refused_one_keeps_what_was_chosen(
    house: House, tablet: Tablet, sent: str, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", ORG)
    entry = await outsiders(house, tablet, sent, "visit.opened", {"place": None})
    shown = await card(admin, entry)
    assert "<textarea" in shown and shown.count("<button") == 1 and "checked" not in shown
    answer = await admin.post(f"{HELD}/{entry}", {"decision": "set_aside", "reason": "x"})
    assert answer.status_code == 422 and 'value="set_aside" required checked' in answer.text
