"""Keeping the counts: what changed events counted for before is taken away, what they count for now is added.

load what they count for | the caller writes events, fragments, memberships | write occurrences | load again | write
the difference

An event of a series counts differently when another one comes or goes, so the whole series is counted again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, delete, func, insert, select, update

from feedsvc.core.dimensions import group_of
from feedsvc.core.occurrences import Occurrence, day_at, is_series, month_of, occurrence_of
from feedsvc.store.dialects import chunks, upsert
from feedsvc.store.events import record_of
from feedsvc.store.schema import departure, event, facet, fragment, membership, meta
from feedsvc.store.totals_schema import daily_total, feed_total, monthly_total, occurrence
from feedsvc.store.word_index import index_all

Key = tuple[int, int]
"""(facet, twin) by their row numbers; twin 0 for a facet alone."""
ALONE = 0
_COUNTED_BY_DAY_ALONE = frozenset({"year"})
"""Dimensions that are days themselves: their share of another facet is told by its days."""
_VERSION = "3"
"""Raised when what is counted changes; stores are counted again at their next start."""
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event as it counts: its occurrence, and its facets."""

    event_id: int
    source_id: str
    first_day: int
    last_day: int
    ends_at: int
    size: int
    series: int | None
    repeats: bool
    facet_ids: tuple[int, ...]


class Keys:
    """The keys that a set of facets counts for."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(select(facet.c.id, facet.c.dimension))
        self._dimensions: dict[int, str] = {row.id: row.dimension for row in rows}

    def of(self, facet_ids: Iterable[int]) -> Iterator[Key]:
        """Each facet alone, then every two that may meet, in order of dimension."""
        ordered = self.ordered(facet_ids)
        yield from ((one, ALONE) for one in ordered)
        for one, other in combinations(ordered, 2):
            first, second = self._dimensions[one], self._dimensions[other]
            if "all" not in (first, second) and group_of(first) != group_of(second):
                yield one, other

    def dimension_of(self, facet_id: int) -> str:
        """The name of a facet's dimension."""
        return self._dimensions[facet_id]

    def ordered(self, facet_ids: Iterable[int]) -> list[int]:
        """By dimension, then row number."""
        return sorted(facet_ids, key=lambda one: (self._dimensions[one], one))

    def is_by_day(self, key: Key) -> bool:
        """Return True if days are counted for it."""
        return key[1] == ALONE or _COUNTED_BY_DAY_ALONE.isdisjoint(self._dimensions[one] for one in key)


