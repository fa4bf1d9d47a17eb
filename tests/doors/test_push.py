"""Notices and pushes: what a tablet may name as its address, what is posted there, and what becomes of a job that
fails. The browser's service here is a real HTTP server on this machine that decrypts what it is sent."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend import jobs, ledger, worker
from backend.app import open_house
from backend.dispatch import push, tables
from backend.dispatch.push import FieldNotice, Subscription, allowed
from backend.house import House
from backend.jobs import Job
from backend.ledger import Draft
from backend.people.tables import Device
from backend.settings import PUSH_HOSTS, settings_from
from sync.words import VisitRecalled
from tests.builders import Clock, Person
from tests.conftest import EngineUnderTest
from tests.doors.conftest import SignedIn
from tests.tablets import OPENED, Tablet, inspector, order_visit


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Service:
    """A browser's push service and the browser behind it: answers ``status``, keeps what it was sent."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"
    status: int = 201
    location: str = ""
    sent: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/send/abc"

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> dict[str, Any]:
        return {"endpoint": self.endpoint, "keys": {"p256dh": b64(self.point), "auth": b64(self.auth)}}

    def read(self, body: bytes) -> dict[str, Any]:
        """What the browser decrypts (RFC 8291)."""
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        read: dict[str, Any] = json.loads(plain)
        return read


def serve(service: Service) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.sent.append((self.path, headers, body))
            self.send_response(service.status)
            if service.location:
                self.send_header("location", service.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_address[1]
    Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
async def house(engine: EngineUnderTest, clock: Clock) -> AsyncIterator[House]:
    """A demonstration: only there may a push go to this machine."""
    opened = await open_house(settings_from({**engine.environment(), "SUIJIAN_DEMO": "1"}))
    try:
        yield replace(opened, clock=clock)
    finally:
        await opened.engine.close()


@pytest.fixture
async def subscribed(tablet: Tablet, service: Service) -> Tablet:
    """A tablet whose browser takes pushes at the service."""
    answer = await tablet.post("/field/push", service.subscription())
    assert answer.status_code == 200, answer.text
    return tablet


async def waiting(house: House) -> list[dict[str, Any]]:
    return await Job.select().where(Job.state == "waiting")


@pytest.fixture(autouse=True)
async def _nothing_waits(house: House) -> None:
    await Job.delete(force=True)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com.example/x",
        "https://notfcm-googleapis.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest",
        "https://fcm.googleapis.com@10.0.0.1/x",
        "ftp://fcm.googleapis.com/x",
        "https:///x",
        "https://[::1",
        "",
    ],
)
def test_addresses_outside_the_list_are_never_posted_to(house: House, endpoint: str) -> None:
    assert not allowed(endpoint, replace(house.settings, push_hosts=tuple(PUSH_HOSTS.split())))


def test_this_machine_is_an_address_in_a_demonstration_only(house: House) -> None:
    assert allowed("http://127.0.0.1:9/x", house.settings)
    assert not allowed("http://127.0.0.1:9/x", replace(house.settings, demo=False))
    assert allowed("https://fcm.googleapis.com/fcm/send/x", replace(house.settings, demo=False))
    assert allowed("https://web.push.apple.com/x", replace(house.settings, demo=False))
    assert not allowed("https://web.push.apple.com/x", replace(house.settings, push_hosts=()))


async def test_a_subscription_elsewhere_or_with_broken_keys_is_refused(
    tablet: Tablet, service: Service
) -> None:
    sent = service.subscription()
    answer = await tablet.post("/field/push", {**sent, "endpoint": "https://evil.example/x"})
    assert answer.json()["code"] == "push_address"
    broken = {"p256dh": b64(b"\x04" + b"\x01" * 64), "auth": b64(service.auth)}
    assert (await tablet.post("/field/push", {**sent, "keys": broken})).json()["code"] == "bad_request"
    assert (await tablet.post("/field/push", sent, token="")).status_code == 401
    assert not await Subscription.exists().where(Subscription.device == tablet.id)


