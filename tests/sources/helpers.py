"""What the tests of sources share: pages out of a dictionary, the project's themes, events as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from feedsvc.bootstrap import load_config
from feedsvc.core.dimensions import Themes
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Event, Finding, Listing, Page, Stated
from feedsvc.core.normalise import Rules, normalise
from feedsvc.sources.base import Context

ROOT = Path(__file__).parent.parent.parent
THEMES: Themes = load_config(ROOT / "config/feedsvc.toml").themes
OPEN_GOV_WEEK = Rules(name="Open Gov Week", themes=THEMES, placeholders=(time(5, 30),))


class Pages:
    """A site: addresses to contents. Remembers what was asked for; what it does not have cannot be fetched."""

    def __init__(self, contents: Mapping[str, bytes | str], own: str = "https://events.example/") -> None:
        self.contents = {url: text.encode() if isinstance(text, str) else text for url, text in contents.items()}
        self.own = own
        self.asked: list[str] = []

    def __call__(self, url: str | None = None) -> Page:
        address = url or self.own
        self.asked.append(address)
        if address not in self.contents:
            raise FetchFailed(f"{address}: answered 404", status=404)
        return Page(address, self.contents[address])


def context(
    contents: Mapping[str, bytes | str] | bytes | str,
    *,
    url: str = "https://events.example/",
    zone: str | None = None,
    today: date | None = None,
) -> Context:
    """A context over one page, or over a site."""
    site = contents if isinstance(contents, Mapping) else {url: contents}
    return Context(Pages(site, url), lambda label: THEMES.named(label) is not None, zone, today, url)


def events(listings: Iterable[Listing], rules: Rules = OPEN_GOV_WEEK) -> list[dict[str, Any]]:
    """Normalised events in the form of the golden files."""
    return [_plain(event) for event in normalise(listings, rules).events]


def _plain(event: Event) -> dict[str, Any]:
    span = event.span
    return {
        "title": event.title,
        "themes": list(event.themes),
        "countries": list(event.countries),
        "listed": event.listed,
        "local_start": f"{span.local_start:%Y-%m-%d}" if span.all_day else f"{span.local_start:%Y-%m-%dT%H:%M}",
        "zone": span.zone,
        "start_utc": f"{span.start:%Y-%m-%dT%H:%M:%SZ}",
        "end_utc": None if span.end is None else f"{span.end:%Y-%m-%dT%H:%M:%SZ}",
        "findings": list(event.codes),
        "copies": event.copies,
    }


def shown(listing: Listing) -> dict[str, Any]:
    """A listing as plain data, without what it does not say."""
    values = {
        "title": listing.title,
        "start": moment(listing.start),
        "end": moment(listing.end) if listing.end else "",
        "listed": listing.listed,
        "themes": list(listing.themes),
        "countries": list(listing.countries),
        "native_id": listing.native_id,
        "link": listing.link,
        "description": listing.description,
        "location": listing.location,
        "host": listing.host,
        "event_type": listing.event_type,
        "status": "" if listing.status == "confirmed" else listing.status.value,
        "line": listing.line,
        "findings": [finding_line(finding) for finding in listing.findings],
    }
    return {name: value for name, value in values.items() if value}


def moment(stated: Stated) -> str:
    """A stated moment in one line, for example "2024-05-30 15:00 Europe/Kyiv"."""
    words = [f"{stated.date}", f"{stated.time:%H:%M:%S}".removesuffix(":00") if stated.time else ""]
    words += [stated.zone or "", "" if stated.offset is None else f"offset {stated.offset}"]
    words += ["label" if stated.standard_label else ""]
    return " ".join(word for word in words if word)


def finding_line(finding: Finding) -> str:
    """A finding in one line."""
    where = "" if finding.line is None else f"line {finding.line}: "
    return f"{where}{finding.code}: {finding.detail}"
