"""Where everything is wired, and the only clock. Nobody below asks for the time; everybody is handed `now`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.config import Config, Source, load
from feedsvc.core import codec, places
from feedsvc.core.dimensions import Dimension, dimensions
from feedsvc.core.errors import FetchFailed, UnknownSource
from feedsvc.feeds.build import SiteFacts
from feedsvc.feeds.library import Library
from feedsvc.fetch import read_file
from feedsvc.ical.event import Rendering
from feedsvc.refresh import Desk
from feedsvc.core.page import Page
from feedsvc.sources.seam import Fetch, find_kinds
from feedsvc.store.store import Store

RENDERING_VERSION = 1
"""Raised when the way events are written changes, so that the next refresh writes them anew."""


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything a process works with."""

    config: Config
    store: Store
    library: Library
    desk: Desk
    dimensions: tuple[Dimension, ...]
    clock: Callable[[], datetime]

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


def make_services(
    config: Config,
    clock: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
    *,
    prepare: bool = True,
) -> Services:
    """Wire a process together. `prepare` brings the store's schema up to date, which needs the right to write."""
    settings = config.settings
    store = Store(config.database_url)
    if prepare:
        store.prepare(clock())
    all_dimensions = dimensions(config.themes)
    rendering = Rendering(settings.site.base_url, settings.feeds.default_length, places.country_name)
    site = SiteFacts(
        name=settings.site.name,
        base_url=settings.site.base_url,
        color=settings.site.color,
        refresh_interval=settings.feeds.refresh_interval,
        default_length=settings.feeds.default_length,
    )
    desk = Desk(
        store=store,
        kinds=dict(find_kinds()),
        themes=config.themes,
        dimensions=all_dimensions,
        rendering=rendering,
        rendering_digest=codec.digest(f"{RENDERING_VERSION} {rendering.base_url} {rendering.default_length}"),
        site_name=settings.site.name,
        uid_domain=settings.site.uid_domain,
        fetch_for=fetch_for,
        clock=clock,
        monotonic=monotonic,
    )
    return Services(config, store, Library(store, all_dimensions, site, monotonic), desk, all_dimensions, clock)


def fetch_for(source: Source) -> Fetch:
    """How a source's pages are got."""

    def fetch(url: str | None = None) -> Page:
        if url is None and source.path is not None:
            return read_file(source.path)
        raise FetchFailed(f"{url or source.common.url}: only local files are read")

    return fetch
