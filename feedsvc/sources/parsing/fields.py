"""A listing out of named fields: what a table's columns and the paths of a JSON answer have in common.

The hardest case is a column of times that nobody can read: a single such cell leaves an event without its time, with a
doubt; where no cell can be read the column has changed its format, and every row is present but unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from feedsvc.core.html_text import html_to_text
from feedsvc.core.model import Finding, Listing, Present, Stated
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import clean_line, cut
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
    """One row or item. `doubts` are about its form, `line` is where it stands."""

    text: FieldText
    line: int | None = None
    doubts: tuple[Finding, ...] = ()


def read_entries(
    entries: Sequence[Entry], settings: FieldSettings, context: Context, base_url: str
) -> tuple[list[Listing | Present], list[Finding]]:
    """Read every entry, in order; the findings are about its columns as a whole."""
    texts = [entry.text("start") for entry in entries]
    all_dates = [*texts, *(entry.text("end") for entry in entries)]
    dates = DateFormats.of(all_dates, settings.date_format, context.country, context.zone)
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
            themes=self._names(text("themes")),
            countries=self._names(text("country")),
            native_id=clean_line(text("id")) or None,
            link=self._link(text("link")),
            description=html_to_text(text("description")),
            location=line(text("location")),
            host=line(text("host")),
            event_type=line(text("type")),
            status=status,
            line=entry.line,
            findings=(*doubts, *status_doubts),
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
        # An unknown name of a zone is judged where zones are decided.
        zone = clean_line(text("zone"))
        offset = read_offset(zone)
        given: dict[str, Any] = ({"zone": zone} if offset is None else {"offset": offset}) if zone else {}
        return replace(start, **given), end and replace(end, time=ends or end.time, **given)

    def _names(self, text: str) -> tuple[str, ...]:
        if self.settings.separator == ",":
            return split_names(clean_line(text))
        return tuple(name for part in text.split(self.settings.separator) if (name := clean_line(part)))


def _clocks(text: str, settings: FieldSettings) -> tuple[time | None, time | None]:
    if not settings.time_format:
        return read_clocks(text)
    found = (_clock(text[:_LONGEST].strip(), form) for form in settings.time_format)
    return next((clock for clock in found if clock is not None), None), None


def _clock(text: str, form: str) -> time | None:
    found = read_format(text, form)
    return None if found is None else found.time() if has_time(form) else read_clock(text)
