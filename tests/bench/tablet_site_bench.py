"""The tablet inside a visit: a real Chromium with three officers of a joint visit of 60 items. The camera's 12
million points until the photo lies here and is seen, hundreds of photos opened and scrolled, an answer among them,
and the tablet handed from one officer to another. Every row stands beside the limit that it has to keep.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import BrowserContext, CDPSession, Page, expect, sync_playwright

from tests.bench.row import Row
from tests.bench.tablet_bench import LIST, SLOWED, TAP
from tests.harness.browser import launched_with_profile
from tests.harness.server import serving
from tests.story import inside_scene as scene

ITEMS, PHOTOS, RUNS, FIRST = 60, 300, 5, 5
READY_MS, TASK_MS, OPEN_MS, ANSWER_MS, FRAME_MS, HAND_MS = 1_200, 60, 250, 50, 50, 3_000
"""What issue 3 asks for, in milliseconds."""

WATCH = """() => {
  window.tasks = [];
  window.changed = 0;
  window.watching = new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.startTime > window.changed) window.tasks.push(one.duration);
  });
  window.watching.observe({type: 'longtask'});
  document.addEventListener('change', () => { window.changed = performance.now(); }, true);
}"""
"""From now on every main-thread task over 50 ms is noted, and when a file was chosen last."""
PHOTO_SHOWN = """([card, count]) => new Promise((done) => {
  const look = async () => {
    const shown = document.querySelectorAll(`.anchor:nth-of-type(${card}) figure img`);
    if (performance.now() - window.changed > 20000) return done(NaN);
    if (shown.length < count) return setTimeout(look, 5);
    await shown[count - 1].decode();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - window.changed)));
  };
  look();
})"""
"""Milliseconds from the file chosen until the photo lies here (it is shown only then), decoded and painted."""
FILL = """async ([cards, each]) => {
  let last = performance.now();
  const pause = () => new Promise((go, fail) => {
    if (performance.now() - last > 20000) fail(new Error('nothing came'));
    else setTimeout(go, 4);
  });
  const picture = async (seed) => {
    const canvas = new OffscreenCanvas(1600, 1200);
    const pen = canvas.getContext('2d');
    for (let i = 0; i < 400; i++) {
      pen.fillStyle = `hsl(${(seed * 31 + i * 7) % 360} 50% ${20 + (i * 13 + seed) % 60}%)`;
      pen.fillRect((i * 97 + seed * 13) % 1600, (i * 61 + seed * 7) % 1200, 90, 70);
    }
    return new File([await canvas.convertToBlob({type: 'image/jpeg', quality: 0.9})], `${seed}.jpg`);
  };
  let seed = 1000;
  for (let n = 1; n <= cards; n++) {
    const card = document.querySelector(`.anchor:nth-of-type(${n})`);
    // Photos are there once their card came near what is seen.
    card.scrollIntoView();
    card.querySelector('.yes input').click();
    while (!card.querySelector('.chip.good')) await pause();
    const more = [...card.querySelectorAll('.ends button')].find((one) => one.textContent.includes('照片'));
    if (more) more.click();
    while (!card.querySelector('input[type=file]')) await pause();
    for (let k = card.querySelectorAll('figure').length; k < each; k++) {
      const input = card.querySelector('input[type=file]');
      const files = new DataTransfer();
      files.items.add(await picture(seed++));
      input.files = files.files;
      input.dispatchEvent(new Event('change'));
      while (card.querySelectorAll('figure').length <= k) await pause();
      last = performance.now();
    }
  }
}"""
"""Answer each of the first cards and photograph until each has so many."""
SCROLL = """() => new Promise((done) => {
  const work = document.querySelector('main.work');
  work.scrollTop = 0;
  const frames = [];
  const tasks = window.tasks.length;
  let before = 0;
  const step = (now) => {
    if (before) frames.push(now - before);
    before = now;
    work.scrollTop += 120;
    if (work.scrollTop + work.clientHeight >= work.scrollHeight - 1)
      return setTimeout(() => done([frames, window.tasks.slice(tasks)]), 500);
    requestAnimationFrame(step);
  };
  setTimeout(() => requestAnimationFrame(step), 300);
})"""
"""Scroll the whole block, 120 px a frame: milliseconds between frames, and the main thread's tasks over 50 ms."""
HANDED = """(wanted) => new Promise((done) => {
  const from = performance.now();
  const keys = [...document.querySelectorAll('dialog [role=group] button')];
  for (const digit of wanted.pin) keys.find((one) => one.innerText.trim() === digit).click();
  const look = () => {
    const who = document.querySelector('.who-now');
    const shown = who && who.innerText.startsWith(wanted.name) && !document.querySelector('dialog[open]');
    if (shown) requestAnimationFrame(() => setTimeout(() => done(performance.now() - from)));
    else if (performance.now() - from > 20000) done(NaN);
    else setTimeout(look, 5);
  };
  look();
})"""
"""From the first digit of the PIN until the other officer's own screen is painted."""


def limited(name: str, n: int, found: Sequence[float], limit: int, unit: str = "ms") -> Row:
    """The median beside the limit: a ratio over 1 breaks it."""
    value = statistics.median(found)
    return Row(name, n, value, unit, f"limit {limit} {unit}", value / limit)


def throttle(session: CDPSession, rate: int) -> None:
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})


