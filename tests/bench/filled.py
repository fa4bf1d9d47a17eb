"""Visits as real tablets fill them and send them, for `sync_bench`: 30 answers, three photos of 300 KB and a signature
each. What went over each tablet's connection is kept."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image

from backend.app import open_house
from backend.house import House
from backend.settings import settings_from
from sync import exchange
from sync.words import Packet
from tests import builders
from tests.harness.tablet import Answer, NoAnswer, Sent, Tablet, key_of
from tests.tablets import invite, order_visit, photo_body

ANSWERS, PHOTOS = 30, 3
PHOTO_BYTES = 300_000
DEPARTMENTS = ("市场监管局（虚构）", "消防救援大队（虚构）", "人社局（虚构）")
STROKES = [[100, 100, 200, 150, 300, 250, 400, 200, 500, 300], [600, 300, 700, 350, 800, 400]]


@dataclass
class Line:
    """One tablet's connection; it remembers what went over it."""

    client: httpx.AsyncClient
    sent: list[tuple[Sent, int]] = field(default_factory=list)

    async def __call__(self, sent: Sent) -> Answer:
        try:
            answer = await self.client.request(
                sent.method, sent.path, headers=dict(sent.headers), content=sent.body
            )
        except httpx.TransportError as error:
            raise NoAnswer(str(error)) from error
        self.sent.append((sent, len(answer.content)))
        return Answer(answer.status_code, answer.headers, answer.content)


@dataclass
class Prepared:
    """A team: its officers as (account, department), the leader first, and a code for each of them."""

    officers: list[tuple[str, str]]
    codes: list[str]


async def prepare(environment: dict[str, str], visits: int, clients: int) -> list[Prepared]:
    """A team with a tablet per client, and the visits ordered: written where the office writes them."""
    house = await open_house(settings_from(environment))
    try:
        return [await _team(house, number, len(range(number, visits, clients))) for number in range(clients)]
    finally:
        await house.engine.close()


async def _team(house: House, number: int, visits: int) -> Prepared:
    officers = []
    for department in DEPARTMENTS:
        for _ in range(2):
            row = await builders.account(house, "inspector", department, f"检查员{number}（虚构）")
            officers.append((row["id"], row["organisation"]))
    leader = officers[0][0]
    for _ in range(visits):
        team = [(account, "leader" if account == leader else "member") for account, _ in officers]
        await order_visit(house, team, items=ANSWERS // len(DEPARTMENTS))
    return Prepared(officers, [await invite(house, account) for account, _ in officers])


def photograph() -> bytes:
    """A JPEG of about 300 KB, as a tablet's working copy is: 1600 × 1200."""
    chance = random.Random(1)
    noise = Image.frombytes("RGB", (400, 300), chance.randbytes(400 * 300 * 3)).resize((1600, 1200))
    for quality in range(95, 20, -3):
        with tempfile.SpooledTemporaryFile() as out:
            noise.save(out, "JPEG", quality=quality)
            if out.tell() <= PHOTO_BYTES:
                out.seek(0)
                return out.read()
    raise ValueError("no quality makes it small enough")


def another(photo: bytes, number: int) -> bytes:
    """The same picture with another comment: other bytes, other digest, and as large as a photo is here."""
    comment = f"{number:08}".encode() * 8_000
    comment = comment[: min(65_000, max(8, PHOTO_BYTES - len(photo) - 4))]
    return photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + photo[2:]


def fill(tablet: Tablet, packet: Packet, officers: dict[str, str], photo: bytes, first: int) -> None:
    """One visit as it is filled: arrival, certificates, rights, answers, photos, a signature."""
    visit = packet.visit
    tablet.record(visit, "visit.opened", {"place": None})
    shown = [member.account for member in packet.team]
    tablet.record(visit, "identity.shown", {"inspectors": shown, "shown_to": "店员（虚构）"})
    tablet.record(visit, "rights.told", {"recusal": "not_requested", "statement": ""})
    for number in range(PHOTOS):
        content = another(photo, first + number)
        tablet.record(visit, "evidence.taken", photo_body(content), photo=content)
    for block in packet.blocks:
        for item in block.items:
            place = {"organisation": block.organisation, "item": item.item}
            said: dict[str, Any] = {"answer": "conform", "findings": [], "note": "", "supersedes": []}
            tablet.record(visit, "answer.given", place | said, by=officers[block.organisation])
    signature = {
        "role": "party",
        "signer": None,
        "name": "店员（虚构）",
        "identity": "负责人",
        "organisation": None,
        "record_digest": "0" * 64,
        "template": packet.template,
        "strokes": STROKES,
        "assurance": "none",
        "opinion": "agreed",
        "statement": "",
    }
    tablet.record(visit, "signature.given", signature)


Lines = list[list[tuple[Sent, int]]]
"""Per tablet what it sent, each with the length of the answer."""


async def enrolled(origin: str, prepared: list[Prepared]) -> list[Tablet]:
    """A tablet per team, with all its officers and all its packets."""
    tablets = []
    async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:
        for number, team in enumerate(prepared):
            tablet = Tablet(
                key_of(f"bench {number} {time.time()}"), Line(client), _wall_clock, random.Random(number)
            )
            for (account, _), code in reversed(list(zip(team.officers, team.codes, strict=True))):
                await tablet.enrol(code, account)
            await tablet.sync()
            tablets.append(tablet)
    return tablets


def recorded(tablets: list[Tablet], prepared: list[Prepared]) -> None:
    """Every visit of every tablet as it is filled on site."""
    photo, taken = photograph(), 0
    for tablet, team in zip(tablets, prepared, strict=True):
        by = {organisation: account for account, organisation in reversed(team.officers)}
        for packet in list(tablet.store.packets.values()):
            fill(tablet, packet, by, photo, taken)
            taken += PHOTOS
        with tablet.store.transaction() as write:
            write.put(tablet.store.one, "exchange", exchange.hurry(tablet.state))


async def pushed(origin: str, tablets: list[Tablet]) -> Lines:
    """Send everything as tablets do, until each says that all is safe; what they sent."""
    async with httpx.AsyncClient(base_url=origin, timeout=120, trust_env=False) as client:
        lines = [Line(client) for _ in tablets]
        for tablet, line in zip(tablets, lines, strict=True):
            tablet.transport = line
        await asyncio.gather(*(tablet.sync() for tablet in tablets))
    for tablet in tablets:
        counts = exchange.summary(tablet.state)
        if not counts.safe or counts.held:
            raise AssertionError(f"not everything arrived: {counts}")
    return [line.sent for line in lines]


def _wall_clock() -> int:
    return time.time_ns() // 1_000_000
