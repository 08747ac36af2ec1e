"""Questions of pages to the store: the years of a feed, its events of a year, its coming events, and counts.

Kept by edition: the same question within one edition is answered from memory. The hardest case is the turn of the
year: an event belongs to the year of its own place's clock, so a day more on both sides is read and then sorted out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from feedsvc.core.model import Record
from feedsvc.core.occurrences import LEAST_OF_SERIES, DayTotal, MainSpan, date_of, day_of, main_span, may_be_short
from feedsvc.core.timespan import DAY
from feedsvc.core.words import words_of
from feedsvc.feeds.cache import DocumentCache
from feedsvc.feeds.spec import FeedSpec
from feedsvc.store.store import Snapshot, Store
from feedsvc.store.word_index import CANDIDATES, FacetName, Found

MAX_EVENTS = 10_000
"""Events of one question; a feed with more in a year shows the first ones."""
MAX_ROWS = 600
"""Events that are read for one page."""
NEXT_ROWS = 30
_KEPT = 30_000
"""Records that are remembered, over all questions; every question counts as one more."""

MAX_SEARCH_WORDS = 8
MAX_FOUND = CANDIDATES
"""Events of a search that are counted."""
SEARCH_ROWS = 60
"""Records of a search that are given, of each kind."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Counted:
    """A value of a dimension with the number of events that choosing it gives."""

    value: str
    label: str
    events: int


