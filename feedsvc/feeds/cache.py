"""The documents at hand. A document is good while the revisions it was built from stand; then it is built again.

However many ask for one document, one of them builds it, and the others get the old one if there is one. If the store
does not answer, the last good document is served, however old: an old calendar is right in most, an empty one in
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from threading import Lock, Semaphore

from feedsvc.core.dimensions import Dimension
from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.feeds.build import BundleFacts, SiteFacts, build, build_event, calendar_bytes, stream
from feedsvc.feeds.document import LARGE_BYTES, Document
from feedsvc.feeds.edition_watch import BuildCounts, EditionWatch
from feedsvc.feeds.feed import formats
from feedsvc.feeds.lru import Entry, Lru, Stamp
from feedsvc.feeds.spec import FeedSpec, parse, split_extension
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.store.store import Snapshot, Store

_PATIENCE_SECONDS = 1.0
"""Time for which an outdated document will do after building a new one has failed."""
_REMEMBERED = 2_000
"""Feeds of which is remembered whether they are large."""
_COMBINATIONS_AT_ONCE = 1
"""Builds of combinations side by side: more of them share the same interpreter, and single values wait for all."""
_NEVER = ("", -2)
"""The version in which a path that may come to stand for something else is known to be good."""


@dataclass(frozen=True, slots=True)
class ResolvedFeed:
    """A feed that was asked for: what it is, in which format, and the path it should have been asked by."""

    spec: FeedSpec
    extension: str | None

    @property
    def canonical(self) -> str:
        """The canonical path with its extension."""
        return self.spec.path + (f".{self.extension}" if self.extension else "")


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A way to make a document, and what it depends on.

    `canonical`: kept before all combinations. `settled`: its path stands for the same for ever.
    """

    path: str
    stamp_of: Callable[[Vocabulary], Stamp]
    make: Callable[[Snapshot, Vocabulary], Document]
    canonical: bool = False
    settled: bool = True


class _NoSuchEvent(Exception):
    pass


