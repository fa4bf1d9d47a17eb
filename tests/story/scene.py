"""The stage of the story: people at desks, a tablet, a camera that sees the office's screen, and who looks on."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / ".shots"
PASSWORD: str = tomllib.loads((ROOT / "backend/demo/accounts.toml").read_text("utf-8"))["password"]

DESK = (1440, 900)
TABLET = (1280, 800)
SIZES = {"tablet": (1280, 800), "portrait": (800, 1280), "phone": (390, 844)}


def film_of(picture: bytes, path: Path) -> Path:
    """A short film (Y4M, 640 × 480) in which the camera sees this picture, as when a tablet is held to a screen."""
    seen = Image.open(io.BytesIO(picture)).convert("L")
    seen.thumbnail((420, 420))
    frame = Image.new("L", (640, 480), 235)
    frame.paste(seen, ((640 - seen.width) // 2, (480 - seen.height) // 2))
    colour = bytes([128]) * (640 * 480 // 4)
    with path.open("wb") as film:
        film.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n")
        for _ in range(10):
            film.write(b"FRAME\n" + frame.tobytes() + colour + colour)
    return path


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, WCAG 2.2 AA included."""
    page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        """async () => (await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
        "best-practice"]})).violations"""
    )
    return [
        f"{item['id']}: {item['help']} ({', '.join(node['target'][0] for node in item['nodes'][:4])})"
        for item in found
    ]


def clipped(page: Page) -> list[str]:
    """Texts that are cut off, and pages that scroll sideways."""
    found: list[str] = page.evaluate(
        """() => {
          const out = [];
          const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
          if (wide > 1) out.push(`page scrolls sideways by ${wide}px`);
          for (const e of document.querySelectorAll("button, a, h1, h2, h3, label, legend, .chip, th")) {
            const style = getComputedStyle(e);
            if (style.overflow === "hidden" && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
              out.push(`${e.tagName} ${e.textContent.trim().slice(0, 30)}`);
          }
          return out;
        }"""
    )
    return found


@dataclass
class Onlooker:
    """Takes a picture of every step and lets axe read it; ``finish`` fails with everything that was wrong."""

    folder: Path = SHOTS
    wrong: list[str] = field(default_factory=list)
    step: int = 0

    def look(self, page: Page, name: str, *, sizes: dict[str, tuple[int, int]] | None = None) -> None:
        """Picture ``page`` as it stands, or in each of ``sizes``; the size it had is restored."""
        self.step += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        page.wait_for_load_state()
        before = page.viewport_size
        if page.get_by_text("本机出了差错").count():
            self.wrong.append(f"{self.step:02d}-{name}: something broke off unheard")
        for size, (width, height) in (sizes or {"": (0, 0)}).items():
            if width:
                page.set_viewport_size({"width": width, "height": height})
            label = f"{self.step:02d}-{name}{'-' + size if size else ''}"
            page.screenshot(path=self.folder / f"{label}.png")
            self.wrong += [f"{label}: {what}" for what in (*violations(page), *clipped(page))]
        if before and sizes:
            page.set_viewport_size(before)

    def finish(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)


@dataclass
class Office:
    """The office's browser: each person a context of their own."""

    browser: Browser
    origin: str
    contexts: dict[str, BrowserContext] = field(default_factory=dict)

    def person(self, login: str) -> Page:
        """A page of the person with this login name, signed in."""
        if login in self.contexts:
            return self.contexts[login].pages[0]
        context = self.browser.new_context(
            viewport={"width": DESK[0], "height": DESK[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(10_000)
        self.contexts[login] = context
        page = context.new_page()
        page.goto(f"{self.origin}/office/login")
        page.get_by_label("账号").fill(login)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page).to_have_url(re.compile(r"/office/$"))
        return page

    def go(self, login: str, path: str) -> Page:
        page = self.person(login)
        page.goto(self.origin + path)
        return page

    def leave(self) -> None:
        for context in self.contexts.values():
            context.close()
        self.contexts.clear()


@contextmanager
def office_of(browser: Browser, origin: str) -> Iterator[Office]:
    """An office for the block; everybody's contexts are closed at the end."""
    office = Office(browser, origin)
    try:
        yield office
    finally:
        office.leave()
