"""Dates and times as people write them into a column: the format is found from the whole column, or is configured.

The hardest case is "03/04/2027", which is two days. One "15/03" in the column settles which number is the day; without
one the country's habit is taken, with a doubt; where the column contradicts itself such a date is left unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from babel.dates import get_month_names

from feedsvc.core.model import Finding, Stated
from feedsvc.core.text import clean_line, cut
from feedsvc.sources.parsing.datetimes import read_moment

MONTH_FIRST_COUNTRIES = frozenset({"us", "ph", "fm", "mh", "pw"})
_LONGEST = 100
_LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "uk")
_YEAR_LAST = re.compile(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?:\D\s*(.*))?")
_YEAR_FIRST = re.compile(r"(\d{4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?:\D\s*(.*))?")
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_EPOCH = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")
_DAY_MONTH = re.compile(
    r"(?:[^\W\d]{2,12}\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th|\.|º)?\s+(?:de\s+)?([^\W\d]{3,12})\.?,?\s+(?:de\s+)?"
    r"(\d{4})(?:[,\s]\s*(.*))?"
)
_MONTH_DAY = re.compile(
    r"(?:[^\W\d]{2,12}\.?,?\s+)?([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[,\s]\s*(.*))?"
)
_CLOCK = re.compile(
    r"(?:(?:um|at|à|a las|às|alle)\s+)?(\d{1,2})(?:(?:\s?[:.h]\s?)(\d{2})(?:[:.](\d{2}))?)?\s*"
    r"(a\.?\s?m\.?|p\.?\s?m\.?|uhr|hrs?|h|o['’]clock)?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(.{1,20}?)\s*(?:[-–—]|\bto\b|\bbis\b|\buntil\b)\s*(.{1,20})", re.IGNORECASE)


def read_clock(text: str) -> time | None:
    """A time of day such as "9:00", "9.30", "18h30", "9:00 AM", "09:00:00", "18 Uhr"; None where it is none."""
    found = _CLOCK.fullmatch(text.strip()[:_LONGEST])
    if found is None or (found[2] is None and not found[4]):
        return None
    half = (found[4] or "")[:1].lower()
    hour = int(found[1])
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2] or 0), int(found[3] or 0))
    except ValueError:
        return None


def read_clocks(text: str) -> tuple[time | None, time | None]:
    """The time, or the two times of "9:00 - 11:00"; None for what is none."""
    single = read_clock(text)
    found = None if single else _RANGE.fullmatch(text.strip()[:_LONGEST])
    if found is None:
        return single, None
    first, last = read_clock(found[1]), read_clock(found[2])
    if first is None and last is not None:  # "9 - 11 am"
        first = read_clock(f"{found[1]}:00") if found[1].strip().isdigit() else None
    return (first, last) if first and last else (None, None)


@dataclass(frozen=True, slots=True)
class DateFormats:
    """The formats of a column's dates.

    `formats` are configured, of strptime; empty: as found. `day_first` says which number of "03/04/2027" is the day,
    None: unknown, so that such a date is not read. `is_settled` is False where only habit says it.
    """

    formats: tuple[str, ...] = ()
    day_first: bool | None = True
    is_settled: bool = True

    @classmethod
    def of(cls, texts: Iterable[str], formats: Sequence[str] = (), country: str | None = None) -> DateFormats:
        """Find the formats of a column from all its texts."""
        pairs = [
            (int(found[1]), int(found[3]))
            for text in texts
            if (found := _YEAR_LAST.fullmatch(text.strip())) and found[2] != "."
        ]
        day_first = any(first > 12 for first, _ in pairs)
        month_first = any(second > 12 for _, second in pairs)
        if day_first and month_first:
            return cls(tuple(formats), None, True)
        habit = country not in MONTH_FIRST_COUNTRIES
        return cls(tuple(formats), day_first or (habit and not month_first), day_first or month_first)

    @property
    def in_words(self) -> str:
        """The configured formats, to be named in a finding."""
        return " or ".join(self.formats)

    def read(self, text: str) -> Stated | None:
        """Read a date, with its time where one stands beside it; None where it is none, or could be two."""
        text = clean_line(text)[:_LONGEST]
        for form in self.formats:
            found = read_format(text, form)
            if found is not None:
                return Stated(found.date(), found.time() if has_time(form) else None, offset=found.utcoffset())
        return None if self.formats else self._found(text)

    def _found(self, text: str) -> Stated | None:
        moment = read_moment(text)
        if moment is not None:
            return moment
        if found := _EPOCH.fullmatch(text):
            try:
                instant = datetime.fromtimestamp(int(found[1]), UTC)
            except (OverflowError, OSError, ValueError):
                return None
            return Stated(instant.date(), instant.time(), zone="UTC", offset=timedelta())
        if found := _COMPACT.fullmatch(text):
            return _dated(found[1], found[2], found[3], None)
        if found := _YEAR_FIRST.fullmatch(text):
            return _dated(found[1], found[3], found[4], found[5])
        if found := _YEAR_LAST.fullmatch(text):
            return self._year_last(found)
        if (found := _DAY_MONTH.fullmatch(text)) and (named := _months().get(found[2].lower())):
            return _dated(found[3], str(named), found[1], found[4])
        if (found := _MONTH_DAY.fullmatch(text)) and (named := _months().get(found[1].lower())):
            return _dated(found[3], str(named), found[2], found[4])
        return None

    def is_ambiguous(self, text: str) -> bool:
        """Return True if habit alone says which number of a date is the day."""
        found = None if self.formats or self.is_settled else _YEAR_LAST.fullmatch(text.strip())
        return found is not None and found[2] != "." and found[1] != found[3] and int(found[1]) <= 12

    def _year_last(self, found: re.Match[str]) -> Stated | None:
        first, second = int(found[1]), int(found[3])
        # With dots the day comes first, wherever they are written.
        day_first = second <= 12 if found[2] == "." else self.day_first
        if day_first is None:
            if first <= 12 and second <= 12 and first != second:
                return None
            day_first = first > 12
        day, month = (first, second) if day_first else (second, first)
        year = found[4] if len(found[4]) == 4 else f"20{found[4]}"
        return _dated(year, str(month), str(day), found[5])


def contradiction(texts: Sequence[str], formats: DateFormats) -> Finding | None:
    """The finding that most dates of a column are dates, but not in the configured format."""
    if not formats.formats:
        return None
    others = [text for text in texts if text and formats.read(text) is None]
    found = DateFormats.of(others)
    strange = [text for text in others if found.read(text) is not None]
    if not strange or 2 * len(strange) <= len([text for text in texts if text]):
        return None
    example = cut(clean_line(strange[0]), 40)
    return Finding("date-format", f"{len(strange)} dates are not written as {formats.in_words}, for example {example}")


def read_format(text: str, form: str) -> datetime | None:
    """A date and time by a format of strptime, naive where the format has no offset; None where it has another."""
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - only its date, its time and its offset are used
    except (ValueError, re.error):  # re.error: a directive twice
        return None


def has_time(form: str) -> bool:
    """Return True if a format of dates states the time too."""
    return "%H" in form or "%I" in form


def _dated(year: str, month: str, day: str, rest: str | None) -> Stated | None:
    """A day, with the time that follows it."""
    try:
        stated = Stated(date(int(year), int(month), int(day)))
    except ValueError:
        return None
    rest = (rest or "").strip(" ,@|-–")
    if not rest:
        return stated
    moment = read_moment(f"{stated.date.isoformat()} {rest}")
    clock = read_clock(rest)
    return moment or (replace(stated, time=clock) if clock else None)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Names of months, whole and short, in several languages."""
    found: dict[str, int] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                names = get_month_names(width, context=context, locale=language)
                found |= {name.lower().rstrip("."): number for number, name in names.items() if not name.isdigit()}
    return {**found, "sept": 9}
