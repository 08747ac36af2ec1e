"""The kind `json`: paths into any answer, further pages, and the recipes that the documentation gives."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Horizon, Reading
from feedsvc.core.normalise import Rules, normalise
from feedsvc.sources.base import Context
from feedsvc.sources.json import SQUARESPACE, Settings, guess, read, texts_at
from tests.sources.helpers import ROOT, THEMES, Pages, context, moment

ANSWERS = Path(__file__).parent / "answers"
URL = "https://events.example/"


def settings(**values: Any) -> Settings:
    return Settings.model_validate({"paths": {"title": "title", "start": "start", "id": "id"}, **values})


def reading_of(answer: Any, url: str = URL, **values: Any) -> Reading:
    return read(settings(**values), context(json.dumps(answer), url=url))


def recipes() -> dict[str, dict[str, Any]]:
    section = (ROOT / "docs/sources.md").read_text(encoding="utf-8").partition("\n## json\n")[2].partition("\n## ")[0]
    blocks = [tomllib.loads(block)["source"][0] for block in re.findall(r"```toml\n(.*?)```", section, re.DOTALL)]
    return {block["id"]: block for block in blocks}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "indico",
            [
                "2027-05-18T12:00Z 2027-05-18T15:30Z Open science workshop | Main building, Room 4 | ",
                "2027-05-20T07:00Z 2027-05-22T14:00Z Spring school |  | ",
            ],
        ),
        (
            "mobilizon",
            [
                (
                    "2027-05-18T16:00Z 2027-05-18T18:00Z Repair café | "
                    "Maison des associations, 3 rue Haute, Lyon | civic-space"
                ),
                "2027-05-19T17:30Z None Assembly |  | ",
            ],
        ),
        (
            "squarespace",
            [
                (
                    "2027-05-18T20:00Z 2027-05-18T22:00Z Town hall on the budget | "
                    "City hall, 1 Main Street, Springfield, IL, 62701 | fiscal-openness"
                ),
                "2027-05-19T20:00Z 2027-05-19T22:00Z Open hours |  | ",
            ],
        ),
    ],
)
def test_recipe_of_the_documentation_reads_an_answer(name: str, expected: list[str]) -> None:
    recipe = recipes()[name]
    common = {"id", "kind", "url", "every", "timezone", "country"}
    own = Settings.model_validate({key: value for key, value in recipe.items() if key not in common})
    page = (ANSWERS / f"{name}.json").read_bytes()
    given = Context(
        Pages({recipe["url"]: page}, recipe["url"]),
        lambda _label: False,
        recipe.get("timezone"),
        date(2027, 5, 1),
        recipe["url"],
    )
    reading = read(own, given)
    assert (reading.incomplete, reading.counted.unaccounted) == (None, 0)
    found = normalise(reading.listings, Rules("Town", THEMES, recipe.get("timezone"), countries=()))
    assert [
        f"{one.span.start:%Y-%m-%dT%H:%MZ} {one.span.end and format(one.span.end, '%Y-%m-%dT%H:%MZ')} {one.title}"
        f" | {one.location} | {' '.join(theme.slug for theme in map(THEMES.named, one.themes) if theme)}"
        for one in found.events
    ] == expected
    doubtful = {"offset-mismatch", "zone-contradicted", "ambiguous-zone", "unknown-zone"}
    assert not [code for one in found.events for code in one.codes if code in doubtful]


def test_recipe_for_squarespace_is_what_probe_proposes() -> None:
    recipe = recipes()["squarespace"]
    assert {key: recipe[key] for key in SQUARESPACE} == SQUARESPACE


@pytest.mark.parametrize("name", ["indico", "mobilizon", "squarespace"])
def test_settings_are_guessed_from_an_answer(name: str) -> None:
    answer = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))
    guessed = guess(answer)
    assert guessed is not None
    reading = read(Settings.model_validate(guessed), context(json.dumps(answer), zone="Europe/Paris"))
    assert len(reading.listings) == 2
    assert not reading.present
    assert all(one.native_id and one.link and one.end for one in reading.listings[:1])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("title", ["Talk"]),
        ("where.city", ["Kyiv"]),
        ("where.none", []),
        ("topics.label", ["A", "B"]),
        ("topics.1.label", ["B"]),
        ("topics.7.label", []),
        ("words", ["x", "2"]),
        (r"a\.b", ["dotted"]),
        ("off", ["off"]),
        ("on", []),
        ("where", []),
        ("title.more", []),
        ("", []),
    ],
)
def test_path_leads_to_texts(path: str, expected: list[str]) -> None:
    item = {
        "title": "Talk",
        "where": {"city": "Kyiv"},
        "topics": [{"label": "A"}, {"label": "B"}, 3],
        "words": ["x", 2, None, " "],
        "a.b": "dotted",
        "off": True,
        "on": False,
    }
    assert texts_at(item, path) == expected


def test_items_may_be_the_answer_itself_or_lie_under_their_numbers() -> None:
    event = {"id": 1, "title": "Talk", "start": "2027-03-01"}
    assert len(reading_of([event]).listings) == 1
    assert len(reading_of({"all": {"17": event, "18": {**event, "id": 2}}}, items="all").listings) == 2
    assert len(reading_of({"days": [{"events": [event]}, {"events": []}]}, items="days.events").listings) == 1


@pytest.mark.parametrize("answer", [{"events": []}, {}, 3, None, "text", {"items": None}, {"items": "none"}])
def test_answer_without_the_list_is_refused_and_says_what_there_is(answer: Any) -> None:
    with pytest.raises(SourceUnreadable, match="no list of events at items = 'items'"):
        reading_of(answer, items="items")


def test_list_of_the_next_ten_sees_as_far_as_its_last_event() -> None:
    event = {"id": 1, "title": "Talk", "start": "2027-03-01"}
    assert reading_of([event]).horizon == Horizon(to_last_listing=True)
    told = reading_of({"n": 1, "all": [event]}, items="all", total="n")
    assert (told.horizon, told.incomplete) == (Horizon(), None)
    fewer = reading_of({"n": 12, "all": [event]}, items="all", total="n")
    assert fewer.incomplete == "1 of 12 events came"


def test_further_pages_are_asked_for_at_the_source_s_own_host() -> None:
    pages = {
        URL: json.dumps({"all": [{"id": 1, "title": "A", "start": "2027-03-01"}], "more": "http://www.x.example/?p=2"}),
        f"{URL}?p=2": json.dumps({"all": [{"id": 2, "title": "B", "start": "2027-03-02"}], "more": "?p=3"}),
    }
    given = context(pages)
    reading = read(settings(items="all", next="more"), given)
    assert [one.title for one in reading.listings] == ["A", "B"]
    assert reading.incomplete is None  # a page past the end is the end
    assert reading.horizon == Horizon()
    short = read(settings(items="all", next="more", max_pages=1), context(pages))
    assert short.incomplete == "there are more than 1 pages (max_pages)"


def test_id_on_several_dates_is_not_a_copy() -> None:
    event = {"id": 1, "title": "Talk", "start": "2027-03-01"}
    reading = reading_of([event, {**event, "start": "2027-03-08"}, event], id_names="dates")
    assert (len(reading.listings), reading.counted.parts, reading.ids_name_dates) == (2, 1, True)


def test_instant_is_shown_in_the_zone_beside_it() -> None:
    paths = {"title": "t", "start": "s", "zone": "z"}
    starts = ["2027-07-01T16:00:00Z", 1814457600, "2027-07-01T18:00:00", "2027-07-01T16:00:00Z", "2027-07-01T16:00:00Z"]
    zones = ["Europe/Paris", "Europe/Paris", "Europe/Paris", "UTC", "Nowhere"]
    items = [{"t": "T", "s": start, "z": zone} for start, zone in zip(starts, zones, strict=True)]
    found = [moment(one.start) for one in reading_of(items, paths=paths).listings]
    assert found[:3] == ["2027-07-01 18:00 Europe/Paris"] * 3
    assert found[3:] == ["2027-07-01 16:00 UTC offset 0:00:00"] * 2


def test_paths_need_a_title_and_a_start() -> None:
    with pytest.raises(ValidationError, match="start"):
        Settings.model_validate({"paths": {"title": "title"}})


def test_deep_answer_is_refused_and_a_deep_list_costs_nothing() -> None:
    deep = '{"all": ' + "[" * 900 + "]" * 900 + "}"
    assert read(settings(items="all"), context(deep)).listings == ()
    with pytest.raises(SourceUnreadable):
        read(settings(), context("[" * 200_000))
