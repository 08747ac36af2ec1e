"""Feeds that some calendar programs can not read whole: which they are, and how large."""

from __future__ import annotations

from dataclasses import dataclass

from feedsvc.feeds.document import LARGE_BYTES
from feedsvc.feeds.spec import FeedSpec, make_spec
from feedsvc.store.apply import EVERYTHING
from feedsvc.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class LargeFeed:
    """`size` is that of its events as iCalendar, in bytes."""

    spec: FeedSpec
    size: int

    @property
    def told(self) -> str:
        """Its address and size: "/all.ics: 1,234 KB"."""
        return f"{self.spec.path}.ics: {self.size / 1_000:,.0f} KB"


def large_feeds(snapshot: Snapshot) -> list[LargeFeed]:
    """Every feed of one value, or of everything, that is too large for some programs, the largest first."""
    found = []
    for dimension, value, size in snapshot.feeds.larger(LARGE_BYTES):
        wanted = {} if dimension == EVERYTHING.dimension else {dimension: (value,)}
        found.append(LargeFeed(make_spec(wanted), size))
    return found
