"""The ladder of identity: which stored record a new event is."""

from __future__ import annotations

from typing import Any

import pytest

from feedsvc.core.matching import Key, Matching, match
from feedsvc.core.model import Event
from tests.core.records import NOW, event


def matched(old: list[Event], new: list[Event]) -> Matching:
    """Match events that are named o0, o1 … and n0, n1 …"""
    return match(
        [Key.of(one, f"o{number}", NOW) for number, one in enumerate(old)],
        [Key.of(one, f"n{number}", NOW) for number, one in enumerate(new)],
    )


LINK = "https://example.org/event/open-day"
SAME = [
    # (what is stored, what is listed now): both are one event
    (
        "own id, all else new",
        {"identity": "id:1"},
        {"title": "Other", "days": 9, "identity": "id:1", "countries": ("ar",)},
    ),
    ("link and start", {"link": LINK}, {"title": "Other", "link": LINK}),
    ("link, moved and renamed", {"link": LINK}, {"title": "Other", "days": 9, "link": LINK}),
    ("another spelling of the link", {"link": LINK}, {"title": "Other", "days": 9, "link": f"{LINK}/?utm_source=x"}),
    ("title in other accents and dashes", {"title": "Día – uno"}, {"title": "DIA - UNO", "themes": ("Justice",)}),
    ("countries corrected", {}, {"countries": ("cl", "ar")}),
    ("rescheduled", {}, {"days": 9}),
    ("over long ago, its day corrected since", {"days": -360}, {"days": -359}),
    ("countries in another order", {"countries": ("ar", "cl")}, {"countries": ("cl", "ar"), "days": 9}),
    ("renamed", {}, {"title": "Grand opening"}),
    ("given a title", {"title": None}, {"title": "Grand opening"}),
    ("ids made anew at each export", {"identity": "id:1"}, {"identity": "id:2"}),
]
APART = [
    ("another title and start", {}, {"title": "Other", "days": 9}),
    ("another country and day", {}, {"days": 9, "countries": ("ar",)}),
    ("two ids, another country", {"identity": "id:1"}, {"identity": "id:2", "countries": ("ar",)}),
    ("another theme, renamed", {}, {"title": "Other", "themes": ("Justice",)}),
    ("two ids, another day", {"identity": "id:1"}, {"identity": "id:2", "days": 9}),
    ("two ids, another title at the same time", {"identity": "id:1"}, {"identity": "id:2", "title": "Other"}),
    ("last year's under the same title", {"days": -360}, {}),
]


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_same_event_is_recognised(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert matched([event(**old)], [event(**new)]) == Matching({"n0": "o0"}, (), ())


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in APART], ids=[row[0] for row in APART])
def test_another_event_stays_another(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert matched([event(**old)], [event(**new)]) == Matching({}, ("n0",), ("o0",))


def test_an_event_of_this_week_may_still_be_put_off() -> None:
    assert matched([event(days=-2)], [event(days=20)]).pairs == {"n0": "o0"}


def test_two_that_could_both_have_been_rescheduled_are_left_alone() -> None:
    found = matched([event(days=3), event(days=4)], [event(days=5), event(days=6)])
    assert found == Matching({}, ("n0", "n1"), ("o0", "o1"))


def test_the_surer_rung_takes_its_pair_before_the_bolder_one() -> None:
    moved, stayed = event(days=3), event(days=4)
    found = matched([moved, stayed], [event(days=4, themes=("Justice",)), event(days=9)])
    assert found.pairs == {"n0": "o1", "n1": "o0"}


def test_rows_that_share_a_link_are_told_apart_by_their_start() -> None:
    old = [event(days=day, link=LINK) for day in (3, 4)]
    new = [event(title="Renamed", days=day, link=LINK) for day in (4, 3)]
    assert matched(old, new).pairs == {"n0": "o1", "n1": "o0"}


def test_twins_at_the_same_time_go_by_their_themes() -> None:
    old = [event(themes=("Justice",)), event(themes=("Civic Space",))]
    new = [event(themes=("Civic Space",), location="here"), event(themes=("Justice",), location="there")]
    assert matched(old, new).pairs == {"n0": "o1", "n1": "o0"}
