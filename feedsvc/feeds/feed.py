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
from feedsvc.feeds.spec import FeedSpec


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What a feed says of itself. Addresses are None where no public address is configured."""

    spec: FeedSpec
    title: str
    description: str
    page_url: str | None
    feed_url: str | None
    base_url: str | None
    color: str
    refresh_interval: timedelta
    default_length: timedelta
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """`vevents` gives the events' VEVENT bytes, `records` the events themselves; both in the feed's order, once."""

    facts: FeedFacts
    vevents: Callable[[], Iterator[bytes]]
    records: Callable[[], Iterable[Record]]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format as found in `formats/`."""

    extension: str
    content_type: str
    render: Callable[[Feed], Iterator[bytes]]


@cache
def formats() -> Mapping[str, Format]:
    """Every format there is, by extension."""
    found = {}
    for info in pkgutil.iter_modules(feedsvc.feeds.formats.__path__):
        module = importlib.import_module(f"feedsvc.feeds.formats.{info.name}")
        found[module.EXTENSION] = Format(module.EXTENSION, module.CONTENT_TYPE, module.render)
    return found
