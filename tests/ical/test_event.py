"""A record becomes the VEVENT that every calendar program reads alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.core.errors import EventUnwritable
from feedsvc.core.model import EventStatus, Finding, Record
from feedsvc.core.timespan import Timespan
from feedsvc.ical.write.event import vevent
from tests.ical.samples import KYIV, NOW, RECORD, RENDERING, record, utc
from tests.ical.strict_reader import read

GOLDEN = Path(__file__).parent / "golden"
LISBON = Timespan.timed(utc(29, 13), utc(29, 14), "Europe/Lisbon")
MOVED_AND_FULL = record(
    title="Barrios abiertos; día 1, “Perú\\Norte” 😀",
    summary="Barrios abiertos; día 1, “Perú\\Norte” 😀",
    countries=("ar", "am", "uy"),
    places=("Somaliland",),
    span=Timespan.timed(utc(30, 23), None, "America/Argentina/Buenos_Aires"),
    description="First paragraph, with a comma; and more.\n\nSecond paragraph.",
    location="Sala 3, Av. de Mayo 525, Buenos Aires",
    host="Secretaría de Innovación",
    event_type="Workshop",
    link=None,
    findings=(Finding("end-not-given"), Finding("unknown-country", "Somaliland")),
    record_sequence=3,
    record_moved_from=LISBON,
    record_moved_at=NOW - timedelta(days=2),
)
ALL_DAY_WITHDRAWN = record(
    span=Timespan.of_days(date(2024, 5, 30), date(2024, 6, 1)),
    themes=("Other",),
    countries=("other",),
    findings=(),
    link="javascript:alert(1)",
    record_cancelled_at=NOW,
)


@pytest.mark.parametrize(
    ("name", "given"), [("timed", RECORD), ("moved", MOVED_AND_FULL), ("all-day-withdrawn", ALL_DAY_WITHDRAWN)]
)
def test_event_is_written_as_its_golden_file(name: str, given: Record) -> None:
    assert vevent(given, RENDERING, NOW).decode() == (GOLDEN / f"{name}.ics").read_bytes().decode()


def test_equal_input_gives_equal_bytes_whenever_it_is_written() -> None:
    years_later = NOW + timedelta(days=900)
    assert vevent(RECORD, RENDERING, NOW) == vevent(replace(RECORD), replace(RENDERING), years_later)


def test_all_day_event_has_dates_with_an_exclusive_end() -> None:
    event = read(vevent(ALL_DAY_WITHDRAWN, RENDERING, NOW))
    assert [line for line in event.lines if line[0] in ("DTSTART", "DTEND")] == [
        ("DTSTART", ";VALUE=DATE", "20240530"),
        ("DTEND", ";VALUE=DATE", "20240602"),
    ]


def test_event_without_end_is_published_with_the_default_length() -> None:
    rendering = replace(RENDERING, default_length=timedelta(minutes=90))
    event = read(vevent(record(span=Timespan.timed(utc(30, 12), None, "Europe/Kyiv")), rendering, NOW))
    assert (event.raw("DTSTART"), event.raw("DTEND")) == ("20240530T120000Z", "20240530T133000Z")


@pytest.mark.parametrize(
    ("changes", "status", "summary"),
    [
        ({}, "CONFIRMED", "Open data for towns"),
        ({"status": EventStatus.TENTATIVE}, "TENTATIVE", "Open data for towns"),
        ({"status": EventStatus.CANCELLED}, "CANCELLED", "[Cancelled] Open data for towns"),
        ({"record_cancelled_at": NOW}, "CANCELLED", "[Cancelled] Open data for towns"),
    ],
)
def test_cancelled_event_says_so_in_status_and_summary(changes: dict[str, object], status: str, summary: str) -> None:
    event = read(vevent(record(**changes), RENDERING, NOW))
    assert (event.raw("STATUS"), event.text("SUMMARY")) == (status, summary)


def test_stamps_follow_the_record_and_nothing_else() -> None:
    event = read(vevent(record(record_sequence=7), RENDERING, NOW))
    assert {name: event.raw(name) for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE")} == {
        "DTSTAMP": "20240502T103000Z",
        "CREATED": "20240501T080000Z",
        "LAST-MODIFIED": "20240502T103000Z",
        "SEQUENCE": "7",
    }


def test_categories_are_themes_then_countries_each_once() -> None:
    event = read(vevent(record(themes=("Other", "A, b; c"), countries=("other", "ua")), RENDERING, NOW))
    assert event.texts("CATEGORIES") == ["Other", "A, b; c", "Ukraine"]


def test_link_is_the_sources_else_the_events_own_page_else_none() -> None:
    own = read(vevent(record(link="javascript:alert(1)"), RENDERING, NOW))
    assert own.raw("URL") == "https://feeds.example/event/2f1c9d5e-0000-5000-8000-000000000001"
    assert read(vevent(RECORD, RENDERING, NOW)).raw("URL") == "https://listing.example/events/open-data?a=1,2;b=3"
    nowhere = read(vevent(record(link=None), replace(RENDERING, base_url=None), NOW))
    assert "URL" not in nowhere.names()


def test_seconds_are_whole() -> None:
    event = read(vevent(record(record_modified=datetime(2024, 5, 2, 10, 30, 0, 999, tzinfo=UTC)), RENDERING, NOW))
    assert event.raw("DTSTAMP") == "20240502T103000Z"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"record_uid": "a\rb@x"}, "UID"),
        ({"record_uid": "a\u2028b@x"}, "UID"),
        ({"record_uid": "\ud800@x"}, "UID"),
        ({"record_uid": ""}, "UID"),
        ({"record_modified": datetime(2024, 5, 2)}, "no zone"),  # noqa: DTZ001
        ({"span": replace(KYIV, end=KYIV.start)}, "not after DTSTART"),
        ({"span": replace(KYIV, end=KYIV.start - timedelta(hours=2))}, "not after DTSTART"),
        ({"span": replace(KYIV, zone="Europe/Atlantis")}, "Europe/Atlantis"),
        ({"span": replace(KYIV, start=datetime.max.replace(tzinfo=UTC), end=None)}, "out of range"),
    ],
)
def test_event_that_cannot_be_written_says_which_and_why(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(EventUnwritable, match=reason) as raised:
        vevent(record(**changes), RENDERING, NOW)
    message = str(raised.value)
    assert message.isascii() and message.isprintable()
    assert ascii(changes.get("record_uid", RECORD.uid)) in message or not changes.get("record_uid", "x")
