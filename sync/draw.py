"""The draw: everything that a stranger must be able to recompute. Twin of `draw.ts`; PROTOCOL.md, "The draw".

Pure and integers only; random keys and nonces are made by the shell and passed in. The tickets themselves are
in `tickets.py`, the verifier of a publication in `draw_check.py`.
"""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, cast

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from sync.canon import JSON, H, canonical, framed, merkle_root
from sync.tickets import bitmap_digest as bitmap_digest
from sync.tickets import ceil_ratio as ceil_ratio
from sync.tickets import draw_stratum as draw_stratum
from sync.tickets import eligible_count as eligible_count
from sync.tickets import make_bitmap as make_bitmap
from sync.tickets import ranked as ranked
from sync.tickets import ticket as ticket
from sync.tickets import tickets as tickets

ALG = "suijian-draw/1"
"""SHA-256, HMAC-SHA256, AES-256-CTR, RFC 6962 trees, ECDSA P-256."""

CLOSED = ConfigDict(extra="forbid", strict=True)


class Game(NamedTuple):
    """A lottery that may be named as last input: `take` distinct numbers of 1..`top`."""

    take: int
    top: int


GAMES: Mapping[str, Game] = {"福利彩票快乐8": Game(take=20, top=80)}


@with_config(CLOSED)
class Snapshot(TypedDict):
    """A frozen registry: RFC 6962 root (hex) over its rows in the secret order, their number, the day."""

    root: str
    n: int
    as_of: str


@with_config(CLOSED)
class Stratum(TypedDict):
    """A neutral name, its bitmap's digest (hex), n eligible rows, k = ceil(n·num/den) to be drawn."""

    name: str
    bitmap: str
    n: int
    num: int
    den: int
    k: int


@with_config(CLOSED)
class Exclusion(TypedDict):
    """A reason code and how many rows it kept out of the range."""

    code: str
    count: int


@with_config(CLOSED)
class Need(TypedDict):
    """How many certified officers a department sends per visit, and whether it leads."""

    department: str
    certified: int
    lead: bool


@with_config(CLOSED)
class Party(TypedDict):
    """A body that takes part; `key` is its P-256 point (hex of 65 bytes), None where it signs on paper."""

    name: str
    key: str | None
    role: Literal["member", "outside", "oversight"]


@with_config(CLOSED)
class LotteryDraw(TypedDict):
    """One named lottery of one day; `game` is a name in `GAMES`, `date` is YYYY-MM-DD."""

    game: str
    date: str


@with_config(CLOSED)
class LotteryNamed(TypedDict):
    """定时抽取: the lotteries named before they exist, and those that serve if that day has none."""

    mode: Literal["lottery"]
    draws: list[LotteryDraw]
    fallback: list[LotteryDraw]


@with_config(CLOSED)
class DigitsNamed(TypedDict):
    """现场抽号: how many digits are drawn in public, and on which day."""

    mode: Literal["digits"]
    count: int
    date: str


@with_config(CLOSED)
class LotteryNumbers(TypedDict):
    """A lottery's published numbers, ascending."""

    game: str
    date: str
    numbers: list[int]


@with_config(CLOSED)
class LotteryInput(TypedDict):
    mode: Literal["lottery"]
    draws: list[LotteryNumbers]


@with_config(CLOSED)
class DigitsInput(TypedDict):
    mode: Literal["digits"]
    digits: str


LastInput = LotteryInput | DigitsInput


@with_config(CLOSED)
class Deadlines(TypedDict):
    """Times in UTC as YYYY-MM-DDTHH:MM:SS.mmmZ; commit and reveal are None where nobody commits.

    All of them are before the last input exists, commit before reveal: see `in_time`.
    """

    freeze: str
    commit: str | None
    reveal: str | None


@with_config(CLOSED)
class Supplement(TypedDict):
    """What round r > 1 stands on (hex): plan_hash of round r-1, digest of the approved reason entry."""

    plan_hash: str
    reason: str


@with_config(CLOSED)
class DrawPlan(TypedDict):
    """What is frozen before the last input exists. Its canonical bytes give plan_hash."""

    alg: str
    number: str
    title: str
    round: int
    supplements: Supplement | None
    snapshot: Snapshot
    strata: list[Stratum]
    exclusions: list[Exclusion]
    roster: Snapshot | None
    needs: list[Need]
    replacement: Literal["ticket", "named"]
    parties: list[Party]
    threshold: int
    deadlines: Deadlines
    last_input: LotteryNamed | DigitsNamed


def plan_hash(plan: DrawPlan) -> bytes:
    """H("plan/1", canonical bytes of the plan): 32 bytes."""
    return H("plan/1", canonical(cast(JSON, plan)))


def check_code(plan: bytes) -> str:
    """校验码: the first 96 bits of plan_hash as six groups of four upper-case hex digits."""
    text = plan[:12].hex().upper()
    return " ".join(text[i : i + 4] for i in range(0, 24, 4))


def secret_order(k_order: bytes, identifiers: Sequence[str]) -> list[int]:
    """Places of `identifiers` by ascending HMAC-SHA256(K_order, identifier). ValueError on a duplicate."""
    if len(set(identifiers)) != len(identifiers):
        raise ValueError("an identifier occurs twice")
    keys = [hmac.digest(k_order, name.encode(), "sha256") for name in identifiers]
    return sorted(range(len(keys)), key=keys.__getitem__)


