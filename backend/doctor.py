"""The doctor: looks at everything that is stored and changes nothing of itself (cli: --ask-again does).

``replay`` says whether the derived tables follow from the ledger; this says whether ledger, chains, receipts,
photographs and the rows that no replay makes again are whole. It may run while the server serves: what is being
written at that moment is not damage.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend import db, ledger
from backend.dispatch.tables import CONTENT_PLACE, KEY_PLACE
from backend.field.blobs import Store
from backend.field.given_up import given_up
from backend.field.tables import UPLOADED, Epoch, Evidence
from backend.house import House
from backend.people.tables import public_keys
from backend.vault import SealBroken
from sync.canon import H
from sync.words import NO_PREV

SHOWN = 20
"""How many damages of one sort are named one by one."""
STALE_SECONDS = 24 * 3600
"""A file that arrives is left alone for so long."""


@dataclass(frozen=True)
class Finding:
    """One line for the operator, Chinese and English."""

    line: str
    damage: bool = False


async def examine(house: House) -> list[Finding]:
    """Everything that was looked at, and every damage."""
    return [
        *await _ledger(house),
        *await _chains(house),
        *await _counts(house),
        *await _erased(house),
        *await _packets(house),
        *await _draws(house),
        *[
            Finding(f"数据库设置 database: {one}，断电可能丢失已确认的记录 a power cut may lose commits")
            for one in await db.unsafe_settings(house.engine)
        ],
        *await _photographs(house),
        *await _backed_up(house),
    ]


def _said(chinese: str, english: str, damages: Sequence[str], total: int) -> Iterator[Finding]:
    for one in damages[:SHOWN]:
        yield Finding(f"{chinese} {english}: {one}", damage=True)
    if len(damages) > SHOWN:
        yield Finding(f"{chinese} {english}: 另有 {len(damages) - SHOWN} 处 more", damage=True)
    if not damages:
        yield Finding(f"{chinese} {english}: {total} 完好 ok")


async def _ledger(house: House) -> list[Finding]:
    keys = await public_keys(house.vault.device, house.vault.public_key)
    number, damages = await ledger.verify(house, keys)
    now = (await db.execute(house.engine, "SELECT number FROM server_chain WHERE id = 1"))[0]["number"]
    if now > number:  # it grew while it was read; whether its end agrees is asked in one statement below
        damages = [one for one in damages if one.what != "end"]
    return list(_said("账本", "ledger", [f"第 {one.number} 条 {one.what}" for one in damages], number))


async def _chains(house: House) -> list[Finding]:
    """Every chain: each entry follows the one before it. A tablet's gap or fork is no damage where it is held."""
    rows = await db.execute(
        house.engine,
        "SELECT l.device, l.seq, l.id, l.prev, h.code, d.status FROM ledger_entry l "
        "LEFT JOIN held h ON h.entry = l.id LEFT JOIN device d ON d.id = l.device "
        "ORDER BY l.device, l.seq, l.number",
    )
    broken: list[str] = []
    devices: dict[str, dict[int, set[str]]] = {}
    for row in rows:
        places = devices.setdefault(row["device"], {})
        first = row["seq"] == 1 and row["prev"] == NO_PREV
        follows = first or row["prev"] in places.get(row["seq"] - 1, set())
        alone = not places.get(row["seq"])
        known = row["device"] != house.vault.device and (
            row["code"] or row["status"] in ("forked", "revoked")
        )
        if not ((follows and alone) or known):
            broken.append(f"{row['device'][:16]} 第 {row['seq']} 条 {row['id'][:16]}")
        places.setdefault(row["seq"], set()).add(row["id"])
    return list(_said("记录链", "chains", broken, len(devices)))


