"""The strict reader reads what is meant, or says that it cannot."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.timespan import Timespan
from feedsvc.ical.write.calendar import frame
from feedsvc.ical.write.event import vevent
from tests.ical.read_back import Stamps, read_events
from tests.ical.samples import FACTS, NOW, RENDERING, record, utc

HEAD, FOOT = frame(FACTS)
GIVEN = record(summary="A, b; c\\N", location="Hall", record_sequence=4)
DOCUMENT = HEAD + vevent(GIVEN, RENDERING, NOW) + FOOT


def test_event_is_read_as_it_was_meant() -> None:
    (event,) = read_events(DOCUMENT)
    assert (event.uid, event.summary, event.location) == (GIVEN.uid, "A, b; c\\N", "Hall")
    assert (event.start, event.end, event.all_day) == (utc(30, 12), utc(30, 14), False)
    assert (event.status, event.sequence, event.url) == ("CONFIRMED", 4, GIVEN.event.link)
    assert event.categories == ("Civic Space", "Gender & Inclusion", "Ukraine")
    modified = datetime(2024, 5, 2, 10, 30, tzinfo=UTC)
    assert event.stamps == Stamps(modified, datetime(2024, 5, 1, 8, tzinfo=UTC), modified)


def test_all_day_event_has_dates() -> None:
    whole = record(span=Timespan.of_days(date(2024, 5, 1), date(2024, 5, 2)))
    (event,) = read_events(HEAD + vevent(whole, RENDERING, NOW) + FOOT)
    assert (event.start, event.end, event.all_day) == (date(2024, 5, 1), date(2024, 5, 3), True)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (FOOT, b"", "cut off"),
        (DOCUMENT, b"<!doctype html>", "cut off or is none"),
        (b"DTSTART:20240530T120000Z", b"DTSTART:20240530T120000", "no zone"),
        (b"DTSTART:20240530T120000Z", b"DTSTART;TZID=Nowhere/Else:20240530T120000", "no zone"),
        (b"DTSTART:20240530T120000Z", b"DTSTART:soon", "DTSTART cannot be read"),
        (b"DTSTART:20240530T120000Z\r\n", b"", "no DTSTART"),
        (b"SUMMARY:", b"SUMMARY:twice\r\nSUMMARY:", "SUMMARY 2 times"),
        (b"VERSION:2.0", b"no colon", "cannot be read"),
        (FOOT, FOOT + DOCUMENT, "cannot be read"),
    ],
)
def test_what_cannot_be_read_as_meant_is_refused(old: bytes, new: bytes, reason: str) -> None:
    assert old in DOCUMENT
    with pytest.raises(SourceUnreadable, match=reason):
        read_events(DOCUMENT.replace(old, new, 1))
