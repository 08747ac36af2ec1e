"""No sequence of an organiser's acts and a publisher's faults breaks a promise to subscribers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.life import Day, Life, lived
from tests.simulation.publisher import ACTIONS, FAULTS, IDS, VIEWS, Habits
from tests.simulation.subscriber import DELAY

pytestmark = pytest.mark.slow

HABITS = st.builds(Habits, st.sampled_from(IDS), st.sampled_from(VIEWS))
DAYS = st.lists(
    st.builds(Day, st.sampled_from(ACTIONS), st.integers(0, 99), st.sampled_from(("none", *FAULTS))),
    min_size=5,
    max_size=15,
)


@settings(max_examples=8)
@given(HABITS, DAYS)
def test_no_promise_to_a_subscriber_is_broken(habits: Habits, days: list[Day]) -> None:
    begin = [Day("create", number * 7) for number in range(6)]
    assert lived(habits, begin + days) == []


def test_the_subscribers_notice_an_event_that_is_missing_struck_out_or_at_another_time(tmp_path: Path) -> None:
    life = Life(tmp_path, Habits())
    assert life.live([Day("create", number * 7) for number in range(6)] + [Day("nothing", 0)] * 3) == []
    planned = life.organiser.planned
    one = max(planned, key=lambda one: one.start)
    wrong = replace(one, states=((one.states[0][0] - DELAY, one.start.replace(hour=3), True),))
    planned[planned.index(one)] = wrong
    document = life.world.feed()
    broken = life.subscribers.poll(document, planned, {one.number}, life.world.now)
    assert any("is shown at" in word for word in broken)
