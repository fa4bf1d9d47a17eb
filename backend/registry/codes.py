"""The numbers that identify firms and people, with their check characters. Pure.

Every ``*_fault`` function takes text that is already trimmed, half-width and upper-case and answers None or
the one precise reason why it cannot be right. A check character proves a slip of the pen, never that the
firm exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Severity = Literal["error", "warning", "note"]

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: no I, O, Z, S, V."""
USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"

AUTHORITIES = "123456789ANY"
"""First characters in use: the registering authorities of GB 32100-2015, table 1."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value. ``problem`` is a Chinese clause that follows the column's name."""

    code: str
    problem: str
    severity: Severity = "error"


def uscc_check(first17: str) -> str:
    """The 18th character of GB 32100. Remainder 0 gives "0". ValueError for a foreign character."""
    total = sum(w * USCC_ALPHABET.index(c) for w, c in zip(USCC_WEIGHTS, first17, strict=True))
    return USCC_ALPHABET[-total % 31]


def organisation_check(first8: str) -> str:
    """The 9th character of GB 11714 (organisation code): 10 is written X, 11 is written 0."""
    total = sum(w * int(c, 36) for w, c in zip(ORGANISATION_WEIGHTS, first8, strict=True))
    return "0123456789X0"[11 - total % 11]


def registration_check(first14: str) -> str:
    """The last digit of the old registration number: ISO 7064 MOD 11,10."""
    rest = 10
    for digit in first14:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def id_check(first17: str) -> str:
    """The 18th character of a citizen's number, GB 11643."""
    return ID_CHECK[sum(w * int(c) for w, c in zip(ID_WEIGHTS, first17, strict=True)) % 11]


def uscc_fault(text: str) -> Fault | None:
    """Why ``text`` is no 统一社会信用代码 (GB 32100-2015)."""
    if len(text) != 18:
        return Fault("uscc_length", f"应为 18 位，现为 {len(text)} 位")
    foreign = sorted({c for c in text if c not in USCC_ALPHABET})
    if foreign:
        return Fault("uscc_character", f"含有不会出现的字符“{''.join(foreign)}”")
    # Only the market regulator's kinds (firm, sole trader, cooperative) were read; for the others any digit.
    if text[0] not in AUTHORITIES or text[1] not in ("123" if text[0] == "9" else "123456789"):
        return Fault("uscc_authority", f"开头“{text[:2]}”不是登记管理部门和机构类别代码")
    if not text[2:8].isdigit():
        return Fault("uscc_region", "第 3 至 8 位应为行政区划数字")
    if organisation_check(text[8:16]) != text[16]:
        return Fault("uscc_organisation", "第 9 至 17 位（组织机构代码）校验不符，多为抄写错误")
    if uscc_check(text[:17]) != text[17]:
        return Fault("uscc_check", "末位校验码不符，多为抄写错误")
    return None


def organisation_fault(text: str) -> Fault | None:
    """Why ``text`` is no 组织机构代码 (GB 11714), written with or without its hyphen."""
    plain = text.replace("-", "")
    if len(plain) != 9:
        return Fault("organisation_length", f"应为 9 位，现为 {len(plain)} 位")
    if not (plain.isascii() and plain.isalnum() and plain == plain.upper()):
        return Fault("organisation_character", "只应由数字和大写字母组成")
    if organisation_check(plain[:8]) != plain[8]:
        return Fault("organisation_check", "末位校验码不符，多为抄写错误")
    return None


def registration_fault(text: str) -> Fault | None:
    """Why ``text`` is no old 15-digit 注册号."""
    if not (text.isascii() and text.isdigit()):
        return Fault("registration_character", "注册号只应由数字组成")
    if len(text) != 15:
        return Fault("registration_length", f"应为 15 位，现为 {len(text)} 位")
    if registration_check(text[:14]) != text[14]:
        return Fault("registration_check", "末位校验码不符，多为抄写错误")
    return None


def id_fault(text: str, as_of: date) -> Fault | None:
    """Why ``text`` is no 公民身份号码 (GB 11643) of somebody born before ``as_of``."""
    if len(text) != 18:
        return Fault("id_length", f"应为 18 位，现为 {len(text)} 位")
    if not (text.isascii() and text[:17].isdigit() and (text[17].isdigit() or text[17] == "X")):
        return Fault("id_character", "前 17 位应为数字，末位为数字或 X")
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return Fault("id_birthday", "第 7 至 14 位不是有效日期")
    if not date(1900, 1, 1) <= born < as_of:
        return Fault("id_birthday", "第 7 至 14 位不是合理的出生日期")
    if id_check(text[:17]) != text[17]:
        return Fault("id_check", "末位校验码不符，多为抄写错误")
    return None


def make_uscc(kind: str, region: str, body: str) -> str:
    """A valid code from two authority characters, six region digits and eight organisation characters."""
    first = kind + region + body + organisation_check(body)
    return first + uscc_check(first)


def make_registration(first14: str) -> str:
    """A valid 15-digit registration number."""
    return first14 + registration_check(first14)


def make_id(region: str, born: date, serial: int) -> str:
    """A valid citizen's number; ``serial`` 0-999, odd for men, even for women."""
    first = f"{region}{born:%Y%m%d}{serial:03d}"
    return first + id_check(first)
