"""An event as calendars are counted: the days it is on, when it is over, and the series it belongs to. Pure.

*Coming* is what is not over yet. A series is one: it begins with its first occurrence and ends with its last, so that
it is coming as long as any of them is. The *main span* is the shortest run of days that holds nearly everything that is
coming; a heading names it. The hardest case is one early meeting months before a week of four hundred events: the span
is that week.

Days are numbered from 1970-01-01; `month_of` numbers months. A day is the day at the event's place, the end alone is an
instant.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import fold
from feedsvc.core.timespan import DAY

LEAST_OF_SERIES = 3
"""Equal occurrences that make a series."""
MAX_DAYS_SHOWN = 31
"""Days after its first one on which lists show an event."""
MAX_SPAN_DAYS = 14
_SHARE_PERCENT = 90
_MORNING_HOUR = 6
_DAYS_A_WEEK = 7
_SECONDS_A_DAY = 86_400
_EPOCH = date(1970, 1, 1)
_UNKNOWN_LENGTH = timedelta(hours=1)
_DTEND = re.compile(rb"\r\nDTEND(?:;VALUE=DATE)?:(\d{8})(?:T(\d{6})Z)?\r\n")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`first_day` and `last_day` are days, both inclusive; `ends_at` is in seconds since 1970 UTC, exclusive.

    `series` names what it shares with the other occurrences of a series; None for what never is one of several.
    """

    first_day: int
    last_day: int
    ends_at: int
    series: int | None


class DayTotal(NamedTuple):
    """A day of a calendar. `events` are on that day, `repeating` of them belong to series.

    `starts` have it as their first day; `units` as well, but a series only with its first occurrence.
    """

    day: int
    events: int
    repeating: int
    starts: int
    units: int

    @property
    def date(self) -> date:
        """The day as a date."""
        return date_of(self.day)


@dataclass(frozen=True, slots=True)
class MainSpan:
    """A run of days, both inclusive, and the number of coming events that it holds."""

    first: date
    last: date
    events: int

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(self.first + n * DAY for n in range((self.last - self.first).days + 1))


def occurrence_of(record: Record, vevent: bytes) -> Occurrence:
    """Read from an event and its VEVENT, which has the end that is published."""
    span = record.event.span
    ends_at = span.end or span.start + _UNKNOWN_LENGTH
    if published := _DTEND.search(vevent):
        day, clock = published[1].decode(), (published[2] or b"000000").decode()
        ends_at = datetime.strptime(f"{day}{clock}+0000", "%Y%m%d%H%M%S%z").astimezone(UTC)
    first, last = span.first_day, (span.local(ends_at) - timedelta(microseconds=1)).date()
    if not span.all_day and last > first:
        # What ends in the night before six belongs to the day before.
        if ends_at - span.start <= DAY:
            last = first
        elif span.local(ends_at).hour < _MORNING_HOUR:
            last -= DAY
    last = max(first, min(last, first + MAX_DAYS_SHOWN * DAY))
    return Occurrence(day_of(first), day_of(last), seconds(ends_at), _series(record))


def _series(record: Record) -> int | None:
    """A number of everything that the occurrences of a series share; a cancelled or all-day event stays alone."""
    event, span = record.event, record.event.span
    if span.all_day or record.status is EventStatus.CANCELLED:
        return None
    length = None if span.end is None else span.end - span.start
    shared = (record.source_id, fold(event.summary), event.countries, event.location, f"{span.local_start:%H:%M}",
              length, span.zone)  # fmt: skip
    return int.from_bytes(blake2b(repr(shared).encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def is_series(first_days: Sequence[int]) -> bool:
    """Return True if equal events on these days, in order, follow a rule: daily, weekly, or at least a week apart."""
    gaps = [after - before for before, after in pairwise(first_days)]
    if len(first_days) < LEAST_OF_SERIES:
        return False
    return all(gap == 1 for gap in gaps) or min(gaps) >= _DAYS_A_WEEK


def main_span(days: Sequence[DayTotal], today: int, coming: int) -> MainSpan | None:
    """The shortest run of at most 14 days that holds 90 % of what is coming, else from the first to the last day.

    `days` are in order. What began before today and is not over counts for today. Of runs of one length the fullest
    counts, then the first, with the days that touch it. None where nothing is coming.
    """
    ahead = [(one.day, one.units) for one in days[bisect_left(days, (today,)) :] if one.units or one.repeating]
    begun = max(0, coming - sum(units for _, units in ahead))
    if begun:
        own = ahead.pop(0)[1] if ahead and ahead[0][0] == today else 0
        ahead.insert(0, (today, own + begun))
    total = sum(units for _, units in ahead)
    if not total:
        return None
    best = min(_runs(ahead, total), default=None)
    if best is None:
        return MainSpan(date_of(ahead[0][0]), date_of(ahead[-1][0]), total)
    first, last = best[2], best[2] + best[0] - 1
    # With the days that touch it and have events too, as long as it may be: a week ends on its Sunday.
    on = {one.day for one in days if one.day >= today}
    while last - first + 1 < MAX_SPAN_DAYS and last + 1 in on:
        last += 1
    while last - first + 1 < MAX_SPAN_DAYS and first - 1 in on:
        first -= 1
    return MainSpan(date_of(first), date_of(last), sum(units for day, units in ahead if first <= day <= last))


def _runs(ahead: Sequence[tuple[int, int]], total: int) -> list[tuple[int, int, int]]:
    """(days, minus the units in them, first day) of every shortest run from a day that holds enough."""
    found = []
    for at, (first, _) in enumerate(ahead):
        held = 0
        for day, units in ahead[at : at + MAX_SPAN_DAYS]:
            if day - first >= MAX_SPAN_DAYS:
                break
            held += units
            if held * 100 >= _SHARE_PERCENT * total:
                found.append((day - first + 1, -held, first))
                break
    return found


def may_be_short(months: Sequence[int], coming: int) -> bool:
    """Return False if no run of days can be short: no two months in a row have 90 % of the units."""
    total = max(sum(months), 1)
    begun = max(0, coming - total)
    twos = (sum(months[at : at + 2]) for at in range(len(months)))
    return (max(twos, default=0) + begun) * 100 >= _SHARE_PERCENT * total


def day_of(when: date) -> int:
    """The number of a day."""
    return (when - _EPOCH).days


def date_of(day: int) -> date:
    """The day of a number."""
    return _EPOCH + timedelta(days=day)


def day_at(instant: int) -> int:
    """The UTC day of an instant in seconds since 1970."""
    return instant // _SECONDS_A_DAY


def month_of(day: int) -> int:
    """The number of a day's month."""
    when = date_of(day)
    return when.year * 12 + when.month - 1


def month_after(day: int) -> int:
    """The first day of the month after a day's."""
    year, month = divmod(month_of(day) + 1, 12)
    return day_of(date(year, month + 1, 1))


def seconds(moment: datetime) -> int:
    """An aware moment in seconds since 1970 UTC."""
    return int(moment.timestamp())
