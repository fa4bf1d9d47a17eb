"""What the team does on the tablet, by the words that it sees: from the scanned code to the finished visit."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.story.scene import SIZES, Office, Onlooker, film_of

PIN = {"scjg": "271828", "xfjy": "314159", "rsj": "161803"}
DEPARTMENT = {"scjg": "市场监督管理局", "xfjy": "消防救援支队", "rsj": "人力资源和社会保障局"}


@dataclass(frozen=True)
class Member:
    """One person of the team, as the visit's page at the desk lists them."""

    name: str
    login: str
    department: str


def named(name: str) -> re.Pattern[str]:
    """A control that begins with exactly this name: 卜以 is not 卜以远."""
    return re.compile(rf"^\s*{re.escape(name)}(\s|$)")


def invite(office: Office, onlooker: Onlooker, member: Member, folder: Path) -> tuple[Path, str]:
    """The code on the office's screen: as a film that a camera would see, and in letters."""
    page = office.go(f"{member.department}-admin", "/office/people/tablets")
    choice = page.get_by_label("执法检查人员")
    choice.select_option(choice.locator("option", has_text=member.login).get_attribute("value"))
    page.get_by_role("button", name="生成登记码").click()
    picture = page.get_by_alt_text(re.compile("登记二维码"))
    expect(picture).to_be_visible()
    onlooker.look(page, f"登记码-{member.department}")
    film = film_of(picture.screenshot(), folder / f"{member.login}.y4m")
    return film, page.locator("#code").inner_text()


def enrol(page: Page, onlooker: Onlooker, member: Member, typed: str = "") -> None:
    """Scan (or type) the code inside the app, then choose a PIN, twice."""
    if typed:
        page.get_by_role("textbox", name=re.compile("^登记码")).fill(typed)
        page.get_by_role("button", name="登记", exact=True).click()
    first = page.get_by_role("group", name="设置 6 位 PIN")
    expect(first).to_be_visible(timeout=30_000)
    if not typed:
        onlooker.look(page, "设置PIN", sizes=SIZES)
    pad(page, "设置 6 位 PIN", PIN[member.department])
    pad(page, "再输入一次 PIN", PIN[member.department])
    expect(page.get_by_role("heading", level=1, name=re.compile("今日检查"))).to_be_visible(timeout=30_000)


def pad(page: Page, label: str, pin: str) -> None:
    keys = page.get_by_role("group", name=label)
    for digit in pin:
        keys.get_by_role("button", name=digit, exact=True).click()


def unlock(page: Page, member: Member) -> None:
    page.get_by_role("radio", name=named(member.name)).check()
    pad(page, "输入 PIN", PIN[member.department])
    expect(page.get_by_role("heading", level=1, name=re.compile("今日检查"))).to_be_visible(timeout=15_000)


def lock_out(page: Page, onlooker: Onlooker, member: Member) -> None:
    """A wrong PIN says how many tries are left; nothing is lost."""
    page.get_by_role("button", name="锁定").click()
    page.get_by_role("radio", name=named(member.name)).check()
    pad(page, "输入 PIN", "000111")
    expect(page.get_by_text("还可再试 4 次")).to_be_visible(timeout=15_000)
    onlooker.look(page, "PIN不正确")
    pad(page, "输入 PIN", PIN[member.department])
    expect(page.get_by_role("heading", level=1, name=re.compile("今日检查"))).to_be_visible(timeout=15_000)


def hand_to(page: Page, member: Member) -> None:
    """The tablet goes from hand to hand: another officer, one PIN."""
    offered = page.get_by_role("button", name=re.compile(f"^由{member.name}填写|^换{member.name}办理"))
    if offered.count():
        offered.first.click()
    else:
        page.get_by_role("button", name=re.compile("换人$")).click()
        page.get_by_role("dialog").get_by_role("radio", name=named(member.name)).check()
    pad(page, "输入 PIN", PIN[member.department])
    expect(page.get_by_role("button", name=re.compile(f"^{member.name} · 换人"))).to_be_visible(
        timeout=15_000
    )


