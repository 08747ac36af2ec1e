"""Everything besides its record that shapes a VEVENT: settings of this service, not facts about the event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from feedsvc.core.model import Record
from feedsvc.core.text import safe_url


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
