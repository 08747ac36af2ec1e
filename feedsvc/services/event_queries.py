"""Questions of pages to the store: the years of a feed, its events of a year, its coming events, and counts.

Kept by edition: the same question within one edition is answered from memory. The hardest case is the turn of the
year: an event belongs to the year of its own place's clock, so a day more on both sides is read and then sorted out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from feedsvc.core.model import Record
from feedsvc.core.text import fold
from feedsvc.core.timespan import DAY
from feedsvc.feeds.cache import DocumentCache
from feedsvc.feeds.spec import FeedSpec
from feedsvc.store.store import Snapshot, Store

MAX_EVENTS = 10_000
"""Events of one question; a feed with more in a year shows the first ones."""
_LONGEST = timedelta(days=31)
"""The longest time since the start of an event that is still going on."""
_KEPT = 30_000
"""Records that are remembered, over all questions; every question counts as one more."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Counted:
    """A value of a dimension with the number of events that choosing it gives."""

    value: str
    label: str
    events: int


class EventQueries:
    """Reads for pages. Safe to use from several threads."""

    def __init__(self, documents: DocumentCache, store: Store, default_length: timedelta) -> None:
        self._documents = documents
        self._store = store
        self._default_length = default_length
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def years(self, spec: FeedSpec) -> tuple[int, ...]:
        """The years in which the feed has events, newest first."""
        return self._remembered(("years", spec.path), lambda snapshot: _years(snapshot, spec))

    def of_year(self, spec: FeedSpec, year: int) -> tuple[Record, ...]:
        """The feed's events of a year, by start."""

        def read(snapshot: Snapshot) -> tuple[Record, ...]:
            found = snapshot.feeds.records(
                spec.by_dimension, _start(year) - _seconds(DAY), _start(year + 1) + _seconds(DAY), MAX_EVENTS
            )
            return tuple(record for record in found if record.event.span.first_day.year == year)

        return self._remembered(("year", spec.path, year), read)

    def coming(self, spec: FeedSpec, now: datetime) -> tuple[Record, ...]:
        """The feed's events that are not over, by start. Remembered by the hour, sorted out by the minute."""
        hour = int(now.timestamp()) // 3600

        def read(snapshot: Snapshot) -> tuple[Record, ...]:
            since = hour * 3600 - _seconds(_LONGEST)
            return tuple(snapshot.feeds.records(spec.by_dimension, since, None, MAX_EVENTS))

        found = self._remembered(("coming", spec.path, hour), read)
        return tuple(record for record in found if record.event.span.ends(self._default_length) > now)

    def matching(self, spec: FeedSpec, query: str, haystack: Callable[[Record], str]) -> tuple[Record, ...]:
        """The feed's events that hold every word of the query, newest first; accents and case do not matter."""
        needles = fold(query).split()
        found = self._remembered(
            ("everything", spec.path),
            lambda snapshot: tuple(snapshot.feeds.records(spec.by_dimension, limit=MAX_EVENTS)),
        )
        return tuple(record for record in found if needles and all(one in fold(haystack(record)) for one in needles))

    def counts(self, spec: FeedSpec, dimension: str) -> tuple[Counted, ...]:
        """The values of a dimension, with how many events each has among those that the rest of the choice leaves."""
        rest = spec.without_group(dimension)

        def read(snapshot: Snapshot) -> tuple[Counted, ...]:
            rows = snapshot.feeds.counts(rest.by_dimension)
            return tuple(Counted(row.value, row.label, row.events) for row in rows if row.dimension == dimension)

        return self._remembered(("counts", dimension, rest.path), read)

    def total(self, spec: FeedSpec) -> int:
        """The number of events in the feed."""
        return self._remembered(("total", spec.path), lambda snapshot: snapshot.feeds.total(spec.by_dimension))

    def event(self, public_id: str) -> Record | None:
        """One event, those that left the feeds too."""
        with self._store.read() as snapshot:
            return snapshot.events.by_public_id(public_id)

    def _remembered(self, key: tuple[Any, ...], read: Callable[[Snapshot], Answer]) -> Answer:
        stamped = (self._documents.vocabulary().edition, *key)
        with self._lock:
            if stamped in self._kept:
                self._kept.move_to_end(stamped)
                answer: Answer = self._kept[stamped]
                return answer
        with self._store.read() as snapshot:
            answer = read(snapshot)
        with self._lock:
            self._weight += 0 if stamped in self._kept else _weight(answer)
            self._kept[stamped] = answer
            while self._weight > _KEPT and len(self._kept) > 1:
                self._weight -= _weight(self._kept.popitem(last=False)[1])
        return answer


def _years(snapshot: Snapshot, spec: FeedSpec) -> tuple[int, ...]:
    """One question for each year that has events, however far apart they lie."""
    years: list[int] = []
    at = snapshot.feeds.first_start(spec.by_dimension, _start(1))
    while at is not None:
        years.append(datetime.fromtimestamp(at, UTC).year)
        at = None if years[-1] == MAXYEAR else snapshot.feeds.first_start(spec.by_dimension, _start(years[-1] + 1))
    return tuple(reversed(years))


def _weight(answer: object) -> int:
    return 1 + (len(answer) if isinstance(answer, tuple) else 0)


def _start(year: int) -> int:
    return int(datetime(min(max(year, MINYEAR), MAXYEAR), 1, 1, tzinfo=UTC).timestamp())


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
