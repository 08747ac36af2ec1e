"""Regions and years: chosen like countries and themes, everywhere a calendar is offered."""

from __future__ import annotations

from datetime import date

import pytest

from tests.web.site import Site, listing


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(
        tmp_path_factory.mktemp("regions"),
        listing("In Chile"),
        listing("In Peru next year", date(2027, 3, 1), countries=("Peru",)),
        listing("In Japan", countries=("Japan",), themes=("Justice",)),
        listing("In France", countries=("France",)),
    )


def titles(site: Site, path: str) -> list[str]:
    return sorted(event["title"] for event in site.client.get(f"{path}.json").get_json()["events"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/region/latin-america", ["In Chile", "In Peru next year"]),
        ("/country/fr/region/asia", ["In France", "In Japan"]),
        ("/country/cl/region/latin-america", ["In Chile", "In Peru next year"]),
        ("/region/africa", []),
        ("/region/latin-america/year/2027", ["In Peru next year"]),
        ("/country/fr/region/asia/theme/justice", ["In Japan"]),
    ],
)
def test_place_is_any_of_the_countries_and_regions_of_a_feed(site: Site, path: str, expected: list[str]) -> None:
    assert titles(site, path) == expected
    assert site.client.get(path).status_code == 200
    assert site.client.get(f"{path}.ics").get_data().count(b"BEGIN:VEVENT") == len(expected)


@pytest.mark.parametrize("path", ["/poster{}", "/embed{}", "/qr{}.svg", "/og{}.png"])
def test_region_has_what_every_feed_has(site: Site, path: str) -> None:
    assert site.client.get(path.format("/region/latin-america")).status_code == 200


def test_order_of_dimensions_is_that_of_their_names(site: Site) -> None:
    response = site.client.get("/year/2026/region/asia/country/fr.ics")
    assert (response.status_code, response.headers["Location"]) == (308, "/country/fr/region/asia/year/2026.ics")


def test_region_is_called_as_the_language_of_the_page_calls_it(site: Site) -> None:
    assert "Latinoamérica" in site.words("/region/latin-america?lang=es")
    assert "NAME:Open Gov Week · Latin America" in site.client.get("/region/latin-america.ics").text


def test_sitemap_names_the_regions_and_years_that_have_events(site: Site) -> None:
    sitemap = site.client.get("/sitemap.xml").text
    assert all(f"{site.url}{path}<" in sitemap for path in ("/region/asia", "/year/2026", "/year/2027"))
    assert "/region/africa" not in sitemap


def test_count_of_a_region_does_not_depend_on_the_country_beside_it(site: Site) -> None:
    page = site.words("/country/fr")
    assert "Latin America 2" in page