class Difference:
    """What is added to the totals, by key."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.totals: defaultdict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0])
        self.days: defaultdict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
        self.months: defaultdict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, events: Sequence[CountedEvent], sign: int = 1) -> None:
        """Count events; with -1, take them away. Of a series all have to be among them."""
        by_key: defaultdict[Key, list[CountedEvent]] = defaultdict(list)
        for one in events:
            for key in self._keys.of(one.facet_ids):
                by_key[key].append(one)
        for key, members in by_key.items():
            for one in members:
                total = self.totals[(*key, one.source_id)]
                total[0] += sign
                total[1] += sign * one.size
            if self._keys.is_by_day(key):
                add_days(self.days, self.months, key, members, sign)


def add_days(
    days: defaultdict[tuple[int, int, int], list[int]],
    months: defaultdict[tuple[int, int, int], list[int]],
    key: Key,
    members: Sequence[CountedEvent],
    sign: int = 1,
) -> None:
    """Count the days of events of one feed, in the order of the columns of the totals."""
    order = sorted(members, key=lambda one: (one.ends_at, one.event_id))
    last = {one.series: one.event_id for one in order}
    first_of = {one.series: one.event_id for one in reversed(order)}
    for one in members:
        begins = sign * (not one.repeats or first_of[one.series] == one.event_id)
        ends = sign * (not one.repeats or last[one.series] == one.event_id)
        for day in range(one.first_day, one.last_day + 1):
            row = days[(*key, day)]
            row[0] += sign
            row[1] += sign * one.repeats
        first = days[(*key, one.first_day)]
        first[2] += sign
        first[3] += begins
        first[5] += sign * one.size
        end = day_at(one.ends_at - 1)
        days[(*key, end)][4] += ends
        month = months[(*key, month_of(one.first_day))]
        month[0] += sign
        month[1] += begins
        months[(*key, month_of(end))][2] += ends


class Recount:
    """Counts changed events within one open transaction: `begin` before they are written, `finish` after."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._before: list[CountedEvent] = []
        self._touched: list[int] = []

    def begin(self, event_ids: Sequence[int], series: Iterable[int]) -> None:
        """Note what these events count for, and all events of the series they belong to or will belong to."""
        own = select(occurrence.c.series).where(occurrence.c.series.is_not(None)).distinct()
        found = set(series)
        for part in chunks(event_ids):
            found.update(self._connection.execute(own.where(occurrence.c.event_id.in_(part))).scalars())
        self._touched = sorted(found)
        self._before = load(self._connection, {*event_ids, *_members_of(self._connection, self._touched)})

    def finish(self, occurrences: Mapping[int, tuple[str, Occurrence, int]], changed: Mapping[int, int]) -> None:
        """Write the difference.

        `occurrences`: event → (source, occurrence, bytes) for those that are in feeds now; `changed`: event → its
        LAST-MODIFIED in seconds since 1970 UTC, for all that changed.
        """
        for part in chunks(sorted(changed)):
            self._connection.execute(delete(occurrence).where(occurrence.c.event_id.in_(part)))
        _insert_occurrences(self._connection, occurrences)
        for part in chunks(self._touched):
            _mark_series(self._connection, occurrence.c.series.in_(part))
        known = {one.event_id for one in self._before}
        after = load(self._connection, {*known, *occurrences, *_members_of(self._connection, self._touched)})
        keys = Keys(self._connection)
        difference = Difference(keys)
        difference.add(self._before, -1)
        difference.add(after)
        write(self._connection, difference)
        # A feed changed when one of its events did, also one that has just left it.
        newest: dict[tuple[int, int, str], int] = {}
        for one in (*self._before, *after):
            if (at := changed.get(one.event_id)) is not None:
                _note(newest, keys, one.facet_ids, one.source_id, at)
        raise_changes(self._connection, newest)


def load(connection: Connection, event_ids: Iterable[int]) -> list[CountedEvent]:
    """What these events count for now; those that are in no feed are left out."""
    found = []
    for part in chunks(sorted(event_ids)):
        members: defaultdict[int, list[int]] = defaultdict(list)
        columns = select(membership.c.event_id, membership.c.facet_id)
        for event_id, facet_id in connection.execute(columns.where(membership.c.event_id.in_(part))):
            members[event_id].append(facet_id)
        rows = connection.execute(select(occurrence).where(occurrence.c.event_id.in_(part)))
        found += [counted(row, members[row.event_id]) for row in rows]
    return found


def counted(row: Any, facet_ids: Sequence[int] = ()) -> CountedEvent:
    """An event as it counts, from a row of its occurrence."""
    return CountedEvent(
        event_id=row.event_id,
        source_id=row.source_id,
        first_day=row.first_day,
        last_day=row.last_day,
        ends_at=row.ends_at,
        size=row.bytes,
        series=row.series,
        repeats=row.repeats,
        facet_ids=tuple(facet_ids),
    )


def write(connection: Connection, difference: Difference) -> None:
    """Add a difference to the tables. Empty days leave them; totals stay, with their last change."""
    _add(connection, feed_total, ("events", "bytes"), difference.totals, {"changed_at": 0})
    _add(connection, daily_total, ("events", "repeating", "starts", "units", "ends", "bytes"), difference.days, {})
    _add(connection, monthly_total, ("starts", "units", "ends"), difference.months, {})


