"""No sequence of an organiser's acts and a publisher's faults breaks a promise to subscribers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.life import Day, Life, lived
from tests.simulation.publisher import ACTIONS, FAULTS, IDS, RARE, VIEWS, Habits
from tests.simulation.subscriber import DELAY

pytestmark = pytest.mark.slow

BEGIN = [Day("create", number * 7) for number in range(6)]
HABITS = st.builds(Habits, st.sampled_from(IDS), st.sampled_from(VIEWS), st.sampled_from(("utc", "wall")))
TWO = st.tuples(HABITS, st.builds(Habits, st.sampled_from(("stable", "dates")), st.sampled_from(VIEWS)))
FAULT = st.sampled_from(("none", *FAULTS))
DAYS = st.lists(
    st.builds(Day, st.sampled_from((*ACTIONS, *RARE)), st.integers(0, 99), FAULT, FAULT), min_size=5, max_size=15
)


@settings(max_examples=5, derandomize=True)
@given(st.tuples(HABITS), DAYS)
def test_no_promise_to_a_subscriber_is_broken(habits: tuple[Habits, ...], days: list[Day]) -> None:
    assert lived(habits, [*BEGIN, *days]) == []


@settings(max_examples=2, derandomize=True)
@given(TWO.filter(lambda two: two[0].ids != "links" and two[0].clock == "utc"), DAYS)
def test_two_sources_with_the_same_events_break_no_promise(habits: tuple[Habits, ...], days: list[Day]) -> None:
    assert lived(habits, [*BEGIN, *days]) == []


def test_the_subscribers_notice_an_event_at_another_time_and_one_that_is_missing(tmp_path: Path) -> None:
    life = Life(tmp_path, (Habits(),))
    assert life.live([*BEGIN, *[Day("nothing", 0)] * 3]) == []
    planned = life.organiser.planned
    one = max(planned, key=lambda one: one.start)
    long_ago = life.world.now - 2 * DELAY
    state = replace(one.states[0], at=long_ago)
    planned[planned.index(one)] = replace(one, states=(replace(state, start=one.start.replace(hour=3)),))
    planned.append(replace(one, number=len(planned), states=(state,)))
    life.visible[0].add(len(planned) - 1)
    broken = life.subscribers.poll(life.client, life.truth())
    assert any("is shown at" in word for word in broken)
    assert any("is missing" in word for word in broken)
