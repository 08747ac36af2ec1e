"""The Flask application factory. `wsgi.py`, `feedsvc serve` and the tests all make the application here.

proxies (only if configured) | gate | uploads | Flask: guard, routes, words for every error
"""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from feedsvc.bootstrap import Services, load_config, make_services
from feedsvc.services.subscribers import Counter
from feedsvc.web.bundles.routes import bundles_blueprint
from feedsvc.web.embed.routes import embed_blueprint
from feedsvc.web.http.answers import Serving
from feedsvc.web.http.body_limit import Uploads
from feedsvc.web.http.feeds import feeds_blueprint
from feedsvc.web.http.gate import Gate
from feedsvc.web.http.hosts import Hosts, register_guard
from feedsvc.web.http.metrics import Metrics, Reporter
from feedsvc.web.images.preview import picture_blueprint
from feedsvc.web.pages.errors import register_errors
from feedsvc.web.pages.ops import ops_blueprint
from feedsvc.web.pages.routes import pages_blueprint


def create_application(services: Services | None = None) -> Flask:
    """The application over the given services, or over those that the configuration describes, with its gate."""
    services = services or make_services(load_config())
    settings = services.config.settings
    serving = Serving.of(settings, Counter(services.store, services.clock).served)
    app = create_flask(services, serving)
    uploads = Uploads(app.wsgi_app)
    app.wsgi_app = Gate(uploads, services.library, Hosts(settings), serving)  # type: ignore[method-assign]
    if proxies := settings.server.trusted_proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]
    return app


def create_flask(services: Services, serving: Serving) -> Flask:
    """The same without the gate: it answers everything that the gate does, only slower."""
    app = Flask("feedsvc.web", static_folder="static", static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=65_536, MAX_FORM_PARTS=100, SEND_FILE_MAX_AGE_DEFAULT=3600)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions["serving"] = serving
    register_guard(app, Hosts(services.config.settings), https=serving.terms.https)
    reporter = Reporter(Metrics(), services.library, serving.hits)
    reporter.count(app)
    for blueprint in (
        feeds_blueprint(services),
        ops_blueprint(services, reporter.exposition),
        bundles_blueprint(services),
        embed_blueprint(services),
        picture_blueprint(services),
        pages_blueprint(services),
    ):
        app.register_blueprint(blueprint)
    register_errors(app)
    return app
