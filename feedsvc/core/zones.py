"""The zone an organiser meant (rule 3 of "What a listing means").

The clock time is the organiser's wall clock. A `GMT±hh:mm` on the page is the label of a zone's *standard* offset,
printed without daylight saving; so the country and the label together name a zone, and the zone gives the offset.
The hardest case is Morocco: its page says GMT-00:00, its clocks show +01:00 all year but in Ramadan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from feedsvc.core.countries import zone_for, zones_of
from feedsvc.core.model import Finding, Stated
from feedsvc.core.timespan import clock_of, standard_offset


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """A clock: an IANA zone or, where none is known (`zone` None), a fixed offset. `doubt` is a finding's code."""

    zone: str | None
    tz: tzinfo
    doubt: str | None = None


def resolve_zone(stated: Stated, countries: tuple[str, ...], default_zone: str | None) -> ZoneChoice | None:
    """Choose the clock for a stated moment. None when nothing at all says which: the listing must be left out."""
    if stated.zone is not None and (name := zone_for(stated.zone)) is not None:
        return ZoneChoice(name, clock_of(name))
    doubt = "unknown-zone" if stated.zone is not None else None
    zoned = tuple(code for code in countries if zones_of(code))
    if stated.offset is None:
        return _without_offset(zoned, default_zone, doubt)
    if not zoned:
        return ZoneChoice(None, timezone(stated.offset), doubt)
    if not stated.standard_label:
        return _by_actual_offset(stated, zoned, doubt)
    return _by_label(zoned, stated)


def _without_offset(zoned: tuple[str, ...], default_zone: str | None, doubt: str | None) -> ZoneChoice | None:
    if zoned:
        name = zones_of(zoned[0])[0]
        return ZoneChoice(name, clock_of(name), doubt or "missing-offset")
    return ZoneChoice(default_zone, clock_of(default_zone), doubt) if default_zone else None


def _by_actual_offset(stated: Stated, zoned: tuple[str, ...], doubt: str | None) -> ZoneChoice:
    """An exact offset fixes the instant; the country only lends its clock's name, where that clock agrees."""
    offset = stated.offset or timedelta()
    for country in zoned:
        for name in zones_of(country):
            if _wall(stated, clock_of(name)).utcoffset() == offset:
                return ZoneChoice(name, clock_of(name), doubt)
    return ZoneChoice(None, timezone(offset), doubt)


def _by_label(zoned: tuple[str, ...], stated: Stated) -> ZoneChoice:
    label = stated.offset or timedelta()
    for country in zoned:
        name = _fitting_zone(country, label, _wall(stated, UTC))
        if name is None:
            continue
        tz = clock_of(name)
        standard = standard_offset(name, stated.date.year)
        ignores_dst = label == standard and _wall(stated, tz).utcoffset() != label
        return ZoneChoice(name, tz, "offset-ignores-dst" if ignores_dst else None)
    name = zones_of(zoned[0])[0]
    return ZoneChoice(name, clock_of(name), "offset-mismatch")


@lru_cache(maxsize=4096)
def _fitting_zone(country: str, label: timedelta, wall: datetime) -> str | None:
    """The country's first zone whose standard offset that year is the label, else whose actual offset that day is."""
    zones = zones_of(country)
    by_standard = (name for name in zones if standard_offset(name, wall.year) == label)
    by_actual = (name for name in zones if wall.replace(tzinfo=clock_of(name)).utcoffset() == label)
    return next(by_standard, None) or next(by_actual, None)


def _wall(stated: Stated, tz: tzinfo) -> datetime:
    clock = stated.time
    if clock is None:
        return datetime(stated.date.year, stated.date.month, stated.date.day, tzinfo=tz)
    return datetime.combine(stated.date, clock, tzinfo=tz)


def instant(stated: Stated, placement: ZoneChoice) -> tuple[datetime, Finding | None]:
    """The stated wall clock on that clock, aware. A time that daylight saving skips becomes the hour after it."""
    wall = _wall(stated, placement.tz)
    there_and_back = wall.astimezone(UTC).astimezone(placement.tz)
    if there_and_back.replace(tzinfo=None) == wall.replace(tzinfo=None):
        return wall, None
    return there_and_back, Finding("nonexistent-time", wall.strftime("%Y-%m-%d %H:%M"))