async def test_an_ordered_visit_is_pushed_sealed_signed_and_without_anything_private(
    house: House, subscribed: Tablet, service: Service
) -> None:
    visit, _ = await order_visit(house, [(subscribed.account, "leader")])
    assert service.sent == []  # the order did not wait for anybody
    assert await worker.run_due(house) == 1
    ((path, headers, body),) = service.sent
    row = await tables.visit(visit)
    assert row and service.read(body) == {"title": "有新的检查任务", "number": row["number"]}
    assert path == "/send/abc" and headers["content-encoding"] == "aes128gcm" and headers["topic"] == visit
    token, key = headers["authorization"].removeprefix("vapid ").split(",")
    token, key = token.strip().removeprefix("t="), key.strip().removeprefix("k=")
    offered = (await subscribed.client.get("/field/push", headers=_bearer(subscribed))).json()
    assert offered == {"on": True, "key": key}
    signed, _, signature = token.rpartition(".")
    raw = unb64(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(key))
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    claims = json.loads(unb64(signed.split(".")[1]))
    assert claims["aud"] == f"http://127.0.0.1:{service.port}"
    assert await worker.run_due(house) == 0 and len(service.sent) == 1


def _bearer(tablet: Tablet) -> dict[str, str]:
    return {"authorization": f"Bearer {tablet.token}"}


async def test_a_redirect_is_not_followed_and_the_push_is_tried_again(
    house: House, clock: Clock, subscribed: Tablet, service: Service
) -> None:
    elsewhere = Service()
    server = serve(elsewhere)
    try:
        service.status, service.location = 307, elsewhere.endpoint
        await order_visit(house, [(subscribed.account, "leader")])
        assert await worker.run_due(house) == 1
        assert len(service.sent) == 1 and elsewhere.sent == []
        (job,) = await waiting(house)
        assert job["tries"] == 1 and "HTTP 307" in job["error"]
        assert job["due_at"] == clock() + timedelta(seconds=jobs.PAUSES[0])
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [404, 410])
async def test_an_address_that_is_gone_is_forgotten(
    house: House, subscribed: Tablet, service: Service, status: int
) -> None:
    service.status = status
    await order_visit(house, [(subscribed.account, "leader")])
    assert await worker.run_due(house) == 1
    assert not await Subscription.exists().where(Subscription.device == subscribed.id)
    assert await waiting(house) == []
    await order_visit(house, [(subscribed.account, "leader")])
    assert await worker.run_due(house) == 0 and len(service.sent) == 1


async def test_a_job_that_keeps_failing_dies_is_shown_to_the_system_administrator_and_can_be_revived(
    house: House, clock: Clock, subscribed: Tablet, service: Service, signed_in: SignedIn
) -> None:
    service.status = 503
    await order_visit(house, [(subscribed.account, "leader")])
    for _ in range(jobs.TRIES):
        assert await worker.run_due(house) == 1
        clock.advance(hours=3)
    assert await worker.run_due(house) == 0 and len(service.sent) == jobs.TRIES
    admin: Person = await signed_in("system_admin", "运维（虚构）")
    planner: Person = await signed_in("planner", "甲局（虚构）")
    assert (await planner.get("/office/jobs")).status_code == 403
    shown = await admin.get("/office/jobs")
    assert "终端推送" in shown.text and "HTTP 503" in shown.text and service.endpoint not in shown.text
    assert "多次重试仍未办成的后台任务" in (await admin.get("/office/")).text
    dead, _ = await jobs.unfinished()
    assert (await admin.post("/office/jobs", {"key": dead[0]["key"]})).status_code == 303
    service.status = 201
    assert await worker.run_due(house) == 1
    assert "没有失败的任务" in (await admin.get("/office/jobs")).text
    assert (await admin.post("/office/jobs", {"key": dead[0]["key"]})).status_code == 409


async def test_a_job_is_taken_by_one_process_and_taken_over_only_when_its_lease_ended(
    house: House, clock: Clock
) -> None:
    todo = [jobs.Todo(f"k{place}", "push", {"subscription": "0" * 64}) for place in range(20)]
    await jobs.add(todo, house.clock())
    await jobs.add(todo, house.clock())  # the same keys are the same jobs
    first, second = await asyncio.gather(jobs.take(house, 10), jobs.take(house, 10))
    assert not {one.key for one in first} & {one.key for one in second}
    rest = await jobs.take(house, 50)
    assert len(first) + len(second) + len(rest) == 20
    assert await jobs.take(house, 50) == []
    clock.advance(seconds=jobs.LEASE.total_seconds() + 1)  # those processes died
    assert {one.tries for one in await jobs.take(house, 50)} == {2}


