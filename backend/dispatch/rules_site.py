"""What the packet says about the site (现场规则): the law's choices for all that may happen there, and the two codes
that somebody's telephone opens. Pure.

A code is an address with a signed token: visit, use and expiry under the server's key, so that it is made before
the team goes and stays valid where nobody has signal. Beside it stands a short code to be typed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from backend.profiles import keys
from backend.profiles.deadlines import check_code_backfill_due
from backend.profiles.quoted import quoted
from backend.profiles.rules import Profile
from backend.profiles.values import CalendarDays, WorkingDays
from backend.profiles.values import Choice as ProfileChoice
from backend.profiles.working_days import Calendar
from sync.canon import H
from sync.words import (
    EndingRule,
    NoticeRule,
    OfficialCode,
    OrderRule,
    Recognition,
    Ruled,
    SiteCode,
    SiteRules,
    TeamMember,
)

Use = Literal["check", "copy"]
USES: dict[Use, bytes] = {"check": b"c", "copy": b"f"}
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SHORT: dict[Use, int] = {"check": 8, "copy": 12}
"""Letters of the typed code: 40 and 60 bits. What a copy shows is private, what a check code shows is not."""
METHODS: dict[str, Literal["ON_SITE", "DOCUMENTARY", "NETWORK"]] = {
    "documentary": "DOCUMENTARY",
    "network": "NETWORK",
}


@dataclass(frozen=True)
class Opened:
    """What a token says: the visit, what it opens, and until when (seconds since 1970, UTC)."""

    visit: str
    use: Use
    expires: int


def site_rules(
    profile: Profile,
    method: str,
    number: str,
    substitutes: Sequence[TeamMember],
    check_code: SiteCode,
    copy_code: SiteCode,
) -> SiteRules | None:
    """The rules of a visit's site; None where no text says what it takes to end a check early.

    ``number`` is the notice's (文号); ``substitutes`` are the qualified colleagues who may stand in by telephoned
    consent (S2-14f)."""
    endings = profile.get(keys.SITE_ENDINGS)
    if endings is None:
        return None
    return SiteRules(
        method=METHODS.get(method.lower(), "ON_SITE"),
        notice=NoticeRule(
            required=method.lower() in (profile.get(keys.NOTICE_REQUIRED_FOR) or ()),
            number=number,
            text=tuple(profile.get(keys.NOTICE_MATERIALS) or ()),
            channels=_ruled(profile, keys.NOTICE_CHANNELS),
            exemptions=_ruled(profile, keys.NOTICE_EXEMPTIONS),
        ),
        endings=tuple(
            EndingRule(
                ending=one.code,
                label=one.label,
                article=quoted(one.article),
                finding=one.finding or "none",
                place=one.place,
                photos=one.photos,
                attempts=one.attempts,
                witness=one.witness,
                hint=one.hint,
            )
            for one in endings
        ),
        official_code=_official_code(profile),
        noncooperation=_ruled(profile, keys.NONCOOPERATION),
        recusal_grounds=_ruled(profile, keys.RECUSAL_GROUNDS),
        media_bases=_ruled(profile, keys.MEDIA_BASES),
        substitutes=tuple(substitutes) if profile.get(keys.PHONE_CONSENT) else (),
        refusal_witness=profile.get(keys.WITNESS) == "required",
        refusal_recording=profile.get(keys.REFUSAL_RECORDING) is True,
        paper_master=profile.get(keys.PAPER_IS_MASTER) is True,
        check_code=check_code,
        copy_code=copy_code,
        objection=tuple(profile.get(keys.OBJECTION) or ()),
        published=tuple(profile.get(keys.PUBLISHED_AFTERWARDS) or ()),
        keep_days=profile.get(keys.KEEP_DAYS) or 0,
    )


def order_rule(profile: Profile) -> OrderRule | None:
    """What a printed order to mend rests on; None where no text says."""
    basis = profile.get(keys.ORDER_BASIS)
    return OrderRule(basis=basis, remedies=tuple(profile.get(keys.ORDER_REMEDIES) or ())) if basis else None


def recognition(profile: Profile, day: date) -> Recognition | None:
    """What another department's result must be to be taken over in a visit of this day; None where no text says."""
    days = profile.get(keys.RECOGNISED_DAYS)
    if days is None:
        return None
    return Recognition(
        since=(day - timedelta(days=days)).isoformat(),
        evidence=profile.get(keys.RECOGNISED_EVIDENCE) is True,
        article=profile.article(keys.RECOGNISED_DAYS.name) or "",
    )