COUNTS = (
    ("number", "SELECT count(*) AS a, (SELECT number FROM server_chain WHERE id = 1) AS b FROM ledger_entry"),
    (
        "server chain",
        "SELECT count(*) AS a, (SELECT seq FROM server_chain WHERE id = 1) AS b FROM ledger_entry "
        "WHERE device = {}",
    ),
    (
        "server chain end",
        "SELECT count(*) AS a, 1 AS b FROM server_chain s WHERE s.id = 1 AND (s.seq = 0 OR s.prev = "
        "(SELECT l.id FROM ledger_entry l WHERE l.device = {} ORDER BY l.seq DESC LIMIT 1))",
    ),
    (
        "bodies",
        "SELECT count(*) AS a, 0 AS b FROM ledger_body b "
        "WHERE NOT EXISTS (SELECT 1 FROM ledger_entry l WHERE l.id = b.entry)",
    ),
    (
        "receipts",
        "SELECT count(*) AS a, 0 AS b FROM ledger_entry l WHERE l.device <> {} "
        "AND NOT EXISTS (SELECT 1 FROM visit_entry v WHERE v.number = l.number) "
        "AND NOT EXISTS (SELECT 1 FROM held h WHERE h.entry = l.id)",
    ),
    (
        "photos stored",
        "SELECT count(*) AS a, 0 AS b FROM evidence e WHERE e.stored > 0 AND NOT EXISTS "
        "(SELECT 1 FROM ledger_entry l WHERE l.number = e.stored AND l.kind IN "
        "('evidence.stored', 'item.verified', 'item.contradicted'))",
    ),
)
"""Two numbers that must agree: entries and the ledger's end, the server's own and their end, bodies without an entry,
entries of tablets that neither count nor are held, photographs called whole without an entry that says so."""


async def _counts(house: House) -> list[Finding]:
    wrong = []
    for name, statement in COUNTS:
        values = [house.vault.device] if "{}" in statement else []
        row = (await db.execute(house.engine, statement, *values))[0]
        if row["a"] != row["b"]:
            wrong.append(f"{name} {row['a']} ≠ {row['b']}")
    return list(_said("计数", "counts", wrong, len(COUNTS)))


async def _erased(house: House) -> list[Finding]:
    """Bodies that were erased are no damage: the chain holds without them, and ids and signatures are checked."""
    row = (
        await db.execute(
            house.engine,
            "SELECT count(*) AS n FROM ledger_entry l "
            "WHERE NOT EXISTS (SELECT 1 FROM ledger_body b WHERE b.entry = l.id)",
        )
    )[0]
    return [Finding(f"已清除内容的记录 bodies erased: {row['n']}")] if row["n"] else []


PACKETS_AT_ONCE = 200


async def _packets(house: House) -> list[Finding]:
    """What visits rely on and no entry holds: the packets that they name, and the texts that packets name."""
    visits = await db.execute(house.engine, "SELECT DISTINCT packet_digest FROM visit")
    damages: list[str] = []
    there: set[str] = set()
    wanted: set[str] = set()
    last = ""
    while rows := await db.execute(
        house.engine,
        "SELECT digest, content, data_key FROM packet WHERE digest > {} ORDER BY digest LIMIT {}",
        *(last, PACKETS_AT_ONCE),
    ):
        last = rows[-1]["digest"]
        there |= {row["digest"] for row in rows}
        wrong, texts = await asyncio.to_thread(_packets_of, house, rows)
        damages += wrong
        wanted |= texts
    damages += [f"{name} 缺失 missing" for name in sorted({row["packet_digest"] for row in visits} - there)]
    rows = await db.execute(house.engine, "SELECT digest, content FROM item_text")
    texts_there = {row["digest"] for row in rows}
    changed = [row["digest"] for row in rows if H("text/1", row["content"].encode()).hex() != row["digest"]]
    wrong_texts = [
        *(f"{name} 缺失 missing" for name in sorted(wanted - texts_there)),
        *(f"{name} 摘要不符 digest" for name in sorted(changed)),
    ]
    return [
        *_said("任务包", "packets", damages, len(there)),
        *_said("检查事项", "item texts", wrong_texts, len(texts_there)),
    ]


