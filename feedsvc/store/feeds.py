"""Reading feeds: facets and their revisions, and the rows of a feed in its order.

A feed is a set of facets: values of one dimension are alternatives, dimensions must all agree. The hot path reads
(start, UID, LAST-MODIFIED, VEVENT) and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from feedsvc.core.model import Record
from feedsvc.store.apply import EVERYTHING
from feedsvc.store.events import record_of
from feedsvc.store.schema import departure, edition, event, facet, finding, fragment, membership

Wanted = Mapping[str, Sequence[str]]
"""Dimension → values. Empty: everything."""


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A facet as the store knows it; `events` counts the events in its feed, where it was asked for."""

    dimension: str
    value: str
    label: str
    revision: int
    events: int = 0


class Feeds:
    """Feeds of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def edition(self) -> int:
        """The number of the last edition; 0 in an empty store."""
        return int(self._connection.execute(select(func.coalesce(func.max(edition.c.number), 0))).scalar_one())

    def facets(self, since_revision: int = -1) -> list[FacetRow]:
        """Every facet touched after an edition, without counts."""
        query = select(facet.c.dimension, facet.c.value, facet.c.label, facet.c.revision)
        rows = self._connection.execute(query.where(facet.c.revision > since_revision))
        return [FacetRow(*row) for row in rows]

    def counts(self, within: Wanted | None = None) -> list[FacetRow]:
        """Every facet with the number of its events, or of those events that also are in the feed `within`."""
        columns = (facet.c.dimension, facet.c.value, facet.c.label, facet.c.revision)
        query = select(*columns, func.count(membership.c.event_id)).select_from(facet.outerjoin(membership))
        if within:
            query = query.where(membership.c.event_id.in_(self._event_ids(within)))
        return [FacetRow(*row) for row in self._connection.execute(query.group_by(*columns))]

    def rows(self, wanted: Wanted, chunk: int = 1000) -> Iterator[tuple[int, str, int, bytes]]:
        """(start, uid, modified, VEVENT) of a feed's events, by start, then UID; streamed in chunks."""
        order = self._order(wanted)
        query = select(order.c.start_at, fragment.c.uid, fragment.c.modified_at, fragment.c.vevent)
        query = query.select_from(order.join(fragment, fragment.c.event_id == order.c.event_id))
        query = query.order_by(order.c.start_at, fragment.c.uid)
        result = self._connection.execution_options(yield_per=chunk).execute(query)
        for start_at, uid, modified_at, vevent in result:
            yield start_at, uid, modified_at, bytes(vevent)

    def vevent(self, public_id: str) -> tuple[str, int, bytes] | None:
        """(summary, modified, VEVENT) of one event; None when it is in no feed."""
        query = select(event.c.summary, fragment.c.modified_at, fragment.c.vevent)
        query = query.select_from(event.join(fragment)).where(event.c.public_id == public_id)
        row = self._connection.execute(query).first()
        return None if row is None else (row.summary, row.modified_at, bytes(row.vevent))

    def last_change(self, wanted: Wanted) -> int:
        """The newest LAST-MODIFIED of a feed's events, in seconds since 1970 UTC; 0 when it has none."""
        order = self._order(wanted)
        joined = order.join(fragment, fragment.c.event_id == order.c.event_id)
        query = select(func.coalesce(func.max(fragment.c.modified_at), 0)).select_from(joined)
        return int(self._connection.execute(query).scalar_one())

    def each_record(self, wanted: Wanted, chunk: int = 200) -> Iterator[Record]:
        """The records of a feed's events in its order, streamed in chunks."""
        order = self._order(wanted)
        query = select(event).select_from(order.join(event, event.c.id == order.c.event_id))
        query = query.order_by(order.c.start_at, event.c.uid)
        return map(record_of, self._connection.execution_options(yield_per=chunk).execute(query))

    def records(
        self, wanted: Wanted, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Record]:
        """The first `limit` records of a feed in its order, those that start in [start, end) seconds since 1970 UTC."""
        order = self._order(wanted)
        query = select(event).select_from(order.join(event, event.c.id == order.c.event_id))
        if start is not None:
            query = query.where(order.c.start_at >= start)
        if end is not None:
            query = query.where(order.c.start_at < end)
        rows = self._connection.execute(query.order_by(order.c.start_at, event.c.uid).limit(limit))
        return [record_of(row) for row in rows]

    def starts(self, wanted: Wanted) -> list[int]:
        """The starts of a feed's events, ascending, in seconds since 1970 UTC."""
        order = self._order(wanted)
        return list(self._connection.execute(select(order.c.start_at).order_by(order.c.start_at)).scalars())

    def first_start(self, wanted: Wanted, start: int) -> int | None:
        """The first start of a feed's events from `start` on, in seconds since 1970 UTC; None when there is none."""
        order = self._order(wanted)
        query = select(func.min(order.c.start_at)).where(order.c.start_at >= start)
        found = self._connection.execute(query).scalar_one()
        return None if found is None else int(found)

    def source_ids(self, wanted: Wanted) -> frozenset[str]:
        """The sources of a feed's events."""
        order = self._order(wanted)
        query = select(event.c.source_id).select_from(order.join(event, event.c.id == order.c.event_id)).distinct()
        return frozenset(self._connection.execute(query).scalars())

    def total(self, wanted: Wanted) -> int:
        """How many events a feed has."""
        return int(self._connection.execute(select(func.count()).select_from(self._order(wanted))).scalar_one())

    def last_departure(self, wanted: Wanted) -> int:
        """When an event last left this feed, in seconds since 1970 UTC; 0 when none ever did."""
        groups = self._facet_groups(wanted)
        if groups is None:
            return 0
        first, *others = groups
        query = select(func.coalesce(func.max(departure.c.left_at), 0)).where(departure.c.facet_id.in_(first))
        for group in others:
            twin = departure.alias()
            same = (twin.c.event_id == departure.c.event_id) & (twin.c.left_at == departure.c.left_at)
            query = query.where(select(twin.c.event_id).where(same & twin.c.facet_id.in_(group)).exists())
        return int(self._connection.execute(query).scalar_one())

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
        columns = (membership.c.start_at, membership.c.event_id)
        groups = self._facet_groups(wanted)
        if groups is None:
            return select(*columns).where(membership.c.facet_id.is_(None)).subquery("feed")
        first, *others = sorted(groups, key=len)
        query: Select[Any] = select(*columns).where(_one_of(first))
        if len(first) > 1:
            query = query.distinct()
        for group in others:
            twin = membership.alias()
            same = (twin.c.event_id == membership.c.event_id) & (twin.c.start_at == membership.c.start_at)
            query = query.where(select(twin.c.event_id).where(same & twin.c.facet_id.in_(group)).exists())
        return query.subquery("feed")

    def _event_ids(self, wanted: Wanted) -> Select[Any]:
        return select(self._order(wanted).c.event_id)

    def _facet_groups(self, wanted: Wanted) -> list[list[int]] | None:
        """Facet row numbers by dimension; None when a dimension has no known value, so that nothing can match."""
        groups = []
        for dimension, values in (wanted or {EVERYTHING.dimension: (EVERYTHING.value,)}).items():
            where = (facet.c.dimension == dimension) & facet.c.value.in_(values)
            ids = [int(one) for one in self._connection.execute(select(facet.c.id).where(where)).scalars()]
            if not ids:
                return None
            groups.append(ids)
        return groups


def _one_of(ids: Iterable[int]) -> ColumnElement[bool]:
    ids = list(ids)
    return membership.c.facet_id == ids[0] if len(ids) == 1 else membership.c.facet_id.in_(ids)
