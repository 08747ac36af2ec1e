"""Any calendar in iCalendar form (RFC 5545), however it was made: a file, a published calendar, a group's feed.

Reading the form itself is `ical.parse.reader`; here its events become listings. Each occurrence of a recurring event
is a listing of its own. The hardest case is a calendar that moved behind a login: the answer is a web page, named .ics,
and is refused.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.html_text import entities_to_text, html_to_text
from feedsvc.core.model import Finding, Listing, Reading
from feedsvc.core.text import clean_line, cut
from feedsvc.ical.parse.reader import ForeignEvent, read_calendar
from feedsvc.sources.base import Context, KindSettings
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.values import absolute

# A fold may fall inside a character (RFC 5545 §3.1 counts octets); it is moved behind it, and lines keep their numbers.
_FOLDED_CHARACTER = re.compile(rb"(?<=[\x80-\xf4])(\r?\n[ \t])([\x80-\xbf]{1,3})")


MAX_TEXT_BYTES = 20_000_000
"""Of all descriptions together."""


class Settings(KindSettings):
    """The keys of `ics` beside those of every source."""

    categories: bool = True
    """Take the events' categories as their themes. Off where a calendar uses them for colours or people."""
    private: Literal["omit", "busy", "publish"] = "omit"
    """What becomes of events that are not public (CLASS): left out, shown as "Busy" without a word, or published."""
    join_links: bool = True
    """Keep the address where people take part online."""


def read(settings: Settings, context: Context) -> Reading:
    """Read the calendar. Raises SourceUnreadable when the answer is not a calendar."""
    page = context.fetch()
    text, findings = decode(replace(page, content=_FOLDED_CHARACTER.sub(rb"\2\1", page.content)))
    try:
        calendar = read_calendar(
            text,
            context.zone,
            context.today,
            country=context.country,
            times=context.times,
            private=settings.private != "omit",
        )
    except SourceUnreadable as error:
        begins = cut(clean_line(text[:200]), 60)
        raise SourceUnreadable(f"{page.url}: {error} ({len(page.content)} bytes, begins with {begins!r})") from error
    listings: list[Listing] = []
    left = MAX_TEXT_BYTES  # as many as can be passed on: every occurrence repeats the description of its series
    for event in calendar.events:
        listing = _listing(event, settings, page.url)
        left -= len(listing.description.encode("utf-8", "surrogatepass"))
        if left < 0:
            break
        listings.append(listing)
    if len(listings) < len(calendar.events):
        detail = f"their descriptions have more than {MAX_TEXT_BYTES // 1_000_000} MB; {len(listings)} kept"
        findings = (*findings, Finding("too-many-events", detail))
    left_out = len(calendar.events) - len(listings)
    ledger = replace(calendar.ledger, events=len(listings), omitted=calendar.ledger.omitted + left_out)
    doubts = (*findings, *calendar.findings)
    incomplete = calendar.incomplete or ("its descriptions are too long" if left_out else None)
    return Reading(tuple(listings), doubts, incomplete, calendar.present, ledger=ledger, ids_name_dates=True)


def _listing(event: ForeignEvent, settings: Settings, base_url: str) -> Listing:
    if event.is_private and settings.private == "busy":
        # An event of which only the time is shown.
        return Listing(
            title="Busy",
            start=event.start,
            end=event.end,
            listed=event.listed,
            native_id=_native_id(event),
            status=event.status,
            line=event.line,
            findings=event.findings,
        )
    return Listing(
        title=entities_to_text(event.title) or None,
        start=event.start,
        end=event.end,
        listed=event.listed,
        themes=event.categories if settings.categories else (),
        native_id=_native_id(event),
        link=absolute(event.url, base_url),
        description=html_to_text(event.description),
        location=entities_to_text(event.location),
        host=clean_line(event.host),
        status=event.status,
        line=event.line,
        findings=event.findings,
        join_link=absolute(event.join_link, base_url) if settings.join_links else None,
    )


def _native_id(event: ForeignEvent) -> str | None:
    """The UID, and for an occurrence also its first time, which it keeps when it moves."""
    uid = clean_line(event.uid)
    if not uid or event.recurrence is None:
        return uid or None
    return f"{uid}/{event.recurrence}"
