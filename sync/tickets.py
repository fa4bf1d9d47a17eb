"""Tickets and bitmaps: which rows are drawn, as a function of public bytes only. Twin of `tickets.ts`."""

import math
from collections.abc import Iterable
from itertools import accumulate

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sync.canon import H

CHUNK = 1 << 14
_ZEROS = memoryview(bytes(8 * (CHUNK + 1)))


def make_bitmap(rows: int, eligible: Iterable[int]) -> bytes:
    """ceil(rows/8) bytes; row i is bit i % 8, counted from the least significant, of byte i // 8."""
    bits = bytearray((rows + 7) // 8)
    for i in eligible:
        if not 0 <= i < rows:
            raise ValueError(f"row {i} of {rows}")
        bits[i >> 3] |= 1 << (i & 7)
    return bytes(bits)


def bitmap_digest(rows: int, bitmap: bytes) -> str:
    """Hex of H("bitmap/1", rows as 8 bytes, bitmap)."""
    return H("bitmap/1", rows.to_bytes(8, "big"), bitmap).hex()


def eligible_count(bitmap: bytes) -> int:
    """How many rows the bitmap holds."""
    return int.from_bytes(bitmap, "little").bit_count()


def ceil_ratio(n: int, num: int, den: int) -> int:
    """ceil(n·num/den) in integers. Raises ValueError unless n >= 0, den >= 1 and 0 <= num <= den."""
    if n < 0 or den < 1 or not 0 <= num <= den:
        raise ValueError(f"ratio {num}/{den} of {n}")
    return -(-n * num // den)


def tickets(key: bytes, start: int, count: int) -> bytes:
    """Tickets start..start+count-1: the AES-256-CTR keystream (zero IV) from byte 8·start on."""
    block, odd = divmod(start, 2)
    cipher = Cipher(algorithms.AES(key), modes.CTR(block.to_bytes(16, "big"))).encryptor()
    length = 8 * (count + odd)
    stream = cipher.update(_ZEROS[:length] if length <= len(_ZEROS) else bytes(length))
    return stream[8:] if odd else stream


def ticket(key: bytes, i: int) -> int:
    """ticket(i) as an unsigned big-endian integer."""
    return int.from_bytes(tickets(key, i, 1), "big")


def ranked(key: bytes, bitmap: bytes, rows: int, k: int) -> list[int]:
    """The first k eligible rows in order of (ticket, row)."""
    return sorted(draw_stratum(key, bitmap, rows, k), key=lambda i: (ticket(key, i), i))


def draw_stratum(key: bytes, bitmap: bytes, rows: int, k: int) -> list[int]:
    """The first k eligible rows in order of (ticket, row), as an ascending list: the drawn index set.

    Raises ValueError if the bitmap does not fit `rows` or holds fewer than k.
    """
    if len(bitmap) != (rows + 7) // 8 or (rows % 8 and bitmap[-1] >> rows % 8):
        raise ValueError("the bitmap does not fit the number of rows")
    n = eligible_count(bitmap)
    if not 0 <= k <= n:
        raise ValueError(f"cannot draw {k} of {n}")
    if k == 0:
        return []
    # The k-th smallest of n uniform tickets all but surely lies between these; if not, all are sifted.
    margin = 6 * (math.isqrt(k) + 1)
    low, high = (max(0, k - margin) << 64) // n, (min(n, k + margin) << 64) // n
    sure, edge = _sift(key, bitmap, rows, low, high)
    if not len(sure) <= k <= len(sure) + len(edge):
        sure, edge = _sift(key, bitmap, rows, 0, 1 << 64)
    edge.sort()
    sure += [i for _, i in edge[: k - len(sure)]]
    sure.sort()
    return sure


_Edge = list[tuple[bytes, int]]


def _sift(key: bytes, bitmap: bytes, rows: int, low: int, high: int) -> tuple[list[int], _Edge]:
    """Eligible rows with a ticket below `low`, and (ticket, row) of those from `low` to below `high`.

    Works on the tickets' first bytes with whole-buffer operations, as a loop over rows would cost 30 times as
    much. Memory is one chunk beyond what it returns.
    """
    first, last = low >> 56, (high - 1) >> 56
    below = bytes(10 if byte < first else 0 for byte in range(256))
    near = bytes(10 if first <= byte <= last else 0 for byte in range(256))
    # Two's power 64 has no 8-byte form; nine bytes 0xff stand above every ticket.
    floor = low.to_bytes(8, "big")
    ceiling = high.to_bytes(8, "big") if high < 1 << 64 else b"\xff" * 9
    sure: list[int] = []
    edge: _Edge = []
    for start in range(0, rows, CHUNK):
        bits = bitmap[start >> 3 : (start + CHUNK) >> 3]
        if not any(bits):
            continue
        count = min(CHUNK, rows - start)
        stream = tickets(key, start, count)
        heads = stream[::8]
        if bits.count(255) * 8 != count:
            heads = (int.from_bytes(heads, "big") | _mask(bits, count)).to_bytes(count, "big")
        found = _marked(heads.translate(below), start)
        for i in _marked(heads.translate(near), start):
            at = 8 * (i - start)
            value = stream[at : at + 8]
            # A first byte 255 may be the mask's: only then is the bitmap asked again.
            if last == 255 and not bitmap[i >> 3] >> (i & 7) & 1:
                continue
            if value < floor:
                found.append(i)
            elif value < ceiling:
                edge.append((value, i))
        # Sorted chunk by chunk, the whole is sorted but for the edge.
        found.sort()
        sure += found
    return sure, edge


def _mask(bits: bytes, count: int) -> int:
    """The bitmap as a number of `count` base-256 digits, the first row's highest: 255 where not eligible."""
    text = format(int.from_bytes(bits, "little"), f"0{count}b").encode()[::-1]
    return int.from_bytes(text.translate(_ABSENT), "big")


_ABSENT = bytes(255 if byte == ord("0") else 0 for byte in range(256))


def _marked(marks: bytes, start: int) -> list[int]:
    """start + the places of byte 10 in `marks`, whose other bytes are 0."""
    # 10 is a line feed and nothing else here ends a line, so line lengths add up to the places.
    lines = marks.splitlines(keepends=True)
    if lines and not marks.endswith(b"\n"):
        lines.pop()
    places = list(accumulate(map(len, lines), initial=start - 1))
    del places[0]
    return places
