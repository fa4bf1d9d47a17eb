"""Telling tablets that something changed: notices in the app (the sure way) and Web Push (the extra one).

A push carries no private value: one fixed sentence and the visit's number; the app then syncs. The browser names
the address that is posted to, so it must be on the installation's list, is never followed elsewhere, and gets
little time. Encryption RFC 8291 and VAPID RFC 8292 by pywebpush and py_vapid.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from piccolo.columns import Bytea, Timestamptz, Varchar
from piccolo.table import Table
from py_vapid import Vapid02
from pywebpush import WebPusher

from backend import db, ledger
from backend.dispatch import tables
from backend.house import House, Refused, instant
from backend.jobs import Todo, add
from backend.ledger import Fact
from backend.people.tables import Device, DevicePerson
from backend.settings import Settings
from sync.canon import H
from sync.words import refuse

TIMEOUT = (3.0, 7.0)
"""Seconds to connect, and to wait for the answer."""
TTL = 24 * 3600
"""Seconds that the browser's service may keep a push for a sleeping tablet."""
SUBJECT = "mailto:push@suijian.invalid"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WORDS: Mapping[str, str] = {
    "new": "有新的检查任务",
    "changed": "检查任务有变动",
    "withdrawn": "检查任务已改派他人",
    "recalled": "检查任务已撤回",
    "decided": "暂存记录已核定",
}
"""What a notice is about → its sentence, on the tablet's lock screen and in the app."""
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ADDRESS_PLACE = "push_subscription.address"


class Subscription(Table, tablename="push_subscription"):
    """Where a tablet's browser takes pushes. ``id``: H("push-endpoint/1", address); ``address``: sealed JSON of
    endpoint, p256dh and auth (whoever knows it can push)."""

    id = Varchar(length=64, primary_key=True)
    device = Varchar(length=64, index=True)
    address = Bytea()
    made_at = Timestamptz()


class FieldNotice(Table, tablename="field_notice"):
    """What a person is told on the tablet (站内提醒). Its id is entry + ":" + account; ``what``: a key of WORDS;
    ``number``: the visit's. Kept with the entry that causes it, so that it is never lost."""

    id = Varchar(length=97, primary_key=True)
    account = Varchar(length=32, index=True)
    visit = Varchar(length=32)
    number = Varchar(length=64)
    what = Varchar(length=10)
    made_at = Timestamptz()
    seen_at = Timestamptz(null=True, default=None)


class NotPushed(Exception):
    """The push did not arrive; the text says why, without the address."""


# --- what follows from an entry: kind → jobs ----------------------------------------------------------------


async def visit_ordered(fact: Fact) -> None:
    """visit.ordered → the team hears of a new or a changed visit, and who left it that it is no longer his."""
    before: dict[str, Any] = {}
    for body in (await ledger.bodies_of(fact.house, list(fact.body["supersedes"]))).values():
        before |= {member["account"]: member for member in body["team"]}
    now = {member["account"] for member in fact.body["team"]}
    told = {account: "changed" if account in before else "new" for account in now}
    await _tell(fact, fact.entry.subject, told | dict.fromkeys(before.keys() - now, "withdrawn"))


async def visit_recalled(fact: Fact) -> None:
    """visit.recalled → its team."""
    visit = fact.entry.subject
    members = (await tables.members([visit]))[visit]
    await _tell(fact, visit, {row["account"]: "recalled" for row in members})


async def held_decided(fact: Fact) -> None:
    """entry.admitted, entry.set_aside → who wrote the entry."""
    row = (
        await ledger.LedgerEntry.select(ledger.LedgerEntry.by)
        .where(ledger.LedgerEntry.id == fact.body["entry"])
        .first()
    )
    if row:
        await _tell(fact, fact.entry.subject, {row["by"]: "decided"})


async def _tell(fact: Fact, visit: str, told: Mapping[str, str]) -> None:
    """Notices for these people, and a push for each tablet in use by them: both in the entry's transaction."""
    row = await tables.visit(visit)
    if row is None or not told:
        return
    now = fact.house.clock()
    await db.insert_many(
        FieldNotice,
        [
            {
                "id": f"{fact.entry.id}:{account}",
                "account": account,
                "visit": visit,
                "number": row["number"],
                "what": what,
                "made_at": now,
                "seen_at": None,
            }
            for account, what in sorted(told.items())
        ],
    )
    per_device: dict[str, str] = {}
    rows = await DevicePerson.select().where(DevicePerson.account.is_in(list(told)))
    for one in sorted(rows, key=lambda one: str(one["account"])):
        per_device.setdefault(one["device"], told[one["account"]])
    gone = await Device.select(Device.id).where(
        Device.id.is_in(list(per_device) or [""]) & (Device.status == "revoked")
    )
    for one in gone:
        del per_device[one["id"]]
    if not per_device:
        return
    found = await Subscription.select(Subscription.id, Subscription.device).where(
        Subscription.device.is_in(list(per_device))
    )
    arguments = {"visit": visit, "number": row["number"]}
    await add(
        [
            Todo(
                f"push:{fact.entry.id}:{one['id']}",
                "push",
                {**arguments, "subscription": one["id"], "what": per_device[one["device"]]},
            )
            for one in found
        ],
        now,
    )


# --- notices in the app -------------------------------------------------------------------------------------


