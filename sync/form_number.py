"""Numbers of blank forms that the office prints beforehand (编号空白表): year, kind of form, serial number, two check
digits, as 2026-1-00042-11. Twin of `form_number.ts`.

The check digits are ISO/IEC 7064 MOD 97-10 (GB/T 17710): one digit that was typed wrongly, and two that changed places,
are found without asking anybody.
"""

import re

_SHAPE = re.compile(r"([0-9]{4})-([0-9])-([0-9]{5})-([0-9]{2})")
LAST = 99_999
"""The last serial number of a year and a kind."""


def form_number(year: int, kind: int, serial: int) -> str:
    """The number, with its check digits. ``kind``: one digit; ``serial``: 1 … ``LAST``."""
    digits = f"{year:04}{kind}{serial:05}"
    return f"{year:04}-{kind}-{serial:05}-{98 - int(digits) * 100 % 97:02}"


def fits(number: str) -> bool:
    """Whether this is how such a number is written, and its check digits are right."""
    found = _SHAPE.fullmatch(number)
    return found is not None and int("".join(found.groups())) % 97 == 1
