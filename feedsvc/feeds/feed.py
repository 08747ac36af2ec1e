"""A feed, ready to be rendered: its facts, and its events as stored bytes or as records, read when asked for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import feedsvc.feeds.formats
from feedsvc.core.model import Record
from feedsvc.ical.write.description import Rendering


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
