"""The agenda of a feed in a frame on other people's pages: `/embed/country/cl?view=month&theme=dark&lang=es&events=20`.

What it shows depends on its address alone: no cookie, no script, nothing of third parties, and a language only if the
address names one. It is sandboxed by its own headers, so the page around it and the agenda cannot reach each other.
The hardest case is a mistake in the address: the person who reads that page did not make it, so a value that makes no
sense counts as not given, and a feed that does not exist is told in the frame, not by the browser's own error.
"""

from __future__ import annotations

import re
from calendar import Calendar
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.feeds.document import Document
from feedsvc.services.bundles import NamedFeed
from feedsvc.web.http.feeds import METHODS, send
from feedsvc.web.http.responses import plain
from feedsvc.web.viewmodels.agenda import EventView, event_view
from feedsvc.web.viewmodels.colors import NIGHT, PAPER, readable
from feedsvc.web.viewmodels.figures import Figures
from feedsvc.web.viewmodels.filters import heading
from feedsvc.web.viewmodels.i18n import DEFAULT, LOCALES, Words, words
from feedsvc.web.viewmodels.locale import Locale
from feedsvc.web.viewmodels.urls import Addresses, addresses_of

PREFIX = "/embed"
MAX_AGE_SECONDS = 300
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""No script, no form, an origin of its own; links may open a tab, which is not sandboxed."""
DEFAULT_HEIGHT = 480
_COUNT = re.compile(r"[1-9][0-9]?|100")
_REMEMBERED = 256
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Look:
    """Appearance of an agenda: `view` is agenda or month, `theme` is auto, light or dark, `events` the most shown."""

    view: str = "agenda"
    theme: str = "auto"
    lang: str = DEFAULT
    events: int = 10

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Look:
        """From the address."""
        usual = cls()
        count = arguments.get("events", "")
        return cls(
            view=_one_of(("agenda", "month"), arguments.get("view"), usual.view),
            theme=_one_of(("auto", "light", "dark"), arguments.get("theme"), usual.theme),
            lang=_one_of(tuple(LOCALES), arguments.get("lang"), usual.lang),
            events=int(count) if _COUNT.fullmatch(count) else usual.events,
        )

    def query(self) -> str:
        """The part of the address that asks for it; empty for the usual one."""
        usual = asdict(Look())
        return urlencode({name: value for name, value in asdict(self).items() if value != usual[name]})


def _one_of(allowed: tuple[str, ...], given: str | None, usual: str) -> str:
    return given if given in allowed else usual


def embed_path(path: str, look: Look) -> str:
    """The address of a feed's agenda, from the feed's path."""
    query = look.query()
    return f"{PREFIX}{path}?{query}" if query else PREFIX + path


def embed_code(address: str, title: str, height: int = DEFAULT_HEIGHT) -> str:
    """The HTML that an organiser puts into a page: a frame, and nothing else. `address` is absolute."""
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" style="border:0;width:100%;height:{height}px" '
        f'loading="lazy" referrerpolicy="no-referrer" sandbox="{SANDBOX}"></iframe>'
    )


def embed_blueprint(runtime: Runtime) -> Blueprint:
    """The routes."""
    blueprint = Blueprint("embed", __name__)
    routes = _Routes(runtime)
    blueprint.add_url_rule(f"{PREFIX}/style.css", "style", routes.style)
    blueprint.add_url_rule(f"{PREFIX}/<path:path>", "agenda", routes.agenda, methods=METHODS)
    return blueprint


class _Routes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._saved = runtime.bundles
        self._builder = EmbedPageBuilder(runtime, addresses_of(runtime.config.settings))
        self._ancestors = runtime.config.settings.embed.frame_ancestors
        self._kept: OrderedDict[tuple[NamedFeed, Look], tuple[object, Document]] = OrderedDict()
        self._lock = Lock()

    def style(self) -> Response:
        themes = {theme.slug: theme.color for theme in self._runtime.config.themes.all}
        response = plain(stylesheet(self._runtime.config.settings.site.color, themes), "text/css; charset=utf-8")
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def agenda(self, path: str) -> BaseResponse:
        look = Look.of(request.args)
        try:
            named = self._saved.feed(f"/{path}")
        except UnknownFeed:
            return self._guarded(self._missing(look, 404))
        except StoreUnavailable:
            return self._guarded(self._missing(look, 503))
        if named.path != f"/{path}":
            return redirect(embed_path(named.path, look), 308)
        try:
            return self._guarded(send(self._document(named, look), MAX_AGE_SECONDS))
        except StoreUnavailable:
            return self._guarded(self._missing(look, 503))

    def _document(self, named: NamedFeed, look: Look) -> Document:
        """The finished page, rendered again when its events changed, and every five minutes, because events pass."""
        now = self._runtime.clock()
        moment = int(now.timestamp()) // MAX_AGE_SECONDS
        stamp = (named.spec.stamp(self._runtime.documents.vocabulary()), moment)
        kept = self._kept.get((named, look))
        if kept is not None and kept[0] == stamp:
            return kept[1]
        try:
            told = words(look.lang)
            contents = self._builder.page(named, look.events, told, now, months=look.view == "month")
            html = render_template("embed.html", page=contents, **_language(look))
        except StoreUnavailable:
            if kept is None:
                raise
            return kept[1]
        made = Document(html.encode(), _HTML, "agenda.html", datetime.fromtimestamp(moment * MAX_AGE_SECONDS, UTC))
        with self._lock:
            self._kept[named, look] = (stamp, made)
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return made

    def _missing(self, look: Look, status: int) -> Response:
        html = render_template("embed_missing.html", status=status, **_language(look))
        return Response(html, status, {"Cache-Control": "no-store"}, content_type=_HTML)

    def _guarded(self, response: Response) -> Response:
        """The headers of a page that may stand in a frame and in nothing else of the page around it."""
        if response.mimetype == "text/html" or response.status_code == 304:
            response.headers.update(
                {
                    "Content-Security-Policy": (
                        f"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
                        f"frame-ancestors {self._ancestors}; sandbox {SANDBOX}"
                    ),
                    "Cross-Origin-Resource-Policy": "cross-origin",
                    "Cross-Origin-Opener-Policy": "unsafe-none",
                    "X-Robots-Tag": "noindex",
                }
            )
            response.headers.remove("Content-Disposition")
        return response


def _language(look: Look) -> dict[str, object]:
    """Template values of the language, whatever the browser asks for."""
    told = words(look.lang)
    locale = Locale(told, chosen=True)
    return {"look": look, "words": told, "_": told.gettext, "ngettext": told.ngettext, "link": locale.link}


_STYLE = Path(__file__).parent.parent / "static" / "embed.css"
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class EmbedDay:
    """A day with its events. `outside` is true for days in a month grid that belong to the months around it."""

    day: date
    outside: bool
    events: tuple[EventView, ...]


@dataclass(frozen=True, slots=True)
class EmbedMonth:
    """A month as weeks of seven days, from Monday."""

    first: date
    weeks: tuple[tuple[EmbedDay, ...], ...]


@dataclass(frozen=True, slots=True)
class EmbedPage:
    """Everything the template needs. `past` is the year when nothing is coming, None else; `more` is not shown.

    `city` is whose clock all times are on; empty where they are on several.
    """

    title: str
    path: str
    feed_path: str
    past: int | None
    days: tuple[EmbedDay, ...]
    months: tuple[EmbedMonth, ...]
    more: int
    city: str


class EmbedPageBuilder:
    """Makes the contents of agendas in frames."""

    def __init__(self, runtime: Runtime, addresses: Addresses) -> None:
        self._runtime = runtime
        self.addresses = addresses
        self._default_length = runtime.config.settings.feeds.default_length
        self._event_queries = runtime.event_queries

    def page(self, named: NamedFeed, events: int, words: Words, now: datetime, *, months: bool) -> EmbedPage:
        """The next `events` events of a feed, else the first of its latest year."""
        records, year = self._event_queries.coming(named.spec, now), None
        years = self._event_queries.years(named.spec)
        if years and not records:
            year = years[0]
            records = self._event_queries.of_year(named.spec, year)
        values = heading(named.spec, self._runtime.documents.vocabulary(), words)
        by_day = self._days(Figures.of(records[:events], now, past=year is not None), words)
        cities = {one.when.place for day in by_day for one in day.events if not one.when.all_day}
        return EmbedPage(
            # A bundle's own name, or the feed's values in the language.
            title=named.title if named.is_bundle else " · ".join((self._runtime.config.settings.site.name, *values)),
            path=named.path,
            feed_path=f"{named.path}.ics",
            past=year,
            days=() if months else by_day,
            months=month_grids(by_day) if months else (),
            more=max(0, len(records) - events),
            city=cities.pop() if len(cities) == 1 else "",
        )

    def _days(self, figures: Figures, words: Words) -> tuple[EmbedDay, ...]:
        """The events on each of their days, by the clock of the places; those of several days and whole days first."""
        found: defaultdict[date, list[EventView]] = defaultdict(list)
        for item in figures.items:
            for record in item.records:
                for day in figures.days_on(record):
                    found[day].append(event_view(record, words, self._default_length))

        def order(view: EventView) -> tuple[bool, str, str, str]:
            span = view.record.event.span
            return not (span.all_day or view.when.until), f"{span.local_start:%H:%M}", view.title, view.id

        return tuple(EmbedDay(day, outside=False, events=tuple(sorted(found[day], key=order))) for day in sorted(found))


def month_grids(by_day: Sequence[EmbedDay]) -> tuple[EmbedMonth, ...]:
    """A grid for each month that has events."""
    events = {one.day: one.events for one in by_day}

    def cell(first: date, day: date) -> EmbedDay:
        outside = day.month != first.month
        return EmbedDay(day, outside, () if outside else events.get(day, ()))

    return tuple(
        EmbedMonth(
            first,
            tuple(
                tuple(cell(first, day) for day in week)
                for week in Calendar(_MONDAY).monthdatescalendar(first.year, first.month)
            ),
        )
        for first in sorted({day.replace(day=1) for day in events})
    )


def stylesheet(brand: str, colors: Mapping[str, str]) -> str:
    """The styles of agendas in frames, with the service's colour and the themes' for light, dark and either."""
    rows = [("", "brand", brand), *((f" .t-{slug}", "t", color) for slug, color in sorted(colors.items()))]

    def rules(scope: str, background: str) -> str:
        return "".join(f"{scope}{part}{{--{name}:{readable(color, background)}}}" for part, name, color in rows)

    dark = f"@media (prefers-color-scheme:dark){{{rules('.auto', NIGHT)}}}"
    return f"{_STYLE.read_text(encoding='utf-8')}{rules(':root', PAPER)}{rules('.dark', NIGHT)}{dark}\n"
