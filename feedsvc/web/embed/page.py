"""Contents of the agenda in a frame: the next events, or those of the latest year; by day, or in month grids."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from feedsvc.bootstrap import Runtime
from feedsvc.core.model import Record
from feedsvc.feeds.spec import FeedSpec
from feedsvc.services.bundles import PREFIX, NamedFeed
from feedsvc.web.viewmodels.agenda import Day, EventView, days
from feedsvc.web.viewmodels.colors import NIGHT, PAPER, readable
from feedsvc.web.viewmodels.filters import heading
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.urls import Addresses

_STYLE = Path(__file__).parent.parent / "static" / "embed.css"
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class EmbedDay:
    """A day in a month grid. `outside` is true for days of the months before and after."""

    day: date
    outside: bool
    events: tuple[EventView, ...]


@dataclass(frozen=True, slots=True)
class EmbedMonth:
    """A month as weeks of seven days, from Monday."""

    first: date
    weeks: tuple[tuple[EmbedDay, ...], ...]


@dataclass(frozen=True, slots=True)
class EmbedPage:
    """Everything the template needs. `past` is the year when nothing is coming, None else; `more` is not shown."""

    title: str
    path: str
    feed_path: str
    past: int | None
    days: tuple[Day, ...]
    months: tuple[EmbedMonth, ...]
    more: int


class EmbedPageBuilder:
    """Makes the contents of agendas in frames."""

    def __init__(self, runtime: Runtime, addresses: Addresses) -> None:
        self._runtime = runtime
        self.addresses = addresses
        self._default_length = runtime.config.settings.feeds.default_length
        self._event_queries = runtime.event_queries

    def page(self, named: NamedFeed, events: int, words: Words, now: datetime, *, months: bool) -> EmbedPage:
        """The next `events` events of a feed, else the first of its latest year."""
        year, records = self._records(named.spec, now)
        by_day = days(records[:events], words, self._default_length)
        return EmbedPage(
            title=self._title(named, words),
            path=named.path,
            feed_path=f"{named.path}.ics",
            past=year,
            days=() if months else by_day,
            months=month_grids(by_day) if months else (),
            more=max(0, len(records) - events),
        )

    def _records(self, spec: FeedSpec, now: datetime) -> tuple[int | None, Sequence[Record]]:
        coming = self._event_queries.coming(spec, now)
        years = self._event_queries.years(spec)
        if coming or not years:
            return None, coming
        return years[0], self._event_queries.of_year(spec, years[0])

    def _title(self, named: NamedFeed, words: Words) -> str:
        """A bundle's own name, or the feed's values in the language."""
        if named.path.startswith(PREFIX):
            return named.title
        parts = heading(named.spec, self._runtime.documents.vocabulary(), words)
        return " · ".join((self._runtime.config.settings.site.name, *parts))


def month_grids(by_day: Sequence[Day]) -> tuple[EmbedMonth, ...]:
    """A grid for each month that has events."""
    events = {one.day: one.events for one in by_day}
    firsts = sorted({day.replace(day=1) for day in events})
    return tuple(EmbedMonth(first, _weeks(first, events)) for first in firsts)


def _weeks(first: date, events: Mapping[date, tuple[EventView, ...]]) -> tuple[tuple[EmbedDay, ...], ...]:
    def cell(day: date) -> EmbedDay:
        outside = day.month != first.month
        return EmbedDay(day, outside, () if outside else events.get(day, ()))

    return tuple(tuple(map(cell, week)) for week in Calendar(_MONDAY).monthdatescalendar(first.year, first.month))


def stylesheet(brand: str, colors: Mapping[str, str]) -> str:
    """The styles of agendas in frames, with the service's colour and the themes' for light, dark and either."""
    rows = [("", "brand", brand), *((f" .t-{slug}", "t", color) for slug, color in sorted(colors.items()))]

    def rules(scope: str, background: str) -> str:
        return "".join(f"{scope}{part}{{--{name}:{readable(color, background)}}}" for part, name, color in rows)

    dark = f"@media (prefers-color-scheme:dark){{{rules('.auto', NIGHT)}}}"
    return f"{_STYLE.read_text(encoding='utf-8')}{rules(':root', PAPER)}{rules('.dark', NIGHT)}{dark}\n"
