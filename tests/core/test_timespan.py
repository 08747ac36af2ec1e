"""Timespans: days without a zone, instants with one, ends that nobody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedsvc.core.timespan import Timespan, standard_offset

KYIV = ZoneInfo("Europe/Kyiv")
MORNING = datetime(2024, 5, 30, 9, tzinfo=KYIV)


def test_a_timed_span_is_in_utc_and_knows_the_clock_of_the_place() -> None:
    span = Timespan.timed(MORNING, MORNING + timedelta(hours=1), "Europe/Kyiv")
    assert span.start == datetime(2024, 5, 30, 6, tzinfo=UTC)
    assert span.offset_minutes == 180
    assert f"{span.local_start:%H:%M}" == "09:00"


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Timespan.timed(datetime(2024, 5, 30, 9), None, None)  # noqa: DTZ001


def test_an_unknown_end_gets_the_default_length_only_where_it_is_published() -> None:
    span = Timespan.timed(MORNING, None, "Europe/Kyiv")
    assert span.local_end is None
    assert span.ends(timedelta(hours=1)) - span.start == timedelta(hours=1)


def test_days_are_the_same_everywhere_and_their_end_is_exclusive() -> None:
    span = Timespan.of_days(date(2024, 5, 30), date(2024, 5, 31))
    assert (span.first_day, span.last_day) == (date(2024, 5, 30), date(2024, 5, 31))
    assert span.end == datetime(2024, 6, 1, tzinfo=UTC)


def test_an_event_until_midnight_does_not_last_into_the_next_day() -> None:
    span = Timespan.timed(MORNING, MORNING.replace(hour=0) + timedelta(days=1), "Europe/Kyiv")
    assert span.last_day == date(2024, 5, 30)


def test_an_offset_alone_gives_a_clock_too() -> None:
    span = Timespan.timed(datetime.fromisoformat("2024-05-30T09:00-04:00"), None, None)
    assert f"{span.local_start:%H:%M %z}" == "09:00 -0400"


@pytest.mark.parametrize(
    ("zone", "year", "hours"),
    [
        ("Europe/Kyiv", 2024, 2),
        ("America/Santiago", 2024, -4),
        ("America/Inuvik", 2024, -7),  # its database models winter as negative saving
        ("Africa/Casablanca", 2024, 0),  # on +01:00 all year, but in Ramadan
        ("Europe/Dublin", 2024, 0),  # its summer time is called standard
        ("Asia/Kolkata", 2024, 5.5),
        ("Europe/Istanbul", 2015, 2),  # before it stayed on +03:00 for good
        ("Europe/Istanbul", 2024, 3),
    ],
)
def test_standard_offset_is_the_lowest_of_the_year(zone: str, year: int, hours: float) -> None:
    assert standard_offset(zone, year) == timedelta(hours=hours)
