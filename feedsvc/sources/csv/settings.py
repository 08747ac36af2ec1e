"""Settings of a table of events: the meaning of its columns, and the formats of its dates and times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field, field_validator

from feedsvc.sources.base import KindSettings

_SAMPLE = datetime(2019, 11, 23, 14, 35, tzinfo=UTC)


class Columns(KindSettings):
    """`columns`: the table's own heading for each thing that an event has. Only what is named is read."""

    title: str
    """The title."""
    start: str
    """The day it begins, or day and time, by `date_format`."""
    end: str | None = None
    """The last day, or day and time, by `date_format`."""
    time: str | None = None
    """The time it begins, by `time_format`; an event without one is all-day."""
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
    """The table's permanent id of the event."""


class Settings(KindSettings):
    """The keys of `csv` beside those of every source."""

    columns: Columns
    """The table's headings; letter case and spaces around them do not matter."""
    date_format: str = "%Y-%m-%d"
    """The format of dates, in the directives of strptime: "%d/%m/%Y", "%m/%d/%Y %I:%M %p"."""
    time_format: str = "%H:%M"
    """The format of times: "%H:%M", "%I:%M %p"."""
    delimiter: str = Field(",", min_length=1, max_length=1)
    """The character between cells."""
    separator: str = Field(",", min_length=1, max_length=5)
    """The separator of several names in one cell."""

    id_names: Literal["events", "dates"] = "events"
    """What an id is of: an event, which may take place again, or a single date of it."""

    @field_validator("date_format")
    @classmethod
    def _names_a_day(cls, value: str) -> str:
        if (read := parsed(_SAMPLE.strftime(value), value)) is None or read.date() != _SAMPLE.date():
            raise ValueError('must name year, month and day; for example "%d/%m/%Y"')
        return value

    @field_validator("time_format")
    @classmethod
    def _names_a_time(cls, value: str) -> str:
        if (read := parsed(_SAMPLE.strftime(value), value)) is None or read.time() != _SAMPLE.time():
            raise ValueError('must name hour and minute; for example "%H:%M" or "%I:%M %p"')
        return value

    @field_validator("delimiter")
    @classmethod
    def _no_quote(cls, value: str) -> str:
        if value in '"\r\n':
            raise ValueError("must not be a quote or a line end")
        return value

    @property
    def dates_have_times(self) -> bool:
        """Return True if `date_format` states the time too."""
        return "%H" in self.date_format or "%I" in self.date_format


def parsed(text: str, form: str) -> datetime | None:
    """A text by a format of strptime; None where it is not written so. Aware only where the format has an offset."""
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - only its date and its time are used
    except (ValueError, re.error):  # re.error: a directive twice
        return None
