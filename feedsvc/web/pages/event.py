"""Contents of an event's page: when, where, what changed, where to add it, which calendars follow it; the event as
linked data (schema.org, JSON-LD) for search engines. Knows no HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from feedsvc.core import countries
from feedsvc.core.findings import Grade
from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import safe_url, slugify
from feedsvc.feeds.spec import FeedSpec
from feedsvc.web.images.preview import picture_path
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.add_to_calendar import Way, single_ways
from feedsvc.web.viewmodels.agenda import EventView, doubts, event_view, source_link
from feedsvc.web.viewmodels.changes import ChangeRow, change_row
from feedsvc.web.viewmodels.i18n import Words, far_distance
from feedsvc.web.viewmodels.rows import other_clock


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar that holds the event, with its coming events."""

    name: str
    spec: FeedSpec
    events: int

    @property
    def path(self) -> str:
        """Its page."""
        return self.spec.path


@dataclass(frozen=True, slots=True)
class EventPage:
    """Everything the template needs. `source_link` is the event's own page elsewhere, `url` its page here.

    `listed_by` are the names of the sources that list it, where there are several. `moved_on` is when it last moved, in
    words; `soon` how far off it is; `before` and `after` are its neighbours in `calendars[0]`, which is the one it was
    opened from.
    """

    event: EventView
    lang: str | None
    source_link: str | None
    source_host: str
    listed_by: tuple[str, ...]
    url: str
    picture: str
    ways: tuple[Way, ...]
    data: Markup
    gist: str
    moved_on: str
    soon: str
    doubts: tuple[str, ...]
    notes: tuple[str, ...]
    changes: tuple[ChangeRow, ...]
    calendars: tuple[Calendar, ...]
    before: EventView | None
    after: EventView | None
    opened: bool


def event_page(
    builder: PageBuilder, record: Record, words: Words, now: datetime, opened_from: FeedSpec | None = None
) -> EventPage:
    """One event's page, opened from a calendar that holds it or by its own address."""
    event = event_view(record, words, builder.default_length)
    url = builder.addresses.absolute(event.path)
    named = ", ".join((*(country.label for country in event.countries), *event.places))
    link = source_link(record)
    with builder.runtime.store.read() as snapshot:
        changes = snapshot.history.of_event(record.uid)
        listing = snapshot.merges.sources_of(record.uid)
    today = record.event.span.local(now).date()
    calendars = _calendars(builder, record, words, now, opened_from)
    before, after = (
        event_view(one, words, builder.default_length) if one else None
        for one in builder.event_queries.around(calendars[0].spec, record)
    )
    # What else a time may mean is said in the clock of the place.
    other = other_clock(record, words)
    return EventPage(
        event=event,
        lang=event.lang,
        source_link=link,
        source_host=(urlsplit(link).hostname or "").removeprefix("www.") if link else "",
        listed_by=_named(builder, listing) if len(listing) > 1 else (),
        url=url,
        picture=builder.addresses.absolute(picture_path(event.path)),
        ways=single_ways(record, url, record.event.location or named, builder.default_length)[:3],
        data=script_text(event_data(record, url)),
        gist=" · ".join(part for part in (words.day(event.when.day), event.when.clock, named) if part),
        moved_on=words.skeleton("MMMMd", record.moved_at.date()) if record.moved_at else "",
        soon=far_distance(event.when.day, today, words) if event.when.day >= today else "",
        doubts=(*doubts(record, words, builder.default_length, Grade.DOUBT), *filter(None, [other])),
        notes=doubts(record, words, builder.default_length, Grade.NONE, Grade.NOTE),
        changes=tuple(row for change in changes if (row := change_row(change, words, full=True))),
        calendars=calendars,
        before=before,
        after=after,
        opened=calendars[0].spec == opened_from,
    )


def _named(builder: PageBuilder, source_ids: Iterable[str]) -> tuple[str, ...]:
    known = {source.id: source.common.name or source.id for source in builder.runtime.config.sources}
    return tuple(known.get(source_id, source_id) for source_id in source_ids)


def _calendars(
    builder: PageBuilder, record: Record, words: Words, now: datetime, opened_from: FeedSpec | None
) -> tuple[Calendar, ...]:
    """The calendar it was opened from, those of its first country and its themes; every event's where it has none."""
    facets = [("country", code) for code in record.event.countries[:1]]
    facets += [("theme", slugify(name)) for name in record.event.themes[:2]]
    specs = [FeedSpec().toggled(dimension, value) for dimension, value in facets] or [FeedSpec()]
    if opened_from is not None and opened_from.wanted:
        own = {(one.name, facet.value) for one in builder.runtime.dimensions for facet in one.facets(record.event)}
        if all(own.intersection(group) for group in opened_from.groups.values()):
            specs = list(dict.fromkeys((opened_from, *specs)))
    count = builder.event_queries.count_coming
    return tuple(Calendar(builder.name(spec, words), spec, count(spec, now)) for spec in specs)


_STATUS = {
    EventStatus.CONFIRMED: "https://schema.org/EventScheduled",
    EventStatus.TENTATIVE: "https://schema.org/EventScheduled",
    EventStatus.CANCELLED: "https://schema.org/EventCancelled",
}


def event_data(record: Record, page_url: str) -> dict[str, Any]:
    """The event as a schema.org Event. Times are those of the place, with its offset."""
    event, span = record.event, record.event.span
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.summary,
        "startDate": span.first_day.isoformat() if span.all_day else span.local_start.isoformat(),
        "eventStatus": _STATUS[record.status],
        "url": page_url,
    }
    if span.local_end is not None:
        data["endDate"] = span.last_day.isoformat() if span.all_day else span.local_end.isoformat()
    if record.moved_from is not None and record.status is not EventStatus.CANCELLED:
        old = record.moved_from
        data["eventStatus"] = "https://schema.org/EventRescheduled"
        data["previousStartDate"] = old.first_day.isoformat() if old.all_day else old.local_start.isoformat()
    if event.description:
        data["description"] = event.description
    if event.host:
        data["organizer"] = {"@type": "Organization", "name": event.host}
    if link := safe_url(event.link):
        data["sameAs"] = link
    where: list[dict[str, Any]] = [
        {
            "@type": "Place",
            "name": event.location or countries.country_name(code),
            "address": {"@type": "PostalAddress", "addressCountry": code.upper()},
        }
        for code in event.countries
        if code != countries.OTHER
    ] or [{"@type": "Place", "name": name} for name in (event.location, *event.places) if name]
    if where:
        data["location"] = where if len(where) > 1 else where[0]
    return data


def script_text(data: dict[str, Any]) -> Markup:
    """JSON that can stand inside a script element: nothing in it can end that element or begin another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  every character that HTML knows is escaped above