async def test_a_revoked_tablet_is_not_pushed_to_any_more(
    house: House, subscribed: Tablet, service: Service
) -> None:
    await order_visit(house, [(subscribed.account, "leader")])
    await Device.update({Device.status: "revoked"}).where(Device.id == subscribed.id)
    assert await worker.run_due(house) == 1
    assert service.sent == [] and not await Subscription.exists().where(Subscription.device == subscribed.id)


async def test_a_revoked_tablet_is_told_nothing_and_marks_nothing_seen(
    house: House, subscribed: Tablet, service: Service
) -> None:
    await order_visit(house, [(subscribed.account, "leader")])
    await Device.update({Device.status: "revoked"}).where(Device.id == subscribed.id)
    for path in ("/field/notices", "/field/push"):
        answer = await subscribed.client.get(path, headers=_bearer(subscribed))
        assert answer.json()["code"] == "device_revoked", path
    for path, body in (("/field/notices/seen", {"seen": []}), ("/field/push", service.subscription())):
        assert (await subscribed.post(path, body)).json()["code"] == "device_revoked", path


async def test_a_recall_and_a_decision_on_a_held_entry_are_told_and_seen_once(
    house: House, tablet: Tablet, signed_in: SignedIn
) -> None:
    visit, _ = await order_visit(house, [(tablet.account, "leader")])
    stranger = await inspector(house)
    assert (await tablet.enrol(stranger)).status_code == 200
    one = tablet.record("visit.opened", visit, OPENED)
    await tablet.receipts(one)
    row = await tables.visit(visit)
    assert row
    keeper = await signed_in("dept_admin", "甲局（虚构）")
    form = {"decision": "admit", "reason": "到场属实"}
    answer = await keeper.post(f"/office/field/held/{one['entry']['id']}", form)
    assert answer.status_code == 303, answer.text
    told = (await tablet.client.get("/field/notices", headers=_bearer(tablet))).json()["notices"]
    assert [(n["what"], n["visit"], n["sentence"]) for n in told] == [("decided", visit, "暂存记录已核定")]
    assert len(told[0]["at"]) == 24 and told[0]["at"].endswith("Z")
    left = await tablet.post("/field/notices/seen", {"seen": [told[0]["id"]]})
    assert left.json()["notices"] == []
    async with ledger.turn(house) as turn:
        body = VisitRecalled(
            nonce=house.new_id(), organisation=row["lead_organisation"], reason="名录有误", again=False
        )
        await turn.append(Draft(visit, body), keeper.account, house.clock())
    rows = await FieldNotice.select().where((FieldNotice.visit == visit) & FieldNotice.seen_at.is_null())
    assert sorted(row["what"] for row in rows) == ["new", "recalled"]
    strange = await tablet.post("/field/notices/seen", {"seen": [rows[0]["id"]]})  # another person's
    assert strange.status_code == 200
    again = await FieldNotice.select().where((FieldNotice.visit == visit) & FieldNotice.seen_at.is_null())
    assert len(again) == 2


async def test_a_tablet_takes_pushes_at_one_place_and_stops_when_it_says_so(
    subscribed: Tablet, service: Service
) -> None:
    other = {**service.subscription(), "endpoint": f"{service.endpoint}/second"}
    assert (await subscribed.post("/field/push", other)).json() == {"on": True}
    assert await Subscription.count().where(Subscription.device == subscribed.id) == 1
    stop = await subscribed.post("/field/push", {"endpoint": None, "keys": None})
    assert stop.json() == {"on": False}
    assert not await Subscription.exists().where(Subscription.device == subscribed.id)


def test_the_sender_s_key_is_the_installation_s_own_and_stays(house: House) -> None:
    other = replace(house, vault=replace(house.vault, data_key=hashlib.sha256(b"other").digest()))
    assert push.public_key(house) == push.public_key(house) != push.public_key(other)
    assert len(unb64(push.public_key(house))) == 65
