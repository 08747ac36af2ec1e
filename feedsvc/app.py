"""The Flask application factory. `wsgi.py`, `feedsvc serve` and the tests all make the application here."""

from __future__ import annotations

from flask import Flask

from feedsvc.bootstrap import Services, load_config, make_services
from feedsvc.web.bundles import bundles_blueprint
from feedsvc.web.embed import embed_blueprint
from feedsvc.web.errors import register_errors
from feedsvc.web.feeds import feeds_blueprint
from feedsvc.web.ops import ops_blueprint
from feedsvc.web.pages import pages_blueprint


def create_application(services: Services | None = None) -> Flask:
    """An application over the given services, or over those that the configuration describes."""
    services = services or make_services(load_config())
    app = Flask("feedsvc.web", static_folder="static", static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=65_536, MAX_FORM_PARTS=100, SEND_FILE_MAX_AGE_DEFAULT=3600)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    for blueprint in (
        feeds_blueprint(services),
        ops_blueprint(services),
        bundles_blueprint(services),
        embed_blueprint(services),
        pages_blueprint(services),
    ):
        app.register_blueprint(blueprint)
    register_errors(app)
    return app
