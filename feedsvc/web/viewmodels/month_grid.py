"""A grid for each month that has events, beside the agenda: which days are busy, each one press away."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import log

from feedsvc.web.viewmodels.i18n import Words

LEVELS = 4
_A_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a month. `level` is its shade, 0 for a day without events; `here`: it is on this page."""

    day: date
    events: int
    level: int
    here: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month. `at` names it in addresses; `weeks` hold None for the days of other months."""

    title: str
    at: str
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[Cell | None, ...], ...]


def months(busy: Mapping[date, int], shown: Iterable[date], words: Words) -> tuple[Month, ...]:
    """The months that have events, with the days that are `shown` on the page marked."""
    on_page = frozenset(shown)
    most = max(busy.values(), default=0)
    first_weekday = words.locale.first_week_day
    calendar = Calendar(first_weekday)

    def cell(day: date, month: int) -> Cell | None:
        if day.month != month:
            return None
        events = busy.get(day, 0)
        return Cell(day, events, level(events, most), day in on_page)

    return tuple(
        Month(
            title=words.month(date(year, month, 1)),
            at=f"{year:04}-{month:02}",
            weekdays=_weekdays(first_weekday, words),
            weeks=tuple(tuple(cell(day, month) for day in week) for week in calendar.monthdatescalendar(year, month)),
        )
        for year, month in sorted({(day.year, day.month) for day in busy})
    )


def _weekdays(first: int, words: Words) -> tuple[tuple[str, str], ...]:
    """(narrow, whole) names of the weekdays, in the language's order."""
    days = (_A_MONDAY + timedelta(days=(first + shift) % 7) for shift in range(7))
    return tuple((words.narrow_weekday(day), words.weekday(day)) for day in days)


def level(count: int, most: int) -> int:
    """Shade of a count, 0 to LEVELS, on a scale that tells one from two better than 50 from 60."""
    if count <= 0:
        return 0
    return min(LEVELS, max(1, round(LEVELS * log(count + 1) / log(max(most, LEVELS) + 1))))