def photo(words: str) -> FilePayload:
    """A picture as a camera would give it: four megapixels with something on it."""
    picture = Image.effect_noise((2304, 1728), 60).convert("RGB")
    ImageDraw.Draw(picture).rectangle((400, 300, 1900, 1400), outline="white", width=30)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=88)
    return {"name": f"{words}.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def arrive(page: Page, onlooker: Onlooker, names: list[str]) -> None:
    """Arrival, certificates, the person met, rights told."""
    onlooker.look(page, "出发准备", sizes=SIZES)
    page.get_by_role("button", name="送达或免于告知").click()
    draw_name(page)
    onlooker.look(page, "通知书签收")
    page.get_by_role("button", name="登记送达").click()
    expect(page.get_by_text("已签收", exact=True)).to_be_visible()
    page.get_by_role("button", name="登记到达").click()
    for name in names:
        page.get_by_role("checkbox", name=named(name)).check()
    page.get_by_label("姓名").fill("尹立（虚构）")
    page.get_by_label("电话").fill("13800001111")
    page.get_by_role("radio", name="现场工作人员").check()
    page.get_by_role("radio", name="不申请回避").check()
    onlooker.look(page, "亮证告知", sizes=SIZES)
    page.get_by_role("button", name="已亮证告知，开始检查").click()


def to_block(page: Page, department: str) -> None:
    page.get_by_role("navigation", name="检查步骤").get_by_role(
        "button", name=re.compile(DEPARTMENT[department])
    ).click()
    title = re.compile(f"{DEPARTMENT[department]}.*检查事项$")
    expect(page.get_by_role("heading", level=2, name=title)).to_be_attached()


def own_block(page: Page, member: Member) -> None:
    """The member's own block, with the tablet in the member's hands."""
    to_block(page, member.department)
    answers = page.get_by_role("main").get_by_role("radio").first
    expect(answers).to_be_attached()
    if page.get_by_role("button", name=f"由{member.name}填写").count():
        hand_to(page, member)
        expect(answers).to_be_enabled()


def cards(page: Page) -> list[Locator]:
    """The items that are open on site, in order."""
    return [card for card in page.locator("section.card").all() if card.get_by_role("radio").count()]


def check_block(page: Page, onlooker: Onlooker, member: Member, problem: bool) -> None:
    """One department's items: the first is a problem where ``problem`` says so, the others conform."""
    own_block(page, member)
    items = cards(page)
    for place, card in enumerate(items):
        if place == 0 and problem:
            card.get_by_text("不符合", exact=True).click()
            card.get_by_role("group", name="问题类别").locator("label").first.click()
            card.locator("input[type=file]").set_input_files(photo(f"{member.department}-1"))
            expect(card.locator("figure img")).to_have_count(1, timeout=20_000)
            card.get_by_role("textbox").fill("2 号冷柜显示 9℃，标签要求 0–4℃，内有酸奶 14 盒。")
            card.get_by_role("textbox").blur()
        else:
            card.get_by_text("符合", exact=True).click()
        expect(card.get_by_text(re.compile("已存本机"))).to_be_visible(timeout=10_000)
    onlooker.look(page, f"检查-{member.department}", sizes=SIZES)


def second_photo(page: Page, member: Member) -> None:
    """A photograph on another department's conforming item."""
    own_block(page, member)
    card = cards(page)[0]
    card.get_by_role("button", name=re.compile("添加照片、说明")).click()
    card.locator("input[type=file]").set_input_files(photo("second"))
    expect(card.locator("figure img")).to_have_count(1, timeout=20_000)


def step(page: Page, title: str) -> None:
    page.get_by_role("navigation", name="检查步骤").get_by_role("button", name=re.compile(title)).click()


def results(page: Page, onlooker: Onlooker, members: dict[str, Member], problem: str) -> None:
    """Every department's disposition, in the order in which the app goes on; ``problem`` has one to be mended."""
    for _ in members:
        heading = page.get_by_role("heading", level=2, name=re.compile("· 检查结果$"))
        title = heading.inner_text()
        member = next(one for one in members.values() if DEPARTMENT[one.department] in title)
        offered = page.get_by_role("button", name=f"由{member.name}填写")
        confirm = page.get_by_role("button", name="确认本部门结果")
        expect(offered.or_(page.get_by_role("checkbox", name="责令改正", exact=True)).first).to_be_enabled()
        if offered.count():
            hand_to(page, member)
        if member.department == problem:
            page.get_by_role("checkbox", name=re.compile("责令改正等行政命令")).check()
            page.get_by_role("checkbox", name="责令改正", exact=True).check()
            page.get_by_label("改正要求").fill("冷藏食品按标签温度贮存，不合格食品下架。")
        else:
            page.get_by_role("checkbox", name=re.compile("未发现问题")).check()
        onlooker.look(page, f"结果-{member.department}")
        confirm.click()
        expect(page.get_by_role("heading", name=title)).to_have_count(0)
    expect(page.get_by_role("heading", level=1, name="核对与签字")).to_be_visible()


def draw_name(page: Page) -> None:
    """A signature on the pad."""
    canvas = page.get_by_role("dialog").locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    for start in (0.2, 0.5):
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + box["height"] * 0.3)
        page.mouse.down()
        for k in range(1, 9):
            page.mouse.move(
                box["x"] + box["width"] * (start + 0.03 * k),
                box["y"] + box["height"] * (0.3 + 0.05 * k * (1 if k % 2 else 0.4)),
            )
        page.mouse.up()