def camera(page: Page, folder: Path) -> list[Row]:
    """Photos of 12 million points, unthrottled: from the file chosen until each is seen."""
    card = page.locator(".anchor").first
    card.get_by_text("不符合", exact=True).click()
    page.evaluate(WATCH)
    ready = []
    for run in range(RUNS):
        # From a file on the disk: handed over as bytes, the page itself would unpack them.
        path = folder / f"{run}.jpg"
        path.write_bytes(scene.twelve_megapixels(run)["buffer"])
        card.locator("input[type=file]").set_input_files(path)
        ready.append(float(page.evaluate(PHOTO_SHOWN, [1, run + 1])))
    longest = max(page.evaluate("window.tasks"), default=0.0)
    return [
        limited("tablet: photo of 12 MP chosen to saved and seen", RUNS, ready, READY_MS),
        limited("tablet: longest main-thread task meanwhile", RUNS, [longest], TASK_MS),
    ]


def crowded(page: Page, session: CDPSession, visit: str) -> list[Row]:
    """With 300 photos in the visit and the processor at a quarter: opening, scrolling, answering."""
    page.evaluate(FILL, [ITEMS, PHOTOS // ITEMS])
    expect(page.locator("figure.shot")).to_have_count(PHOTOS)
    throttle(session, SLOWED)
    opened, whole, frames, tasks = [], [], [], []
    for _ in range(RUNS):
        page.get_by_role("button", name="返回").click()
        expect(page.locator(LIST).first).to_be_visible()
        tapped = f'a.visit-card[href="/tablet/visit/{visit}"]'
        opened.append(float(page.evaluate(TAP, [tapped, ".anchor .card", FIRST])))
        expect(page.locator(".anchor .card")).to_have_count(ITEMS)
        page.get_by_role("button", name="返回").click()
        expect(page.locator(LIST).first).to_be_visible()
        whole.append(float(page.evaluate(TAP, [tapped, ".anchor .card", ITEMS])))
    seen = []
    for run in range(RUNS):
        tap = f".anchor:nth-of-type({10 + run}) .na input"
        seen.append(float(page.evaluate(TAP, [tap, ".na:has(:checked)", run + 1])))
        expect(page.locator(f".anchor:nth-of-type({10 + run}) .chip.good")).to_be_visible()
    for _ in range(RUNS):
        between, long = page.evaluate(SCROLL)
        frames.append(sorted(between)[int(len(between) * 0.99)])
        tasks.append(max(long, default=0.0))
    throttle(session, 1)
    return [
        Row(
            f"tablet: all cards of it there, {PHOTOS} photos, 4x slowed",
            ITEMS,
            statistics.median(whole),
            "ms",
        ),
        limited(f"tablet: first screen of a visit with {PHOTOS} photos, 4x slowed", PHOTOS, opened, OPEN_MS),
        limited(f"tablet: answer tapped to seen among {PHOTOS} photos, 4x slowed", PHOTOS, seen, ANSWER_MS),
        limited(
            f"tablet: scrolling {PHOTOS} photos, 99 of 100 frames within, 4x slowed", PHOTOS, frames, FRAME_MS
        ),
        limited("tablet: longest main-thread task while scrolling, 4x slowed", PHOTOS, tasks, FRAME_MS),
    ]


def handed(page: Page, session: CDPSession) -> list[Row]:
    """The tablet from hand to hand, unthrottled and at a quarter."""
    rows = []
    place = 0
    for rate, words in ((1, ""), (SLOWED, ", 4x slowed")):
        throttle(session, rate)
        found = []
        for _ in range(RUNS):
            place = 1 - place
            page.get_by_role("button", name="换人").click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_role("radio", name=scene.NAMES[2 * place]).check()
            expect(dialog.get_by_role("group", name="输入 PIN")).to_be_visible()
            wanted = {"pin": scene.PINS[place], "name": scene.NAMES[2 * place]}
            found.append(float(page.evaluate(HANDED, wanted)))
        rows.append(
            limited(f"tablet: PIN of the next officer to the own screen{words}", RUNS, found, HAND_MS)
        )
    throttle(session, 1)
    return rows


def measured(context: BrowserContext, origin: str, ready: scene.Ordered, folder: Path) -> list[Row]:
    page = context.pages[0]
    scene.enrol(page, origin, ready, people=2)
    context.set_offline(True)
    scene.arrive(page, ready.visits[0])
    session = context.new_cdp_session(page)
    return [*camera(page, folder), *handed(page, session), *crowded(page, session, ready.visits[0])]


def run() -> list[Row]:
    """Rows of what officers wait for inside a visit, each beside its limit."""
    with tempfile.TemporaryDirectory(prefix="suijian-bench-") as name:
        folder = Path(name)
        environment = {"SUIJIAN_DATA": str(folder / "data")}
        # Before the browser's driver, which keeps an event loop of its own running in this thread.
        ready = asyncio.run(scene.ordered(environment, items=ITEMS))
        with (
            serving(folder / "data", environment) as server,
            sync_playwright() as playwright,
            launched_with_profile(playwright.chromium, folder / "profile", 1280, 800) as context,
        ):
            context.set_default_timeout(20_000)
            context.grant_permissions(["geolocation"])
            context.set_geolocation({"latitude": 29.563, "longitude": 106.551, "accuracy": 12})
            return measured(context, server.origin, ready, folder)
