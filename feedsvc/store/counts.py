"""The number of calendars that fetch a feed: for each feed, family and day a sketch of the fetchers.

Several processes write at the same time; each adds its members to what is there, so nothing is lost and nobody is
counted more than once. When a day is over its key is deleted and its sketches become plain numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from feedsvc.core import hyperloglog
from feedsvc.store.dialects import chunks, upsert
from feedsvc.store.schema import calendar_fetch, daily_key

KEPT_DAYS = 30
KEY_BYTES = 32
MAX_CELLS = 20_000
"""Pairs of feed and family in a day; what comes beyond is not counted, so that no visitor can fill the store."""

Cell = tuple[str, str]
"""(feed's canonical path, family)."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """The fetches of one family on one day; `fetchers` is the number of different ones."""

    family: str
    day: int
    fetchers: int
    fetched_at: datetime


class Counts:
    """Counts of one open transaction. Days are days since 1970 UTC."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def key(self, day: int, fresh: bytes) -> bytes:
        """The key of a day, the same for every process; `fresh` becomes it where there is none. Needs to write.

        The first call on a day ends the days before it.
        """
        where_none_is = upsert(self._connection, daily_key).on_conflict_do_nothing()
        self._connection.execute(where_none_is, {"day": day, "key": fresh})
        key = bytes(self._connection.execute(select(daily_key.c.key).where(daily_key.c.day == day)).scalar_one())
        if key == fresh:
            # Forget the keys of days that are over and their sketches, and what is older than KEPT_DAYS.
            if self._connection.dialect.name == "sqlite":  # which otherwise leaves deleted bytes in the file
                self._connection.exec_driver_sql("PRAGMA secure_delete = ON")
            self._connection.execute(delete(daily_key).where(daily_key.c.day < day))
            over = (calendar_fetch.c.day < day) & calendar_fetch.c.sketch.is_not(None)
            self._connection.execute(update(calendar_fetch).where(over).values(sketch=None))
            self._connection.execute(delete(calendar_fetch).where(calendar_fetch.c.day <= day - KEPT_DAYS))
        return key

    def add(self, day: int, cells: Mapping[Cell, Collection[bytes]], now: datetime) -> None:
        """Add the members of each cell to what is there already."""
        ordered = sorted(cells)  # the same order in every process, so that two never wait for each other
        self._make_room(day, ordered, now)
        rows = []
        for part in chunks(ordered, 200):
            for path, family, sketch in self._sketches(day, part):
                grown = hyperloglog.add(sketch, cells[path, family])
                rows.append(
                    {"b_path": path, "b_family": family, "b_sketch": grown, "b_fetchers": hyperloglog.count(grown)}
                )
        if rows:
            self._connection.execute(
                update(calendar_fetch)
                .where(calendar_fetch.c.path == bindparam("b_path"), calendar_fetch.c.family == bindparam("b_family"))
                .where(calendar_fetch.c.day == day)
                .values(sketch=bindparam("b_sketch"), fetchers=bindparam("b_fetchers"), fetched_at=now),
                rows,
            )

    def of(self, path: str, since_day: int) -> list[DayCount]:
        """The fetches of a feed on that day and after, by family and day."""
        columns = (
            calendar_fetch.c.family,
            calendar_fetch.c.day,
            calendar_fetch.c.fetchers,
            calendar_fetch.c.fetched_at,
        )
        query = select(*columns).where(calendar_fetch.c.path == path, calendar_fetch.c.day >= since_day)
        rows = self._connection.execute(query.order_by(calendar_fetch.c.family, calendar_fetch.c.day))
        return [DayCount(*row) for row in rows]

    def _make_room(self, day: int, cells: Sequence[Cell], now: datetime) -> None:
        """An empty row for each cell that has none, as long as there is room."""
        count = select(func.count()).select_from(calendar_fetch).where(calendar_fetch.c.day == day)
        room = MAX_CELLS - int(self._connection.execute(count).scalar_one())
        empty: dict[str, Any] = {"day": day, "fetchers": 0, "sketch": b"", "fetched_at": now}
        rows = [{"path": path, "family": family, **empty} for path, family in cells]
        if len(rows) > room:
            known = {found[:2] for part in chunks(cells, 200) for found in self._sketches(day, part)}
            rows = [row for row in rows if (row["path"], row["family"]) not in known][: max(0, room)]
        if rows:
            self._connection.execute(upsert(self._connection, calendar_fetch).on_conflict_do_nothing(), rows)

    def _sketches(self, day: int, cells: Sequence[Cell]) -> list[tuple[str, str, bytes]]:
        """(path, family, sketch) of those of the cells that have a row, held until the transaction ends."""
        wanted = set(cells)
        query = select(calendar_fetch.c.path, calendar_fetch.c.family, calendar_fetch.c.sketch)
        query = query.where(calendar_fetch.c.day == day, calendar_fetch.c.path.in_({path for path, _ in cells}))
        query = query.order_by(calendar_fetch.c.path, calendar_fetch.c.family).with_for_update()
        rows = self._connection.execute(query).all()
        return [(row.path, row.family, bytes(row.sketch or b"")) for row in rows if (row.path, row.family) in wanted]
