"""Contents of a calendar's page: the choice, the head, the agenda, the ways to subscribe. Reads the store, knows no
HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from feedsvc.bootstrap import Runtime
from feedsvc.core.dimensions import YEAR, Dimension
from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.model import Record
from feedsvc.core.occurrences import main_span
from feedsvc.feeds.spec import MAX_VALUES, FeedSpec
from feedsvc.services.bundles import NamedFeed
from feedsvc.store.history import EventChange
from feedsvc.web.images.preview import picture_path
from feedsvc.web.viewmodels import changes
from feedsvc.web.viewmodels.add_to_calendar import Way, ways
from feedsvc.web.viewmodels.agenda_days import (
    MAX_ROWS,
    AgendaPage,
    AgendaQuery,
    Lead,
    agenda_page,
    days_shown,
    lead,
    rows_left_out,
)
from feedsvc.web.viewmodels.changes import ChangeRow, lately
from feedsvc.web.viewmodels.figures import CountedFigures, Figures, Known
from feedsvc.web.viewmodels.filters import Option, PartView, RegionLink, heading, label_of, narrower, options, world_map
from feedsvc.web.viewmodels.freshness import Freshness, freshness
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.locale import locale
from feedsvc.web.viewmodels.rows import RowMaker
from feedsvc.web.viewmodels.urls import addresses_of

GIST = "Choose a country, a region or a theme of %(site)s; its events come to your own calendar and stay right."
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Adding:
    """Everything that can be added to a choice, or taken back."""

    parts: tuple[PartView, ...]
    themes: tuple[Option, ...]
    full: bool


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Everything the template needs. `span` is the main span in words, `counted` the events in it; both speak of the
    past where nothing is coming (`state` is coming, past or empty).
    """

    spec: FeedSpec
    path: str
    title: str
    name: str
    chips: tuple[Option, ...]
    adding: Adding
    span: str
    counted: int
    total: int
    state: str
    lead: Lead
    agenda: AgendaPage
    query: AgendaQuery
    years: tuple[int, ...]
    feed_url: str
    ways: tuple[Way, ...]
    picture: str
    freshness: Freshness
    lately: tuple[ChangeRow, ...]
    is_large: bool
    narrower: tuple[Option, ...]
    nearest: tuple[Option, ...]
    is_bundle: bool

    def path_of(self, extension: str) -> str:
        """The path of the feed in a format."""
        return f"{self.path}.{extension}"


FEW = 300
"""Events of a calendar whose figures are taken from the events themselves; those of larger ones are counted ahead."""


