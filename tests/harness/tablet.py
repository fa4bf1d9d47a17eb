"""A tablet in Python: a key, a chain, a store with a stated crash model, driven by the pure machine of ``sync``.

The same tablet runs over any transport: a simulated network, the application in this process, real HTTP. It does
what `pwa/src` does, in the same order: what counts is durable before it is called saved, what an answer brings is
stored in one transaction with the machine's next state, and nothing that the server says is believed unchecked.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync import chain, exchange
from sync import words as w
from sync.canon import H, canonical, digest, parse
from sync.exchange_words import (
    Blob,
    BlobAt,
    Declined,
    Exchanged,
    GotPackets,
    Idle,
    Opened,
    Packets,
    Push,
    Session,
    State,
    Unauthorised,
    Unreachable,
)
from sync.fold import fold
from sync.state import VisitState
from tests.harness.tablet_store import JsonBody, NotSaved, Store, Write

ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SLICE = 2 * 1024 * 1024
"""Bytes of a film that go in one request."""
SIGNED = frozenset({"signature.given", "signature.refused", "signature.absent", "visit.finished"})
"""Kinds that the device signs at once."""

Act = Session | Push | Packets | Blob | Idle
Came = Unreachable | Unauthorised | Declined | Opened | Exchanged | GotPackets | BlobAt


class NoAnswer(Exception):
    """The line is dead, or what came back is no answer: what was sent may or may not have arrived."""


@dataclass(frozen=True)
class Sent:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """One answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Transport = Callable[[Sent], Awaitable[Answer]]
"""Takes a request to the server and brings the answer; raises NoAnswer."""


# --- the tablet -----------------------------------------------------------------------------------------------


