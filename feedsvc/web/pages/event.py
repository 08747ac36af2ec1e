"""Contents of an event's page: everything known of it, where to add it, linked data. Knows no HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from feedsvc.core.model import Record
from feedsvc.web.images.preview import picture_path
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.add_to_calendar import Way, single_ways
from feedsvc.web.viewmodels.agenda import EventView, event_view, source_link
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.structured_data import event_data, script_text


@dataclass(frozen=True, slots=True)
class EventPage:
    """Everything the template needs. `source_link` is the event's own page elsewhere, `url` its page here."""

    event: EventView
    source_link: str | None
    url: str
    picture: str
    ways: tuple[Way, ...]
    data: Markup
    gist: str


def event_page(builder: PageBuilder, record: Record, words: Words) -> EventPage:
    """One event's page."""
    event = event_view(record, words, builder.default_length)
    url = builder.addresses.absolute(event.path)
    named = ", ".join((*(country.label for country in event.countries), *event.places))
    return EventPage(
        event=event,
        source_link=source_link(record),
        url=url,
        picture=builder.addresses.absolute(picture_path(event.path)),
        ways=single_ways(record, url, record.event.location or named, builder.default_length),
        data=script_text(event_data(record, url)),
        gist=" · ".join(part for part in (words.day(event.when.day), event.when.clock, named) if part),
    )
