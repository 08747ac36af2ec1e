"""The plain text of an event, in the order in which somebody who wants to attend needs it.

    whether it takes place | when, in the place's time | what moved | what is doubtful

    the source's own description

    organiser, type, where, themes

    the source's own wording

    where people take part online

    the link

Plain text only: some programs show tags as they are, others run them. Google shows neither URL nor CATEGORIES, so
link, themes and countries stand here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

from feedsvc.core.findings import Grade, sentences
from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import clean_line, clean_text, safe_url
from feedsvc.core.timespan import Timespan

_PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class Rendering:
    """Everything besides the record that shapes a VEVENT.

    `base_url` is the service's public address without a trailing slash; None: not configured, so events have no page
    of their own to link to. `default_length` is what an event with unknown end is published with. `country_name`
    gives the English name of a country code.
    """

    base_url: str | None
    default_length: timedelta
    country_name: Callable[[str], str]
    moved_note_days: int = 14

    def link(self, record: Record) -> str | None:
        """The address where an attendee reads more: the source's link, else the event's page here, else None."""
        own = f"{self.base_url}/event/{quote(record.id, safe='')}" if self.base_url else None
        return safe_url(record.event.link) or safe_url(own)

    def countries(self, record: Record) -> tuple[str, ...]:
        """The English names of its countries, in the event's order."""
        return tuple(self.country_name(code) for code in record.event.countries)


def description(record: Record, rendering: Rendering, now: datetime) -> str:
    """The text of DESCRIPTION. Depends on nothing but its arguments; on `now` only by the note of a recent move."""
    event = record.event
    paragraphs = (
        "\n".join(_essence(record, rendering, now)),
        clean_text(event.description),
        "\n".join(_facts(record, rendering)),
        _labelled("Listed as", [event.listed]),
        _labelled("Join", [safe_url(event.join_link) or ""]),
        rendering.link(record) or "",
    )
    return _PARAGRAPH.join(paragraph for paragraph in paragraphs if paragraph)


def _essence(record: Record, rendering: Rendering, now: datetime) -> Iterable[str]:
    if record.status is EventStatus.CANCELLED:
        withdrawn = record.event.status is not EventStatus.CANCELLED
        yield "Cancelled: the source no longer lists this event." if withdrawn else "Cancelled, as the source says."
    elif record.unconfirmed_at is not None:
        yield "Not certain: the source's date of this event cannot be read any more; this is what it said before."
    yield when(record.event.span)
    if record.held and record.status is not EventStatus.CANCELLED:
        # A change that waits: what the source says now, while the event stays as it was.
        if record.held_span is None:
            yield "In doubt: the source no longer lists this event; until that is confirmed it is shown as before."
        else:
            says = when(record.held_span)
            yield f"In doubt: the source now says {says}; until that is confirmed the time above stays."
    note_ends = record.moved_at and record.moved_at + timedelta(days=rendering.moved_note_days)
    if record.moved_from is not None and note_ends and now < note_ends:
        yield f"Moved: was {was(record.moved_from, record.event.span)}"
    # What could lead somebody astray; what is no doubt at all stands on the event's page only.
    for sentence in sentences(record.event):
        if sentence.grade is not Grade.NONE:
            yield sentence.text % {"length": length(rendering.default_length), **sentence.values}


def _facts(record: Record, rendering: Rendering) -> Iterable[str]:
    event = record.event
    named = [rendering.country_name(code) for code in event.countries if code != "other"]
    lines = (
        _labelled("Organised by", [event.host], between=" "),
        _labelled("Type", [event.event_type]),
        _labelled("Where", [*named, *event.places]),
        _labelled("Themes", event.themes),
    )
    return (line for line in lines if line)


def _labelled(label: str, values: Iterable[str], between: str = ": ") -> str:
    """One line, or nothing where there is nothing to say."""
    cleaned = [text for value in values if (text := clean_line(value))]
    return f"{label}{between}{', '.join(cleaned)}" if cleaned else ""


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def when(span: Timespan) -> str:
    """Day, clock time and clock of the place. An end that is not known is left out."""
    if span.all_day:
        return f"{_days(span)}, all day"
    return f"{_long(span.first_day)}, {_clock(span.local_start)}{_until(span)}{_place(span)}"


def was(old: Timespan, new: Timespan) -> str:
    """The time before the move: "30 May 2024, 14:00", and more only where that alone would tell no change."""
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
