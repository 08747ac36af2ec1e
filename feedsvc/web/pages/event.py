"""Contents of an event's page: when, where, what changed, where to add it, which calendars follow it. Knows no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from markupsafe import Markup

from feedsvc.core.findings import Grade
from feedsvc.core.model import Record
from feedsvc.core.text import slugify
from feedsvc.feeds.spec import FeedSpec
from feedsvc.web.images.preview import picture_path
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.add_to_calendar import Way, single_ways
from feedsvc.web.viewmodels.agenda import EventView, doubts, event_view, source_link
from feedsvc.web.viewmodels.changes import ChangeRow, change_row
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.nearness import far_distance
from feedsvc.web.viewmodels.rows import other_clock
from feedsvc.web.viewmodels.structured_data import event_data, script_text
from feedsvc.web.viewmodels.title_language import language_of


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar that holds the event, with its coming events."""

    name: str
    path: str
    events: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """Everything the template needs. `source_link` is the event's own page elsewhere, `url` its page here.

    `moved_on` is when it last moved, in words; `soon` how far off it is; `before` and `after` are its neighbours in
    `calendars[0]`.
    """

    event: EventView
    lang: str | None
    source_link: str | None
    source_host: str
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


def event_page(builder: PageBuilder, record: Record, words: Words, now: datetime) -> EventPage:
    """One event's page."""
    event = event_view(record, words, builder.default_length)
    url = builder.addresses.absolute(event.path)
    named = ", ".join((*(country.label for country in event.countries), *event.places))
    link = source_link(record)
    with builder.runtime.store.read() as snapshot:
        changes = snapshot.history.of_event(record.uid)
    today = record.event.span.local(now).date()
    before, after = _neighbours(builder, record, words)
    return EventPage(
        event=event,
        lang=language_of(record.event.summary, record.event.countries),
        source_link=link,
        source_host=(urlsplit(link).hostname or "").removeprefix("www.") if link else "",
        url=url,
        picture=builder.addresses.absolute(picture_path(event.path)),
        ways=single_ways(record, url, record.event.location or named, builder.default_length)[:3],
        data=script_text(event_data(record, url)),
        gist=" · ".join(part for part in (words.day(event.when.day), event.when.clock, named) if part),
        moved_on=words.skeleton("MMMMd", record.moved_at.date()) if record.moved_at else "",
        soon=far_distance(event.when.day, today, words) if event.when.day >= today else "",
        doubts=_doubts(builder, record, words),
        notes=doubts(record, words, builder.default_length, Grade.NONE, Grade.NOTE),
        changes=tuple(row for change in changes if (row := change_row(change, words, full=True))),
        calendars=_calendars(builder, record, words, now),
        before=before,
        after=after,
    )


def _doubts(builder: PageBuilder, record: Record, words: Words) -> tuple[str, ...]:
    """What could bring somebody at the wrong hour; what else it may mean is said in the clock of the place."""
    found = doubts(record, words, builder.default_length, Grade.DOUBT)
    other = other_clock(record, words)
    return (*found, other) if other else found


def _calendars(builder: PageBuilder, record: Record, words: Words, now: datetime) -> tuple[Calendar, ...]:
    """The calendars of its first country and its themes; every event's where it has neither."""
    facets = [("country", code) for code in record.event.countries[:1]]
    facets += [("theme", slugify(name)) for name in record.event.themes[:2]]
    specs = [FeedSpec().toggled(dimension, value) for dimension, value in facets] or [FeedSpec()]
    count = builder.event_queries.count_coming
    return tuple(Calendar(builder.name(spec, words), spec.path, count(spec, now)) for spec in specs)


def _neighbours(builder: PageBuilder, record: Record, words: Words) -> tuple[EventView | None, EventView | None]:
    """The events before and after it in the calendar of its first country."""
    code = record.event.countries[:1]
    spec = FeedSpec().toggled("country", code[0]) if code else FeedSpec()
    around = builder.event_queries.around(spec, record)
    before, after = (event_view(one, words, builder.default_length) if one else None for one in around)
    return before, after
