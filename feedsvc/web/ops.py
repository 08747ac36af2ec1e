"""Addresses for those who operate the service: is the process alive, can it serve."""

from __future__ import annotations

from flask import Blueprint, Response

from feedsvc.bootstrap import Services
from feedsvc.web.problems import problem


def ops_blueprint(services: Services) -> Blueprint:
    """The routes."""
    blueprint = Blueprint("ops", __name__)

    def live() -> Response:
        return Response("alive\n", content_type="text/plain; charset=utf-8")

    def ready() -> Response:
        if services.library.look():
            return Response("ready\n", content_type="text/plain; charset=utf-8")
        return problem(503, "the store does not answer; what is at hand is still served")

    blueprint.add_url_rule("/healthz/live", "live", live)
    blueprint.add_url_rule("/healthz/ready", "ready", ready)
    return blueprint
