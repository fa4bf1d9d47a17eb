"""The stage for leaving: visits of one department with two officers, with the rules of a site, on one tablet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from backend import ledger
from backend.app import open_house
from backend.dispatch.tables import ItemText as ItemTextRow
from backend.dispatch.tables import Packet as PacketRow
from backend.house import House
from backend.ledger import Draft
from backend.settings import settings_from
from sync import words as w
from sync.canon import canonical, digest
from tests import builders, papers
from tests.site_told import RULES
from tests.story.visit import draw_name, pad
from tests.tablets import invite

LEADER, SECOND = "周岚（虚构）", "何川（虚构）"
PIN = "271828"
PARTY = "尹立（虚构）"


@dataclass(frozen=True)
class Stage:
    """The code for the tablet, and each visit's id by its name."""

    code: str
    visits: dict[str, str]


async def prepare(environment: dict[str, str], wanted: dict[str, dict[str, Any]]) -> Stage:
    """A visit for every name, written where the office writes; ``wanted``: changes of the packet or of its rules."""
    house = await open_house(settings_from(environment))
    try:
        team = [await builders.account(house, "inspector", "甲局（虚构）", name) for name in (LEADER, SECOND)]
        visits = {name: await _order(house, team, name, changes) for name, changes in wanted.items()}
        return Stage(await invite(house, team[0]["id"]), visits)
    finally:
        await house.engine.close()


async def _order(house: House, team: list[dict[str, str]], name: str, changes: dict[str, Any]) -> str:
    text = w.ItemText(legal_basis=("某办法第一条",), contents=("现场是否公示",), guidance=("看公示栏",))
    named = digest("text/1", text.model_dump(mode="json"))
    packet = _packet(house, team, name, named, changes)
    content = packet.model_dump(mode="json")
    await ItemTextRow.insert(
        ItemTextRow(digest=named, content=canonical(text.model_dump(mode="json")).decode())
    ).on_conflict(action="DO NOTHING")
    await PacketRow.insert(
        PacketRow(
            digest=digest("packet/1", content),
            visit=packet.visit,
            content=house.vault.seal(canonical(content), "packet.content"),
            data_key=house.vault.seal(house.chance(32), "packet.data_key"),
        )
    )
    body = w.VisitOrdered(
        nonce=house.new_id(),
        scheme=packet.scheme,
        target=packet.target.target,
        team=packet.team,
        planned_on=packet.planned_on,
        packet_digest=digest("packet/1", content),
    )
    async with ledger.turn(house) as turn:
        await turn.append(Draft(packet.visit, body), team[0]["id"], house.clock())
    return packet.visit


def _packet(
    house: House, team: list[dict[str, str]], name: str, text: str, changes: dict[str, Any]
) -> w.Packet:
    plain = papers.packet(items=changes.get("items", 2))
    items = tuple(one.model_copy(update={"text": text}) for one in plain.blocks[0].items)
    block = plain.blocks[0].model_copy(update={"organisation": team[0]["organisation"], "items": items})
    members = tuple(
        w.TeamMember(
            account=one["id"],
            name=one["name"],
            organisation=one["organisation"],
            role="leader" if place == 0 else "member",
            certificate=one["certificate"],
            certified=True,
        )
        for place, one in enumerate(team)
    )
    rules = RULES.model_copy(
        update={
            "notice": RULES.notice.model_copy(update={"required": False}),
            **changes.get("site", {}),
        }
    )
    values: dict[str, Any] = {
        "visit": house.new_id(),
        "number": f"2026-{name}",
        "scheme": house.new_id(),
        "target": plain.target.model_copy(update={"target": house.new_id(), "name": f"{name}小馆（虚构）"}),
        "team": members,
        "blocks": (block,),
        "site": rules,
        "dues": (w.Due(rule="r", article="某办法", working_days=20, label="公示抽查结果"),),
        "server_key": house.vault.public_key,
        **{field: value for field, value in changes.items() if field not in ("site", "items")},
    }
    return plain.model_copy(update=values)


