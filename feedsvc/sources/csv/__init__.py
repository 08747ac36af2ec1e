"""A table of events, such as a sheet that was exported, or a workbook: which column means what is configured.

The hardest case is a date: "03/04/2024" is two days, so the format is configured, or settled by the whole column. A
row without a date is a finding, with its line.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, field_validator

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Finding, Ledger, Reading, sorted_out
from feedsvc.core.text import clean_line, cut
from feedsvc.sources.base import Context
from feedsvc.sources.csv.rows import Row, read_table
from feedsvc.sources.parsing.fields import Entry, Fields, FieldSettings, read_entries

MAX_EVENTS = 20_000
_SHEETS = re.compile(r"/spreadsheets/(?:u/\d+/)?d/(e/)?([\w-]{20,})(?:/|$)")
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|head)\b", re.IGNORECASE)


class Settings(FieldSettings):
    """The keys of `csv` beside those of every source."""

    columns: Fields
    """The table's headings; letter case and spaces around them do not matter."""
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    """The character between cells; found from the headings where none is set."""
    encoding: str | None = None
    """The encoding of the table, such as "cp1251", where neither the server nor the table says it right."""
    sheet: str | None = None
    """The sheet of a workbook (XLSX); the first one where none is named."""

    @field_validator("delimiter")
    @classmethod
    def _no_quote(cls, value: str | None) -> str | None:
        if value is not None and value in '"\r\n':
            raise ValueError("must not be a quote or a line end")
        return value

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            is_text = value is None or codecs.lookup(value)._is_text_encoding
        except LookupError:
            is_text = False
        if not is_text:
            raise ValueError('unknown encoding; for example "cp1251" or "utf-16-le"')
        return value


def read(settings: Settings, context: Context) -> Reading:
    """Read the table. Raises SourceUnreadable when it lacks a column that is configured."""
    page = context.fetch(csv_address(context.url) if context.url else None)
    stated = page if settings.encoding is None else replace(page, charset=settings.encoding)
    formats = [*settings.date_format[:1], "%Y-%m-%d"][0], [*settings.time_format[:1], "%H:%M"][0]
    table, text, findings = read_table(stated, settings.delimiter, settings.sheet, formats)
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
    entries = [Entry(partial(row.text, places), row.line, doubts=row.doubts) for row in found[:MAX_EVENTS]]
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


def _folded(heading: str) -> str:
    return clean_line(heading).casefold()


def _why_incomplete(text: str, header: Row, found: Sequence[Row]) -> str | None:
    last = found[-1] if found else header
    if not found and not text.endswith(("\n", "\r")):
        return "no line after the headings"
    if not last.closed:
        return f"line {last.line}, the last row, has a quote that is not closed"
    if len(last.cells) < len(header.cells) and not text.endswith(("\n", "\r")):
        return f"line {last.line}, the last row, has {len(last.cells)} of {len(header.cells)} cells"
    return None
