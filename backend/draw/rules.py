"""The ceremony of 定时抽取: announce, countersign, enter the published numbers twice, draw, abort. Pure.

A draw's number is used once. Nothing that decides the outcome exists when the plan is frozen: the plan names a
lottery of a later day, and two people type its numbers independently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal, cast

from backend.draw.rules_pool import Pool
from backend.draw.rules_teams import Roster
from sync.canon import JSON, canonical
from sync.draw import (
    ALG,
    GAMES,
    Deadlines,
    DrawPlan,
    LotteryDraw,
    LotteryInput,
    LotteryNamed,
    LotteryNumbers,
    Need,
    Party,
    derive_key,
    draw_stratum,
    last_input_fits,
    lottery_numbers,
    plan_hash,
    seed,
)
from sync.words import (
    DrawAnnounced,
    DrawCountersigned,
    DrawInputEntered,
    DrawnRows,
    LotteryResult,
    Refusal,
    refuse,
)

CHINA = timezone(timedelta(hours=8))
DrawState = Literal["announced", "held", "assigned", "aborted"]
STATES: Mapping[str, str] = {
    "announced": "已公告",
    "held": "已抽取检查对象",
    "assigned": "已组成检查组",
    "aborted": "已作废",
}


@dataclass(frozen=True)
class SchemeToDraw:
    """What the draw must know of a scheme. ``blocked``: why it cannot be drawn from (not approved, voided, drawn).

    ``departments`` maps id to name, the lead among them; ``minimum`` certified officers per department.
    """

    scheme: str
    number: str
    title: str
    lead: str
    departments: Mapping[str, str]
    blocked: Refusal | None
    minimum: int
    ends_on: str


@dataclass(frozen=True)
class Earlier:
    """An earlier draw number of the same scheme."""

    number: str
    aborted: bool


@dataclass(frozen=True)
class Named:
    """The last input that the announcement names: a game, its day, and the day that serves if there is none."""

    game: str
    day: str
    fallback: str


@dataclass(frozen=True)
class Frozen:
    """What the shell froze for the announcement. ``oversight`` maps id to name, ``key`` is the server's."""

    pool: Pool
    roster: Roster
    oversight: Mapping[str, str]
    key: str
    most_per_year: int | None
    cap: int


def may_announce(
    scheme: SchemeToDraw, earlier: Sequence[Earlier], named: Named, reason: str, today: str
) -> Refusal | None:
    """Why a draw cannot be announced now, or None. Asked before the registries are frozen, and again after."""
    used = next((one.number for one in earlier if not one.aborted), None)
    if used is not None:
        return refuse("draw_used", number=used)
    if scheme.blocked:
        return scheme.blocked
    if earlier and len(reason.strip()) < 2:
        return refuse("reason_missing", what="再次抽取")
    if named.game not in GAMES:
        return refuse("bad_request", what="公开数据")
    # The last input may not exist when the plan is frozen, so its day is a later one.
    if not today < named.day < named.fallback <= scheme.ends_on:
        return refuse("input_day_wrong", ends_on=scheme.ends_on)
    return None


def freeze_deadline(day: str) -> str:
    """The end of the China day before the lottery's, as an instant: later signatures do not count."""
    end = datetime.combine(date.fromisoformat(day), datetime.min.time(), CHINA) - timedelta(milliseconds=1)
    utc = end.astimezone(timezone.utc)  # noqa: UP017 - `datetime.UTC` would read like a clock here
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def next_number(scheme: SchemeToDraw, earlier: Sequence[Earlier]) -> str:
    """抽取编号: the scheme's number and a running one. A number is never used again."""
    return f"{scheme.number}-{len(earlier) + 1}"


def plan_of(scheme: SchemeToDraw, number: str, named: Named, frozen: Frozen) -> DrawPlan:
    """The plan that everybody countersigns; parties and needs in the order of the scheme's departments."""
    parties = [Party(name=name, key=frozen.key, role="member") for name in scheme.departments.values()]
    parties += [Party(name=name, key=frozen.key, role="oversight") for name in frozen.oversight.values()]
    return DrawPlan(
        alg=ALG,
        number=number,
        title=scheme.title,
        round=1,
        supplements=None,
        snapshot=frozen.pool.snapshot,
        strata=list(frozen.pool.strata),
        exclusions=list(frozen.pool.exclusions),
        roster=frozen.roster.snapshot,
        needs=[
            Need(department=name, certified=scheme.minimum, lead=one == scheme.lead)
            for one, name in scheme.departments.items()
        ],
        replacement="ticket",
        parties=parties,
        threshold=0,
        deadlines=Deadlines(freeze=freeze_deadline(named.day), commit=None, reveal=None),
        last_input=LotteryNamed(
            mode="lottery",
            draws=[LotteryDraw(game=named.game, date=named.day)],
            fallback=[LotteryDraw(game=named.game, date=named.fallback)],
        ),
    )


