"""The house: what the shell hands around. Clock and chance enter the program here and nowhere else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from backend.db import Engine
from backend.profiles import profiles
from backend.profiles.rules import Profile, resolve
from backend.settings import Settings
from backend.vault import Vault
from sync.words import Refusal

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True)
class House:
    """One running installation. ``clock`` gives the time in UTC, ``chance`` n random bytes."""

    settings: Settings
    engine: Engine
    vault: Vault
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    chance: Callable[[int], bytes] = field(default=secrets.token_bytes)

    def new_id(self) -> str:
        """A fresh random id (16 bytes, hex)."""
        return self.chance(16).hex()

    def profile_on(self, day: date) -> Profile:
        """The rules of this jurisdiction as they are in force on ``day``."""
        return _resolved(self.settings.profile, day)


@lru_cache(maxsize=64)
def _resolved(profile: str, day: date) -> Profile:
    return resolve(profiles(), profile, day)


def clock_of(settings: Settings) -> Callable[[], datetime]:
    """The clock of an installation: the real one; in a demonstration it may run ahead by whole hours, so that
    tomorrow's step can be tried today. Every page then says so."""
    ahead = timedelta(hours=settings.clock_offset)
    return lambda: datetime.now(UTC) + ahead


class Refused(Exception):
    """A decision was a refusal; the shell shows its sentence and keeps what was entered."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def instant(moment: datetime) -> str:
    """A moment as the protocol writes it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def china_day(moment: datetime) -> str:
    """The calendar day in China, YYYY-MM-DD."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d")
