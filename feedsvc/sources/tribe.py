"""The Events Calendar, a plugin of WordPress: its REST answer, page by page (`/wp-json/tribe/events/v1/events`).

The hardest case is a list that changes while it is read: events move from one page to the next. So each id counts once,
and what was read is compared with the number of events that the site states last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any

from pydantic import Field

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.html_text import html_to_text
from feedsvc.core.model import Finding, Ledger, Listing, Page, Present, Reading, Stated
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import cut
from feedsvc.sources.base import Context, KindSettings
from feedsvc.sources.parsing.answers import follow_pages, read_answer
from feedsvc.sources.parsing.datetimes import end_after, on_clock, read_moment
from feedsvc.sources.parsing.values import absolute, flag, line, many, read_status

_NOT_PUBLIC = frozenset({"draft", "pending", "private", "trash", "auto-draft"})
_LARGEST_OFFSET = timedelta(hours=14)
_ADDRESS = ("venue", "address", "city", "stateprovince", "country")


class Settings(KindSettings):
    """The keys of `tribe` beside those of every source."""

    categories: bool = True
    """Use an event's categories as its themes."""
    tags: bool = False
    """Use an event's tags as themes too, beside its categories."""
    max_pages: int = Field(100, ge=1, le=400)
    """Pages of the answer that are read at most; a page has up to 50 events."""


@dataclass(slots=True)
class _Harvest:
    """The pages' events so far.

    `seen` are their ids; `entries`, `repeated` and `omitted` count. `total` is the number of events stated last.
    """

    listings: list[Listing] = field(default_factory=list)
    present: list[Present] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    entries: int = 0
    repeated: int = 0
    omitted: int = 0
    total: int | None = None

    @property
    def is_all(self) -> bool:
        """Return True unless the site says that it has more."""
        return self.total is None or len(self.seen) >= self.total


def read(settings: Settings, context: Context) -> Reading:
    """Read every page. Raises FetchFailed or SourceUnreadable when the first one cannot be had or read."""
    harvest = _Harvest()
    incomplete = follow_pages(
        context, lambda page: _take(page, settings, harvest), lambda: harvest.is_all, settings.max_pages
    )
    if incomplete is None and not harvest.is_all:
        incomplete = f"{len(harvest.seen)} of {harvest.total} events came"
    ledger = Ledger.of(
        harvest.listings, harvest.present, seen=harvest.entries, parts=harvest.repeated, omitted=harvest.omitted
    )
    listings, present = tuple(harvest.listings), tuple(harvest.present)
    return Reading(listings, tuple(harvest.findings), incomplete, present, ledger=ledger, ids_name_dates=True)


def _take(page: Page, settings: Settings, harvest: _Harvest) -> object:
    """Take in one page, and give the address of the next one as it states it."""
    answer, findings = read_answer(page)
    harvest.findings.extend(findings)
    if not isinstance(answer, dict) or not isinstance(answer.get("events"), list):
        said = line(answer.get("message")) if isinstance(answer, dict) else ""
        said = f"; it says {cut(said, 100)!r}" if said else ""
        raise SourceUnreadable(f"{page.url}: not an answer of The Events Calendar: no list of events{said}")
    for number, event in enumerate(answer["events"], 1):
        harvest.entries += 1
        if not isinstance(event, dict):
            doubt = Finding("unreadable", f"entry {number} of {page.url} is not an event")
            harvest.present.append(Present(doubt))
            continue
        key = line(event.get("id")) or f"{page.url}#{number}"
        if key in harvest.seen:
            harvest.repeated += 1
            continue
        harvest.seen.add(key)
        if flag(event.get("hide_from_listings")) or line(event.get("status")) in _NOT_PUBLIC:
            harvest.omitted += 1
            continue
        outcome = _listing(event, settings, page)
        if isinstance(outcome, Listing):
            harvest.listings.append(outcome)
        else:
            harvest.present.append(outcome)
    total = line(answer.get("total"))
    harvest.total = int(total) if re.fullmatch(r"\d{1,9}", total, re.ASCII) else harvest.total
    return answer.get("next_rest_url")


def _listing(event: dict[str, Any], settings: Settings, page: Page) -> Listing | Present:
    title = line(event.get("title"))
    stated = line(event.get("start_date"))
    start = read_moment(stated)
    if start is None:
        code = "unreadable" if stated else "undated"
        doubt = Finding(code, cut(f"{title or 'an event'}: {stated}", 200))
        return Present(doubt, title or None, line(event.get("id")) or None, absolute(line(event.get("url")), page.url))
    start, end, doubts = _clocks(event, start, read_moment(line(event.get("end_date"))))
    status, status_doubts = read_status(line(event.get("event_status")))
    # A site without venues writes an empty list.
    venues = [one for one in many(event.get("venue")) if isinstance(one, dict)]
    location = dict.fromkeys(line(venue.get(key)) for venue in venues for key in _ADDRESS)
    countries = dict.fromkeys(line(venue.get("country")) for venue in venues)
    named = [name for name in ("categories", "tags") if getattr(settings, name)]
    themes = dict.fromkeys(
        line(one.get("name")) for name in named for one in many(event.get(name)) if isinstance(one, dict)
    )
    return Listing(
        title=title or None,
        start=start,
        end=end,
        listed=when_words(start, end, line(event.get("timezone")) or None),
        themes=tuple(filter(None, themes)),
        countries=tuple(filter(None, countries)),
        native_id=line(event.get("id")) or None,
        link=absolute(line(event.get("url")), page.url),
        description=html_to_text(event["description"]) if isinstance(event.get("description"), str) else "",
        location=", ".join(filter(None, location)),
        host=", ".join(line(one.get("organizer")) for one in many(event.get("organizer")) if isinstance(one, dict)),
        status=status,
        findings=(*doubts, *status_doubts),
        join_link=absolute(line(event.get("virtual_url")), page.url),
    )


def _clocks(event: dict[str, Any], start: Stated, end: Stated | None) -> tuple[Stated, Stated | None, list[Finding]]:
    """Start and end on the event's clock. Of an all-day event only the days count; its end is on its last day."""
    if flag(event.get("all_day")):
        return Stated(start.date), None if end is None else Stated(end.date), []
    zone = line(event.get("timezone"))
    placed = on_clock(start, zone) if zone else None
    if placed is not None:
        return placed, end_after(placed, on_clock(end, zone) if end else None), []
    in_utc = read_moment(line(event.get("utc_start_date")))
    apart = None if in_utc is None else _wall(start) - _wall(in_utc)
    offset = apart if apart is not None and abs(apart) <= _LARGEST_OFFSET else None
    start = replace(start, offset=offset)
    doubts = [Finding("unknown-zone" if offset is None else "zone-by-utc", cut(zone, 120))] if zone else []
    return start, end_after(start, None if end is None else replace(end, offset=offset)), doubts


def _wall(stated: Stated) -> timedelta:
    """The wall clock as the time since the year 1, to count with."""
    clock = stated.time or time()
    return timedelta(stated.date.toordinal(), clock.second, minutes=clock.minute, hours=clock.hour)
