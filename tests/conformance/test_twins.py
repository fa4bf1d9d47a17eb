"""The browser's twins say the same as ours, to the byte, about histories that nobody thought of."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import pytest

from sync import words as w
from sync.canon import digest
from sync.chain import body_digest, entry_id
from sync.check import check
from sync.fold import fold
from sync.progress import progress
from sync.record import record_of
from sync.state import to_json
from tests.conformance import visits as v
from tests.conformance.generate import ROOT
from tests.conformance.generated import Generated, exchange_of, kinds_in
from tests.conformance.journey import written
from tests.conftest import Counted

BATCH = 50
DRAFTS = 10
PORTION = 2_500
"""Histories that a process takes at once: starting the twin costs as much as two hundred of them."""


class Twin:
    """The TypeScript twins in one process, asked by lines over its pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._packet: Any = v.packet().model_dump(mode="json")

    def ask(self, histories: list[Any], exchanges: list[Any], full: bool = False) -> dict[str, list[Any]]:
        assert self._process.stdin and self._process.stdout
        asked = {"packet": self._packet, "histories": histories, "exchanges": exchanges, "full": full}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the twin ended"
        self._packet = None
        answer: dict[str, list[Any]] = json.loads(line)
        return answer


@contextmanager
def twin() -> Iterator[Twin]:
    with subprocess.Popen(
        ["node", "tests/conformance/twins.mjs"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Twin(process)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(30)


def of_history(seed: int, packet: w.Packet) -> tuple[dict[str, Any], dict[str, Any], Generated]:
    """A history as it is sent, and what our side says of it."""
    history = Generated(seed)
    office = [history.server.device] if seed % 3 == 0 else None
    state = fold(history.entries, office)
    record = digest("record/1", record_of(packet, state))
    drafts = history.drafts(record, DRAFTS)
    answers = [check(packet, state, draft) for draft in drafts]
    names: list[str] = []
    for entry, body in history.entries:
        names += [entry_id(entry), "" if body is None else body_digest(body)]
    mine = {
        "state": to_json(state),
        "record": record,
        "progress": to_json(progress(packet, state, record)),
        "codes": [answer.code if answer else None for answer in answers],
        "names": names,
    }
    sent = {"entries": written(history.entries), "office": office, "drafts": [vars(one) for one in drafts]}
    return sent, mine, history


def compare(seeds: range) -> tuple[Counter[str], set[str], list[str]]:
    """Both sides on these seeds: how often each code came, kinds with whole bodies, and where they differ."""
    packet = v.packet()
    codes: Counter[str] = Counter()
    kinds: set[str] = set()
    different: list[str] = []
    with twin() as other:
        for begin in range(seeds.start, seeds.stop, BATCH):
            batch = range(begin, min(begin + BATCH, seeds.stop))
            made = [of_history(seed, packet) for seed in batch]
            exchanges = [exchange_of(seed) for seed in batch]
            told = other.ask([sent for sent, _, _ in made], [steps for steps, _ in exchanges])
            for place, seed in enumerate(batch):
                sent, mine, _ = made[place]
                codes.update(code or "let through" for code in mine["codes"])
                if told["histories"][place] != digest("twins/1", mine):
                    theirs = other.ask([sent], [], full=True)["histories"][0]
                    different.append(f"history {seed}: {_difference(mine, theirs)}")
                steps, ours = exchanges[place]
                if told["exchanges"][place] != digest("twins/1", ours):
                    theirs = other.ask([], [steps], full=True)["exchanges"][0]
                    different.append(f"exchange {seed}: {_difference(ours, theirs)}")
            kinds |= kinds_in([history for _, _, history in made])
    return codes, kinds, different


def _difference(mine: Any, theirs: Any) -> str:
    for name, one in json.loads(json.dumps(mine)).items():
        if one != theirs.get(name):
            return f"{name}: ours {str(one)[:400]} theirs {str(theirs.get(name))[:400]}"
    return "only in their canonical bytes"


@pytest.mark.parametrize("many", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_twins_agree_on_generated_histories_of_every_kind(many: int, counted: Counted) -> None:
    started = time.perf_counter()
    size = min(PORTION, -(-many // (os.cpu_count() or 1)))
    parts = [range(begin, min(begin + size, many)) for begin in range(0, many, size)]
    with ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn")) as pool:
        found = list(pool.map(compare, parts))
    codes = sum((one for one, _, _ in found), Counter[str]())
    different = [one for _, _, some in found for one in some]
    assert different == [], f"{len(different)} differ; {different[:3]}"
    assert set().union(*(kinds for _, kinds, _ in found)) == set(w.BODIES)
    assert len(codes) >= 20, f"the histories reach too few rules to prove anything: {codes}"
    counted(
        f"twins agree on {many:,} histories and {many:,} exchanges: {len(w.BODIES)} kinds, {len(codes)} codes of "
        f"{codes.total():,} drafts, {codes['let through']:,} let through, {time.perf_counter() - started:.0f} s"
    )


def test_a_twin_that_differs_in_one_letter_is_noticed() -> None:
    """The comparison itself: the same history, told with another draft, gives another digest."""
    sent, mine, _ = of_history(1, v.packet())
    with twin() as other:
        (told,) = other.ask([sent], [])["histories"]
        changed = {**sent, "drafts": sent["drafts"][:-1]}
        (shorter,) = other.ask([changed], [])["histories"]
    assert told == digest("twins/1", mine) != shorter
