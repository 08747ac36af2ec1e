"""The same made-up events as each kind of source has them: one text for each, with the settings to read it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from benchmarks.listing import FIRST_DAY, page_text, spread_counts

ZONE = "Europe/Berlin"
_PARAGRAPH = "Everybody is welcome. Bring your questions, and a friend. " * 2
_FIELDS = ("id", "title", "start", "end", "link", "location", "description", "themes")
Row = dict[str, str]


def rows(total: int) -> Iterator[Row]:
    """So many events, each with every text that a careful publisher writes."""
    for number in range(total):
        start = datetime.combine(FIRST_DAY + timedelta(days=number * 7919 % 330), datetime.min.time())
        start += timedelta(hours=8 + number % 10, minutes=15 * (number % 4))
        yield {
            "id": f"e{number}@town.example",
            "title": f"Meeting {number}: open data & budgets",
            "start": start.isoformat(timespec="seconds"),
            "end": (start + timedelta(minutes=90)).isoformat(timespec="seconds"),
            "link": f"https://town.example/events/{number}",
            "location": f"Town hall, room {number % 40}",
            "description": _PARAGRAPH,
            "themes": "Civic Space",
        }


def _ics(total: int) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//town//EN"]
    for row in rows(total):
        start, end = (row[key].replace("-", "").replace(":", "") for key in ("start", "end"))
        lines += [
            "BEGIN:VEVENT", f"UID:{row['id']}", "DTSTAMP:20261101T080000Z", f"DTSTART;TZID={ZONE}:{start}",
            f"DTEND;TZID={ZONE}:{end}", f"SUMMARY:{row['title']}", f"URL:{row['link']}",
            f"LOCATION:{row['location']}".replace(",", "\\,"), f"DESCRIPTION:{row['description']}".replace(",", "\\,"),
            f"CATEGORIES:{row['themes']}", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _csv(total: int) -> str:
    table = io.StringIO()
    writer = csv.DictWriter(table, _FIELDS)
    writer.writeheader()
    writer.writerows(rows(total))
    return table.getvalue()


def _json(total: int) -> str:
    return json.dumps({"total": total, "events": list(rows(total))})


def _tribe(total: int) -> str:
    events = [
        {
            "id": row["id"],
            "title": row["title"],
            "start_date": row["start"].replace("T", " "),
            "end_date": row["end"].replace("T", " "),
            "timezone": ZONE,
            "url": row["link"],
            "venue": {"venue": row["location"], "country": "Germany"},
            "description": f"<p>{row['description']}</p>",
            "categories": [{"name": row["themes"]}],
        }
        for row in rows(total)
    ]
    return json.dumps({"events": events, "total": total})


def _jsonld(total: int) -> str:
    nodes = [
        {
            "@type": "Event",
            "@id": row["link"],
            "name": row["title"],
            "startDate": row["start"],
            "endDate": row["end"],
            "url": row["link"],
            "location": {"@type": "Place", "name": row["location"]},
            "description": row["description"],
        }
        for row in rows(total)
    ]
    return f'<html><head><script type="application/ld+json">{json.dumps(nodes)}</script></head></html>'


KINDS: dict[str, tuple[Callable[[int], str], dict[str, Any]]] = {
    "opengovweek": (lambda total: page_text(spread_counts(total)), {}),
    "ics": (_ics, {}),
    "tribe": (_tribe, {}),
    "jsonld": (_jsonld, {}),
    "csv": (_csv, {"columns": {name: name for name in _FIELDS}}),
    "json": (_json, {"items": "events", "total": "total", "paths": {name: name for name in _FIELDS}}),
}
"""Kind → its text for a number of events, and its settings."""