def _packets_of(house: House, rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], set[str]]:
    """What is wrong with these packets, and the digests of the texts that they name."""
    damages: list[str] = []
    texts: set[str] = set()
    for row in rows:
        name = row["digest"]
        if _opened(house, row["data_key"], KEY_PLACE) is None:
            damages.append(f"{name} 数据密钥打不开 data key")
        content = _opened(house, row["content"], CONTENT_PLACE)
        if content is None:
            damages.append(f"{name} 打不开 content")
        elif H("packet/1", content).hex() != name:
            damages.append(f"{name} 摘要不符 digest")
        else:
            blocks = json.loads(content)["blocks"]
            texts |= {item["text"] for block in blocks for item in block["items"]}
    return damages, texts


def _opened(house: House, sealed: bytes, place: str) -> bytes | None:
    try:
        return house.vault.open(bytes(sealed), place)
    except (SealBroken, ValueError):
        return None


FROZEN = (
    "SELECT d.number, d.plan, (SELECT count(*) FROM draw_secret s WHERE s.draw = d.id) AS secrets, "
    "(SELECT count(*) FROM draw_row r WHERE r.draw = d.id) AS targets, "
    "(SELECT count(*) FROM draw_roster p WHERE p.draw = d.id) AS people FROM draw d ORDER BY d.number"
)


async def _draws(house: House) -> list[Finding]:
    """What a draw froze is as much as its plan says; without it the draw cannot be audited."""
    rows = await db.execute(house.engine, FROZEN)
    damages = []
    for row in rows:
        plan = json.loads(row["plan"])
        people = plan["roster"]["n"] if plan["roster"] else 0
        for what, have, said in (
            ("密钥 secret", row["secrets"], 1),
            ("名录 rows", row["targets"], plan["snapshot"]["n"]),
            ("名册 roster", row["people"], people),
        ):
            if have != said:
                damages.append(f"{row['number']} {what} {have} ≠ {said}")
    return list(_said("抽取", "draws", damages, len(rows)))


async def lost_pictures(house: House) -> list[str]:
    """Digests of photographs that tablets sent and whose file is gone or has changed."""
    rows = await Evidence.select(Evidence.digest).where(
        Evidence.use.is_in(list(UPLOADED)) & (Evidence.stored > 0)
    )
    store, named = Store(house), sorted({row["digest"] for row in rows})
    return await asyncio.to_thread(lambda: [name for name in named if _wrong(store, name)])


async def _photographs(house: House) -> list[Finding]:
    rows = await db.execute(house.engine, "SELECT digest, stored, use FROM evidence")
    return await asyncio.to_thread(_photographs_of, Store(house), rows, await given_up(house))


def _photographs_of(
    store: Store, rows: Sequence[Mapping[str, Any]], lost_for_good: set[str]
) -> list[Finding]:
    whole = {row["digest"] for row in rows if row["stored"] and row["use"] != "destroyed"}
    wrong = {name: said for name in sorted(whole) if (said := _wrong(store, name))}
    damages = [f"{name} {said}" for name, said in wrong.items() if name not in lost_for_good]
    announced = {row["digest"] for row in rows}
    blobs = store.house.settings.blobs
    kept = [path for path in blobs.glob("??/*") if _is_stale(path) or len(path.name) == 64]
    unknown = [path for path in kept if path.name not in announced]
    parts = _orphans(blobs, announced - whole)
    # The power went between the file and the entry that vouches for it: whoever sends it again is told that it is here.
    unsaid = [name for name in sorted(announced - whole) if not _wrong(store, name)]
    torn = _torn(store, {row["digest"] for row in rows if row["stored"]})
    return [
        *_said("照片", "photographs", damages, len(whole)),
        *[Finding(f"已确认遗失 accepted as lost: {name}") for name in wrong if name in lost_for_good],
        Finding(f"待收照片 awaited: {len(announced - whole)}"),
        *[Finding(f"已存待登记，终端再传即登记 kept, not yet recorded: {name}") for name in unsaid[:SHOWN]],
        *[Finding(f"断电残件，可加 --clean 清除 torn, nobody vouches: {path.name}") for path in torn[:SHOWN]],
        Finding(f"无人引用的文件 unreferenced files: {len(unknown)} ({_bytes(unknown)} B)"),
        Finding(f"残留的分段 orphaned parts: {len(parts)} ({_bytes(parts)} B)"),
    ]


