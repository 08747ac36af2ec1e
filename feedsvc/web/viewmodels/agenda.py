"""Events as pages show them: one view for each event, by day. Pure: records and words in, values out.

The day is the day at the event's place, and so is the time; the reader's own time is added by the page's script. The
hardest case is an event over midnight or over several days: it stands on its first day and says when it ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from feedsvc.core.findings import Grade, sentences
from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import safe_url, slugify
from feedsvc.core.timespan import Timespan
from feedsvc.web.viewmodels.i18n import Words


@dataclass(frozen=True, slots=True)
class Named:
    """A country or theme of an event: its value in addresses and what it is called."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class When:
    """A timespan in words. `start` and `end` are ISO 8601 in UTC, or dates for an all-day event; `end` may be unknown.

    `clock` is "11:00 – 12:30", `until` the last day where that is another day, `place` whose clock it is, `offset` its
    distance from UTC.
    """

    day: date
    start: str
    end: str | None
    clock: str
    until: str
    place: str
    offset: str
    zone: str | None
    all_day: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """One event, ready for a template. `was` is where it lay before it moved, in words; empty when it did not."""

    id: str
    path: str
    title: str
    when: When
    was: str
    countries: tuple[Named, ...]
    places: tuple[str, ...]
    location: str
    themes: tuple[Named, ...]
    doubts: tuple[str, ...]
    cancelled: bool
    record: Record

    @property
    def several(self) -> bool:
        """Return True if it takes place in more than one country."""
        return len(self.countries) > 1


@dataclass(frozen=True, slots=True)
class Day:
    """The events of one day, by time."""

    day: date
    events: tuple[EventView, ...]

    @property
    def anchor(self) -> str:
        """The day's id on its page."""
        return f"day-{self.day.isoformat()}"


def days(records: Iterable[Record], words: Words, default_length: timedelta) -> tuple[Day, ...]:
    """The events by day, each day by the clock of the places."""
    ordered = sorted(records, key=lambda record: (*_sorting(record.event.span), record.event.summary, record.uid))
    groups = groupby(ordered, key=lambda record: record.event.span.first_day)
    return tuple(Day(day, tuple(event_view(one, words, default_length) for one in events)) for day, events in groups)


def _sorting(span: Timespan) -> tuple[date, bool, str]:
    """Whole days come first on their day."""
    return span.first_day, not span.all_day, f"{span.local_start:%H:%M}"


def event_view(record: Record, words: Words, default_length: timedelta) -> EventView:
    """One event in a language."""
    event = record.event
    return EventView(
        id=record.id,
        path=f"/event/{record.id}",
        title=event.summary,
        when=when(event.span, words),
        was="" if record.moved_from is None else was(record.moved_from, event.span, words),
        countries=tuple(Named(code, words.country(code)) for code in event.countries if code != "other"),
        places=event.places,
        location=event.location,
        themes=tuple(Named(slugify(name), words.text(name)) for name in event.themes),
        doubts=doubts(record, words, default_length),
        cancelled=record.status is EventStatus.CANCELLED,
        record=record,
    )


def when(span: Timespan, words: Words) -> When:
    """A timespan in words, on the clock of its place."""
    local_end = span.local_end
    same_day = span.last_day == span.first_day
    until = "" if same_day else words.skeleton("MMMEd", span.last_day)
    if span.all_day:
        end = None if local_end is None else local_end.date().isoformat()
        clock = words.text("All day")
        return When(span.first_day, span.first_day.isoformat(), end, clock, until, "", "", None, all_day=True)
    clock = words.clock(span.local_start)
    if local_end is not None:
        clock = f"{clock} – {words.clock(local_end)}"
    return When(
        day=span.first_day,
        start=utc(span.start),
        end=None if span.end is None else utc(span.end),
        clock=clock,
        until=until,
        place=words.city(span.zone),
        offset=offset(span.local_start),
        zone=span.zone,
        all_day=False,
    )


def was(old: Timespan, new: Timespan, words: Words) -> str:
    """Return the old time of a moved event: the clock alone, with the day where that is another one."""
    told = when(old, words)
    clock = told.clock if told.place == when(new, words).place or not told.place else f"{told.clock} {told.place}"
    return clock if old.first_day == new.first_day else f"{words.skeleton('MMMEd', old.first_day)}, {clock}"


def doubts(record: Record, words: Words, default_length: timedelta, *grades: Grade) -> tuple[str, ...]:
    """Return the findings about an event that have one of these grades, in sentences; without any, all but NONE."""
    wanted = grades or (Grade.NOTE, Grade.DOUBT)
    found = (sentence for sentence in sentences(record.event) if sentence.grade in wanted)
    shown = words.duration(default_length)
    return tuple(words.text(sentence.text, length=shown, **sentence.values) for sentence in found)


def offset(moment: datetime) -> str:
    """ "UTC+03:00"."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def utc(moment: datetime) -> str:
    """ "2024-05-30T12:00:00Z"."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def source_link(record: Record) -> str | None:
    """The event's own page elsewhere; checked once more before it is shown."""
    return safe_url(record.event.link)
