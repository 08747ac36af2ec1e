"""A whole service over a fresh store, with a clock to turn and a source that says whatever a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import Config, Source, load
from feedsvc.config.settings import SourceSettings
from feedsvc.core.model import Listing, Reading, Record, Stated
from feedsvc.core.serialize import reading_text
from feedsvc.feeds.document import Document
from feedsvc.feeds.feed import formats
from feedsvc.fetch.throttle import Get
from feedsvc.refresh import Outcome, RefreshContext, refresh
from feedsvc.refresh.context import PageProvider, Task, answer_with, argument_of
from feedsvc.sources.base import Fetch, find_kinds
from feedsvc.sources.child import detect, read
from feedsvc.store.sources import SourceState
from tests.quick import prepared_folder

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)
SOON = date(2024, 5, 27)


def listing(title: str | None = "Open day", day: date = SOON, hour: int = 11, **more: Any) -> Listing:
    """A listing on a day at an hour in Chile for 90 minutes, unless told otherwise."""
    given = {
        "start": Stated(day, time(hour), offset=timedelta(hours=-4)),
        "end": Stated(day, time(hour + 1, 30), offset=timedelta(hours=-4)),
        "countries": ("Chile",),
        "themes": ("Civic Space",),
        "listed": f"Chile, at {hour}",
    }
    return Listing(title, **{**given, **more})


def listings(count: int) -> list[Listing]:
    """That many listings, each with a title of its own."""
    return [listing(f"Event {number}", hour=8 + number % 12) for number in range(count)]


def read_here(task: Task, loader: PageProvider) -> str:
    """Read in this process, without limits."""
    return {"read": read, "detect": detect}[task.function](
        argument_of(task), lambda question: answer_with(loader, question)
    )


def configuration(folder: Path, **environment: str) -> Config:
    """The project's own configuration over a data folder, with what the environment would change."""
    kinds = {name: kind.settings for name, kind in find_kinds().items()}
    given = {"FEEDSVC_DATA_DIR": str(folder), "FEEDSVC_FETCH__GAP": "0s", **environment}
    return load(kinds, ROOT / "config/feedsvc.toml", MappingProxyType(given))


def made_source(**common: Any) -> Source:
    """A source of no real kind: a world says what it lists."""
    settings = {"id": "made", "kind": "opengovweek", "path": "made.txt", **common}
    kind = find_kinds()["opengovweek"].settings()
    return Source(SourceSettings(**settings), kind, Path("/nowhere"))


def file_source(file: Path, **common: Any) -> Source:
    """A listing of Open Gov Week out of a file."""
    settings = {"id": "week", "kind": "opengovweek", "path": file.name, "no_end_times": ["05:30"], **common}
    return Source(SourceSettings(**settings), find_kinds()["opengovweek"].settings(), file.parent)


@dataclass
class World:
    """`source` is what `refresh` reads; what it says is set by `says` (listings) or by `read` (anything)."""

    folder: Path
    source: Source = field(default_factory=made_source)
    environment: dict[str, str] = field(default_factory=dict)
    now: datetime = NOW
    get: Get | None = None
    read: Callable[[Task, Fetch], str] = read_here
    elapsed: float = 0.0

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new process over the same store."""
        prepared_folder(self.folder)
        runtime = make_runtime(configuration(self.folder, **self.environment), lambda: self.now, self._monotonic)
        context = replace(runtime.refresh_context, read=self._read)
        self.runtime: Runtime = replace(
            runtime, refresh_context=context if self.get is None else replace(context, get=self.get)
        )

    def _read(self, task: Task, fetch: Fetch) -> str:
        return self.read(task, fetch)

    def _monotonic(self) -> float:
        # Each look is long after the one before, so nothing is believed to be as it was a moment ago.
        self.elapsed += 10.0
        return self.elapsed

    @property
    def context(self) -> RefreshContext:
        """What refreshes work with."""
        return self.runtime.refresh_context

    def says(self, *given: Listing, incomplete: str | None = None, **more: Any) -> None:
        """From now on the source lists these."""
        text = reading_text(Reading(given, (), incomplete, **more))
        self.read = lambda _task, _fetch: text

    def fails(self, error: Exception) -> None:
        """From now on reading the source ends in this."""

        def read(_task: Task, _fetch: Fetch) -> str:
            raise error

        self.read = read

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def refresh(self, *given: Listing, **options: Any) -> Outcome:
        """Refresh, after having the source list these, if any are given; an hour passes first."""
        if given:
            self.says(*given)
        self.passes(hours=1)
        return refresh(self.context, self.source, **options)

    def records(self) -> dict[str, Record]:
        """Title → record, for all that are in feeds."""
        with self.runtime.store.read() as snapshot:
            return {record.event.summary: record for record in snapshot.events.all()}

    def by_uid(self) -> dict[str, Record]:
        """UID → record, for all that are in feeds."""
        with self.runtime.store.read() as snapshot:
            return {record.uid: record for record in snapshot.events.all()}

    def record(self, title: str = "Open day") -> Record:
        """The record with this title."""
        return self.records()[title]

    def state(self) -> SourceState:
        """The source's row."""
        with self.runtime.store.read() as snapshot:
            return snapshot.sources.state(self.source.id)

    def edition(self) -> int:
        """The store's edition."""
        with self.runtime.store.read() as snapshot:
            return snapshot.feeds.edition()

    def feed(self, path: str = "/all.ics") -> Document:
        """A feed as it is served now."""
        found = self.runtime.documents.find(path)
        return self.runtime.documents.document(found.spec, found.extension or "ics")

    def every_feed(self) -> dict[str, Document]:
        """Path → document, of each feed of one value that the store knows, and of everything."""
        with self.runtime.store.read() as snapshot:
            facets = snapshot.feeds.facets()
        paths = [f"/{one.dimension}/{one.value}" if one.value else "/all" for one in facets]
        assert "ics" in formats()
        return {path: self.feed(f"{path}.ics") for path in paths}

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Everything in a table, to compare."""
        with self.runtime.store.read() as snapshot:
            return [tuple(row) for row in snapshot._connection.exec_driver_sql(f"SELECT * FROM {table}")]
