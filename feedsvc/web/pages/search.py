"""Contents of a search: calendars first, then what is coming, then the past; the names that the field completes, and
the table by which a device guesses its country. Reads the store, knows no HTTP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache

from feedsvc.core import countries
from feedsvc.core.model import Record
from feedsvc.core.text import fold
from feedsvc.feeds.spec import FeedSpec
from feedsvc.services.bundles import PREFIX
from feedsvc.web.pages.feed import PageBuilder, told_figures
from feedsvc.web.viewmodels.figures import Figures, Item
from feedsvc.web.viewmodels.filters import Option
from feedsvc.web.viewmodels.i18n import LOCALES, Words, capital, day_distance, words
from feedsvc.web.viewmodels.rows import Row, rule_words

SHOWN = 8
NARROWER = 6
LETTERS_LEAST = 2


@dataclass(frozen=True, slots=True)
class FoundCalendar:
    """A calendar that the words name: `kind` and `figures` in words."""

    option: Option
    kind: str
    figures: str


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """A found event or series: its day or rule, its clock time, how near it is."""

    row: Row
    day: str
    clock: str
    near: str
    others: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Everything the template needs; `coming` and `past` count all that was found, the rows are the first of them."""

    query: str
    calendars: tuple[FoundCalendar, ...]
    coming: int
    past: int
    coming_rows: tuple[FoundEvent, ...]
    past_rows: tuple[FoundEvent, ...]
    narrower: tuple[Option, ...]
    nearest: tuple[Option, ...]
    all_coming: Option | None


def search_page(builder: PageBuilder, query: str, told: Words, now: datetime) -> SearchPage:
    """Everything that has these words in its name, title, place or organiser; accents and case do not matter."""
    everything = builder.figures(FeedSpec(), now)
    named = calendars(builder, query, everything, told)
    labels = {(option.dimension, option.value): option.label for option in _all(builder, everything, told)}
    found = builder.event_queries.search(query, now, labels)
    coming = Figures.of(found.coming, now)
    past = Figures.of(found.past[::-1], now, past=True)
    first = named[0].option if named else None
    return SearchPage(
        query=query,
        calendars=named,
        coming=found.coming_count,
        past=found.past_count,
        coming_rows=tuple(_found(builder, item, item.next, told, now) for item in coming.items[:SHOWN]),
        past_rows=tuple(_found(builder, item, item.records[-1], told, now) for item in past.items[::-1][:SHOWN]),
        narrower=_narrower(builder, first, told, now) if first else (),
        nearest=()
        if named or found.coming or found.past or not query
        else nearest_names(builder, query, everything, told),
        all_coming=first if first and first.events and found.coming_count > SHOWN else None,
    )


def exact(builder: PageBuilder, query: str, told: Words, now: datetime) -> str:
    """The path of the one calendar that has exactly this name; empty where there is none."""
    figures = builder.figures(FeedSpec(), now)
    found = {option.path for option in _all(builder, figures, told) if fold(query) in map(fold, _names(option))}
    return found.pop() if len(found) == 1 else ""


def calendars(builder: PageBuilder, query: str, figures: Figures, told: Words) -> tuple[FoundCalendar, ...]:
    """The calendars whose name begins with the words, has a word that does, holds them; then regions around those."""
    typed = " ".join(fold(query).split())
    if len(typed) < LETTERS_LEAST:
        return ()
    ranked = [(rank, option) for option in _all(builder, figures, told) if (rank := _rank(option, typed)) is not None]
    ranked.sort(key=lambda one: (one[0], -one[1].events, one[1].label))
    found = [option for _rank, option in ranked][:SHOWN]
    codes = {option.value for option in found if option.dimension == "country"}
    regions = builder.options(builder.dimensions["region"], figures, told)
    slugs = [region.slug for region in builder.runtime.config.regions.of(codes)] if codes else []
    around = [option for option in regions if option.value in slugs and option not in found]
    by_value = {name: figures.of_value(dimension) for name, dimension in builder.dimensions.items()}
    names = told.listed([option.label for option in found if option.dimension == "country"][:1])
    return tuple(
        FoundCalendar(
            option,
            told.text("Region with %(country)s in it", country=names)
            if option in around
            else capital(told.text(KINDS[option.dimension])),
            told_figures(by_value[option.dimension].get(option.value), told),
        )
        for option in (*found, *around)
    )


def _all(builder: PageBuilder, figures: Figures, told: Words) -> list[Option]:
    return [option for name in KINDS for option in builder.options(builder.dimensions[name], figures, told)]


def _names(option: Option) -> list[str]:
    if option.dimension != "country":
        return [option.label, option.value.replace("-", " ")]
    return [option.label, option.value, *(words(language).country(option.value) for language in LOCALES)]


def _rank(option: Option, typed: str) -> int | None:
    names = [fold(name) for name in _names(option)]
    names = [name for name in names if len(name) > LETTERS_LEAST or name == typed]
    if any(name.startswith(typed) for name in names):
        return 0
    if any(f" {typed}" in name for name in names):
        return 1
    return 2 if any(typed in name for name in names) else None


def nearest_names(builder: PageBuilder, query: str, figures: Figures, told: Words, most: int = 3) -> tuple[Option, ...]:
    """The calendars whose names are spelled most alike."""
    known = {fold(option.label): option for option in _all(builder, figures, told) if option.value != "other"}
    return tuple(known[name] for name in get_close_matches(fold(query), known, most, cutoff=0.1))


