"""Countries and their clocks. A country is an ISO 3166-1 alpha-2 code in lower case, plus `xk` for Kosovo, plus the
value `other` that the site itself offers. Names come from CLDR, zones from zone.tab, both as shipped with the packages
this service depends on, never from the machine it runs on.

The hardest case is a name that two languages give to two countries: English wins, then the order of the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from feedsvc.core.countries_data import ALIASES, LANGUAGES, OTHER_NAMES, OTHER_WORDS, PRIMARY_ZONES
from feedsvc.core.text import fold

OTHER = "other"
"""The site's own value for an event that belongs to no country."""

_KOSOVO = "xk"  # in use everywhere, assigned nowhere
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})  # entries of the database that are no place's time
_NOT_WORD = re.compile(r"[\W_]+")
_SAINT = re.compile(r"\b(st|ste|sainte)\b")


@lru_cache(maxsize=8192)
def country_code(name: str) -> str | None:
    """The code of a country by any of its names, `other` for "Other", None for an unknown name.

    Knows names in the languages of `countries_data`, names in use, ISO 3166-1 codes in upper case (alpha-2, alpha-3).
    """
    written = name.strip()
    code = _codes().get(written)
    if code is not None:
        return code
    words = _words(written)
    if not words:
        return None
    # One language after the other, each read when it is first needed: most names are English.
    for language in LANGUAGES.split():
        names = _names(language)
        code = names.get(words) or names.get(words.removeprefix("the "))
        if code is not None:
            return code
    return None


def _words(name: str) -> str:
    words = _NOT_WORD.sub(" ", fold(name).replace("&", " and ")).strip()
    return _SAINT.sub("saint", words)


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    """Codes in upper case → code in lower case."""
    codes = {code.upper(): code for code in countries()} | {"XKX": _KOSOVO}
    for alias, targets in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(targets) == 1 and targets[0].lower() in countries():
            codes[alias] = targets[0].lower()
    return MappingProxyType(codes)


@lru_cache(maxsize=64)
def _names(language: str) -> Mapping[str, str]:
    """Folded names in one language → code. The names in use count as English, and before CLDR's."""
    names: dict[str, str] = {}
    if language == "en":
        names = {_words(alias): code for code, aliases in ALIASES.items() for alias in aliases.split("; ")}
        names |= {_words(word): OTHER for word in OTHER_WORDS.split("; ")}
    territories = Locale.parse(language).territories
    for code in countries():
        name = territories.get(code.upper())
        if name:
            names.setdefault(_words(name), code)
    return MappingProxyType(names)


@lru_cache(maxsize=4096)
def country_name(code: str, language: str = "en") -> str:
    """The country's name by CLDR, in English where the language has none. Raises KeyError for an unknown code."""
    if code == OTHER:
        return OTHER_NAMES.get(language, OTHER_NAMES["en"])
    if not is_country(code):
        raise KeyError(code)
    key = code.upper()
    return str(_territories(language).get(key) or _territories("en")[key])


def names_of(code: str) -> Iterator[str]:
    """Every name by which a country is found: in the languages of `countries_data`, in use, and as a code."""
    yield code
    yield from (alias.lower() for alias, own in _codes().items() if own == code)
    yield from ALIASES.get(code, "").split("; ")
    if code == OTHER:
        yield from OTHER_WORDS.split("; ")
    else:
        yield from (country_name(code, language) for language in LANGUAGES.split())


def territory_name(code: str, language: str = "en") -> str | None:
    """A territory's name by CLDR, such as "419" or "EU"; None where CLDR has none in this language."""
    return _territories(language).get(code)


@lru_cache(maxsize=64)
def _territories(language: str) -> Mapping[str, str]:
    try:
        return Locale.parse(language, sep="-" if "-" in language else "_").territories
    except (UnknownLocaleError, ValueError):
        return {}


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """Every assigned code and `xk`, sorted, without `other`."""
    return tuple(sorted({row[0].lower() for row in _table("iso3166.tab")} | {_KOSOVO}))


def is_country(code: str) -> bool:
    """Return True if it is the code of a country, in lower case, or `other`."""
    return code in _country_set()


@lru_cache(maxsize=1)
def _country_set() -> frozenset[str]:
    return frozenset(countries()) | {OTHER}


def zones_of(country: str) -> tuple[str, ...]:
    """The country's IANA zones, where most people live first, then in the order of zone.tab; empty where none."""
    return _zones_by_country().get(country, ())


@lru_cache(maxsize=1)
def all_zones() -> tuple[str, ...]:
    """Every zone of a country, those where most people live first, each once."""
    by_country = _zones_by_country()
    return tuple(
        dict.fromkeys((*(zones[0] for zones in by_country.values()), *(z for zs in by_country.values() for z in zs)))
    )


@lru_cache(maxsize=1)
def _zones_by_country() -> Mapping[str, tuple[str, ...]]:
    found = {country: [zone] for country, zone in PRIMARY_ZONES.items()}
    for code, _coordinates, zone, *_comment in _table("zone.tab"):
        zones = found.setdefault(code.lower(), [])
        if zone not in zones:
            zones.append(zone)
    return MappingProxyType({country: tuple(zones) for country, zones in found.items()})


def _table(name: str) -> list[list[str]]:
    """The rows of one of the tab-separated tables of the IANA database."""
    lines = (files("tzdata.zoneinfo") / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def zone_for(name: str) -> str | None:
    """The IANA name in its own spelling for one in any case, with spaces for "_"; None when there is none."""
    return _zones().get(name.strip().lower().replace(" ", "_"))


def zone_of_city(city: str) -> str | None:
    """The IANA zone that is named after a city, "Europe/Sarajevo" for "Sarajevo"; None when there is none."""
    return _cities().get(city.strip().lower().replace(" ", "_"))


@lru_cache(maxsize=1)
def _cities() -> Mapping[str, str]:
    return MappingProxyType({name.rpartition("/")[2].lower(): name for name in _zones().values() if "/" in name})


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    names = (files("tzdata") / "zones").read_text("utf-8").split()
    return MappingProxyType({name.lower(): name for name in names if name not in _NO_ZONES})
