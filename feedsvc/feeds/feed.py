"""A feed, ready to be rendered: its facts, and its events as stored bytes or as records, read when asked for; and an
event in plain values, as every format but iCalendar tells it: what it is, when in UTC and at the place, doubts.

Instants are "2024-05-30T12:00:00Z", all-day events have dates, and an end is exclusive, as in iCalendar. The end that
is published is told even where it is not known; `end_known` says so.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import feedsvc.feeds.formats
from feedsvc.core.findings import sentences
from feedsvc.core.model import Record
from feedsvc.core.text import clean_line, clean_text, safe_url
from feedsvc.core.timespan import DAY, Timespan
from feedsvc.ical.write.description import Rendering, length
from feedsvc.ical.write.event import summary


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """Facts of a feed. `id` is a permanent URI. Addresses are None where no public address is configured."""

    id: str
    site_name: str
    title: str
    description: str
    page_url: str | None
    feed_url: str | None
    color: str
    refresh_interval: timedelta
    rendering: Rendering
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """`vevents` gives the VEVENT bytes of the feed's window, `records` all its events; both in its order, once.

    `newest` gives that many records by their last change, the newest first.
    """

    facts: FeedFacts
    vevents: Callable[[], Iterable[bytes]]
    records: Callable[[], Iterable[Record]]
    newest: Callable[[int], Iterable[Record]]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format as found in `formats/`. `name` is what people call it.

    `render` gives the document in pieces. `is_whole` looks, at the price of a glance, whether a finished document has
    a beginning, an end and as many events as it should. `is_windowed`: it leaves out what is long past where a feed
    would become too large for calendar programs.
    """

    extension: str
    content_type: str
    name: str
    render: Callable[[Feed], Iterator[bytes]]
    is_whole: Callable[[bytes, int], bool]
    is_windowed: bool

    @property
    def media_type(self) -> str:
        """Its type alone, as links name it: programs that look for feeds compare it letter by letter."""
        return self.content_type.partition(";")[0]


@cache
def formats() -> Mapping[str, Format]:
    """Every format there is, by extension, iCalendar first."""
    modules = [
        importlib.import_module(f"feedsvc.feeds.formats.{info.name}")
        for info in pkgutil.iter_modules(feedsvc.feeds.formats.__path__)
    ]
    modules.sort(key=lambda module: (module.EXTENSION != "ics", module.EXTENSION))
    return {
        module.EXTENSION: Format(
            module.EXTENSION,
            module.CONTENT_TYPE,
            module.NAME,
            module.render,
            module.is_whole,
            getattr(module, "IS_WINDOWED", False),
        )
        for module in modules
    }


@dataclass(frozen=True, slots=True)
class EventValues:
    """A record with the settings it is told by."""

    record: Record
    rendering: Rendering

    @property
    def summary(self) -> str:
        """One line, the same as in iCalendar."""
        return summary(self.record)

    @property
    def url(self) -> str | None:
        """The address where an attendee reads more."""
        return self.rendering.link(self.record)

    @property
    def page(self) -> str | None:
        """The event's page here; None where no public address is configured."""
        base_url = self.rendering.base_url
        return None if base_url is None else safe_url(f"{base_url}/event/{self.record.id}")

    @property
    def country_names(self) -> list[str]:
        """English names of its countries, and of the places that nobody knows as countries."""
        return [clean_line(name) for name in (*self.rendering.countries(self.record), *self.record.event.places)]

    @property
    def doubts(self) -> list[dict[str, str | None]]:
        """Each doubt as its code and what it means to an attendee (None: nothing)."""
        shown = length(self.rendering.default_length)
        event = self.record.event
        told = {one.code: one.text % {"length": shown, **one.values} for one in sentences(event)}
        return [{"code": code, "told": told.get(code)} for code in event.codes]

    def when(self) -> dict[str, Any]:
        """Start and end as published, in UTC and on the clock of the place."""
        span = self.record.event.span
        if span.all_day:
            first, after = span.first_day.isoformat(), (span.last_day + DAY).isoformat()
            return _moments(first, after, first, after, span)
        start, end = span.start, span.ends(self.rendering.default_length)
        return _moments(_utc(start), _utc(end), _local(span, start), _local(span, end), span)

    def text(self) -> str:
        """The source's own description."""
        return clean_text(self.record.event.description)


def _moments(start: str, end: str, local_start: str, local_end: str, span: Timespan) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "end_known": span.end is not None,
        "all_day": span.all_day,
        "local_start": local_start,
        "local_end": local_end,
        "zone": span.zone,
    }


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _local(span: Timespan, moment: datetime) -> str:
    return span.local(moment).isoformat(timespec="seconds")


def instant(moment: datetime) -> str:
    """An aware moment in UTC as text."""
    return _utc(moment)
