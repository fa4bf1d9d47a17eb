"""What must hold: always (nobody learns what is not his, nobody is told a lie), and once everything has come to
rest (nothing lost, nothing twice, everybody sees the same, the ledger verifies, replay gives the same rows)."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backend import db, ledger
from backend import replay as replaying
from backend.field.blobs import Store as Pictures
from backend.field.entries import folded
from backend.field.kept import kept
from backend.people.tables import public_keys
from sync import exchange
from sync.canon import canonical
from sync.fold import fold
from sync.state import VisitState, to_json
from tests.harness.tablet import Answer, Sent, Tablet
from tests.storm.engine import Hooks, InlineSQLite

if TYPE_CHECKING:
    from tests.storm.schedule import Schedule


def no_leak(run: Schedule, device: str, sent: Sent, answer: Answer, allowed: set[str]) -> None:
    """An answer speaks only of visits to which a person of this tablet is sent, and of its own entries."""
    if answer.status != 200 or sent.path not in ("/field/exchange", "/field/packets"):
        return
    told: Any = json.loads(answer.body)
    if sent.path == "/field/exchange":
        spoken = {item["entry"]["subject"] for item in told["entries"]}
        if any(item["body"]["device"] != device for item in told["received"]):
            raise run.broken("a tablet got receipts of another one")
    else:
        spoken = {packet["visit"] for packet in told["packets"].values()} | set(told["keys"])
    if spoken - allowed:
        raise run.broken(f"tablet {device[:8]} was told of visits that are not its people's")


def no_lie(run: Schedule, tablet: Tablet) -> None:
    """Whoever reads 可以交还 on a tablet may rely on it, as long as the server is the one it spoke to."""
    state = tablet.state
    rows = run.server.rows("SELECT epoch FROM field_epoch WHERE id = 1")
    if not rows or state.epoch != rows[0]["epoch"]:
        return
    rows = run.server.rows("SELECT id FROM ledger_entry WHERE device = ?", tablet.device)
    kept = {row["id"] for row in rows}
    acknowledged = {name for name, entry in state.entries.items() if entry.receipt}
    if acknowledged - kept:
        raise run.broken("the tablet has receipts for entries that the server does not have")
    pictures = Pictures(run.server.house)
    whole = [name for name, blob in state.blobs.items() if blob.status == "complete"]
    if not all(pictures.has(name) for name in whole if name not in run.gone):
        raise run.broken("the tablet believes a photo whole that the server does not have")
    counts = exchange.summary(state)
    if counts.safe and set(tablet.store.entries) - kept:
        raise run.broken("the tablet says that all is safe, and it is not")
    safe = {name for name, entry in state.entries.items() if 0 < entry.receipt <= state.backed_up}
    if safe and not (run.backed_up and safe <= run.backed_up[-1]):
        raise run.broken("the tablet counts entries as backed up that no backup holds")


def aside_for_a_reason(run: Schedule, tablet: Tablet) -> None:
    """Only what was really damaged goes aside."""
    state = tablet.state
    names = {name for name, entry in state.entries.items() if entry.status == "aside"}
    names |= {name for name, blob in state.blobs.items() if blob.status == "aside"}
    for name in sorted(names - run.net.damaged - run.rotten):
        one = state.entries.get(name) or state.blobs[name]
        raise run.broken(f"an item without fault went aside ({one.code})")


async def at_rest(run: Schedule) -> None:
    """Everything that must hold in the end; raises Broken."""
    kept = _nothing_lost(run)
    await _nothing_twice(run)
    _photos_whole(run, kept)
    for visit in sorted(run.truth.teams):
        await _all_see_the_same(run, visit)
    _clocks_said(run)
    house = run.server.house
    keys = await public_keys(house.vault.device, house.vault.public_key)
    _, damages = await ledger.verify(house, keys)
    if damages:
        raise run.broken(f"the ledger does not verify: {damages[:3]}")
    await _replays(run)


def _clocks_said(run: Schedule) -> None:
    """What the ledger says of a tablet's clock is what it once showed, and the same is never said twice."""
    rows = run.server.rows("SELECT device, skew, allowed FROM clock_measured ORDER BY number")
    last: dict[str, int] = {}
    for row in rows:
        device, skew, allowed = row["device"], row["skew"], row["allowed"]
        if skew not in run.skews[device]:
            raise run.broken(f"a clock is written down as wrong by {skew} ms that never was")
        if abs(skew - last.get(device, 0)) <= allowed:
            raise run.broken("a clock is written down though nothing changed")
        last[device] = skew
    run.faults["a clock's error written down beside what it dated"] += len(rows)


def _nothing_lost(run: Schedule) -> set[str]:
    rows = run.server.rows("SELECT id, number FROM ledger_entry")
    kept = {row["id"] for row in rows}
    for held in run.hands:
        tablet = held.tablet
        lost = {*tablet.saved, *tablet.store.entries} - kept - run.rotten
        if lost:
            states = sorted({_told(tablet, name) for name in lost})
            raise run.broken(f"{len(lost)} entries of tablet {tablet.device[:8]} never arrived: {states}")
        aside = {name for name, entry in tablet.state.entries.items() if entry.status == "aside"}
        if aside - run.rotten:
            raise run.broken("an entry without fault stays aside")
        unseen = (run.rotten & set(tablet.store.entries)) - aside - kept
        if unseen:
            raise run.broken("a bad entry is not shown as aside")
    return kept


