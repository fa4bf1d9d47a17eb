"""Drawings for the paper: signatures from their strokes and QR codes as SVG, photographs. Only numbers and base64 are
ever written into a drawing, never a text that somebody typed."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import qrcode
from PIL import Image, ImageOps

PAD = (3, 1)
"""Width : height of the pad on which signatures are drawn."""
MARGIN = 30
"""Around a signature, in thousandths of the pad's height: half a pen and a little air."""
LONG_SIDE = 1_700
BYTES = 600_000
"""A JPEG within these limits is printed as it is, byte by byte; a larger picture is made smaller first."""
ABOUT = frozenset({"exif", "xmp", "comment", "photoshop"})
"""Parts of a JPEG that speak of where and with what it was taken."""
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="{w}" height="{h}" viewBox="0 0 {w} {h}">'
)


def signature(strokes: Sequence[Sequence[int]]) -> str:
    """A drawn signature as vector paths, without the empty part of the pad; ``strokes`` as in ``sync.words``."""
    drawn = [
        [(x * PAD[0] / 10, y * PAD[1] / 10) for x, y in zip(stroke[::2], stroke[1::2], strict=False)]
        for stroke in strokes
    ]
    points = [point for stroke in drawn for point in stroke]
    left, top = (min((point[axis] for point in points), default=0) - MARGIN for axis in (0, 1))
    wide, high = (max((point[axis] for point in points), default=0) + MARGIN for axis in (0, 1))
    parts = []
    for stroke in drawn:
        # A dot is a stroke of one point: drawn to itself, its round cap shows.
        line = stroke if len(stroke) > 1 else stroke * 2
        parts.append("".join(f"{'L' if n else 'M'}{x:.0f} {y:.0f}" for n, (x, y) in enumerate(line)))
    size = f'width="{wide - left:.0f}" height="{high - top:.0f}"'
    view = f'viewBox="{left:.0f} {top:.0f} {wide - left:.0f} {high - top:.0f}"'
    style = 'fill="none" stroke="#000" stroke-width="24" stroke-linecap="round" stroke-linejoin="round"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view}><path {style} d="{"".join(parts)}"/></svg>'


def qr(text: str) -> str:
    """A QR code (error correction M) with its quiet zone."""
    # One mask for all: trying the eight of them costs more than the whole page, and any can be read.
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, mask_pattern=3)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    dark = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    )
    return f'{_HEAD.format(w=len(rows), h=len(rows))}<path d="{dark}"/></svg>'


@dataclass(frozen=True)
class Photo:
    """A photograph for the paper: a JPEG and its size in pixels."""

    jpeg: bytes
    width: int
    height: int

    def svg(self, jpeg: bytes) -> str:
        """A drawing of the photograph's size that holds ``jpeg``: itself, or what stands in for it."""
        data = base64.b64encode(jpeg).decode()
        drawn = (
            f'<image width="{self.width}" height="{self.height}" xlink:href="data:image/jpeg;base64,{data}"/>'
        )
        return f"{_HEAD.format(w=self.width, h=self.height)}{drawn}</svg>"


Drawing = str | Photo
"""SVG, or a photograph."""


def photograph(content: bytes) -> Photo:
    """A photograph as it is printed. A JPEG of the tablet goes in as it is; a larger one, another
    format, or one that carries data about itself (`ABOUT`) is drawn anew.

    Raises OSError where the bytes are no picture."""
    with Image.open(io.BytesIO(content)) as image:
        plain = image.format == "JPEG" and image.mode in ("RGB", "L") and not ABOUT & image.info.keys()
        if not plain or max(image.size) > LONG_SIDE or len(content) > BYTES:
            content, size = _again(image)
        else:
            size = image.size
    return Photo(content, *size)


def _again(image: Image.Image) -> tuple[bytes, tuple[int, int]]:
    if image.format == "JPEG":
        image.draft("RGB", (LONG_SIDE, LONG_SIDE))
    upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((LONG_SIDE, LONG_SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=80)
    return out.getvalue(), upright.size
