"""Contents of a feed's page: the choice, the agenda, the ways to subscribe. Reads the store, knows no HTTP."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.spec import FeedSpec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.services.bundles import NamedFeed
from feedsvc.web.embed.routes import Look, embed_code, embed_path
from feedsvc.web.images.preview import picture_path
from feedsvc.web.viewmodels.add_to_calendar import Way, ways
from feedsvc.web.viewmodels.agenda import Day, days
from feedsvc.web.viewmodels.agenda_range import AgendaQuery, AgendaRange, agenda_range, haystack, period
from feedsvc.web.viewmodels.filters import Choice, Option, choices, heading, narrower
from feedsvc.web.viewmodels.freshness import Freshness, freshness
from feedsvc.web.viewmodels.i18n import LOCALES, Words, words
from feedsvc.web.viewmodels.locale import locale
from feedsvc.web.viewmodels.month_grid import Month, months
from feedsvc.web.viewmodels.urls import Addresses, addresses_of

EVERYTHING_GIST = (
    "%(site)s happens all over the world. Choose countries and themes, subscribe once, "
    "and each event comes to your own calendar and stays right."
)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Everything the template needs. `parts` are the chosen values in words, by dimension; none for every event."""

    spec: FeedSpec
    path: str
    home: bool
    site_name: str
    parts: tuple[str, ...]
    title: str
    total: int
    choices: tuple[Choice, ...]
    query: AgendaQuery
    agenda_range: AgendaRange
    window_title: str
    dates: str
    days: tuple[Day, ...]
    months: tuple[Month, ...]
    years: tuple[int, ...]
    has_coming: bool
    freshness: Freshness
    kit: ShareKit
    nearest: tuple[Option, ...]
    is_large: bool
    narrower: tuple[Option, ...]
    feed_url: str
    ways: tuple[Way, ...]

    @property
    def chosen(self) -> tuple[Option, ...]:
        """Everything that is chosen."""
        return tuple(option for choice in self.choices for option in choice.chosen)

    def path_of(self, extension: str) -> str:
        """The path of the feed in a format."""
        return f"{self.spec.path}.{extension}"

    def gist(self, words: Words) -> str:
        """Describe the feed in two sentences."""
        if not self.parts:
            return words.text(EVERYTHING_GIST, site=self.site_name)
        if not self.total:
            return words.text(
                "Nothing of %(site)s here yet. Subscribe once: what comes will find you.", site=self.site_name
            )
        counted = words.plural(
            "%(count)s event of %(site)s.", "%(count)s events of %(site)s.", self.total, site=self.site_name
        )
        promise = words.text("Subscribe once: your calendar then keeps itself up to date.")
        return f"{counted} {promise}"


class PageBuilder:
    """Makes the pages' contents out of the services."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.addresses = addresses_of(runtime.config.settings)
        self.site = runtime.config.settings.site
        self.default_length = runtime.config.settings.feeds.default_length
        self.event_queries = runtime.event_queries

    def feed_page(
        self, named: NamedFeed, query: AgendaQuery, words: Words, now: datetime, *, home: bool = False
    ) -> FeedPage:
        """A feed's or a bundle's page; `home` for the start page, which is that of every event."""
        spec, path, title = named.spec, named.path, named.title
        vocabulary, queries = self.runtime.documents.vocabulary(), self.event_queries
        seen = agenda_range(queries, spec, query, now, haystack(words))
        shown = days(seen.records, words, self.default_length)
        offered = choices(spec, self.runtime.dimensions, vocabulary, queries, words)
        is_large, total = self.runtime.documents.is_large(spec), queries.total(spec)
        sharing = Sharing(self.addresses, self.site.name, vocabulary)
        feed_url = self.addresses.absolute(f"{path}.ics")
        return FeedPage(
            spec=spec,
            path="/" if home else path,
            home=home,
            site_name=self.site.name,
            parts=heading(spec, vocabulary, words),
            title=title,
            total=total,
            choices=offered,
            query=query,
            agenda_range=seen,
            window_title=period(seen.at, words),
            dates=seen.dates(words),
            days=shown,
            months=months(seen.busy, {day.day for day in shown}, words),
            years=queries.years(spec),
            has_coming=bool(queries.coming(spec, now)),
            nearest=() if seen.records else self.nearest(spec, words),
            is_large=is_large,
            narrower=narrower(spec, offered, total) if is_large else (),
            freshness=freshness(self.runtime, spec, path, words, now),
            kit=sharing.kit(spec, path, title, words.language, title if named.is_bundle else ""),
            feed_url=feed_url,
            ways=ways(feed_url, title, self.runtime.config.settings.subscribe),
        )

    def nearest(self, spec: FeedSpec, words: Words) -> tuple[Option, ...]:
        """Feeds with events that come close to one that has none: with one dimension less, else the most popular."""
        vocabulary = self.runtime.documents.vocabulary()
        wider = {spec.without_group(name) for name, _values in spec.wanted if len(spec.groups) > 1}
        alone = {FeedSpec().toggled(name, value) for name, value in spec.facets}
        found = [
            Option("", "", " · ".join(heading(near, vocabulary, words)), events, near.path, chosen=False)
            for near in sorted(wider | alone - {spec}, key=lambda near: near.path)
            if (events := self.event_queries.total(near))
        ]
        return tuple(found) or self.popular()

    def popular(self, most: int = 12) -> tuple[Option, ...]:
        """The feeds with most events, for those who took a wrong turn; none when the store is away."""
        try:
            vocabulary = self.runtime.documents.vocabulary()
            found = choices(FeedSpec(), self.runtime.dimensions, vocabulary, self.event_queries, locale().words)
        except StoreUnavailable:
            return ()
        options = [option for choice in found for option in choice.options if option.events]
        return tuple(sorted(options, key=lambda option: -option.events)[:most])


@dataclass(frozen=True, slots=True)
class ShareKit:
    """`address` and `picture` are absolute; `poster`, `embed` and `qr` (without extension) are paths.

    `sentences` are (language, sentence) pairs; `usual` is how an agenda looks where its address asks for nothing.
    """

    address: str
    poster: str
    qr: str
    picture: str
    embed: str
    embed_code: str
    sentences: tuple[tuple[str, str], ...]
    usual: dict[str, str | int] = field(default_factory=lambda: asdict(Look()))


@dataclass(frozen=True, slots=True)
class Sharing:
    """Values shared by the kits of all feeds."""

    addresses: Addresses
    site_name: str
    vocabulary: Vocabulary

    def kit(self, spec: FeedSpec, path: str, title: str, language: str, name: str = "") -> ShareKit:
        """The kit of a feed that stands under `path`: its own, or, under a `name` of its own, a bundle's."""
        address = self.addresses.absolute(path)
        embed = embed_path(path, Look(lang=language))
        return ShareKit(
            address=address,
            poster=f"/poster{path}",
            qr=f"/qr{path}",
            picture=self.addresses.absolute(picture_path(path)),
            embed=embed,
            embed_code=embed_code(self.addresses.absolute(embed), title),
            sentences=tuple((code, self._sentence(code, spec, address, name)) for code in LOCALES),
        )

    def _sentence(self, language: str, spec: FeedSpec, address: str, name: str) -> str:
        told = words(language)
        what = name or " · ".join(heading(spec, self.vocabulary, told))
        if not what:
            return told.text(
                "Every event of %(site)s in your own calendar, always up to date: %(address)s",
                site=self.site_name,
                address=address,
            )
        return told.text(
            "%(site)s, %(what)s: every event in your own calendar, always up to date. %(address)s",
            site=self.site_name,
            what=what,
            address=address,
        )
