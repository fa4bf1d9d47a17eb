"""What a paper costs: each form with what makes it long, beside an empty page of the same compiler in the same run.

Every document of a row is another one: nothing that was laid out before can be used again.
"""

from __future__ import annotations

import gc
import hashlib
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import typst

from backend.documents.notice import notice_sheet
from backend.documents.press import Press
from backend.documents.record import record_sheet
from sync.state import VisitState
from sync.words import Packet
from tests import papers
from tests.bench.row import Row
from tests.site_told import RULES, afterwards, during

ROUNDS, WARM = 25, 3
PHOTOS = 40
LIMIT = "≤ 150 ms at the median"
LONG = "消防通道堆放纸箱与空桶，宽度不足一米，当场拍照固定并告知负责人。" * 60
EMPTY = "empty typst page, another text each time"


def milliseconds(make: Callable[[int], bytes]) -> list[float]:
    """How long each of ``ROUNDS`` documents took, after ``WARM`` that are not counted."""
    found = []
    for number in range(ROUNDS + WARM):
        start = time.perf_counter()
        made = make(number)
        took = (time.perf_counter() - start) * 1000
        if not made.startswith(b"%PDF-"):
            raise ValueError("no PDF came")
        found.append(took)
    return found[WARM:]


def empty() -> Callable[[int], bytes]:
    """A page with one word on it."""
    source: Any = {"main.typ": b"#sys.inputs.values"}
    compiler = typst.Compiler(source)

    def make(number: int) -> bytes:
        made = compiler.compile(input=source, format="pdf", sys_inputs={"values": f"{number}"})
        return cast("bytes", made)

    return make


def visits(count: int, **how: str) -> list[tuple[Packet, VisitState, dict[str, bytes]]]:
    """Visits of two departments with 30 items each; ``photos``: each with forty pictures of 300 KB of its
    own; ``site``: one of every kind that is said on site and afterwards."""
    packet = papers.packet(items=30, record_title=how.get("title", papers.TITLE), site=RULES)
    plain = [papers.picture(seed) for seed in range(PHOTOS)] if "photos" in how else []
    found = []
    for number in range(count):
        # The end of a JPEG may be followed by anything: another picture to whoever counts its bytes.
        pictures = [one + f"{number}".encode() for one in plain]
        named = {hashlib.sha256(one).hexdigest(): one for one in pictures}
        remark = f"第{number}次。" + (LONG if "long" in how else "")
        more: dict[str, Any] = {"extra": during(), "after": afterwards} if "site" in how else {}
        told = papers.Told(note=remark, remark=remark, photos=tuple(named), **more)
        found.append((packet, papers.visit(packet, told), named))
    return found


def record(press: Press, **how: str) -> Callable[[int], bytes]:
    """From the packet and the folded state to the PDF, pictures read already."""
    made = visits(ROUNDS + WARM, **how)

    def make(number: int) -> bytes:
        sheet = record_sheet(*made[number])
        return press.print(sheet.form, sheet.values, sheet.drawings)

    return make


def notice(press: Press) -> Callable[[int], bytes]:
    """Annex 2 with sixty items."""

    def make(number: int) -> bytes:
        packet = papers.packet(items=30, number=f"2026-007-{number:04d}")
        return press.print(*notice_sheet(packet, papers.NOTICE, "2026-11-24"))

    return make


def _memory() -> float:
    """Megabytes that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def run() -> Iterator[Row]:
    """The rows; the ratio is to the empty page."""
    press = Press()
    floor = statistics.median(milliseconds(empty()))
    yield Row(EMPTY, ROUNDS, floor, "ms median")
    kinds: dict[str, Callable[[int], bytes]] = {
        "附件1 实地核查记录表, 60 items": record(press),
        "附件1, 60 items, 2 × 1,900 signs of text": record(press, long="yes"),
        "附件1, the same and 40 photos of 300 KB": record(press, long="yes", photos="yes"),
        "附件1, the same and all that can be said on site and afterwards": record(
            press, long="yes", photos="yes", site="yes"
        ),
        "附件2 行政检查通知书, 60 items": notice(press),
        "联合随机抽查结果记录表 (S0), 60 items, long text": record(
            press, long="yes", title="联合随机抽查结果记录表"
        ),
        "检查记录表 (S2), 60 items, long text, 40 photos": record(
            press, long="yes", photos="yes", title="检查记录表"
        ),
    }
    for name, make in kinds.items():
        times = milliseconds(make)
        middle = statistics.median(times)
        yield Row(f"{name} ({LIMIT})", ROUNDS, middle, "ms median", EMPTY, middle / floor)
        yield Row(f"{name}, slowest", ROUNDS, max(times), "ms", EMPTY, max(times) / floor)
    kinds.clear()
    yield from _kept(press)


def _kept(press: Press) -> Iterator[Row]:
    """Whether the press keeps what it printed: memory after as many documents again."""
    make = record(press, long="yes", photos="yes")
    for number in range(5):
        make(number)
    gc.collect()
    before = _memory()
    for number in range(5, ROUNDS):
        make(number)
    gc.collect()
    yield Row("memory after 20 more documents of 40 photos (12 MB each)", 20, _memory() - before, "MB")
