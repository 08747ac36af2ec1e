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
from feedsvc.sources.json import SQUARESPACE, guess
from feedsvc.sources.jsonld.nodes import announcements, event_nodes
from feedsvc.sources.opengovweek.listing import read_page
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.fields import guess_fields
from feedsvc.sources.parsing.values import absolute, read_json

PageAnswer = tuple[str, bytes]
"""A page: what is said of it as JSON, and its content."""
Ask = Callable[[str], PageAnswer]
"""Asks to fetch an address, "" being the source's own, or to recall one (see RECALL). Raises FetchFailed."""
RECALL = "recall "
"""Begins the question for a page as it was found the last time; no address begins so, as none has a space."""
_MOST_CALENDARS = 5


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
        if any(True for _ in event_nodes(value)):
            return [Candidate("jsonld", url)]
        guessed = guess(value)
        return [] if guessed is None else [Candidate("json", url, guessed)]
    if re.search(r"<(?:!doctype|html|head|body|div|p)\b", text[:20_000], re.IGNORECASE):
        return list(_of_page(page, text, url, context))
    return [*_listings(page, url, context), *_tables(page, url)]


def _of_page(page: Page, text: str, url: str, context: Context) -> Iterator[Candidate]:
    yield from _listings(page, url, context)
    if "tribe-events" in text or "/wp-json/tribe/" in text:
        yield Candidate("tribe", absolute("/wp-json/tribe/events/v1/events?per_page=50", page.url) or url)
    if "squarespace.com" in text:
        yield Candidate("json", f"{page.url.partition('?')[0]}?format=json", SQUARESPACE)
    yield from islice(_calendars(text, page.url), _MOST_CALENDARS)
    if any(True for value in announcements(text, page.url)[0] for _ in event_nodes(value)):
        yield Candidate("jsonld", url)


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
    columns = guess_fields(header.cells if header is not None else ())
    if {"title", "start"} <= columns.keys():
        yield Candidate("csv", url, {"columns": columns})
