"""A table as rows with their line numbers: text (RFC 4180, and what people make of it), or a workbook (XLSX, XLS, ODS).

The hardest case is a quote that nobody closes: it would swallow every row after it. Such a row is read with its quotes
left out, and reading goes on in the next line. One whose quotes only stand in odd places is read as it is meant.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Finding, Page
from feedsvc.sources.parsing.encoding import decode

MAX_LINES_IN_ROW = 500
"""Lines that a row with line breaks in its cells may have; more is a quote that nobody closed."""
_DELIMITERS = ",;\t|"
_EXCEL_HINT = re.compile(r"sep=(.?)")  # a first line by which Excel says the delimiter
_MOST_UNCLOSED = 200
_LONGEST_LINE = 131_072
MAX_COLUMNS = 200
"""Columns of a workbook that are read."""
_WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row. `line` is where it begins, counted from 1.

    `sound` is False where its quotes are not, `closed` where one of them is not closed.
    """

    line: int
    cells: tuple[str, ...]
    sound: bool = True
    closed: bool = True

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """The finding about its quotes, where there is one."""
        fault = "a quote stands where it should not" if self.closed else "a quote is not closed"
        return () if self.sound else (Finding("unreadable", fault),)

    def text(self, places: Mapping[str, int], meaning: str) -> str:
        """The cell for a meaning, "" where there is none; `places` are the numbers of the cells by their meaning."""
        at = places.get(meaning)
        return self.cells[at].strip() if at is not None and at < len(self.cells) else ""


def read_table(
    page: Page,
    delimiter: str | None = None,
    sheet: str | None = None,
    formats: tuple[str, str] = ("%Y-%m-%d", "%H:%M"),
) -> tuple[Iterator[Row], str | None, tuple[Finding, ...]]:
    """The rows of a page, its text where it is text, and what is doubtful about that.

    Without a `delimiter` it is the character that stands most often in the first line. `formats` are those in which
    dates and times of a workbook are written. Raises SourceUnreadable, in its first row, for a workbook that is none.
    """
    if is_workbook(page):
        return _workbook_rows(page, sheet, *formats), None, ()
    text, findings = decode(page)
    first = next((line.strip() for line in text[:20_000].splitlines() if line.strip()), "")
    hint = _EXCEL_HINT.fullmatch(first)
    delimiter = delimiter or (hint and hint[1]) or max(_DELIMITERS, key=first.count)
    found = rows(text, delimiter)
    return (row for row in found if not _EXCEL_HINT.fullmatch(delimiter.join(row.cells).strip())), text, findings


def rows(text: str, delimiter: str) -> Iterator[Row]:
    """Every row that is not empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = broken = 0
    while at < len(lines):
        # Looking for the end of a quote costs; a table full of broken ones gets one line a row.
        end = at + (MAX_LINES_IN_ROW if broken < _MOST_UNCLOSED else 1)
        ahead = (f"{lines[n]}\n" for n in range(at, min(end, len(lines))))
        reader = csv.reader(ahead, delimiter=delimiter, strict=True)
        sound = closed = True
        try:
            cells, taken = next(reader, []), max(1, reader.line_num)
        except csv.Error:  # its quotes make no row
            broken, taken, sound = broken + 1, 1, False
            closed = lines[at].count('"') % 2 == 0
            line = lines[at][:_LONGEST_LINE]
            cells = [cell.replace('"', "") for cell in line.split(delimiter)]
            if closed:
                with suppress(csv.Error):  # a cell beyond the limit
                    cells = next(csv.reader([line], delimiter=delimiter), [])
        if any(cell.strip() for cell in cells):
            yield Row(at + 1, tuple(cells), sound, closed)
        at += taken


def is_workbook(page: Page) -> bool:
    """Return True if a page is a workbook, by its first bytes."""
    return page.content.startswith(_WORKBOOK_MARKS)


def _workbook_rows(page: Page, sheet: str | None, date_format: str, time_format: str) -> Iterator[Row]:
    """The rows of a sheet that are not empty. Dates and times are written in the given formats.

    Raises SourceUnreadable when it is not a workbook, or has no such sheet.
    """
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(page.content))
        names = book.sheet_names
        if not names or (sheet is not None and sheet not in names):
            raise SourceUnreadable(f"{page.url}: no sheet {sheet!r}; there are {', '.join(map(repr, names[:12]))}")
        table = book.get_sheet_by_name(sheet or names[0])
        for number, cells in enumerate(table.iter_rows(), table.start[0] + 1 if table.start else 1):
            texts = tuple(_text(cell, date_format, time_format) for cell in cells[:MAX_COLUMNS])
            if any(texts):
                yield Row(number, texts)
    except CalamineError as error:
        raise SourceUnreadable(f"{page.url}: not a workbook that can be read: {error}"[:300]) from error


def _text(cell: Any, date_format: str, time_format: str) -> str:
    if isinstance(cell, datetime):
        has_time = cell.time() != time() and "%H" not in date_format and "%I" not in date_format
        return cell.strftime(date_format) + (cell.strftime(f" {time_format}") if has_time else "")
    if isinstance(cell, date):
        return cell.strftime(date_format)
    if isinstance(cell, time):
        return cell.strftime(time_format)
    if isinstance(cell, timedelta):  # a time of day in a cell that counts hours
        return (datetime(2000, 1, 1, tzinfo=UTC) + cell).strftime(time_format)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
