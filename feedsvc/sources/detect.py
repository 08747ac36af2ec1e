"""The kinds of source that a page could be, likeliest first, with the settings that each would need. Reads one page.

The hardest case is a page that shows nothing itself and links a calendar: then the calendar's address is the candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Page
from feedsvc.core.text import fold
from feedsvc.sources.base import Context
from feedsvc.sources.csv import csv_address, delimiter_of
from feedsvc.sources.csv.rows import rows
from feedsvc.sources.csv.workbook import is_workbook, workbook_rows
from feedsvc.sources.jsonld.microdata import microdata_nodes
from feedsvc.sources.jsonld.nodes import blocks, event_nodes
from feedsvc.sources.opengovweek.listing import read_page
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.json import read_careless_json, read_json
from feedsvc.sources.parsing.links import absolute

_MOST_CALENDARS = 5
_HEADINGS = {
    "title": "title name event event_name event name summary subject titel nombre titre titulo",
    "start": "start date start_date start date event_date event date day from datum fecha date_debut beginn begins",
    "end": "end end_date end date last_day until till to ende fin",
    "time": "time start_time start time begin hour uhrzeit hora heure",
    "end_time": "end_time end time finish",
    "zone": "zone timezone time zone time_zone tz",
    "country": "country land pais pays",
    "themes": "themes theme topic topics category categories tags",
    "link": "link url website web",
    "location": "location place venue address ort lugar lieu",
    "description": "description about details text beschreibung descripcion",
    "host": "host organiser organizer organisers organizers organisation organization",
    "status": "status state",
    "id": "id event_id uid",
}
"""The usual headings of each column, single words and pairs of words."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind, the address it would read, and the keys of its own that it would need."""

    kind: str
    url: str
    settings: dict[str, Any] = field(default_factory=dict)


def candidates(context: Context) -> list[Candidate]:
    """The kinds that the source's page could be, likeliest first. Raises FetchFailed."""
    url = context.url or ""
    page = context.fetch(csv_address(url))
    if is_workbook(page) or csv_address(url) != url:
        return list(_tables(page, url))
    text, _ = decode(page)
    if "BEGIN:VCALENDAR" in text[:20_000].upper():
        return [Candidate("ics", url)]
    if text.lstrip()[:1] in ("{", "["):
        return list(_answers(text, url))
    if re.search(r"<(?:!doctype|html|head|body|div|p)\b", text[:20_000], re.IGNORECASE):
        return list(_pages(page, text, url, context))
    return [*_listings(page, url, context), *_tables(page, url)]


def _answers(text: str, url: str) -> Iterator[Candidate]:
    try:
        value = read_json(text)
    except ValueError:
        return
    if isinstance(value, dict) and isinstance(value.get("events"), list) and "/tribe/" in text:
        yield Candidate("tribe", url)
    elif any(True for _ in event_nodes(value)):
        yield Candidate("jsonld", url)


def _pages(page: Page, text: str, url: str, context: Context) -> Iterator[Candidate]:
    yield from _listings(page, url, context)
    if "tribe-events" in text or "/wp-json/tribe/" in text:
        yield Candidate("tribe", absolute("/wp-json/tribe/events/v1/events?per_page=50", page.url) or url)
    yield from islice(_calendars(text, page.url), _MOST_CALENDARS)
    if any(True for value in _announced(text, page.url) for _ in event_nodes(value)):
        yield Candidate("jsonld", url)


def _listings(page: Page, url: str, context: Context) -> Iterator[Candidate]:
    try:
        if read_page(page, context.is_theme).listings:
            yield Candidate("opengovweek", url)
    except SourceUnreadable:
        return


def _announced(text: str, base_url: str) -> Iterator[Any]:
    for block in blocks(text):
        try:
            yield read_careless_json(block)
        except ValueError:
            continue
    yield from microdata_nodes(text, base_url)


def _calendars(text: str, base_url: str) -> Iterator[Candidate]:
    """The calendars that a page links or shows in a frame, each once."""
    seen: set[str] = set()
    for element in LexborHTMLParser(text).css("link[href], a[href], iframe[src]"):
        given = element.attributes
        link = absolute(given.get("href") or given.get("src") or "", base_url) or ""
        parts = urlsplit(link)
        if parts.hostname == "calendar.google.com" and (shown := parse_qs(parts.query).get("src")):
            link = f"https://calendar.google.com/calendar/ical/{quote(shown[0], safe='')}/public/basic.ics"
        elif not (
            parts.scheme == "webcal"
            or (parts.scheme in ("http", "https") and (parts.path.lower().endswith(".ics") or "ical=1" in parts.query))
            or "text/calendar" in (given.get("type") or "")
        ):
            continue
        if link not in seen:
            seen.add(link)
            yield Candidate("ics", link)


def _tables(page: Page, url: str) -> Iterator[Candidate]:
    try:
        if is_workbook(page):
            header = next(workbook_rows(page, None, "%Y-%m-%d", "%H:%M"), None)
        else:
            text, _ = decode(page)
            header = next(rows(text, delimiter_of(text)), None)
    except SourceUnreadable:
        return
    columns = guessed_columns(header.cells if header is not None else ())
    if {"title", "start"} <= columns.keys():
        yield Candidate("csv", url, {"columns": columns})


def guessed_columns(headings: tuple[str, ...]) -> dict[str, str]:
    """The headings of a table by what they usually mean."""
    columns: dict[str, str] = {}
    for heading in headings:
        name = " ".join(fold(heading).replace("_", " ").split())
        for meaning, usual in _HEADINGS.items():
            words = usual.split()
            names = {*(word.replace("_", " ") for word in words)}
            if meaning not in columns and name in names:
                columns[meaning] = heading.strip()
                break
    return columns
