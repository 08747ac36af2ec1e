"""The pages people see: the start page, a page for each feed, a page for each event.

A feed's page has the feed's path without extension, so what is on screen is what one subscribes to. What a page says
depends on its address and its language (`lang` in the address, else Accept-Language); no cookie is ever set.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from feedsvc.config.settings import SourceSettings
from feedsvc.core.errors import UnknownFeed
from feedsvc.feeds.spec import FeedSpec, make_spec
from feedsvc.services.bundles import NamedFeed
from feedsvc.web.http.answers import ALLOWED
from feedsvc.web.http.responses import PAGE_SECONDS, page, plain, problem, repeatable
from feedsvc.web.images.badge import badge
from feedsvc.web.images.qr import PICTURES, qr
from feedsvc.web.pages.discovery import add_discovery
from feedsvc.web.pages.event import event_page
from feedsvc.web.pages.feed import PageBuilder, changes_page
from feedsvc.web.pages.poster import poster
from feedsvc.web.pages.search import exact, search_page, suggestions, zones_script
from feedsvc.web.pages.share import share_page
from feedsvc.web.pages.start import start_page
from feedsvc.web.pages.template_context import YEAR_SECONDS, Rendered, register
from feedsvc.web.viewmodels.agenda_days import AgendaQuery
from feedsvc.web.viewmodels.colors import stylesheet
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.locale import locale

DAY_SECONDS = 86_400
KEPT_ARGUMENTS = ("q", "year", "at", "in", "lang")
"""Arguments a page reads of its query string; everything else is dropped when it redirects."""


def pages_blueprint(builder: PageBuilder) -> Blueprint:
    """The routes of the pages."""
    blueprint = Blueprint("pages", __name__)
    pages = PublicPages(builder)
    register(blueprint, builder)
    add_discovery(blueprint, builder)
    blueprint.add_url_rule("/", "start", pages.start)
    blueprint.add_url_rule("/colors.css", "colors", pages.colors)
    blueprint.add_url_rule("/zones.js", "zones", pages.zones)
    blueprint.add_url_rule("/suggestions.json", "suggestions", pages.suggestions)
    blueprint.add_url_rule("/event/<public_id>", "event", pages.event)
    blueprint.add_url_rule("/qr/<path:path>.<extension>", "qr", pages.qr)
    blueprint.add_url_rule("/poster/<path:path>", "poster", pages.poster)
    blueprint.add_url_rule("/share/<path:path>", "share", pages.share)
    blueprint.add_url_rule("/changes/<path:path>", "changes", pages.changes)
    blueprint.add_url_rule("/<path:path>/badge.svg", "badge", pages.badge)
    blueprint.add_url_rule("/about", "about", pages.about)
    blueprint.add_url_rule("/privacy", "privacy", lambda: _to_about("privacy"))
    blueprint.add_url_rule("/leave", "leave", lambda: _to_about("leave"))
    blueprint.add_url_rule("/<path:path>", "feed", pages.feed)
    return blueprint


class PublicPages:
    """Answers of each address."""

    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._rendered = Rendered()
        self._saved = builder.runtime.bundles

    def start(self) -> Response:
        """The start page: choose a calendar; with words to look for, what they find."""
        told, now = locale(), self._builder.runtime.clock()
        if "q" in request.args:
            return self._search(AgendaQuery.of(request.args).query)

        def render() -> str:
            contents = start_page(self._builder, told.words, now)
            return render_template("start.html", page=contents, gist=self._builder.gist(told.words))

        return page(self._rendered.get(self._key("start", now), render), told.words.language)

    def zones(self) -> Response:
        """The table by which a device guesses its country from its clock."""
        return plain(
            zones_script(), "text/javascript; charset=utf-8", YEAR_SECONDS if request.query_string else DAY_SECONDS
        )

    def suggestions(self) -> Response:
        """Every calendar by name, for the field that completes them."""
        told, now = locale(), self._builder.runtime.clock()
        made = self._rendered.get(self._key("names", now), lambda: suggestions(self._builder, told.words, now))
        return plain(made, "application/json; charset=utf-8", PAGE_SECONDS)

    def feed(self, path: str) -> Response:
        """A feed's page; another spelling of its path leads to the canonical one."""
        try:
            found = self._builder.runtime.documents.find(f"/{path}")
        except UnknownFeed as error:
            return not_found(str(error))
        if found.canonical != f"/{path}":
            return Response(status=308, headers={"Location": _with_arguments(found.canonical)})
        spec = found.spec
        told, query, now = locale(), AgendaQuery.of(request.args), self._builder.runtime.clock()
        if query.query:
            return Response(
                status=303, headers={"Location": told.link("/", q=query.query), "Cache-Control": "no-store"}
            )

        def render() -> str:
            contents = self._builder.feed_page(self._saved.canonical(spec), query, told.words, now)
            return render_template("feed.html", page=contents, gist=self._builder.gist(told.words))

        return page(self._rendered.get(self._key((spec, query), now), render), told.words.language)

    def event(self, public_id: str) -> Response:
        """One event's page."""
        record = self._builder.event_queries.event(public_id)
        if record is None:
            told = f"unknown event {public_id!r}"
            return problem(404, told) if "." in public_id else not_found(told)
        if record.id != public_id:
            return Response(status=308, headers={"Location": f"/event/{record.id}"})
        words, now = locale().words, self._builder.runtime.clock()
        try:
            opened_from = self._builder.runtime.documents.find(request.args.get("in", "")).spec
        except UnknownFeed:
            opened_from = None
        contents = event_page(self._builder, record, words, now, opened_from)
        return page(render_template("event.html", page=contents), words.language)

    def qr(self, path: str, extension: str) -> Response:
        """The QR code that opens a page. Only feeds and bundles have one, or anybody could fill the cache."""
        try:
            is_known = self._saved.feed(f"/{path}").path == f"/{path}"
        except UnknownFeed:
            is_known = False
        if extension not in PICTURES or not is_known:
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

    def share(self, path: str) -> Response:
        """Everything for organisers."""
        told, now = locale(), self._builder.runtime.clock()
        return self._of_feed(
            path,
            "share",
            lambda named: render_template("share.html", page=share_page(self._builder, named, told.words, now)),
        )

    def changes(self, path: str) -> Response:
        """The changes of a calendar's events in the last 90 days."""
        told, now = locale(), self._builder.runtime.clock()
        return self._of_feed(
            path,
            "changes",
            lambda named: render_template("changes.html", page=changes_page(self._builder, named, told.words, now)),
        )

    def badge(self, path: str) -> Response:
        """The badge of a calendar."""
        words, now = locale().words, self._builder.runtime.clock()
        try:
            named = self._saved.feed(f"/{path}")
        except UnknownFeed as error:
            return problem(404, str(error))
        name = named.title if named.is_bundle else self._builder.name(named.spec, words)
        figures = self._builder.figures(named.spec, now)
        count = words.plural("%(count)s event", "%(count)s events", 0 if figures.past else figures.total)
        told = words.text("%(name)s in your calendar", name=name)
        response = plain(badge(told, count, self._builder.site.color), "image/svg+xml")
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def about(self) -> Response:
        """Who runs this, privacy, how to leave, how times are understood, data."""
        words, now = locale().words, self._builder.runtime.clock()
        return page(render_template("about.html", page=about_page(self._builder, words, now)), words.language)

    def _of_feed(self, path: str, kind: str, render: Callable[[NamedFeed], str]) -> Response:
        """A page about a feed or bundle; another spelling leads to the canonical one."""
        try:
            named = self._saved.feed(f"/{path}")
        except UnknownFeed as error:
            return not_found(str(error))
        if named.path != f"/{path}":
            return Response(status=308, headers={"Location": _with_arguments(f"/{kind}{named.path}")})
        return page(render(named), locale().words.language)

    def colors(self) -> Response:
        """The configured colours as a stylesheet."""
        config = self._builder.runtime.config
        themes = {theme.slug: theme.color for theme in config.themes.all}
        return plain(stylesheet(config.settings.site.color, themes), "text/css; charset=utf-8")

    def _search(self, query: str) -> Response:
        """What a search found; a name of one calendar, from the field that chooses one, leads straight to it."""
        told, now = locale(), self._builder.runtime.clock()
        if request.args.get("go") and (path := exact(self._builder, query, told.words, now)):
            return Response(
                status=303, headers={"Location": told.link(self._joined(path)), "Cache-Control": "no-store"}
            )
        html = self._rendered.once(
            lambda: render_template("search.html", page=search_page(self._builder, query, told.words, now))
        )
        return page(html, told.words.language)

    def _joined(self, path: str) -> str:
        """The path of a calendar with the one it is to be added to, if there is one and they fit together."""
        documents = self._builder.runtime.documents
        try:
            base, more = documents.find(request.args.get("to", "")).spec, documents.find(path).spec
            if not base.wanted:
                return path
            dimensions = {**base.by_dimension}
            for name, values in more.wanted:
                dimensions[name] = (*dimensions.get(name, ()), *values)
            return documents.find(make_spec(dimensions).path).canonical
        except UnknownFeed:
            return path

    def _key(self, what: Hashable, now: datetime) -> Hashable:
        """What a finished page depends on: its contents, its minute, its language."""
        version, told = self._builder.runtime.documents.vocabulary().version, locale()
        return version, int(now.timestamp()) // PAGE_SECONDS, what, told.words.language, told.chosen


