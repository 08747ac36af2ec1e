"""What the pages of bundles show, gathered: the form, the secret link, and a bundle's own page like that of a feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from feedsvc.bootstrap import Services
from feedsvc.feeds.spec import FeedSpec
from feedsvc.services.bundles import PREFIX, SavedFeeds
from feedsvc.store.bundles import Bundle
from feedsvc.web.drafts import Draft
from feedsvc.web.pages.feed import Desk, FeedPage, Saved
from feedsvc.web.viewmodels.agenda_range import Wish
from feedsvc.web.viewmodels.filters import Choice, Option, choices
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.urls import addresses_of


@dataclass(frozen=True, slots=True)
class BundleForm:
    """Everything the form's template needs. `action` is where the form goes; the rest is empty for a new bundle.

    `path` is the bundle's page, `page_url` and `feed_url` are absolute, `secret_url` is the secret link to this form.
    """

    draft: Draft
    choices: tuple[Choice, ...]
    action: str
    path: str = ""
    page_url: str = ""
    feed_url: str = ""
    secret_url: str = ""

    @property
    def is_new(self) -> bool:
        """Whether there is no such bundle yet."""
        return not self.path

    def fault(self, field: str) -> str:
        """What is wrong with a field, in words; empty when nothing is."""
        return next((told for name, told in self.draft.faults if name == field), "")


class BundleDesk:
    """Makes the contents of the pages of bundles."""

    def __init__(self, services: Services, saved: SavedFeeds) -> None:
        self._services = services
        self._saved = saved
        self._addresses = addresses_of(services.config.settings)
        self._desk = Desk(services, self._addresses)

    @property
    def host(self) -> str:
        """The host this service is known by, with its port where it has one."""
        return urlsplit(self._addresses.root).netloc

    def page(self, bundle: Bundle, wish: Wish, words: Words) -> FeedPage:
        """A bundle's page: that of its feed, under its own name and address."""
        saved = Saved(PREFIX + bundle.slug, bundle.name)
        return self._desk.feed_page(self._saved.spec(bundle), wish, words, self._services.clock(), saved=saved)

    def form(self, draft: Draft, bundle: Bundle | None, secret: str, words: Words) -> BundleForm:
        """The form to make a bundle, or to change the one that the secret opens."""
        offered = self._offered(draft.spec, words)
        if bundle is None:
            return BundleForm(draft, offered, f"{PREFIX}new")
        path = PREFIX + bundle.slug
        action = f"{path}/edit/{secret}"
        return BundleForm(
            draft=draft,
            choices=offered,
            action=action,
            path=path,
            page_url=self._addresses.absolute(path),
            feed_url=self._addresses.absolute(f"{path}.ics"),
            secret_url=self._addresses.absolute(action),
        )

    def _offered(self, chosen: FeedSpec, words: Words) -> tuple[Choice, ...]:
        """Every value with all its events, because the boxes of a form do not narrow each other down."""
        vocabulary = self._services.library.vocabulary()
        facets = set(chosen.facets)

        def ticked(option: Option) -> Option:
            return replace(option, chosen=(option.dimension, option.value) in facets)

        return tuple(
            replace(choice, options=tuple(map(ticked, choice.options)))
            for choice in choices(FeedSpec(), self._services.dimensions, vocabulary, self._desk.almanac, words)
        )
