"""Which clock an organiser meant: the country and a label of its standard offset name a zone, the zone the offset."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from feedsvc.core.model import Stated
from feedsvc.core.zones import instant, resolve_zone

DAY = date(2024, 5, 30)
NINE = time(9)

ROWS = [
    # (countries, label in hours, zone, UTC hour of 9:00, doubt); the surprising rows are commented
    ("ua", 2, "Europe/Kyiv", 6, "offset-ignores-dst"),
    ("md", 2, "Europe/Chisinau", 6, "offset-ignores-dst"),
    ("it", 1, "Europe/Rome", 7, "offset-ignores-dst"),
    ("co", -5, "America/Bogota", 14, None),
    ("ar", -3, "America/Argentina/Buenos_Aires", 12, None),
    ("cl", -4, "America/Santiago", 13, None),
    ("ma", 0, "Africa/Casablanca", 8, "offset-ignores-dst"),  # the label is from before 2018
    ("ng", 1, "Africa/Lagos", 8, None),
    ("ng", 0, "Africa/Lagos", 8, "offset-mismatch"),  # nobody in Nigeria is on GMT
    ("gb", 2, "Europe/London", 8, "offset-mismatch"),  # neither 0 nor 1
    ("br", -3, "America/Sao_Paulo", 12, None),  # zone.tab would begin with Noronha
    ("us", -8, "America/Los_Angeles", 16, "offset-ignores-dst"),  # the label chooses among a country's zones
    ("us", -5, "America/New_York", 13, "offset-ignores-dst"),
    ("mx", -6, "America/Mexico_City", 15, None),
    ("ph", 8, "Asia/Manila", 1, None),
    ("am", 4, "Asia/Yerevan", 5, None),
    ("ar am uy", -3, "America/Argentina/Buenos_Aires", 12, None),  # the first country that has a fitting zone
    ("am ar", -3, "America/Argentina/Buenos_Aires", 12, None),
    ("", -3, None, 12, None),  # no country: the offset itself
    ("other", -3, None, 12, None),
]


@pytest.mark.parametrize(("countries", "hours", "zone", "utc_hour", "doubt"), ROWS)
def test_country_and_label_name_the_zone(
    countries: str, hours: int, zone: str | None, utc_hour: int, doubt: str | None
) -> None:
    stated = Stated(DAY, NINE, offset=timedelta(hours=hours), standard_label=True)
    found = resolve_zone(stated, tuple(countries.split()), None)
    assert found is not None
    assert (found.zone, found.doubt) == (zone, doubt)
    assert instant(stated, found)[0].astimezone(UTC).hour == utc_hour


@pytest.mark.parametrize(
    ("stated", "countries", "default", "zone", "doubt"),
    [
        (Stated(DAY, NINE), ("ua",), None, "Europe/Kyiv", "missing-offset"),
        (Stated(DAY, NINE), (), "Europe/Kyiv", "Europe/Kyiv", None),
        (Stated(DAY, NINE, zone="Europe/Kyiv"), ("cl",), None, "Europe/Kyiv", None),
        (Stated(DAY, NINE, zone="Atlantis/Center"), ("cl",), None, "America/Santiago", "unknown-zone"),
        (Stated(DAY, NINE, offset=timedelta(hours=3)), ("ua",), None, "Europe/Kyiv", None),
        (Stated(DAY, NINE, offset=timedelta(hours=2)), ("ua",), None, None, "offset-mismatch"),  # the instant stays
        (Stated(DAY, NINE, offset=timedelta(0)), ("de",), None, None, "offset-mismatch"),  # a site nobody set up
        (Stated(DAY, NINE, zone="UTC"), ("de",), None, None, "offset-mismatch"),
        (Stated(DAY, NINE, zone="UTC", offset=timedelta(0)), ("de",), None, None, None),  # an instant, written with Z
        (Stated(DAY, NINE, zone="UTC+2"), ("de",), None, "Europe/Berlin", None),
        (Stated(DAY, NINE), ("us",), "America/Los_Angeles", "America/Los_Angeles", None),
        (Stated(DAY, NINE), ("us",), "US/Pacific", "US/Pacific", None),  # a former name of one of its zones
        (Stated(DAY, NINE), ("br",), "America/Los_Angeles", "America/Sao_Paulo", "missing-offset"),
        (Stated(DAY, NINE, zone="PST"), ("us",), None, "America/Los_Angeles", None),
        (Stated(DAY, NINE, zone="PST"), ("ph",), None, "Asia/Manila", None),
        (Stated(DAY, NINE, zone="CST"), ("ca",), None, "America/Winnipeg", "ambiguous-zone"),  # Regina has no summer
        (Stated(DAY, NINE, zone="CST"), ("tw",), None, "Asia/Taipei", None),
        (Stated(DAY, NINE, zone="EST"), ("us",), None, "America/New_York", None),  # in May: the zone, not the offset
        (Stated(DAY, NINE, zone="EST"), (), "America/Panama", "America/Panama", None),
        (Stated(DAY, NINE, zone="EST"), (), None, "America/New_York", "ambiguous-zone"),
        (Stated(DAY, NINE, zone="Mitteleuropäische Zeit"), ("at",), None, "Europe/Vienna", None),
        (Stated(DAY, NINE, zone="(UTC-05:00) Ostküste (USA & Kanada)"), (), None, "America/New_York", None),
        (Stated(DAY, NINE, zone="(UTC+13:00) Samoa"), (), None, "Pacific/Apia", None),
        (Stated(DAY, NINE, zone="(UTC-11:00) Samoa"), (), None, "Pacific/Samoa", None),
        (Stated(DAY, NINE, zone="(UTC+05:00) Berlin"), (), None, "Europe/Berlin", "zone-contradicted"),
        (Stated(DAY, NINE, zone="(UTC+01:00) Our Town"), ("de",), None, "Europe/Berlin", "unknown-zone"),
        (Stated(DAY, NINE, zone="(UTC+01:00) Our Town"), (), None, None, "unknown-zone"),
        (
            Stated(DAY, NINE, zone="Europe/Kyiv", offset=timedelta(hours=2)),
            (),
            None,
            "Europe/Kyiv",
            "zone-contradicted",
        ),
    ],
)
def test_what_is_stated_decides_before_what_is_known(
    stated: Stated, countries: tuple[str, ...], default: str | None, zone: str | None, doubt: str | None
) -> None:
    found = resolve_zone(stated, countries, default)
    assert found is not None
    assert (found.zone, found.doubt) == (zone, doubt)


def test_nothing_to_choose_a_clock_by_is_no_clock() -> None:
    assert resolve_zone(Stated(DAY, NINE), (), None) is None
    assert resolve_zone(Stated(DAY, NINE), ("other",), None) is None


@pytest.mark.parametrize(
    ("day", "clock", "utc", "doubt"),
    [
        (date(2024, 3, 31), time(1, 30), "2024-03-31T00:30", None),
        (date(2024, 3, 31), time(2, 30), "2024-03-31T01:30", "nonexistent-time"),  # skipped: the hour after
        (date(2024, 10, 27), time(2, 30), "2024-10-27T00:30", None),  # twice: the first, as people count
        (date(2024, 10, 27), time(3, 30), "2024-10-27T02:30", None),
    ],
)
def test_wall_clock_is_kept_around_the_switches(day: date, clock: time, utc: str, doubt: str | None) -> None:
    stated = Stated(day, clock, zone="Europe/Berlin")
    placement = resolve_zone(stated, (), None)
    assert placement is not None
    moment, finding = instant(stated, placement)
    assert f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}" == utc
    assert (finding.code if finding else None) == doubt
    assert isinstance(moment, datetime)
