"""The id of each request, for the log, and a line for each request where the access log is on.

The line has no address of a client, no query and no secret: what somebody looks for is nobody's business.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from feedsvc.core.slugs import without_secrets
from feedsvc.core.text import cut
from feedsvc.logs import request_id
from feedsvc.web.http.gate import Application, Environ, StartResponse

_log = logging.getLogger("feedsvc.access")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LONGEST_PATH = 200


class RequestLog:
    """A WSGI application around another. With a clock it writes the access log."""

    def __init__(self, app: Application, monotonic: Callable[[], float] | None = None) -> None:
        self._app = app
        self._monotonic = monotonic

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        # A proxy in front may have given it one, by which both logs are read together.
        known = request_id.get() or (given if _GIVEN.fullmatch(given) else secrets.token_hex(8))
        token = request_id.set(known)
        try:
            if self._monotonic is None:
                return self._app(environ, start_response)
            return self._logged(environ, start_response, self._monotonic)
        finally:
            request_id.reset(token)

    def _logged(
        self, environ: Environ, start_response: StartResponse, monotonic: Callable[[], float]
    ) -> Iterable[bytes]:
        began, status = monotonic(), list[str]()

        def started(line: str, *more: Any) -> Any:
            status.append(line[:3])
            return start_response(line, *more)

        answer = self._app(environ, started)
        path = cut(without_secrets(environ.get("PATH_INFO", "")), _LONGEST_PATH)
        told = {"method": environ["REQUEST_METHOD"], "path": path, "status": int(status[-1] if status else 0)}
        values = {**told, "ms": round(1000 * (monotonic() - began))}
        _log.info("%(method)s %(path)s %(status)d %(ms)d ms", values, extra={"fields": values})
        return answer
