"""From listings to events: countries, themes, titles, duplicates, identity, texts. (Zones and ends have their own.)"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from feedsvc.core.dimensions import Theme, Themes
from feedsvc.core.model import Event, Listing, Stated
from feedsvc.core.normalise import Normalised, Rules, normalise, untitled

THEMES = Themes((Theme("Civic Space"), Theme("Gender & Inclusion", synonyms=("Gender",)), Theme("Other")))
RULES = Rules(name="Open Gov Week", themes=THEMES, placeholders=(time(5, 30),))
MAY_30 = date(2024, 5, 30)


def listing(title: str | None = "Open day", hour: int = 9, **more: Any) -> Listing:
    offset = timedelta(hours=-4)
    given: dict[str, Any] = {
        "start": Stated(MAY_30, time(hour), offset=offset, standard_label=True),
        "end": Stated(MAY_30, time(hour + 1), offset=offset, standard_label=True),
        "countries": ("Chile",),
        "themes": ("Civic Space",),
        "listed": f"Chile — May 30 @ {hour}",
        "line": 7,
    }
    return Listing(title, **{**given, **more})


def events(*listings: Listing, rules: Rules = RULES) -> tuple[Event, ...]:
    found: Normalised = normalise(listings, rules)
    assert found.rejected == ()
    return found.events


@pytest.mark.parametrize(
    ("names", "codes", "unknown", "code"),
    [
        (("Chile",), ("cl",), (), None),
        (("Chili", "Países Bajos", "Other"), ("cl", "nl", "other"), (), None),
        (("Chile", "Atlantis"), ("cl",), ("Atlantis",), "unknown-country"),
        (("Chile", "chile", "CHILE"), ("cl",), (), None),
        ((), (), (), "missing-country"),
    ],
)
def test_countries_become_codes_and_unknown_ones_stay_as_text(
    names: tuple[str, ...], codes: tuple[str, ...], unknown: tuple[str, ...], code: str | None
) -> None:
    (event,) = events(listing(countries=names))
    assert (event.countries, event.places) == (codes, unknown)
    assert (code in event.codes) if code else not {"unknown-country", "missing-country"} & set(event.codes)


@pytest.mark.parametrize(
    ("labels", "names", "code"),
    [
        (("civic space", "GENDER"), ("Civic Space", "Gender & Inclusion"), None),
        (("Open Data",), ("Open Data",), "unknown-theme"),
        ((), (), "missing-themes"),
    ],
)
def test_themes_get_their_configured_name_and_unknown_ones_are_kept(
    labels: tuple[str, ...], names: tuple[str, ...], code: str | None
) -> None:
    (event,) = events(listing(themes=labels))
    assert event.themes == names
    assert (code in event.codes) is (code is not None)


def test_defaults_fill_only_what_is_missing() -> None:
    rules = Rules(name="x", themes=THEMES, countries=("de",), theme_names=("Other",), default_zone="Europe/Berlin")
    bare, full = events(
        listing(countries=(), themes=(), start=Stated(MAY_30, time(9)), end=None), listing(), rules=rules
    )
    assert (bare.countries, bare.themes) == (("de",), ("Other",))
    assert bare.span.zone == "Europe/Berlin"
    assert (full.countries, full.themes) == (("cl",), ("Civic Space",))


def test_a_source_may_have_words_of_its_own() -> None:
    rules = Rules(name="x", themes=THEMES, renames={"kyiv office": ("ua",), "budget": ("Civic Space", "Other")})
    (event,) = events(listing(countries=("Kyiv Office",), themes=("Budget",)), rules=rules)
    assert (event.countries, event.themes) == (("ua",), ("Civic Space", "Other"))


@pytest.mark.parametrize(
    ("codes", "unknown", "title"),
    [
        (("ke",), (), "Open Gov Week event in Kenya"),
        (("ar", "am", "uy"), (), "Open Gov Week event in Argentina, Armenia and Uruguay"),
        (("other",), (), "Open Gov Week event"),
        ((), ("Atlantis",), "Open Gov Week event in Atlantis"),
    ],
)
def test_event_without_title_is_called_after_its_place(
    codes: tuple[str, ...], unknown: tuple[str, ...], title: str
) -> None:
    assert untitled("Open Gov Week", codes, unknown) == title


@pytest.mark.parametrize(
    "title", [None, "", " \n", "\u200b", "\u200d\ufe0f \u00ad", "\u3164", "\u2800\u2800"], ids=ascii
)
def test_title_that_nobody_sees_is_missing_and_a_finding(title: str | None) -> None:
    (event,) = events(listing(title, countries=("Kenya",)))
    assert (event.title, event.summary) == (None, "Open Gov Week event in Kenya")
    assert "missing-title" in event.codes


def test_same_listing_several_times_is_one_event_with_a_count() -> None:
    (event,) = events(listing(), listing(), listing())
    assert event.copies == 3
    assert "duplicate" in event.codes


def test_same_title_at_another_time_is_kept_and_marked() -> None:
    first, second, other = events(listing("Día – uno"), listing("DIA - UNO", hour=12), listing("Else"))
    assert ("near-duplicate" in first.codes, "near-duplicate" in second.codes) == (True, True)
    assert "near-duplicate" not in other.codes
    assert first.identity != second.identity


def test_rows_with_ids_of_their_own_are_no_near_duplicates() -> None:
    found = events(listing(native_id="a"), listing(hour=12, native_id="b"))
    assert all("near-duplicate" not in event.codes for event in found)
    assert [event.identity for event in found] == ["id:a", "id:b"]


def test_identity_is_the_id_else_the_link_else_title_countries_and_start() -> None:
    link = "https://Example.org/event/open-day/?utm_source=x"
    found = events(listing("A", native_id="7", link=link), listing("B", link=link), listing("C"))
    assert [event.identity.partition(":")[0] for event in found] == ["id", "link", "listing"]
    assert len({event.identity for event in found}) == 3


def test_a_link_that_several_rows_share_needs_the_start() -> None:
    link = "https://example.org/series"
    found = events(listing(link=link), listing(hour=12, link=link))
    assert len({event.identity for event in found}) == 2


def test_listing_without_any_clock_is_left_out_with_its_line() -> None:
    found = normalise([listing(countries=(), start=Stated(MAY_30, time(9)), end=None), listing()], RULES)
    assert len(found.events) == 1
    assert [(finding.code, finding.line) for finding in found.rejected] == [("missing-zone", 7)]


def test_long_texts_are_cut_and_bad_links_vanish_with_findings() -> None:
    (event,) = events(listing("x" * 600, description="y" * 30_000, link="javascript:alert(1)"))
    assert (len(event.summary) <= 500, len(event.description) <= 20_000, event.link) == (True, True, None)
    assert {"text-cut", "unsafe-link"} <= set(event.codes)


def test_days_are_inclusive_and_turned_around_never() -> None:
    first, second = events(
        listing("A", start=Stated(MAY_30), end=Stated(date(2024, 6, 1))),
        listing("B", start=Stated(MAY_30), end=Stated(date(2024, 5, 1))),
    )
    assert (first.span.all_day, first.span.last_day) == (True, date(2024, 6, 1))
    assert second.span.last_day == MAY_30
    assert "end-before-start" in second.codes
