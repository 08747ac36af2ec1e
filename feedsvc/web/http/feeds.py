"""The addresses that calendar programs fetch: feeds in every format, and single events."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, current_app, request

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.feeds.cache import EventMoved
from feedsvc.feeds.document import Document
from feedsvc.web.http.answers import Answer, Serving, answers_of, options_answer
from feedsvc.web.http.responses import problem

METHODS = ["GET", "HEAD", "OPTIONS"]
RETRY_AFTER_SECONDS = "30"


def send(document: Document, max_age_seconds: int | None = None) -> Response:
    """A document as the answer to the present request. `max_age_seconds` where it is not that of feeds."""
    serving: Serving = current_app.extensions["serving"]
    terms = serving.terms if max_age_seconds is None else replace(serving.terms, max_age_seconds=max_age_seconds)
    if request.method == "OPTIONS":
        return _as_response(options_answer(terms))
    headers = request.headers
    answer = answers_of(document, terms).answer(
        request.method,
        headers.get("If-None-Match"),
        headers.get("If-Modified-Since"),
        headers.get("Accept-Encoding"),
    )
    if serving.on_served is not None:
        serving.on_served(request.path, headers.get("User-Agent"), request.remote_addr, answer.status)
    return _as_response(answer)


def moved(path: str) -> Response:
    """To the canonical path, for ever. Programs in browsers may follow it from other sites, as they may read feeds."""
    serving: Serving = current_app.extensions["serving"]
    keep = ("Cache-Control", f"public, max-age={serving.terms.max_age_seconds}")
    return _as_response(Answer(308, [("Location", path), ("Content-Length", "0"), keep, *serving.terms.headers]))


def _as_response(answer: Answer) -> Response:
    """A finished answer as Flask's own, with exactly its headers."""
    response = Response(answer.body, answer.line)
    response.headers.clear()
    response.headers.extend(answer.headers)
    return response


def feeds_blueprint(runtime: Runtime) -> Blueprint:
    """The routes. A feed page without extension is found by the pages' blueprint."""
    blueprint = Blueprint("feeds", __name__)

    def feed(path: str, extension: str) -> Response:
        try:
            found = runtime.documents.find(f"/{path}.{extension}")
            if found.canonical != request.path:
                return moved(found.canonical)
            return send(runtime.documents.document(found.spec, found.extension or extension))
        except UnknownFeed as error:
            return problem(404, str(error))
        except StoreUnavailable:
            return unavailable()

    def event(public_id: str) -> Response:
        try:
            document = runtime.documents.event_document(public_id)
        except EventMoved as elsewhere:
            return moved(elsewhere.path)
        except StoreUnavailable:
            return unavailable()
        return problem(404, f"unknown event {public_id!r}") if document is None else send(document)

    for rule in ("/<path:path>.<extension>", "/<path:path>.<extension>/"):
        blueprint.add_url_rule(rule, "feed", feed, methods=METHODS)
    blueprint.add_url_rule("/event/<public_id>.ics", "event", event, methods=METHODS)
    return blueprint


def unavailable() -> Response:
    """The store is away and there is nothing to fall back on."""
    return problem(503, "the store does not answer; try again", {"Retry-After": RETRY_AFTER_SECONDS})
