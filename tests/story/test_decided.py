"""A record whose bytes went bad on the tablet, in a real browser: what follows it is held behind the gap, the
department decides on it with a reason, and the tablet says so and calls nothing undecided any more."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from backend.field.tables import Held
from tests.story import inside_scene as scene
from tests.story.scene import SHOTS, SIZES, Onlooker
from tests.story.test_lost import street


def spoil(page: Page, kind: str) -> None:
    """One bit of a record's sealed bytes flips on the tablet's disk."""
    page.evaluate(
        """(kind) => new Promise((done) => {
          indexedDB.open('suijian').onsuccess = ({target}) => {
            const db = target.result, tx = db.transaction(['entries', 'bodies'], 'readwrite');
            const bodies = tx.objectStore('bodies');
            tx.objectStore('entries').getAll().onsuccess = (e) => {
              const {id} = e.target.result.find((row) => row.kind === kind);
              bodies.get(id).onsuccess = ({target: {result}}) => {
                new Uint8Array(result.sealed.data)[0] ^= 1;
                bodies.put(result);
              };
            };
            tx.oncomplete = () => { db.close(); done(); };
          };
        })""",
        kind,
    )


def test_what_the_department_decided_on_is_told_on_the_tablet_and_waits_no_more(
    browser: Browser, tmp_path: Path
) -> None:
    onlooker = Onlooker(folder=SHOTS / "decided")
    onlooker.folder.mkdir(parents=True, exist_ok=True)
    with street(browser, tmp_path) as site:
        page = site.page
        spoil(page, "identity.shown")
        scene.press(page, "输入 PIN", scene.PINS[0])
        page.get_by_role("button", name="返回").click()
        site.context.set_offline(False)
        expect(page.get_by_text(re.compile(r"^\d+ 条待核定$"))).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="数据与同步").click()
        bad = page.get_by_role("region", name=re.compile("^需要处理"))
        expect(bad.get_by_role("listitem").filter(has_text="部门核定后")).not_to_have_count(0)
        onlooker.look(page, "待核定", sizes=SIZES)
        rows = site.rows(Held)
        assert len(rows) > 2 and {row["code"] for row in rows} == {"chain_gap"}
        first = rows[0]["entry"]
        asked = {"decision": "admit_behind", "reason": "前一条已由检查组补录"}
        assert site.post(f"/office/field/held/{first}", asked) == 303
        page.get_by_role("button", name="同步", exact=True).click()
        told = page.get_by_role("region", name=re.compile("^部门已核定"))
        expect(told.get_by_role("listitem")).to_have_count(1, timeout=30_000)
        expect(told).to_contain_text(f"第 3–{2 + len(rows)} 条记录")
        expect(told).to_contain_text("前一条已由检查组补录")
        expect(bad.get_by_role("listitem")).to_have_count(1)
        onlooker.look(page, "已核定", sizes=SIZES)
        page.get_by_role("button", name="返回").click()
        expect(page.locator("a.visit-card")).to_be_visible()
        expect(page.get_by_text("待核定")).to_have_count(0)
    onlooker.finish()
