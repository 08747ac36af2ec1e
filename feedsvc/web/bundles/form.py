"""Contents of the pages of bundles: the form, the secret link, and a bundle's own page like that of a feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers, MultiDict

from feedsvc.core.errors import UnknownFeed
from feedsvc.core.slugs import MAX_NAME, bundle_name, has_address
from feedsvc.feeds.spec import JOINER, MAX_VALUES, FeedSpec, make_spec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.services.bundles import PREFIX
from feedsvc.store.bundles import Bundle
from feedsvc.web.pages.feed import FeedPage, PageBuilder
from feedsvc.web.viewmodels.agenda_days import AgendaQuery
from feedsvc.web.viewmodels.filters import Choice, Option, choices
from feedsvc.web.viewmodels.i18n import Words


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
        """Return True if the bundle does not exist yet."""
        return not self.path

    def fault(self, field: str) -> str:
        """Return the error of a field in words; empty when it is valid."""
        return next((told for name, told in self.draft.faults if name == field), "")


class BundlePageBuilder:
    """Makes the contents of the pages of bundles."""

    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._runtime = builder.runtime
        self._addresses = builder.addresses

    @property
    def host(self) -> str:
        """The host this service is known by, with its port where it has one."""
        return urlsplit(self._addresses.root).netloc

    def page(self, bundle: Bundle, query: AgendaQuery, words: Words) -> FeedPage:
        """A bundle's page: that of its feed, under its own name and address."""
        named = self._runtime.bundles.named(bundle)
        return self._builder.feed_page(named, query, words, self._runtime.clock())

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
        vocabulary = self._runtime.documents.vocabulary()
        facets = set(chosen.facets)

        def ticked(option: Option) -> Option:
            return replace(option, chosen=(option.dimension, option.value) in facets)

        return tuple(
            replace(choice, options=tuple(map(ticked, choice.options)))
            for choice in choices(FeedSpec(), self._runtime.dimensions, vocabulary, self._builder.event_queries, words)
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A name and a choice; `faults` says field by field what has to be mended, and is empty when it can be saved."""

    name: str
    spec: FeedSpec
    faults: tuple[tuple[str, str], ...] = ()


def draft(form: MultiDict[str, str], vocabulary: Vocabulary, words: Words) -> Draft:
    """Read a form, or a link to it: `name` and each dimension's values, one by one or joined as in paths."""
    faults = []
    name = bundle_name(form.get("name", ""))
    if not name:
        faults.append(("name", words.text("Give it a name; subscribers will see it in their calendar.")))
    elif len(name) > MAX_NAME:
        most = words.number(MAX_NAME)
        faults.append(("name", words.text("The name is too long; %(most)s characters are the most.", most=most)))
    elif has_address(name):
        faults.append(("name", words.text("A name has no web address in it.")))
    wanted = {}
    for dimension in vocabulary.dimensions:
        wanted[dimension.name] = _values(form.getlist(dimension.name), dimension.name, vocabulary)
    spec = make_spec(wanted)
    full = words.text("One calendar holds at most eight of these.")
    faults += [(facets[0][0], full) for facets in spec.groups.values() if len(facets) > MAX_VALUES]
    return Draft(name, spec, tuple(faults))


def _values(given: list[str], dimension: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The values that exist, each once; a form of ours sends no others."""
    found = set()
    for value in (part for one in given for part in one.split(JOINER)):
        try:
            found.add(vocabulary.canonical(dimension, value))
        except UnknownFeed:
            continue
    return tuple(sorted(found))


def arguments_of(spec: FeedSpec) -> dict[str, str]:
    """The arguments of a link to the form that has this choice filled in."""
    return {dimension: JOINER.join(values) for dimension, values in spec.wanted}


def comes_from_here(headers: Headers, hosts: frozenset[str], *, secret: bool = False) -> bool:
    """Return True if a form was sent by a page of this service, not by another site's page.

    A browser says so by Sec-Fetch-Site, on plain http by Origin alone. A client that sends neither is not a browser.
    With `secret` the address is the proof, and Origin may be "null": pages with a secret send no referrer.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in hosts or (secret and origin == "null")
