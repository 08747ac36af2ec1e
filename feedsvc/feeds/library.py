"""The documents at hand. A document is good while the revisions it was built from stand; then it is built again.

The store is asked for its edition on a timer, not at each request. If it does not answer, the last good document is
served, however old: an old calendar is right in most, an empty one in nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from feedsvc.core.dimensions import Dimension
from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.feeds.build import Saved, SiteFacts, build, build_event
from feedsvc.feeds.document import Document
from feedsvc.feeds.feed import formats
from feedsvc.feeds.spec import FeedSpec, parse, split_extension
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.store.store import Snapshot, Store

LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was asked for: what it is, in which format, and the path it should have been asked by."""

    spec: FeedSpec
    extension: str | None

    @property
    def canonical(self) -> str:
        """The canonical path with its extension."""
        return self.spec.path + (f".{self.extension}" if self.extension else "")


@dataclass(frozen=True, slots=True)
class _Kept:
    document: Document
    stamp: tuple[object, ...]


class Library:
    """Gives documents by canonical path. Safe to use from several threads.

    `monotonic` gives seconds on a clock that is never set; `max_bytes` bounds the bodies that are kept.
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
        self._site = site
        self._monotonic = monotonic
        self._max_bytes = max_bytes
        self._vocabulary = Vocabulary(dimensions, {})
        self._looked_at: float | None = None
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._builds: dict[str, Lock] = {}

    @property
    def site(self) -> SiteFacts:
        """What all feeds share."""
        return self._site

    def vocabulary(self) -> Vocabulary:
        """The values and revisions of now, at most a second old."""
        due = self._looked_at is None or self._monotonic() - self._looked_at >= LOOK_EVERY_SECONDS
        if due:
            self.look()
        return self._vocabulary

    def look(self) -> bool:
        """Ask the store at once. Returns whether it answered; when not, what was known stays."""
        try:
            with self._store.read() as snapshot:
                self._take(snapshot)
        except StoreUnavailable:
            self._looked_at = self._monotonic()
            return False
        return True

    def _take(self, snapshot: Snapshot) -> None:
        edition = snapshot.feeds.edition()
        if edition != self._vocabulary.edition or self._looked_at is None:
            self._vocabulary = Vocabulary.of(self._vocabulary.dimensions, snapshot.feeds.facets(), edition)
        self._looked_at = self._monotonic()

    def find(self, path: str) -> Found:
        """The feed that a path names, with or without extension. Raises UnknownFeed."""
        stem, extension = split_extension(path)
        if extension is not None and extension not in formats():
            known = ", ".join(f".{name}" for name in formats())
            raise UnknownFeed(f".{extension} is no format of a calendar here; there are {known}")
        return Found(parse(stem, self.vocabulary()), extension)

    def document(self, spec: FeedSpec, extension: str, saved: Saved | None = None) -> Document:
        """The document of a feed, under its own name or a saved one.

        Raises StoreUnavailable only when there never was one to fall back on.
        """
        path = f"{(saved or spec).path}.{extension}"
        stamp = _stamp(spec, self.vocabulary(), saved)
        kept = self._kept.get(path)
        if kept is not None and kept.stamp == stamp:
            return kept.document
        with self._build_lock(path):
            kept = self._kept.get(path)
            if kept is not None and kept.stamp == stamp:
                return kept.document
            try:
                return self._build(path, spec, extension, saved)
            except StoreUnavailable:
                if kept is None:
                    raise
                return kept.document

    def event_document(self, public_id: str) -> Document | None:
        """One event as a calendar of its own; None when there is none, or it can not be written."""
        with self._store.read() as snapshot:
            return build_event(snapshot, public_id, self._site)

    def _build(self, path: str, spec: FeedSpec, extension: str, saved: Saved | None) -> Document:
        """Build from one snapshot, with the revisions of that snapshot, so that the stamp can not be too new."""
        with self._store.read() as snapshot:
            self._take(snapshot)
            vocabulary = self._vocabulary
            document = build(snapshot, spec, formats()[extension], self._site, vocabulary, saved)
        self._keep(path, _Kept(document, _stamp(spec, vocabulary, saved)))
        return document

    def _keep(self, path: str, kept: _Kept) -> None:
        with self._lock:
            old = self._kept.pop(path, None)
            self._bytes += len(kept.document.body) - (len(old.document.body) if old else 0)
            self._kept[path] = kept
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                _path, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone.document.body)

    def _build_lock(self, path: str) -> Lock:
        with self._lock:
            if len(self._builds) > 1000:
                self._builds = {name: lock for name, lock in self._builds.items() if lock.locked()}
            return self._builds.setdefault(path, Lock())


def _stamp(spec: FeedSpec, vocabulary: Vocabulary, saved: Saved | None) -> tuple[object, ...]:
    """While this stands, so do the bytes of a document."""
    return spec.stamp(vocabulary) if saved is None else (*spec.stamp(vocabulary), spec, saved)
