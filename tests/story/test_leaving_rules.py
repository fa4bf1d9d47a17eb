"""Places that ask for more before a team may leave: sound or film of a refusal to sign, and a signature on paper. The
film is a large one, and reaches a real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.app import open_house
from backend.field.blobs import Store
from backend.field.tables import Evidence
from backend.settings import settings_from
from tests.harness.apart import run_apart
from tests.harness.browser import launched_with_profile
from tests.harness.server import Server, serving
from tests.story import leaving_scene as scene
from tests.story.leaving_scene import LEADER, SECOND, Stage
from tests.story.scene import SHOTS, SIZES, TABLET, Onlooker
from tests.story.test_inside import silent_film
from tests.story.visit import pad, photo

FILM_BYTES = 20_000_000
LARGE = f"""
const plain = MediaRecorder.prototype.addEventListener;
MediaRecorder.prototype.addEventListener = function (type, listener, options) {{
  let first = true;
  const large = (event) => {{
    if (!first || event.data.size === 0) return listener(event);
    first = false;
    listener({{ data: new Blob([event.data, new Uint8Array({FILM_BYTES})]) }});
  }};
  return plain.call(this, type, type === 'dataavailable' ? large : listener, options);
}};
"""
"""The browser's recorder, whose first piece is as large as minutes of film are."""


@dataclass
class Tablet:
    page: Page
    context: BrowserContext
    stage: Stage
    server: Server
    environment: dict[str, str]
    onlooker: Onlooker


@pytest.fixture(scope="module")
def tablet(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablet]:
    folder = tmp_path_factory.mktemp("rules")
    environment = {"SUIJIAN_DATA": str(folder / "data")}
    wanted = {
        "录像": {"site": {"refusal_recording": True}},
        "纸本": {"site": {"paper_master": True}},
    }
    stage = run_apart(scene.prepare(environment, wanted))
    with (
        serving(folder / "data", environment) as server,
        launched_with_profile(
            browser.browser_type, folder / "profile", *TABLET, camera=silent_film(folder / "grey.y4m")
        ) as context,
    ):
        context.set_default_timeout(20_000)
        context.add_init_script(LARGE)
        page = context.pages[0]
        scene.enrol(page, server.origin, stage)
        context.set_offline(True)
        yield Tablet(page, context, stage, server, environment, Onlooker(SHOTS / "leaving-rules"))


async def stored(environment: dict[str, str], visit: str) -> tuple[int, bytes]:
    """Size and beginning of the one recording that the server keeps of a visit."""
    house = await open_house(settings_from(environment))
    try:
        [row] = await Evidence.select().where((Evidence.visit == visit) & (Evidence.use == "recording"))
        assert row["stored"] > 0
        content = Store(house).read(row["digest"])
        assert len(content) == row["size"]
        return row["size"], content[:4]
    finally:
        await house.engine.close()


def to_signing(tablet: Tablet, name: str) -> Page:
    page = tablet.page
    scene.open_visit(page, tablet.stage, name)
    scene.arrive(page)
    scene.answer(page)
    scene.result(page)
    scene.officers_sign(page)
    return page


def leave(tablet: Tablet, page: Page) -> None:
    """The last step, whether or not anything is missing: the leader opens the visit there."""
    page.goto(re.sub(r"(/visit/\w+).*", r"\1/leave", page.url))
    keys = page.get_by_role("group", name="输入 PIN")
    expect(keys).to_be_visible(timeout=30_000)
    pad(page, "输入 PIN", scene.PIN)
    expect(page.get_by_role("navigation", name="检查步骤")).to_be_visible()


def test_a_refusal_to_sign_does_not_let_the_team_go_before_it_was_recorded(tablet: Tablet) -> None:
    page = to_signing(tablet, "录像")
    page.get_by_role("button", name="拒绝签字").click()
    expect(page.get_by_text("须有录音或录像")).to_be_visible()
    page.get_by_role("radio", name="对事实有异议").check()
    tablet.onlooker.look(page, "拒签须录", sizes=SIZES)
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page).not_to_have_url(re.compile("/refuse"))
    leave(tablet, page)
    expect(page.get_by_text("还没有录音或录像")).to_be_visible()
    expect(page.get_by_role("button", name="检查结束，离场")).to_have_count(0)
    tablet.onlooker.look(page, "没有录音不能离场", sizes=SIZES)
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="录音、录像").click()
    sheet = page.get_by_role("dialog", name="录音、录像")
    sheet.get_by_role("radio", name="录像").check()
    expect(sheet.get_by_role("button", name="开始录像")).to_be_disabled()
    page.get_by_role("checkbox", name="已告知当事人正在录音录像").check()
    sheet.get_by_role("button", name="开始录像").click()
    expect(page.locator(".live")).to_contain_text("正在录像")
    page.wait_for_timeout(4_000)
    page.get_by_role("button", name="结束并保存").click()
    expect(page.get_by_text("还没有录音或录像")).to_have_count(0, timeout=30_000)
    tablet.onlooker.look(page, "录了可以离场", sizes=SIZES)
    page.get_by_role("button", name="检查结束，离场").click()
    expect(page.get_by_role("heading", name="检查结束")).to_be_visible()
    tablet.context.set_offline(False)
    page.goto(f"{tablet.server.origin}/tablet/")
    keys = page.get_by_role("group", name="输入 PIN")
    expect(keys).to_be_visible(timeout=30_000)
    pad(page, "输入 PIN", scene.PIN)
    page.get_by_role("button", name="同步", exact=True).click()
    expect(page.get_by_text("有信号 · 全部有回执")).to_be_visible(timeout=120_000)
    tablet.context.set_offline(True)
    size, head = run_apart(stored(tablet.environment, tablet.stage.visits["录像"]))
    assert size > FILM_BYTES and head == b"\x1a\x45\xdf\xa3"
    tablet.onlooker.finish()


def test_where_the_paper_is_the_master_nobody_leaves_without_it(tablet: Tablet) -> None:
    page = to_signing(tablet, "纸本")
    page.get_by_role("button", name="不在场 / 中途离开").click()
    page.get_by_label("情况说明").fill("负责人接到电话后离开。")
    page.get_by_role("button", name="注明并继续").click()
    expect(page.get_by_text("不在场或中途离开，已注明")).to_be_visible()
    leave(tablet, page)
    expect(page.get_by_role("button", name="检查结束，离场")).to_have_count(0)
    expect(page.locator(".note.warn").filter(has_text="纸质")).to_be_visible()
    tablet.onlooker.look(page, "没有纸质不能离场", sizes=SIZES)
    scene.step(page, "核对与签字")
    page.get_by_role("button", name="纸质签署").first.click()
    for name in (LEADER, SECOND):
        page.get_by_role("checkbox", name=name).check()
    page.locator("dialog input[type=file]").set_input_files([photo("page1")])
    expect(page.locator("dialog figure img")).to_have_count(1)
    page.get_by_role("button", name="记下纸质签署").click()
    expect(page.get_by_text("纸质签署已拍照 1 页")).to_be_visible()
    tablet.onlooker.look(page, "纸质已签", sizes=SIZES)
    leave(tablet, page)
    page.get_by_role("button", name="检查结束，离场").click()
    expect(page.get_by_role("heading", name="检查结束")).to_be_visible()
    tablet.onlooker.finish()