@dataclass(frozen=True, slots=True)
class AgendaPage:
    """Whole days of a feed, in order, and the records that are shown on them, by start.

    `before` and `after` are the days beside them, None at the ends. `left`: rows of a long day that come later.
    """

    days: tuple[DayTotal, ...]
    records: tuple[Record, ...]
    before: DayTotal | None
    after: DayTotal | None
    left: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Calendars as (dimension, value), the best first; events not over, the next first; past ones, the latest first.

    Of the events the first are given; the counts say how many there are, at most `MAX_FOUND`. A series is one.
    """

    calendars: tuple[FacetName, ...]
    coming: tuple[Record, ...]
    past: tuple[Record, ...]
    coming_count: int
    past_count: int


class EventQueries:
    """Reads for pages. Safe to use from several threads."""

    most_rows = MAX_ROWS
    """Events of a day up to which `on_days` gives all by itself."""

    def __init__(self, documents: DocumentCache, store: Store, default_length: timedelta) -> None:
        self._documents = documents
        self._store = store
        self._default_length = default_length
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def years(self, spec: FeedSpec) -> tuple[int, ...]:
        """The years in which the feed has events, newest first."""
        found = self._remembered(("years", spec.path), lambda snapshot: tuple(snapshot.totals.years(spec.by_dimension)))
        return tuple(reversed(found))

    def of_year(self, spec: FeedSpec, year: int) -> tuple[Record, ...]:
        """The feed's events of a year, by start."""

        def read(snapshot: Snapshot) -> tuple[Record, ...]:
            found = snapshot.feeds.records(
                spec.by_dimension, _start(year) - _seconds(DAY), _start(year + 1) + _seconds(DAY), MAX_EVENTS
            )
            return tuple(record for record in found if record.event.span.first_day.year == year)

        return self._remembered(("year", spec.path, year), read)

    def coming(self, spec: FeedSpec, now: datetime) -> tuple[Record, ...]:
        """The feed's events that are not over, by start; at most MAX_EVENTS."""
        days = self.days(spec, now)
        if not days:
            return ()
        since = now.date() - DAY
        return self._not_over(self.on_days(spec, since, max(since, days[-1].date), MAX_EVENTS), now)

    def next_coming(self, spec: FeedSpec, now: datetime) -> tuple[Record, ...]:
        """The first of them, some dozens."""
        since, held = now.date() - DAY, 0
        last = since
        for one in self.days(spec, now):
            if one.date >= since and held < NEXT_ROWS:
                last, held = one.date, held + (one.events if one.date > now.date() else 0)
        return self._not_over(self.on_days(spec, since, last), now)

    def on_days(
        self, spec: FeedSpec, first: date, last: date, most: int = MAX_ROWS, skip: int = 0
    ) -> tuple[Record, ...]:
        """The feed's events that lists show on any of these days, both inclusive, by start; at most `most`."""
        days = day_of(first), day_of(last)
        return self._remembered(
            ("on", spec.path, first, last, most, skip),
            lambda snapshot: tuple(snapshot.feeds.on_days(spec.by_dimension, *days, skip, most)),
        )

    def repeating(self, spec: FeedSpec, now: datetime) -> tuple[Record, ...]:
        """The occurrences of the feed's series that are not over, by their end."""
        hour = int(now.timestamp()) // 3600 * 3600
        found: tuple[Record, ...] = self._remembered(
            ("repeating", spec.path, hour),
            lambda snapshot: tuple(snapshot.feeds.repeating(spec.by_dimension, hour, MAX_ROWS)),
        )
        return self._not_over(found, now)

    def around(self, spec: FeedSpec, record: Record) -> tuple[Record | None, Record | None]:
        """The events before and after one in a feed."""
        with self._store.read() as snapshot:
            return snapshot.feeds.around(spec.by_dimension, record)

    def _not_over(self, records: tuple[Record, ...], now: datetime) -> tuple[Record, ...]:
        return tuple(record for record in records if record.event.span.ends(self._default_length) > now)

    def days(self, spec: FeedSpec, now: datetime) -> tuple[DayTotal, ...]:
        """Every day on which the feed has events, past ones too, in order."""
        today = day_of(now.date())
        return self._remembered(
            ("days", spec.path, today), lambda snapshot: tuple(snapshot.totals.days(spec.by_dimension, today))
        )

    def count_coming(self, spec: FeedSpec, now: datetime) -> int:
        """The number of events in the feed that are not over; a series is one."""
        today = day_of(now.date())
        ending = self._remembered(
            ("ending", spec.path, today), lambda snapshot: snapshot.totals.ending(spec.by_dimension, today)
        )
        return max(0, ending - sum(_is_in(spec, facets) for facets in self._over(now)))

    def coming_by_value(self, spec: FeedSpec, dimension: str, now: datetime) -> dict[str, int]:
        """Value → events that are not over, among those that the other groups of the choice leave; a series is one."""
        today, rest = day_of(now.date()), spec.without_group(dimension)
        ending: dict[str, int] = self._remembered(
            ("ending", rest.path, dimension, today),
            lambda snapshot: snapshot.totals.ending_by_value(rest.by_dimension, dimension, today),
        )
        over = Counter(
            value for facets in self._over(now) if _is_in(rest, facets) for name, value in facets if name == dimension
        )
        return {value: count - over[value] for value, count in ending.items() if count > over[value]}

    def main_span(self, spec: FeedSpec, now: datetime) -> MainSpan | None:
        """The days that hold most of what is coming; None where nothing is."""
        return main_span(self.days(spec, now), day_of(now.date()), self.count_coming(spec, now))

    def main_spans(self, dimension: str, now: datetime) -> dict[str, MainSpan]:
        """The main span of each value of a dimension that has one, as `main_span` gives it for its feed."""
        today = day_of(now.date())
        coming = self.coming_by_value(FeedSpec(), dimension, now)

        def read(snapshot: Snapshot) -> tuple[dict[str, list[DayTotal]], dict[str, tuple[int, int]]]:
            # Where no two months in a row hold most events, no fortnight does, and days need not be looked at.
            months = snapshot.totals.months(dimension, today)
            dense = [value for value, units in months.items() if may_be_short(units, coming.get(value, 0))]
            ends = snapshot.totals.ends_of_values(dimension, today)
            return snapshot.totals.days_by_value(dimension, dense, today), ends

        days, ends = self._remembered(("spans", dimension, today), read)
        found = {}
        for value, count in coming.items():
            if value in days:
                span = main_span(days[value], today, count)
            elif value in ends:
                first, last = ends[value]
                span = MainSpan(date_of(first), date_of(last), count)
            else:
                span = MainSpan(now.date(), now.date(), count)
            if span is not None:
                found[value] = span
        return found

    def agenda(
        self, spec: FeedSpec, first: date, now: datetime, skip: int = 0, rows: int = 60, most: int = 120
    ) -> AgendaPage:
        """Whole days from `first` on, until the next day would make more than `rows` rows; at least one day.

        A day of more than `most` rows is cut; `skip` rows of it are left out, as those that were shown before. Days
        that have nothing but occurrences of series are left out.
        """
        days = [one for one in self.days(spec, now) if one.events > one.repeating]
        at = bisect_left(days, (day_of(first),))
        shown, held = 0, 0
        for one in days[at:]:
            if shown and held + one.events > rows:
                break
            shown, held = shown + 1, held + one.events
        if skip:
            shown = min(shown, 1)
        page = tuple(days[at : at + shown])
        records: tuple[Record, ...] = ()
        if page:
            key = ("agenda", spec.path, page[0].day, page[-1].day, skip, most)
            records = self._remembered(
                key,
                lambda snapshot: tuple(
                    snapshot.feeds.on_days(spec.by_dimension, page[0].day, page[-1].day, skip, most)
                ),
            )
        return AgendaPage(
            days=page,
            records=records,
            before=days[at - 1] if at else None,
            after=days[at + shown] if at + shown < len(days) else None,
            left=max(0, page[0].events - skip - len(records)) if len(page) == 1 else 0,
        )

    def search(self, query: str, now: datetime, labels: Mapping[FacetName, str] | None = None) -> SearchResult:
        """Calendars and events that have every word of a query at the beginning of one of theirs.

        `labels` are the calendars' names in the reader's language, which are looked at besides all that are known.
        """
        words, at = words_of(query)[:MAX_SEARCH_WORDS], int(now.timestamp())
        own = {name: words_of(label) for name, label in (labels or {}).items()}
        with self._store.read() as snapshot:
            terms = [(one, _calendars(snapshot, (one,), own)) for one in words]
            coming, past = (snapshot.words.events(terms, at, ahead=ahead) for ahead in (True, False))
            return SearchResult(
                calendars=_calendars(snapshot, words, own),
                coming=_records(snapshot, coming),
                past=_records(snapshot, past),
                coming_count=_count(coming),
                past_count=_count(past),
            )

    def forget(self) -> None:
        """Remember nothing, as after a new edition."""
        with self._lock:
            self._kept.clear()
            self._weight = 0

    def _over(self, now: datetime) -> list[frozenset[tuple[str, str]]]:
        """The facets of each event that ended since midnight UTC, to the minute."""
        minute = int(now.timestamp()) // 60 * 60
        midnight = minute // 86_400 * 86_400
        return self._remembered(("over", minute), lambda snapshot: snapshot.totals.over(midnight, minute))

    def counts(self, spec: FeedSpec, dimension: str) -> tuple[Counted, ...]:
        """The values of a dimension, with how many events each has among those that the rest of the choice leaves."""
        rest = spec.without_group(dimension)

        def read(snapshot: Snapshot) -> tuple[Counted, ...]:
            rows = snapshot.totals.counts(rest.by_dimension)
            return tuple(Counted(row.value, row.label, row.events) for row in rows if row.dimension == dimension)

        return self._remembered(("counts", dimension, rest.path), read)

    def total(self, spec: FeedSpec) -> int:
        """The number of events in the feed."""
        return self._remembered(("total", spec.path), lambda snapshot: snapshot.totals.events(spec.by_dimension))

    def sitemap(self, most: int) -> tuple[str, ...]:
        """The public ids of events in feeds, the newest starts first."""
        with self._store.read() as snapshot:
            return tuple(snapshot.feeds.sitemap(most))

    def event(self, public_id: str) -> Record | None:
        """One event, those that left the feeds too."""
        with self._store.read() as snapshot:
            return snapshot.events.by_public_id(public_id)

    def _remembered(self, key: tuple[Any, ...], read: Callable[[Snapshot], Answer]) -> Answer:
        stamped = (self._documents.vocabulary().version, *key)
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


