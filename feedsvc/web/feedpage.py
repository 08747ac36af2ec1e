"""What a feed's page shows, gathered: the choice, the agenda, the ways to subscribe. Reads the store, knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feedsvc.bootstrap import Services
from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.model import Record
from feedsvc.feeds.spec import EVERYTHING, FeedSpec
from feedsvc.web.addresses import Addresses
from feedsvc.web.agenda import Day, EventView, days, event_view, source_link
from feedsvc.web.almanac import Almanac
from feedsvc.web.choice import Choice, Option, choices, heading
from feedsvc.web.i18n import Words
from feedsvc.web.language import tongue
from feedsvc.web.subscribe import Way, to_webcal, ways
from feedsvc.web.window import Window, Wish, window


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Everything the template needs. `parts` are the chosen values in words, by dimension; none for every event."""

    spec: FeedSpec
    path: str
    home: bool
    parts: tuple[str, ...]
    title: str
    total: int
    choices: tuple[Choice, ...]
    wish: Wish
    window: Window
    days: tuple[Day, ...]
    years: tuple[int, ...]
    feed_url: str
    webcal_url: str
    ways: tuple[Way, ...]

    @property
    def feed_path(self) -> str:
        """The path of the calendar itself."""
        return f"{self.spec.path}.ics"


@dataclass(frozen=True, slots=True)
class EventPage:
    """Everything the template of one event needs. `source_link` is the event's own page elsewhere."""

    event: EventView
    source_link: str | None


class Desk:
    """Makes the pages' contents out of the services."""

    def __init__(self, services: Services, addresses: Addresses) -> None:
        self.services = services
        self.addresses = addresses
        self.site = services.config.settings.site
        self.default_length = services.config.settings.feeds.default_length
        self.almanac = Almanac(services.library, services.store, self.default_length)

    def feed_page(self, spec: FeedSpec, wish: Wish, words: Words, now: datetime, *, home: bool = False) -> FeedPage:
        """A feed's page; `home` for the start page, which is that of every event under another address."""
        vocabulary = self.services.library.vocabulary()
        seen = window(self.almanac, spec, wish, now, haystack(words))
        title = spec.title(self.site.name, vocabulary)
        feed_url = self.addresses.absolute(f"{spec.path}.ics")
        return FeedPage(
            spec=spec,
            path="/" if home else spec.path,
            home=home or spec.path == EVERYTHING,
            parts=heading(spec, vocabulary, words),
            title=title,
            total=self.almanac.total(spec),
            choices=choices(spec, self.services.dimensions, vocabulary, self.almanac, words),
            wish=wish,
            window=seen,
            days=days(seen.records, words, self.default_length),
            years=self.almanac.years(spec),
            feed_url=feed_url,
            webcal_url=to_webcal(feed_url),
            ways=ways(feed_url, title),
        )

    def event_page(self, record: Record, words: Words) -> EventPage:
        """One event's page."""
        return EventPage(event_view(record, words, self.default_length), source_link(record))

    def popular(self, most: int = 12) -> tuple[Option, ...]:
        """The feeds with most events, for those who took a wrong turn; none when the store is away."""
        try:
            vocabulary = self.services.library.vocabulary()
            found = choices(FeedSpec(), self.services.dimensions, vocabulary, self.almanac, tongue().words)
        except StoreUnavailable:
            return ()
        options = [option for choice in found for option in choice.options if option.events]
        return tuple(sorted(options, key=lambda option: -option.events)[:most])


def haystack(words: Words) -> Callable[[Record], str]:
    """The words by which an event is found: its own, and its countries and themes in English and in the language."""

    def of(record: Record) -> str:
        event = record.event
        countries = [name for code in event.countries for name in (words.country(code), code)]
        themes = [name for theme in event.themes for name in (theme, words.text(theme))]
        return " ".join((event.summary, event.location, event.host, *event.places, *countries, *themes))

    return of
