"""The events of a feed, in SQL. Values of one group of dimensions are alternatives, groups must all agree.

A feed is read from `membership` by its facets' row numbers: one list for each group. The rows of the first list
are walked, the others are looked up for each of them, so the list with the fewest events comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, bindparam, false, func, select
from sqlalchemy.sql.expression import FromClause

from feedsvc.core.dimensions import EVERYTHING, group_of
from feedsvc.store.dialects import Shape, fetch, fetch_one
from feedsvc.store.schema import departure, facet, fragment, membership

Wanted = Mapping[str, Sequence[str]]
"""Dimension → values. Empty: everything."""
Groups = Sequence[Sequence[int]]
"""For each group of dimensions the row numbers of its wanted facets; the smallest first."""

_ENOUGH_TO_COMPARE = 2_000


def facet_groups(connection: Connection, wanted: Wanted) -> Groups | None:
    """The facets of a feed; None when a group has no value that any event ever had, so that nothing can match."""
    found: dict[str, list[int]] = {}
    for dimension, values in (wanted or {EVERYTHING.dimension: (EVERYTHING.value,)}).items():
        named = {"dimension": dimension, **{f"value_{n}": value for n, value in enumerate(values)}}
        ids = found.setdefault(group_of(dimension), [])
        ids += [row[0] for row in fetch(connection, _facet_ids, named, (len(values),))]
    return [sorted(ids) for ids in found.values()] if all(found.values()) else None


def groups_of(connection: Connection, wanted: Wanted) -> Groups | None:
    """The same, the smallest first, as reading events wants them."""
    groups = facet_groups(connection, wanted)
    return groups if groups is None else smallest_first(connection, groups)


def smallest_first(connection: Connection, groups: Groups) -> Groups:
    """The groups in order of how many events they have."""

    def weight(group: Sequence[int]) -> int:
        """The number of its events, counted no further than tells a small group from a large one."""
        named, shape = parameters([group])
        return int(fetch_one(connection, _counted, named, shape))

    return groups if len(groups) < 2 else sorted(groups, key=weight)


def parameters(groups: Groups) -> tuple[dict[str, int], Shape]:
    """The values for a select made by `chosen`, and its shape."""
    named = {f"facet_{g}_{n}": one for g, group in enumerate(groups) for n, one in enumerate(group)}
    return named, tuple(len(group) for group in groups)


def chosen(shape: Shape, table: Table, moment: Column[int], joined: FromClause, *columns: Column[Any]) -> Select[Any]:
    """Columns of the rows of `table` whose event has a facet of every group at the same moment.

    An event with several of the first group's facets comes several times.
    """
    query = select(*columns).select_from(joined).where(table.c.facet_id.in_(_numbers(0, shape[0])))
    for number, size in enumerate(shape[1:], 1):
        twin = table.alias(f"also_{number}")
        same = (twin.c.event_id == table.c.event_id) & (twin.c[moment.name] == moment)
        query = query.where(select(twin.c.event_id).where(same & twin.c.facet_id.in_(_numbers(number, size))).exists())
    return query


def rows_select(shape: Shape) -> Select[Any]:
    """(start, VEVENT, modified), in no order: sorting few plain rows costs less in Python than in the database."""
    columns = (membership.c.start_at, fragment.c.vevent, fragment.c.modified_at)
    joined = membership.join(fragment, fragment.c.event_id == membership.c.event_id)
    return chosen(shape, membership, membership.c.start_at, joined, *columns)


def ordered_rows_select(shape: Shape) -> Select[Any]:
    """The same by start, which is the order of the index, so that nothing has to be held to be sorted."""
    return rows_select(shape).order_by(membership.c.start_at)


def last_departure_select(shape: Shape) -> Select[Any]:
    """The time an event last left a feed, 0 for never. It left with all the facets it had, in the same second."""
    query = chosen(shape, departure, departure.c.left_at, departure, departure.c.left_at)
    return query.with_only_columns(func.coalesce(func.max(departure.c.left_at), 0))


def last_departure(connection: Connection, wanted: Wanted) -> int:
    """The time an event last left a feed, in seconds since 1970 UTC; 0 when none ever did."""
    groups = groups_of(connection, wanted)
    if groups is None:
        return 0
    named, shape = parameters(groups)
    return int(fetch_one(connection, last_departure_select, named, shape))


def events_of(groups: Groups | None) -> FromClause:
    """(start_at, event_id) of a feed's events, each once, as a subquery with its values."""
    if groups is None:
        return _members((1,)).where(false()).params(facet_0_0=0).subquery("feed")
    named, shape = parameters(groups)
    query = _members(shape)
    return (query.distinct() if shape[0] > 1 else query).params(named).subquery("feed")


def _members(shape: Shape) -> Select[Any]:
    columns = (membership.c.start_at, membership.c.event_id)
    return chosen(shape, membership, membership.c.start_at, membership, *columns)


def _numbers(group: int, size: int) -> list[Any]:
    return [bindparam(f"facet_{group}_{n}", type_=facet.c.id.type) for n in range(size)]


def _counted(shape: Shape) -> Select[Any]:
    return select(func.count()).select_from(_members(shape).limit(_ENOUGH_TO_COMPARE).subquery())


def _facet_ids(shape: Shape) -> Select[Any]:
    values = [bindparam(f"value_{n}", type_=facet.c.value.type) for n in range(shape[0])]
    return select(facet.c.id).where(facet.c.dimension == bindparam("dimension"), facet.c.value.in_(values))
