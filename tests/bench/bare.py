"""The floor with the work that no server of this protocol is spared, on SQLite: entries are parsed, hashed, verified,
sealed and kept in indexed rows, with one signed receipt; photos are hashed, sealed, synced and named in a row. There is
no framework, session, scope, rate, rule, reaction or fold: what lies between this and the real server is what those
cost. Each request has a transaction of its own; nothing is tuned, it shows the order of what cannot be left out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.ledger import FIRST_HEAD, next_head
from backend.vault import open_vault
from sync import chain
from sync.canon import canonical
from sync.words import Entry
from tests.bench.floor import FOLDER, answered, sync_folder, synced, whole_body

VAULT = open_vault(FOLDER / "keys")
TABLES = """
CREATE TABLE entry (number INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, subject TEXT, "by" TEXT, device TEXT,
  seq INTEGER, prev TEXT, at TEXT, body_digest TEXT, signature TEXT, head TEXT);
CREATE INDEX entry_kind ON entry (kind);
CREATE INDEX entry_subject ON entry (subject);
CREATE INDEX entry_place ON entry (device, seq);
CREATE TABLE body (entry TEXT PRIMARY KEY, sealed BLOB);
CREATE TABLE photo (digest TEXT PRIMARY KEY, number INTEGER);
"""
COLUMNS = ("kind", "subject", "by", "device", "seq", "prev", "at", "body_digest", "signature")


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.executescript(TABLES)
    return database


class Bare:
    """One writer, one transaction after the other; committing waits for the disk beside the loop."""

    def __init__(self) -> None:
        self.database = _opened(FOLDER / "bare.sqlite")
        self.line = asyncio.Lock()
        self.number, self.head = 0, FIRST_HEAD

    async def commit(self, work: Callable[[], None]) -> None:
        """Do that work in a transaction of its own; it is on the disk then."""
        async with self.line:
            self.database.execute("BEGIN IMMEDIATE")
            work()
            await asyncio.to_thread(self.database.execute, "COMMIT")

    def push(self, asked: dict[str, Any]) -> None:
        """Entries with their bodies. The signature is another key's here, which takes as long to find out."""
        entries, bodies, receipts = [], [], []
        for one in asked["entries"]:
            entry, plain = Entry(**one["entry"]), canonical(one["body"])
            if chain.entry_id(entry) != entry.id or chain.body_bytes_digest(plain) != entry.body_digest:
                raise ValueError(entry.id)
            if entry.signature:
                chain.signature_holds(VAULT.public_key, entry.id, entry.signature)
            self.number, self.head = self.number + 1, next_head(self.head, entry)
            entries.append((self.number, entry.id, *(getattr(entry, name) for name in COLUMNS), self.head))
            bodies.append((entry.id, VAULT.seal(plain, "body")))
            receipts.append({"entry": entry.id, "status": "accepted", "code": None})
        said = canonical({"device": asked["device"], "receipts": receipts})
        name = chain.body_bytes_digest(said)
        VAULT.sign(name)
        bodies.append((name, VAULT.seal(said, "body")))
        marks = ", ".join("?" * (len(COLUMNS) + 3))
        self.database.executemany(f"INSERT INTO entry VALUES ({marks})", entries)
        self.database.executemany("INSERT INTO body VALUES (?, ?)", bodies)

    def photo(self, digest: str) -> None:
        """The row that says that a photo is whole."""
        self.number += 1
        self.database.execute("INSERT INTO photo VALUES (?, ?)", (digest, self.number))


def keep(content: bytes) -> str:
    """A photo hashed, sealed and on the disk with its name; its digest."""
    digest = hashlib.sha256(content).hexdigest()
    folder = FOLDER / "blobs" / digest[:2]
    folder.mkdir(exist_ok=True)
    synced(folder / digest, VAULT.seal(content, digest), os.O_EXCL)
    sync_folder(folder)
    return digest


_bare: list[Bare] = []


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers as long as the real server's, as the floor does."""
    if scope["type"] != "http":
        return
    if not _bare:
        _bare.append(Bare())
    bare, body = _bare[0], await whole_body(receive)
    if scope["method"] == "PUT":
        digest = await asyncio.to_thread(keep, body)
        await bare.commit(lambda: bare.photo(digest))
    elif body:
        asked = json.loads(body)
        if asked.get("entries"):
            await bare.commit(lambda: bare.push(asked))
    await answered(scope, send)
