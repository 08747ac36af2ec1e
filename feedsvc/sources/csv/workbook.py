"""A workbook (XLSX, XLS, ODS) as the rows of a table: typed cells become the texts that a person would have written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Page
from feedsvc.sources.csv.rows import Row

MAX_COLUMNS = 200
_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def is_workbook(page: Page) -> bool:
    """Return True if a page is a workbook, by its first bytes."""
    return page.content.startswith(_MARKS)


def workbook_rows(page: Page, sheet: str | None, date_format: str, time_format: str) -> Iterator[Row]:
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
