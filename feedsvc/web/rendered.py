"""Finished pages, kept as long as they are the same: for a minute, within one edition of the store.

A link to a feed that many follow at once is rendered once. What a search found is not kept: there is no end to words.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from feedsvc.web.respond import Body

MOST = 200
"""Pages that are kept; the largest have about 300,000 bytes."""


class Rendered:
    """Pages by what they depend on. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Body] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, render: Callable[[], str]) -> Body:
        """The page for a key, rendered when it is asked for the first time."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        made = Body(render().encode())
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made
