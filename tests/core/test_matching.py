"""The ladder of identity: which stored record a new event is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import process_time
from typing import Any

import pytest

from feedsvc.core.matching import Key, Matching, Rules, match
from feedsvc.core.model import Event
from feedsvc.core.serialize import seconds
from tests.core.records import NOW, event, span


def matched(old: list[Event], new: list[Event], **how: Any) -> Matching:
    """Match events that are named o0, o1 … and n0, n1 …"""
    rules = replace(Rules(NOW), **how)
    return match(
        [Key.of(one, f"o{number}", rules) for number, one in enumerate(old)],
        [Key.of(one, f"n{number}", rules) for number, one in enumerate(new)],
        rules,
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
    (
        "over long ago, corrected within its time",
        {"days": -360},
        {"days": -360, "title": "OPEN DAY", "location": "Hall"},
    ),
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
    ("another title in another room", {"location": "A"}, {"title": "Other", "location": "B"}),
    (
        "another title under the link of another series",
        {"link": LINK},
        {"title": "Other", "link": "https://example.org/event/other"},
    ),
    (
        "two ids, another room at the same time",
        {"identity": "id:1", "location": "A"},
        {"identity": "id:2", "location": "B"},
    ),
    ("two ids, another day", {"identity": "id:1"}, {"identity": "id:2", "days": 9}),
    ("two ids, another title at the same time", {"identity": "id:1"}, {"identity": "id:2", "title": "Other"}),
    (
        "two ids under the calendar's one link",
        {"identity": "id:1", "link": LINK},
        {"identity": "id:2", "link": LINK, "title": "Other", "days": 9},
    ),
    (
        "two ids under one link at the same time",
        {"identity": "id:1", "link": LINK},
        {"identity": "id:2", "link": LINK, "title": "Other"},
    ),
    ("one day of two series", {"identity": "id:a/20240527"}, {"identity": "id:b/20240527", "title": "Other"}),
    ("last year's under the same title", {"days": -360}, {}),
    ("last year's under the same link", {"days": -360, "link": LINK}, {"link": LINK}),
    ("last year's under the same id", {"days": -360, "identity": "id:1"}, {"identity": "id:1"}),
    ("this morning's, still on, and the next under its link", {"days": -0.02, "link": LINK}, {"link": LINK}),
    (
        "another event with its own link at the same hour",
        {"link": LINK},
        {"title": "Other", "link": "https://example.org/event/other"},
    ),
    (
        "two without country and theme at one time",
        {"countries": (), "themes": ()},
        {"title": "Other", "countries": (), "themes": ()},
    ),
]


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_same_event_is_recognised(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert matched([event(**old)], [event(**new)]) == Matching({"n0": "o0"}, (), ())


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in APART], ids=[row[0] for row in APART])
def test_another_event_stays_another(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert matched([event(**old)], [event(**new)]) == Matching({}, ("n0",), ("o0",))


def test_an_id_that_names_single_dates_carries_a_past_event_on() -> None:
    old, new = event(days=-2, identity="id:1"), event(days=20, identity="id:1")
    assert matched([old], [new]).fresh == ("n0",)
    assert matched([old], [new], ids_name_dates=True).pairs == {"n0": "o0"}


def test_what_runs_may_be_corrected_until_its_end() -> None:
    running = span(-0.5, hours=24)
    assert matched([event(span=running)], [event(days=0.1)]).pairs == {"n0": "o0"}
    assert matched([event(span=running)], [event(days=0.6)]).fresh == ("n0",)


def test_of_several_that_moved_none_overtakes_another() -> None:
    found = matched([event(days=3), event(days=4)], [event(days=5), event(days=6)])
    assert found == Matching({"n0": "o0", "n1": "o1"}, (), ())


def test_of_a_window_that_rolls_on_what_left_is_not_what_came() -> None:
    kept = {"open day": [seconds(span(day).start) for day in (14, 21, 28)]}
    rules = Rules(NOW)
    found = match([Key.of(event(days=7), "o", rules)], [Key.of(event(days=35), "n", rules)], rules, kept)
    assert found == Matching({}, ("n",), ("o",))


def test_trainings_that_swap_hours_keep_their_uids() -> None:
    old = [
        event("Training", 7, themes=("Justice",), description="For judges"),
        event("Training", 7.2, themes=("Civic Space",), description="For clerks"),
    ]
    new = [replace(old[0], span=old[1].span), replace(old[1], span=old[0].span)]
    assert matched(old, new).pairs == {"n0": "o0", "n1": "o1"}
    only_words = [replace(one, themes=()) for one in old], [replace(one, themes=()) for one in new]
    assert matched(*only_words).pairs == {"n0": "o0", "n1": "o1"}


def test_an_id_that_several_events_share_tells_them_apart_no_better_than_a_title() -> None:
    old = [
        event("Council", day, identity=f"id:same@gen.example@{span(day).start:%Y%m%dT%H%MZ}") for day in (7, 14, 21, 28)
    ]
    shared = [(0, "Council"), (7, "Council"), (14, "Council"), (21 + 1 / 24, "Council"), (28, "Council")]
    new = [event(title, day, identity=f"id:same@gen.example@{span(day).start:%Y%m%dT%H%MZ}") for day, title in shared]
    assert matched(old, new).pairs == {"n1": "o0", "n2": "o1", "n3": "o2", "n4": "o3"}


def test_ids_that_are_worth_nothing_do_not_keep_a_moved_event_apart() -> None:
    old, new = event(identity="id:1"), event(identity="id:2", days=9)
    assert matched([old], [new]).pairs == {}
    assert matched([old], [new], ids_count=False).pairs == {"n0": "o0"}


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


WEEKS = (7, 14, 21, 28, 35)


def occurrences(days: Sequence[float], uid: str = "u@example.org") -> list[Event]:
    """The occurrences of one recurring event, each named after its time, as calendars do it."""
    starts = [span(day).start for day in days]
    return [
        event("Council", day, identity=f"id:{uid}/{start:%Y%m%dT%H%M%SZ}")
        for day, start in zip(days, starts, strict=True)
    ]


@pytest.mark.parametrize(
    "later",
    [1 / 24, 1, 3],
    ids=["an hour later", "a day later", "on Thursdays"],
)
def test_a_series_that_was_moved_as_a_whole_is_the_same_series(later: float) -> None:
    found = matched(occurrences(WEEKS), occurrences([day + later for day in WEEKS]))
    assert found == Matching({f"n{number}": f"o{number}" for number in range(5)}, (), ())


def test_a_monthly_series_that_was_moved_by_two_weeks_is_the_same_series() -> None:
    found = matched(occurrences((13, 43)), occurrences((27, 57)))  # 2 June and 2 July, 16 June and 16 July
    assert found == Matching({"n0": "o0", "n1": "o1"}, (), ())


def test_the_rest_of_a_series_under_a_new_id_is_the_same_series() -> None:
    old = occurrences(WEEKS, "abc@google.com")
    new = occurrences([day + 1 / 24 for day in WEEKS], "abc_R20240603T090000@google.com")
    assert matched(old, new).pairs == {f"n{number}": f"o{number}" for number in range(5)}


def test_rows_of_one_link_that_moved_together_are_the_same_rows() -> None:
    old = [event(days=day, link=LINK) for day in (3, 4, 5)]
    new = [event(days=day + 0.1, link=LINK) for day in (3, 4, 5)]
    assert matched(old, new).pairs == {"n0": "o0", "n1": "o1", "n2": "o2"}


def test_an_occurrence_that_is_over_is_not_put_off() -> None:
    assert matched(occurrences((-19,)), occurrences((9,))).fresh == ("n0",)  # 1 May, 29 May


def test_the_likelier_pair_is_not_taken_by_the_one_before_it() -> None:
    old = [event("X", themes=("B",), link=LINK), event("Y", themes=("A",), link=LINK)]
    new = [event("X", themes=("A",), link=LINK), event("X", themes=("B",), link=LINK)]
    assert matched(old, new).pairs == {"n0": "o1", "n1": "o0"}


def test_thousands_of_namesakes_at_one_time_are_matched_at_once() -> None:
    old = [event(location=f"Room {number}") for number in range(20_000)]
    new = [event(location=f"Hall {number}") for number in range(20_000)]
    began = process_time()
    assert len(matched(old, new).pairs) == 20_000
    assert process_time() - began < 10


def test_the_next_edition_under_the_same_name_does_not_put_a_coming_event_off_by_a_year() -> None:
    for known in ({"link": LINK}, {"identity": "id:1"}):
        assert matched([event(days=9, **known)], [event(days=9 + 364, **known)]).fresh == ("n0",)
        assert matched([event(days=9 + 364, **known)], [event(days=9, **known)]).fresh == ("n0",)
    by_date = {"identity": "id:1"}
    assert matched([event(days=9, **by_date)], [event(days=373, **by_date)], ids_name_dates=True).pairs == {"n0": "o0"}


def test_of_two_editions_with_one_id_the_nearer_one_is_meant() -> None:
    old = [event(days=9, identity="id:1"), event(days=9 + 364, identity="id:1")]
    assert matched(old, [event(days=10, identity="id:1")]).pairs == {"n0": "o0"}


def test_the_last_of_several_events_with_one_id_is_still_one_of_them() -> None:
    old = [event("Talk", identity="id:1@20240527T1500Z", countries=())]
    assert matched(old, [event("Talk of the …", identity="id:1", countries=(), days=1)]).pairs == {"n0": "o0"}


def test_what_is_over_takes_no_coming_occurrence_over_by_the_link_of_its_series() -> None:
    past, coming = event("Talk", days=-30, link=LINK), event("Talk", days=9, link=LINK)
    cut = replace(past, title="Ta…")
    shared = {"shared_links": frozenset({LINK})}
    assert matched([cut, coming], [past], **shared).pairs == {"n0": "o0"}
    assert matched([coming], [past], **shared).fresh == ("n0",)


def test_two_sessions_under_other_titles_at_one_hour_are_known_by_their_rooms() -> None:
    old = [event("One", location="A"), event("Two", location="B")]
    new = [event("Zwei", location="B"), event("Eins", location="A")]
    assert matched(old, new).pairs == {"n0": "o1", "n1": "o0"}


def test_an_occurrence_is_not_moved_to_the_next_while_one_of_its_title_cannot_be_read() -> None:
    old, new = [event("Weekly", days=7)], [event("Weekly", days=14)]
    assert matched(old, new).pairs == {"n0": "o0"}
    assert matched(old, new, unread_titles={"weekly"}).fresh == ("n0",)
    assert matched(old, [event("Weekly", days=7, location="Hall")], unread_titles={"weekly"}).pairs == {"n0": "o0"}
