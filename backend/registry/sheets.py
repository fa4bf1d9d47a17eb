"""Reading what offices send: .xlsx, .xls and .csv, within bounds, into raw cells with their row numbers.

The kind of a file is told from its bytes, never from its name. Nothing is interpreted here: which column
means what is decided in ``columns`` and ``rules``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from backend.registry.book import Book, Cell, Format, Sheet, SourceRow
from sync.words import Refusal, refuse

MAX_BYTES = 32 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 256


def read_book(file_name: str, data: bytes) -> Book | Refusal:
    """The sheets of a file, or why it cannot be read.

    Refuses with ``too_large``, ``file_type_wrong``, ``sheet_empty`` or ``bad_request`` (a password, too many
    rows or columns). ``file_name`` is only repeated, never opened.
    """
    shown = re.split(r"[\\/]", file_name)[-1][:80] or "未命名文件"
    if len(data) > MAX_BYTES:
        return refuse("too_large", limit=MAX_BYTES // 1024 // 1024)
    if not data.strip(b"\0\t\r\n "):
        return refuse("sheet_empty", name=shown)
    if data.startswith(b"PK\x03\x04"):
        kind: Format = "xlsx"
        encoding = ""
        outcome = _unpackable(shown, data) or _workbook(shown, data)
    elif data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        kind, encoding = "xls", ""
        outcome = _workbook(shown, data)
    else:
        decoded = _decode(data)
        if decoded is None:
            return refuse("file_type_wrong", name=shown)
        text, encoding = decoded
        kind = "csv"
        outcome = _csv(shown, text)
    if isinstance(outcome, Refusal):
        return outcome
    if not any(sheet.rows for sheet in outcome if not sheet.hidden):
        return refuse("sheet_empty", name=shown)
    return Book(shown, len(data), hashlib.sha256(data).hexdigest(), kind, encoding, outcome)


def _too_wide_or_long() -> Refusal:
    return refuse("bad_request", what=f"表格超过 {MAX_ROWS} 行或 {MAX_COLUMNS} 列，须拆分成几个文件")


# A cell that holds something below row 200,000 or right of column IV. The reader lays a sheet out as a full
# rectangle, so one stray cell in the far corner would ask for gigabytes: it is looked for before reading.
_FAR_CELL = re.compile(
    rb'\br="(?:[A-Z]{1,3}(?:[2-9]\d{5}|\d{7,})|(?:[A-Z]{3}|[J-Z][A-Z]|I[W-Z])\d+)"[^>]*(?<!/)>\s*<(?!/c)'
)
_MANY_CELLS = 40_000_000


def _unpackable(shown: str, data: bytes) -> Refusal | None:
    """Why a zip archive is no workbook that may be unpacked; None where it may."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in {m.filename for m in members}:
                return refuse("file_type_wrong", name=shown)
            if len(members) > 2000 or sum(m.file_size for m in members) > MAX_UNPACKED:
                return _too_wide_or_long()
            for member in members:
                if member.filename.startswith("xl/worksheets/") and _reaches_far(archive, member):
                    return _too_wide_or_long()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        return refuse("file_type_wrong", name=shown)
    return None


def _reaches_far(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    tail = b""
    with archive.open(member) as stream:
        while block := stream.read(1 << 20):
            if _FAR_CELL.search(tail + block):
                return True
            tail = block[-256:]
    return False


def _workbook(shown: str, data: bytes) -> tuple[Sheet, ...] | Refusal:
    sheets = []
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        for index, about in enumerate(book.sheets_metadata):
            sheet = book.get_sheet_by_index(index)
            if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
                return _too_wide_or_long()
            hidden = about.visible != SheetVisibleEnum.Visible
            sheets.append(Sheet(shown, about.name, hidden, _rows(_filled(sheet))))
    except PasswordError:
        return refuse("bad_request", what="表格设有打开密码，须取消密码后另存")
    except (CalamineError, OSError, ValueError):
        return refuse("file_type_wrong", name=shown)
    except BaseException as error:
        # The reader is Rust: a broken file may make it panic, and a panic is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        return refuse("file_type_wrong", name=shown)
    return tuple(sheets)


def _filled(sheet: CalamineSheet) -> list[list[Cell]]:
    """The cells, values of cells merged downwards repeated: one department stands beside all of its rows."""
    cells: list[list[Cell]] = [
        [None if value == "" else value for value in row]  # type: ignore[misc]
        for row in sheet.to_python(skip_empty_area=False)
    ]
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if top < len(cells) and left < len(cells[top]):
            for row in cells[top + 1 : bottom + 1]:
                row[left] = cells[top][left]
    return cells


def _decode(data: bytes) -> tuple[str, str] | None:
    """Text and encoding: byte order mark, else strict UTF-8, else GB18030; None where it is no table."""
    if data.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        start = text[:2000].lstrip().lower()
        # Web systems export HTML tables under the name .xls; a PDF or XML may be pure text as well.
        if start.startswith(("<", "%pdf", "{\\rtf")) or re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return None
        return text, encoding
    return None


def _csv(shown: str, text: str) -> tuple[Sheet, ...] | Refusal:
    head = text[:20_000]
    delimiter = max(",\t;", key=head.count)
    cells: list[list[Cell]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(cells) >= MAX_ROWS or len(record) > MAX_COLUMNS:
                return _too_wide_or_long()
            cells.append([value or None for value in record])
    except csv.Error:
        return refuse("file_type_wrong", name=shown)
    return (Sheet(shown, "", False, _rows(cells)),)


def _rows(cells: Iterable[list[Cell]]) -> tuple[SourceRow, ...]:
    return tuple(
        SourceRow(number, tuple(row))
        for number, row in enumerate(cells, start=1)
        if any(not (value is None or (isinstance(value, str) and not value.strip())) for value in row)
    )