async def notices(account: str) -> list[dict[str, str]]:
    """What this person has not seen yet, newest first."""
    rows = (
        await FieldNotice.select()
        .where((FieldNotice.account == account) & FieldNotice.seen_at.is_null())
        .order_by(FieldNotice.made_at, ascending=False)
        .limit(200)
    )
    return [
        {
            "id": row["id"],
            "visit": row["visit"],
            "number": row["number"],
            "what": row["what"],
            "sentence": WORDS[row["what"]],
            "at": instant(row["made_at"]),
        }
        for row in rows
    ]


async def seen(house: House, account: str, ids: Iterable[str]) -> None:
    """The person has looked at these."""
    wanted = list(ids)
    if wanted:
        await FieldNotice.update({FieldNotice.seen_at: house.clock()}).where(
            FieldNotice.id.is_in(wanted) & (FieldNotice.account == account) & FieldNotice.seen_at.is_null()
        )


# --- subscriptions ------------------------------------------------------------------------------------------


def allowed(endpoint: str, settings: Settings) -> bool:
    """Whether this installation posts to that address: HTTPS to a host of its list or below one; in a
    demonstration also this machine itself."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    if not host or parts.username or parts.password or len(endpoint) > 2000:
        return False
    if host in LOOPBACK:
        return settings.demo and parts.scheme in ("http", "https")
    listed = any(host == one or host.endswith(f".{one}") for one in settings.push_hosts)
    return parts.scheme == "https" and port in (None, 443) and listed


def vapid_of(house: House) -> Vapid02:
    """The installation's VAPID key, derived from its data key: a restored server is still the same sender."""
    raw = b"".join(
        hmac.digest(house.vault.data_key, b"vapid/1" + bytes([part]), hashlib.sha256) for part in (0, 1)
    )
    scalar = int.from_bytes(raw, "big") % (ORDER_OF_P256 - 1) + 1
    return Vapid02(private_key=ec.derive_private_key(scalar, ec.SECP256R1()))


def public_key(house: House) -> str:
    """What a browser subscribes with (applicationServerKey), base64url."""
    point = vapid_of(house).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


async def subscribe(house: House, device: str, endpoint: str, p256dh: str, auth: str) -> None:
    """Keep where this tablet takes pushes; it takes them at one place at a time. Raises Refused."""
    if not allowed(endpoint, house.settings):
        raise Refused(refuse("push_address"))
    try:
        WebPusher(_info(endpoint, p256dh, auth)).encode(b"{}")
    except Exception as error:
        raise Refused(refuse("bad_request", what="推送密钥")) from error
    plain = json.dumps({"endpoint": endpoint, "p256dh": p256dh, "auth": auth}).encode()
    identity = H("push-endpoint/1", endpoint.encode()).hex()
    async with db.transaction(house.engine):
        await Subscription.delete().where((Subscription.device == device) | (Subscription.id == identity))
        await Subscription.insert(
            Subscription(
                id=identity,
                device=device,
                address=house.vault.seal(plain, ADDRESS_PLACE),
                made_at=house.clock(),
            )
        )


async def unsubscribe(device: str) -> None:
    """This tablet takes no pushes any more."""
    await Subscription.delete().where(Subscription.device == device)


# --- sending ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Letter:
    """An encrypted push on its way: all that is posted."""

    endpoint: str
    headers: Mapping[str, str]
    body: bytes


def letter(house: House, address: Mapping[str, str], what: str, visit: str, number: str) -> Letter:
    """The push for one address. ``Topic``: the service keeps only the newest of a visit for a sleeping tablet."""
    content = {"title": WORDS[what], "number": number}
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    sealed = WebPusher(_info(**address)).encode(plain)
    parts = urlsplit(address["endpoint"])
    # The service compares with the real time, which a demonstration's clock may be ahead of.
    until = int(house.clock().timestamp()) + (12 - house.settings.clock_offset) * 3600
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": SUBJECT, "exp": until}
    headers = {
        **vapid_of(house).sign(claims),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(TTL),
        "topic": visit,
        "urgency": "normal",
    }
    return Letter(address["endpoint"], headers, bytes(sealed["body"]))


def _info(endpoint: str, p256dh: str, auth: str) -> dict[str, Any]:
    return {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}


def post(sent: Letter) -> int:
    """Post it and nothing else: no redirect is followed, the answer's body is not read. Raises NotPushed."""
    try:
        with requests.post(
            sent.endpoint,
            data=sent.body,
            headers=dict(sent.headers),
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            return answer.status_code
    except requests.RequestException as error:
        raise NotPushed(type(error).__name__) from error


async def send(house: House, arguments: Mapping[str, str]) -> None:
    """The job "push". Nothing to do where the tablet unsubscribed or is out of use; raises NotPushed to be tried
    again. An address that is gone (404, 410) is forgotten."""
    row = await Subscription.select().where(Subscription.id == arguments["subscription"]).first()
    if row is None:
        return
    device = await Device.select(Device.status).where(Device.id == row["device"]).first()
    address = json.loads(house.vault.open(bytes(row["address"]), ADDRESS_PLACE))
    fit = (
        device is not None and device["status"] != "revoked" and allowed(address["endpoint"], house.settings)
    )
    status = 410
    if fit:
        sealed = letter(house, address, arguments["what"], arguments["visit"], arguments["number"])
        status = await asyncio.to_thread(post, sealed)
    if status in (404, 410):
        await Subscription.delete().where(Subscription.id == row["id"])
    elif not 200 <= status < 300:
        raise NotPushed(f"HTTP {status}")
