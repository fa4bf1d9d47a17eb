"""The pool (抽取范围): who may be drawn, in which stratum, frozen in a secret order. Pure.

Nothing here names a risk class to the outside: strata have neutral names in an order that follows from the
secret key, and every row stands at a place that follows from the secret key too (PROTOCOL.md, 5.1).
"""

from __future__ import annotations

import base64
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.planning.facts import UNCLASSED
from sync.canon import JSON
from sync.draw import (
    Exclusion,
    Snapshot,
    Stratum,
    bitmap_digest,
    ceil_ratio,
    make_bitmap,
    salt,
    secret_order,
    snapshot_root,
)
from sync.draw_check import names_digest
from sync.words import Refusal, RowSet, refuse

REASONS: Mapping[str, str] = {
    "cancelled": "已注销",
    "revoked": "已吊销",
    "annulled": "登记已撤销",
    "moved_out": "已迁出",
    "drawn_this_year": "本年度已抽取",
}
"""Why a row in range is not drawn: code → words. The codes stand in the public plan with their counts."""
GONE = frozenset({"cancelled", "revoked", "annulled", "moved_out"})


@dataclass(frozen=True)
class Candidate:
    """A target within the scheme's range. ``identifier`` is the number that the office knows it by (统一社会信用
    代码); ``drawn`` counts the draws of this year that it came out of."""

    target: str
    identifier: str
    name: str
    risk: str
    status: str
    drawn: int = 0


@dataclass(frozen=True)
class Share:
    """The ratio of one risk class, as two integers."""

    num: int
    den: int


