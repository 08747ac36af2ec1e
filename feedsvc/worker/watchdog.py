"""Ends the process when its tick has stopped. A scheduler can look alive and be dead; only its work is believed.

Counts on the monotonic clock, in a thread that does nothing else, and ends the process from under every thread.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from threading import Event, Thread

EXIT_CODE = 70
"""EX_SOFTWARE: the supervisor starts another worker."""

_log = logging.getLogger("feedsvc.worker")


class Watchdog:
    """Wants to be fed at least every `limit_seconds`. `end` is given the exit code."""

    def __init__(
        self, limit_seconds: float, monotonic: Callable[[], float], end: Callable[[int], object] = os._exit
    ) -> None:
        self._limit_seconds = limit_seconds
        self._monotonic = monotonic
        self._end = end
        self._fed_at = monotonic()
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def feed(self) -> None:
        """The tick did its work."""
        self._fed_at = self._monotonic()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(self._limit_seconds / 10):
            silent = self._monotonic() - self._fed_at
            if silent > self._limit_seconds:
                _log.critical("the tick has been silent for %.0f s; this worker ends, another is to be started", silent)
                self._end(EXIT_CODE)
                return
