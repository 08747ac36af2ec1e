"""Figures of what is coming: how many events, on which days, of which country, region and theme. Pure.

All figures speak of the same set: events that are not over; a series is one, a cancelled event counts while it is
shown. The hardest case is one early meeting months before a week of four hundred events: the main span leaves it out,
so that a heading names the week and not the months.

A store holds every occurrence of a series as an event of its own. Three or more with the same title, place, clock time
and length are one series, and lists show it once, with its rule and its next date. The hardest case is a title that
several organisers use for different meetings: their times differ, so they stay apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from feedsvc.core.dimensions import Dimension
from feedsvc.core.model import EventStatus, Record
from feedsvc.core.occurrences import DayTotal, MainSpan
from feedsvc.core.text import fold
from feedsvc.core.timespan import DAY
from feedsvc.web.viewmodels.tilemap import Part

SHARE = 0.9
"""Part of the events that a main span holds."""
LONGEST_SPAN_DAYS = 14
LONGEST_EVENT_DAYS = 31


@dataclass(frozen=True)
class Figures:
    """The coming items of a feed at a moment, or, where nothing is coming, those of its latest days (`past`)."""

    items: tuple[Item, ...]
    now: datetime
    past: bool = False
    _by_value: dict[str, Mapping[str, Figures]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, records: Iterable[Record], now: datetime, *, past: bool = False) -> Figures:
        """From records by start."""
        return cls(items(records), now, past)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.items)

    @cached_property
    def span(self) -> MainSpan | None:
        """The main span of all; None where there are none."""
        # A series counts where it comes next, as the store counts it: guess, head and picture say the same.
        return main_span([self.days_of(item)[:1] for item in self.items], frozenset(self.by_day))

    @cached_property
    def by_day(self) -> Mapping[date, int]:
        """How many are on, day by day; an event of several days counts on each of them that is not over."""
        return Counter(day for item in self.items for record in item.records for day in self.days_on(record))

    def of_value(self, dimension: Dimension) -> Mapping[str, Figures]:
        """The figures of each value of a dimension that has any."""
        if dimension.name not in self._by_value:
            groups: defaultdict[str, list[Item]] = defaultdict(list)
            for item in self.items:
                for value in {facet.value for facet in dimension.facets(item.next.event)}:
                    groups[value].append(item)
            self._by_value[dimension.name] = {
                value: Figures(tuple(group), self.now, self.past) for value, group in groups.items()
            }
        return self._by_value[dimension.name]

    def counts(self, dimension: Dimension) -> Mapping[str, int]:
        """How many there are of each value of a dimension."""
        return {value: figures.total for value, figures in self.of_value(dimension).items()}

    @cached_property
    def drawn(self) -> tuple[date, ...]:
        """The days of an agenda, in order: those with anything but occurrences of series, else all."""
        single = {
            day for item in self.items if not item.rule for record in item.records for day in self.days_on(record)
        }
        return tuple(sorted(single or self.by_day))

    def count_in(self, part: Part) -> int:
        """The number of them in a part of the world."""
        codes = {square.country for square in part.squares}
        return sum(not codes.isdisjoint(item.next.event.countries) for item in self.items)

    def days_of(self, item: Item) -> tuple[date, ...]:
        """The first days of its occurrences; one that goes on counts for today."""
        return tuple(days[0] for record in item.records if (days := self.days_on(record)))

    def days_on(self, record: Record) -> tuple[date, ...]:
        """The days on which an event is on, from today, at its place."""
        span = record.event.span
        first, last = span.first_day, shown_until(record)
        if not self.past:
            first = min(last, max(first, span.local(self.now).date()))
        return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


@dataclass(frozen=True)
class Known:
    """The counts of a feed in the store. `counts` and `spans` give totals and main spans of a dimension's values."""

    total: int
    span: MainSpan | None
    days: Sequence[DayTotal] = ()
    counts: Callable[[str], Mapping[str, int]] = lambda _dimension: {}
    spans: Callable[[str], Mapping[str, MainSpan]] = lambda _dimension: {}


@dataclass(frozen=True)
class CountedFigures(Figures):
    """The same of a feed with many events, as the store has counted it; `items` are those near what is shown."""

    known: Known = field(kw_only=True)

    @classmethod
    def of(cls, records: Iterable[Record], now: datetime, *, past: bool = False, known: Known) -> CountedFigures:  # type: ignore[override]
        """From the records near what is shown, by start."""
        return cls(items(records), now, past, known=known)

    @property
    def total(self) -> int:
        """How many there are."""
        return self.known.total

    @property
    def span(self) -> MainSpan | None:
        """The main span of all; None where there are none."""
        return self.known.span

    @cached_property
    def by_day(self) -> Mapping[date, int]:
        """How many are on, day by day."""
        return {one.date: one.events for one in self.known.days}

    @cached_property
    def drawn(self) -> tuple[date, ...]:
        """The days of an agenda, in order."""
        days = [one for one in self.known.days if one.events > one.repeating] or self.known.days
        return tuple(one.date for one in days)

    def of_value(self, dimension: Dimension) -> Mapping[str, Figures]:
        """The totals and main spans of each value of a dimension that has any."""
        spans = self.known.spans(dimension.name)
        return {
            value: CountedFigures((), self.now, self.past, known=Known(total, spans.get(value)))
            for value, total in self.counts(dimension).items()
        }

    def counts(self, dimension: Dimension) -> Mapping[str, int]:
        """How many there are of each value of a dimension."""
        return self.known.counts(dimension.name)

    def count_in(self, part: Part) -> int:
        """The sum of the part's regions: an event in two of them counts for both."""
        counts = self.known.counts("region")
        return sum(counts.get(region, 0) for region in part.regions)


