"""A spreadsheet as it was read: sheets of raw cells with their row numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

Cell: TypeAlias = str | int | float | bool | date | datetime | None
Format = Literal["xlsx", "xls", "csv"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row as it stands in the file; ``number`` counts from 1, as the spreadsheet program shows it."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """The cell of the 0-based column; None where the row is shorter."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, without its empty rows. Cells merged downwards carry their value in every row."""

    file_name: str
    name: str
    hidden: bool
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A file that could be read. ``digest`` is the SHA-256 of its bytes, ``encoding`` is "" for workbooks."""

    file_name: str
    size: int
    digest: str
    format: Format
    encoding: str
    sheets: tuple[Sheet, ...]
