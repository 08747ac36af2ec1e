"""Reading the counts: days, sums and sources of a feed, from rows that were counted when events changed.

A feed of one value, or of one value of each of two groups, is a row or a range of rows. Other combinations are not
counted beforehand: their events are read, at most SCANNED of those ahead and PAST_SCANNED of those before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from functools import cached_property

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, asc, desc, func, or_, select, tuple_

from feedsvc.core.dimensions import EVERYTHING
from feedsvc.core.occurrences import DayTotal, date_of, day_at, day_of, month_after, month_of
from feedsvc.store.dialects import chunks
from feedsvc.store.feed_query import Groups, Wanted, events_of, facet_groups, groups_of, last_departure, smallest_first
from feedsvc.store.recount import ALONE, CountedEvent, Keys, add_days, counted
from feedsvc.store.schema import facet, fragment, membership
from feedsvc.store.totals_schema import daily_total, feed_total, monthly_total, occurrence

SCANNED = 20_000
PAST_SCANNED = 5_000
_LONGEST_SECONDS = 32 * 86_400
_SECONDS_A_DAY = 86_400

Unit = tuple[int | None, int]
FacetName = tuple[str, str]
"""(dimension, value)."""


@dataclass(frozen=True, slots=True)
class FeedTotal:
    """All that a feed holds: `bytes` of its VEVENTs, last change or departure in seconds since 1970 UTC, 0 for none."""

    events: int = 0
    bytes: int = 0
    changed_at: int = 0
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A facet with the number of its events."""

    dimension: str
    value: str
    label: str
    events: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two facets of different groups, in order of dimension, and the number of events in feeds that have both."""

    first: FacetName
    second: FacetName
    events: int


class Totals:
    """Counts within one open transaction. Days are numbered from 1970."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def _keys(self) -> Keys:
        return Keys(self._connection)

    def of(self, wanted: Wanted) -> FeedTotal | None:
        """The total of a feed; None where it is of a combination that is not counted."""
        groups = facet_groups(self._connection, wanted)
        if groups is None:
            return FeedTotal()
        key = self._key(groups)
        if key is None:
            return None
        rows = self._connection.execute(select(feed_total).where(_is(feed_total, key))).all()
        return FeedTotal(
            sum(row.events for row in rows),
            sum(row.bytes for row in rows),
            max((row.changed_at for row in rows), default=0),
            frozenset(row.source_id for row in rows if row.events),
        )

    def events(self, wanted: Wanted) -> int:
        """The number of events in a feed."""
        found = self.of(wanted)
        if found is not None:
            return found.events
        return int(self._connection.execute(select(func.count()).select_from(self._order(wanted))).scalar_one())

    def changed_at(self, wanted: Wanted) -> int:
        """The newest LAST-MODIFIED or departure of a feed's events, in seconds since 1970 UTC; 0 for none."""
        found = self.of(wanted)
        if found is not None:
            return found.changed_at
        order = self._order(wanted)
        joined = order.join(fragment, fragment.c.event_id == order.c.event_id)
        newest = select(func.coalesce(func.max(fragment.c.modified_at), 0)).select_from(joined)
        return max(int(self._connection.execute(newest).scalar_one()), last_departure(self._connection, wanted))

    def size(self, wanted: Wanted, since: int | None = None) -> int:
        """The bytes of a feed's VEVENTs, of all or of those that start on the day of `since` (seconds) or later.

        Of a combination that is not counted at most SCANNED events are added up.
        """
        groups = facet_groups(self._connection, wanted)
        if groups is None:
            return 0
        key = self._key(groups)
        if key is not None and since is None:
            query = select(func.sum(feed_total.c.bytes)).where(_is(feed_total, key))
        elif key is not None and self._keys.is_by_day(key):
            query = select(func.sum(daily_total.c.bytes)).where(_is(daily_total, key))
            query = query.where(daily_total.c.day >= day_at(since or 0))
        else:
            order = events_of(smallest_first(self._connection, groups))
            part = select(occurrence.c.bytes).join(order, occurrence.c.event_id == order.c.event_id).limit(SCANNED)
            if since is not None:
                part = part.where(order.c.start_at >= since)
            query = select(func.sum(part.subquery().c.bytes))
        return int(self._connection.execute(query).scalar() or 0)

    def counts(self, within: Wanted | None = None) -> list[FacetCount]:
        """Every facet with the number of its events, or of those events that also are in the feed `within`.

        Alternatives to a single chosen facet, and the one that all events have, are not counted within it.
        """
        columns = (facet.c.id, facet.c.dimension, facet.c.value, facet.c.label)
        facets = self._connection.execute(select(*columns)).all()
        groups = facet_groups(self._connection, within or {})
        found: Mapping[int, int] = {}
        if groups is not None and self._key(groups) is not None and len(groups) == 1:
            own = groups[0][0]
            everything = self._keys.dimension_of(own) == EVERYTHING.dimension
            sums = select(feed_total.c.facet_id, feed_total.c.twin_id, func.sum(feed_total.c.events))
            sums = sums.group_by(feed_total.c.facet_id, feed_total.c.twin_id)
            either = or_(feed_total.c.facet_id == own, feed_total.c.twin_id == own)
            pairs = self._connection.execute(sums.where(feed_total.c.twin_id == ALONE if everything else either))
            found = {(one if twin in (own, ALONE) else twin): int(events) for one, twin, events in pairs}
        elif groups is not None:
            order = events_of(smallest_first(self._connection, groups))
            query = select(membership.c.facet_id, func.count()).join(order, order.c.event_id == membership.c.event_id)
            found = {row[0]: row[1] for row in self._connection.execute(query.group_by(membership.c.facet_id))}
        return [FacetCount(row.dimension, row.value, row.label, found.get(row.id, 0)) for row in facets]

    def larger(self, limit_bytes: int) -> list[tuple[str, str, int]]:
        """(dimension, value, bytes) of every facet whose feed's VEVENTs together have more bytes, the largest first."""
        size = func.sum(feed_total.c.bytes)
        query = select(facet.c.dimension, facet.c.value, size).join(feed_total).where(feed_total.c.twin_id == ALONE)
        query = query.group_by(facet.c.id, facet.c.dimension, facet.c.value).having(size > limit_bytes)
        rows = self._connection.execute(query.order_by(size.desc(), facet.c.dimension, facet.c.value))
        return [(dimension, value, int(found)) for dimension, value, found in rows]

    def meetings(self) -> list[Meeting]:
        """Every two facets that meet in at least one event, in order; alternatives to each other do not meet."""
        one, other, events = facet.alias(), facet.alias(), func.sum(feed_total.c.events)
        columns = (one.c.dimension, one.c.value, other.c.dimension, other.c.value)
        joined = feed_total.join(one, one.c.id == feed_total.c.facet_id).join(other, other.c.id == feed_total.c.twin_id)
        query = select(*columns, events).select_from(joined).group_by(*columns).having(events > 0)
        rows = sorted(tuple(row) for row in self._connection.execute(query))
        return [Meeting((first, value), (second, twin), int(count)) for first, value, second, twin, count in rows]

    def bounds(self, wanted: Wanted) -> FeedTotal:
        """The total of any feed where it need not be exact: no fewer sources, no earlier change than it has.

        Exact for one or two groups of dimensions; of more, every two are looked at. Its events and bytes are 0.
        """
        groups = facet_groups(self._connection, wanted)
        if groups is None:
            return FeedTotal()
        found = [self._either(pairs) for pairs in _pairs(groups)]
        changed_at = min(changed for changed, _ in found)
        return FeedTotal(0, 0, changed_at, frozenset.intersection(*(sources for _, sources in found)))

    def _either(self, keys: Sequence[tuple[int, int]]) -> tuple[int, frozenset[str]]:
        names = [tuple(self._keys.ordered(one for one in key if one)) for key in keys]
        wanted = [(name[0], name[1] if len(name) > 1 else ALONE) for name in names]
        columns = select(feed_total.c.source_id, feed_total.c.events, feed_total.c.changed_at)
        rows = [
            row
            for part in chunks(wanted, 200)
            for row in self._connection.execute(
                columns.where(tuple_(feed_total.c.facet_id, feed_total.c.twin_id).in_(part))
            )
        ]
        return max((row.changed_at for row in rows), default=0), frozenset(row.source_id for row in rows if row.events)

    def days(self, wanted: Wanted, today: int) -> list[DayTotal]:
        """Every day of a feed that has events, in order. `today` tells what lies ahead, of which more is read."""
        groups = facet_groups(self._connection, wanted)
        if groups is None:
            return []
        key = self._key(groups)
        if key is None or not self._keys.is_by_day(key):
            days: defaultdict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0] * 6)
            add_days(days, defaultdict(lambda: [0, 0, 0]), (0, ALONE), self._scan(groups, today))
            return [DayTotal(name[2], *row[:4]) for name, row in sorted(days.items()) if row[0]]
        columns = (daily_total.c.day, daily_total.c.events, daily_total.c.repeating, daily_total.c.starts,
                   daily_total.c.units)  # fmt: skip
        query = select(*columns).where(_is(daily_total, key), daily_total.c.events > 0)
        return [DayTotal(*row) for row in self._connection.execute(query.order_by(daily_total.c.day))]

    def years(self, wanted: Wanted) -> list[int]:
        """The years in which events of a feed begin, in order.

        Of a combination that is not counted, one question is asked for each of them.
        """
        groups = facet_groups(self._connection, wanted)
        if groups is None:
            return []
        key = self._key(groups)
        if key is not None and self._keys.is_by_day(key):
            query = select(monthly_total.c.month).where(_is(monthly_total, key), monthly_total.c.starts > 0)
            return sorted({month // 12 for month in self._connection.execute(query).scalars()})
        order, years = events_of(smallest_first(self._connection, groups)), [MINYEAR]
        joined = select(occurrence.c.first_day).join(order, order.c.event_id == occurrence.c.event_id)
        while years[-1] < MAXYEAR:
            after = day_of(date(years[-1] + 1, 1, 1))
            near = joined.where(order.c.start_at >= (after - 1) * _SECONDS_A_DAY, occurrence.c.first_day >= after)
            found = self._connection.execute(near.order_by(order.c.start_at).limit(1)).scalar()
            if found is None:
                break
            years.append(date_of(found).year)
        return years[1:]

    def ending(self, wanted: Wanted, today: int) -> int:
        """The number of units that end on this day UTC or later."""
        groups = facet_groups(self._connection, wanted)
        if groups is None:
            return 0
        key = self._key(groups)
        if key is None or not self._keys.is_by_day(key):
            return len({_unit(one) for one in self._scan(groups, today) if one.ends_at > today * _SECONDS_A_DAY})
        return sum(self._ending([key], today).values())

    def ending_by_value(self, wanted: Wanted, dimension: str, today: int) -> dict[str, int]:
        """Value of a dimension → units that end on this day UTC or later, among the events of a feed."""
        groups = facet_groups(self._connection, wanted)
        if groups is None:
            return {}
        rows = self._connection.execute(select(facet.c.id, facet.c.value).where(facet.c.dimension == dimension))
        names = {row.id: row.value for row in rows}
        keys = None if self._key(groups) is None or len(groups) > 1 else self._keys_with(groups[0][0], names)
        if keys is None:
            coming = [one for one in self._scan(groups, today) if one.ends_at > today * _SECONDS_A_DAY]
            by_event = {one.event_id: _unit(one) for one in coming}
            found: defaultdict[int, set[Unit]] = defaultdict(set)
            columns = select(membership.c.event_id, membership.c.facet_id)
            for part in chunks(sorted(by_event)):
                for event_id, facet_id in self._connection.execute(columns.where(membership.c.event_id.in_(part))):
                    if facet_id in names:
                        found[facet_id].add(by_event[event_id])
            return {names[facet_id]: len(units) for facet_id, units in found.items()}
        return {names[keys[key]]: count for key, count in self._ending(list(keys), today).items()}

    def months(self, dimension: str, today: int) -> dict[str, list[int]]:
        """Value of a dimension → units that start in each month from this one on, without gaps."""
        columns = (facet.c.value, monthly_total.c.month, monthly_total.c.units)
        query = select(*columns).join(facet, facet.c.id == monthly_total.c.facet_id)
        query = query.where(facet.c.dimension == dimension, monthly_total.c.twin_id == ALONE)
        first = month_of(today)
        found: defaultdict[str, list[int]] = defaultdict(list)
        for value, month, units in self._connection.execute(query.where(monthly_total.c.month >= first)):
            months = found[value]
            months += [0] * (month - first + 1 - len(months))
            months[month - first] += units
        return found

    def days_by_value(self, dimension: str, values: Sequence[str], today: int) -> dict[str, list[DayTotal]]:
        """Value of a dimension → its days from today on."""
        columns = (facet.c.value, daily_total.c.day, daily_total.c.events, daily_total.c.repeating,
                   daily_total.c.starts, daily_total.c.units)  # fmt: skip
        query = select(*columns).join(facet, facet.c.id == daily_total.c.facet_id)
        query = query.where(facet.c.dimension == dimension, facet.c.value.in_(values), daily_total.c.twin_id == ALONE)
        query = query.where(daily_total.c.day >= today, daily_total.c.events > 0).order_by(daily_total.c.day)
        found: defaultdict[str, list[DayTotal]] = defaultdict(list)
        for value, *day in self._connection.execute(query):
            found[value].append(DayTotal(*day))
        return found

    def ends_of_values(self, dimension: str, today: int) -> dict[str, tuple[int, int]]:
        """Value of a dimension → its first and last day from today on that has an event."""
        first, last = (
            select(daily_total.c.day)
            .where(daily_total.c.facet_id == facet.c.id, daily_total.c.twin_id == ALONE)
            .where(daily_total.c.day >= today, daily_total.c.events > 0)
            .order_by(order(daily_total.c.day))
            .limit(1)
            .scalar_subquery()
            for order in (asc, desc)
        )
        query = select(facet.c.value, first, last).where(facet.c.dimension == dimension)
        return {row[0]: (row[1], row[2]) for row in self._connection.execute(query) if row[1] is not None}

    def over(self, since: int, now: int, most: int = 5_000) -> list[frozenset[FacetName]]:
        """The facets of each unit that ended after `since` and until `now`, both in seconds since 1970 UTC."""
        later = occurrence.alias()
        goes_on = select(later.c.event_id).where(later.c.series == occurrence.c.series)
        goes_on = goes_on.where(later.c.ends_at > occurrence.c.ends_at)
        query = select(occurrence.c.event_id).where(occurrence.c.ends_at > since, occurrence.c.ends_at <= now)
        query = query.where(or_(occurrence.c.repeats.is_(False), ~goes_on.exists())).limit(most)
        event_ids = list(self._connection.execute(query).scalars())
        facets: defaultdict[int, list[FacetName]] = defaultdict(list)
        columns = select(membership.c.event_id, facet.c.dimension, facet.c.value).join(facet)
        for part in chunks(event_ids):
            for event_id, dimension, value in self._connection.execute(columns.where(membership.c.event_id.in_(part))):
                facets[event_id].append((dimension, value))
        return [frozenset(facets[event_id]) for event_id in event_ids]

    def _order(self, wanted: Wanted) -> FromClause:
        return events_of(groups_of(self._connection, wanted))

    def _key(self, groups: Groups) -> tuple[int, int] | None:
        """The key of a feed; None where it is of a combination that is not counted."""
        if len(groups) > 2 or any(len(group) > 1 for group in groups):
            return None
        if len(groups) == 1:
            return groups[0][0], ALONE
        first, second = self._keys.ordered(group[0] for group in groups)
        return first, second

    def _keys_with(self, own: int, values: Mapping[int, str]) -> dict[tuple[int, int], int] | None:
        """Key → value's facet, for each value beside one facet; None where such keys are not counted by day."""
        if self._keys.dimension_of(own) == EVERYTHING.dimension:
            return {(one, ALONE): one for one in values}
        found = {}
        for one in values:
            first, second = self._keys.ordered((own, one))
            if not self._keys.is_by_day((first, second)):
                return None
            found[first, second] = one
        return found

    def _ending(self, keys: Sequence[tuple[int, int]], today: int) -> dict[tuple[int, int], int]:
        """Sums of the rest of this month by day, and of all later months."""
        found: defaultdict[tuple[int, int], int] = defaultdict(int)
        for table, where in (
            (daily_total, and_(daily_total.c.day >= today, daily_total.c.day < month_after(today))),
            (monthly_total, monthly_total.c.month > month_of(today)),
        ):
            own = (table.c.facet_id, table.c.twin_id)
            for part in chunks(keys, 200):
                query = select(*own, func.sum(table.c.ends)).where(tuple_(*own).in_(part), where).group_by(*own)
                for one, twin, count in self._connection.execute(query):
                    found[one, twin] += int(count)
        return {key: count for key, count in found.items() if count}

    def _scan(self, groups: Groups, today: int) -> list[CountedEvent]:
        """The events of a combination that is not counted, as they count, without their facets."""
        order = events_of(smallest_first(self._connection, groups))
        since = today * _SECONDS_A_DAY - _LONGEST_SECONDS
        columns = select(occurrence).select_from(order.join(occurrence, occurrence.c.event_id == order.c.event_id))
        ahead = columns.where(order.c.start_at >= since).order_by(order.c.start_at).limit(SCANNED)
        before = columns.where(order.c.start_at < since).order_by(order.c.start_at.desc()).limit(PAST_SCANNED)
        return [counted(row) for query in (before, ahead) for row in self._connection.execute(query)]


def _is(table: Table, key: tuple[int, int]) -> ColumnElement[bool]:
    return and_(table.c.facet_id == key[0], table.c.twin_id == key[1])


def _unit(one: CountedEvent) -> Unit:
    """The same for all occurrences of a series."""
    return (one.series, 0) if one.repeats else (None, one.event_id)


def _pairs(groups: Groups) -> list[list[tuple[int, int]]]:
    """For every two groups the pairs of their values; for one group its values alone."""
    if len(groups) == 1:
        return [[(one, ALONE) for one in groups[0]]]
    return [
        [(one, other) for one in first for other in second]
        for number, first in enumerate(groups)
        for second in groups[number + 1 :]
    ]
