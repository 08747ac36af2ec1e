"""JSON-LD: the shapes an event, its time and its place come in, and JSON that is almost right."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import EventStatus, Horizon, Listing, Reading
from feedsvc.sources.jsonld import Settings, read
from feedsvc.sources.parsing.datetimes import read_moment, read_offset
from tests.sources.helpers import context, moment


def page(*blocks: str) -> str:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return f"<!doctype html><html><head>{scripts}</head><body></body></html>"


def read_blocks(*blocks: Any) -> Reading:
    texts = [block if isinstance(block, str) else json.dumps(block) for block in blocks]
    return read(Settings(), context(page(*texts)))


def event(**more: Any) -> dict[str, Any]:
    return {"@type": "Event", "name": "A", "startDate": "2024-05-30T15:00:00+03:00"} | more


def read_event(**more: Any) -> Listing:
    (listing,) = read_blocks(event(**more)).listings
    return listing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-30T15:00:00+03:00", "2024-05-30 15:00 offset 3:00:00"),
        ("2024-05-30T15:00:00+0300", "2024-05-30 15:00 offset 3:00:00"),
        ("2024-05-30T15:00+03", "2024-05-30 15:00 offset 3:00:00"),
        ("2024-05-30T15:00:00-00:00", "2024-05-30 15:00 offset 0:00:00"),
        ("2024-05-30T15:00:00Z", "2024-05-30 15:00 UTC offset 0:00:00"),
        ("2024-05-30 15:00:00.0000000Z", "2024-05-30 15:00 UTC offset 0:00:00"),
        ("2024-05-30T15:00", "2024-05-30 15:00"),
        (" 2024-5-3 ", "2024-05-03"),
        ("2019-9-13T10-10-00-00", None),
        ("2024-02-30", None),
        ("2024-05-30T25:00", None),
        ("2024-05-30T15:00+99:00", None),
        ("30 May 2024", None),
        ("2024-05-30T15:00 maybe", None),
        ("", None),
        ("9" * 100_000, None),
    ],
)
def test_moment_is_read_or_not_guessed_at(text: str, expected: str | None) -> None:
    found = read_moment(text)
    assert (moment(found) if found else None) == expected


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("UTC+3:30", 210), ("UTC+0", 0), ("GMT-5", -300), ("+05:45", 345), ("UTC", 0), ("+15:00", None), ("+03:99", None)],
)
def test_offset_is_read_as_it_is_spelled(text: str, minutes: int | None) -> None:
    offset = read_offset(text)
    assert (None if offset is None else offset.total_seconds() / 60) == minutes


@pytest.mark.parametrize(
    ("spelling", "status"),
    [
        ("https://schema.org/EventCancelled", EventStatus.CANCELLED),
        ("http://schema.org/EventCanceled", EventStatus.CANCELLED),
        ("EventCancelled", EventStatus.CANCELLED),
        ("Cancelled", EventStatus.CANCELLED),
        ("schema:EventCancelled/", EventStatus.CANCELLED),
        ("https://schema.org/EventPostponed", EventStatus.CANCELLED),
        ("https://schema.org/EventRescheduled", EventStatus.CONFIRMED),
        ("EventMovedOnline", EventStatus.CONFIRMED),
        ("EventScheduled", EventStatus.CONFIRMED),
        ("", EventStatus.CONFIRMED),
        (["https://schema.org/EventCancelled"], EventStatus.CANCELLED),
        ({"@id": "https://schema.org/EventCancelled"}, EventStatus.CANCELLED),
        ({"@type": "EventStatusType", "name": "EventCancelled"}, EventStatus.CANCELLED),
        (["https://schema.org/EventMovedOnline", "https://schema.org/EventCancelled"], EventStatus.CANCELLED),
        ({"@id": 7}, EventStatus.CONFIRMED),
    ],
)
def test_status_is_known_in_every_spelling(spelling: object, status: EventStatus) -> None:
    assert read_event(eventStatus=spelling).status is status


@pytest.mark.parametrize(
    ("location", "line", "countries"),
    [
        ("Kyiv", "Kyiv", ()),
        ("https://meet.example/x", "Online: https://meet.example/x", ()),
        ({"@type": "Place", "name": "Hall", "address": "1 Main Street"}, "Hall, 1 Main Street", ()),
        (
            {"@type": "Place", "name": "Hall", "address": {"addressLocality": "Kyiv", "addressCountry": "UA"}},
            "Hall, Kyiv, UA",
            ("UA",),
        ),
        (
            {"@type": "Place", "address": [{"addressCountry": {"@type": "Country", "name": "Ukraine"}}]},
            "Ukraine",
            ("Ukraine",),
        ),
        ({"@type": "PostalAddress", "addressLocality": "Rabat", "addressCountry": "MA"}, "Rabat, MA", ("MA",)),
        ({"@type": "VirtualLocation", "url": "https://meet.example/x"}, "Online: https://meet.example/x", ()),
        ({"@type": "VirtualLocation", "url": "javascript:alert(1)"}, "Online", ()),
        (["Kyiv", {"@type": "VirtualLocation"}, "Kyiv"], "Kyiv; Online", ()),
        (7, "7", ()),
        ([None, [], {}, {"address": {"addressCountry": []}}], "", ()),
    ],
)
def test_place_is_read_in_every_shape(location: object, line: str, countries: tuple[str, ...]) -> None:
    listing = read_event(location=location)
    assert (listing.location, listing.countries) == (line, countries)


@pytest.mark.parametrize(
    "block",
    [
        [event()],
        {"@graph": [event()]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": event()}]},
        {"@type": "ItemList", "itemListElement": {"@type": "ListItem", "item": event()}},
        {"@type": "Place", "event": [event()]},
        {"@type": "Place", "events": event()},
        {"@type": "WebPage", "mainEntity": event()},
        event() | {"@type": ["Thing", "https://schema.org/SocialEvent"]},
        event() | {"@type": "schema:EducationEvent"},
    ],
)
def test_event_is_found_wherever_it_stands(block: object) -> None:
    assert [listing.title for listing in read_blocks(block).listings] == ["A"]


@pytest.mark.parametrize(
    "block",
    [
        json.dumps(event())[:-1] + ",}",
        "<!-- " + json.dumps(event()) + " -->",
        "//<![CDATA[\n" + json.dumps(event()) + "\n//]]>",
        json.dumps(event()) + ";",
        json.dumps(event()).replace('"', "&quot;"),
        json.dumps(event()).replace("A", "A\n"),
        "\ufeff" + json.dumps(event()),
    ],
    ids=["comma", "comment", "CDATA", "semicolon", "entities", "line break in a text", "byte order mark"],
)
def test_json_that_is_almost_right_is_mended(block: str) -> None:
    reading = read_blocks(block)
    assert ([listing.title for listing in reading.listings], reading.incomplete) == (["A"], None)


def test_comma_inside_of_a_text_stays() -> None:
    assert read_blocks('{"@type": "Event", "name": "A,]", "startDate": "2024-05-30",}').listings[0].title == "A,]"


def test_broken_block_costs_itself_and_makes_the_reading_incomplete() -> None:
    reading = read_blocks(event(), '{"@type": "Event", "name": "B"')
    assert [listing.title for listing in reading.listings] == ["A"]
    assert [finding.code for finding in reading.doubts] == ["unreadable"]
    assert reading.incomplete == "1 of the blocks of JSON-LD cannot be read"


def test_page_without_json_ld_is_refused_and_one_without_events_is_whole() -> None:
    with pytest.raises(SourceUnreadable, match="no JSON-LD and no microdata"):
        read(Settings(), context("<html><body>Log in</body></html>"))
    assert read_blocks({"@type": "WebSite"}) == Reading((), horizon=Horizon(to_last_listing=True))


def test_json_without_a_page_is_read_too() -> None:
    assert len(read(Settings(), context(json.dumps([event()]))).listings) == 1


def test_same_event_in_short_and_in_full_is_one() -> None:
    reading = read_blocks(event(), event(url="/a/", description="Text"), event(url="/a"))
    assert [listing.description for listing in reading.listings] == ["Text"]


def test_namesakes_at_one_time_in_two_places_are_two() -> None:
    assert len(read_blocks(event(location="Kyiv"), event(location="Lviv")).listings) == 2
    assert len(read_blocks(event(url="/a"), event(url="/b")).listings) == 2
    assert len(read_blocks(event(url="/list"), event(url="/list", name="B")).listings) == 2


def test_midnight_to_the_last_minute_is_all_day() -> None:
    listing = read_event(startDate="2024-05-30T00:00:00+03:00", endDate="2024-05-31T23:59:59+03:00")
    assert listing.end is not None
    assert (moment(listing.start), moment(listing.end)) == ("2024-05-30", "2024-05-31")


def test_page_relative_id_is_no_identity() -> None:
    assert read_event(**{"@id": "#event"}).native_id is None
    assert read_event(**{"@id": "https://city.example/1"}).native_id == "https://city.example/1"


@pytest.mark.slow
@pytest.mark.parametrize(
    "block",
    [
        "[" * 1_000_000,
        '{"a":' * 300_000 + "1" + "}" * 300_000,
        '"' + '\\"' * 2_000_000,
        "," * 3_000_000,
        '{"@type": "Event", "startDate": "' + "2024-" * 500_000 + '"}',
        '{"@type": "' + "x" * 3_000_000 + '"}',
        "&quot;" * 500_000,
    ],
    ids=["lists", "nested", "escapes", "commas", "date", "type", "entities"],
)
def test_hostile_json_costs_little(block: str) -> None:
    began = process_time()
    try:
        read_blocks(event(), block)
    finally:
        assert process_time() - began < 3
