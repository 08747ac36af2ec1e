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