def _told(tablet: Tablet, name: str) -> str:
    state = tablet.state.entries.get(name)
    return f"{state.status} {state.code}" if state else "unknown to the machine"


async def _nothing_twice(run: Schedule) -> None:
    rows = run.server.rows("SELECT id, kind, subject FROM ledger_entry")
    if len({row["id"] for row in rows}) != len(rows):
        raise run.broken("an entry stands twice in the ledger")
    bodies = await ledger.bodies_of(run.server.house, [row["id"] for row in rows])
    nonces = Counter(body["nonce"] for body in bodies.values())
    if any(count > 1 for count in nonces.values()):
        raise run.broken("one tap became two entries")
    stored, taken = (
        Counter((row["subject"], bodies[row["id"]]["digest"]) for row in rows if row["kind"] == kind)
        for kind in ("evidence.stored", "evidence.taken")
    )
    if any(count > taken[place] for place, count in stored.items()):
        raise run.broken("one photo was stored twice in one visit")


def _photos_whole(run: Schedule, kept: set[str]) -> None:
    pictures = Pictures(run.server.house)
    for held in run.hands:
        for name, blob in held.tablet.state.blobs.items():
            if pictures.has(name) and hashlib.sha256(pictures.read(name)).hexdigest() != name:
                raise run.broken("a photo is kept that is not what was signed for")
            if name in run.rotten:
                continue
            if not kept.intersection(blob.entries):
                continue
            if not pictures.has(name):
                raise run.broken(f"a photo never arrived ({blob.status} {blob.code})")
            if blob.status != "complete":
                raise run.broken(
                    f"a photo is whole on the server and its tablet does not know ({blob.status})"
                )


async def _all_see_the_same(run: Schedule, visit: str) -> None:
    server = await folded(run.server.house, visit)
    sealed = run.server.rows("SELECT state FROM visit_state WHERE visit = ?", visit)
    shown = run.server.house.vault.open(bytes(sealed[0]["state"]), "visit_state.state")
    if shown != canonical(kept(server)):
        raise run.broken("the office's screen shows another state than the entries say")
    truth = set(run.truth.heads[visit])
    if {head.entry for head in server.order.heads} != truth:
        raise run.broken("the server sends another team than the office ordered")
    if server.disputed:
        run.faults["disputed answers, seen by all"] += 1
    for held in run.hands:
        tablet = held.tablet
        in_scope = visit in run.truth.may_read(tablet.device)
        if in_scope and tablet.device not in run.cloned:
            gone = run.rotten | (_held_since(run) - set(tablet.store.entries))
            known = [(entry, body) for entry, body in tablet.known(visit) if entry.id not in gone]
            different = _differences(server, fold(known), set(tablet.store.entries))
            if different:
                raise run.broken(f"tablet {tablet.device[:8]} and server differ in {different}")
            if tablet.packet(visit) is None:
                raise run.broken("a tablet in scope has no packet")
            _counts_what_waits(run, tablet, visit)


def _counts_what_waits(run: Schedule, tablet: Tablet, visit: str) -> None:
    """What a tablet calls 待核定 is what the office has still to decide on."""
    rows = run.server.rows(
        "SELECT entry FROM held WHERE source = 'receipt' AND decision = '' AND device = ? AND visit = ?",
        *(tablet.device, visit),
    )
    waits = {row["entry"] for row in rows}
    counted = {
        name
        for name, entry in tablet.state.entries.items()
        if entry.visit == visit and entry.status == "held" and not entry.decided
    }
    if (waits ^ counted) - run.rotten:
        raise run.broken("a tablet calls undecided what is decided, or the reverse")


def _held_since(run: Schedule) -> set[str]:
    """What a restored server holds by now though it counted in its lost time. Colleagues who heard of it then
    keep it: it is evidence, and they cannot know."""
    if not run.faults["server restored from an older backup"]:
        return set()
    rows = run.server.rows("SELECT entry FROM held WHERE source = 'receipt' AND decision <> 'admitted'")
    return {row["entry"] for row in rows}


def _differences(server: VisitState, tablet: VisitState, own: set[str]) -> list[str]:
    """Fields in which the two differ. What a receipt holds of others is not sent to a tablet, unless it was
    admitted: then its effect is, and not why it was held."""
    seen = own | {one.entry for one in tablet.held}
    server = replace(server, held=tuple(one for one in server.held if one.entry in seen))
    if server == tablet:
        return []
    here: Any = to_json(server)
    there: Any = to_json(tablet)
    return [f"{name}: {_part(here[name], there[name])}" for name in here if here[name] != there[name]]


def _part(here: Any, there: Any) -> str:
    """The first part in which they differ, short."""
    if isinstance(here, list) and isinstance(there, list):
        one = next(((a, b) for a, b in itertools.zip_longest(here, there) if a != b), ("", ""))
        return f"server {str(one[0])[:300]} tablet {str(one[1])[:300]}"
    return f"server {str(here)[:300]} tablet {str(there)[:300]}"


async def _replays(run: Schedule) -> None:
    shadow = run.server.folder / "shadow.sqlite"
    shutil.copy(run.template.empty, shadow)
    engine_for = db.engine_for
    db.engine_for = lambda url: InlineSQLite(url.removeprefix("sqlite:///"), Hooks())
    try:
        outcome = await replaying.replay(run.server.house, shadow)
    finally:
        db.engine_for = engine_for
    if outcome.differences:
        raise run.broken(f"replay gives other rows: {outcome.differences[:3]}")
