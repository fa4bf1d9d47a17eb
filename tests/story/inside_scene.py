"""A joint visit of three departments, ordered as the office orders it, and a tablet with three of its officers."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, expect

from backend.app import open_house
from backend.dispatch.rules_site import site_rules
from backend.house import House, china_day, instant
from backend.people.tables import Organisation
from backend.settings import settings_from
from sync.canon import digest
from sync.words import ItemText, SiteCode
from tests import builders
from tests.tablets import invite, order_visit

REGION = "渝岭区"
DEPARTMENTS = ("渝岭区市场监督管理局", "渝岭区消防救援大队", "渝岭区人力资源和社会保障局")
TITLES = (
    "食品贮存：冷藏食品温度是否符合标签要求",
    "过期食品：货架与仓库",
    "从业人员健康证明",
    "进货查验记录",
    "明码标价",
    "计量器具检定标志",
    "消防通道",
    "公示栏",
)
TARGET = "云岭鲜果超市（虚构）"
PINS = ("271828", "314159", "161803")
NAMES = ("周岚", "秦望", "陆远", "韩青", "宋宁", "叶舟")


@dataclass(frozen=True)
class Ordered:
    """Visits (ids, the first is the one to work in), codes for the first officer of each department."""

    visits: tuple[str, ...]
    codes: tuple[str, ...]


async def _rules(house: House, number: str) -> dict[str, Any]:
    """What the real profile says about the site."""
    day = date.fromisoformat(china_day(house.clock()))
    code = SiteCode(url="", short="", expires=instant(house.clock() + timedelta(days=3)))
    rules = site_rules(house.profile_on(day), "on_site", number, (), code, code)
    assert rules is not None
    return rules.model_dump(mode="json")


async def _changes(house: House, items: int, photo_required: bool) -> dict[str, Any]:
    text = {"text": _text()}
    blocks = []
    for place, name in enumerate(DEPARTMENTS):
        row = await Organisation.select().where(Organisation.name == name).first()
        assert row is not None
        blocks.append(
            {
                "organisation": row["id"],
                "organisation_name": name,
                "heading": ("食品销售", "消防安全", "劳动用工")[place],
                "routine_items": [],
                "special_items": "",
                "applicable_law": "",
                "items": [
                    {
                        "item": f"{place:x}{n:031x}",
                        "number": str(n + 1),
                        "title": TITLES[n % len(TITLES)],
                        "method": "实地核查",
                        "photo_required": photo_required and n == 0,
                        **text,
                    }
                    for n in range(items)
                ],
            }
        )
    return {
        "region": REGION,
        "blocks": blocks,
        "findings": [
            {"code": "1", "label": "未发现问题", "group": "normal", "excludes": []},
            {"code": "4", "label": "发现问题待后续处理", "group": "problem", "excludes": []},
            {"code": "5", "label": "经责令，已当场改正", "group": "corrected", "excludes": []},
            {"code": "8", "label": "不配合检查情节严重", "group": "problem", "excludes": []},
        ],
        "dispositions": [
            {"code": code, "label": label, "group": "g", "excludes": []}
            for code, label in (
                ("NO_PROBLEM_TERMINATED_AND_INFORMED", "未发现问题终止检查并向监管对象告知检查结果"),
                ("ADMIN_ORDER", "发现问题作出责令改正等行政命令"),
                ("ADMIN_GUIDANCE", "发现问题作出行政指导"),
                ("ADMIN_PENALTY", "发现问题作出行政处罚决定"),
                ("ADMIN_COERCION", "发现问题作出行政强制决定"),
                ("OTHER_ADMIN_ACT", "发现问题作出其他具体行政行为"),
            )
        ],
        "site": await _rules(house, "部门联合双随机抽检字【2026】第 1 号"),
    }


def _text() -> str:
    """The digest of the items' text, which `order_visit` stores."""
    text = ItemText(legal_basis=("某办法第一条",), contents=("现场是否公示",), guidance=("看公示栏",))
    return digest("text/1", text.model_dump(mode="json"))


