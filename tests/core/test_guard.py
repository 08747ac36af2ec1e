"""The guard decides by tables: how many may go, which changes are alike, and when time has confirmed one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.guard import (
    MISSING,
    Evidence,
    Judgement,
    Sighting,
    allowed_removals,
    judge,
    taken_away,
    takes_too_much,
)
from feedsvc.core.model import Event, EventStatus, Record
from feedsvc.core.timespan import Timespan
from tests.core.records import NOW, event, record, span

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def records(count: int, **more: Any) -> list[Record]:
    given = {"location": "Hall", "link": None, **more}
    return [
        record(event(f"Event {n}", days=3 + n, **{**given, "link": f"https://e.org/{n}"}), f"{n}@test")
        for n in range(count)
    ]


def gone(one: Record) -> Decision:
    return Decision(ChangeKind.MISSING, replace(one, misses=one.misses + 1), one)


def changed(one: Record, **fields: Any) -> Decision:
    after = replace(one, event=replace(one.event, **fields), sequence=one.sequence + 1)
    return Decision(ChangeKind.CHANGED, after, one, tuple(fields))


def moved(one: Record, by: timedelta) -> Decision:
    old = one.event.span
    return changed(one, span=replace(old, start=old.start + by, end=old.end + by if old.end else None))


def judged(decisions: list[Decision], listed: int, **more: Any) -> Judgement:
    return judge(decisions, Evidence(**{"now": NOW, "pace": 6 * HOUR, "listed": listed, **more}))


@pytest.mark.parametrize(
    ("coming", "allowed"), [(0, 0), (1, 0), (2, 1), (3, 2), (6, 2), (7, 2), (10, 3), (20, 6), (100, 30)]
)
def test_two_or_thirty_percent_but_never_all_may_go(coming: int, allowed: int) -> None:
    assert allowed_removals(coming) == allowed


@pytest.mark.parametrize(
    ("going", "listed", "words"),
    [
        (2, 6, None),
        (5, 6, "5 of 6 coming events are no longer listed"),
        (6, 20, None),
        (7, 20, "7 of 20 coming events are no longer listed"),
        (3, 3, "all 3 coming events are no longer listed"),
        (1, 1, "its only coming event is no longer listed"),
    ],
)
def test_too_many_removals_wait(going: int, listed: int, words: str | None) -> None:
    assert judged([gone(one) for one in records(going)], listed).reason == words


def test_removals_of_seven_days_are_counted_together() -> None:
    before = frozenset(f"before-{n}" for n in range(25))
    found = judged([gone(one) for one in records(10)], 75, gone=before)
    assert len(found.held) == 10
    assert not judged([gone(one) for one in records(5)], 75, gone=before).held


def test_what_its_source_cancelled_before_is_no_removal() -> None:
    those = records(10, status=EventStatus.CANCELLED)
    assert judged([gone(one) for one in those], 0).reason is None


def test_additions_and_corrections_are_never_held_because_of_others() -> None:
    those = records(20)
    new = Decision(ChangeKind.NEW, record(event("New"), "new@test"))
    late = moved(those[19], 10 * HOUR)
    found = judged([*map(gone, those[:15]), new, late], 20)
    assert {one.sighting.uid for one in found.held} == {one.uid for one in those[:15]}
    assert {one.after.uid for one in found.applied} >= {"new@test", those[19].uid}


ALIKE: list[tuple[str, Any, str | None]] = [
    ("five hours", lambda one: moved(one, -5 * HOUR), "all 40 coming events moved by -5 h"),
    ("a day", lambda one: moved(one, DAY), "all 40 coming events moved by +1 day"),
    ("17 hours is no zone's difference", lambda one: moved(one, 17 * HOUR), None),
    ("five minutes are no zone's difference", lambda one: moved(one, timedelta(minutes=5)), None),
    ("titles", lambda one: changed(one, title="Event", summary="Event"), "40 titles → 1"),
    ("one link", lambda one: changed(one, link="https://e.org/"), "40 links → 1"),
    ("places", lambda one: changed(one, location=""), "40 places → 0"),
    ("countries", lambda one: changed(one, countries=("other",)), "40 countries → 0"),
    ("themes", lambda one: changed(one, themes=()), "40 themes → 0"),
    ("links", lambda one: changed(one, link=None), "40 links → 0"),
    ("ends", lambda one: changed(one, span=replace(one.event.span, end=None)), "40 ends → 0"),
    ("titles and places", lambda one: changed(one, title="Event", location=""), "40 titles → 1, 40 places → 0"),
    ("each title its own", lambda one: changed(one, title=f"New {one.uid}"), None),
    ("descriptions", lambda one: changed(one, description="More"), None),
]


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in ALIKE], ids=[row[0] for row in ALIKE])
def test_what_many_events_share_is_named(change: Any, words: str | None) -> None:
    assert judged([change(one) for one in records(40)], 40).reason == words


def test_days_on_the_wall_clock_are_days_across_a_change_to_daylight_saving() -> None:
    def at(day: int) -> Timespan:
        start = NOW.replace(month=10, day=day)
        return replace(Timespan.timed(start, None, "Europe/Berlin"), start=start if day < 27 else start + HOUR)

    those = [record(replace(event(f"E{n}"), span=at(22 + n % 4)), f"{n}@test") for n in range(8)]
    found = judged([changed(one, span=at(one.event.span.start.day + 5)) for one in those], 8)
    assert found.reason == "all 8 coming events moved by +5 days"


@pytest.mark.parametrize(("count", "coming", "held"), [(4, 4, 0), (5, 10, 5), (5, 11, 0), (6, 11, 6), (20, 41, 0)])
def test_five_or_half_of_the_coming_events_make_a_mass_change(count: int, coming: int, held: int) -> None:
    assert len(judged([moved(one, HOUR) for one in records(count)], coming).held) == held


def waiting(found: Judgement) -> dict[str, Sighting]:
    return {one.sighting.uid: one.sighting for one in found.held}


def read_again(decisions: list[Decision], times: int, gap: timedelta, listed: int, **more: Any) -> list[int]:
    """How many changes are believed at each reading."""
    sightings: dict[str, Sighting] = {}
    believed = []
    for turn in range(times):
        now = NOW + turn * gap
        found = judged(decisions, listed, now=now, sightings=sightings, **more)
        sightings = waiting(found)
        believed.append(len(found.believed))
    return believed


FAR = [replace(one, event=replace(one.event, span=span(days=300))) for one in records(20)]


@pytest.mark.parametrize(
    ("decisions", "listed", "more", "reading"),
    [
        ([gone(one) for one in FAR[:10]], 20, {}, 4),
        ([moved(one, DAY) for one in FAR], 20, {}, 4),
        ([moved(one, HOUR) for one in FAR], 20, {}, 28),
        ([changed(one, location="") for one in FAR], 20, {}, 28),
        ([gone(one) for one in FAR], 20, {"is_empty": True}, 28),
        ([gone(one) for one in FAR[:2]], 2, {}, 28),
    ],
    ids=["removals", "days", "hours", "places", "an empty list", "the last two"],
)
def test_time_confirms_after_a_day_or_a_week(
    decisions: list[Decision], listed: int, more: dict[str, Any], reading: int
) -> None:
    believed = read_again(decisions, reading + 1, 6 * HOUR, listed, **more)
    assert believed == [0] * reading + [len(decisions)]


def test_a_clock_set_forward_confirms_nothing() -> None:
    assert read_again([gone(one) for one in FAR[:10]], 3, 25 * HOUR, 20, pace=HOUR) == [0, 0, 0]


def test_a_source_that_grows_meanwhile_does_not_begin_again_nor_slip_through() -> None:
    decisions = [moved(one, HOUR) for one in FAR]
    first = judged(decisions, 20)
    again = judged(decisions, 100, now=NOW + 6 * HOUR, sightings=waiting(first))
    assert [one.sighting.times_seen for one in again.held] == [2] * 20


def test_another_time_begins_the_count_again() -> None:
    first = judged([moved(one, HOUR) for one in FAR], 20)
    other = judged([moved(one, 2 * HOUR) for one in FAR], 20, now=NOW + 6 * HOUR, sightings=waiting(first))
    assert {one.sighting.times_seen for one in other.held} == {1}


def test_a_partial_reading_removes_nothing_confirms_nothing_and_forgets_nothing() -> None:
    first = judged([gone(one) for one in FAR[:10]], 20)
    partial = judged([gone(one) for one in FAR[:10]], 20, sightings=waiting(first), seen_coming=10)
    assert (partial.held, partial.applied, len(partial.unseen)) == ((), (), 10)


def test_what_a_person_kept_stays_until_the_source_says_something_else() -> None:
    decisions = [moved(one, HOUR) for one in FAR]
    kept = {uid: replace(one, decision="kept") for uid, one in waiting(judged(decisions, 20)).items()}
    again = judged(decisions, 20, now=NOW + 30 * DAY, sightings=kept)
    assert (again.held, again.applied) == ((), ())
    other = judged([moved(FAR[0], 3 * HOUR)], 20, sightings=kept)
    assert [one.after.uid for one in other.applied] == [FAR[0].uid]


def test_descriptions_tell_once_for_each_hold_and_no_longer_when_it_is_over() -> None:
    first = judged([gone(one) for one in FAR[:10]], 20)
    told = [one.after for one in first.applied]
    assert all(one.held and one.held_span is None and one.sequence == 0 for one in told)
    again = judged([gone(one) for one in told], 20, sightings=waiting(first), noted={one.uid: one for one in told})
    assert again.applied == ()
    over = judged([], 20, sightings=waiting(first), noted={one.uid: one for one in told})
    assert [one.after.held for one in over.applied] == [False] * 10


@given(st.lists(st.sampled_from(["gone", "hour", "title", "new"]), min_size=1, max_size=40), st.integers(0, 40))
def test_every_decision_is_applied_or_waits_and_only_doubt_waits(kinds: list[str], unchanged: int) -> None:
    makers: dict[str, Any] = {
        "gone": gone,
        "hour": lambda one: moved(one, HOUR),
        "title": lambda one: changed(one, title=f"Other {one.uid}"),
        "new": lambda one: Decision(ChangeKind.NEW, one),
    }
    those = [makers[kind](one) for kind, one in zip(kinds, records(len(kinds)), strict=True)]
    listed = unchanged + sum(kind != "new" for kind in kinds)
    found = judged(those, listed)
    held = {one.sighting.uid for one in found.held}
    applied = {one.after.uid for one in found.applied if one.kind is not ChangeKind.RENDERED}
    assert held | applied == {one.after.uid for one in those}
    assert not held & applied
    by_kind = {kind: {one.after.uid for one, made in zip(those, kinds, strict=True) if made == kind} for kind in makers}
    assert not held & (by_kind["new"] | by_kind["title"])
    assert len(applied & by_kind["gone"]) <= allowed_removals(listed)


@pytest.mark.parametrize(("taken", "coming", "too_much"), [(5, 5, False), (6, 12, False), (6, 11, True), (7, 7, True)])
def test_more_than_half_and_more_than_five_of_what_is_served_waits(taken: int, coming: int, too_much: bool) -> None:
    assert takes_too_much(taken, coming) is too_much


def test_a_cancellation_and_a_tombstone_take_nothing_away_an_unwritable_event_does() -> None:
    one = FAR[0]
    struck = replace(one, cancelled_at=NOW)
    past: Event = replace(one.event, span=span(days=-5))
    acts = [
        (Decision(ChangeKind.CANCELLED, struck, one), True),
        (Decision(ChangeKind.DROPPED, struck, struck), False),
        (Decision(ChangeKind.RENDERED, one, one), False),
        (Decision(ChangeKind.CHANGED, replace(one, event=past), one), True),
    ]
    assert [decision.kind for decision in taken_away(acts, NOW)] == [ChangeKind.RENDERED, ChangeKind.CHANGED]
    assert MISSING == "missing"