@dataclass(frozen=True)
class FrozenRow:
    """A row at its place. ``attributes`` is what its leaf covers; ``stratum`` is empty where it is excluded."""

    place: int
    target: str
    identifier: str
    stratum: str
    reason: str
    attributes: Mapping[str, JSON]

    @property
    def eligible(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Pool:
    """A frozen registry with the strata that the plan announces."""

    snapshot: Snapshot
    rows: tuple[FrozenRow, ...]
    strata: tuple[Stratum, ...]
    bitmaps: tuple[RowSet, ...]
    exclusions: tuple[Exclusion, ...]


def exclusion(candidate: Candidate, most_per_year: int | None) -> str:
    """The reason code for which a candidate stays out, or "" if it may be drawn.

    ``most_per_year`` is the repeat guard of the profile (S2-14: not more than once a year), None where it is
    silent or one of its exceptions holds for the scheme.
    """
    if candidate.status in GONE:
        return candidate.status
    if most_per_year is not None and candidate.drawn >= most_per_year:
        return "drawn_this_year"
    return ""


def stratum_names(k_order: bytes, classes: Sequence[str]) -> dict[str, str]:
    """Class → neutral name, numbered in an order that only the holder of the key could know."""
    ranked = sorted(classes, key=lambda one: hmac.digest(k_order, b"stratum/" + one.encode(), "sha256"))
    return {one: f"层{place}" for place, one in enumerate(ranked, 1)}


def freeze(
    candidates: Sequence[Candidate],
    shares: Mapping[str, Share],
    most_per_year: int | None,
    as_of: str,
    k_order: bytes,
    k_salt: bytes,
) -> Pool | Refusal:
    """Freeze the candidates: rows, root, strata, bitmaps, exclusions; ``pool_empty`` if nobody can be drawn.

    ``shares`` has a ratio for every class. Raises ValueError if two candidates share an identifier.
    """
    reasons = [exclusion(one, most_per_year) for one in candidates]
    classes = [one.risk or UNCLASSED for one in candidates]
    present = sorted({cls for cls, reason in zip(classes, reasons, strict=True) if not reason})
    names = stratum_names(k_order, present)
    rows: list[FrozenRow] = []
    for place, i in enumerate(secret_order(k_order, [one.identifier for one in candidates])):
        one, reason = candidates[i], reasons[i]
        stratum = "" if reason else names[classes[i]]
        attributes: dict[str, JSON] = {
            "name": one.name,
            "risk": one.risk,
            "status": one.status,
            "drawn": one.drawn,
            "stratum": stratum,
            "reason": reason,
        }
        rows.append(FrozenRow(place, one.target, one.identifier, stratum, reason, attributes))
    strata, bitmaps = _strata(rows, {names[cls]: shares[cls] for cls in present})
    if not any(stratum["k"] for stratum in strata):
        return refuse("pool_empty")
    root = snapshot_root(k_salt, ((row.identifier, dict(row.attributes)) for row in rows))
    counts = Counter(reason for reason in reasons if reason)
    return Pool(
        snapshot=Snapshot(root=root.hex(), n=len(rows), as_of=as_of),
        rows=tuple(rows),
        strata=strata,
        bitmaps=bitmaps,
        exclusions=tuple(Exclusion(code=code, count=counts[code]) for code in REASONS if counts[code]),
    )


def _strata(
    rows: Sequence[FrozenRow], shares: Mapping[str, Share]
) -> tuple[tuple[Stratum, ...], tuple[RowSet, ...]]:
    places: dict[str, list[int]] = {name: [] for name in sorted(shares)}
    for row in rows:
        if row.eligible:
            places[row.stratum].append(row.place)
    strata: list[Stratum] = []
    bitmaps: list[RowSet] = []
    for name, found in places.items():
        bits = make_bitmap(len(rows), found)
        share = shares[name]
        strata.append(
            Stratum(
                name=name,
                bitmap=bitmap_digest(len(rows), bits),
                n=len(found),
                num=share.num,
                den=share.den,
                k=ceil_ratio(len(found), share.num, share.den),
            )
        )
        bitmaps.append(RowSet(stratum=name, bits=base64.b64encode(bits).decode()))
    return tuple(strata), tuple(bitmaps)


@dataclass(frozen=True)
class Opening:
    """What the oversight body sees when it opens the list: what was recomputed, and what did not agree.

    ``names`` is the digest that it countersigns.
    """

    rows: int
    root_agrees: bool
    order_agrees: bool
    strata_agree: bool
    names: str

    @property
    def sound(self) -> bool:
        return self.root_agrees and self.order_agrees and self.strata_agree


def open_list(
    rows: Sequence[FrozenRow],
    snapshot: Snapshot,
    strata: Sequence[Stratum],
    hashed: bytes,
    drawn: Sequence[int],
    most_per_year: int | None,
    k_order: bytes,
    k_salt: bytes,
) -> Opening:
    """Recompute order, root, eligibility and bitmaps from the kept rows and the secret keys (PROTOCOL.md, 5.9).

    ``drawn`` are the published places. Reasons and strata are decided again from each row's own attributes.
    """
    order = secret_order(k_order, [row.identifier for row in rows])
    root = snapshot_root(k_salt, ((row.identifier, dict(row.attributes)) for row in rows))
    classes = [str(row.attributes["risk"]) or UNCLASSED for row in rows]
    names = stratum_names(k_order, sorted({c for c, row in zip(classes, rows, strict=True) if row.eligible}))
    again = {name: [] for name in names.values()}  # type: dict[str, list[int]]
    agrees = True
    for row, cls in zip(rows, classes, strict=True):
        reason = exclusion(_candidate(row), most_per_year)
        agrees = agrees and reason == row.reason == row.attributes["reason"]
        agrees = agrees and row.stratum == row.attributes["stratum"]
        if not reason:
            again.setdefault(names.get(cls, ""), []).append(row.place)
    announced = {one["name"]: one["bitmap"] for one in strata}
    computed = {
        name: bitmap_digest(len(rows), make_bitmap(len(rows), found)) for name, found in again.items()
    }
    kept = {row.place: row for row in rows}
    listed = [(i, kept[i].identifier, salt(k_salt, i)) for i in sorted(drawn) if i in kept]
    return Opening(
        rows=len(rows),
        root_agrees=root.hex() == snapshot["root"] and len(rows) == snapshot["n"],
        order_agrees=order == [row.place for row in rows] and len(listed) == len(drawn),
        strata_agree=agrees and announced == computed,
        names=names_digest(hashed, listed),
    )


def _candidate(row: FrozenRow) -> Candidate:
    values = row.attributes
    drawn = values["drawn"]
    return Candidate(
        target=row.target,
        identifier=row.identifier,
        name=str(values["name"]),
        risk=str(values["risk"]),
        status=str(values["status"]),
        drawn=drawn if isinstance(drawn, int) else 0,
    )
