"""The half of reading that runs in the child process: everything comes in as text, only the reading goes out.

It reads a source by its kind, or finds the kinds that a page could be. There the hardest case is a page that shows
nothing itself and links a calendar: then the calendar's address is the candidate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from feedsvc.core import serialize
from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import Page
from feedsvc.core.text import fold
from feedsvc.sources.base import Context, find_kinds
from feedsvc.sources.csv import csv_address
from feedsvc.sources.csv.rows import is_workbook, read_table
from feedsvc.sources.jsonld.nodes import announcements, event_nodes
from feedsvc.sources.opengovweek.listing import read_page
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.values import absolute, read_json

PageAnswer = tuple[str, bytes]
"""A page: what is said of it as JSON, and its content."""
Ask = Callable[[str], PageAnswer]
"""Asks to fetch an address, "" being the source's own, or to recall one (see RECALL). Raises FetchFailed."""
RECALL = "recall "
"""Begins the question for a page as it was found the last time; no address begins so, as none has a space."""
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


def read(argument: str, ask: Ask) -> str:
    """Run in the reading process: read what `argument` names. Raises FetchFailed, SourceUnreadable."""
    asked: dict[str, Any] = json.loads(argument)
    kind = find_kinds()[asked["kind"]]
    settings = kind.settings.model_validate(asked["settings"])
    return serialize.reading_text(kind.read(settings, _context(asked, ask)))


def detect(argument: str, ask: Ask) -> str:
    """Run in the reading process: the candidates of `argument`'s address, as JSON. Raises FetchFailed."""
    return json.dumps([asdict(one) for one in _candidates(_context(json.loads(argument), ask))])


def _context(asked: dict[str, Any], ask: Ask) -> Context:
    themes = frozenset(asked["themes"])

    def recall(url: str) -> Page | None:
        try:
            return _page_of(ask(RECALL + url))
        except FetchFailed:
            return None

    return Context(
        fetch=lambda url=None: _page_of(ask(url or "")),
        is_theme=lambda label: fold(label) in themes,
        zone=asked["zone"],
        country=asked["country"],
        times=asked["times"],
        today=date.fromisoformat(asked["today"]),
        url=asked["url"],
        recall=recall,
    )


def _page_of(answer: PageAnswer) -> Page:
    url, content_type, charset = json.loads(answer[0])
    return Page(url, answer[1], content_type, charset)


def _candidates(context: Context) -> list[Candidate]:
    """The kinds that the source's page could be, likeliest first. Raises FetchFailed."""
    url = context.url or ""
    page = context.fetch(csv_address(url))
    if is_workbook(page) or csv_address(url) != url:
        return list(_tables(page, url))
    text, _ = decode(page)
    if "BEGIN:VCALENDAR" in text[:20_000].upper():
        return [Candidate("ics", url)]
    if text.lstrip()[:1] in ("{", "["):
        try:
            value = read_json(text)
        except ValueError:
            return []
        if isinstance(value, dict) and isinstance(value.get("events"), list) and "/tribe/" in text:
            return [Candidate("tribe", url)]
        return [Candidate("jsonld", url)] if any(True for _ in event_nodes(value)) else []
    if re.search(r"<(?:!doctype|html|head|body|div|p)\b", text[:20_000], re.IGNORECASE):
        found = list(_listings(page, url, context))
        if "tribe-events" in text or "/wp-json/tribe/" in text:
            address = absolute("/wp-json/tribe/events/v1/events?per_page=50", page.url)
            found.append(Candidate("tribe", address or url))
        found += islice(_calendars(text, page.url), _MOST_CALENDARS)
        if any(True for value in announcements(text, page.url)[0] for _ in event_nodes(value)):
            found.append(Candidate("jsonld", url))
        return found
    return [*_listings(page, url, context), *_tables(page, url)]


def _listings(page: Page, url: str, context: Context) -> Iterator[Candidate]:
    try:
        if read_page(page, context.is_theme).listings:
            yield Candidate("opengovweek", url)
    except SourceUnreadable:
        return


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
        header = next(read_table(page)[0], None)
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
