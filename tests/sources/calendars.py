"""Foreign calendars for the tests: written line by line, read with the kind `ics`."""

from __future__ import annotations

from datetime import date

from feedsvc.core.model import Listing, Reading
from feedsvc.sources.ics import Settings, read
from tests.sources.helpers import context

TODAY = date(2024, 5, 20)
BERLIN = "DTSTART;TZID=Europe/Berlin:20240516T180000\nDTEND;TZID=Europe/Berlin:20240516T190000\n"


def calendar(*components: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{''.join(components)}END:VCALENDAR\n"


def event(lines: str, uid: str = "a") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:Event {uid}\n{lines}".rstrip("\n") + "\nEND:VEVENT\n"


def read_text(text: str | bytes, zone: str | None = None, today: date | None = TODAY) -> Reading:
    return read(
        Settings(), context(text.replace("\n", "\r\n") if isinstance(text, str) else text, zone=zone, today=today)
    )


def read_one(lines: str, zone: str | None = None) -> Listing:
    (listing,) = read_text(calendar(event(lines)), zone).listings
    return listing


def days(reading: Reading) -> list[str]:
    return [f"{listing.start.date:%d.%m.}" for listing in reading.listings]
