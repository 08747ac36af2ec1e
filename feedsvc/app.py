"""The Flask application factory. `wsgi.py`, `feedsvc serve` and the tests all make the application here.

proxies (only if configured) | gate | uploads | Flask: guard, routes, words for every error
"""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from feedsvc.admin.routes import admin_blueprint
from feedsvc.bootstrap import Runtime, load_config, make_runtime, monotonic
from feedsvc.services.subscribers import Counter
from feedsvc.web.bundles.routes import bundles_blueprint
from feedsvc.web.embed.routes import embed_blueprint
from feedsvc.web.http.answers import Serving
from feedsvc.web.http.body_limit import MAX_BODY_BYTES, BodyLimit, HangUp
from feedsvc.web.http.feeds import feeds_blueprint
from feedsvc.web.http.gate import Gate
from feedsvc.web.http.hosts import Hosts, register_guard
from feedsvc.web.http.metrics import Metrics, Reporter
from feedsvc.web.http.request_log import RequestLog
from feedsvc.web.images.preview import picture_blueprint
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.pages.ops import ops_blueprint
from feedsvc.web.pages.routes import pages_blueprint, register_errors

OPERATORS = "operators"
"""The extension of the application that holds the one for operators, where they have a listener of their own."""


def create_application(
    runtime: Runtime | None = None, hang_up: HangUp | None = None, *, operators_apart: bool = False
) -> Flask:
    """The application over the given services, or over those that the configuration describes, with its gate.

    `hang_up` is the server's own way to end a body that does not come. With `operators_apart` the server has a second
    listener: what is for operators is then in the application under OPERATORS alone.
    """
    runtime = runtime or make_runtime(load_config())
    settings = runtime.config.settings
    serving = Serving.of(settings, Counter(runtime.store, runtime.clock).served, runtime.clock)
    app = create_flask(runtime, serving, operators_apart=operators_apart)
    body_limit = BodyLimit(RequestLog(app.wsgi_app), hang_up)
    app.wsgi_app = Gate(body_limit, runtime.documents, Hosts(settings), serving)  # type: ignore[method-assign]
    if settings.log.access:
        app.wsgi_app = RequestLog(app.wsgi_app, monotonic)  # type: ignore[method-assign]
    if proxies := settings.server.trusted_proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]
    return app


def create_flask(runtime: Runtime, serving: Serving, *, operators_apart: bool = False) -> Flask:
    """The same without the gate: it answers everything that the gate does, only slower."""
    app = Flask("feedsvc.web", static_folder="static", static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_PARTS=100, SEND_FILE_MAX_AGE_DEFAULT=3600)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions["serving"] = serving
    register_guard(app, Hosts(runtime.config.settings), https=serving.terms.https)
    reporter = Reporter(Metrics(), runtime.documents, serving.hits)
    reporter.count(app)
    builder = PageBuilder(runtime)
    for blueprint in (
        feeds_blueprint(runtime),
        ops_blueprint(runtime, reporter.exposition, public=True, operators=not operators_apart),
        bundles_blueprint(runtime, builder),
        embed_blueprint(runtime),
        picture_blueprint(runtime),
        pages_blueprint(builder),
    ):
        app.register_blueprint(blueprint)
    if runtime.config.settings.admin.enabled:
        app.register_blueprint(admin_blueprint(runtime))
    register_errors(app)
    if operators_apart:
        app.extensions[OPERATORS] = operators = Flask("feedsvc.operators", static_folder=None)
        operators.register_blueprint(ops_blueprint(runtime, reporter.exposition, public=False, operators=True))
    return app
