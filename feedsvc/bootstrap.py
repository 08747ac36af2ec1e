"""The wiring of a process, and the only clock. Nobody below asks for the time; everybody is handed `now`."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import babel

import feedsvc
from feedsvc.config.in_force import InForce, in_force
from feedsvc.config.loader import Config, Source, load
from feedsvc.core import countries, serialize
from feedsvc.core.dimensions import Dimension, dimensions
from feedsvc.core.errors import StoreUnavailable, UnknownSource
from feedsvc.core.ip_ranges import parse_allow
from feedsvc.core.model import Facet
from feedsvc.feeds.build import SiteFacts
from feedsvc.feeds.cache import DocumentCache
from feedsvc.feeds.exports import FeedExports
from feedsvc.fetch import FetchClient, Policy
from feedsvc.fetch.throttle import HostThrottle
from feedsvc.ical.write.description import Rendering
from feedsvc.refresh import RefreshContext
from feedsvc.refresh.context import reader_in_children
from feedsvc.sandbox import Limits
from feedsvc.services.bundles import BundleService
from feedsvc.services.event_queries import EventQueries
from feedsvc.services.program import fingerprint, take_over, writer, zones_in_use
from feedsvc.sources.base import find_kinds
from feedsvc.store.editions import Writer
from feedsvc.store.store import Snapshot, Store

monotonic = time.monotonic
"""Seconds on a clock that is never set."""


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Configuration:
    """The configuration in force: the files, with what was set in the store, looked at again about once a second.

    While the store does not answer, it is as it was last known. Safe to use from several threads.
    """

    def __init__(self, file: Config, store: Store, monotonic: Callable[[], float]) -> None:
        self._file = file
        self._store = store
        self._monotonic = monotonic
        self._looked_at: float | None = None
        self._known = InForce(file)

    def current(self) -> InForce:
        """The configuration in force, at most about a second old."""
        now = self._monotonic()
        if self._looked_at is None or now - self._looked_at >= 1:
            self._looked_at = now
            with suppress(StoreUnavailable):
                self.look()
        return self._known

    def look(self) -> InForce:
        """The configuration in force at this moment. Raises StoreUnavailable."""
        with self._store.read() as snapshot:
            return self.within(snapshot)

    def within(self, snapshot: Snapshot) -> InForce:
        """The configuration in force in a transaction."""
        if snapshot.settings.version() != self._known.config.version:
            self._known = in_force(self._file, snapshot.settings.layers())
        return self._known


@dataclass(frozen=True)
class Runtime:
    """Everything a process works with."""

    configuration: Configuration
    store: Store
    documents: DocumentCache
    exports: FeedExports
    bundles: BundleService
    event_queries: EventQueries
    refresh_context: RefreshContext
    dimensions: tuple[Dimension, ...]
    clock: Callable[[], datetime]
    writer: Writer

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.configuration.current().config

    def take_over(self, *, allow_older: bool = False) -> None:
        """Note that this process writes the store. Raises ProgramTooOld where a newer program did."""
        take_over(self.store, self.writer, allow_older=allow_older)

    def source(self, source_id: str) -> Source:
        """The configured source. Raises UnknownSource."""
        found = self.config.source(source_id)
        if found is None:
            known = ", ".join(source.id for source in self.config.sources) or "none configured"
            raise UnknownSource(f"source {source_id!r} is not configured; there are: {known}")
        return found

    def close(self) -> None:
        """Let go of every connection."""
        self.store.close()


def load_config(file: Path | None = None) -> Config:
    """Read the configuration, with every kind of source there is. Raises ConfigError."""
    return load({name: kind.settings for name, kind in find_kinds().items()}, file)


def make_runtime(
    config: Config,
    clock: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
    *,
    prepare: bool | None = None,
    holder: str | None = None,
) -> Runtime:
    """Wire a process together.

    `prepare` brings the store's schema up to date, which needs the right to write; None: as the configuration says.
    `holder` is the name under which this process claims sources; it names one process for ever.
    """
    store = Store(config.database_url, config.data_dir)
    if prepare or (prepare is None and config.settings.store.prepare):
        _prepare(store, config, clock())
    elif prepare is None:
        store.check()
    configuration = Configuration(config, store, monotonic)
    refresh_context = _context(
        configuration, config, store, clock, monotonic, holder or f"command:{uuid.uuid4().hex[:12]}"
    )
    cache_bytes = config.settings.server.cache_bytes
    documents = DocumentCache(store, refresh_context.dimensions, _site_facts(config), monotonic, cache_bytes)
    exports = FeedExports(store, refresh_context.dimensions, documents.site, refresh_context.fingerprint)
    bundles = BundleService(store, documents, config.settings.bundles, config.settings.site.name, clock)
    event_queries = EventQueries(documents, store, config.settings.feeds.default_length)
    return Runtime(
        configuration,
        store,
        documents,
        exports,
        bundles,
        event_queries,
        refresh_context,
        refresh_context.dimensions,
        clock,
        writer(),
    )


def _prepare(store: Store, config: Config, now: datetime) -> None:
    """Bring a store up to date, with the calendars that are configured and every name by which they are found."""
    store.prepare(now)
    store.remember(
        [Facet("theme", theme.slug, theme.name) for theme in config.themes.all]
        + [Facet("region", region.slug, region.name) for region in config.regions.all]
    )
    all_dimensions = dimensions(config.themes, config.regions)

    def names() -> Iterator[tuple[str, str, str]]:
        for dimension in all_dimensions:
            for value, label in dimension.known().items():
                yield label, dimension.name, value
                for name in dimension.names(value):
                    yield name, dimension.name, value

    known = [(dimension.name, sorted(dimension.known().items())) for dimension in all_dimensions]
    store.name_calendars(serialize.digest(f"{babel.__version__}{known!r}"), names)


def exports_of(config: Config, store: Store) -> FeedExports:
    """The feeds of another store than the configured one, as this configuration names them."""
    site = _site_facts(config)
    printed = fingerprint(site, config.themes, config.regions, zones_in_use())
    return FeedExports(store, dimensions(config.themes, config.regions), site, printed)


def _site_facts(config: Config) -> SiteFacts:
    site, feeds = config.settings.site, config.settings.feeds
    return SiteFacts(
        name=site.name,
        uid_domain=site.uid_domain,
        base_url=site.base_url,
        color=site.color,
        refresh_interval=feeds.refresh_interval,
        default_length=feeds.default_length,
        fill_bytes=feeds.fill_bytes,
    )


def fetch_client(config: Config, monotonic: Callable[[], float] = time.monotonic) -> FetchClient:
    """What fetches pages from the addresses that the configuration allows."""
    fetch = config.settings.fetch
    contact = f"; {fetch.contact}" if fetch.contact else ""
    policy = Policy(tuple(map(parse_allow, fetch.allow)), f"feedsvc/{feedsvc.__version__} (calendar feeds{contact})")
    return FetchClient(policy, monotonic)


def _context(
    configuration: Configuration,
    config: Config,
    store: Store,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float],
    holder: str,
) -> RefreshContext:
    site, default_length, fetch = config.settings.site, config.settings.feeds.default_length, config.settings.fetch
    return RefreshContext(
        store=store,
        themes=config.themes,
        dimensions=dimensions(config.themes, config.regions),
        rendering=Rendering(site.base_url, default_length, countries.country_name),
        fingerprint=fingerprint(_site_facts(config), config.themes, config.regions, zones_in_use()),
        site_name=site.name,
        uid_domain=site.uid_domain,
        read=reader_in_children(Limits(), monotonic, os.cpu_count() or 1),
        get=HostThrottle(fetch_client(config, monotonic).get, monotonic, time.sleep, fetch.gap.total_seconds()),
        clock=clock,
        monotonic=monotonic,
        holder=holder,
        source_order=lambda: tuple(source.id for source in configuration.current().config.sources),
        merge_sources=site.merge,
    )
