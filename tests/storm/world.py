"""The small district of the storm: three departments, twelve inspectors, ten tablets, six visits; what the office
does; and the truth about who may read what, kept apart from the tables that the server derives."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from litestar import Litestar
from PIL import Image

from backend import db, ledger, migrate
from backend.dispatch.tables import Packet as PacketRow
from backend.field import office, rules
from backend.house import Refused
from backend.ledger import Draft
from backend.people.tables import Account, Invite, Organisation, token_digest
from sync import words as w
from sync.canon import canonical, digest
from tests.conformance import visits as v
from tests.harness.tablet import Tablet, key_of
from tests.harness.tablet_store import Store
from tests.storm.engine import Hooks, InlineSQLite
from tests.storm.server import Clock, Server

DEPARTMENTS = (v.MARKET, v.FIRE, v.LABOUR)
PEOPLE = tuple(v.ident(f"inspector {n}") for n in range(12))
"""Inspector n belongs to department n % 3."""
TABLETS = 10
VISITS = tuple(v.ident(f"visit {n}") for n in range(6))
CLERK = v.ident("clerk")


def department(person: str) -> str:
    return DEPARTMENTS[PEOPLE.index(person) % 3]


def holders(number: int) -> tuple[str, ...]:
    """Who joined tablet ``number`` at the beginning: every inspector has one, some tablets are shared."""
    return (PEOPLE[number],) if number >= 2 else (PEOPLE[number], PEOPLE[TABLETS + number])


def team_of(people: tuple[str, ...]) -> tuple[w.TeamMember, ...]:
    return tuple(
        w.TeamMember(
            account=person,
            name=f"检查员{PEOPLE.index(person)}（虚构）",
            organisation=department(person),
            role="leader" if place == 0 else "member",
            certificate=f"证{person[:6]}",
            certified=True,
        )
        for place, person in enumerate(people)
    )


def packet_for(visit: str, team: tuple[w.TeamMember, ...], server_key: str) -> w.Packet:
    """The conformance tests' packet, for this visit and team."""
    base = v.packet()
    taking_part = {member.organisation for member in team}
    return base.model_copy(
        update={
            "visit": visit,
            "number": f"测{VISITS.index(visit) if visit in VISITS else 9}-{visit[:8]}",
            "team": team,
            "blocks": tuple(block for block in base.blocks if block.organisation in taking_part),
            "minimum_officers": 1,
            "server_key": server_key,
        }
    )


@lru_cache(maxsize=64)
def photo(number: int) -> bytes:
    """A small JPEG, another for every number."""
    image = Image.frombytes("RGB", (24, 24), random.Random(number).randbytes(24 * 24 * 3))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


@dataclass
class Truth:
    """Who is in which team, who joined which tablet, which tablets are out of use: what the office knows it did."""

    teams: dict[str, frozenset[str]] = field(default_factory=dict)
    heads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    persons: dict[str, frozenset[str]] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()

    def copy(self) -> Truth:
        return Truth(dict(self.teams), dict(self.heads), dict(self.persons), self.revoked)

    def may_read(self, device: str) -> set[str]:
        """The visits that this tablet's persons are sent to now."""
        if device in self.revoked:
            return set()
        people = self.persons.get(device, frozenset())
        return {visit for visit, team in self.teams.items() if team & people}


