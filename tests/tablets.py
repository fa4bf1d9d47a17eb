"""A tablet as a test has it: a key, a chain of entries, and the wire; and a visit for it to be sent to."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image

from backend import ledger
from backend.dispatch.tables import ItemText as ItemTextRow
from backend.dispatch.tables import Packet as PacketRow
from backend.field.rules import session_proof
from backend.house import House, instant
from backend.ledger import Draft
from backend.people.tables import Account, Invite, Organisation, token_digest
from sync import chain
from sync.canon import H, canonical, digest
from sync.exchange_words import START
from sync.words import NO_PREV, Entry, Envelope, ItemText, Packet, TeamMember, VisitOrdered
from tests.builders import Client
from tests.builders import account as new_account

ORG, OTHER = "甲局（虚构）", "乙局（虚构）"
OPENED: dict[str, Any] = {"place": None}
"""The body of visit.opened, without its nonce."""


@dataclass
class Tablet:
    """One device. ``entries`` is its chain with bodies; ``token`` the session of the person who holds it now."""

    client: Client
    house: House
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    entries: list[dict[str, Any]] = field(default_factory=list)
    account: str = ""
    token: str = ""
    epoch: str | None = None
    cursor: dict[str, Any] = field(default_factory=lambda: START.model_dump())
    skew: timedelta = timedelta(0)
    """How wrong its clock is."""

    @property
    def public_key(self) -> str:
        raw = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return raw.hex()

    @property
    def id(self) -> str:
        return chain.thumbprint(self.public_key)

    def sign(self, digest_hex: str) -> str:
        r, s = decode_dss_signature(self.key.sign(bytes.fromhex(digest_hex), ec.ECDSA(SHA256())))
        return (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()

    async def enrol(self, account: str, code: str = "") -> httpx.Response:
        """Scan a fresh code made for ``account`` (or ``code``)."""
        code = code or await invite(self.house, account)
        proof = self.sign(H("enrol/1", code.encode()).hex())
        answer = await self.post(
            "/field/enrol",
            {"code": code, "public_key": self.public_key, "label": "测试平板", "proof": proof},
            token="",
        )
        if answer.status_code == 200:
            self.token, self.account = answer.json()["token"], account
        return answer

    async def sign_in(self, account: str) -> httpx.Response:
        """Open a session for ``account`` by challenge and signature."""
        asked = await self.post("/field/session/challenge", {"device": self.id}, token="")
        nonce = asked.json()["nonce"]
        answer = await self.post(
            "/field/session",
            {
                "device": self.id,
                "account": account,
                "nonce": nonce,
                "signature": self.sign(session_proof(nonce, account)),
            },
            token="",
        )
        if answer.status_code == 200:
            self.token, self.account = answer.json()["token"], account
        return answer

    async def post(self, path: str, value: Any, token: str | None = None) -> httpx.Response:
        shown = self.token if token is None else token
        headers = {"content-type": "application/json"}
        if shown:
            headers["authorization"] = f"Bearer {shown}"
        return await self.client.post(path, content=canonical(value), headers=headers)

    def record(
        self,
        kind: str,
        subject: str,
        body: Mapping[str, Any],
        *,
        by: str = "",
        sign: bool = True,
        at: str = "",
    ) -> dict[str, Any]:
        """Append an entry to the chain and keep it, as {entry, body}."""
        whole = {"nonce": self.house.new_id(), **body}
        before = self.entries[-1]["entry"] if self.entries else None
        made = self.entry(
            kind,
            subject,
            whole,
            by=by,
            sign=sign,
            at=at,
            seq=before["seq"] + 1 if before else 1,
            prev=before["id"] if before else NO_PREV,
        )
        self.entries.append(made)
        return made

    def entry(
        self,
        kind: str,
        subject: str,
        body: Mapping[str, Any],
        *,
        seq: int,
        prev: str,
        by: str = "",
        sign: bool = True,
        at: str = "",
    ) -> dict[str, Any]:
        """An entry at any place of the chain, not kept."""
        envelope = Envelope(
            kind=kind,
            subject=subject,
            by=by or self.account,
            device=self.id,
            seq=seq,
            prev=prev,
            at=at or instant(self.house.clock()),
            body_digest=chain.body_digest(body),
        )
        identity = chain.entry_id(envelope)
        signature = self.sign(identity) if sign else ""
        return {
            "entry": Entry(**envelope.model_dump(), id=identity, signature=signature).model_dump(),
            "body": dict(body),
        }

    async def exchange(
        self, *entries: dict[str, Any], cursor: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Push entries and pull; the cursor moves on."""
        answer = await self.post(
            "/field/exchange",
            {
                "device": self.id,
                "epoch": self.epoch,
                "cursor": cursor or self.cursor,
                "entries": list(entries),
                "at": instant(self.house.clock() + self.skew),
            },
        )
        if answer.status_code == 200:
            self.epoch, self.cursor = answer.json()["epoch"], answer.json()["cursor"]
        return answer

    async def receipts(self, *entries: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
        """Push entries; entry id → (status, code), after the server's signature was checked."""
        answer = await self.exchange(*entries)
        assert answer.status_code == 200, answer.text
        found: dict[str, tuple[str, str | None]] = {}
        for one in answer.json()["received"]:
            entry = Entry.model_validate(one["entry"])
            assert chain.entry_id(entry) == entry.id
            assert chain.body_digest(one["body"]) == entry.body_digest
            assert chain.signature_holds(self.house.vault.public_key, entry.id, entry.signature)
            found |= {r["entry"]: (r["status"], r["code"]) for r in one["body"]["receipts"]}
        return found

    async def put(self, digest_hex: str, data: bytes, offset: int) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", "upload-offset": str(offset)}
        return await self.client.put(f"/field/blobs/{digest_hex}", content=data, headers=headers)

    async def head(self, digest_hex: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.client.head(f"/field/blobs/{digest_hex}", headers=headers)


async def inspector(house: House, organisation: str = ORG) -> str:
    """A new inspector's account."""
    return (await new_account(house, "inspector", organisation))["id"]


async def invite(
    house: House, person: str, *, code: str = "", lasts: timedelta = timedelta(minutes=10)
) -> str:
    """A code on the office's screen for this person; its 20 characters."""
    made = code or "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[byte % 32] for byte in os.urandom(20))
    row = await Account.select().where(Account.id == person).first()
    assert row is not None
    await Invite.insert(
        Invite(
            code_digest=token_digest(made),
            account=person,
            organisation=row["organisation"],
            made_by=person,
            expires_at=house.clock() + lasts,
        )
    )
    return made


async def order_visit(
    house: House,
    team: list[tuple[str, str]],
    *,
    items: int = 2,
    visit: str = "",
    changes: Mapping[str, Any] | None = None,
) -> tuple[str, Packet]:
    """A visit for ``team`` (account, team role), a block for each of its departments, ordered in the ledger;
    ``changes`` stand in the packet instead of what is made up here."""
    visit = visit or house.new_id()
    members, names = [], {}
    for person, role in team:
        row = await Account.select().where(Account.id == person).first()
        assert row is not None
        organisation = await Organisation.select().where(Organisation.id == row["organisation"]).first()
        names[row["organisation"]] = organisation["name"] if organisation else ""
        members.append(
            TeamMember.model_validate(
                {
                    "account": person,
                    "name": row["name"],
                    "organisation": row["organisation"],
                    "role": role,
                    "certificate": row["certificate"],
                    "certified": True,
                }
            )
        )
    text = ItemText(legal_basis=("某办法第一条",), contents=("现场是否公示",), guidance=("看公示栏",))
    text_digest = digest("text/1", text.model_dump(mode="json"))
    packet = Packet.model_validate_json(
        canonical({**_packet(house, visit, members, names, items, text_digest), **(changes or {})}),
        strict=False,
    )
    packet_json = packet.model_dump(mode="json")
    packet_digest = digest("packet/1", packet_json)
    await ItemTextRow.insert(
        ItemTextRow(digest=text_digest, content=canonical(text.model_dump(mode="json")).decode())
    ).on_conflict(action="DO NOTHING")
    await PacketRow.insert(
        PacketRow(
            digest=packet_digest,
            visit=visit,
            content=house.vault.seal(canonical(packet_json), "packet.content"),
            data_key=house.vault.seal(house.chance(32), "packet.data_key"),
        )
    )
    body = VisitOrdered(
        nonce=house.new_id(),
        scheme=packet.scheme,
        target=packet.target.target,
        team=tuple(members),
        planned_on=packet.planned_on,
        packet_digest=packet_digest,
    )
    async with ledger.turn(house) as turn:
        await turn.append(Draft(visit, body), team[0][0], house.clock())
    return visit, packet


def _packet(
    house: House, visit: str, members: list[TeamMember], names: dict[str, str], items: int, text: str
) -> dict[str, Any]:
    choice = {"group": "g", "excludes": []}
    return {
        "visit": visit,
        "number": f"T-{visit[:12]}",
        "scheme": house.new_id(),
        "scheme_number": "T-1",
        "scheme_name": "测试方案",
        "mode": "部门联合",
        "scope": "不定向",
        "region": "测试区（虚构）",
        "demo": True,
        "target": {
            "target": house.new_id(),
            "name": "测试饭店（虚构）",
            "code": "",
            "kind": "个体工商户",
            "district": "测试区（虚构）",
            "address": "测试路 1 号",
            "legal_representative": "某人",
            "representative_label": "经营者",
            "licence": "",
            "phone": "13800000000",
        },
        "planned_on": "2026-11-20",
        "team": [member.model_dump(mode="json") for member in members],
        "blocks": [
            {
                "organisation": organisation,
                "organisation_name": name,
                "heading": name,
                "routine_items": [],
                "special_items": "",
                "applicable_law": "",
                "items": [
                    {
                        "item": hashlib.sha256(f"{organisation}{n}".encode()).hexdigest()[:32],
                        "number": f"{n + 1}",
                        "title": f"事项 {n + 1}",
                        "method": "实地核查",
                        "photo_required": False,
                        "text": text,
                    }
                    for n in range(items)
                ],
            }
            for organisation, name in names.items()
        ],
        "findings": [{"code": "F1", "label": "未按规定公示", **choice}],
        "dispositions": [{"code": "ADMIN_GUIDANCE", "label": "行政指导", **choice}],
        "refusal_reasons": [{"code": "R1", "label": "对结果有异议", **choice}],
        "minimum_officers": 2,
        "template": "record-1",
        "record_title": "实地核查记录表",
        "supervised_behaviour": "公示",
        "legal_basis": [],
        "rights_text": ["您有权陈述申辩、申请回避。"],
        "dues": [],
        "profile": "demo-yuling",
        "profile_digest": "0" * 64,
        "server_key": house.vault.public_key,
    }


def photo(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A small JPEG that is different for every seed."""
    image = Image.new("RGB", size, (seed % 256, seed // 256 % 256, 90))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, comment=f"{seed}".encode())
    return out.getvalue()


def photo_body(content: bytes) -> dict[str, Any]:
    """The body of evidence.taken for this picture, without its nonce."""
    name = hashlib.sha256(content).hexdigest()
    return {
        "digest": name,
        "size": len(content),
        "media_type": "image/jpeg",
        "original_digest": name,
        "original_size": len(content),
        "slot": name[:32],
        "items": [],
        "place": None,
        "caption": "现场",
    }
