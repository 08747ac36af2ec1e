"""A watch for new editions of the store: asked on a timer, by the first thread after it is due, while all others go
on with what is known. If the store does not answer, what was known stays, and so do the documents made of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from feedsvc.core.dimensions import Dimension
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.store.store import Snapshot, Store

LOOK_EVERY_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0
_log = logging.getLogger("feedsvc.store")
_UNKNOWN_EDITION = -1


class EditionWatch:
    """Gives the vocabulary of now. `monotonic` gives seconds on a clock that is never set."""

    def __init__(
        self, store: Store, dimensions: tuple[Dimension, ...], monotonic: Callable[[], float], build_counts: BuildCounts
    ) -> None:
        self._store = store
        self._monotonic = monotonic
        self._build_counts = build_counts
        self._asking = Lock()
        self._silent_since: float | None = None
        self.after: Callable[[], None] | None = None
        """Called after each question, so about once a second while somebody asks for feeds."""
        self.on_other_history: Callable[[], None] | None = None
        """Called when the store is another one, or a restored copy of it."""
        self.due = monotonic()
        """Time on the monotonic clock at which the store is asked next."""
        self.vocabulary = Vocabulary.of(dimensions, (), _UNKNOWN_EDITION)
        """The vocabulary that is known, without asking."""

    @property
    def silent_seconds(self) -> float | None:
        """For how long the store has not answered; None when it did the last time it was asked."""
        return None if self._silent_since is None else self._monotonic() - self._silent_since

    def require_an_answer(self) -> None:
        """Raise StoreUnavailable where the store was silent the last time: it would only keep us waiting again."""
        if self._silent_since is not None:
            raise StoreUnavailable("the store does not answer; it is asked again in a moment")

    def look_if_due(self) -> Vocabulary:
        """The vocabulary, at most about a second old."""
        if self._monotonic() >= self.due:
            nothing_known = self.vocabulary.edition == _UNKNOWN_EDITION
            if self._asking.acquire(blocking=nothing_known):
                try:
                    if self._monotonic() >= self.due:
                        self._ask()
                finally:
                    self._asking.release()
        return self.vocabulary

    def look(self) -> bool:
        """Ask the store at once. Returns whether it answered."""
        with self._asking:
            return self._ask()

    def take(self, snapshot: Snapshot) -> Vocabulary:
        """The vocabulary as of a snapshot. It may have been opened before somebody else looked."""
        known, version = self.vocabulary, (snapshot.provenance.history(), snapshot.feeds.edition())
        if version == known.version:
            return known
        history, edition = version
        found = Vocabulary.of(known.dimensions, snapshot.feeds.facets(), edition, history)
        if edition > known.edition and known.history in (history, ""):
            self.vocabulary = found
        return found

    def _ask(self) -> bool:
        began, known = self._monotonic(), self.vocabulary
        try:
            with self._store.read() as snapshot:
                found = self.take(snapshot)
            if self._silent_since is not None:
                _log.warning("the store answers again after %.0f s", began - self._silent_since)
            self._silent_since = None
            if found.edition < known.edition or known.history not in (found.history, ""):
                # Editions only grow within one history: a backup, or another store, was put in its place.
                if self.on_other_history is not None:
                    self.on_other_history()
                self.vocabulary = found
        except StoreUnavailable as error:
            if self._silent_since is None:
                _log.error("the store does not answer; feeds are served as they were: %s", error)
            self._build_counts.look_failed()
            self._silent_since = began if self._silent_since is None else self._silent_since
        # A store that keeps us waiting is asked less often: the thread that asks answers nobody meanwhile.
        ended = self._monotonic()
        self.due = ended + min(max(LOOK_EVERY_SECONDS, 3 * (ended - began)), _LONGEST_PAUSE_SECONDS)
        if self.after is not None:
            self.after()
        return self._silent_since is None


@dataclass(slots=True)
class BuildCounts:
    """Since the process began. `build_seconds` is the time all builds took together."""

    builds: int = 0
    build_seconds: float = 0.0
    failed_builds: int = 0
    failed_looks: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def built(self, seconds: float) -> None:
        """Count a document that was built."""
        with self._lock:
            self.builds += 1
            self.build_seconds += seconds

    def build_failed(self) -> None:
        """Count a document that could not be built."""
        with self._lock:
            self.failed_builds += 1

    def look_failed(self) -> None:
        """Count a question to the store that it did not answer."""
        with self._lock:
            self.failed_looks += 1
