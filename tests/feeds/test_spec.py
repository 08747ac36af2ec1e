"""Feed addresses: every spelling of a choice leads to one path, and that path to the choice."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core import countries
from feedsvc.core.dimensions import Region, Regions, Theme, Themes, dimensions
from feedsvc.core.errors import UnknownFeed
from feedsvc.feeds.spec import MAX_PATH, MAX_VALUES, FeedSpec, make_spec, parse, split_extension
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.store.feeds import FacetRow

THEMES = Themes(
    [Theme("Civic Space", ("Espacio cívico",), ("civil-space",)), Theme("Justice"), Theme("Open Parliaments")]
)
REGIONS = Regions(
    [Region("Asia", frozenset({"jp"})), Region("Latin America", frozenset({"cl"}), "419", {}, ("latam",))]
)
STORED = (FacetRow("theme", "new-on-the-page", "New on the page", 3), FacetRow("year", "2024", "2024", 3))
VOCABULARY = Vocabulary.of(dimensions(THEMES, REGIONS), STORED, edition=3)
COUNTRIES = (*countries.countries(), "other")
THEME_VALUES = ("civic-space", "justice", "open-parliaments", "new-on-the-page")


def chosen(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=MAX_VALUES, unique=True).map(tuple)


SPECS = st.builds(
    lambda c, r, t, y: make_spec({"country": c[: MAX_VALUES - len(r)], "region": r, "theme": t, "year": y}),
    chosen(COUNTRIES),
    chosen(("asia", "latin-america")),
    chosen(THEME_VALUES),
    chosen(("2024",)),
)


@given(SPECS)
def test_canonical_path_leads_back_to_its_feed(spec: FeedSpec) -> None:
    assert parse(spec.path, VOCABULARY) == spec
    assert re.fullmatch(r"(/[a-z0-9_-]+)+", spec.path)


@given(SPECS, st.randoms(use_true_random=False))
def test_every_spelling_of_a_choice_leads_to_its_canonical_path(spec: FeedSpec, random: object) -> None:
    parts = []
    for dimension, values in spec.wanted:
        spelled = [*values, *values[:1]]
        random.shuffle(spelled)  # type: ignore[attr-defined]
        parts.append(f"/{dimension.title()}/{'_'.join(value.upper() for value in spelled)}")
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert parse("".join(parts) or "/ALL", VOCABULARY) == spec


@given(SPECS, SPECS)
def test_two_feeds_never_share_a_path(one: FeedSpec, other: FeedSpec) -> None:
    assert (one.path == other.path) == (one == other)


@given(st.text(max_size=60))
def test_any_path_is_a_feed_or_is_refused_in_one_line(path: str) -> None:
    try:
        spec = parse(path, VOCABULARY)
    except UnknownFeed as error:
        assert "\n" not in str(error)
    else:
        assert parse(spec.path, VOCABULARY) == spec


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/country/CL", "/country/cl"),
        ("/theme/civil-space", "/theme/civic-space"),
        ("/theme/espacio-civico", "/theme/civic-space"),
        ("/theme/justice/country/cl_ar_cl", "/country/ar_cl/theme/justice"),
        ("/country/cl/country/ar", "/country/ar_cl"),
        ("/theme/new-on-the-page", "/theme/new-on-the-page"),
        ("/year/2024/region/latam/country/jp", "/country/jp/region/latin-america/year/2024"),
        ("/All", "/all"),
    ],
)
def test_spelling_has_this_canonical_path(path: str, canonical: str) -> None:
    assert parse(path, VOCABULARY).path == canonical


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/country/xx", "'xx' is an unknown country"),
        ("/theme/never-heard", "is an unknown theme"),
        ("/planet/mars", "is not a way to choose events; there are country, region, theme, year"),
        ("/country", "is not a feed; write for example"),
        ("/country/", "is not a feed"),
        ("/country/_", "'_' is an unknown country"),
        ("/country/" + "_".join(countries.countries()[: MAX_VALUES + 1]), "values of one place are too many"),
        ("/region/asia/country/" + "_".join(countries.countries()[:MAX_VALUES]), "9 values of one place are too many"),
        ("/year/1999", "'1999' is an unknown year"),
        ("/country/" + "a" * MAX_PATH, "characters; at most"),
        ("", "is not a feed"),
    ],
)
def test_wrong_path_is_refused_in_words(path: str, told: str) -> None:
    with pytest.raises(UnknownFeed, match=re.escape(told)):
        parse(path, VOCABULARY)


def test_extension_is_what_follows_the_last_point_of_the_last_part() -> None:
    assert split_extension("/country/cl.ICS") == ("/country/cl", "ics")
    assert split_extension("/feed.ics/x") == ("/feed.ics/x", None)
    assert split_extension("/all") == ("/all", None)


def test_countries_and_regions_are_one_group_of_places_in_titles() -> None:
    spec = parse("/country/cl/region/asia/theme/justice/year/2024", VOCABULARY)
    assert spec.title("Week", VOCABULARY) == "Week · Chile, Asia · Justice · 2024"
    assert spec.without_group("country") == parse("/theme/justice/year/2024", VOCABULARY)
