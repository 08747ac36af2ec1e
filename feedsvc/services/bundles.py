"""Bundles as a service: find one, make one, change it, give it a new secret link. Knows the store, no HTTP.

A bundle that does not exist, one that is hidden, and a wrong secret are the same to a visitor: not there. One that was
removed is an empty calendar for 30 days, so that programs take its events away, and gone from then on.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from hmac import compare_digest

from feedsvc.config.settings import Bundles as BundleSettings
from feedsvc.core.errors import RequestError, StoreUnavailable, UnknownFeed
from feedsvc.core.hyperloglog import MEMBER_BYTES
from feedsvc.core.slugs import SECRET_BYTES, SLUG, secret_hash, slugs
from feedsvc.core.user_agents import client_network
from feedsvc.feeds.build import BundleFacts
from feedsvc.feeds.cache import DocumentCache
from feedsvc.feeds.document import Document
from feedsvc.feeds.spec import EVERYTHING, JOINER, FeedSpec, make_spec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.services.subscribers import BUNDLES, day_of
from feedsvc.store.bundles import Bundle
from feedsvc.store.counts import KEY_BYTES
from feedsvc.store.store import Snapshot, Store

PREFIX = BUNDLES
_REMEMBERED = 2_000
EMPTY = timedelta(days=30)
"""The time in which the calendar of a removed bundle is valid and empty."""
_NOTHING = make_spec({"year": ("0000",)})
_SECONDS_AN_HOUR = 3_600
_NOBODYS_HASH = bytes(32)


class TooManyChanges(RequestError):
    """This visitor changed enough for this hour."""


class NoRoom(RequestError):
    """There are as many bundles as may be."""


@dataclass(frozen=True, slots=True)
class NamedFeed:
    """A feed under the name and path it was asked by: a bundle's own, or the feed's canonical ones."""

    spec: FeedSpec
    title: str
    path: str

    @property
    def is_bundle(self) -> bool:
        """Return True if somebody gave it its name."""
        return self.path.startswith(PREFIX)


class BundleService:
    """The bundles of a service. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        documents: DocumentCache,
        settings: BundleSettings,
        site_name: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._documents = documents
        self._settings = settings
        self._site_name = site_name
        self._clock = clock
        self._known: OrderedDict[str, Bundle] = OrderedDict()

    def find(self, slug: str) -> Bundle | None:
        """The bundle, if visitors may see it; as last seen while the store does not answer."""
        if not SLUG.fullmatch(slug):
            return None
        try:
            with self._store.read() as snapshot:
                found = snapshot.bundles.find(slug)
        except StoreUnavailable:
            if slug not in self._known:
                raise
            return self._known[slug]
        if found is None or found.hidden_at is not None:
            self._known.pop(slug, None)
            return None
        self._known[slug] = found
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    def opened(self, slug: str, secret: str) -> Bundle | None:
        """The bundle that this secret opens."""
        found = self.find(slug)
        kept = _NOBODYS_HASH if found is None or found.removed_at else found.secret_hash
        return found if compare_digest(kept, secret_hash(secret)) else None

    def spec(self, bundle: Bundle) -> FeedSpec:
        """The feed it stands for; one without events where it was removed."""
        return _NOTHING if bundle.removed_at else spec_of(bundle.path, self._documents.vocabulary())

    def is_gone(self, bundle: Bundle) -> bool:
        """Return True if it was removed so long ago that its calendar has ended."""
        return bundle.removed_at is not None and self._clock() - bundle.removed_at > EMPTY

    def document(self, bundle: Bundle, extension: str) -> Document:
        """Its calendar in a format. Raises StoreUnavailable only when there never was one to fall back on."""
        saved = BundleFacts(bundle.name, PREFIX + bundle.slug, bundle.removed_at or bundle.changed_at)
        return self._documents.document(self.spec(bundle), extension, saved)

    def feed(self, path: str) -> NamedFeed:
        """The feed or bundle with this path, without extension. Raises UnknownFeed."""
        if path.startswith(PREFIX):
            bundle = self.find(path.removeprefix(PREFIX).lower())
            if bundle is None or bundle.removed_at:
                raise UnknownFeed(f"unknown bundle {path.removeprefix(PREFIX)!r}")
            return self.named(bundle)
        return self.canonical(self._documents.find(path).spec)

    def named(self, bundle: Bundle) -> NamedFeed:
        """The bundle's feed, under the bundle's name and path."""
        return NamedFeed(self.spec(bundle), bundle.name, PREFIX + bundle.slug)

    def canonical(self, spec: FeedSpec) -> NamedFeed:
        """A feed under its own title and path."""
        return NamedFeed(spec, spec.title(self._site_name, self._documents.vocabulary()), spec.path)

    def make(self, name: str, spec: FeedSpec, address: str) -> tuple[Bundle, str]:
        """A new bundle and its secret. Raises TooManyChanges, NoRoom, StoreUnavailable."""
        now, secret = self._clock(), secrets.token_urlsafe(SECRET_BYTES)
        with self._store.write() as snapshot:
            self._count(snapshot, address, now)
            bundles = snapshot.bundles
            if bundles.count() >= self._settings.at_most:
                raise NoRoom(f"there are {self._settings.at_most} bundles, which is the most there may be")
            free = slugs(name, lambda: secrets.token_hex(3))
            return bundles.make(free, name, spec.path, secret_hash(secret), _whole(now)), secret

    def change(self, bundle: Bundle, name: str, spec: FeedSpec, address: str) -> Bundle:
        """Another name or choice under the same address. Raises TooManyChanges, StoreUnavailable."""
        if (name, spec.path) == (bundle.name, bundle.path):
            return bundle
        now = self._clock()
        with self._store.write() as snapshot:
            self._count(snapshot, address, now)
            snapshot.bundles.change(bundle.slug, name, spec.path, now)
        return replace(bundle, name=name, path=spec.path, changed_at=_whole(now))

    def renew(self, bundle: Bundle, address: str) -> str:
        """A new secret; the old link opens nothing from now on. Raises TooManyChanges, StoreUnavailable."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with self._store.write() as snapshot:
            self._count(snapshot, address, self._clock())
            snapshot.bundles.renew(bundle.slug, secret_hash(secret))
        return secret

    def remove(self, bundle: Bundle, address: str) -> None:
        """Remove it for ever. Raises TooManyChanges, StoreUnavailable."""
        now = self._clock()
        with self._store.write() as snapshot:
            self._count(snapshot, address, now)
            snapshot.bundles.remove(bundle.slug, _whole(now))

    def _count(self, snapshot: Snapshot, address: str, now: datetime) -> None:
        """One change more of this visitor; raising takes the whole transaction back, and with it this change."""
        key = snapshot.counts.key(day_of(now), secrets.token_bytes(KEY_BYTES))
        visitor = blake2b(client_network(address).encode(), key=key, digest_size=MEMBER_BYTES).digest()
        hour = int(now.timestamp()) // _SECONDS_AN_HOUR
        if snapshot.bundles.note_change(hour, visitor) > self._settings.per_hour:
            raise TooManyChanges(f"{self._settings.per_hour} changes an hour are the most; go on in an hour")


def spec_of(path: str, vocabulary: Vocabulary) -> FeedSpec:
    """The feed of a stored path. A value that was renamed is its new one, one that nobody knows any more stays."""
    if path == EVERYTHING:
        return FeedSpec()
    parts = path.strip("/").split("/")
    wanted = {}
    for dimension, joined in zip(parts[::2], parts[1::2], strict=True):
        wanted[dimension] = tuple(_now_called(vocabulary, dimension, value) for value in joined.split(JOINER))
    return make_spec(wanted)


def _now_called(vocabulary: Vocabulary, dimension: str, value: str) -> str:
    try:
        return vocabulary.canonical(dimension, value)
    except UnknownFeed:
        return value


def _whole(moment: datetime) -> datetime:
    """To the second, as the store keeps it."""
    return moment.replace(microsecond=0)