def key_of(name: str) -> ec.EllipticCurvePrivateKey:
    """The same key for the same name, so that a run can be repeated."""
    scalar = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % (ORDER_OF_P256 - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


@dataclass
class Tablet:
    """One device. ``clock`` gives its own wall clock in milliseconds since 1970, right or wrong; ``chance`` its
    jitter and nonces; ``account`` is who holds it now. ``saved`` lists what a person was told is saved."""

    key: ec.EllipticCurvePrivateKey
    transport: Transport
    clock: Callable[[], int]
    chance: random.Random
    account: str = ""
    server_key: str = ""
    store: Store = field(default_factory=Store)
    saved: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = point.hex()
        self.device = chain.thumbprint(self.public_key)

    @property
    def state(self) -> State:
        """What the machine knows."""
        known: State = self.store.one.get("exchange") or State()
        return known

    def sign(self, digest_hex: str) -> str:
        der = self.key.sign(bytes.fromhex(digest_hex), ec.ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()

    # --- recording

    def head(self) -> tuple[int, str]:
        """Place and id of the newest entry of the own chain."""
        return max(
            ((entry.seq, entry.id) for entry, _ in self.store.entries.values()), default=(0, w.NO_PREV)
        )

    def record(
        self, visit: str, kind: str, fields: Mapping[str, Any], *, by: str = "", photo: bytes | None = None
    ) -> w.Entry:
        """Append an entry: durable with its photo and its place in the machine before this returns. Whether it
        may be said at all is the screen's question (``sync.check``). Raises NotSaved."""
        body = {"nonce": self.chance.randbytes(16).hex(), **fields}
        seq, prev = self.head()
        envelope = w.Envelope(
            kind=kind,
            subject=visit,
            by=by or self.account,
            device=self.device,
            seq=seq + 1,
            prev=prev,
            at=moment(self.clock()),
            body_digest=chain.body_digest(body),
        )
        name = chain.entry_id(envelope)
        signature = self.sign(name) if kind in SIGNED else ""
        entry = w.Entry(**envelope.model_dump(), id=name, signature=signature)
        self.append(entry, body, photo)
        return entry

    def append(self, entry: w.Entry, body: JsonBody, photo: bytes | None) -> None:
        """Store a new entry strictly, read it back, and only then call it saved."""
        size = len(canonical({"entry": entry.model_dump(), "body": body}))
        state = exchange.recorded(self.state, entry.id, entry.seq, entry.prev, entry.subject, size)
        whole = size + len(photo or b"")
        with self.store.transaction(strict=True, size=whole) as write:
            write.put(self.store.entries, entry.id, (entry, body))
            if photo is not None:
                name = body["digest"]
                write.put(self.store.photos, name, photo)
                state = exchange.photographed(state, name, body["size"], entry.subject, entry.id)
            write.put(self.store.one, "exchange", state)
        if self.store.entries.get(entry.id, (None,))[0] != entry:
            raise NotSaved(entry.id)
        self.saved.append(entry.id)

    # --- reading

    def known(self, visit: str) -> list[tuple[w.Entry, JsonBody | None]]:
        """Everything that lies here about a visit, with what the server's receipts hold now."""
        own = [(entry, body) for entry, body in self.store.entries.values() if entry.subject == visit]
        others = [(entry, body) for _, entry, body in self.store.heard.values() if entry.subject == visit]
        found: list[tuple[w.Entry, JsonBody | None]] = [*own, *others]
        states = self.state.entries
        held = [(entry.id, states[entry.id]) for entry, _ in own if states[entry.id].status == "held"]
        if held:
            found.append(receipt_of_now(visit, self.device, {name: s.code or "" for name, s in held}))
        return found

    def fold(self, visit: str) -> VisitState:
        """The visit as this tablet sees it."""
        return fold(self.known(visit))

    def packet(self, visit: str) -> w.Packet | None:
        """The packet of the visit's newest order that is here."""
        found = [
            self.store.packets.get(body["packet_digest"])
            for _, entry, body in sorted(self.store.heard.values(), key=lambda one: one[0])
            if entry.kind == "visit.ordered" and entry.subject == visit and body
        ]
        return next((packet for packet in reversed(found) if packet), None)

    def visits(self) -> list[str]:
        """Visits whose packets are here."""
        return sorted({packet.visit for packet in self.store.packets.values()})

    # --- the wire

    async def enrol(self, code: str, account: str, label: str = "测试平板（虚构）") -> None:
        """Scan a code: this key is enrolled, or the person joins it. Raises NoAnswer and Refusing."""
        proof = self.sign(H("enrol/1", code.encode()).hex())
        answer = await self._post(
            "/field/enrol", {"code": code, "public_key": self.public_key, "label": label, "proof": proof}, ""
        )
        self.account, self.server_key = account, answer["server_key"]
        with self.store.transaction(strict=True) as write:
            write.put(self.store.one, f"token {account}", answer["token"])

    async def step(self) -> Act:
        """Ask the machine, do that one thing, tell it what came of it. ``Idle`` does nothing."""
        before = self.state
        action = exchange.next_action(before, self.clock())
        if not isinstance(action, Idle):
            heard: list[tuple[int, w.Entry, JsonBody | None]] = []
            packets: dict[str, w.Packet] = {}
            try:
                outcome = await self._do(action, before, heard, packets)
            except NoAnswer:
                outcome = Unreachable()
            except Refusing as refusal:
                outcome = Unauthorised() if refusal.status == 401 else Declined(code=refusal.code)
            self.take_in(action, outcome, heard, packets)
        return action

    async def sync(self, most: int = 10_000) -> int:
        """Step until nothing is due; how many steps that took."""
        for steps in range(most):
            if isinstance(await self.step(), Idle):
                return steps
        return most

    def take_in(
        self,
        action: Act,
        outcome: Came,
        heard: Sequence[tuple[int, w.Entry, JsonBody | None]],
        packets: Mapping[str, w.Packet],
    ) -> None:
        """Store what an answer brought and how the machine goes on, in one transaction. It need not be strict:
        what a crash takes away is asked for again."""
        with self.store.transaction() as write:
            if isinstance(outcome, Exchanged) and exchange.is_another_server(self.state, outcome):
                self.forget_the_office(write)
            for number, entry, body in heard:
                write.put(self.store.heard, entry.id, (number, entry, body))
            for name, packet in packets.items():
                write.put(self.store.packets, name, packet)
            after = exchange.took(self.state, action, outcome, self.clock(), self.chance.randrange(1000))
            write.put(self.store.one, "exchange", after)

    def forget_the_office(self, write: Write) -> None:
        """A restored server may not know what the office said since its backup; what it knows it says again. What
        colleagues recorded stays: it is evidence, and they offer it again."""
        server = chain.thumbprint(self.server_key)
        for name, (_, entry, _) in list(self.store.heard.items()):
            if entry.device == server:
                write.delete(self.store.heard, name)

    async def _do(
        self,
        action: Session | Push | Packets | Blob,
        known: State,
        heard: list[tuple[int, w.Entry, JsonBody | None]],
        packets: dict[str, w.Packet],
    ) -> Came:
        if isinstance(action, Session):
            return await self._open_session()
        token = self.store.one.get(f"token {self.account}", "")
        if not token:
            return Unauthorised()
        if isinstance(action, Push):
            return await self._push(action, known, token, heard)
        if isinstance(action, Packets):
            return await self._fetch(action, token, packets)
        return await self._upload(action, token)

    async def _open_session(self) -> Came:
        asked = await self._post("/field/session/challenge", {"device": self.device}, "")
        proof = H("session/1", asked["nonce"].encode(), self.account.encode()).hex()
        opened = await self._post(
            "/field/session",
            {
                "device": self.device,
                "account": self.account,
                "nonce": asked["nonce"],
                "signature": self.sign(proof),
            },
            "",
        )
        with self.store.transaction() as write:
            write.put(self.store.one, f"token {self.account}", opened["token"])
        return Opened(revoked=opened["revoked"])

    async def _push(
        self,
        action: Push,
        known: State,
        token: str,
        heard: list[tuple[int, w.Entry, JsonBody | None]],
    ) -> Came:
        items = []
        for name in action.entries:
            entry, body = self.store.entries[name]
            if name in action.sign and not entry.signature:
                entry = entry.model_copy(update={"signature": self.sign(name)})
                with self.store.transaction() as write:
                    write.put(self.store.entries, name, (entry, body))
            items.append({"entry": entry.model_dump(), "body": body})
        answer = await self._post(
            "/field/exchange",
            {
                "device": self.device,
                "epoch": known.epoch,
                "cursor": known.cursor.model_dump(),
                "entries": items,
                "at": moment(self.clock()),
            },
            token,
        )
        try:
            for item in answer["received"]:
                entry, _ = whole(item)
                if not chain.signature_holds(self.server_key, entry.id, entry.signature):
                    raise NoAnswer("a receipt that the server did not sign")
            for item in answer["entries"]:
                heard.append((item["number"], *whole(item)))
            return exchange.read_exchange(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise NoAnswer(str(error)) from error

    async def _fetch(self, action: Packets, token: str, packets: dict[str, w.Packet]) -> Came:
        answer = await self._post("/field/packets", {"digests": list(action.digests), "have": []}, token)
        for name, packet in answer["packets"].items():
            if digest("packet/1", packet) == name:
                packets[name] = w.Packet.model_validate_json(json.dumps(packet))
        here = set(packets) | (set(action.digests) & set(self.store.packets))
        return GotPackets(digests=tuple(sorted(here)))

    async def _upload(self, action: Blob, token: str) -> Came:
        path, authorised = f"/field/blobs/{action.digest}", {"authorization": f"Bearer {token}"}
        if action.offset is None:
            answer = await self._call(Sent("HEAD", path, authorised, b""))
            at, stored = answer.headers.get("upload-offset", ""), answer.headers.get("upload-stored", "")
            if not (at.isdigit() and stored.isdigit()):
                raise NoAnswer("no Upload-Offset")
            return BlobAt(offset=int(at), stored=int(stored))
        headers = {**authorised, "upload-offset": str(action.offset)}
        data = self.store.photos[action.digest][action.offset : action.offset + SLICE]
        told = json_of(await self._call(Sent("PUT", path, headers, data)))
        try:
            return BlobAt(offset=told["offset"], stored=told["stored"])
        except (KeyError, ValueError) as error:
            raise NoAnswer(str(error)) from error

    async def _post(self, path: str, value: Any, token: str) -> Any:
        headers = {"content-type": "application/json", "accept": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        return json_of(await self._call(Sent("POST", path, headers, canonical(value))))

    async def _call(self, sent: Sent) -> Answer:
        answer = await self.transport(sent)
        if answer.status < 300:
            return answer
        if sent.method == "HEAD":  # has no body to name its refusal
            if answer.status in HEAD_REFUSALS:
                raise Refusing(answer.status, HEAD_REFUSALS[answer.status])
            raise NoAnswer(str(answer.status))
        refusal = json_of(answer)
        if not isinstance(refusal, dict) or not isinstance(refusal.get("code"), str):
            raise NoAnswer(str(answer.status))
        raise Refusing(answer.status, refusal["code"])


HEAD_REFUSALS = {401: "not_signed_in", 403: "not_allowed", 404: "not_found"}


class Refusing(Exception):
    """The server refused with a code of the catalogue."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def json_of(answer: Answer) -> Any:
    """The JSON of an answer; raises NoAnswer for anything else."""
    try:
        return parse(answer.body)
    except ValueError as error:
        raise NoAnswer(str(error)) from error


def whole(item: Mapping[str, Any]) -> tuple[w.Entry, JsonBody | None]:
    """Entry and body of an item that came over the wire; raises NoAnswer where its digests do not agree."""
    entry, body = w.Entry.model_validate(item["entry"]), item["body"]
    if chain.entry_id(entry) != entry.id:
        raise NoAnswer("an entry that is not its id")
    if body is not None and chain.body_digest(body) != entry.body_digest:
        raise NoAnswer("a body that its digest does not cover")
    return entry, body


def receipt_of_now(visit: str, device: str, held: Mapping[str, str]) -> tuple[w.Entry, JsonBody]:
    """What the receipts hold now, as ``fold`` reads it; the server does the same."""
    receipts = [{"entry": name, "status": "held", "code": code} for name, code in sorted(held.items())]
    entry = w.Entry(
        kind="entry.received",
        subject=visit,
        by=visit,
        device=device,
        seq=1,
        prev=w.NO_PREV,
        at="1970-01-01T00:00:00.000Z",
        body_digest=w.NO_PREV,
        id=w.NO_PREV,
        signature="",
    )
    return entry, {"nonce": visit, "device": device, "receipts": receipts}


def moment(milliseconds: int) -> str:
    """Milliseconds since 1970 as the protocol writes a moment; a clock beyond the calendar shows its edge."""
    shown = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return shown.strftime("%Y-%m-%dT%H:%M:%S.") + f"{shown.microsecond // 1000:03d}Z"
