"""What a source's filters let pass, and how many themes are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from feedsvc.core.model import Listing, Reading, Stated
from feedsvc.core.normalise import MAX_SOURCE_THEMES, MAX_THEMES, Normalised, normalise
from tests.sources.helpers import OPEN_GOV_WEEK, THEMES


def listing(title: str, *themes: str) -> Listing:
    return Listing(title, Stated(date(2027, 3, 1)), listed=title, themes=themes, countries=("Chile",))


LISTINGS = [listing("Open Data Day"), listing("Budget night"), listing("Réunion", "Budget"), listing("Budgeting")]


def titles(result: Normalised) -> list[str]:
    return [event.summary for event in result.events]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), ["Open Data Day", "Budget night", "Réunion", "Budgeting"]),
        (("BUDGET",), (), ["Budget night", "Réunion"]),
        (("open data", "reunion"), (), ["Open Data Day", "Réunion"]),
        ((), ("budget",), ["Open Data Day", "Budgeting"]),
        (("budget",), ("night",), ["Réunion"]),
    ],
)
def test_filters_by_whole_words(include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]) -> None:
    found = normalise(LISTINGS, replace(OPEN_GOV_WEEK, include=include, exclude=exclude))
    assert titles(found) == expected
    ledger = found.ledger(Reading(tuple(LISTINGS)))
    assert (ledger.omitted, ledger.unaccounted) == (4 - len(expected), 0)


def test_themes_only_makes_no_theme() -> None:
    known = THEMES.all[0].name
    rules = replace(OPEN_GOV_WEEK, themes_only=True)
    (event,) = normalise([listing("A", known, "Something of our own")], rules).events
    assert event.themes == (known,)
    assert event.codes == ("end-not-given",) or "unknown-theme" not in event.codes


def test_themes_are_bounded() -> None:
    (event,) = normalise([listing("A", *(f"Theme {n}" for n in range(20)))], OPEN_GOV_WEEK).events
    assert len(event.themes) == MAX_THEMES
    assert "too-many-themes" in event.codes
    many = [listing(f"Talk {n}", f"Theme {n}") for n in range(MAX_SOURCE_THEMES + 5)]
    found = normalise([*many, listing("Last", THEMES.all[0].name)], OPEN_GOV_WEEK)
    assert len({name for event in found.events for name in event.themes}) == MAX_SOURCE_THEMES + 1
    assert [finding.detail for finding in found.findings] == [f"5 left out, {MAX_SOURCE_THEMES} kept"]
