"""Answers to faulty requests: pages for browsers, problem documents for everything else."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from feedsvc.core.errors import UnknownFeed
from feedsvc.core.text import cut
from feedsvc.web.http.answers import ALLOWED
from feedsvc.web.http.responses import problem
from feedsvc.web.pages import routes

_LONGEST_DETAIL = 300


def register_errors(app: Flask) -> None:
    """Answer every error with words."""

    @app.errorhandler(UnknownFeed)
    def unknown_feed(error: UnknownFeed) -> Response:
        return _not_found(cut(str(error), _LONGEST_DETAIL))

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        return _not_found(f"there is nothing at {cut(request.path, 200)}")

    @app.errorhandler(MethodNotAllowed)
    def not_allowed(error: MethodNotAllowed) -> Response:
        allowed = ", ".join(sorted(error.valid_methods or ())) or ALLOWED
        return problem(405, f"{request.method} is not allowed here (allowed: {allowed})", {"Allow": allowed})

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        later = getattr(error, "retry_after", None)
        headers = {} if later is None else {"Retry-After": str(later)}
        return problem(error.code or 500, error.description or "the request cannot be answered", headers)


def _not_found(detail: str) -> Response:
    """A program asks for a name with an extension."""
    return problem(404, detail) if "." in request.path.rpartition("/")[2] else routes.not_found(detail)
