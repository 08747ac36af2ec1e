"""Events and listings as bytes and back. The bytes of equal values are equal, so they also tell whether one changed.

JSON without spaces, keys in the order of the fields, instants as whole seconds since 1970 UTC.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any

from feedsvc.core.model import Event, EventStatus, Finding, Listing, Reading, Stated
from feedsvc.core.timespan import Timespan


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest(text: str) -> str:
    """A short fingerprint of a text: 32 hexadecimal digits."""
    return fingerprint(text.encode("utf-8", "surrogatepass"))


def fingerprint(content: bytes) -> str:
    """A short fingerprint of bytes: 32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()


def seconds(instant: datetime) -> int:
    """An aware datetime as whole seconds since 1970 UTC."""
    return int(instant.timestamp())


def instant(epoch_seconds: int) -> datetime:
    """Whole seconds since 1970 UTC as an aware datetime in UTC."""
    return datetime.fromtimestamp(epoch_seconds, UTC)


def span_values(span: Timespan) -> list[Any]:
    """A span as [start, end or null, zone or null, offset in minutes, all day]."""
    end = None if span.end is None else seconds(span.end)
    return [seconds(span.start), end, span.zone, span.offset_minutes, span.all_day]


def span_of(values: list[Any]) -> Timespan:
    """The span that `span_values` wrote."""
    start, end, zone, offset_minutes, all_day = values
    return Timespan(instant(start), None if end is None else instant(end), zone, offset_minutes, all_day)


def event_text(event: Event) -> str:
    """An event as one line of JSON, whole: `event_of` gives it back."""
    return _dump([event.identity, _finding_values(event.findings), *_visible_values(event)])


def event_of(text: str) -> Event:
    """The event that `event_text` wrote."""
    identity, findings, title, summary, themes, countries, names, span, *texts, status, copies = json.loads(text)[:-1]
    listed, description, location, host, event_type, link = texts
    return Event(
        identity,
        title,
        summary,
        tuple(themes),
        tuple(countries),
        tuple(names),
        span_of(span),
        listed,
        description,
        location,
        host,
        event_type,
        link,
        EventStatus(status),
        copies,
        _findings_of(findings),
    )


def visible_digest(event: Event) -> str:
    """A fingerprint of what people can see of an event.

    The identity is left out, and so are the details and lines of findings: an event that stands further down the
    page, or is listed under a second spelling of its link, is the same event.
    """
    return digest(_dump(_visible_values(event)))


def _visible_values(event: Event) -> list[Any]:
    return [
        event.title,
        event.summary,
        event.themes,
        event.countries,
        event.places,
        span_values(event.span),
        event.listed,
        event.description,
        event.location,
        event.host,
        event.event_type,
        event.link,
        event.status,
        event.copies,
        event.codes,
    ]


def _finding_values(findings: tuple[Finding, ...]) -> list[list[Any]]:
    return [[finding.code, finding.detail, finding.line] for finding in findings]


def _findings_of(values: list[list[Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(*finding) for finding in values)


def reading_text(reading: Reading) -> str:
    """A whole reading as one line of JSON, to pass between processes and to see whether a source changed."""
    listings = [_listing_values(listing) for listing in reading.listings]
    return _dump([listings, _finding_values(reading.findings), reading.incomplete])


def reading_of(text: str) -> Reading:
    """The reading that `reading_text` wrote."""
    listings, findings, incomplete = json.loads(text)
    return Reading(tuple(_listing_of(values) for values in listings), _findings_of(findings), incomplete)


def _stated_values(stated: Stated | None) -> list[Any] | None:
    if stated is None:
        return None
    clock = None if stated.time is None else stated.time.isoformat()
    offset = None if stated.offset is None else int(stated.offset.total_seconds())
    return [stated.date.isoformat(), clock, stated.zone, offset, stated.standard_label]


def _stated_of(values: list[Any] | None) -> Stated | None:
    if values is None:
        return None
    day, clock, zone, offset, standard_label = values
    return Stated(
        date.fromisoformat(day),
        None if clock is None else time.fromisoformat(clock),
        zone,
        None if offset is None else timedelta(seconds=offset),
        standard_label,
    )


def _listing_values(listing: Listing) -> list[Any]:
    return [
        listing.title,
        _stated_values(listing.start),
        _stated_values(listing.end),
        listing.listed,
        listing.themes,
        listing.countries,
        listing.native_id,
        listing.link,
        listing.description,
        listing.location,
        listing.host,
        listing.event_type,
        listing.status,
        listing.line,
        _finding_values(listing.findings),
    ]


def _listing_of(values: list[Any]) -> Listing:
    title, start, end, listed, themes, countries, native_id, link, *texts, status, line, findings = values
    begins = _stated_of(start)
    if begins is None:
        raise ValueError("a listing without a start")
    description, location, host, event_type = texts
    return Listing(
        title,
        begins,
        _stated_of(end),
        listed,
        tuple(themes),
        tuple(countries),
        native_id,
        link,
        description,
        location,
        host,
        event_type,
        EventStatus(status),
        line,
        _findings_of(findings),
    )
