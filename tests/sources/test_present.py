"""What is listed without a readable date is told as present, with all there is to recognise it by."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from feedsvc.core import serialize
from feedsvc.core.model import Horizon, Reading
from feedsvc.sources.base import find_kinds
from tests.sources.helpers import context

KINDS = find_kinds()
URL = "https://events.example/list"
ICS = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:7
SUMMARY:Talk
URL:https://events.example/7
DTSTART:soon
END:VEVENT
END:VCALENDAR
"""
TRIBE = (
    """{"events": [{"id": 7, "title": "Talk", "url": "https://events.example/7", "start_date": "soon"}], "total": 1}"""
)
LD = """<html><script type="application/ld+json">{"@type": "Event", "@id": "https://events.example/7", "name": "Talk",
"url": "https://events.example/7", "startDate": "soon"}</script></html>"""
CSV = "id,title,day,link\n7,Talk,soon,https://events.example/7\n"
JSON = """[{"id": 7, "name": "Talk", "from": "soon", "url": "https://events.example/7"}]"""
OGW = """<html><h1>Open Gov Week Events</h1><h3>Talk</h3><p>Civic Space</p><p>Ukraine, some day soon</p>
<a href="/7">Learn more</a></html>"""

PAGES: list[tuple[str, dict[str, Any], str]] = [
    ("ics", {}, ICS),
    ("tribe", {}, TRIBE),
    ("jsonld", {}, LD),
    ("csv", {"columns": {"id": "id", "title": "title", "start": "day", "link": "link"}}, CSV),
    ("json", {"paths": {"id": "id", "title": "name", "start": "from", "link": "url"}}, JSON),
    ("opengovweek", {}, OGW),
]


def read(kind: str, settings: dict[str, Any], pages: Any, url: str = URL) -> Reading:
    found: Reading = KINDS[kind].read(KINDS[kind].settings.model_validate(settings), context(pages, url=url))
    return found


def test_every_kind_is_shown() -> None:
    assert {row[0] for row in PAGES} == set(KINDS)


@pytest.mark.parametrize(("kind", "settings", "page"), PAGES, ids=[row[0] for row in PAGES])
def test_what_has_no_readable_date_is_present(kind: str, settings: dict[str, Any], page: str) -> None:
    reading = read(kind, settings, page)
    assert (reading.listings, reading.incomplete) == ((), None)
    (present,) = reading.present
    own_id = {"opengovweek": None, "jsonld": "https://events.example/7"}.get(kind, "7")
    assert (present.title, present.native_id, present.link) == ("Talk", own_id, "https://events.example/7")
    assert [doubt.code for doubt in reading.doubts] == ["unreadable"]
    assert serialize.reading_of(serialize.reading_text(reading)) == reading


def test_a_kind_says_how_far_it_sees() -> None:
    assert read("jsonld", {}, LD).horizon == Horizon(to_last_listing=True)
    assert read("ics", {}, ICS).horizon == Horizon()
    pages = {"https://x.example/2024-05-22/": OGW, "https://x.example/2024-05-23/": OGW}
    reading = read("opengovweek", {"dates": "2024-05-22..2024-05-23"}, pages, "https://x.example/{date}/")
    assert reading.horizon == Horizon(date(2024, 5, 22), date(2024, 5, 23))
    assert serialize.reading_of(serialize.reading_text(reading)) == reading
