"""A table of events, such as a sheet that was exported: which column means what is configured.

The hardest case is a date: "03/04/2024" is two days, so the format is stated and nothing is guessed. A row without a
date is a finding, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time
from itertools import islice

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.html_text import html_to_text
from feedsvc.core.model import Finding, Ledger, Listing, Page, Present, Reading, Stated, sorted_out
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import clean_line, cut
from feedsvc.sources.base import Context
from feedsvc.sources.csv.rows import Row, rows
from feedsvc.sources.csv.settings import Settings, parsed
from feedsvc.sources.opengovweek.when import split_names
from feedsvc.sources.parsing import json
from feedsvc.sources.parsing.datetimes import end_after, on_clock
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.links import absolute
from feedsvc.sources.parsing.status import read_status

__all__ = ["Settings", "read"]

MAX_EVENTS = 20_000
_EXCEL_HINT = re.compile(r"sep=.?")  # a first line by which Excel says the delimiter
_LONGEST_MOMENT = 100

Cell = Callable[[str], str]
"""A row's cell by what it means ("title"), "" where there is none."""


def read(settings: Settings, context: Context) -> Reading:
    """Read the table. Raises SourceUnreadable when it lacks a column that is configured."""
    page = context.fetch()
    text, findings = decode(page)
    table = (row for row in rows(text, settings.delimiter) if not _EXCEL_HINT.fullmatch(",".join(row.cells).strip()))
    header = next(table, None)
    if header is None:
        raise SourceUnreadable(f"{page.url}: empty; expected a table")
    places = _places(header, settings, page)
    found = list(islice(table, MAX_EVENTS + 1))
    outcomes = [_listing(row, _cell(row, places), settings, page) for row in found[:MAX_EVENTS]]
    listings, present = sorted_out(outcomes)
    seen = len(found) + sum(1 for _ in table)
    beyond = seen - len(outcomes)
    doubts = list(findings)
    if beyond:
        doubts.append(Finding("too-many-events", f"{beyond} rows left out, {MAX_EVENTS} read"))
    incomplete = f"more than {MAX_EVENTS} rows" if beyond else _why_incomplete(text, header, found)
    ledger = Ledger.of(listings, present, seen=seen, omitted=beyond)
    names_dates = settings.id_names == "dates"
    return Reading(listings, tuple(doubts), incomplete, present, ledger=ledger, ids_name_dates=names_dates)


def _places(header: Row, settings: Settings, page: Page) -> dict[str, int]:
    """Which cell means what. Raises SourceUnreadable naming every column that is not there."""
    headings = [_folded(cell) for cell in header.cells]
    wanted = {meaning: heading for meaning, heading in settings.columns if heading is not None}
    missing = [f"{heading!r} ({meaning})" for meaning, heading in wanted.items() if _folded(heading) not in headings]
    if missing:
        there = ", ".join(repr(cut(clean_line(cell), 30)) for cell in header.cells[:12])
        raise SourceUnreadable(f"{page.url}: no column {cut(', '.join(missing), 150)}; there are {cut(there, 200)}")
    return {meaning: headings.index(_folded(heading)) for meaning, heading in wanted.items()}


def _folded(heading: str) -> str:
    return clean_line(heading).casefold()


def _cell(row: Row, places: dict[str, int]) -> Cell:
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


def _listing(row: Row, cell: Cell, settings: Settings, page: Page) -> Listing | Present:
    title = json.line(cell("title"))
    fault = "a quote stands where it should not" if row.closed else "a quote is not closed"
    doubts: list[Finding] = [] if row.sound else [Finding("unreadable", fault)]
    stated = cell("start")
    if not stated:
        return _present(Finding("undated", cut(title or "an event", 200), row.line), cell, page)
    start = _moment(stated, settings)
    if start is None:
        detail = f"{title or 'an event'}: {clean_line(stated)} is not written as {settings.date_format}"
        return _present(Finding("unreadable", cut(detail, 200), row.line), cell, page)
    start, end = _with_times(cell, start, settings, doubts)
    start, end = _on_their_clock(cell("zone"), start, end, doubts)
    status, status_doubts = read_status(cell("status"))
    return Listing(
        title=title or None,
        start=start,
        end=end_after(start, end),
        listed=when_words(start, end_after(start, end), clean_line(cell("zone")) or None),
        themes=_names(cell("themes"), settings),
        countries=_names(cell("country"), settings),
        native_id=clean_line(cell("id")) or None,
        link=absolute(cell("link"), page.url),
        description=html_to_text(cell("description")),
        location=json.line(cell("location")),
        host=json.line(cell("host")),
        event_type=json.line(cell("type")),
        status=status,
        line=row.line,
        findings=(*doubts, *status_doubts),
    )


def _present(doubt: Finding, cell: Cell, page: Page) -> Present:
    native_id, link = clean_line(cell("id")) or None, absolute(cell("link"), page.url)
    return Present(doubt, json.line(cell("title")) or None, native_id, link)


def _moment(text: str, settings: Settings) -> Stated | None:
    found = parsed(text[:_LONGEST_MOMENT], settings.date_format)
    if found is None:
        return None
    clock = found.time() if settings.dates_have_times else None
    return Stated(found.date(), clock, offset=found.utcoffset())


def _with_times(cell: Cell, start: Stated, settings: Settings, doubts: list[Finding]) -> tuple[Stated, Stated | None]:
    """Start and end of the day columns, with the times of the time columns."""
    last = _moment(cell("end"), settings) if cell("end") else None
    if last is None and cell("end"):
        doubts.append(Finding("unreadable", cut(f"end: {clean_line(cell('end'))}", 200)))
    begins, ends = (_time(cell(meaning), settings, meaning, doubts) for meaning in ("time", "end_time"))
    start = replace(start, time=begins or start.time)
    if last is None and ends is None:
        return start, None
    end = last or replace(start, time=None)
    if start.time is None:
        return start, Stated(end.date)
    return start, replace(end, time=ends or end.time)


def _time(text: str, settings: Settings, meaning: str, doubts: list[Finding]) -> time | None:
    found = parsed(text[:_LONGEST_MOMENT], settings.time_format) if text else None
    if text and found is None:
        doubts.append(Finding("unreadable", cut(f"{meaning.replace('_', ' ')}: {clean_line(text)}", 200)))
    return None if found is None else found.time()


def _on_their_clock(
    zone: str, start: Stated, end: Stated | None, doubts: list[Finding]
) -> tuple[Stated, Stated | None]:
    if not zone or start.time is None:
        return start, end
    placed = on_clock(start, zone)
    if placed is None:
        doubts.append(Finding("unknown-zone", cut(clean_line(zone), 120)))
        return start, end
    return placed, None if end is None else on_clock(end, zone)


def _names(text: str, settings: Settings) -> tuple[str, ...]:
    if settings.separator == ",":
        return split_names(clean_line(text))
    return tuple(name for part in text.split(settings.separator) if (name := clean_line(part)))
