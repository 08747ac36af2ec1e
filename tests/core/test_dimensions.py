"""Dimensions: which values an event has, what they are called, and the regions that come along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from feedsvc.bootstrap import load_config
from feedsvc.core import countries
from feedsvc.core.dimensions import Dimension, Region, Regions, Themes, dimensions, facets_of
from feedsvc.core.timespan import Timespan
from feedsvc.web.viewmodels import tilemap
from tests.core.records import event

CONFIG = load_config()
ALL = dimensions(CONFIG.themes, CONFIG.regions)


def dimension(name: str) -> Dimension:
    return next(one for one in ALL if one.name == name)


def values(name: str, **fields: object) -> list[str]:
    made = replace(event(), **fields)  # type: ignore[arg-type]
    return [facet.value for facet in facets_of(made, ALL) if facet.dimension == name]


def test_every_country_stands_in_one_region() -> None:
    for code in countries.countries():
        assert len(CONFIG.regions.of([code])) == 1, code


def test_country_stands_in_the_part_of_the_world_in_which_it_is_drawn() -> None:
    for part in tilemap.parts():
        found = {region.slug for square in part.squares for region in CONFIG.regions.of([square.country])}
        assert found == set(part.regions)


@pytest.mark.parametrize(
    ("codes", "regions"),
    [(("cl", "ar"), ["latin-america"]), (("us", "fr"), ["europe", "northern-america"]), (("other",), [])],
)
def test_event_has_the_regions_of_all_its_countries(codes: tuple[str, ...], regions: list[str]) -> None:
    assert values("region", countries=codes) == regions


def test_country_may_stand_in_several_regions() -> None:
    more = Regions([*CONFIG.regions.all, Region("European Union", frozenset({"fr"}), "EU")])
    made = replace(event(), countries=("fr",))
    found = facets_of(made, dimensions(Themes(()), more))
    assert [facet.value for facet in found if facet.dimension == "region"] == ["europe", "european-union"]


def test_region_is_called_as_cldr_calls_it_unless_it_has_a_name_of_its_own() -> None:
    named = [dimension("region").name_in("latin-america", language) for language in ("en", "es", "fr", "xx")]
    assert named == ["Latin America", "Latinoamérica", "Amérique latine", "Latin America"]
    own = Region("Nordic", frozenset({"no"}), names={"fr": "Pays nordiques"})
    assert [own.name_in(language) for language in ("en", "fr", "es")] == ["Nordic", "Pays nordiques", "Nordic"]


def test_renamed_region_is_found_by_its_former_slug() -> None:
    regions = Regions([Region("Latin America", frozenset({"cl"}), former_slugs=("latam",))])
    assert [regions.canonical_slug(slug) for slug in ("latam", "latin-america", "asia")] == [
        "latin-america",
        "latin-america",
        None,
    ]


def test_year_is_that_of_the_clock_of_the_place() -> None:
    midnight = datetime(2027, 1, 1, 2, tzinfo=UTC)
    assert values("year", span=Timespan(midnight, None, "America/Santiago", -180)) == ["2026"]
    assert values("year", span=Timespan(midnight, None, "UTC", 0)) == ["2027"]


def test_event_belongs_to_every_year_in_which_it_lasts_but_not_to_thousands() -> None:
    assert values("year", span=Timespan.of_days(date(2025, 12, 30), date(2027, 1, 1))) == ["2025", "2026", "2027"]
    assert len(values("year", span=Timespan.of_days(date(2025, 1, 1), date(9998, 1, 1)))) < 20
