"""The pictures of shared links (Open Graph): `/og/country/cl.png` for a feed, `/og/event/<id>.png` for an event.

Drawn on the server, in English like the feeds' own titles, and kept until what they show has changed. A title in
letters that the font lacks is replaced by words that say as much as possible: the country, the site, the date.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from threading import Lock
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.core.model import Record
from feedsvc.feeds.document import Document
from feedsvc.services.bundles import PREFIX, NamedFeed
from feedsvc.web.http.feeds import METHODS, send, unavailable
from feedsvc.web.http.responses import problem
from feedsvc.web.images.drawing import PAPER, Picture, can_draw, draw, drawable
from feedsvc.web.viewmodels.agenda import event_view
from feedsvc.web.viewmodels.colors import readable
from feedsvc.web.viewmodels.i18n import DEFAULT, Words, words
from feedsvc.web.viewmodels.tilemap import parts
from feedsvc.web.viewmodels.urls import addresses_of

MAX_AGE_SECONDS = 3_600
_REMEMBERED = 128
_PNG = "image/png"


def picture_path(path: str) -> str:
    """The path of the picture of a page: of a feed, a bundle or an event."""
    return f"/og{path}.png"


def picture_blueprint(runtime: Runtime) -> Blueprint:
    """The routes."""
    blueprint = Blueprint("picture", __name__)
    routes = _Routes(runtime)
    blueprint.add_url_rule("/og/event/<public_id>.png", "event", routes.event, methods=METHODS)
    blueprint.add_url_rule("/og/<path:path>.png", "feed", routes.feed, methods=METHODS)
    return blueprint


class _Routes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._saved = runtime.bundles
        self._artist = PreviewRenderer(runtime)
        self._kept: OrderedDict[str, tuple[object, Document]] = OrderedDict()
        self._lock = Lock()

    def feed(self, path: str) -> BaseResponse:
        try:
            named = self._saved.feed(f"/{path}")
            if named.path != f"/{path}":
                return redirect(picture_path(named.path), 308)
            now = self._runtime.clock()
            stamp = (named, named.spec.stamp(self._runtime.documents.vocabulary()), now.date())
            return self._answer(named.path, stamp, now, lambda: self._artist.feed(named, now))
        except UnknownFeed as error:
            return problem(404, str(error))
        except StoreUnavailable:
            return self._last(f"/{path}")

    def event(self, public_id: str) -> Response:
        path = f"/event/{public_id}"
        try:
            record = self._artist.event_queries.event(public_id)
            if record is None:
                return problem(404, f"unknown event {public_id!r}")
            stamp = (record.uid, record.sequence, record.modified, record.status)
            return self._answer(path, stamp, self._runtime.clock(), lambda: self._artist.event(record))
        except StoreUnavailable:
            return self._last(path)

    def _answer(self, path: str, stamp: object, now: datetime, picture: Callable[[], Picture]) -> Response:
        """The picture that was kept, or a new one. One is drawn at a time: it takes about 20 ms of a processor."""
        with self._lock:
            kept = self._kept.get(path)
            if kept is None or kept[0] != stamp:
                filename = f"{path.strip('/').replace('/', '-')}.png"
                kept = (stamp, Document(draw(picture()), _PNG, filename, now.replace(microsecond=0)))
                self._kept[path] = kept
            self._kept.move_to_end(path)
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return _sent(kept[1])

    def _last(self, path: str) -> Response:
        """Return the last picture drawn while the store was there."""
        kept = self._kept.get(path)
        return unavailable() if kept is None else _sent(kept[1])


def _sent(document: Document) -> Response:
    response = send(document, MAX_AGE_SECONDS)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


class PreviewRenderer:
    """Decides what is on a picture."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._site = runtime.config.settings.site
        self._default_length = runtime.config.settings.feeds.default_length
        self._words: Words = words(DEFAULT)
        self.event_queries = runtime.event_queries

    def feed(self, named: NamedFeed, now: datetime) -> Picture:
        """A feed or bundle: its span, its name, how many events are coming; where on the map it is."""
        vocabulary = self._runtime.documents.vocabulary()
        labels = " · ".join(named.spec.labels(vocabulary)) or "Every event"
        own_name = named.path.startswith(PREFIX) and _can_show(named.title)
        queries, spec, span = self.event_queries, named.spec, self.event_queries.main_span(named.spec, now)
        years = queries.years(spec)
        if span:
            dates, counted = self._words.span(span.first, span.last), f"{self._words.number(span.events)} event"
        else:
            dates, counted = str(years[0]) if years else "", f"{self._words.number(queries.total(spec))} past event"
        chosen = frozenset(spec.by_dimension.get("country", ()))
        busy = queries.coming_by_value(spec.without_group("country") if chosen else spec, "country", now)
        colors = (vocabulary.color(name, value) for name, value in named.spec.facets)
        return replace(
            self._on(None),
            mark=dates,
            mark_color=readable(self._site.color, PAPER),
            title=named.title if own_name else labels,
            lines=(
                counted if counted.startswith("1 ") else f"{counted}s",
                "In your own calendar,",
                "always up to date",
            ),
            squares=tuple(
                (
                    part.column + square.column - 2,
                    part.row + square.row - 2,
                    2 if square.country in chosen else int(busy.get(square.country, 0) > 0),
                )
                for part in parts()
                for square in part.squares
            ),
            colors=tuple(readable(color, PAPER) for color in colors if color is not None),
        )

    def event(self, record: Record) -> Picture:
        """An event: its title, when and where."""
        seen = event_view(record, self._words, self._default_length)
        countries = self._words.listed([country.label for country in seen.countries])
        instead = f"{self._site.name} event in {countries}" if countries else f"{self._site.name} event"
        until = f", until {seen.when.until}" if seen.when.until else ""
        place = f"{seen.when.place} time" if seen.when.place else seen.when.offset
        vocabulary = self._runtime.documents.vocabulary()
        colors = (vocabulary.color("theme", theme.value) for theme in seen.themes)
        return replace(
            self._on(seen.when.day),
            title=seen.title if _can_show(seen.title) else instead,
            lines=tuple(line for line in (f"{seen.when.clock}{until}  {place}".strip(), countries) if line),
            colors=tuple(readable(color, PAPER) for color in colors if color is not None),
            mark="Cancelled" if seen.cancelled else "",
        )

    def _on(self, day: date | None) -> Picture:
        """A picture with what all pictures have, and a date."""
        root = addresses_of(self._runtime.config.settings)
        return Picture(
            site_name=self._site.name,
            title="",
            lines=(),
            day="" if day is None else str(day.day),
            month="" if day is None else f"{self._words.weekday(day)}\n{self._words.skeleton('yMMMM', day)}",
            host=urlsplit(root.root).netloc if root.public else "",
            brand=readable(self._site.color, PAPER),
            colors=(),
        )


def _can_show(text: str) -> bool:
    return can_draw(text) and bool(drawable(text))
