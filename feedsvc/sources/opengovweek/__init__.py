"""The Open Gov Week site: one listing page or one for each day of a range, and each event's own page if asked for.

An event on several days stands on the page of each: listed twice with the same link and time, or, without links, with
the same words, it is one. What one page lists several times stays several: the organiser sent it that often.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import ClassVar

from pydantic import field_validator

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import EVERYTHING, Horizon, Ledger, Listing, Reading
from feedsvc.core.text import canonical_url, fold, safe_url
from feedsvc.sources.base import Context, KindSettings
from feedsvc.sources.opengovweek.detail import with_details
from feedsvc.sources.opengovweek.listing import read_page

PLACEHOLDER = "{date}"
MOST_DAYS = 62
_DAY = r"(\d{4}-\d{2}-\d{2}|today(?:[+-]\d{1,3}d)?|[+-]\d{1,3}d)"
_DATES = re.compile(rf"{_DAY}(?:\.\.{_DAY})?")


class Settings(KindSettings):
    """The keys of `opengovweek` beside those of every source."""

    dates: str | None = None
    """The days whose pages are read, "2024-05-22..2024-05-31", "today..+60d" or one; `url` then holds `{date}`."""
    no_end_given: ClassVar[tuple[time, ...]] = (time(5, 30),)
    """5:30am is midnight of 1 January 1970 in India: the site writes it where no end was given."""
    details: bool = False
    """Read each event's own page too: for place, host, text, type and every time it takes place."""

    @field_validator("dates")
    @classmethod
    def _range(cls, value: str | None) -> str | None:
        if value is not None:
            _days(value, date(2000, 1, 1))
        return value

    def days(self, today: date | None) -> tuple[date, ...]:
        """Every day of `dates`. Raises SourceUnreadable where they count from today, and that is unknown."""
        if self.dates and today is None and re.search(r"today|[+]", self.dates):
            raise SourceUnreadable(f"dates = {self.dates!r} count from today, which is not known")
        return _days(self.dates, today or date.min) if self.dates else ()

    def addresses(self, context: Context) -> tuple[str | None, ...]:
        """The pages to fetch; None is the source's own. Raises SourceUnreadable where days and address do not fit."""
        template = context.url or ""
        days = self.days(context.today)
        if not days:
            if PLACEHOLDER in template:
                raise SourceUnreadable(
                    f'{template}: holds {PLACEHOLDER}; say which days: dates = "2024-05-22..2024-05-31"'
                )
            return (None,)
        if PLACEHOLDER not in template:
            raise SourceUnreadable(
                f"{template or 'a file'}: dates are set, but it holds no {PLACEHOLDER} to put them in"
            )
        return tuple(template.replace(PLACEHOLDER, day.isoformat()) for day in days)


def _days(text: str, today: date) -> tuple[date, ...]:
    found = _DATES.fullmatch(text.strip())
    if found is None:
        raise ValueError('not a range of days; for example "2024-05-22..2024-05-31" or "today..+60d"')
    first = _day(found[1], today)
    last = _day(found[2] or found[1], today)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ValueError(f"must be 1 to {MOST_DAYS} days, the first day first")
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(text: str, today: date) -> date:
    """A day, or one that is counted from today: "today", "+60d", "today-3d"."""
    counted = re.fullmatch(r"(?:today)?(?:([+-]\d+)d)?", text)
    return today + timedelta(days=int(counted[1] or 0)) if counted else date.fromisoformat(text)


def read(settings: Settings, context: Context) -> Reading:
    """Read the listing. Raises FetchFailed or SourceUnreadable where not one page could be had and read."""
    addresses = settings.addresses(context)
    readings: list[Reading] = []
    failures: list[FetchFailed | SourceUnreadable] = []
    for address in addresses:
        try:
            readings.append(read_page(context.fetch(address), context.is_theme))
        except (FetchFailed, SourceUnreadable) as error:
            failures.append(error)
            if isinstance(error, FetchFailed) and error.status is None:
                # Nobody answered: the other days would be waited for as long, one after the other.
                break
    if not readings:
        raise failures[0]
    reasons = [reading.incomplete for reading in readings if reading.incomplete]
    reasons += [str(error) for error in failures]
    seen = sum(reading.counted.seen for reading in readings)
    listed = sum(len(reading.listings) for reading in readings)
    listings = _joined([reading.listings for reading in readings])
    present = tuple(dict.fromkeys(one for reading in readings for one in reading.present))
    parts = listed - len(listings) + sum(len(reading.present) for reading in readings) - len(present)
    findings = [doubt for reading in readings for doubt in reading.findings]
    if settings.details:
        joined = len(listings)
        listings, doubts, left_out = with_details(listings, context)
        # An event's own page has a row for each of its times, or says that several listings are one.
        seen += max(0, len(listings) - joined)
        parts += max(0, joined - len(listings))
        findings += doubts
        reasons += [left_out] if left_out else []
    days = settings.days(context.today)
    horizon = Horizon(days[0], days[-1]) if days else EVERYTHING
    ledger = Ledger.of(listings, present, seen=seen, parts=parts)
    return Reading(tuple(listings), tuple(findings), "; ".join(reasons) or None, present, horizon, ledger)


def _joined(pages: Iterable[tuple[Listing, ...]]) -> list[Listing]:
    """The listings of several pages: each as often as the page that lists it most often does."""
    kept: list[Listing] = []
    taken: Counter[tuple[object, ...]] = Counter()
    for page in pages:
        here: Counter[tuple[object, ...]] = Counter()
        for listing in page:
            link = safe_url(listing.link)
            words = (fold(listing.title or ""), listing.themes, listing.countries)
            key = (canonical_url(link) if link else words, listing.listed)
            here[key] += 1
            if here[key] > taken[key]:
                taken[key] = here[key]
                kept.append(listing)
    return kept
