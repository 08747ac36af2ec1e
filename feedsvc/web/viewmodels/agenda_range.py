"""Part of a feed's agenda that a page shows: what is coming, a year, a month, a day, or what a search found.

A page opens on what is coming; where nothing is, on the latest year that has events, never on nothing. Where a page
would grow long, it shows a month of the year, and where that is long, a day: every date is one press away in the
month grid. The hardest case is a week in May with hundreds of events on one day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from feedsvc.core.model import Record
from feedsvc.core.text import clean_line
from feedsvc.feeds.spec import FeedSpec
from feedsvc.services.event_queries import EventQueries
from feedsvc.web.viewmodels.i18n import Words

MAX_SHOWN = 300
"""Events on one page before it narrows to a month, then to a day."""
MAX_QUERY = 100
_WHEN = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


@dataclass(frozen=True, slots=True)
class AgendaQuery:
    """Query of a reader: `at` is "2024", "2024-05" or "2024-05-30", or empty; `query` is words to look for."""

    at: str = ""
    query: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> AgendaQuery:
        """From the address; what makes no sense is as if it were not there."""
        found = _WHEN.fullmatch(arguments.get("year", "")) or _WHEN.fullmatch(arguments.get("at", ""))
        at = found[0] if found and _is_possible(found[0]) else ""
        return cls(at, clean_line(arguments.get("q", ""))[:MAX_QUERY])


@dataclass(frozen=True, slots=True)
class AgendaRange:
    """Events of a page. `kind` is coming, past, search or empty; `at` narrows a year to a month or a day.

    `records` are on the page, `whole` is how many there are in the year, in what is coming, or found; `busy` counts
    the events of each day of the whole.
    """

    kind: str
    at: str = ""
    records: tuple[Record, ...] = ()
    whole: int = 0
    busy: Mapping[date, int] = field(default_factory=dict)

    @property
    def year(self) -> int | None:
        """The year that is shown."""
        return int(self.at[:4]) if self.at else None

    def dates(self, words: Words) -> str:
        """From when to when events are coming, in words; empty where none are."""
        return words.interval(min(self.busy), max(self.busy)) if self.kind == "coming" else ""


def agenda_range(
    event_queries: EventQueries, spec: FeedSpec, query: AgendaQuery, now: datetime, haystack: Callable[[Record], str]
) -> AgendaRange:
    """The part of the feed that answers the wish. `haystack` gives the words by which an event is found."""
    if query.query:
        found = event_queries.matching(spec, query.query, haystack)
        return AgendaRange("search", "", found[:MAX_SHOWN], len(found), {})
    years = event_queries.years(spec)
    if not years:
        return AgendaRange("empty")
    if not query.at:
        coming = event_queries.coming(spec, now)
        if coming:
            return _narrowed("coming", "", coming, now.date())
        query = AgendaQuery(f"{years[0]:04}")
    records = event_queries.of_year(spec, int(query.at[:4]))
    return _narrowed("past", query.at, records, now.date())


def _narrowed(kind: str, at: str, records: tuple[Record, ...], today: date) -> AgendaRange:
    """Cut a long list down to its nearest month, and that to a day."""
    busy = Counter(record.event.span.first_day for record in records)
    shown = tuple(record for record in records if _within(record, at))
    for length in (7, 10):
        if len(shown) > MAX_SHOWN and len(at) < length:
            at = _nearest(shown, today, length)
            shown = tuple(record for record in shown if _within(record, at))
    return AgendaRange(kind, at, shown, len(records), busy)


def _nearest(records: tuple[Record, ...], today: date, length: int) -> str:
    """The month or day that comes next; the first one where all have passed."""
    names = sorted({record.event.span.first_day.isoformat()[:length] for record in records})
    return next((name for name in names if name >= today.isoformat()[:length]), names[0])


def _within(record: Record, at: str) -> bool:
    return record.event.span.first_day.isoformat().startswith(at)


def _is_possible(text: str) -> bool:
    year, month, day = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def period(at: str, words: Words) -> str:
    """A year, a month or a day in words: "2024", "May 2024", "30 May 2024"."""
    if len(at) <= len("2024"):
        return at
    day = date.fromisoformat(f"{at}-01"[: len("2024-05-30")])
    return words.month(day) if len(at) == len("2024-05") else words.short_day(day)


def haystack(words: Words) -> Callable[[Record], str]:
    """The words by which an event is found: its own, and its countries and themes in English and in the language."""

    def of(record: Record) -> str:
        event = record.event
        countries = [name for code in event.countries for name in (words.country(code), code)]
        themes = [name for theme in event.themes for name in (theme, words.text(theme))]
        return " ".join((event.summary, event.location, event.host, *event.places, *countries, *themes))

    return of
