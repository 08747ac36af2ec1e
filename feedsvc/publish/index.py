"""The list of all addresses: index.json for programs, and a small page for people and for checking by eye."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from feedsvc.core.publication import FeedFile, FeedFiles

JSON = "index.json"
PAGE = "index.html"
TYPES = {JSON: "application/json", PAGE: "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A feed and the formats it stands in."""

    address: str
    title: str
    events: int
    formats: tuple[str, ...]


def lines(feed_files: Iterable[FeedFile]) -> list[IndexRow]:
    """One line for each feed, in order of address, the feed of everything first. Old addresses are left out."""
    found: dict[str, list[FeedFile]] = {}
    for feed_file in feed_files:
        if feed_file.path.startswith(f"{feed_file.address.strip('/')}."):
            found.setdefault(feed_file.address, []).append(feed_file)
    ordered = sorted(found.items(), key=lambda item: (item[0] != "/all", item[0]))
    return [
        IndexRow(address, same[0].title, same[0].events, tuple(sorted(one.path.rpartition(".")[2] for one in same)))
        for address, same in ordered
    ]


def render(listing: FeedFiles) -> dict[str, bytes]:
    """Path → bytes of the two files. The same feeds give the same bytes."""
    told = lines(listing.feed_files)
    feeds = [{"path": one.address, "title": one.title, "events": one.events, "formats": one.formats} for one in told]
    values = {"name": listing.site_name, "edition": listing.edition, "feeds": feeds}
    return {JSON: (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode(), PAGE: _page(listing, told)}


def _page(listing: FeedFiles, told: list[IndexRow]) -> bytes:
    rows = ""
    for line in told:
        links = " ".join(f'<a href="{escape(line.address[1:])}.{form}">.{form}</a>' for form in line.formats)
        rows += f"<tr><td>{escape(line.title)}</td><td>{line.events}</td><td>{links}</td></tr>\n"
    name = escape(listing.site_name)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: all calendars</title>
<h1>{name}: all calendars</h1>
<p>Subscribe to an .ics address in your calendar program.</p>
<table>
<tr><th scope="col">Calendar</th><th scope="col">Events</th><th scope="col">Addresses</th></tr>
{rows}</table>
</html>
""".encode()
