"""Contents of the start page: choose a country, a region or a theme; the week at a glance; the ones before it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedsvc.core.model import Record
from feedsvc.feeds.spec import FeedSpec
from feedsvc.web.pages.feed import PageBuilder, told_figures
from feedsvc.web.viewmodels.agenda import event_view
from feedsvc.web.viewmodels.figures import Figures, busiest
from feedsvc.web.viewmodels.filters import DayView, Option, PartView, week, world_map
from feedsvc.web.viewmodels.i18n import Words, capital, day_distance, day_word, moment_distance

THEMES_FIRST = 6
BEFORE_MOST = 3


@dataclass(frozen=True, slots=True)
class CountryGroup:
    """The countries of one part of the world that have events, by name."""

    name: str
    countries: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """An event before the span: `when` with its clock time, `where` and how soon."""

    path: str
    title: str
    when: str
    where: str


@dataclass(frozen=True, slots=True)
class StartPage:
    """Everything the template needs. `span` is the main span in words; `guesses` is JSON: code → name and figures."""

    span: str
    is_past: bool
    total: int
    in_span: int
    countries: int
    themes: tuple[Option, ...]
    parts: tuple[PartView, ...]
    groups: tuple[CountryGroup, ...]
    without_events: tuple[Option, ...]
    week: tuple[DayView, ...]
    busiest: date | None
    before: tuple[Ahead, ...]
    average: int
    most_a_day: int
    guesses: str
    names: tuple[str, ...]


def start_page(builder: PageBuilder, words: Words, now: datetime) -> StartPage:
    """The start page at a moment. Where nothing is coming, all its figures are those of the days there last were."""
    spec, figures = FeedSpec(), builder.figures(FeedSpec(), now)
    dimensions = builder.dimensions
    by_country, countries = figures.of_value(dimensions["country"]), figures.counts(dimensions["country"])
    regions = builder.regions(spec, figures, words, even_past=True)
    parts = world_map(spec, countries, figures, regions, words)
    listed = builder.options(dimensions["country"], figures, words, even_past=True)
    themes = tuple(
        sorted(
            builder.options(dimensions["theme"], figures, words, even_past=True),
            key=lambda one: (-one.events, one.label),
        )
    )
    span, days = figures.span, busiest(figures)
    columns = week(figures, days)
    return StartPage(
        span=words.span(span.first, span.last) if span else "",
        is_past=figures.past,
        total=figures.total,
        in_span=span.events if span else 0,
        countries=sum(1 for code in countries if code != "other"),
        themes=tuple(theme for theme in themes if theme.events),
        parts=parts,
        groups=_groups(parts, listed),
        without_events=tuple(option for option in listed if not option.events),
        week=columns,
        busiest=max(columns, key=lambda one: one.events).day if columns else None,
        before=tuple(
            _ahead(item.next, words, builder.default_length, now)
            for item in figures.items
            if span and not figures.past and figures.days_of(item)[-1] < span.first
        )[:BEFORE_MOST],
        average=round(sum(countries.values()) / len(countries)) if countries else 0,
        most_a_day=max(figures.by_day.values(), default=0),
        guesses=_guesses(by_country, words),
        names=tuple(option.label for option in (*themes, *listed) if option.events)
        + tuple(one.name for one in regions.values()),
    )


def _guesses(by_country: Mapping[str, Figures], words: Words) -> str:
    known = {code: one for code, one in sorted(by_country.items()) if code != "other"}
    found = {code: [words.country(code), told_figures(one, words)] for code, one in known.items()}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _ahead(record: Record, words: Words, default_length: timedelta, now: datetime) -> Ahead:
    view = event_view(record, words, default_length)
    today, day = record.event.span.local(now).date(), view.when.day
    near = day_word(day, today, words)
    soon = moment_distance(record, now, default_length, words) if near else day_distance(day, today, words)
    where = words.text("in %(city)s", city=view.when.place) if view.when.place else view.when.offset
    return Ahead(
        path=view.path,
        title=view.title,
        when=f"{capital(near) or words.short_day_name(day)}, {view.when.clock}",
        where=", ".join(part for part in (where, soon if soon != near else "") if part),
    )


def _groups(parts: tuple[PartView, ...], listed: tuple[Option, ...]) -> tuple[CountryGroup, ...]:
    part_of = {tile.square.country: part.name for part in parts for tile in part.tiles}
    with_events = [option for option in listed if option.events]
    names = sorted({part_of.get(option.value, "") for option in with_events}, key=lambda name: (not name, name))
    return tuple(
        CountryGroup(name, tuple(option for option in with_events if part_of.get(option.value, "") == name))
        for name in names
    )
