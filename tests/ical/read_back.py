"""A calendar read back by the library, strictly, as every subscriber must see it.

`icalendar` forgives much: a truncated file gives no events and no error, an unknown zone a naive time. Here both are
errors, so that what is read is what every subscriber sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from icalendar import Calendar, Component

from feedsvc.core.errors import SourceUnreadable

Moment = datetime | date


@dataclass(frozen=True, slots=True)
class Stamps:
    """DTSTAMP, CREATED and LAST-MODIFIED in UTC; None where missing."""

    stamp: datetime | None
    created: datetime | None
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """One VEVENT. Texts are unescaped, "" where missing; `status` is as written, "" where missing.

    `start` and `end` are aware datetimes in UTC, or dates with `end` exclusive if `all_day`.
    """

    uid: str
    summary: str
    description: str
    location: str
    url: str
    status: str
    start: Moment
    end: Moment | None
    all_day: bool
    sequence: int
    categories: tuple[str, ...]
    stamps: Stamps


def read_events(document: bytes) -> list[ReadEvent]:
    """All VEVENTs in their order. Raises SourceUnreadable when one thing in it cannot be read as it is meant."""
    if not document.rstrip(b"\r\n").endswith(b"END:VCALENDAR"):
        raise SourceUnreadable("the calendar does not end with END:VCALENDAR; it was cut off or is none")
    try:
        calendar = Calendar.from_ical(document)
    except (ValueError, LookupError, TypeError, AssertionError) as error:
        raise SourceUnreadable(f"the calendar cannot be read: {str(error)[:200]!a}") from error
    return [_event(component) for component in calendar.walk("VEVENT")]


def _event(component: Component) -> ReadEvent:
    uid = str(component.get("UID", ""))
    if component.errors:
        name, reason = component.errors[0]
        raise SourceUnreadable(f"event {uid!a}: {name} cannot be read: {reason}")
    start = _moment(component, "DTSTART", uid)
    if start is None:
        raise SourceUnreadable(f"event {uid!a} has no DTSTART")
    return ReadEvent(
        uid=uid,
        summary=_text(component, "SUMMARY"),
        description=_text(component, "DESCRIPTION"),
        location=_text(component, "LOCATION"),
        url=_text(component, "URL"),
        status=_text(component, "STATUS"),
        start=start,
        end=_moment(component, "DTEND", uid),
        all_day=not isinstance(start, datetime),
        sequence=int(component.get("SEQUENCE", 0)),
        categories=tuple(str(name) for name in getattr(component.get("CATEGORIES"), "cats", ())),
        stamps=Stamps(*(_stamp(component, name, uid) for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"))),
    )


def _text(component: Component, name: str) -> str:
    value = component.get(name, "")
    if isinstance(value, list):
        raise SourceUnreadable(f"event {str(component.get('UID', ''))!a} has {name} {len(value)} times")
    return str(value)


def _moment(component: Component, name: str, uid: str) -> Moment | None:
    moment = getattr(component.get(name), "dt", None)
    if not isinstance(moment, datetime):
        return moment if isinstance(moment, date) else None
    if moment.utcoffset() is None:
        raise SourceUnreadable(f"event {uid!a}: {name} has no zone that is known")
    return moment.astimezone(UTC)


def _stamp(component: Component, name: str, uid: str) -> datetime | None:
    moment = _moment(component, name, uid)
    return moment if isinstance(moment, datetime) else None
