"""Today for administrators: the facts that tasks are derived from, read in a few questions, and the state of things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedsvc.config.loader import Source
from feedsvc.core.tasks import LargeFacts, SourceFacts, Task, tasks
from feedsvc.feeds.exports import large_feeds
from feedsvc.fetch.url import shown
from feedsvc.services.status import WORKER, public
from feedsvc.store.holds import Hold, HoldRow
from feedsvc.store.sources import Run, SourceState
from feedsvc.store.store import Snapshot, Store

RUNS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source for administrators: its row, its configuration, and what is coming of it."""

    source: Source
    state: SourceState
    events: int
    next_start: datetime | None
    has_any: bool = True

    @property
    def name(self) -> str:
        """Its name, else its id."""
        return self.source.common.name or self.source.id

    @property
    def reason(self) -> str:
        """The reason why it is not good, without what addresses may carry; empty when it is."""
        words = self.state.paused_why if self.state.paused_at is not None else self.state.last_error
        return "" if words is None else public(words)

    @property
    def every(self) -> timedelta:
        """The interval at which it is read."""
        return self.state.every(self.source.common.every)

    @property
    def place(self) -> str:
        """The place it is read from, without what an address may carry beside the place; "a file" for a file."""
        return "a file" if self.source.common.url is None else shown(self.source.common.url).partition("//")[2]

    def facts(self) -> SourceFacts:
        """The facts that its tasks are derived from."""
        state, by_service = self.state, self.state.paused_at is not None and self.state.strikes > 0
        gone = state.paused_at is not None and state.gone_count > 0
        return SourceFacts(
            id=self.source.id,
            name=self.name,
            word=state.word,
            reason=self.reason,
            failures=state.failures,
            events=self.events,
            next_start=self.next_start,
            paused_by_service=by_service or gone,
            partly_read=state.partly_read,
            read_nothing=state.refreshed_at is not None and not self.has_any and state.last_error is None,
            moved_to=None if state.moved_to is None else public(state.moved_to),
        )


@dataclass(frozen=True, slots=True)
class Today:
    """Everything that the first page shows."""

    tasks: tuple[Task, ...]
    sources: tuple[SourceView, ...]
    by_word: dict[str, int]
    worker_at: datetime | None
    edition: int
    edition_at: datetime | None
    largest: LargeFacts | None


class TodayService:
    """Reads for administrators. Safe to use from several threads."""

    def __init__(self, store: Store, sources: Callable[[], tuple[Source, ...]], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._sources = sources
        self._clock = clock

    def today(self) -> Today:
        """Everything that waits, and how things stand."""
        now = self._clock()
        with self._store.read() as snapshot:
            views = self._views(snapshot, now)
            large = [LargeFacts(f"{one.spec.path}.ics", one.size) for one in large_feeds(snapshot)]
            sign = snapshot.claims.heartbeat(WORKER)
            worker_at = None if sign is None else sign.beat_at
            return Today(
                tasks=tasks(
                    (view.facts() for view in views),
                    large,
                    worker_at,
                    now,
                    [(one.id, one.reason) for one in snapshot.holds.open_of(None)],
                ),
                sources=views,
                by_word=dict(Counter(view.state.word for view in views)),
                worker_at=worker_at,
                edition=snapshot.feeds.edition(),
                edition_at=snapshot.feeds.edition_at(),
                largest=large[0] if large else None,
            )

    def sources(self) -> tuple[SourceView, ...]:
        """Every configured source, in the order of the configuration."""
        with self._store.read() as snapshot:
            return self._views(snapshot, self._clock())

    def holds(self, source_id: str) -> list[Hold]:
        """The open holds of a source."""
        with self._store.read() as snapshot:
            return snapshot.holds.open_of(source_id)

    def hold(self, number: int) -> tuple[Hold, list[HoldRow]] | None:
        """A hold, open or decided, with its events; None when there is none of that number."""
        with self._store.read() as snapshot:
            found = snapshot.holds.get(number)
            return None if found is None else (found, snapshot.holds.rows(number))

    def source(self, source_id: str) -> tuple[SourceView, list[Run]] | None:
        """One source with its last runs, newest first; None when it is not configured."""
        with self._store.read() as snapshot:
            view = next((one for one in self._views(snapshot, self._clock()) if one.source.id == source_id), None)
            return None if view is None else (view, snapshot.sources.last_runs(source_id, RUNS_SHOWN))

    def _views(self, snapshot: Snapshot, now: datetime) -> tuple[SourceView, ...]:
        states = {state.id: state for state in snapshot.sources.states()}
        coming, counted = snapshot.sources.coming(now), snapshot.sources.count_events()
        found: Iterable[SourceView] = (
            SourceView(
                source,
                states.get(source.id) or SourceState(source.id),
                *coming.get(source.id, (0, None)),
                has_any=bool(counted.get(source.id)),
            )
            for source in self._sources()
        )
        return tuple(found)
