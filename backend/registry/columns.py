"""Which heading means which field, and how one cell becomes a value. Pure.

Offices write the same thing in many ways. What differs only in form (full-width digits, blanks, a number that
a spreadsheet made of a code) is read; what has lost content (a code rounded to 15 digits, a number in
scientific notation, a date without its day) is a fault, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from backend.registry.codes import Fault

Value: TypeAlias = Any
Read: TypeAlias = "tuple[Value, Fault | None]"
Reader: TypeAlias = Callable[[object], Read]

FOR_EVER = "9999-12-31"
"""A validity without end (长期)."""

_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202c\u202d\u200e\u200f"))
_UNTIDY = re.compile(rf"[\s{''.join(map(chr, _INVISIBLE))}]|^=")


@dataclass(frozen=True, slots=True)
class Column:
    """A field, its name on screen (``label``), the headings offices use for it, and its reader."""

    field: str
    label: str
    words: tuple[str, ...]
    read: Reader
    required: bool = False


def heading(cell: object) -> str:
    """A heading reduced to what identifies it: no blanks, no remarks in brackets, no star for "required"."""
    text = unicodedata.normalize("NFKC", str(cell or "")).translate(_INVISIBLE)
    text = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", text)
    return re.sub(r"[\s*:、,./_-]", "", text).upper()


def vocabulary(columns: Sequence[Column]) -> dict[str, str]:
    """Reduced heading → field, for ``match``."""
    return {heading(word): c.field for c in columns for word in (c.label, *c.words)}


def match(cells: Sequence[object], words: Mapping[str, str]) -> dict[str, int]:
    """Field → 0-based position for every heading that is known. The first of two equal headings counts."""
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        # A heading is short; long cells of data are not worth reducing.
        name = words.get(heading(cell)) if isinstance(cell, str) and len(cell) < 40 else None
        if name and name not in found:
            found[name] = position
    return found


# --- text ------------------------------------------------------------------------------------------


def plain(cell: object) -> str:
    """Text as typed, in NFC, trimmed, without invisible characters. Line breaks stay."""
    if cell is None:
        return ""
    if isinstance(cell, str) and not _UNTIDY.search(cell) and unicodedata.is_normalized("NFC", cell):
        return cell
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = (
        unicodedata.normalize("NFC", str(cell))
        .translate(_INVISIBLE)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return "\n".join(re.sub(r"[ \t\u00a0\u3000]+", " ", line).strip() for line in text.split("\n")).strip()


def half_width(cell: object) -> str:
    """For numbers, codes and dates: full-width characters made half-width."""
    return plain(cell).translate(_HALF_WIDTH).strip()


def text_of(limit: int) -> Reader:
    """Text on one line of at most ``limit`` characters."""

    def read(cell: object) -> Read:
        text = plain(cell).replace("\n", " ")
        if len(text) > limit:
            return text, Fault("text_too_long", f"超过 {limit} 个字，现为 {len(text)} 个字")
        return text, None

    return read


def code(cell: object) -> Read:
    """A code or number that identifies: half-width, upper case, without blanks; lost digits are a fault."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if isinstance(cell, float) and not cell.is_integer():
            return "", Fault("code_is_decimal", "是带小数的数字，应为号码，须把单元格设为文本重填")
        if abs(cell) >= 10**15:
            # A spreadsheet keeps 15 digits of a number; what follows was replaced by zeros.
            return "", Fault("digits_lost", "被表格软件存成了数字，15 位以后已丢失，须设为文本重填")
        return str(int(cell)), None
    text = re.sub(r"\s", "", half_width(cell)).upper().lstrip("'")
    if re.fullmatch(r"\d(\.\d+)?E\+\d+", text):
        return "", Fault("scientific", "被表格软件改成了科学计数法，末位已丢失，须设为文本重填")
    if len(text) > 64:
        return text[:64], Fault("text_too_long", f"超过 64 个字，现为 {len(text)} 个字")
    return text, None


_PHONE = re.compile(r"(\+?86-?)?1[3-9]\d{9}|(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?|400-?\d{3}-?\d{4}|\d{5}")


def phone(cell: object) -> Read:
    """One or several telephone numbers joined by “、”. An unlikely number is kept and warned about."""
    if isinstance(cell, int | float):
        value, fault = code(cell)
        texts = [value]
    else:
        texts = [re.sub(r"\s", "", t) for t in re.split(r"[、,;/]|\n", half_width(cell).replace("—", "-"))]
        texts = [t for t in texts if t]
        fault = next((f for t in texts if (f := code(t)[1])), None)
    joined = "、".join(texts)
    if fault:
        return "", fault
    if len(joined) > 60:
        return "", Fault("text_too_long", f"超过 60 个字，现为 {len(joined)} 个字")
    if any(not _PHONE.fullmatch(t) for t in texts):
        return joined, Fault("phone_unlikely", "不像电话号码", "warning")
    return joined, None


def names(cell: object) -> Read:
    """A list of short labels divided by 、，；/ or line breaks; duplicates fall away, the order stays."""
    parts = [p.strip() for p in re.split(r"[、,，;；/|\n]", plain(cell))]
    kept = tuple(dict.fromkeys(p for p in parts if p))
    if len(kept) > 60 or any(len(p) > 60 for p in kept):
        return (), Fault("list_too_long", "应为用顿号隔开的简短词语，最多 60 个，每个不超过 60 字")
    return kept, None


