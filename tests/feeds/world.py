"""A service whose store can be shut away, and a document cache whose clock goes when told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.cache import DocumentCache
from feedsvc.feeds.document import Document
from feedsvc.feeds.edition_watch import LOOK_EVERY_SECONDS
from feedsvc.store.store import Snapshot, Store
from tests.sample import Ticks
from tests.web.site import Site, listing


class Switchable:
    """A store that can be shut away, and counts how often it was asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = False
        self.asked = 0

    @contextmanager
    def read(self, *, in_passing: bool = False) -> Iterator[Snapshot]:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("it was shut away")
        with self._store.read(in_passing=in_passing) as snapshot:
            yield snapshot


class World:
    """A service with one event in Chile and one in Peru, and a document cache whose clock goes when told."""

    def __init__(self, folder: Path) -> None:
        self.ticks = Ticks()
        self.site = Site(folder, listing("One"), listing("Other", countries=("Peru",), themes=("Justice",)))
        self.store = Switchable(self.site.runtime.store)
        self.documents = self.fresh()

    def fresh(self) -> DocumentCache:
        """A document cache that knows nothing yet, as in another process."""
        runtime = self.site.runtime
        return DocumentCache(self.store, runtime.dimensions, runtime.documents.site, self.ticks)  # type: ignore[arg-type]

    def document(self, path: str = "/country/cl.ics") -> Document:
        found = self.documents.find(path)
        return self.documents.document(found.spec, found.extension or "ics")

    def move(self) -> None:
        """The event in Chile moves by a day."""
        self.site.now += timedelta(hours=1)
        self.site.listings[0] = listing("One", date(2026, 5, 27))
        self.site.refresh()

    def later(self) -> None:
        """The store is due to be asked."""
        self.ticks.now += LOOK_EVERY_SECONDS
