"""The pages people see: the start page, a page for each feed, a page for each event.

A feed's page has the feed's path without extension, so what is on screen is what one subscribes to. What a page says
depends on its address and its language (`lang` in the address, else Accept-Language); no cookie is ever set.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from feedsvc.core.errors import UnknownFeed
from feedsvc.feeds.spec import FeedSpec
from feedsvc.web.http.responses import PAGE_SECONDS, page, plain, problem
from feedsvc.web.images.qr import PICTURES, qr
from feedsvc.web.pages.discovery import add_discovery
from feedsvc.web.pages.event import event_page
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.pages.page_cache import Rendered
from feedsvc.web.pages.poster import poster
from feedsvc.web.pages.template_context import register
from feedsvc.web.viewmodels.agenda_range import AgendaQuery
from feedsvc.web.viewmodels.colors import stylesheet
from feedsvc.web.viewmodels.locale import locale

DAY_SECONDS = 86_400
KEPT_ARGUMENTS = ("q", "year", "at", "lang")
"""Arguments a page reads of its query string; everything else is dropped when it redirects."""


def pages_blueprint(builder: PageBuilder) -> Blueprint:
    """The routes of the pages."""
    blueprint = Blueprint("pages", __name__)
    pages = PublicPages(builder)
    register(blueprint, builder)
    add_discovery(blueprint, builder)
    blueprint.add_url_rule("/", "start", pages.start)
    blueprint.add_url_rule("/colors.css", "colors", pages.colors)
    blueprint.add_url_rule("/event/<public_id>", "event", pages.event)
    blueprint.add_url_rule("/qr/<path:path>.<extension>", "qr", pages.qr)
    blueprint.add_url_rule("/poster/<path:path>", "poster", pages.poster)
    blueprint.add_url_rule("/<path:path>", "feed", pages.feed)
    return blueprint


class PublicPages:
    """Answers of each address."""

    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._rendered = Rendered()
        self._saved = builder.runtime.bundles

    def start(self) -> Response:
        """The start page: every event."""
        return self._show(FeedSpec(), home=True)

    def feed(self, path: str) -> Response:
        """A feed's page; another spelling of its path leads to the canonical one."""
        try:
            found = self._builder.runtime.documents.find(f"/{path}")
        except UnknownFeed as error:
            return not_found(str(error))
        if found.canonical != f"/{path}":
            return Response(status=308, headers={"Location": _with_arguments(found.canonical)})
        return self._show(found.spec)

    def event(self, public_id: str) -> Response:
        """One event's page."""
        record = self._builder.event_queries.event(public_id)
        if record is None:
            told = f"unknown event {public_id!r}"
            return problem(404, told) if "." in public_id else not_found(told)
        words = locale().words
        return page(render_template("event.html", page=event_page(self._builder, record, words)), words.language)

    def qr(self, path: str, extension: str) -> Response:
        """The QR code that opens a page."""
        if extension not in PICTURES or not self._leads_somewhere(path):
            return problem(404, "unknown QR code; each calendar has one as .svg and .png")
        picture = qr(self._builder.addresses.absolute(f"/{path}"), extension)
        return plain(picture, PICTURES[extension], max_age_seconds=DAY_SECONDS)

    def poster(self, path: str) -> Response:
        """A sheet to print and hang up."""
        try:
            named = self._saved.feed(f"/{path}")
        except UnknownFeed as error:
            return not_found(str(error))
        words = locale().words
        contents = poster(self._builder, named, words, self._builder.runtime.clock())
        return page(render_template("poster.html", page=contents), words.language)

    def _leads_somewhere(self, path: str) -> bool:
        """Return True if a path is a feed's or a bundle's: only those have a code, or anybody could fill the cache."""
        try:
            return self._saved.feed(f"/{path}").path == f"/{path}"
        except UnknownFeed:
            return False

    def colors(self) -> Response:
        """The configured colours as a stylesheet."""
        config = self._builder.runtime.config
        themes = {theme.slug: theme.color for theme in config.themes.all}
        return plain(stylesheet(config.settings.site.color, themes), "text/css; charset=utf-8")

    def _show(self, spec: FeedSpec, *, home: bool = False) -> Response:
        told, query, now = locale(), AgendaQuery.of(request.args), self._builder.runtime.clock()

        def render() -> str:
            contents = self._builder.feed_page(self._saved.canonical(spec), query, told.words, now, home=home)
            return render_template("feed.html", page=contents)

        if query.query:
            return page(self._rendered.once(render), told.words.language)
        edition = self._builder.runtime.documents.vocabulary().edition
        stamp = (edition, int(now.timestamp()) // PAGE_SECONDS)
        key = (stamp, spec, home, query, told.words.language, told.chosen)
        return page(self._rendered.get(key, render), told.words.language)


def not_found(detail: str) -> Response:
    """The page for an address that leads nowhere."""
    return page(render_template("not_found.html", detail=detail), locale().words.language, 404)


def _with_arguments(path: str) -> str:
    kept = {name: request.args[name] for name in KEPT_ARGUMENTS if name in request.args}
    return f"{path}?{urlencode(kept)}" if kept else path
