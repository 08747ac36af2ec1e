"""Spans of time of events. An all-day event has dates and no zone: it is the same day everywhere. A timed event is an
instant with the zone its organiser meant. Nothing in this service holds a naive datetime.

The hardest case is an event whose end nobody knows: it keeps `end=None` here, and only where it is published does it
get a length.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)

clock_of = cache(ZoneInfo)
"""The clock of an IANA zone. Kept for good: of the zones in use ZoneInfo keeps eight, and reads all others again."""


@dataclass(frozen=True, slots=True)
class Timespan:
    """A start, perhaps an end, and the place's clock.

    `start` and `end` are aware and in UTC, `end` is exclusive and None when not known. For an all-day event they are
    midnight UTC of the first day and of the day after the last: only the dates count. `zone` is an IANA name, or None
    when only an offset is known; `offset_minutes` is the UTC offset at the start, in minutes east.
    """

    start: datetime
    end: datetime | None
    zone: str | None
    offset_minutes: int
    all_day: bool = False

    @classmethod
    def timed(cls, start: datetime, end: datetime | None, zone: str | None) -> Timespan:
        """Make a timed span from aware datetimes of any zone. Raises ValueError when one is naive."""
        offset = start.utcoffset()
        if offset is None or (end is not None and end.utcoffset() is None):
            raise ValueError("a naive datetime is not an instant; give it a zone")
        minutes = round(offset.total_seconds() / 60)
        return cls(start.astimezone(UTC), end.astimezone(UTC) if end else None, zone, minutes)

    @classmethod
    def of_days(cls, first: date, last: date) -> Timespan:
        """Make an all-day span from its first and last day, both inclusive."""
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        after = last + DAY
        return cls(start, datetime(after.year, after.month, after.day, tzinfo=UTC), None, 0, all_day=True)

    def ends(self, default_length: timedelta) -> datetime:
        """The exclusive end to publish, in UTC: the known one, or the start plus `default_length`."""
        return self.end if self.end is not None else self.start + default_length

    @property
    def local_start(self) -> datetime:
        """The start on the clock of the place, aware."""
        return self.local(self.start)

    @property
    def local_end(self) -> datetime | None:
        """The end on the clock of the place, aware; None when not known."""
        return None if self.end is None else self.local(self.end)

    @property
    def first_day(self) -> date:
        """The day it starts, at the place."""
        return self.local_start.date()

    @property
    def last_day(self) -> date:
        """The last day on which it still lasts, at the place."""
        if self.end is None:
            return self.first_day
        return max(self.first_day, (self.local(self.end) - timedelta(microseconds=1)).date())

    def local(self, instant: datetime) -> datetime:
        """An instant on the clock of the place. All-day events live on the UTC calendar."""
        if self.zone is not None:
            return instant.astimezone(clock_of(self.zone))
        return instant.astimezone(timezone(timedelta(minutes=self.offset_minutes)))

    def lies_elsewhere(self, other: Timespan) -> bool:
        """Tell whether somebody who noted the other one would come at the wrong time.

        A zone that is now known, or an end that was not, is not a move.
        """
        if (self.start, self.all_day) != (other.start, other.all_day):
            return True
        return None not in (self.end, other.end) and self.end != other.end


@lru_cache(maxsize=4096)
def standard_offset(zone: str, year: int) -> timedelta:
    """The zone's standard offset in a calendar year: its lowest UTC offset in that year.

    `tzinfo.dst()` would be the obvious question, and is wrong where the database models winter time as negative
    saving or where a whole year is flagged (America/Inuvik, Africa/Casablanca).
    """
    info = clock_of(zone)
    noons = (datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(0, 366, 5))
    return min(offset for noon in noons if (offset := noon.astimezone(info).utcoffset()) is not None)