def _add(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    values: Mapping[tuple[Any, ...], list[int]],
    new: Mapping[str, int],
) -> None:
    key_columns = [column.name for column in table.primary_key]
    rows = [
        {**dict(zip(key_columns, key, strict=True)), **dict(zip(columns, amounts, strict=True)), **new}
        for key, amounts in sorted(values.items())
        if any(amounts)
    ]
    if not rows:
        return
    statement = upsert(connection, table)
    sums = {name: table.c[name] + statement.excluded[name] for name in columns}
    connection.execute(statement.on_conflict_do_update(index_elements=key_columns, set_=sums), rows)
    if table is not feed_total and any(min(row[name] for name in columns) < 0 for row in rows):
        own = and_(*(column == bindparam(f"b_{column.name}") for column in table.primary_key))
        empty = and_(*(table.c[name] == 0 for name in columns))
        gone = [{f"b_{name}": row[name] for name in key_columns} for row in rows]
        connection.execute(delete(table).where(own, empty), gone)


def raise_changes(connection: Connection, newest: Mapping[tuple[int, int, str], int]) -> None:
    """Note when feeds changed last; a time that goes back is ignored."""
    rows = [
        {"facet_id": one, "twin_id": twin, "source_id": source, "events": 0, "bytes": 0, "changed_at": at}
        for (one, twin, source), at in sorted(newest.items())
    ]
    if rows:
        statement = upsert(connection, feed_total)
        later = func.max if connection.dialect.name == "sqlite" else func.greatest
        raised = {"changed_at": later(feed_total.c.changed_at, statement.excluded.changed_at)}
        names = ["facet_id", "twin_id", "source_id"]
        connection.execute(statement.on_conflict_do_update(index_elements=names, set_=raised), rows)


def move_totals(connection: Connection, old: str, new: str) -> None:
    """Count for the source `new` what was counted for `old`, whose events and occurrences have its id already."""
    rows = connection.execute(delete(feed_total).where(feed_total.c.source_id == old).returning(feed_total)).all()
    found = {(row.facet_id, row.twin_id, new): [row.events, row.bytes] for row in rows}
    _add(connection, feed_total, ("events", "bytes"), found, {"changed_at": 0})
    raise_changes(connection, {(row.facet_id, row.twin_id, new): row.changed_at for row in rows})
    own = (occurrence.c.source_id == new) & occurrence.c.series.is_not(None)
    for part in chunks(list(connection.execute(select(occurrence.c.event_id).where(own)).scalars())):
        known = _read(connection, part)
        series = [{"b_event": event_id, "series": one.series} for event_id, (_, one, _) in known.items()]
        connection.execute(update(occurrence).where(occurrence.c.event_id == bindparam("b_event")), series)


def _read(connection: Connection, event_ids: Sequence[int]) -> dict[int, tuple[str, Occurrence, int]]:
    """Event → (source, occurrence, bytes), from what is stored."""
    joined = event.join(fragment, fragment.c.event_id == event.c.id)
    rows = connection.execute(select(event, fragment.c.vevent).select_from(joined).where(event.c.id.in_(event_ids)))
    written = [(row, bytes(row.vevent)) for row in rows]
    return {row.id: (row.source_id, occurrence_of(record_of(row), text), len(text)) for row, text in written}


def _insert_occurrences(connection: Connection, found: Mapping[int, tuple[str, Occurrence, int]]) -> None:
    rows = [
        {
            "event_id": event_id,
            "source_id": source_id,
            "first_day": one.first_day,
            "last_day": one.last_day,
            "ends_at": one.ends_at,
            "bytes": size,
            "series": one.series,
            "repeats": False,
        }
        for event_id, (source_id, one, size) in found.items()
    ]
    if rows:
        connection.execute(insert(occurrence), rows)


def _members_of(connection: Connection, series: Sequence[int]) -> Iterator[int]:
    """The events of series that have several."""
    for part in chunks(series):
        yield from connection.execute(select(occurrence.c.event_id).where(occurrence.c.series.in_(part))).scalars()