def shown_until(record: Record) -> date:
    """The last day on which lists show an event. One that ends in the night before six belongs to the day before."""
    span = record.event.span
    last = span.last_day
    if not span.all_day and (end := span.local_end) is not None and last > span.first_day:
        if end - span.local_start <= DAY:
            return span.first_day
        if end.hour < 6:
            last -= DAY
    return min(last, span.first_day + timedelta(days=LONGEST_EVENT_DAYS))


def main_span(happening: Sequence[tuple[date, ...]], busy: frozenset[date] = frozenset()) -> MainSpan | None:
    """The shortest run of at most 14 days that holds 90 % of the items, else from the first to the last day.

    Each item is given by its days; it is held by a run that has one of them. Of runs of one length
    the fullest counts, and days with events that touch it are taken in; `busy` are days on which something goes on.
    """
    on: defaultdict[date, list[int]] = defaultdict(list)
    for number, days in enumerate(happening):
        for day in days:
            on[day].append(number)
    if not on:
        return None
    order, needed = sorted(on), SHARE * len(happening)
    best: tuple[int, int, date] | None = None
    for at, first in enumerate(order):
        held: set[int] = set()
        for day in order[at:]:
            length = (day - first).days + 1
            if length > LONGEST_SPAN_DAYS or (best and length > best[0]):
                break
            held.update(on[day])
            if len(held) >= needed:
                best = min(best or (length, -len(held), first), (length, -len(held), first))
                break
    if best is None:
        return MainSpan(order[0], order[-1], len(happening))
    first, last = _widened(best[2], best[2] + timedelta(days=best[0] - 1), busy.union(on))
    held = {number for day, numbers in on.items() if first <= day <= last for number in numbers}
    return MainSpan(first, last, len(held))


def _widened(first: date, last: date, on: frozenset[date]) -> tuple[date, date]:
    """The run with the days that touch it and have events too, as long as it may be: a week ends on its Sunday."""
    while (last - first).days + 1 < LONGEST_SPAN_DAYS and last + DAY in on:
        last += DAY
    while (last - first).days + 1 < LONGEST_SPAN_DAYS and first - DAY in on:
        first -= DAY
    return first, last


def busiest(figures: Figures, most: int = 7) -> tuple[date, ...]:
    """The days of the main span, or, where it is long, its busiest ones, in order."""
    if figures.span is None:
        return ()
    days = figures.span.days
    if len(days) > most:
        days = tuple(sorted((day for day in days if figures.by_day.get(day)), key=lambda day: -figures.by_day[day]))
    return tuple(sorted(days[:most]))


LEAST = 3
"""Equal occurrences that make a series."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event, or the occurrences of a series by start. `rule` is weekly, daily or dates; empty for one event."""

    records: tuple[Record, ...]
    rule: str = ""

    @property
    def next(self) -> Record:
        """The first of them."""
        return self.records[0]


def items(records: Iterable[Record]) -> tuple[Item, ...]:
    """Group records, which come by start, into single events and series; by the start of the first of each."""
    groups: defaultdict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        groups[_alike(record)].append(record)
    found: list[Item] = []
    for group in groups.values():
        rule = rule_of([record.event.span.first_day for record in group]) if len(group) >= LEAST else ""
        found += [Item(tuple(group), rule)] if rule else [Item((record,)) for record in group]
    return tuple(sorted(found, key=lambda item: (item.next.event.span.start, item.next.uid)))


def _alike(record: Record) -> tuple[object, ...]:
    """Everything that the occurrences of a series share; a cancelled or very long event stays alone."""
    event, span = record.event, record.event.span
    if span.all_day or record.status is EventStatus.CANCELLED:
        return (record.uid,)
    length = None if span.end is None else span.end - span.start
    clock = span.local_start.time()
    return (fold(event.summary), event.countries, event.location, record.source_id, clock, length, span.zone)


def rule_of(days: list[date]) -> str:
    """Return how often something happens on these days, in order; empty where they follow no rule."""
    gaps = [(after - before).days for before, after in pairwise(days)]
    if all(gap == 1 for gap in gaps):
        return "daily"
    if all(gap > 0 and gap % 7 == 0 for gap in gaps):
        return "weekly"
    return "dates" if min(gaps) >= 7 else ""