class EventMoved(Exception):
    """The event was folded into another one, whose file is at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path


class DocumentCache:
    """Gives documents by canonical path. Safe to use from several threads.

    `monotonic` gives seconds on a clock that is never set; `max_bytes` bounds what is kept.
    """

    def __init__(
        self,
        store: Store,
        dimensions: tuple[Dimension, ...],
        site: SiteFacts,
        monotonic: Callable[[], float],
        max_bytes: int = 64_000_000,
    ) -> None:
        self._store = store
        self._monotonic = monotonic
        self._lock = Lock()
        self._builds: dict[str, Lock] = {}
        self._turns = Semaphore(_COMBINATIONS_AT_ONCE)
        self._large: dict[Stamp, bool] = {}
        self.site = site
        self.lru = Lru(max_bytes)
        self.build_counts = BuildCounts()
        self.edition_watch = EditionWatch(store, dimensions, monotonic, self.build_counts)
        # Revisions of another history name other bytes, though their numbers may be equal.
        self.edition_watch.on_other_history = self.lru.clear

    def vocabulary(self) -> Vocabulary:
        """The values and revisions of now, at most about a second old."""
        return self.edition_watch.look_if_due()

    def look(self) -> bool:
        """Ask the store for its edition at once. Returns whether it answered; when not, what was known stays."""
        return self.edition_watch.look()

    def at_hand(self, path: str) -> Document | None:
        """The finished document of a canonical path; None where one has to be built, or there is none."""
        edition_watch = self.edition_watch
        if self._monotonic() >= edition_watch.due:
            edition_watch.look_if_due()
        kept = self.lru.get(path)
        if kept is None or not (
            kept.version == edition_watch.vocabulary.version
            or (kept.is_good(self.edition_watch.vocabulary) or (kept.stamp_of is not None and self._has_patience(kept)))
        ):
            return None
        kept.used = True
        return kept.document

    def kept(self, path: str) -> Document | None:
        """The last document of a canonical path, however outdated; None where there is none."""
        entry = self.lru.get(path)
        return None if entry is None else entry.document

    def _has_patience(self, kept: Entry) -> bool:
        return kept.building or self._monotonic() < kept.patience

    def find(self, path: str) -> ResolvedFeed:
        """The feed that a path names, with or without extension. Raises UnknownFeed.

        Raises StoreUnavailable for a value that only the store can know, when it has not answered yet.
        """
        stem, extension = split_extension(path)
        if extension is not None and extension not in formats():
            known = ", ".join(f".{name}" for name in formats())
            raise UnknownFeed(f".{extension} is an unknown format; there are {known}")
        try:
            return ResolvedFeed(parse(stem, self.vocabulary()), extension)
        except UnknownFeed:
            if self.edition_watch.vocabulary.edition < 0:
                self.edition_watch.require_an_answer()
            raise

    def document(self, spec: FeedSpec, extension: str, saved: BundleFacts | None = None) -> Document:
        """The document of a feed, under its own name or a saved one.

        Raises StoreUnavailable only when there never was one to fall back on.
        """
        form = formats()[extension]

        def make(snapshot: Snapshot, vocabulary: Vocabulary) -> Document:
            return build(snapshot, spec, form, self.site, vocabulary, saved)

        if saved is None:
            recipe = _Recipe(f"{spec.path}.{extension}", spec.version, make, canonical=len(spec.facets) < 2)
        else:
            stamp_of: Callable[[Vocabulary], Stamp] = lambda now: (*spec.version(now), spec, saved)  # noqa: E731
            recipe = _Recipe(f"{saved.path}.{extension}", stamp_of, make, canonical=True, settled=False)
        return self._serve(recipe)

    def event_document(self, public_id: str) -> Document | None:
        """One event as a calendar of its own, empty when it left the feeds; None when there never was one.

        Raises EventMoved.
        """

        def make(snapshot: Snapshot, _vocabulary: Vocabulary) -> Document:
            document = build_event(snapshot, public_id)
            if document is None:
                raise _NoSuchEvent
            if document.filename != f"{public_id}.ics":
                raise EventMoved(f"/event/{document.filename}")
            return document

        try:
            return self._serve(_Recipe(f"/event/{public_id}.ics", lambda vocabulary: vocabulary.version, make))
        except _NoSuchEvent:
            return None

    @contextmanager
    def streamed(self, spec: FeedSpec, extension: str) -> Iterator[Iterator[bytes]]:
        """The same bytes as `document`, in pieces, for those who write them down and keep nothing."""
        with self._store.read(in_passing=True) as snapshot:
            vocabulary = self.edition_watch.take(snapshot)
            # Whoever takes only the first pieces leaves a question open, which must end before its connection.
            with closing(stream(snapshot, spec, formats()[extension], self.site, vocabulary)) as pieces:
                yield pieces

    def is_large(self, spec: FeedSpec) -> bool:
        """Tell a feed that is larger than some calendar programs read; its page should offer narrower ones."""
        document = self.at_hand(f"{spec.path}.ics")
        if document is not None:
            return document.is_large
        stamp = (spec, *spec.version(self.vocabulary()))
        found = self._large.get(stamp)
        if found is None:
            with self._store.read() as snapshot:
                found = calendar_bytes(snapshot, spec) > LARGE_BYTES
            if len(self._large) >= _REMEMBERED:
                self._large = {}
            self._large[stamp] = found
        return found

    def _serve(self, recipe: _Recipe) -> Document:
        """The document at hand if it is good; else it is built, and others get the old one, if there is one."""
        old, good = self._kept(recipe)
        if old is not None and good:
            return old.document
        with self._lock:
            if len(self._builds) > 1000:
                self._builds = {name: lock for name, lock in self._builds.items() if lock.locked()}
            lock = self._builds.setdefault(recipe.path, Lock())
        if not lock.acquire(blocking=old is None) and old is not None:
            return old.document
        try:
            # Another thread may have built it while it held the lock.
            old, good = self._kept(recipe)
            return old.document if old is not None and good else self._build(recipe, old)
        finally:
            lock.release()

    def _kept(self, recipe: _Recipe) -> tuple[Entry | None, bool]:
        """The kept entry, and whether it may be served as it is."""
        vocabulary = self.vocabulary()
        kept = self.lru.get(recipe.path)
        if kept is None:
            return None, False
        kept.used = True
        return kept, kept.stamp == recipe.stamp_of(vocabulary) or self._has_patience(kept)

    def _build(self, recipe: _Recipe, old: Entry | None) -> Document:
        if old is None:
            return self._built(recipe)
        old.building = True
        try:
            return self._built(recipe, packed=old.document.is_packed)
        except StoreUnavailable:
            self.build_counts.build_failed()
            old.patience = self._monotonic() + _PATIENCE_SECONDS
            return old.document
        finally:
            old.building = False

    def _built(self, recipe: _Recipe, *, packed: bool = False) -> Document:
        """Build from one snapshot, with the revisions of that snapshot, so that the stamp cannot be too new."""
        self.edition_watch.require_an_answer()
        with nullcontext() if recipe.canonical else self._turns:
            began = self._monotonic()
            with self._store.read() as snapshot:
                vocabulary = self.edition_watch.take(snapshot)
                document = recipe.make(snapshot, vocabulary)
            if packed:
                _ = document.gzip
        stamp = recipe.stamp_of(vocabulary)
        stamp_of, version = (recipe.stamp_of, vocabulary.version) if recipe.settled else (None, _NEVER)
        self.lru.put(recipe.path, Entry(document, stamp, stamp_of, version, recipe.canonical))
        self.build_counts.built(self._monotonic() - began)
        return document
