"""The application as it is behind its gate: Flask answers every request. Only to be measured against."""

from __future__ import annotations

from flask import Flask

from feedsvc.app import create_flask
from feedsvc.bootstrap import Services, load_config, make_services
from feedsvc.services.subscribers import Counter
from feedsvc.web.http.answers import Serving


def create_application(services: Services | None = None) -> Flask:
    """The Flask application alone; it notes what it served as the gate does."""
    services = services or make_services(load_config())
    return create_flask(services, Serving.of(services.config.settings, Counter(services.store, services.clock).served))
