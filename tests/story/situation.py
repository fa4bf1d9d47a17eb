"""What every situation of a day has in common: a visit of its own on a tablet without signal, the steps that are not
what the situation is about, the way back to the signal, and who looks on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from sync.words import Packet
from tests.story.day import PIN, Day, Officer, Tablet, day
from tests.story.day_office import Desk, desk_of
from tests.story.scene import SHOTS, Onlooker
from tests.story.visit import draw_name, pad, photo

PARTY = "尹立（虚构）"
BOTH = {"portrait": (800, 1280), "tablet": (1280, 800)}
"""How a tablet is held in the street and on a counter."""


PUBLIC = {"desk": (1280, 800), "phone": (390, 844)}
"""How the public reads a result."""


@dataclass
class Site:
    """One situation: its visit, the tablet that is carried round, the office behind it."""

    day: Day
    tablet: Tablet
    desk: Desk
    onlooker: Onlooker
    packet: Packet

    @property
    def page(self) -> Page:
        return self.tablet.page

    @property
    def team(self) -> list[Officer]:
        return self.day.officers

    def look(self, name: str, *, sizes: dict[str, tuple[int, int]] | None = None) -> None:
        self.onlooker.look(self.page, name, sizes=sizes)

    # --- before and at the door ---------------------------------------------------------------------------

    def begin(self, *, signal: bool = False) -> None:
        """The visit is open on the tablet in the leader's hands, without signal unless said."""
        self.today()
        self.tablet.open(self.packet)
        expect(self.page.get_by_role("heading", level=2, name="检查通知书")).to_be_visible()
        if not signal:
            self.tablet.offline()

    def today(self) -> None:
        """Today's list in the leader's hands, with signal."""
        self.tablet.online()
        self.page.goto(f"{self.day.server.origin}/tablet/today")
        keys = self.page.get_by_role("group", name="输入 PIN")
        expect(keys.or_(self.page.locator("a.visit-card").first).first).to_be_visible(timeout=30_000)
        if keys.count():
            self.tablet.open_as(self.team[0])
        elif self.tablet.holder != self.team[0]:
            self.tablet.unlock_as(self.team[0])

    def serve_notice(self) -> None:
        """The notice, signed for."""
        self.page.get_by_role("button", name="送达或免于告知").click()
        draw_name(self.page)
        self.page.get_by_role("button", name="登记送达").click()
        expect(self.page.get_by_text("已签收", exact=True)).to_be_visible()

    def arrive(self) -> None:
        self.page.get_by_role("button", name="登记到达").click()
        expect(self.page.get_by_role("heading", name="告知权利")).to_be_visible()

    def show(self, *officers: Officer) -> None:
        """Certificates of these, or of all; the person met, rights told."""
        if officers:
            for officer in officers:
                self.page.get_by_role("checkbox", name=re.compile(rf"^\s*{officer.name}")).check()
        else:
            all_shown = self.page.get_by_role("button", name=re.compile("均已出示$"))
            while all_shown.count():
                all_shown.first.click()
        self.page.get_by_label("姓名").fill(PARTY)
        self.page.get_by_role("radio", name="经营者").check()
        self.page.get_by_role("radio", name="不申请回避").check()

    def all_shown(self) -> None:
        """One tap for each department's officers, who show their certificates together."""
        together = self.page.get_by_role("button", name=re.compile("均已出示$"))
        for left in range(len(self.packet.blocks), 0, -1):
            expect(together).to_have_count(left)
            together.first.click()

    def tell(self, *officers: Officer) -> None:
        self.show(*officers)
        self.page.get_by_role("button", name="已亮证告知，开始检查").click()
        expect(self.page.locator("[data-item]").first).to_be_visible()

    def inside(self) -> None:
        """At the first item, everything before it done."""
        self.begin()
        self.serve_notice()
        self.arrive()
        self.tell()

    # --- inside -------------------------------------------------------------------------------------------

    def hand_to(self, officer: Officer) -> None:
        """The tablet goes to this officer; nothing happens where it is there already."""
        if self.tablet.holder == officer:
            return
        offered = self.page.get_by_role("button", name=re.compile(f"^由{officer.name}填写|^换{officer.name}"))
        self.page.wait_for_timeout(300)  # where the screen offers the person, one tap is enough
        if offered.count():
            offered.first.click()
        else:
            self.page.get_by_role("button", name=re.compile("· 换人$")).click()
            self.page.get_by_role("dialog").get_by_role("radio", name=re.compile(officer.name)).check()
        pad(self.page, "输入 PIN", PIN)
        expect(self.page.get_by_role("button", name=re.compile(f"^{officer.name} · 换人"))).to_be_visible()
        self.tablet.holder = officer

    def step(self, title: str) -> None:
        self.page.get_by_role("navigation", name="检查步骤").get_by_role(
            "button", name=re.compile(title)
        ).click()

    def to_block(self, place: int) -> None:
        """A department's block, in the hands of its first officer."""
        name = self.packet.blocks[place].organisation_name.removeprefix(self.packet.region)
        self.step(name)
        self.hand_to(self.officer(place))

    def officer(self, place: int, which: int = 0) -> Officer:
        organisation = self.packet.blocks[place].organisation
        return [one for one in self.team if one.organisation == organisation][which]

    def card(self, number: str) -> Locator:
        return self.page.locator("section.card").filter(has=self.page.locator(f".no:text-is('{number}')"))

    def answer(self, number: str, word: str = "符合") -> None:
        card = self.card(number)
        card.get_by_text(word, exact=True).click()
        expect(card.get_by_text("已存本机")).to_be_visible()

    def answer_block(self, place: int) -> None:
        """Every item of the block that still asks conforms."""
        self.to_block(place)
        for item in self.packet.blocks[place].items:
            if self.card(item.number).get_by_role("radio", name="符合", exact=True).count():
                self.answer(item.number)

    def no_problem(self, *places: int) -> None:
        """未发现问题 for these blocks; after the first the app goes on by itself."""
        self.step("结果与处理")
        for place in places:
            if len(places) < len(self.packet.blocks) or place == 0:
                self.to_block(place)
            self.hand_to(self.officer(place))
            self.page.get_by_role("checkbox", name=re.compile("未发现问题")).check()
            heading = self.page.get_by_role("heading", level=2, name=re.compile("· 检查结果$"))
            title = heading.inner_text()
            self.page.get_by_role("button", name="确认本部门结果").click()
            expect(self.page.get_by_role("heading", name=title, exact=True)).to_have_count(0)

    def checked(self) -> None:
        """Every block answered and decided: at the signing."""
        places = range(len(self.packet.blocks))
        for place in places:
            self.answer_block(place)
        self.no_problem(*places)
        self.to_signing()

    # --- leaving ------------------------------------------------------------------------------------------

    def to_signing(self) -> None:
        signing = self.page.get_by_role("heading", level=1, name="核对与签字")
        step = self.page.get_by_role("navigation", name="检查步骤").get_by_role(
            "button", name=re.compile("核对与签字")
        )
        expect(signing.or_(step)).to_be_visible()
        if step.count():
            step.click()
        expect(signing).to_be_visible()

    def officers_sign(self) -> None:
        """Everybody who showed a certificate, one after the other: the next one's sheet opens by itself."""
        dialog = self.page.get_by_role("dialog")
        first = self.page.locator(".who-signs button.btn-act")
        expect(first).to_be_visible()
        signed = self.page.locator(".who-signs button.signed")
        for before in range(signed.count(), len(self.packet.team) + len(self.day.stand_ins)):
            expect(signed).to_have_count(before)
            self.page.wait_for_timeout(150)  # the next one's sheet opens by itself
            if not dialog.count() and not first.count():
                break
            if not dialog.count():
                first.click()
            expect(dialog).to_be_visible()
            title = dialog.get_by_role("heading").first.inner_text()
            if dialog.get_by_role("group", name="输入本人 PIN").count():
                pad(self.page, "输入本人 PIN", PIN)
            expect(dialog.locator("canvas")).to_be_visible()
            draw_name(self.page)
            self.page.get_by_role("button", name="确认签字").click()
            expect(self.page.get_by_role("dialog", name=title)).to_have_count(0)

    def read(self) -> None:
        self.page.get_by_role("button", name="已由本人核对").click()

    def party_signs(self) -> None:
        self.read()
        self.page.get_by_role("button", name="签字", exact=True).click()
        draw_name(self.page)
        self.page.get_by_role("button", name="确认签字").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def leave(self, copy: str = "") -> None:
        """The leader closes the visit; a copy is given where the app asks for one, in the way ``copy`` if named."""
        onward = self.page.get_by_role("button", name=re.compile("^下一步：(离场|办结)")).first
        leaving = self.page.get_by_role("heading", name="副本和告知单")
        expect(onward.or_(leaving).first).to_be_visible()
        if not leaving.count():  # a visit opened from the list goes on by itself
            onward.click()
        expect(leaving).to_be_visible()
        self.hand_to(self.team[0])
        give = self.page.locator("footer").get_by_role("button", name="交付副本")
        if give.count():
            give.click()
            if copy:
                self.page.get_by_role("radio", name=copy).check()
            self.page.get_by_role("button", name="已交付").click()
        self.page.get_by_role("button", name=re.compile("^检查(结束|办结)")).click()
        expect(self.page.get_by_role("heading", name="检查结束")).to_be_visible()

    # --- with signal again --------------------------------------------------------------------------------

    def sync(self) -> None:
        """Back at the car: everything has a receipt."""
        self.today()
        self.page.get_by_role("button", name="同步", exact=True).click()
        expect(self.page.get_by_role("button", name="同步", exact=True)).to_be_enabled(timeout=60_000)
        expect(self.page.get_by_text(re.compile("^有信号( · 全部有回执)?$"))).to_be_visible(timeout=60_000)

    def office(self, name: str, place: int = 0) -> Page:
        """The visit at the office, pictured."""
        page = self.desk.visit(self.packet, place=place)
        self.onlooker.look(page, f"机关-{name}")
        return page


