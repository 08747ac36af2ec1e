"""Countries by the names people write, and the zone whose clock they mean."""

from __future__ import annotations

from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from feedsvc.core.countries import OTHER, countries, country_code, country_name, is_country, zone_for, zones_of
from feedsvc.core.countries_data import LANGUAGES, PRIMARY_ZONES

# The country names of a real listing page.
LISTED = {
    "Argentina": "ar", "Armenia": "am", "Burkina Faso": "bf", "Cabo Verde": "cv", "Canada": "ca", "Chile": "cl",
    "Colombia": "co", "Costa Rica": "cr", "Ecuador": "ec", "Germany": "de", "Guatemala": "gt", "Italy": "it",
    "Kenya": "ke", "Mexico": "mx", "Moldova": "md", "Mongolia": "mn", "Montenegro": "me", "Morocco": "ma",
    "Netherlands": "nl", "Nigeria": "ng", "Peru": "pe", "Philippines": "ph", "Romania": "ro", "Tunisia": "tn",
    "Ukraine": "ua", "United Kingdom": "gb", "United States": "us", "Uruguay": "uy", "Other": "other",
}  # fmt: skip

IN_USE = {
    "Cape Verde": "cv", "Côte d'Ivoire": "ci", "Cote d Ivoire": "ci", "Ivory Coast": "ci", "Kyrgyz Republic": "kg",
    "North Macedonia": "mk", "Republic of Moldova": "md", "Korea, Republic of": "kr", "South Korea": "kr", "USA": "us",
    "U.S.": "us", "United States of America": "us", "UK": "gb", "Great Britain": "gb", "Scotland": "gb", "Wales": "gb",
    "Northern Ireland": "gb", "England": "gb", "Czech Republic": "cz", "Czechia": "cz", "Swaziland": "sz",
    "Burma": "mm", "DRC": "cd", "Kosovo": "xk", "Palestine": "ps", "Taiwan": "tw", "Türkiye": "tr", "Turkey": "tr",
    "Holland": "nl", "the Gambia": "gm", "The Maldives": "mv",
    "St Lucia": "lc", "Trinidad and Tobago": "tt", "Guinea Bissau": "gw",
    "España": "es", "MÉXICO": "mx", "mejico": "mx", "Брazil": None, "Бразилия": "br", "Україна": "ua",
    "المغرب": "ma", "საქართველო": "ge", "Հայաստան": "am", "Srbija": "rs", "Србија": "rs", "대한민국": "kr",
    "Deutschland": "de", "Shqipëri": "al", "Монгол": "mn", "Belanda": "nl", "Otro": "other", "autre": "other",
}  # fmt: skip

# Words that could be several places; the reading that is taken.
AMBIGUOUS = {
    "Georgia": "ge", "Congo": "cg", "Guinea": "gn", "Korea": "kr", "Dominica": "dm", "Niger": "ne", "America": "us",
    "Republic of China": "tw", "Macedonia": "mk", "Ireland": "ie", "Samoa": "ws", "Sudan": "sd", "Saint Martin": "mf",
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), [*LISTED.items(), *IN_USE.items(), *AMBIGUOUS.items()])
def test_a_country_is_known_by_the_names_people_write(name: str, code: str | None) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize("language", LANGUAGES.split())
def test_every_country_is_known_by_its_own_name_in_every_language(language: str) -> None:
    names = {code: country_name(code, language) for code in countries()}
    assert {code: country_code(name) for code, name in names.items()} == {code: code for code in countries()}


