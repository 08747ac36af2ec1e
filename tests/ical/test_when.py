"""Times in words: the surprising ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from feedsvc.core.timespan import Timespan
from feedsvc.ical.write.description import length, was, when
from tests.ical.samples import KYIV, utc


def timed(start: datetime, end: datetime | None, zone: str | None) -> Timespan:
    return Timespan.timed(start, end, zone)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (KYIV, "Thursday, 30 May 2024, 15:00 to 17:00 in Kyiv (Europe/Kyiv, UTC+03:00)"),
        (timed(utc(30, 12), None, "Europe/Kyiv"), "Thursday, 30 May 2024, 15:00 in Kyiv (Europe/Kyiv, UTC+03:00)"),
        (
            timed(utc(30, 19), utc(30, 22), "Europe/Kyiv"),
            "Thursday, 30 May 2024, 22:00 to Friday, 31 May 2024, 01:00 in Kyiv (Europe/Kyiv, UTC+03:00)",
        ),
        (
            timed(utc(29, 7), utc(31, 9, 5), "America/Argentina/Buenos_Aires"),
            (
                "Wednesday, 29 May 2024, 04:00 to Friday, 31 May 2024, 06:05"
                " in Buenos Aires (America/Argentina/Buenos_Aires, UTC-03:00)"
            ),
        ),
        # The place's day counts, not UTC's.
        (
            timed(utc(30, 22), None, "Asia/Kathmandu"),
            "Friday, 31 May 2024, 03:45 in Kathmandu (Asia/Kathmandu, UTC+05:45)",
        ),
        (timed(utc(30, 9), utc(30, 10), "UTC"), "Thursday, 30 May 2024, 09:00 to 10:00 (UTC, UTC+00:00)"),
        (timed(utc(30, 9), None, "Etc/GMT+3"), "Thursday, 30 May 2024, 06:00 (Etc/GMT+3, UTC-03:00)"),
        (
            Timespan.timed(datetime(2024, 5, 30, 9, tzinfo=timezone(-timedelta(hours=3, minutes=30))), None, None),
            "Thursday, 30 May 2024, 09:00 (UTC-03:30)",
        ),
        (  # The clocks change in between.
            timed(datetime(2024, 10, 26, 20, tzinfo=UTC), datetime(2024, 10, 27, 9, tzinfo=UTC), "Europe/Paris"),
            (
                "Saturday, 26 October 2024, 22:00 to Sunday, 27 October 2024, 10:00"
                " in Paris (Europe/Paris, UTC+02:00, at the end UTC+01:00)"
            ),
        ),
        (Timespan.of_days(date(2024, 2, 29), date(2024, 2, 29)), "Thursday, 29 February 2024, all day"),
        (
            Timespan.of_days(date(2024, 12, 31), date(2025, 1, 1)),
            "Tuesday, 31 December 2024 to Wednesday, 1 January 2025, all day",
        ),
    ],
)
def test_when_is_told_in_the_places_own_time(span: Timespan, words: str) -> None:
    assert when(span) == words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (timed(utc(30, 11), utc(30, 12), "Europe/Kyiv"), KYIV, "30 May 2024, 14:00"),
        (timed(utc(30, 12), utc(30, 13), "Europe/Kyiv"), KYIV, "30 May 2024, 15:00 to 16:00"),
        (timed(utc(30, 12), None, "Europe/Kyiv"), KYIV, "30 May 2024, 15:00, no end given"),
        (timed(utc(29, 12), None, "Europe/Lisbon"), KYIV, "29 May 2024, 13:00 in Lisbon (Europe/Lisbon, UTC+01:00)"),
        (Timespan.of_days(date(2024, 5, 30), date(2024, 5, 30)), KYIV, "30 May 2024"),
        (
            Timespan.of_days(date(2024, 5, 30), date(2024, 5, 30)),
            Timespan.of_days(date(2024, 5, 30), date(2024, 5, 31)),
            "Thursday, 30 May 2024",
        ),
        (KYIV, Timespan.of_days(date(2024, 5, 30), date(2024, 5, 30)), "30 May 2024, 15:00"),
    ],
)
def test_old_time_is_told_as_far_as_it_tells_the_change(old: Timespan, new: Timespan, words: str) -> None:
    assert was(old, new) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (60, "one hour"),
        (45, "45 minutes"),
        (90, "1 hour 30 minutes"),
        (120, "2 hours"),
        (1500, "1 day 1 hour"),
        (1, "1 minute"),
    ],
)
def test_length_is_told_in_words(minutes: int, words: str) -> None:
    assert length(timedelta(minutes=minutes)) == words
