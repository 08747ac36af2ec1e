"""A stated moment in words, for `listed` where the source's own wording is not written for people."""

from __future__ import annotations

from datetime import timedelta

from feedsvc.core.model import Stated


def when_words(start: Stated, end: Stated | None = None, zone: str | None = None) -> str:
    """For example "2024-05-30 15:00 - 16:30 Europe/Kyiv". `zone` is the source's own name for it, "" where it has none.

    A day alone has no time and no zone; a last day or an end on another day is written out.
    """
    if start.time is None:
        days = f"{start.date}"
        return days if end is None or end.date == start.date else f"{days} - {end.date}"
    words = f"{start.date} {start.time:%H:%M}"
    if end is not None and end.time is not None:
        day = "" if end.date == start.date else f"{end.date} "
        words += f" - {day}{end.time:%H:%M}"
    if zone is None and start.zone is None and start.offset is not None:
        zone = offset_words(start.offset) if start.offset else "UTC"
    return f"{words} {start.zone or '' if zone is None else zone}".strip()


def offset_words(offset: timedelta) -> str:
    """An offset as "+03:30"."""
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
