"""A timespan in English words: "Thursday, 30 May 2024, 15:00 to 17:00 in Kyiv (Europe/Kyiv, UTC+03:00)".

Names of days and months are our own: `strftime` and `calendar` speak the language of the process, and the bytes of a
feed may not depend on it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from feedsvc.core.timespan import Timespan

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def when(span: Timespan) -> str:
    """Day, clock time and clock of the place. An end that is not known is left out."""
    if span.all_day:
        return f"{_days(span)}, all day"
    return f"{_times(span)}{_place(span)}"


def was(old: Timespan, new: Timespan) -> str:
    """Where it lay before it moved: "30 May 2024, 14:00", and more only where that alone would tell no change."""
    if old.all_day:
        return _short(old.first_day) if old.first_day != new.first_day or not new.all_day else _days(old)
    told = f"{_short(old.first_day)}, {_clock(old.local_start)}"
    if not new.all_day and old.local_start.replace(tzinfo=None) == new.local_start.replace(tzinfo=None):
        told += _until(old) or ", no end given"
    return told if _place(old) == _place(new) or new.all_day else told + _place(old)


def length(span: timedelta) -> str:
    """A length in words: "one hour", "45 minutes", "1 day 2 hours"."""
    if span == timedelta(hours=1):
        return "one hour"
    minutes = round(span.total_seconds() / 60)
    parts = ((minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute"))
    return " ".join(f"{n} {unit}{'s' if n != 1 else ''}" for n, unit in parts if n) or "0 minutes"


def _days(span: Timespan) -> str:
    first, last = span.first_day, span.last_day
    return _long(first) if first == last else f"{_long(first)} to {_long(last)}"


def _times(span: Timespan) -> str:
    return f"{_long(span.first_day)}, {_clock(span.local_start)}{_until(span)}"


def _until(span: Timespan) -> str:
    end = span.local_end
    if end is None:
        return ""
    day = f"{_long(end.date())}, " if end.date() != span.first_day else ""
    return f" to {day}{_clock(end)}"


def _place(span: Timespan) -> str:
    """The clock that counts: " in Kyiv (Europe/Kyiv, UTC+03:00)"; " (UTC+03:00)" where only the offset is known."""
    start, end = _offset(span.local_start), _offset(span.local_end or span.local_start)
    offset = start if start == end else f"{start}, at the end {end}"
    if span.zone is None:
        return f" ({offset})"
    area, _, city = span.zone.rpartition("/")
    town = "" if area in ("", "Etc") else f" in {city.replace('_', ' ')}"
    return f"{town} ({span.zone}, {offset})"


def _offset(moment: datetime) -> str:
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _long(day: date) -> str:
    return f"{_DAYS[day.weekday()]}, {_short(day)}"


def _short(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _clock(moment: datetime) -> str:
    return f"{moment.hour:02}:{moment.minute:02}"
