"""The network between tablets and server, as bad as it gets. Every fault has a name and is counted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from backend.people.tables import Session
from sync.canon import canonical, parse
from sync.words import refuse
from tests.harness.tablet import Answer, NoAnswer, Sent
from tests.storm.server import Server

TROUBLE = 0.4
"""The share of requests to which something happens."""


class PowerOff(Exception):
    """The tablet's battery ended while it waited for an answer."""


@dataclass
class Late:
    """A request that is still on its way, though nobody waits for it any more."""

    device: str
    sent: Sent


Ask = Callable[..., Awaitable[Answer]]


@dataclass
class Network:
    """Carries requests. ``calm``: nothing happens to them. ``damaged``: ids of entries that were changed on the
    way, so that the server had to refuse them."""

    server: Server
    ask: Ask
    chance: random.Random
    faults: Counter[str]
    calm: bool = False
    late: list[Late] = field(default_factory=list)
    damaged: set[str] = field(default_factory=set)

    async def carry(self, device: str, sent: Sent) -> Answer:
        """One request with whatever befalls it; raises NoAnswer and PowerOff."""
        if self.calm or self.chance.random() >= TROUBLE:
            return await self.ask(device, sent)
        return await self.chance.choice(FATES)(self, device, sent)

    async def deliver_late(self) -> None:
        """One of the requests that are still on their way arrives; its answer reaches nobody."""
        if not self.late:
            return
        one = self.late.pop(self.chance.randrange(len(self.late)))
        self.faults["a request arrived late, out of order"] += 1
        with contextlib.suppress(NoAnswer):
            await self.ask(one.device, one.sent)


async def _lost(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["request lost"] += 1
    raise NoAnswer("lost")


async def _answer_lost(net: Network, device: str, sent: Sent) -> Answer:
    await net.ask(device, sent)
    net.faults["answer lost after the commit"] += 1
    raise NoAnswer("the answer was lost")


async def _truncated(net: Network, device: str, sent: Sent) -> Answer:
    answer = await net.ask(device, sent)
    if not answer.body:
        raise NoAnswer("the answer was lost")
    net.faults["answer truncated"] += 1
    cut = answer.body[: net.chance.randrange(len(answer.body))]
    return Answer(answer.status, answer.headers, cut)


async def _delayed(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["request delayed beyond the time-out"] += 1
    net.late.append(Late(device, sent))
    raise NoAnswer("too slow")


async def _twice(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["request duplicated, the copy later"] += 1
    net.late.append(Late(device, sent))
    return await net.ask(device, sent)


async def _twice_at_once(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["request duplicated, both at once"] += 1
    first, second = await asyncio.gather(net.ask(device, sent), net.ask(device, sent), return_exceptions=True)
    for one in (first, second):
        if isinstance(one, Answer):
            return one
        if not isinstance(one, NoAnswer):
            raise one
    raise NoAnswer("both died")


async def _portal(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["a portal's page instead of the answer"] += 1
    return Answer(200, {"content-type": "text/html"}, "<html>请登录无线网络</html>".encode())


async def _gateway(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["gateway error before the server"] += 1
    return Answer(502, {}, b"Bad Gateway")


async def _gateway_after(net: Network, device: str, sent: Sent) -> Answer:
    await net.ask(device, sent)
    net.faults["gateway error after the commit"] += 1
    return Answer(504, {}, b"Gateway Timeout")


async def _busy(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["server busy"] += 1
    code = net.chance.choice(("server_busy", "storage_full"))
    return Answer(503, {}, canonical(refuse(code).model_dump(mode="json")))


async def _session_gone(net: Network, device: str, sent: Sent) -> Answer:
    net.faults["session gone (401)"] += 1
    await net.server.living(_end_sessions(device))
    return await net.ask(device, sent)


async def _end_sessions(device: str) -> None:
    await Session.delete().where(Session.device == device)


async def _damaged(net: Network, device: str, sent: Sent) -> Answer:
    if sent.path != "/field/exchange":
        return await net.ask(device, sent)
    asked: Any = parse(sent.body)
    if not asked["entries"]:
        return await net.ask(device, sent)
    chosen = net.chance.choice(asked["entries"])
    what = net.chance.choice(("nonce", "at", "signature"))
    if what == "nonce":
        chosen["body"]["nonce"] = "f" * 32
    elif what == "at":
        chosen["entry"]["at"] = "2001-01-01T00:00:00.000Z"
    elif chosen["entry"]["signature"]:
        chosen["entry"]["signature"] = "1" * 128
    else:
        return await net.ask(device, sent)
    net.faults["an entry damaged on the way"] += 1
    net.damaged.add(chosen["entry"]["id"])
    return await net.ask(device, Sent(sent.method, sent.path, sent.headers, json.dumps(asked).encode()))


async def _broken_off(net: Network, device: str, sent: Sent) -> Answer:
    if len(sent.body) < 2:
        return await _lost(net, device, sent)
    cut = net.chance.randrange(1, len(sent.body))
    await net.ask(device, sent, cut_at=cut)
    net.faults["photo upload broke off" if sent.method == "PUT" else "request broke off"] += 1
    raise NoAnswer("the line broke")


async def _killed(net: Network, device: str, sent: Sent) -> Answer:
    before, number = net.server.deaths, net.server.number()
    net.server.hooks.kill_in = net.chance.randrange(1, 45)
    try:
        return await net.ask(device, sent)
    finally:
        net.server.hooks.kill_in = None
        if net.server.deaths > before:
            grew = net.server.number() > number
            net.faults["server killed after its commit" if grew else "server killed before its commit"] += 1


async def _database_full(net: Network, device: str, sent: Sent) -> Answer:
    net.server.hooks.full_in = net.chance.randrange(1, 8)
    try:
        return await net.ask(device, sent)
    finally:
        if net.server.hooks.full_in is None:
            net.faults["database full in mid-transaction"] += 1
        net.server.hooks.full_in = None


async def _disk_full(net: Network, device: str, sent: Sent) -> Answer:
    if sent.method != "PUT":
        return await net.ask(device, sent)
    net.faults["disk full while a photo was kept"] += 1
    net.server.disk_full = True
    try:
        return await net.ask(device, sent)
    finally:
        net.server.disk_full = False


async def _tablet_dies(net: Network, device: str, sent: Sent) -> Answer:
    await net.ask(device, sent)
    net.faults["tablet died before it kept the answer"] += 1
    raise PowerOff


FATES: tuple[Callable[[Network, str, Sent], Awaitable[Answer]], ...] = (
    *(_lost, _answer_lost, _truncated, _delayed, _twice, _twice_at_once, _portal, _gateway),
    *(_gateway_after, _busy, _session_gone, _damaged, _broken_off, _broken_off, _killed, _killed),
    *(_database_full, _disk_full, _tablet_dies),
)