def sign_all(page: Page, onlooker: Onlooker, members: dict[str, Member]) -> None:
    """Every officer signs for the own block: with the PIN where the person uses this tablet, else by hand."""
    onlooker.look(page, "核对与签字", sizes=SIZES)
    names = [text.split("\n")[0] for text in page.locator(".who-signs button").all_inner_texts()]
    by_name = {member.name: member for member in members.values()}
    for place, name in enumerate(names):
        sheet = page.get_by_role("dialog", name=f"{name} 签字")
        page.wait_for_timeout(200)  # the sheet of whoever stands beside opens by itself
        if not sheet.count():
            page.locator(".who-signs button").nth(place).click()
        expect(sheet).to_be_visible()
        if name in by_name:
            pad(page, "输入本人 PIN", PIN[by_name[name].department])
        expect(sheet.locator("canvas")).to_be_visible(timeout=15_000)
        draw_name(page)
        if place == 0:
            onlooker.look(page, "执法人员签字")
        page.get_by_role("button", name="确认签字").click()
        expect(sheet).to_have_count(0)


def refuse(page: Page, onlooker: Onlooker) -> None:
    """The person in charge refuses to sign: the reason is mandatory, own words, a witness signs."""
    page.get_by_role("button", name="拒绝签字").click()
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page.get_by_text("请选择拒绝签字的原因")).to_be_visible()
    page.get_by_role("radio", name="对检查结果有异议").check()
    page.get_by_label("当事人陈述").fill("温度计是昨天坏的，不能算我的。")
    page.get_by_role("button", name="见证人签字").click()
    page.get_by_label("见证人姓名").fill("孟南（虚构）")
    page.get_by_label("见证人身份").fill("物业人员")
    draw_name(page)
    page.get_by_role("button", name="确认签字").click()
    expect(page.get_by_text("已签字").first).to_be_visible()
    onlooker.look(page, "拒绝签字", sizes=SIZES)
    page.get_by_role("button", name="注明拒签并继续").click()
    expect(page.get_by_text("拒绝签字").first).to_be_visible()


def leave(page: Page, onlooker: Onlooker, leader: Member) -> None:
    """The leader closes the visit."""
    page.get_by_role("button", name="下一步：离场").first.click()
    expect(page.get_by_role("heading", name="副本和告知单")).to_be_visible()
    finish = page.get_by_role("button", name="检查结束，离场")
    offered = page.get_by_role("button", name=f"换{leader.name}办理")
    give = page.locator("footer").get_by_role("button", name="交付副本")
    expect(finish.or_(offered).or_(give).first).to_be_visible()
    if offered.count():
        hand_to(page, leader)
    if give.count():
        give.click()
        expect(page.get_by_role("dialog").get_by_role("img").locator("path[d^=M]")).to_be_attached()
        onlooker.look(page, "交付副本", sizes=SIZES)
        page.get_by_role("button", name="已交付").click()
    finish.click()
    expect(page.get_by_role("heading", name="检查结束")).to_be_visible()
    onlooker.look(page, "离场", sizes=SIZES)
