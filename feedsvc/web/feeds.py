"""The addresses that calendar programs fetch: feeds in every format, and single events."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from feedsvc.bootstrap import Services
from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.feeds.document import Document
from feedsvc.web.http import ALLOWED, Answers, Asked
from feedsvc.web.problems import problem

METHODS = ["GET", "HEAD", "OPTIONS"]
RETRY_AFTER_SECONDS = "30"


def asked() -> Asked:
    """What of the present request decides how a document is answered."""
    headers = request.headers
    return Asked(
        request.method,
        headers.get("If-None-Match"),
        headers.get("If-Modified-Since"),
        headers.get("Accept-Encoding"),
    )


def send(document: Document, max_age_seconds: int) -> Response:
    """A document as the answer to the present request."""
    answer = Answers(document, max_age_seconds).answer(asked())
    response = Response(answer.body, answer.status)
    response.headers.clear()
    response.headers.extend(answer.headers)
    response.automatically_set_content_length = answer.status == 200 and request.method != "HEAD"
    return response


def feeds_blueprint(services: Services) -> Blueprint:
    """The routes. A feed page without extension is found by the pages' blueprint."""
    blueprint = Blueprint("feeds", __name__)
    max_age = int(services.config.settings.feeds.max_age.total_seconds())

    def feed(path: str, extension: str) -> BaseResponse:
        address = f"/{path}.{extension}"
        try:
            found = services.library.find(address)
        except UnknownFeed as error:
            return problem(404, str(error))
        if found.canonical != address:
            return redirect(found.canonical, 308)
        try:
            return send(services.library.document(found.spec, extension), max_age)
        except StoreUnavailable:
            return unavailable()

    def event(public_id: str) -> Response:
        try:
            document = services.library.event_document(public_id)
        except StoreUnavailable:
            return unavailable()
        if document is None:
            return problem(404, f"there is no event {public_id!r}")
        return send(document, max_age)

    blueprint.add_url_rule("/<path:path>.<extension>", "feed", feed, methods=METHODS)
    blueprint.add_url_rule("/event/<public_id>.ics", "event", event, methods=METHODS)
    return blueprint


def unavailable() -> Response:
    """The store is away and there is nothing to fall back on."""
    return problem(503, "the store does not answer; try again", {"Retry-After": RETRY_AFTER_SECONDS})


def method_not_allowed() -> Response:
    """Any method that does not read."""
    return problem(405, f"{request.method} is not answered here; there are {ALLOWED}", {"Allow": ALLOWED})