def announce(
    scheme: SchemeToDraw,
    earlier: Sequence[Earlier],
    named: Named,
    frozen: Frozen,
    reason: str,
    today: str,
    nonce: str,
) -> DrawAnnounced | Refusal:
    """锁定名录库、公告: the plan with its hash and bitmaps."""
    refusal = may_announce(scheme, earlier, named, reason, today)
    if refusal:
        return refusal
    number = next_number(scheme, earlier)
    plan = plan_of(scheme, number, named, frozen)
    return DrawAnnounced(
        nonce=nonce,
        scheme=scheme.scheme,
        number=number,
        plan=canonical(cast(JSON, plan)).decode(),
        plan_hash=plan_hash(plan).hex(),
        bitmaps=frozen.pool.bitmaps,
        most_per_year=frozen.most_per_year,
        cap=frozen.cap,
        after=earlier[-1].number if earlier else "",
        reason=reason.strip() if earlier else "",
    )


@dataclass(frozen=True)
class Typed:
    """One entry of the published numbers: who typed what."""

    by: str
    results: tuple[LotteryResult, ...]


@dataclass(frozen=True)
class InputState:
    """Where the two entries stand: ``first`` waits for a second person, ``agreed`` is settled."""

    first: Typed | None
    agreed: tuple[LotteryResult, ...] | None
    mismatches: int


@dataclass(frozen=True)
class Ceremony:
    """A draw as it stands. ``signed`` are the names that countersigned, ``typed`` all entries in order.

    ``supervised``: an earlier number was aborted, so the oversight body's signature is waited for (draw.md).
    """

    state: DrawState
    number: str
    plan: DrawPlan
    hashed: str
    signed: frozenset[str]
    typed: tuple[Typed, ...]
    supervised: bool

    @property
    def named(self) -> LotteryNamed:
        """The lottery; raises ValueError for a plan that names digits."""
        last = self.plan["last_input"]
        if last["mode"] != "lottery":
            raise ValueError("not a lottery")
        return last

    def waiting_for(self) -> tuple[str, ...]:
        """The parties whose countersignature must still come, in the plan's order. Oversight is told, and waited
        for only after an abort."""
        roles = ("member", "outside", "oversight") if self.supervised else ("member", "outside")
        parties = (one for one in self.plan["parties"] if one["role"] in roles)
        return tuple(one["name"] for one in parties if one["name"] not in self.signed)

    def inputs(self) -> InputState:
        """Entries count in pairs of two people: equal ones settle it, unequal ones start again."""
        first: Typed | None = None
        mismatches = 0
        for one in self.typed:
            if first is None:
                first = one
            elif first.by != one.by and first.results == one.results:
                return InputState(first, one.results, mismatches)
            else:
                first, mismatches = None, mismatches + 1
        return InputState(first, None, mismatches)


def countersign(
    ceremony: Ceremony, organisation: str, name: str, seen: str, signature: str, now: str, nonce: str
) -> DrawCountersigned | Refusal:
    """会签 by a body that takes part. ``seen`` is the plan_hash on the signer's page, ``now`` an instant."""
    if ceremony.state != "announced":
        return refuse("draw_not_ready", what=f"本次抽取{STATES[ceremony.state]}，不再会签")
    if name not in {one["name"] for one in ceremony.plan["parties"]}:
        return refuse("not_allowed")
    if plan_hash(ceremony.plan).hex() != ceremony.hashed or seen != ceremony.hashed:
        return refuse("plan_hash_mismatch")
    if name in ceremony.signed:
        return refuse("already_decided")
    if now > ceremony.plan["deadlines"]["freeze"]:
        return refuse("draw_not_ready", what="会签截止时间已过，请作废本编号后重新公告")
    return DrawCountersigned(
        nonce=nonce, organisation=organisation, name=name, plan_hash=ceremony.hashed, signature=signature
    )


def signatures_missing(ceremony: Ceremony) -> Refusal | None:
    """``countersign_missing`` with the names that are waited for, or None."""
    waiting = ceremony.waiting_for()
    return refuse("countersign_missing", organisations="、".join(waiting)) if waiting else None


