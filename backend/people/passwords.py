"""Passwords: argon2id in a thread, so that a login never stops the others."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


@cache
def _nobodys() -> str:
    """A hash that no password has: an unknown account takes as long to refuse as a known one."""
    return _HASHER.hash("\x00")


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):  # the latter: an account that was never given a password
        return False


def hash_now(password: str) -> str:
    """The hash to store; takes tens of milliseconds of one core."""
    return _HASHER.hash(password)


async def hash_password(password: str) -> str:
    """The hash to store."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind ``stored``; None stands for an account that does not exist."""
    if stored is None:
        await asyncio.to_thread(lambda: _matches(_nobodys(), password))
        return False
    return await asyncio.to_thread(_matches, stored, password)
