"""Lost tablets and wrong PINs: what a tablet proves by its own key alone, and what follows from what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.canon import JSON, H, canonical

PIN_WRONG = 15
"""So many wrong PINs in a row, three locks of the tablet's own, and the server lends the share no more."""
SILENT = timedelta(days=2)
"""A tablet that has not been heard of for so long is listed with what may lie on it."""
HANDING_IN = timedelta(days=1)
"""How long a piece of a lost tablet's file may take to come, once it has begun in time: 100 MB over a bad line."""


def told_proof(nonce: str, told: JSON) -> str:
    """What a tablet signs to tell of itself: H("device/1", nonce, canonical(told)), in hex."""
    return H("device/1", nonce.encode(), canonical(told)).hex()


def file_proof(nonce: str, sha256: str) -> str:
    """What a tablet signs to hand in a file of unsent records: H("unsent/1", nonce, SHA-256 in hex), in hex."""
    return H("unsent/1", nonce.encode(), sha256.encode()).hex()


@dataclass(frozen=True)
class Tries:
    """Wrong PINs in a row, and whether the share is withheld for them."""

    wrong: int = 0
    withheld: bool = False


def counted(before: Tries, told: int) -> Tries:
    """After the tablet told of ``told`` wrong PINs in a row. Withheld stays withheld: a right PIN afterwards, or a
    tablet that says less, does not undo it; only registering anew does."""
    return Tries(wrong=told, withheld=before.withheld or told >= PIN_WRONG)


def silent(heard: datetime | None, now: datetime) -> bool:
    """Whether a tablet has been quiet for long; one that never spoke has nothing."""
    return heard is not None and now - heard >= SILENT


def may_lack(visit: Mapping[str, str | int], today: str) -> bool:
    """Whether records of this visit may lie on a tablet that does not speak any more: its day has come, and it is
    neither finished nor are all its pictures here. ``visit``: planned_on, status, photos, photos_stored."""
    if visit["status"] == "ordered" and str(visit["planned_on"]) > today:
        return False
    return visit["status"] != "finished" or visit["photos_stored"] != visit["photos"]
