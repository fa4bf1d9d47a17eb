"""Settings: everything that differs between installations, read from the environment once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PUSH_HOSTS = "fcm.googleapis.com push.services.mozilla.com push.apple.com notify.windows.com"
"""Where the browsers' own push services are."""


@dataclass(frozen=True)
class Settings:
    """``data``: folder for the database, blobs and keys. ``database``: sqlite:///PATH or postgresql://….
    ``origin``: the address people use, as it stands in QR codes. ``demo``: load the fictional jurisdiction on
    the first start. ``secure``: cookies only over HTTPS. ``profile``: the rule profile of the jurisdiction.
    ``clock_offset``: hours by which the clock of a demonstration runs ahead; 0 wherever it is none.
    ``push_hosts``: hosts (and all below them) to which pushes may be posted; none: no pushes. ``rates``: percent of
    the usual rates at which one address, tablet or account may ask; 0: no limit."""

    data: Path
    database: str
    host: str
    port: int
    origin: str
    demo: bool
    secure: bool
    profile: str
    clock_offset: int = 0
    push_hosts: tuple[str, ...] = ()
    rates: int = 100

    @cached_property
    def blobs(self) -> Path:
        return self.data / "blobs"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings from SUIJIAN_* variables; raises ValueError naming the variable that is wrong."""
    data = Path(environment.get("SUIJIAN_DATA", "data")).resolve()
    port_text = environment.get("SUIJIAN_PORT", "8000")
    if not port_text.isdigit() or not 0 < int(port_text) < 65536:
        raise ValueError("SUIJIAN_PORT")
    host = environment.get("SUIJIAN_HOST", "127.0.0.1")
    offset = environment.get("SUIJIAN_CLOCK_OFFSET_HOURS", "0")
    if not (offset.isascii() and offset.isdigit() and int(offset) <= 24 * 366):
        raise ValueError("SUIJIAN_CLOCK_OFFSET_HOURS")
    rates = environment.get("SUIJIAN_RATES", "100")
    if not (rates.isascii() and rates.isdigit() and int(rates) <= 100_000):
        raise ValueError("SUIJIAN_RATES")
    hosts = environment.get("SUIJIAN_PUSH_HOSTS", PUSH_HOSTS)
    demo = environment.get("SUIJIAN_DEMO", "") == "1"
    origin = environment.get("SUIJIAN_ORIGIN", f"http://127.0.0.1:{port_text}").rstrip("/")
    return Settings(
        data=data,
        database=environment.get("SUIJIAN_DATABASE", f"sqlite:///{data / 'suijian.sqlite'}"),
        host=host,
        port=int(port_text),
        origin=origin,
        demo=demo,
        secure=origin.startswith("https://"),
        profile=environment.get("SUIJIAN_PROFILE", "demo-yuling"),
        clock_offset=int(offset) if demo else 0,
        push_hosts=tuple(host.lower() for host in hosts.replace(",", " ").split()),
        rates=int(rates),
    )
