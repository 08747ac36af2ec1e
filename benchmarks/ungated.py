"""The application as it is behind its gate: Flask answers every request. Only to be measured against."""

from __future__ import annotations

from flask import Flask

from feedsvc.app import create_flask
from feedsvc.bootstrap import Runtime, load_config, make_runtime
from feedsvc.services.subscribers import Counter
from feedsvc.web.http.answers import Serving


def create_application(runtime: Runtime | None = None) -> Flask:
    """The Flask application alone; it notes what it served as the gate does."""
    runtime = runtime or make_runtime(load_config())
    return create_flask(runtime, Serving.of(runtime.config.settings, Counter(runtime.store, runtime.clock).served))