def _to_about(part: str) -> Response:
    return Response(status=302, headers={"Location": f"{locale().link('/about')}#{part}"})


def not_found(detail: str) -> Response:
    """The page for an address that leads nowhere."""
    html = render_template("not_found.html", detail=repeatable(detail), nowhere=True)
    return page(html, locale().words.language, 404)


def _with_arguments(path: str) -> str:
    kept = {name: request.args[name] for name in KEPT_ARGUMENTS if name in request.args}
    return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, slots=True)
class AboutPage:
    """Everything the template needs. `every` is the pace of the quickest source in words."""

    every: str
    contact_link: str
    example: str
    example_path: str


def about_page(builder: PageBuilder, words: Words, now: datetime) -> AboutPage:
    """The page about the service; its example is the country with most events."""
    counts = builder.figures(FeedSpec(), now).counts(builder.dimensions["country"])
    known = {code: events for code, events in counts.items() if code != "other"}
    spec = FeedSpec().toggled("country", max(known, key=lambda code: (known[code], code))) if known else FeedSpec()
    contact = builder.site.contact
    paces = [source.common.every for source in builder.runtime.config.sources]
    return AboutPage(
        every=words.duration(min(paces, default=SourceSettings.model_fields["every"].default)),
        contact_link=f"mailto:{contact}" if "@" in contact and ":" not in contact else contact,
        example=builder.name(spec, words),
        example_path=spec.path,
    )


def register_errors(app: Flask) -> None:
    """Answer every error with words."""

    @app.errorhandler(UnknownFeed)
    def unknown_feed(error: UnknownFeed) -> Response:
        return _not_found(str(error))

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        return _not_found(f"there is nothing at {request.path}")

    @app.errorhandler(MethodNotAllowed)
    def not_allowed(error: MethodNotAllowed) -> Response:
        allowed = ", ".join(sorted(error.valid_methods or ())) or ALLOWED
        return problem(405, f"{request.method} is not allowed here (allowed: {allowed})", {"Allow": allowed})

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        later = getattr(error, "retry_after", None)
        headers = {} if later is None else {"Retry-After": str(later)}
        return problem(error.code or 500, error.description or "the request cannot be answered", headers)


def _not_found(detail: str) -> Response:
    """A program asks for a name with an extension."""
    return problem(404, detail) if "." in request.path.rpartition("/")[2] else not_found(detail)
