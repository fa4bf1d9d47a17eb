"""What the device gives beside the file picker: the app's own camera (连拍), the room that is left for pictures, and
dictation, which is offered only where the device writes by itself. A real Chromium with a camera of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.harness.apart import run_apart
from tests.harness.browser import launched_with_profile
from tests.harness.server import serving
from tests.story import inside_scene as scene
from tests.story.scene import SHOTS, SIZES, TABLET, Onlooker
from tests.story.test_inside import silent_film, tablet

pytestmark = pytest.mark.day
RESERVE, PHOTO = 50_000_000, 6_000_000
"""As pwa/src/store/space.ts counts: what is never room for photos, and what one takes."""


@dataclass(frozen=True)
class Site:
    page: Page
    onlooker: Onlooker

    def room_for(self, photos: int) -> None:
        """The browser says that so many more photos fit. Chromium reports its usage and ten gigabytes more to whoever
        asks, however little there is (a page is not to be known again by its disk): that it says less is told here."""
        free = RESERVE + photos * PHOTO + PHOTO // 2
        self.page.evaluate(
            "free => { navigator.storage.estimate = () => Promise.resolve({quota: free, usage: 0}) }", free
        )


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("camera")
    environment = {"SUIJIAN_DATA": str(folder / "data")}
    ready = run_apart(scene.ordered(environment))
    film = silent_film(folder / "grey.y4m")
    with (
        serving(folder / "data", environment) as server,
        launched_with_profile(browser.browser_type, folder / "tablet", *TABLET, camera=film) as context,
    ):
        page = tablet(context)
        context.grant_permissions(["geolocation", "camera"])
        scene.enrol(page, server.origin, ready, 1)
        context.set_offline(True)
        scene.arrive(page, ready.visits[0])
        onlooker = Onlooker(folder=SHOTS / "camera")
        yield Site(page, onlooker)
        onlooker.finish()


def test_dictation_is_not_offered_where_the_device_cannot_write_by_itself(site: Site) -> None:
    """A headless Chromium has no recogniser on the device: what it would hear, it would send away."""
    card = scene.card(site.page, 1)
    card.get_by_text("不符合", exact=True).click()
    expect(card.get_by_role("textbox", name=re.compile("情况说明"))).to_be_visible()
    expect(card.get_by_role("button", name=re.compile("听写"))).to_have_count(0)


def test_several_pictures_come_from_one_opening_of_the_apps_own_camera(site: Site) -> None:
    page, card = site.page, scene.card(site.page, 1)
    card.get_by_role("button", name=re.compile("连拍")).click()
    camera = page.get_by_role("dialog", name="连续拍照")
    shutter = camera.get_by_role("button", name="拍摄")
    expect(shutter).to_be_enabled()
    for count in range(1, 4):
        shutter.click()
        expect(camera.get_by_role("status").filter(has_text=f"已存本机 {count} 张")).to_be_visible(
            timeout=30_000
        )
    expect(camera.get_by_role("status").filter(has_text="快满")).to_have_count(0)
    site.onlooker.look(page, "连拍", sizes=SIZES)
    camera.get_by_role("button", name="关闭").click()
    expect(card.locator("figure img")).to_have_count(3, timeout=30_000)
    # The light goes out with the sheet: nobody is filmed who does not see it.
    assert page.evaluate("document.querySelectorAll('video').length") == 0


def test_after_a_picture_the_room_that_is_left_is_said_there_once_it_is_short(site: Site) -> None:
    page, card = site.page, scene.card(site.page, 1)
    site.room_for(12)
    short = re.compile(r"本机存储空间快满，还可拍约 (\d+) 张照片。请联网同步后，到“数据与同步”清理。")
    expect(card.get_by_text(short)).to_have_count(0)
    card.locator("input[type=file]").first.set_input_files(scene.small_photo(7))
    expect(card.locator("figure img")).to_have_count(4, timeout=30_000)
    said = card.get_by_text(short)
    expect(said).to_be_visible()
    found = short.search(said.inner_text())
    assert found and found[1] == "12"
    site.onlooker.look(page, "空间不足前", sizes=SIZES)
    # Once there is room again nothing is said.
    site.room_for(500)
    card.locator("input[type=file]").first.set_input_files(scene.small_photo(8))
    expect(card.locator("figure img")).to_have_count(5, timeout=30_000)
    expect(said).to_have_count(0)
