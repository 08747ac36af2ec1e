"""Bodies of requests, waited for by few threads at a time and not for long: a slow sender holds up nobody who reads.

Most servers hand a request over before its body has come, and the thread that reads the body waits for the sender. A
process has few threads, so a handful of senders that never go on would silence it. Here only some threads may wait, a
body has ten seconds in all, and who comes when there is no room is told to try again. Requests without a body are
answered meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from threading import BoundedSemaphore, Timer
from typing import Any

from werkzeug.exceptions import LengthRequired, RequestTimeout, ServiceUnavailable

from feedsvc.web.http.gate import Application, Environ, StartResponse

AT_ONCE = 4
"""A quarter of the threads that `feedsvc serve` gives a process."""
BODY_SECONDS = 10.0
MAX_BODY_BYTES = 65_536
_RETRY_SECONDS = 10
_REFUSAL = "too many senders keep this service waiting; try again in a moment"

HangUp = Callable[[str, float], None]
"""Called with the address of a client: stop reading from its connections on which nothing was answered for so long."""


class BodyLimit:
    """A WSGI application around another.

    A stream cannot be told to wait no longer, so a late body is ended from outside, by `hang_up` of the server. A
    server without one has to receive bodies before it hands requests over, or stand behind a proxy that does.
    """

    def __init__(
        self, app: Application, hang_up: HangUp | None = None, at_once: int = AT_ONCE, seconds: float = BODY_SECONDS
    ) -> None:
        self._app = app
        self._hang_up: HangUp = hang_up or (lambda _peer, _seconds: None)
        self._room = BoundedSemaphore(at_once)
        self._seconds = seconds

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # The connection's own address, not the one that a proxy tells.
        peer = environ.get("werkzeug.proxy_fix.orig", environ).get("REMOTE_ADDR") or ""
        told = environ.get("CONTENT_LENGTH") or ("" if "HTTP_TRANSFER_ENCODING" in environ else "0")
        length = min(int(told), MAX_BODY_BYTES + 1) if told.isdecimal() else None
        environ["wsgi.input"] = _Body(self, environ["wsgi.input"], length, peer)
        return self._app(environ, start_response)

    def receive(self, stream: Any, length: int | None, peer: str) -> bytes:
        """Read so many bytes. Raises what becomes an answer: LengthRequired, ServiceUnavailable, RequestTimeout."""
        if length is None:
            raise LengthRequired("a body needs a Content-Length; send it with one")
        if not length:
            return b""
        if not self._room.acquire(blocking=False):
            raise ServiceUnavailable(_REFUSAL, retry_after=_RETRY_SECONDS)
        timer = Timer(self._seconds, self._hang_up, (peer, self._seconds))
        timer.daemon = True
        timer.start()
        body = b""
        try:
            while len(body) < length and (piece := stream.read(length - len(body))):
                body += piece
        finally:
            timer.cancel()
            self._room.release()
        if len(body) < length:
            raise RequestTimeout(f"the body did not come within {self._seconds:.0f} s; send it again")
        return body


class _Body:
    """Stands in for `wsgi.input`: all of it is received when the first of it is asked for."""

    def __init__(self, limit: BodyLimit, stream: Any, length: int | None, peer: str) -> None:
        self._limit = limit
        self._given = stream, length, peer
        self._whole: BytesIO | None = None

    def read(self, size: int = -1) -> bytes:
        """As a file does."""
        if self._whole is None:
            self._whole = BytesIO(self._limit.receive(*self._given))
        return self._whole.read(size)