async def ordered(
    environment: Mapping[str, str], *, items: int = 8, more: int = 0, photo_required: bool = False
) -> Ordered:
    """One joint visit of three departments with two officers each, and ``more`` beside it in the list."""
    house = await open_house(settings_from(dict(environment)))
    try:
        team: list[tuple[str, str]] = []
        for place, department in enumerate(DEPARTMENTS):
            for second in range(2):
                name = f"{NAMES[2 * place + second]}（虚构）"
                made = await builders.account(house, "inspector", department, name)
                team.append((made["id"], "leader" if not team else "member"))
        changes = await _changes(house, items, photo_required)
        target = {
            "target": house.new_id(),
            "name": TARGET,
            "code": "",
            "kind": "企业",
            "district": REGION,
            "address": "临川路 88 号（虚构）",
            "legal_representative": "尹立",
            "representative_label": "法定代表人",
            "licence": "",
            "phone": "13800000000",
        }
        first, _ = await order_visit(house, team, changes={**changes, "target": target})
        others = [(await order_visit(house, team, items=4))[0] for _ in range(more)]
        codes = [await invite(house, team[2 * place][0]) for place in range(len(DEPARTMENTS))]
        return Ordered((first, *others), tuple(codes))
    finally:
        await house.engine.close()


@cache
def twelve_megapixels(seed: int = 0) -> FilePayload:
    """A picture as a tablet's camera gives it: 4000 × 3000 points, about three megabytes."""
    grain = Image.effect_noise((1000, 750), 40 + seed % 7).convert("RGB")
    picture = grain.resize((4000, 3000), Image.Resampling.BICUBIC)
    ImageDraw.Draw(picture).rectangle((700, 500, 3300, 2400), outline="white", width=40)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=88, comment=str(seed).encode())
    return {"name": f"{seed}.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def small_photo(seed: int) -> FilePayload:
    """A small picture, different for every seed."""
    picture = Image.new("RGB", (800, 600), (40 + seed * 37 % 180, 60 + seed * 11 % 160, 90))
    ImageDraw.Draw(picture).text((40, 40), str(seed), fill="white", font_size=200)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=80, comment=str(seed).encode())
    return {"name": f"{seed}.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def press(page: Page, label: str, pin: str) -> None:
    keys = page.get_by_role("group", name=label)
    expect(keys).to_be_visible(timeout=30_000)
    for digit in pin:
        keys.get_by_role("button", name=digit, exact=True).click()


def enrol(page: Page, origin: str, ready: Ordered, people: int = 3) -> None:
    """The first officers of so many departments on this tablet; the leader, enrolled first, holds it at the end."""
    page.goto(f"{origin}/tablet/")
    for place in range(people):
        if place > 0:
            page.get_by_role("button", name="添加人员").click()
        page.get_by_role("textbox", name=re.compile("^登记码")).fill(ready.codes[place])
        page.get_by_role("button", name="登记", exact=True).click()
        press(page, "设置 6 位 PIN", PINS[place])
        press(page, "再输入一次 PIN", PINS[place])
        expect(page.locator("a.visit-card").first).to_be_visible(timeout=60_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    expect(page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)
    if people > 1:
        page.get_by_role("button", name="锁定").click()
        page.get_by_role("radio", name=re.compile(NAMES[0])).check()
        press(page, "输入 PIN", PINS[0])


def arrive(page: Page, visit: str) -> None:
    """Arrival, all six certificates, the person met, rights told."""
    page.locator(f'a.visit-card[href="/tablet/visit/{visit}"]').click()
    page.get_by_role("button", name="登记到达").click()
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(len(NAMES))
    for box in boxes.all():
        box.check()
    page.get_by_label("姓名").fill("尹立（虚构）")
    page.get_by_role("radio", name="现场工作人员").check()
    page.get_by_role("radio", name="不申请回避").check()
    page.get_by_role("button", name="已亮证告知，开始检查").click()
    expect(page.locator("[data-item]").first).to_be_visible()


def hand_to(page: Page, place: int) -> None:
    """The tablet goes to the first officer of this department."""
    page.get_by_role("button", name=re.compile("换人$")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile(NAMES[2 * place])).check()
    press(page, "输入 PIN", PINS[place])
    expect(page.get_by_role("button", name=re.compile(f"^{NAMES[2 * place]}.*换人$"))).to_be_visible(
        timeout=15_000
    )


def to_block(page: Page, place: int) -> None:
    """The rail's entry of a department."""
    name = DEPARTMENTS[place].removeprefix(REGION)
    page.get_by_role("navigation", name="检查步骤").get_by_role("button", name=re.compile(name)).click()


def card(page: Page, number: int) -> Locator:
    """The card of the item with this number in the block that is open."""
    return page.locator("section.card").filter(has=page.locator(f".no:text-is('{number}')"))
