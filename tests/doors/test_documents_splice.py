"""Photographs put into a finished PDF: refused where anything is not as expected, and otherwise a sound document
whose pictures are the bytes that the tablet sent."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from backend.documents.record import record_sheet
from backend.documents.splice import splice, stand_in
from tests import papers
from tests.papers import Told, printed, text_of


def jpeg(seed: int, progressive: bool = False) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40 + seed % 60, 30), (seed % 256, 90, 20)).save(out, "JPEG", progressive=progressive)
    return out.getvalue()


def with_photos(content: list[bytes]) -> bytes:
    named = {hashlib.sha256(one).hexdigest(): one for one in content}
    packet = papers.packet()
    return printed(record_sheet(packet, papers.visit(packet, Told(photos=list(named))), named))


def offsets(pdf: bytes) -> list[tuple[int, int]]:
    """(number, offset) of every object that the table names."""
    last = re.search(rb"startxref\n(\d+)\n%%EOF", pdf)
    assert last
    table = re.match(rb"xref\n0 (\d+)\n", pdf[int(last[1]) :])
    assert table, "the table is where the end says"
    first = int(last[1]) + table.end()
    rows = [pdf[first + 20 * n : first + 20 * n + 20] for n in range(int(table[1]))]
    return [(n, int(row[:10])) for n, row in enumerate(rows) if row[17:18] == b"n"]


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_what_has_no_head_of_a_jpeg_gets_no_stand_in(content: bytes) -> None:
    with pytest.raises(ValueError, match="no JPEG"):
        stand_in(content, "photo1.svg")


def test_a_document_that_is_not_written_as_expected_is_refused_and_not_spoiled() -> None:
    small, whole = stand_in(jpeg(1), "a"), jpeg(1)
    stream = b"1 0 obj\n<</Length %d>>\nstream\n%s\nendstream\n" % (len(small), small)
    for pdf in (
        b"",
        b"%PDF-1.7 without the picture startxref\n0\n",
        stream.replace(b"<</Length ", b"<</Longth ") + b"startxref\n0\n",
        stream * 2 + b"startxref\n0\n",
        stream + b"startxref\n0\n",
    ):
        with pytest.raises(ValueError, match=r"."):
            splice(pdf, {small: whole})


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=9, unique=True), st.booleans())
@settings(max_examples=15, deadline=None)
def test_every_object_is_where_the_table_says_and_every_picture_is_there_whole(
    seeds: list[int], progressive: bool
) -> None:
    pictures = [jpeg(seed, progressive) + seed.to_bytes(2, "big") for seed in seeds]
    pdf = with_photos(pictures)
    assert all(pdf[at:].startswith(b"%d 0 obj" % number) for number, at in offsets(pdf))
    assert all(pdf.count(b"/Length %d/Type/XObject" % len(one)) >= 1 and one in pdf for one in pictures)


def test_a_reader_gets_the_same_bytes_back_that_the_tablet_sent(tmp_path: Path) -> None:
    pictures = [papers.picture(seed, (320, 240)) for seed in range(3)]
    pdf = with_photos(pictures)
    subprocess.run(["pdfimages", "-all", "-", f"{tmp_path}/p"], input=pdf, check=True)
    found = [(tmp_path / f"p-{n:03d}.jpg").read_bytes() for n in range(3)]
    assert sorted(found) == sorted(pictures)
    assert all(f"货架第{n}层" in text_of(pdf) for n in (1, 2, 3))


def test_a_document_without_photographs_is_as_the_compiler_wrote_it() -> None:
    pdf = printed(papers.filled())
    assert splice(pdf, {}) == pdf
