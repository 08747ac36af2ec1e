"""Finished pages, kept as long as they are the same: for a minute, within one edition of the store.

A link to a feed that many follow at once is rendered once. What a search found is not kept: there is no end to words.
Rendering takes thousands of times as long as answering with what is at hand, so only few pages are rendered side by
side: otherwise all threads would share the interpreter with them, and feeds would wait.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock, Semaphore

from feedsvc.web.http.responses import Body

_AT_ONCE = 2
MOST = 200
"""Pages that are kept; the largest have about 300,000 bytes."""


class Rendered:
    """Pages by what they depend on. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Body] = OrderedDict()
        self._lock = Lock()
        self._turns = Semaphore(_AT_ONCE)

    def get(self, key: Hashable, render: Callable[[], str]) -> Body:
        """The page for a key, rendered when it is asked for the first time."""
        kept = self._find(key)
        if kept is not None:
            return kept
        with self._turns:
            # Another thread may have rendered it.
            kept = self._find(key)
            return self._keep(key, Body(render().encode())) if kept is None else kept

    def once(self, render: Callable[[], str]) -> Body:
        """A page that is not kept."""
        with self._turns:
            return Body(render().encode())

    def _find(self, key: Hashable) -> Body | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def _keep(self, key: Hashable, made: Body) -> Body:
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made
