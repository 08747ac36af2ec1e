"""What every answer goes through, whichever route gave it: the name it was asked by, and its protecting headers."""

from __future__ import annotations

from flask import Flask, Response, request

from feedsvc.web.http.answers import HSTS, OTHER_HEADERS
from feedsvc.web.http.hosts import Hosts
from feedsvc.web.http.responses import SECURITY, problem


def register_guard(app: Flask, hosts: Hosts, *, https: bool) -> None:
    """Refuse strange names before anything else, and add to every answer the headers it lacks."""

    @app.before_request
    def known_name() -> Response | None:
        if hosts.answers_to(request.environ.get("HTTP_HOST"), request.path):
            return None
        return problem(400, "this service does not answer to that name; ask by its public address")

    @app.after_request
    def protected(response: Response) -> Response:
        needed = SECURITY.items() if response.mimetype == "text/html" else OTHER_HEADERS
        for name, value in (*needed, *((HSTS,) if https else ())):
            response.headers.setdefault(name, value)
        return response
