"""A table as text (RFC 4180, and what people make of it) as rows with their line numbers.

The hardest case is a quote that nobody closes: it would swallow every row after it. Such a row is read with its quotes
left out, and reading goes on in the next line. One whose quotes only stand in odd places is read as it is meant.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINES_IN_ROW = 500
"""Lines that a row with line breaks in its cells may have; more is a quote that nobody closed."""
_MOST_UNCLOSED = 200
_LONGEST_LINE = 131_072


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row. `line` is where it begins, counted from 1.

    `sound` is False where its quotes are not, `closed` where one of them is not closed.
    """

    line: int
    cells: tuple[str, ...]
    sound: bool = True
    closed: bool = True


def rows(text: str, delimiter: str) -> Iterator[Row]:
    """Every row that is not empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = broken = 0
    while at < len(lines):
        # Looking for the end of a quote costs; a table full of broken ones gets one line a row.
        cells, taken = _quoted(lines, at, delimiter, MAX_LINES_IN_ROW if broken < _MOST_UNCLOSED else 1)
        sound = closed = cells is not None
        if cells is None:
            broken += 1
            closed = lines[at].count('"') % 2 == 0
            cells = _unsound(lines[at][:_LONGEST_LINE], delimiter, closed=closed)
        if any(cell.strip() for cell in cells):
            yield Row(at + 1, tuple(cells), sound, closed)
        at += taken


def _unsound(line: str, delimiter: str, *, closed: bool) -> list[str]:
    """The cells of a line whose quotes make no row."""
    if closed:
        try:
            return next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:  # a cell beyond the limit
            pass
    return [cell.replace('"', "") for cell in line.split(delimiter)]


def _quoted(lines: list[str], at: int, delimiter: str, most: int) -> tuple[list[str] | None, int]:
    """The cells of the row that begins at a line, and its number of lines; None where its quotes make no row."""
    reader = csv.reader(
        (f"{lines[n]}\n" for n in range(at, min(at + most, len(lines)))), delimiter=delimiter, strict=True
    )
    try:
        return next(reader, []), max(1, reader.line_num)
    except csv.Error:
        return None, 1
