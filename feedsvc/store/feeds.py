"""Reading feeds: facets and their revisions, and the rows of a feed in its order.

The hot path reads (start, VEVENT, LAST-MODIFIED) and nothing else, by the driver's own cursor. Each VEVENT begins with
its UID (`ical.check` sees to it), so sorted by start and then by their bytes they are in the order of feeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, func, select, tuple_

from feedsvc.core.model import Record
from feedsvc.store.dialects import chunks, fetch, fetch_one, stream
from feedsvc.store.events import record_of
from feedsvc.store.feed_query import (
    Groups,
    Wanted,
    events_of,
    groups_of,
    last_departure,
    last_departure_select,
    ordered_rows_select,
    parameters,
    rows_select,
)
from feedsvc.store.schema import edition, event, facet, finding, fragment, membership
from feedsvc.store.totals_schema import occurrence

_LAST_EDITION = select(func.coalesce(func.max(edition.c.number), 0))
_SECONDS_A_DAY = 86_400
_MOST_BEGUN = 200
"""Events of several days that are shown on a day they did not begin on."""

Row = tuple[int, bytes, int]
"""Start and LAST-MODIFIED in seconds since 1970 UTC: (start, VEVENT, LAST-MODIFIED)."""


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A facet as the store knows it."""

    dimension: str
    value: str
    label: str
    revision: int


