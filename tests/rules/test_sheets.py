"""Reading what offices send: wrong files are refused in a sentence, right ones keep every cell and row number."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date

import pytest
import xlsxwriter

from backend.registry import sheets
from backend.registry.book import Book
from backend.registry.sheets import read_book
from sync.words import Refusal


def workbook(*pages: tuple[str, list[list[object]]], hide: tuple[str, ...] = ()) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    for name, rows in pages:
        page = book.add_worksheet(name)
        if name in hide:
            page.hide()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    book.close()
    return data.getvalue()


def refused(name: str, data: bytes) -> str:
    outcome = read_book(name, data)
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def opened(name: str, data: bytes) -> Book:
    outcome = read_book(name, data)
    assert isinstance(outcome, Book), outcome
    return outcome


def with_sheet(xml: bytes) -> bytes:
    """A workbook whose sheet part is replaced."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(("一", [["名称"]])))) as old,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, xml if "sheet1.xml" in part.filename else old.read(part))
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("名录.xlsx", b"%PDF-1.7\n1 0 obj"),
        ("名录.xls", b"<html><table><tr><td>1</td></tr></table></html>"),
        ("名录.xls", b"\xef\xbb\xbf  <TABLE><tr><td>1"),
        ("名录.xls", b'<?xml version="1.0"?><Workbook/>'),
        ("照片.csv", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4),
        ("名录.xlsx", b"PK\x03\x04" + b"x" * 200),
        ("名录.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000),
        ("名录.csv", "名称,代码\n甲,1\x00\x01".encode()),
    ],
)
def test_a_wrong_file_type_is_refused_whatever_its_name_says(name: str, data: bytes) -> None:
    assert refused(name, data) == "file_type_wrong"


def test_a_zip_archive_that_is_no_workbook_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refused("通知.xlsx", data.getvalue()) == "file_type_wrong"


@pytest.mark.parametrize("data", [b"", b"\r\n \r\n", b",,,\n,,,\n", workbook(("空", []))])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert refused("空表", data) == "sheet_empty"


def test_a_workbook_with_only_hidden_rows_of_data_is_empty() -> None:
    data = workbook(("封面", []), ("底稿", [["名称"], ["甲"]]), hide=("底稿",))
    assert refused("名录.xlsx", data) == "sheet_empty"


def test_a_file_over_the_limit_is_refused_before_it_is_read() -> None:
    assert refused("大.csv", b"a" * (sheets.MAX_BYTES + 1)) == "too_large"


@pytest.mark.parametrize("place", ["A1048576", "XFD1", "IW5", "JA2", "B200001"])
def test_a_stray_cell_in_the_far_corner_is_refused_before_memory_is_asked_for(place: str) -> None:
    row = "".join(c for c in place if c.isdigit())
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert refused("远.xlsx", with_sheet(xml.encode())) == "bad_request"


@pytest.mark.parametrize("place", ["IV3", "B199999"])
def test_cells_within_the_bounds_and_empty_ones_beyond_are_no_reason_to_refuse(place: str) -> None:
    row = "".join(c for c in place if c.isdigit())
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="{row}"><c r="{place}"><v>7</v></c><c r="XFD{row}" s="1"/></row></sheetData></worksheet>'
    )
    (found,) = opened("近.xlsx", with_sheet(xml.encode())).sheets[0].rows
    assert found.number == int(row)


def test_too_many_rows_or_columns_of_text_are_refused() -> None:
    assert refused("宽.csv", ("a," * 300 + "\n").encode()) == "bad_request"
    assert refused("长.csv", b"a,b\n" * (sheets.MAX_ROWS + 1)) == "bad_request"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_read_in_the_encodings_that_offices_use(encoding: str) -> None:
    book = opened("名录.csv", "名称,备注\n渝岭㐂记（虚构）,无\n".encode(encoding))
    assert book.sheets[0].rows[1].cells[0] == "渝岭㐂记（虚构）"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    book = opened("名录.csv", f"名称{delimiter}地址\n甲{delimiter}乙\n".encode())
    assert book.sheets[0].rows[1].cells == ("甲", "乙")


def test_row_numbers_are_those_of_the_spreadsheet_though_empty_rows_fall_away() -> None:
    data = workbook(("一", [["标题"], [], ["名称"], ["甲"], [" "], ["乙"]]))
    assert [row.number for row in opened("a.xlsx", data).sheets[0].rows] == [1, 3, 4, 6]
    assert [row.number for row in opened("a.csv", b"t\n\nh\n,\nx\n").sheets[0].rows] == [1, 3, 5]


def test_values_merged_downwards_stand_in_every_row() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    page = book.add_worksheet()
    page.merge_range(0, 0, 2, 0, "市场监管局")
    page.write_column(0, 1, ["甲", "乙", "丙"])
    book.close()
    rows = opened("a.xlsx", data.getvalue()).sheets[0].rows
    assert [row.cells for row in rows] == [("市场监管局", "甲"), ("市场监管局", "乙"), ("市场监管局", "丙")]


def test_dates_numbers_and_text_keep_their_kind() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    page = book.add_worksheet()
    page.write_datetime(0, 0, date(2019, 5, 6), book.add_format({"num_format": "yyyy-mm-dd"}))
    page.write_number(0, 1, 13800000001)
    page.write_string(0, 2, "013")
    book.close()
    assert opened("a.xlsx", data.getvalue()).sheets[0].rows[0].cells == (
        date(2019, 5, 6),
        13800000001.0,
        "013",
    )


def test_a_path_in_a_file_name_is_not_repeated() -> None:
    assert opened("C:\\Users\\a\\名录.csv", "名称,a\n甲,b".encode()).file_name == "名录.csv"


def test_a_truncated_workbook_is_refused_and_never_half_read() -> None:
    whole = workbook(("一", [["名称", "代码"], ["甲", "1"]]))
    for keep in range(4, len(whole) - 1, 97):
        assert refused("a.xlsx", whole[:keep]) in {"file_type_wrong", "sheet_empty"}


def test_an_archive_that_claims_to_unpack_to_gigabytes_is_refused() -> None:
    data = bytearray(workbook(("一", [["名称"]])))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 2**31)
    assert refused("a.xlsx", bytes(data)) == "bad_request"
