"""Photographs into a finished PDF, byte by byte.

The compiler would read every photograph as text three times over (base64 in XML in its own cache), which is most of
the time that a record with forty of them takes. So it lays out stand-ins, a JPEG's head without its picture, and
what it wrote is exchanged afterwards: the stream, its length, and the table of offsets (ISO 32000-1, 7.5.4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate

START, END, SCAN, COMMENT = b"\xff\xd8", b"\xff\xd9", 0xDA, b"\xff\xfe"
ENTRY = 20
"""Bytes of an entry in the table: ten digits of offset, five of generation, n or f, and the line's end."""
_LENGTH = re.compile(rb"<</Length (\d+)")
_TABLE = re.compile(rb"xref\n0 (\d+)\n")
_LAST = re.compile(rb"startxref\n(\d+)\n")


def stand_in(jpeg: bytes, name: str) -> bytes:
    """The head of a JPEG as far as its first scan, marked with its name, so that no two of a document are alike.

    Raises ValueError where the bytes have no such head."""
    at = 2
    while jpeg[:2] == START and at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] == SCAN:
            marked = name.encode()
            mark = COMMENT + (len(marked) + 2).to_bytes(2, "big") + marked
            return START + mark + jpeg[2:end] + END
        at = end
    raise ValueError("no JPEG")


def splice(pdf: bytes, whole: Mapping[bytes, bytes]) -> bytes:
    """``pdf`` with every stand-in exchanged for the picture that it stands for.

    Raises ValueError where the PDF is not written as expected; it is then unchanged."""
    edits: list[tuple[int, int, bytes]] = []
    for small, jpeg in whole.items():
        at = pdf.index(small)
        head = pdf.rindex(b"<</Length ", 0, at)
        length = _LENGTH.match(pdf, head)
        if not length or int(length[1]) != len(small) or pdf.count(small) != 1:
            raise ValueError("a stream that is not as expected")
        edits.append((*length.span(1), str(len(jpeg)).encode()))
        edits.append((at, at + len(small), jpeg))
    last = _LAST.search(pdf, pdf.rindex(b"startxref"))
    table = _TABLE.match(pdf, int(last[1])) if last else None
    if not last or not table:
        raise ValueError("no table of offsets")
    edits.append((table.end(), table.end() + ENTRY * int(table[1]), b""))
    edits.append((*last.span(1), b""))
    return _edited(pdf, sorted(edits), table)


def _edited(pdf: bytes, edits: list[tuple[int, int, bytes]], table: re.Match[bytes]) -> bytes:
    """With all edits made; the two empty ones at the end are the table's entries and its own offset."""
    *pictures, (first, past, _), (where, behind, _) = edits
    ends = [end for _, end, _ in pictures]
    grown = [0, *accumulate(len(new) - (end - start) for start, end, new in pictures)]

    def moved(offset: int) -> int:
        return offset + grown[sum(end <= offset for end in ends)]

    entries = []
    for at in range(first, past, ENTRY):
        entry = pdf[at : at + ENTRY]
        used = entry[17:18] == b"n"
        entries.append(b"%010d" % moved(int(entry[:10])) + entry[10:] if used else entry)
    parts, done = [], 0
    for start, end, new in pictures:
        parts += [pdf[done:start], new]
        done = end
    own = b"%d" % moved(table.start())
    return b"".join([*parts, pdf[done:first], *entries, pdf[past:where], own, pdf[behind:]])
