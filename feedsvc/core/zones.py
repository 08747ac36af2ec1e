"""The clock that an organiser meant, decided in one place from everything a source says (rule 5 of the design).

In order: a name of a zone, with the offset beside it; a stated offset; the source's own zone, where it is one of the
event's country; the country. A `GMT±hh:mm` that is a label names the *standard* offset of a zone of the country,
printed without daylight saving. The hardest case is Morocco: its label says GMT-00:00, its clocks show +01:00 all year
but in Ramadan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from feedsvc.core.countries import all_zones, zones_of
from feedsvc.core.model import Finding, Stated
from feedsvc.core.timespan import clock_of, standard_offset
from feedsvc.core.zone_names import NamedZone, clock_in, seasons, zone_named

FIXED_AT_UTC = frozenset(
    {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "GMT0"}
)


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """A clock: an IANA zone or, where none is known (`zone` None), a fixed offset. `doubt` is a finding's code."""

    zone: str | None
    tz: tzinfo
    doubt: str | None = None

    @classmethod
    def of(cls, zone: str, doubt: str | None = None) -> ZoneChoice:
        """Choose an IANA zone."""
        return cls(zone, clock_of(zone), doubt)


def resolve_zone(stated: Stated, countries: tuple[str, ...], default_zone: str | None) -> ZoneChoice | None:
    """Choose the clock for a stated moment. None when nothing at all says which: the listing must be left out.

    `default_zone` is the source's own IANA zone.
    """
    home = _home(countries, default_zone, stated.date.year)
    if stated.zone is not None:
        named = zone_named(stated.zone, stated.date.year)
        if named is not None:
            return _by_name(named, stated, home, default_zone)
    doubt = "unknown-zone" if stated.zone is not None else None
    if stated.offset is None:
        if home:
            return ZoneChoice.of(home[0], doubt or (None if home[0] == default_zone else "missing-offset"))
        return ZoneChoice.of(default_zone, doubt) if default_zone else None
    if stated.standard_label and home:
        label = stated.offset
        for country in countries:
            name = _fitting_zone(country, label, _wall(stated, UTC))
            if name is not None:
                standard = standard_offset(name, stated.date.year)
                ignores_dst = label == standard and _wall(stated, clock_of(name)).utcoffset() != label
                return ZoneChoice.of(name, "offset-ignores-dst" if ignores_dst else None)
        return ZoneChoice.of(home[0], "offset-mismatch")
    return _by_actual_offset(stated, stated.offset, home)


def _home(countries: tuple[str, ...], default_zone: str | None, year: int) -> tuple[str, ...]:
    """The zones of the countries, the source's own before all others if it is one of them."""
    zones = tuple(zone for country in countries for zone in zones_of(country))
    if default_zone is None or not zones:
        return zones
    # A name of the database's past is no country's: it is recognised by its clock.
    former = default_zone not in all_zones()
    if default_zone in zones or (former and clock_in(default_zone, year) in {clock_in(zone, year) for zone in zones}):
        return (default_zone, *zones)
    return zones


def _by_name(named: NamedZone, stated: Stated, home: tuple[str, ...], default_zone: str | None) -> ZoneChoice | None:
    """Choose among the zones that a name may mean by its offset, then by the country, then by the source's own zone."""
    if not named.zones:
        return _by_stated_offset(named, stated, home, default_zone)
    if named.zones[0] in FIXED_AT_UTC:
        if stated.offset == timedelta() and stated.zone == "UTC":
            return _by_actual_offset(stated, timedelta(), home, certain=True)
        found = _by_actual_offset(stated, timedelta(), home)
        return found if found.zone or found.doubt else ZoneChoice.of(named.zones[0])
    year, doubt = stated.date.year, None
    zones: Sequence[str] = named.zones
    if named.offset is not None:
        fitting = [zone for zone in zones if named.offset in seasons(zone, year)]
        zones, doubt = fitting or zones, None if fitting else "zone-contradicted"
    elif stated.offset is not None and not stated.standard_label:
        fits = any(_wall(stated, clock_of(zone)).utcoffset() == stated.offset for zone in zones)
        doubt = None if fits else "zone-contradicted"
    near = [zone for zone in home if zone in zones]
    if named.vague and not near:
        # The country's zones with the same standard time: "Central European Time" in Vienna, or in Tunis.
        near = [zone for zone in home if standard_offset(zone, year) == standard_offset(zones[0], year)]
    pool = near or zones
    if len({_wall(stated, clock_of(zone)).utcoffset() for zone in pool}) == 1:
        return ZoneChoice.of(pool[0], doubt)
    if default_zone is not None and default_zone in pool:
        return ZoneChoice.of(default_zone, doubt)
    return ZoneChoice.of(pool[0], doubt or "ambiguous-zone")


def _by_stated_offset(named: NamedZone, stated: Stated, home: tuple[str, ...], default_zone: str | None) -> ZoneChoice:
    """An offset in the place of a name; with unknown words beside it, it is the standard offset of some zone."""
    offset = named.offset or timedelta()
    if not named.vague:
        return _by_actual_offset(stated, offset, home)
    near = home or ((default_zone,) if default_zone else ())
    found = next((zone for zone in near if standard_offset(zone, stated.date.year) == offset), None)
    return ZoneChoice.of(found, "unknown-zone") if found else ZoneChoice(None, timezone(offset), "unknown-zone")


def _by_actual_offset(stated: Stated, offset: timedelta, home: Sequence[str], *, certain: bool = False) -> ZoneChoice:
    """An exact offset fixes the instant; the country only lends its clock's name, where that clock agrees.

    `certain`: it is an instant in UTC, and not a clock that shows UTC where nobody lives by it.
    """
    agreeing = (zone for zone in home if _wall(stated, clock_of(zone)).utcoffset() == offset)
    zone = next(agreeing, None)
    if zone is not None:
        return ZoneChoice.of(zone)
    return ZoneChoice(None, timezone(offset), "offset-mismatch" if home and not certain else None)


@lru_cache(maxsize=4096)
def _fitting_zone(country: str, label: timedelta, wall: datetime) -> str | None:
    """The country's first zone whose standard offset that year is the label, else whose actual offset that day is."""
    zones = zones_of(country)
    by_standard = (name for name in zones if standard_offset(name, wall.year) == label)
    by_actual = (name for name in zones if wall.replace(tzinfo=clock_of(name)).utcoffset() == label)
    return next(by_standard, None) or next(by_actual, None)


def valued(stated: Stated, times: str) -> Stated:
    """The moment by what a source's times are worth: `stated` as they are, `wall-clock` without zone, or `utc`."""
    if times == "stated" or stated.time is None:
        return stated
    if times == "utc":
        return replace(stated, zone="UTC", offset=timedelta(), standard_label=False)
    return replace(stated, zone=None, offset=None, standard_label=False)


def at_home(stated: Stated, countries: tuple[str, ...], default_zone: str | None) -> Stated:
    """An instant in UTC on the clock of its place, where all clocks there agree or the source says which."""
    if stated.time is None or stated.zone != "UTC" or stated.offset != timedelta():
        return stated
    home = _home(countries, default_zone, stated.date.year) or ((default_zone,) if default_zone else ())
    moment = _wall(stated, UTC)
    shown = [moment.astimezone(clock_of(zone)) for zone in home]
    agree = home and (home[0] == default_zone or len({one.utcoffset() for one in shown}) == 1)
    # In the hour that a clock shows twice it would not say which.
    return Stated(shown[0].date(), shown[0].time(), zone=home[0]) if agree and not shown[0].fold else stated


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
