"""Bodies of requests, waited for by few threads at a time: who sends one slowly holds up nobody who reads.

Most servers hand a request over before its body has come, and the thread that reads the body waits for the sender. A
process has few threads, so a handful of senders that never go on would silence it. Here only some threads may wait; who
comes when they all do is told to try again, and requests without a body are answered meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import BoundedSemaphore
from typing import Any

from werkzeug.exceptions import ServiceUnavailable

from feedsvc.web.http.gate import Application, Environ, StartResponse

AT_ONCE = 4
"""A quarter of the threads that `feedsvc serve` gives a process."""
_RETRY_SECONDS = 10
_REFUSAL = "too many senders keep this service waiting; try again in a moment"


class BodyLimit:
    """A WSGI application around another."""

    def __init__(self, app: Application, at_once: int = AT_ONCE) -> None:
        self._app = app
        self._waiting = BoundedSemaphore(at_once)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"] = _Body(environ["wsgi.input"], self._waiting)
        return self._app(environ, start_response)


class _Body:
    """Stands in for `wsgi.input`. Raises ServiceUnavailable, which becomes an answer, where too many wait already."""

    def __init__(self, stream: Any, waiting: BoundedSemaphore) -> None:
        self._stream = stream
        self._waiting = waiting

    def read(self, size: int = -1) -> bytes:
        """As a file does."""
        if not self._waiting.acquire(blocking=False):
            raise ServiceUnavailable(_REFUSAL, retry_after=_RETRY_SECONDS)
        try:
            piece: bytes = self._stream.read(size)
        finally:
            self._waiting.release()
        return piece
