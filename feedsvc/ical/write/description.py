"""The plain text of an event, in the order in which somebody who wants to attend needs it.

    whether it takes place | when, in the place's time | what moved | what is doubtful

    the source's own description

    organiser, type, where, themes

    the source's own wording

    the link

Plain text only: some programs show tags as they are, others run them. Google shows neither URL nor CATEGORIES, so
link, themes and countries stand here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from feedsvc.core.findings import told
from feedsvc.core.model import Record, Status
from feedsvc.core.text import clean_line, clean_text
from feedsvc.ical.when import length, was, when
from feedsvc.ical.write.rendering import Rendering

_PARAGRAPH = "\n\n"


def description(record: Record, rendering: Rendering, now: datetime) -> str:
    """What DESCRIPTION says. Depends on nothing but its arguments; on `now` only by the note of a recent move."""
    event = record.event
    paragraphs = (
        "\n".join(_essence(record, rendering, now)),
        clean_text(event.description),
        "\n".join(_facts(record, rendering)),
        _labelled("Listed as", [event.listed]),
        rendering.link(record) or "",
    )
    return _PARAGRAPH.join(paragraph for paragraph in paragraphs if paragraph)


def _essence(record: Record, rendering: Rendering, now: datetime) -> Iterable[str]:
    if record.status is Status.CANCELLED:
        withdrawn = record.event.status is not Status.CANCELLED
        yield "Cancelled: the source no longer lists this event." if withdrawn else "Cancelled, as the source says."
    yield when(record.event.span)
    if record.moved_from is not None and _is_recent(record.moved_at, rendering, now):
        yield f"Moved: was {was(record.moved_from, record.event.span)}"
    yield from _doubts(record, rendering.default_length)


def _is_recent(moved_at: datetime | None, rendering: Rendering, now: datetime) -> bool:
    return moved_at is not None and now - moved_at < timedelta(days=rendering.moved_note_days)


def _doubts(record: Record, default_length: timedelta) -> list[str]:
    """The doubts in words. Those words say "one hour", which is only the usual default length."""
    span = record.event.span
    shown = f"shown as {length(default_length)}"
    doubts = [doubt.replace("shown as one hour", shown) for doubt in told(record.event.codes)]
    if span.end is None and not span.all_day and not any(shown in doubt for doubt in doubts):
        doubts.append(f"The end is not known; {shown}.")
    return doubts


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