def shoot(page: Page, place: Locator, count: int) -> None:
    """Photographs one after another; each is seen before the next is taken."""
    for n in range(count):
        place.locator("input[type=file]").first.set_input_files(photo(f"site-{n}"))
        taken = place.locator("figure")
        expect(taken).to_have_count(n + 1, timeout=20_000)
        taken.last.scroll_into_view_if_needed()
        expect(taken.last.locator("img")).to_be_visible(timeout=20_000)


def review(page: Page) -> None:
    """Nothing secret, nothing private: all of it may be published."""
    for legend in ("保密审查", "个人隐私", "商业秘密"):
        group = page.get_by_role("group", name=re.compile(legend))
        group.get_by_role("radio", name="不涉及").check()
    page.get_by_role("radio", name=re.compile("全部公示")).check()
    page.get_by_role("button", name="提交审查结论").click()


def publish(site: Site, place: int) -> None:
    """One department reviews and publishes its result."""
    review(site.desk.block(site.packet, "planner", place))
    page = site.desk.block(site.packet, "responsible_leader", place)
    page.get_by_role("button", name="确认公示").click()
    expect(page.get_by_role("link", name="查看公示")).to_be_visible()


def public_page(site: Site, name: str) -> str:
    """The visit's result as anybody sees it, pictured; its text."""
    context = site.day.browser.new_context(locale="zh-CN")
    try:
        page = context.new_page()
        page.goto(f"{site.day.server.origin}/results/{site.packet.visit}")
        site.onlooker.look(page, name, sizes=PUBLIC)
        return page.get_by_role("main").inner_text()
    finally:
        context.close()


@contextmanager
def sites(
    browser: Browser,
    folder: Path,
    visits: int,
    *,
    departments: int = 2,
    items: int = 2,
    people: int = 4,
    method: str | Sequence[str] = "on_site",
) -> Iterator[list[Site]]:
    """A day of so many situations on one tablet with ``people`` of the team enrolled, leader first."""
    with (
        day(folder, browser, departments=departments, items=items, visits=visits, method=method) as made,
        made.tablet(*made.officers[:people]) as tablet,
        desk_of(made) as desk,
    ):
        desk.schemes(made.visits)
        SHOTS.mkdir(exist_ok=True)
        yield [Site(made, tablet, desk, Onlooker(SHOTS / "situations"), packet) for packet in made.visits]