class PageBuilder:
    """Makes the pages' contents out of the services."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.addresses = addresses_of(runtime.config.settings)
        self.site = runtime.config.settings.site
        self.default_length = runtime.config.settings.feeds.default_length
        self.event_queries = runtime.event_queries
        self.dimensions = {dimension.name: dimension for dimension in runtime.dimensions}

    def figures(self, spec: FeedSpec, now: datetime, at: str = "") -> Figures:
        """The figures of what is coming; where nothing is, or for a day that is over, those of a year."""
        queries = self.event_queries
        years, coming = queries.years(spec), queries.count_coming(spec, now)
        asked = int(at[:4]) if at and at[:10] < now.date().isoformat()[: len(at[:10])] else None
        year = asked if asked in years else None if coming or not years else years[0]
        if year is not None:
            days = [one for one in queries.days(spec, now) if one.date.year == year]
            if sum(one.starts for one in days) <= FEW:
                return Figures.of(queries.of_year(spec, year), now, past=True)
            total = sum(one.units for one in days)
            whole = spec if YEAR in spec.by_dimension else spec.with_values(YEAR, (f"{year:04}",))
            known = Known(
                total,
                main_span(days, days[0].day, total),
                days,
                lambda dimension: {one.value: one.events for one in queries.counts(whole, dimension) if one.events},
            )
        elif coming <= FEW:
            return Figures.of(queries.coming(spec, now), now)
        else:
            days = [one for one in queries.days(spec, now) if one.date >= now.date()]
            known = Known(
                coming,
                queries.main_span(spec, now),
                days,
                lambda dimension: queries.coming_by_value(spec, dimension, now),
                lambda dimension: queries.main_spans(dimension, now),
            )
        return self._counted(spec, now, at, known, past=year is not None)

    def _counted(self, spec: FeedSpec, now: datetime, at: str, known: Known, *, past: bool) -> CountedFigures:
        """Figures of a feed with many events: its counts, with the events that a page shows of it."""
        queries = self.event_queries
        records: list[Record] = []
        near: Iterable[Record] = () if past else (*queries.next_coming(spec, now), *queries.repeating(spec, now))
        figures = CountedFigures((), now, past, known=known)
        if figures.drawn:
            shown = days_shown(figures, at)
            if figures.by_day[shown[0]] > queries.most_rows:
                # One page of it alone, so that the next page begins where this one ends.
                page = queries.on_days(spec, shown[0], shown[0], MAX_ROWS, rows_left_out(at))
                near = (one for one in near if shown[0] not in figures.days_on(one))
                records += page
            else:
                records += queries.on_days(spec, shown[0], shown[-1])
        records += near
        by_uid = {one.uid: one for one in records}
        ordered = sorted(by_uid.values(), key=lambda one: (one.event.span.start, one.uid))
        return CountedFigures.of(ordered, now, past=past, known=known)

    def row_maker(self, spec: FeedSpec, words: Words, now: datetime) -> RowMaker:
        """What makes the rows of a calendar."""
        alone = spec.by_dimension.get("country", ())
        several = len(alone) != 1 or "region" in spec.by_dimension
        return RowMaker(words, now, self.default_length, several)

    def feed_page(self, named: NamedFeed, query: AgendaQuery, words: Words, now: datetime) -> FeedPage:
        """A feed's or a bundle's page."""
        spec, path = named.spec, named.path
        figures = self.figures(spec, now)
        shown = self.figures(spec, now, query.at) if query.at else figures
        name = named.title if named.is_bundle else self.name(spec, words)
        span, feed_url = figures.span, self.addresses.absolute(f"{path}.ics")
        is_large = self.runtime.documents.is_large(spec)
        adding = self.adding(spec, words, now)
        return FeedPage(
            spec=spec,
            path=path,
            title=named.title,
            name=name,
            chips=self._chips(spec, words),
            adding=adding,
            span=words.span(span.first, span.last) if span else words.text("No event yet"),
            counted=span.events if span else 0,
            total=figures.total,
            state="empty" if span is None else "past" if figures.past else "coming",
            lead=lead(figures, words, self.default_length, name),
            agenda=agenda_page(shown, query.at, self.row_maker(spec, words, now)),
            query=query,
            years=self.event_queries.years(spec),
            feed_url=feed_url,
            ways=ways(feed_url, named.title, self.runtime.config.settings.subscribe),
            picture=self.addresses.absolute(picture_path(path)),
            freshness=freshness(self.runtime, spec, path, words, now),
            lately=lately(self.changes(spec, now), words),
            is_large=is_large,
            narrower=self._narrower(spec, adding, now, words) if is_large else (),
            nearest=self.nearest(spec, words, now) if span is None else (),
            is_bundle=named.is_bundle,
        )

    def _chips(self, spec: FeedSpec, words: Words) -> tuple[Option, ...]:
        """Everything that is chosen; a press takes it back."""
        known = self.runtime.documents.vocabulary()
        return tuple(
            Option(name, value, label_of(name, value, known, words), 0, spec.toggled(name, value).path, chosen=True)
            for name, value in spec.facets
        )

    def changes(self, spec: FeedSpec, now: datetime) -> list[EventChange]:
        """The last changes of a calendar's events, newest first."""
        with self.runtime.store.read() as snapshot:
            return snapshot.history.changed_since(spec.by_dimension, now - changes.KEPT, changes.MOST)

    def name(self, spec: FeedSpec, words: Words) -> str:
        """A calendar's name: "Chile, Mexico and Uruguay", "Chile · Civic Space", "Every event"."""
        parts = heading(spec, self.runtime.documents.vocabulary(), words)
        return " · ".join(parts) or words.text("Every event")

    def gist(self, words: Words) -> str:
        """What the service does, in one sentence."""
        return words.text(GIST, site=self.site.name)

    def adding(self, spec: FeedSpec, words: Words, now: datetime) -> Adding:
        """What can be chosen beside `spec`; counts are those that a press would give alone in its group."""
        places = self.figures(spec.without_group("country"), now)
        themes = self.figures(spec.without_group("theme"), now)
        regions = self.regions(spec, places, words)
        found = self.options(self.dimensions["theme"], themes, words, spec)
        return Adding(
            parts=world_map(spec, places.counts(self.dimensions["country"]), places, regions, words),
            themes=tuple(
                sorted((one for one in found if one.events or one.chosen), key=lambda one: (-one.events, one.label))
            ),
            full=any(len(facets) >= MAX_VALUES for facets in spec.groups.values()),
        )

    def options(
        self,
        dimension: Dimension,
        figures: Figures,
        words: Words,
        spec: FeedSpec | None = None,
        *,
        even_past: bool = False,
    ) -> tuple[Option, ...]:
        """Every value of a dimension by name, with its coming events; `even_past`: those of the past where none are."""
        counts = {} if figures.past and not even_past else figures.counts(dimension)
        return options(dimension, counts, self.runtime.documents.vocabulary(), words, spec or FeedSpec())

    def regions(
        self, spec: FeedSpec, figures: Figures, words: Words, *, even_past: bool = False
    ) -> dict[str, RegionLink]:
        """The configured regions by slug."""
        return {
            option.value: RegionLink(option.value, option.label, option.events, option.path, option.chosen)
            for option in self.options(self.dimensions["region"], figures, words, spec, even_past=even_past)
        }

    def _narrower(self, spec: FeedSpec, adding: Adding, now: datetime, words: Words) -> tuple[Option, ...]:
        """Calendars with fewer events: by what is not chosen yet, else each of several values alone."""
        regions = (region for part in adding.parts for region in part.regions)
        places = [Option("region", one.slug, one.name, one.events, one.path, chosen=False) for one in regions]
        themes = [] if spec.chosen_beside("theme") else adding.themes
        found = [*([] if spec.chosen_beside("country") else places), *themes]
        for dimension in ("country", "theme"):
            facets = spec.chosen_beside(dimension)
            if not found and len(facets) > 1:
                known, rest = self.runtime.documents.vocabulary(), spec.without_group(dimension)
                for name, value in facets:
                    one, label = rest.toggled(name, value), label_of(name, value, known, words)
                    found.append(Option(name, value, label, self.figures(one, now).total, one.path, chosen=False))
        return narrower(found, self.figures(spec, now).total)

    def nearest(self, spec: FeedSpec, words: Words, now: datetime) -> tuple[Option, ...]:
        """Calendars with events near one that has none: its regions and their busiest countries, else the busiest."""
        everything = self.figures(FeedSpec(), now)
        codes = set(spec.by_dimension.get("country", ()))
        near = [region for region in self.runtime.config.regions.all if codes.intersection(region.countries)]
        regions = self.regions(FeedSpec(), everything, words)
        found = [
            Option(
                "region",
                region.slug,
                regions[region.slug].name,
                regions[region.slug].events,
                regions[region.slug].path,
                chosen=False,
            )
            for region in near
        ]
        around = {code for region in near for code in region.countries} - codes
        countries = self.options(self.dimensions["country"], everything, words)
        busy = sorted((one for one in countries if one.value in around and one.events), key=lambda one: -one.events)
        return tuple(one for one in (*found, *busy[:NEIGHBOURS]) if one.events) or self.popular(NEIGHBOURS)

    def popular(self, most: int = 12) -> tuple[Option, ...]:
        """The calendars with most events, for those who took a wrong turn; none when the store is away."""
        try:
            figures, words = self.figures(FeedSpec(), self.runtime.clock()), locale().words
            found = [
                one for name in ("country", "theme") for one in self.options(self.dimensions[name], figures, words)
            ]
        except StoreUnavailable:
            return ()
        return tuple(sorted((one for one in found if one.events), key=lambda one: -one.events)[:most])


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Everything the template needs."""

    path: str
    name: str
    rows: tuple[ChangeRow, ...]


def changes_page(builder: PageBuilder, named: NamedFeed, words: Words, now: datetime) -> ChangesPage:
    """The changes of a calendar's events, the newest first."""
    name = named.title if named.is_bundle else builder.name(named.spec, words)
    return ChangesPage(named.path, name, lately(builder.changes(named.spec, now), words, changes.MOST))


def told_figures(figures: Figures | None, told: Words) -> str:
    """ "45 events, 1 – 7 March"."""
    if figures is None or figures.span is None or figures.past:
        return told.text("no event yet")
    span = figures.span
    counted = told.plural("%(count)s event", "%(count)s events", span.events)
    return f"{counted}, {told.span(span.first, span.last, year=False)}"
