"""A listing out of named fields: what a table's columns and the paths of a JSON answer have in common.

The hardest case is a column of times that nobody can read: a single such cell leaves an event without its time, with a
doubt; where no cell can be read the column has changed its format, and every row is present but unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from feedsvc.core.html_text import html_to_text
from feedsvc.core.model import Finding, Listing, Present, Stated
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import clean_line, cut, fold
from feedsvc.core.zone_names import zone_named
from feedsvc.core.zones import FIXED_AT_UTC, at_home
from feedsvc.sources.base import Context, KindSettings
from feedsvc.sources.parsing.column_dates import (
    DateFormats,
    contradiction,
    has_time,
    read_clock,
    read_clocks,
    read_format,
)
from feedsvc.sources.parsing.datetimes import end_after, read_offset
from feedsvc.sources.parsing.values import absolute, line, read_status, split_names

_SAMPLE = datetime(2019, 11, 23, 14, 35, tzinfo=UTC)
_LONGEST = 100
_BARE_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,24}(?:[:/?#]\S*)?", re.IGNORECASE)

_HEADINGS = {
    "title": "title name event event_name event name summary subject titel nombre titre titulo",
    "start": "start date start_date start date event_date event date day from datum fecha date_debut beginn begins "
    "begins_on starts_at start_at start_datetime date_start dtstart starts",
    "end": "end end_date end date last_day until till to ende fin "
    "ends_on ends_at end_at end_datetime date_end dtend ends",
    "time": "time start_time start time begin begins beginn hour uhrzeit hora heure",
    "end_time": "end_time end time finish",
    "zone": "zone timezone time zone time_zone tz time_zone_id",
    "country": "country land pais pays",
    "themes": "themes theme topic topics category categories tags kategorie kategorien thema themen categoria tema",
    "link": "link url website web full_url permalink html_url web_url",
    "location": "location place venue address ort lugar lieu physical_address room",
    "description": "description about details text beschreibung descripcion body excerpt",
    "host": "host organiser organizer organisers organizers organisation organization",
    "join_link": "join_link online_address online_url meeting_url stream_url",
    "status": "status state",
    "id": "id event_id uid",
}
"""The usual names of each field, single words and pairs of words."""
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")

FieldText = Callable[[str], str]
"""The text of a field by its meaning ("title"), "" where there is none."""


class Fields(KindSettings):
    """The field for each thing that an event has. Only what is named is read."""

    title: str
    """The title."""
    start: str
    """The day it begins, or day and time, by `date_format`."""
    end: str | None = None
    """The last day, or day and time, by `date_format`."""
    time: str | None = None
    """The time it begins, by `time_format`, or "9:00 - 11:00"; an event without one is all-day."""
    end_time: str | None = None
    """The time it ends, by `time_format`."""
    zone: str | None = None
    """The time zone: an IANA name, or an offset such as UTC+3:30."""
    country: str | None = None
    """Country names or codes, between `separator`."""
    themes: str | None = None
    """Theme names, between `separator`."""
    link: str | None = None
    """The event's own address."""
    location: str | None = None
    """Where it takes place."""
    description: str | None = None
    """Its description; HTML becomes text."""
    host: str | None = None
    """The organisers."""
    type: str | None = None
    """The type of event."""
    status: str | None = None
    """Its status: "cancelled", "postponed", "tentative"; anything else means confirmed."""
    join_link: str | None = None
    """The address where people take part online."""
    id: str | None = None
    """The source's permanent id of the event."""


