"""Events and readings as text and back, whatever they hold; equal values give equal text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.core import serialize
from feedsvc.core.model import Event, EventStatus, Finding, Listing, Present, Reading, Stated
from feedsvc.core.serialize import reading_text, said_digest
from feedsvc.core.timespan import Timespan

TEXT = st.text(max_size=20)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
MOMENT = st.integers(0, 7_000_000_000).map(serialize.instant)
MINUTES = st.integers(-14 * 60, 14 * 60)
FINDINGS = st.lists(st.builds(Finding, TEXT, TEXT, st.none() | st.integers(1, 9)), max_size=2).map(tuple)
SPAN = st.builds(Timespan, MOMENT, st.none() | MOMENT, st.none() | st.just("Europe/Kyiv"), MINUTES, st.booleans())
STATED = st.builds(
    Stated,
    st.dates(),
    st.none() | st.times().map(lambda at: time(at.hour, at.minute, at.second)),
    st.none() | TEXT,
    st.none() | MINUTES.map(lambda number: timedelta(minutes=number)),
    st.booleans(),
)
EVENT = st.builds(
    Event, TEXT, st.none() | TEXT, TEXT, NAMES, NAMES, NAMES, SPAN, TEXT, TEXT, TEXT, TEXT, TEXT, st.none() | TEXT,
    st.sampled_from(EventStatus), st.integers(1, 9), FINDINGS,
)  # fmt: skip
LISTING = st.builds(
    Listing, st.none() | TEXT, STATED, st.none() | STATED, TEXT, NAMES, NAMES, st.none() | TEXT, st.none() | TEXT,
    TEXT, TEXT, TEXT, TEXT, st.sampled_from(EventStatus), st.none() | st.integers(1, 9), FINDINGS,
)  # fmt: skip
READING = st.builds(Reading, st.lists(LISTING, max_size=3).map(tuple), FINDINGS, st.none() | TEXT)


@given(EVENT)
def test_any_event_comes_back_from_its_text(event: Event) -> None:
    assert serialize.event_of(serialize.event_text(event)) == event


@given(READING)
@settings(max_examples=50)
def test_any_reading_comes_back_from_its_text(reading: Reading) -> None:
    assert serialize.reading_of(serialize.reading_text(reading)) == reading


@given(EVENT)
@settings(max_examples=50)
def test_digest_sees_what_people_see_and_nothing_else(event: Event) -> None:
    same = replace(event, identity="another", findings=tuple(replace(one, line=77) for one in event.findings))
    assert serialize.visible_digest(same) == serialize.visible_digest(event)
    assert serialize.visible_digest(replace(event, title=f"{event.title}.")) != serialize.visible_digest(event)
    assert serialize.visible_digest(replace(event, copies=event.copies + 1)) != serialize.visible_digest(event)


def test_a_lone_surrogate_does_not_stop_a_fingerprint() -> None:
    assert len(serialize.digest("A\ud800B")) == 32


def test_a_body_of_the_first_version_is_read_by_position() -> None:
    span = '[1716962400,null,"Europe/Kyiv",180,false]'
    text = f'["id",[["missing-offset","",3]],"T","S",["a"],["ua"],[],{span},"L","D","P","H","W",null,"confirmed",2,[]]'
    event = serialize.event_of(text)
    assert (event.identity, event.countries, event.copies, event.findings[0].line) == ("id", ("ua",), 2, 3)
    assert serialize.event_of(serialize.event_text(event)) == event


@given(EVENT)
def test_an_unknown_field_is_ignored_and_a_missing_one_has_its_default(event: Event) -> None:
    body = json.loads(serialize.event_text(event))
    body.pop("description", None)
    body["invented_later"] = ["x"]
    assert serialize.event_of(json.dumps(body)) == replace(event, description="")


def test_reading_says_the_same_in_another_order_with_other_lines_and_spaces() -> None:
    one = Listing("One  day", Stated(date(2026, 5, 26)), line=3, findings=(Finding("x", "y", 3),))
    other = Listing("Other", Stated(date(2026, 5, 27)), line=9)
    lost = Present(Finding("unreadable", "soon", 12), "Lost")
    said = said_digest(reading_text(Reading((one, other), present=(lost,))))
    moved = (replace(other, line=1), replace(one, title="One day", line=7, findings=(Finding("x", "y", 7),)))
    assert (
        said_digest(reading_text(Reading(moved, present=(replace(lost, finding=Finding("unreadable", "soon", 2)),))))
        == said
    )
    for listings in ((one,), (one, other, other), (one, replace(other, title="Another"))):
        assert said_digest(reading_text(Reading(listings, present=(lost,)))) != said
    assert said_digest(reading_text(Reading((one, other)))) != said
    assert said_digest(reading_text(Reading((one, other), incomplete="half", present=(lost,)))) != said
