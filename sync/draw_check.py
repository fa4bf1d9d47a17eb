"""The verifier: recomputes everything public of a draw from one JSON document. Twin of `draw_check.ts`.

The portal's button and `suijian verify-draw` call `verify_publication`; it needs no registry and no network.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import TypeAdapter, ValidationError

from sync.canon import JSON, H, NotCanonical, canonical
from sync.chain import signature_holds
from sync.draw import (
    ALG,
    DrawPlan,
    Stratum,
    bitmap_digest,
    ceil_ratio,
    check_code,
    commitment,
    derive_key,
    draw_stratum,
    eligible_count,
    in_time,
    is_day,
    is_time,
    last_input_fits,
    plan_hash,
    seed,
)
from sync.draw_publication import PROBLEMS as PROBLEMS
from sync.draw_publication import DrawPublication as DrawPublication
from sync.draw_publication import Problem as Problem

_SHAPE: TypeAdapter[DrawPublication] = TypeAdapter(DrawPublication)


def verify_publication(document: object) -> list[Problem]:
    """All that does not hold in a publication (parsed JSON), in the protocol's order; [] if it is sound."""
    try:
        # What has no canonical form is read differently by different programs; its depth is bounded too.
        canonical(cast(JSON, document))
        publication = _SHAPE.validate_python(document, strict=True)
    except (ValidationError, NotCanonical):
        return [_problem("malformed")]
    hashed = plan_hash(publication["plan"])
    problems = _plan(publication, hashed)
    problems += _rounds(publication)
    bitmaps, found = _bitmaps(publication)
    problems += found
    problems += _signatures(publication, hashed)
    problems += _nonces(publication, hashed)
    if publication["outcome"] == "aborted":
        return problems + _aborted(publication)
    if publication["reason"] is not None:
        problems.append(_problem("outcome"))
    return problems + _result(publication, hashed, bitmaps) + _audit(publication)


def not_countersigned(publication: DrawPublication) -> list[str]:
    """The parties of the plan that did not countersign, in its order: no fault, but to be shown."""
    signed = {one["name"] for one in publication["countersignatures"]}
    return [party["name"] for party in publication["plan"]["parties"] if party["name"] not in signed]


def names_digest(hashed: bytes, rows: Sequence[tuple[int, str, bytes]]) -> str:
    """Hex of H("names/1", plan_hash, canonical [[row, identifier, salt hex] …]), rows ascending.

    What the auditor signs after opening the list. The salts keep a short list from being guessed.
    """
    listed: JSON = [[i, identifier, salt_i.hex()] for i, identifier, salt_i in sorted(rows)]
    return H("names/1", hashed, canonical(listed)).hex()


def _problem(code: str, where: str = "") -> Problem:
    return Problem(code, where, PROBLEMS[code])


def _plan(publication: DrawPublication, hashed: bytes) -> list[Problem]:
    plan = publication["plan"]
    problems: list[Problem] = []
    if plan["alg"] != ALG:
        problems.append(_problem("alg", plan["alg"]))
    if publication["plan_hash"] != hashed.hex():
        problems.append(_problem("plan-hash"))
    if publication["check_code"] != check_code(hashed):
        problems.append(_problem("check-code"))
    if not _stands(plan):
        problems.append(_problem("plan"))
    if plan["last_input"]["mode"] == "digits" and (plan["threshold"] < 2 or not _outside(publication)):
        problems.append(_problem("outside-missing"))
    if not in_time(plan):
        problems.append(_problem("deadline"))
    return problems


def _stands(plan: DrawPlan) -> bool:
    """Whether every party is named once, nothing is counted below 0, and the registries are of a day."""
    names = [party["name"] for party in plan["parties"]]
    registries = [one for one in (plan["snapshot"], plan["roster"]) if one is not None]
    counts = [plan["threshold"], *(one["n"] for one in registries)]
    counts += [one["count"] for one in plan["exclusions"]] + [one["certified"] for one in plan["needs"]]
    dated = all(is_day(one["as_of"]) and _hex32(one["root"]) for one in registries)
    return len(set(names)) == len(names) and min(counts) >= 0 and dated


def _outside(publication: DrawPublication) -> bool:
    """Whether an outside body takes part and, once drawn, showed its nonce: else those inside could know them all."""
    bodies = {party["name"] for party in publication["plan"]["parties"] if party["role"] == "outside"}
    shown = {one["name"] for one in publication["nonces"]}
    return bool(bodies & shown if publication["outcome"] == "drawn" else bodies)


def _rounds(publication: DrawPublication) -> list[Problem]:
    plan, previous = publication["plan"], publication["previous"]
    supplements = plan["supplements"]
    if plan["round"] == 1 and previous is None and supplements is None:
        return []
    if plan["round"] < 1 or previous is None or supplements is None or not _hex32(supplements["reason"]):
        return [_problem("round")]
    before = previous["plan"]
    problems: list[Problem] = []
    if (
        before["round"] != plan["round"] - 1
        or before["snapshot"] != plan["snapshot"]
        or before["number"] == plan["number"]
        or supplements["plan_hash"] != previous["plan_hash"]
        or previous["outcome"] != "drawn"
    ):
        problems.append(_problem("round"))
    if verify_publication(previous):
        problems.append(_problem("previous"))
    drawn: set[int] = set()
    link: DrawPublication | None = previous
    while link is not None:
        drawn.update(i for one in link["drawn"] for i in one["indices"])
        if publication["last_input"] is not None and link["last_input"] == publication["last_input"]:
            problems.append(_problem("round-input"))
        link = link["previous"]
    for one in publication["bitmaps"]:
        bits = _base64(one["bits"]) or b""
        if any(0 <= i < 8 * len(bits) and bits[i >> 3] >> (i & 7) & 1 for i in drawn):
            problems.append(_problem("round-overlap", one["stratum"]))
    return problems


