"""Age of a calendar: when its sources were last read, when it last changed, who fetches it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feedsvc.bootstrap import Runtime
from feedsvc.feeds.spec import FeedSpec
from feedsvc.services.subscribers import FetchCount, counts_for
from feedsvc.web.viewmodels.agenda import utc
from feedsvc.web.viewmodels.i18n import Words

STALE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: `iso` for programs, `at` in words in UTC, `ago` as a distance from now."""

    iso: str
    at: str
    ago: str


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A source. `read_at` is its last good reading, None before the first; `trouble`: it has failed since."""

    name: str
    read_at: Moment | None
    trouble: bool
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class Fetcher:
    """A calendar program that fetches the feed; the numbers are those of its busiest day.

    `for_many`: one fetch stands for all its users, so the number is none of people.
    """

    name: str
    for_many: bool
    last_7_days: int
    last_30_days: int
    fetched: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """Facts about a feed's age. `changed` is None for a feed that never had an event."""

    sources: tuple[SourceRead, ...]
    changed: Moment | None
    fetchers: tuple[Fetcher, ...]

    @property
    def stale(self) -> tuple[SourceRead, ...]:
        """The sources that have not been read for a day or longer, and fail."""
        return tuple(source for source in self.sources if source.is_stale and source.read_at)

    @property
    def most(self) -> int:
        """The largest number of fetchers of one program."""
        return max((one.last_30_days for one in self.fetchers), default=0)


def freshness(runtime: Runtime, spec: FeedSpec, path: str, words: Words, now: datetime) -> Freshness:
    """Ask the store how old the feed is that stands under `path`, and who fetches it there."""
    with runtime.store.read() as snapshot:
        states = {state.id: state for state in snapshot.sources.states()}
        total = snapshot.totals.bounds(spec.by_dimension)
        changed, own = total.changed_at, total.sources
    sources = [
        SourceRead(
            name=source.common.name or source.id,
            read_at=_moment(state.refreshed_at, words, now) if (state := states.get(source.id)) else None,
            trouble=bool(state and state.last_error),
            is_stale=bool(state and state.last_error and state.refreshed_at and now - state.refreshed_at > STALE),
        )
        for source in runtime.config.sources
        if not own or source.id in own
    ]
    return Freshness(
        sources=tuple(sources),
        changed=_moment(datetime.fromtimestamp(changed, UTC), words, now) if changed else None,
        fetchers=tuple(_fetcher(row, words, now) for row in counts_for(runtime.store, path, now)),
    )


def _fetcher(row: FetchCount, words: Words, now: datetime) -> Fetcher:
    return Fetcher(
        name=words.text(row.family.name),
        for_many=row.family.for_many,
        last_7_days=row.last_7_days,
        last_30_days=row.last_30_days,
        fetched=words.ago(now - row.last_fetch),
    )


def _moment(moment: datetime | None, words: Words, now: datetime) -> Moment | None:
    if moment is None:
        return None
    return Moment(utc(moment), words.moment(moment.astimezone(UTC)), words.ago(now - moment))
