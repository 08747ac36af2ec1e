"""What people and programs get when something is wrong: pages for browsers, problem documents for everything else."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from feedsvc.core.errors import UnknownFeed
from feedsvc.web.feeds import method_not_allowed
from feedsvc.web.problems import problem


def register_errors(app: Flask) -> None:
    """Answer every error with words."""

    @app.errorhandler(UnknownFeed)
    def unknown_feed(error: UnknownFeed) -> Response | tuple[str, int]:
        return _not_found(str(error))

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response | tuple[str, int]:
        return _not_found(f"there is nothing at {request.path}")

    @app.errorhandler(MethodNotAllowed)
    def not_allowed(_error: MethodNotAllowed) -> Response:
        return method_not_allowed()

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        return problem(error.code or 500, error.description or "the request can not be answered")


def _not_found(detail: str) -> Response | tuple[str, int]:
    if "." in request.path.rpartition("/")[2]:
        return problem(404, detail)
    return render_template("not_found.html", detail=detail), 404
