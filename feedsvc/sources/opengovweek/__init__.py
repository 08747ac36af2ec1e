"""The Open Gov Week site: one listing page or one for each day of a range, and each event's own page if asked for.

An event on several days stands on the page of each: listed twice with the same link and time, or, without links, with
the same words, it is one. What one page lists several times stays several: the organiser sent it that often.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from pydantic import field_validator

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import EVERYTHING, Horizon, Ledger, Listing, Reading
from feedsvc.core.text import canonical_url, fold, safe_url
from feedsvc.sources.base import Context, KindSettings
from feedsvc.sources.opengovweek.detail import with_details
from feedsvc.sources.opengovweek.listing import read_page

PLACEHOLDER = "{date}"
MOST_DAYS = 62
_DATES = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")


class Settings(KindSettings):
    """The keys of `opengovweek` beside those of every source."""

    dates: str | None = None
    """The days whose pages are read, as "2024-05-22..2024-05-31" or one day; `url` then holds `{date}`."""
    details: bool = False
    """Read each event's own page too: for place, host, text, type and every time it takes place."""

    @field_validator("dates")
    @classmethod
    def _range(cls, value: str | None) -> str | None:
        if value is not None:
            _days(value)
        return value

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of `dates`, first to last."""
        return _days(self.dates) if self.dates else ()


def _days(text: str) -> tuple[date, ...]:
    found = _DATES.fullmatch(text.strip())
    if found is None:
        raise ValueError('not a range of days; for example "2024-05-22..2024-05-31"')
    first = date.fromisoformat(found[1])
    last = date.fromisoformat(found[2] or found[1])
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ValueError(f"must be 1 to {MOST_DAYS} days, the first day first")
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def read(settings: Settings, context: Context) -> Reading:
    """Read the listing. Raises FetchFailed or SourceUnreadable where not one page could be had and read."""
    addresses = _addresses(settings, context)
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
    horizon = Horizon(settings.days[0], settings.days[-1]) if settings.days else EVERYTHING
    ledger = Ledger.of(listings, present, seen=seen, parts=parts)
    return Reading(tuple(listings), tuple(findings), "; ".join(reasons) or None, present, horizon, ledger)


def _addresses(settings: Settings, context: Context) -> tuple[str | None, ...]:
    """The pages to fetch; None is the source's own address."""
    template = context.url or ""
    if not settings.days:
        if PLACEHOLDER in template:
            raise SourceUnreadable(f'{template}: holds {PLACEHOLDER}; say which days: dates = "2024-05-22..2024-05-31"')
        return (None,)
    if PLACEHOLDER not in template:
        raise SourceUnreadable(f"{template or 'a file'}: dates are set, but it holds no {PLACEHOLDER} to put them in")
    return tuple(template.replace(PLACEHOLDER, day.isoformat()) for day in settings.days)


def _joined(pages: Iterable[tuple[Listing, ...]]) -> list[Listing]:
    """The listings of several pages: each as often as the page that lists it most often does."""
    kept: list[Listing] = []
    taken: Counter[tuple[object, ...]] = Counter()
    for page in pages:
        here: Counter[tuple[object, ...]] = Counter()
        for listing in page:
            key = _same(listing)
            here[key] += 1
            if here[key] > taken[key]:
                taken[key] = here[key]
                kept.append(listing)
    return kept


def _same(listing: Listing) -> tuple[object, ...]:
    link = safe_url(listing.link)
    if link:
        return (canonical_url(link), listing.listed)
    return (fold(listing.title or ""), listing.themes, listing.countries, listing.listed)