def _calendars(
    snapshot: Snapshot, words: Sequence[str], labels: Mapping[FacetName, Sequence[str]]
) -> tuple[FacetName, ...]:
    """The calendars that have all words in one name; those of the reader's language first."""
    if not words:
        return ()
    own = [
        (len(label), name)
        for name, label in labels.items()
        if all(any(part.startswith(one) for part in label) for one in words)
    ]
    return tuple(dict.fromkeys((*(name for _, name in sorted(own)), *snapshot.words.calendars(words))))


def _count(found: Sequence[Found]) -> int:
    """The number of events, a series as one."""
    return len({one.event_id if one.series is None else (one.series,) for one in found})


def _records(snapshot: Snapshot, found: Sequence[Found]) -> tuple[Record, ...]:
    """The first events; of a series as many occurrences as show that it is one."""
    times: Counter[int | None] = Counter()
    shown: list[int] = []
    for one in found:
        times[one.series] += one.series is not None
        if times[one.series] <= LEAST_OF_SERIES and len(shown) < SEARCH_ROWS:
            shown.append(one.event_id)
    by_id = snapshot.events.by_row(shown)
    return tuple(by_id[event_id] for event_id in shown)


def _is_in(spec: FeedSpec, facets: frozenset[tuple[str, str]]) -> bool:
    return all(not facets.isdisjoint(group) for group in spec.groups.values())


def _weight(answer: object) -> int:
    return 1 + (len(answer) if isinstance(answer, tuple) else 0)


def _start(year: int) -> int:
    return int(datetime(min(max(year, MINYEAR), MAXYEAR), 1, 1, tzinfo=UTC).timestamp())


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
