"""A table of events, such as a sheet that was exported, or a workbook: which column means what is configured.

The hardest case is a date: "03/04/2024" is two days, so the format is configured, or settled by the whole column. A
row without a date is a finding, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Finding, Ledger, Page, Reading, sorted_out
from feedsvc.core.text import clean_line, cut
from feedsvc.sources.base import Context
from feedsvc.sources.csv.rows import Row, rows
from feedsvc.sources.csv.settings import Settings
from feedsvc.sources.csv.workbook import is_workbook, workbook_rows
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.fields import Entry, FieldText, read_entries

__all__ = ["Settings", "read"]

MAX_EVENTS = 20_000
DELIMITERS = ",;\t|"
_EXCEL_HINT = re.compile(r"sep=.?")  # a first line by which Excel says the delimiter
_SHEETS = re.compile(r"/spreadsheets/(?:u/\d+/)?d/(e/)?([\w-]{20,})(?:/|$)")
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|head)\b", re.IGNORECASE)


def read(settings: Settings, context: Context) -> Reading:
    """Read the table. Raises SourceUnreadable when it lacks a column that is configured."""
    page = context.fetch(csv_address(context.url) if context.url else None)
    table, text, findings = _table(page, settings)
    header = next(table, None)
    if header is None:
        raise SourceUnreadable(f"{page.url}: empty; expected a table")
    if text is not None and _WEB_PAGE.match(text):
        raise SourceUnreadable(f"{page.url}: a web page, not a table; is the sheet shared with everybody?")
    # Which cell means what. Raises SourceUnreadable naming every column that is not there.
    headings = [_folded(cell) for cell in header.cells]
    wanted = {meaning: heading for meaning, heading in settings.columns if heading is not None}
    missing = [f"{heading!r} ({meaning})" for meaning, heading in wanted.items() if _folded(heading) not in headings]
    if missing:
        there = ", ".join(repr(cut(clean_line(cell), 30)) for cell in header.cells[:12])
        raise SourceUnreadable(f"{page.url}: no column {cut(', '.join(missing), 150)}; there are {cut(there, 200)}")
    places = {meaning: headings.index(_folded(heading)) for meaning, heading in wanted.items()}
    found = list(islice(table, MAX_EVENTS + 1))
    entries = [Entry(_cell(row, places), row.line, _doubts(row)) for row in found[:MAX_EVENTS]]
    outcomes, doubts = read_entries(entries, settings, context, page.url)
    listings, present = sorted_out(outcomes)
    seen = len(found) + sum(1 for _ in table)
    beyond = seen - len(outcomes)
    if beyond:
        doubts.append(Finding("too-many-events", f"{beyond} rows left out, {MAX_EVENTS} read"))
    incomplete = f"more than {MAX_EVENTS} rows" if beyond else text and _why_incomplete(text, header, found)
    ledger = Ledger.of(listings, present, seen=seen, omitted=beyond)
    names_dates = settings.id_names == "dates"
    every = (*findings, *doubts)
    return Reading(listings, every, incomplete or None, present, ledger=ledger, ids_name_dates=names_dates)


def csv_address(url: str) -> str:
    """The address of a Google sheet as CSV, where an address leads to its editor or its web page; else as it is."""
    parts = urlsplit(url)
    found = _SHEETS.match(parts.path) if parts.hostname == "docs.google.com" else None
    if found is None or parts.path.endswith(("/export", "/pub", "/gviz/tq")):
        return url
    sheet = parse_qs(parts.fragment).get("gid") or parse_qs(parts.query).get("gid")
    which = f"&gid={sheet[0]}" if sheet and sheet[0].isdigit() else ""
    base = f"https://docs.google.com/spreadsheets/d/{found[1] or ''}{found[2]}"
    return f"{base}/pub?output=csv{which}&single=true" if found[1] else f"{base}/export?format=csv{which}"


def _table(page: Page, settings: Settings) -> tuple[Iterator[Row], str | None, tuple[Finding, ...]]:
    """The rows of a page, and its text where it is text."""
    if is_workbook(page):
        date_format = settings.date_format[0] if settings.date_format else "%Y-%m-%d"
        time_format = settings.time_format[0] if settings.time_format else "%H:%M"
        return workbook_rows(page, settings.sheet, date_format, time_format), None, ()
    text, findings = decode(page if settings.encoding is None else replace(page, charset=settings.encoding))
    delimiter = settings.delimiter or delimiter_of(text)
    found = rows(text, delimiter)
    return (row for row in found if not _EXCEL_HINT.fullmatch(",".join(row.cells).strip())), text, findings


def delimiter_of(text: str) -> str:
    """The character between the headings: the one that stands most often in the first line."""
    lines = (line for line in text[:20_000].splitlines() if line.strip())
    first = next(lines, "")
    if (hint := re.fullmatch(r"sep=(.)", first.strip())) is not None:
        return hint[1]
    return max(DELIMITERS, key=first.count)


def _doubts(row: Row) -> tuple[Finding, ...]:
    fault = "a quote stands where it should not" if row.closed else "a quote is not closed"
    return () if row.sound else (Finding("unreadable", fault),)


def _folded(heading: str) -> str:
    return clean_line(heading).casefold()


def _cell(row: Row, places: dict[str, int]) -> FieldText:
    def cell(meaning: str) -> str:
        at = places.get(meaning)
        return row.cells[at].strip() if at is not None and at < len(row.cells) else ""

    return cell


def _why_incomplete(text: str, header: Row, found: Sequence[Row]) -> str | None:
    last = found[-1] if found else header
    if not found and not text.endswith(("\n", "\r")):
        return "no line after the headings"
    if not last.closed:
        return f"line {last.line}, the last row, has a quote that is not closed"
    if len(last.cells) < len(header.cells) and not text.endswith(("\n", "\r")):
        return f"line {last.line}, the last row, has {len(last.cells)} of {len(header.cells)} cells"
    return None