def _torn(store: Store, vouched: set[str]) -> list[Path]:
    """Pictures of a day and more ago that lie in their place and are not what they are called, as a power cut leaves
    them, and that no entry ever called whole (``vouched``): nothing is lost with them, whoever has one sends it again.
    One that cannot be read for another reason is left alone."""
    kept = store.house.settings.blobs.glob("??/*")
    left = [path for path in kept if len(path.name) == 64 and path.name not in vouched and _is_stale(path)]
    return sorted(path for path in left if _is_torn(store, path.name))


def _is_torn(store: Store, name: str) -> bool:
    try:
        return hashlib.sha256(store.read(name)).hexdigest() != name
    except SealBroken:
        return True
    except OSError:
        return False


def _orphans(blobs: Path, awaited: set[str]) -> list[Path]:
    """Parts of a day and more ago whose picture nobody awaits."""
    return [path for path in blobs.glob("parts/*") if _is_stale(path) and path.name not in awaited]


async def clean(house: House) -> tuple[int, int]:
    """Remove what broken uploads and power cuts left: orphaned parts, files that never came to their place, torn
    pictures that nobody vouches for. (files, bytes)"""
    rows = await db.execute(house.engine, "SELECT digest, stored FROM evidence")
    awaited = {row["digest"] for row in rows if not row["stored"]}
    vouched = {row["digest"] for row in rows if row["stored"]}
    return await asyncio.to_thread(_clean, Store(house), awaited, vouched)


def _clean(store: Store, awaited: set[str], vouched: set[str]) -> tuple[int, int]:
    blobs = store.house.settings.blobs
    fresh = [path for path in blobs.glob("??/*.*") if _is_stale(path)]  # DIGEST.ID: sealed, but not yet moved
    left = [*_orphans(blobs, awaited), *fresh, *_torn(store, vouched)]
    size = _bytes(left)
    for path in left:
        if _is_stale(path):  # a tablet may have sent it again since it was read
            path.unlink(missing_ok=True)
    return len(left), size


def _wrong(store: Store, name: str) -> str:
    """What is wrong with it; its length as announced says nothing beside its digest."""
    try:
        content = store.read(name)
    except FileNotFoundError:
        return "缺失 missing"
    except (SealBroken, OSError) as error:
        return f"打不开 {type(error).__name__}"
    return "" if hashlib.sha256(content).hexdigest() == name else "摘要不符 digest"


def _is_stale(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > STALE_SECONDS
    except FileNotFoundError:
        return False


def _bytes(paths: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.exists())


async def _backed_up(house: House) -> list[Finding]:
    """How far tablets were told that they are safe. The row of the epoch is made for the first tablet, not here."""
    mine = await Epoch.select().where(Epoch.id == 1).first()
    row = (
        await db.execute(
            house.engine,
            "SELECT c.number, (SELECT count(*) FROM ledger_entry l WHERE l.device <> {}) AS sent "
            "FROM server_chain c WHERE c.id = 1",
            house.vault.device,
        )
    )[0]
    if mine is None and row["sent"]:
        return [Finding("已备份 backed up: 缺失，终端将从头上传 epoch missing", damage=True)]
    done = mine["backed_up"] if mine else 0
    said = f"已备份 backed up: {done} / {row['number']}"
    return [
        Finding(f"{said}，超出账本 beyond the ledger", damage=True) if done > row["number"] else Finding(said)
    ]
