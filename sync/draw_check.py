"""The verifier: recomputes everything public of a draw from one JSON document. Twin of `draw_check.ts`.

The portal's button and `suijian verify-draw` call `verify_publication`; it needs no registry and no network.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from sync.canon import JSON, H, NotCanonical, canonical
from sync.chain import signature_holds
from sync.draw import (
    ALG,
    CLOSED,
    DigitsInput,
    DrawPlan,
    LotteryInput,
    Stratum,
    bitmap_digest,
    ceil_ratio,
    check_code,
    commitment,
    derive_key,
    draw_stratum,
    eligible_count,
    is_day,
    is_time,
    last_input_fits,
    plan_hash,
    seed,
)

PROBLEMS: Mapping[str, str] = {
    "malformed": "公示文件格式不符，无法核验。请重新下载后再试。",
    "alg": "抽取算法不是本核验程序支持的算法。请使用对应版本核验。",
    "plan-hash": "方案内容与公布的方案摘要不一致，方案可能被改动。",
    "check-code": "校验码与方案摘要不一致。请与现场照片或纸质件核对。",
    "deadline": "方案所列时间或日期格式有误，或指定的开奖、抽号日期不晚于锁定时间。",
    "round": "补充抽取与上一轮不衔接，缺少上一轮公示或批准理由。",
    "previous": "上一轮抽取未通过核验。",
    "round-overlap": "补充抽取的范围含有以前各轮已抽中的序号。",
    "round-input": "补充抽取没有使用新的公开数据。",
    "bitmap": "抽取范围与方案锁定的范围不一致。",
    "bitmap-count": "抽取范围的户数与方案公布的户数不一致。",
    "bitmap-overlap": "同一序号出现在两个层中。",
    "ratio": "拟抽取数与公布的比例不一致。",
    "party-unknown": "签名或随机数来自方案以外的单位。",
    "countersignature-plan": "有会签所签的不是本方案。",
    "countersignature": "有会签的签名无法通过验证。",
    "countersignature-late": "有会签的时间晚于锁定时间。",
    "outside-missing": "现场抽号须至少两家单位参与，且有外部单位，本方案不符合。",
    "commitment-copied": "同一单位或同一承诺值出现两次。",
    "commitment-late": "有随机数承诺晚于截止时间提交。",
    "nonce": "公开的随机数与此前提交的承诺不符。",
    "nonces-too-few": "公开随机数的单位少于方案要求的数量。",
    "last-input": "公开数据（开奖号码或现场号码）不是方案事先指定的，或号码有误。",
    "seed": "种子不能由公开数据推算得出。",
    "drawn": "抽取结果不能由种子和抽取范围推算得出。",
    "audit": "监督单位对名单的签名无法通过验证。",
    "outcome": "抽取结论与公布的数据不一致。",
}


class Problem(NamedTuple):
    """What did not hold: a code of `PROBLEMS`, whom or what it concerns, one Chinese sentence."""

    code: str
    where: str
    message: str


@with_config(CLOSED)
class Bitmap(TypedDict):
    """Base64 of a stratum's eligibility bitmap."""

    stratum: str
    bits: str


@with_config(CLOSED)
class DrawnSet(TypedDict):
    """The drawn rows of a stratum, ascending."""

    stratum: str
    indices: list[int]


@with_config(CLOSED)
class Countersignature(TypedDict):
    """会签: hex r‖s over the 32 bytes of plan_hash; None where the signature is on paper."""

    name: str
    plan_hash: str
    at: str
    signature: str | None


@with_config(CLOSED)
class Commitment(TypedDict):
    """A commitment (hex) and when it was received."""

    name: str
    commitment: str
    at: str


@with_config(CLOSED)
class Nonce(TypedDict):
    """A revealed nonce (hex of 32 bytes)."""

    name: str
    nonce: str


@with_config(CLOSED)
class Audit(TypedDict):
    """The oversight body's signature (hex r‖s) over the 32 bytes of the names' digest (hex)."""

    name: str
    names: str
    signature: str


class DrawPublication(TypedDict):
    """One draw as published. Keys that this page does not know are allowed here, and only here.

    `outcome` aborted: seed None, drawn empty, `reason` says why. `previous` is the round before, in full.
    """

    plan: DrawPlan
    plan_hash: str
    check_code: str
    outcome: Literal["drawn", "aborted"]
    reason: str | None
    bitmaps: list[Bitmap]
    countersignatures: list[Countersignature]
    commitments: list[Commitment]
    nonces: list[Nonce]
    last_input: LotteryInput | DigitsInput | None
    seed: str | None
    drawn: list[DrawnSet]
    audit: Audit | None
    previous: "DrawPublication | None"


_SHAPE: TypeAdapter[DrawPublication] = TypeAdapter(DrawPublication)


def verify_publication(document: object) -> list[Problem]:
    """All that does not hold in a publication (parsed JSON), in the protocol's order; [] if it is sound."""
    try:
        publication = _SHAPE.validate_python(document, strict=True)
        hashed = plan_hash(publication["plan"])
    except (ValidationError, NotCanonical):
        return [_problem("malformed")]
    problems = _plan(publication, hashed)
    problems += _rounds(publication)
    bitmaps, found = _bitmaps(publication)
    problems += found
    problems += _signatures(publication, hashed)
    problems += _nonces(publication, hashed)
    if publication["outcome"] == "aborted":
        return problems + _aborted(publication)
    return problems + _result(publication, hashed, bitmaps) + _audit(publication)


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
    named, freeze = plan["last_input"], plan["deadlines"]["freeze"]
    if named["mode"] == "digits":
        days = [named["date"]]
        timely = is_time(freeze) and is_day(days[0]) and freeze[:10] <= days[0]
        outside = any(party["role"] == "outside" for party in plan["parties"])
        if plan["threshold"] < 2 or not outside:
            problems.append(_problem("outside-missing"))
    else:
        days = [one["date"] for one in named["draws"] + named["fallback"]]
        timely = is_time(freeze) and all(is_day(day) and freeze[:10] < day for day in days)
    if not timely:
        problems.append(_problem("deadline"))
    return problems


def _rounds(publication: DrawPublication) -> list[Problem]:
    plan, previous = publication["plan"], publication["previous"]
    supplements = plan["supplements"]
    if plan["round"] == 1 and previous is None and supplements is None:
        return []
    if previous is None or supplements is None or not _hex32(supplements["reason"]):
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
    for one in publication["commitments"]:
        if one["name"] not in known:
            problems.append(_problem("party-unknown", one["name"]))
        if one["name"] in taken or one["commitment"] in taken.values():
            problems.append(_problem("commitment-copied", one["name"]))
        if by is None or not is_time(one["at"]) or one["at"] > by:
            problems.append(_problem("commitment-late", one["name"]))
        taken[one["name"]] = one["commitment"]
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
    bare = publication["seed"] is None and not publication["drawn"] and bool(publication["reason"])
    return [] if bare else [_problem("outcome")]


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
