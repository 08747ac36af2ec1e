"""The addresses of bundles: making one, its page and its calendar, and the secret link to change it.

A bundle's calendar is the bytes of its feed under a name of its own; its address stays when its choice changes. Pages
with a secret in their address are kept by no cache, told to no other site, and their address is in no log.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from flask import Blueprint, Response, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as BaseResponse

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.core.slugs import without_secrets
from feedsvc.feeds.feed import formats
from feedsvc.services.bundles import PREFIX, NoRoom, TooManyChanges
from feedsvc.store.bundles import Bundle
from feedsvc.web.bundles.form import BundlePageBuilder, Draft, arguments_of, comes_from_here, draft
from feedsvc.web.http.feeds import METHODS, moved, send, unavailable
from feedsvc.web.http.responses import page, problem
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.agenda_days import AgendaQuery
from feedsvc.web.viewmodels.locale import locale

_AN_HOUR = "3600"
_SECRET_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def bundles_blueprint(runtime: Runtime, builder: PageBuilder) -> Blueprint:
    """The routes."""
    blueprint = Blueprint("bundles", __name__)
    routes = _Routes(runtime, builder)
    blueprint.add_url_rule("/bundle/new", "new", routes.new)
    blueprint.add_url_rule("/bundle/new", "make", routes.make, methods=["POST"])
    blueprint.add_url_rule("/bundle/<slug>", "bundle", routes.show)
    blueprint.add_url_rule("/bundle/<slug>.<extension>", "calendar", routes.calendar, methods=METHODS)
    blueprint.add_url_rule("/bundle/<slug>/edit/<secret>", "edit", routes.edit)
    blueprint.add_url_rule("/bundle/<slug>/edit/<secret>", "change", routes.change, methods=["POST"])
    blueprint.add_url_rule("/bundle/<slug>/edit/<secret>/renew", "renew", routes.renew, methods=["POST"])
    blueprint.add_url_rule("/bundle/<slug>/edit/<secret>/remove", "remove", routes.remove, methods=["POST"])

    @blueprint.app_context_processor
    def saving() -> dict[str, object]:
        """`saving(spec)` gives the arguments of a link to the form; it is None where nothing can be saved."""
        return {"saving": arguments_of if runtime.config.settings.bundles.enabled else None}

    @blueprint.record_once
    def keep_secrets_out_of_logs(state: BlueprintSetupState) -> None:
        state.app.logger.addFilter(_without_secrets)

    return blueprint


class _Routes:
    """The answers."""

    def __init__(self, runtime: Runtime, builder: PageBuilder) -> None:
        self._runtime = runtime
        self._settings = runtime.config.settings.bundles
        self._saved = runtime.bundles
        self._builder = BundlePageBuilder(builder)

    def new(self) -> Response:
        self._is_on()
        filled = draft(request.args, self._runtime.documents.vocabulary(), locale().words)
        return self._form(replace(filled, faults=()))

    def make(self) -> Response:
        self._is_on()
        filled = self._filled()
        if filled.faults:
            return self._form(filled)
        try:
            made, secret = self._saved.make(filled.name, filled.spec, request.remote_addr or "")
        except (TooManyChanges, NoRoom) as error:
            return self._form(filled, refused=error)
        return self._made(made, secret, fresh=True)

    def show(self, slug: str) -> BaseResponse:
        if slug != slug.lower():
            return redirect(f"{PREFIX}{slug.lower()}", 308)
        found = self._found(self._saved.find(slug))
        if found.removed_at:
            return self._removed(410)
        told = locale()
        contents = self._builder.page(found, AgendaQuery.of(request.args), told.words)
        return page(render_template("feed.html", page=contents, gist=""), told.words.language)

    def calendar(self, slug: str, extension: str) -> Response:
        canonical = f"{slug}.{extension}".lower()
        if canonical != f"{slug}.{extension}":
            return moved(f"{PREFIX}{canonical}")
        if extension not in formats():
            known = ", ".join(f".{name}" for name in formats())
            return problem(404, f".{extension} is not a format of a calendar (known: {known})")
        try:
            found = self._saved.find(slug)
            if found is None:
                return problem(404, f"unknown bundle {slug!r}")
            if self._saved.is_gone(found):
                return problem(410, "this calendar was removed; unsubscribe from it")
            return send(self._saved.document(found, extension))
        except StoreUnavailable:
            return unavailable()

    def edit(self, slug: str, secret: str) -> Response:
        found = self._opened(slug, secret)
        return self._form(Draft(found.name, self._saved.spec(found)), found, secret)

    def change(self, slug: str, secret: str) -> Response:
        found = self._opened(slug, secret)
        filled = self._filled(secret=True)
        if filled.faults:
            return self._form(filled, found, secret)
        try:
            changed = self._saved.change(found, filled.name, filled.spec, request.remote_addr or "")
        except TooManyChanges as error:
            return self._form(filled, found, secret, refused=error)
        return self._form(Draft(changed.name, filled.spec), changed, secret, saved=True)

    def renew(self, slug: str, secret: str) -> Response:
        found = self._opened(slug, secret)
        self._comes_from_here(secret=True)
        try:
            return self._made(found, self._saved.renew(found, request.remote_addr or ""), fresh=False)
        except TooManyChanges as error:
            filled = Draft(found.name, self._saved.spec(found))
            return self._form(filled, found, secret, refused=error)

    def remove(self, slug: str, secret: str) -> Response:
        found = self._opened(slug, secret)
        self._comes_from_here(secret=True)
        filled = Draft(found.name, self._saved.spec(found))
        if "sure" not in request.form:
            return self._form(filled, found, secret)
        try:
            self._saved.remove(found, request.remote_addr or "")
        except TooManyChanges as error:
            return self._form(filled, found, secret, refused=error)
        return self._removed(200)

    def _removed(self, status: int) -> Response:
        words = locale().words
        return page(render_template("bundle_removed.html", nowhere=True), words.language, status)

    def _form(
        self,
        filled: Draft,
        bundle: Bundle | None = None,
        secret: str = "",
        *,
        saved: bool = False,
        refused: TooManyChanges | NoRoom | None = None,
    ) -> Response:
        """The form to make a bundle, or with one to change it."""
        told = locale()
        status, why = 422 if filled.faults else 200, ""
        if isinstance(refused, TooManyChanges):
            status, why = 429, told.words.text("That was a lot for one hour. Please go on in an hour.")
        elif refused:
            status, why = 503, told.words.text("No more calendars can be saved here at the moment.")
        contents = self._builder.form(filled, bundle, secret, told.words)
        html = render_template("bundle_form.html", page=contents, saved=saved, refused=why)
        if bundle is None:
            response = page(html, told.words.language, status)
            # "no-referrer" would make a browser hide the form's Origin too, and a stranger's form could not be told.
            response.headers["Referrer-Policy"] = "same-origin"
        else:
            response = _secret_page(html, told.words.language, status)
        if status == 429:
            response.headers["Retry-After"] = _AN_HOUR
        return response

    def _made(self, bundle: Bundle, secret: str, *, fresh: bool) -> Response:
        """The page that shows the secret link, this once."""
        told = locale()
        contents = self._builder.form(Draft(bundle.name, self._saved.spec(bundle)), bundle, secret, told.words)
        html = render_template("bundle_made.html", page=contents, fresh=fresh)
        return _secret_page(html, told.words.language, 201 if fresh else 200)

    def _filled(self, *, secret: bool = False) -> Draft:
        self._comes_from_here(secret=secret)
        return draft(request.form, self._runtime.documents.vocabulary(), locale().words)

    def _comes_from_here(self, *, secret: bool) -> None:
        hosts = frozenset((self._builder.host, request.host))
        if not comes_from_here(request.headers, hosts, secret=secret):
            raise Forbidden("forms are taken from the pages of this service only; open its page and send it from there")

    def _is_on(self) -> None:
        if not self._settings.enabled:
            raise UnknownFeed("saving a choice under a name is switched off here")

    def _opened(self, slug: str, secret: str) -> Bundle:
        self._is_on()
        return self._found(self._saved.opened(slug, secret))

    def _found(self, bundle: Bundle | None) -> Bundle:
        if bundle is None:
            raise UnknownFeed("unknown calendar name, or the link to change it is another one")
        return bundle


def _secret_page(html: str, language: str, status: int) -> Response:
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers.update({"Content-Language": language, **_SECRET_HEADERS})
    return response


def _without_secrets(record: logging.LogRecord) -> bool:
    """Lets every line of the log through, without the secrets in it."""
    record.msg, record.args = without_secrets(record.getMessage()), None
    return True
