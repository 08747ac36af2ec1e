"""Names of every calendar for the field that completes them, and the table by which a device guesses its country."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

from feedsvc.core import countries
from feedsvc.core.text import fold
from feedsvc.feeds.spec import FeedSpec
from feedsvc.services.bundles import PREFIX
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.i18n import LOCALES, Words, words

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
                found.append(
                    {**one, "events": option.events, "also": _also(dimension.name, option.value, option.label)}
                )
    return json.dumps([*found, *_saved(builder, told)], ensure_ascii=False, separators=(",", ":"))


def _also(dimension: str, value: str, label: str) -> list[str]:
    if dimension != "country":
        return [value.replace("-", " ")]
    names = {words(language).country(value) for language in LOCALES}
    return [value, *(name for name in sorted(names) if fold(name) != fold(label))]


def _saved(builder: PageBuilder, told: Words) -> list[dict[str, object]]:
    """The bundles that visitors may see; the newest first."""
    with builder.runtime.store.read() as snapshot:
        bundles = [bundle for bundle in snapshot.bundles.all() if bundle.hidden_at is None]
    return [
        {"name": bundle.name, "kind": told.text("saved"), "path": PREFIX + bundle.slug, "events": "", "also": []}
        for bundle in bundles[-SAVED_MOST:]
    ]
