"""Pauses before a process that ended is started again: 1 s at first, twice as long each time, at most a minute."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

PERMANENT = frozenset({2, 78})
"""Exit codes of a process that would end the same way again: a wrong configuration, a program older than the store."""
_FIRST_SECONDS = 1.0
_LONGEST_SECONDS = 60.0
_WELL_AFTER_SECONDS = 120.0


class Pauses:
    """The pauses of one process. After two minutes without an end it counts as well, and they begin again.

    How often it was restarted is written into `counted_in` for the metrics.
    """

    def __init__(self, counted_in: Path | None = None) -> None:
        self._seconds = _FIRST_SECONDS
        self._last: float | None = None
        self._counted_in = counted_in
        self._restarts = -1
        self._count()

    def next(self, monotonic: float) -> float:
        """Return the pause in seconds. `monotonic` is the time of the end, on a clock that is never set."""
        if self._last is not None and monotonic - self._last > _WELL_AFTER_SECONDS:
            self._seconds = _FIRST_SECONDS
        pause, self._last = self._seconds, monotonic
        self._seconds = min(2 * self._seconds, _LONGEST_SECONDS)
        self._count()
        return pause

    def _count(self) -> None:
        self._restarts += 1
        if self._counted_in is not None:
            with suppress(OSError):
                self._counted_in.write_text(f"{self._restarts}\n")
