"""Addresses for those who operate the service: is the process alive, can it serve, how fresh is everything."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, render_template

from feedsvc.bootstrap import Runtime
from feedsvc.services.status import ServiceStatus, StatusBoard, as_json
from feedsvc.web.http.feeds import unavailable
from feedsvc.web.http.metrics import CONTENT_TYPE
from feedsvc.web.http.responses import page
from feedsvc.web.viewmodels.locale import locale

_TEXT = "text/plain; charset=utf-8"


def ops_blueprint(
    runtime: Runtime, exposition: Callable[[ServiceStatus], bytes], *, public: bool, operators: bool
) -> Blueprint:
    """The routes for the public, for operators, or for both where they have no listener of their own.

    `exposition` gives all metrics as text.
    """
    blueprint = Blueprint("ops", __name__)
    routes = _Routes(runtime, exposition, full=not public)
    if public:
        blueprint.add_url_rule("/status", "status", routes.status)
    if operators:
        blueprint.add_url_rule("/healthz/live", "live", routes.live)
        blueprint.add_url_rule("/healthz/ready", "ready", routes.ready)
        blueprint.add_url_rule("/metrics", "metrics", routes.metrics)
    blueprint.add_url_rule("/status.json", "status_json", routes.status_json)
    return blueprint


class _Routes:
    """The answers."""

    def __init__(self, runtime: Runtime, exposition: Callable[[ServiceStatus], bytes], *, full: bool) -> None:
        self._documents = runtime.documents
        self._clock = runtime.clock
        self._board = StatusBoard(
            runtime.store,
            runtime.documents.edition_watch,
            lambda: runtime.config.sources,
            runtime.writer,
            runtime.config.data_dir,
        )
        self._exposition = exposition
        self._full = full

    def live(self) -> Response:
        return _fresh("alive\n", _TEXT)

    def ready(self) -> Response:
        """A process that has known the store once can serve, whatever became of the store since."""
        if self._documents.vocabulary().edition < 0:
            return unavailable()
        if self._documents.edition_watch.silent_seconds is not None:
            return _fresh("ready; the store does not answer, feeds are served as they were\n", _TEXT)
        return _fresh("ready\n", _TEXT)

    def status(self) -> Response:
        now = self._clock()
        found = self._board.status(now)
        html = render_template("status.html", status=found, troubles=found.troubles(now))
        response = page(html, locale().words.language)
        response.headers["Cache-Control"] = "no-cache"
        return response

    def status_json(self) -> Response:
        now = self._clock()
        told = json.dumps(as_json(self._board.status(now), now, operators=self._full), ensure_ascii=False, indent=1)
        response = _fresh(f"{told}\n", "application/json; charset=utf-8")
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    def metrics(self) -> Response:
        return _fresh(self._exposition(self._board.status(self._clock())), CONTENT_TYPE)


def _fresh(body: str | bytes, content_type: str) -> Response:
    """An answer that nobody keeps."""
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})
