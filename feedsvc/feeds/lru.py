"""Documents in memory, bounded in bytes. What is asked for seldom goes first; combinations go before single values.

The hardest case is somebody who asks for every combination there is: each is kept for a moment and pushes out another
combination, never the feed of a country, a theme or everything, which are what most people subscribe to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from feedsvc.feeds.document import Document
from feedsvc.feeds.vocabulary import Vocabulary

Stamp = tuple[object, ...]


@dataclass(slots=True, eq=False)
class Entry:
    """A document with what it depends on.

    `stamp` is what it was built from, `stamp_of` tells that of now; None where a path alone does not tell it, because
    somebody may change what the path stands for. `version` is the last one of the vocabulary in which the two agreed.
    `canonical`: not to make room for combinations. `patience`: until when an outdated one will do, because building
    another failed (seconds on the monotonic clock).
    """

    document: Document
    stamp: Stamp
    stamp_of: Callable[[Vocabulary], Stamp] | None
    version: tuple[str, int]
    canonical: bool
    used: bool = False
    building: bool = False
    patience: float = 0.0
    weight: int = 0

    def is_good(self, vocabulary: Vocabulary) -> bool:
        """Tell whether what it was built from still stands."""
        if self.stamp_of is None or self.stamp != self.stamp_of(vocabulary):
            return False
        self.version = vocabulary.version
        return True


class Lru:
    """Documents by path. Safe to use from several threads; `get` takes no lock."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: dict[str, Entry] = {}
        self._queues: dict[bool, OrderedDict[str, None]] = {False: OrderedDict(), True: OrderedDict()}
        self._lock = Lock()
        self.weight = 0
        self.get = self._kept.get
        """The document of a path, or None. Its server sets `used`."""

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, path: str, kept: Entry) -> None:
        """Keep a document, instead of the one that had its path, and let go of others if there are too many bytes."""
        with self._lock:
            if path in self._kept:
                self._take_away(path)
            kept.document.grown = lambda: self._weigh(path, kept)
            kept.weight = kept.document.weight
            self.weight += kept.weight
            self._kept[path] = kept
            self._queues[kept.canonical][path] = None
            self._let_go(path)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            for path in tuple(self._kept):
                self._take_away(path)

    def _weigh(self, path: str, kept: Entry) -> None:
        """Count a document again that has grown, because it was compressed."""
        with self._lock:
            if self._kept.get(path) is kept:
                self.weight += kept.document.weight - kept.weight
                kept.weight = kept.document.weight
                self._let_go(path)

    def _let_go(self, newest: str) -> None:
        """Combinations first, the newest too if there is no room; a new canonical one stays, whatever its size."""
        for canonical, queue in self._queues.items():
            chances = 2 * len(queue)
            while self.weight > self._max_bytes and queue and chances:
                chances -= 1
                path = next(iter(queue))
                kept = self._kept[path]
                if kept.used or (canonical and path == newest):
                    kept.used = False
                    queue.move_to_end(path)
                else:
                    self._take_away(path)

    def _take_away(self, path: str) -> None:
        kept = self._kept.pop(path)
        del self._queues[kept.canonical][path]
        self.weight -= kept.weight
        # What it made points back at it; so large a thing is not left to the garbage collector.
        kept.document.grown = kept.document.answers = None
