"""Series among events: occurrences that are equal but for their date become one item. Pure.

A store holds every occurrence as an event of its own. Three or more with the same title, place, clock time and length
are one series, and lists show it once, with its rule and its next date. The hardest case is a title that several
organisers use for different meetings: their times differ, so they stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import fold

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
