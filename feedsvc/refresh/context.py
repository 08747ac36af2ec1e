"""What every refresh works with and what comes of it, and what normalising needs to know of a source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.changes import Changes
from feedsvc.core.dimensions import Dimension, Themes
from feedsvc.core.model import Finding
from feedsvc.core.normalise import Rules
from feedsvc.core.text import fold
from feedsvc.fetch.throttle import Get
from feedsvc.ical.write.description import Rendering
from feedsvc.refresh.reader import Reader
from feedsvc.store.sources import Run
from feedsvc.store.store import Store

Tell = Callable[[str], object]
"""Called with what a refresh does at present, in words, for the person who watches."""


@dataclass(frozen=True, slots=True)
class RefreshContext:
    """What every refresh needs.

    `read` runs a source's kind, `get` fetches. `fingerprint` covers everything that shapes events and feeds, from the
    code to the time zone data. `holder` is the name under which this process claims sources.
    """

    store: Store
    themes: Themes
    dimensions: tuple[Dimension, ...]
    rendering: Rendering
    fingerprint: str
    site_name: str
    uid_domain: str
    read: Reader
    get: Get
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    holder: str = "command:0"
    source_order: tuple[str, ...] = ()
    merge_sources: bool = True

    def rules_of(self, source: Source) -> Rules:
        """What normalising needs to know of a source."""
        common = source.common
        return Rules(
            name=common.name or self.site_name,
            themes=self.themes,
            default_zone=common.timezone,
            placeholders=source.no_end_times,
            countries=(common.country,) if common.country else (),
            theme_names=common.themes,
            themes_only=common.themes_only,
            include=common.include,
            exclude=common.exclude,
            times=common.times,
            hosts=common.hosts,
            descriptions=common.descriptions,
            renames={fold(label): names for label, names in common.map.items()},
        )

    def rules_digest(self, source: Source) -> str:
        """A fingerprint of everything but the reading that decides what a refresh makes of it.

        New rules of a time zone are among it: the wall clock stays, the instant moves.
        """
        common = source.common.model_copy(update={"every": None})
        return serialize.digest(f"{common!r}{source.kind!r}{source.namesakes}{self.fingerprint}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a refresh. `changes` is None where nothing was decided.

    The run's outcome is one of applied, unchanged, held, failed; `busy` when somebody else works on the source and
    `overtaken` when somebody else took it over, which are not recorded; `dry-run` for a dry run.
    """

    run: Run
    changes: Changes | None = None
    findings: tuple[Finding, ...] = field(default=())


@dataclass(slots=True)
class Stopwatch:
    """One refresh's time: when it began, on the wall and on a clock that is never set."""

    context: RefreshContext
    started: datetime
    began: float

    @classmethod
    def start(cls, context: RefreshContext) -> Stopwatch:
        """Begin."""
        return cls(context, context.clock(), context.monotonic())

    def run(self, source_id: str) -> Run:
        """The record of a refresh that has only begun."""
        return Run(source_id, self.started, 0, "failed")

    def stopped(self, run: Run) -> Run:
        """The record with the time it took."""
        return replace(run, took_ms=round((self.context.monotonic() - self.began) * 1000))