@dataclass
class Office:
    """What people at desks do, through the ledger and the rooms' own rules."""

    server: Server
    truth: Truth
    chance: random.Random

    async def order(self, visit: str, people: tuple[str, ...], supersedes: bool = True) -> None:
        """Send these people to the visit; ``supersedes`` False: the clerk did not see the order before."""
        house = self.server.house
        team = team_of(people)
        packet = packet_for(visit, team, house.vault.public_key).model_dump(mode="json")
        name = digest("packet/1", packet)
        row = PacketRow(
            digest=name,
            visit=visit,
            content=house.vault.seal(canonical(packet), "packet.content"),
            data_key=house.vault.seal(bytes(32), "packet.data_key"),
        )
        before = self.truth.heads.get(visit, ())
        body = w.VisitOrdered(
            nonce=house.new_id(),
            scheme=v.ident("scheme"),
            target=v.ident(f"target {visit}"),
            team=team,
            planned_on="2026-11-20",
            packet_digest=name,
            supersedes=before if supersedes else (),
        )
        async with ledger.turn(house) as turn:
            await PacketRow.insert(row).on_conflict(action="DO NOTHING")
            (entry,) = await turn.append(Draft(visit, body), CLERK, house.clock())
        self.truth.teams[visit] = frozenset(people)
        self.truth.heads[visit] = (entry.id,) if supersedes else (*before, entry.id)

    async def invite(self, person: str) -> str:
        """A code on the office's screen."""
        house = self.server.house
        alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        code = "".join(alphabet[byte % 32] for byte in house.chance(20))
        await Invite.insert(
            Invite(
                code_digest=token_digest(code),
                account=person,
                organisation=department(person),
                made_by=CLERK,
                expires_at=house.clock() + timedelta(minutes=10),
            )
        )
        return code

    async def enrol(self, tablet: Tablet, person: str) -> None:
        """A person scans a code with a tablet."""
        await tablet.enrol(await self.invite(person), person)
        known = self.truth.persons.get(tablet.device, frozenset())
        self.truth.persons[tablet.device] = known | {person}

    async def revoke(self, device: str) -> None:
        house = self.server.house
        body = w.DeviceRevoked(nonce=house.new_id(), device=device, reason="遗失（虚构）")
        async with ledger.turn(house) as turn:
            await turn.append(Draft(device[:32], body), CLERK, house.clock())
        self.truth.revoked |= {device}

    async def decide(self, admit: bool) -> str | None:
        """Decide one held entry by the room's rules; its id, or None where nothing waits or the rule refused."""
        house = self.server.house
        rows = await db.execute(
            self.server.engine, "SELECT entry, visit FROM held WHERE decision = '' ORDER BY entry"
        )
        if not rows:
            return None
        chosen = self.chance.choice(rows)
        try:
            async with ledger.turn(house) as turn:
                now = await office.held_row(chosen["entry"])
                body = rules.decide_held(now, admit, "核定（虚构）", house.new_id())
                draft = body if isinstance(body, w.Refusal) else Draft(chosen["visit"], body)
                await turn.append(draft, CLERK, house.clock())
        except Refused:
            return None
        return str(chosen["entry"])

    async def disable(self, person: str, active: bool) -> None:
        await Account.update({Account.active: active}).where(Account.id == person)


@dataclass(frozen=True)
class Template:
    """A district ready to begin, made once per process and copied for every schedule."""

    folder: Path
    stores: tuple[Store, ...]
    accounts: tuple[str, ...]
    server_key: str
    truth: Truth
    empty: Path


async def make_template(folder: Path, app: Litestar) -> Template:
    """Build the district through the real doors: migrations, enrolment by code, orders, a first pull."""
    data = folder / "template"
    (data / "keys").mkdir(parents=True)
    (data / "blobs").mkdir()
    (data / "keys" / "data.key").write_bytes(hashlib.sha256(b"storm").digest())
    pem = key_of("storm server").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (data / "keys" / "server.pem").write_bytes(pem)
    engine = InlineSQLite(str(data / "suijian.sqlite"), Hooks())
    await engine.open()
    db.bind(engine, migrate.TABLES)
    await migrate.forwards(engine)
    await engine.close()
    shutil.copy(data / "suijian.sqlite", folder / "empty.sqlite")
    clock, chance = Clock(), random.Random("template")
    server = Server(data, app, clock, chance)
    await server.start()
    await _people()
    truth = Truth()
    office = Office(server, truth, chance)
    tablets = []
    for number in range(TABLETS):
        tablet = Tablet(
            key_of(f"storm tablet {number}"), server.ask, lambda: clock.milliseconds, random.Random(number)
        )
        for person in reversed(holders(number)):
            await office.enrol(tablet, person)
        tablets.append(tablet)
    for number, visit in enumerate(VISITS):
        await office.order(visit, tuple(PEOPLE[(number * 2 + n) % 12] for n in range(4)))
    for tablet in tablets:
        await tablet.sync()
        tablet.store.flush()
    accounts = tuple(tablet.account for tablet in tablets)
    key = tablets[0].server_key
    await server.engine.close()
    return Template(
        data, tuple(tablet.store for tablet in tablets), accounts, key, truth, folder / "empty.sqlite"
    )


async def _people() -> None:
    for name in DEPARTMENTS:
        await Organisation.insert(
            Organisation(
                id=name, code=name[:12], name=f"{name[:4]}局（虚构）", short_name=name[:4], kind="department"
            )
        )
    for person in PEOPLE:
        row: dict[str, Any] = {
            "id": person,
            "login": person[:10],
            "name": f"检查员{PEOPLE.index(person)}（虚构）",
            "organisation": department(person),
            "certificate": f"证{person[:6]}",
        }
        filled = Account(password_hash="-", roles=json.dumps(["inspector"]))
        for column, value in row.items():
            setattr(filled, column, value)
        await Account.insert(filled)