_CHINESE = "[一二三四五六七八九十]{1,3}"
_NUMBERING = re.compile(
    rf"^\s*(?:[（(]\s*(?:\d{{1,2}}|{_CHINESE})\s*[)）]|\d{{1,2}}\s*[、.．)）](?!\d)|[①-⑳]|{_CHINESE}、)\s*"
)
_INLINE_NUMBER = re.compile(r"(?<=[。；;\s])(?=(?:\d{1,2}[、.．](?!\d)|[（(]\d{1,2}[)）]|[①-⑳]))")


def lines(cell: object) -> Read:
    """Content lines: by line break, else by number inside the text, else by “；”. Numbers fall away."""
    text = plain(cell)
    parts = text.split("\n")
    if len(parts) == 1:
        parts = _INLINE_NUMBER.split(text)
    if len(parts) == 1:
        parts = re.split(r"[；;]", text)
    kept = tuple(p for p in (_NUMBERING.sub("", part).strip(" ；;") for part in parts) if p)
    if len(kept) > 60 or any(len(p) > 1000 for p in kept):
        return (), Fault("list_too_long", "最多 60 条，每条不超过 1000 字")
    return kept, None


# --- days, yes and no, choices ---------------------------------------------------------------------


def day(cell: object) -> Read:
    """A calendar day as YYYY-MM-DD, or None where the cell is empty. “长期” is the day without end."""
    if isinstance(cell, datetime | date):
        return f"{cell.year:04d}-{cell.month:02d}-{cell.day:02d}", None
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 10_000 <= cell < 80_000:
        # An unformatted date cell: days since 1899-12-30, as spreadsheets count.
        return (date(1899, 12, 30) + timedelta(days=int(cell))).isoformat(), None
    text = half_width(cell)
    if not text:
        return None, None
    if text in {"长期", "永久", "无固定期限", "长期有效"}:
        return FOR_EVER, None
    found = re.fullmatch(
        r"(\d{4})(?:[-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})日?(?:[ T]\d.*)?",
        re.sub(r" ?([年月日/.-]) ?", r"\1", text),
    )
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})(?:\.0)?", text)
    if not found:
        return None, Fault("date_unclear", f"“{text[:20]}”不是完整日期，应如 2024-05-31")
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat(), None
    except ValueError:
        return None, Fault("date_impossible", f"“{text[:20]}”不是有效日期")


def yes_no(cell: object) -> Read:
    """是/否 in its usual spellings, or None where the cell is empty."""
    text = half_width(cell).upper()
    if text in {"", "-", "—"}:
        return None, None
    if text in {"是", "有", "Y", "YES", "TRUE", "1", "√", "✓", "已列入", "在岗", "持证"}:
        return True, None
    if text in {"否", "无", "N", "NO", "FALSE", "0", "×", "X", "未列入", "离岗", "未持证"}:
        return False, None
    return None, Fault("not_yes_or_no", f"“{text[:20]}”应填“是”或“否”")


def _first_words(words: Mapping[str, str]) -> list[str]:
    """One word for each choice, as a sentence offers them."""
    first: dict[str, str] = {}
    for word, value in words.items():
        first.setdefault(value, word)
    return list(first.values())


def choice(words: Mapping[str, str], within: bool = False) -> Reader:
    """One of a set, by its words; ``within`` also finds a word inside a longer text, earlier words first."""

    def read(cell: object) -> Read:
        text = half_width(cell)
        if not text:
            return None, None
        if text in words:
            return words[text], None
        if within:
            for word, value in words.items():
                if word in text:
                    return value, None
        offered = "、".join(_first_words(words)[:6])
        return None, Fault("choice_unknown", f"“{text[:20]}”不在可选范围（{offered}等）")

    return read


def choices(words: Mapping[str, str]) -> Reader:
    """Several of a set, found anywhere in the text, in the order of the set."""

    def read(cell: object) -> Read:
        text = half_width(cell)
        found = tuple(dict.fromkeys(value for word, value in words.items() if word in text))
        if text and not found:
            offered = "、".join(_first_words(words)[:6])
            return (), Fault("choice_unknown", f"“{text[:20]}”不在可选范围（{offered}等）")
        return found, None

    return read


def ratio(cell: object) -> Read:
    """(text as printed, parts per 10,000 or None). A number cell of 0.05 is 5 %; “不设上限” has no number."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        share = cell if cell <= 1 else cell / 100
        if not 0 < share <= 1 or not (parts := round(share * 10_000)):
            return ("", None), Fault("ratio_impossible", "抽查比例应大于 0、不超过 100%")
        shown = f"{parts / 100:g}%"
        return (shown, parts), None
    text = plain(cell)
    found = re.search(r"(\d{1,6})(?:\.(\d{1,2}))?\s*([%％‰])", text)
    if not found:
        return (text[:300], None), None
    hundredths = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    parts = hundredths if found[3] != "‰" else hundredths // 10
    if not 0 < parts <= 10_000:
        return ("", None), Fault("ratio_impossible", "抽查比例应大于 0、不超过 100%")
    return (text[:300], parts), None
