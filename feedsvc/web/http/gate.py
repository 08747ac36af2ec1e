"""In front of Flask: a request for a document that is at hand is answered here, in a few microseconds.

path -> document at hand -> one of its finished answers

Everything else goes to Flask: other methods, unknown paths, spellings that are not canonical, documents that have to
be built. Flask builds them through the same cache, so the next request finds them here. The gate keeps nothing of
its own, and knows nothing about HTTP that `http` does not know.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

from feedsvc.feeds.cache import DocumentCache
from feedsvc.web.http.answers import Serving, answers_of
from feedsvc.web.http.hosts import ANY_HOST_PREFIXES, Hosts
from feedsvc.web.http.responses import problem

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_READS = frozenset({"GET", "HEAD"})
BEHIND_AT_ONCE = 8
"""Half of the threads that `feedsvc serve` gives a process; the others always answer what is at hand."""
WAITING_AT_ONCE = 4
_WAIT_SECONDS = 2.0
_RETRY_SECONDS = 10


class Gate:
    """A WSGI application around another."""

    def __init__(self, app: Application, documents: DocumentCache, hosts: Hosts, serving: Serving) -> None:
        self._app = app
        self._at_hand = documents.at_hand
        self._kept = documents.kept
        self._places = BoundedSemaphore(BEHIND_AT_ONCE)
        self._line = BoundedSemaphore(WAITING_AT_ONCE)
        self._hosts = hosts.usual
        self._terms = serving.terms
        self._on_served = serving.on_served
        self._hits = serving.hits

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        hosts, host = self._hosts, environ.get("HTTP_HOST")
        # Flask's guard answers a request without a name, with several (joined by commas), or with one that is not ours.
        if method not in _READS or not host or (("," in host) if hosts is None else host not in hosts):
            return self._behind(environ, start_response) or self._busy(environ, start_response)
        path = environ["PATH_INFO"]
        document = self._at_hand(path)
        if document is None:
            # An outdated calendar is right in most; an error makes some programs give a calendar up.
            document = self._kept(path)
            passed = self._behind(environ, start_response, patient=document is None)
            if passed is not None:
                return passed
            if document is None:
                return self._busy(environ, start_response)
        answers = document.answers
        if answers is None or answers.until < math.inf:
            answers = answers_of(document, self._terms)
        answer = answers.answer(
            method,
            environ.get("HTTP_IF_NONE_MATCH"),
            environ.get("HTTP_IF_MODIFIED_SINCE"),
            environ.get("HTTP_ACCEPT_ENCODING"),
        )
        if answer.status == 304:
            self._hits.unchanged += 1
        else:
            self._hits.full += 1
        # A copy: servers may add to the list they are given.
        start_response(answer.line, answer.headers.copy())
        if self._on_served is not None:
            self._on_served(path, environ.get("HTTP_USER_AGENT"), environ.get("REMOTE_ADDR"), answer.status)
        body: list[bytes] = answer.body
        return body

    def _behind(
        self, environ: Environ, start_response: StartResponse, *, patient: bool = True
    ) -> Iterable[bytes] | None:
        """Let Flask answer; None where too many requests are behind the gate already."""
        if environ["PATH_INFO"].startswith(ANY_HOST_PREFIXES):
            return self._app(environ, start_response)
        if not self._places.acquire(blocking=False) and not (patient and self._wait_for_place()):
            return None
        try:
            return self._app(environ, start_response)
        finally:
            self._places.release()

    def _wait_for_place(self) -> bool:
        """Wait a moment, where not too many do so already. Return True once a place was taken."""
        if not self._line.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=_WAIT_SECONDS)
        finally:
            self._line.release()

    def _busy(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        later = {"Retry-After": str(_RETRY_SECONDS)}
        return problem(503, "too many requests wait for an answer; try again in a moment", later)(
            environ, start_response
        )