def _ruled(profile: Profile, key: keys.Key[tuple[ProfileChoice, ...]]) -> tuple[Ruled, ...]:
    article = profile.article(key.name) or ""
    return tuple(
        Ruled(code=one.code, label=one.label, article=quoted(one.article or article))
        for one in profile.get(key) or ()
    )


def _official_code(profile: Profile) -> OfficialCode:
    backfill = profile.get(keys.CHECK_CODE_BACKFILL)
    within = ""
    if isinstance(backfill, WorkingDays):
        within = f"检查结束后 {backfill.n} 个工作日内补录"
    elif isinstance(backfill, CalendarDays):
        within = f"检查结束后 {backfill.n} 日内补录"
    return OfficialCode(
        required=profile.get(keys.CHECK_CODE_REQUIRED) is True,
        label="执法码",
        due=within,
        article=quoted(profile.article(keys.CHECK_CODE_REQUIRED.name) or ""),
    )


def dated(rule: OfficialCode, profile: Profile, day: date, calendar: Calendar | None) -> OfficialCode:
    """The rule with its date for a check that ends on the planned ``day``, 调休 counted: a tablet knows no holidays."""
    last = check_code_backfill_due(profile, {"inspection_end": day}, calendar) if calendar else None
    if last is None:
        return rule
    return rule.model_copy(update={"due": f"{rule.due}（{day.isoformat()} 检查结束的，截至 {last.text}）"})


def token_of(opened: Opened, sign: Callable[[str], str]) -> str:
    """The token in URL-safe base64: use, visit, expiry and the server's signature over them (85 bytes)."""
    said = _said(opened)
    return base64.urlsafe_b64encode(said + bytes.fromhex(sign(_digest(said)))).rstrip(b"=").decode()


def opened_of(token: str, holds: Callable[[str, str], bool], now: datetime) -> Opened | None:
    """What a token says, if its signature holds and it has not expired; else None."""
    if len(token) > 200 or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    said, signature = raw[:21], raw[21:]
    use = next((name for name, letter in USES.items() if letter == said[:1]), None)
    if use is None or len(raw) != 85 or not holds(_digest(said), signature.hex()):
        return None
    found = Opened(said[1:17].hex(), use, int.from_bytes(said[17:21], "big"))
    return found if found.expires > now.timestamp() else None


def _said(opened: Opened) -> bytes:
    return USES[opened.use] + bytes.fromhex(opened.visit) + opened.expires.to_bytes(4, "big")


def _digest(said: bytes) -> str:
    return H("site-code/1", said).hex()


def short_of(tag: bytes, use: Use) -> str:
    """The typed code from secret bytes: letters that nobody mistakes for another, in groups of four."""
    number = int.from_bytes(tag, "big")
    letters = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(SHORT[use]))
    return "-".join(letters[start : start + 4] for start in range(0, SHORT[use], 4))


def typed(text: str) -> str:
    """A code as somebody typed it, as it was made: capitals, no spaces or strokes, O as 0, I and L as 1."""
    plain = "".join(sign for sign in text.upper() if sign.isalnum())
    return plain.translate(str.maketrans("OIL", "011"))


def substitutes_of(
    team: Iterable[TeamMember], qualified: Iterable[TeamMember], most: int = 60
) -> tuple[TeamMember, ...]:
    """Colleagues of the team's departments who are qualified and not in it."""
    members = list(team)
    inside = {member.account for member in members}
    departments = {member.organisation for member in members}
    return tuple(
        one
        for one in qualified
        if one.account and one.certified and one.account not in inside and one.organisation in departments
    )[:most]
