"""Where everything is wired, and the only clock. Nobody below asks for the time; everybody is handed `now`."""

from __future__ import annotations

import time
import uuid
import zoneinfo
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import feedsvc
from feedsvc.config import Config, Source, load
from feedsvc.core import codec, places
from feedsvc.core.addresses import parse_allow
from feedsvc.core.dimensions import Dimension, dimensions
from feedsvc.core.errors import UnknownSource
from feedsvc.feeds.build import SiteFacts
from feedsvc.feeds.library import Library
from feedsvc.fetch import Door, Policy
from feedsvc.ical.event import Rendering
from feedsvc.reading import read_here
from feedsvc.refresh import Desk
from feedsvc.refresh.polite import Polite
from feedsvc.settings import FetchSettings
from feedsvc.sources.seam import find_kinds
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
    holder: str | None = None,
) -> Services:
    """Wire a process together.

    `prepare` brings the store's schema up to date, which needs the right to write. `holder` is the name under which
    this process claims sources; it names one process for ever.
    """
    holder = holder or f"command:{uuid.uuid4().hex[:12]}"
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
        themes=config.themes,
        dimensions=all_dimensions,
        rendering=rendering,
        rendering_digest=codec.digest(f"{RENDERING_VERSION} {rendering.base_url} {rendering.default_length}"),
        zones_version=zones_version(),
        site_name=settings.site.name,
        uid_domain=settings.site.uid_domain,
        read=read_here,
        get=_polite_door(settings.fetch, monotonic),
        clock=clock,
        monotonic=monotonic,
        holder=holder,
    )
    return Services(config, store, Library(store, all_dimensions, site, monotonic), desk, all_dimensions, clock)


def _polite_door(settings: FetchSettings, monotonic: Callable[[], float]) -> Polite:
    contact = f"; {settings.contact}" if settings.contact else ""
    policy = Policy(tuple(map(parse_allow, settings.allow)), f"feedsvc/{feedsvc.__version__} (calendar feeds{contact})")
    return Polite(Door(policy, monotonic).get, monotonic, time.sleep, settings.gap.total_seconds())


def zones_version() -> str:
    """Which time zone rules are in force: those of the system where it has some, else those that came along."""
    for folder in zoneinfo.TZPATH:
        with suppress(OSError), (Path(folder) / "tzdata.zi").open(encoding="ascii") as file:
            return file.readline().strip("# \n")
    return f"version {version('tzdata')}"