def _mark_series(connection: Connection, which: ColumnElement[bool]) -> None:
    """Note which of these occurrences are series now: equal events on days that follow a rule."""
    wrong = []
    columns = select(occurrence.c.series, occurrence.c.first_day, occurrence.c.repeats)
    rows = connection.execute(columns.where(which).order_by(*columns.selected_columns[:2])).all()
    for name, members in groupby(rows, key=lambda row: row[0]):
        days = [(row[1], row[2]) for row in members]
        repeats = is_series([day for day, _ in days])
        if any(marked != repeats for _, marked in days):
            wrong.append({"b_series": name, "b_repeats": repeats})
    if wrong:
        own = update(occurrence).where(occurrence.c.series == bindparam("b_series"))
        connection.execute(own.values(repeats=bindparam("b_repeats")), wrong)


def is_counted(connection: Connection) -> bool:
    """Return True if the counts are those of this version."""
    return connection.execute(select(meta.c.value).where(meta.c.key == "counted")).scalar() == _VERSION


def count_all(connection: Connection) -> None:
    """Count a whole store, unless it is counted: one of an older version has events and no counts."""
    if is_counted(connection):
        return
    for table in (monthly_total, daily_total, feed_total, occurrence):
        connection.execute(delete(table))
    event_ids = list(connection.execute(select(fragment.c.event_id).order_by(fragment.c.event_id)).scalars())
    for part in chunks(event_ids):
        _insert_occurrences(connection, _read(connection, part))
    _mark_series(connection, occurrence.c.series.is_not(None))
    keys = Keys(connection)
    for batch in _whole_series(connection):
        difference = Difference(keys)
        difference.add(load(connection, batch))
        write(connection, difference)
    _count_changes(connection, keys, event_ids)
    index_all(connection)
    connection.execute(delete(meta).where(meta.c.key == "counted"))
    connection.execute(insert(meta), {"key": "counted", "value": _VERSION})


def _whole_series(connection: Connection) -> Iterator[list[int]]:
    """All events in batches that cut no series."""
    query = select(occurrence.c.event_id, occurrence.c.series, occurrence.c.repeats)
    rows = connection.execute(query.order_by(occurrence.c.repeats, occurrence.c.series, occurrence.c.event_id)).all()
    batch: list[int] = []
    before: int | None = None
    for event_id, series, repeats in rows:
        if len(batch) >= _BATCH and not (repeats and series == before):
            yield batch
            batch = []
        batch.append(event_id)
        before = series
    if batch:
        yield batch


def _count_changes(connection: Connection, keys: Keys, event_ids: Sequence[int]) -> None:
    """The last change of each feed, from its events and from those that left it."""
    newest: dict[tuple[int, int, str], int] = {}
    changed = select(fragment.c.event_id, fragment.c.modified_at, event.c.source_id).join(event)
    facets = select(membership.c.event_id, membership.c.facet_id)
    for part in chunks(event_ids):
        members: defaultdict[int, list[int]] = defaultdict(list)
        for event_id, facet_id in connection.execute(facets.where(membership.c.event_id.in_(part))):
            members[event_id].append(facet_id)
        for event_id, at, source_id in connection.execute(changed.where(fragment.c.event_id.in_(part))):
            _note(newest, keys, members[event_id], source_id, at)
    left = select(departure.c.event_id, departure.c.left_at, event.c.source_id, departure.c.facet_id).join(event)
    rows = connection.execute(left.order_by(departure.c.event_id, departure.c.left_at))
    for (_, at, source_id), gone in groupby(rows, key=lambda row: row[:3]):
        _note(newest, keys, [row[3] for row in gone], source_id, at)
    raise_changes(connection, newest)


def _note(newest: dict[tuple[int, int, str], int], keys: Keys, facet_ids: Iterable[int], source: str, at: int) -> None:
    for key in keys.of(facet_ids):
        newest[(*key, source)] = max(at, newest.get((*key, source), 0))