def _narrower(builder: PageBuilder, first: Option, told: Words, now: datetime) -> tuple[Option, ...]:
    """The first calendar cut by each theme, or, if it is a theme, by each country; the largest first."""
    other = builder.dimensions["country" if first.dimension == "theme" else "theme"]
    spec = FeedSpec().toggled(first.dimension, first.value)
    figures = builder.figures(spec, now)
    if figures.past:
        return ()
    found = [option for option in builder.options(other, figures, told, spec) if option.events]
    return tuple(sorted(found, key=lambda one: (-one.events, one.label))[:NARROWER])


def _found(builder: PageBuilder, item: Item, record: Record, told: Words, now: datetime) -> FoundEvent:
    day = record.event.span.first_day
    row = builder.row_maker(FeedSpec(), told, now).row(Item((record,)), record, day)
    near = day_distance(day, record.event.span.local(now).date(), told)
    if near and item.rule:
        near = told.text("next %(soon)s", soon=near) if not row.is_over else near
    return FoundEvent(
        row=row,
        day=rule_words(item, told, lower=False) if item.rule and not row.is_over else told.short_day_name(day),
        clock=row.view.when.clock,
        near=near,
        others=len(item.records) - 1 if row.is_over else 0,
    )


KINDS = {"country": "country", "region": "region", "theme": "theme"}
"""Dimensions that people choose from, with what a suggestion calls their values."""
SAVED_MOST = 300
_OLD_NAMES = (
    "Africa/Asmera=Africa/Asmara America/Buenos_Aires=America/Argentina/Buenos_Aires "
    "America/Catamarca=America/Argentina/Catamarca America/Coral_Harbour=America/Atikokan "
    "America/Cordoba=America/Argentina/Cordoba America/Godthab=America/Nuuk America/Indianapolis=America/New_York "
    "America/Jujuy=America/Argentina/Jujuy America/Louisville=America/Kentucky/Louisville "
    "America/Mendoza=America/Argentina/Mendoza Asia/Calcutta=Asia/Kolkata Asia/Katmandu=Asia/Kathmandu "
    "Asia/Rangoon=Asia/Yangon Asia/Saigon=Asia/Ho_Chi_Minh Atlantic/Faeroe=Atlantic/Faroe Europe/Kiev=Europe/Kyiv "
    "Pacific/Enderbury=Pacific/Kanton Pacific/Ponape=Pacific/Pohnpei Pacific/Truk=Pacific/Chuuk"
)
"""Zones as browsers may still spell them, with today's names."""
_LOOK_UP = """
const zoneCountry = (zone) => {
  const now = (ZONES_OLD.match(new RegExp(`(?:^| )${zone.replace(/[+]/g, "\\\\+")}=(\\\\S+)`)) || [])[1] || zone;
  const row = /^[A-Z][a-z]+\\//.test(now) && ZONES.split(";").find((one) => ` ${one} `.includes(` ${now} `));
  return [row ? row.slice(0, 2) : "", now.split("/").pop().replaceAll("_", " ")];
};
"""


@lru_cache(maxsize=1)
def zones_script() -> str:
    """A script that knows the country of each zone: zoneCountry("Asia/Calcutta") gives ["in", "Kolkata"]."""
    rows = (" ".join((code, *countries.zones_of(code))) for code in countries.countries() if countries.zones_of(code))
    return f'"use strict";\nconst ZONES = "{";".join(rows)}";\nconst ZONES_OLD = "{_OLD_NAMES}";{_LOOK_UP}'


def suggestions(builder: PageBuilder, told: Words, now: datetime) -> str:
    """JSON: a list of calendars with `name`, `kind`, `path`, `events` that are coming, and `also` other names.

    A country has the path of its `region`, so that the regions around what is typed can be offered too.
    """
    figures, found = builder.figures(FeedSpec(), now), []
    for dimension in builder.runtime.dimensions:
        if dimension.name in KINDS:
            for option in builder.options(dimension, figures, told):
                one = {"name": option.label, "kind": told.text(KINDS[dimension.name]), "path": option.path}
                if dimension.name == "country" and (around := builder.runtime.config.regions.of([option.value])):
                    one["region"] = f"/region/{around[0].slug}"
                # A country is found by its code and its names in every language.
                also = [option.value.replace("-", " ")]
                if dimension.name == "country":
                    names = {words(language).country(option.value) for language in LOCALES}
                    also = [option.value, *(name for name in sorted(names) if fold(name) != fold(option.label))]
                found.append({**one, "events": option.events, "also": also})
    return json.dumps([*found, *_saved(builder, told)], ensure_ascii=False, separators=(",", ":"))


def _saved(builder: PageBuilder, told: Words) -> list[dict[str, object]]:
    """The bundles that visitors may see; the newest first."""
    with builder.runtime.store.read() as snapshot:
        bundles = [bundle for bundle in snapshot.bundles.all() if not (bundle.hidden_at or bundle.removed_at)]
    return [
        {"name": bundle.name, "kind": told.text("saved"), "path": PREFIX + bundle.slug, "events": "", "also": []}
        for bundle in bundles[-SAVED_MOST:]
    ]