def enter_input(
    ceremony: Ceremony, typed: Mapping[str, str], fallback: bool, by: str, today: str, nonce: str
) -> tuple[DrawInputEntered | Refusal, Refusal | None]:
    """One person's entry, and ``input_mismatch`` beside it where it disagrees with the first: it is kept then too.

    ``typed`` maps the game to what was typed; ``fallback``: the named day had no draw. ``today`` is China's day.
    """
    refusal = _not_ready_for_input(ceremony, by)
    if refusal:
        return refusal, None
    draws = ceremony.named["fallback" if fallback else "draws"]
    late = max(one["date"] for one in draws)
    if today < late:
        return refuse("input_too_early", day=late), None
    results: list[LotteryResult] = []
    for one in draws:
        numbers = lottery_numbers(one["game"], typed.get(one["game"], ""))
        if numbers is None:
            game = GAMES[one["game"]]
            return refuse("input_not_valid", expected=f"{game.take} 个不重复的 1—{game.top} 的号码"), None
        results.append(LotteryResult(game=one["game"], date=one["date"], numbers=tuple(numbers)))
    entered = DrawInputEntered(nonce=nonce, plan_hash=ceremony.hashed, results=tuple(results))
    first = ceremony.inputs().first
    if first is not None and first.results != entered.results:
        return entered, refuse("input_mismatch")
    return entered, None


def _not_ready_for_input(ceremony: Ceremony, by: str) -> Refusal | None:
    if ceremony.state != "announced":
        return refuse("draw_not_ready", what=f"本次抽取{STATES[ceremony.state]}，不再录入")
    if plan_hash(ceremony.plan).hex() != ceremony.hashed:
        return refuse("plan_hash_mismatch")
    missing = signatures_missing(ceremony)
    if missing:
        return missing
    state = ceremony.inputs()
    if state.agreed is not None:
        return refuse("already_decided")
    if state.first is not None and state.first.by == by:
        return refuse("input_same_person")
    return None


@dataclass(frozen=True)
class Outcome:
    """What the draw came to: the last input as the protocol writes it, seed, and rows per stratum."""

    results: tuple[LotteryResult, ...]
    last: LotteryInput
    seed: bytes
    drawn: tuple[DrawnRows, ...]

    @property
    def places(self) -> tuple[int, ...]:
        """All drawn rows, ascending."""
        return tuple(sorted(i for one in self.drawn for i in one.indices))


def hold(ceremony: Ceremony, bitmaps: Mapping[str, bytes]) -> Outcome | Refusal:
    """抽取: the index set that follows from the plan and the numbers; ``bitmaps`` by stratum."""
    if ceremony.state == "aborted":
        return refuse("draw_not_ready", what="本编号已作废，不能抽取")
    if ceremony.state != "announced":
        return refuse("draw_used", number=ceremony.number)
    if plan_hash(ceremony.plan).hex() != ceremony.hashed:
        return refuse("plan_hash_mismatch")
    missing = signatures_missing(ceremony)
    if missing:
        return missing
    results = ceremony.inputs().agreed
    if results is None:
        return refuse("draw_not_ready", what="开奖号码还没有由两人一致录入")
    last = LotteryInput(
        mode="lottery",
        draws=[LotteryNumbers(game=one.game, date=one.date, numbers=list(one.numbers)) for one in results],
    )
    if not last_input_fits(ceremony.plan["last_input"], last):
        return refuse("plan_hash_mismatch")
    seeded = seed(bytes.fromhex(ceremony.hashed), {}, last)
    drawn = tuple(
        DrawnRows(
            stratum=one["name"],
            indices=tuple(
                draw_stratum(
                    derive_key(seeded, "targets", one["name"], ceremony.plan["round"]),
                    bitmaps[one["name"]],
                    ceremony.plan["snapshot"]["n"],
                    one["k"],
                )
            ),
        )
        for one in ceremony.plan["strata"]
    )
    return Outcome(results, last, seeded, drawn)


def may_abort(ceremony: Ceremony, reason: str) -> Refusal | None:
    """作废 needs a reason and a draw that was not held: what came out stays out."""
    if ceremony.state == "aborted":
        return refuse("already_decided")
    if ceremony.state != "announced":
        return refuse("draw_used", number=ceremony.number)
    if len(reason.strip()) < 2:
        return refuse("reason_missing", what="作废")
    return None


def may_open(ceremony: Ceremony, opened: bool) -> Refusal | None:
    """The list is opened after the draw, once."""
    if ceremony.state not in ("held", "assigned"):
        return refuse("draw_not_ready", what="尚未抽取，没有可核验的名单")
    if opened:
        return refuse("already_decided")
    return None