class Feeds:
    """Feeds of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def edition(self) -> int:
        """The number of the last edition; 0 in an empty store."""
        return int(fetch_one(self._connection, _LAST_EDITION, {}))

    def edition_at(self) -> datetime | None:
        """The time the last edition was made; None before the first."""
        query = select(edition.c.made_at).order_by(edition.c.number.desc()).limit(1)
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def facets(self, since_revision: int = -1) -> list[FacetRow]:
        """Every facet touched after an edition, without counts."""
        query = select(facet.c.dimension, facet.c.value, facet.c.label, facet.c.revision)
        rows = self._connection.execute(query.where(facet.c.revision > since_revision))
        return [FacetRow(*row) for row in rows]

    def rows(self, wanted: Wanted) -> list[Row]:
        """A feed's events, by start, then UID."""
        return self.rows_and_departure(wanted)[0]

    def rows_and_departure(self, wanted: Wanted) -> tuple[list[Row], int]:
        """Return what a build needs: the rows, and when an event last left this feed, as `last_departure` tells it."""
        groups = groups_of(self._connection, wanted)
        if groups is None:
            return [], 0
        named, shape = parameters(groups)
        rows = fetch(self._connection, rows_select, named, shape)
        rows.sort()
        left = int(fetch_one(self._connection, last_departure_select, named, shape))
        return (rows if shape[0] == 1 else list(_each_once(rows))), left

    def each_row(self, wanted: Wanted) -> Iterator[Row]:
        """The same, few of them in memory at a time."""
        groups = groups_of(self._connection, wanted)
        if groups is None:
            return
        named, shape = parameters(groups)
        for _start, rows in groupby(stream(self._connection, ordered_rows_select, named, shape), itemgetter(0)):
            yield from _each_once(sorted(rows))

    def vevent(self, public_id: str) -> tuple[str, int, bytes] | None:
        """(summary, modified, VEVENT) of one event; None when it is in no feed."""
        query = select(event.c.summary, fragment.c.modified_at, fragment.c.vevent)
        query = query.select_from(event.join(fragment)).where(event.c.public_id == public_id)
        row = self._connection.execute(query).first()
        return None if row is None else (row.summary, row.modified_at, bytes(row.vevent))

    def each_record(self, wanted: Wanted, chunk: int = 200) -> Iterator[Record]:
        """The records of a feed's events in its order, streamed in chunks."""
        order = self._order(wanted)
        query = select(event).select_from(order.join(event, event.c.id == order.c.event_id))
        query = query.order_by(order.c.start_at, event.c.uid)
        return map(record_of, self._connection.execution_options(yield_per=chunk).execute(query))

    def newest(self, wanted: Wanted, count: int) -> list[Record]:
        """The records of a feed's events that changed last, the newest first."""
        order = self._order(wanted)
        query = select(event).select_from(order.join(event, event.c.id == order.c.event_id))
        rows = self._connection.execute(query.order_by(event.c.modified_at.desc(), event.c.uid).limit(count))
        return [record_of(row) for row in rows]

    def records(
        self, wanted: Wanted, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Record]:
        """The first `limit` records of a feed in its order, that start in [start, end) seconds since 1970 UTC."""
        order = self._order(wanted)
        query = select(event).select_from(order.join(event, event.c.id == order.c.event_id))
        if start is not None:
            query = query.where(order.c.start_at >= start)
        if end is not None:
            query = query.where(order.c.start_at < end)
        rows = self._connection.execute(query.order_by(order.c.start_at, event.c.uid).limit(limit))
        return [record_of(row) for row in rows]

    def on_days(self, wanted: Wanted, first: int, last: int, skip: int = 0, most: int = 120) -> list[Record]:
        """The records of a feed that lists show between two days (numbered from 1970, inclusive), by start, then age.

        What began before comes first. `skip` of them are left out, and at most `most` are given.
        """
        groups = groups_of(self._connection, wanted)
        if groups is None:
            return []
        order, own = events_of(groups), occurrence.c
        around = ((first - 1) * _SECONDS_A_DAY, (last + 2) * _SECONDS_A_DAY)
        starting = select(order.c.start_at, order.c.event_id).join(occurrence, own.event_id == order.c.event_id)
        starting = starting.where(order.c.start_at.between(*around), own.first_day.between(first, last))
        begun = select((own.first_day - 1) * _SECONDS_A_DAY, own.event_id).where(
            own.last_day > own.first_day, own.last_day >= first, own.first_day < first
        )
        begun = _members_only(begun, groups)
        found = [
            tuple(row)
            for query in (begun.limit(_MOST_BEGUN), starting.order_by(*starting.selected_columns).limit(skip + most))
            for row in self._connection.execute(query)
        ]
        chosen = [event_id for _, event_id in sorted(found)[skip : skip + most]]
        rows = [
            row
            for part in chunks(chosen)
            for row in self._connection.execute(select(event).where(event.c.id.in_(part)))
        ]
        return [record_of(row) for row in sorted(rows, key=lambda row: (row.start_at, row.id))]

    def repeating(self, wanted: Wanted, now: int, most: int) -> list[Record]:
        """The records of a feed that are occurrences of series and not over at `now` (seconds), the next first."""
        groups = groups_of(self._connection, wanted)
        if groups is None:
            return []
        query = select(event).join(occurrence, occurrence.c.event_id == event.c.id)
        query = _members_only(query.where(occurrence.c.repeats, occurrence.c.ends_at > now), groups)
        return [record_of(row) for row in self._connection.execute(query.order_by(occurrence.c.ends_at).limit(most))]

    def around(self, wanted: Wanted, record: Record) -> tuple[Record | None, Record | None]:
        """The records before and after one in a feed's order."""
        order, start = self._order(wanted), int(record.event.span.start.timestamp())
        query = select(event).select_from(order.join(event, event.c.id == order.c.event_id))
        own = (order.c.start_at, event.c.uid)
        near = self._connection.execute
        earlier = query.where(order.c.start_at <= start, tuple_(*own) < tuple_(start, record.uid))
        later = query.where(order.c.start_at >= start, tuple_(*own) > tuple_(start, record.uid))
        before = near(earlier.order_by(*(one.desc() for one in own)).limit(1)).first()
        after = near(later.order_by(*own).limit(1)).first()
        return None if before is None else record_of(before), None if after is None else record_of(after)

    def sitemap(self, most: int) -> list[str]:
        """The public ids of events in feeds, the newest starts first."""
        query = select(event.c.public_id).where(event.c.dropped_at.is_(None)).order_by(event.c.start_at.desc())
        return list(self._connection.execute(query.limit(most)).scalars())

    def first_start(self, wanted: Wanted, start: int) -> int | None:
        """The first start in a feed at or after `start`, in seconds since 1970 UTC; None when there is none."""
        order = self._order(wanted)
        query = select(func.min(order.c.start_at)).where(order.c.start_at >= start)
        found = self._connection.execute(query).scalar_one()
        return None if found is None else int(found)

    def last_departure(self, wanted: Wanted) -> int:
        """The time an event last left this feed, in seconds since 1970 UTC; 0 when none ever did."""
        return last_departure(self._connection, wanted)

    def findings(self, source_id: str | None = None) -> list[dict[str, Any]]:
        """Findings as rows: source_id, uid and summary (None: the source as a whole), code, detail, line."""
        about = (event.c.uid, event.c.summary)
        query = select(finding.c.source_id, *about, finding.c.code, finding.c.detail, finding.c.line)
        query = query.select_from(finding.outerjoin(event, event.c.id == finding.c.event_id))
        query = query.where(event.c.id.is_(None) | event.c.dropped_at.is_(None))
        if source_id is not None:
            query = query.where(finding.c.source_id == source_id)
        query = query.order_by(finding.c.source_id, finding.c.line, finding.c.id)
        return [dict(row._mapping) for row in self._connection.execute(query)]

    def _order(self, wanted: Wanted) -> Any:
        """(start_at, event_id) of a feed's events, each once, as a subquery."""
        return events_of(groups_of(self._connection, wanted))


def _members_only(query: Select[Any], groups: Groups) -> Select[Any]:
    """Of a select of occurrences, those of a feed's events: for few of them, looked up one by one."""
    for group in groups:
        member = (membership.c.event_id == occurrence.c.event_id) & membership.c.facet_id.in_(group)
        query = query.where(select(membership.c.event_id).where(member).exists())
    return query


def _each_once(rows: list[Row]) -> Iterator[Row]:
    """Sorted rows without repetitions: an event that has two of the wanted values comes once for each."""
    before = None
    for row in rows:
        if row[1] != before:
            yield row
        before = row[1]