def salt(k_salt: bytes, i: int) -> bytes:
    """salt_i = HMAC-SHA256(K_salt, i as 8 bytes, big-endian)."""
    return hmac.digest(k_salt, i.to_bytes(8, "big"), "sha256")


def leaf_data(i: int, salt_i: bytes, identifier: str, attributes: JSON) -> bytes:
    """What the tree hashes at place i; `attributes` holds the row's stratum too."""
    return framed(i.to_bytes(8, "big"), salt_i, identifier.encode(), canonical(attributes))


def snapshot_root(k_salt: bytes, rows: Iterable[tuple[str, JSON]]) -> bytes:
    """Root over (identifier, attributes) rows that already stand in the secret order."""
    return merkle_root(
        leaf_data(i, salt(k_salt, i), identifier, attributes)
        for i, (identifier, attributes) in enumerate(rows)
    )


def commitment(plan: bytes, name: str, nonce: bytes) -> bytes:
    """c = H("commit/1", plan_hash, name, nonce): a copy opens for nobody else and for no other plan."""
    return H("commit/1", plan, name.encode(), nonce)


def commitment_problem(
    plan: DrawPlan, taken: Mapping[str, bytes], name: str, value: bytes, at: str
) -> str | None:
    """Why a commitment cannot be taken (a code of `PROBLEMS`), or None; `taken` are those accepted before."""
    by = plan["deadlines"]["commit"]
    if name not in {party["name"] for party in plan["parties"]}:
        return "party-unknown"
    if by is None or not is_time(at) or at > by:
        return "commitment-late"
    if name in taken or value in taken.values():
        return "commitment-copied"
    return None


def is_time(text: str) -> bool:
    """Whether `text` is a time that exists, as YYYY-MM-DDTHH:MM:SS.mmmZ: in this form they compare as text."""
    clock = re.fullmatch(r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", text[10:], re.ASCII)
    return clock is not None and is_day(text[:10])


def is_day(text: str) -> bool:
    """Whether `text` is a day that exists, as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def in_time(plan: DrawPlan) -> bool:
    """Whether nobody may choose anything once the last input exists, or a nonce once another one is shown."""
    freeze, commit, reveal = (plan["deadlines"][name] for name in ("freeze", "commit", "reveal"))
    times = [one for one in (freeze, commit, reveal) if one is not None]
    if not all(map(is_time, times)):
        return False
    if commit is None or reveal is None:
        if commit != reveal or plan["threshold"] > 0:
            return False
    elif commit >= reveal:
        return False
    named = plan["last_input"]
    if named["mode"] == "digits":
        # 16:00 UTC is midnight in China. The digits are drawn after `reveal`, in public: no file can show that.
        return is_day(named["date"]) and max(times) < f"{named['date']}T16:00:00.000Z"
    days = [one["date"] for one in named["draws"] + named["fallback"]]
    return all(is_day(day) and max(times)[:10] < day for day in days)


def lottery_numbers(game: str, typed: str) -> list[int] | None:
    """The numbers typed for `game`, ascending; any separators. None if they are not a draw of that game."""
    rules = GAMES.get(game)
    found = sorted(int(word) for word in re.findall(r"\d{1,3}", typed, re.ASCII))
    if rules is None or re.search(r"\d{4}", typed, re.ASCII):
        return None
    fits = len(found) == len(set(found)) == rules.take and found[0] >= 1 and found[-1] <= rules.top
    return found if fits else None


def digits_drawn(count: int, typed: str) -> str | None:
    """The `count` digits typed, without spaces; None if anything else was typed."""
    found = re.sub(r"[ \u3000]", "", typed)
    return found if re.fullmatch(r"[0-9]+", found) and len(found) == count else None


def last_input_fits(named: LotteryNamed | DigitsNamed, value: LastInput) -> bool:
    """Whether `value` is a possible outcome of what the plan named (or, for a lottery, of its fallback)."""
    if named["mode"] == "digits":
        return value["mode"] == "digits" and digits_drawn(named["count"], value["digits"]) == value["digits"]
    if value["mode"] != "lottery":
        return False
    drawn = [LotteryDraw(game=one["game"], date=one["date"]) for one in value["draws"]]
    if not drawn or drawn not in (named["draws"], named["fallback"]):
        return False
    return all(
        lottery_numbers(one["game"], " ".join(map(str, one["numbers"]))) == one["numbers"]
        for one in value["draws"]
    )


def seed(plan: bytes, nonces: Mapping[str, bytes], last: LastInput) -> bytes:
    """seed = H("seed/1", plan_hash, name, nonce, name, nonce …, last input), names by their UTF-8 bytes.

    A supplementary round needs nothing more: its own plan carries the reason's digest and names a new input.
    """
    pairs = sorted((name.encode(), nonce) for name, nonce in nonces.items())
    return H("seed/1", plan, *(part for pair in pairs for part in pair), canonical(cast(JSON, last)))


def derive_key(seed_bytes: bytes, purpose: str, stratum: str, round_number: int, *extra: bytes) -> bytes:
    """The AES-256 key of one purpose, stratum and round: HMAC-SHA256(seed, framed label).

    Purposes: "targets" (one key per stratum), "order" and "pairs" (inspectors; stratum ""), "replacement"
    (with the digest of the approved reason as `extra`).
    """
    label = framed(b"key/1", purpose.encode(), stratum.encode(), round_number.to_bytes(8, "big"), *extra)
    return hmac.digest(seed_bytes, label, "sha256")