def _bitmaps(publication: DrawPublication) -> tuple[dict[str, bytes], list[Problem]]:
    plan = publication["plan"]
    rows = plan["snapshot"]["n"]
    given = {one["stratum"]: _base64(one["bits"]) for one in publication["bitmaps"]}
    names = [stratum["name"] for stratum in plan["strata"]]
    good: dict[str, bytes] = {}
    problems: list[Problem] = []
    if [one["stratum"] for one in publication["bitmaps"]] != names or len(set(names)) != len(names):
        problems.append(_problem("bitmap"))
    seen = 0
    for stratum in plan["strata"]:
        name, bits = stratum["name"], given.get(stratum["name"])
        if bits is None or not 0 <= rows < 2**53 or bitmap_digest(rows, bits) != stratum["bitmap"]:
            problems.append(_problem("bitmap", name))
            continue
        number = int.from_bytes(bits, "little")
        if len(bits) != (rows + 7) // 8 or number >> rows or eligible_count(bits) != stratum["n"]:
            problems.append(_problem("bitmap-count", name))
            continue
        if number & seen:
            problems.append(_problem("bitmap-overlap", name))
        seen |= number
        if not _ratio_holds(stratum):
            problems.append(_problem("ratio", name))
            continue
        good[name] = bits
    return good, problems


def _ratio_holds(stratum: Stratum) -> bool:
    try:
        return ceil_ratio(stratum["n"], stratum["num"], stratum["den"]) == stratum["k"]
    except ValueError:
        return False


def _signatures(publication: DrawPublication, hashed: bytes) -> list[Problem]:
    keys = {party["name"]: party["key"] for party in publication["plan"]["parties"]}
    freeze = publication["plan"]["deadlines"]["freeze"]
    problems: list[Problem] = []
    for one in publication["countersignatures"]:
        name, signature = one["name"], one["signature"]
        if name not in keys:
            problems.append(_problem("party-unknown", name))
        elif one["plan_hash"] != hashed.hex():
            problems.append(_problem("countersignature-plan", name))
        elif signature is not None and not signature_holds(keys[name] or "", hashed.hex(), signature):
            problems.append(_problem("countersignature", name))
        elif not is_time(one["at"]) or one["at"] > freeze:
            problems.append(_problem("countersignature-late", name))
    return problems


def _nonces(publication: DrawPublication, hashed: bytes) -> list[Problem]:
    plan = publication["plan"]
    known = {party["name"] for party in plan["parties"]}
    by = plan["deadlines"]["commit"]
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    values: set[str] = set()
    for one in publication["commitments"]:
        if one["name"] not in known:
            problems.append(_problem("party-unknown", one["name"]))
        if one["name"] in taken or one["commitment"] in values:
            problems.append(_problem("commitment-copied", one["name"]))
        if by is None or not is_time(one["at"]) or one["at"] > by:
            problems.append(_problem("commitment-late", one["name"]))
        taken[one["name"]] = one["commitment"]
        values.add(one["commitment"])
    opened: set[str] = set()
    for shown in publication["nonces"]:
        name = shown["name"]
        fits = _hex32(shown["nonce"]) and name not in opened
        if not fits or commitment(hashed, name, bytes.fromhex(shown["nonce"])).hex() != taken.get(name):
            problems.append(_problem("nonce", name))
        opened.add(name)
    if publication["outcome"] == "drawn" and len(opened) < plan["threshold"]:
        problems.append(_problem("nonces-too-few"))
    return problems


def _aborted(publication: DrawPublication) -> list[Problem]:
    bare = publication["seed"] is None and not publication["drawn"] and publication["audit"] is None
    return [] if bare and publication["reason"] else [_problem("outcome")]


def _result(publication: DrawPublication, hashed: bytes, bitmaps: Mapping[str, bytes]) -> list[Problem]:
    plan, last = publication["plan"], publication["last_input"]
    if last is None or not last_input_fits(plan["last_input"], last):
        return [_problem("last-input")]
    nonces = {one["name"]: one["nonce"] for one in publication["nonces"]}
    if not all(map(_hex32, nonces.values())):
        return [_problem("seed")]
    seeded = seed(hashed, {name: bytes.fromhex(nonce) for name, nonce in nonces.items()}, last)
    if publication["seed"] != seeded.hex():
        return [_problem("seed")]
    if plan["round"] < 1:
        return []  # no key exists, and `round` was said
    if [one["stratum"] for one in publication["drawn"]] != [one["name"] for one in plan["strata"]]:
        return [_problem("drawn")]
    problems: list[Problem] = []
    for stratum, drawn in zip(plan["strata"], publication["drawn"], strict=True):
        bits = bitmaps.get(stratum["name"])
        if bits is None:
            continue
        key = derive_key(seeded, "targets", stratum["name"], plan["round"])
        if draw_stratum(key, bits, plan["snapshot"]["n"], stratum["k"]) != drawn["indices"]:
            problems.append(_problem("drawn", stratum["name"]))
    return problems


def _audit(publication: DrawPublication) -> list[Problem]:
    audit = publication["audit"]
    if audit is None:
        return []
    keys = {
        party["name"]: party["key"]
        for party in publication["plan"]["parties"]
        if party["role"] == "oversight"
    }
    holds = _hex32(audit["names"]) and signature_holds(
        keys.get(audit["name"]) or "", audit["names"], audit["signature"]
    )
    return [] if holds else [_problem("audit", audit["name"])]


def _hex32(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def _base64(text: str) -> bytes | None:
    """Standard base64 with padding, in its one canonical form; None otherwise."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
