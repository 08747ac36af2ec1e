"""What every page has around it: what its template may use, its headers, a page for when the store is away."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.blueprints import BlueprintSetupState

from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.feed import formats
from feedsvc.web.feedpage import Desk
from feedsvc.web.language import tongue
from feedsvc.web.respond import page, secure


def furnish(blueprint: Blueprint, desk: Desk) -> None:
    """Give every template of the application what it may use, and every answer its headers."""
    https = desk.addresses.root.startswith("https:")

    def everywhere() -> dict[str, object]:
        told = tongue()
        return {
            "site": desk.site,
            "addresses": desk.addresses,
            "tongue": told,
            "words": told.words,
            "_": told.words.gettext,
            "ngettext": told.words.ngettext,
            "link": told.link,
            "popular": desk.popular,
            "formats": formats(),
        }

    def unavailable(_error: StoreUnavailable) -> Response:
        return page(render_template("unavailable.html"), tongue().words.language, 503)

    def tidy(state: BlueprintSetupState) -> None:
        state.app.jinja_env.trim_blocks = state.app.jinja_env.lstrip_blocks = True

    def headers(response: Response) -> Response:
        return secure(response, https=https)

    blueprint.app_context_processor(everywhere)
    blueprint.app_errorhandler(StoreUnavailable)(unavailable)
    blueprint.after_app_request(headers)
    blueprint.record_once(tidy)
