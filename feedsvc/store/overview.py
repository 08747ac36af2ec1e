"""The store at a glance, for publishing all of it: which facets meet in an event, and when an edition was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from feedsvc.core import serialize
from feedsvc.core.dimensions import group_of
from feedsvc.store.apply import EVERYTHING
from feedsvc.store.schema import edition, facet, membership, meta


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two facets of different dimensions, in order of dimension, and how many events in feeds have both."""

    first: tuple[str, str]
    second: tuple[str, str]
    events: int


class Overview:
    """Reads within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def meetings(self) -> list[Meeting]:
        """Every two facets that meet in at least one event, in order; alternatives to each other do not meet."""
        left, right = membership.alias(), membership.alias()
        one, other = facet.alias(), facet.alias()
        columns = (one.c.dimension, one.c.value, other.c.dimension, other.c.value)
        joined = (
            left.join(right, (right.c.event_id == left.c.event_id) & (right.c.facet_id != left.c.facet_id))
            .join(one, one.c.id == left.c.facet_id)
            .join(other, other.c.id == right.c.facet_id)
        )
        query = select(*columns, func.count()).select_from(joined).group_by(*columns)
        query = query.where(one.c.dimension < other.c.dimension)
        query = query.where(one.c.dimension != EVERYTHING.dimension, other.c.dimension != EVERYTHING.dimension)
        rows = sorted(tuple(row) for row in self._connection.execute(query))
        return [
            Meeting((first, value), (second, twin), count)
            for first, value, second, twin, count in rows
            if group_of(first) != group_of(second)
        ]

    def made_at(self, number: int) -> datetime | None:
        """The time an edition was committed; of number 0, when the store was made. None without such an edition."""
        if number:
            found: datetime | None = self._connection.execute(
                select(edition.c.made_at).where(edition.c.number == number)
            ).scalar()
            return found
        founded = self._connection.execute(select(meta.c.value).where(meta.c.key == "founded_at")).scalar_one()
        return serialize.instant(int(founded))

    def history(self, number: int) -> str | None:
        """A name for the editions up to this one; None when the store has no such edition.

        Two stores, or a store and its restored backup that went another way, give different names.
        """
        made = self.made_at(number)
        founded = self.made_at(0)
        return None if made is None or founded is None else f"{serialize.seconds(founded)}-{serialize.seconds(made)}"
