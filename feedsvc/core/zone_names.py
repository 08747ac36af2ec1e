"""Time zones by every name: IANA, Windows and what it shows people in seven languages, offsets, abbreviations.

The hardest case is a name that several clocks share ("CST" in Chicago, Havana and Shanghai; "Samoa" on either side of
the date line): all of them are given, likeliest first, for `core.zones` to choose by country and offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from babel.core import get_global

from feedsvc.core.countries import OTHER, all_zones, country_code, zone_for, zone_of_city, zones_of
from feedsvc.core.text import fold
from feedsvc.core.timespan import clock_of, standard_offset

LARGEST_OFFSET = timedelta(hours=14)
_LONGEST = 300
_ESCAPED = re.compile(r"\\([,;\\:])")
_AREA = re.compile(
    r"(africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific|us|canada|etc)"
    r"[-_. :\\]+(?=[a-z])",
    re.IGNORECASE,
)
_OFFSET = r"(?:UTC|GMT|Z)?\s*([+\-−–])\s*(\d{1,2})(?:[:.h]?(\d{2}))?(?::?00)?"
_ONLY_OFFSET = re.compile(rf"\(?\s*{_OFFSET}\s*\)?", re.IGNORECASE)
_LABEL = re.compile(rf"\(?\s*(?:{_OFFSET}|UTC|GMT)\s*\)\s*[-:]?\s*(\S.*)", re.IGNORECASE)
_LABEL_BEHIND = re.compile(rf"(.*\S)\s*\(\s*{_OFFSET}\s*\)", re.IGNORECASE)
_PAIR = re.compile(
    rf"{_OFFSET}\s*\(?(?:standard|std)\)?\s*[/,;]?\s*{_OFFSET}\s*\(?(?:daylight|dst|summer)\)?", re.IGNORECASE
)
_NOT_WORD = re.compile(r"[\W_]+")
_COUNTRY_REMARK = re.compile(r"\s*\([^()]*\b[ck]anad[aá]\b[^()]*\)", re.IGNORECASE)
_NUMBERED = re.compile(r"[ _]+\(?\d{1,2}\)?$")
_BETWEEN = re.compile(r"\s*[,;:]\s*")
_BETWEEN_OR_SLASH = re.compile(r"\s*[,;:/]\s*")
_ABBREVIATION = re.compile(r"[A-Z]{1,6}(?:\d[A-Z]{3,4})?")
_FIXED_BY_LETTERS = frozenset({"EST", "MST", "HST"})
"""Names of the IANA database without summer time, which people write for zones that have one."""


def _pairs(table: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in table.split())


_SAME = _pairs(
    "ET=EST CT=CST MT=MST PT=PST AKT=AKST MEZ=CET MESZ=CEST OEZ=EET OESZ=EEST WEZ=WET WESZ=WEST HNE=EST HAE=EDT "
    "HNC=CST HAC=CDT HNR=MST HAR=MDT HNP=PST HAP=PDT HEC=CET HFE=CET MEST=CEST"
)
"""Abbreviations of other languages and without season → one that the IANA database has."""
_LIKELIEST = _pairs(
    "EST=America/New_York EDT=America/New_York CST=America/Chicago CDT=America/Chicago MST=America/Denver "
    "MDT=America/Denver PST=America/Los_Angeles PDT=America/Los_Angeles AST=America/Halifax ADT=America/Halifax "
    "CET=Europe/Brussels CEST=Europe/Brussels EET=Europe/Athens EEST=Europe/Athens WET=Europe/Lisbon "
    "WEST=Europe/Lisbon BST=Europe/London IST=Asia/Kolkata"
)
_WITHOUT_LETTERS = _pairs(
    "America/Sao_Paulo=BRT,BRST America/Argentina/Buenos_Aires=ART America/Santiago=CLT,CLST America/Bogota=COT "
    "America/Lima=PET America/Montevideo=UYT America/Asuncion=PYT,PYST America/La_Paz=BOT America/Caracas=VET "
    "America/Guayaquil=ECT America/Manaus=AMT America/Cayenne=GFT America/Guyana=GYT America/Paramaribo=SRT "
    "Asia/Dubai=GST Asia/Baku=AZT Asia/Tbilisi=GET Asia/Yerevan=AMT Asia/Tashkent=UZT Asia/Kabul=AFT "
    "Asia/Dushanbe=TJT Asia/Ashgabat=TMT Asia/Bishkek=KGT Asia/Almaty=ALMT Asia/Kathmandu=NPT Asia/Thimphu=BTT "
    "Asia/Dhaka=BST Asia/Yangon=MMT Asia/Bangkok=ICT Asia/Ho_Chi_Minh=ICT Asia/Singapore=SGT Asia/Kuala_Lumpur=MYT "
    "Asia/Manila=PHT Europe/Istanbul=TRT Asia/Tehran=IRST Atlantic/Azores=AZOT Atlantic/Cape_Verde=CVT "
    "Pacific/Fiji=FJT Pacific/Tongatapu=TOT Pacific/Chatham=CHAST Europe/Samara=SAMT Asia/Colombo=SLST "
    "Asia/Ulaanbaatar=ULAT Asia/Riyadh=AST"
)
"""Zones whose abbreviations the IANA database gives as numbers."""


@dataclass(frozen=True, slots=True)
class NamedZone:
    """The meaning of a name: `zones`, likeliest first, none where it only states an offset.

    `offset` stands beside the name or is all of it; `vague`: a country or an offset should choose among the zones.
    """

    zones: tuple[str, ...]
    offset: timedelta | None = None
    vague: bool = False


@lru_cache(maxsize=2048)
def zone_named(text: str, year: int) -> NamedZone | None:
    """The zones that a name may mean in a year; None for an unknown name. Escapes, quotes, case do not matter."""
    name = _ESCAPED.sub(r"\1", text[:_LONGEST]).strip().strip("\"'").strip()
    if not name:
        return None
    if name.upper() == "Z":
        return NamedZone((), timedelta())
    if name.upper() in _FIXED_BY_LETTERS or (_ABBREVIATION.fullmatch(name) and zone_for(name) is None):
        letters = _SAME.get(name.upper(), name.upper())
        zones = dict.fromkeys([_LIKELIEST[letters]] if letters in _LIKELIEST else [])
        zones |= dict.fromkeys(zone for zone in all_zones() if letters in _letters(zone, year))
        return NamedZone(tuple(zones), vague=True) if zones else None
    # A globally unique name has a vendor before it (RFC 5545 §3.2.19): "/example.org/20250101_1/Europe/Berlin".
    parts = name.strip("/").split("/")[-6:]
    suffixes = ("/".join(parts[at:]) for at in range(len(parts)) if at or name.startswith("/"))
    for written in (name, _AREA.sub(r"\1/", name, count=1), *suffixes):
        if known := zone_for(written) or _windows().get(_key(written)):
            return NamedZone((known,))
    if found := _by_offset(name, year):
        return found
    # A name for people without any offset. Of a list of cities the first is meant, if they share one clock.
    meanings = _meanings(name, _BETWEEN)
    meant = meanings[0] if len(meanings) == 1 else tuple(dict.fromkeys(found[0] for found in meanings))
    return NamedZone(meant, vague=True) if meant else None


def _by_offset(name: str, year: int) -> NamedZone | None:
    """An offset alone, one beside a name, or one of winter and one of summer."""
    if pair := _PAIR.fullmatch(name):
        winter, summer = _offset(*pair.groups()[:3]), _offset(*pair.groups()[3:])
        zones = tuple(zone for zone in well_known() if seasons(zone, year) == (winter, summer))
        return NamedZone(zones, vague=True) if zones else None
    if alone := _ONLY_OFFSET.fullmatch(name):
        offset = _offset(*alone.groups())
        return None if offset is None else NamedZone((), offset)
    words, offset = "", None
    if label := _LABEL.fullmatch(name):
        words, offset = label[4], _offset(*label.groups()[:3]) if label[1] else timedelta()
    elif label := _LABEL_BEHIND.fullmatch(name):
        words, offset = label[1], _offset(*label.groups()[1:])
    if not words or offset is None:
        return None
    stated = [zone for zones in _meanings(words, _BETWEEN_OR_SLASH) for zone in zones]
    return NamedZone(tuple(dict.fromkeys(stated)), offset, vague=True)


def _offset(sign: str, hours: str, minutes: str | None) -> timedelta | None:
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > LARGEST_OFFSET or int(minutes or 0) > 59:
        return None
    return offset if sign == "+" else -offset


def _meanings(words: str, between: re.Pattern[str]) -> list[tuple[str, ...]]:
    """The zones of a name as a whole or, where that is unknown, of each part of a list that is known."""
    for whole in (words, _COUNTRY_REMARK.sub("", words), _NUMBERED.sub("", words)):
        if found := _meaning(whole):
            return [found]
    parts = (_meaning(part) for part in between.split(words)[:12] if part)
    return [found for found in parts if found]


def _meaning(words: str) -> tuple[str, ...]:
    """Every zone that one name may stand for: a name of a zone, a city, a country."""
    key = _key(words)
    if not key:
        return ()
    season = re.sub(r"\b(daylight|summer)\b", "standard", key)
    if shown_by_windows := _windows().get(key) or _windows().get(season):
        return (shown_by_windows,)
    country = country_code(words) if len(words) > 3 else None
    found = (
        *(_shown().get(key), _shown().get(season), zone_of_city(words)),
        *(zones_of(country) if country not in (None, OTHER) and country else ()),
    )
    return tuple(dict.fromkeys(zone for zone in found if zone))


def _key(name: str) -> str:
    return _NOT_WORD.sub(" ", fold(name)).strip()


@lru_cache(maxsize=1)
def _windows() -> Mapping[str, str]:
    return MappingProxyType({_key(name): zone for name, zone in get_global("windows_zone_mapping").items()})


@lru_cache(maxsize=1)
def _shown() -> Mapping[str, str]:
    """The names of `zone_names.tsv`, which `tools/zone_names.py` writes: of several zones the first has a name."""
    rows = (files("feedsvc.core") / "zone_names.tsv").read_text("utf-8").splitlines()
    found: dict[str, str] = {}
    for zone, _, names in (row.partition("\t") for row in rows):
        for name in names.split("|"):
            found.setdefault(_key(name), zone)
    return MappingProxyType(found)


def well_known() -> Iterable[str]:
    """Zones that are likely to be meant, likeliest first."""
    return dict.fromkeys((*_windows().values(), *all_zones()))


@lru_cache(maxsize=2048)
def _letters(zone: str, year: int) -> frozenset[str]:
    """The abbreviations that a zone has in a year."""
    names = {moment.astimezone(clock_of(zone)).tzname() or "" for moment in _probes(year)}
    return frozenset((*names, *_WITHOUT_LETTERS.get(zone, "").split(",")))


@lru_cache(maxsize=16)
def _probes(year: int) -> tuple[datetime, ...]:
    return tuple(datetime(year, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 15))


@lru_cache(maxsize=4096)
def clock_in(zone: str, year: int) -> tuple[timedelta | None, ...]:
    """A zone's offsets all over a year: equal for two zones whose clocks agree."""
    return tuple(moment.astimezone(clock_of(zone)).utcoffset() for moment in _probes(year))


def seasons(zone: str, year: int) -> tuple[timedelta, timedelta]:
    """A zone's standard and its largest offset in a year."""
    return standard_offset(zone, year), max(offset for offset in clock_in(zone, year) if offset is not None)