@pytest.mark.parametrize(
    ("text", "code"),
    [("UA", "ua"), ("UKR", "ua"), ("XK", "xk"), ("XKX", "xk"), ("ukr", None), ("ZZ", None), ("EU", None)],
)
def test_iso_codes_count_in_upper_case_only(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize("name", ["", " ", "-", "the", "Atlantis", "Chile and Peru", "x" * 10_000])
def test_an_unknown_name_is_nobody(name: str) -> None:
    assert country_code(name) is None


def test_a_country_has_a_name_in_the_language_of_the_reader() -> None:
    assert [country_name("de", language) for language in ("en", "es", "fr")] == ["Germany", "Alemania", "Allemagne"]
    assert [country_name(OTHER, language) for language in ("en", "es", "fr", "ka")] == [
        "Other",
        "Otro",
        "Autre",
        "Other",
    ]
    assert country_name("de", "tlh") == "Germany"
    assert country_name("gb", "pt-BR") == "Reino Unido"


@pytest.mark.parametrize("code", ["zz", "eu", "DE", "", "419"])
def test_an_unknown_code_has_no_name(code: str) -> None:
    assert not is_country(code)
    with pytest.raises(KeyError):
        country_name(code)


def test_the_countries_are_the_assigned_codes_and_kosovo() -> None:
    assert len(countries()) == 250
    assert list(countries()) == sorted(countries())
    assert {"xk", "ua", "cv"} <= set(countries())
    assert not {"zz", "eu", "un", "ez", "xa", "xb", "qo", "ac", OTHER} & set(countries())
    assert is_country(OTHER)


@pytest.mark.parametrize(
    ("country", "zone"),
    {
        "ar": "America/Argentina/Buenos_Aires", "aq": "Antarctica/McMurdo", "au": "Australia/Sydney",
        "br": "America/Sao_Paulo", "ca": "America/Toronto", "cd": "Africa/Kinshasa", "cl": "America/Santiago",
        "cn": "Asia/Shanghai", "cy": "Asia/Nicosia", "de": "Europe/Berlin", "ec": "America/Guayaquil",
        "es": "Europe/Madrid", "fm": "Pacific/Chuuk", "gl": "America/Nuuk", "id": "Asia/Jakarta",
        "ki": "Pacific/Tarawa", "kz": "Asia/Almaty", "mn": "Asia/Ulaanbaatar", "mx": "America/Mexico_City",
        "my": "Asia/Kuala_Lumpur", "nz": "Pacific/Auckland", "pf": "Pacific/Tahiti", "pg": "Pacific/Port_Moresby",
        "ps": "Asia/Hebron", "pt": "Europe/Lisbon", "ru": "Europe/Moscow", "ua": "Europe/Kyiv",
        "us": "America/New_York", "uz": "Asia/Tashkent", "xk": "Europe/Belgrade",
    }.items(),
)  # fmt: skip
def test_the_first_zone_is_where_most_people_live(country: str, zone: str) -> None:
    assert zones_of(country)[0] == zone


def test_a_country_has_each_zone_once_and_each_is_real() -> None:
    zones = [zone for country in countries() for zone in zones_of(country)]
    assert all(len(set(zones_of(country))) == len(zones_of(country)) for country in countries())
    assert all(zone_for(zone) == zone for zone in zones)
    assert all(country in countries() for country in PRIMARY_ZONES)
    assert len(zones_of("br")) == 16


@pytest.mark.parametrize("country", [OTHER, "bv", "zz", ""])
def test_no_land_has_no_zone(country: str) -> None:
    assert zones_of(country) == ()


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Kiev", "Europe/Kiev"),
        ("europe/kyiv", "Europe/Kyiv"),
        (" America/New York ", "America/New_York"),
        ("utc", "UTC"),
        ("Factory", None),
        ("../etc/passwd", None),
        ("Pacific Standard Time", None),
        ("", None),
    ],
)
def test_a_zone_is_found_in_any_case_and_old_names_stay(name: str, zone: str | None) -> None:
    assert zone_for(name) == zone
    assert zone is None or ZoneInfo(zone).key == zone


def test_a_known_name_is_found_again_at_once() -> None:
    country_code("Chile")
    started = perf_counter()
    for _ in range(10_000):
        country_code("Chile")
    assert perf_counter() - started < 5.0


def test_the_languages_are_ones_cldr_has() -> None:
    assert all(Locale.parse(language).territories for language in LANGUAGES.split())
