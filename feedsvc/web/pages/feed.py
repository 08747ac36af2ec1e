"""Contents of a calendar's page: the choice, the head, the agenda, the ways to subscribe. Reads the store, knows no
HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedsvc.bootstrap import Runtime
from feedsvc.core.dimensions import Dimension
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.spec import MAX_VALUES, FeedSpec
from feedsvc.services.bundles import NamedFeed
from feedsvc.store.history import EventChange
from feedsvc.web.images.preview import picture_path
from feedsvc.web.viewmodels import changes
from feedsvc.web.viewmodels.add_to_calendar import Way, ways
from feedsvc.web.viewmodels.agenda_days import AgendaPage, agenda_page
from feedsvc.web.viewmodels.agenda_query import AgendaQuery
from feedsvc.web.viewmodels.changes import ChangeRow, lately
from feedsvc.web.viewmodels.figures import Figures
from feedsvc.web.viewmodels.filters import Option, heading, label_of, narrower, options
from feedsvc.web.viewmodels.freshness import Freshness, freshness
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.lead import Lead, lead
from feedsvc.web.viewmodels.locale import locale
from feedsvc.web.viewmodels.rows import RowMaker
from feedsvc.web.viewmodels.urls import addresses_of
from feedsvc.web.viewmodels.world_map import PartView, RegionLink, world_map

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
        coming = self.event_queries.coming(spec, now)
        years = self.event_queries.years(spec)
        if at and at[:10] < now.date().isoformat()[: len(at[:10])] and int(at[:4]) in years:
            return Figures.of(self.event_queries.of_year(spec, int(at[:4])), now, past=True)
        if coming or not years:
            return Figures.of(coming, now)
        return Figures.of(self.event_queries.of_year(spec, years[0]), now, past=True)

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
        self, dimension: Dimension, figures: Figures, words: Words, spec: FeedSpec | None = None
    ) -> tuple[Option, ...]:
        """Every value of a dimension by name, with its events."""
        vocabulary = self.runtime.documents.vocabulary()
        return options(
            dimension, {} if figures.past else figures.counts(dimension), vocabulary, words, spec or FeedSpec()
        )

    def regions(self, spec: FeedSpec, figures: Figures, words: Words) -> dict[str, RegionLink]:
        """The configured regions by slug."""
        return {
            option.value: RegionLink(option.value, option.label, option.events, option.path, option.chosen)
            for option in self.options(self.dimensions["region"], figures, words, spec)
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
