"""What listings of every kind come to mean: clocks, categories, copies, and years that cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from feedsvc.core.model import EventStatus, Listing, Stated
from feedsvc.core.normalise import Rules, normalise
from tests.sources.helpers import THEMES, events

DAY = date(2024, 5, 30)
LISTING = Listing("A", Stated(DAY, time(15)), Stated(DAY, time(16)), "2024-05-30 15:00")
GERMAN = Rules("Week", THEMES, default_zone="Europe/Kyiv", countries=("de",))
MAPPED = Rules(
    "Week", THEMES, renames={"kyiv office": ("ua",), "money": ("Fiscal Openness",), "both": ("ma", "Justice")}
)


def exact(hour: int, hours_east: int) -> Stated:
    return Stated(DAY, time(hour), offset=timedelta(hours=hours_east))


def test_end_with_an_offset_of_its_own_is_the_instant_it_states() -> None:
    listing = replace(LISTING, start=exact(15, 3), end=exact(13, 0), countries=("Ukraine",))
    assert events([listing])[0]["end_utc"] == "2024-05-30T13:00:00Z"


def test_source_s_own_zone_says_more_than_the_country_it_gives_to_all() -> None:
    assert events([LISTING], GERMAN)[0]["zone"] == "Europe/Kyiv"
    assert events([replace(LISTING, countries=("Kenya",))], GERMAN)[0]["zone"] == "Africa/Nairobi"
    assert events([LISTING], replace(GERMAN, default_zone=None))[0]["zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("categories", "countries", "themes"),
    [
        (("Kyiv Office",), ["ua"], []),
        (("money", "Other things"), [], ["Fiscal Openness", "Other things"]),
        (("BOTH", "Kyiv office"), ["ma", "ua"], ["Justice"]),
    ],
)
def test_categories_become_countries_and_themes(
    categories: tuple[str, ...], countries: list[str], themes: list[str]
) -> None:
    listing = replace(LISTING, themes=categories, start=exact(15, 0), end=None)
    (event,) = events([listing], MAPPED)
    assert (event["countries"], event["themes"]) == (countries, themes)


@pytest.mark.parametrize("year", [1, 1899, 2201, 9999])
@pytest.mark.parametrize("clock", [None, time(23, 59)])
def test_year_that_cannot_be_costs_its_listing_only(year: int, clock: time | None) -> None:
    odd = replace(LISTING, start=Stated(date(year, 12, 31), clock, zone="Asia/Tokyo" if clock else None), end=None)
    late = replace(LISTING, end=Stated(date(year, 12, 31), time(23, 59)))
    outcome = normalise([odd, late, LISTING], GERMAN)
    assert [event.title for event in outcome.events] == ["A"]
    assert [finding.code for finding in outcome.rejected] == ["unreadable", "unreadable"]


def test_rows_of_one_link_are_no_near_duplicates() -> None:
    rows = [replace(LISTING, start=exact(hour, 0), end=None, link="https://city.example/a") for hour in (9, 10)]
    assert all("near-duplicate" not in event["findings"] for event in events(rows))
    other = replace(rows[0], link="https://city.example/b", start=exact(11, 0))
    assert all("near-duplicate" in event["findings"] for event in events([*rows, other]))


def test_cancelled_copy_and_the_one_that_takes_place_are_two() -> None:
    listing = replace(LISTING, start=exact(15, 0), end=None)
    assert [event["copies"] for event in events([replace(listing, status=EventStatus.CANCELLED), listing])] == [1, 1]


def test_source_s_own_zone_wins_where_it_is_one_of_the_country() -> None:
    rules = replace(GERMAN, default_zone="America/Los_Angeles", countries=())
    there, elsewhere = (replace(LISTING, countries=(name,)) for name in ("United States", "Brazil"))
    assert events([there], rules)[0]["start_utc"] == "2024-05-30T22:00:00Z"
    assert "missing-offset" not in events([there], rules)[0]["findings"]
    assert events([elsewhere], rules)[0]["zone"] == "America/Sao_Paulo"


@pytest.mark.parametrize(
    ("times", "zone", "start", "finding"),
    [
        ("stated", None, "2024-05-30T15:00:00Z", "offset-mismatch"),
        ("wall-clock", "Europe/Berlin", "2024-05-30T13:00:00Z", None),
        ("utc", "Europe/Berlin", "2024-05-30T15:00:00Z", None),
    ],
)
def test_what_times_are_worth_is_a_setting(times: str, zone: str | None, start: str, finding: str | None) -> None:
    rules = Rules("Week", THEMES, default_zone="Europe/Berlin", countries=("de",), times=times)
    (event,) = events([replace(LISTING, start=exact(15, 0), end=None)], rules)
    assert (event["zone"], event["start_utc"]) == (zone, start)
    assert ("offset-mismatch" in event["findings"]) is (finding is not None)


def test_end_that_is_a_day_ends_with_that_day() -> None:
    (event,) = events([replace(LISTING, end=Stated(date(2024, 5, 31)))], GERMAN)
    assert (event["end_utc"], "end-without-time" in event["findings"]) == ("2024-05-31T21:00:00Z", True)


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        (Stated(date(2025, 7, 30), time(17)), "2024-05-30T14:00:00Z"),
        (Stated(date(2025, 7, 30), time(9)), "2024-05-30T13:00:00Z"),  # before the start: an hour after it
        (Stated(date(2025, 7, 30)), "2024-05-30T13:00:00Z"),
        (Stated(date(2024, 6, 13), time(15)), "2024-06-13T12:00:00Z"),  # fourteen days are probable
    ],
)
def test_event_of_months_is_shown_on_its_first_day(end: Stated, shown: str) -> None:
    (event,) = events([replace(LISTING, end=end)], GERMAN)
    assert (event["end_utc"], "improbable-length" in event["findings"]) == (shown, shown[:10] == "2024-05-30")


def test_hosts_and_descriptions_can_be_left_out() -> None:
    listing = replace(LISTING, host="Town hall", description="Come.")
    (kept,) = normalise([listing], GERMAN).events
    (bare,) = normalise([listing], replace(GERMAN, hosts=False, descriptions=False)).events
    assert (kept.host, kept.description) == ("Town hall", "Come.")
    assert (bare.host, bare.description) == ("", "")


def test_title_that_says_it_is_cancelled_is_cancelled() -> None:
    (event,) = normalise([replace(LISTING, title="Canceled: A")], GERMAN).events
    assert (event.title, event.status) == ("A", EventStatus.CANCELLED)
