"""The store as others see it: open it, bring its schema up to date, read one snapshot, write one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.model import Facet
from feedsvc.store.apply import Applier
from feedsvc.store.bundles import Bundles
from feedsvc.store.claims import Claims
from feedsvc.store.counts import Counts
from feedsvc.store.engine import make_engine, reading, writing
from feedsvc.store.events import Events
from feedsvc.store.feeds import Feeds
from feedsvc.store.history import History
from feedsvc.store.holds import Holds
from feedsvc.store.migrate import check, migrate
from feedsvc.store.overview import Overview
from feedsvc.store.pages import FetchedPages
from feedsvc.store.recount import count_all
from feedsvc.store.schema import facet, meta
from feedsvc.store.sources import Sources
from feedsvc.store.totals import Totals
from feedsvc.store.upsert import put_if_absent


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that can be read within one transaction."""

    _connection: Connection
    events: Events
    feeds: Feeds
    sources: Sources
    pages: FetchedPages
    holds: Holds
    claims: Claims
    bundles: Bundles
    counts: Counts
    overview: Overview
    history: History
    totals: Totals

    @classmethod
    def of(cls, connection: Connection) -> Snapshot:
        """Everything over one connection."""
        return cls(
            connection,
            Events(connection),
            Feeds(connection),
            Sources(connection),
            FetchedPages(connection),
            Holds(connection),
            Claims(connection),
            Bundles(connection),
            Counts(connection),
            Overview(connection),
            History(connection),
            Totals(connection),
        )

    def founded_at(self) -> int:
        """The time the store was made, in seconds since 1970 UTC: LAST-MODIFIED of a feed that never had an event."""
        return int(self._connection.execute(select(meta.c.value).where(meta.c.key == "founded_at")).scalar_one())

    def applier(self, source_id: str, now: datetime, rendering: str) -> Applier:
        """The writer of a refresh's decisions; only within `Store.write`."""
        return Applier(self._connection, source_id, now, rendering)


class Store:
    """A database. Safe to use from several threads; open another after a fork."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = make_engine(url)

    def prepare(self, now: datetime) -> None:
        """Bring the schema up to date. Raises StoreUnavailable when it is newer than this program."""
        with self._closed_on_failure(), writing(self.engine) as connection:
            migrate(connection)
            if connection.execute(select(meta.c.key).where(meta.c.key == "founded_at")).first() is None:
                connection.execute(insert(meta), {"key": "founded_at", "value": str(int(now.timestamp()))})
            count_all(connection)

    def remember(self, facets: Iterable[Facet]) -> None:
        """Know these values for ever, with or without events: an address outlives the configuration that named it."""
        with self.read() as snapshot:
            known = {(row.dimension, row.value) for row in snapshot.feeds.facets()}
        new = [one for one in facets if (one.dimension, one.value) not in known]
        if new:
            with self.write() as snapshot:
                for one in new:
                    row = {"dimension": one.dimension, "value": one.value, "label": one.label, "revision": 0}
                    put_if_absent(snapshot._connection, facet, row)

    def check(self) -> None:
        """Make sure of the schema without writing. Raises StoreUnavailable when it is not this program's."""
        with self._closed_on_failure(), reading(self.engine) as connection:
            check(connection)

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        """Close the store where it cannot be begun with: nobody else would."""
        try:
            yield
        except StoreUnavailable:
            self.close()
            raise

    @contextmanager
    def read(self, *, in_passing: bool = False) -> Iterator[Snapshot]:
        """One snapshot: everything read within it belongs to one edition.

        `in_passing`: much is read and each page once, so nothing is to stay in memory.
        """
        with reading(self.engine, in_passing=in_passing) as connection:
            yield Snapshot.of(connection)

    @contextmanager
    def write(self) -> Iterator[Snapshot]:
        """One transaction, committed whole at the end of the block, or not at all when it raises."""
        with writing(self.engine) as connection:
            yield Snapshot.of(connection)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