def enrol(page: Page, origin: str, stage: Stage) -> None:
    """The leader's tablet with every visit on board; from then on without signal."""
    page.goto(f"{origin}/tablet/")
    page.locator("input.num").fill(stage.code)
    page.get_by_role("button", name="登记", exact=True).click()
    for label in ("设置 6 位 PIN", "再输入一次 PIN"):
        expect(page.get_by_role("group", name=label)).to_be_visible(timeout=30_000)
        pad(page, label, PIN)
    expect(page.locator("a.visit-card")).to_have_count(len(stage.visits), timeout=60_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    expect(page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)


def open_visit(page: Page, stage: Stage, name: str) -> None:
    page.goto(page.url.split("/tablet/")[0] + "/tablet/")
    keys = page.get_by_role("group", name="输入 PIN")
    expect(keys.or_(page.locator("a.visit-card").first).first).to_be_visible(timeout=30_000)
    if keys.count():
        pad(page, "输入 PIN", PIN)
    page.locator(f'a.visit-card[href="/tablet/visit/{stage.visits[name]}"]').click()


def arrive(page: Page) -> None:
    """Arrival, certificates of both, the person met, rights told."""
    page.get_by_role("button", name="登记到达").click()
    for name in (LEADER, SECOND):
        page.get_by_role("checkbox", name=re.compile(re.escape(name))).check()
    page.get_by_label("姓名").first.fill(PARTY)
    page.get_by_role("radio", name="现场工作人员").check()
    page.get_by_role("radio", name="不申请回避").check()
    page.get_by_role("button", name="已亮证告知，开始检查").click()


def answer(page: Page, count: int = 2) -> None:
    """So many of the items conform. After the last one the app goes on by itself."""
    for place in range(count):
        card = page.locator("[data-item]").nth(place)
        card.get_by_text("符合", exact=True).click()
        done = card.get_by_text(re.compile("已存本机"))
        expect(done.or_(page.get_by_role("button", name="确认本部门结果")).first).to_be_visible()


def result(page: Page) -> None:
    """The department's result: something is to be mended."""
    step(page, "结果与处理")
    page.get_by_role("checkbox", name=re.compile("责令改正等行政命令")).check()
    page.get_by_role("checkbox", name="责令改正", exact=True).check()
    page.get_by_label("改正要求").fill("三日内补齐进货查验记录。")
    page.get_by_role("button", name="确认本部门结果").click()
    expect(page.get_by_role("heading", level=1, name="核对与签字")).to_be_visible()


def step(page: Page, title: str) -> None:
    page.get_by_role("navigation", name="检查步骤").get_by_role("button", name=re.compile(title)).click()


def officers_sign(page: Page) -> None:
    """The leader with the PIN, then the colleague who never used this tablet by hand: her sheet opens by itself."""
    page.locator(".who-signs button").first.click()
    for name in (LEADER, SECOND):
        sheet = page.get_by_role("dialog", name=f"{name} 签字")
        expect(sheet).to_be_visible()
        if name == LEADER:
            pad(page, "输入本人 PIN", PIN)
        expect(sheet.locator("canvas")).to_be_visible(timeout=15_000)
        draw_name(page)
        page.get_by_role("button", name=re.compile("^确认签字")).click()
        expect(sheet).to_have_count(0)


def sign(page: Page) -> None:
    expect(page.get_by_role("dialog").last.locator("canvas")).to_be_visible(timeout=15_000)
    before = page.get_by_role("dialog").count()
    draw_name(page)
    page.get_by_role("button", name=re.compile("^确认签字")).click()
    expect(page.get_by_role("dialog")).to_have_count(before - 1)


def next_is(page: Page, words: str) -> None:
    """There is one biggest button, and this is what it says (sheets apart)."""
    expect(page.locator(".work .btn-act:enabled:visible, .foot .btn-act:enabled:visible")).to_contain_text(
        [words]
    )
