"""Inside a visit, without signal: what a joint team does beside answering, and what survives a dead battery.

A real server, a real Chromium with its storage, three officers of three departments on one tablet. Every sheet is
pictured in the three sizes and read by axe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.harness.apart import run_apart
from tests.harness.browser import kill, launched_with_profile
from tests.harness.server import serving
from tests.story import inside_scene as scene
from tests.story.scene import SHOTS, SIZES, TABLET, Onlooker

MOST_MS = 10_000


@contextmanager
def on_site(browser: Browser, folder: Path, *, people: int = 1) -> Iterator[tuple[Page, scene.Ordered]]:
    """A tablet at the firm, rights told, without signal."""
    environment = {"SUIJIAN_DATA": str(folder / "data")}
    ready = run_apart(scene.ordered(environment))
    with (
        serving(folder / "data", environment) as server,
        launched_with_profile(browser.browser_type, folder / "tablet", *TABLET) as context,
    ):
        page = tablet(context)
        scene.enrol(page, server.origin, ready, people)
        context.set_offline(True)
        scene.arrive(page, ready.visits[0])
        yield page, ready


def tablet(context: BrowserContext) -> Page:
    context.set_default_timeout(MOST_MS)
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 29.563, "longitude": 106.551, "accuracy": 12})
    return context.pages[0]


@pytest.fixture
def onlooker(request: pytest.FixtureRequest) -> Iterator[Onlooker]:
    """Looks at every sheet; what axe or the eye for clipped text found fails the test at its end."""
    name: str = request.node.name
    found = Onlooker(folder=SHOTS / "inside" / name.removeprefix("test_"))
    found.folder.mkdir(parents=True, exist_ok=True)
    yield found
    found.finish()


def sheet(page: Page) -> Locator:
    """The sheet on top."""
    return page.get_by_role("dialog").last


def means(page: Page, number: int, title: str) -> Locator:
    """其他取证 of one item, opened at one of its ways."""
    scene.card(page, number).get_by_role("button", name=re.compile("其他取证")).click()
    page.get_by_role("button", name=re.compile(f"^{title}")).click()
    opened = page.get_by_role("dialog", name=title, exact=True)
    expect(opened).to_be_visible()
    return opened


def closed(page: Page) -> None:
    """Close every sheet, the topmost first."""
    while page.locator("dialog[open]").count():
        page.get_by_role("dialog").last.get_by_role("button", name="关闭").last.click()


def photographed(page: Page, number: int, seed: int) -> Locator:
    """不符合 with its kind and a small photo; the card."""
    card = scene.card(page, number)
    before = card.locator("figure img").count()
    card.get_by_text("不符合", exact=True).click()
    kind = card.get_by_role("group", name="问题类别").get_by_role("checkbox").first
    if not kind.is_checked():
        card.get_by_role("group", name="问题类别").locator("label").first.click()
    card.locator("input[type=file]").set_input_files(scene.small_photo(seed))
    expect(card.locator("figure img")).to_have_count(before + 1)
    return card


def test_means_of_evidence_stand_at_their_item(browser: Browser, tmp_path: Path, onlooker: Onlooker) -> None:
    with on_site(browser, tmp_path) as (page, _):
        onlooker.look(page, "检查", sizes=SIZES)
        act = means(page, 2, "检查方式")
        act.get_by_text("抽样取证", exact=True).click()
        act.get_by_label("情况").fill("酸奶，批号 20261101，封样两盒。")
        record = act.get_by_role("button", name="记录抽样取证")
        expect(record).to_be_disabled()  # a sample without its number is none
        act.get_by_label("样品编号").fill("Y-20261120-01")
        act.get_by_label("数量").fill("2 盒")
        onlooker.look(page, "抽样取证", sizes=SIZES)
        record.click()
        expect(sheet(page).get_by_text("抽样取证（样品编号 Y-20261120-01）")).to_be_visible()
        onlooker.look(page, "其他取证", sizes=SIZES)
        closed(page)
        expect(scene.card(page, 2).get_by_role("button", name=re.compile("其他取证"))).to_contain_text(
            "（1）"
        )

        asked = means(page, 2, "询问笔录")
        asked.get_by_label("身份、职务").fill("店长")
        asked.get_by_label("问", exact=True).fill("这批酸奶何时购进？")
        asked.get_by_label("答", exact=True).fill("十一月一日。")
        asked.get_by_role("button", name="记录询问笔录").click()
        expect(asked.get_by_text("请被询问人签字，或写明未签字的原因。")).to_be_visible()
        expect(asked.get_by_label("答", exact=True)).to_have_value("十一月一日。")
        onlooker.look(page, "询问笔录没有签字", sizes=SIZES)
        draw_name_in(page, asked)
        asked.get_by_role("button", name="记录询问笔录").click()
        expect(asked).to_have_count(0)
        closed(page)

        restricted = means(page, 3, "不得拍摄")
        restricted.get_by_role("radio", name=re.compile("商业秘密")).check()
        restricted.get_by_label("文字说明").fill("配料间，三台灌装机沿北墙摆放。")
        restricted.get_by_label(re.compile("图纸编号")).fill("A-03")
        draw_name_in(page, restricted)
        onlooker.look(page, "不得拍摄", sizes=SIZES)
        restricted.get_by_role("button", name="记录不得拍摄").click()
        expect(restricted).to_have_count(0)
        closed(page)
        expect(scene.card(page, 3).get_by_text("本项不得拍摄")).to_be_visible()

        expert = means(page, 4, "专家意见")
        expert.get_by_label("专家或机构人员").fill("白珂（虚构）")
        expert.get_by_label("意见或检测结论").fill("冷柜温控器失灵。")
        expert.get_by_role("button", name="记录专家意见").click()
        expect(expert).to_have_count(0)
        closed(page)

        other = means(page, 5, "结果互认")
        other.get_by_label("作出结果的部门").fill("渝岭区商务委员会（虚构）")
        other.get_by_label("检查日期").fill("2026-10-12")
        other.get_by_label("结果内容").fill("明码标价符合规定。")
        onlooker.look(page, "结果互认", sizes=SIZES)
        other.get_by_role("button", name="采用该结果").click()
        expect(other).to_have_count(0)
        closed(page)
        settled = page.locator("section.card.quiet").filter(has_text="结果互认")
        expect(settled).to_contain_text("本次不再检查")
        settled.get_by_role("button", name="信息不一致？说明理由后重查").click()
        sheet(page).get_by_label("理由").fill("现场标价与结果不同")
        sheet(page).get_by_role("button", name="说明理由并重查").click()
        expect(scene.card(page, 5).get_by_text("现场重查：现场标价与结果不同")).to_be_visible()


def draw_name_in(page: Page, opened: Locator) -> None:
    """Strokes on the pad of this sheet."""
    canvas = opened.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    for start in (0.2, 0.5):
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + box["height"] * 0.3)
        page.mouse.down()
        for k in range(1, 9):
            rise = 0.05 * k * (1 if k % 2 else 0.4)
            page.mouse.move(
                box["x"] + box["width"] * (start + 0.03 * k), box["y"] + box["height"] * (0.3 + rise)
            )
        page.mouse.up()


def test_a_photo_is_shared_taken_back_or_destroyed_and_the_entry_stays(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    with on_site(browser, tmp_path) as (page, _):
        card = photographed(page, 1, 1)
        photographed(page, 1, 2)
        photographed(page, 1, 3)
        card.get_by_role("button", name="1 照片 1，查看").click()
        stamp = sheet(page).locator("figcaption")
        expect(stamp).to_contain_text(scene.TARGET)
        expect(stamp).to_contain_text("29.56300, 106.55100（误差 12 米")
        onlooker.look(page, "照片", sizes=SIZES)
        sheet(page).get_by_role("checkbox").first.check()
        sheet(page).get_by_role("button", name="用于所选 1 项").click()
        expect(page.get_by_role("dialog")).to_have_count(0)

        card.get_by_role("button", name="1 照片 2，查看").click()
        sheet(page).get_by_role("button", name="撤下照片").click()
        sheet(page).get_by_label("理由").fill("拍糊了")
        sheet(page).get_by_role("button", name="撤下照片").click()
        expect(card.locator("figure")).to_have_count(2)

        before = stored(page)
        card.get_by_role("button", name="1 照片 2，查看").click()
        sheet(page).get_by_role("button", name="当场删除").click()
        gone = page.get_by_role("dialog", name="当场删除")
        gone.get_by_role("radio", name=re.compile("商业秘密")).check()
        gone.get_by_label("理由").fill("拍到了配方")
        onlooker.look(page, "当场删除", sizes=SIZES)
        gone.get_by_role("button", name="删除照片，保留记录").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(card.locator("figure")).to_have_count(1)
        after = stored(page)
        assert len(before["photos"]) == 3 and len(after["photos"]) == 2, (before, after)
        assert len(after["thumbs"]) == 2
        card.get_by_role("button", name=re.compile("其他取证")).click()
        expect(sheet(page).get_by_text("照片已当场删除：商业秘密、生产工艺")).to_be_visible()
        closed(page)
        # With signal again the server gets every entry and asks for the two pictures that are left.
        page.context.set_offline(False)
        page.get_by_role("button", name="返回").click()
        page.get_by_role("button", name="同步", exact=True).click()
        expect(page.get_by_text("照片 2/2 已收妥")).to_be_visible(timeout=30_000)


def stored(page: Page) -> dict[str, list[str]]:
    """The keys of the pictures that lie in the tablet's own storage."""
    found: dict[str, list[str]] = page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open('suijian').onsuccess = ({target}) => {
            const db = target.result;
            const tx = db.transaction(['photos', 'thumbs']);
            const out = {};
            for (const table of ['photos', 'thumbs'])
              tx.objectStore(table).getAllKeys().onsuccess = (e) => { out[table] = e.target.result; };
            tx.oncomplete = () => { db.close(); done(out); };
          };
        })"""
    )
    return found


def test_officers_keep_their_own_drafts_and_the_leader_sees_who_did_what(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    with on_site(browser, tmp_path, people=2) as (page, _):
        card = photographed(page, 1, 1)
        act = means(page, 1, "检查方式")
        act.get_by_label("情况").fill("查了进货台账，还没写完")
        expect(act.get_by_label("情况")).to_have_value("查了进货台账，还没写完")
        page.wait_for_timeout(400)
        closed(page)
        scene.hand_to(page, 1)
        scene.to_block(page, 1)
        card = scene.card(page, 1)
        card.get_by_text("符合", exact=True).click()
        expect(card.get_by_text("已存本机")).to_be_visible()
        act = means(page, 1, "检查方式")
        expect(act.get_by_label("情况")).to_have_value("")
        closed(page)
        scene.hand_to(page, 0)
        scene.to_block(page, 0)
        act = means(page, 1, "检查方式")
        expect(act.get_by_label("情况")).to_have_value("查了进货台账，还没写完")
        closed(page)
        page.get_by_role("button", name="更多").click()
        page.get_by_role("button", name="检查组进度").click()
        rows = page.get_by_role("dialog", name="检查组进度").locator(".board")
        expect(rows).to_have_count(3)
        expect(rows.nth(0)).to_contain_text("1/8")
        expect(rows.nth(1)).to_contain_text("陆远")
        expect(rows.nth(1).locator("li", has_text="陆远")).to_contain_text("记录 1 项")
        onlooker.look(page, "检查组进度", sizes=SIZES)


def test_an_answer_whose_record_was_killed_is_recorded_by_tapping_it_again(
    browser: Browser, tmp_path: Path
) -> None:
    with on_site(browser, tmp_path) as (page, _):
        # Whoever writes to the chain holds this lock: the answer is chosen and kept as a draft, and never recorded.
        page.evaluate("void navigator.locks.request('suijian/chain', () => new Promise(() => {}))")
        card = scene.card(page, 2)
        card.get_by_text("符合", exact=True).click()
        expect(card.get_by_text("正在保存…")).to_be_visible()
        page.reload()
        scene.press(page, "输入 PIN", scene.PINS[0])
        chosen = card.locator("input[value=conform]")
        expect(chosen).to_be_checked()
        expect(card.get_by_text("尚未记录")).to_be_visible()
        card.get_by_text("符合", exact=True).click()
        expect(card.get_by_text("已存本机")).to_be_visible()
        page.reload()
        scene.press(page, "输入 PIN", scene.PINS[0])
        expect(card.get_by_text("已存本机")).to_be_visible()


def test_noncooperation_is_proposed_by_one_and_confirmed_by_another(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    with on_site(browser, tmp_path, people=2) as (page, _):
        scene.hand_to(page, 1)
        page.get_by_role("navigation", name="检查步骤").get_by_role(
            "button", name=re.compile("结果与处理")
        ).click()
        scene.to_block(page, 1)
        page.get_by_role("button", name="提出不予配合的情形").click()
        proposing = page.get_by_role("dialog", name="提出不予配合的情形")
        proposing.get_by_role("checkbox").first.check()
        proposing.get_by_label("事实经过").fill("十点二十分起堵门十分钟，已两次告知配合义务。")
        onlooker.look(page, "提出情形", sizes=SIZES)
        proposing.get_by_role("button", name="提出，由组长确认").click()
        expect(page.get_by_text("待组长确认", exact=True)).to_be_visible()
        page.get_by_role("button", name=re.compile(f"^换{scene.NAMES[0]}.*确认$")).click()
        scene.press(page, "输入 PIN", scene.PINS[0])
        expect(page.get_by_text("1 项情形认定待组长确认")).to_be_visible()
        page.get_by_role("button", name="核对并确认").click()
        confirming = page.get_by_role("dialog", name="组长确认")
        confirm = confirming.get_by_role("button", name="确认，报部门核定")
        expect(confirm).to_be_disabled()  # never one tap
        confirming.get_by_role("checkbox", name="已核对事实和证据").check()
        onlooker.look(page, "组长确认", sizes=SIZES)
        confirm.click()
        expect(page.get_by_text("组长已确认，待部门负责人核定")).to_be_visible()
        onlooker.look(page, "待部门核定", sizes=SIZES)


def test_a_recording_shows_that_it_runs_and_outlives_a_dead_battery(
    browser: Browser, tmp_path: Path, onlooker: Onlooker
) -> None:
    environment = {"SUIJIAN_DATA": str(tmp_path / "data")}
    ready = run_apart(scene.ordered(environment))
    profile = tmp_path / "tablet"
    film = silent_film(tmp_path / "camera.y4m")
    with serving(tmp_path / "data", environment) as server:
        with launched_with_profile(browser.browser_type, profile, *TABLET, camera=film) as context:
            page = tablet(context)
            context.grant_permissions(["geolocation", "microphone", "camera"])
            scene.enrol(page, server.origin, ready, 1)
            context.set_offline(True)
            scene.arrive(page, ready.visits[0])
            page.get_by_role("button", name="更多").click()
            page.get_by_role("button", name="录音、录像").click()
            begin = page.get_by_role("dialog", name="录音、录像").get_by_role("button", name="开始录音")
            expect(begin).to_be_disabled()  # nobody is recorded untold
            page.get_by_role("checkbox", name="已告知当事人正在录音录像").check()
            onlooker.look(page, "录音前告知", sizes=SIZES)
            begin.click()
            expect(page.locator(".live")).to_contain_text("正在录音")
            expect(page.get_by_role("dialog")).to_have_count(0)
            onlooker.look(page, "正在录音", sizes=SIZES)
            page.wait_for_timeout(7_500)
            assert kill(profile) > 0
        with launched_with_profile(browser.browser_type, profile, *TABLET, camera=film) as context:
            page = tablet(context)
            context.set_offline(True)
            page.goto(f"{server.origin}/tablet/visit/{ready.visits[0]}/check")
            scene.press(page, "输入 PIN", scene.PINS[0])
            expect(page.get_by_text("上次录制没有正常结束")).to_be_visible()
            onlooker.look(page, "录音保住了", sizes=SIZES)
            page.get_by_role("button", name="保存", exact=True).click()
            expect(page.get_by_text("上次录制没有正常结束")).to_have_count(0)
            page.get_by_role("button", name="其他取证", exact=False).first.click()
            expect(sheet(page).get_by_text(re.compile(r"^录音 (00:0[3-9]|00:[1-5]|0[1-9]:)"))).to_be_visible()


def silent_film(path: Path) -> Path:
    """A grey film for the camera, so that the browser has devices at all."""
    with path.open("wb") as film:
        film.write(b"YUV4MPEG2 W64 H48 F10:1 Ip A1:1 C420jpeg\n")
        film.write((b"FRAME\n" + bytes([128]) * (64 * 48 * 3 // 2)) * 5)
    return path


def test_a_suspected_crime_is_told_quietly(browser: Browser, tmp_path: Path, onlooker: Onlooker) -> None:
    with on_site(browser, tmp_path) as (page, _):
        page.get_by_role("button", name="更多").click()
        onlooker.look(page, "更多", sizes=SIZES)
        page.get_by_role("button", name="涉嫌犯罪线索").click()
        told = page.get_by_role("dialog", name="涉嫌犯罪线索")
        told.get_by_label("情况").fill("仓库内发现无标签白色粉末约 20 公斤。")
        onlooker.look(page, "涉嫌犯罪线索", sizes=SIZES)
        told.get_by_role("button", name="报牵头部门").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        step = page.get_by_role("navigation", name="检查步骤").get_by_role("button", name="核对与签字")
        step.click()
        expect(page.get_by_role("main")).not_to_contain_text("白色粉末")