TextOrList = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class FieldSettings(KindSettings):
    """The keys of every kind that reads named fields."""

    date_format: TextOrList = ()
    """The format of dates, in the directives of strptime: one or a list. Where none is set it is found."""
    time_format: TextOrList = ()
    """The format of times: "%H:%M", "%I:%M %p"; one or a list. Where none is set it is found."""
    separator: str = Field(",", min_length=1, max_length=5)
    """The separator of several names in one field."""
    id_names: Literal["events", "dates"] = "events"
    """The thing that an id is of: an event, which may take place again, or a single date of it."""

    @field_validator("date_format")
    @classmethod
    def _names_a_day(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            read = DateFormats((form,)).read(_SAMPLE.strftime(form))
            if read is None or read.date != _SAMPLE.date():
                raise ValueError('must name year, month and day; for example "%d/%m/%Y"')
        return value

    @field_validator("time_format")
    @classmethod
    def _names_a_time(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            if _clock(_SAMPLE.strftime(form), form) != _SAMPLE.time():
                raise ValueError('must name hour and minute; for example "%H:%M" or "%I:%M %p"')
        return value


@dataclass(frozen=True, slots=True)
class Entry:
    """One row or item, at `line`. `names` are those of a field that is a list; `doubts` are about its form."""

    text: FieldText
    line: int | None = None
    names: Callable[[str], Sequence[str]] = lambda _meaning: ()
    doubts: tuple[Finding, ...] = ()


def read_entries(
    entries: Sequence[Entry], settings: FieldSettings, context: Context, base_url: str
) -> tuple[list[Listing | Present], list[Finding]]:
    """Read every entry, in order; the findings are about its columns as a whole."""
    texts = [entry.text("start") for entry in entries]
    all_dates = [*texts, *(entry.text("end") for entry in entries)]
    dates = DateFormats.of(all_dates, settings.date_format, context.country)
    clocks = [text for entry in entries if (text := entry.text("time"))]
    times_are_unreadable = len(clocks) > 1 and not any(_clocks(text, settings)[0] for text in clocks)
    reader = _FieldReader(dates, settings, base_url, times_are_unreadable)
    doubt = contradiction(texts, dates)
    return [reader.entry(entry) for entry in entries], [] if doubt is None else [doubt]


@dataclass(frozen=True, slots=True)
class _FieldReader:
    dates: DateFormats
    settings: FieldSettings
    base_url: str
    times_are_unreadable: bool

    def entry(self, entry: Entry) -> Listing | Present:
        text, doubts = entry.text, list(entry.doubts)
        title, stated = line(text("title")), text("start")
        if not stated:
            return self._present(Finding("undated", cut(title or "an event", 200), entry.line), text)
        start = self.dates.read(stated)
        if start is None:
            form = f" is not written as {self.dates.in_words}" if self.dates.formats else ""
            detail = f"{title or 'an event'}: {clean_line(stated)}{form}"
            return self._present(Finding("unreadable", cut(detail, 200), entry.line), text)
        if self.times_are_unreadable and text("time"):
            detail = f"{title or 'an event'}: time {clean_line(text('time'))}"
            return self._present(Finding("unreadable", cut(detail, 200), entry.line), text)
        if self.dates.is_ambiguous(stated):
            doubts.append(Finding("ambiguous-date", cut(clean_line(stated), 100)))
        start, end = self._with_times(text, start, doubts)
        status, status_doubts = read_status(text("status"))
        return Listing(
            title=title or None,
            start=start,
            end=end_after(start, end),
            listed=when_words(start, end_after(start, end), clean_line(text("zone")) or None),
            themes=self._names(entry, "themes"),
            countries=self._names(entry, "country"),
            native_id=clean_line(text("id")) or None,
            link=self._link(text("link")),
            description=html_to_text(text("description")),
            location=line(text("location")),
            host=line(text("host")),
            event_type=line(text("type")),
            status=status,
            line=entry.line,
            findings=(*doubts, *status_doubts),
            join_link=self._link(text("join_link")),
        )

    def _present(self, doubt: Finding, text: FieldText) -> Present:
        title, native_id = line(text("title")) or None, clean_line(text("id")) or None
        return Present(doubt, title, native_id, self._link(text("link")))

    def _link(self, href: str) -> str | None:
        """A link; people leave out its scheme."""
        return f"https://{href}" if _BARE_HOST.fullmatch(href) else absolute(href, self.base_url)

    def _with_times(self, text: FieldText, start: Stated, doubts: list[Finding]) -> tuple[Stated, Stated | None]:
        """Start and end of the fields of days, with the times of the fields of times, in the stated zone or offset."""
        last = self.dates.read(text("end")) if text("end") else None
        if last is None and text("end"):
            doubts.append(Finding("unreadable", cut(f"end: {clean_line(text('end'))}", 200)))
        begins, until = _clocks(text("time"), self.settings)
        ends = _clocks(text("end_time"), self.settings)[0] or until
        if text("time") and begins is None:
            doubts.append(Finding("unreadable-time", cut(clean_line(text("time")), 100)))
        if text("end_time") and ends is None:
            doubts.append(Finding("unreadable", cut(f"end time: {clean_line(text('end_time'))}", 200)))
        start = replace(start, time=begins or start.time)
        end = None if last is None and ends is None else (last or replace(start, time=None))
        if start.time is None:
            return start, end and Stated(end.date)
        zone = clean_line(text("zone"))
        return _in_zone(start, zone), end and _in_zone(replace(end, time=ends or end.time), zone)

    def _names(self, entry: Entry, meaning: str) -> tuple[str, ...]:
        text = entry.text(meaning)
        if listed := entry.names(meaning):
            return tuple(filter(None, map(clean_line, listed)))
        if self.settings.separator == ",":
            return split_names(clean_line(text))
        return tuple(name for part in text.split(self.settings.separator) if (name := clean_line(part)))


def _in_zone(stated: Stated, zone: str) -> Stated:
    """The moment in a stated zone or offset; an instant in UTC is only shown there."""
    if not zone:
        return stated
    if stated.zone == "UTC" and stated.offset == timedelta():
        named = zone_named(zone, stated.date.year)
        is_place = named is not None and named.zones and named.zones[0] not in FIXED_AT_UTC
        return at_home(stated, (), named.zones[0]) if named and is_place else stated
    # An unknown name is judged where zones are decided.
    offset = read_offset(zone)
    return replace(stated, zone=zone) if offset is None else replace(stated, offset=offset)


def _clocks(text: str, settings: FieldSettings) -> tuple[time | None, time | None]:
    if not settings.time_format:
        return read_clocks(text)
    found = (_clock(text[:_LONGEST].strip(), form) for form in settings.time_format)
    return next((clock for clock in found if clock is not None), None), None


def _clock(text: str, form: str) -> time | None:
    found = read_format(text, form)
    return None if found is None else found.time() if has_time(form) else read_clock(text)


def guess_fields(names: Iterable[str]) -> dict[str, str]:
    """The names of columns or keys by what they usually mean ("startDate", "start_date", "Start date")."""
    found: dict[str, str] = {}
    for given in names:
        name = " ".join(fold(_WORDS.sub(" ", given)).replace("_", " ").split())
        for meaning, usual in _HEADINGS.items():
            if meaning not in found and name in {word.replace("_", " ") for word in usual.split()}:
                found[meaning] = given.strip()
                break
    return found
