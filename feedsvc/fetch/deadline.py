"""The end of a fetch, whatever the other side does.

A time-out of a socket restarts with each byte, so a server that drips is never late. Here a timer shuts the
connection down at the total deadline; the reader then sees an end, and asks the deadline why.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType


class DeadlinePassed(Exception):
    """The time of this fetch is over."""


class Deadline:
    """Runs while its `with` block does. `monotonic` counts seconds."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._end = monotonic() + seconds
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end_connection)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self.release()

    @property
    def passed(self) -> bool:
        """True once the time is over."""
        return self._monotonic() >= self._end

    def remaining(self) -> float:
        """Seconds left, more than zero. Raises DeadlinePassed."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise DeadlinePassed
        return left

    def watch(self, connection: socket.socket) -> None:
        """Shut this connection down when the time is over. Replaces the one watched before."""
        # A handle of our own: the connection's may be taken over by TLS, or be closed and its number used again.
        handle = connection.dup()
        with self._lock:
            previous, self._watched = self._watched, handle
        if previous is not None:
            previous.close()
        if self.passed:
            self._end_connection()

    def release(self) -> None:
        """Watch nothing any more."""
        with self._lock:
            watched, self._watched = self._watched, None
        if watched is not None:
            watched.close()

    def _end_connection(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._watched is not None:
                self._watched.shutdown(socket.SHUT_RDWR)
